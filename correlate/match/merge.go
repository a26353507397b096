package match

import (
	"slices"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

// halfApart is how long a report can take to print, from header to kill line,
// on a slow console.
const halfApart = 10 * time.Second

// A half is a report in one log that lacks its end, or its beginning.
type half struct {
	log, ev int
	dump    *event.OOMDump
	stamps  event.Stamps
}

// halfTies ties two logs that a rotation made of one: where one ends in the
// middle of a report that the other goes on with, their clocks are one clock.
func (m *matcher) halfTies() []clock.Tie {
	var heads []half
	var ties []clock.Tie
	for i := range m.logs {
		for j := range m.logs[i].Events {
			if d, ok := m.logs[i].Events[j].Body.(*event.OOMDump); ok && isHead(d) && len(heads) < maxCandidates {
				heads = append(heads, half{i, j, d, m.logs[i].Events[j].Stamps})
			}
		}
	}
	for i := range m.logs {
		for j := range m.logs[i].Events {
			tail, ok := m.logs[i].Events[j].Body.(*event.OOMDump)
			if !ok || !isTail(tail) {
				continue
			}
			for _, h := range heads {
				if st := m.logs[i].Events[j].Stamps; h.log != i && goesOn(h.dump, tail) && soonAfter(h.stamps, st) {
					other := m.ref(i, j)
					other.Stamps = h.stamps
					ties = append(ties, clock.Tie{A: m.ref(h.log, h.ev), B: other, Basis: "a report that one log begins and the other ends"})
				}
			}
		}
	}
	return ties
}

// isHead reports whether a report lacks its kill line, isTail whether it lacks
// its header.
func isHead(d *event.OOMDump) bool {
	return d.Trigger != nil && len(d.Victims) == 0 && !d.NoKillable && d.Panic == ""
}

func isTail(d *event.OOMDump) bool { return d.Trigger == nil && chosenOrKilled(d) != 0 }

// goesOn reports whether tail can be the rest of head: the one lists, or chose,
// whom the other chose or killed.
func goesOn(head, tail *event.OOMDump) bool {
	pid := chosenOrKilled(tail)
	switch {
	case head.Chosen != nil:
		return head.Chosen.PID == pid && tail.Chosen == nil
	case head.HasTable:
		return slices.ContainsFunc(head.Tasks, func(t event.Task) bool { return t.PID == pid })
	}
	return tail.HasTable && slices.ContainsFunc(tail.Tasks, func(t event.Task) bool { return t.PID == head.Trigger.PID })
}

// soonAfter reports whether the readings of one kind of clock are so near that
// the second can be of the same report.
func soonAfter(a, b event.Stamps) bool {
	x, y := a.Outer(), b.Outer()
	if x.Clock != y.Clock || x.Clock == event.None {
		return false
	}
	gap := y.Wall.Sub(x.Wall)
	if x.Clock == event.Monotonic || x.Clock == event.Relative {
		gap = y.Since - x.Since
	}
	return gap >= -x.Step && gap < halfApart
}

// joinHalves joins a report whose end is missing to one whose beginning is, where
// the log was cut between them, or rotated.
func (m *matcher) joinHalves() {
	slices.SortStableFunc(m.dumps, func(a, b *Incident) int { return before(a.At, b.At) })
	var kept, heads []*Incident
	for _, in := range m.dumps {
		if head := headOf(heads, in); head != nil {
			head.merge(in)
			continue
		}
		if isHead(in.Dump) {
			heads = append(heads[max(0, len(heads)-maxCandidates):], in)
		}
		kept = append(kept, in)
	}
	m.dumps = kept
}

// headOf returns which of the reports without an end is the beginning of tail.
func headOf(heads []*Incident, tail *Incident) *Incident {
	if !isTail(tail.Dump) {
		return nil
	}
	for _, head := range heads {
		if !isHead(head.Dump) || !clock.Comparable(head.At, tail.At) || !goesOn(head.Dump, tail.Dump) {
			continue
		}
		if gap := tail.At.T.Sub(head.At.T); gap < halfApart {
			return head
		}
	}
	return nil
}

func chosenOrKilled(d *event.OOMDump) int {
	if len(d.Victims) > 0 {
		return d.Victims[0].PID
	}
	return chosen(d)
}

// merge takes into in what o, the same report in another log, has more. What
// in says already stands: it is of the log that loses the least.
func (in *Incident) merge(o *Incident) {
	a, b := in.Dump, o.Dump
	in.mergeSteps(o)
	first(&a.Kind, b.Kind)
	first(&a.Constraint, b.Constraint)
	first(&a.Nodemask, b.Nodemask)
	first(&a.Cpuset, b.Cpuset)
	first(&a.OOMMemcg, b.OOMMemcg)
	first(&a.TaskMemcg, b.TaskMemcg)
	first(&a.GroupMemcg, b.GroupMemcg)
	first(&a.Panic, b.Panic)
	first(&a.Release, b.Release)
	first(&a.Taint, b.Taint)
	first(&a.Hardware, b.Hardware)
	first(&a.MemsAllowed, b.MemsAllowed)
	first(&in.Node, o.Node)
	first(&in.BootID, o.BootID)
	if a.Trigger == nil || a.Trigger.PID == event.NotPrinted && b.Trigger != nil && b.Trigger.PID != event.NotPrinted {
		a.Trigger = b.Trigger
	}
	if a.Chosen == nil {
		a.Chosen = b.Chosen
	}
	if !a.Memory.Memory.Printed {
		a.Memory = b.Memory
	}
	if len(a.Memory.Stat) < len(b.Memory.Stat) {
		a.Memory.Stat, a.Memory.StatMemcg = b.Memory.Stat, b.Memory.StatMemcg
	}
	if len(a.Memory.Below) < len(b.Memory.Below) {
		a.Memory.Below = b.Memory.Below
	}
	if a.Node.PagesRAM == event.NotPrinted || len(a.Node.Zones) < len(b.Node.Zones) {
		a.Node = b.Node
	}
	if len(b.Tasks)+b.TasksCut > len(a.Tasks)+a.TasksCut {
		a.Tasks, a.TasksCut, a.HasTable, a.TableWhole = b.Tasks, b.TasksCut, b.HasTable, b.TableWhole
	}
	if len(a.Frames) == 0 || a.FramesUnsure && len(b.Frames) > 0 {
		a.Frames, a.FramesUnsure = b.Frames, b.FramesUnsure
	}
	a.NoKillable, a.SysRq, a.Allocating = a.NoKillable || b.NoKillable, a.SysRq || b.SysRq, a.Allocating || b.Allocating
	a.Truncated, a.Tangled = a.Truncated && b.Truncated, a.Tangled && b.Tangled
	mergeVictims(a, b)
	in.setTime()
}

func first(to *string, s string) {
	if *to == "" {
		*to = s
	}
}

func mergeVictims(a, b *event.OOMDump) {
	for _, v := range b.Victims {
		known := false
		for i := range a.Victims {
			known = known || a.Victims[i].PID == v.PID
		}
		if !known {
			a.Victims = append(a.Victims, v)
		}
	}
}

// mergeSteps notes where o has the same lines, and adds those that in lacks.
func (in *Incident) mergeSteps(o *Incident) {
	mine := stepsByName(in.Steps, func(s Step) event.Step { return s.Step })
	count := counter{}
	for _, s := range o.Steps {
		i, found := mine[count.name(s.Step)]
		if !found {
			in.Steps = append(in.Steps, s)
			continue
		}
		t := &in.Steps[i]
		t.Also = append(t.Also, s.Pos)
		if better(s.At, t.At) {
			t.At = s.At
		}
	}
}
