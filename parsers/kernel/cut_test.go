package kernel

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

// told are the lines of a report in which a comm stands, with the process of
// that name as who asks, who is chosen and who is killed.
func told(comm string) []string {
	return []string{
		comm + " invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=900",
		"CPU: 1 PID: 4650 Comm: " + comm + " Not tainted 5.10.0-46-cloud-amd64 #1 Debian 5.10.262-1",
		" mem_cgroup_out_of_memory+0x138/0x150",
		"memory: usage 40860kB, limit 40960kB, failcnt 19",
		header419,
		"[   4650]  1000  4650     8949     8825   106496        0           900 " + comm,
		"[   4652]     0  4652     1845     1696    53248        0           901 plain",
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=" + comm + ",pid=4650,uid=1000",
		"Memory cgroup out of memory: Killed process 4650 (" + comm + ") total-vm:35796kB, anon-rss:34520kB, file-rss:4kB, shmem-rss:776kB, UID:1000 pgtables:104kB oom_score_adj:900",
		"oom_reaper: reaped process 4650 (" + comm + "), now anon-rss:0kB, file-rss:0kB, shmem-rss:56kB",
	}
}

// pieces makes a record of each line that a record holds, with its stamps, as
// the console, busybox dmesg and klogd do.
func pieces(records []event.Record) (out []event.Record) {
	for _, rec := range records {
		for piece := range strings.SplitSeq(string(rec.Msg), "\n") {
			rec.Line, rec.Msg = len(out)+1, []byte(piece)
			out = append(out, rec)
		}
	}
	return out
}

// hostile are comms that hold a newline, or are made to be taken for a line or
// the end of one.
var hostile = []string{
	"ab\ncd: [1] x", "a\nb\nc", "\nabc", "abc\n", "\n", "\n\n", "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "ab\n cd", "ab\n[1] x", "ab\n[  1]", "ab\n? x+0x1/0x2",
	"wk\nKilled 7", "\nKilled process", "x\nLinux version", "\nLinux version ", "Linux version 9", "\nmemory: usage ", "x\nMem-Info:", "x\n5 pages RAM", "x\nanon 5", "x\nfree:1 free_p",
	"x,pid=3,uid=1", "x,pid=3,uid=1\ny", ",task=x\ny", "x\n,task=y", "x\n,uid=1", ",uid=1\nx",
	"x) total-vm:1kB", "x) total-vm:\ny", ") total-vm:1kB\n", "x) score 9\ny", "), now anon-rss", "x) is already e",
	" Not tainted \n", " Tainted: 6.1\n", "Not tainted 9.9", "x\n Not tainted", "OOM victim 1 (x", "x\nOOM victim 1 ", "x\nKill process ", "Killed process ", "Call Trace:\n ",
}

// TestComms reads every hostile name, as one record holds it and in pieces.
func TestComms(t *testing.T) {
	want := dumps(t, 1, log(told("plain")...))[0]
	for _, comm := range hostile {
		if len(comm) > commLen {
			t.Fatalf("%q is longer than a comm", comm)
		}
		records := log(told(comm)...)
		for how, records := range map[string][]event.Record{"whole": records, "pieces": pieces(records)} {
			t.Run(fmt.Sprintf("%s %q", how, comm), func(t *testing.T) {
				got := dumps(t, 1, records)[0]
				equal(t, "who asks", *got.Trigger, event.Trigger{Comm: comm, PID: 4650, GFPMask: "0xcc0", GFPFlags: []string{"GFP_KERNEL"}, OOMScoreAdj: 900, OOMAdj: event.AdjNotPrinted})
				equal(t, "release", got.Release, want.Release)
				equal(t, "frames", got.Frames, want.Frames)
				equal(t, "chosen", *got.Chosen, event.Chosen{Comm: comm, PID: 4650, UID: 1000, Score: unknown})
				equal(t, "memory", got.Memory, want.Memory)
				equal(t, "steps", steps(got), steps(want))
				for i := range got.Tasks {
					equal(t, "row", got.Tasks[i].PID, want.Tasks[i].PID)
				}
				equal(t, "name in the row", got.Tasks[0].Comm, comm)
				v := want.Victims[0]
				v.Comm = comm
				equal(t, "victims", got.Victims, []event.Victim{v})
				equal(t, "truncated", got.Truncated, false)
				parsertest.Whole(t, New, Literals(), records)
			})
		}
	}
}

// TestPiecesWithoutStamps is of dmesg --notime, and of a log that stamps each
// piece when it is read.
func TestPiecesWithoutStamps(t *testing.T) {
	const comm = "ab\ncd: [1] x"
	for name, stamp := range map[string]func(int) event.Stamp{
		"none": func(int) event.Stamp { return event.Stamp{} },
		"when it is read": func(i int) event.Stamp {
			return event.Stamp{Clock: event.Wall, Wall: time.Date(2026, 11, 23, 9, 18, 17, i*115_000, time.UTC), Step: time.Microsecond}
		},
	} {
		records := pieces(log(told(comm)...))
		for i := range records {
			records[i].Stamps = event.Stamps{stamp(i)}
		}
		d := dumps(t, 1, records)[0]
		if d.Trigger.Comm != comm || d.Trigger.PID != 4650 || d.Chosen.Comm != comm || d.Victims[0].Comm != comm || d.Tasks[0].Comm != comm {
			t.Errorf("%s: got %s", name, show(d))
		}
	}
}

// TestSelectionInTwoRecords is of paths too long for one record of the kernel's.
func TestSelectionInTwoRecords(t *testing.T) {
	deep := strings.Repeat("/system.slice/docker-c16a1e1285c8ab5f168f949ea2c56ebb402b1349e3eb6015f6db5b25c45ebaa7.scope", 5)
	line := "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=" + deep + ",task_memcg=" + deep + "/b,task=celery,pid=13770,uid=0"
	for _, at := range []string{",task_memcg=", deep + "/b", ",task=", ",oom_memcg="} {
		i := strings.Index(line, at)
		between := []string{invoked, line[:i], line[i:], killed(13770, "celery", 9)}
		d := dumps(t, 1, log(between...))[0]
		if steps(d) != "invoked chosen killed" || d.OOMMemcg != deep || d.TaskMemcg != deep+"/b" || d.Chosen.PID != 13770 {
			t.Errorf("cut before %.20q: got %s", at, show(d))
		}
		parsertest.Run(t, New, Literals(), log(between...))
	}
}

// TestCutLineEnds reads a line whose rest does not come for what it says.
func TestCutLineEnds(t *testing.T) {
	const cut = "Memory cgroup out of memory: Killed process 4650 (python3) tot"
	for name, records := range map[string][]event.Record{
		"the log ends":     log(cut),
		"another kill":     log(cut, killed(5, "x", 1)),
		"another moment":   {record(1, 1, cut), record(2, 2, "x")},
		"another machine":  {record(1, 1, cut), {Host: "b", Msg: []byte("x")}},
		"something longer": log(cut, strings.Repeat("x", maxComm)),
	} {
		var got []event.Victim
		for _, e := range read(records) {
			got = append(got, e.Body.(*event.OOMDump).Victims...)
		}
		if len(got) == 0 || got[0].PID != 4650 || got[0].Comm != "python3" || got[0].AnonRSSKB != unknown {
			t.Errorf("%s: got %s", name, show(got))
		}
	}
}

func TestExtentOf(t *testing.T) {
	for msg, want := range map[string]extent{
		"": unnamed,
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)":                 cutShort,
		"oom-kill:constraint=CONSTRAINT_NONE,task=x":                          cutShort,
		"oom-kill:constraint=CONSTRAINT_NONE,task=a,pid=1,uid=0":              cutShort, // all of it has room in a comm
		"oom-kill:constraint=CONSTRAINT_NONE,task=python3,pid=1,uid=0":        whole,
		"oom-kill:constraint=CONSTRAINT_NONE,task=" + strings.Repeat("x", 99): unnamed,
		"Killed process 1 (x": cutShort,
		"Killed process 1":    unnamed,
		"Out of memory (oom_kill_allocating_task): Killed process 1 (x":             cutShort,
		"Out of memory: Killed process 1 (x) total-vm:35796kB, anon-rss:34520kB":    whole,
		"Out of memory: Kill process 1 (x":                                          cutShort,
		"Out of memory: Kill process 1 (x) score 9 or sacrifice child":              whole,
		"oom_reaper: reaped process 1 (x":                                           cutShort,
		"oom_reaper: reaped process 1 (x), now anon-rss:0kB":                        whole,
		"Out of memory: OOM victim 1 (x) is already exiting. Skip killing the task": whole,
		"CPU: 1 PID: 4650 Comm: ab":                                                 cutShort,
		"CPU: 1 PID: 4650 Comm: ab Not tainted 5.10.0-46-cloud-amd64 #1":            whole,
		"a long line of something else in which Out of memory: Killed process 1 (x": unnamed,
		strings.Repeat("x", maxSelection+1):                                         unnamed,
	} {
		if got := extentOf([]byte(msg)); got != want {
			t.Errorf("%.90q: got %d, want %d", msg, got, want)
		}
	}
}
