package badness

import (
	"sort"

	"oomtrace/parsers/event"
)

// Next returns whom the kernel would have taken next, an index into Scores, had
// the end of those that the report names as killed not been enough. From 4.4 on
// the kernel kills without a word who shares their memory map, which the table
// does not show. It is not ok if there is nobody left, or no ranking.
func (r Result) Next() (score int, ok bool) {
	if r.next < 0 || r.next >= r.Ranked {
		return 0, false
	}
	return r.next, true
}

// The values of Change.What.
const (
	VictimAdj   = "victim's oom_score_adj"
	RunnerUpAdj = "runner-up's oom_score_adj"
	VictimPages = "victim's memory"
)

// A Change is the smallest change of one number of one process with which the
// kernel would have chosen another, all else being as the table has it.
type Change struct {
	What  string // VictimAdj, RunnerUpAdj or VictimPages
	Score int    // whose number, an index into the result's Scores
	// Possible is false if no value of the number changes the choice. Then the
	// fields below say nothing.
	Possible bool
	// Adj is the oom_score_adj nearest to that of the table which changes the
	// choice: every lower one of the victim does so too, every higher one of the
	// runner-up. At -1000 the process could not be chosen at all.
	Adj int
	// Pages is how many pages less the victim would have had to use, at least.
	Pages int64
	// Chosen is whom the kernel would have chosen then, an index into Scores.
	Chosen int
	// Certain says that the report leaves nothing open on which the number
	// depends.
	Certain bool
}

// WhatIf returns the changes with which the kernel would have chosen another
// than it did in the report d, of which r is the result. There are none unless
// the choice was recomputed and there was a choice.
func WhatIf(d *event.OOMDump, r Result) []Change {
	if r.Verdict != Agrees || r.Victim != 0 || r.RunnerUp < 0 || r.TotalPages == Unknown || d.Allocating {
		return nil
	}
	w := whatIf{chooser{Result: r, dump: d}}
	return []Change{w.victimAdj(), w.runnerUpAdj(), w.victimPages()}
}

// A whatIf tries other numbers. It never changes the result or the report.
type whatIf struct{ chooser }

// victimAdj looks for the highest oom_score_adj below that of the table.
func (w *whatIf) victimAdj() Change {
	now := w.adj(0)
	n := sort.Search(now+999, func(n int) bool { return w.chosen(0, now-1-n, 0) != 0 }) // now-1 down to -999
	ch := Change{What: VictimAdj, Score: 0, Possible: true, Adj: now - 1 - n, Certain: w.exact()}
	if ch.Adj <= -1000 {
		ch.Chosen, ch.Certain = w.RunnerUp, w.Certain
		return ch
	}
	ch.Chosen = w.chosen(0, ch.Adj, 0)
	return ch
}

// runnerUpAdj looks for the lowest oom_score_adj above that of the table.
func (w *whatIf) runnerUpAdj() Change {
	i := w.RunnerUp
	now := w.adj(i)
	n := sort.Search(1000-now, func(n int) bool { return w.chosen(i, now+1+n, 0) == i }) // now+1 up to 1000
	ch := Change{What: RunnerUpAdj, Score: i, Possible: n < 1000-now, Certain: w.exact()}
	if ch.Possible {
		ch.Adj, ch.Chosen = now+1+n, i
	}
	return ch
}

// victimPages looks for the fewest pages less.
func (w *whatIf) victimPages() Change {
	ch := Change{What: VictimPages, Score: 0, Certain: w.exact()}
	low, high := int64(1), w.Scores[0].Used // of the pages less
	if high < 1 || w.chosen(0, w.adj(0), high) == 0 {
		return ch
	}
	for low < high {
		if mid := low + (high-low)/2; w.chosen(0, w.adj(0), mid) != 0 {
			high = mid
		} else {
			low = mid + 1
		}
	}
	ch.Possible, ch.Pages, ch.Chosen = true, low, w.chosen(0, w.adj(0), low)
	return ch
}

// chosen returns whom the kernel would have chosen had the process at index i
// that oom_score_adj and used so many pages less.
func (w *whatIf) chosen(i, adj int, less int64) int {
	sc := w.scale()
	mine := &w.Scores[i]
	b := w.Rule.points(mine.Used-less, int64(adj), sc.total, mine.Bonus)
	rest := w.first(sc, i)
	if rest < 0 {
		return i
	}
	other := &w.Scores[rest]
	theirs := w.badness(other, sc, other.Bonus)
	if b > theirs || b == theirs && w.order(mine, other) < 0 {
		return i
	}
	return rest
}

// exact says whether the report leaves nothing open that the sums depend on.
func (w *whatIf) exact() bool {
	return w.Certain && w.MinTotal == w.TotalPages && w.MaxTotal == w.TotalPages && w.Rule.Sure &&
		w.Rule.Bonus == NoBonus && !w.short()
}

// A Shortfall is what a report proves of how much a limit lacked. Pages.
type Shortfall struct {
	// Wanted is the charge that was refused.
	Wanted int64
	// Lacked is by how many pages at least the limit was too low for it. What
	// would have been asked for after it nobody knows.
	Lacked int64
	// Freed is what those who died used by the table, about the most that can
	// have come back by their end: what others share with them stays, and what
	// the kernel held for them comes on top. It is Unknown if a row is missing.
	Freed int64
}

// Lack returns what d proves of how much the limit of the cgroup that ran full
// lacked. It is not ok for other kills, and where the report does not show the
// numbers. The counters are printed after the charge was refused, when others
// may have freed some, so that one page is the least that is proved.
func Lack(d *event.OOMDump, r Result) (Shortfall, bool) {
	m := &d.Memory
	if !m.Memory.Printed || d.Trigger == nil || d.Trigger.Order < 0 || d.Trigger.Order > 20 || r.PageKB == 0 {
		return Shortfall{}, false
	}
	s := Shortfall{Wanted: 1 << d.Trigger.Order, Lacked: Unknown, Freed: freed(d, r)}
	for _, c := range [...]event.Counter{m.Memory, m.Memsw} {
		if c.Printed && isLimit(c.LimitKB) && isSane(c.UsageKB) {
			s.Lacked = max(s.Lacked, 1, c.UsageKB/r.PageKB+s.Wanted-c.LimitKB/r.PageKB)
		}
	}
	return s, s.Lacked != Unknown
}

// freed adds what the killed used.
func freed(d *event.OOMDump, r Result) int64 {
	used := make(map[int]int64, len(r.Scores))
	for i := range r.Scores {
		used[r.Scores[i].Row] = r.Scores[i].Used
	}
	rows := rowsByPID(d)
	sum, counted := int64(0), map[int]bool{}
	for i := range d.Victims {
		if d.Victims[i].Sharing { // its memory is that of the one before it
			continue
		}
		row, ok := rows[d.Victims[i].PID]
		pages, scored := used[row]
		switch {
		case !ok || !scored || pages == Unknown:
			return Unknown
		case !counted[row]:
			counted[row] = true
			sum = min(sum+pages, sane)
		}
	}
	if len(counted) == 0 {
		return Unknown
	}
	return sum
}
