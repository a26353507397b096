package runtime

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// inspected returns what an object gives.
func inspected(t testing.TB, object string) (all []event.Event) {
	t.Helper()
	if err := Inspect([]byte(object), event.Pos{File: "f", Line: 3}, func(e event.Event) { all = append(all, e) }); err != nil {
		t.Errorf("%s: %v", object, err)
	}
	return all
}

const (
	started  = "2026-11-23T08:12:03.401Z"
	finished = "2026-11-23T10:01:44.120553201+01:00"
)

// dockerRecord is one of docker's, podmanRecord one of podman's, with a state.
func dockerRecord(state string) string {
	return `{"Id":"` + id1 + `","Path":"sh","Args":[],"State":{` + state + `,"StartedAt":"` + started + `","FinishedAt":"` + finished + `"},
 "Name":"/shop-api-1","RestartCount":2,"HostConfig":{"Memory":134217728,"OomKillDisable":null},"Config":{"Image":"shop/api:5.1.0","Labels":{"a":"b"}}}`
}

func podmanRecord(state string) string {
	return strings.Replace(dockerRecord(`"OciVersion":"1.0.2-dev",`+state), "/shop", "shop", 1)
}

func TestInspect(t *testing.T) {
	end := time.Date(2026, 11, 23, 9, 1, 44, 120553201, time.UTC)
	begin := time.Date(2026, 11, 23, 8, 12, 3, 401000000, time.UTC)
	for _, c := range []struct {
		name, object string
		role         event.Role
		at           string
		ended        []event.Terminated
		oomKilled    bool
	}{
		{"docker, the first process was killed", dockerRecord(`"Status":"exited","OOMKilled":true,"ExitCode":137`), event.Counted, "wall 2026-11-23T09:01:44.120553201Z",
			[]event.Terminated{{ExitCode: 137, Reason: "OOMKilled", StartedAt: begin, FinishAt: end, ContainerID: id1}}, false},
		{"docker, a child was killed", dockerRecord(`"Status":"exited","OOMKilled":true,"ExitCode":0`), event.Counted, "wall 2026-11-23T09:01:44.120553201Z",
			[]event.Terminated{{ExitCode: 0, Reason: "OOMKilled", StartedAt: begin, FinishAt: end, ContainerID: id1}}, false},
		{"docker, a SIGKILL of somebody's", dockerRecord(`"Status":"exited","OOMKilled":false,"ExitCode":137`), event.Death, "wall 2026-11-23T09:01:44.120553201Z",
			[]event.Terminated{{ExitCode: 137, StartedAt: begin, FinishAt: end, ContainerID: id1}}, false},
		{"docker, between two runs", dockerRecord(`"Status":"restarting","Running":true,"Restarting":true,"OOMKilled":true,"ExitCode":137`), event.Counted, "wall 2026-11-23T09:01:44.120553201Z",
			[]event.Terminated{{ExitCode: 137, Reason: "OOMKilled", StartedAt: begin, FinishAt: end, ContainerID: id1}}, false},
		{"docker 24, it runs on", dockerRecord(`"Status":"running","Running":true,"OOMKilled":true,"ExitCode":0`), event.Counted, "wall 2026-11-23T08:12:03.401Z", nil, true},
		{"docker, nothing of memory", dockerRecord(`"Status":"running","OOMKilled":false,"ExitCode":0`), event.Context, "wall 2026-11-23T08:12:03.401Z", nil, false},
		{"podman, of this run or an earlier one", podmanRecord(`"Status":"exited","OOMKilled":true,"ExitCode":1`), event.Counted, "wall 2026-11-23T09:01:44.120553201Z",
			[]event.Terminated{{ExitCode: 1, Reason: "OOMKilled", StartedAt: begin, FinishAt: end, ContainerID: id1}}, false},
		{"podman, of an earlier run for certain", podmanRecord(`"Status":"running","OOMKilled":true,"ExitCode":0`), event.Counted, "wall 2026-11-23T08:12:03.401Z",
			[]event.Terminated{{ExitCode: event.NotPrinted, Reason: "OOMKilled", FinishAt: begin, ContainerID: id1}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := inspected(t, c.object)
			if len(all) != 1 {
				t.Fatalf("got %d events, want one", len(all))
			}
			b := all[0].Body.(event.ContainerStatus)
			who := event.Container{Runtime: b.By, ID: id1, Name: "shop-api-1", Image: "shop/api:5.1.0", Restart: -1}
			if b.Container != who || b.Limit != 128<<20 || b.RestartCount != 2 || all[0].Pos.Line != 3 || strings.Contains(c.name, b.By) == false {
				t.Errorf("got %+v", all[0])
			}
			if b.Role() != c.role || b.OOMKilled != c.oomKilled || len(b.Ended) != len(c.ended) || len(b.Ended) > 0 && b.Ended[0] != c.ended[0] {
				t.Errorf("got %s %+v, want %s %+v", b.Role(), b, c.role, c.ended)
			}
			if st := all[0].Stamps.Outer(); st.String() != c.at || st.Lower != c.oomKilled {
				t.Errorf("got the stamp %s %+v, want %s", st, st, c.at)
			}
		})
	}
}

func TestInspectOfARunThatCannotBeKilled(t *testing.T) {
	object := strings.Replace(dockerRecord(`"Status":"running","OOMKilled":true`), `"OomKillDisable":null`, `"OomKillDisable":true`, 1)
	if b := inspected(t, object)[0].Body; b.Role() != event.Context {
		t.Errorf("an OOM event where the OOM killer is switched off is %s", b.Role())
	}
}

func TestInspectOfAStartThatFailed(t *testing.T) {
	all := inspected(t, dockerRecord(`"Status":"created","OOMKilled":false,"ExitCode":128,"Error":"failed to create task for container: container init was OOM-killed (memory limit too low?): unknown"`))
	if b, ok := all[1].Body.(event.StartOOM); !ok || len(all) != 2 || b.Container.ID != id1 || b.Container.Name != "shop-api-1" || !b.Counted {
		t.Errorf("got %+v", all)
	}
}

func TestInspectStateAlone(t *testing.T) {
	object := `{"Status":"exited","Running":false,"OOMKilled":true,"Dead":false,"Pid":0,"ExitCode":137,"Error":"","StartedAt":"` + started + `","FinishedAt":"` + finished + `"}`
	if all := inspected(t, object); len(all) != 1 || all[0].Body.Role() != event.Counted || !SniffInspect([]byte(object)) {
		t.Errorf("got %+v", all)
	}
}

func TestCrictl(t *testing.T) {
	labels := `"labels":{"io.kubernetes.container.name":"worker","io.kubernetes.pod.name":"p","io.kubernetes.pod.namespace":"ns","io.kubernetes.pod.uid":"` + uid + `"}`
	inspect := `{"status":{"createdAt":"2026-11-23T08:12:03Z","exitCode":137,"finishedAt":"` + finished + `","id":"` + id1 + `","image":{"image":"w:1"},` + labels + `,
 "metadata":{"attempt":3,"name":"worker"},"reason":"OOMKilled","resources":{"linux":{"memoryLimitInBytes":"796917760"}},"startedAt":"` + started + `","state":"CONTAINER_EXITED"},"info":{"sandboxID":"` + id2 + `","pid":0}}`
	who := event.Container{ID: id1, SandboxID: id2, Name: "worker", Namespace: "ns", Pod: "p", PodUID: uid, Image: "w:1", Restart: 3}
	all := inspected(t, inspect)
	if b, ok := all[0].Body.(event.ContainerStatus); !ok || b.Container != who || b.Role() != event.Counted || b.Limit != 760<<20 || b.Ended[0].ExitCode != 137 {
		t.Errorf("inspect: got %+v", all)
	}
	ps := `{"containers":[{"id":"` + id1 + `","podSandboxId":"` + id2 + `","metadata":{"name":"worker","attempt":3},"image":{"image":"w:1"},"state":"CONTAINER_EXITED","createdAt":"1795424523401000000",` + labels + `}]}`
	if b, ok := inspected(t, ps)[0].Body.(event.Identity); !ok || b.Container != who {
		t.Errorf("ps: got %+v", inspected(t, ps))
	}
	for _, head := range []string{inspect, ps} {
		if !SniffInspect([]byte(head)) {
			t.Errorf("not known: %s", head)
		}
	}
}

func TestSniffInspect(t *testing.T) {
	for head, want := range map[string]bool{
		"[\n    " + dockerRecord(`"Status":"exited","OOMKilled":true`) + "]": true,
		podmanRecord(`"Status":"exited","OOMKilled":true`):                   true,
		`[{"Id":"sha256:43bd","RepoTags":["web:1"],"Config":{}}]`:            false, // docker image inspect
		`[{"Name":"bridge","Id":"43bd","Containers":{}}]`:                    false, // docker network inspect
		`{"status":"oom","id":"43bd","Type":"container","Action":"oom"}`:     false, // docker events
		`{"status":200,"msg":"done"}`:                                        false,
		`[]`:                                                                 false,
	} {
		if got := SniffInspect([]byte(head)); got != want {
			t.Errorf("%s: got %t", head, got)
		}
	}
}

// What an object gives can be said again of its compact form, and is bounded.
func FuzzInspect(f *testing.F) {
	f.Add(dockerRecord(`"Status":"exited","OOMKilled":true,"ExitCode":137`))
	f.Add(podmanRecord(`"Status":"running","OOMKilled":true,"ExitCode":0`))
	f.Add(`{"status":{"id":"` + id1 + `","state":"SANDBOX_READY","metadata":{"name":"p"}},"info":{}}`)
	f.Add(`{"containers":[{"id":"` + id1 + `"},{}]}`)
	f.Add(`{"Status":7,"Id":[],"State":"x"}`)
	f.Fuzz(func(t *testing.T, object string) {
		SniffInspect([]byte(object))
		err := Inspect([]byte(object), event.Pos{}, func(e event.Event) {
			if e.Body == nil || e.Speaker == "" || len(e.Text) > event.MaxText {
				t.Errorf("%+v", e)
			}
		})
		if (err == nil) != json.Valid([]byte(object)) {
			t.Errorf("%q: %v", object, err)
		}
	})
}
