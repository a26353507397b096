package explain

import (
	"fmt"
	"slices"

	"oomtrace/correlate/match"
	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// recordOf names the record that a status is from.
func recordOf(b event.ContainerStatus) string {
	switch b.By {
	case "":
		return "the pod's status"
	case "crictl":
		return "the runtime's record of the container (crictl)"
	}
	return b.By + "'s record of the container"
}

// saysOOMKilled reports whether a status counts an OOM kill.
func saysOOMKilled(b event.ContainerStatus) bool {
	return b.OOMKilled || slices.ContainsFunc(b.Ended, func(t event.Terminated) bool { return t.Reason == "OOMKilled" })
}

// noticedRecords tells what docker, podman or a runtime hold of the container.
func (c *Case) noticedRecords(s *sentences) {
	items, evidence := c.statuses()
	for i, it := range items {
		if b := it.Event.Body.(event.ContainerStatus); b.By != "" {
			s.say(evidence[i:i+1], "%s%s.", capital(recordOf(b)), c.record(it, b))
			return
		}
	}
}

// record is what a record says, behind its name. Podman never takes OOMKilled back
// (libpod/container_internal.go, handleExitFile), docker does at each start.
func (c *Case) record(it *match.Item, b event.ContainerStatus) string {
	if b.OOMKilled {
		return " says OOMKilled of a container that runs: an OOM event came for its cgroup in this run, and its first process lives on"
	}
	if len(b.Ended) == 0 {
		return fmt.Sprintf(", as it was when it was read, says nothing of it: the container is %s", prose.Name(b.State))
	}
	t := b.Ended[len(b.Ended)-1]
	code := ""
	if t.ExitCode != event.NotPrinted {
		code = fmt.Sprintf(", exit code %d", t.ExitCode)
	}
	switch killed := t.Reason == "OOMKilled"; {
	case killed && b.By == "podman" && t.ExitCode != 137:
		return ": OOMKilled" + code + ". podman never takes that word back, so that it can be of an earlier run than the last one"
	case killed && t.ExitCode != 137 && code != "":
		return ": OOMKilled" + code + ". The word is set for an OOM event of the cgroup; the code is that of the container's first process, which need not be the victim"
	case killed:
		return ": OOMKilled" + code
	case t.ExitCode == 137:
		return " has exit code 137, and not OOMKilled: no OOM event of the container's cgroup had reached the runtime when the end was recorded"
	}
	return " has no word of it" + code
}
