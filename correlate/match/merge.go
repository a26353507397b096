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

// joinHalves joins a report whose end is missing to one whose beginning is,
// where the first one's task table lists whom the second one chose or killed:
// the log was cut between them, or rotated.
func (m *matcher) joinHalves() {
	slices.SortStableFunc(m.dumps, func(a, b *Incident) int { return before(a.At, b.At) })
	var kept, heads []*Incident
	for _, in := range m.dumps {
		if head := headOf(heads, in); head != nil {
			head.merge(in)
			continue
		}
		if d := in.Dump; d.Trigger != nil && len(d.Victims) == 0 && d.Chosen == nil {
			heads = append(heads[max(0, len(heads)-maxCandidates):], in)
		}
		kept = append(kept, in)
	}
	m.dumps = kept
}

// headOf returns which of the reports without an end is the beginning of tail.
func headOf(heads []*Incident, tail *Incident) *Incident {
	if tail.Dump.Trigger != nil || chosenOrKilled(tail.Dump) == 0 {
		return nil
	}
	for _, head := range heads {
		d := head.Dump
		if d.Chosen != nil || !clock.Comparable(head.At, tail.At) {
			continue
		}
		gap := tail.At.T.Sub(head.At.T)
		lists := d.HasTable && slices.ContainsFunc(d.Tasks, func(t event.Task) bool { return t.PID == chosenOrKilled(tail.Dump) })
		asks := !d.HasTable && tail.Dump.HasTable && slices.ContainsFunc(tail.Dump.Tasks, func(t event.Task) bool { return t.PID == d.Trigger.PID })
		if gap < halfApart && (lists || asks) {
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
		a.Memory.Stat = b.Memory.Stat
	}
	if a.Node.PagesRAM == event.NotPrinted {
		a.Node = b.Node
	}
	if len(b.Tasks)+b.TasksCut > len(a.Tasks)+a.TasksCut {
		a.Tasks, a.TasksCut, a.HasTable, a.TableWhole = b.Tasks, b.TasksCut, b.HasTable, b.TableWhole
	}
	if len(a.Frames) == 0 {
		a.Frames = b.Frames
	}
	a.NoKillable, a.SysRq, a.Allocating = a.NoKillable || b.NoKillable, a.SysRq || b.SysRq, a.Allocating || b.Allocating
	a.Truncated = a.Truncated && b.Truncated
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
	plain := func(steps []Step) []event.Step {
		out := make([]event.Step, len(steps))
		for i := range steps {
			out[i] = steps[i].Step
		}
		return out
	}
	mine, theirs := plain(in.Steps), plain(o.Steps)
	for j, s := range o.Steps {
		found := false
		for i := range mine {
			if sameStep(&mine[i], &theirs[j]) && ordinal(mine, i) == ordinal(theirs, j) {
				t := &in.Steps[i]
				t.Also = append(t.Also, s.Pos)
				if better(s.At, t.At) {
					t.At = s.At
				}
				found = true
				break
			}
		}
		if !found {
			in.Steps = append(in.Steps, s)
		}
	}
}
