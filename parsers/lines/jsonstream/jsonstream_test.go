package jsonstream

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/iotest"
)

// values takes the members of the array that text is.
func values(text string) (got []string, lines []int, err error) {
	s := New(iotest.HalfReader(strings.NewReader(text)), 1)
	s.Space()
	s.Take()
	for {
		c, ok := s.Space()
		switch {
		case !ok:
			return got, lines, ErrCut
		case c == ']':
			return got, lines, err
		case c == ',':
			s.Take()
			continue
		}
		line := s.Line()
		v, bad := s.Value(nil)
		if bad != nil {
			err = bad
			continue
		}
		got, lines = append(got, string(v)), append(lines, line)
	}
}

func TestValue(t *testing.T) {
	got, lines, err := values("[\n{\"a\": [1, \"]\\\"}\"]},\n\n 12.5,true , \"x\"\n]")
	if want := `{"a": [1, "]\"}"]}|12.5|true|"x"`; strings.Join(got, "|") != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if lines[0] != 2 || lines[1] != 4 {
		t.Errorf("got lines %v, want 2 and 4 for the first two", lines)
	}
}

func TestAValueThatIsTooLargeOrTooDeepIsPassedOver(t *testing.T) {
	for name, c := range map[string]struct {
		bad  string
		want error
	}{
		"large": {`"` + strings.Repeat("x", MaxItem+1) + `"`, ErrSize},
		"deep":  {strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), ErrDeep},
	} {
		got, _, err := values("[1," + c.bad + ",2]")
		if err != c.want || strings.Join(got, " ") != "1 2" {
			t.Errorf("%s: got %.40q, %v, want 1 and 2, and %v", name, got, err, c.want)
		}
	}
	if _, _, err := values(`[1,{"a":`); err != ErrCut {
		t.Errorf("cut: got %v", err)
	}
}

func TestKey(t *testing.T) {
	s := New(strings.NewReader(`{"dmesg" : 1, "x":2}`), 1)
	s.Space()
	s.Take()
	for _, want := range []string{"dmesg", "x"} {
		if key, err := s.Key(); key != want || err != nil {
			t.Fatalf("got key %q, %v, want %q", key, err, want)
		}
		s.Value(nil)
	}
	if key, err := s.Key(); err == nil {
		t.Errorf("got key %q behind the last one", key)
	}
	for _, text := range []string{`x`, `"a"`, `"a" 1`, ``} {
		if key, err := New(strings.NewReader(text), 1).Key(); err == nil {
			t.Errorf("%q: got key %q", text, key)
		}
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string]int{"": 0, "1": 1, "1\n": 1, "1\n2": 2, "1\n\n": 2} {
		s := New(strings.NewReader(text), 1)
		for _, ok := s.Peek(); ok; _, ok = s.Peek() {
			s.Take()
		}
		if got := s.Lines(); got != want || s.Err() != nil {
			t.Errorf("%q: got %d lines, %v, want %d", text, got, s.Err(), want)
		}
	}
}

func FuzzValue(f *testing.F) {
	f.Add(`{"a":[1,"x\"",{"b":null}]}`)
	f.Add(`[[[`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := New(strings.NewReader(text), 1).Value(nil)
		if !strings.HasPrefix(text, string(v)) {
			t.Fatalf("%q is no beginning of %q", v, text)
		}
		if json.Valid([]byte(text)) && strings.TrimSpace(text) == text && err == nil && string(v) != text {
			t.Errorf("took %q of the value %q", v, text)
		}
	})
}
