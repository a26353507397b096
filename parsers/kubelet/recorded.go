package kubelet

import (
	"strings"

	"oomtrace/parsers/event"
	"oomtrace/parsers/oci"
)

// recordedWords are what the messages hold that Recorded makes something of.
var recordedWords = []string{
	"System OOM encountered",
	"Stopping container ",
	" failed liveness probe",
	" failed startup probe",
	" definition changed",
	" resize requires restart",
	"Liveness probe failed",
	"Liveness probe errored",
	"Startup probe failed",
	"Startup probe errored",
	"Back-off restarting failed container",
	"low on resource: memory",
	"[MemoryPressure]",
	"Preempted in order to admit critical pod",
	"container init was OOM-killed",
	"OOM: the memory limit could be too low",
}

// Recorded returns what an event that the kubelet recorded says, nil if it says
// nothing of memory and of ends. The event may stand in the kubelet's own log,
// in an Event object or in what kubectl prints of it; about is the container,
// pod or node that it names. Source: events/event.go and who uses it.
func Recorded(reason, message string, about event.Container) event.Body {
	switch reason {
	case "SystemOOM":
		if b, ok := systemOOM(message); ok {
			return b
		}
	case "Killing":
		if why, ok := killingWhy(message); ok {
			about.Name = nameIn(message, about.Name)
			return stop(about, why)
		}
	case "Unhealthy":
		kind, rest, _ := strings.Cut(message, " probe ")
		failed := strings.HasPrefix(rest, "failed") || strings.HasPrefix(rest, "errored")
		if why, ok := probeWhy(kind); ok && failed {
			return stop(about, why)
		}
	case "Preempting":
		if strings.HasPrefix(message, "Preempted in order to admit critical pod") {
			return stop(about, whyPreempt)
		}
	case "Failed": // Error: <what the runtime says of a start>
		if b, ok := oci.Read([]byte(message), about); ok && strings.HasPrefix(message, "Error: ") && !b.Exec {
			return b
		}
	case "BackOff":
		if b, ok := recordedBackOff(message, about); ok {
			return b
		}
	case "Evicted":
		if AboutMemory(message) {
			return event.Eviction{Container: about, Step: "evicted", Resource: "memory", Message: short(message), Done: true}
		}
	}
	return nil
}

// AboutMemory says whether the message of an evicted pod, in its status or in
// the event, states memory as the cause. Disk and pids have the same reason.
//
//	The node was low on resource: memory. Threshold quantity: 100Mi, available: 95Mi. ...
//	The node had condition: [MemoryPressure].
//
// Source: eviction/helpers.go.
func AboutMemory(message string) bool {
	return strings.Contains(message, "low on resource: memory") || strings.Contains(message, "[MemoryPressure]")
}

// killingWhy returns the reason that the message of an event Killing states.
func killingWhy(message string) (string, bool) {
	switch {
	case strings.HasPrefix(message, "Stopping container "):
		return whyKubelet, true
	case !strings.HasPrefix(message, "Container "):
	case strings.Contains(message, " failed liveness probe"):
		return whyLiveness, true
	case strings.Contains(message, " failed startup probe"):
		return whyStartup, true
	case strings.Contains(message, " definition changed"):
		return "its definition changed", true
	case strings.Contains(message, " resize requires restart"):
		return "its resize requires a restart", true
	}
	return "", false
}

// nameIn returns the container's name in the message of an event Killing, unless
// it is known already.
func nameIn(message, name string) string {
	if name != "" {
		return name
	}
	rest, ok := strings.CutPrefix(message, "Stopping container ")
	if !ok {
		rest = strings.TrimPrefix(message, "Container ")
	}
	name, _, _ = strings.Cut(rest, " ")
	return name
}

// recordedFields reads the log line of an event, at --v=3, from 1.19 (fieldPath
// from 1.24):
//
//	"Event occurred" object="ns/p" fieldPath="spec.containers{c}" kind="Pod" apiVersion="v1" type="Normal" reason="Killing" message="Stopping container c"
//
// Source: client-go, tools/record/event.go, StartStructuredLogging.
func recordedFields(p *parser, m message, say func(event.Body)) {
	c := m.pod("object")
	if m.Str("kind") != "Pod" {
		c = anyContainer()
	}
	c.Name = fieldPath(m.Str("fieldPath"))
	p.recorded(m.Str("reason"), m.Str("message"), c, say)
}

// recordedText reads the same to 1.18:
//
//	Event(v1.ObjectReference{Kind:"Pod", Namespace:"ns", Name:"p", UID:"uid", APIVersion:"v1", ResourceVersion:"", FieldPath:"spec.containers{c}"}): type: 'Normal' reason: 'Killing' Stopping container c
//
// Source: client-go, tools/record/event.go, StartLogging.
func recordedText(p *parser, m message, say func(event.Body)) {
	reference, rest, _ := strings.Cut(m.words(), `}): type: '`)
	_, rest, _ = strings.Cut(rest, "' reason: '")
	reason, message, ok := strings.Cut(rest, "' ")
	if !ok {
		return
	}
	c := anyContainer()
	if attribute(reference, "Kind") == "Pod" {
		c.Namespace, c.Pod = attribute(reference, "Namespace"), attribute(reference, "Name")
		c.PodUID = attribute(reference, "UID")
		_, path, _ := strings.Cut(reference, "FieldPath:")
		path, _, _ = quoted(path)
		c.Name = fieldPath(path)
	}
	p.recorded(reason, message, c, say)
}

// recorded tells what an event in the log says. A back-off is recorded at every
// sync.
func (p *parser) recorded(reason, message string, c event.Container, say func(event.Body)) {
	b := Recorded(reason, message, c)
	if w, ok := b.(event.BackOff); ok && !p.waits.begins(w) {
		return
	}
	if b != nil {
		say(b)
	}
}
