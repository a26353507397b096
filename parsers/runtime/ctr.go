package runtime

import (
	"encoding/json"
	"time"

	"oomtrace/parsers/event"
)

// A ctrEvent is the JSON behind the topic in a line of ctr events:
//
//	k8s.io /tasks/exit {"container_id":"<id>","id":"<id>","pid":14607,"exit_status":1,"exited_at":"2026-11-23T09:01:45.570653045Z"}
//
// A field that is 0 is left out. id is that of an exec where it is not the
// container's; in /containers/create it is the container's. pid is the host's.
// Source: containerd, cmd/ctr/commands/events; api/events/task.proto.
type ctrEvent struct {
	ContainerID string `json:"container_id"`
	ID          string `json:"id"`
	Image       string `json:"image"`
	PID         int    `json:"pid"`
	ExitStatus  int    `json:"exit_status"`
	ExitedAt    string `json:"exited_at"`
}

// parseCtr reads the JSON behind a topic that ends before at.
func parseCtr(msg []byte) (e ctrEvent, ok bool) {
	return e, json.Unmarshal(msg, &e) == nil
}

func ctrOOM(rec *event.Record, at int) event.Body {
	e, ok := parseCtr(rec.Msg[at+len(" /tasks/oom "):])
	if !ok || e.ContainerID == "" {
		return nil
	}
	return event.TaskOOM{Container: container(containerd, e.ContainerID)}
}

func ctrExit(rec *event.Record, at int) event.Body {
	e, ok := parseCtr(rec.Msg[at+len(" /tasks/exit "):])
	if !ok || e.ContainerID == "" {
		return nil
	}
	b := event.TaskExit{Container: container(containerd, e.ContainerID), PID: e.PID, ExitCode: e.ExitStatus}
	if e.ID != e.ContainerID {
		b.ExecID = e.ID
	}
	if t, err := time.Parse(time.RFC3339Nano, e.ExitedAt); err == nil {
		b.At = t.UTC()
	}
	return b
}

func ctrStart(rec *event.Record, at int) event.Body {
	e, ok := parseCtr(rec.Msg[at+len(" /tasks/start "):])
	if !ok || e.ContainerID == "" {
		return nil
	}
	return event.TaskStart{Container: container(containerd, e.ContainerID), PID: e.PID}
}

func ctrCreate(rec *event.Record, at int) event.Body {
	e, ok := parseCtr(rec.Msg[at+len(" /containers/create "):])
	if !ok || e.ID == "" {
		return nil
	}
	c := container(containerd, e.ID)
	c.Image = e.Image
	return event.Identity{Container: c}
}
