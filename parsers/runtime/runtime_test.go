package runtime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

const (
	id1 = "81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f"
	id2 = "b154934f379351d3ec7627bb0caf77d59f6efb954a23146c0c7df64b0073dd01"
	id3 = "1f3accdbc45c1b3124a93e223bad1ab54831449e2beabe627ce57b6bc67afd96"
	uid = "b1498fe3389220b5c12f5fe572a71bd1"
)

// bodies returns what one record gives.
func bodies(t *testing.T, rec event.Record) []event.Body {
	t.Helper()
	line := string(rec.Msg)
	var got []event.Body
	p := New()
	emit := func(e event.Event) {
		if e.Text != line {
			t.Errorf("event with text %q, want the line %q", e.Text, line)
		}
		if !holdsLiteral(line) {
			t.Errorf("no literal stands in %q", line)
		}
		got = append(got, e.Body)
	}
	p.Read(&rec, emit)
	p.End(emit)
	if string(rec.Msg) != line {
		t.Errorf("Msg is now %q", rec.Msg)
	}
	for i := range rec.Msg { // what is kept is found
		rec.Msg[i] = '#'
	}
	return got
}

func holdsLiteral(line string) bool {
	return slices.ContainsFunc(Literals(), func(l string) bool { return strings.Contains(line, l) })
}

type row struct {
	name string // with the version that prints the line
	line string
	want event.Body // nil: nothing
}

func run(t *testing.T, rows []row) {
	var records []event.Record
	for i, r := range rows {
		records = append(records, event.Record{Pos: event.Pos{File: "containerd.log", Line: i + 1}, Speaker: "containerd", Msg: []byte(r.line)})
	}
	parsertest.Run(t, New, Literals(), records)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var want []event.Body
			if r.want != nil {
				want = []event.Body{r.want}
			}
			if got := bodies(t, event.Record{Msg: []byte(r.line)}); !reflect.DeepEqual(got, want) {
				t.Errorf("%s\ngives %+v\nwant  %+v", r.line, got, want)
			}
		})
	}
}

func logrus(msg, fields string) string {
	return `time="2026-11-23T09:01:41.645457050Z" level=info msg=` + strconv.Quote(msg) + fields
}

func asJSON(msg, fields string) string {
	b, err := json.Marshal(msg) // with < > and & escaped, as logrus does
	if err != nil {
		panic(err)
	}
	return `{"level":"info","msg":` + string(b) + `,"time":"2026-11-23T09:01:41.645457050Z"` + fields + `}`
}

func TestContainerd(t *testing.T) {
	of := func(id string) event.Container { return container(containerd, id) }
	oom := event.TaskOOM{Container: of(id1)}
	exit := func(code int, exec string, at time.Time) event.TaskExit {
		return event.TaskExit{Container: of(id1), ExecID: exec, PID: 9333, ExitCode: code, At: at}
	}
	at := time.Unix(1795442570, 53022275).UTC()
	created := event.Container{Runtime: containerd, ID: id1, SandboxID: id2, Name: "worker", Restart: 1}
	sandbox := event.Container{Runtime: containerd, SandboxID: id2, Pod: "imgproc-1", PodUID: uid, Namespace: "imaging", Restart: -1}
	run(t, []row{
		{"1.7.24 starts", logrus("starting containerd", ` revision="1.7.24~ds1-6+deb13u1" version="1.7.24~ds1"`), event.ProgramStart{Program: containerd, Version: "1.7.24~ds1"}},
		{"1.6.2 starts", logrus("starting containerd", " revision=de8046a5501db9e0 version=1.6.2"), event.ProgramStart{Program: containerd, Version: "1.6.2"}},
		{"starts, no version", logrus("starting containerd", ""), nil},
		{"1.6.20 TaskOOM", logrus("TaskOOM event &TaskOOM{ContainerID:"+id1+",XXX_unrecognized:[],}", ""), oom},
		{"1.6.20 TaskOOM, json", asJSON("TaskOOM event &TaskOOM{ContainerID:"+id1+",XXX_unrecognized:[],}", ""), oom},
		{"1.7.24 TaskOOM", logrus(`TaskOOM event container_id:"`+id1+`"`, ""), oom},
		{"1.7.24 TaskOOM, json", asJSON(`TaskOOM event container_id:"`+id1+`"`, ""), oom},
		{"1.7.24 exit", logrus(`received exit event container_id:"`+id1+`"  id:"`+id1+`"  pid:9333  exit_status:137  exited_at:{seconds:1795442570  nanos:53022275}`, ""), exit(137, "", at)},
		{"1.7.24 exit 0 is not printed", logrus(`received exit event container_id:"`+id1+`"  id:"`+id1+`"  pid:9333  exited_at:{seconds:1795442570  nanos:53022275}`, ""), exit(0, "", at)},
		{"1.7.24 exit, cut off", logrus(`received exit event container_id:"`+id1+`"  id:"`+id1+`"  pid:9333`, ""), exit(event.NotPrinted, "", time.Time{})},
		{"2.2 exit", logrus(`received container exit event container_id:"`+id1+`" id:"`+id3+`" pid:9333 exit_status:1 exited_at:{seconds:1795442570 nanos:53022275}`, ""), exit(1, id3, at)},
		{"2.2 exit of a sandbox", logrus(`received sandbox container exit event container_id:"`+id1+`" id:"`+id1+`" pid:9333 exit_status:137 exited_at:{seconds:1795442570 nanos:53022275}`, ""), exit(137, "", at)},
		{"1.6.37 exit", logrus(`received exit event &TaskExit{ContainerID:`+id1+`,ID:`+id1+`,Pid:9333,ExitStatus:137,ExitedAt:2026-11-23 14:02:50.053022275 +0000 UTC,XXX_unrecognized:[],}`, ""), exit(137, "", at)},
		{"1.6 TaskExit after a failure", logrus(`TaskExit event &TaskExit{ContainerID:`+id1+`,ID:`+id3+`,Pid:9333,ExitStatus:0,ExitedAt:2026-11-23 14:02:50.053022275 +0000 UTC,XXX_unrecognized:[],}`, ""), exit(0, id3, at)},
		{"1.6.20 shim", logrus("shim disconnected", " id="+id1), event.TaskExit{Container: of(id1), ExitCode: event.NotPrinted}},
		{"1.6.20 shim, json", asJSON("shim disconnected", `,"id":"`+id1+`"`), event.TaskExit{Container: of(id1), ExitCode: event.NotPrinted}},
		{"1.2 shim", logrus("shim reaped", " id="+id1), event.TaskExit{Container: of(id1), ExitCode: event.NotPrinted}},
		{"1.6.20 cleaning up: the same end again", logrus("cleaning up after shim disconnected", " id="+id1+" namespace=k8s.io"), nil},
		{"1.6.20 created", logrus(`CreateContainer within sandbox "`+id2+`" for &ContainerMetadata{Name:worker,Attempt:1,} returns container id "`+id1+`"`, ""), event.Identity{Container: created}},
		{"1.6.20 to be created", logrus(`CreateContainer within sandbox "`+id2+`" for container &ContainerMetadata{Name:worker,Attempt:1,}`, ""), nil},
		{"1.7.24 sandbox", logrus(`RunPodSandbox for &PodSandboxMetadata{Name:imgproc-1,Uid:`+uid+`,Namespace:imaging,Attempt:0,} returns sandbox id "`+id2+`"`, ""), event.Identity{Container: sandbox}},
		{"1.4 sandbox", logrus(`RunPodsandbox for &PodSandboxMetadata{Name:imgproc-1,Uid:`+uid+`,Namespace:imaging,Attempt:0,} returns sandbox id "`+id2+`"`, ""), event.Identity{Container: sandbox}},
		{"1.6.20 started", logrus(`StartContainer for "`+id1+`" returns successfully`, ""), event.TaskStart{Container: of(id1)}},
		{"1.6.20 to be started", logrus(`StartContainer for "`+id1+`"`, ""), nil},
		{"1.6.20 stop", logrus(`StopContainer for "`+id1+`" with timeout 5 (s)`, ""), event.StopContainer{Container: of(id1), Why: "the runtime was asked to stop it", Grace: 5}},
		{"1.6.20 stop at once", logrus(`StopContainer for "`+id1+`" with timeout 0 (s)`, ""), event.StopContainer{Container: of(id1), Why: "the runtime was asked to stop it", Grace: 0, Kill: true}},
		{"1.6.20 stopped", logrus(`StopContainer for "`+id1+`" returns successfully`, ""), nil},
		{"1.6.20 signal", logrus(`Stop container "`+id1+`" with signal terminated`, ""), event.StopContainer{Container: of(id1), Why: "the runtime sent it the signal terminated", Grace: -1}},
		{"1.6.20 kill", logrus(`Kill container "`+id1+`"`, ""), event.StopContainer{Container: of(id1), Why: "the runtime sent it SIGKILL", Grace: -1, Kill: true}},
		{"1.6.20 kill failed", logrus("Kill container failed", ` error="unknown"`), nil},
	})
}

func TestCtrEvents(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 1, 45, 570653045, time.UTC)
	c := container(containerd, id1)
	image := c
	image.Image = "lab.local/imgproc:1.4.2"
	run(t, []row{
		{"1.6.20 oom", `k8s.io /tasks/oom {"container_id":"` + id1 + `"}`, event.TaskOOM{Container: c}},
		{"1.6.20 exit", `k8s.io /tasks/exit {"container_id":"` + id1 + `","id":"` + id1 + `","pid":14607,"exit_status":1,"exited_at":"2026-11-23T09:01:45.570653045Z"}`,
			event.TaskExit{Container: c, PID: 14607, ExitCode: 1, At: at}},
		{"1.6.20 exit 0 is not printed", `k8s.io /tasks/exit {"container_id":"` + id1 + `","id":"` + id1 + `","pid":14682,"exited_at":"2026-11-23T09:01:45.570653045Z"}`,
			event.TaskExit{Container: c, PID: 14682, At: at}},
		{"1.6.20 exit of an exec", `k8s.io /tasks/exit {"container_id":"` + id1 + `","id":"` + id3 + `","pid":17181,"exit_status":1}`,
			event.TaskExit{Container: c, ExecID: id3, PID: 17181, ExitCode: 1}},
		{"1.6.20 start", `k8s.io /tasks/start {"container_id":"` + id1 + `","pid":14607}`, event.TaskStart{Container: c, PID: 14607}},
		{"1.6.20 create", `k8s.io /containers/create {"id":"` + id1 + `","image":"lab.local/imgproc:1.4.2","runtime":{"name":"io.containerd.runc.v2"}}`, event.Identity{Container: image}},
		{"with its time", `2026-11-23 09:01:41.654499057 +0000 UTC k8s.io /tasks/oom {"container_id":"` + id1 + `"}`, event.TaskOOM{Container: c}},
		{"1.6.20 delete", `k8s.io /tasks/delete {"container_id":"` + id1 + `","pid":14607,"exit_status":1}`, nil},
		{"1.6.20 exec started", `k8s.io /tasks/exec-started {"container_id":"` + id1 + `","exec_id":"` + id3 + `","pid":17181}`, nil},
		{"cut off", `k8s.io /tasks/oom {"container_id":"81f8`, nil},
	})
}

func TestCRIO(t *testing.T) {
	named := event.Container{Runtime: crio, ID: id1, Namespace: "ns", Pod: "p", Name: "c", Restart: -1}
	inSandbox := named
	inSandbox.SandboxID = id2
	run(t, []row{
		{"1.24 started", logrus("Started container", " PID=14607 containerID="+id1+" description=ns/p/c id=4f3c name=/runtime.v1.RuntimeService/StartContainer sandboxID="+id2), event.TaskStart{Container: inSandbox, PID: 14607}},
		{"1.24 started, json", asJSON("Started container", `,"PID":14607,"containerID":"`+id1+`","description":"ns/p/c","sandboxID":"`+id2+`"`), event.TaskStart{Container: inSandbox, PID: 14607}},
		{"1.18 started", logrus("Started container "+id1+": ns/p/c", " id=4f3c"), event.TaskStart{Container: named}},
		{"1.24 created", logrus("Created container "+id1+": ns/p/c", " id=4f3c"), event.Identity{Container: named}},
		{"1.14 created, no id", logrus("Created container: ns/p/c", ""), nil},
		{"1.24 stopping", logrus("Stopping container: "+id1+" (timeout: 30s)", ""), event.StopContainer{Container: container(crio, id1), Why: "the runtime was asked to stop it", Grace: 30}},
		{"1.18 stopping", logrus("Stopping container: "+id1, ""), event.StopContainer{Container: container(crio, id1), Why: "the runtime was asked to stop it", Grace: -1}},
		{"1.24 sandbox", logrus("Ran pod sandbox "+id2+" with infra container: ns/p/POD", ""), event.Identity{Container: event.Container{Runtime: crio, SandboxID: id2, Namespace: "ns", Pod: "p", Restart: -1}}},
	})
}

func TestConmon(t *testing.T) {
	short := container("", id1[:20])
	run(t, []row{
		{"2.1 oom", "conmon " + id1[:20] + " <ninfo>: OOM received", event.TaskOOM{Container: short}},
		{"2.1 oom, stderr", "[conmon:i]: OOM received", event.TaskOOM{Container: container("", "")}},
		{"2.0.12 event", "conmon " + id1[:20] + " <ninfo>: OOM event received", nil},
		{"2.1 exit", "conmon " + id1[:20] + " <ninfo>: container 14607 exited with status 137", event.TaskExit{Container: short, PID: 14607, ExitCode: 137}},
		{"an application", "worker <ninfo>: OOM received", nil},
		{"a script", "make: container 14607 exited with status 137", nil},
	})
	rec := event.Record{Unit: "crio-conmon-" + id1 + ".scope", Msg: []byte("conmon " + id1[:20] + " <ninfo>: OOM received")}
	if got, want := bodies(t, rec), []event.Body{event.TaskOOM{Container: container("", id1)}}; !reflect.DeepEqual(got, want) {
		t.Errorf("in its scope: %+v, want %+v", got, want)
	}
}

func TestEngines(t *testing.T) {
	c := container(docker, id1)
	c.Image, c.Name = "app:1", "web"
	pod := container(docker, id1)
	pod.Image, pod.Name, pod.Namespace, pod.Pod, pod.PodUID = "app:1", "c", "ns", "p", uid
	podman := c
	podman.Runtime = "podman"
	const labels = "io.kubernetes.container.name=c, io.kubernetes.pod.name=p, io.kubernetes.pod.namespace=ns, io.kubernetes.pod.uid=" + uid
	run(t, []row{
		{"docker oom", "2026-11-23T09:01:41.645457050Z container oom " + id1 + " (image=app:1, name=web)", event.TaskOOM{Container: c}},
		{"docker oom, time taken off", "container oom " + id1 + " (image=app:1, name=web)", event.TaskOOM{Container: c}},
		{"docker 24 die", "container die " + id1 + " (execDuration=15, exitCode=137, image=app:1, name=web)", event.TaskExit{Container: c, ExitCode: 137}},
		{"dockershim die", "container die " + id1 + " (exitCode=137, image=app:1, " + labels + ", name=k8s_c_p_ns)", event.TaskExit{Container: pod, ExitCode: 137}},
		{"docker kill", "container kill " + id1 + " (image=app:1, name=web, signal=9)", event.StopContainer{Container: c, Why: "it was sent signal 9 through docker", Grace: -1, Kill: true}},
		{"docker kill, another signal", "container kill " + id1 + " (image=app:1, name=web, signal=1)", nil},
		{"docker stop, at first", "container kill " + id1 + " (image=app:1, name=web, signal=15)", nil},
		{"docker start", "container start " + id1 + " (image=app:1, name=web)", event.TaskStart{Container: c}},
		{"podman 4 died", "2026-11-23 09:01:41.645457050 +0000 UTC container died " + id1 + " (image=app:1, name=web)", event.TaskExit{Container: podman, ExitCode: event.NotPrinted}},
		{"docker oom, JSON", dockerJSON("oom", ""), event.TaskOOM{Container: c}},
		{"docker die, JSON", dockerJSON("die", `"exitCode":"137",`), event.TaskExit{Container: c, ExitCode: 137}},
		{"docker kill, JSON", dockerJSON("kill", `"signal":"9",`), event.StopContainer{Container: c, Why: "it was sent signal 9 through docker", Grace: -1, Kill: true}},
		{"docker start, JSON", dockerJSON("start", ""), event.TaskStart{Container: c}},
		{"docker exec_die, JSON", dockerJSON("exec_die", `"exitCode":"137",`), nil},
		{"docker, an image, JSON", strings.Replace(dockerJSON("oom", ""), `"Type":"container"`, `"Type":"image"`, 1), nil},
		{"podman 5 died, JSON", podmanJSON(`"ContainerExitCode":137,`), event.TaskExit{Container: podman, ExitCode: 137}},
		{"podman 6 died, JSON", podmanJSON(`"ContainerExitCode":0,"OOMKilled":true,`), event.ContainerStatus{By: "podman", Container: podman, State: "exited", Limit: -1, Request: -1, RestartCount: -1, PodLimit: -1,
			Ended: []event.Terminated{{ExitCode: 0, Reason: "OOMKilled", ContainerID: id1}}}},
		{"an application", "the container oom " + id1 + " (image=app:1, name=web)", nil},
		{"dockerd 20.10", logrus("ignoring event", " container="+id1+` module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"`), event.TaskExit{Container: container(docker, id1), ExitCode: event.NotPrinted}},
		{"dockerd 29", logrus("restarting container", " container="+id1+` execDuration=15s exitCode=137`), event.TaskExit{Container: container(docker, id1), ExitCode: 137}},
		{"dockerd 20.10 force", logrus("Container "+id1+" failed to exit within 10 seconds of signal 15 - using the force", ""), event.StopContainer{Container: container(docker, id1), Why: "dockerd sent it SIGKILL after it had not ended in time", Grace: -1, Kill: true}},
		{"dockerd 24 force", logrus("Container failed to exit within 10s of signal 15 - using the force", " container="+id1), event.StopContainer{Container: container(docker, id1), Why: "dockerd sent it SIGKILL after it had not ended in time", Grace: -1, Kill: true}},
	})
}

func TestStartsThatFailed(t *testing.T) {
	const runc = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown"
	const crun = "OCI runtime create failed: crun create failed: OOM: the memory limit could be too low: unknown"
	counted := func(name, id string) event.StartOOM {
		return event.StartOOM{Container: container(name, id), By: "runc", Counted: true}
	}
	exec := counted(containerd, id1)
	exec.Exec = true
	run(t, []row{
		{"containerd 1.7, runc", logrus(`StartContainer for "`+id1+`" failed`, " error="+strconv.Quote(runc)), counted(containerd, id1)},
		{"containerd 1.7, JSON", asJSON(`StartContainer for "`+id1+`" failed`, `,"error":`+strconv.Quote(runc)), counted(containerd, id1)},
		{"containerd 1.7, crun", logrus(`StartContainer for "`+id1+`" failed`, " error="+strconv.Quote(crun)), event.StartOOM{Container: container(containerd, id1), By: "crun"}},
		{"containerd 1.7, something else", logrus(`StartContainer for "`+id1+`" failed`, ` error="no such file: OOM-killed"`), nil},
		{"containerd 1.7, exec", logrus(`ExecSync for "`+id1+`" failed`, ` error="OCI runtime exec failed: exec failed: exit status 1 (possibly OOM-killed): unknown"`), exec},
		{"dockerd 24", logrus("Handler for POST /v1.43/containers/"+id1+"/start returned error: "+runc, ""), counted(docker, id1)},
		{"dockerd 24, by a name", logrus("Handler for POST /v1.43/containers/web/start returned error: "+runc, ""), nil},
		{"docker run", "docker: Error response from daemon: " + runc + ".", counted(docker, "")},
		{"podman run", "Error: crun: OOM: the memory limit could be too low: read from sync socket: OCI runtime error", event.StartOOM{Container: container(podman, ""), By: "crun"}},
		{"an application", "it said: " + runc, nil},
	})
}

func dockerJSON(action, attributes string) string {
	return `{"status":"` + action + `","id":"` + id1 + `","from":"app:1","Type":"container","Action":"` + action + `","Actor":{"ID":"` + id1 + `","Attributes":{` + attributes +
		`"image":"app:1","name":"web"}},"scope":"local","time":1795424501,"timeNano":1795424501645457050}`
}

func podmanJSON(fields string) string {
	return `{` + fields + `"ID":"` + id1 + `","Image":"app:1","Name":"web","Status":"died","time":1795424501,"timeNano":1795424501645457050,"Type":"container","Attributes":null}`
}

// What a runtime says of other things gives nothing and allocates nothing.
func TestNothing(t *testing.T) {
	p := New()
	emit := func(e event.Event) { t.Errorf("%q gives %+v", e.Text, e.Body) }
	for _, line := range []string{
		``, `{`, `time=`, `time="`, `time="x" level=info msg="`, `{"msg":`,
		logrus("loading plugin \"io.containerd.event.v1.publisher\"...", " runtime=io.containerd.runc.v2 type=io.containerd.event.v1"),
		logrus("cleaning up dead shim", ""),
		logrus(`ImageUpdate event name:"lab.local/app:1"`, ""),
	} {
		rec := &event.Record{Msg: []byte(line)}
		if allocs := testing.AllocsPerRun(10, func() { p.Read(rec, emit) }); allocs > 0 {
			t.Errorf("%q: %v allocations", line, allocs)
		}
	}
}

func TestLiterals(t *testing.T) {
	for _, l := range Literals() {
		if len(l) < 8 || strings.ContainsFunc(l, func(r rune) bool { return r > '~' || strings.ContainsRune(`"\<>&'`, r) }) {
			t.Errorf("%q can be escaped, or is too short to be searched for", l)
		}
	}
}

// A line of one megabyte takes no longer than its length allows.
func TestLongLines(t *testing.T) {
	for _, unit := range []string{` id:`, `{`, `\"`, ` a=`, `Name:`, ", x=", "container die ", ": container "} {
		for _, begin := range []string{`time="x" msg="received exit event {`, `{"msg":"TaskExit event {`, `container oom ` + id1 + ` (`, `k8s.io /tasks/oom {`, `x exited with status `} {
			rec := event.Record{Msg: []byte(begin + strings.Repeat(unit, (1<<20)/len(unit)))}
			New().Read(&rec, func(event.Event) {})
		}
	}
}

// A message and a field come back as logrus wrote them.
func FuzzValues(f *testing.F) {
	f.Add("TaskOOM event container_id:\"x\"", "a b\n", 7)
	f.Fuzz(func(t *testing.T, msg, v string, n int) {
		msg, v = strings.ToValidUTF8(msg, "?"), strings.ToValidUTF8(v, "?")
		object, err := json.Marshal(map[string]any{"level": "info", "msg": msg, "n": n, "v": v})
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("time=\"x\" level=info msg=%s n=%d v=%s", strconv.Quote(msg), n, strconv.Quote(v))
		for _, line := range []string{text, string(object)} {
			m, ok := parse([]byte(line))
			if got, _ := number(m.Str("n")); !ok || m.words() != msg || m.Str("v") != v || got != n {
				t.Errorf("%s\nis read as %q, v %q, n %d", line, m.words(), m.Str("v"), got)
			}
		}
	})
}

// Whatever is read: the record stays as it is, and a line that gives an event
// holds a literal.
func FuzzRead(f *testing.F) {
	for _, l := range lines {
		f.Add([]byte(logrus(l.begins+l.holds+` container_id:"`+id1+`"`, " container="+id1+" id="+id1)), "")
		f.Add([]byte(asJSON(l.begins+l.holds, `,"container":"`+id1+`"`)), "")
	}
	for _, l := range plain {
		f.Add([]byte(l.holds+id1+" (a=b)"), "crio-conmon-"+id1+".scope")
		f.Add([]byte("x"+l.holds+`{"container_id":"y","id":"z"}`), "")
	}
	f.Fuzz(func(t *testing.T, msg []byte, unit string) {
		rec := event.Record{Unit: unit, Msg: bytes.Clone(msg)}
		New().Read(&rec, func(e event.Event) {
			if !holdsLiteral(string(msg)) {
				t.Errorf("%q gives %T and holds no literal", msg, e.Body)
			}
			if x, ok := e.Body.(event.TaskExit); ok && x.At.Year() > 9999 {
				t.Errorf("%q gives the year %d, which RFC 3339 cannot write", msg, x.At.Year())
			}
		})
		if !bytes.Equal(rec.Msg, msg) {
			t.Errorf("Msg was changed to %q", rec.Msg)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for name, line := range map[string]string{
		"other": logrus("cleaning up dead shim", ""),
		"oom":   logrus(`TaskOOM event container_id:"`+id1+`"`, ""),
	} {
		b.Run("line="+name, func(b *testing.B) {
			p, rec := New(), &event.Record{Msg: []byte(line)}
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				p.Read(rec, func(event.Event) {})
			}
		})
	}
}
