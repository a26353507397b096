package match

import (
	"slices"
	"sort"
	"time"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

// An index finds incidents and items by name, by time and by place in a log, so
// that the work does not grow with the square of what hostile logs hold.
type index struct {
	byKey map[event.Key][]*Incident
	timed []*Incident     // in the order of time
	inLog map[int][]*Item // the items about workers, in the order of lines
	stops map[event.Key][]*Item
	ofPod map[event.Key][]*Item
}

// maxCandidates is how many incidents one event is weighed against: the nearest
// in time of those that share a name with it.
const maxCandidates = 64

func newIndex() index {
	return index{byKey: map[event.Key][]*Incident{}, inLog: map[int][]*Item{}, stops: map[event.Key][]*Item{}, ofPod: map[event.Key][]*Item{}}
}

// add takes a new incident.
func (m *matcher) add(in *Incident) {
	m.found = append(m.found, in)
	at := sort.Search(len(m.index.timed), func(i int) bool { return before(m.index.timed[i].At, in.At) > 0 })
	m.index.timed = slices.Insert(m.index.timed, at, in)
	m.known(in)
}

// known notes the names of an incident, again after it learned more of them.
func (m *matcher) known(in *Incident) {
	for _, k := range in.keys() {
		if list := m.index.byKey[k]; !slices.Contains(list[max(0, len(list)-maxCandidates):], in) {
			m.index.byKey[k] = append(list, in)
		}
	}
}

// keys returns the names by which events refer to an incident.
func (in *Incident) keys() []event.Key {
	ks := in.Who.Keys()
	if in.sandbox != "" {
		ks = append(ks, event.Key{Kind: event.SandboxID, Value: in.sandbox}, event.Key{Kind: event.ContainerID, Value: in.sandbox})
	}
	if in.Dump != nil {
		ks = append(ks, in.Dump.Keys()...)
	}
	for _, unit := range cgroup.Units(in.Place.Path) {
		ks = append(ks, event.Key{Kind: event.Unit, Value: unit})
	}
	if in.byPID > 0 {
		ks = append(ks, event.Key{Kind: event.HostPID, Value: itoa(in.byPID)})
	}
	return ks
}

// candidates returns the incidents that share a name with an event.
func (m *matcher) candidates(it *Item) []*Incident {
	keys := it.Event.Body.Keys()
	if c, ok := containerOf(it.Event.Body); ok {
		keys = append(keys, m.who.resolve(c, it.At).Keys()...)
	}
	if it.Event.From != nil {
		keys = append(keys, m.who.resolve(*it.Event.From, it.At).Keys()...)
	}
	var out []*Incident
	for _, k := range keys {
		if k.Kind == event.InnerPID {
			k.Kind = event.HostPID // equal numbers can be one pid
		}
		for _, in := range nearest(m.index.byKey[k], it.At) {
			if !slices.Contains(out, in) {
				out = append(out, in)
			}
		}
	}
	return out
}

func (in *Incident) when() clock.Moment { return in.At }

func (it *Item) when() clock.Moment { return it.At }

// nearest returns at most maxCandidates incidents, or items, of a list that is in
// the order of time, around a moment.
func nearest[T interface{ when() clock.Moment }](list []T, at clock.Moment) []T {
	if len(list) <= maxCandidates {
		return list
	}
	n := len(list)
	if at.Ok() {
		n = sort.Search(len(list), func(i int) bool { return before(list[i].when(), at) > 0 })
	}
	low := max(0, min(n-maxCandidates*3/4, len(list)-maxCandidates))
	return list[low : low+maxCandidates]
}

// around returns the incidents near a moment, the nearest maxCandidates of them.
func (m *matcher) around(at clock.Moment, early, late time.Duration) []*Incident {
	var out []*Incident
	for _, in := range nearest(m.index.timed, at) {
		if !clock.Comparable(in.At, at) {
			continue
		}
		if d := at.T.Sub(in.At.T); d >= early-in.At.Err-at.Err && d <= late+in.At.Err+at.Err {
			out = append(out, in)
		}
	}
	return out
}

// arrange sorts the items into what finds them again.
func (m *matcher) arrange() {
	for _, it := range m.items {
		switch b := it.Event.Body.(type) {
		case event.WorkerExit, event.WorkerStart, event.WorkerStop:
			m.index.inLog[it.Log] = append(m.index.inLog[it.Log], it)
		case event.StopContainer:
			for _, k := range m.who.resolve(b.Container, it.At).Keys() {
				m.index.stops[k] = append(m.index.stops[k], it)
			}
		case event.UnitStop:
			k := event.Key{Kind: event.Unit, Value: b.Unit}
			m.index.stops[k] = append(m.index.stops[k], it)
		}
		if c, ok := containerOf(it.Event.Body); ok {
			for _, k := range m.who.resolve(c, it.At).Keys() {
				if k.Kind == event.PodUID || k.Kind == event.PodName {
					m.index.ofPod[k] = append(m.index.ofPod[k], it)
				}
			}
		}
	}
	for _, items := range m.index.stops { // a guessed zone can have moved some
		slices.SortStableFunc(items, func(a, b *Item) int { return before(a.At, b.At) })
	}
	for _, items := range m.index.inLog {
		slices.SortStableFunc(items, func(a, b *Item) int { return a.Event.Pos.Line - b.Event.Pos.Line })
	}
}

// neighbours returns the items about workers in the same log, up to n lines of
// them before and after, without the item itself.
func (m *matcher) neighbours(it *Item, n int) (earlier, later []*Item) {
	items := m.index.inLog[it.Log]
	i := sort.Search(len(items), func(i int) bool { return items[i].Event.Pos.Line >= it.Event.Pos.Line })
	return items[max(0, i-n):i], items[min(i+1, len(items)):min(i+1+n, len(items))]
}
