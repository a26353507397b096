package envelope

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// lines returns n lines that format writes of times a second apart.
func linesOf(n int, layout, text string) [][]byte {
	at := time.Date(2026, 11, 23, 9, 1, 41, 297e6, time.UTC)
	var lines [][]byte
	for i := range n {
		lines = append(lines, []byte(at.Add(time.Duration(i)*time.Second).Format(layout)+text))
	}
	return lines
}

func TestLearn(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines [][]byte
		want  string // of the last line
	}{
		{"points, day first", linesOf(5, "02.01.2006 15:04:05", " worker died"), `learned zoneless=2026-11-23T09:01:45/s <> "worker died"`},
		{"slashes, month first, half a day", linesOf(5, "01/02/2006 03:04:05 PM", " worker died"), `learned zoneless=2026-11-23T09:01:45/s <> "worker died"`},
		{"slashes, day first, log4j's milliseconds", linesOf(5, "02/01/2006 15:04:05,000", " INFO x"), `learned zoneless=2026-11-23T09:01:45.297/ms <> "INFO x"`},
		{"Apache's common log", linesOf(5, "[02/Jan/2006:15:04:05 -0700]", " x"), `learned wall=2026-11-23T09:01:45Z/s <> "x"`},
		{"Flask", linesOf(5, "[02/Jan/2006 15:04:05]", " x"), `learned zoneless=2026-11-23T09:01:45/s <> "x"`},
		{"angles and a bracket", linesOf(5, "<02.01.2006 15:04:05>", "[main] x"), `learned zoneless=2026-11-23T09:01:45/s <> "[main] x"`},
		{"java.util.logging", linesOf(5, "Jan 02, 2006 3:04:05 PM", " org.apache.catalina.core x"), `learned zoneless=2026-11-23T09:01:45/s <> "org.apache.catalina.core x"`},
		{"no separators", linesOf(5, "20060102 15:04:05.000", " x"), `learned zoneless=2026-11-23T09:01:45.297/ms <> "x"`},
		{"Unreal Engine", linesOf(5, "[2006.01.02-15.04.05:000]", "[  0]x"), ``},
		{"runit's svlogd -tt", linesOf(5, "2006-01-02_15:04:05.00000", " x"), `learned zoneless=2026-11-23T09:01:45.297/0µs <> "x"`},
		{"Android's logcat", linesOf(5, "01-02 15:04:05.000", "  1234  1234 I lmkd: x"), `learned yearless=11-23T09:01:45.297/ms <> "1234  1234 I lmkd: x"`},
		{"RFC 1123, zone as an offset", linesOf(5, time.RFC1123Z, " x"), `learned wall=2026-11-23T09:01:45Z/s <> "x"`},
		{"RFC 1123, zone as a name", linesOf(5, time.RFC1123, " x"), `learned wall=2026-11-23T09:01:45Z/s <> "x"`},
		{"RFC 850, a name of two zones", linesOf(5, "Monday, 02-Jan-06 15:04:05 CST", " x"), `learned zoneless=2026-11-23T09:01:45/s <> "x"`},
		{"a bar", linesOf(5, "02.01.2006 15:04:05 |", " x"), `learned zoneless=2026-11-23T09:01:45/s <> "x"`},
		{"syslog with a year, kernel", linesOf(5, "Jan 02 2006 15:04:05", " node-1 kernel: x"), `learned zoneless=2026-11-23T09:01:45/s late <kernel@node-1> "x"`},
		{"syslog with a year, printk", linesOf(5, "Jan 02 2006 15:04:05", " node-1 kernel: [ 7868.482562] x"), `learned>dmesg zoneless=2026-11-23T09:01:45/s late monotonic=7868.482562/µs <kernel@node-1> "x"`},
		{"syslog with a year, klog", linesOf(5, "Jan 02 2006 15:04:05", " node-1 kubelet[7]: I1123 09:01:45.171146    7 a.go:64] x"), `learned>klog zoneless=2026-11-23T09:01:45/s yearless=11-23T09:01:45.171146/µs <kubelet[7]@node-1> "x"`},
		{"syslog with a year, the kernel's tag with a pid", linesOf(5, "Jan 02 2006 15:04:05", " node-1 kernel[12]: x"), `learned zoneless=2026-11-23T09:01:45/s late <claims to be kernel[12]@node-1> "x"`},
		{"a console's log with stamps", linesOf(5, "[02.01.2006 15:04:05]", " [ 7868.482562] x"), `learned>dmesg zoneless=2026-11-23T09:01:45/s late monotonic=7868.482562/µs <kernel> "x"`},
		{"one line in five is another", append(linesOf(4, "02.01.2006 15:04:05", " x"), []byte("Traceback:"), []byte(""), []byte("  "))[1:], ``},
		{"one line in six is another", append([][]byte{[]byte("Starting")}, linesOf(5, "02.01.2006 15:04:05", " x")...), `learned zoneless=2026-11-23T09:01:45/s <> "x"`},
		{"a year's end", [][]byte{[]byte("12/31 23:59:59 x"), []byte("01/01 00:00:00 y")}, `learned yearless=01-01T00:00:00/s <> "y"`},
		{"a clock that was set back by hours", [][]byte{[]byte("23.11.2026 09:01:41 x"), []byte("23.11.2026 02:01:41 y")}, `learned zoneless=2026-11-23T02:01:41/s <> "y"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, ok := Learn(c.lines)
			if !ok {
				if c.want != "" {
					t.Fatalf("nothing learned of %q", c.lines[0])
				}
				return
			}
			rec := event.Record{Msg: c.lines[len(c.lines)-1]}
			o := Opener{Learned: &e}
			if got := told(o.Open(&rec), &rec); got != c.want {
				t.Errorf("%q\nopens as %s\nwant     %s", c.lines[len(c.lines)-1], got, c.want)
			}
		})
	}
}

// What could be a time and does not prove to be one is not believed.
func TestLearnRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a pid for a year":             "2528 10:11:12 worker died\n2528 10:11:13 worker died",
		"month or day":                 "05/06/2026 09:01:41 x\n05/07/2026 09:01:42 x",
		"month or day, no year":        "05/06 09:01:41 x\n05/07 09:01:42 x",
		"month or day, both proven":    "05/23/2026 09:01:41 x\n23/05/2026 09:01:42 x\n05/05/2026 09:01:42 x\n05/06/2026 09:01:42 x\n05/07/2026 09:01:42 x",
		"year or day":                  "26/11/23 09:01:41 x\n26/11/24 09:01:41 x",
		"no seconds":                   "23.11.2026 09:01 x\n23.11.2026 09:02 x",
		"no clock":                     "23.11.2026 x\n24.11.2026 x",
		"no date":                      "09h01m41 x\n09h01m42 x",
		"half a day that is not told":  "Nov 23, 2026 9:01:41 x\nNov 23, 2026 8:01:42 x",
		"back by two days":             "23.11.2026 09:01:41 x\n21.11.2026 09:01:41 x",
		"back by two days, no year":    "11/23 09:01:41 x\n11/21 09:01:41 x",
		"years before there were logs": "23.11.1926 09:01:41 x\n24.11.1926 09:01:41 x",
		"two forms by turns":           "23.11.2026 09:01:41 x\n11/23/2026 09:01:41 x",
		"numbers in a table":           "  529     0   529    17217\n  530     0   530    17217",
		"an address":                   "10.0.0.1 09:01:41 x\n10.0.0.2 09:01:41 x",
		"a version":                    "1.24.3 09:01:41 x\n1.24.3 09:01:42 x",
		"ordinary words":               "worker 7 died\nworker 8 died",
		"nothing":                      "",
		"blanks":                       "   \n\t\n",
	} {
		if e, ok := Learn(bytes.Split([]byte(text), []byte("\n"))); ok {
			rec := event.Record{Msg: []byte(text)}
			e.Open(&rec)
			t.Errorf("%s: %q is read as %s", name, text, told(e.Name, &rec))
		}
	}
	if _, ok := Learn(nil); ok {
		t.Error("Learn(nil) learns")
	}
}

// A line that does not have the prefix is left alone, or is another envelope's.
func TestLearnedLeavesOthersAlone(t *testing.T) {
	e, ok := Learn(linesOf(5, "[02.01.2006 15:04:05]", " x"))
	if !ok {
		t.Fatal("nothing learned")
	}
	o := Opener{Learned: &e, Prefer: e.Name}
	for _, line := range []string{"", "[", "[23.11.2026", "23.11.2026 09:01:41 x", "[23.11.1926 09:01:41] x", "[31.02.2026 09:01:41] x", "Traceback (most recent call last):"} {
		rec, want := event.Record{Msg: []byte(line)}, event.Record{Msg: []byte(line)}
		if outer := o.Open(&rec); outer != "" || !reflect.DeepEqual(rec, want) {
			t.Errorf("%q opens as %s", line, told(outer, &rec))
		}
	}
	rec := event.Record{Msg: []byte("08:47:59 text")}
	if got, want := told(o.Open(&rec), &rec), `app dayless=08:47:59/s <> "text"`; got != want {
		t.Errorf("opens as %s, want %s", got, want)
	}
}

// What is learned does not depend on more lines than the sample has.
func TestLearnLooksAtASample(t *testing.T) {
	lines := linesOf(maxSample, "02.01.2006 15:04:05", " x")
	for i := range maxSample {
		lines = append(lines, fmt.Appendf(nil, "line %d", i))
	}
	if _, ok := Learn(lines); !ok {
		t.Errorf("nothing learned of the first %d lines", maxSample)
	}
}
