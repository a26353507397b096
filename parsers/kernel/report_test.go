package kernel

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

// report61 returns a whole report of 6.1, of one cgroup with two processes.
func report61(n int) []string {
	memcg := fmt.Sprintf("/kubepods/pod%d", n)
	return lines(
		fmt.Sprintf("worker-%d invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=950", n),
		fmt.Sprintf("CPU: 0 PID: %d Comm: worker-%d Not tainted 6.1.0-56-cloud-amd64 #1  Debian 6.1.192-2", 100*n, n),
		" mem_cgroup_out_of_memory+0x134/0x150",
		fmt.Sprintf("memory: usage %dkB, limit %dkB, failcnt %d", n, n, n),
		"Memory cgroup stats for "+memcg+":", fmt.Sprintf("anon %d", n), fmt.Sprintf("file %d", n),
		rows(100*n, 100*n+1),
		fmt.Sprintf("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=%s,task_memcg=%s,task=celery,pid=%d,uid=0", memcg, memcg, 100*n+1),
		killed(100*n+1, "celery", n),
		fmt.Sprintf("oom_reaper: reaped process %d (celery), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB", 100*n+1),
	)
}

// shuffle merges logs record by record, in turn.
func shuffle(logs ...[]event.Record) (out []event.Record) {
	for i := 0; ; i++ {
		n := len(out)
		for _, l := range logs {
			if i < len(l) {
				out = append(out, l[i])
			}
		}
		if len(out) == n {
			return out
		}
	}
}

// mark sets something in all records of a log.
func mark(records []event.Record, set func(*event.Record)) []event.Record {
	for i := range records {
		set(&records[i])
	}
	return records
}

// TestInterleaved reads reports whose lines alternate, where something tells
// whose each line is.
func TestInterleaved(t *testing.T) {
	for name, set := range map[string]func(rec *event.Record, n int){
		"callers": func(rec *event.Record, n int) { rec.Caller = fmt.Sprintf("T%d", 100*n) },
		"hosts":   func(rec *event.Record, n int) { rec.Host = fmt.Sprintf("node-%d", n) },
		"boots":   func(rec *event.Record, n int) { rec.BootID = strings.Repeat(fmt.Sprint(n), 32) },
	} {
		var logs [][]event.Record
		var want []*event.OOMDump
		for n := 1; n <= 3; n++ {
			records := mark(log(report61(n)...), func(rec *event.Record) { set(rec, n) })
			records[len(records)-1].Caller = "" // the reaper is a thread of its own
			logs = append(logs, records)
			want = append(want, dumps(t, 1, records)[0])
		}
		records := shuffle(logs...)
		equal(t, name, dumps(t, 3, records), want)
		parsertest.Run(t, New, Literals(), records)
	}
}

// TestInterleavedWithoutCallers goes by what the lines name: a report that was
// broken off by another one's header still gets its choice and its kill.
func TestInterleavedWithoutCallers(t *testing.T) {
	a, b := report61(1), report61(2)
	at := slices.IndexFunc(a, func(l string) bool { return strings.HasPrefix(l, "oom-kill:") })
	ds := dumps(t, 2, log(lines(a[:at], b[:at], a[at], b[at], b[at+1:], a[at+1:])...))
	for i, d := range ds {
		n := i + 1
		equal(t, "steps", steps(d), "invoked limit chosen killed reaped")
		equal(t, "cgroup", d.OOMMemcg, fmt.Sprintf("/kubepods/pod%d", n))
		equal(t, "killed", pids(d), []int{100*n + 1})
		equal(t, "tangled", d.Tangled, true)
	}
	// The second table's rows could still be the first one's.
	equal(t, "rows of the first", len(ds[0].Tasks), 2)
	equal(t, "rows of the second", len(ds[1].Tasks), 0)
}

// TestLinesBetween puts other lines between all lines of a report.
func TestLinesBetween(t *testing.T) {
	plain := report61(1)
	want := dumps(t, 1, log(plain...))[0]
	var mixed []event.Record
	for i, rec := range log(plain...) {
		for _, other := range []string{"eth0: NIC Link is Up 1000 Mbps Full Duplex", "crashy[3486]: segfault at 0 ip 0000000000401da1 sp 00007ffedf662e60 error 6", ""} {
			mixed = append(mixed, record(rec.Line, time.Second+time.Duration(i)*100*time.Microsecond-time.Microsecond, other))
		}
		mixed = append(mixed, rec)
	}
	equal(t, "report", dumps(t, 1, mixed)[0], want)
}

// TestTwoReportsInTurn keeps a table to the report that it is printed in,
// though a header is lost.
func TestTwoReportsInTurn(t *testing.T) {
	a, b := report61(1), report61(2)
	cut := slices.IndexFunc(b, func(l string) bool { return strings.HasPrefix(l, "memory: ") })
	end := slices.IndexFunc(a, func(l string) bool { return strings.HasPrefix(l, "oom-kill:") })
	ds := dumps(t, 2, log(lines(a[:end], b[cut:])...))
	equal(t, "steps of the first", steps(ds[0]), "invoked limit")
	equal(t, "steps of the second", steps(ds[1]), "limit chosen killed reaped")
	equal(t, "rows of the second", len(ds[1].Tasks), 2)
}

// TestChoiceOfAnotherCgroup is not taken for one's own.
func TestChoiceOfAnotherCgroup(t *testing.T) {
	a, b := report61(1), report61(2)
	end := slices.IndexFunc(b, func(l string) bool { return strings.HasPrefix(l, "oom-kill:") })
	ds := dumps(t, 2, log(lines(a[:end], b[end:])...))
	equal(t, "steps of the first", steps(ds[0]), "invoked limit")
	equal(t, "steps of the second", steps(ds[1]), "chosen killed reaped")
}

// TestGivesUp ends a report whose rest does not come.
func TestGivesUp(t *testing.T) {
	for _, caller := range []string{"", "T100"} {
		records := mark(log(report61(1)[:3]...), func(rec *event.Record) { rec.Caller = caller })
		p := New().(*parser)
		for i := range records {
			p.Read(&records[i], nil)
		}
		for i := range maxIdle {
			other := record(100+i, time.Minute, "eth0: link is up")
			other.Caller = "T7"
			p.Read(&other, nil)
		}
		if !p.Open() {
			t.Errorf("caller %q: closed after %d other records", caller, maxIdle)
		}
		other := record(1000, time.Minute, "eth0: link is up")
		if p.Read(&other, nil); p.Open() {
			t.Errorf("caller %q: still open after %d other records", caller, maxIdle+1)
		}
	}
}

// TestBounded reads what has no end, and keeps little of it.
func TestBounded(t *testing.T) {
	before := map[string][]string{ // for lines that are read within a report only
		"kills of a group": lines(invoked, selected, killed(13770, "celery", 9), group),
		"rows":             lines(invoked, header419),
		"frames":           lines(invoked),
		"statistics":       lines(invoked, "Memory cgroup stats for /a:"),
		"pieces":           lines("Killed process 1 (x"),
		"steps":            lines(invoked, rows(13731, 13770), selected, killed(13770, "celery", 9)),
	}
	for name, line := range map[string]func(i int) string{
		"headers": func(i int) string {
			return fmt.Sprintf("worker-%d invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=950", i)
		},
		"kills":            func(i int) string { return killed(i+1, "celery", i) },
		"kills of a group": func(i int) string { return killed(i+1, "celery", i+1) },
		"choices":          func(i int) string { return strings.Replace(selected, "13770", fmt.Sprint(i+1), 1) },
		"groups":           func(i int) string { return strings.Replace(group, "/b", fmt.Sprint("/", i), 1) },
		"tables":           func(int) string { return header419 },
		"memory":           func(i int) string { return fmt.Sprintf("memory: usage %dkB, limit %dkB, failcnt %d", i, i, i) },
		"cut lines":        func(i int) string { return fmt.Sprintf("Killed process %d (x", i+1) },
		"pieces":           func(int) string { return "" },
		"rows": func(i int) string {
			return fmt.Sprintf("[%7d]     0 %5d     2925      679    65536        0           904 celery", i+1, i+1)
		},
		"frames": func(int) string { return " mem_cgroup_out_of_memory+0x134/0x150" },
		"steps": func(int) string {
			return "oom_reaper: reaped process 13770 (celery), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB"
		},
		"statistics": func(int) string { return "anon 5" },
	} {
		t.Run(name, func(t *testing.T) {
			p, emitted, n := New().(*parser), 0, 10_000
			if name == "headers" {
				n = 100_000
			}
			emit := func(e event.Event) {
				emitted++
				if _, gap := e.Body.(event.LogGap); gap {
					return
				}
				d, ok := e.Body.(*event.OOMDump)
				if !ok || len(d.Steps) == 0 || len(d.Steps) > maxSteps || len(d.Victims) > maxTasks || len(d.Tasks) > maxTasks {
					t.Fatalf("got %.300s", show(e))
				}
				check(t, []event.Event{e}, 1)
			}
			for i, l := range before[name] {
				rec := record(i, time.Second, l)
				p.Read(&rec, emit)
			}
			for i := range n {
				rec := record(i, time.Second, line(i))
				p.Read(&rec, emit)
				if len(p.open) > maxOpen || p.cut != nil && len(p.cut.msg) > maxSelection {
					t.Fatalf("%d reports are open", len(p.open))
				}
			}
			if p.End(emit); emitted > n+1 {
				t.Errorf("%d events of %d lines", emitted, n)
			}
		})
	}
}

func TestSameMoment(t *testing.T) {
	at := func(stamps ...event.Stamp) (s event.Stamps) {
		for _, st := range stamps {
			s.Add(st)
		}
		return s
	}
	day := time.Date(2026, 11, 23, 9, 18, 17, 0, time.UTC)
	boot := func(d time.Duration) event.Stamp {
		return event.Stamp{Clock: event.Monotonic, Since: d, Step: time.Microsecond}
	}
	wall := func(d, step time.Duration) event.Stamp {
		return event.Stamp{Clock: event.Wall, Wall: day.Add(d), Step: step}
	}
	for name, c := range map[string]struct {
		a, b event.Stamps
		want bool
	}{
		"none":                           {at(), at(), true},
		"the kernel's":                   {at(boot(5)), at(boot(5)), true},
		"the kernel's, other":            {at(boot(5)), at(boot(5 * time.Microsecond)), false},
		"rsyslog reads them in turn":     {at(wall(0, time.Microsecond)), at(wall(115*time.Microsecond, time.Microsecond)), true},
		"too late":                       {at(wall(0, time.Microsecond)), at(wall(time.Second, time.Microsecond)), false},
		"a second strikes between":       {at(wall(0, time.Second)), at(wall(time.Second, time.Second)), true},
		"before":                         {at(wall(0, time.Second)), at(wall(-time.Second, time.Second)), false},
		"the kernel's own decides":       {at(wall(0, time.Second), boot(5)), at(wall(0, time.Second), boot(6)), false},
		"one has none":                   {at(), at(boot(5)), false},
		"deltas are summed, and may err": {at(event.Stamp{Clock: event.Relative}), at(event.Stamp{Clock: event.Relative, Since: 1}), true},
	} {
		if got := sameMoment(c.a, c.b); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if gap, ok := between(at(wall(0, time.Second), boot(5)), at(wall(time.Hour, time.Second), boot(7))); !ok || gap != 2 {
		t.Errorf("between: got %v, %v, want 2ns by the kernel's clock", gap, ok)
	}
}

// TestEvent says that a report bears the stamps, and the text, of its first line.
func TestEvent(t *testing.T) {
	records := mark(log(report61(1)...), func(rec *event.Record) { rec.Host, rec.From = "node-1", &event.Container{Node: "node-1"} })
	e := read(records)[0]
	want := event.New(&records[0], e.Body)
	if !reflect.DeepEqual(e, want) {
		t.Errorf("got %+v\nwant %+v", e, want)
	}
}

// TestSoup reads lines of all kinds in no order, with and without callers, of
// one moment and of several.
func TestSoup(t *testing.T) {
	pool := lines(dump419, fateful, report61(1), report61(2), group, exiting(13770), selected, killed(13770, "celery", 9), killed(101, "celery", 1), "", "eth0: link is up")
	for _, comm := range hostile[:12] {
		for _, rec := range pieces(log(told(comm)...)) {
			pool = append(pool, string(rec.Msg))
		}
	}
	for seed := range int64(100) {
		rnd := rand.New(rand.NewSource(seed))
		var records []event.Record
		since := time.Second
		for i, at := 0, 0; i < 80; i, at = i+1, at+1 {
			if rnd.Intn(4) == 0 {
				at = rnd.Intn(len(pool))
			}
			if rnd.Intn(3) > 0 {
				since += time.Duration(rnd.Intn(100)) * time.Millisecond
			}
			rec := record(i+1, since, pool[at%len(pool)])
			if seed%3 > 0 {
				rec.Caller = fmt.Sprint("T", rnd.Intn(2))
			}
			records = append(records, rec)
		}
		check(t, read(records), len(records))
		if parsertest.Whole(t, New, Literals(), records); t.Failed() {
			t.Fatalf("that was seed %d", seed)
		}
	}
}
