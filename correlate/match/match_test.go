package match

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const (
	idA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	idB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	pod = "7484ba7a-add4-4a3e-9885-7e97d051cba2"
)

func memcg(id string) string { return "/kubepods/burstable/pod" + pod + "/" + id }

func at(d time.Duration) event.Stamps {
	return event.Stamps{{Clock: event.Wall, Wall: noon.Add(d), Step: time.Microsecond}}
}

// A file builds one log by hand, event by event.
type file struct{ event.Log }

func log(path string) *file { return &file{event.Log{Path: path, Format: "test"}} }

func (f *file) say(st event.Stamps, body event.Body) *file {
	n := len(f.Events) + 1
	e := event.Event{Pos: event.Pos{File: f.Path, Line: n}, Stamps: st, From: f.From, Body: body, Text: strings.Repeat("line ", n)}
	if d, ok := body.(*event.OOMDump); ok {
		for i := range d.Steps {
			d.Steps[i].Pos, d.Steps[i].Stamps = e.Pos, st
		}
	}
	f.Events = append(f.Events, e)
	if n == 1 {
		f.First = st
	}
	f.Last = st
	return f
}

// covers says that the log holds the kernel's messages from one moment to another.
func (f *file) covers(from, to time.Duration) *file {
	f.Kernel, f.Format = true, "dmesg"
	f.Covers = []event.Span{{From: at(from), To: at(to)}}
	f.First, f.Last = at(from), at(to)
	return f
}

func (f *file) of(c event.Container) *file { f.From = &c; return f }

func kill(pid int, id string) *event.OOMDump {
	return &event.OOMDump{Kind: "memcg", Constraint: "CONSTRAINT_MEMCG", OOMMemcg: memcg(id), TaskMemcg: memcg(id),
		Steps:   []event.Step{{What: "killed", PID: pid, Text: "Killed process"}},
		Chosen:  &event.Chosen{PID: pid, Comm: "python3"},
		Victims: []event.Victim{{PID: pid, Comm: "python3", TotalVMKB: int64(pid), AnonRSSKB: 1, FileRSSKB: 1, PgtablesKB: 1}}}
}

func death(pid int) event.WorkerExit {
	return event.WorkerExit{Framework: "dramatiq", PID: pid, Signal: 9, ExitCode: event.NotPrinted}
}

func find(files ...*file) *Result {
	var logs []event.Log
	for _, f := range files {
		logs = append(logs, f.Log)
	}
	return Find(logs, clock.Options{})
}

// verdicts returns kind and verdict of each incident.
func verdicts(r *Result) string {
	var out []string
	for _, in := range r.Incidents {
		out = append(out, in.Kind+" "+in.Verdict)
	}
	return strings.Join(out, ", ")
}

func want(t *testing.T, r *Result, incidents string, ruled int) {
	t.Helper()
	if got := verdicts(r); got != incidents || len(r.RuledOut) != ruled {
		t.Errorf("got incidents %q and %d ruled out, want %q and %d", got, len(r.RuledOut), incidents, ruled)
	}
}

func TestOneKillInTwoLogsIsOneIncident(t *testing.T) {
	r := find(log("dmesg").say(at(0), kill(100, idA)), log("messages").say(at(300*time.Millisecond), kill(100, idA)))
	want(t, r, "memcg confirmed", 0)
	if n := len(r.Incidents[0].Steps[0].Also); n != 1 {
		t.Errorf("the kill line was met again %d times, want 1", n)
	}
}

func TestTwoKillsOfOnePidApartAreTwo(t *testing.T) {
	r := find(log("dmesg").say(at(0), kill(100, idA)).say(at(time.Hour), kill(100, idA)))
	want(t, r, "memcg confirmed, memcg confirmed", 0)
}

func TestTwoKillsInTwoContainersTakeTheirOwnEvents(t *testing.T) {
	r := find(
		log("dmesg").say(at(0), kill(100, idA)).say(at(time.Second), kill(200, idB)),
		log("containerd").say(at(1100*time.Millisecond), event.TaskOOM{Container: event.Container{ID: idB}}).say(at(1200*time.Millisecond), event.TaskOOM{Container: event.Container{ID: idA}}),
	)
	want(t, r, "memcg confirmed, memcg confirmed", 0)
	for i, id := range []string{idA, idB} {
		items := r.Incidents[i].Items
		if len(items) != 1 || items[0].Event.Body.(event.TaskOOM).Container.ID != id {
			t.Errorf("incident %d has %d events, want the one of its own container", i, len(items))
		}
	}
}

func TestARuntimesOOMEventAloneIsConfirmedAndItsWorkerJoins(t *testing.T) {
	c := event.Container{ID: idA, Namespace: "media", Pod: "thumbs", Name: "worker", Restart: 0}
	r := find(
		log("containerd").say(at(0), event.TaskOOM{Container: event.Container{ID: idA}}),
		log("worker").of(c).say(at(time.Second), death(9)),
	)
	want(t, r, "unknown confirmed", 0)
	if in := r.Incidents[0]; in.Worker == nil || in.Who.Pod != "thumbs" {
		t.Errorf("got worker %v in %q, want the death of the same container in pod thumbs", in.Worker, in.Who.Pod)
	}
}

func TestAnOOMEventThatTheKernelLogDoesNotConfirmIsSuspected(t *testing.T) {
	r := find(
		log("dmesg").covers(-time.Minute, time.Minute),
		log("containerd").say(at(0), event.TaskOOM{Container: event.Container{ID: idA}}),
	)
	want(t, r, "unknown suspected", 0)
}

func TestSIGKILLIsNeverMoreThanSuspected(t *testing.T) {
	for name, c := range map[string]struct {
		files     []*file
		incidents string
		ruled     int
	}{
		"nothing else":                 {[]*file{log("worker").say(at(0), death(9))}, "unknown suspected", 0},
		"the kernel log covers it":     {[]*file{log("dmesg").covers(-time.Minute, time.Minute), log("worker").say(at(0), death(9))}, "", 1},
		"the kernel log ended before":  {[]*file{log("dmesg").covers(-time.Minute, -time.Second), log("worker").say(at(0), death(9))}, "unknown suspected", 0},
		"the supervisor did it":        {[]*file{log("worker").say(at(-time.Second), event.WorkerStop{Framework: "dramatiq", PID: 9, Kill: true, Why: "its timeout struck"}).say(at(0), death(9))}, "", 1},
		"the supervisor ended another": {[]*file{log("worker").say(at(-time.Second), event.WorkerStop{Framework: "dramatiq", PID: 8, Kill: true, Why: "its timeout struck"}).say(at(0), death(9))}, "unknown suspected", 0},
		"a probe failed": {[]*file{
			log("kubelet").say(at(-time.Second), event.StopContainer{Container: event.Container{ID: idA, Pod: "api", Namespace: "shop", Name: "api"}, Why: "its liveness probe failed", Kill: true}),
			log("containerd").say(at(0), event.TaskExit{Container: event.Container{ID: idA}, ExitCode: 137}),
		}, "", 1},
		"a sandbox's end": {[]*file{log("containerd").say(at(-time.Minute), event.Identity{Container: event.Container{SandboxID: idA, Pod: "api", Namespace: "shop"}}).say(at(0), event.TaskExit{Container: event.Container{ID: idA}, ExitCode: 137})}, "", 0},
		"another signal":  {[]*file{log("worker").say(at(0), event.WorkerExit{Framework: "gunicorn", PID: 9, Signal: 15, ExitCode: event.NotPrinted})}, "", 0},
	} {
		t.Run(name, func(t *testing.T) { want(t, find(c.files...), c.incidents, c.ruled) })
	}
}

func TestAWorkersDeathFarFromTheKillIsNotOfIt(t *testing.T) {
	r := find(log("dmesg").covers(-time.Hour, time.Hour).say(at(0), kill(100, idA)), log("worker").say(at(5*time.Minute), death(9)))
	want(t, r, "memcg confirmed", 1)
	if r.Incidents[0].Worker != nil {
		t.Error("a death five minutes later was taken for the victim's")
	}
}

func TestADeathInAnotherContainerIsNotOfTheKill(t *testing.T) {
	r := find(
		log("dmesg").say(at(0), kill(100, idA)),
		log("worker").of(event.Container{ID: idB, Namespace: "x", Pod: "y", Name: "z"}).say(at(time.Second), death(9)),
	)
	want(t, r, "memcg confirmed, unknown suspected", 0)
}

func TestEqualPidsTieThroughTimesThatCannotBeCompared(t *testing.T) {
	r := find(log("dmesg").say(at(0), kill(4242, idA)), log("worker").say(event.Stamps{}, death(17)).say(event.Stamps{}, death(4242)))
	w := r.Incidents[0].Worker
	if w == nil || w.Exit.PID != 4242 {
		t.Fatalf("got worker %+v, want the one of pid 4242", w)
	}
	if w.Pid != 0 || w.Item.P < 0.9 {
		t.Errorf("got victim %d with %.2f, want victim 0, nearly certain", w.Pid, w.Item.P)
	}
}

func TestOneKillAndOneDeathWithoutATimeArePairedWithLittleConfidence(t *testing.T) {
	r := find(log("dmesg").say(at(0), kill(4242, idA)), log("worker").say(event.Stamps{}, death(17)))
	if w := r.Incidents[0].Worker; w == nil || w.Item.P > 0.7 || !strings.Contains(w.Basis, "inferred") {
		t.Errorf("got %+v, want a pair that says it is inferred", w)
	}
}

func TestTheZoneOfAWorkersLogIsFoundByTheKill(t *testing.T) {
	local := event.Stamps{{Clock: event.Zoneless, Wall: noon.Add(5*time.Hour + 30*time.Minute + time.Second), Step: time.Millisecond}}
	r := find(log("dmesg").say(at(0), kill(100, idA)), log("worker").say(local, death(9)))
	want(t, r, "memcg confirmed", 0)
	w := r.Incidents[0].Worker
	if w == nil || !w.Item.At.Known || w.Item.At.T.Sub(noon) != time.Second {
		t.Errorf("got %+v, want a death one second after the kill", w)
	}
}

func TestARepeatedOldKillIsNone(t *testing.T) {
	old := event.Stamp{Clock: event.Wall, Wall: noon.Add(-48 * time.Hour), Step: time.Nanosecond}
	r := find(log("kubelet").say(at(0), event.KubeletStart{Verbosity: 4}).say(at(time.Second), event.KubeletOOM{Kind: "sys oom", PID: 77, Comm: "java", At: old}))
	want(t, r, "", 0)
}

func TestTheKubeletsWordAboutAnOldKillJoinsIt(t *testing.T) {
	r := find(
		log("dmesg").say(at(0), kill(100, idA)),
		log("kubelet").say(at(time.Hour), event.KubeletOOM{Kind: "SystemOOM", PID: 100, Comm: "python3"}),
	)
	want(t, r, "memcg confirmed", 0)
	if len(r.Incidents[0].Items) != 1 {
		t.Error("the repetition was not attached to the kill that it names")
	}
}

func TestEvictionIsNoKill(t *testing.T) {
	c := event.Container{Namespace: "reports", Pod: "sorter", PodUID: pod}
	dead := c
	dead.ID, dead.Name = idA, "sorter"
	r := find(log("kubelet").say(at(0), event.Eviction{Container: c, Step: "evicted", Done: true}).say(at(time.Second), event.PodLifecycle{Container: dead, Type: "ContainerDied", ExitCode: 137}))
	want(t, r, "eviction confirmed", 0)
}

func TestTheContainersNextStartIsOfTheKill(t *testing.T) {
	c := event.Container{ID: idA, SandboxID: strings.Repeat("c", 64), Name: "worker"}
	next := c
	next.ID = idB
	r := find(
		log("dmesg").say(at(0), kill(100, idA)),
		log("containerd").
			say(at(-time.Minute), event.Identity{Container: event.Container{SandboxID: c.SandboxID, Pod: "thumbs", Namespace: "media", PodUID: pod}}).
			say(at(-time.Minute), event.Identity{Container: c}).
			say(at(3*time.Second), event.Identity{Container: next}).
			say(at(4*time.Second), event.TaskStart{Container: event.Container{ID: idB}}),
	)
	want(t, r, "memcg confirmed", 0)
	if items := r.Incidents[0].Items; len(items) != 1 {
		t.Errorf("got %d events beside the kill, want the start of the next container", len(items))
	}
}

func TestAReportCutInTwoByRotationIsOne(t *testing.T) {
	head := kill(100, idA)
	head.Victims, head.Chosen, head.Constraint, head.TaskMemcg, head.Truncated = nil, nil, "", "", true
	head.Trigger = &event.Trigger{PID: 101, Comm: "python3"}
	head.HasTable, head.Tasks = true, []event.Task{{PID: 100, TGID: 100, Comm: "python3"}}
	head.Steps[0].What = "invoked"
	r := find(log("messages.1").say(at(0), head), log("messages").say(at(100*time.Millisecond), kill(100, idA)))
	want(t, r, "memcg confirmed", 0)
	if r.Incidents[0].Dump.Trigger == nil {
		t.Error("the first half was lost")
	}
}

func TestNobodyKilledIsNoKill(t *testing.T) {
	d := kill(100, idA)
	d.Victims, d.NoKillable = nil, true
	want(t, find(log("dmesg").say(at(0), d)), "memcg "+report.NoKill, 0)
}

func TestTheSameLogsInAnotherOrderGiveTheSame(t *testing.T) {
	files := func() []*file {
		return []*file{
			log("dmesg").covers(-time.Hour, time.Hour).say(at(0), kill(100, idA)).say(at(time.Second), kill(200, idB)),
			log("containerd").say(at(1100*time.Millisecond), event.TaskOOM{Container: event.Container{ID: idB}}),
			log("worker").say(at(500*time.Millisecond), death(9)).say(at(10*time.Minute), death(10)),
		}
	}
	a := files()
	b := files()
	b[0], b[2] = b[2], b[0]
	ra, rb := find(a...), find(b...)
	if verdicts(ra) != verdicts(rb) || len(ra.RuledOut) != len(rb.RuledOut) {
		t.Errorf("got %q and %q", verdicts(ra), verdicts(rb))
	}
	for i := range ra.Incidents {
		if x, y := ra.Incidents[i], rb.Incidents[i]; x.P != y.P || len(x.Items) != len(y.Items) || (x.Worker == nil) != (y.Worker == nil) {
			t.Errorf("incident %d differs with the order of the inputs", i)
		}
	}
}

// TestBoots counts the boots of a log: by their ids, which can come again, else by
// what stamps and the kernel's first line tell.
func TestBoots(t *testing.T) {
	type said struct {
		since time.Duration
		id    string
		body  event.Body
	}
	gap, boot := event.LogGap{What: "x"}, event.Boot{Release: "6.1.0"}
	for name, c := range map[string]struct {
		events []said
		want   string
	}{
		"one":                        {[]said{{50, "", gap}, {60, "", gap}, {30, "", gap}}, "[0 0 0]"},
		"far back":                   {[]said{{50, "", gap}, {600, "", gap}, {30, "", gap}}, "[0 0 1]"},
		"a kernel's first line":      {[]said{{50, "", gap}, {0, "", boot}, {30, "", gap}}, "[0 1 1]"},
		"ids":                        {[]said{{50, "a", gap}, {60, "b", gap}, {70, "b", gap}, {80, "c", gap}}, "[0 1 1 2]"},
		"an id behind none":          {[]said{{50, "", gap}, {60, "b", gap}, {70, "", gap}, {80, "b", gap}}, "[0 1 1 1]"},
		"ids by turns":               {[]said{{50, "a", gap}, {60, "b", gap}, {51, "a", gap}, {61, "b", gap}, {9, "c", gap}}, "[0 1 0 1 2]"},
		"one id, and stamps go back": {[]said{{600, "a", gap}, {30, "a", gap}}, "[0 0]"},
	} {
		t.Run(name, func(t *testing.T) {
			f := log("log")
			for _, s := range c.events {
				f.say(event.Stamps{{Clock: event.Monotonic, Since: s.since * time.Second, Step: time.Microsecond}}, s.body)
				f.Events[len(f.Events)-1].BootID = s.id
			}
			m := &matcher{logs: []event.Log{f.Log}}
			if m.countBoots(); fmt.Sprint(m.boots[0]) != c.want {
				t.Errorf("got %v, want %s", m.boots[0], c.want)
			}
		})
	}
}
