package explain

import (
	"fmt"
	"strings"
	"time"

	"oomtrace/correlate/badness"
	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// span writes two sizes, exactly enough to tell them apart.
func span(low, high int64) string {
	a, b := prose.Size(low), prose.Size(high)
	if a == b && low != high {
		a, b = fmt.Sprintf("%d MiB", low/1024), fmt.Sprintf("%d MiB", high/1024)
	}
	return a + " to " + b
}

// Unlimited reports whether a limit in KiB is the counter's maximum, which
// stands for none: 2^63 bytes less a page, in whatever unit the kernel counts.
// Source: include/linux/page_counter.h, PAGE_COUNTER_MAX.
func Unlimited(kb int64) bool {
	return kb >= 1<<53-64 || kb == 1<<33-4
}

// process names one as "python3 (pid 14622)".
func process(comm string, pid int) string { return fmt.Sprintf("%s (pid %d)", prose.Name(comm), pid) }

// short names a long id or path by its beginning.
func short(id string) string { return id[:min(12, len(id))] }

// ago writes how long after the kill something was.
func ago(d time.Duration) string {
	a := d.Abs()
	switch {
	case a < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", float64(a)/float64(time.Millisecond))
	case a < time.Second:
		return fmt.Sprintf("%d ms", a.Round(time.Millisecond).Milliseconds())
	case a < time.Minute:
		return fmt.Sprintf("%.1f s", a.Seconds())
	case a < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(a.Minutes()), int(a.Seconds())%60)
	}
	return a.Round(time.Minute).String()
}

// roughly writes a distance with no more digits than its error leaves.
func roughly(d, err time.Duration) string {
	a, about := d.Abs(), ""
	if err*10 >= a {
		about = "about "
	}
	switch {
	case a >= time.Minute:
		return about + ago(a)
	case err >= 500*time.Millisecond && a < 500*time.Millisecond:
		return "less than 1 s"
	case err >= 500*time.Millisecond:
		return about + fmt.Sprintf("%.0f s", a.Seconds())
	case err >= 50*time.Millisecond && a < 50*time.Millisecond:
		return "less than 0.1 s"
	case err >= 50*time.Millisecond:
		return about + fmt.Sprintf("%.1f s", a.Seconds())
	}
	return about + ago(a)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// capital begins a sentence. A program's name stays as its makers write it.
func capital(s string) string {
	switch word, _, _ := strings.Cut(s, " "); word {
	case "the", "at", "about", "less", "it":
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// rssKB is what a victim had resident, NotPrinted if the kernel does not say.
func rssKB(v *event.Victim) int64 {
	if v.AnonRSSKB == event.NotPrinted {
		return event.NotPrinted
	}
	return v.AnonRSSKB + max(v.FileRSSKB, 0) + max(v.ShmemRSSKB, 0)
}

// Rule says by which rule the selection was computed again.
func Rule(b badness.Result) string {
	if b.Rule.Since == "" {
		return "not recomputed"
	}
	text := "rss + swap"
	if !b.Rule.NoPgtables {
		text += " + page tables"
	}
	switch b.Rule.Bonus {
	case badness.BonusTotal:
		text += " - 3 % of totalpages with CAP_SYS_ADMIN"
	case badness.BonusUsed:
		text += " - 3 % of itself with CAP_SYS_ADMIN"
	}
	if b.Rule.Thousandths {
		text += ", in thousandths of totalpages, + oom_score_adj"
	} else {
		text += " + oom_score_adj x totalpages/1000"
	}
	if text += ", the highest is chosen"; !b.Rule.Signed {
		text += ", at least 1"
	}
	if b.Rule.KillsChild {
		text += "; a child may die in its place"
	}
	return text + " (mm/oom_kill.c, oom_badness, since Linux " + b.Rule.Since + ")"
}

// SelectionNote says in a clause how the recomputed choice and the kernel's
// compare, and what it rests on.
func SelectionNote(b badness.Result) string {
	var parts []string
	switch b.Verdict {
	case badness.Agrees:
		parts = append(parts, "the recomputed choice is the kernel's")
	case badness.Disagrees:
		parts = append(parts, "the recomputed choice is another process")
		parts = append(parts, b.Reasons...)
	default:
		if b.Why != "" {
			parts = append(parts, b.Why)
		}
	}
	if b.TotalPages != badness.Unknown && b.TotalBasis != "" {
		parts = append(parts, "totalpages = "+b.TotalBasis)
	}
	return strings.Join(append(parts, b.Assumptions...), "; ")
}
