package kubelet

import (
	"testing"

	"oomtrace/parsers/event"
)

func TestStartsThatFailed(t *testing.T) {
	const runc = "failed to create containerd task: OCI runtime create failed: container init was OOM-killed (memory limit too low?): unknown"
	byUID := pod("ns", "p")
	byUID.PodUID, byUID.Name = uid, "c"
	byName := pod("ns", "p")
	byName.Name = "c"
	oom := func(c event.Container) []event.Body {
		return []event.Body{event.StartOOM{Container: c, By: "runc", Counted: true}}
	}
	crun := []event.Body{event.StartOOM{Container: byUID, By: "crun"}}
	syncing := func(reasons string) string {
		return `"Error syncing pod, skipping" err="` + reasons + `" pod="ns/p" podUID="` + uid + `"`
	}
	run(t, []row{
		{"1.31 a start", syncing(`failed to \"StartContainer\" for \"c\" with RunContainerError: \"` + runc + `\"`), oom(byUID)},
		{"1.31 of two the second", syncing(`[failed to \"StartContainer\" for \"d\" with CrashLoopBackOff: \"x\", failed to \"StartContainer\" for \"c\" with RunContainerError: \"` + runc + `\"]`), oom(byUID)},
		{"1.31 CRI-O, crun", syncing(`failed to \"StartContainer\" for \"c\" with CreateContainerError: \"container create failed: OOM: the memory limit could be too low: x\"`), crun},
		{"1.20", `Error syncing pod ` + uid + ` ("p_ns(` + uid + `)"), skipping: failed to "StartContainer" for "c" with RunContainerError: "` + runc + `"`, oom(byUID)},
		{"1.31 event", `"Event occurred" object="ns/p" fieldPath="spec.containers{c}" kind="Pod" apiVersion="v1" type="Warning" reason="Failed" message="Error: ` + runc + `"`, oom(byName)},
		{"1.31 event of an image", `"Event occurred" object="ns/p" fieldPath="spec.containers{c}" kind="Pod" apiVersion="v1" type="Warning" reason="Failed" message="Failed to pull image \"container init was OOM-killed\""`, nil},
		{"1.31 another reason", syncing(`failed to \"StartContainer\" for \"c\" with RunContainerError: \"no such file\"`), nil},
	})
}
