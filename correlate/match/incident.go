package match

import (
	"slices"
	"time"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/clock"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// incidents makes an incident of each kernel report, and gathers the facts
// that are not of one incident.
func (m *matcher) incidents() {
	slices.SortStableFunc(m.dumps, func(a, b *Incident) int { return before(a.At, b.At) })
	for _, in := range m.dumps {
		in.Kind = in.Dump.Kind
		first(&in.Kind, "unknown")
		path := in.Dump.TaskMemcg
		first(&path, in.Dump.GroupMemcg)
		first(&path, in.Dump.OOMMemcg)
		in.lives(m.who, path)
		switch d := in.Dump; {
		case len(d.Victims) > 0:
			in.Verdict = report.Confirmed
		case d.NoKillable:
			in.Verdict, in.Why = report.NoKill, "the kernel found nobody that it may kill"
		case d.Panic != "":
			in.Verdict, in.Why = report.NoKill, "the kernel panicked instead of killing"
		case slices.ContainsFunc(d.Steps, func(s event.Step) bool { return s.What == "exiting" }):
			in.Verdict, in.Why = report.NoKill, "the process that the kernel chose was already exiting"
		default:
			in.Verdict, in.Why = report.Suspected, "the log holds the OOM killer's report without its kill line"
		}
		m.add(in)
	}
	for _, it := range m.items {
		switch b := it.Event.Body.(type) {
		case event.NodeStatus:
			if b.MemoryPressure == "True" && !b.PressureSince.IsZero() && len(m.pressed) < maxManaged {
				m.pressed = append(m.pressed, it)
			}
			m.facts.Nodes = append(m.facts.Nodes, b)
		case event.KubeletStart:
			m.facts.Kubelets = append(m.facts.Kubelets, it)
		case event.ProgramStart:
			m.facts.Programs = append(m.facts.Programs, it)
		case event.ContainerStatus:
			m.facts.Statuses = append(m.facts.Statuses, it)
		}
	}
	for i := range m.logs {
		if m.logs[i].Kernel {
			m.facts.KernelLogs = append(m.facts.KernelLogs, i)
		}
	}
}

// lives says where the victim lived, from its cgroup's path.
func (in *Incident) lives(who *Who, path string) {
	in.Place = cgroup.Parse(path)
	in.Who = who.Container(in.Place.ContainerID, in.Place.PodUID, in.At)
	first(&in.Who.Runtime, in.Place.Runtime)
	in.sandbox = in.Who.SandboxID
	first(&in.Node, in.Who.Node)
}

// IsVictim reports whether pid is of a process that the kernel says it killed.
func (in *Incident) IsVictim(pid int) bool {
	return in.Dump != nil && pid > 0 && slices.ContainsFunc(in.Dump.Victims, func(v event.Victim) bool { return v.PID == pid })
}

// An echo is what is told right after something, under one of its names.
type echo struct {
	ref clock.Ref
	lag time.Duration
	why string
}

// names gathers things and their echoes by the name that they have in common.
type names struct {
	order  []event.Key // of the things, as they were met
	things map[event.Key][]clock.Ref
	echoes map[event.Key][]echo
}

// keyTies ties a kernel's kill to what a runtime or a supervisor said right
// after it of the same container or process, and a runtime's start or exit of a
// container to the kubelet's word about it: not the same moment, but never
// before it.
func (m *matcher) keyTies() []clock.Tie {
	n := names{things: map[event.Key][]clock.Ref{}, echoes: map[event.Key][]echo{}}
	for i := range m.logs {
		for j := range m.logs[i].Events {
			n.event(&m.logs[i].Events[j], m.ref(i, j))
		}
	}
	var ties []clock.Tie
	for _, k := range n.order {
		if manyOfOneLog(n.things[k]) {
			continue
		}
		for _, e := range n.echoes[k] {
			for _, a := range n.things[k] {
				ties = append(ties, clock.Tie{A: a, B: e.ref, Lag: e.lag, Basis: e.why, Weak: true})
			}
		}
	}
	return ties
}

func (n *names) event(e *event.Event, ref clock.Ref) {
	switch b := e.Body.(type) {
	case *event.OOMDump:
		for _, v := range b.Victims {
			ref.Stamps = b.Steps[v.Step].Stamps
			n.thing("pid", itoa(v.PID), ref)
		}
		if len(b.Victims) > 0 {
			n.thing("oom", cgroup.Parse(b.TaskMemcg).ContainerID, ref)
			n.thing("memcg", b.TaskMemcg, ref)
		}
	case event.TaskOOM:
		n.echo("oom", b.Container.ID, echo{ref, 2 * time.Second, "the runtime's OOM event of the same container"})
	case event.KubeletOOM:
		n.kubelet(b, ref)
	case event.TaskStart:
		n.thing("start", b.Container.ID, ref)
	case event.TaskExit:
		n.thing("exit", b.Container.ID, ref)
		n.echo("pid", itoa(b.PID), echo{ref, 5 * time.Second, "the runtime's exit event of the same pid"})
	case event.PodLifecycle:
		what := "start"
		if b.Type == "ContainerDied" {
			what = "exit"
		}
		n.echo(event.KeyKind(what), b.Container.ID, echo{ref, relist, "the runtime and the kubelet, of the same container"})
	case event.WorkerExit:
		n.echo("pid", itoa(b.PID), echo{ref, 5 * time.Second, "the supervisor's line about the same pid"})
	}
}

// relist is how long after a container's start or end the kubelet can tell of it:
// it looks once a second, and is late under load.
const relist = 10 * time.Second

// kubelet ties the time inside a kubelet's message about a kill to the kill, and
// to the line's own stamp: the line is of right after, unless it repeats an old
// kill. The time inside is up to 0.8 s early.
func (n *names) kubelet(b event.KubeletOOM, ref clock.Ref) {
	if b.At.Clock != event.Wall {
		return
	}
	inside := ref
	b.At.Early, b.At.Late = true, true
	inside.Stamps = event.Stamps{b.At}
	key := ref.String()
	n.thing("kubelet", key, inside)
	n.echo("kubelet", key, echo{ref, 2 * time.Second, "the kubelet's line and the time inside it"})
	const why = "the kubelet's time for the same kill"
	if b.PID > 0 {
		n.echo("pid", itoa(b.PID), echo{inside, 0, why})
	} else {
		n.echo("memcg", b.TaskMemcg, echo{inside, 0, why})
	}
}

func (n *names) thing(kind event.KeyKind, value string, ref clock.Ref) {
	k := event.Key{Kind: kind, Value: value}
	if value == "" || value == "0" {
		return
	}
	if n.things[k] == nil {
		n.order = append(n.order, k)
	}
	n.things[k] = append(n.things[k], ref)
}

func (n *names) echo(kind event.KeyKind, value string, e echo) {
	k := event.Key{Kind: kind, Value: value}
	n.echoes[k] = append(n.echoes[k], e)
}

// manyOfOneLog reports whether one log tells of several kills under one name:
// which of them an echo is of is then not known.
func manyOfOneLog(at []clock.Ref) bool {
	for i := 1; i < len(at); i++ {
		if at[i].Log == at[i-1].Log {
			return true
		}
	}
	return false
}
