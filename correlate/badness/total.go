package badness

import "oomtrace/parsers/event"

// total works out totalpages, by what ran full: mm/oom_kill.c, constrained_alloc,
// and mm/memcontrol.c, mem_cgroup_get_max.
func (c *chooser) total() {
	switch c.kind() {
	case "memcg":
		c.memcgTotal()
	case "global":
		c.globalTotal()
	case "cpuset", "mempolicy":
		c.nodesTotal()
	}
	if c.TotalPages != Unknown {
		c.PointPages = c.TotalPages / 1000
	}
}

// kind returns the kind of the report, from what it holds if it does not say.
func (c *chooser) kind() string {
	d := c.dump
	kind := d.Kind
	switch {
	case kind != "":
	case d.OOMMemcg != "" || d.Memory.Memory.Printed:
		kind = "memcg"
	case d.Node.PagesRAM > 0:
		kind = "global"
	}
	if kind == "global" && d.Constraint == "" && !d.SysRq {
		c.assume("the whole machine was short of memory, and not only some of its nodes: the report has no line that says so")
	}
	return kind
}

// globalTotal is the machine's memory and swap.
func (c *chooser) globalTotal() {
	ram, swap, ok := c.machine()
	if !ok {
		return
	}
	c.set(ram+swap, ram+swap, ram+swap, "pages RAM - pages reserved + Total swap")
}

// nodesTotal is for a kill that was about some nodes only: their pages and all
// swap. How large they are the dump does not hold, so that only the bounds are
// known, and the whole machine is as good as anything between.
func (c *chooser) nodesTotal() {
	ram, swap, ok := c.machine()
	if !ok {
		return
	}
	most := ram + swap
	if reserved := c.dump.Node.PagesReserved; isSane(reserved) { // present pages count, reserved or not
		most += reserved
	}
	c.set(ram+swap, max(swap, 1), most, "pages RAM - pages reserved + Total swap")
	c.assume("the nodes that ran out are taken to be the whole machine: their sizes were not kept")
}

// machine returns the memory that the kernel manages and all swap, in pages.
func (c *chooser) machine() (ram, swap int64, ok bool) {
	n := c.dump.Node
	ram = n.PagesRAM - n.PagesReserved
	if !isSane(n.PagesRAM) || !isSane(n.PagesReserved) || ram <= 0 {
		return 0, 0, false
	}
	if n.TotalSwapKB < 0 {
		c.assume("there is no swap, as the report has no line about it")
		return ram, 0, true
	}
	swap = n.TotalSwapKB / c.PageKB
	return ram, swap, isSane(swap)
}

// memcgTotal is the limit of the cgroup that ran full and as much swap as it
// may use. How much there is at all a memcg report does not say; with a
// swappiness of 0 it counts for nothing.
func (c *chooser) memcgTotal() {
	m := &c.dump.Memory
	if !m.Memory.Printed || !isLimit(m.Memory.LimitKB) {
		return
	}
	limit := max(m.Memory.LimitKB/c.PageKB, 1)
	swap := c.swapBound(limit)
	switch {
	case swap == 0:
		c.set(limit, limit, limit, "the cgroup's limit, which leaves no room for swap")
		return
	case swap == Unknown:
		c.set(limit, limit, Unknown, "the cgroup's limit")
	default:
		c.set(limit, limit, limit+swap, "the cgroup's limit")
	}
	if swapInUse(c.dump) {
		c.assume("no swap is counted: the machine has some, but a memcg report does not say how much")
	} else {
		c.assume("no swap is counted: a memcg report does not say how much the machine has")
	}
}

// swapBound returns how many pages of swap the cgroup's own limits leave it:
// swap.max on cgroup v2, on v1 what memory+swap is above the limit of memory.
// Unknown is no bound. Up to 5.2 the v1 counters, unlimited, stand in reports of
// v2 too, and say nothing there.
func (c *chooser) swapBound(limit int64) int64 {
	m := &c.dump.Memory
	switch {
	case m.Swap.Printed && isLimit(m.Swap.LimitKB):
		return m.Swap.LimitKB / c.PageKB
	case !m.Swap.Printed && m.Memsw.Printed && isLimit(m.Memsw.LimitKB):
		return max(m.Memsw.LimitKB/c.PageKB-limit, 0)
	}
	return Unknown
}

// isLimit says whether a limit in KiB is one. The kernel prints the largest
// number that a counter of pages can hold for none: 2^53-4 KiB or somewhat less
// with larger pages, 2^33-4 KiB on 32 bits.
func isLimit(kb int64) bool {
	return kb >= 0 && kb <= sane && kb != 1<<33-4
}

// swapInUse says whether the report shows that something is swapped out.
func swapInUse(d *event.OOMDump) bool {
	if d.Memory.Swap.Printed && d.Memory.Swap.UsageKB > 0 {
		return true
	}
	for i := range d.Tasks {
		if d.Tasks[i].Swapents > 0 {
			return true
		}
	}
	return false
}

func (c *chooser) set(use, least, most int64, basis string) {
	c.TotalPages, c.MinTotal, c.MaxTotal, c.TotalBasis = use, least, most, basis
}

func (c *chooser) assume(clause string) { c.Assumptions = append(c.Assumptions, clause) }
