package kubernetes

import (
	"slices"
	"testing"

	"oomtrace/parsers/event"
)

// starts returns what a pod's status tells of starts that failed.
func starts(status string) (all []event.StartOOM, at []string) {
	e := readJSON(`{"kind":"Pod","metadata":{"name":"p","namespace":"ns"},"spec":{"containers":[{"name":"c"}]},"status":{"containerStatuses":[{"name":"c",` + status + `}]}}`)
	for _, ev := range e.list {
		if b, ok := ev.Body.(event.StartOOM); ok {
			all, at = append(all, b), append(at, ev.Stamps.Outer().String())
		}
	}
	return all, at
}

func TestStartsThatFailed(t *testing.T) {
	const runc = "OCI runtime create failed: container init was OOM-killed (memory limit too low?): unknown"
	ended := func(reason, id string) string {
		return `"terminated":{"exitCode":128,"reason":"` + reason + `","message":"` + runc + `","finishedAt":"2026-11-23T13:43:06Z","containerID":"containerd://` + id + `"}`
	}
	waiting := `"waiting":{"reason":"RunContainerError","message":"` + runc + `"}`
	for name, c := range map[string]struct {
		status string
		ids    []string
		at     []string
	}{
		"it ended so":               {`"lastState":{` + ended("StartError", "a") + `},"state":{"waiting":{"reason":"CrashLoopBackOff"}}`, []string{"a"}, []string{"wall 2026-11-23T13:43:06Z"}},
		"it waits":                  {`"state":{` + waiting + `}`, []string{""}, []string{"none"}},
		"it ended so, and waits":    {`"lastState":{` + ended("StartError", "a") + `},"state":{` + waiting + `}`, []string{"a"}, []string{"wall 2026-11-23T13:43:06Z"}},
		"a program's own last word": {`"state":{` + ended("Error", "a") + `}`, nil, nil},
	} {
		all, at := starts(c.status)
		var ids []string
		for _, b := range all {
			ids = append(ids, b.Container.ID)
			if !b.Counted || b.By != "runc" || b.Container.Name != "c" || b.Container.Pod != "p" {
				t.Errorf("%s: got %+v", name, b)
			}
		}
		if !slices.Equal(ids, c.ids) || !slices.Equal(at, c.at) {
			t.Errorf("%s: got %q at %q, want %q at %q", name, ids, at, c.ids, c.at)
		}
	}
}
