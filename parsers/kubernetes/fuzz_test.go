package kubernetes

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oomtrace/parsers/event"
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

// Text is told with the line on which it stands, names of a table with the row that
// has them, and a table behind whatever else is read as it is alone.
func FuzzText(f *testing.F) {
	seed(f, "*.txt")
	f.Add("$ kubectl get pods -A -o wide\n"+podTable, 40)
	f.Add("NAME                     READY   STATUS      RESTARTS     AGE\nthumbs-6f7c9d5b8-x2q9k   0/1     Init:OOMKilled   4 (3m ago)   21h\n\nNAME   CPU(cores)   MEMORY(bytes)\n", 70)
	f.Add("Name:   n\nRoles:  <none>\nConditions:\n  MemoryPressure   True   Mon, 23 Nov 2026 15:06:02 +0100   Mon, 23 Nov 2026 15:05:52 +0100   KubeletHasInsufficientMemory   kubelet\n"+
		"Non-terminated Pods:  (1 in total)\n  imaging  thumbs-1  100m (5%)  0 (0%)  128Mi (6%)  160Mi (8%)  3d2h\nSystem Info:\n  Kubelet Version:  v1.34.9\n", 9)
	f.Add("Name:         p\nNamespace:    n\nContainers:\n  c:\n    State:          Terminated\n      Reason:       Error\n      Message:      a\nName: b\n      Exit Code:    137\n    Limits:\n      cpu: 1\n", 30)
	alone := readText(podTable).lines()
	f.Fuzz(func(t *testing.T, text string, _ int) {
		for _, ev := range readText(text).list {
			if ev.Pos.Line < 1 || ev.Pos.Line > strings.Count(text, "\n")+1 {
				t.Errorf("line %d of %q", ev.Pos.Line, text)
			}
			if ev.Speaker != Speaker || ev.Body == nil {
				t.Errorf("%+v of %q", ev, text)
			}
			var who event.Container
			switch b := ev.Body.(type) {
			case event.Identity:
				who = b.Container
			case event.ContainerStatus:
				if who = b.Container; who.Name != "" {
					continue
				}
				if len(b.Ended) != 1 || b.Ended[0].Reason != "OOMKilled" || !strings.Contains(ev.Text, "OOMKilled") {
					t.Errorf("%+v of %q", b, text)
				}
			}
			if !strings.Contains(ev.Text, who.Pod) || !strings.Contains(ev.Text, who.Namespace) || strings.ContainsAny(who.Pod+who.Namespace, " <>") {
				t.Errorf("%+v of the row %q", who, ev.Text)
			}
		}
		if strings.Contains(text, "Message:") || strings.Contains(text, "ip-10-20-4-31") {
			return // a container's last words have no end that is sure
		}
		all := readText(text + "\n\n" + podTable).lines()
		for i := range alone {
			n := len(all) - len(alone) + i
			_, got, _ := strings.Cut(all[max(n, 0)], " ")
			if _, want, _ := strings.Cut(alone[i], " "); n < 0 || got != want {
				t.Errorf("%q is told as %q behind %q", want, got, text)
			}
		}
	})
}

const podTable = "NAMESPACE   NAME     READY   STATUS           RESTARTS      AGE   IP           NODE            NOMINATED NODE   READINESS GATES\n" +
	"imaging     web-0    2/2     Running          2 (11h ago)   21h   10.85.0.31   ip-10-20-4-31   <none>           <none>\n" +
	"imaging     web-1    0/2     OOMKilled        2 (20s ago)   21h   10.85.0.32   ip-10-20-4-31   <none>           <none>\n"

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
