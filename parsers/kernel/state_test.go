package kernel

import (
	"fmt"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// dump419 is a report of 4.19, where a child dies for the chosen process.
var dump419 = []string{
	"cp invoked oom-killer: gfp_mask=0x6000c0(GFP_KERNEL), nodemask=(null), order=0, oom_score_adj=-998",
	"cp cpuset=024952d653ef1cd852f875a61bd27cf45cb1fd6cab3659ca7e5f12f037d99aa9 mems_allowed=0-1",
	"CPU: 40 PID: 62769 Comm: cp Not tainted 4.19.4-1.el7.elrepo.x86_64 #1",
	"Hardware name: Supermicro Super Server/X10DRL-iT, BIOS 2.0a 01/13/2017",
	"Call Trace:",
	" dump_stack+0x63/0x88",
	" mem_cgroup_out_of_memory+0x4b/0x80",
	" try_charge+0x667/0x6f0",
	"Task in /kubepods/pod951f6bc5/024952d6 killed as a result of limit of /kubepods/pod951f6bc5",
	"memory: usage 524288kB, limit 524288kB, failcnt 12",
	"memory+swap: usage 524288kB, limit 524288kB, failcnt 38",
	"kmem: usage 16560kB, limit 9007199254740988kB, failcnt 0",
	"Memory cgroup stats for /kubepods/pod951f6bc5: cache:0KB rss:0KB rss_huge:0KB shmem:0KB mapped_file:0KB dirty:0KB writeback:0KB swap:0KB inactive_anon:0KB active_anon:0KB inactive_file:0KB active_file:0KB unevictable:0KB",
	"Memory cgroup stats for /kubepods/pod951f6bc5/024952d6: cache:507172KB rss:448KB rss_huge:0KB shmem:28KB mapped_file:0KB dirty:503316KB writeback:0KB swap:0KB inactive_anon:0KB active_anon:540KB inactive_file:253596KB active_file:253592KB unevictable:0KB",
	"Tasks state (memory values in pages):",
	"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
	"[  62685]     0 62685     2925      679    65536        0          -998 bash",
	"[  62769]     0 62769     4382      411    77824        0          -998 cp",
	"Memory cgroup out of memory: Kill process 62685 (bash) score 0 or sacrifice child",
	"Killed process 62769 (cp) total-vm:17528kB, anon-rss:100kB, file-rss:1544kB, shmem-rss:0kB",
	"oom_reaper: reaped process 62769 (cp), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
}

func TestReportOf419(t *testing.T) {
	d := dumps(t, 1, log(dump419...))[0]
	equal(t, "steps", steps(d), "invoked limit chosen killed reaped")
	equal(t, "kind", d.Kind, "memcg")
	equal(t, "cpuset", d.Cpuset, "024952d653ef1cd852f875a61bd27cf45cb1fd6cab3659ca7e5f12f037d99aa9")
	equal(t, "nodemask", d.Nodemask, "(null)")
	equal(t, "cgroup with the limit", d.OOMMemcg, "/kubepods/pod951f6bc5")
	equal(t, "cgroup of the task", d.TaskMemcg, "/kubepods/pod951f6bc5/024952d6")
	equal(t, "statistics are of", d.Memory.StatMemcg, "/kubepods/pod951f6bc5")
	equal(t, "chosen", *d.Chosen, event.Chosen{Comm: "bash", PID: 62685, UID: unknown, Score: 0})
	equal(t, "killed", pids(d), []int{62769})
	equal(t, "reaped", d.Victims[0].Reaped, true)
	equal(t, "whole", d.TableWhole && !d.Truncated, true)
}

func TestCounters(t *testing.T) {
	const header = "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
	v1 := dumps(t, 1, log(header,
		"memory: usage 98304kB, limit 98304kB, failcnt 38",
		"memory+swap: usage 98304kB, limit 9007199254740988kB, failcnt 0",
		"kmem: usage 524kB, limit 9007199254740988kB, failcnt 1"))[0].Memory
	equal(t, "5.10, cgroup v1", v1, event.MemcgMemory{MinKB: unknown, LowKB: unknown,
		Memory: event.Counter{UsageKB: 98304, LimitKB: 98304, Failcnt: 38, Printed: true},
		Memsw:  event.Counter{UsageKB: 98304, LimitKB: 9007199254740988, Printed: true},
		Kmem:   event.Counter{UsageKB: 524, LimitKB: 9007199254740988, Failcnt: 1, Printed: true},
	})
	v2 := dumps(t, 1, log(header,
		"memory: usage 81920kB, limit 81920kB, failcnt 19",
		"swap: usage 4kB, limit 0kB, failcnt 2",
		"swap: usage kB, limit 0kB, failcnt 2"))[0].Memory
	equal(t, "7.3, cgroup v2", v2, event.MemcgMemory{MinKB: unknown, LowKB: unknown,
		Memory: event.Counter{UsageKB: 81920, LimitKB: 81920, Failcnt: 19, Printed: true},
		Swap:   event.Counter{UsageKB: 4, Failcnt: 2, Printed: true},
	})
}

// TestStats reads the three forms of the cgroup's statistics.
func TestStats(t *testing.T) {
	const header = "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
	for name, c := range map[string]struct {
		lines []string
		memcg string
		want  string
	}{
		"4.19 to 5.2, on the head's line": {
			[]string{"memory: usage 524288kB, limit 524288kB, failcnt 9", "Memory cgroup stats for /docker/a: cache:0: cache:507172KB rss:448KB rss_huge:0KB", "Memory cgroup stats for /docker/a/b: cache:1KB rss:1KB"},
			"/docker/a: cache:0", "cache=519344128 rss=458752 rss_huge=0"},
		"5.3 to 6.4, a record of many lines": {
			[]string{"Memory cgroup stats for /kubepods/pod1:", "anon 99889152\nfile 0\npgfault 24486"},
			"/kubepods/pod1", "anon=99889152 file=0 pgfault=24486"},
		"the same with its lines apart, and another line between": {
			[]string{"Memory cgroup stats for /kubepods/pod1:", "anon 99889152", "eth0: link is up", "file 0", "workingset_activate_f"},
			"/kubepods/pod1", "anon=99889152 file=0"},
		"6.5 and later, a record for each": {
			[]string{"Memory cgroup stats for /kubepods.slice:", "anon 83517440", "zswap_incomp 0", "numa_hint_faults 3", "Memory cgroup min protection 0kB -- low protection 0kB", "Tasks state (memory values in pages):"},
			"/kubepods.slice", "anon=83517440 zswap_incomp=0 numa_hint_faults=3"},
		"the end is the table": {
			[]string{"Memory cgroup stats for /a:", "anon 1", "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name", "nothing 5"},
			"/a", "anon=1"},
	} {
		m := dumps(t, 1, log(append([]string{header}, c.lines...)...))[0].Memory
		var got []string
		for _, s := range m.Stat {
			got = append(got, fmt.Sprintf("%s=%d", s.Name, s.Value))
		}
		if m.StatMemcg != c.memcg || strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q of %q, want %q of %q", name, got, m.StatMemcg, c.want, c.memcg)
		}
	}
}

func TestStatsAreBounded(t *testing.T) {
	lines := []string{"x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0", "Memory cgroup stats for /a:"}
	for i := range 2 * maxStats {
		lines = append(lines, fmt.Sprintf("name_%d 0", i))
	}
	equal(t, "statistics", len(dumps(t, 1, log(lines...))[0].Memory.Stat), maxStats)
}

// TestNode ties Mem-Info to the report that it stands in.
func TestNode(t *testing.T) {
	const header = "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
	d := dumps(t, 1, log(header, "Mem-Info:", "active_anon:112067 inactive_anon:0 isolated_anon:0\n free:930 free_pcp:556 free_cma:0", "eth0: link is up", "130942 pages RAM",
		" __alloc_pages_slowpath+0x1/0x2"))[0]
	equal(t, "pages", []int64{d.Node.FreePages, d.Node.PagesRAM}, []int64{930, 130942})
	equal(t, "kind", d.Kind, "global")
	equal(t, "frames behind the stack", len(d.Frames), 0)
	equal(t, "nothing printed", dumps(t, 1, log(header))[0].Node, newDump().Node)
}

func TestKindWithoutSelection(t *testing.T) {
	const header = "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
	for line, want := range map[string]string{
		"":                                   "",
		"Memory limit reached of cgroup /a":  "memcg",
		"Mem-Info:":                          "global",
		" mem_cgroup_out_of_memory+0x1/0x2":  "memcg",
		" __alloc_pages_slowpath+0x1/0x2":    "",
		"Memory cgroup stats for /a:":        "memcg",
		"Killed process 1 (x) total-vm:1kB,": "",
		"Out of memory: Killed process 1 (x) total-vm:1kB,":                                   "global",
		"Memory cgroup out of memory: Killed process 1 (x) total-vm:1kB,":                     "memcg",
		"Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled":       "global",
		"Out of memory (oom_kill_allocating_task): Killed process 1 (x) total-vm:1kB,":        "global",
		"Out of memory and no killable processes...":                                          "",
		"oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null),global_oom,task=x,pid=1,uid=0": "cpuset",
	} {
		if got := dumps(t, 1, log(header, line))[0].Kind; got != want {
			t.Errorf("with %q: got kind %q, want %q", line, got, want)
		}
	}
	if got := dumps(t, 1, log(strings.Replace(header, "order=0", "order=-1", 1)))[0].Kind; got != "global" {
		t.Errorf("sysrq: got kind %q, want global", got)
	}
}
