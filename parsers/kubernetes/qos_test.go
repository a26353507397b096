package kubernetes

import (
	"testing"

	"oomtrace/parsers/event"
)

func TestQoS(t *testing.T) {
	both := func(r, l string) string {
		return `{"name":"c","resources":{"requests":{` + r + `},"limits":{` + l + `}}}`
	}
	const full = `"cpu":"500m","memory":"1Gi"`
	for _, c := range []struct{ name, spec, want string }{
		{"nothing", `"containers":[{"name":"c"}]`, "BestEffort"},
		{"zeros", `"containers":[` + both(`"cpu":"0"`, `"memory":"0"`) + `]`, "BestEffort"},
		{"all", `"containers":[` + both(full, full) + `]`, "Guaranteed"},
		{"written otherwise", `"containers":[` + both(full, `"cpu":0.5,"memory":1073741824`) + `]`, "Guaranteed"},
		{"limits alone", `"containers":[` + both("", full) + `]`, "Guaranteed"},
		{"memory alone", `"containers":[` + both(`"memory":"1Gi"`, `"memory":"1Gi"`) + `]`, "Burstable"},
		{"a thousandth less", `"containers":[` + both(`"cpu":"499m","memory":"1Gi"`, full) + `]`, "Burstable"},
		{"requests alone", `"containers":[` + both(full, "") + `]`, "Burstable"},
		{"one of two", `"containers":[` + both(full, full) + `,{"name":"d"}]`, "Burstable"},
		{"an init container without", `"initContainers":[{"name":"i"}],"containers":[` + both(full, full) + `]`, "Burstable"},
		{"an ephemeral one without", `"ephemeralContainers":[{"name":"i"}],"containers":[` + both(full, full) + `]`, "Guaranteed"},
		{"of the pod, 1.32", `"resources":{"limits":{` + full + `}},"containers":[{"name":"c"}]`, "Guaranteed"},
		{"no amount", `"containers":[` + both(`"cpu":"some"`, "") + `]`, ""},
		{"more than there is", `"containers":[` + both(`"memory":"9Ei"`, "") + `]`, ""},
		{"no container", `"nodeName":"n"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for status, stated := range map[string]string{"": "", `"phase":"Running"`: c.want, `"phase":"Running","qosClass":"Guaranteed"`: "Guaranteed"} {
				e := readJSON(`{"kind":"Pod","metadata":{"name":"p","namespace":"ns"},"spec":{` + c.spec + `},"status":{` + status + `}}`)
				for _, ev := range e.list {
					if b := ev.Body.(event.ContainerStatus); b.SpecQoS != c.want || b.Container.Name != "" && b.QoS != stated {
						t.Errorf("status %q: %q of the spec, %q; want %q, %q", status, b.SpecQoS, b.QoS, c.want, stated)
					}
				}
			}
		})
	}
}
