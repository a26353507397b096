package explain

import (
	"strings"

	"oomtrace/parsers/event"
)

// Describe says of an event for the timeline: whose side it is of (kernel,
// systemd, node, runtime, kubernetes, worker), who speaks, and what happened in a word.
func Describe(e *event.Event) (source, actor, what string) {
	switch b := e.Body.(type) {
	case event.LowMemoryKill:
		return "kernel", b.By, "killed"
	case event.UserspaceKill:
		return "systemd", b.By, "killed"
	case event.UnitOOM:
		return "systemd", "systemd", "unit-oom"
	case event.UnitExit:
		return "systemd", "systemd", "unit-exit"
	case event.UnitStop:
		return "systemd", "systemd", "unit-stop"
	case event.TaskOOM:
		return "runtime", runtime(e), "TaskOOM"
	case event.StartOOM:
		if e.Speaker == "kubernetes" && strings.HasPrefix(e.Text, "pod ") {
			return "kubernetes", "pod status", "StartOOM"
		}
		if e.Speaker == "" && b.Container.Runtime != "" { // a command line's output
			return "runtime", b.Container.Runtime, "StartOOM"
		}
		return nodeOr(e, "runtime"), runtime(e), "StartOOM"
	case event.TaskExit:
		return "runtime", runtime(e), "TaskExit"
	case event.TaskStart:
		return "runtime", runtime(e), "TaskStart"
	case event.Identity:
		return "runtime", runtime(e), "identity"
	case event.StopContainer:
		return nodeOr(e, "runtime"), actorOf(e, "kubelet"), "StopContainer"
	case event.PodLifecycle:
		return "node", "kubelet", b.Type
	case event.KubeletOOM:
		if e.Speaker == "kubernetes" {
			return "kubernetes", "event", b.Kind
		}
		return "node", "kubelet", b.Kind
	case event.KubeletStart:
		return "node", "kubelet", "start"
	case event.ProgramStart:
		return "node", b.Program, "start"
	case event.Eviction:
		if e.Speaker == "kubernetes" {
			return "kubernetes", "pod status", b.Step
		}
		return "node", "kubelet", b.Step
	case event.BackOff:
		return nodeOr(e, "node"), actorOf(e, "kubelet"), "BackOff"
	case event.ContainerStatus:
		if b.By != "" {
			return "runtime", b.By + " inspect", "status"
		}
		return "kubernetes", "pod status", "status"
	case event.NodeStatus:
		return "kubernetes", "node status", "status"
	case event.WorkerExit:
		return "worker", b.Framework, "worker-gone"
	case event.WorkerStart:
		return "worker", b.Framework, "worker-started"
	case event.WorkerStop:
		return "worker", b.Framework, "worker-stopping"
	case event.MemoryFailure:
		return "worker", b.Framework, "memory-failure"
	}
	return "", e.Speaker, ""
}

func runtime(e *event.Event) string { return actorOf(e, "containerd") }

func actorOf(e *event.Event, usual string) string {
	switch e.Speaker {
	case "":
		return usual
	case "kubernetes":
		return "event"
	}
	return e.Speaker
}

// nodeOr tells the kubelet's lines and Kubernetes' objects from a runtime's.
func nodeOr(e *event.Event, other string) string {
	switch e.Speaker {
	case "kubernetes":
		return "kubernetes"
	case "kubelet":
		return "node"
	}
	return other
}
