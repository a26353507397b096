package kernel

import (
	"cmp"
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
	for _, worth := range []func(*event.Task) int64{size, r.badness, adj} {
		order := make([]int, len(tasks))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Or(cmp.Compare(worth(&tasks[b]), worth(&tasks[a])), cmp.Compare(size(&tasks[b]), size(&tasks[a])))
		})
		for _, i := range order[:n] {
			keep[i] = true
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
