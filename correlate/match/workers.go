package match

import (
	"slices"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

// A pairing is a supervisor's line that may be about an incident's victim.
type pairing struct {
	it    *Item
	in    *Incident
	exit  event.WorkerExit
	p     float64
	basis string
	gap   time.Duration
}

// attachWorkers takes what supervisors say of dead workers to the incidents,
// the surest pair first. A line is of one incident; an incident has as many
// lines as victims, but for those that name no cause and may come again.
func (m *matcher) attachWorkers() {
	var pairs []pairing
	for _, it := range m.items {
		b, ok := it.Event.Body.(event.WorkerExit)
		if !ok || !byKill(b) {
			continue
		}
		near := m.around(it.At, noticeSoonest, supervisors)
		if it.At.Lower {
			near = m.around(it.At, -whatNext, supervisors)
		}
		for _, in := range m.candidates(it) {
			if !slices.Contains(near, in) {
				near = append(near, in)
			}
		}
		for _, in := range near {
			if p, ok := m.pair(it, b, in); ok {
				pairs = append(pairs, p)
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pairing) int {
		switch {
		case a.p > b.p:
			return -1
		case a.p < b.p:
			return 1
		}
		return int(min(max(a.gap-b.gap, -1), 1))
	})
	lines := map[*Incident]int{}
	for _, p := range pairs {
		own := !p.exit.Weak && m.restated(p.it) == nil
		if p.it.attach != nil || own && lines[p.in] >= p.in.mayKill() {
			continue
		}
		if own {
			lines[p.in]++
		}
		m.pairUp(p)
	}
	m.pairByOrder()
	m.replacements()
}

func (m *matcher) pairUp(p pairing) {
	p.in.take(p.it, p.p, p.basis)
	if w := p.in.Worker; w == nil || w.Exit.Weak && !p.exit.Weak || w.Exit.PID == 0 && p.exit.PID != 0 {
		p.in.Worker = &Worker{Exit: p.exit, Item: p.it, Basis: p.basis, Pid: p.in.which(p.exit)}
	}
}

// mayKill returns of how many processes' deaths a supervisor can have told: of
// the victims, or of one where no kernel report names any.
func (in *Incident) mayKill() int {
	switch {
	case in.Dump != nil:
		return len(in.Dump.Victims)
	case in.Kind == "unknown", in.Kind == "userspace":
		return 1
	}
	return 0
}

// restated returns the line, just before or after in the same log, that tells of
// the same death and says whose it was: a supervisor that logs an end and then
// raises an error for it tells of one death twice, and who runs a shell passes on
// what that told.
func (m *matcher) restated(it *Item) *Item {
	b := it.Event.Body.(event.WorkerExit)
	if b.PID != 0 || b.Name != "" {
		return nil
	}
	earlier, later := m.neighbours(it, maxNeighbours)
	for _, list := range [][]*Item{earlier, later} {
		for _, o := range list {
			e, ok := o.Event.Body.(event.WorkerExit)
			says := e.Framework == b.Framework && (e.PID != 0 || e.Name != "") || b.PassesOn && !e.PassesOn
			if ok && says && byKill(e) && near(o, it, supervisors) {
				return o
			}
		}
	}
	return nil
}

// maxNeighbours is how many of a log's lines about workers are looked at around
// one of them.
const maxNeighbours = 50

func near(a, b *Item, limit time.Duration) bool {
	return clock.Comparable(a.At, b.At) && a.At.T.Sub(b.At.T).Abs() <= limit
}

// which returns the victim that a supervisor's line is about: the one of that
// pid, or the only one.
func (in *Incident) which(b event.WorkerExit) int {
	if in.Dump == nil {
		return -1
	}
	for i, v := range in.Dump.Victims {
		if v.PID == b.PID {
			return i
		}
	}
	if len(in.Dump.Victims) == 1 {
		return 0
	}
	return -1
}

// pair weighs a supervisor's line against an incident. Container names, where
// both sides have them, must agree; so must the times, where they can be
// compared; equal pids are of one namespace.
func (m *matcher) pair(it *Item, b event.WorkerExit, in *Incident) (pairing, bool) {
	p := pairing{it: it, in: in, exit: b, gap: gapOf(it, in)}
	if in.mayKill() == 0 || m.apart(it, in) {
		return p, false
	}
	inside, known := m.livesIn(it, in)
	if known && !inside {
		return p, false
	}
	comparable := clock.Comparable(it.At, in.At)
	if in.Upper && inside && comparable && within(it, in, -aftermath, 0) {
		p.p, p.basis = 0.85, "inferred: the supervisor's line is of the container that ended for an OOM kill, shortly before that end"
		return p, true
	}
	samePID := in.IsVictim(b.PID)
	if comparable && !within(it, in, noticeSoonest, supervisors) || it.At.Lower && comparable && it.At.T.Before(in.At.T.Add(-whatNext)) {
		return p, false
	}
	switch {
	case samePID && (comparable || !known):
		p.p, p.basis = 0.98, "the supervisor's log names the pid that the kernel names: there is no pid namespace between them"
	case inside && comparable:
		p.p, p.basis = 0.97, "inferred: the supervisor's line is of the victim's container and comes right after the kill"
	case inside:
		p.p, p.basis = 0.85, "inferred: the supervisor's line is of the victim's container; the times cannot be compared"
	case comparable && it.At.Lower:
		p.p, p.basis = 0.8, "inferred: the supervisor's line has no time of its own; the lines around it fit the kill, and no log names the container of both"
	case comparable:
		p.p, p.basis = 0.9, "inferred: the supervisor's line comes right after the kill, and no log names the container of both"
	default:
		return p, false
	}
	if b.Weak {
		p.p -= 0.07
	}
	return p, true
}

// livesIn reports whether an event is of the output of the victim's container,
// and whether that can be told at all.
func (m *matcher) livesIn(it *Item, in *Incident) (inside, known bool) {
	if it.Event.From == nil {
		return false, false
	}
	c := m.who.resolve(*it.Event.From, it.At)
	if c.ID != "" && in.Who.ID != "" {
		return c.ID == in.Who.ID, true
	}
	if in.Who.Pod == "" && in.Who.PodUID == "" {
		return false, false
	}
	return samePod(c, in.Who) && (c.Name == in.Who.Name || in.Who.Name == ""), true
}

// pairByOrder pairs the lines of logs whose times cannot be compared with the
// kills that are left, where there are as many of the one as of the other.
func (m *matcher) pairByOrder() {
	var lines []*Item
	for _, it := range m.items {
		b, ok := it.Event.Body.(event.WorkerExit)
		if ok && it.attach == nil && it.Event.From == nil && byKill(b) && !m.anyComparable(it) {
			lines = append(lines, it)
		}
	}
	var kills []*Incident
	for _, in := range m.found {
		if in.Dump != nil && len(in.Dump.Victims) > 0 && in.Worker == nil {
			kills = append(kills, in)
		}
	}
	if len(lines) != len(kills) || len(lines) == 0 {
		return
	}
	slices.SortStableFunc(lines, func(a, b *Item) int {
		if a.Log != b.Log {
			return a.Log - b.Log
		}
		return a.Event.Pos.Line - b.Event.Pos.Line
	})
	slices.SortStableFunc(kills, func(a, b *Incident) int { return before(a.At, b.At) })
	for i, it := range lines {
		b := it.Event.Body.(event.WorkerExit)
		m.pairUp(pairing{it: it, in: kills[i], exit: b, p: 0.6, basis: "inferred from number and order alone: the supervisor's log has no time that can be compared"})
	}
}

func (m *matcher) anyComparable(it *Item) bool {
	if !it.At.Ok() {
		return false
	}
	return slices.ContainsFunc(m.found, func(in *Incident) bool { return clock.Comparable(it.At, in.At) })
}

// replacements takes to each incident what its worker's supervisor said next:
// that it started another, or that it stops.
func (m *matcher) replacements() {
	for _, in := range m.found {
		if in.Worker == nil {
			continue
		}
		exit, framework := in.Worker.Item, in.Worker.Exit.Framework
		_, later := m.neighbours(exit, maxNeighbours)
		started, stopped := false, false
		for _, it := range later {
			if it.attach != nil || !soon(exit, it) {
				continue
			}
			switch b := it.Event.Body.(type) {
			case event.WorkerStart:
				if !started && b.Framework == framework {
					in.take(it, exit.P, "the supervisor's next start of a worker")
					started = true
				}
			case event.WorkerStop:
				if !stopped && !started && b.Framework == framework {
					in.take(it, exit.P, "the supervisor's next words")
					stopped = true
				}
			}
		}
	}
}

// soon reports whether an event of the same log followed so soon that it is of
// the same death.
func soon(a, b *Item) bool {
	limit := time.Minute
	if _, stop := b.Event.Body.(event.WorkerStop); stop {
		limit = 5 * time.Second // later ones have other reasons
	}
	return !clock.Comparable(a.At, b.At) || b.At.T.Sub(a.At.T) <= limit
}
