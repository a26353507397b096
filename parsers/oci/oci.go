// Package oci knows what runc and crun say where a process of a container could not
// be started because memory ran out. They print it once, as an error; who called
// them repeats it: containerd, CRI-O, dockerd and its command line, podman, the
// kubelet in its log, in events and in a pod's status.
//
// In comes a text that holds such an error, wrapped by anybody; out comes an
// event.StartOOM with the container that the caller knows. Where the text stands,
// and whose it is, is the caller's business.
package oci

import (
	"bytes"

	"oomtrace/parsers/event"
)

// words are how the errors are known, and what each proves.
//
// runc, from 1.0.0-rc94 on, reads the count of the OOM killer's kills in the
// container's cgroup (oom_kill of memory.events, on cgroup v1 of
// memory.oom_control) when the first process could not be started. The cgroup was
// made for that start, so that a count above 0 is a kill during it. Of an exec it
// compares the counts before and after: somebody in the container was killed, and
// it need not be the new process. Whose limit was hit it does not look at:
// "memory limit too low?" is its guess. Source: libcontainer/process_linux.go,
// initProcess.start, setnsProcess.start.
//
// crun, from 0.19 on, reads the count of allocations that the limit was about to
// fail (oom of memory.events) on cgroup v2, and that of kills on v1, and does not
// say which: a suspicion. Without "OOM:" it guesses from the configured limit
// alone, which proves nothing. Source: src/libcrun/container.c, cleanup_watch;
// cgroup.c, libcrun_cgroup_has_oom.
var words = []struct {
	text string
	oom  event.StartOOM
}{
	{"container init was OOM-killed", event.StartOOM{By: "runc", Counted: true}},
	{"possibly OOM-killed", event.StartOOM{By: "runc", Counted: true, Exec: true}},
	{"OOM: the memory limit could be too low", event.StartOOM{By: "crun"}},
}

// Read returns what a text says of the start of a process in c.
func Read(text []byte, c event.Container) (b event.StartOOM, ok bool) {
	for _, w := range words {
		if bytes.Contains(text, []byte(w.text)) {
			b = w.oom
			b.Container = c
			return b, true
		}
	}
	return b, false
}
