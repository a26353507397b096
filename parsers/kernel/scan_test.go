package kernel

import (
	"strconv"
	"strings"
	"testing"
)

// TestNumber holds number against strconv.
func TestNumber(t *testing.T) {
	for _, s := range []string{
		"", "-", "0", "-0", "7", "-7", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"92233720368547758070", "99999999999999999999999999", "922337203685477580", "9223372036854775800", "-9223372036854775799",
	} {
		want, err := strconv.ParseInt(s, 10, 64)
		got, rest, ok := number([]byte(s + "kB"))
		if ok != (err == nil) || string(rest) != "kB" || ok && got != want {
			t.Errorf("%q: got %d, %q, %v, want %d, %v", s, got, rest, ok, want, err)
		}
	}
}

func TestKB(t *testing.T) {
	for s, want := range map[string]int64{
		"anon-rss:650kB": 650, "x anon-rss:0kB,": 0, "anon-rss:650": unknown, "anon-rss:-5kB": unknown, "anon-rss:kB": unknown, "file-rss:1kB": unknown, "": unknown,
	} {
		if got := kb([]byte(s), "anon-rss:"); got != want {
			t.Errorf("%q: got %d, want %d", s, got, want)
		}
	}
}

// TestForeignLinesAllocateNothing is of what stands between reports.
func TestForeignLinesAllocateNothing(t *testing.T) {
	p := New()
	for _, line := range []string{
		"eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None",
		"audit: type=1400 audit(1795416633.161:5): apparmor=\"DENIED\" operation=\"open\" comm=\"x\"",
		"CPU: 1 PID: 4650 Comm: python3 Not tainted 5.10.0-46-cloud-amd64 #1",
		"IPv4: martian source 10.0.0.1 from 10.0.0.2, on dev eth0: Killed process",
	} {
		rec := record(1, 1, line)
		if n := testing.AllocsPerRun(100, func() { p.Read(&rec, nil) }); n > 0 {
			t.Errorf("%q: %.0f allocations", line, n)
		}
	}
}

// TestLastIndex holds it against that of package bytes.
func TestLastIndex(t *testing.T) {
	for _, b := range []string{"", "a", "aa", "aaa", "aab", "baab", "x, y, z", strings.Repeat("ab", 200) + "aab"} {
		for _, sep := range []string{"a", "aa", "ab", "aab", ", ", "b"} {
			if got, want := lastIndex([]byte(b), sep), strings.LastIndex(b, sep); got != want {
				t.Errorf("the last %q in %q: got %d, want %d", sep, b, got, want)
			}
		}
	}
}
