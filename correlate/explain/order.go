package explain

import (
	"fmt"
	"strings"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/correlate/match"
	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// answerOrder tells what happened, in order: the kernel's own steps by its own
// clock, then what the others said, each with its distance from the kill.
func answerOrder(c *Case, s *sentences) {
	c.orderKernel(s)
	for _, g := range c.told() {
		s.say(g.evidence, "%s.", capital(g.text))
	}
	if !c.In.At.Known && c.In.At.Ok() && len(*s) > 0 {
		s.say(c.kill(), "Nothing in the logs ties these clocks to a date, so the order is told and the time is not.")
	}
}

// A telling is what one event, or several alike in a row, are told as.
type telling struct {
	text     string
	what     string // without its distance from the kill
	evidence []int
}

// told returns what is told beside the kernel's lines, in order. Lines that say
// the same one after the other are told once.
func (c *Case) told() []telling {
	var out []telling
	for _, it := range c.In.Items {
		what := c.itemText(it)
		if what == "" {
			continue
		}
		if n := len(out); n > 0 && out[n-1].what == what {
			out[n-1].evidence = append(out[n-1].evidence, c.line(it)...)
			continue
		}
		if len(out) == maxOrder {
			break
		}
		out = append(out, telling{c.orderItem(it, what), what, c.line(it)})
	}
	return out
}

// maxOrder is how many lines beside the kernel's are told one by one.
const maxOrder = 8

// maxSteps is how many of the kernel's steps are told one by one.
const maxSteps = 6

func (c *Case) orderKernel(s *sentences) {
	var parts []string
	var evidence []int
	named, more := map[int]bool{}, 0
	for i := range c.In.Steps {
		st := &c.In.Steps[i]
		text := c.stepText(st)
		if st.What == "killed" {
			if named[st.PID] {
				continue // the kernel names the first victim of a group again
			}
			named[st.PID] = true
		}
		if text == "" {
			continue
		}
		if len(parts) == maxSteps {
			if evidence = append(evidence, c.steps[st.What]...); st.What == "killed" {
				more++
			}
			continue
		}
		if d, ok := c.fromKill(st.At); ok && len(parts) > 0 && st.What != "killed" && d.Abs() >= 10*time.Microsecond {
			text += " (" + signed(d) + ")"
		}
		parts = append(parts, text)
		evidence = append(evidence, c.steps[st.What]...)
	}
	if len(parts) == 0 {
		return
	}
	if more > 0 {
		parts = append(parts, fmt.Sprintf("it killed %d more", more))
	}
	lead := ""
	if t := c.R.Time.Kill; t != nil {
		lead = "At " + t.String()
		if e := c.In.At.Err; e >= time.Millisecond {
			lead += fmt.Sprintf(" (give or take %s)", ago(e))
		}
		lead += ", by the kernel's lines: "
	} else {
		lead = "By the kernel's lines: "
	}
	s.say(evidence, "%s%s.", lead, strings.Join(parts, "; "))
}

func (c *Case) stepText(st *match.Step) string {
	d := c.In.Dump
	switch st.What {
	case "invoked":
		return "an allocation of " + prose.Name(d.Trigger.Comm) + " invoked the OOM killer"
	case "chosen":
		return "the kernel chose " + process(d.Chosen.Comm, d.Chosen.PID)
	case "killed":
		for i := range d.Victims {
			if v := &d.Victims[i]; v.PID == st.PID {
				return "it killed " + process(v.Comm, v.PID)
			}
		}
	case "group":
		return "it went on to kill the whole cgroup (memory.oom.group)"
	case "no-killable":
		return "it found nobody that it may kill"
	case "panic":
		return "it panicked"
	case "exiting":
		if len(d.Victims) == 0 {
			return fmt.Sprintf("pid %d was already exiting, and was left to it", st.PID)
		}
	case "reaped":
		return fmt.Sprintf("its reaper took back the memory of pid %d", st.PID)
	}
	return ""
}

// fromKill returns how long after the kill a moment was, if that can be told.
func (c *Case) fromKill(m clock.Moment) (time.Duration, bool) {
	if !clock.Comparable(m, c.In.At) || m.Lower {
		return 0, false
	}
	return clock.Between(c.In.At, m), true
}

// distance writes how far from the kill a moment was.
func (c *Case) distance(m clock.Moment) string {
	return roughly(clock.Between(c.In.At, m), m.Err+c.In.At.Err)
}

func signed(d time.Duration) string {
	if d < 0 {
		return ago(d) + " before the kill"
	}
	return "+" + ago(d)
}

// orderItem puts what an event says at its distance from the kill.
func (c *Case) orderItem(it *match.Item, text string) string {
	d, ok := c.fromKill(it.At)
	switch {
	case it.At.Lower:
		return text + ", in a line that bears no time of its own"
	case !ok:
		return text + ", at a time that cannot be compared"
	case d < 0 && c.R.Kind != "eviction" && -d <= it.At.Err+c.In.At.Err+2*time.Second:
		return "at about the time of the kill " + text
	case d < 0:
		return fmt.Sprintf("%s before the %s %s", c.distance(it.At), c.noun(), text)
	case d == 0:
		return text
	}
	return fmt.Sprintf("%s after the %s %s", c.distance(it.At), c.noun(), text)
}

// noun is what the incident is about.
func (c *Case) noun() string {
	switch {
	case c.R.Kind == "eviction":
		return "eviction"
	case c.R.Kind == "userspace" && c.asksFirst():
		return "first signal"
	case c.In.Dump == nil && c.R.Kind != "userspace":
		return "first sign"
	}
	return "kill"
}

// evictionSteps are the steps of the eviction manager as clauses.
var evictionSteps = map[string]string{
	"attempting": "the kubelet began to look for memory to reclaim",
	"evicting":   "it decided that pods must go",
	"ranked":     "it ranked the pods, the next victim first",
	"evicted":    "the pod was evicted",
	"refused":    "it could not evict a critical pod",
}

func (c *Case) itemText(it *match.Item) string {
	_, actor, _ := Describe(it.Event)
	switch b := it.Event.Body.(type) {
	case event.TaskOOM:
		switch {
		case c.Who.IsSandbox(b.Container.ID):
			return actor + " reported an OOM event of the pod's sandbox"
		case c.In.Who.ID != "" && b.Container.ID != c.In.Who.ID:
			return actor + " reported an OOM event of another container of the pod"
		}
		return actor + " reported an OOM event of the container"
	case event.StartOOM:
		return startText(b)
	case event.TaskExit:
		if c.Who.IsSandbox(b.Container.ID) {
			return ""
		}
		if b.ExitCode == event.NotPrinted {
			return actor + " told of the container's end, without its exit code"
		}
		return fmt.Sprintf("%s saw the container end with code %d", actor, b.ExitCode)
	case event.PodLifecycle:
		if b.Type == "ContainerDied" {
			return "the kubelet found the container dead"
		}
		return "the kubelet found the container started again"
	case event.KubeletOOM:
		if c.repeats(it) {
			return "the kubelet, started again since, logged it once more"
		}
		return "the kubelet logged the kill, as read from the kernel's log"
	case event.WorkerExit:
		if b.Weak {
			return b.Framework + " noticed that a worker was gone"
		}
		return fmt.Sprintf("%s logged that its worker%s died", b.Framework, workerName(b))
	case event.WorkerStart:
		return fmt.Sprintf("%s started a worker%s", b.Framework, pidText(b.PID))
	case event.WorkerStop:
		return b.Framework + " began to stop"
	case event.TaskStart:
		return actor + " started the container again"
	case event.UserspaceKill:
		return daemonText(b)
	case event.UnitOOM:
		switch {
		case b.Result:
			return "systemd gave " + b.Unit + " the result oom-kill"
		case b.By != "":
			return "systemd told that " + b.By + " had killed in " + c.unitName(b.Unit)
		}
		return "systemd told of a kill in " + c.unitName(b.Unit)
	case event.UnitExit:
		return "systemd saw the " + b.Process + " process of " + b.Unit + " end"
	case event.UnitStop:
		return "systemd went on: " + b.Why
	case event.Eviction:
		if it.Event.Speaker == "kubernetes" {
			return "" // the record of it, whose stamp is when it was written
		}
		return evictionSteps[b.Step]
	}
	return ""
}

// daemonText says what a daemon in userspace did.
func daemonText(b event.UserspaceKill) string {
	whom := b.Memcg
	if b.PID > 0 {
		whom = process(b.Comm, b.PID)
	}
	switch {
	case b.Intended:
		return b.By + " marked " + whom + " for killing"
	case b.Signal == 15:
		return b.By + " sent SIGTERM to " + whom
	case b.PID > 0 && b.Signal == 9:
		return b.By + " sent SIGKILL to " + whom
	}
	return b.By + " killed " + whom
}

// repeats reports whether a kubelet's line about the kill is one of those that
// it writes anew at each start: it began to run after the kill.
func (c *Case) repeats(it *match.Item) bool {
	for _, start := range c.Facts.Kubelets {
		if start.Log != it.Log || !clock.Comparable(start.At, it.At) || start.At.T.After(it.At.T) {
			continue
		}
		if d, ok := c.fromKill(start.At); ok && d > c.In.At.Err {
			return true
		}
	}
	d, ok := c.fromKill(it.At)
	return ok && d > replayAfter
}

// replayAfter is later than the kubelet ever tells of a kill for the first time.
const replayAfter = 20 * time.Second

func workerName(b event.WorkerExit) string {
	if b.Name != "" {
		return " " + prose.Name(b.Name)
	}
	return pidText(b.PID)
}

func pidText(pid int) string {
	if pid == 0 {
		return ""
	}
	return fmt.Sprintf(" (its pid %d)", pid)
}
