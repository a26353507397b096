package kubelet

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

const (
	id1 = "81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f"
	id2 = "54e2bcb96622b0b93daadd420e868aec036967ea958e5a7f2edead8731aca161"
	uid = "b1498fe3389220b5c12f5fe572a71bd1"
)

// read returns the bodies of the events that lines give.
func read(t *testing.T, lines ...string) []event.Body {
	t.Helper()
	p := New()
	var got []event.Body
	for i, line := range lines {
		rec := event.Record{Pos: event.Pos{File: "kubelet.log", Line: i + 1}, Speaker: "kubelet", Msg: []byte(line)}
		emit := func(e event.Event) {
			if e.Pos.Line != i+1 || e.Text != line[:min(len(line), event.MaxText)] {
				t.Errorf("event of line %d with text %q, want line %d and the line itself", e.Pos.Line, e.Text, i+1)
			}
			if !holdsLiteral(line) {
				t.Errorf("no literal stands in %q", line)
			}
			got = append(got, e.Body)
		}
		p.Read(&rec, emit)
		if string(rec.Msg) != line {
			t.Errorf("Msg is now %q", rec.Msg)
		}
		for j := range rec.Msg { // what is kept is found
			rec.Msg[j] = '#'
		}
	}
	p.End(func(e event.Event) { got = append(got, e.Body) })
	return got
}

func holdsLiteral(line string) bool {
	return slices.ContainsFunc(Literals(), func(l string) bool { return strings.Contains(line, l) })
}

func at(s string) event.Stamp {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return wall(t)
}

// equal compares bodies; a stamp's moment counts, not how its zone is kept.
func equal(a, b event.Body) bool {
	ka, ok := a.(event.KubeletOOM)
	kb, ok2 := b.(event.KubeletOOM)
	if ok && ok2 && ka.At.Wall.Equal(kb.At.Wall) {
		ka.At.Wall, kb.At.Wall = time.Time{}, time.Time{}
		return ka == kb
	}
	return reflect.DeepEqual(a, b)
}

type row struct {
	name string // with the version that prints the line
	line string
	want []event.Body
}

func run(t *testing.T, rows []row) {
	var records []event.Record
	for i, r := range rows {
		records = append(records, event.Record{Pos: event.Pos{File: "kubelet.log", Line: i + 1}, Speaker: "kubelet", Msg: []byte(r.line)})
	}
	parsertest.Run(t, New, Literals(), records)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := read(t, r.line); !slices.EqualFunc(got, r.want, equal) {
				t.Errorf("%s\ngives %+v\nwant  %+v", r.line, got, r.want)
			}
		})
	}
}

func pod(ns, name string) event.Container {
	return event.Container{Namespace: ns, Pod: name, Restart: -1}
}

func TestOOM(t *testing.T) {
	const memcg = "/kubepods/burstable/pod" + uid
	run(t, []row{
		{"1.14 from cadvisor", `Got sys oom event from cadvisor: &{/ 2026-11-23 09:15:20.230554744 +0000 UTC m=+19.250757987 oom {<nil>}}`,
			[]event.Body{event.KubeletOOM{Kind: "sys oom", TaskMemcg: "/", At: at("2026-11-23T09:15:20.230554744Z")}}},
		{"1.18.20 sys oom", `Got sys oom event: &{7208 python3 2026-11-23 09:15:20.182324426 +0000 UTC m=+19.202527667 / /}`,
			[]event.Body{event.KubeletOOM{Kind: "sys oom", PID: 7208, Comm: "python3", TaskMemcg: "/", OOMMemcg: "/", At: at("2026-11-23T09:15:20.182324426Z")}}},
		{"1.20 with a constraint, comm of three words", `Got sys oom event: &{7208 a } b 2026-11-23 10:15:20.5 +0100 CET / / CONSTRAINT_NONE}`,
			[]event.Body{event.KubeletOOM{Kind: "sys oom", PID: 7208, Comm: "a } b", TaskMemcg: "/", OOMMemcg: "/", At: at("2026-11-23T09:15:20.5Z")}}},
		{"1.20 json", `{"ts":1795424959147.0278,"msg":"Got sys oom event: &{7208 \"py\" 2026-11-23 09:15:20.5 +0000 UTC / / CONSTRAINT_NONE}","v":1}`,
			[]event.Body{event.KubeletOOM{Kind: "sys oom", PID: 7208, Comm: `"py"`, TaskMemcg: "/", OOMMemcg: "/", At: at("2026-11-23T09:15:20.5Z")}}},
		{"1.24 struct", `"Got sys oom event" event=&{Pid:8622 ProcessName:x TimeOfDeath: TimeOfDeath:2026-11-23 14:59:41.71386282 +0100 CET m=+9.1 ContainerName:/ VictimContainerName:/ Constraint:CONSTRAINT_NONE}`,
			[]event.Body{event.KubeletOOM{Kind: "sys oom", PID: 8622, Comm: "x TimeOfDeath:", TaskMemcg: "/", OOMMemcg: "/", At: at("2026-11-23T13:59:41.71386282Z")}}},
		{"1.34.9 structured", `"Got sys oom event" event={"Pid":8622,"ProcessName":"python3","TimeOfDeath":"2026-11-23T14:59:41.71386282+01:00","ContainerName":"/","VictimContainerName":"/","Constraint":""}`,
			[]event.Body{event.KubeletOOM{Kind: "sys oom", PID: 8622, Comm: "python3", TaskMemcg: "/", OOMMemcg: "/", At: at("2026-11-23T13:59:41.71386282Z")}}},
		{"1.34.9 json", `{"ts":1795442855621.351,"caller":"oom/oom_watcher_linux.go:85","msg":"Got sys oom event","v":1,"event":{"Pid":8622,"ProcessName":"python3","TimeOfDeath":"2026-11-23T14:59:41.005285542+01:00","ContainerName":"/","VictimContainerName":"/","Constraint":""}}`,
			[]event.Body{event.KubeletOOM{Kind: "sys oom", PID: 8622, Comm: "python3", TaskMemcg: "/", OOMMemcg: "/", At: at("2026-11-23T13:59:41.005285542Z")}}},
		{"1.36.2 created, json", `{"ts":1795424959147.0278,"caller":"manager/manager.go:1216","msg":"Created an OOM event in container \"` + memcg + `\" at 2026-11-23 09:09:19.014479723 +0000 UTC m=+31.362605398","v":3}`,
			[]event.Body{event.KubeletOOM{Kind: "cadvisor", TaskMemcg: memcg, At: at("2026-11-23T09:09:19.014479723Z")}}},
		{"1.34.9 created, local zone", `Created an OOM event in container "/kubepods.slice" at 2026-11-23 15:06:51.945562339 +0100 CET m=-5.071982295`,
			[]event.Body{event.KubeletOOM{Kind: "cadvisor", TaskMemcg: "/kubepods.slice", At: at("2026-11-23T14:06:51.945562339Z")}}},
		{"1.36.2 added, oomKill", `Added event &{` + memcg + ` 2026-11-23 09:16:00.389045554 +0000 UTC m=+20.564082044 oomKill {0x1b58d90e42d0 <nil>}}`,
			[]event.Body{event.KubeletOOM{Kind: "cadvisor", OOMMemcg: memcg, At: at("2026-11-23T09:16:00.389045554Z")}}},
		{"1.36.2 added, oom: the same kill again", `Added event &{` + memcg + ` 2026-11-23 09:16:00.389045554 +0000 UTC m=+20.564082044 oom {<nil> <nil>}}`, nil},
		{"1.36.2 added, a container", `Added event &{` + memcg + ` 2026-11-23 09:09:16.223303357 +0000 UTC containerCreation {<nil>}}`, nil},
		{"1.18.20 node event", `Event(v1.ObjectReference{Kind:"Node", Namespace:"", Name:"n", UID:"n", APIVersion:"", ResourceVersion:"", FieldPath:""}): type: 'Warning' reason: 'SystemOOM' System OOM encountered, victim process: a, pid: 1, pid: 7208`,
			[]event.Body{event.KubeletOOM{Kind: "SystemOOM", PID: 7208, Comm: "a, pid: 1"}}},
		{"1.15 node event", `Event(v1.ObjectReference{Kind:"Node", Name:"n"}): type: 'Warning' reason: 'SystemOOM' System OOM encountered`,
			[]event.Body{event.KubeletOOM{Kind: "SystemOOM"}}},
		{"1.34.9 node event", `"Event occurred" object="ip-10-20-4-31" fieldPath="" kind="Node" apiVersion="" type="Warning" reason="SystemOOM" message="System OOM encountered, victim process: python3, pid: 8622"`,
			[]event.Body{event.KubeletOOM{Kind: "SystemOOM", PID: 8622, Comm: "python3"}}},
		{"score adjusted", `failed to set "/proc/self/oom_score_adj" to "-999": write /proc/self/oom_score_adj: permission denied`, nil},
		{"cut in the time", `Got sys oom event: &{7208 python3 2026-11-23 09:15:20.18`, nil},
	})
}

func TestLifecycle(t *testing.T) {
	died := func(c event.Container) []event.Body {
		c.PodUID, c.ID = uid, id1
		return []event.Body{event.PodLifecycle{Container: c, Type: "ContainerDied", ExitCode: event.NotPrinted}}
	}
	started := event.PodLifecycle{Container: event.Container{Namespace: "maps", Pod: "p", PodUID: uid, ID: id1, Restart: -1}, Type: "ContainerStarted", ExitCode: event.NotPrinted}
	run(t, []row{
		{"1.18.20", `SyncLoop (PLEG): "p_ns(` + uid + `)", event: &pleg.PodLifecycleEvent{ID:"` + uid + `", Type:"ContainerDied", Data:"` + id1 + `"}`, died(pod("ns", "p"))},
		{"1.20 json", `{"ts":1.5,"msg":"SyncLoop (PLEG): \"p_ns(` + uid + `)\", event: &pleg.PodLifecycleEvent{ID:\"` + uid + `\", Type:\"ContainerDied\", Data:\"` + id1 + `\"}","v":2}`, died(pod("ns", "p"))},
		{"1.24", `"SyncLoop (PLEG): event for pod" pod="ns/p" event=&{ID:` + uid + ` Type:ContainerDied Data:` + id1 + `}`, died(pod("ns", "p"))},
		{"1.31.13", `"SyncLoop (PLEG): event for pod" pod="ns/p" event={"ID":"` + uid + `","Type":"ContainerDied","Data":"` + id1 + `"}`, died(pod("ns", "p"))},
		{"1.31.13 json", `{"ts":1795424957135.0588,"caller":"kubelet/kubelet.go:2439","msg":"SyncLoop (PLEG): event for pod","v":2,"pod":{"name":"p","namespace":"maps"},"event":{"ID":"` + uid + `","Type":"ContainerStarted","Data":"` + id1 + `"}}`, []event.Body{started}},
		{"1.31.13 pod gone", `"SyncLoop (PLEG): pod does not exist, ignore irrelevant event" event={"ID":"` + uid + `","Type":"ContainerDied","Data":"` + id1 + `"}`, died(anyContainer())},
		{"1.31.13 removed", `"SyncLoop (PLEG): event for pod" pod="ns/ContainerDied" event={"ID":"` + uid + `","Type":"ContainerRemoved","Data":"` + id1 + `"}`, nil},
		{"1.34.9 finished", `"Generic (PLEG): container finished" podID="` + uid + `" containerID="` + id1 + `" exitCode=137`,
			[]event.Body{event.PodLifecycle{Container: event.Container{PodUID: uid, ID: id1, Restart: -1}, Type: "ContainerDied", ExitCode: 137}}},
		{"1.31.13 finished, json", `{"ts":1795424951109.271,"caller":"pleg/generic.go:334","msg":"Generic (PLEG): container finished","v":2,"podID":"` + uid + `","containerID":"` + id1 + `","exitCode":1}`,
			[]event.Body{event.PodLifecycle{Container: event.Container{PodUID: uid, ID: id1, Restart: -1}, Type: "ContainerDied", ExitCode: 1}}},
	})
}

func TestStop(t *testing.T) {
	whole := event.Container{Runtime: "containerd", ID: id1, Namespace: "ns", Pod: "p", PodUID: uid, Name: "c", Restart: -1}
	byID := event.Container{Runtime: "containerd", ID: id1, Restart: -1}
	of := func(c event.Container, why string, grace int, kill bool) event.StopContainer {
		return event.StopContainer{Container: c, Why: why, Grace: grace, Kill: kill}
	}
	const names = `pod="ns/p" podUID="` + uid + `" containerName="c"`
	named := event.Container{Namespace: "ns", Pod: "p", PodUID: uid, Name: "c", Restart: -1}
	podOf := func(uid string) event.Container {
		return event.Container{Namespace: "ns", Pod: "p", PodUID: uid, Restart: -1}
	}
	run(t, []row{
		{"1.18.20 killing", `Killing container "containerd://` + id1 + `" with 5 second grace period`, []event.Body{of(byID, whyKubelet, 5, false)}},
		{"1.20 killing", `Killing container "containerd://` + id1 + `" with a 30 second grace period`, []event.Body{of(byID, whyKubelet, 30, false)}},
		{"1.20 override", `Killing container "containerd://` + id1 + `", but using 0 second grace period override`, []event.Body{of(byID, whyKubelet, 0, true)}},
		{"1.34.9 killing", `"Killing container with a grace period" ` + names + ` containerID="containerd://` + id1 + `" gracePeriod=3`,
			[]event.Body{of(whole, whyKubelet, 3, false), event.Identity{Container: whole}}},
		{"1.31.13 killing, json", `{"ts":1795424954413.2178,"msg":"Killing container with a grace period","v":2,"pod":{"name":"p","namespace":"ns"},"podUID":"` + uid + `","containerName":"c","containerID":"containerd://` + id1 + `","gracePeriod":5}`,
			[]event.Body{of(whole, whyKubelet, 5, false), event.Identity{Container: whole}}},
		{"1.31.13 why", `"Message for Container of pod" containerName="c" containerStatusID={"Type":"containerd","ID":"` + id1 + `"} pod="ns/p" containerMessage="Container c failed liveness probe, will be restarted"`,
			[]event.Body{of(event.Container{Runtime: "containerd", ID: id1, Namespace: "ns", Pod: "p", Name: "c", Restart: -1}, whyLiveness, -1, false)}},
		{"1.34.9 liveness", `"Probe failed" probeType="Liveness" ` + names + ` probeResult="failure" output=""`, []event.Body{of(named, whyLiveness, -1, false)}},
		{"1.31 liveness, output of several lines", `"Probe failed" probeType="Liveness" ` + names + ` probeResult="failure" output=<`, []event.Body{of(named, whyLiveness, -1, false)}},
		{"1.34.9 readiness", `"Probe failed" probeType="Readiness" ` + names + ` probeResult="failure" output="failed liveness probe"`, nil},
		{"1.18 startup", `Startup probe for "p_ns(` + uid + `):c" failed (failure): no "x" failed (`, []event.Body{of(named, whyStartup, -1, false)}},
		{"1.34.9 sync loop", `"SyncLoop (probe)" probe="liveness" status="unhealthy" pod="ns/p"`, []event.Body{of(pod("ns", "p"), whyLiveness, -1, false)}},
		{"1.34.9 ready", `"SyncLoop (probe)" probe="readiness" status="ready" pod="ns/unhealthy"`, nil},
		{"1.18 sync loop", `SyncLoop (container unhealthy): "p_ns(` + uid + `)"`, []event.Body{of(podOf(uid), whyLiveness, -1, false)}},
		{"1.34.9 removed", `"SyncLoop REMOVE" source="file" pods=["ns/p","ns/q"]`,
			[]event.Body{of(pod("ns", "p"), "its pod was removed (source file)", -1, false), of(pod("ns", "q"), "its pod was removed (source file)", -1, false)}},
		{"1.24 deleted", `"SyncLoop DELETE" source="api" pods=[ns/p ns/q]`,
			[]event.Body{of(pod("ns", "p"), "its pod was deleted (source api)", -1, false), of(pod("ns", "q"), "its pod was deleted (source api)", -1, false)}},
		{"1.31.13 removed, json", `{"ts":1795424954412.2231,"msg":"SyncLoop REMOVE","v":2,"source":"file","pods":[{"name":"p","namespace":"ns"}]}`,
			[]event.Body{of(pod("ns", "p"), "its pod was removed (source file)", -1, false)}},
		{"1.18.20 removed", `SyncLoop (REMOVE, "file"): "p_ns(` + uid + `), q_ns(DELETE)"`,
			[]event.Body{of(podOf(uid), "its pod was removed (source file)", -1, false),
				of(event.Container{Namespace: "ns", Pod: "q", PodUID: "DELETE", Restart: -1}, "its pod was removed (source file)", -1, false)}},
		{"1.33 preempting", `"Preempting pod to free up resources" pod="ns/p" podUID="` + uid + `" insufficientResources=[{}]`, []event.Body{of(podOf(uid), whyPreempt, -1, false)}},
		{"1.20 preempted", `preemption: pod p_ns(` + uid + `) evicted successfully`, []event.Body{of(podOf(uid), whyPreempt, -1, false)}},
		{"1.22 shutdown", `"Shutdown manager killing pod with gracePeriod" pod="ns/p" gracePeriod=20`, []event.Body{of(pod("ns", "p"), whyShutdown, 20, false)}},
		{"1.18.20 leftovers", `Attempt to kill process with pid: 7163 from cgroup: [kubepods burstable pod` + uid + `]`,
			[]event.Body{of(event.Container{PodUID: uid, Restart: -1}, whyLeftover, -1, true)}},
		{"1.31 leftovers", `"Attempting to kill process from cgroup" pid=7163 cgroupName=["kubepods","burstable","pod` + uid + `"]`,
			[]event.Body{of(event.Container{PodUID: uid, Restart: -1}, whyLeftover, -1, true)}},
		{"1.18.20 event", `Event(v1.ObjectReference{Kind:"Pod", Namespace:"ns", Name:"p", UID:"` + uid + `", APIVersion:"v1", ResourceVersion:"", FieldPath:"spec.containers{c}"}): type: 'Normal' reason: 'Killing' Stopping container c`,
			[]event.Body{of(named, whyKubelet, -1, false)}},
		{"1.36.2 event", `"Event occurred" object="ns/p" fieldPath="spec.initContainers{c}" kind="Pod" apiVersion="v1" type="Normal" reason="Killing" message="Container c failed startup probe, will be restarted"`,
			[]event.Body{of(event.Container{Namespace: "ns", Pod: "p", Name: "c", Restart: -1}, whyStartup, -1, false)}},
		{"1.31 unhealthy", `"Event occurred" object="ns/p" fieldPath="spec.containers{c}" kind="Pod" apiVersion="v1" type="Warning" reason="Unhealthy" message="Liveness probe failed: \n"`,
			[]event.Body{of(event.Container{Namespace: "ns", Pod: "p", Name: "c", Restart: -1}, whyLiveness, -1, false)}},
		{"1.31 not ready", `"Event occurred" object="ns/p" fieldPath="spec.containers{c}" kind="Pod" apiVersion="v1" type="Warning" reason="Unhealthy" message="Readiness probe failed: Liveness probe failed"`, nil},
		{"1.31 an application's words", `"Event occurred" object="ns/p" kind="Pod" type="Warning" reason="Custom" message="Stopping container c"`, nil},
	})
}

func TestEviction(t *testing.T) {
	p := pod("reports", "sorter-7d8")
	old := event.Container{Namespace: "ns", Pod: "p", PodUID: uid, Restart: -1}
	const message = "The node was low on resource: memory. Threshold quantity: 1436Mi, available: 1312836Ki. "
	run(t, []row{
		{"1.34.9 attempting", `"Eviction manager: attempting to reclaim" resourceName="memory"`, []event.Body{event.Eviction{Container: anyContainer(), Step: "attempting", Resource: "memory"}}},
		{"1.34.9 must", `"Eviction manager: must evict pod(s) to reclaim" resourceName="memory"`, []event.Body{event.Eviction{Container: anyContainer(), Step: "evicting", Resource: "memory"}}},
		{"1.34.9 must, disk", `"Eviction manager: must evict pod(s) to reclaim" resourceName="ephemeral-storage"`, nil},
		{"1.34.9 ranked", `"Eviction manager: pods ranked for eviction" pods=["reports/sorter-7d8","reports/cache-0"]`, []event.Body{event.Eviction{Container: p, Step: "ranked"}}},
		{"1.34.9 evicted", `"Eviction manager: pod is evicted successfully" pod="reports/sorter-7d8"`, []event.Body{event.Eviction{Container: p, Step: "evicted", Done: true}}},
		{"1.34.9 refused", `"Eviction manager: cannot evict a critical pod" pod="reports/sorter-7d8"`, []event.Body{event.Eviction{Container: p, Step: "refused"}}},
		{"1.34.9 evicted, json", `{"ts":1.5,"msg":"Eviction manager: pod is evicted successfully","v":0,"pod":{"name":"sorter-7d8","namespace":"reports"}}`, []event.Body{event.Eviction{Container: p, Step: "evicted", Done: true}}},
		{"1.22 the message", `"Evicting pod" pod="ns/p" podUID="` + uid + `" message="` + message + `"`, []event.Body{event.Eviction{Container: old, Step: "evicting", Resource: "memory", Message: message}}},
		{"1.18 attempting", `eviction manager: attempting to reclaim memory`, []event.Body{event.Eviction{Container: anyContainer(), Step: "attempting", Resource: "memory"}}},
		{"1.18 must", `eviction manager: must evict pod(s) to reclaim memory`, []event.Body{event.Eviction{Container: anyContainer(), Step: "evicting", Resource: "memory"}}},
		{"1.18 ranked", `eviction manager: pods ranked for eviction: p_ns(` + uid + `), q_ns(u)`, []event.Body{event.Eviction{Container: old, Step: "ranked"}}},
		{"1.18 evicted", `eviction manager: pod p_ns(` + uid + `) is evicted successfully`, []event.Body{event.Eviction{Container: old, Step: "evicted", Done: true}}},
		{"1.16 refused", `eviction manager: cannot evict a critical static pod p_ns(` + uid + `)`, []event.Body{event.Eviction{Container: old, Step: "refused"}}},
		{"1.34 event", `"Event occurred" object="ns/p" kind="Pod" apiVersion="v1" type="Warning" reason="Evicted" message="` + message + `"`,
			[]event.Body{event.Eviction{Container: pod("ns", "p"), Step: "evicted", Resource: "memory", Message: message, Done: true}}},
		{"1.34 event, disk", `"Event occurred" object="ns/p" kind="Pod" apiVersion="v1" type="Warning" reason="Evicted" message="The node was low on resource: ephemeral-storage. "`, nil},
		{"1.34.9 nothing to do", `"Eviction manager: no resources are starved"`, nil},
		{"1.34.9 observations", `"Eviction manager:" log="observations" signal="memory.available" resourceName="memory" available="1Ki" capacity="2Ki"`, nil},
	})
}

// Only the first lines of a round say what it is about.
func TestEvictionRounds(t *testing.T) {
	round := func(resource string) []string {
		return []string{`"Eviction manager: attempting to reclaim" resourceName="` + resource + `"`,
			`"Eviction manager: pods ranked for eviction" pods=["ns/p"]`, `"Eviction manager: pod is evicted successfully" pod="ns/p"`}
	}
	var got []string
	for _, b := range read(t, slices.Concat(round("memory")[2:], round("ephemeral-storage"), round("memory"), round("pids"))...) {
		e := b.(event.Eviction)
		got = append(got, e.Step+" "+e.Resource)
	}
	if want := []string{"evicted ", "attempting memory", "ranked memory", "evicted memory"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStart(t *testing.T) {
	run(t, []row{
		{"1.34.9 version", `"Kubelet version" kubeletVersion="v1.34.9"`, []event.Body{event.KubeletStart{Version: "v1.34.9", Verbosity: -1}}},
		{"1.31.13 version, json", `{"ts":1795424927772.3445,"caller":"app/server.go:491","msg":"Kubelet version","v":0,"kubeletVersion":"v1.31.13"}`, []event.Body{event.KubeletStart{Version: "v1.31.13", Verbosity: -1}}},
		{"1.18.20 version", `Version: v1.18.20`, []event.Body{event.KubeletStart{Version: "v1.18.20", Verbosity: -1}}},
		{"1.31.13 cadvisor's version", `Version: {KernelVersion:6.18.44 ContainerOsVersion:Debian}`, nil},
		{"1.34.9 flag", `FLAG: --v="2"`, []event.Body{event.KubeletStart{Verbosity: 2}}},
		{"1.34.9 flag, none", `FLAG: --v="0"`, []event.Body{event.KubeletStart{Verbosity: 0}}},
		{"1.31.13 flag, json", `{"ts":1795424927757.4272,"caller":"flag/flags.go:64","msg":"FLAG: --v=\"4\"","v":1}`, []event.Body{event.KubeletStart{Verbosity: 4}}},
		{"1.34.9 another flag", `FLAG: --version="false"`, nil},
		{"1.34.9 watching", `Started watching for new ooms in manager`, []event.Body{event.KubeletStart{Verbosity: -1}}},
	})
}

// A back-off is said at every sync; it is told once, until the pod starts.
func TestBackOff(t *testing.T) {
	structured := func(delay string) string {
		return `"Error syncing pod, skipping" err="failed to \"StartContainer\" for \"c\" with CrashLoopBackOff: \"back-off ` + delay + ` restarting failed container=c pod=p_ns(` + uid + `)\"" pod="ns/p" podUID="` + uid + `"`
	}
	printf := `Error syncing pod ` + uid + ` ("p_ns(` + uid + `)"), skipping: failed to "StartContainer" for "c" with CrashLoopBackOff: "Back-off 5m0s restarting failed container=c pod=p_ns(` + uid + `)"`
	asJSON := `{"ts":1795424963179.5603,"msg":"Back-off restarting failed container","v":3,"err":"back-off 10s restarting failed container=c pod=p_ns(` + uid + `)"}`
	started := `"SyncLoop (PLEG): event for pod" pod="ns/p" event={"ID":"` + uid + `","Type":"ContainerStarted","Data":"` + id1 + `"}`
	recorded := `"Event occurred" object="ns/p" fieldPath="spec.containers{c}" kind="Pod" apiVersion="v1" type="Warning" reason="BackOff" message="Back-off restarting failed container c in pod p_ns(` + uid + `)"`
	pulling := `"Event occurred" object="ns/p" kind="Pod" type="Normal" reason="BackOff" message="Back-off pulling image \"Back-off restarting failed container\""`
	var delays []string
	for _, b := range read(t, structured("10s"), asJSON, structured("10s"), recorded, recorded, pulling, started, structured("10s"), structured("20s"), printf) {
		switch b := b.(type) {
		case event.BackOff:
			if want := (event.Container{Namespace: "ns", Pod: "p", PodUID: uid, Name: "c", Restart: -1}); b.Container != want {
				t.Errorf("container %+v, want %+v", b.Container, want)
			}
			delays = append(delays, b.Delay)
		case event.PodLifecycle:
			delays = append(delays, "started")
		}
	}
	if want := []string{"10s", "", "started", "10s", "20s", "5m0s"}; !slices.Equal(delays, want) {
		t.Errorf("told %q, want %q", delays, want)
	}
}

// What a kubelet says of other things gives nothing and allocates nothing.
// A line of one megabyte takes no longer than its length allows.
// Values come back as klog wrote them, in text and in JSON.
// Whatever is read: the record stays as it is, and a line that gives an event
// holds a literal.
