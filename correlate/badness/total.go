package badness

import (
	"strconv"
	"strings"
)

// total works out totalpages, by what ran full: mm/oom_kill.c, constrained_alloc,
// and mm/memcontrol.c, mem_cgroup_get_max (mem_cgroup_get_limit to 4.18).
func (c *chooser) total() {
	kind := c.kind()
	if kind == "global" && c.dump.Constraint == "" && !c.dump.SysRq {
		c.assume("the whole machine was short of memory, and not only some of its nodes: the report has no line that says so")
	}
	switch kind {
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
	return kind
}

// globalTotal is the machine's memory and swap. Up to 3.11 the numbers of pages
// came from a walk over all of them, near to what the allocator has.
func (c *chooser) globalTotal() {
	ram, swap, ok := c.machine()
	if !ok {
		return
	}
	off := int64(0)
	if c.Rule.release.before(version{3, 12, 0}) {
		off = ram / 64
	}
	c.set(ram+swap, ram+swap-off, ram+swap+off, "pages RAM - pages reserved + Total swap")
}

// nodesTotal is for a kill that was about some nodes only: their pages and all
// swap. Where the report does not show how large they are, the whole machine is
// as good as anything between.
func (c *chooser) nodesTotal() {
	ram, swap, ok := c.machine()
	if !ok {
		return
	}
	most := ram + swap
	if reserved := c.dump.Node.PagesReserved; isSane(reserved) { // present pages count, reserved or not
		most += reserved
	}
	present, ok := c.present()
	switch {
	case ok && c.Rule.release.before(version{5, 4, 0}):
		c.set(present+swap, present+swap, Unknown, "the pages of the allowed nodes + Total swap")
		c.assume("the allowed nodes have no holes, whose pages these kernels count too: the report does not show them")
	case ok:
		c.set(present+swap, present+swap, present+swap, "the pages of the allowed nodes + Total swap")
	default:
		c.set(ram+swap, max(swap, 1), most, "pages RAM - pages reserved + Total swap")
		c.assume("the nodes that ran out are taken to be the whole machine: their sizes were not kept")
	}
}

// present returns the pages of the nodes that were allowed, and whether the
// report shows them: the zones of all of them, and no more than there are.
func (c *chooser) present() (int64, bool) {
	d := c.dump
	list := d.MemsAllowed
	if c.kind() == "mempolicy" {
		list = d.Nodemask
	}
	pages := int64(0)
	for i := range d.Node.Zones {
		z := &d.Node.Zones[i]
		kb := z.KB.Of("present")
		if !isSane(kb) {
			return 0, false
		}
		if inList(list, max(z.Node, 0)) {
			pages = min(pages+kb/c.PageKB, sane)
		}
	}
	return pages, pages > 0 && pages <= d.Node.PagesRAM && !d.Truncated
}

// inList says whether a list such as "0-1,3" holds n.
func inList(list string, n int) bool {
	for part := range strings.SplitSeq(list, ",") {
		first, last, ok := strings.Cut(part, "-")
		low, err := strconv.Atoi(first)
		high := low
		if ok && err == nil {
			high, err = strconv.Atoi(last)
		}
		if err == nil && low <= n && n <= high {
			return true
		}
	}
	return false
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
// may use, but not more than there is: how much that is a memcg report does not
// say from 3.7 on, but it is no less than what is in use. At a swappiness of 0
// swap counts for nothing, and what is in use does not tell that it is another:
// a cgroup below may have its own, and the machine's shortage swaps out too. So
// the least is always the bare limit.
func (c *chooser) memcgTotal() {
	m := &c.dump.Memory
	if !m.Memory.Printed || !isLimit(m.Memory.LimitKB) {
		return
	}
	limit := max(m.Memory.LimitKB/c.PageKB, 1)
	room, used, shown := c.swapBound(limit), c.swapUsed(), c.dump.Node.TotalSwapKB
	if isSane(shown) && (room == Unknown || shown/c.PageKB < room) { // reports of up to 3.6
		room = shown / c.PageKB
	}
	most := int64(Unknown)
	if room != Unknown {
		used, most = min(used, room), limit+room
	}
	if c.swapInBytes() {
		used = 0
	}
	switch {
	case room == 0:
		c.set(limit, limit, limit, "the cgroup's limit, which leaves no room for swap")
	case isSane(shown) && !c.swapInBytes():
		c.set(limit+room, limit, limit+room, "the cgroup's limit and the swap that it may use")
		c.assume("the cgroup may swap: with a swappiness of 0 no swap counts, and the report does not show it")
	case c.swapInBytes():
		c.set(limit, limit, most, "the cgroup's limit")
		c.assume("no swap is counted: up to Linux 2.6.36, and so in RHEL 6, its pages are added to a limit in bytes, where they count for next to nothing")
	case used > 0:
		c.set(limit+used, limit, most, "the cgroup's limit and the swap that is in use")
		c.assume("of swap only what is in use is counted, " + strconv.FormatInt(used, 10) + " pages: a memcg report does not say how much the machine has, and with a swappiness of 0 none counts")
	default:
		c.set(limit, limit, most, "the cgroup's limit")
		c.assume("no swap is counted: a memcg report does not say how much the machine has")
	}
}

// swapUsed returns how many pages of swap are in use as far as the report shows
// it: by the cgroup that ran full, or by one process of the table. Two of them
// can have the same pages swapped out, as after a fork, so that rows do not add
// up.
func (c *chooser) swapUsed() int64 {
	used, m := int64(0), &c.dump.Memory
	if m.Swap.Printed && isSane(m.Swap.UsageKB) {
		used = m.Swap.UsageKB / c.PageKB
	}
	if m.Memsw.Printed && isSane(m.Memsw.UsageKB) && isSane(m.Memory.UsageKB) {
		used = max(used, (m.Memsw.UsageKB-m.Memory.UsageKB)/c.PageKB)
	}
	for i := range c.dump.Tasks {
		if n := c.dump.Tasks[i].Swapents; isSane(n) {
			used = max(used, n)
		}
	}
	return used
}

// swapInBytes says whether the kernel adds the number of swap's pages to a limit
// in bytes: up to 2.6.36, and in RHEL 6, by the scores that it prints.
func (c *chooser) swapInBytes() bool {
	return c.Rule.release.before(version{2, 6, 37}) || strings.Contains(c.dump.Release, ".el6")
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

func (c *chooser) set(use, least, most int64, basis string) {
	c.TotalPages, c.MinTotal, c.MaxTotal, c.TotalBasis = use, least, most, basis
}

func (c *chooser) assume(clause string) { c.Assumptions = append(c.Assumptions, clause) }
