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

func isTail(d *event.OOMDump) bool {
	return d.Trigger == nil && (chosenOrKilled(d) != 0 || d.NoKillable || d.Panic != "")
}

// goesOn reports whether tail can be the rest of head: the one lists, or chose,
// whom the other chose or killed.
func goesOn(head, tail *event.OOMDump) bool {
	pid := chosenOrKilled(tail)
	switch {
	case pid == 0:
		return false
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
	var kept, heads, groups []*Incident
	for _, in := range m.dumps {
		switch {
		case isHead(in.Dump):
			heads = append(heads, in)
		case in.Dump.GroupMemcg != "":
			groups = append(groups, in)
		}
	}
	for _, in := range m.dumps {
		head := m.headOf(nearest(heads, in.At), in)
		if head == nil {
			head = m.groupOf(nearest(groups, in.At), in)
		}
		if head == nil {
			kept = append(kept, in)
			continue
		}
		rows := restOfTable(head.Dump, in.Dump)
		head.merge(in)
		head.Dump.Tasks = append(head.Dump.Tasks, rows...)
	}
	m.dumps = m.dumps[:0:0]
	for _, in := range kept {
		if whole := m.wholeOf(kept, in); whole != nil {
			whole.merge(in)
			continue
		}
		m.dumps = append(m.dumps, in)
	}
}

// wholeOf returns the report of another log of which head is the beginning, nil if
// there is none or if it could be of several. Its end was met in that log already.
func (m *matcher) wholeOf(all []*Incident, head *Incident) *Incident {
	if !isHead(head.Dump) || !head.Dump.Truncated {
		return nil
	}
	var found *Incident
	a := head.Dump.Trigger
	for _, in := range nearest(all, head.At) {
		b := in.Dump.Trigger
		switch {
		case in == head || b == nil || isHead(in.Dump) || in.tells(m.logs[head.DumpLog].Path):
		case a.Comm != b.Comm || a.Order != b.Order || a.OOMScoreAdj != b.OOMScoreAdj || a.PID > 0 && b.PID > 0 && a.PID != b.PID:
		case !clock.Comparable(head.Steps[0].At, in.Steps[0].At):
		case head.Steps[0].At.T.Sub(in.Steps[0].At.T).Abs() > foldTolerance+head.Steps[0].At.Err+in.Steps[0].At.Err:
		case found != nil:
			return nil
		default:
			found = in
		}
	}
	return found
}

// tells reports whether the log at path has the incident's first line, in whatever
// words.
func (in *Incident) tells(path string) bool {
	first := in.Steps[0]
	return first.Pos.File == path || slices.ContainsFunc(first.Also, func(p event.Pos) bool { return p.File == path })
}

// headOf returns which of the reports without an end is the beginning of tail.
func (m *matcher) headOf(heads []*Incident, tail *Incident) *Incident {
	if !isTail(tail.Dump) {
		return nil
	}
	var between []*Incident
	for _, head := range heads {
		if !isHead(head.Dump) || !clock.Comparable(head.At, tail.At) {
			continue
		}
		gap := tail.At.T.Sub(head.At.T)
		switch {
		case gap >= halfApart || gap <= -time.Second-head.At.Err-tail.At.Err:
		case goesOn(head.Dump, tail.Dump):
			return head
		case m.cutBetween(head, tail):
			between = append(between, head)
		}
	}
	if len(between) != 1 { // of several it is nobody's for certain
		return nil
	}
	return between[0]
}

// groupOf returns the report of a cgroup's kill that a kill line alone, at the
// beginning of a log's next piece, goes on with.
func (m *matcher) groupOf(groups []*Incident, rest *Incident) *Incident {
	if d := rest.Dump; d.Trigger != nil || d.Chosen != nil || d.HasTable || d.GroupMemcg != "" || len(d.Victims) == 0 {
		return nil
	}
	i := slices.IndexFunc(groups, func(in *Incident) bool { return m.cutBetween(in, rest) })
	if i < 0 {
		return nil
	}
	return groups[i]
}

// cutBetween reports whether head is the last that its log has, and tail the first
// of the next piece that a rotation made of that log: with nothing in between, the
// one goes on with the other, though no number ties them.
func (m *matcher) cutBetween(head, tail *Incident) bool {
	a, b := &m.logs[head.DumpLog], &m.logs[tail.DumpLog]
	if head.DumpLog == tail.DumpLog || unrotated(a.Path) != unrotated(b.Path) || !ofOneCgroup(head.Dump, tail.Dump) ||
		head.Node != "" && tail.Node != "" && !event.SameHost(head.Node, tail.Node) {
		return false
	}
	if d := tail.Dump; head.Dump.Chosen == nil && d.Chosen == nil && !d.NoKillable && d.Panic == "" {
		return false // whom it chose stands before a kill line: lines are missing between
	}
	last, first := head.Steps[len(head.Steps)-1], tail.Steps[0]
	end := m.clocks.At(clock.Ref{Log: head.DumpLog, Boot: m.bootEnd(head.DumpLog), Stamps: a.Last})
	begin := m.clocks.At(clock.Ref{Log: tail.DumpLog, Stamps: b.First})
	return clock.Comparable(last.At, end) && clock.Comparable(begin, first.At) &&
		end.T.Sub(last.At.T) < aBreath && first.At.T.Sub(begin.T) < aBreath
}

// ofOneCgroup reports whether what two halves say of the cgroup that ran full can be
// of one report: its statistics are of it.
func ofOneCgroup(head, tail *event.OOMDump) bool {
	full := tail.OOMMemcg
	first(&full, tail.Memory.StatMemcg)
	is := head.OOMMemcg
	first(&is, head.Memory.StatMemcg)
	return full == "" || is == "" || full == is
}

// aBreath is within what time the kernel prints the lines of one report, of which
// not all are steps.
const aBreath = 2 * time.Second

// restOfTable returns the rows of tail's that head's table, which was cut, lacks.
func restOfTable(head, tail *event.OOMDump) []event.Task {
	if len(head.Tasks) == 0 || len(tail.Tasks) > len(head.Tasks) {
		return nil
	}
	var rest []event.Task
	for _, t := range tail.Tasks {
		if !slices.ContainsFunc(head.Tasks, func(o event.Task) bool { return o.PID == t.PID }) {
			rest = append(rest, t)
		}
	}
	return rest
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
		known := func(o event.Victim) bool { return o.PID == v.PID }
		if a.TableWhole && a.TasksCut == 0 && !slices.ContainsFunc(a.Tasks, func(t event.Task) bool { return t.PID == v.PID }) {
			// Named by the id of a thread, which has no row.
			known = func(o event.Victim) bool { return o.PID == v.PID || o.Like(&v) && v.TotalVMKB != event.NotPrinted }
		}
		if !slices.ContainsFunc(a.Victims, known) {
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
