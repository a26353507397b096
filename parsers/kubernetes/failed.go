package kubernetes

import (
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/oci"
)

// startFailed emits what runc or crun say in a status of why the container could not
// be started: of a last end whose reason is StartError, or of a wait with the reason
// RunContainerError or CreateContainerError, which has no time. Two texts of one
// status are of one start.
func (d *reading) startFailed(line int, title string, b event.ContainerStatus, st *containerStatus) {
	if st == nil {
		return
	}
	for i := len(b.Ended) - 1; i >= 0; i-- {
		t, c := b.Ended[i], b.Container
		if c.ID = t.ContainerID; c.ID != b.Container.ID {
			c.Restart = event.NotPrinted
		}
		if oom, ok := oci.Read([]byte(t.Message), c); ok && (t.Reason == "StartError" || t.Reason == "ContainerCannotRun") {
			var at event.Stamp
			if !t.FinishAt.IsZero() {
				at = event.Stamp{Clock: event.Wall, Wall: t.FinishAt, Step: time.Second}
			}
			d.say(line, at, title+t.Reason+": "+t.Message, oom)
			return
		}
	}
	w, c := st.State.Waiting, b.Container
	if w == nil || w.Reason != "RunContainerError" && w.Reason != "CreateContainerError" {
		return
	}
	c.ID, c.Restart = "", event.NotPrinted // of which try it tells is not said
	if oom, ok := oci.Read([]byte(w.Message), c); ok {
		d.say(line, event.Stamp{}, title+w.Reason+": "+cut(w.Message), oom)
	}
}
