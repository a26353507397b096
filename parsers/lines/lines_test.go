package lines

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"
	"testing/iotest"
)

// all reads every line of r.
func all(r io.Reader) (got []string, s *Scanner) {
	s = NewScanner(r)
	for {
		line, ok := s.Next()
		if !ok {
			return got, s
		}
		got = append(got, fmt.Sprintf("%d:%s", s.Line(), line))
	}
}

func TestNext(t *testing.T) {
	long := strings.Repeat("x", 3*MaxLine)
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"empty":             {"", nil},
		"one without end":   {"a", []string{"1:a"}},
		"CRLF and empty":    {"a\r\n\r\nb\n", []string{"1:a", "2:", "3:b"}},
		"NUL":               {"a\x00b\n\x00", []string{"1:a\x00b", "2:\x00"}},
		"long between":      {"a\n" + long + "\nb\n", []string{"1:a", "2:" + long[:MaxLine], "3:b"}},
		"long without end":  {"a\n" + long, []string{"1:a", "2:" + long[:MaxLine]}},
		"exactly at limit":  {long[:MaxLine] + "\nb", []string{"1:" + long[:MaxLine], "2:b"}},
		"one byte over":     {long[:MaxLine+1] + "\nb", []string{"1:" + long[:MaxLine], "2:b"}},
		"little over, last": {"a\n" + long[:MaxLine+9000], []string{"1:a", "2:" + long[:MaxLine]}},
		"lone CR is a byte": {"a\rb\n", []string{"1:a\rb"}},
	} {
		for reader, r := range map[string]io.Reader{
			"whole": strings.NewReader(c.in), "half": iotest.HalfReader(strings.NewReader(c.in)), "eof with data": iotest.DataErrReader(strings.NewReader(c.in)),
		} {
			got, s := all(r)
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%s, %s: got %.80q, want %.80q", name, reader, got, c.want)
			}
			if s.Err() != nil || s.Bytes() != int64(len(c.in)) {
				t.Errorf("%s, %s: error %v, %d bytes, want none and %d", name, reader, s.Err(), s.Bytes(), len(c.in))
			}
		}
	}
}

func TestNextOneByteAtATime(t *testing.T) {
	in := "first\nsecond\r\n\nlast"
	got, _ := all(iotest.OneByteReader(strings.NewReader(in)))
	if want := "1:first 2:second 3: 4:last"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrStopsAndIsTold(t *testing.T) {
	_, s := all(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if s.Err() != io.ErrUnexpectedEOF || s.Line() != 2 {
		t.Errorf("got error %v at line %d, want unexpected EOF after line 2", s.Err(), s.Line())
	}
}

// TestFindIsNextAndContains holds the fast form against the plain one.
func TestFindIsNextAndContains(t *testing.T) {
	literals := []string{"invoked oom-killer", "Killed process", "Worker with", "oom_reaper: reaped"}
	rnd := rand.New(rand.NewSource(1))
	for range 200 {
		var in bytes.Buffer
		for range rnd.Intn(3000) {
			switch rnd.Intn(40) {
			case 3:
				if rnd.Intn(300) == 0 {
					fmt.Fprintf(&in, "%s %s %[1]s\n", strings.Repeat("x", rnd.Intn(2*MaxLine)), literals[1])
				}
			case 0:
				fmt.Fprintf(&in, "%s %s\n", strings.Repeat("k", rnd.Intn(50)), literals[rnd.Intn(len(literals))])
			case 1:
				fmt.Fprint(&in, literals[rnd.Intn(len(literals))][:5], "\r\n")
			case 2:
				fmt.Fprintln(&in, strings.Repeat("long ", rnd.Intn(4000)))
			default:
				fmt.Fprintln(&in, strings.Repeat("Nov 23 host x: y", rnd.Intn(12)))
			}
		}
		if rnd.Intn(2) == 0 {
			fmt.Fprint(&in, "a last line without end: ", literals[1])
		}
		f := NewFinder(literals)
		var want, got []string
		plain := NewScanner(bytes.NewReader(in.Bytes()))
		for line, ok := plain.Next(); ok; line, ok = plain.Next() {
			for _, l := range literals {
				if bytes.Contains(line, []byte(l)) {
					want = append(want, fmt.Sprintf("%d:%s", plain.Line(), line))
					break
				}
			}
		}
		fast := NewScanner(iotest.HalfReader(bytes.NewReader(in.Bytes())))
		for line, ok := fast.Find(f); ok; line, ok = fast.Find(f) {
			got = append(got, fmt.Sprintf("%d:%s", fast.Line(), line))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("Find gave %d lines, Next %d: %.200q\n%.200q", len(got), len(want), got, want)
		}
		if fast.Line() != plain.Line() || fast.Bytes() != plain.Bytes() || fast.Cut() != plain.Cut() {
			t.Fatalf("Find counted %d lines, %d cut, Next %d, %d cut", fast.Line(), fast.Cut(), plain.Line(), plain.Cut())
		}
		if last, want := earlier(fast), earlier(plain); last != want {
			t.Fatalf("before the end Find has %.80q, Next %.80q", last, want)
		}
	}
}

// earlier returns the offsets and lines that Earlier yields.
func earlier(s *Scanner) string {
	var b strings.Builder
	for at, line := range s.Earlier() {
		fmt.Fprintf(&b, "%d:%s ", at, line)
	}
	return b.String()
}

func TestEarlier(t *testing.T) {
	s := NewScanner(strings.NewReader("one\r\ntwo\nKilled process 1\nthree"))
	if _, ok := s.Find(NewFinder([]string{"Killed process"})); !ok || s.Offset() != 9 {
		t.Fatalf("found %v at %d, want a line at 9", ok, s.Offset())
	}
	if got, want := earlier(s), "5:two 0:one "; got != want {
		t.Errorf("Earlier = %q, want %q", got, want)
	}
}

// TestEarlierGoesAsFar checks that how the input is read does not matter.
func TestEarlierGoesAsFar(t *testing.T) {
	in := strings.Repeat(strings.Repeat("x", 99)+"\n", 3000) + "Killed process 1\n"
	for name, r := range map[string]io.Reader{
		"whole": strings.NewReader(in), "half": iotest.HalfReader(strings.NewReader(in)), "eof with data": iotest.DataErrReader(strings.NewReader(in)),
	} {
		s := NewScanner(r)
		s.Find(NewFinder([]string{"Killed process"}))
		n := 0
		for range s.Earlier() {
			n++
		}
		if want := (LookBack - 1) / 100; n != want {
			t.Errorf("%s: Earlier goes %d lines far, want %d", name, n, want)
		}
	}
}

func TestEarlierAtTheEnd(t *testing.T) {
	for in, want := range map[string]string{"one\ntwo\n": "4:two 0:one ", "one\ntwo": "4:two 0:one ", "one\r\n": "0:one ", "\n": "0: ", "": ""} {
		for name, read := range map[string]func(*Scanner) ([]byte, bool){
			"Next": (*Scanner).Next, "Find": func(s *Scanner) ([]byte, bool) { return s.Find(NewFinder([]string{"none of these"})) },
		} {
			s := NewScanner(strings.NewReader(in))
			for _, ok := read(s); ok; _, ok = read(s) {
			}
			if got := earlier(s); got != want {
				t.Errorf("%q read by %s: Earlier = %q, want %q", in, name, got, want)
			}
		}
	}
}

func TestPeek(t *testing.T) {
	s := NewScanner(iotest.OneByteReader(strings.NewReader("one\n\n two")))
	for _, want := range []string{"o one", "\n ", "   two"} {
		c, ok := s.Peek()
		line, more := s.Next()
		if got := string(c) + " " + string(line); !ok || !more || got != want {
			t.Errorf("Peek and Next = %q, want %q", got, want)
		}
	}
	if c, ok := s.Peek(); ok {
		t.Errorf("Peek = %q at the end", c)
	}
}

func BenchmarkFind(b *testing.B) {
	quiet := "2026-11-23T08:50:51.276373+00:00 ip-10-0-3-117 kubelet[1234]: I1123 08:50:51.276 1234 kubelet.go:2439] \"SyncLoop (PLEG): event for pod\" pod=\"a/b\"\n"
	kill := "Memory cgroup out of memory: Killed process 128 (dramatiq) total-vm:89556kB\n"
	for _, bb := range []struct{ name, text string }{
		{"text=quiet", strings.Repeat(quiet, 1<<16)},
		{"text=kills", strings.Repeat(kill, 1<<15)},
		{"text=kills-and-long-lines", strings.Repeat(strings.Repeat(kill, 1<<11)+strings.Repeat("x", MaxLine-1)+"\n", 8)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			f := NewFinder([]string{"invoked oom-killer: ", "oom-kill:constraint=", "Killed process ", "TaskOOM event", "Worker with PID ", " died"})
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			for b.Loop() {
				s := NewScanner(strings.NewReader(bb.text))
				for _, ok := s.Find(f); ok; _, ok = s.Find(f) {
				}
			}
		})
	}
}

func FuzzFinder(f *testing.F) {
	f.Add([]byte("x Killed process 1"), "Killed process", "oom-kill:")
	f.Add([]byte("xkilled"), "illed", "lled")
	f.Add([]byte("aaaaaaab"), "aaaaab", "aaaaaab")
	f.Fuzz(func(t *testing.T, text []byte, a, b string) {
		if len(a) < 4 || len(b) < 4 || len(a) > 100 || len(b) > 100 {
			return
		}
		want := bytes.Index(text, []byte(a))
		if i := bytes.Index(text, []byte(b)); i >= 0 && (want < 0 || i < want) {
			want = i
		}
		if got := NewFinder([]string{a, b}).Index(text); got != want {
			t.Errorf("Index = %d, want %d", got, want)
		}
	})
}
