package match

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/clock"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// How long after a kill systemd tells of it. What it tells of a unit is prompt, of
// those above it up to a minute late; a unit's result comes when all of it has ended.
const (
	unitPrompt = 20 * time.Second
	unitLate   = 2 * time.Minute
	unitTwice  = 2 * time.Second // between its lines of one kill
)

// inUnit reports whether the victim lived in a unit, or below it.
func (in *Incident) inUnit(unit string) bool {
	return unit != "" && (unit == in.Place.Unit || slices.Contains(cgroup.Units(in.Place.Path), unit))
}

// holdsUnits reports whether a unit is one that holds others: what is told of it
// can be of any of them.
func holdsUnits(unit string) bool {
	return strings.HasSuffix(unit, ".slice") || strings.HasPrefix(unit, "user@") && strings.HasSuffix(unit, ".service")
}

// sameNode reports whether an event and an incident can be of one machine.
func sameNode(it *Item, in *Incident) bool {
	return it.Event.Host == "" || in.Node == "" || event.SameHost(it.Event.Host, in.Node)
}

// unitOOM relates systemd's word about a kill in a unit: the kernel's, or that of
// systemd-oomd, which it tells apart but for a unit's result.
func unitOOM(it *Item, b event.UnitOOM, in *Incident) (float64, string) {
	byDaemon := in.Kind == "userspace"
	if !in.inUnit(b.Unit) || !sameNode(it, in) || byDaemon && b.By == "" && !b.Result || !byDaemon && b.By != "" {
		return 0, ""
	}
	switch {
	case b.Result && within(it, in, early, whatNext):
		return 0.99, "it gives the result of the victim's unit"
	case !b.Result && holdsUnits(b.Unit) && within(it, in, early, unitLate):
		return 0.9, "it tells of the unit in which the victim's lies"
	case !b.Result && !holdsUnits(b.Unit) && within(it, in, early, unitPrompt):
		return 0.99, "it tells of the victim's unit"
	}
	return 0, ""
}

// unitExit relates the end of a process of a unit.
func unitExit(it *Item, b event.UnitExit, in *Incident) (float64, string) {
	switch {
	case !sameNode(it, in) || !within(it, in, early, unitPrompt):
	case in.Place.Unit == b.Unit && b.Unit != "":
		return 0.95, "it tells of the end of a process of the victim's unit"
	case in.Kind == "userspace" && in.Place.Unit == "" && within(it, in, early, early.Abs()) && clock.Comparable(it.At, in.At):
		return 0.8, "inferred: it comes at the time of the daemon's signal, and no log here says of which unit the victim was"
	}
	return 0, ""
}

// userspace makes an incident of each kill by a daemon. It tells of one twice where
// the victim did not heed the first signal.
func (m *matcher) userspace() {
	for _, it := range m.items {
		b, ok := it.Event.Body.(event.UserspaceKill)
		if !ok {
			continue
		}
		in := m.daemonsIncident(it, b)
		in.take(it, 0.99, "the daemon's own words")
		if better(it.At, in.At) && in.Upper {
			in.At = it.At
		}
	}
}

func (m *matcher) daemonsIncident(it *Item, b event.UserspaceKill) *Incident {
	for _, in := range m.candidates(it) {
		if in.Kind == "userspace" && sameNode(it, in) && within(it, in, -unitLate, unitLate) && in.sameKill(b) {
			return in
		}
	}
	in := &Incident{Kind: "userspace", Verdict: report.Confirmed, At: it.At, Node: it.Event.Host, BootID: it.Event.BootID, P: 0.99}
	if b.Intended {
		in.Verdict, in.Why = report.Suspected, b.By+" marked the cgroup for killing, and no line here says that it was killed"
	}
	path := b.Memcg
	first(&path, b.Unit)
	in.lives(m.who, path)
	in.byPID = b.PID
	m.add(in)
	return in
}

// sameKill reports whether a daemon's words are of the kill that made the incident.
func (in *Incident) sameKill(b event.UserspaceKill) bool {
	if b.PID > 0 || in.byPID > 0 {
		return b.PID == in.byPID
	}
	return b.Memcg == in.Place.Path
}

// unitIncident returns the incident that systemd's word about a kill is about where
// no other log tells of it, nil where it may be about any unit below.
func (m *matcher) unitIncident(it *Item, b event.UnitOOM) *Incident {
	if holdsUnits(b.Unit) {
		return nil
	}
	kind := "unknown"
	if b.By != "" {
		kind = "userspace"
	}
	for _, in := range m.candidates(it) {
		limit := unitTwice
		if b.Result {
			limit = whatNext
		}
		if in.Dump == nil && (in.Kind == kind || b.Result) && in.inUnit(b.Unit) && sameNode(it, in) && within(it, in, early, limit) {
			return in
		}
	}
	in := &Incident{Kind: kind, Verdict: report.Confirmed, At: it.At, Node: it.Event.Host, BootID: it.Event.BootID, P: 0.97, Upper: b.Result}
	in.lives(m.who, b.Unit)
	if log, ok := m.covered(it.At, in.Node); ok && kind == "unknown" && !b.Result {
		in.Verdict = report.Suspected
		in.Why = fmt.Sprintf("the kernel log %s covers this time and records no kill", m.logs[log].Path)
	}
	m.add(in)
	return in
}

// unitStops looks for a decision of systemd's to end the unit.
func (m *matcher) unitStops(d *Death) bool {
	var causes []*Item
	for _, it := range nearest(m.index.stops[event.Key{Kind: event.Unit, Value: d.Unit}], d.At) {
		b, ok := it.Event.Body.(event.UnitStop)
		if ok && b.Unit == d.Unit && sameNodes(it, d.Items[0]) && m.justBefore(it, d, 3*time.Minute) {
			causes = append(causes, it)
		}
	}
	if len(causes) == 0 {
		return false
	}
	causes = causes[max(0, len(causes)-maxCauses):]
	d.Why = causes[0].Event.Body.(event.UnitStop).Why + ": the SIGKILL is systemd's"
	d.Items = append(slices.Clone(causes), d.Items...)
	return true
}

func sameNodes(a, b *Item) bool {
	return a.Event.Host == "" || b.Event.Host == "" || event.SameHost(a.Event.Host, b.Event.Host)
}
