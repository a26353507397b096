package match

import (
	"slices"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// attachAll takes every event that is about a kill, or about what became of it,
// to its incident.
func (m *matcher) attachAll() {
	m.userspace()
	m.attachRole(event.Counted)
	m.attachRole(event.Noticed)
	m.counted()
	m.noticed()
	m.attachRole(event.Death)
	m.attachWorkers()
	m.attachRole(event.Life, event.Intent, event.Context)
}

// attachRole takes the events of some roles to their incidents. Supervisors'
// lines are paired elsewhere, one by one.
func (m *matcher) attachRole(roles ...event.Role) {
	for _, it := range m.items {
		if _, worker := it.Event.Body.(event.WorkerExit); !worker && it.attach == nil && slices.Contains(roles, it.Event.Body.Role()) {
			m.attach(it)
		}
	}
}

// attach takes an event to the incident that it fits best: the one with the
// surest names, then the last kill before it.
func (m *matcher) attach(it *Item) {
	var best *Incident
	var bestWhy string
	var bestP float64
	var bestGap time.Duration
	near := m.candidates(it)
	switch it.Event.Body.(type) {
	case event.TaskOOM, event.UnitExit:
		near = append(near, m.around(it.At, noticeSoonest, noticeLatest)...)
	}
	for _, in := range near {
		p, why := m.relation(it, in)
		if p == 0 || m.apart(it, in) {
			continue
		}
		gap := gapOf(it, in)
		if best == nil || p > bestP+0.005 || p > bestP-0.005 && gap < bestGap {
			best, bestP, bestWhy, bestGap = in, p, why, gap
		}
	}
	if best != nil {
		best.take(it, bestP, bestWhy)
	}
}

// apart reports whether an event and the kernel's report are of two machines, by the
// folders in which their logs lie. What hosts the logs themselves name says less:
// containers have names of their own, and kind's nodes one kernel.
//
// What came in another boot is apart too.
func (m *matcher) apart(it *Item, in *Incident) bool {
	if it.Event.BootID != "" && in.BootID != "" && it.Event.BootID != in.BootID {
		return true
	}
	if in.Dump == nil {
		return false
	}
	a, b := &m.logs[it.Log], &m.logs[in.DumpLog]
	return a.Placed && b.Placed && a.Node != b.Node
}

// take adds an event to the incident. What tells of the kill or of an end bears
// on how sure the whole is; what came of it does not.
func (in *Incident) take(it *Item, p float64, why string) {
	it.attach, it.P, it.Why = in, p, why
	in.Items = append(in.Items, it)
	if b, ok := it.Event.Body.(event.UnitOOM); ok && b.By != "" && in.Kind == "userspace" {
		in.Verdict, in.Why = report.Confirmed, ""
	} else if ok && holdsUnits(b.Unit) {
		return // it can be of another kill below, and nothing rests on it
	}
	switch it.Event.Body.Role() {
	case event.Counted, event.Noticed, event.Death, event.Evicted, event.Policy:
		in.P = min(in.P, p)
	}
}

// gapOf returns how far an event is from the kill. What comes before it, though
// it tells of it, counts four times where the clocks' errors do not explain it.
func gapOf(it *Item, in *Incident) time.Duration {
	if !clock.Comparable(it.At, in.At) {
		return time.Hour
	}
	d, slack := it.At.T.Sub(in.At.T), it.At.Err+in.At.Err
	switch {
	case d < -slack:
		return -4 * d
	case d < 0:
		return -d
	}
	return d
}

// within reports whether an event came between soonest and latest after the
// kill, as far as the clocks can tell.
func within(it *Item, in *Incident, soonest, latest time.Duration) bool {
	if !clock.Comparable(it.At, in.At) {
		return true
	}
	slack := it.At.Err + in.At.Err
	d := it.At.T.Sub(in.At.T)
	return (it.At.Lower || d >= soonest-slack) && d <= latest+slack
}

// How long after a kill things are told of it.
const (
	early       = -2 * time.Second // clocks of one machine, read by different programs
	oomEvent    = 10 * time.Second // a runtime's OOM event: 0.5 s seen
	supervisors = 20 * time.Second // a supervisor's line: Huey looks every 10 s
	whatNext    = 10 * time.Minute // restarts and their delays
	aftermath   = 30 * time.Minute // the end of a container whose supervisor lived on for a while
)

// relation says how sure it is that an event belongs to an incident: 0 if it
// does not, and by what.
func (m *matcher) relation(it *Item, in *Incident) (p float64, why string) {
	switch b := it.Event.Body.(type) {
	case event.KubeletOOM:
		return kubeletOOM(it, b, in)
	case event.TaskOOM:
		if in.nameless() && clock.Comparable(it.At, in.At) && within(it, in, noticeSoonest, noticeLatest) {
			return 0.8, "inferred: it comes right after the kill, whose report names no cgroup in this log"
		}
		if within(it, in, early, oomEvent) {
			return m.sameContainer(it, b.Container, in, true)
		}
	case event.StartOOM:
		if within(it, in, early, oomEvent) {
			return m.sameContainer(it, b.Container, in, false)
		}
	case event.TaskExit:
		if in.IsVictim(b.PID) && within(it, in, early, oomEvent) {
			return 0.99, "it names the victim's pid"
		}
		if b.ExecID == "" && within(it, in, early, aftermath) {
			return m.sameContainer(it, b.Container, in, false)
		}
	case event.PodLifecycle:
		if b.Type == "ContainerStarted" {
			return m.next(it, b.Container, in)
		}
		if within(it, in, early, aftermath) {
			return m.sameContainer(it, b.Container, in, false)
		}
	case event.ContainerStatus:
		return m.status(it, b, in)
	case event.TaskStart:
		return m.next(it, b.Container, in)
	case event.BackOff:
		return m.next(it, b.Container, in)
	case event.StopContainer:
		if within(it, in, 0, whatNext) {
			return m.sameContainer(it, b.Container, in, false)
		}
	case event.UnitOOM:
		return unitOOM(it, b, in)
	case event.UnitExit:
		return unitExit(it, b, in)
	case event.UnitStop:
		if in.Place.Unit == b.Unit && sameNode(it, in) && within(it, in, 0, unitLate) {
			return 0.9, "it tells what systemd did next with the victim's unit"
		}
	}
	return 0, ""
}

// nameless reports whether the kernel's report names no cgroup: all that is left
// of it is a kill line for some cgroup's limit.
func (in *Incident) nameless() bool {
	return in.Dump != nil && in.Kind == "memcg" && in.Dump.TaskMemcg == "" && in.Dump.OOMMemcg == "" && in.Dump.GroupMemcg == ""
}

// kubeletOOM relates the kubelet's word about a kill that it read in the
// kernel's log. It may come at any later time, since a kubelet repeats old kills
// when it starts; the pid, or cgroup and time, is the kill's.
func kubeletOOM(it *Item, b event.KubeletOOM, in *Incident) (float64, string) {
	if in.Dump == nil {
		return 0, ""
	}
	if b.PID > 0 {
		if in.IsVictim(b.PID) && within(it, in, early, 1<<62) && (b.Comm == "" || in.hasComm(b.Comm)) {
			return 0.98, "it names the victim's pid"
		}
		return 0, ""
	}
	memcg := b.TaskMemcg
	first(&memcg, b.OOMMemcg)
	if memcg == "" || memcg != in.Dump.TaskMemcg && memcg != in.Dump.OOMMemcg {
		return 0, ""
	}
	at := clock.Moment{}
	if b.At.Clock == event.Wall {
		at = clock.Exactly(b.At.Wall)
	}
	if clock.Comparable(at, in.At) {
		if d := at.T.Sub(in.At.T).Abs(); d > 2*time.Second+in.At.Err {
			return 0, ""
		}
		return 0.98, "it names the cgroup and the time of the kill"
	}
	if within(it, in, early, oomEvent) {
		return 0.9, "it names the cgroup"
	}
	return 0, ""
}

func (in *Incident) hasComm(comm string) bool {
	return slices.ContainsFunc(in.Dump.Victims, func(v event.Victim) bool { return v.Comm == comm })
}

// sameContainer relates what is told of a container to the incident of it. A
// runtime tells of the sandbox when the pod's cgroup ran full.
func (m *matcher) sameContainer(it *Item, c event.Container, in *Incident, sandbox bool) (float64, string) {
	id := c.ID
	if m.who.IsSandbox(id) || id == "" && c.SandboxID != "" {
		if sandbox && in.sandbox != "" && (id == in.sandbox || c.SandboxID == in.sandbox) {
			return 0.97, "it names the sandbox of the victim's pod"
		}
		return 0, ""
	}
	c = m.who.resolve(c, it.At)
	switch {
	case id != "" && in.Who.ID != "":
		if id == in.Who.ID {
			return 0.99, "it names the victim's container"
		}
		if sandbox && in.ofPod() && samePod(c, in.Who) {
			return 0.95, "it names another container of the pod whose limit was hit"
		}
	case c.Name != "" && c.Name == in.Who.Name && samePod(c, in.Who):
		return 0.95, "it names the victim's pod and container"
	case c.Name == "" && id == "" && samePod(c, in.Who):
		return 0.9, "it names the victim's pod"
	}
	return 0, ""
}

// ofPod reports whether the limit that was hit is the pod's or one above it:
// cgroup v1 then tells every cgroup below of it.
func (in *Incident) ofPod() bool {
	return in.Dump != nil && in.Dump.OOMMemcg != in.Dump.TaskMemcg
}

func samePod(a, b event.Container) bool {
	if a.PodUID != "" && b.PodUID != "" {
		return a.PodUID == b.PodUID
	}
	sameSpace := a.Namespace == b.Namespace || a.Namespace == "" || b.Namespace == "" // kubectl's prefixes name none
	return a.Pod != "" && a.Pod == b.Pod && sameSpace
}

// next relates a start, or the wait before one, to the kill that made it needed.
func (m *matcher) next(it *Item, c event.Container, in *Incident) (float64, string) {
	c = m.who.resolve(c, it.At)
	if !within(it, in, 0, whatNext) || !clock.Comparable(it.At, in.At) || !samePod(c, in.Who) || c.Name == "" || in.Who.Name == "" || c.Name != in.Who.Name {
		return 0, ""
	}
	if c.ID != "" && c.ID == in.Who.ID {
		return 0, "" // its own start, stamped late
	}
	return 0.95, "it is of the same container, started again"
}

// status relates a pod object's word to the incident whose container it tells
// of, ended or running.
func (m *matcher) status(it *Item, b event.ContainerStatus, in *Incident) (float64, string) {
	if in.Named != nil {
		p, why := m.statusOf(it, b, in)
		return min(p, in.namedP), why
	}
	return m.statusOf(it, b, in)
}

func (m *matcher) statusOf(it *Item, b event.ContainerStatus, in *Incident) (float64, string) {
	if b.Container.Name == "" {
		return m.podStatus(b, in)
	}
	for _, t := range b.Ended {
		if t.ContainerID != "" && t.ContainerID == in.Who.ID {
			if !t.FinishAt.IsZero() && in.At.Known && t.FinishAt.Before(in.At.T.Add(-2*time.Second-in.At.Err)) {
				return 0, ""
			}
			if b.By == "podman" && t.Reason == "OOMKilled" && laterRun(t.StartedAt, in) {
				return 0.9, "it tells of the victim's container, which was OOM-killed in some run"
			}
			if b.By != "" && laterRun(t.StartedAt, in) {
				return 0, ""
			}
			return 0.99, "it tells of the end of the victim's container"
		}
	}
	if b.Container.ID != "" && b.Container.ID == in.Who.ID {
		if b.By != "" && laterRun(b.StartedAt, in) {
			return 0, ""
		}
		return 0.98, "it tells of the victim's container"
	}
	if b.Container.Name != "" && b.Container.Name == in.Who.Name && samePod(m.who.resolve(b.Container, it.At), in.Who) {
		return 0.9, "it tells of the same container, started again"
	}
	return 0, ""
}

// podStatus relates what is told of a pod without a container and a time: that one
// was OOM-killed, of its last end.
func (m *matcher) podStatus(b event.ContainerStatus, in *Incident) (float64, string) {
	if b.Role() != event.Counted || !samePod(m.who.resolve(b.Container, clock.Moment{}), in.Who) {
		return 0, ""
	}
	for _, o := range m.named(in.Who) {
		if o != in && samePod(o.Who, in.Who) && before(o.At, in.At) > 0 {
			return 0, ""
		}
	}
	return 0.9, "it tells of the last end in the victim's pod"
}

// laterRun reports whether a run of a container began after the kill: docker and
// podman start a container again under its old id.
func laterRun(started time.Time, in *Incident) bool {
	return in.At.Known && !started.IsZero() && started.After(in.At.T.Add(in.At.Err)) && !in.Upper
}
