package envelope

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// A row is a line as something prints it, and what is told of it: the
// envelopes, the stamps, then who speaks and what is left.
type row struct {
	name string // who prints it, and in which version
	line string
	want string
}

// rows are all tables of this package, for what must hold for each line.
var rows = [][]row{
	kmsgRows, dmesgRows, syslogRows, rfc5424Rows, journalTextRows, journalJSONRows, criRows, dockerRows,
	timestampsRows, namedRows, klogRows, logrusRows, eventRows, appRows, appJSONRows, stackedRows,
	consoleRows, logreadRows, logcatRows, kernelJSONRows, prefixRows, bundleRows,
}

// nearMisses are all lines that no envelope fits.
var nearMisses = [][]row{kernelMisses, syslogMisses, journalMisses, containerMisses, daemonMisses, appMisses, consoleMisses, logcatMisses, kernelJSONMisses, bundleMisses}

func testRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			rec := event.Record{Msg: []byte(r.line)}
			outer := Open(&rec, "")
			if got := told(outer, &rec); got != r.want {
				t.Errorf("%s\nopens as %s\nwant     %s", r.line, got, r.want)
			}
		})
	}
}

// testMisses checks that a line stays as it is, and the record with it.
func testMisses(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			rec, want := event.Record{Msg: []byte(r.line)}, event.Record{Msg: []byte(r.line)}
			if outer := Open(&rec, ""); outer != "" || !reflect.DeepEqual(rec, want) {
				t.Errorf("%s\nopens as %s\nwant it left alone", r.line, told(outer, &rec))
			}
		})
	}
}

// told writes a record on one line.
func told(outer string, rec *event.Record) string {
	var b strings.Builder
	b.WriteString(outer)
	if rec.Shape != outer {
		fmt.Fprintf(&b, ">%s", rec.Shape)
	}
	for _, st := range rec.Stamps {
		if st.Clock != event.None {
			fmt.Fprintf(&b, " %s/%s%s", strings.ReplaceAll(st.String(), " ", "="), step(st.Step), flags(st))
		}
	}
	b.WriteString(" ")
	b.WriteString(who(rec))
	fmt.Fprintf(&b, " %q", rec.Msg)
	return b.String()
}

func step(d time.Duration) string { return strings.TrimPrefix(d.String(), "1") }

func flags(st event.Stamp) string {
	s := ""
	if st.Early {
		s += " early"
	}
	if st.Late {
		s += " late"
	}
	return s
}

func who(rec *event.Record) string {
	s := rec.Speaker
	if rec.PID != 0 {
		s += fmt.Sprintf("[%d]", rec.PID)
	}
	if rec.Host != "" {
		s += "@" + rec.Host
	}
	if rec.Unit != "" {
		s += " unit " + rec.Unit
	}
	if rec.BootID != "" {
		s += " boot " + rec.BootID[:4]
	}
	if rec.Caller != "" {
		s += " caller " + rec.Caller
	}
	if c := rec.From; c != nil {
		s += fmt.Sprintf(" from %s/%s/%s %.4s", c.Namespace, c.Pod, c.Name, c.ID)
	}
	return "<" + s + ">"
}

// A record of the task table looks like a stamp in brackets, a comm can look
// like anything.
var stackedRows = []row{
	{"journalctl 257 short-iso-precise, klog",
		`2026-11-23T15:05:04.440850+01:00 ip-10-20-4-31 kubelet[9781]: I1123 15:05:04.440532    9781 kubelet_volumes.go:163] "Cleaned up orphaned pod volumes dir" podUID="cd2bc521-3299-4f98-a262-6c2716d53d43"`,
		`syslog>klog wall=2026-11-23T14:05:04.44085Z/µs yearless=11-23T15:05:04.440532/µs <kubelet[9781]@ip-10-20-4-31> "\"Cleaned up orphaned pod volumes dir\" podUID=\"cd2bc521-3299-4f98-a262-6c2716d53d43\""`},
	{"journalctl short-monotonic, klog",
		`[ 8698.748405] gke-prod-pool-1-3c9d kubelet[6987]: I1123 09:15:31.909755    6987 eviction_manager.go:334] eviction manager: no resources are starved`,
		`journal-monotonic>klog monotonic=8698.748405/µs yearless=11-23T09:15:31.909755/µs <kubelet[6987]@gke-prod-pool-1-3c9d> "eviction manager: no resources are starved"`},
	{"journalctl short-iso, klog JSON under another name",
		`2026-11-23T15:07:34+01:00 ip-10-20-4-31 hyperkube[11208]: {"ts":1795442854104.5212,"caller":"flag/flags.go:64","msg":"FLAG: --v=\"4\"","v":1}`,
		`syslog>klog-json wall=2026-11-23T14:07:34Z/s wall=2026-11-23T14:07:34.104521Z/µs <hyperkube[11208]@ip-10-20-4-31> "{\"ts\":1795442854104.5212,\"caller\":\"flag/flags.go:64\",\"msg\":\"FLAG: --v=\\\"4\\\"\",\"v\":1}"`},
	{"journalctl short, containerd 1.7",
		`Nov 23 14:36:07 ip-10-20-4-31 containerd[364]: time="2026-11-23T14:36:07.217376508+01:00" level=info msg="TaskOOM event container_id:\"43bd\""`,
		`syslog>logrus yearless=11-23T14:36:07/s wall=2026-11-23T13:36:07.217376508Z/ns <containerd[364]@ip-10-20-4-31> "time=\"2026-11-23T14:36:07.217376508+01:00\" level=info msg=\"TaskOOM event container_id:\\\"43bd\\\"\""`},
	{"journalctl short, podman 5.4",
		`Nov 24 10:24:38 web-5 podman[1951]: 2026-11-24 10:24:38.527429131 -0500 EST m=+0.453519433 container died 3952 (image=registry.example/encoder:1.4, name=encoder)`,
		`syslog>app yearless=11-24T10:24:38/s wall=2026-11-24T15:24:38.527429131Z/ns <podman[1951]@web-5> "container died 3952 (image=registry.example/encoder:1.4, name=encoder)"`},
	{"rsyslog 8.2302 imklog, printk",
		`Nov 23 08:50:41 ip-10-0-3-117 kernel: [ 7208.737313] Memory cgroup out of memory: Killed process 4413 (a,b (x) y=1) total-vm:76844kB`,
		`syslog>dmesg yearless=11-23T08:50:41/s late monotonic=7208.737313/µs <kernel@ip-10-0-3-117> "Memory cgroup out of memory: Killed process 4413 (a,b (x) y=1) total-vm:76844kB"`},
	{"rsyslog 8.2302 RFC 5424, printk: a call trace's blank stays",
		`<4>1 2026-11-23T09:18:17.327126+00:00 ip-10-0-3-117 kernel - - - [ 8864.161533]  dump_header+0x4c/0x22b`,
		`rfc5424>dmesg wall=2026-11-23T09:18:17.327126Z/µs late monotonic=8864.161533/µs <kernel@ip-10-0-3-117> " dump_header+0x4c/0x22b"`},
	{"rsyslog, PRINTK_CALLER",
		`Nov 23 08:50:41 node-1 kernel: [ 7208.737313][T14628] Out of memory: Killed process 4413 (x)`,
		`syslog>dmesg yearless=11-23T08:50:41/s late monotonic=7208.737313/µs <kernel@node-1 caller T14628> "Out of memory: Killed process 4413 (x)"`},
	{"rsyslog from 8.2312, PRINTK_CALLER without the stamp",
		`Nov 23 08:50:41 node-1 kernel: [ T4628] Out of memory: Killed process 4413 (x)`,
		`syslog>dmesg yearless=11-23T08:50:41/s late <kernel@node-1 caller T4628> "Out of memory: Killed process 4413 (x)"`},
	{"rsyslog 8.2504: the task table's row is no stamp",
		`Nov  1 01:59:28 shop-1 kernel: [  14575]     0 14575    17217    14871    14248      623         0   172032        0             0 python3`,
		`syslog yearless=11-01T01:59:28/s late <kernel@shop-1> "[  14575]     0 14575    17217    14871    14248      623         0   172032        0             0 python3"`},
	{"rsyslog 8.2504 RFC 5424: the task table's row",
		`<6>1 2026-11-24T10:21:51.823176-05:00 web-5 kernel - - -  [    633]     0   633     8436     4438     3382     1056         0   106496        0             0 python3`,
		`rfc5424 wall=2026-11-24T15:21:51.823176Z/µs late <kernel@web-5> "[    633]     0   633     8436     4438     3382     1056         0   106496        0             0 python3"`},
	{"dmesg, a comm that looks like a stamp",
		`[ 7868.482562] [    5.000000]  invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0`,
		`dmesg monotonic=7868.482562/µs <kernel> "[    5.000000]  invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"`},
	{"kmsg, a comm that looks like a stamp",
		`4,6375,7868482562,-;[    5.000000]  invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0`,
		`kmsg monotonic=7868.482562/µs <kernel> "[    5.000000]  invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"`},
	{"one line of dmesg alone, a comm that looks like a host (a file of dmesg is preferred: TestOpenerPrefers)",
		`[ 7868.482562] a kernel: x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0`,
		`journal-monotonic monotonic=7868.482562/µs late <kernel@a> "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"`},
	{"journalctl short, a comm that looks like a time",
		`Nov 23 08:50:41 node-1 kernel: 08:47:59 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0`,
		`syslog yearless=11-23T08:50:41/s late <kernel@node-1> "08:47:59 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"`},
	{"kmsg of a process that claims to be the kernel",
		`12,6375,7868482562,-;kernel: [    5.000000] python3 invoked oom-killer: gfp_mask=0xcc0`,
		`kmsg monotonic=7868.482562/µs <> "kernel: [    5.000000] python3 invoked oom-killer: gfp_mask=0xcc0"`},
	{"CRI, Dramatiq",
		`2026-11-23T09:01:41.645457050Z stderr F [2026-11-23 09:01:31,297] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 14 exited unexpectedly (code -9). Shutting down...`,
		`cri>app wall=2026-11-23T09:01:41.64545705Z/ns zoneless=2026-11-23T09:01:31.297/ms <stderr> "[PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 14 exited unexpectedly (code -9). Shutting down..."`},
	{"CRI, klog in a container stays the container's",
		`2026-11-23T09:01:41.645457050Z stderr F I1123 09:01:20.171146       1 server.go:64] "Watching"`,
		`cri wall=2026-11-23T09:01:41.64545705Z/ns <stderr> "I1123 09:01:20.171146       1 server.go:64] \"Watching\""`},
	{"CRI, logrus in a container is read as any logfmt",
		`2026-11-23T09:01:41.645457050Z stderr F time="2026-11-23T09:01:41Z" level=info msg="TaskOOM event"`,
		`cri>app wall=2026-11-23T09:01:41.64545705Z/ns wall=2026-11-23T09:01:41Z/s <stderr> "level=info msg=\"TaskOOM event\""`},
	{"CRI, a container prints the kernel's words",
		`2026-11-23T09:01:41.645457050Z stdout F [ 7868.482562] python3 invoked oom-killer: gfp_mask=0xcc0`,
		`cri wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "[ 7868.482562] python3 invoked oom-killer: gfp_mask=0xcc0"`},
	{"CRI, the first part of a long line is not opened further",
		`2026-11-23T09:01:41.645457050Z stderr P [2026-11-23 09:01:31,297] [PID 1] and so on`,
		`cri wall=2026-11-23T09:01:41.64545705Z/ns <stderr> "[2026-11-23 09:01:31,297] [PID 1] and so on"`},
	{"json-file, pino",
		`{"log":"{\"level\":30,\"time\":1795441407009,\"pid\":12950,\"msg\":\"hi\"}\n","stream":"stdout","time":"2026-11-23T13:43:27.010457050Z"}`,
		`docker-json>app-json wall=2026-11-23T13:43:27.01045705Z/ns wall=2026-11-23T13:43:27.009Z/ms <stdout> "{\"level\":30,\"time\":1795441407009,\"pid\":12950,\"msg\":\"hi\"}"`},
	{"kubectl logs --prefix --timestamps, Celery",
		`[pod/reports-6c9f7d5b8-x2q9k/celery] 2026-11-23T08:47:35.503912345Z [2026-11-23 08:47:35,503: INFO/MainProcess] Connected`,
		`kubectl>app wall=2026-11-23T08:47:35.503912345Z/ns zoneless=2026-11-23T08:47:35.503/ms <stdout from /reports-6c9f7d5b8-x2q9k/celery > "INFO/MainProcess] Connected"`},
	{"docker compose logs -t, gunicorn",
		`web-1  | 2026-11-23T08:47:46.000123456Z [2026-11-23 08:47:46 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)`,
		`compose>app wall=2026-11-23T08:47:46.000123456Z/ns wall=2026-11-23T08:47:46Z/s <stdout> "[1] [INFO] Listening at: http://0.0.0.0:8000 (1)"`},
	{"ipmitool's console log, stamped by conserver",
		`[Mon Nov 23 09:01:43 2026][ 7868.482562] python3 invoked oom-killer: gfp_mask=0xcc0`,
		`console zoneless=2026-11-23T09:01:43/s late monotonic=7868.482562/µs <kernel> "python3 invoked oom-killer: gfp_mask=0xcc0"`},
	{"a console's log behind ts '[%Y-%m-%d %H:%M:%S]'",
		`[2026-11-23 09:01:43] [ 7868.482562] python3 invoked oom-killer: gfp_mask=0xcc0`,
		`console zoneless=2026-11-23T09:01:43/s late monotonic=7868.482562/µs <kernel> "python3 invoked oom-killer: gfp_mask=0xcc0"`},
}

func TestStacked(t *testing.T) { testRows(t, stackedRows) }

// A record that is opened gives its message as it stood in the line, or decoded;
// one that is not opened stays as it was; the line itself is never written to.
func TestOpenKeepsTheLine(t *testing.T) {
	for _, table := range append(rows, nearMisses...) {
		for _, r := range table {
			for i := range All {
				checkOpen(t, &All[i], r.line)
			}
		}
	}
}

func checkOpen(t *testing.T, e *Envelope, text string) {
	t.Helper()
	line := []byte(text)
	rec, before := event.Record{Msg: line}, event.Record{Msg: line}
	ok := e.Open(&rec)
	if string(line) != text {
		t.Errorf("%s changes the line %q", e.Name, text)
	}
	if !ok {
		if !reflect.DeepEqual(rec, before) {
			t.Errorf("%s does not fit %q and leaves %s", e.Name, text, told("", &rec))
		}
		return
	}
	if !bytes.Contains(line, rec.Msg) && len(rec.Msg) > 3*len(line) { // a bad byte in JSON gives three
		t.Errorf("%s makes %q of %q", e.Name, rec.Msg, text)
	}
	checkStamps(t, rec.Stamps)
}

// checkStamps checks what holds for any reading.
func checkStamps(t *testing.T, stamps event.Stamps) {
	t.Helper()
	for i, st := range stamps {
		if i > 0 && st.Clock != event.None && stamps[i-1].Clock == event.None {
			t.Errorf("a gap in %v", stamps)
		}
		if !sane(st) {
			t.Errorf("stamp %+v", st)
		}
	}
}

func sane(st event.Stamp) bool {
	year := st.Wall.Year()
	switch st.Clock {
	case event.None:
		return st == event.Stamp{}
	case event.Monotonic:
		return st.Since >= 0 && st.Step == time.Microsecond
	case event.Relative:
		return st.Step == time.Microsecond
	case event.Dayless, event.Yearless:
		return year == 0 || year == 1 && st.Wall.YearDay() == 1 // a leap second
	}
	return year >= 1969 && year <= 10000 && st.Step > 0 && st.Step <= time.Second
}

// What most lines are is tried first, and what they are not is still found.
func TestOpenerPrefers(t *testing.T) {
	const line = "[    5.000000] host kernel: text"
	for prefer, want := range map[string]string{"": "journal-monotonic", "dmesg": "dmesg", "cri": "journal-monotonic", "plain": "journal-monotonic"} {
		rec := event.Record{Msg: []byte(line)}
		if got := Open(&rec, prefer); got != want {
			t.Errorf("Open(%q, %q) = %q, want %q", line, prefer, got, want)
		}
	}
}

// An envelope that fits much is not preferred to one that fits better.
func TestLooseIsNotPreferred(t *testing.T) {
	for _, prefer := range []string{"app", "app-json"} {
		for _, table := range [][]row{criRows, dockerRows, eventRows, klogRows, logrusRows, syslogRows, timestampsRows} {
			for _, r := range table {
				rec := event.Record{Msg: []byte(r.line)}
				if got := told(Open(&rec, prefer), &rec); got != r.want {
					t.Errorf("%s\nopens as %s where %s is preferred\nwant     %s", r.line, got, prefer, r.want)
				}
			}
		}
	}
}

// What was read before a long line was whole is not read twice.
func TestAgainOpensTheRest(t *testing.T) {
	rec := event.Record{Msg: []byte(`2026-11-23T09:01:41.645457050Z stderr P [2026-11-23 09:01:31,297] [PID 1] half`)}
	if outer := Open(&rec, "cri"); outer != "cri" {
		t.Fatalf("outer envelope %q, want cri", outer)
	}
	rec.Msg = append(bytes.Clone(rec.Msg), " and half"...)
	Again(&rec)
	want := `cri>app wall=2026-11-23T09:01:41.64545705Z/ns zoneless=2026-11-23T09:01:31.297/ms <stderr> "[PID 1] half and half"`
	if got := told("cri", &rec); got != want {
		t.Errorf("after Again %s\nwant        %s", got, want)
	}
}

func TestOfApplication(t *testing.T) {
	for shape, want := range map[string]bool{"app": true, "cri": true, "compose": true, learnedName: true, "syslog": false, "klog": false, "": false, "journal": false} {
		if got := OfApplication(shape); got != want {
			t.Errorf("OfApplication(%q) = %t, want %t", shape, got, want)
		}
	}
}
