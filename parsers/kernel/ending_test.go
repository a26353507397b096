package kernel

import (
	"fmt"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

const (
	invoked  = "python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969"
	selected = "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=celery,pid=13770,uid=0"
	group    = "Tasks in /a/b are going to be killed due to memory.oom.group set"
)

// killed returns a kill line of 5.4 and later.
func killed(pid int, comm string, kb int) string {
	return fmt.Sprintf("Memory cgroup out of memory: Killed process %d (%s) total-vm:%dkB, anon-rss:%dkB, file-rss:5888kB, shmem-rss:0kB, UID:0 pgtables:388kB oom_score_adj:904", pid, comm, kb, kb/2)
}

func exiting(pid int) string {
	return fmt.Sprintf("Memory cgroup out of memory: OOM victim %d (celery) is already exiting. Skip killing the task", pid)
}

// rows returns a table of processes, by pid.
func rows(pids ...int) []string {
	lines := []string{header419}
	for _, pid := range pids {
		lines = append(lines, fmt.Sprintf("[%7d]     0 %5d     2925      679    65536        0           904 celery", pid, pid))
	}
	return lines
}

// lines puts lines and runs of them together.
func lines(parts ...any) (out []string) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			out = append(out, p)
		case []string:
			out = append(out, p...)
		}
	}
	return out
}

// TestOneReport reads reports that end in various ways, each just one.
func TestOneReport(t *testing.T) {
	for name, c := range map[string]struct {
		lines  []string
		steps  string
		killed []int
	}{
		"5.9 and later, a group with the chosen one again": {
			lines(invoked, rows(13731, 13770), selected, killed(13770, "celery", 9), group, killed(13731, "celery", 8), killed(13770, "celery", 9)),
			"invoked chosen killed group killed killed", []int{13770, 13731}},
		"6.12, again by a thread's id": {
			lines(invoked, rows(13731, 13770), selected, killed(13770, "celery", 9), group, killed(13775, "celery", 9), killed(13731, "celery", 8)),
			"invoked chosen killed group killed killed", []int{13770, 13731}},
		"6.1, members alike, none of them again": {
			lines(invoked, rows(13731, 13732, 13770), selected, killed(13770, "celery", 9), group, killed(13731, "celery", 8), killed(13732, "celery", 8)),
			"invoked chosen killed group killed killed", []int{13770, 13731, 13732}},
		"a group without a table, members alike": {
			lines(invoked, selected, killed(13770, "celery", 9), group, killed(13775, "celery", 9), killed(13731, "celery", 8), killed(13732, "celery", 8)),
			"invoked chosen killed group killed killed killed", []int{13770, 13731, 13732}},
		"5.9 and later, a member that exits": {
			lines(invoked, rows(13731, 13770), selected, killed(13770, "celery", 9), group, killed(13731, "celery", 8), exiting(13770)),
			"invoked chosen killed group killed exiting", []int{13770, 13731}},
		"the chosen one exits, its group does not": {
			lines(invoked, rows(13731, 13770), selected, exiting(13770), group, killed(13731, "celery", 8)),
			"invoked chosen exiting group killed", []int{13731}},
		"the chosen one exits": {
			lines(invoked, rows(13731, 13770), selected, exiting(13770)),
			"invoked chosen exiting", nil},
		"4.19, a group, whose members have no words before": {
			lines("celery invoked oom-killer: gfp_mask=0x6000c0(GFP_KERNEL), nodemask=(null), order=0, oom_score_adj=0", rows(1, 2, 3),
				"Memory cgroup out of memory: Kill process 2 (celery) score 9 or sacrifice child", "Killed process 2 (celery) total-vm:2kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB",
				group, "Killed process 1 (celery) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB", "Killed process 2 (celery) total-vm:2kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB"),
			"invoked chosen killed group killed killed", []int{2, 1}},
		"5.0, a choice and a candidate": {
			lines(invoked, rows(13731, 13770), selected, "Memory cgroup out of memory: Kill process 13770 (celery) score 9 or sacrifice child",
				"Killed process 13731 (celery) total-vm:2kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB"),
			"invoked chosen chosen killed", []int{13731}},
		"4.19, too many reports: two lines alone": {
			lines("Memory cgroup out of memory: Kill process 2 (celery) score 9 or sacrifice child", "Killed process 2 (celery) total-vm:2kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB"),
			"chosen killed", []int{2}},
		"the kill names a thread of the chosen process": {
			lines(invoked, header419, "[  13775]     0 13770     2925      679    65536        0           904 celery", selected, killed(13775, "celery", 9)),
			"invoked chosen killed", []int{13775}},
		"vm.oom_dump_tasks=0": {
			lines(invoked, selected, killed(13770, "celery", 9)),
			"invoked chosen killed", []int{13770}},
		"a console that shows warnings only": {
			lines(invoked, "CPU: 0 PID: 1 Comm: python3 Not tainted 6.1.0-56-cloud-amd64 #1", "Call Trace:", " mem_cgroup_out_of_memory+0x134/0x150", killed(13770, "celery", 9)),
			"invoked killed", []int{13770}},
		"the selection line is lost": {
			lines(invoked, rows(13731, 13770), killed(13770, "celery", 9)),
			"invoked killed", []int{13770}},
		"some rows are lost": {
			lines(invoked, rows(13731), selected, killed(13770, "celery", 9)),
			"invoked chosen killed", []int{13770}},
		"a group, cut at the start": {
			lines(group, killed(13731, "celery", 8), killed(13732, "celery", 8)),
			"group killed killed", []int{13731, 13732}},
		"a group, its first kill lost": {
			lines(invoked, rows(13731, 13770), selected, group, killed(13731, "celery", 8)),
			"invoked chosen group killed", []int{13731}},
		"cut at the start, in the table": {
			lines(rows(13731, 13770), selected, killed(13770, "celery", 9)),
			"chosen killed", []int{13770}},
		"cut at the start, in the memory": {
			lines("memory: usage 4kB, limit 4kB, failcnt 1", rows(13731, 13770), selected, killed(13770, "celery", 9)),
			"limit chosen killed", []int{13770}},
		"a kill line alone": {
			lines(killed(13770, "celery", 9)),
			"killed", []int{13770}},
		"cut at the end, in the name": {
			lines(invoked, rows(13770), selected, "Memory cgroup out of memory: Killed process 13770 (cel"),
			"invoked chosen killed", []int{13770}},
		"cut at the end": {
			lines(invoked, rows(13770), selected),
			"invoked chosen", nil},
		"4.19 and later, nobody": {
			lines(invoked, rows(13770), "Out of memory and no killable processes..."),
			"invoked no-killable", nil},
		"nobody, and a panic": {
			lines(invoked, rows(13770), "Out of memory and no killable processes...", "Kernel panic - not syncing: System is deadlocked on memory", "---[ end Kernel panic - not syncing: System is deadlocked on memory ]---"),
			"invoked no-killable panic", nil},
		"nobody alone": {
			lines("Out of memory and no killable processes..."),
			"no-killable", nil},
		"panic_on_oom": {
			lines(invoked, rows(13770), "Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled", "CPU: 1 PID: 4435 Comm: python3 Not tainted 6.18.15 #1"),
			"invoked panic", nil},
		"a panic alone": {
			lines("Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled"),
			"panic", nil},
		"sysrq-f": {
			lines("sysrq: Manual OOM execution", "kworker/0:0 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0", rows(13770), "Out of memory: Killed process 13770 (celery) total-vm:1kB, anon-rss:1kB"),
			"invoked killed", []int{13770}},
		"reaped, though the kill line is lost": {
			lines(invoked, rows(13770), selected, "oom_reaper: reaped process 13770 (celery), now anon-rss:0kB, file-rss:0kB, shmem-rss:56kB"),
			"invoked chosen reaped", nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := dumps(t, 1, log(c.lines...))[0]
			equal(t, "steps", steps(d), c.steps)
			equal(t, "killed", pids(d), c.killed)
			for _, v := range d.Victims {
				equal(t, "step of the victim", d.Steps[v.Step].What, "killed")
			}
		})
	}
}

// TestTruncated says of which reports the log lacks something.
func TestTruncated(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  bool
	}{
		"whole":                {lines(invoked, rows(13770), selected, killed(13770, "celery", 9)), false},
		"nobody":               {lines(invoked, rows(13770), "Out of memory and no killable processes..."), false},
		"exiting":              {lines(invoked, rows(13770), selected, exiting(13770)), false},
		"no kill line":         {lines(invoked, rows(13770), selected), true},
		"no header":            {lines(rows(13770), selected, killed(13770, "celery", 9)), true},
		"no row of the victim": {lines(invoked, rows(1), selected, killed(13770, "celery", 9)), true},
		"dropped lines":        {lines(invoked, "** 3 printk messages dropped **", rows(13770), selected, killed(13770, "celery", 9)), true},
		"dropped lines before": {lines("** 3 printk messages dropped **", invoked, rows(13770), selected, killed(13770, "celery", 9)), false},
	} {
		if got := dumps(t, 1, log(c.lines...))[0].Truncated; got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestSaysNothing(t *testing.T) {
	for name, lines := range map[string][]string{
		"nothing":                      nil,
		"a reaper":                     {"oom_reaper: reaped process 1831 (batch-job), now anon-rss:0kB, file-rss:0kB, shmem-rss:56kB"},
		"a victim that exits":          {exiting(1)},
		"a failed allocation":          {"x: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null),cpuset=/,mems_allowed=0", "CPU: 1 PID: 5 Comm: x Not tainted 6.1.0 #1", "Mem-Info:", "Node 0 DMA: 12*4kB (UM) = 48kB", "130942 pages RAM"},
		"another panic":                {"Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009"},
		"a crash of a hostile name":    {"Out of memory:[3486]: segfault at 0 ip 0000000000401da1 sp 00007ffedf662e60 error 6 in lab[401000+9f000]"},
		"a request that was refused":   {"sysrq: Manual OOM execution", "sysrq: OOM request ignored. No task eligible"},
		"the page fault handler":       {"Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF"},
		"a line within another record": {"audit: something\n" + killed(5, "x", 1)},
	} {
		if got := read(log(lines...)); len(got) > 0 {
			t.Errorf("%s: got %s", name, show(got))
		}
	}
}

// TestFragment is of logs that hold a report's middle alone: that something is
// missing is all that they say.
func TestFragment(t *testing.T) {
	for name, lines := range map[string][]string{
		"a table":            rows(1, 2),
		"memory of a report": {"memory: usage 4kB, limit 4kB, failcnt 1", "Memory cgroup stats for /a:", "anon 1"},
	} {
		got := read(log(lines...))
		if len(got) != 1 || got[0].Body != (event.LogGap{What: fragment}) || got[0].Pos.Line != 1 {
			t.Errorf("%s: got %s", name, show(got))
		}
	}
}

func TestReaped(t *testing.T) {
	d := dumps(t, 1, log(lines(killed(1831, "batch-job", 9), "oom_reaper: reaped process 1831 (batch-job), now anon-rss:0kB, file-rss:4kB, shmem-rss:56kB")...))[0]
	v := d.Victims[0]
	if !v.Reaped || v.LeftAnonKB != 0 || v.LeftFileKB != 4 || v.LeftShmemRSSKB != 56 {
		t.Errorf("got %+v", v)
	}
}

// TestAllocating is of vm.oom_kill_allocating_task, before and after 5.1.
func TestAllocating(t *testing.T) {
	for _, lines := range [][]string{
		{"Out of memory (oom_kill_allocating_task): Killed process 1977 (allocator) total-vm:299484kB, anon-rss:298240kB, file-rss:0kB, shmem-rss:652kB, UID:1001 pgtables:620kB oom_score_adj:0"},
		{"Out of memory (oom_kill_allocating_task): Kill process 1977 (allocator) score 0 or sacrifice child", "Killed process 1977 (allocator) total-vm:299484kB, anon-rss:298240kB, file-rss:0kB, shmem-rss:652kB"},
	} {
		d := dumps(t, 1, log(lines...))[0]
		if !d.Allocating || d.Kind != "global" {
			t.Errorf("%q: got allocating %v, kind %q", lines, d.Allocating, d.Kind)
		}
	}
}

// TestGroupEnds keeps kill lines that are not of a group out of it.
func TestGroupEnds(t *testing.T) {
	whole := lines(invoked, rows(13731, 13770), selected, killed(13770, "celery", 9), group, killed(13731, "celery", 8))
	later := record(99, time.Minute, killed(13770, "celery", 7))
	other := record(99, time.Second+time.Millisecond, killed(1, "java", 7))
	global := record(99, time.Second+time.Millisecond, "Out of memory: Killed process 13731 (celery) total-vm:1kB, anon-rss:1kB")
	for name, rec := range map[string]event.Record{"a minute later": later, "not in the table": other, "in other words": global} {
		ds := dumps(t, 2, append(log(whole...), rec))
		if len(ds[0].Victims) != 2 || len(ds[1].Victims) != 1 {
			t.Errorf("%s: got %v and %v", name, pids(ds[0]), pids(ds[1]))
		}
	}
}
