// Package match says which events are of one kill, and with what confidence.
//
// In come the logs and what is known beside them, out come Incidents, each one
// run of the OOM killer with all that any log tells of it, and Deaths that look
// like one and are none, or that nothing settles. It goes by the roles and keys
// of events and by moments from correlate/clock: what it needs to know of a
// single kind of event is who it is about. What the incident means is left to
// correlate/explain.
//
// It works in steps, each a file: the same line met in several logs is folded
// into one Item (fold), the clocks are tied and solved, names are gathered into
// one table of who is who (who), kernel reports become incidents and everything
// else is attached to one by names and time (attach), and what is left over is
// judged (judge).
package match

import (
	"slices"
	"time"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

// An Item is one thing that happened, told once however many logs tell it.
type Item struct {
	Event   *event.Event // the best telling
	Log     int          // whose it is
	At      clock.Moment
	Also    []event.Pos
	Repeats int    // how often its log has it, close together
	Why     string // it belongs to the incident, as a clause
	P       float64
	attach  *Incident
}

// A Step is one line of the kernel's report, told once however many logs have it.
type Step struct {
	event.Step
	At   clock.Moment
	Also []event.Pos
}

// An Incident is one run of the OOM killer, or whatever else ended a process
// for want of memory, with what all logs tell of it.
type Incident struct {
	Dump    *event.OOMDump // merged from all logs; nil without a kernel report
	DumpLog int            // whose telling it is at the core
	Steps   []Step
	Kind    string
	Verdict string
	At      clock.Moment // of the kill
	Node    string
	BootID  string
	Items   []*Item // in the order of time
	Place   cgroup.Place
	Who     event.Container // where the victim lived, merged from all that name it
	Worker  *Worker
	P       float64 // that what was stitched together is of one event
	Why     string  // of the verdict, where it is not confirmed
	// Named is the pod object by whose time and limit Who was inferred, where no log
	// ties the names to the kernel's; else nil.
	Named   *Item
	namedP  float64 // how sure that is
	sandbox string
	byPID   int // whom a daemon in userspace killed, where it names a process
	// Upper says that the kill was at At or before: only what came of it is told.
	Upper bool
}

// A Worker is the supervisor's word about the process that died.
type Worker struct {
	Exit  event.WorkerExit
	Item  *Item
	Basis string // what ties it to the kernel's victim
	Pid   int    // index into the dump's victims of the process that it is, or -1
}

// A Death is one that looks like an OOM kill and is none, or that nothing settles.
type Death struct {
	Items []*Item
	Who   event.Container
	Exit  *event.WorkerExit
	At    clock.Moment
	Why   string // it is ruled out; "" if nothing settles it
	Kind  string // lowmemorykiller, where that is what killed; else ""
	Unit  string // whose process it was, where systemd tells of it
}

// A Result is what was found.
type Result struct {
	Incidents []*Incident
	RuledOut  []*Death
	Clocks    *clock.Clocks
	Boots     [][]int
	Who       *Who
	Facts     Facts
}

// Facts are what the logs say that is not of one incident alone.
type Facts struct {
	Kubelets []*Item // their starts, with version and verbosity
	Programs []*Item // the starts of others, with their versions
	Nodes    []event.NodeStatus
	Statuses []*Item // what pod objects say of containers
	// KernelLogs are the logs that hold the kernel's messages.
	KernelLogs []int
}

// Find matches the events of logs.
func Find(logs []event.Log, o clock.Options) *Result {
	m := &matcher{logs: logs, who: newWho(), index: newIndex(), covers: map[int]map[int]cover{}}
	m.countBoots()
	ties := slices.Concat(m.sameRecords(), m.halfTies(), m.rotationTies())
	m.clocks = clock.Solve(logs, m.boots, append(ties, m.keyTies()...), o)
	m.fold()
	m.guessZones(o)
	m.learn()
	m.arrange()
	m.incidents()
	m.infer()
	m.attachAll()
	m.judge()
	m.tighten()
	m.finish()
	return &Result{Incidents: m.found, RuledOut: m.ruled, Clocks: m.clocks, Boots: m.boots, Who: m.who, Facts: m.facts}
}

type matcher struct {
	logs    []event.Log
	boots   [][]int
	clocks  *clock.Clocks
	who     *Who
	items   []*Item // all but kernel reports
	dumps   []*Incident
	found   []*Incident
	ruled   []*Death
	facts   Facts
	index   index
	covers  map[int]map[int]cover // of kernel logs, by log and axis
	managed []*Item               // the eviction manager's lines that tell of no eviction
	pressed []*Item               // nodes whose object says that they are short of memory
}

// countBoots says of each event in the how-manieth boot of its log it is. Another id
// begins one, or goes back to one; without ids a kernel's first line does, and a
// monotonic stamp far back. The events before the first id are of a boot of their own.
func (m *matcher) countBoots() {
	m.boots = make([][]int, len(m.logs))
	for i := range m.logs {
		events := m.logs[i].Events
		m.boots[i] = make([]int, len(events))
		boot, boots, last, id := 0, 1, time.Duration(-1), ""
		known := map[string]int{}
		for j := range events {
			st, ok := events[j].Stamps.Of(event.Monotonic)
			_, begins := events[j].Body.(event.Boot)
			switch named := events[j].BootID; {
			case named != "" && named != id:
				n, again := known[named]
				if !again && j > 0 {
					n, boots = boots, boots+1
				}
				boot, id, known[named] = n, named, n
			case named == "" && ok && last >= 0 && (begins && last > st.Since || st.Since < last-time.Minute):
				boot, boots = boots, boots+1
			}
			if ok {
				last = st.Since
			}
			m.boots[i][j] = boot
		}
	}
}

func (m *matcher) ref(log, ev int) clock.Ref {
	return clock.Ref{Log: log, Boot: m.boots[log][ev], Stamps: m.logs[log].Events[ev].Stamps}
}

// bootEnd returns the boot that a log ends in.
func (m *matcher) bootEnd(log int) int {
	if b := m.boots[log]; len(b) > 0 {
		return b[len(b)-1]
	}
	return 0
}

// learn fills the table of who is who. The clocks must be settled before.
func (m *matcher) learn() {
	for i := range m.logs {
		m.who.log(&m.logs[i])
		for j := range m.logs[i].Events {
			m.who.event(&m.logs[i].Events[j], m.clocks.At(m.ref(i, j)))
		}
	}
	for i := range m.logs {
		for j := range m.logs[i].Events {
			if d, ok := m.logs[i].Events[j].Body.(*event.OOMDump); ok {
				m.who.path(cgroup.Parse(d.TaskMemcg))
			}
		}
	}
}

// tighten bounds the moment of a kill by what tells of it: that came later. The
// kernel's other lines are moved along, since their clock is the same.
func (m *matcher) tighten() {
	for _, in := range m.found {
		if in.Dump == nil || !in.At.Known {
			continue
		}
		lo, hi := in.At.T.Add(-in.At.Err), in.At.T.Add(in.At.Err)
		by := ""
		for _, it := range in.Items {
			role := it.Event.Body.Role()
			if role != event.Counted && role != event.Death || !it.At.Known || it.At.Lower || it.P < 0.9 {
				continue
			}
			if t := it.At.T.Add(it.At.Err); t.Before(hi) && t.After(lo) {
				hi, by = t, ", and by what tells of it later"
			}
		}
		if by != "" {
			in.move(lo.Add(hi.Sub(lo)/2).Sub(in.At.T), hi.Sub(lo)/2, by)
		}
	}
}

func (in *Incident) move(by, err time.Duration, basis string) {
	shift := func(at *clock.Moment) {
		if at.Known && at.Err >= err {
			at.T, at.Err = at.T.Add(by), err
		}
	}
	shift(&in.At)
	in.At.Basis += basis
	for i := range in.Steps {
		shift(&in.Steps[i].At)
	}
}

// finish orders what was found.
func (m *matcher) finish() {
	for _, in := range m.found {
		slices.SortStableFunc(in.Items, func(a, b *Item) int {
			if n := before(a.At, b.At); n != 0 || a.Log != b.Log || !clock.Comparable(a.At, b.At) {
				return n
			}
			return a.Event.Pos.Line - b.Event.Pos.Line
		})
	}
	slices.SortStableFunc(m.found, func(a, b *Incident) int { return before(a.At, b.At) })
	slices.SortStableFunc(m.ruled, func(a, b *Death) int { return before(a.At, b.At) })
}

// before orders moments: those that cannot be compared keep their order, those
// without a reading come last.
func before(a, b clock.Moment) int {
	switch {
	case a.Ok() != b.Ok():
		if a.Ok() {
			return -1
		}
		return 1
	case !a.Ok():
		return 0
	case a.Axis != b.Axis:
		return a.Axis - b.Axis
	}
	return a.T.Compare(b.T)
}
