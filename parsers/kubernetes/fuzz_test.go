package kubernetes

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func seed(f *testing.F, pattern string) {
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b), len(b)/2)
	}
}

// A good file that is cut gives the first of its events; lines are the file's.
func FuzzReadJSON(f *testing.F) {
	seed(f, "*.json")
	f.Add(`[{"kind":"Pod","spec":{"containers":[{"name":"c"}]}},{"kind":"Event"}]`, 60)
	f.Fuzz(func(t *testing.T, text string, n int) {
		e := readJSON(text)
		for _, ev := range e.list {
			if ev.Pos.Line < 1 || ev.Pos.Line > strings.Count(text, "\n")+1 {
				t.Errorf("line %d of %q", ev.Pos.Line, text)
			}
		}
		if !json.Valid([]byte(text)) || n < 0 || n > len(text) {
			return
		}
		isPrefix(t, text[:n], readJSON(text[:n]).lines(), e.lines())
	})
}

// Items of a YAML list are told with their lines, and the file cut behind an item
// gives the first of them.
func FuzzReadYAML(f *testing.F) {
	seed(f, "*.yaml")
	f.Add("kind: Pod\nspec: {containers: [{name: c}]}\n---\nkind: Pod\n", 40)
	f.Fuzz(func(t *testing.T, text string, n int) {
		e := readYAML(text)
		for _, ev := range e.list {
			if ev.Pos.Line < 1 || ev.Pos.Line > strings.Count(text, "\n")+1 {
				t.Errorf("line %d of %q", ev.Pos.Line, text)
			}
		}
		at := 0
		if n > 0 && n < len(text) {
			at = strings.Index(text[n:], "\n---\n")
		}
		if n > 0 && at > 0 {
			isPrefix(t, text[:n+at+1], readYAML(text[:n+at+1]).lines(), e.lines())
		}
	})
}

// Text is told with the line on which it stands.
func FuzzText(f *testing.F) {
	seed(f, "*.txt")
	f.Fuzz(func(t *testing.T, text string, _ int) {
		for _, ev := range readText(text).list {
			if ev.Pos.Line < 1 || ev.Pos.Line > strings.Count(text, "\n")+1 {
				t.Errorf("line %d of %q", ev.Pos.Line, text)
			}
			if ev.Speaker != Speaker || ev.Body == nil {
				t.Errorf("%+v of %q", ev, text)
			}
		}
	})
}

// A quantity is what its parts multiply to.
func FuzzQuantity(f *testing.F) {
	f.Add(uint64(760), uint8(3), "Mi")
	f.Fuzz(func(t *testing.T, n uint64, decimals uint8, suffix string) {
		s := fmt.Sprint(n)
		value := new(big.Rat).SetInt(new(big.Int).SetUint64(n))
		if d := int(decimals % 20); d > 0 && d < len(s) {
			s = s[:len(s)-d] + "." + s[len(s)-d:]
			value.SetString(s)
		}
		got, ok := parseQuantity(s + suffix)
		u, known := suffixes[suffix]
		if !known {
			return
		}
		power := new(big.Int).Exp(big.NewInt(u.base), big.NewInt(max(u.exp, -u.exp)), nil)
		if factor := new(big.Rat).SetInt(power); u.exp < 0 {
			value.Quo(value, factor)
		} else {
			value.Mul(value, factor)
		}
		exact := new(big.Rat).SetInt64(got)
		fits := value.Cmp(new(big.Rat).SetInt64(1<<63-1)) <= 0
		if ok != fits {
			t.Errorf("%s%s: ok is %v", s, suffix, ok)
		}
		above := new(big.Rat).Sub(exact, value)
		if ok && (above.Sign() < 0 || above.Cmp(big.NewRat(1, 1)) >= 0) {
			t.Errorf("%s%s is read as %d, want %s rounded up", s, suffix, got, value.FloatString(3))
		}
	})
}
