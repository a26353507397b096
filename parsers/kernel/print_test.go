package kernel

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// A release is a kernel as the printer knows it: 2.6.32 is {2, 632}.
type release struct{ major, minor int }

func (v release) since(major, minor int) bool {
	return v.major > major || v.major == major && v.minor >= minor
}

// releases are one of each era that prints otherwise than the one before.
var releases = []release{{2, 618}, {2, 625}, {2, 632}, {2, 633}, {2, 636}, {3, 2}, {3, 6}, {3, 10}, {3, 18}, {4, 1}, {4, 4}, {4, 6}, {4, 9}, {4, 14}, {4, 15}, {4, 19}, {5, 0}, {5, 1}, {5, 4}, {5, 15}, {6, 1}, {6, 8}, {6, 18}}

func (v release) String() string {
	if v.major == 2 {
		return fmt.Sprintf("2.6.%d", v.minor-600)
	}
	return fmt.Sprintf("%d.%d.0", v.major, v.minor)
}

// printed returns the messages of a report as that kernel prints them, one for
// each record. What it does not print is not in it.
func (v release) printed(d *event.OOMDump) []string {
	return lines(v.header(d), v.memory(d), v.table(d), v.choice(d), v.ends(d))
}

func (v release) header(d *event.OOMDump) (out []string) {
	t := d.Trigger
	mask := t.GFPMask
	if v.since(4, 6) {
		mask += "(" + strings.Join(t.GFPFlags, "|") + ")"
	}
	nodes := ""
	if v.since(4, 9) && !v.since(5, 0) {
		nodes = "nodemask=" + d.Nodemask + ", "
		if !v.since(4, 15) {
			nodes = "nodemask=" + d.Nodemask + ",  "
		}
	}
	adj := fmt.Sprintf(", oom_score_adj=%d", t.OOMScoreAdj)
	switch {
	case !v.since(2, 619):
		adj = ""
	case !v.since(2, 632):
		adj = fmt.Sprintf(", oomkilladj=%d", t.OOMAdj)
	case !v.since(2, 636):
		adj = fmt.Sprintf(", oom_adj=%d", t.OOMAdj)
	case !v.since(3, 9):
		adj = fmt.Sprintf(", oom_adj=%d, oom_score_adj=%d", t.OOMAdj, t.OOMScoreAdj)
	}
	who := t.Comm + " invoked "
	if !v.since(2, 619) {
		who = ""
	}
	out = append(out, fmt.Sprintf("%soom-killer: gfp_mask=%s, %sorder=%d%s", who, mask, nodes, t.Order, adj))
	if v.since(2, 632) && !v.since(5, 0) {
		out = append(out, fmt.Sprintf("%s cpuset=%s mems_allowed=%s", t.Comm, d.Cpuset, d.MemsAllowed))
	}
	return append(out, v.stack(d)...)
}

func (v release) stack(d *event.OOMDump) (out []string) {
	t := d.Trigger
	tainted := "Not tainted"
	if d.Taint != "" {
		tainted = "Tainted: " + d.Taint + "        "
	}
	switch {
	case !v.since(2, 632):
	case !v.since(3, 9):
		out = append(out, fmt.Sprintf("Pid: %d, comm: %s %s %s #1", t.PID, t.Comm, tainted, d.Release))
	case v.since(6, 12):
		out = append(out, fmt.Sprintf("CPU: 1 UID: 0 PID: %d Comm: %s %s %s #1 PREEMPT(lazy) ", t.PID, t.Comm, tainted, d.Release))
	default:
		out = append(out, fmt.Sprintf("CPU: 1 PID: %d Comm: %s %s %s #1", t.PID, t.Comm, tainted, d.Release))
	}
	if v.since(3, 10) {
		out = append(out, "Hardware name: "+d.Hardware)
	}
	out = append(out, "Call Trace:")
	for _, f := range d.Frames {
		if v.since(4, 9) {
			out = append(out, " "+f+"+0x1f/0x2d0", " ? unsure+0x1/0x2")
		} else {
			out = append(out, " [<ffffffff8112d4b1>] "+f+"+0x211/0x2d0", " [<ffffffff8112d4b1>] ? unsure+0x1/0x2")
		}
	}
	return out
}

func (v release) memory(d *event.OOMDump) (out []string) {
	if d.Kind != "memcg" {
		return v.machine(&d.Node)
	}
	m := &d.Memory
	if !v.since(5, 0) {
		out = append(out, fmt.Sprintf("Task in %s killed as a result of limit of %s", d.TaskMemcg, d.OOMMemcg))
	}
	for _, c := range []struct {
		name string
		c    event.Counter
	}{{"memory", m.Memory}, {"memory+swap", m.Memsw}, {"kmem", m.Kmem}, {"swap", m.Swap}} {
		if c.c.Printed {
			out = append(out, fmt.Sprintf("%s: usage %dkB, limit %dkB, failcnt %d", c.name, c.c.UsageKB, c.c.LimitKB, c.c.Failcnt))
		}
	}
	switch {
	case v.since(5, 3):
		out = append(out, "Memory cgroup stats for "+m.StatMemcg+":")
		for _, s := range m.Stat {
			out = append(out, fmt.Sprintf("%s %d", s.Name, s.Value))
		}
	case v.since(3, 9):
		for _, b := range append([]event.MemcgStat{{Memcg: m.StatMemcg, Stat: m.Stat}}, m.Below...) {
			line := "Memory cgroup stats for " + b.Memcg + ":"
			for _, s := range b.Stat {
				line += fmt.Sprintf(" %s:%dKB", s.Name, s.Value/1024)
			}
			out = append(out, line)
		}
	}
	return out
}

// columns are those of the task table, without pid and name.
func (v release) columns() []string {
	switch {
	case !v.since(2, 636):
		return []string{"uid", "tgid", "total_vm", "rss", "cpu", "oom_adj"}
	case !v.since(3, 6):
		return []string{"uid", "tgid", "total_vm", "rss", "cpu", "oom_adj", "oom_score_adj"}
	case !v.since(4, 0):
		return []string{"uid", "tgid", "total_vm", "rss", "nr_ptes", "swapents", "oom_score_adj"}
	case !v.since(4, 15):
		return []string{"uid", "tgid", "total_vm", "rss", "nr_ptes", "nr_pmds", "swapents", "oom_score_adj"}
	case !v.since(6, 8):
		return []string{"uid", "tgid", "total_vm", "rss", "pgtables_bytes", "swapents", "oom_score_adj"}
	}
	return []string{"uid", "tgid", "total_vm", "rss", "rss_anon", "rss_file", "rss_shmem", "pgtables_bytes", "swapents", "oom_score_adj"}
}

func (v release) table(d *event.OOMDump) (out []string) {
	if !d.HasTable {
		return nil
	}
	pid := "[ pid ]  "
	if v.since(4, 19) {
		out, pid = append(out, "Tasks state (memory values in pages):"), "[  pid  ]  "
	}
	out = append(out, pid+" "+strings.Join(v.columns(), " ")+" name")
	for _, t := range d.Tasks {
		row := fmt.Sprintf("[%5d]", t.PID)
		for _, n := range v.columns() {
			row += fmt.Sprintf(" %8d", map[string]int64{"uid": int64(t.UID), "tgid": int64(t.TGID), "total_vm": t.TotalVM, "rss": t.RSS, "cpu": int64(t.CPU),
				"oom_adj": int64(t.OOMAdj), "oom_score_adj": int64(t.OOMScoreAdj), "nr_ptes": t.NrPtes, "nr_pmds": t.NrPmd, "swapents": t.Swapents,
				"pgtables_bytes": t.PgtablesBytes, "rss_anon": t.RSSAnon, "rss_file": t.RSSFile, "rss_shmem": t.RSSShmem}[n])
		}
		out = append(out, row+" "+t.Comm)
	}
	return out
}

func words(d *event.OOMDump) string {
	if d.Kind == "memcg" {
		return memcgWords
	}
	return globalWords
}

// choice is the selection line, or the one of the candidate.
func (v release) choice(d *event.OOMDump) (out []string) {
	c := d.Chosen
	if v.since(5, 0) {
		which := "global_oom"
		if d.Kind == "memcg" {
			which = "oom_memcg=" + d.OOMMemcg
		}
		out = append(out, fmt.Sprintf("oom-kill:constraint=%s,nodemask=%s,cpuset=%s,mems_allowed=%s,%s,task_memcg=%s,task=%s,pid=%d,uid=%d",
			d.Constraint, d.Nodemask, d.Cpuset, d.MemsAllowed, which, d.TaskMemcg, c.Comm, c.PID, c.UID))
	}
	switch {
	case v.since(5, 1):
	case !v.since(2, 632):
		out = append(out, fmt.Sprintf("Out of Memory: Kill process %d (%s) score %d and children.", c.PID, c.Comm, c.Score))
	case !v.since(2, 636):
		out = append(out, fmt.Sprintf("%s: kill process %d (%s) score %d or a child", words(d), c.PID, c.Comm, c.Score))
	default:
		out = append(out, fmt.Sprintf("%s: Kill process %d (%s) score %d or sacrifice child", words(d), c.PID, c.Comm, c.Score))
	}
	return out
}

func (v release) ends(d *event.OOMDump) (out []string) {
	for i := range d.Victims {
		k := &d.Victims[i]
		before := ""
		if v.since(5, 1) || !v.since(2, 632) {
			before = words(d) + ": "
		}
		line := fmt.Sprintf("%sKilled process %d (%s)", before, k.PID, k.Comm)
		switch {
		case !v.since(2, 632):
			line += "."
		case !v.since(2, 633):
		default:
			size := "total-vm"
			if !v.since(2, 636) {
				size = "vsz"
			}
			line += fmt.Sprintf(" %s:%dkB, anon-rss:%dkB, file-rss:%dkB", size, k.TotalVMKB, k.AnonRSSKB, k.FileRSSKB)
		}
		if v.since(4, 5) {
			line += fmt.Sprintf(", shmem-rss:%dkB", k.ShmemRSSKB)
		}
		if v.since(5, 4) {
			line += fmt.Sprintf(", UID:%d pgtables:%dkB oom_score_adj:%d", k.UID, k.PgtablesKB, k.OOMScoreAdj)
		}
		out = append(out, line)
		if k.Reaped {
			out = append(out, fmt.Sprintf("oom_reaper: reaped process %d (%s), now anon-rss:%dkB, file-rss:%dkB, shmem-rss:%dkB", k.PID, k.Comm, k.LeftAnonKB, k.LeftFileKB, k.LeftShmemRSSKB))
		}
	}
	return out
}

// comms are names that a process can have.
var comms = []string{"python3", "java", "(sd-pam)", "kworker/u8:1", "a) b(c", "x) total-vm:1k", "php-fpm: pool w", ",pid=1,uid=2", "score 9 (", "é", "Killed process "}

// random returns a report as that kernel can print it, with pids from first on.
func (v release) random(tb testing.TB, rnd *rand.Rand, first int) *event.OOMDump {
	d := newDump()
	if d.Kind = "global"; v.since(2, 632) && rnd.Intn(2) == 0 {
		d.Kind = "memcg"
	}
	memcg := fmt.Sprintf("/kubepods/pod%d", first)
	num := func(n int) int64 { return rnd.Int63n(int64(n)) }
	t := &event.Trigger{Comm: comms[rnd.Intn(len(comms))], PID: first, GFPMask: "0xcc0", Order: rnd.Intn(4),
		OOMScoreAdj: rnd.Intn(2001) - 1000, OOMAdj: rnd.Intn(33) - 17}
	d.Trigger, d.Nodemask, d.Cpuset, d.MemsAllowed = t, "(null)", "a", "0-1,3"
	if v.since(4, 6) {
		t.GFPFlags = []string{"GFP_KERNEL"}
	}
	d.Release, d.Hardware = v.String(), "QEMU Standard PC, BIOS 1.16 04/01/2014"
	if rnd.Intn(2) == 0 {
		d.Taint = "G        W"
	}
	for i := range rnd.Intn(5) {
		d.Frames = append(d.Frames, fmt.Sprintf("frame_%d_%d", first, i))
	}
	if d.Kind == "memcg" {
		d.OOMMemcg, d.TaskMemcg = memcg, memcg+"/c"
		counter := func() event.Counter {
			return event.Counter{UsageKB: num(1 << 30), LimitKB: num(1 << 40), Failcnt: num(1 << 20), Printed: true}
		}
		d.Memory.Memory, d.Memory.Memsw, d.Memory.StatMemcg = counter(), counter(), memcg
		for _, name := range []string{"cache", "rss", "inactive_anon"} {
			d.Memory.Stat = append(d.Memory.Stat, event.Stat{Name: name, Value: num(1<<20) * 1024})
		}
		if v.since(3, 9) && !v.since(5, 3) {
			d.Memory.Below = []event.MemcgStat{{Memcg: memcg + "/c", Stat: event.Stats{{Name: "cache", Value: num(1<<20) * 1024}}}}
		}
	} else {
		d.Node = v.randomNode(tb, rnd)
		d.TaskMemcg = "/t"
	}
	v.randomTasks(rnd, d, first)
	v.forget(d)
	return d
}

func (v release) randomTasks(rnd *rand.Rand, d *event.OOMDump, first int) {
	num := func(n int) int64 { return rnd.Int63n(int64(n)) }
	if d.HasTable = v.since(2, 625); d.HasTable {
		for i := range 2 + rnd.Intn(6) {
			row := newTask(first + 10 + i)
			row.TGID, row.UID, row.TotalVM, row.RSS, row.CPU = row.PID, rnd.Intn(70000), num(1<<30), num(1<<30), rnd.Intn(8)
			row.NrPtes, row.NrPmd, row.PgtablesBytes, row.Swapents = num(1000), num(100), num(1<<30), num(1<<20)
			row.RSSAnon, row.RSSFile, row.RSSShmem = num(1<<20), num(1<<20), num(1<<20)
			row.OOMAdj, row.OOMScoreAdj, row.Comm = rnd.Intn(33)-17, rnd.Intn(2001)-1000, comms[rnd.Intn(len(comms))]
			d.Tasks = append(d.Tasks, row)
		}
	}
	pid, comm := first+10, comms[rnd.Intn(len(comms))]
	if d.HasTable {
		comm = d.Tasks[0].Comm
	}
	d.Chosen = &event.Chosen{Comm: comm, PID: pid, UID: rnd.Intn(70000), Score: rnd.Intn(2000)}
	k := event.Victim{PID: pid, Comm: comm, UID: d.Chosen.UID, TotalVMKB: num(1 << 40), AnonRSSKB: num(1 << 40), FileRSSKB: num(1 << 40), ShmemRSSKB: num(1 << 30),
		PgtablesKB: num(1 << 30), OOMScoreAdj: rnd.Intn(2001) - 1000, AdjPrinted: true, LeftAnonKB: unknown, LeftFileKB: unknown, LeftShmemRSSKB: unknown}
	if !v.since(5, 1) && v.since(2, 632) && rnd.Intn(2) == 0 && d.HasTable {
		k.PID, k.Comm = d.Tasks[1].PID, d.Tasks[1].Comm // a child in its place
	}
	if v.since(4, 6) && rnd.Intn(2) == 0 {
		k.Reaped, k.LeftAnonKB, k.LeftFileKB, k.LeftShmemRSSKB = true, num(9), num(9), num(9)
	}
	d.Victims = []event.Victim{k}
	d.TableWhole = d.HasTable
}

// forget takes out of a report what that kernel does not print.
func (v release) forget(d *event.OOMDump) {
	t, c, k := d.Trigger, d.Chosen, &d.Victims[0]
	if !v.since(2, 636) {
		t.OOMScoreAdj = event.AdjNotPrinted
	}
	if v.since(3, 9) || !v.since(2, 619) {
		t.OOMAdj = event.AdjNotPrinted
	}
	if !v.since(2, 619) {
		t.Comm = ""
	}
	if !v.since(2, 632) {
		t.PID, d.Release, d.Taint, d.Cpuset, d.MemsAllowed, d.Frames = event.NotPrinted, "", "", "", "", nil
	}
	if !v.since(4, 9) {
		d.Nodemask = ""
	}
	if !v.since(3, 10) {
		d.Hardware = ""
	}
	if !v.since(3, 9) {
		d.Memory.Stat, d.Memory.StatMemcg = nil, ""
	}
	if v.since(5, 0) {
		d.Constraint = map[string]string{"memcg": "CONSTRAINT_MEMCG", "global": "CONSTRAINT_NONE"}[d.Kind]
	} else {
		c.UID = unknown
		if d.Kind == "global" {
			d.TaskMemcg = ""
		}
	}
	if v.since(5, 1) {
		c.Score = unknown
	}
	if !v.since(2, 633) {
		k.TotalVMKB, k.AnonRSSKB, k.FileRSSKB = unknown, unknown, unknown
	}
	if !v.since(4, 5) {
		k.ShmemRSSKB = unknown
	}
	if !v.since(5, 4) {
		k.UID, k.PgtablesKB, k.OOMScoreAdj, k.AdjPrinted = unknown, unknown, 0, false
	}
	for i := range d.Tasks {
		v.forgetColumns(&d.Tasks[i])
	}
}

func (v release) forgetColumns(t *event.Task) {
	has := map[string]bool{}
	for _, c := range v.columns() {
		has[c] = true
	}
	none := newTask(t.PID)
	for _, c := range []struct {
		name    string
		n, none *int64
	}{{"nr_ptes", &t.NrPtes, &none.NrPtes}, {"nr_pmds", &t.NrPmd, &none.NrPmd}, {"pgtables_bytes", &t.PgtablesBytes, &none.PgtablesBytes}, {"swapents", &t.Swapents, &none.Swapents},
		{"rss_anon", &t.RSSAnon, &none.RSSAnon}, {"rss_file", &t.RSSFile, &none.RSSFile}, {"rss_shmem", &t.RSSShmem, &none.RSSShmem}} {
		if !has[c.name] {
			*c.n = *c.none
		}
	}
	if !has["cpu"] {
		t.CPU, t.OOMAdj = none.CPU, none.OOMAdj
	}
	if !has["oom_score_adj"] {
		t.OOMScoreAdj = none.OOMScoreAdj
	}
}

// form is how that kernel prints Mem-Info.
func (v release) form() *memForm {
	at := map[string]bool{}
	for _, since := range []struct {
		major, minor int
		name         string
	}{{2, 618, "2.6.18"}, {2, 632, "2.6.32"}, {3, 10, "3.11"}, {3, 18, "3.13"}, {4, 1, "3.10-el7"}, {4, 9, "4.9"}, {4, 15, "4.15"}, {5, 15, "6.0"}, {6, 8, "6.6-ppc64"}, {6, 18, "6.19"}} {
		if v.since(since.major, since.minor) {
			at = map[string]bool{since.name: true}
		}
	}
	return &memForms[slices.IndexFunc(memForms, func(f memForm) bool { return at[f.name] })]
}

// machine prints the state of a machine's memory.
func (v release) machine(n *event.NodeMemory) []string { return v.form().print(n) }

func (v release) randomNode(t testing.TB, rnd *rand.Rand) event.NodeMemory {
	f := v.form()
	return madeUp(rnd, f, memOf(t, f.real(t)...), 1<<50, "nr_ion")
}
