package explain

import "oomtrace/parsers/event"

// startText says what runc or crun told of a start.
func startText(b event.StartOOM) string {
	switch {
	case b.Exec:
		return b.By + " told that somebody in the container was OOM-killed while it started a process there"
	case b.Counted:
		return b.By + " told that a process was OOM-killed while it started the container"
	}
	return b.By + " told that the container's limit was hit while it started the container"
}

// started returns what runc or crun told, and where.
func (c *Case) started() (b event.StartOOM, evidence []int) {
	items, evidence := find[event.StartOOM](c, nil)
	if len(items) == 0 {
		return b, nil
	}
	return items[0].Event.Body.(event.StartOOM), evidence
}

// whoStart tells what runc's word is worth where the kernel's is missing.
func (c *Case) whoStart(s *sentences) bool {
	b, evidence := c.started()
	switch {
	case !b.Counted:
		return false
	case b.Exec:
		s.say(evidence, "Yes: runc compared the kernel's count of kills in the container's cgroup (oom_kill) before and after it started a process there, and it had grown. Whether it was that process runc does not know.")
	default:
		s.say(evidence, "Yes: runc could not start the container's first process, and read the kernel's count of kills in its cgroup (oom_kill), which was not 0. The program of the image had not begun to run, so that it was runc's own process there, as a rule (runc:[2:INIT]). That the limit is too low is runc's guess: it may be a limit above the container's, or memory that something else holds in it.")
	}
	s.say(evidence, "No line of the kernel's that can be tied to it is in these logs, so whom it killed and whose limit it was they do not say.")
	return true
}

// noticedStart tells of runc or crun as witnesses.
func (c *Case) noticedStart(s *sentences) {
	b, evidence := c.started()
	switch {
	case len(evidence) == 0:
	case b.Counted:
		s.say(evidence, "%s, which starts containers and processes in them: it reads the kernel's count of kills in the container's cgroup where a start fails, and says so once, in its error. Who called it repeats that.", b.By)
	default:
		s.say(evidence, "%s, which starts containers: where a start fails it looks whether the cgroup's limit was hit. That is no count of kills on cgroup v2.", b.By)
	}
}

// adviseStart: what a container needs before its program runs.
func adviseStart(c *Case) (string, []int) {
	b, evidence := c.started()
	if len(evidence) == 0 || b.Exec {
		return "", nil
	}
	return "Raise the container's memory limit if it is only a few MiB: starting a container takes some memory of its cgroup before the program runs. If it is larger, look at what was charged to the cgroups above or is left in a volume in memory (emptyDir of medium Memory, tmpfs): it is there before the start.", evidence
}
