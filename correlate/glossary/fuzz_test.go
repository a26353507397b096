package glossary

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzTakeApart checks what must hold for any line: each value is a part of it,
// the fields are few, and blanks at its end change nothing.
func FuzzTakeApart(f *testing.F) {
	for _, r := range known().rules {
		for _, s := range r.form.Samples {
			f.Add([]byte(s.Line))
		}
		for _, miss := range r.form.NearMisses {
			f.Add([]byte(miss))
		}
	}
	f.Add([]byte("[   1297]     0  1297     7991     7889     7694        1       194    98304        0          -999 kubelet"))
	f.Add([]byte("active_anon 52076544"))
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		l, ok := TakeApart(line)
		if !bytes.Equal(line, before) {
			t.Fatalf("the line was changed to %q", line)
		}
		if !ok {
			return
		}
		if l.Name == "" || l.Text == "" || len(l.Fields) > maxFields+2 {
			t.Errorf("%q: %q, %q, %d fields", line, l.Name, l.Text, len(l.Fields))
		}
		for _, f := range l.Fields {
			if !strings.Contains(string(line), f.Value) {
				t.Errorf("%s is %q, which is not in %q", f.Name, f.Value, line)
			}
		}
		if again, ok := TakeApart(append(before, " \n"...)); len(before) < MaxLine && (!ok || again.Name != l.Name || len(again.Fields) != len(l.Fields)) {
			t.Errorf("%q is read as %s, with blanks behind it as %s", line, l.Name, again.Name)
		}
	})
}

// BenchmarkTakeApart reads lines of the largest size that are made to be slow.
func BenchmarkTakeApart(b *testing.B) {
	for name, unit := range map[string]string{
		"brackets": ") total-vm:", "commas": ",task=", "blocks": "1*4kB ", "pairs": "free:1kB ", "numbers": " 1", "flags": "|A", "braces": "(",
	} {
		line := []byte("Out of memory: Killed process 1 (" + strings.Repeat(unit, MaxLine/len(unit)))
		b.Run("line="+name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				TakeApart(line)
			}
		})
	}
}
