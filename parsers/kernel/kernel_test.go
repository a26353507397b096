package kernel

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// record returns what the kernel printed d after its boot.
func record(line int, d time.Duration, msg string) event.Record {
	rec := event.Record{Pos: event.Pos{File: "dmesg", Line: line}, Speaker: "kernel", Msg: []byte(msg)}
	rec.Stamps.Add(event.Stamp{Clock: event.Monotonic, Since: d, Step: time.Microsecond})
	return rec
}

// log returns records that stand a tenth of a millisecond apart.
func log(msgs ...string) []event.Record {
	var out []event.Record
	for i, m := range msgs {
		out = append(out, record(i+1, time.Second+time.Duration(i)*100*time.Microsecond, m))
	}
	return out
}

// dump reads a file as dmesg prints it: "[  104.402067] text", and what follows
// of a record is indented.
func dump(t testing.TB, name string) []event.Record {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []event.Record
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, strings.Repeat(" ", len("[  104.402067] "))); ok {
			last := &out[len(out)-1]
			last.Msg = append(append(last.Msg, '\n'), rest...)
			continue
		}
		stamp, msg, ok := strings.Cut(strings.TrimPrefix(line, "["), "] ")
		since, err := time.ParseDuration(strings.TrimSpace(stamp) + "s")
		if !ok || err != nil {
			t.Fatalf("%s:%d: %q is no line of dmesg: %v", name, i+1, line, err)
		}
		out = append(out, record(i+1, since, msg))
	}
	return out
}

// read returns the events of records.
func read(records []event.Record) (events []event.Event) {
	p := New()
	emit := func(e event.Event) { events = append(events, e) }
	for i := range records {
		p.Read(&records[i], emit)
	}
	p.End(emit)
	return events
}

// dumps returns the reports of records, and fails where there are not n.
func dumps(t *testing.T, n int, records []event.Record) []*event.OOMDump {
	t.Helper()
	var out []*event.OOMDump
	for _, e := range read(records) {
		if d, ok := e.Body.(*event.OOMDump); ok {
			out = append(out, d)
		}
	}
	if len(out) != n {
		t.Fatalf("got %d reports, want %d: %s", len(out), n, show(out))
	}
	return out
}

func show(v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// equal fails where got is not want.
func equal[V any](t *testing.T, what string, got, want V) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %s\nwant %s", what, show(got), show(want))
	}
}

// pids returns whom a report says were killed.
func pids(d *event.OOMDump) (out []int) {
	for _, v := range d.Victims {
		out = append(out, v.PID)
	}
	return out
}

// steps returns the kinds of a report's steps.
func steps(d *event.OOMDump) string {
	var out []string
	for _, s := range d.Steps {
		if s.What == "memory" || s.What == "tasks" {
			continue // where the body's parts begin
		}
		out = append(out, s.What)
	}
	return strings.Join(out, " ")
}

// golden are whole reports, trimmed: what real kernels printed.
var golden = []string{"memcg-v1-5.10", "memcg-v2-group-7.3", "global-6.18", "storm-6.1", "odd-names-7.3", "newline-5.10-dmesg", "newline-5.10-busybox"}

func TestGolden(t *testing.T) {
	for _, name := range golden {
		var got bytes.Buffer
		for _, e := range read(dump(t, name+".txt")) {
			fmt.Fprintf(&got, "line %d, %s: %T\n", e.Pos.Line, e.Stamps.Outer(), e.Body)
			write(&got, e.Body)
		}
		path := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: the events are not those of %s: see go test -update, and the diff", name, path)
		}
	}
}

// write puts each field of a body on a line of its own, and each element of a
// list of structs. What is zero is left out.
func write(w *bytes.Buffer, body event.Body) {
	v := reflect.Indirect(reflect.ValueOf(body))
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		if f.Kind() != reflect.Slice || f.Type().Elem().Kind() != reflect.Struct {
			if !f.IsZero() {
				fmt.Fprintf(w, "  %s: %s\n", name, compact(f.Interface()))
			}
			continue
		}
		for j := range f.Len() {
			elem := f.Index(j).Interface()
			if s, ok := elem.(event.Step); ok {
				elem = []any{s.Pos.Line, s.Stamps.Outer().String(), s.What, s.PID, s.Text}
			}
			fmt.Fprintf(w, "  %s[%d]: %s\n", name, j, compact(elem))
		}
	}
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestPromises(t *testing.T) {
	for _, name := range golden {
		parsertest.Run(t, New, Literals(), dump(t, name+".txt"))
	}
	parsertest.Run(t, New, Literals(), log(dump419...))
	parsertest.Run(t, New, Literals(), log(append(append([]string{}, dump419...), fateful...)...))
}

// fateful are lines that end something, each for a reason of its own.
var fateful = []string{
	"python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969",
	"Out of memory and no killable processes...",
	"Kernel panic - not syncing: System is deadlocked on memory",
	"Linux version 6.1.0-50-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0)",
	"** 12 printk messages dropped **",
	"oom_reaper: reaped process 14622 (python3), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
	"Memory cgroup out of memory: OOM victim 13770 (celery) is already exiting. Skip killing the task",
	"Tasks in /a are going to be killed due to memory.oom.group set",
	"Memory cgroup out of memory: Killed process 4650 (ab",
}

// TestBothRenderings holds busybox's rendering of a report whose names hold a
// newline, a line for each piece, against dmesg's.
func TestBothRenderings(t *testing.T) {
	var both []*event.OOMDump
	for _, name := range []string{"newline-5.10-dmesg.txt", "newline-5.10-busybox.txt"} {
		d := dumps(t, 1, dump(t, name))[0]
		for i := range d.Steps { // lines are others, and the first step has the name's last piece only
			d.Steps[i].Pos, d.Steps[i].Text = event.Pos{}, ""
		}
		d.Memory.Stat = nil // busybox loses its tail
		both = append(both, d)
	}
	equal(t, "busybox's", both[1], both[0])
	equal(t, "name of the trigger", both[0].Trigger.Comm, "ab\ncd: [1] x")
	equal(t, "name of the victim", both[0].Victims[0].Comm, "ab\ncd: [1] x")
	equal(t, "name of the row", both[0].Tasks[0].Comm, "ab\ncd: [1] x")
}

func TestBoot(t *testing.T) {
	for line, want := range map[string][]event.Event{
		"Linux version 6.1.0-50-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0)": {
			{Body: event.Boot{Release: "6.1.0-50-cloud-amd64"}}},
		"Linux version ":                        nil, // the rest of a comm
		"Linux version 9[12]: segfault at 0 ip": nil, // a comm, and what another printer puts behind it
	} {
		got := read(log(line))
		if len(got) != len(want) || len(got) > 0 && got[0].Body != want[0].Body {
			t.Errorf("%q gives %s, want %s", line, show(got), show(want))
		}
	}
}

func TestBootEndsWhatIsHalfRead(t *testing.T) {
	events := read(log(
		"python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969",
		"Linux version 6.18.15+deb13-cloud-amd64 (debian-kernel@lists.debian.org) (x86_64-linux-gnu-gcc-14)",
		"Memory cgroup out of memory: Killed process 4413 (python3) total-vm:76844kB, anon-rss:65024kB, file-rss:5900kB, shmem-rss:0kB, UID:0 pgtables:192kB oom_score_adj:500",
	))
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprintf("%d %T", e.Pos.Line, e.Body))
	}
	equal(t, "events", got, []string{"1 *event.OOMDump", "2 event.Boot", "3 *event.OOMDump"})
}

func TestLogGap(t *testing.T) {
	for line, want := range map[string]bool{
		"** 35 printk messages dropped **":           true,
		"oom_kill_process: 10 callbacks suppressed":  true, // 6.1
		"pagefault_out_of_memory: 157 callbacks sup": false,
		"dump_stack: 3 callbacks suppressed":         false,
	} {
		got := read(log(line))
		if (len(got) == 1) != want || want && got[0].Body != event.Body(event.LogGap{What: line}) {
			t.Errorf("%q gives %s, want a gap: %v", line, show(got), want)
		}
	}
}
