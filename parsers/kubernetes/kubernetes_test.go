package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// An events is what a reading gave, and its error.
type events struct {
	list []event.Event
	err  error
}

func (e *events) emit(ev event.Event) { e.list = append(e.list, ev) }

// lines returns each event as "line stamp role: text".
func (e *events) lines() []string {
	var all []string
	for _, ev := range e.list {
		stamp := "-"
		if st := ev.Stamps.Outer(); st.Clock != event.None {
			stamp = st.Wall.Format(time.RFC3339Nano)
		}
		all = append(all, fmt.Sprintf("%d %s %s: %s", ev.Pos.Line, stamp, ev.Body.Role(), ev.Text))
	}
	return all
}

func (e *events) want(t *testing.T, want ...string) {
	t.Helper()
	got := e.lines()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("event %d is missing: %s", i, want[i])
		case i >= len(want):
			t.Errorf("event %d is one too many: %s", i, got[i])
		case got[i] != want[i]:
			t.Errorf("event %d is\n%s\nwant\n%s", i, got[i], want[i])
		}
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const evictedMessage = "The node was low on resource: memory. Threshold quantity: 1436Mi, available: 1312836Ki. " +
	"Container glutton was using 305588Ki, request is 20Mi, has larger consumption of memory."

func TestKubeletPods(t *testing.T) {
	e := readJSON(file(t, "pods-1.31.13.json"))
	e.want(t, "6 2026-11-23T09:01:45Z counted: pod imaging/imgproc-worker-ip-10-0-3-117.lab.internal container worker: "+
		"lastState terminated exitCode 1 reason OOMKilled finishedAt 2026-11-23T09:01:45Z; state running startedAt 2026-11-23T09:01:46Z; restartCount 1; limits.memory 760Mi")
	if e.err != nil {
		t.Error(e.err)
	}
	b := e.list[0].Body.(event.ContainerStatus)
	c := event.Container{Runtime: "containerd", ID: "930158dc055a754f284da8fa2c676155f3cbfafcf04d2927f0dc91f3724a0f43",
		Name: "worker", Namespace: "imaging", Pod: "imgproc-worker-ip-10-0-3-117.lab.internal", PodUID: "b1498fe3389220b5c12f5fe572a71bd1",
		Image: "lab.local/imgproc:1.4.2", Node: "ip-10-0-3-117.lab.internal", Restart: 1}
	if b.Container != c {
		t.Errorf("container %+v\nwant %+v", b.Container, c)
	}
	if b.Limit != 760<<20 || b.Request != 750<<20 || b.PodLimit != event.NotPrinted || b.RestartCount != 1 {
		t.Errorf("limit %d, request %d, pod limit %d, restarts %d", b.Limit, b.Request, b.PodLimit, b.RestartCount)
	}
	if !b.Static || b.Init || b.QoS != "Burstable" || b.Phase != "Running" || b.RestartPolicy != "Always" || b.State != "running" {
		t.Errorf("%+v", b)
	}
	ended := event.Terminated{ExitCode: 1, Reason: "OOMKilled", StartedAt: time.Date(2026, 11, 23, 9, 1, 30, 0, time.UTC),
		FinishAt: time.Date(2026, 11, 23, 9, 1, 45, 0, time.UTC), ContainerID: "81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f"}
	if len(b.Ended) != 1 || b.Ended[0] != ended {
		t.Errorf("ended %+v\nwant %+v", b.Ended, ended)
	}
}

func TestEvictedPod(t *testing.T) {
	e := readJSON(file(t, "evicted-1.34.9.json"))
	e.want(t,
		"4 2026-11-23T14:02:33Z context: pod reports/cache-0 container cache: state running startedAt 2026-11-23T14:02:33Z; restartCount 0; limits.memory 100Mi",
		"68 - context: pod reports/sorter-7d8 container glutton: lastState terminated exitCode 137 reason ContainerStatusUnknown; state terminated exitCode 137 reason ContainerStatusUnknown; restartCount 1; phase Failed reason Evicted message \""+evictedMessage+" \"",
		"68 2026-11-23T14:02:56Z evicted: pod reports/sorter-7d8: status phase Failed reason Evicted message \""+evictedMessage+" \"")
	if st := e.list[2].Stamps.Outer(); !st.Late || st.Step != time.Second {
		t.Errorf("stamp %+v, want one of whole seconds that is late", st)
	}
	if b := e.list[2].Body.(event.Eviction); b.Message != evictedMessage+" " || b.Resource != "memory" || b.Container.PodUID != "e054951b-b900-4033-8902-7abd78e7e4dd" {
		t.Errorf("%+v", b)
	}
}

func TestEventObjects(t *testing.T) {
	e := readJSON(file(t, "events-1.34.9.json"))
	e.want(t,
		"37 2026-11-23T14:02:46Z evicted: event Evicted pod reports/sorter-7d8: "+evictedMessage+" ",
		"74 2026-11-23T14:02:46Z intent: event Killing pod reports/sorter-7d8: Stopping container glutton")
	b := e.list[1].Body.(event.StopContainer)
	if want := (event.Container{Name: "glutton", Namespace: "reports", Pod: "sorter-7d8", PodUID: "e054951b-b900-4033-8902-7abd78e7e4dd", Node: "ip-10-20-4-31", Restart: -1}); b.Container != want {
		t.Errorf("container %+v, want %+v", b.Container, want)
	}
}

func TestEventKinds(t *testing.T) {
	object := func(reason, message, more string) string {
		return `{"kind":"Event","reason":"` + reason + `","message":"` + message + `","lastTimestamp":"2026-11-23T14:02:46Z",` +
			`"involvedObject":{"kind":"Pod","namespace":"ns","name":"p","uid":"u","fieldPath":"spec.containers{c}"}` + more + `}`
	}
	for _, c := range []struct{ name, object, want string }{
		{"liveness 1.31", object("Unhealthy", "Liveness probe failed: timeout", `,"count":3`), "1 2026-11-23T14:02:46Z intent: event Unhealthy pod ns/p: Liveness probe failed: timeout; count 3"},
		{"readiness 1.31", object("Unhealthy", "Readiness probe failed: timeout", ""), ""},
		{"back-off 1.34", object("BackOff", "Back-off restarting failed container c in pod p_ns(u)", ""), "1 2026-11-23T14:02:46Z life: event BackOff pod ns/p: Back-off restarting failed container c in pod p_ns(u)"},
		{"image 1.34", object("BackOff", `Back-off pulling image \"x\"`, ""), ""},
		{"disk 1.34", object("Evicted", "Usage of EmptyDir volume exceeds the limit. ", ""), ""},
		{"preempting 1.31", object("Preempting", "Preempted in order to admit critical pod", ""), "1 2026-11-23T14:02:46Z intent: event Preempting pod ns/p: Preempted in order to admit critical pod"},
		{"events.k8s.io/v1", `{"kind":"Event","apiVersion":"events.k8s.io/v1","reason":"Killing","note":"Stopping container c","eventTime":"2026-11-23T14:02:46.123456Z","deprecatedLastTimestamp":null,"regarding":{"kind":"Pod","namespace":"ns","name":"p"}}`,
			"1 2026-11-23T14:02:46.123456Z intent: event Killing pod ns/p: Stopping container c"},
		{"series", object("Killing", "Stopping container c", `,"series":{"count":4,"lastObservedTime":"2026-11-23T14:09:00.5Z"}`), "1 2026-11-23T14:09:00.5Z intent: event Killing pod ns/p: Stopping container c; count 4"},
		{"SystemOOM 1.34", `{"kind":"Event","reason":"SystemOOM","message":"System OOM encountered, victim process: python3, pid: 10019","metadata":{"creationTimestamp":"2026-11-23T14:02:46Z","namespace":"default"},"involvedObject":{"kind":"Node","name":"n"}}`,
			"1 2026-11-23T14:02:46Z noticed: event SystemOOM node n: System OOM encountered, victim process: python3, pid: 10019"},
		{"an audit record", `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","reason":"Killing"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			e := readJSON(c.object)
			e.want(t, want...)
			if e.err != nil {
				t.Error(e.err)
			}
		})
	}
}

func TestProblemDetector(t *testing.T) {
	for message, want := range map[string]event.KubeletOOM{
		"Memory cgroup out of memory: Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:6268kB, shmem-rss:0kB":      {PID: 2528, Comm: "python3"},
		"Kill process 2528 (a) score 1967 or sacrifice child\nKilled process 2529 (Killed process ) total-vm:1kB, anon-rss:1kB, file-rss:1kB": {PID: 2529, Comm: "Killed process "},
		"Killed process 2528, UID 1000, (x) total-vm:) total-vm:1kB, anon-rss:1kB, file-rss:1kB":                                              {PID: 2528, Comm: "x) total-vm:"},
	} {
		want.Kind = "node-problem-detector"
		got, ok := recorded("OOMKilling", message, event.Container{}).(event.KubeletOOM)
		if !ok || got != want {
			t.Errorf("%s\ngives %+v, want %+v", message, got, want)
		}
	}
	if b := recorded("OOMKilling", "Killed process x", event.Container{}); b != nil {
		t.Errorf("%+v of a message without pid", b)
	}
}

func TestPods(t *testing.T) {
	statuses := func(s string) string {
		return `{"kind":"Pod","metadata":{"name":"p","namespace":"ns","uid":"u"},"spec":{"containers":[{"name":"c","resources":{"limits":{"memory":"1Gi"}}}]},"status":{"phase":"Running",` + s + `}}`
	}
	for _, c := range []struct{ name, object, want string }{
		{"waiting", statuses(`"containerStatuses":[{"name":"c","restartCount":4,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":137,"reason":"Error","finishedAt":"2026-11-23T14:04:08Z"}}}]`),
			"1 2026-11-23T14:04:08Z death: pod ns/p container c: lastState terminated exitCode 137 reason Error finishedAt 2026-11-23T14:04:08Z; state waiting reason CrashLoopBackOff; restartCount 4; limits.memory 1Gi"},
		{"limit in force", statuses(`"containerStatuses":[{"name":"c","resources":{"limits":{"memory":"2Gi"}}}]`), "1 - context: pod ns/p container c: limits.memory 2Gi"},
		{"status without spec", `{"kind":"Pod","metadata":{"name":"p","namespace":"ns"},"status":{"containerStatuses":[{"name":"c","restartCount":1}]}}`, "1 - context: pod ns/p container c: restartCount 1"},
		{"no kind, as in a list of client-go", `{"metadata":{"name":"p","namespace":"ns"},"spec":{"containers":[{"name":"c"}]}}`, "1 - context: pod ns/p container c: no status"},
		{"evicted to 1.21: no statuses at all", `{"kind":"Pod","metadata":{"name":"p","namespace":"ns"},"status":{"phase":"Failed","reason":"Evicted","message":"Pod ephemeral local storage usage exceeds the limit."}}`,
			`1 - context: pod ns/p; phase Failed reason Evicted message "Pod ephemeral local storage usage exceeds the limit."`},
		{"manifest", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"resources":{"limits":{"memory":"220Mi"}},"containers":[{"name":"c"}]}}`, "1 - context: pod p container c: no status; pod limits.memory 220Mi"},
		{"another kind", `{"kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"c"}]}}}}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			e := readJSON(c.object)
			e.want(t, want...)
			if e.err != nil {
				t.Error(e.err)
			}
		})
	}
}

// What owns pods tells what it asks for, and is passed over, however large.
func TestOwners(t *testing.T) {
	template := `"template":{"metadata":{"name":"t"},"spec":{"containers":[{"name":"c","resources":{"limits":{"memory":"1Gi"}}}]}}`
	e := readJSON(`{"apiVersion":"v1","kind":"List","items":[` +
		`{"apiVersion":"apps/v1","kind":"Deployment","spec":{` + template + `}},{"apiVersion":"batch/v1","kind":"CronJob","spec":{"jobTemplate":{"spec":{` + template + `}}}},` +
		`{"apiVersion":"v1","kind":"LimitRange","spec":{"limits":[{"type":"Container","default":{"memory":"512Mi"}}]}},{"apiVersion":"v1","kind":"ResourceQuota","status":{"used":{"limits.memory":"1Gi"}}},` +
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"ns"},"spec":{"containers":[{"name":"c"}]}}]}`)
	e.want(t, "1 - context: pod ns/p container c: no status")
	if e.err != nil {
		t.Error(e.err)
	}
	e = readYAML("apiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: StatefulSet\n  spec:\n    template:\n      spec:\n        containers:\n        - name: c\n" +
		"- apiVersion: v1\n  data:\n    log: |\n      kind: Pod\n" + strings.Repeat("    k: &a *a\n", 9000) + "  kind: ConfigMap\n" +
		"- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p\n  spec:\n    containers:\n    - name: c\nkind: List\n---\nkind: LimitRange\napiVersion: v1\n")
	if len(e.list) != 1 || e.err != nil {
		t.Errorf("%q, %v", e.lines(), e.err)
	}
}

// The API's object of a static pod has a UID of its own; cgroups have the hash.
func TestMirrorPod(t *testing.T) {
	e := readJSON(`{"kind":"Pod","metadata":{"name":"p","namespace":"ns","uid":"11111111-1111-1111-1111-111111111111","annotations":{` +
		`"kubernetes.io/config.hash":"b1498fe3389220b5c12f5fe572a71bd1","kubernetes.io/config.mirror":"b1498fe3389220b5c12f5fe572a71bd1"}},"spec":{"initContainers":[{"name":"c","restartPolicy":"Always"}],"restartPolicy":"Never"}}`)
	b := e.list[0].Body.(event.ContainerStatus)
	if b.Container.PodUID != "b1498fe3389220b5c12f5fe572a71bd1" || !b.Static || !b.Init || b.RestartPolicy != "Always" {
		t.Errorf("%+v", b)
	}
}

func TestNode(t *testing.T) {
	e := readJSON(`{"kind":"NodeList","items":[{"metadata":{"name":"n"},"status":{"capacity":{"cpu":"2","memory":"2014268Ki"},"allocatable":{"memory":"1911868Ki"},` +
		`"nodeInfo":{"kernelVersion":"6.12.117","kubeletVersion":"v1.34.9","containerRuntimeVersion":"containerd://1.7.24"},` +
		`"conditions":[{"type":"DiskPressure","status":"True"},{"type":"MemoryPressure","status":"False","lastHeartbeatTime":"2026-11-23T14:06:02Z","lastTransitionTime":"2026-11-23T14:05:52Z","reason":"KubeletHasSufficientMemory"}]}}]}`)
	e.want(t, "1 - context: node n: capacity.memory 2014268Ki allocatable.memory 1911868Ki kernelVersion 6.12.117 kubeletVersion v1.34.9 containerRuntimeVersion containerd://1.7.24; "+
		"condition MemoryPressure False reason KubeletHasSufficientMemory lastTransitionTime 2026-11-23T14:05:52Z")
	want := event.NodeStatus{Name: "n", Capacity: 2014268 << 10, Allocatable: 1911868 << 10, KernelVersion: "6.12.117", KubeletVersion: "v1.34.9", RuntimeVersion: "containerd://1.7.24",
		MemoryPressure: "False", PressureSince: time.Date(2026, 11, 23, 14, 5, 52, 0, time.UTC)}
	if e.list[0].Body != want {
		t.Errorf("%+v, want %+v", e.list[0].Body, want)
	}
}

// What is wrong with a file, word for word.
// An error of the reader is told beside the problems.
// The first part of a list gives the first events, wherever the file is cut.
// One byte at a time is read as all at once.
