package badness

import (
	"sort"

	"oomtrace/parsers/event"
)

// Next returns whom the kernel would have taken next, an index into Scores, had
// the end of those that the report names as killed, and of all who had to die
// with their cgroup, not been enough. From 4.4 on the kernel kills without a
// word who shares their memory map, which the table does not show. It is not ok
// if there is nobody left, or no ranking.
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
// kernel would have chosen another, all else being as the table has it. The
// victim is the one that was chosen: up to 5.0 the candidate, in whose place a
// child may have died.
type Change struct {
	What  string // VictimAdj, RunnerUpAdj or VictimPages
	Score int    // whose number, an index into the result's Scores
	// Possible is false if no value of the number changes the choice. Then the
	// fields below say nothing, but for Certain.
	Possible bool
	// Adj is the oom_score_adj nearest to that of the table which changes the
	// choice: every lower one of the victim does so too, every higher one of the
	// runner-up. At -1000 the process could not be chosen at all.
	Adj int
	// Pages is how many pages less the victim would have had to use, at least.
	Pages int64
	// Chosen is whom the kernel would have chosen then, an index into Scores.
	Chosen int
	// ChosenDied says that Chosen died anyway: with its cgroup
	// (memory.oom.group), as a child in the victim's place, or because it shares
	// the victim's memory map.
	ChosenDied bool
	// SameDeaths says that the change would have saved nobody: Chosen died
	// anyway, and whoever died would have died with it. An Adj of -1000 spares its
	// process even when its cgroup is killed.
	SameDeaths bool
	// Certain says that Possible and the number, and Chosen, are the same
	// whatever the report leaves open.
	Certain bool
}

// WhatIf returns the changes with which the kernel would have chosen another
// than it did in the report d, of which r is the result. There are none unless
// the choice was recomputed and there was a choice. Where the kernel printed
// another score than the recomputed one, the table is not what the kernel
// weighed: then there is at most the change of the victim's oom_score_adj, by
// the printed score.
func WhatIf(d *event.OOMDump, r Result) []Change {
	if r.Verdict != Agrees || r.Victim != 0 || r.RunnerUp < 0 || r.TotalPages == Unknown || d.Allocating {
		return nil
	}
	w := whatIf{chooser: chooser{Result: r, dump: d}}
	w.fallen = w.dead()
	if w.scoreOff() {
		return w.byPrinted()
	}
	return []Change{w.victimAdj(), w.runnerUpAdj(), w.victimPages()}
}

// byPrinted returns the change of the victim's oom_score_adj by the printed
// score. Others too can have used more than the table has, so that there is none
// where by the table nothing but -1000 would do.
func (w *whatIf) byPrinted() []Change {
	more, ok := w.unlisted()
	if w.more = more; !ok {
		return nil
	}
	ch := w.victimAdj()
	if ch.Adj == -1000 {
		return nil
	}
	return []Change{ch}
}

// A whatIf tries other numbers. It never changes the result or the report.
type whatIf struct {
	chooser
	fallen func(row int) bool // who died
	more   int64              // what the victim used beyond the table, in pages
}

// A trial gives one process other numbers than the table.
type trial struct {
	who  int // an index into Scores
	adj  int // -1000 exempts it
	less int64
}

// victimAdj looks for the highest oom_score_adj below that of the table.
func (w *whatIf) victimAdj() Change {
	now := w.adj(0)
	at := func(adj int) trial { return trial{0, adj, 0} }
	n := sort.Search(now+999, func(n int) bool { return w.chosen(w.scale(), at(now-1-n)) != 0 }) // now-1 down to -999
	return w.change(VictimAdj, at(now-n), at(now-1-n))
}

// runnerUpAdj looks for the lowest oom_score_adj above that of the table.
func (w *whatIf) runnerUpAdj() Change {
	i := w.RunnerUp
	now := w.adj(i)
	at := func(adj int) trial { return trial{i, adj, 0} }
	n := sort.Search(1000-now, func(n int) bool { return w.chosen(w.scale(), at(now+1+n)) == i }) // now+1 up to 1000
	if n == 1000-now {
		return w.impossible(RunnerUpAdj, at(1000))
	}
	return w.change(RunnerUpAdj, at(now+n), at(now+1+n))
}

// victimPages looks for the fewest pages less.
func (w *whatIf) victimPages() Change {
	at := func(less int64) trial { return trial{0, w.adj(0), less} }
	low, high := int64(1), w.Scores[0].Used // of the pages less
	if high < 1 || w.chosen(w.scale(), at(high)) == 0 {
		return w.impossible(VictimPages, at(max(high, 0)))
	}
	for low < high {
		if mid := low + (high-low)/2; w.chosen(w.scale(), at(mid)) != 0 {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return w.change(VictimPages, at(low-1), at(low))
}

// change is the one that leads to the trial now, of which before was the last
// with which the victim was still chosen.
func (w *whatIf) change(what string, before, now trial) Change {
	ch := Change{What: what, Score: now.who, Possible: true, Chosen: w.chosen(w.scale(), now)}
	if what == VictimPages {
		ch.Pages = now.less
	} else {
		ch.Adj = now.adj
	}
	ch.ChosenDied = w.fallen(w.Scores[ch.Chosen].Row)
	spared := now.adj == -1000 && w.fallen(w.Scores[now.who].Row)
	ch.SameDeaths = ch.ChosenDied && !spared && w.together()
	ch.Certain = w.always(before, 0) && w.always(now, ch.Chosen)
	return ch
}

// together says whether those who died had to die together: as one cgroup, or as
// they share a memory map, or there is but one of them.
func (w *whatIf) together() bool {
	if w.dump.GroupMemcg != "" {
		return true
	}
	for i := range w.dump.Victims {
		if i > 0 && !w.dump.Victims[i].Sharing {
			return false
		}
	}
	return true
}

// impossible says that not even the last trial changes the choice.
func (w *whatIf) impossible(what string, last trial) Change {
	return Change{What: what, Score: last.who, Certain: w.always(last, 0)}
}

// chosen returns whom the kernel would have chosen on that scale.
func (w *whatIf) chosen(sc scale, t trial) int {
	rest := w.first(sc, t.who)
	if rest < 0 {
		return t.who
	}
	if t.adj == -1000 {
		return rest
	}
	mine, other := &w.Scores[t.who], &w.Scores[rest]
	b, theirs := w.tried(sc, t), w.badness(other, sc, other.Bonus)
	if b > theirs || b == theirs && w.order(mine, other) < 0 {
		return t.who
	}
	return rest
}

// tried returns the badness that the process of t would have.
func (w *whatIf) tried(sc scale, t trial) int64 {
	s := &w.Scores[t.who]
	used := s.Used - t.less
	if t.who == 0 {
		used += w.more
	}
	return w.Rule.points(used, int64(t.adj), sc.total, s.Bonus)
}

// always says whether the trial lets the kernel choose the process at index i
// whatever the report leaves open. Of totalpages the two ends of its range are
// tried: badness in pages is linear in a thousandth of it, so that whoever is
// chosen at both ends, above where all are equal, is chosen between them. The
// rules of thousandths all have the bonus, and so are never sure.
func (w *whatIf) always(t trial, i int) bool {
	if !w.Certain || !w.Rule.Sure || w.Rule.Bonus != NoBonus || w.short() || w.more != 0 {
		return false
	}
	ends := w.ends()
	for _, total := range ends {
		sc := scale{total: total}
		if w.chosen(sc, t) != i || len(ends) > 1 && !w.Rule.Signed && w.reached(sc, t, i) <= 1 {
			return false
		}
	}
	return true
}

// reached is the badness of the process at index i with the trial.
func (w *whatIf) reached(sc scale, t trial, i int) int64 {
	if i == t.who {
		return w.tried(sc, t)
	}
	return w.badness(&w.Scores[i], sc, w.Scores[i].Bonus)
}

// ends returns the least and the most that totalpages can be, or one number if
// that is exact.
func (w *whatIf) ends() []int64 {
	least, most := max(w.MinTotal, 1), w.MaxTotal
	if most == Unknown {
		most = max(sane, least)
	}
	if least == most {
		return []int64{least}
	}
	return []int64{least, most}
}

// scoreOff says whether the printed score is another than the recomputed one,
// beyond what rounding does.
func (w *whatIf) scoreOff() bool {
	if w.PrintedScore == nil || w.Recomputed == nil {
		return false
	}
	off := *w.PrintedScore - *w.Recomputed
	return off < -1 || off > 1
}

// unlisted returns how many pages more than the table has the victim used, by
// the printed score: at most, so that the adjustment that is computed with them
// suffices if the others are no less bad than by the table. It is not ok if the
// table lacks no columns, or the score is at a bound and so hides the sum.
func (w *whatIf) unlisted() (pages int64, ok bool) {
	printed := *w.PrintedScore
	if w.lacking() == "" || w.Rule.Bonus == BonusUsed || printed >= 2000 || w.Rule.Thousandths && printed >= 1000 {
		return 0, false
	}
	adj, total := int64(w.adj(0)), max(w.TotalPages, 1)
	if w.Scores[0].Bonus {
		adj -= 30
	}
	used := ((printed+1)*total-1)/1000 - adj*(total/1000)
	if w.Rule.Thousandths {
		used = ((printed-adj+1)*total - 1) / 1000
	}
	return used - w.Scores[0].Used, used > w.Scores[0].Used
}
