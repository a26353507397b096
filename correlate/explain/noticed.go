package explain

import (
	"fmt"
	"slices"
	"strings"

	"oomtrace/correlate/match"
	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// answerNoticed says who left a line about the kill, and who could not have.
func answerNoticed(c *Case, s *sentences) {
	if c.R.Kind == "eviction" {
		return
	}
	if e := c.first("killed", "no-killable", "panic"); e != nil {
		s.say(e, "The kernel itself, in its log: the one witness that depends on nobody.")
	}
	c.noticedSystemd(s)
	c.noticedRuntime(s)
	c.noticedStart(s)
	c.noticedKubelet(s)
	c.noticedRecords(s)
	c.noticedKubernetes(s)
	c.noticedTable(s)
	c.noticedWorker(s)
}

func (c *Case) noticedRuntime(s *sentences) {
	items, evidence := find[event.TaskOOM](c, nil)
	if len(items) > 0 {
		_, actor, _ := Describe(items[0].Event)
		own := 0
		for _, it := range items {
			if it.Event.Body.(event.TaskOOM).Container.ID == c.In.Who.ID {
				own++
			}
		}
		whose := "for the container's cgroup"
		if others := len(items) - own; others > 0 && own > 0 {
			whose += fmt.Sprintf(", and for %s of its pod", plural(others, "more", "more"))
		} else if own == 0 && c.In.Who.PodUID == "" && c.In.Who.Pod == "" {
			whose = "for " + plural(len(items), "container's cgroup", "containers' cgroups")
		} else if own == 0 {
			whose = "for the pod's cgroups"
		}
		s.say(evidence, "The runtime (%s): an OOM event %s. It names no process.", actor, whose)
		return
	}
	exits, e := find(c, func(b event.TaskExit, _ *match.Item) bool {
		return b.ExitCode == 137 && (c.In.Who.ID == "" || b.Container.ID == c.In.Who.ID)
	})
	if len(exits) > 0 && c.In.Dump != nil && !strings.HasPrefix(c.Logs[exits[0].Log].Format, "engine-events") {
		speaker := exits[0].Event.Body.(event.TaskExit).Container.Runtime
		c.silent(s, append(e[:1], c.kill()...), speaker, c.programVersion(speaker, exits[0]), nil)
	}
}

// noticedKubelet tells what the kubelet said, or what its silence is worth.
func (c *Case) noticedKubelet(s *sentences) {
	if items, e := find(c, func(_ event.KubeletOOM, it *match.Item) bool { return it.Event.Speaker != "kubernetes" }); len(items) > 0 {
		s.say(e, "The kubelet: it has %s about this kill.", plural(len(items), "line", "lines"))
		return
	}
	if !c.In.Place.Kubernetes || c.In.Dump == nil || !c.kubeletSpoke() {
		return
	}
	version, level := c.kubelet()
	c.silent(s, c.kubeletEvidence(), "kubelet", version, level)
}

// kubeletSpoke reports whether the kubelet said anything of what became of the
// container, so that its log is among the inputs for that time.
func (c *Case) kubeletSpoke() bool { return len(c.kubeletEvidence()) > 0 }

func (c *Case) kubeletEvidence() []int {
	_, e := find[event.PodLifecycle](c, nil)
	return e
}

// kubelet returns version and verbosity of the kubelet that ran at the kill, as
// its last start before it in the same log states them. What is not known is ""
// and nil.
func (c *Case) kubelet() (version string, level *int) {
	items, _ := find[event.PodLifecycle](c, nil)
	for _, it := range c.Facts.Kubelets {
		b := it.Event.Body.(event.KubeletStart)
		sameLog := slices.ContainsFunc(items, func(o *match.Item) bool { return o.Log == it.Log })
		if d, ok := c.fromKill(it.At); !sameLog || ok && d > 0 {
			continue
		}
		if b.Version != "" {
			version = b.Version
		}
		if b.Verbosity != event.NotPrinted {
			level = &b.Verbosity
		}
	}
	if version == "" {
		version = c.node(func(n *event.NodeStatus) bool { return n.KubeletVersion != "" }).KubeletVersion
	}
	return version, level
}

func (c *Case) noticedKubernetes(s *sentences) {
	c.noticedEvents(s)
	items, evidence := c.statusesOf(func(b event.ContainerStatus) bool { return b.By == "" })
	if len(items) == 0 {
		return
	}
	for i, it := range items {
		b := it.Event.Body.(event.ContainerStatus)
		for _, t := range b.Ended {
			if t.ContainerID == c.In.Who.ID && (t.ContainerID != "" || c.In.Dump == nil) { // that end made the incident
				c.statusEnd(s, t, evidence[i:i+1])
				return
			}
		}
		if b.Container.ID != "" && b.Container.ID == c.In.Who.ID && b.State == "running" {
			if c.ended() {
				s.say(evidence[i:i+1], "The pod's status is of before the end: the container runs in it.")
				return
			}
			s.say(evidence[i:i+1], "The pod's status, as it was when it was read, shows nothing at all: the container runs on, with restart count %d. Whoever watches restarts, states or reasons does not see this kill.", b.RestartCount)
			return
		}
	}
	b := items[0].Event.Body.(event.ContainerStatus)
	s.say(evidence[:1], "The pod's status no longer tells of this container: it keeps the last end only, and it was started again since (restart count %d).", b.RestartCount)
}

// noticedEvents tells what the API's events about the pod are worth, where there
// are some.
func (c *Case) noticedEvents(s *sentences) {
	for _, it := range c.In.Items {
		if it.Event.Speaker != "kubernetes" {
			continue
		}
		switch it.Event.Body.(type) {
		case event.BackOff, event.StopContainer:
			c.silent(s, c.line(it), "kubernetes events", "", nil)
			return
		}
	}
}

func (c *Case) statusEnd(s *sentences, t event.Terminated, evidence []int) {
	switch {
	case t.ExitCode == event.NotPrinted:
		s.say(evidence, "The pod's status: reason %s.", prose.Name(t.Reason))
	case t.Reason == "OOMKilled" && t.ExitCode != 137:
		s.say(evidence, "The pod's status: reason OOMKilled with exit code %d. The reason is the runtime's, set for an OOM event of the cgroup; the code is that of the container's first process, which outlived the victim and then ended by itself.", t.ExitCode)
	case t.Reason == "OOMKilled":
		s.say(evidence, "The pod's status: reason OOMKilled, exit code 137.")
	case t.ExitCode == 137:
		s.say(evidence, "The pod's status has exit code 137 and the reason %s, not OOMKilled: no OOM event of the container's cgroup had reached the runtime when the end was recorded.", prose.Name(t.Reason))
	default:
		s.say(evidence, "The pod's status has exit code %d and the reason %s.", t.ExitCode, prose.Name(t.Reason))
	}
}

func (c *Case) noticedWorker(s *sentences) {
	w := c.In.Worker
	if w == nil {
		if d := c.In.Dump; d != nil && d.GroupMemcg != "" && c.In.Place.Kubernetes {
			s.say(c.at("group"), "The application's log cannot tell: whoever would have written the line was killed too.")
		}
		return
	}
	s.say(c.line(w.Item), "The supervisor (%s), which sees that a child died and not why.", w.Exit.Framework)
}

// answerKubelet says by which way the kubelet came to know.
func answerKubelet(c *Case, s *sentences) {
	told, e := find(c, func(_ event.KubeletOOM, it *match.Item) bool { return it.Event.Speaker != "kubernetes" })
	if len(told) > 0 {
		s.say(e, "By reading the kernel's log: its cAdvisor part matches the lines in /dev/kmsg. It does not watch the memory, and it did not send the signal.")
		c.kubeletSystemOOM(s, told)
		c.kubeletReplay(s, told)
		return
	}
	died, e := find(c, func(b event.PodLifecycle, _ *match.Item) bool { return b.Type == "ContainerDied" })
	if len(died) == 0 || c.In.Dump == nil {
		return
	}
	if c.stopped(died[0]) {
		return
	}
	after := ""
	if d, ok := c.fromKill(died[0].At); ok && d > 0 {
		after = ", " + c.distance(died[0].At) + " after the kill"
	}
	s.say(e[:1], "These logs show only that it saw the container end%s: once a second it compares what runs with what ran (PLEG). Its cAdvisor part reads the kernel's log too and counts the kill, but writes a line about it only from --v=3 on.", after)
}

// kubeletSystemOOM explains a SystemOOM for a container's limit: to 1.20 the
// kubelet's cAdvisor does not know the oom-kill: line of kernels 5.0 and later,
// and takes each kill for one of the whole node.
// Source: google/cadvisor, utils/oomparser/oomparser.go.
func (c *Case) kubeletSystemOOM(s *sentences, told []*match.Item) {
	if c.R.Kind != "memcg" || c.R.Constraint == "" {
		return
	}
	for _, it := range told {
		if b := it.Event.Body.(event.KubeletOOM); b.Kind == "SystemOOM" || b.Kind == "sys oom" {
			s.say(append(c.line(it), c.first("chosen")...), "It calls this a system OOM, which it is not: the kernel says %s. Kubelets up to 1.20 do not know that line and take every kill for one of the whole node.", c.R.Constraint)
			return
		}
	}
}

// kubeletReplay tells of lines that a kubelet wrote long after, at its start.
func (c *Case) kubeletReplay(s *sentences, told []*match.Item) {
	for _, it := range told {
		if _, ok := c.fromKill(it.At); ok && c.repeats(it) {
			s.say(c.line(it), "The line %s after the kill is a repetition: each start of the kubelet reads the kernel's buffer from its beginning and reports old kills under the present time.", c.distance(it.At))
			return
		}
	}
}

// answerSupervisor tells what the supervisor saw, and which process it means.
func answerSupervisor(c *Case, s *sentences) {
	w := c.In.Worker
	if w == nil {
		return
	}
	line := c.line(w.Item)
	b := w.Exit
	switch {
	case b.Weak:
		s.say(line, "The supervisor (%s) noticed that a worker was gone%s; its line names no cause.", b.Framework, workerPID(b))
	case b.Signal == 9:
		s.say(line, "The supervisor (%s) saw its worker%s end by signal 9. SIGKILL has many senders, and a supervisor cannot tell which it was.", b.Framework, workerPID(b))
	default:
		s.say(line, "The supervisor (%s) saw its worker%s end with code %d.", b.Framework, workerPID(b), b.ExitCode)
	}
	v := c.victim()
	if v == nil || b.PID == 0 {
		return
	}
	evidence := append(line, c.first("killed")...)
	switch {
	case b.PID == v.PID:
		s.say(evidence, "Both name pid %d, so there is no pid namespace between them.", v.PID)
	case w.Pid >= 0 && w.Item.P < likely:
		s.say(evidence, "Its pid %d and the kernel's %d are probably one process, counted in two pid namespaces; %s.", b.PID, v.PID, w.Basis)
	case w.Pid >= 0:
		s.say(evidence, "Its pid %d and the kernel's %d are taken for one process, counted in two pid namespaces; no line ties the two numbers, %s.", b.PID, v.PID, w.Basis)
	}
	c.lastWords(s)
}

func workerPID(b event.WorkerExit) string {
	switch {
	case b.PID > 0 && b.Name != "":
		return fmt.Sprintf(" %s (pid %d)", prose.Name(b.Name), b.PID)
	case b.PID > 0:
		return fmt.Sprintf(" (pid %d)", b.PID)
	case b.Name != "":
		return " " + prose.Name(b.Name)
	}
	return ""
}

// likely is how sure a pair must be for what follows from it to be told as so.
const likely = 0.8

// lastWords tells what the line says that the worker was doing.
func (c *Case) lastWords(s *sentences) {
	if t := c.In.Worker.Exit.Task; t != "" {
		s.say(c.line(c.In.Worker.Item), "By the same line it was at work on %s.", prose.Name(t))
	}
}
