package kernel

import (
	"testing"

	"oomtrace/parsers/event"
)

func TestParseInvoked(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want header
	}{
		"4.14, two blanks before order": {"java invoked oom-killer: gfp_mask=0x14000c0(GFP_KERNEL), nodemask=(null),  order=0, oom_score_adj=-998",
			header{event.Trigger{Comm: "java", PID: -1, GFPMask: "0x14000c0", GFPFlags: []string{"GFP_KERNEL"}, OOMScoreAdj: -998, OOMAdj: event.AdjNotPrinted}, "(null)"}},
		"4.19": {"thrash invoked oom-killer: gfp_mask=0x6000c0(GFP_KERNEL), nodemask=(null), order=0, oom_score_adj=0",
			header{event.Trigger{Comm: "thrash", PID: -1, GFPMask: "0x6000c0", GFPFlags: []string{"GFP_KERNEL"}, OOMAdj: event.AdjNotPrinted}, "(null)"}},
		"4.19, a list of nodes": {"oom02 invoked oom-killer: gfp_mask=0x6280ca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), nodemask=0-1,3, order=0, oom_score_adj=0",
			header{event.Trigger{Comm: "oom02", PID: -1, GFPMask: "0x6280ca", GFPFlags: []string{"GFP_HIGHUSER_MOVABLE", "__GFP_ZERO"}, OOMAdj: event.AdjNotPrinted}, "0-1,3"}},
		"5.4, from the page fault handler": {"python3 invoked oom-killer: gfp_mask=0x0(), order=0, oom_score_adj=0",
			header{event.Trigger{Comm: "python3", PID: -1, GFPMask: "0x0", OOMAdj: event.AdjNotPrinted}, ""}},
		"6.18, a person at the SysRq key": {"kworker/0:0 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0",
			header{event.Trigger{Comm: "kworker/0:0", PID: -1, GFPMask: "0xcc0", GFPFlags: []string{"GFP_KERNEL"}, Order: -1, OOMAdj: event.AdjNotPrinted}, ""}},
		"6.18, several flags": {"stress invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP), order=0, oom_score_adj=0",
			header{event.Trigger{Comm: "stress", PID: -1, GFPMask: "0x140dca", GFPFlags: []string{"GFP_HIGHUSER_MOVABLE", "__GFP_ZERO", "__GFP_COMP"}, OOMAdj: event.AdjNotPrinted}, ""}},
		"6.18, brackets, commas and an equals sign": {"a,b (x) y=1 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=500",
			header{event.Trigger{Comm: "a,b (x) y=1", PID: -1, GFPMask: "0xcc0", GFPFlags: []string{"GFP_KERNEL"}, OOMScoreAdj: 500, OOMAdj: event.AdjNotPrinted}, ""}},
		"7.3, a newline": {"ab\ncd: [1] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=900",
			header{event.Trigger{Comm: "ab\ncd: [1] x", PID: -1, GFPMask: "0xcc0", GFPFlags: []string{"GFP_KERNEL"}, OOMScoreAdj: 900, OOMAdj: event.AdjNotPrinted}, ""}},
		"7.3, a name like a line of the kernel's": {"Killed process  invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=963",
			header{event.Trigger{Comm: "Killed process ", PID: -1, GFPMask: "0xcc0", GFPFlags: []string{"GFP_KERNEL"}, OOMScoreAdj: 963, OOMAdj: event.AdjNotPrinted}, ""}},
	} {
		got, ok := parseInvoked([]byte(c.line))
		if !ok {
			t.Errorf("%s: not read", name)
		}
		equal(t, name, got, c.want)
	}
}

func TestParseInvokedLeavesAlone(t *testing.T) {
	for _, line := range []string{
		"",
		"java invoked oom-killer: gfp_mask=",
		"java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=",
		"java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_what=5",
		"audit: a line of somebody else's that is longer than any name can be: x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
	} {
		if h, ok := parseInvoked([]byte(line)); ok {
			t.Errorf("%q is read as %s", line, show(h))
		}
	}
}

func TestParseCPU(t *testing.T) {
	for name, c := range map[string]struct {
		line    string
		pid     int
		comm    string
		release string
	}{
		"4.19":                {"CPU: 40 PID: 32276 Comm: thrash Not tainted 4.19.4-1.el7.elrepo.x86_64 #1", 32276, "thrash", "4.19.4-1.el7.elrepo.x86_64"},
		"RHEL 7, Kdump":       {"CPU: 0 PID: 21154 Comm: python Kdump: loaded Tainted: G               ------------ T 3.10.0-957.12.2.el7.x86_64 #1", 21154, "python", "3.10.0-957.12.2.el7.x86_64"},
		"5.4":                 {"CPU: 25 PID: 3143648 Comm: python3 Not tainted 5.4.0-29-generic #33-Ubuntu", 3143648, "python3", "5.4.0-29-generic"},
		"5.10, tainted":       {"CPU: 1 PID: 560 Comm: numabound Tainted: G        W         5.10.0-46-cloud-amd64 #1 Debian 5.10.262-1", 560, "numabound", "5.10.0-46-cloud-amd64"},
		"6.18, UID":           {"CPU: 0 UID: 0 PID: 14628 Comm: python3 Not tainted 6.18.44-fc-v769 #1 PREEMPT(none) ", 14628, "python3", "6.18.44-fc-v769"},
		"7.3, a newline":      {"CPU: 1 UID: 1000 PID: 4285 Comm: ab\ncd: [1] x Not tainted 7.3.4+deb13-cloud-amd64 #1 PREEMPT(lazy)  Debian 7.3.4-1~bpo13+1 ", 4285, "ab\ncd: [1] x", "7.3.4+deb13-cloud-amd64"},
		"a name with a claim": {"CPU: 1 PID: 5 Comm: Not tainted 9.9 Not tainted 6.1.0-56-cloud-amd64 #1", 5, "Not tainted 9.9", "6.1.0-56-cloud-amd64"},
		"cut":                 {"CPU: 1 PID: 5 Comm: python3", 5, "python3", ""},
	} {
		got, ok := parseCPU([]byte(c.line))
		if !ok || got.pid != c.pid || got.comm != c.comm || releaseOf(got) != c.release {
			t.Errorf("%s: got %v, pid %d, comm %q, release %q", name, ok, got.pid, got.comm, releaseOf(got))
		}
	}
}

// TestStackIsOfTheAskingTask sees to it that another task's crash, printed in
// the middle of a report, gives neither its pid nor its frames.
func TestStackIsOfTheAskingTask(t *testing.T) {
	d := dumps(t, 1, log(
		"worker-b invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=1000",
		"CPU: 0 PID: 99 Comm: worker-bee Not tainted 5.10.0-46-cloud-amd64 #1 Debian 5.10.262-1",
		" warn_alloc+0x1/0x2",
		"CPU: 1 PID: 3415 Comm: worker-b Not tainted 5.10.0-46-cloud-amd64 #1 Debian 5.10.262-1",
		"Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-debian-1.16.2-1 04/01/2014",
		"Call Trace:",
		" oom_kill_process.cold+0xb/0x10",
		" ? __alloc_pages_nodemask+0x161/0x310",
		" mem_cgroup_out_of_memory+0x138/0x150",
		"CPU: 0 PID: 3415 Comm: worker-b Not tainted 5.10.0-46-cloud-amd64 #1 Debian 5.10.262-1",
		" do_exit+0x1/0x2",
	))[0]
	equal(t, "pid", d.Trigger.PID, 3415)
	equal(t, "release", d.Release, "5.10.0-46-cloud-amd64")
	equal(t, "frames", d.Frames, []string{"oom_kill_process", "mem_cgroup_out_of_memory"})
	equal(t, "kind", d.Kind, "memcg")
}

func releaseOf(c cpuLine) string {
	_, release := kernelOf(c.tail)
	return release
}
