package render

import (
	"slices"
	"strings"
	"testing"
	"time"

	"oomtrace/correlate/report"
)

func TestVisible(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"text", `python3 (worker) ~ \n`, `python3 (worker) ~ \n`},
		{"letters of any script", "Gerät 漢字 กำลัง é", "Gerät 漢字 กำลัง é"},
		{"newline and tab", "a\n\tb\r", `a\n\tb\x0d`},
		{"terminal escape", "\x1b]0;x\x07\x7f\x00", `\x1b]0;x\x07\x7f\x00`},
		{"C1", "\u0085\u009b31m", `\u0085\u009b31m`},
		{"byte that is not UTF-8", "a\x9b\xffb", `a\x9b\xffb`},
		{"replacement character", "a\uFFFDb", "a\uFFFDb"},
		{"bidirectional", "\u202a\u202e\u2066\u2069\u200f", `\u202a\u202e\u2066\u2069\u200f`},
		{"no width", "\u200b\u200d\u2060\ufeff\u00ad\ufe0f", `\u200b\u200d\u2060\ufeff\u00ad\ufe0f`},
		{"separators", "\u2028\u2029\u00a0", `\u2028\u2029\u00a0`},
		{"tags", "\U000e0041", `\U000e0041`},
		{"marks", "e" + strings.Repeat("\u0301", 5), "e\u0301\u0301\u0301\u0301" + `\u0301`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := visible(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("\x1b[31m\u202e\xff\u0301\u0301\u0301\u0301\u0301")
	f.Fuzz(func(t *testing.T, s string) {
		got := visible(s)
		if bad := firstHidden(got); bad != "" {
			t.Errorf("%s in %q", bad, got)
		}
		if again := visible(got); again != got {
			t.Errorf("%q, made visible again, is %q", got, again)
		}
	})
}

func TestDelta(t *testing.T) {
	for _, tt := range []struct {
		s    float64
		want string
	}{
		{0, "+0.000 s"}, {-0.0004, "+0.000 s"}, {0.0021, "+0.002 s"}, {-0.843, "-0.843 s"}, {0.9996, "+1.0 s"},
		{-11.24, "-11.2 s"}, {59.94, "+59.9 s"}, {59.96, "+1 m 00 s"}, {245, "+4 m 05 s"}, {-3599.6, "-1 h 00 m"},
		{7500, "+2 h 05 m"}, {86399, "+1 d 00 h"}, {-273600, "-3 d 04 h"}, {1e12, "+1e+12 s"},
	} {
		if got := delta(tt.s); got != tt.want {
			t.Errorf("delta(%v) = %q, want %q", tt.s, got, tt.want)
		}
	}
}

func TestTolerance(t *testing.T) {
	for _, tt := range []struct {
		s    float64
		want string
	}{{0, ""}, {0.0004, ""}, {0.0005, ", ±0.0005 s"}, {0.2, ", ±0.2 s"}, {1, ", ±1 s"}, {3600, ", ±1 h 00 m"}} {
		if got := tolerance(&tt.s); got != tt.want {
			t.Errorf("tolerance(%v) = %q, want %q", tt.s, got, tt.want)
		}
	}
	if got := tolerance(nil); got != "" {
		t.Errorf("tolerance(nil) = %q", got)
	}
}

func TestPercent(t *testing.T) {
	for c, want := range map[float64]string{0: "0 %", 0.58: "58 %", 0.999: "99 %", 1: "100 %"} {
		if got := percent(c); got != want {
			t.Errorf("percent(%v) = %q, want %q", c, got, want)
		}
	}
}

func TestClockShowsNoMoreThanIsKnown(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 1, 41, 482816000, time.UTC)
	for digits, want := range map[int]string{0: "09:01:41", 2: "09:01:41.48", 3: "09:01:41.482", 6: "09:01:41.482"} {
		if got := clock(&report.Time{Time: at, Digits: digits}, 3); got != want {
			t.Errorf("with %d digits: %q, want %q", digits, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	const id = "81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f"
	const uid = "b1498fe3389220b5c12f5fe572a71bd1"
	for _, tt := range []struct{ name, in, want string }{
		{"id", "ID:" + id + ",", "ID:81f8b1712f20,"},
		{"image", "sha256:" + id, "sha256:81f8b1712f20"},
		{"uid", "pod" + uid, "podb1498fe33892…"},
		{"word", "deadbeef added " + id[:31], "deadbeef added " + id[:31]},
		{"short path", "/kubepods/burstable/pod" + uid, "/kubepods/burstable/podb1498fe33892…"},
		{"long path", "in /kubepods/burstable/pod" + uid + "/" + id + ", now", "in /kubepods/…/81f8b1712f20, now"},
		{"path of systemd", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podx.slice/cri-containerd-" + id + ".scope", "/kubepods.slice/…/cri-containerd-81f8b1712f20.scope"},
		{"assigned", "a=/x/" + strings.Repeat("y/", 20) + "z,b=1", "a=/x/…/z,b=1"},
		{"address", "https://host.example/a/b/c/d/e/f/g/h/i/j/k/l/m/n", "https://host.example/a/b/c/d/e/f/g/h/i/j/k/l/m/n"},
		{"two names", "/" + strings.Repeat("x", 30) + "/" + strings.Repeat("y", 30), "/" + strings.Repeat("x", 30) + "/" + strings.Repeat("y", 30)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := shorten(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		name, in     string
		width, limit int
		want         []string
		cut          bool
	}{
		{"nothing", " ", 10, 0, nil, false},
		{"words", "one two  three four", 9, 0, []string{"one two", "three", "four"}, false},
		{"word that fits a line waits for it", "a bcdefghij k", 10, 0, []string{"a", "bcdefghij", "k"}, false},
		{"long word breaks after a mark", "x a=bcdef,ghijklmnop", 10, 0, []string{"x a=bcdef,", "ghijklmnop"}, false},
		{"long word without a mark", "abcdefghijklmn", 5, 0, []string{"abcde", "fghij", "klmn"}, false},
		{"wide runes", "漢字漢字", 5, 0, []string{"漢字", "漢字"}, false},
		{"rune wider than the line", "漢字", 1, 0, []string{"漢", "字"}, false},
		{"limit that is enough", "one two", 3, 2, []string{"one", "two"}, false},
		{"limit that is not", "one two six", 3, 2, []string{"one", "two"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, cut := wrap(tt.in, tt.width, tt.limit)
			if !slices.Equal(got, tt.want) || cut != tt.cut {
				t.Errorf("got %q, %v; want %q, %v", got, cut, tt.want, tt.cut)
			}
		})
	}
}

func TestCutMiddle(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"dmesg.txt", "dmesg.txt"},
		{"logs/node-1/dmesg.txt", "logs…dmesg.txt"},
		{"漢字漢字漢字漢字漢字", "漢字…漢字漢字"},
	} {
		if got := cutMiddle(tt.in, 14); got != tt.want {
			t.Errorf("cutMiddle(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCode(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""}, {"a", "`a`"}, {"a`b", "``a`b``"}, {"`", "`` ` ``"}, {"```", "```` ``` ````"},
		{" a ", "`  a  `"}, {" a", "` a`"}, {"  ", "`  `"}, {"@octocat", "`@octocat`"},
	} {
		if got := code(tt.in); got != tt.want {
			t.Errorf("code(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestInline(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"prose", "It was at the limit, 760 MiB (9 times).", "It was at the limit, 760 MiB (9 times)."},
		{"name of the kernel's", "its oom_score_adj (969)", "its `oom_score_adj` (969)"},
		{"mention", "ask @octocat, now", "ask `@octocat`, now"},
		{"mail", "root@node-1.", "`root@node-1`."},
		{"reference", "see #12 and GH-7 or a:gh-8", "see `#12` and `GH-7` or `a:gh-8`"},
		{"links", "at https://e.example/ or WWW.e.example", "at `https://e.example/` or `WWW.e.example`"},
		{"link of Markdown", "[a](b)", "`[a](b`)"},
		{"tag", "<b>x</b> < y & z", "`<b>x</b>` &lt; y &amp; z"},
		{"entity", "&lt;", "`&lt`;"},
		{"marks", "*a* _b_ ~~c~~ `d` e|f g\\h", "`*a*` `_b_` `~~c~~` `` `d` `` `e|f` `g\\h`"},
		{"commit", "at 2fd4e1c67a2d or deadbeef or 1234567", "at `2fd4e1c67a2d` or deadbeef or 1234567"},
		{"path", "in /kubepods/burstable, read/write", "in `/kubepods/burstable`, read/write"},
		{"emoji", ":bomb: at 09:01:41.5", "`:bomb:` at 09:01:41.5"},
		{"list", "- a - b", "`-` a - b"},
		{"numbered list", "1. a 2. b", "`1.` a 2. b"},
		{"rule", "---", "`---`"},
		{"indented", "     a", "a"},
		{"number", "969 is what", "969 is what"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := inline(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNothing(t *testing.T) {
	at := &report.Time{Time: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	until := &report.Time{Time: at.Add(time.Hour)}
	kernel := report.Input{Path: "dmesg.txt", Format: "dmesg", Source: "kernel", First: at, Last: until, KernelCovers: []report.Period{{From: at, To: until}}}
	mixed := report.Input{Path: "messages", Format: "syslog", Source: "mixed"}
	worker := report.Input{Path: "worker.log", Source: "worker"}
	const seen = ", from 2026-11-23 09:00:00 to 2026-11-23 10:00:00 UTC"
	for _, tt := range []struct {
		name string
		in   report.Report
		want string
	}{
		{"no input", report.Report{}, "No OOM kill was found, but nothing was read either, so this proves nothing."},
		{"kernel", report.Report{Inputs: []report.Input{worker, kernel}}, "No OOM kill was found in 2 inputs (1 not recognised, 1 dmesg)" + seen + "; the kernel's log is among them (dmesg.txt" + seen + "), so the kernel logged no kill in the time that it covers, which says nothing about other times or machines."},
		{"mixed", report.Report{Inputs: []report.Input{mixed}}, "No OOM kill was found in 1 input (1 syslog); no log of the kernel is among them, so a kill that left no trace in these may have happened all the same."},
		{"none", report.Report{Inputs: []report.Input{worker}, RuledOut: make([]report.RuledOut, 1)}, "No OOM kill was found in 1 input (1 not recognised); no log of the kernel is among them, so a kill that left no trace in these may have happened all the same; 1 death that may look like one is ruled out below."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := nothing(&tt.in); got != tt.want {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	for kb, want := range map[int64]string{778240: "760 MiB", 9007199254740988: "no limit"} {
		if got := limit(kb); got != want {
			t.Errorf("limit(%d) = %q, want %q", kb, got, want)
		}
	}
}
