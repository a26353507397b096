package match

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

// idents returns the names under which an event can be met again in another
// log: what it says, whoever framed it.
func (m *matcher) idents(e *event.Event) []string {
	d, ok := e.Body.(*event.OOMDump)
	if !ok {
		return []string{plainIdent(e)}
	}
	var out []string
	for _, v := range d.Victims[:min(len(d.Victims), maxIdents)] {
		out = append(out, fmt.Sprintf("victim|%d|%d|%d|%d|%d", v.PID, v.TotalVMKB, v.AnonRSSKB, v.FileRSSKB, v.PgtablesKB))
	}
	if t := d.Trigger; t != nil && t.PID > 0 {
		c := d.Memory.Memory
		out = append(out, fmt.Sprintf("trigger|%d|%d|%d|%d|%d|%d|%d", t.PID, t.OOMScoreAdj, t.Order, c.UsageKB, c.LimitKB, c.Failcnt, chosen(d)))
	}
	if len(out) == 0 && len(d.Steps) > 0 {
		// A lone line of a report is met again with the kernel's own stamp alone.
		if st, ok := d.Steps[0].Stamps.Of(event.Monotonic); ok {
			out = append(out, fmt.Sprintf("line|%v|%s", st.Since, d.Steps[0].Text))
		}
	}
	return out
}

// maxIdents is by how many of its victims a report can be met again: a log can
// hold the end of a group kill alone.
const maxIdents = 16

// plainIdent is the text of an event, and whose output it is. A runtime tells of
// one event in its log and on its event stream, in other words.
func plainIdent(e *event.Event) string {
	switch b := e.Body.(type) {
	case event.TaskOOM:
		return "TaskOOM|" + b.Container.ID + "|" + b.Container.Pod
	case event.TaskStart:
		return "TaskStart|" + b.Container.ID + "|" + b.Container.Name
	case event.TaskExit:
		if b.ExitCode != event.NotPrinted {
			return fmt.Sprint("TaskExit|", b.Container.ID, "|", b.ExecID, "|", b.ExitCode)
		}
	}
	var from string
	if c := e.From; c != nil {
		from = c.Namespace + "/" + c.Pod + "/" + c.Name
	}
	return from + "|" + strings.TrimSpace(e.Text)
}

func chosen(d *event.OOMDump) int {
	if d.Chosen == nil {
		return 0
	}
	return d.Chosen.PID
}

// sameRecords ties the logs that hold the same record: those that say the same
// thing, each just once.
func (m *matcher) sameRecords() []clock.Tie {
	type place struct{ log, ev int }
	met := map[string][]place{}
	var order []string
	for i := range m.logs {
		for j := range m.logs[i].Events {
			e := &m.logs[i].Events[j]
			if e.Speaker == "kubernetes" {
				continue // an object is no record of a log
			}
			for _, id := range m.idents(e) {
				if met[id] == nil {
					order = append(order, id)
				}
				met[id] = append(met[id], place{i, j})
			}
		}
	}
	var ties []clock.Tie
	for _, id := range order {
		at := met[id]
		once := len(at) > 1
		for k := 1; k < len(at) && once; k++ {
			once = at[k].log != at[k-1].log
		}
		if !once {
			continue
		}
		for k := 1; k < len(at); k++ {
			ties = append(ties, m.stepTies(at[0].log, at[0].ev, at[k].log, at[k].ev)...)
		}
	}
	return ties
}

// stepTies ties two tellings of one event: a kernel report at each step that
// both have once.
func (m *matcher) stepTies(la, ea, lb, eb int) []clock.Tie {
	const basis = "the same record in two logs"
	a, b := m.ref(la, ea), m.ref(lb, eb)
	da, ok1 := m.logs[la].Events[ea].Body.(*event.OOMDump)
	db, ok2 := m.logs[lb].Events[eb].Body.(*event.OOMDump)
	if !ok1 || !ok2 {
		return []clock.Tie{{A: a, B: b, Basis: basis}}
	}
	var ties []clock.Tie
	count := counter{}
	theirs := stepsByName(db.Steps, func(s event.Step) event.Step { return s })
	for _, s := range da.Steps {
		if j, ok := theirs[count.name(s)]; ok {
			sa, sb := a, b
			sa.Stamps, sb.Stamps = s.Stamps, db.Steps[j].Stamps
			ties = append(ties, clock.Tie{A: sa, B: sb, Basis: basis})
		}
	}
	return ties
}

// A stepName is what two tellings of a report share of one step: what it is, of
// whom, and the how-manieth of its kind it is.
type stepName struct {
	what string
	pid  int
	nth  int
}

// A counter names the steps of one report, which it is given in their order.
type counter map[stepName]int

func (c counter) name(s event.Step) stepName {
	n := stepName{what: s.What, pid: s.PID}
	c[n]++
	n.nth = c[n]
	return n
}

// stepsByName returns where in a report each step is, so that a report with a
// great many lines is not gone through again for each of them.
func stepsByName[T any](steps []T, step func(T) event.Step) map[stepName]int {
	at := make(map[stepName]int, len(steps))
	count := counter{}
	for i := range steps {
		at[count.name(step(steps[i]))] = i
	}
	return at
}

// fold makes one item of the same event met in several logs, and one incident
// of the same kernel report.
func (m *matcher) fold() {
	byIdent := map[string]*met{}
	dumps := map[string][]*Incident{}
	order := m.byTrust()
	for _, i := range order {
		for j := range m.logs[i].Events {
			e := &m.logs[i].Events[j]
			if d, ok := e.Body.(*event.OOMDump); ok {
				m.foldDump(dumps, i, j, d)
				continue
			}
			id := m.idents(e)[0]
			it := &Item{Event: e, Log: i, At: m.clocks.At(m.ref(i, j)), Repeats: 1, P: 1}
			seen := byIdent[id]
			if seen == nil {
				seen = &met{from: map[int]int{}}
				byIdent[id] = seen
			}
			if !seen.again(it) {
				seen.items = append(seen.items, it)
				m.items = append(m.items, it)
			}
		}
	}
	slices.SortStableFunc(m.items, func(a, b *Item) int { return before(a.At, b.At) })
	m.joinHalves()
}

// foldTolerance is by how much two logs may stamp one record apart, beyond what
// their clocks' errors allow.
const foldTolerance = 2 * time.Second

// met are the items of one name. Since each log is in the order of time, what one
// log has told of need not be looked at again for it.
type met struct {
	items []*Item
	from  map[int]int // log to the first item that it may still tell of
}

// again reports whether one of those met before is the same as it, and notes
// that it was met again.
func (s *met) again(it *Item) bool {
	for n := s.from[it.Log]; n < len(s.items); n++ {
		o := s.items[n]
		if clock.Comparable(o.At, it.At) && it.At.T.Sub(o.At.T) > time.Minute+it.At.Err+o.At.Err {
			s.from[it.Log] = n
		}
		near := !clock.Comparable(o.At, it.At) || o.At.T.Sub(it.At.T).Abs() <= foldTolerance+o.At.Err+it.At.Err
		if !near {
			continue
		}
		if o.Log == it.Log && o.Event.Stamps == it.Event.Stamps && exact(it.Event.Stamps) {
			o.Also = append(o.Also, it.Event.Pos) // the log holds the record twice
			return true
		}
		r := it.Event.Body.Role()
		again := o.At.Ok() && it.At.Ok() && (r == event.Counted || r == event.Noticed || r == event.Context)
		if o.Log == it.Log {
			if again {
				o.Repeats++
				return true
			}
			continue
		}
		if o.seenIn(it.Event.Pos.File) {
			if again && o.Repeats > 1 {
				return true // the repetition, which the first log counted
			}
			continue
		}
		s.from[it.Log] = n
		o.Also = append(o.Also, it.Event.Pos)
		if better(it.At, o.At) {
			o.At = it.At
		}
		return true
	}
	return false
}

func (it *Item) seenIn(file string) bool {
	return slices.ContainsFunc(it.Also, func(p event.Pos) bool { return p.File == file })
}

// exact reports whether stamps have a reading so fine that two things do not share
// it by chance.
func exact(stamps event.Stamps) bool {
	return slices.ContainsFunc(stamps[:], func(s event.Stamp) bool {
		return s.Clock != event.None && !s.Lower && s.Step <= time.Millisecond
	})
}

// better reports whether a is the more exact moment of one thing.
func better(a, b clock.Moment) bool {
	switch {
	case !a.Ok() || a.Lower:
		return false
	case !b.Ok() || b.Lower || a.Known && !b.Known:
		return true
	}
	return a.Known == b.Known && a.Err < b.Err
}

// byTrust returns the logs' numbers, those first that render a kernel record
// with the least loss, else in their order.
func (m *matcher) byTrust() []int {
	order := make([]int, len(m.logs))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) int {
		switch m.logs[i].Format {
		case "kmsg", "dmesg-json":
			return 0
		case "journal", "journal-json", "journal-export", "journal-verbose":
			return 1
		case "dmesg":
			return 2
		}
		return 3
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	return order
}

func (m *matcher) foldDump(met map[string][]*Incident, log, ev int, d *event.OOMDump) {
	in := &Incident{Dump: d, DumpLog: log, P: 0.99, Node: m.logs[log].Events[ev].Host, BootID: m.logs[log].Events[ev].BootID}
	boot := m.boots[log][ev]
	for _, s := range d.Steps {
		in.Steps = append(in.Steps, Step{Step: s, At: m.clocks.At(clock.Ref{Log: log, Boot: boot, Stamps: s.Stamps})})
	}
	in.setTime()
	ids := m.idents(&m.logs[log].Events[ev])
	for _, id := range ids {
		for _, o := range met[id][max(0, len(met[id])-maxCandidates):] {
			if o.sameAs(in, log, m.logs[log].Path) {
				o.merge(in)
				for _, id := range ids {
					if !slices.Contains(met[id], o) {
						met[id] = append(met[id], o)
					}
				}
				return
			}
		}
	}
	for _, id := range ids {
		met[id] = append(met[id], in)
	}
	m.dumps = append(m.dumps, in)
}

// sameAs reports whether in, a report of another log with the same names and
// figures, is the same report.
func (in *Incident) sameAs(o *Incident, log int, path string) bool {
	if in.DumpLog == log {
		return in.Steps[0].Stamps == o.Steps[0].Stamps && in.Steps[0].Stamps.Outer().Clock != event.None // the log holds it twice
	}
	for _, s := range in.Steps {
		if slices.ContainsFunc(s.Also, func(p event.Pos) bool { return p.File == path }) {
			return false
		}
	}
	return !clock.Comparable(in.At, o.At) || in.At.T.Sub(o.At.T).Abs() <= foldTolerance+in.At.Err+o.At.Err
}

// setTime takes the incident's moment from its kill line, or the first step.
func (in *Incident) setTime() {
	in.At = in.Steps[0].At
	for _, s := range in.Steps {
		if s.What == "killed" {
			in.At = s.At
			return
		}
	}
}
