package runtime

import (
	"bytes"
	"encoding/json"
	"strings"

	"oomtrace/parsers/event"
)

const docker = "docker"

// dockerdExit reads the line at each container's end, 18.09 to 28:
//
//	msg="ignoring event" container=<id> module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"
//
// Source: moby, libcontainerd/remote/client.go.
func dockerdExit(m message) event.Body { return dockerdEnd(m, "") }

// dockerdRestart reads the line before a restart, from 29:
//
//	msg="restarting container" container=<id> execDuration=15s exitCode=137 exitedAt="..."
func dockerdRestart(m message) event.Body { return dockerdEnd(m, m.Str("exitCode")) }

func dockerdEnd(m message, exitCode string) event.Body {
	id := m.Str("container")
	if !isID(id) {
		return nil
	}
	b := event.TaskExit{Container: container(docker, id), ExitCode: event.NotPrinted}
	if code, ok := number(exitCode); ok {
		b.ExitCode = code
	}
	return b
}

// dockerdForce reads that dockerd goes on to SIGKILL:
//
//	msg="Container failed to exit within 10s of signal 15 - using the force" container=<id>
//	msg="Container <id> failed to exit within 10 seconds of signal 15 - using the force"     to 20.10 or so
//
// Source: moby, daemon/stop.go.
func dockerdForce(m message) event.Body {
	id := m.Str("container")
	if id == "" {
		id, _, _ = strings.Cut(strings.TrimPrefix(m.words(), "Container "), " ")
	}
	if !isID(id) {
		return nil
	}
	b := stop(container(docker, id), "dockerd sent it SIGKILL after it had not ended in time")
	b.Kill = true
	return b
}

// An engineEvent is a line of docker events or podman events:
//
//	2026-11-23T09:01:41.645457050Z container die <id> (execDuration=15, exitCode=137, image=..., name=...)
//	2026-11-23 09:01:41.645457050 +0000 UTC container died <id> (image=..., name=..., ...)
//
// Labels stand among the attributes; those that dockershim set name the pod.
type engineEvent struct {
	c          event.Container
	attributes string // between the parentheses
}

// engine reads the event whose words, "container oom " and so on, stand at at.
// Before them is at most a time: an application's text is not an event.
func engine(rec *event.Record, at int, words string) (engineEvent, bool) {
	before := bytes.TrimSpace(rec.Msg[:at])
	id, rest, ok := strings.Cut(string(rec.Msg[at+len(words):]), " (")
	if len(before) > maxStamp || len(before) > 0 && (before[0] < '0' || before[0] > '9') || !ok || !isID(id) {
		return engineEvent{}, false
	}
	e := engineEvent{container(docker, id), strings.TrimSuffix(rest, ")")}
	if rec.Speaker == "podman" || bytes.HasSuffix(before, []byte(" UTC")) {
		e.c.Runtime = "podman"
	}
	e.c.Image = e.attribute("image")
	if e.c.Name = e.attribute("io.kubernetes.container.name"); e.c.Name == "" {
		e.c.Name = e.attribute("name")
	}
	e.c.Namespace = e.attribute("io.kubernetes.pod.namespace")
	e.c.Pod = e.attribute("io.kubernetes.pod.name")
	e.c.PodUID = e.attribute("io.kubernetes.pod.uid")
	return e, true
}

// maxStamp is how long the longest stamp before an event is.
const maxStamp = len("2026-11-23 09:01:41.645457050 +0000 UTC m=+0000000.000000000")

// attribute returns the value of name, "" if there is none.
func (e engineEvent) attribute(name string) string {
	_, v, ok := strings.Cut(", "+e.attributes, ", "+name+"=")
	if !ok {
		return ""
	}
	v, _, _ = strings.Cut(v, ", ")
	return v
}

// attributes are those of an event that are read: docker's own, and labels.
type attributes struct {
	Image         string `json:"image"`
	ContainerName string `json:"name"`
	ExitCode      string `json:"exitCode"`
	Signal        string `json:"signal"`
	labels
}

// engineJSON reads an event that is written as JSON (envelope, openEngineJSON, has
// the forms). Podman from 6 on says OOMKilled of an end; it never takes that back,
// so that it can be of an earlier one.
func engineJSON(rec *event.Record, _ int) event.Body {
	var v struct {
		Type, Action, Status string
		ID, Image, Name      string
		ContainerExitCode    *int
		OOMKilled            bool
		Attributes           attributes
		Actor                struct {
			ID         string
			Attributes attributes
		}
	}
	if !bytes.HasPrefix(rec.Msg, []byte("{")) || json.Unmarshal(rec.Msg, &v) != nil || v.Type != "container" {
		return nil
	}
	c, a := container(docker, v.Actor.ID), v.Actor.Attributes
	if v.Action == "" {
		c, a, v.Action = container(podman, v.ID), v.Attributes, v.Status
	} else {
		v.Image, v.Name = a.Image, a.ContainerName
	}
	if !isID(c.ID) {
		return nil
	}
	if named(&c, a.labels); c.Name == "" {
		c.Name = word(v.Name)
	}
	c.ID, c.Image = word(c.ID), word(v.Image)
	code := event.NotPrinted
	if n, ok := number(a.ExitCode); ok {
		code = n
	} else if v.ContainerExitCode != nil {
		code = *v.ContainerExitCode
	}
	switch v.Action {
	case "oom":
		return event.TaskOOM{Container: c}
	case "die", "died":
		if v.OOMKilled {
			return event.ContainerStatus{By: podman, Container: c, State: "exited", Limit: event.NotPrinted, Request: event.NotPrinted, RestartCount: event.NotPrinted, PodLimit: event.NotPrinted,
				Ended: []event.Terminated{{ExitCode: code, Reason: "OOMKilled", ContainerID: c.ID}}}
		}
		return event.TaskExit{Container: c, ExitCode: code}
	case "kill":
		return killedThrough(c, a.Signal)
	case "start":
		return event.TaskStart{Container: c}
	}
	return nil
}

func engineOOM(rec *event.Record, at int) event.Body {
	e, ok := engine(rec, at, "container oom ")
	if !ok {
		return nil
	}
	return event.TaskOOM{Container: e.c}
}

// engineDied reads docker's die and podman's died.
func engineDied(rec *event.Record, at int) event.Body {
	words := "container die "
	if bytes.HasPrefix(rec.Msg[at:], []byte("container died ")) {
		words = "container died "
	}
	if !bytes.HasPrefix(rec.Msg[at:], []byte(words)) {
		return nil
	}
	e, ok := engine(rec, at, words)
	if !ok {
		return nil
	}
	if words == "container died " {
		e.c.Runtime = "podman"
	}
	b := event.TaskExit{Container: e.c, ExitCode: event.NotPrinted}
	if code, ok := number(e.attribute("exitCode")); ok {
		b.ExitCode = code
	}
	return b
}

// engineKill reads that somebody had SIGKILL sent. Other signals are told of alike,
// and are no end: where docker stop's SIGTERM is not heeded, a SIGKILL follows.
func engineKill(rec *event.Record, at int) event.Body {
	e, ok := engine(rec, at, "container kill ")
	if !ok {
		return nil
	}
	return killedThrough(e.c, e.attribute("signal"))
}

func killedThrough(c event.Container, signal string) event.Body {
	if signal != "9" && signal != "" {
		return nil
	}
	b := stop(c, "it was sent a signal through "+c.Runtime)
	if signal != "" {
		b.Why = "it was sent signal 9 through " + c.Runtime
	}
	b.Kill = signal == "9"
	return b
}

func engineStart(rec *event.Record, at int) event.Body {
	e, ok := engine(rec, at, "container start ")
	if !ok {
		return nil
	}
	return event.TaskStart{Container: e.c}
}
