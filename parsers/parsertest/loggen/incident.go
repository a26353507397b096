package loggen

import (
	"fmt"
	"time"
)

// incident writes one kill as the log's form tells of it. A container sees its
// worker die and nothing of the kernel.
func (w *writer) incident() {
	p := w.pod()
	if w.form != CRI {
		w.report(p)
		w.say("containerd", containerdPID, `time="%s" level=info msg="TaskOOM event container_id:\"%s\""`, w.now.Format("2006-01-02T15:04:05.000000000Z"), p.container)
	}
	w.say(p.namespace, p.pid, "[%s,%03d] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID %d exited unexpectedly (code -9). Shutting down...",
		w.now.Format("2006-01-02 15:04:05"), w.rnd.IntN(1000), 2+w.rnd.IntN(100))
	w.truth.Deaths++
}

// report writes what the kernel prints when a memory cgroup's limit is hit, as
// Linux 6.12 does: each line a record of its own. Others speak in between.
// Source of the lines: mm/oom_kill.c, mm/memcontrol.c.
func (w *writer) report(p *pod) {
	w.truth.Kills++
	victim := 3 + w.rnd.IntN(12)
	for n, text := range Report(p.memcg, p.pid, victim+1) {
		w.say("kernel", 0, "%s", text)
		if n%40 == 20 {
			w.kubelet()
		}
	}
	w.now = w.now.Add(time.Millisecond)
	w.say("kernel", 0, "oom_reaper: reaped process %d (dramatiq), now anon-rss:0kB, file-rss:0kB, shmem-rss:708kB", p.pid+victim)
}

// Report returns the lines of one report of the OOM killer, of a cgroup that
// reached its limit, without any envelope. The task table has so many rows, with
// pids from pid on; the last one is the victim's.
func Report(memcg string, pid, rows int) (lines []string) {
	line := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	line("dramatiq invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969")
	line("CPU: 1 UID: 1000 PID: %d Comm: dramatiq Not tainted 6.12.117+deb13-cloud-amd64 #1  Debian 6.12.117-1", pid)
	lines = append(lines, stack...)
	line("memory: usage 98304kB, limit 98304kB, failcnt 31")
	line("swap: usage 0kB, limit 0kB, failcnt 0")
	line("Memory cgroup stats for %s:", memcg)
	for i, name := range stats {
		line("%s %d", name, (i*7919%64)*4096)
	}
	line("Tasks state (memory values in pages):")
	line("[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name")
	for i := range rows {
		line("[%7d]  1000 %5d %8d %8d %8d %8d %9d %8d %8d         %5d dramatiq", pid+i, pid+i, 22389, 2000+i%20000, 1900+i%20000, 16, 84, 217088, 0, 969)
	}
	victim := pid + rows - 1
	line("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=kubepods.slice,mems_allowed=0,oom_memcg=%s,task_memcg=%[1]s,task=dramatiq,pid=%d,uid=1000", memcg, victim)
	line("Memory cgroup out of memory: Killed process %d (dramatiq) total-vm:89556kB, anon-rss:88404kB, file-rss:0kB, shmem-rss:708kB, UID:1000 pgtables:212kB oom_score_adj:969", victim)
	return lines
}

var stack = []string{
	"Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-debian-1.16.2-1 04/01/2014",
	"Call Trace:", " <TASK>", " dump_stack_lvl+0x5d/0x80", " dump_header+0x43/0x1aa", " oom_kill_process.cold+0x8/0x8d",
	" out_of_memory+0x219/0x4b0", " mem_cgroup_out_of_memory+0x12b/0x140", " try_charge_memcg+0x48b/0x670",
	" __mem_cgroup_charge+0x42/0xd0", " do_anonymous_page+0x389/0x8a0", " ? __pte_offset_map+0x1b/0x180",
	" __handle_mm_fault+0xb38/0xf90", " handle_mm_fault+0xe2/0x2c0", " do_user_addr_fault+0x217/0x650",
	" exc_page_fault+0x7e/0x180", " asm_exc_page_fault+0x26/0x30", "RIP: 0033:0x7ff798ce0603",
	"Code: 0f 11 40 20 0f 11 40 30 48 83 c7 c0 48 81 fa 80 00 00 00 76 2a 48 8d 50 40 48 83 e2 f0 66 2e 0f 1f 84 00 00 00 00 00 0f 29 02 <0f> 29 42 10 0f 29 42 20 0f 29 42 30 48 83 ea c0 48 39 fa 72 e8 0f",
	"RSP: 002b:00007ffe44d5cce8 EFLAGS: 00000287", "RAX: 00007ff78eb39030 RBX: 0000000000100000 RCX: 00000000ffffffff",
	"RDX: 00007ff78eb5cff0 RSI: 0000000000000078 RDI: 00007ff78ec38ff0", "RBP: 00007ff78eb39010 R08: 00000000ffffffff R09: 0000000000000000",
	"R10: 0000000000000022 R11: 0000000000000246 R12: 0000000000a46178", "R13: 0000000000a46178 R14: 0000000000a84590 R15: 00007ff798a6e808",
	" </TASK>",
}

var stats = []string{
	"anon", "file", "kernel", "kernel_stack", "pagetables", "sec_pagetables", "percpu", "sock", "vmalloc", "shmem", "file_mapped",
	"file_dirty", "file_writeback", "swapcached", "anon_thp", "file_thp", "shmem_thp", "inactive_anon", "active_anon",
	"inactive_file", "active_file", "unevictable", "slab_reclaimable", "slab_unreclaimable", "slab", "workingset_refault_anon",
	"workingset_refault_file", "pgscan", "pgsteal", "pgfault", "pgmajfault", "pgrefill", "pgactivate", "thp_fault_alloc", "thp_collapse_alloc",
}
