// Package runtime reads what container runtimes say about the life and the end
// of containers: containerd 1.2 to 2.x, its event stream (ctr events), CRI-O
// with conmon, dockerd, the event streams of docker and podman, and what docker
// inspect, podman inspect and crictl write of containers.
//
// In come records without syslog or journal header: whole logrus lines, as text
// (time="..." level=info msg="..." id=...) or as JSON, and the plain lines of
// conmon and of the event streams. Out come events with the bodies
// event.TaskOOM, StartOOM, TaskExit, TaskStart, StopContainer, ContainerStatus,
// Identity and ProgramStart.
//
// A runtime counts what the kernel tells its cgroup: an OOM event is no proof
// of a kill on cgroup v1, may be missing on v2, and comes for the sandbox too
// when the pod's cgroup ran full. An id can be a container's or a sandbox's;
// which, and what the events prove together, is left to the correlator.
package runtime

import (
	"bytes"
	"slices"

	"oomtrace/parsers/event"
)

// New returns a parser for the records of one runtime's log.
func New() event.Parser { return parser{} }

// Literals returns strings one of which stands in every record that gives an
// event.
func Literals() []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.holds)
	}
	for _, l := range plain {
		all = append(all, l.holds)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A line is one that a runtime writes through logrus.
type line struct {
	begins string // how its msg begins
	holds  string // what its msg also holds
	read   func(m message) event.Body
}

// lines are tried in this order; the first that fits is read.
var lines = []line{
	{"TaskOOM event ", "TaskOOM event ", taskOOM},
	{"starting containerd", "starting containerd", starting},
	{"TaskExit event ", "TaskExit event ", taskExit},
	{"Received exit event ", "exit event ", taskExit},
	{"received ", "exit event ", taskExit},
	{"shim disconnected", "shim disconnected", shimGone},
	{"shim reaped", "shim reaped", shimGone},
	{"CreateContainer within sandbox ", "returns container id", createContainer},
	{"RunPod", "returns sandbox id", runPodSandbox},
	{"StartContainer for ", "returns successfully", startContainer},
	{"StartContainer for ", "OOM-killed", startFailed},
	{"StartContainer for ", "the memory limit could be too low", startFailed},
	{"ExecSync for ", "OOM-killed", startFailed},
	{"Handler for POST ", "OOM-killed", handlerFailed},
	{"Handler for POST ", "the memory limit could be too low", handlerFailed},
	{"StopContainer for ", " with timeout ", stopContainer},
	{"Stop container ", " with signal ", stopSignal},
	{"Kill container ", "Kill container ", killContainer},
	{"Started container", "Started container", crioStarted},
	{"Created container ", "Created container ", crioCreated},
	{"Stopping container: ", "Stopping container: ", crioStopping},
	{"Ran pod sandbox ", "Ran pod sandbox ", crioSandbox},
	{"ignoring event", "/tasks/delete", dockerdExit},
	{"restarting container", "restarting container", dockerdRestart},
	{"Container ", "using the force", dockerdForce},
}

// A plainLine is one that is written without logrus.
type plainLine struct {
	holds string
	read  func(rec *event.Record, at int) event.Body // at: where holds stands
}

var plain = []plainLine{
	{" /tasks/oom ", ctrOOM},
	{" /tasks/exit ", ctrExit},
	{" /tasks/start ", ctrStart},
	{" /containers/create ", ctrCreate},
	{": OOM received", conmonOOM},
	{" exited with status ", conmonExit},
	{"container oom ", engineOOM},
	{"container die", engineDied},
	{"container kill ", engineKill},
	{"container start ", engineStart},
	{"Attributes", engineJSON},
	{"container init was OOM-killed", clientFailed},
	{"OOM: the memory limit could", clientFailed},
}

type parser struct{}

// Read emits what rec tells, at once.
func (parser) Read(rec *event.Record, emit func(event.Event)) {
	if b := read(rec); b != nil {
		emit(event.New(rec, b))
	}
}

// End has nothing to emit: no event needs two lines.
func (parser) End(func(event.Event)) {}

func read(rec *event.Record) event.Body {
	m, ok := parse(rec.Msg)
	if !ok {
		for _, l := range plain {
			if at := bytes.Index(rec.Msg, []byte(l.holds)); at >= 0 {
				return l.read(rec, at)
			}
		}
		return nil
	}
	for _, l := range lines {
		if bytes.HasPrefix(m.text, []byte(l.begins)) && bytes.Contains(rec.Msg, []byte(l.holds)) {
			return l.read(m)
		}
	}
	return nil
}
