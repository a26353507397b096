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

// judge makes incidents, or deaths that are ruled out, of what no kernel report
// explains.
func (m *matcher) judge() {
	m.evictions()
	m.deaths()
	m.byPolicy()
}

// byPolicy rules out what a driver or a daemon killed by a policy of its own: it
// looks like an OOM kill, and the OOM killer had no part in it.
func (m *matcher) byPolicy() {
	for _, it := range m.items {
		b, ok := it.Event.Body.(event.LowMemoryKill)
		if !ok || it.attach != nil {
			continue
		}
		why := fmt.Sprintf("%s killed %q (pid %d) by its own thresholds, before memory ran out; the OOM killer had no part in it", b.By, b.Comm, b.PID)
		m.ruled = append(m.ruled, &Death{Items: []*Item{it}, At: it.At, Why: why, Kind: b.By})
	}
}

// evictions makes an incident of each pod that the kubelet evicted for want of
// memory. What ended its containers is told there and is no OOM kill.
func (m *matcher) evictions() {
	for _, it := range m.items {
		b, ok := it.Event.Body.(event.Eviction)
		if ok && !b.Done && len(m.managed) < maxManaged {
			m.managed = append(m.managed, it)
		}
		if !ok || !b.Done || it.attach != nil {
			continue
		}
		who := m.who.resolve(b.Container, it.At)
		who.ID, who.Name = "", ""
		in := m.evictionOf(who, it)
		if in == nil {
			in = &Incident{Kind: "eviction", Verdict: report.Confirmed, At: it.At, Who: who, Node: it.Event.Host, BootID: it.Event.BootID, P: 0.99}
			m.add(in)
		}
		in.take(it, 0.99, "the kubelet evicted this pod")
		if better(it.At, in.At) {
			in.At = it.At
		}
	}
	for _, in := range m.found {
		if in.Kind == "eviction" {
			m.aroundEviction(in)
		}
	}
}

// maxManaged is how many of the eviction manager's other lines are kept.
const maxManaged = 1000

// named returns the incidents that share a name with a container.
func (m *matcher) named(who event.Container) []*Incident {
	var out []*Incident
	for _, k := range who.Keys() {
		list := m.index.byKey[k]
		out = append(out, list[max(0, len(list)-maxCandidates):]...)
	}
	return out
}

func (m *matcher) evictionOf(who event.Container, it *Item) *Incident {
	for _, in := range m.named(who) {
		if in.Kind == "eviction" && samePod(in.Who, who) && within(it, in, -whatNext, whatNext) {
			return in
		}
	}
	return nil
}

// aroundEviction takes to an eviction what else is told of its pod, and what the
// eviction manager said just before.
func (m *matcher) aroundEviction(in *Incident) {
	for _, it := range m.managed {
		b := it.Event.Body.(event.Eviction)
		if it.attach == nil && (b.Container.Pod == "" && within(it, in, -time.Minute, 0) || b.Container.Pod != "" && samePod(m.who.resolve(b.Container, it.At), in.Who)) {
			in.take(it, 0.95, "the eviction manager's words about it")
		}
	}
	for _, it := range m.pressed {
		b := it.Event.Body.(event.NodeStatus)
		node := in.Who.Node
		first(&node, in.Node)
		if since := in.At.T.Sub(b.PressureSince); node != "" && event.SameHost(b.Name, node) && in.At.Known && since > -time.Minute && since < aftermath {
			told := *it // of every eviction of that time
			in.take(&told, 0.95, "it tells that the node was short of memory")
		}
	}
	for _, k := range in.Who.Keys() {
		for _, it := range m.index.ofPod[k] {
			if it.attach != nil || it.Event.Body.Role() == event.Life {
				continue
			}
			if c, ok := containerOf(it.Event.Body); ok {
				m.ofPod(it, c, in)
			}
		}
	}
}

func (m *matcher) ofPod(it *Item, c event.Container, in *Incident) {
	if samePod(m.who.resolve(c, it.At), in.Who) && within(it, in, -time.Minute, whatNext) {
		in.take(it, 0.95, "it is of the evicted pod")
	}
}

// counted makes an incident of OOM events that no kernel report explains: the
// runtime's own, and the reason OOMKilled in a pod's status. Where a kernel log
// covers that time and records no kill, the limit was hit and that is all that
// is certain.
func (m *matcher) counted() {
	for _, it := range m.items {
		if it.attach != nil || it.Event.Body.Role() != event.Counted {
			continue
		}
		if b, ok := it.Event.Body.(event.UnitOOM); ok && !m.isContainersUnit(b.Unit) {
			if in := m.unitIncident(it, b); in != nil {
				in.take(it, 0.97, "it counts the kills in this unit")
			}
			continue
		}
		in := m.incidentFor(it)
		in.take(it, 0.97, "it counts the kernel's kills in this container")
	}
}

// incidentFor returns the incident without a kernel report that an event is
// about, a new one if there is none. OOM events of one moment are of one kill,
// for whichever cgroups they come: cgroup v1 tells all below the one that ran full.
func (m *matcher) incidentFor(it *Item) *Incident {
	who := m.whoOf(it)
	_, isOOM := it.Event.Body.(event.TaskOOM)
	_, isStart := it.Event.Body.(event.StartOOM)
	for _, in := range m.around(it.At, -oneMoment, oneMoment) {
		if in.Dump == nil && in.Kind == "unknown" && isOOM && !in.Upper {
			m.alsoOf(in, who)
			return in
		}
	}
	limit := whatNext
	if isStart && who.ID == "" {
		limit = startTold
	}
	for _, in := range m.named(who) {
		if in.Dump == nil && in.Kind == "unknown" && sameWho(in.Who, who) && within(it, in, -limit, limit) {
			m.alsoOf(in, who)
			return in
		}
	}
	in := &Incident{Kind: "unknown", Verdict: report.Confirmed, At: it.At, Who: who, sandbox: who.SandboxID, Node: it.Event.Host, BootID: it.Event.BootID, P: 0.97}
	first(&in.Node, who.Node)
	if (isOOM || isStart) && in.At.Known && !in.At.Lower { // it comes soon after the kill
		late := eventLate
		if isStart {
			late = startLate
		}
		in.At.T, in.At.Err = in.At.T.Add(-late/2), in.At.Err+late/2
	}
	in.Upper = !isOOM && !isStart && !it.At.Lower
	if log, ok := m.covered(it.At, in.Node); ok {
		in.Verdict = report.Suspected
		in.Why = fmt.Sprintf("the kernel log %s covers this time and records no kill: the limit was hit, and whether a process died of it is not certain", m.logs[log].Path)
	}
	m.add(in)
	return in
}

// isContainersUnit reports whether a unit is the scope of a container.
func (m *matcher) isContainersUnit(unit string) bool { return cgroup.Parse(unit).ContainerID != "" }

const (
	oneMoment = 200 * time.Millisecond // between the OOM events of one kill
	eventLate = time.Second            // 0.5 s seen, between the kill and the runtime's event
	startLate = 2 * time.Second        // 1.1 s seen, between the kill of runc's process and runc's error in a log
	startTold = 5 * time.Second        // between who tells of one start; the next try is 10 s later at the soonest
)

// alsoOf takes the names of another container of the same kill. With two of one
// pod it is one of these, and with two of several pods nothing is known.
func (m *matcher) alsoOf(in *Incident, who event.Container) {
	switch {
	case in.Who.ID == who.ID || who.ID == "":
		first(&in.Who.Name, who.Name)
	case in.Who.ID == "":
		in.Who, in.sandbox = who, who.SandboxID
	default:
		pod := event.Container{Restart: event.NotPrinted}
		if samePod(in.Who, who) {
			fillPod(&pod, in.Who)
		}
		in.Who = pod
	}
	m.known(in)
}

func (m *matcher) whoOf(it *Item) event.Container {
	if c, ok := containerOf(it.Event.Body); ok {
		return m.who.resolve(c, it.At)
	}
	if it.Event.From != nil {
		return m.who.resolve(*it.Event.From, it.At)
	}
	return event.Container{Restart: event.NotPrinted}
}

// containerOf returns the container that a body is about.
func containerOf(b event.Body) (c event.Container, ok bool) {
	switch b := b.(type) {
	case event.TaskOOM:
		return b.Container, true
	case event.StartOOM:
		return b.Container, true
	case event.TaskExit:
		return b.Container, true
	case event.PodLifecycle:
		return b.Container, true
	case event.TaskStart:
		return b.Container, true
	case event.BackOff:
		return b.Container, true
	case event.StopContainer:
		return b.Container, true
	case event.UnitOOM:
		p := cgroup.Parse(b.Unit)
		return event.Container{ID: p.ContainerID, PodUID: p.PodUID, Restart: event.NotPrinted}, p.ContainerID != "" || p.PodUID != ""
	case event.ContainerStatus:
		c = b.Container
		for _, t := range b.Ended {
			if t.ContainerID != "" || b.State == "running" { // a description does not name the one before
				c.ID = t.ContainerID
			}
		}
		return c, true
	}
	return c, false
}

func sameWho(a, b event.Container) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	return samePod(a, b) && (a.Name == b.Name || a.Name == "" || b.Name == "")
}

// noticed makes an incident of the kubelet's word alone, where no kernel log
// covers that time. A word that is much later than the kill it tells of is a
// repetition after the kubelet's start, and none.
func (m *matcher) noticed() {
	for _, it := range m.items {
		b, ok := it.Event.Body.(event.KubeletOOM)
		if !ok || it.attach != nil || m.repeated(it, b) {
			continue
		}
		if _, ok := m.covered(it.At, it.Event.Host); ok {
			continue
		}
		in := m.kubeletIncident(it, b)
		in.take(it, 0.9, "the kubelet read it in the kernel's log")
	}
}

func (m *matcher) kubeletIncident(it *Item, b event.KubeletOOM) *Incident {
	for _, in := range m.around(it.At, -5*time.Second, 5*time.Second) {
		if in.Dump == nil && in.Kind == "unknown" && in.readAs(b) {
			return in
		}
	}
	in := &Incident{Kind: "unknown", Verdict: report.Confirmed, At: it.At, Node: it.Event.Host, BootID: it.Event.BootID, P: 0.9, Upper: true}
	if b.At.Clock == event.Wall {
		in.At, in.Upper = clock.Exactly(b.At.Wall), false
	}
	if b.TaskMemcg != "" && b.TaskMemcg != "/" {
		in.lives(m.who, b.TaskMemcg)
	}
	m.add(in)
	return in
}

// readAs reports whether the kubelet's line is of the same kill as those that the
// incident has: of one pid, one time inside, or of a cgroup and one above it.
func (in *Incident) readAs(b event.KubeletOOM) bool {
	return slices.ContainsFunc(in.Items, func(it *Item) bool {
		o, ok := it.Event.Body.(event.KubeletOOM)
		switch {
		case !ok:
			return false
		case o.At.Clock == event.Wall && b.At.Clock == event.Wall:
			return o.At.Wall.Equal(b.At.Wall)
		case o.PID > 0 && b.PID > 0:
			return o.PID == b.PID
		}
		return o.TaskMemcg == b.TaskMemcg
	})
}

// repeated reports whether the kubelet tells of a kill from before its start.
func (m *matcher) repeated(it *Item, b event.KubeletOOM) bool {
	if b.At.Clock == event.Wall && it.At.Known {
		return it.At.T.Sub(b.At.Wall) > 5*time.Second+it.At.Err
	}
	for _, s := range m.facts.Kubelets[:min(len(m.facts.Kubelets), maxManaged)] {
		if s.Log == it.Log && clock.Comparable(s.At, it.At) && it.At.T.Sub(s.At.T) < time.Minute && !it.At.T.Before(s.At.T.Add(-time.Second)) {
			return true
		}
	}
	return false
}

// deaths judges the ends by SIGKILL that nothing explains so far.
func (m *matcher) deaths() {
	var all []*Death
	of := map[event.Key]*Death{} // the last one of each container
	for _, it := range m.items {
		if it.attach == nil && m.killed(it) {
			all = m.gather(all, of, it)
		}
	}
	for _, d := range all {
		m.reason(d)
		if d.Why != "" {
			m.ruled = append(m.ruled, d)
			continue
		}
		m.suspect(d)
	}
}

// killed reports whether an event is of an end by SIGKILL, or by an exit code
// that says so.
func (m *matcher) killed(it *Item) bool {
	switch b := it.Event.Body.(type) {
	case event.WorkerExit:
		return !b.Weak && (b.Signal == 9 || b.ExitCode == 137) && m.restated(it) == nil
	case event.UnitExit, event.StartOOM:
		return true
	case event.TaskExit:
		return b.ExitCode == 137 && b.ExecID == "" && m.isContainer(it, b.Container)
	case event.PodLifecycle:
		return b.ExitCode == 137 && m.isContainer(it, b.Container)
	case event.ContainerStatus:
		for _, t := range b.Ended {
			if t.ExitCode == 137 && t.Reason != "ContainerStatusUnknown" {
				return true
			}
		}
	}
	return false
}

// isContainer reports whether c is known to be a container: a sandbox always
// ends by SIGKILL, when its pod does.
func (m *matcher) isContainer(it *Item, c event.Container) bool {
	return !m.who.IsSandbox(c.ID) && m.who.resolve(c, it.At).Name != ""
}

// gather takes an event to the death that it is about, a new one if none fits.
func (m *matcher) gather(all []*Death, of map[event.Key]*Death, it *Item) []*Death {
	it.attach = taken
	who := m.whoOf(it)
	exit, worker := it.Event.Body.(event.WorkerExit)
	unit, _ := it.Event.Body.(event.UnitExit)
	key := event.Key{Kind: event.ContainerID, Value: who.ID}
	if unit.Unit != "" {
		key = event.Key{Kind: event.Unit, Value: it.Event.Host + " " + unit.Unit}
	}
	if d := of[key]; !worker && (who.ID != "" || unit.Unit != "") && d != nil {
		if !clock.Comparable(d.At, it.At) || d.At.T.Sub(it.At.T).Abs() <= time.Minute {
			d.Items = append(d.Items, it)
			return all
		}
	}
	d := &Death{Items: []*Item{it}, Who: who, At: it.At, Unit: unit.Unit}
	if worker {
		d.Exit = &exit
	} else {
		of[key] = d
	}
	return append(all, d)
}

// taken marks an event that belongs to a death.
var taken = new(Incident)

// reason says why a death is no OOM kill, if something shows it.
func (m *matcher) reason(d *Death) {
	if m.supervisorItself(d) || m.somebodyElse(d) {
		return
	}
	node := d.Items[0].Event.Host
	first(&node, d.Who.Node)
	log, ok := m.covered(d.At, node)
	switch {
	case !ok, m.killNear(d):
	case d.start():
		d.Why = fmt.Sprintf("the kernel log %s covers this time and records no OOM kill of it: the container's limit was hit, and nobody died of it", m.logs[log].Path)
	default:
		d.Why = fmt.Sprintf("the kernel log %s covers this time and records no OOM kill of it: the SIGKILL came from elsewhere", m.logs[log].Path)
	}
}

// start reports whether all that is known of a death is crun's word about a start
// that failed.
func (d *Death) start() bool {
	_, is := d.Items[0].Event.Body.(event.StartOOM)
	return is
}

// supervisorItself looks for the supervisor's word that it ends the worker.
func (m *matcher) supervisorItself(d *Death) bool {
	if d.Exit == nil {
		return false
	}
	earlier, later := m.neighbours(d.Items[0], maxNeighbours)
	for _, it := range slices.Concat(earlier, later) {
		b, ok := it.Event.Body.(event.WorkerStop)
		if !ok || b.Framework != d.Exit.Framework || !b.Kill && b.PID == 0 && !m.justBefore(it, d, time.Minute) {
			continue
		}
		if b.PID != 0 && b.PID != d.Exit.PID || !m.justBefore(it, d, 2*time.Minute) {
			continue
		}
		d.Why = b.Why + ": the supervisor ended its worker itself"
		d.Items = append([]*Item{it}, d.Items...)
		return true
	}
	return false
}

// somebodyElse looks for a decision to end the container: a probe, a deletion, a
// stop through the runtime. Who decided says more than who carried it out.
func (m *matcher) somebodyElse(d *Death) bool {
	if d.Unit != "" {
		return m.unitStops(d)
	}
	if d.Who.ID == "" && d.Who.Pod == "" {
		return false
	}
	var causes []*Item
	for _, k := range d.Who.Keys() {
		for _, it := range nearest(m.index.stops[k], d.At) {
			b := it.Event.Body.(event.StopContainer)
			if !slices.Contains(causes, it) && sameWho(m.who.resolve(b.Container, it.At), d.Who) && m.justBefore(it, d, 3*time.Minute) {
				causes = append(causes, it)
			}
		}
	}
	if len(causes) == 0 {
		return false
	}
	slices.SortStableFunc(causes, func(a, b *Item) int { return says(b) - says(a) })
	d.Why = "the container was ended on purpose"
	if why := causes[0].Event.Body.(event.StopContainer).Why; why != "" {
		d.Why = why + ": the container was ended on purpose"
	}
	d.Items = append(slices.Clone(causes[:min(len(causes), maxCauses)]), d.Items...)
	return true
}

// maxCauses is how many lines about a decision are shown.
const maxCauses = 4

// says weighs how much a line about a stop tells of its reason.
func says(it *Item) int {
	b := it.Event.Body.(event.StopContainer)
	n := 0
	if strings.Contains(b.Why, "probe") {
		n += 4
	}
	if it.Event.Speaker == "kubelet" || it.Event.Speaker == "kubernetes" {
		n += 2
	}
	if b.Why != "" {
		n++
	}
	return n
}

// justBefore reports whether an event came up to d before the death, or so
// little after it that the stamps leave the order open.
func (m *matcher) justBefore(it *Item, d *Death, limit time.Duration) bool {
	if !clock.Comparable(it.At, d.At) {
		inOrder := it.Event.Speaker != "kubernetes" // a table is in no order of time
		return inOrder && it.Log == d.Items[0].Log && it.Event.Pos.Line < d.Items[0].Event.Pos.Line
	}
	if it.At.Lower {
		return false // a line without a time, which came then or later
	}
	if began := d.began(); it.At.Known && !began.IsZero() && it.At.T.Add(it.At.Err).Before(began) {
		return false // it was of the container before
	}
	gap, slack := d.At.T.Sub(it.At.T), 2*time.Second+it.At.Err+d.At.Err
	if it.Log == d.Items[0].Log {
		slack = it.At.Step // one clock: only within its step the order is open
	}
	return gap > -slack && gap <= limit
}

// began returns when what died had begun, zero if no status says.
func (d *Death) began() time.Time {
	for _, it := range d.Items {
		if b, ok := it.Event.Body.(event.ContainerStatus); ok {
			for _, t := range b.Ended {
				if t.ExitCode == 137 && !t.StartedAt.IsZero() {
					return t.StartedAt
				}
			}
		}
	}
	return time.Time{}
}

// killNear reports whether the kernel killed somebody at about the time of a
// death, whose worker nobody told of: then the two may be one.
func (m *matcher) killNear(d *Death) bool {
	for _, in := range m.around(d.At, -2*time.Second, supervisors) {
		if in.Dump == nil || len(in.Dump.Victims) == 0 || in.Worker != nil || !clock.Comparable(in.At, d.At) {
			continue
		}
		if in.Who.ID != "" && d.Who.ID != "" && in.Who.ID != d.Who.ID || in.Place.Path != "" && d.Unit != "" && !in.inUnit(d.Unit) {
			continue
		}
		if gap := d.At.T.Sub(in.At.T); gap > -2*time.Second-in.At.Err && gap < supervisors+in.At.Err+d.At.Err {
			return true
		}
	}
	return false
}

// suspect makes an incident of a death that nothing settles.
func (m *matcher) suspect(d *Death) {
	in := &Incident{Kind: "unknown", Verdict: report.Suspected, At: d.At, Who: d.Who, sandbox: d.Who.SandboxID, P: 0.5,
		Node: d.Items[0].Event.Host, BootID: d.Items[0].Event.BootID,
		Why: "a process ended by SIGKILL, and no log here says who sent it: no kernel log that can be compared with it covers this time"}
	why := "an end by SIGKILL, which has many senders"
	if d.Unit != "" {
		in.Place = cgroup.Parse(d.Unit)
	}
	if d.start() {
		in.Why = "crun found that the container's limit was hit while it was being started, which need not end in a kill, and no log here says whether it did"
		why = "a start that failed while the limit was hit"
	}
	first(&in.Node, d.Who.Node)
	for _, it := range d.Items {
		it.attach = nil
		in.take(it, 0.5, why)
	}
	if d.Exit != nil {
		in.Worker = &Worker{Exit: *d.Exit, Item: d.Items[0], Basis: "the supervisor's own words", Pid: -1}
	}
	m.add(in)
}

// covered reports whether a kernel log of the node, or of a node that cannot be
// told from it, covers a moment without a gap.
func (m *matcher) covered(at clock.Moment, node string) (log int, ok bool) {
	if !at.Ok() || at.Lower || at.Err > time.Minute {
		return 0, false
	}
	for _, i := range m.facts.KernelLogs {
		l := &m.logs[i]
		if node != "" && l.Node != "" && !event.SameHost(node, l.Node) {
			continue
		}
		if m.coverOf(i)[at.Axis].holds(at) {
			return i, true
		}
	}
	return 0, false
}
