package kernel

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

// isComm reports whether a process can be called so, and a log can say it on
// one line.
func isComm(s string) bool { return len(s) <= commLen && !strings.ContainsAny(s, "\x00\n") }

// names are what fuzzing begins with.
var names = []string{"python3", "", "a) b(c", "x) total-vm:1kB", ",pid=1,uid=2", ",task=x", " 1 2 3", "Killed process ", "\xff\xfe", "\r"}

// FuzzKilled prints a kill line as 4.19, 5.1 and 5.4 do, and reads it.
func FuzzKilled(f *testing.F) {
	for _, name := range names {
		f.Add(name, 2528, uint32(1000), uint64(300000), uint64(65088), uint64(2624), uint64(0), uint64(192), int16(969))
	}
	f.Fuzz(func(t *testing.T, comm string, pid int, uid uint32, vm, anon, file, shmem, pgtables uint64, adj int16) {
		if !isComm(comm) {
			t.Skip()
		}
		pid = 1 + pid&(1<<22-1) // the kernel's largest is 2^22
		kb := func(v *uint64) int64 {
			*v >>= 1
			return int64(*v)
		}
		v := event.Victim{PID: pid, Comm: comm, UID: unknown, TotalVMKB: kb(&vm), AnonRSSKB: kb(&anon), FileRSSKB: kb(&file), ShmemRSSKB: kb(&shmem),
			PgtablesKB: unknown, LeftAnonKB: unknown, LeftFileKB: unknown, LeftShmemRSSKB: unknown}
		of419 := fmt.Sprintf("Killed process %d (%s) total-vm:%dkB, anon-rss:%dkB, file-rss:%dkB, shmem-rss:%dkB", pid, comm, vm, anon, file, shmem)
		checkKilled(t, of419, kill{points: unknown, victim: v})
		checkKilled(t, memcgWords+": "+of419, kill{words: memcgWords, points: unknown, victim: v})
		v.UID, v.PgtablesKB, v.OOMScoreAdj, v.AdjPrinted = int(uid), kb(&pgtables), int(adj), true
		of54 := fmt.Sprintf("%s: %s, UID:%d pgtables:%dkB oom_score_adj:%d", globalWords, of419, uid, pgtables, adj)
		checkKilled(t, of54, kill{words: globalWords, points: unknown, victim: v})
		score := fmt.Sprintf("%s: Kill process %d (%s) score %d or sacrifice child", allocatingWords, pid, comm, adj)
		candidate, _, _ := parseKillHead([]byte(score))
		candidate.victim.Comm, candidate.points = comm, int(adj)
		checkKilled(t, score, candidate)
	})
}

func checkKilled(t *testing.T, line string, want kill) {
	t.Helper()
	if got, ok := parseKilled([]byte(line)); !ok || got != want {
		t.Errorf("%q is read as %v, %+v\nwant %+v", line, ok, got, want)
	}
}

// FuzzSelection prints a selection line as 5.0 and later do, for a limit and
// for the whole machine, and reads it.
func FuzzSelection(f *testing.F) {
	for _, name := range names {
		f.Add(name, 14622, uint32(1000), "kubepods.slice", "cri-containerd-1.scope", "0-1,3")
	}
	f.Add("x", 1, uint32(0), "a,oom_memcg=b,task_memcg=c", "d,task_memcg=/", "(null)")
	f.Fuzz(func(t *testing.T, comm string, pid int, uid uint32, memcg, child, nodes string) {
		path := memcg + child + nodes
		if !isComm(comm) || strings.ContainsAny(path, "\x00\n/") || strings.Contains(path, ",task") || strings.Contains(nodes, ",cpuset") || strings.Contains(memcg, ",mems_") || len(path) > 4095 {
			t.Skip()
		}
		pid = 1 + pid&(1<<22-1)
		s := selection{constraint: "CONSTRAINT_MEMCG", nodemask: nodes, cpuset: memcg, oomMemcg: "/" + memcg, taskMemcg: "/" + memcg + "/" + child,
			mems: "0", chosen: event.Chosen{Comm: comm, PID: pid, UID: int(uid), Score: unknown}}
		const format = "oom-kill:constraint=%s,nodemask=%s,cpuset=%s,mems_allowed=0%s,task_memcg=%s,task=%s,pid=%d,uid=%d"
		checkSelection(t, fmt.Sprintf(format, s.constraint, nodes, memcg, ",oom_memcg="+s.oomMemcg, s.taskMemcg, comm, pid, uid), s)
		s.constraint, s.oomMemcg = "CONSTRAINT_NONE", ""
		checkSelection(t, fmt.Sprintf(format, s.constraint, nodes, memcg, ",global_oom", s.taskMemcg, comm, pid, uid), s)
	})
}

func checkSelection(t *testing.T, line string, want selection) {
	t.Helper()
	if got, ok := parseSelection([]byte(line)); !ok || got != want {
		t.Errorf("%q is read as %v, %+v\nwant %+v", line, ok, got, want)
	}
}

// FuzzRow prints a row of the task table as 4.19 and 6.8 do, and reads it.
func FuzzRow(f *testing.F) {
	for _, name := range names {
		f.Add(name, 14622, uint32(0), 14622, uint64(281182), uint64(190451), uint64(188746), uint64(1705), int64(0), int64(1675264), uint64(0), int16(969))
	}
	f.Fuzz(func(t *testing.T, comm string, pid int, uid uint32, tgid int, vm, rss, anon, file uint64, shmem, pgtables int64, swap uint64, adj int16) {
		if !isComm(comm) {
			t.Skip()
		}
		pid, vm, rss, anon, file, swap = 1+pid&(1<<22-1), vm>>1, rss>>1, anon>>1, file>>1, swap>>1
		row := newTask(pid)
		row.UID, row.TGID, row.TotalVM, row.RSS = int(int32(uid)), tgid, int64(vm), int64(rss) // the kernel prints a uid as %d
		row.PgtablesBytes, row.Swapents, row.OOMScoreAdj, row.Comm = pgtables, int64(swap), int(adj), comm
		checkRow(t, header419, fmt.Sprintf("[%7d] %5d %5d %8d %8d %8d %8d         %5d %s", pid, int32(uid), tgid, vm, rss, pgtables, swap, adj, comm), row)
		row.RSSAnon, row.RSSFile, row.RSSShmem = int64(anon), int64(file), shmem
		checkRow(t, header68, fmt.Sprintf("[%7d] %5d %5d %8d %8d %8d %8d %9d %8d %8d         %5d %s", pid, int32(uid), tgid, vm, rss, anon, file, shmem, pgtables, swap, adj, comm), row)
	})
}

func checkRow(t *testing.T, header, line string, want event.Task) {
	t.Helper()
	if got, ok := parseRow([]byte(line), columnsOf(header), nil); !ok || got != want {
		t.Errorf("%q is read as %v, %+v\nwant %+v", line, ok, got, want)
	}
}

// FuzzParser reads lines of any kind. A bit of same says that a line bears the
// stamp of the one before, one of callers that another task prints it; \r
// stands for a newline within a record.
func FuzzParser(f *testing.F) {
	for _, name := range golden {
		var data []byte
		for _, rec := range dump(f, name+".txt") {
			data = append(append(data, bytes.ReplaceAll(rec.Msg, []byte("\n"), []byte("\r"))...), '\n')
		}
		f.Add(data, uint64(0), uint64(0))
	}
	f.Add([]byte(strings.Join(dump419, "\n")), uint64(0), uint64(0))
	f.Add([]byte(strings.Join(fateful, "\n")), uint64(0), uint64(5))
	for _, comm := range hostile {
		f.Add([]byte(strings.Join(told(comm), "\n")), ^uint64(0), uint64(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, same, callers uint64) {
		var records []event.Record
		var since time.Duration
		for i, line := range bytes.SplitN(data, []byte("\n"), 65)[:min(64, bytes.Count(data, []byte("\n"))+1)] {
			if same>>i&1 == 0 {
				since += time.Millisecond
			}
			rec := record(i+1, since, strings.ReplaceAll(string(line), "\r", "\n"))
			if callers != 0 {
				rec.Caller = fmt.Sprint("T", callers>>i&1)
			}
			records = append(records, rec)
		}
		events := read(records)
		check(t, events, len(records))
		equal(t, "in the room of reports that nobody kept", readAgain(New().(*parser), records), flat(events))
		parsertest.Whole(t, New, Literals(), records)
	})
}

// check holds the events of n records to what every reader of them counts on.
func check(t *testing.T, events []event.Event, n int) {
	if len(events) > n {
		t.Errorf("%d events of %d records", len(events), n)
	}
	for _, e := range events {
		d, ok := e.Body.(*event.OOMDump)
		if !ok {
			continue
		}
		if len(d.Steps) == 0 || d.Steps[0].Pos != e.Pos || d.Steps[0].Text != e.Text {
			t.Errorf("a report does not begin with its first step: %s", show(e))
		}
		for _, v := range d.Victims {
			if v.Step < 0 || v.Step >= len(d.Steps) || d.Steps[v.Step].What != "killed" || d.Steps[v.Step].PID != v.PID || v.PID <= 0 {
				t.Errorf("the victim %d is not of its step: %s", v.PID, show(e))
			}
		}
		if d.TasksCut < 0 || d.TableWhole && !d.HasTable || len(d.Tasks) > 0 && !d.HasTable {
			t.Errorf("rows without a table: %s", show(e))
		}
	}
}
