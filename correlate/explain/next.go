package explain

import (
	"fmt"
	"strings"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/correlate/match"
	"oomtrace/correlate/prose"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// answerNext says what became of the worker and of the container.
func answerNext(c *Case, s *sentences) {
	if c.R.Verdict == report.NoKill || c.R.Kind == "eviction" {
		return
	}
	stopped, e := find[event.WorkerStop](c, nil)
	if len(stopped) > 0 {
		b := stopped[0].Event.Body.(event.WorkerStop)
		s.say(e[:1], "The supervisor (%s) stopped the rest of its workers.", b.Framework)
	}
	started, e := find[event.WorkerStart](c, nil)
	if len(started) > 0 {
		b := started[0].Event.Body.(event.WorkerStart)
		s.say(e[:1], "The supervisor (%s) started a worker in its place%s.", b.Framework, pidText(b.PID))
	}
	c.nextUnit(s)
	c.nextContainer(s)
}

func (c *Case) nextContainer(s *sentences) {
	ended := c.containerEnd(s)
	if again, e := find(c, func(b event.TaskStart, _ *match.Item) bool { return true }); len(again) > 0 {
		after := ""
		if _, ok := c.fromKill(again[0].At); ok {
			after = ", " + c.distance(again[0].At) + " after the kill"
		}
		s.say(e[:1], "The container was started again%s.", after)
	} else if again, e := find(c, func(b event.PodLifecycle, _ *match.Item) bool { return b.Type == "ContainerStarted" }); len(again) > 0 {
		s.say(e[:1], "The container was started again, as the kubelet saw.")
	}
	if back, e := find[event.BackOff](c, nil); len(back) > 0 {
		s.say(e[:1], "The kubelet made it wait before a restart (CrashLoopBackOff).")
	}
	if !ended {
		c.nextInvisible(s)
	}
}

// containerEnd tells how the container ended, if it did.
func (c *Case) containerEnd(s *sentences) bool {
	ends, e := find(c, func(b event.TaskExit, _ *match.Item) bool {
		return b.ExitCode != event.NotPrinted && b.ExecID == "" && b.Container.ID == c.In.Who.ID
	})
	code := 0
	switch {
	case len(ends) > 0:
		code = ends[0].Event.Body.(event.TaskExit).ExitCode
	default:
		if ends, e = find(c, func(b event.PodLifecycle, _ *match.Item) bool {
			return b.Type == "ContainerDied" && b.ExitCode != event.NotPrinted
		}); len(ends) == 0 {
			return false
		}
		code = ends[0].Event.Body.(event.PodLifecycle).ExitCode
	}
	after := ""
	if d, ok := c.fromKill(ends[0].At); ok && d > 0 {
		after = " " + c.distance(ends[0].At) + " after the kill"
	}
	if c.stopped(ends[0]) {
		s.say(e[:1], "The container went on and was stopped later%s; its exit code, %d, tells nothing of the kill.", after, code)
		return true
	}
	s.say(e[:1], "The container ended%s with exit code %d%s.", after, code, c.codeMeaning(ends[0], code))
	return true
}

// stopped reports whether somebody decided to end the container between the kill
// and this end of it.
func (c *Case) stopped(end *match.Item) bool {
	stops, _ := find(c, func(_ event.StopContainer, it *match.Item) bool {
		return clock.Comparable(it.At, end.At) && !it.At.T.After(end.At.T.Add(end.At.Err))
	})
	return len(stops) > 0
}

// codeMeaning says what an exit code shows. 137 is the first process's own death
// only if that process was a victim: a shell ends so too when its child was killed.
func (c *Case) codeMeaning(end *match.Item, code int) string {
	pid := 0
	if b, ok := end.Event.Body.(event.TaskExit); ok {
		pid = b.PID
	}
	switch {
	case code == 137 && c.In.IsVictim(pid):
		return " (128+9): its first process was killed itself"
	case code == 137 && pid > 0 && c.In.Dump != nil:
		return " (128+9), though its first process was not the victim: a shell passes on its child's signal so"
	case code == 137:
		return " (128+9)"
	case c.In.Worker != nil && c.In.Dump != nil && c.In.Dump.GroupMemcg == "":
		return ": its first process outlived the victim and then ended by itself"
	}
	return ""
}

// nextInvisible says that nothing followed, where the pod's status shows it.
func (c *Case) nextInvisible(s *sentences) {
	items, e := c.statuses()
	for i, it := range items {
		b := it.Event.Body.(event.ContainerStatus)
		if b.Container.ID != "" && b.Container.ID == c.In.Who.ID && b.State == "running" && !c.ended() {
			s.say(e[i:i+1], "The container itself went on (restart count %d): the kill is invisible to whoever watches restarts.", b.RestartCount)
			return
		}
	}
}

// answerSure says what the confidence rests on.
func answerSure(c *Case, s *sentences) {
	switch c.R.Verdict {
	case report.Confirmed:
		if c.In.Dump != nil {
			s.say(c.first("killed"), "The kill is certain: the kernel itself recorded it.")
		} else if c.R.Kind == "eviction" {
			s.say(c.kill(), "The eviction is certain: the kubelet itself recorded it.")
		} else if by, items, e := c.daemon(); c.R.Kind == "userspace" && len(items) > 0 {
			s.say(e, "That %s acted is certain: it recorded it itself.", by)
		} else if c.R.Kind == "userspace" {
			s.say(e, "That %s acted is certain: systemd, which it tells, recorded it.", by)
		} else {
			s.say(c.kill(), "It stands on the word of one that is told of the OOM events of a cgroup, or counts its kills; not on the kernel's own. More than these logs say of it is in the kernel's log alone.")
		}
	case report.NoKill:
		s.say(c.kill(), "It is certain that memory ran out, and that nobody was killed: %s.", c.In.Why)
	default:
		s.say(c.kill(), "It is suspected, no more: %s.", c.In.Why)
	}
	if w := c.In.Worker; w != nil && c.In.Dump != nil {
		s.say(c.line(w.Item), "That the supervisor's line is about this kill is put at %d %%: %s.", int(w.Item.P*100+0.5), w.Basis)
	}
	c.sureOfPod(s)
	if c.In.Upper && !c.In.At.Ok() {
		s.say(c.kill(), "When the kill was is not in these logs.")
	} else if c.In.Upper {
		s.say(c.kill(), "When the kill was is not known but for its latest moment: %s.", c.R.Time.Stamp)
	} else if t := c.R.Time; t.Kill != nil && c.In.At.Err >= time.Millisecond && c.In.At.Basis != "" {
		s.say(c.kill(), "The time of the kill is known to within %s, by %s.", ago(c.In.At.Err), c.In.At.Basis)
	}
}

// summary is one sentence that can be pasted into a ticket.
func (c *Case) summary() string {
	where := c.where()
	when := ""
	if t := c.R.Time.Kill; t != nil {
		when = " at " + t.String()
	}
	v := c.victim()
	switch {
	case c.R.Kind == "userspace":
		return c.summaryUserspace(where, when)
	case v == nil && len(c.R.Victims) > 0:
		return fmt.Sprintf("The kernel killed %s%s%s, as the kubelet read in its log.", process(c.R.Victims[0].Comm, c.R.Victims[0].PID), in(where), when)
	case c.In.Dump != nil && c.In.Dump.Panic != "":
		return fmt.Sprintf("The kernel panicked for want of memory%s; no process was killed.", when)
	case c.R.Kind == "eviction":
		return fmt.Sprintf("The kubelet evicted pod %s%s for want of memory on the node; no OOM kill.", where, when)
	case v != nil:
		others := ""
		if n := len(c.In.Dump.Victims); n > 1 {
			others = " and " + plural(n-1, "more process", "more processes")
		}
		return fmt.Sprintf("The kernel killed %s%s%s%s%s.", process(v.Comm, v.PID), others, in(where), when, c.because())
	case c.R.Verdict == report.NoKill:
		return fmt.Sprintf("Memory ran out%s%s%s, and nobody was killed: %s.", in(where), when, c.because(), c.In.Why)
	case c.R.Verdict == report.Confirmed:
		return fmt.Sprintf("A process was OOM-killed%s%s; no kernel log here names it.", in(where), when)
	}
	return fmt.Sprintf("An OOM kill is suspected%s%s: %s.", in(where), when, c.In.Why)
}

func in(where string) string {
	if where == "" {
		return ""
	}
	return " in " + where
}

// where names the place of the kill as a person would.
func (c *Case) where() string {
	w := c.In.Who
	pod := strings.TrimPrefix(w.Namespace+"/"+w.Pod, "/") // a table of one namespace does not name it
	sure := ""
	if c.In.Named != nil {
		sure = " (inferred)"
	}
	switch {
	case w.Pod != "" && w.Name != "":
		return pod + ", container " + w.Name + sure
	case w.Pod != "":
		return pod + sure
	case c.R.Unit != nil:
		return *c.R.Unit
	case w.PodUID != "":
		return "pod " + w.PodUID
	case w.ID != "" && w.Name != "":
		return "container " + w.Name + " (" + short(w.ID) + ")"
	case w.ID != "":
		return "container " + short(w.ID)
	case c.R.Kind == "userspace":
		return c.In.Place.Path
	}
	return ""
}

func (c *Case) because() string {
	d := c.In.Dump
	switch m := d.Memory.Memory; {
	case d.SysRq:
		return ", asked for by SysRq-f"
	case c.R.Kind == "memcg" && bySwap(&d.Memory):
		return fmt.Sprintf(": %s of memory and swap in use, all of its limit", prose.Size(d.Memory.Memsw.UsageKB))
	case c.R.Kind == "memcg" && m.Printed && !Unlimited(m.LimitKB):
		return fmt.Sprintf(": %s of %s in use", prose.Size(m.UsageKB), prose.Size(m.LimitKB))
	case c.R.Kind == "memcg":
		return ": its cgroup's memory limit was reached"
	case c.R.Kind == "global" && (c.R.Constraint != "" || d.Node.PagesRAM > 0 || len(d.Node.Zones) > 0):
		return ": the machine ran out of memory"
	case c.R.Kind == "global":
		return ", for no cgroup's limit"
	case c.R.Kind == "cpuset" || c.R.Kind == "mempolicy":
		return ": the allowed memory nodes ran out"
	}
	return ""
}
