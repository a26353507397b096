package runtime

import (
	"bytes"
	"strings"

	"oomtrace/parsers/event"
)

const crio = "cri-o"

// description adds the names in namespace/pod/container.
func description(c event.Container, s string) event.Container {
	ns, rest, ok := strings.Cut(s, "/")
	pod, name, ok2 := strings.Cut(rest, "/")
	if ok && ok2 {
		c.Namespace, c.Pod, c.Name = ns, pod, name
	}
	return c
}

// crioStarted reads that a container runs; PID is the host's, of its first
// process.
//
//	Started container <id>: ns/pod/c                                                     1.18 to 1.21
//	msg="Started container" PID=14607 containerID=<id> description=ns/pod/c sandboxID=<id>   from 1.22
//
// Source: CRI-O, server/container_start.go.
func crioStarted(m message) event.Body {
	if string(m.text) == "Started container" {
		c := description(container(crio, m.Str("containerID")), m.Str("description"))
		c.SandboxID = m.Str("sandboxID")
		pid, _ := number(m.Str("PID"))
		if c.ID == "" {
			return nil
		}
		return event.TaskStart{Container: c, PID: max(pid, 0)}
	}
	if c, ok := crioNamed(m.words(), "Started container "); ok {
		return event.TaskStart{Container: c}
	}
	return nil
}

// crioCreated reads the line that ties a container's id to its names:
//
//	Created container <id>: ns/pod/c          from 1.18
//
// Source: CRI-O, server/container_create.go.
func crioCreated(m message) event.Body {
	c, ok := crioNamed(m.words(), "Created container ")
	if !ok {
		return nil
	}
	return event.Identity{Container: c}
}

func crioNamed(words, begins string) (event.Container, bool) {
	id, names, ok := strings.Cut(strings.TrimPrefix(words, begins), ": ")
	return description(container(crio, id), names), ok && isID(id)
}

// crioStopping reads that somebody asks for a container's end:
//
//	Stopping container: <id> (timeout: 30s)       from 1.18, there without the time
//
// Source: CRI-O, server/container_stop.go.
func crioStopping(m message) event.Body {
	id, rest, _ := strings.Cut(strings.TrimPrefix(m.words(), "Stopping container: "), " ")
	if !isID(id) {
		return nil
	}
	b := stop(container(crio, id), "the runtime was asked to stop it")
	seconds, ok := strings.CutSuffix(strings.TrimPrefix(rest, "(timeout: "), "s)")
	if n, isNumber := number(seconds); ok && isNumber && n >= 0 {
		b.Grace, b.Kill = n, n == 0
	}
	return b
}

// crioSandbox reads the line that ties a sandbox's id to its pod:
//
//	Ran pod sandbox <id> with infra container: ns/pod/POD      from 1.18
//
// Source: CRI-O, server/sandbox_run_linux.go.
func crioSandbox(m message) event.Body {
	id, names, ok := strings.Cut(strings.TrimPrefix(m.words(), "Ran pod sandbox "), " with infra container: ")
	if !ok || !isID(id) {
		return nil
	}
	c := description(container(crio, ""), names)
	c.SandboxID, c.Name = id, ""
	return event.Identity{Container: c}
}

// conmonOOM reads conmon's line about an OOM event of its container's cgroup:
//
//	conmon 5d1f0c7d2a9e4b6f8c3a <ninfo>: OOM received       syslog, journal
//	[conmon:i]: OOM received                                its stderr
//
// conmon prints 20 digits of the id; the whole one is in the name of its scope.
// Source: conmon, src/oom.c, src/cgroup.c.
func conmonOOM(rec *event.Record, at int) event.Body {
	c, ok := conmonContainer(rec, at)
	if !ok || string(rec.Msg[at:]) != ": OOM received" {
		return nil
	}
	return event.TaskOOM{Container: c}
}

// conmonExit reads the line about the end of a container's first process, which
// is printed where the status is not 0; a signal is 128 and its number.
//
//	conmon 5d1f0c7d2a9e4b6f8c3a <ninfo>: container 14607 exited with status 137
//
// Source: conmon, src/ctr_exit.c.
func conmonExit(rec *event.Record, at int) event.Body {
	mark := bytes.LastIndex(rec.Msg[:at], []byte(": container "))
	if mark < 0 {
		return nil
	}
	c, ok := conmonContainer(rec, mark)
	pid, ok2 := number(string(rec.Msg[mark+len(": container ") : at]))
	code, ok3 := number(string(rec.Msg[at+len(" exited with status "):]))
	if !ok || !ok2 || !ok3 {
		return nil
	}
	return event.TaskExit{Container: c, PID: max(pid, 0), ExitCode: code}
}

// conmonContainer reads conmon's head, which ends at end. The runtime is not
// known: conmon serves CRI-O and podman.
func conmonContainer(rec *event.Record, end int) (event.Container, bool) {
	head := string(rec.Msg[:end])
	c := container("", idIn(rec.Unit))
	if head == "[conmon:i]" || head == "[conmon:w]" {
		return c, true
	}
	id, level, ok := strings.Cut(strings.TrimPrefix(head, "conmon "), " ")
	if !ok || !isHex(id) || !strings.HasPrefix(level, "<n") {
		return c, false
	}
	if !strings.HasPrefix(c.ID, id) {
		c.ID = id
	}
	return c, true
}

// idIn returns the 64 hex digits in the name of a scope, "" if there are none:
// crio-conmon-<id>.scope, libpod-conmon-<id>.scope.
func idIn(unit string) string {
	unit = strings.TrimSuffix(unit, ".scope")
	if id := unit[strings.LastIndexByte(unit, '-')+1:]; isID(id) {
		return id
	}
	return ""
}
