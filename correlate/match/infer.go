package match

import (
	"slices"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// An ending is a container's end for OOM that a description tells, which has
// neither the pod's uid nor, once the container runs again, the id of the one that
// ended: the kernel's cgroup path has nothing else.
type ending struct {
	it  *Item
	of  int // which of the ends
	who event.Container
	fit []*Incident
	p   float64 // that it is of the one that fits
}

// infer finds of which pod a kernel's victim was where no log ties the path of its
// cgroup to a name: of the one whose container ended with OOMKilled right after the
// kill, under the same limit or on the same node, if just one fits, and fits no
// other kill.
func (m *matcher) infer() {
	var ends []*ending
	for _, it := range m.items {
		if b, ok := it.Event.Body.(event.ContainerStatus); ok && b.Container.Name != "" {
			ends = m.endings(ends, it, b)
		}
		if len(ends) > maxEndings {
			return // that just one fits could not be said
		}
	}
	fits := map[*Incident]int{}
	for _, e := range ends {
		for _, in := range m.around(clock.Exactly(e.end().FinishAt), -endLatest, endLatest) {
			if in.Named == nil && e.fits(in) {
				e.fit = append(e.fit, in)
				fits[in]++
			}
		}
	}
	for _, e := range ends {
		if len(e.fit) == 1 && fits[e.fit[0]] == 1 {
			m.name(e)
		}
	}
}

// endings adds the ends of a container that was told of for the first time.
func (m *matcher) endings(ends []*ending, it *Item, b event.ContainerStatus) []*ending {
	who := m.who.resolve(b.Container, it.At)
	if who.PodUID != "" {
		return ends // then it is known of which cgroup it is
	}
	for i, t := range b.Ended {
		same := func(o *ending) bool {
			return samePod(o.who, who) && o.who.Name == who.Name && o.end().FinishAt.Equal(t.FinishAt)
		}
		if t.Reason == "OOMKilled" && t.ContainerID == "" && !t.FinishAt.IsZero() && !slices.ContainsFunc(ends, same) {
			ends = append(ends, &ending{it: it, of: i, who: who})
		}
	}
	return ends
}

const maxEndings = 256

func (e *ending) status() event.ContainerStatus { return e.it.Event.Body.(event.ContainerStatus) }

func (e *ending) end() event.Terminated { return e.status().Ended[e.of] }

// endLatest is how long after a kill its container can have ended: at once, if its
// first process was killed; one that sees its child die takes a little.
const endLatest = 5 * time.Second

// fits reports whether the end can be that of the victim's container, and has more
// in common with it than the time.
func (e *ending) fits(in *Incident) bool {
	b := e.status()
	if in.Dump == nil || in.Kind != "memcg" || in.Verdict != report.Confirmed || !in.At.Known || in.At.Err > endLatest ||
		in.Place.PodUID == "" || in.Place.ContainerID == "" || in.Who.Pod != "" {
		return false
	}
	gap := e.end().FinishAt.Sub(in.At.T) // in whole seconds
	if gap <= -time.Second-in.At.Err || gap > endLatest+in.At.Err {
		return false
	}
	if b.QoS != "" && in.Place.QoS != "" && b.QoS != in.Place.QoS {
		return false
	}
	e.p = 0.75
	sameNode := in.Node != "" && e.who.Node != "" && event.SameHost(in.Node, e.who.Node)
	if in.Node != "" && e.who.Node != "" && !sameNode {
		return false
	}
	limit := in.Dump.Memory.Memory
	sameLimit := limit.Printed && (SameLimit(b.Limit, limit.LimitKB) || SameLimit(b.PodLimit, limit.LimitKB))
	if limit.Printed && !sameLimit && !in.ofPod() {
		return false
	}
	if sameNode {
		e.p = 0.9
	}
	return sameNode || sameLimit
}

// SameLimit reports whether a limit in bytes is the one that the kernel keeps,
// which it rounds down to a page, of at most 64 KiB.
func SameLimit(bytes, kb int64) bool {
	return bytes > 0 && bytes/1024 >= kb && bytes/1024-kb < 64
}

// name gives the incident, and others of its pod, the names that were inferred, and
// the end the id of the container that it was.
func (m *matcher) name(e *ending) {
	in := e.fit[0]
	c := e.who
	c.ID, c.PodUID, c.Restart = in.Place.ContainerID, in.Place.PodUID, event.NotPrinted
	m.who.at, m.who.pos = e.it.At, e.it.Event.Pos
	m.who.learn(c)
	told, b := *e.it.Event, e.status()
	b.Ended = slices.Clone(b.Ended)
	b.Ended[e.of].ContainerID = c.ID
	told.Body, e.it.Event = b, &told
	for _, o := range m.found {
		if o.Dump != nil && o.Place.PodUID == c.PodUID && o.Who.Pod == "" {
			o.Who, o.Named, o.namedP = m.who.Container(o.Place.ContainerID, c.PodUID, o.At), e.it, e.p
			first(&o.Who.Runtime, o.Place.Runtime)
			first(&o.Node, o.Who.Node)
			m.known(o)
		}
	}
}
