package explain

import (
	"slices"
	"strings"
	"time"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/match"
	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

func askWho(c *Case) string {
	switch c.R.Kind {
	case "memcg":
		return "Who enforced the limit, and how?"
	case "eviction", "userspace":
		return "Who decided, and on what?"
	case "unknown":
		return "Was it an OOM kill?"
	}
	return "Who ran out of memory, and who acted?"
}

// answerWho says whose memory ran out and who acted on it.
func answerWho(c *Case, s *sentences) {
	switch d := c.In.Dump; {
	case c.R.Kind == "eviction":
		c.whoEvicted(s)
	case c.R.Kind == "userspace":
		c.whoUserspace(s)
	case d == nil:
		c.whoUnknown(s)
	case d.SysRq:
		s.say(c.first("invoked"), "A person, or a program, asked the kernel to kill: order=-1 is SysRq-f, which selects a victim whether or not memory is short.")
	case c.R.Kind == "memcg":
		c.whoMemcg(s)
	case c.R.Kind == "cpuset" || c.R.Kind == "mempolicy":
		c.whoBound(s)
	case c.R.Kind == "global":
		c.whoGlobal(s)
	}
	c.classes(s)
	c.whoAsked(s)
}

// whoMemcg tells of a cgroup's limit.
func (c *Case) whoMemcg(s *sentences) {
	d, m := c.In.Dump, c.In.Dump.Memory.Memory
	if m.Printed && !Unlimited(m.LimitKB) && d.OOMMemcg != "" {
		c.whichCounter(s)
	} else {
		s.say(c.first("killed", "chosen", "invoked"), "The kernel did, for a cgroup's memory limit; its own words on that limit are not in these logs.")
	}
	if m.Printed && m.Failcnt > 1 && !bySwap(&d.Memory) {
		s.say(c.at("limit"), "The counter of hits on that limit (failcnt) stood at %d: most hits end in reclaim, not in a kill.", m.Failcnt)
	}
	c.whoseLimit(s)
	c.limitFromSpec(s)
}

// whichCounter says which limit of the cgroup the charge did not fit into: that of
// memory, or on cgroup v1 that of memory and swap together.
func (c *Case) whichCounter(s *sentences) {
	d, m := c.In.Dump, c.In.Dump.Memory.Memory
	if w := d.Memory.Memsw; bySwap(&d.Memory) {
		s.say(c.at("limit"), "The kernel did. A charge did not fit into the cgroup %s: its limit of memory and swap together (memory+swap), %s, was used up; of memory alone it had %s of its %s in use.", d.OOMMemcg, prose.Size(w.LimitKB), prose.Size(m.UsageKB), prose.Size(m.LimitKB))
		return
	}
	when := ""
	if m.UsageKB < m.LimitKB-m.LimitKB/50 {
		when = " when the report was printed"
	}
	s.say(c.at("limit"), "The kernel did. A charge did not fit into the cgroup %s, which had %s of its %s in use%s, and reclaim did not make room.", d.OOMMemcg, prose.Size(m.UsageKB), prose.Size(m.LimitKB), when)
}

// bySwap reports whether it was the limit of memory and swap together that was
// hit: it is used up, and that of memory is not.
func bySwap(m *event.MemcgMemory) bool {
	w := m.Memsw
	return w.Printed && !Unlimited(w.LimitKB) && w.UsageKB >= w.LimitKB && m.Memory.UsageKB < m.Memory.LimitKB && !m.Swap.Printed
}

// whoseLimit tells the cgroup that ran full from the one the victim lived in.
func (c *Case) whoseLimit(s *sentences) {
	d := c.In.Dump
	evidence := c.first("chosen", "limit")
	if d.OOMMemcg == "" || d.TaskMemcg == "" || d.OOMMemcg == d.TaskMemcg {
		return
	}
	outer := cgroup.Parse(d.OOMMemcg)
	switch outer.Level {
	case cgroup.AtPod:
		s.say(evidence, "The cgroup that ran full (oom_memcg) is the pod's; the victim lived in its container below (task_memcg).")
		if items, e := c.statuses(); len(items) > 0 {
			if st := items[0].Event.Body.(event.ContainerStatus); st.PodLimit <= 0 && st.Limit > 0 {
				s.say(append(e[:1:1], evidence...), "The kubelet gives a pod whose containers all have limits the sum of them, and the pause process is charged to the pod too, so the pod can run full before the container.")
			}
		}
	case cgroup.AtKubepods:
		s.say(evidence, "The cgroup that ran full (oom_memcg) is that of all pods: the node's allocatable memory was used up, a limit that no single pod states.")
	case cgroup.AtSlice:
		s.say(evidence, "The limit is that of %s; the victim lived below it, in %s.", d.OOMMemcg, d.TaskMemcg)
	default:
		s.say(evidence, "The limit is that of %s (oom_memcg); the victim lived in %s (task_memcg).", d.OOMMemcg, d.TaskMemcg)
	}
}

// limitFromSpec compares what the pod asked for with what the kernel enforced.
func (c *Case) limitFromSpec(s *sentences) {
	items, e := c.statuses()
	m := c.In.Dump.Memory.Memory
	if len(items) == 0 || !m.Printed || c.In.Named != nil { // else it is by the limit that the pod was found
		return
	}
	st := items[0].Event.Body.(event.ContainerStatus)
	evidence := append(e[:1:1], c.at("limit")...)
	for _, l := range []struct {
		bytes int64
		whose string
	}{{st.Limit, "container " + prose.Name(st.Container.Name)}, {st.PodLimit, "the whole pod"}} {
		if l.bytes <= 0 {
			continue
		}
		if match.SameLimit(l.bytes, m.LimitKB) && st.By != "" {
			s.say(evidence, "That is the limit which the container was given, by %s: the runtime only passed it on into the cgroup; from then on the kernel alone kept it.", recordOf(st))
			return
		}
		if match.SameLimit(l.bytes, m.LimitKB) {
			s.say(evidence, "That is the limit which the pod's spec sets for %s: Kubernetes only passed it on, through the kubelet and the runtime into the cgroup; from then on the kernel alone kept it.", l.whose)
			return
		}
	}
	c.otherLimit(s, st, evidence)
}

// whoAsked tells of the task that asked for memory: a thread, and not
// necessarily of the victim.
func (c *Case) whoAsked(s *sentences) {
	d := c.In.Dump
	if d == nil || d.Trigger == nil || d.SysRq {
		return
	}
	t, v := d.Trigger, c.victim()
	evidence := c.first("invoked")
	defer c.whatAsked(s, evidence)
	how := asking(d)
	switch {
	case t.PID == event.NotPrinted && t.Comm == "":
		s.say(evidence, "The kernel's line does not name the task that asked for memory%s.", how)
	case t.PID == event.NotPrinted:
		s.say(evidence, "A task named %s asked for the memory that was not there%s.", prose.Name(t.Comm), how)
	case v == nil:
		s.say(evidence, "The task %s asked for the memory that was not there%s.", process(t.Comm, t.PID), how)
	case v.PID == t.PID:
		s.say(append(evidence, c.first("killed")...), "It was the victim itself that asked for more%s.", how)
	case c.inTable(t.PID):
		s.say(append(evidence, c.first("killed")...), "It was %s that asked for more%s, and another process, %s, that was killed: asking does not make a victim.", process(t.Comm, t.PID), how, process(v.Comm, v.PID))
	default:
		s.say(evidence, "The task %s asked for more%s.", process(t.Comm, t.PID), how)
		switch {
		case isKernelThread(t.Comm):
			s.say(evidence, "By its name that is a thread of the kernel's own, which asks for somebody else.")
		case d.TableWhole && d.TasksCut == 0:
			s.say(append(evidence, c.first("tasks", "killed")...), "That pid has no row in the task table, which has one for each process: it is most likely a thread's, and of which process is not stated; or the log lacks the row.")
		}
	}
}

// whatAsked says what the request was by its mask and its order.
func (c *Case) whatAsked(s *sentences, evidence []int) {
	t, meaning := c.In.Dump.Trigger, c.MaskMeaning()
	if meaning == "" || t.GFPMask == "" {
		return
	}
	much := ""
	if k := c.Badness.PageKB; k > 0 && t.Order >= 0 && t.Order < 32 {
		much = ", " + prose.Size(k<<t.Order) + " in one piece"
	}
	flags := ""
	if len(t.GFPFlags) == 0 && len(c.Mask.Names) > 0 {
		flags = " is " + strings.Join(c.Mask.Names, "|") + " by " + c.Mask.Basis
	}
	s.say(evidence, "What it asked for (gfp_mask %s%s, order %d%s): %s.", t.GFPMask, flags, t.Order, much, meaning)
}

// isKernelThread knows the kernel's own threads that ask for memory by how they
// are called. A process can take such a name.
func isKernelThread(comm string) bool {
	for _, begin := range []string{"kworker/", "kswapd", "ksoftirqd/", "khugepaged", "kcompactd"} {
		if strings.HasPrefix(comm, begin) {
			return true
		}
	}
	return false
}

func (c *Case) inTable(pid int) bool {
	return slices.ContainsFunc(c.In.Dump.Tasks, func(t event.Task) bool { return t.PID == pid })
}

// requests are what a call trace shows of a request, by functions of which one is
// in it. The first that fits is told: what stands above is within what is below.
// The names are those of mm/, fs/, kernel/ and net/ in Linux 2.6.32 to 7.x.
var requests = []struct {
	functions []string // by their beginnings
	how       string
}{
	{[]string{"do_swap_page", "swapin_readahead", "read_swap_cache"}, "by touching a page that was swapped out"},
	{[]string{"do_anonymous_page"}, "by touching a page of its own memory for the first time"},
	{[]string{"shmem_"}, "by writing to tmpfs or shared memory"},
	{[]string{"wp_page_copy", "do_wp_page", "do_cow_fault"}, "by writing to a page that had to be copied first"},
	{[]string{"copy_process", "kernel_clone", "do_fork", "_do_fork", "dup_task_struct"}, "by starting a process or a thread"},
	{[]string{"tcp_", "udp_", "sk_", "skb_", "sock_", "__alloc_skb", "alloc_skb"}, "for a network buffer"},
	{[]string{"pipe_write"}, "by writing to a pipe"},
	{[]string{"__pte_alloc", "pte_alloc_one", "__pmd_alloc"}, "for a page table"},
	{[]string{"filemap_", "page_cache_", "__do_page_cache_readahead", "do_page_cache_ra", "ondemand_readahead", "__page_cache_alloc"}, "by reading a file into the page cache"},
	{[]string{"grab_cache_page", "pagecache_get_page", "generic_perform_write"}, "by writing a file through the page cache"},
}

// asking says what a call trace shows of the request, as the end of a clause.
func asking(d *event.OOMDump) string {
	for _, r := range requests {
		if !slices.ContainsFunc(d.Frames, func(f string) bool {
			return slices.ContainsFunc(r.functions, func(p string) bool { return strings.HasPrefix(f, p) })
		}) {
			continue
		}
		if d.FramesUnsure {
			return ", probably " + r.how
		}
		return ", " + r.how
	}
	return ""
}

func (c *Case) whoGlobal(s *sentences) {
	evidence := c.first("chosen", "killed", "invoked", "panic")
	n := c.In.Dump.Node
	free := ""
	if k := c.Badness.PageKB; k > 0 && n.FreePages >= 0 {
		free = ", of which " + prose.Size(n.FreePages*k) + " were free when the report was printed"
	}
	switch {
	case c.R.Memory != nil && c.R.Memory.TotalKB != nil && n.TotalSwapKB == 0:
		s.say(evidence, "The machine did, and the kernel acted: it has %s%s, and no swap. No cgroup's limit is involved.", prose.Size(*c.R.Memory.TotalKB), free)
	case c.R.Memory != nil && c.R.Memory.TotalKB != nil && n.TotalSwapKB > 0 && n.FreeSwapKB >= 0:
		s.say(evidence, "The machine did, and the kernel acted: it has %s%s; of %s of swap %s were free. No cgroup's limit is involved.", prose.Size(*c.R.Memory.TotalKB), free, prose.Size(n.TotalSwapKB), prose.Size(n.FreeSwapKB))
	case c.R.Constraint == "CONSTRAINT_NONE":
		s.say(evidence, "The machine as a whole ran out of memory, and the kernel acted. No cgroup's limit is involved.")
	default:
		s.say(evidence, "The kernel acted, and not for a cgroup's limit: its line does not begin with \"Memory cgroup\".")
	}
	if c.In.Dump.Panic != "" {
		s.say(c.first("panic"), "It killed nobody: %q. The machine stopped there.", c.In.Dump.Panic)
	}
}

func (c *Case) whoBound(s *sentences) {
	d := c.In.Dump
	evidence := c.first("chosen", "invoked")
	if d.Constraint == "CONSTRAINT_MEMORY_POLICY" {
		s.say(evidence, "The kernel acted for a NUMA memory policy: the request was bound to node(s) %s, which could not serve it, whatever the others had left.", d.Nodemask)
		return
	}
	s.say(evidence, "The kernel acted for a cpuset (%s): of the memory nodes that it allows none could serve the request, whatever the others had left.", d.Cpuset)
}

func (c *Case) whoUnknown(s *sentences) {
	_, oom := find[event.TaskOOM](c, nil)
	told, status := find(c, func(b event.ContainerStatus, _ *matchItem) bool { return saysOOMKilled(b) })
	_, kubelet := find[event.KubeletOOM](c, nil)
	switch {
	case c.R.Verdict == "suspected" && c.In.Why != "":
		s.say(c.kill(), "That is not certain: %s.", c.In.Why)
	case c.whoStart(s):
	case len(oom) > 0:
		s.say(oom, "Yes: the runtime reports an OOM event of the container's cgroup, which the kernel sends. No line of the kernel's that can be tied to it is in these logs, so whom it killed and whose limit it was they do not say.")
	case len(status) > 0 && told[0].Event.Body.(event.ContainerStatus).By != "":
		s.say(status, "Yes, as %s has it: the word OOMKilled is set for an OOM event of the container's cgroup. No line of the kernel's that can be tied to it is in these logs, so whom it killed and whose limit it was they do not say.", recordOf(told[0].Event.Body.(event.ContainerStatus)))
	case len(status) > 0:
		s.say(status, "Yes, as the pod's status has it: the reason OOMKilled is the runtime's, set for an OOM event of the container's cgroup. No line of the kernel's that can be tied to it is in these logs, so whom it killed and whose limit it was they do not say.")
	case c.whoUnit(s):
	case len(kubelet) > 0:
		s.say(kubelet, "Yes, as the kubelet has it, which read it in the kernel's log. The kernel's own lines are not in these logs.")
	}
}

func (c *Case) whoEvicted(s *sentences) {
	items, evidence := find(c, func(b event.Eviction, _ *matchItem) bool { return b.Done || b.Message != "" })
	s.say(evidence, "The kubelet did: it evicted the pod to get memory of the node back. The kernel's OOM killer had no part in it.")
	for i, it := range items {
		if b := it.Event.Body.(event.Eviction); b.Message != "" {
			s.say(evidence[i:i+1], "Its reason: %s", strings.TrimSpace(b.Message))
			break
		}
	}
	if nodes, e := find[event.NodeStatus](c, nil); len(nodes) > 0 {
		b := nodes[0].Event.Body.(event.NodeStatus)
		s.say(e[:1], "The node's object has the condition MemoryPressure True since %s: from then on the kubelet saw less memory than an eviction threshold wants; it stays True for five minutes longer by default.", b.PressureSince.UTC().Format(time.RFC3339))
	}
}
