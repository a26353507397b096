package explain

import (
	"fmt"
	"slices"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/prose"
	"oomtrace/correlate/report"
	"oomtrace/correlate/zone"
	"oomtrace/parsers/event"
)

// maxAdvice is how many pieces of advice a report gives: more are not read.
const maxAdvice = 5

// advices are tried in this order; those that fit an incident are given.
var advices = []func(*Case) (text string, evidence []int){
	adviseKernelLog,
	adviseEvicted,
	adviseUserspace,
	adviseStart,
	adviseTmpfs,
	adviseLimit,
	adviseMany,
	adviseInvisible,
	adviseGroup,
	adviseAllocatable,
	adviseGlobal,
	adviseExitCode,
	adviseLostTask,
	adviseNobody,
}

func (c *Case) advise() {
	for _, f := range advices {
		if text, e := f(c); len(e) > 0 && len(c.R.Advice) < maxAdvice {
			c.R.Advice = append(c.R.Advice, report.Advice{Text: text, Evidence: e})
		}
	}
}

// adviseKernelLog asks for the witness that is missing.
func adviseKernelLog(c *Case) (string, []int) {
	if c.In.Dump != nil || c.R.Kind == "eviction" || c.R.Kind == "userspace" {
		return "", nil
	}
	untied, text := "", "" // of one and the same log, whatever order they were given in
	for _, i := range c.Facts.KernelLogs {
		path := c.Logs[i].Path
		if t := c.Clocks.Of(i, c.Logs[i].First); !t.Known && (untied == "" || plainer(path, untied)) {
			untied = path
			text = fmt.Sprintf("Tie the kernel log that is here to the time: %s has %s stamps, which nothing here ties to a date; give --boot-time, --timezone or --year.", path, t.Clock)
		}
	}
	if untied != "" {
		return text, c.kill()
	}
	return "Get the node's kernel log for this time (journalctl -k -o short-precise, or dmesg): it alone says whether the OOM killer acted, whom it killed and whose limit it was.", c.kill()
}

// plainer reports whether a path is the shorter, or the first by name.
func plainer(a, b string) bool {
	return len(a) < len(b) || len(a) == len(b) && a < b
}

// adviseEvicted: who is above its request goes first.
// Source: pkg/kubelet/eviction/helpers.go, rankMemoryPressure.
func adviseEvicted(c *Case) (string, []int) {
	if c.R.Kind != "eviction" {
		return "", nil
	}
	return "Give the pod a memory request that matches its use: when the node is short, the kubelet evicts those first that use more than they asked for.", c.kill()
}

// adviseTmpfs: memory in tmpfs stays when its writer dies.
func adviseTmpfs(c *Case) (string, []int) {
	shmem, anon := c.stat("shmem"), c.stat("anon")
	if anon == 0 {
		anon = c.stat("rss")
	}
	if c.R.Kind != "memcg" || shmem < 16<<20 || shmem < anon {
		return "", nil
	}
	return fmt.Sprintf("Look at tmpfs first (/dev/shm, an emptyDir of medium Memory): %s of the cgroup's memory is shared memory or files there, and files outlive whoever is killed. Bound the volume (sizeLimit) or put it on disk.", prose.Size(shmem/1024)), c.at("limit")
}

// stat returns a value of the cgroup's statistics, of the whole subtree on v1.
func (c *Case) stat(name string) int64 {
	if c.In.Dump == nil {
		return 0
	}
	var own, total int64
	for _, s := range c.In.Dump.Memory.Stat {
		switch s.Name {
		case name:
			own = s.Value
		case "total_" + name:
			total = s.Value
		}
	}
	return max(own, total)
}

func adviseLimit(c *Case) (string, []int) {
	v, m := c.victim(), c.R.Memory
	if c.R.Kind != "memcg" || v == nil || m == nil || m.LimitKB == nil || cgroup.Parse(c.In.Dump.OOMMemcg).Level == cgroup.AtKubepods {
		return "", nil
	}
	held := v.AnonRSSKB + max(v.ShmemRSSKB, 0) // file pages may be charged elsewhere
	evidence := append(c.at("limit"), c.first("killed")...)
	if held < *m.LimitKB/4 {
		return "", nil
	}
	if held > *m.LimitKB {
		return fmt.Sprintf("Find out what %s does that takes %s: it alone holds as much as the limit of %s and more (some of that is charged elsewhere), so a larger limit helps only if that amount is meant.", prose.Name(v.Comm), prose.Size(held), prose.Size(*m.LimitKB)), evidence
	}
	if held >= *m.LimitKB*9/10 {
		return fmt.Sprintf("Find out what %s does that takes %s: it alone holds nearly the whole limit of %s, so a larger limit helps only if that amount is meant.", prose.Name(v.Comm), prose.Size(held), prose.Size(*m.LimitKB)), evidence
	}
	return fmt.Sprintf("Measure what %s needs at its peak (it held %s of the %s when it was killed), then raise the limit or make the work smaller.", prose.Name(v.Comm), prose.Size(held), prose.Size(*m.LimitKB)), evidence
}

// adviseMany: a limit shared by many of one name has to hold their sum.
func adviseMany(c *Case) (string, []int) {
	v := c.victim()
	if v == nil || c.R.Kind != "memcg" || c.Badness.PageKB == 0 {
		return "", nil
	}
	n, sum := 0, int64(0)
	for _, t := range c.In.Dump.Tasks {
		if t.Comm == v.Comm && t.RSS > 0 {
			n, sum = n+1, sum+t.RSS*c.Badness.PageKB
		}
	}
	held := rssKB(v)
	if c.In.Dump.GroupMemcg != "" {
		return "", nil // they died together
	}
	if n < 3 || held <= 0 || sum < 2*held {
		return "", nil
	}
	return fmt.Sprintf("Count them together: %d processes named %s share this limit and held %s, against %s of the one that was killed. Fewer of them, or a limit for the sum.", n, prose.Name(v.Comm), prose.Size(sum), prose.Size(held)), c.first("limit", "killed")
}

// adviseInvisible: what restarts do not show.
func adviseInvisible(c *Case) (string, []int) {
	items, e := c.statuses()
	for i, it := range items {
		b := it.Event.Body.(event.ContainerStatus)
		if b.Container.ID != "" && b.Container.ID == c.In.Who.ID && b.State == "running" && !c.ended() {
			return "Alert on the kernel's kills, not on restarts: container_oom_events_total (cAdvisor), oom_kill in memory.events, or the node's kernel log. This one left restart count and state unchanged.", append(e[i:i+1:i+1], c.first("killed")...)
		}
	}
	return "", nil
}

// adviseGroup: the kubelet's switch is singleProcessOOMKill, Kubernetes 1.32.
func adviseGroup(c *Case) (string, []int) {
	d := c.In.Dump
	if d == nil || d.GroupMemcg == "" || !c.groupIsContainer() || len(d.Victims) < 2 {
		return "", nil
	}
	return "If the supervisor should outlive a worker and report it, set singleProcessOOMKill: true in the kubelet's configuration (Kubernetes 1.32 and later); as it is, one hungry process takes the whole container along.", c.at("group")
}

func adviseAllocatable(c *Case) (string, []int) {
	if c.In.Dump == nil || cgroup.Parse(c.In.Dump.OOMMemcg).Level != cgroup.AtKubepods {
		return "", nil
	}
	return "Give the pods of this node memory requests that match their use: together they filled what the node has for pods, and no limit of a pod stopped them.", c.first("limit", "killed")
}

func adviseGlobal(c *Case) (string, []int) {
	if c.R.Kind != "global" || c.In.Dump == nil || c.In.Dump.SysRq || c.R.Verdict == report.NoKill {
		return "", nil
	}
	if c.notByProcesses() {
		return "", nil // to bound a program would not have helped
	}
	if c.In.Place.Kubernetes {
		return "Keep the node from running out: memory limits for its pods, requests that match their use, and an eviction threshold (evictionHard memory.available) that leaves the kubelet time to act.", c.first("killed")
	}
	return "Bound what may grow (MemoryMax= of its unit, a container's limit), so that it is stopped at its own limit before the machine is out of memory.", c.first("killed")
}

// notByProcesses reports whether the figures show that it is not what programs
// hold that ran the machine short: zones that the request may not use have plenty,
// or much is the kernel's own, or nobody's.
func (c *Case) notByProcesses() bool {
	for _, code := range []string{"slab", "slab-info", "slab-lowmem", "unaccounted", "hugetlb-idle"} {
		if c.says(code) {
			return true
		}
	}
	return c.Zones != nil && slices.ContainsFunc(c.Zones.Findings, func(f zone.Finding) bool {
		return f.Code == zone.ForbiddenPlenty || f.Code == zone.Fragmented || f.Code == zone.CMA
	})
}

// adviseExitCode: an OOMKilled without 137 escapes whoever looks for the code.
func adviseExitCode(c *Case) (string, []int) {
	items, e := c.statuses()
	for i, it := range items {
		b := it.Event.Body.(event.ContainerStatus)
		for _, t := range b.Ended {
			if b.By == "podman" || t.ExitCode == event.NotPrinted {
				continue // OOMKilled can be of another run than the code
			}
			if t.ContainerID == c.In.Who.ID && t.ContainerID != "" && t.Reason == "OOMKilled" && t.ExitCode != 137 {
				if b.By != "" {
					return fmt.Sprintf("Alert on OOMKilled in the container's record, not on exit code 137: this container ended with code %d, though a process of its was killed.", t.ExitCode), e[i : i+1]
				}
				return fmt.Sprintf("Alert on the reason OOMKilled, not on exit code 137: this container ended with code %d, since its first process was not the victim.", t.ExitCode), e[i : i+1]
			}
		}
	}
	return "", nil
}

// adviseLostTask: early acknowledgement loses the job of a killed worker.
// Sources: Celery's documentation of task_acks_late and
// task_reject_on_worker_lost; dramatiq/cli.py, main.
func adviseLostTask(c *Case) (string, []int) {
	w := c.In.Worker
	switch {
	case w == nil:
	case w.Exit.Framework == "dramatiq":
		return "Look for the message that was in flight: the broker delivers it again, and one that needs too much memory kills worker after worker. Dramatiq also stops all its workers when one dies, so everything in flight on them is repeated.", c.line(w.Item)
	case w.Exit.Framework == "celery":
		return "Check what became of the task in flight: Celery acknowledges before it runs by default, so a killed worker's task is lost; acks_late with reject_on_worker_lost requeues it, and lets one poisonous task kill worker after worker.", c.line(w.Item)
	}
	return "", nil
}

func adviseNobody(c *Case) (string, []int) {
	if c.In.Dump == nil || !c.In.Dump.NoKillable {
		return "", nil
	}
	if c.R.Kind != "memcg" {
		return "Take oom_score_adj -1000 off at least one process: as it is, the kernel can free nothing.", c.first("no-killable")
	}
	return "Take oom_score_adj -1000 off at least one process of this cgroup: as it is, the kernel can free nothing there, and its processes get ENOMEM or hang.", c.first("no-killable")
}
