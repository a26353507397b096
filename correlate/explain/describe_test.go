package explain

import (
	"testing"

	"oomtrace/parsers/event"
)

// Who speaks of a container is named as what he is.
func TestDescribeContainers(t *testing.T) {
	docker := event.Container{Runtime: "docker"}
	for name, c := range map[string]struct {
		e    event.Event
		want string
	}{
		"a pod's status":      {event.Event{Speaker: "kubernetes", Body: event.ContainerStatus{}}, "kubernetes, pod status"},
		"docker inspect":      {event.Event{Speaker: "docker", Body: event.ContainerStatus{By: "docker"}}, "runtime, docker inspect"},
		"docker run":          {event.Event{Body: event.StartOOM{Container: docker}}, "runtime, docker"},
		"containerd's log":    {event.Event{Speaker: "containerd", Body: event.StartOOM{}}, "runtime, containerd"},
		"the kubelet's log":   {event.Event{Speaker: "kubelet", Body: event.StartOOM{}}, "node, kubelet"},
		"a pod's last end":    {event.Event{Speaker: "kubernetes", Text: "pod ns/p container c: StartError: x", Body: event.StartOOM{}}, "kubernetes, pod status"},
		"an event of a pod's": {event.Event{Speaker: "kubernetes", Text: "event Failed pod ns/p: Error: x", Body: event.StartOOM{}}, "kubernetes, event"},
	} {
		if source, actor, _ := Describe(&c.e); source+", "+actor != c.want {
			t.Errorf("%s: got %s, %s, want %s", name, source, actor, c.want)
		}
	}
}
