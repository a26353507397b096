package explain

import (
	"fmt"
	"strings"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/correlate/match"
	"oomtrace/parsers/event"
)

// answerOrder tells what happened, in order: the kernel's own steps by its own
// clock, then what the others said, each with its distance from the kill.
func answerOrder(c *Case, s *sentences) {
	c.orderKernel(s)
	said := 0
	for _, it := range c.In.Items {
		if said == maxOrder {
			break
		}
		if text := c.orderItem(it); text != "" {
			s.say(c.line(it), "%s.", capital(text))
			said++
		}
	}
	if !c.In.At.Known && c.In.At.Ok() && len(*s) > 0 {
		s.say(c.kill(), "Nothing in the logs ties these clocks to a date, so the order is told and the time is not.")
	}
}

// maxOrder is how many lines beside the kernel's are told one by one.
const maxOrder = 8

func (c *Case) orderKernel(s *sentences) {
	var parts []string
	var evidence []int
	named := map[int]bool{}
	for i := range c.In.Steps {
		st := &c.In.Steps[i]
		text := c.stepText(st)
		if st.What == "killed" {
			if named[st.PID] {
				continue // the kernel names the first victim of a group again
			}
			named[st.PID] = true
		}
		if text == "" || len(parts) == 6 {
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
		return name(d.Trigger.Comm) + " ran into the OOM killer"
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
	return m.T.Sub(c.In.At.T), true
}

func signed(d time.Duration) string {
	if d < 0 {
		return ago(d) + " before the kill"
	}
	return "+" + ago(d)
}

// orderItem tells one event as a clause, "" for those that need not be told.
func (c *Case) orderItem(it *match.Item) string {
	text := c.itemText(it)
	d, ok := c.fromKill(it.At)
	switch {
	case text == "":
		return ""
	case it.At.Lower:
		return text + ", in a line that bears no time of its own"
	case !ok:
		return text + ", at a time that cannot be compared"
	case d < 0 && c.R.Kind != "eviction" && -d <= it.At.Err+c.In.At.Err+2*time.Second:
		return "at about the time of the kill " + text
	case d < 0:
		return fmt.Sprintf("%s before the %s %s", ago(d), c.noun(), text)
	case d == 0:
		return text
	}
	return fmt.Sprintf("%s after the %s %s", ago(d), c.noun(), text)
}

// noun is what the incident is about.
func (c *Case) noun() string {
	switch {
	case c.R.Kind == "eviction":
		return "eviction"
	case c.In.Dump == nil:
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
		if b.Container.ID != c.In.Who.ID && c.In.Who.ID != "" {
			return actor + " reported an OOM event of the pod's sandbox"
		}
		return actor + " reported an OOM event of the container"
	case event.TaskExit:
		if b.ExitCode == event.NotPrinted {
			return actor + " lost the container's shim, as it does at each end"
		}
		return fmt.Sprintf("%s saw the container end with code %d", actor, b.ExitCode)
	case event.PodLifecycle:
		if b.Type == "ContainerDied" {
			if b.ExitCode != event.NotPrinted {
				return fmt.Sprintf("the kubelet found the container dead (exit code %d)", b.ExitCode)
			}
			return "the kubelet found the container dead"
		}
		return "the kubelet found the container started again"
	case event.KubeletOOM:
		return "the kubelet told of an OOM kill that it had read of"
	case event.WorkerExit:
		if b.Weak {
			return b.Framework + " noticed that a worker was gone"
		}
		return fmt.Sprintf("%s told of the death of its worker%s", b.Framework, workerName(b))
	case event.WorkerStart:
		return fmt.Sprintf("%s started a worker%s", b.Framework, pidText(b.PID))
	case event.WorkerStop:
		return b.Framework + " began to stop"
	case event.TaskStart:
		return actor + " started the container again"
	case event.Eviction:
		return evictionSteps[b.Step]
	}
	return ""
}

func workerName(b event.WorkerExit) string {
	if b.Name != "" {
		return " " + name(b.Name)
	}
	return pidText(b.PID)
}

func pidText(pid int) string {
	if pid == 0 {
		return ""
	}
	return fmt.Sprintf(", pid %d in its eyes", pid)
}
