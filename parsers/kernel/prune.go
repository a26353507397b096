package kernel

import (
	"maps"
	"slices"

	"oomtrace/parsers/event"
)

// prune keeps the rows that an explanation can need and counts the rest: the n
// largest, the n most to be killed, the n of the highest oom_score_adj, whoever
// was chosen or killed and whoever asked. The order stays.
func (r *report) prune(n int) {
	tasks := r.d.Tasks
	if len(tasks) <= 3*n {
		return
	}
	keep := make([]bool, len(tasks))
	r.scratch.ranks = slices.Grow(r.scratch.ranks[:0], len(tasks))
	for _, worth := range []func(*event.Task) int64{size, r.badness, adj} {
		ranks := r.scratch.ranks[:len(tasks)]
		for i := range tasks {
			ranks[i] = rank{worth(&tasks[i]), size(&tasks[i]), i}
		}
		for _, k := range highest(ranks, n) {
			keep[k.row] = true
		}
	}
	named := r.named()
	kept := tasks[:0]
	for i, t := range tasks {
		if first := named.first(&t); keep[i] || first {
			kept = append(kept, t)
		} else {
			r.d.TasksCut++
		}
	}
	clear(tasks[len(kept):])
	r.d.Tasks = kept
}

// A rank is what a row is worth, by one order.
type rank struct {
	worth, size int64
	row         int
}

// before reports whether a is worth more, or comes first of two that are worth
// the same.
func (a rank) before(b rank) bool {
	switch {
	case a.worth != b.worth:
		return a.worth > b.worth
	case a.size != b.size:
		return a.size > b.size
	}
	return a.row < b.row
}

// highest returns the n highest of ranks, which are more, in no order. It is a
// heap with the lowest of them at its root: most rows of a long table are lower.
func highest(ranks []rank, n int) []rank {
	h := ranks[:n]
	for i := n/2 - 1; i >= 0; i-- {
		sink(h, i)
	}
	for _, k := range ranks[n:] {
		if k.before(h[0]) {
			h[0] = k
			sink(h, 0)
		}
	}
	return h
}

// sink moves the rank at i down to where those below it are higher.
func sink(h []rank, i int) {
	for {
		low := 2*i + 1
		if low >= len(h) {
			return
		}
		if right := low + 1; right < len(h) && h[low].before(h[right]) {
			low = right
		}
		if !h[i].before(h[low]) {
			return
		}
		h[i], h[low], i = h[low], h[i], low
	}
}

// rowless are pids that have no row yet: by the row's own pid, and by its tgid.
type rowless struct{ pids, tgids map[int]bool }

// first reports whether t is the first row of a pid, or the first of its
// process. A table has one row of each, so that the rest, of which a log can
// hold any number, need not be kept.
func (n rowless) first(t *event.Task) bool {
	is := n.pids[t.PID] || n.tgids[t.TGID]
	delete(n.pids, t.PID)
	delete(n.tgids, t.TGID)
	return is
}

// named returns the pids that the report's other lines name.
func (r *report) named() rowless {
	pids := map[int]bool{}
	if t := r.d.Trigger; t != nil && t.PID > 0 {
		pids[t.PID] = true
	}
	if c := r.d.Chosen; c != nil {
		pids[c.PID] = true
	}
	for i := range r.d.Victims {
		pids[r.d.Victims[i].PID] = true
	}
	return rowless{pids, maps.Clone(pids)}
}

func size(t *event.Task) int64 { return max(t.RSS, 0) + max(t.Swapents, 0) }

// adj is oom_score_adj, or to 2.6.35 oom_adj, which is then in all rows.
func adj(t *event.Task) int64 {
	if t.OOMScoreAdj == event.AdjNotPrinted {
		return int64(t.OOMAdj)
	}
	return int64(t.OOMScoreAdj)
}

// badness is about what the kernel compares, for pages of 4 KiB: good enough to
// keep the rows that were near. What ran out is printed before the table.
func (r *report) badness(t *event.Task) int64 {
	total := max(r.d.Node.PagesRAM-r.d.Node.PagesReserved+r.d.Node.TotalSwapKB/4, 0)
	if m := r.d.Memory.Memory; m.Printed {
		total = m.LimitKB / 4
	}
	tables := max(t.PgtablesBytes/4096, t.NrPtes, 0) + max(t.NrPmd, 0)
	return size(t) + tables + adj(t)*(total/1000)
}
