package runtime

import (
	"strconv"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

const containerd = "containerd"

// field returns the value of a field of a protobuf message in a log line,
// whether gogo's Go syntax or protobuf text has been printed. A name is tried
// in both spellings; ok says that the field is there.
//
//	&TaskExit{ContainerID:<id>,ID:<id>,Pid:14607,ExitStatus:1,ExitedAt:2026-11-23 09:01:45.57 +0000 UTC,XXX_unrecognized:[],}
//	container_id:"<id>"  id:"<id>"  pid:9333  exit_status:137  exited_at:{seconds:1795442570  nanos:53022275}
func field(s, goName, textName string) (string, bool) {
	if _, in, ok := strings.Cut(s, "{"); ok {
		if v, ok := after(in, goName); ok {
			v, _, _ = strings.Cut(v, ",")
			return strings.TrimSuffix(v, "}"), true
		}
	}
	return textField(s, textName)
}

// textField returns the value of a field in protobuf text.
func textField(s, name string) (string, bool) {
	v, ok := after(s, name)
	if !ok {
		return "", false
	}
	if strings.HasPrefix(v, `"`) {
		in, _ := quoted(v)
		return in, true
	}
	if end := strings.IndexAny(v, " }"); end >= 0 {
		v = v[:end]
	}
	return v, true
}

// after returns what stands behind "name:" in s, where name is not the end of a
// longer one.
func after(s, name string) (string, bool) {
	for {
		before, rest, ok := strings.Cut(s, name+":")
		if !ok {
			return "", false
		}
		if before == "" || strings.ContainsAny(before[len(before)-1:], " ,{") {
			return rest, true
		}
		s = rest
	}
}

// starting reads the first line of a containerd that starts:
//
//	msg="starting containerd" revision=3a4de459a68952ffb703bbe7f2290861a75b6b67 version=1.7.24
//
// Source: containerd, cmd/containerd/command/main.go.
func starting(m message) event.Body {
	version := m.Str("version")
	if version == "" || len(version) > maxVersion {
		return nil
	}
	return event.ProgramStart{Program: containerd, Version: version}
}

// maxVersion is what a version has at most.
const maxVersion = 100

// taskOOM reads containerd's word that a cgroup counted an OOM event:
//
//	TaskOOM event &TaskOOM{ContainerID:<id>,XXX_unrecognized:[],}    1.2 to 1.6
//	TaskOOM event container_id:"<id>"                                from 1.7
//
// Source: containerd, pkg/cri (internal/cri from 2.0), events.go.
func taskOOM(m message) event.Body {
	id, _ := field(m.words(), "ContainerID", "container_id")
	if id == "" {
		return nil
	}
	return event.TaskOOM{Container: container(containerd, id)}
}

// taskExit reads that a process of a container ended:
//
//	Received exit event &TaskExit{...}                                   1.2 to 1.4, at debug
//	received exit event &TaskExit{...}                                   1.5, 1.6: from 1.6.37 at info
//	received exit event container_id:"<id>"  id:"<id>"  pid:9333 ...     1.7: from 1.7.24 at info
//	received container exit event container_id:"<id>" ...                from 2.0.8; "received sandbox container exit event" too
//	TaskExit event ...                                                   when the first handling failed
//
// pid is the host's. Protobuf text leaves out what is 0, an exit status too.
// Source: containerd, pkg/cri (internal/cri from 2.0), events.go.
func taskExit(m message) event.Body {
	_, s, _ := strings.Cut(m.words(), "xit event ")
	id, _ := field(s, "ContainerID", "container_id")
	if id == "" {
		return nil
	}
	b := event.TaskExit{Container: container(containerd, id), ExitCode: event.NotPrinted}
	if exec, _ := field(s, "ID", "id"); exec != id {
		b.ExecID = exec
	}
	pid, _ := field(s, "Pid", "pid")
	b.PID, _ = number(pid)
	b.At = exitedAt(s)
	status, printed := field(s, "ExitStatus", "exit_status")
	if code, ok := number(status); ok {
		b.ExitCode = code
	} else if !printed && strings.Contains(s, "exited_at:") {
		b.ExitCode = 0
	}
	return b
}

// exitedAt reads the time in a TaskExit, zero if there is none.
func exitedAt(s string) time.Time {
	if at, ok := after(s, "ExitedAt"); ok {
		at, _, _ = strings.Cut(at, " UTC")
		t, err := time.Parse("2006-01-02 15:04:05.999999999 -0700", at)
		if err != nil {
			return time.Time{}
		}
		return t.UTC()
	}
	_, at, ok := strings.Cut(s, "exited_at:{")
	if !ok {
		return time.Time{}
	}
	seconds, _ := textField(at, "seconds")
	nanos, _ := textField(at, "nanos")
	sec, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || sec < 0 || sec > maxUnix {
		return time.Time{}
	}
	ns, _ := strconv.ParseInt(nanos, 10, 32)
	return time.Unix(sec, ns).UTC()
}

// maxUnix is the last second of the year 9999: what lies behind it cannot be
// written as RFC 3339.
const maxUnix = 253402300799

// shimGone reads that the process which watches a container, or a sandbox, is
// gone. It comes with every normal end as well.
//
//	msg="shim disconnected" id=<id>      1.3 on
//	msg="shim reaped" id=<id>            runtime v1, 1.2 to 1.6
func shimGone(m message) event.Body {
	id := m.Str("id")
	if !isID(id) {
		return nil
	}
	return event.TaskExit{Container: container(containerd, id), ExitCode: event.NotPrinted}
}

// createContainer reads the line that ties a container's id to its sandbox, its
// name in the pod and the attempt:
//
//	CreateContainer within sandbox "<id>" for &ContainerMetadata{Name:worker,Attempt:0,} returns container id "<id>"
//
// Source: containerd, pkg/cri (internal/cri from 2.0), instrument/instrumented_service.go.
func createContainer(m message) event.Body {
	words := m.words()
	sandbox, rest := quoted(words)
	c := container(containerd, lastQuoted(words))
	c.SandboxID = sandbox
	c.Name, _ = field(rest, "Name", "name")
	c.Restart = attempt(rest)
	return event.Identity{Container: c}
}

// attempt returns how often the container was created before.
func attempt(metadata string) int {
	s, printed := field(metadata, "Attempt", "attempt")
	n, ok := number(s)
	switch {
	case ok && n >= 0:
		return n
	case printed:
		return -1
	}
	return 0 // protobuf text leaves it out
}

// runPodSandbox reads the line that ties a sandbox's id to its pod:
//
//	RunPodSandbox for &PodSandboxMetadata{Name:p,Uid:uid,Namespace:ns,Attempt:0,} returns sandbox id "<id>"
//
// To 1.5 it begins with RunPodsandbox.
func runPodSandbox(m message) event.Body {
	words := m.words()
	c := container(containerd, "")
	c.SandboxID = lastQuoted(words)
	c.Pod, _ = field(words, "Name", "name")
	c.PodUID, _ = field(words, "Uid", "uid")
	c.Namespace, _ = field(words, "Namespace", "namespace")
	return event.Identity{Container: c}
}

// startContainer reads that a container runs:
//
//	StartContainer for "<id>" returns successfully
func startContainer(m message) event.Body {
	id, rest := quoted(m.words())
	if rest != " returns successfully" {
		return nil
	}
	return event.TaskStart{Container: container(containerd, id)}
}

// stopContainer reads that somebody, the kubelet as a rule, asks for a
// container's end; SIGKILL follows when the time is over.
//
//	StopContainer for "<id>" with timeout 30 (s)
func stopContainer(m message) event.Body {
	id, rest := quoted(m.words())
	seconds, _, _ := strings.Cut(strings.TrimPrefix(rest, " with timeout "), " ")
	b := stop(container(containerd, id), "the runtime was asked to stop it")
	if n, ok := number(seconds); ok && n >= 0 {
		b.Grace, b.Kill = n, n == 0
	}
	return b
}

// stopSignal reads that the runtime asks for the end by a signal:
//
//	Stop container "<id>" with signal terminated
func stopSignal(m message) event.Body {
	id, rest := quoted(m.words())
	signal := strings.TrimPrefix(rest, " with signal ")
	b := stop(container(containerd, id), "the runtime sent it the signal "+signal)
	b.Kill = signal == "killed"
	return b
}

// killContainer reads that the runtime sends SIGKILL, because the time was over
// or there was none:
//
//	Kill container "<id>"
func killContainer(m message) event.Body {
	id, rest := quoted(m.words())
	if id == "" || rest != "" {
		return nil
	}
	b := stop(container(containerd, id), "the runtime sent it SIGKILL")
	b.Kill = true
	return b
}

func stop(c event.Container, why string) event.StopContainer {
	return event.StopContainer{Container: c, Why: why, Grace: event.NotPrinted}
}
