package kernel_test

import (
	"fmt"

	"oomtrace/parsers/event"
	"oomtrace/parsers/kernel"
)

// A reader hands over the kernel's records one by one. What they tell comes as
// one event, at the latest when the log ends.
func Example() {
	p := kernel.New()
	emit := func(e event.Event) {
		d := e.Body.(*event.OOMDump)
		v := d.Victims[0]
		fmt.Printf("%s: %s asked, %s (%d) was chosen of %d and killed\n", e.Pos, d.Trigger.Comm, v.Comm, v.PID, len(d.Tasks))
		fmt.Printf("%s OOM in %s: %d of %d KiB used, %d KiB of them the victim's\n",
			d.Kind, d.OOMMemcg, d.Memory.Memory.UsageKB, d.Memory.Memory.LimitKB, v.AnonRSSKB)
	}
	for i, line := range []string{
		"dramatiq invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969",
		"memory: usage 98304kB, limit 98304kB, failcnt 38",
		"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
		"[    120]  1000   120     1077      777    49152        0           969 dramatiq",
		"[    121]  1000   121    22389    22277   217088        0           969 dramatiq",
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/docker/c16a1e12,task_memcg=/docker/c16a1e12,task=dramatiq,pid=121,uid=1000",
		"Memory cgroup out of memory: Killed process 121 (dramatiq) total-vm:89556kB, anon-rss:88400kB, file-rss:0kB, shmem-rss:708kB, UID:1000 pgtables:212kB oom_score_adj:969",
	} {
		p.Read(&event.Record{Pos: event.Pos{File: "dmesg", Line: i + 1}, Speaker: "kernel", Msg: []byte(line)}, emit)
	}
	p.End(emit)
	// Output:
	// dmesg:1: dramatiq asked, dramatiq (121) was chosen of 2 and killed
	// memcg OOM in /docker/c16a1e12: 98304 of 98304 KiB used, 88400 KiB of them the victim's
}
