package breakdown

import "oomtrace/parsers/event"

// A node is what Mem-Info says, in KiB.
type node struct {
	*event.NodeMemory
	pageKB int64 // 0 if unknown
}

// total returns a figure of the whole machine by its name in the totals, else by
// what the lines of the nodes or, to 4.7, of the zones come to.
func (n *node) total(name string) int64 {
	if n.pageKB > 0 {
		if kb := times(n.Totals.Of(name), n.pageKB); kb != event.NotPrinted {
			return kb
		}
	}
	return n.lines(name)
}

// lines adds a figure up over the lines of the nodes, else of the zones.
func (n *node) lines(name string) int64 {
	kb := int64(event.NotPrinted)
	for i := range n.Nodes {
		kb = plusAny(kb, sizeOf(n.Nodes[i].KB, name))
	}
	if kb != event.NotPrinted {
		return kb
	}
	for i := range n.Zones {
		z := sizeOf(n.Zones[i].KB, name)
		if name == "free" {
			z = n.Zones[i].FreeKB
		}
		kb = plusAny(kb, known(z))
	}
	return kb
}

// sizeOf looks a name up as it is in the lines of nodes and zones.
func sizeOf(s event.Stats, name string) int64 {
	kb := s.Of(name)
	if other := lineNames[name]; kb == event.NotPrinted && other != "" {
		kb = s.Of(other)
	}
	return known(kb)
}

// lineNames are the names that the lines of nodes and zones print otherwise than
// the totals do.
var lineNames = map[string]string{"isolated_anon": "isolated(anon)", "isolated_file": "isolated(file)", "balloon": "Balloon", "Active": "active"}

// ofMachine takes the parts from Mem-Info.
func ofMachine(d *event.OOMDump, pageKB int64) (Breakdown, bool) {
	b := Breakdown{Of: Machine, SwapKB: event.NotPrinted}
	n := node{&d.Node, pageKB}
	total, basis := n.managed(d)
	if total <= 0 {
		return Breakdown{}, false
	}
	b.user(&n)
	b.kernelOf(&n)
	b.huge(&n)
	if len(b.Parts) == 0 {
		return Breakdown{}, false
	}
	if isSane(n.TotalSwapKB) && isSane(n.FreeSwapKB) {
		b.SwapKB = max(n.TotalSwapKB-n.FreeSwapKB, 0)
	}
	b.remark(d, &n)
	b.balance(total, basis)
	b.slabInfo(d)
	b.UnaccountedWhy = b.uncounted()
	return b, true
}

// uncounted is what Mem-Info does not count. Compressed pages, of zram from 2.6.33
// on and of zswap, are counted from 6.18 on; kernels of before 2.6.31, known by
// their one figure for slab, have neither.
func (b *Breakdown) uncounted() string {
	what := "pages that drivers, file systems and the network take for themselves, "
	if b.KB("kernel_stack") == event.NotPrinted {
		what += "kernel stacks, "
	}
	if b.SwapKB > 0 && b.KB("zspages") == event.NotPrinted && b.KB("slab") == event.NotPrinted {
		what += "compressed pages where swap is on zram or behind zswap, "
	}
	return what + "vmalloc and memory for each CPU, which Mem-Info does not count"
}

// managed is the memory that the kernel gives out. What is reserved, the kernel's
// code and the descriptors of pages, was never there to be given out.
func (n *node) managed(d *event.OOMDump) (kb int64, basis string) {
	if isSane(n.PagesRAM) && isSane(n.PagesReserved) && n.PagesRAM > n.PagesReserved && n.pageKB > 0 {
		return times(n.PagesRAM-n.PagesReserved, n.pageKB), "pages RAM - pages reserved"
	}
	if ofSomeNodes(d) {
		return event.NotPrinted, ""
	}
	kb = event.NotPrinted
	for i := range n.Zones {
		kb = plusAny(kb, sizeOf(n.Zones[i].KB, "managed"))
	}
	return kb, "the zones' managed"
}

// ofSomeNodes says whether only the nodes on which the allocation was allowed are
// printed. The totals are of the whole machine all the same.
func ofSomeNodes(d *event.OOMDump) bool { return d.Kind == "cpuset" || d.Kind == "mempolicy" }

// user adds what is free and what is on the lists of pages. shmem stands on the
// lists of anonymous pages, because it can only go to swap, and where it is
// locked on that of unevictable ones; so does the swap cache.
func (b *Breakdown) user(n *node) {
	free := n.total("free")
	if free == event.NotPrinted {
		free = times(n.FreePages, n.pageKB)
	}
	b.want("free", "free", free)
	b.add("free_pcp", "free_pcp", n.total("free_pcp")) // not in free
	if b.lru(n) {
		return
	}
	anon := b.list(n, "active_anon", "inactive_anon", "isolated_anon")
	shmem, unevictable := n.total("shmem"), n.total("unevictable")
	switch {
	case anon == event.NotPrinted:
	case shmem == event.NotPrinted:
		b.add("anon", "active_anon + inactive_anon + isolated_anon", anon)
		b.relabel("memory of programs, with shared memory and files on tmpfs, which the report does not tell apart")
	default:
		b.add("anon", "active_anon + inactive_anon + isolated_anon - shmem", max(anon-shmem, 0))
		b.add("shmem", "shmem", shmem)
		if unevictable > 0 {
			unevictable = max(unevictable-max(shmem-anon, 0), 0)
		}
	}
	b.add("file", "active_file + inactive_file + isolated_file", b.list(n, "active_file", "inactive_file", "isolated_file"))
	b.add("unevictable", "unevictable", unevictable)
}

// lru adds the one pair of lists that kernels up to 2.6.27 have, if the report
// shows it. From 2.6.18 on some print how much of it is anonymous and mapped
// (mm/page_alloc.c, show_free_areas).
func (b *Breakdown) lru(n *node) bool {
	lists, anon := plus(n.total("Active"), n.total("inactive")), n.total("mapped-anon")
	if lists == event.NotPrinted {
		return false
	}
	if anon == event.NotPrinted {
		b.add(LRU, "Active + inactive", lists)
		return true
	}
	anon = min(anon, lists) // read a moment later
	b.add("anon", "mapped-anon", anon)
	b.add(LRU, "Active + inactive - mapped-anon", lists-anon)
	b.relabel("page cache, shared memory and swap cache, which this kernel does not tell apart")
	return true
}

// list adds up the lists of one sort of pages. Isolated ones are taken off their
// list for a moment; their number is printed from 2.6.32 on.
func (b *Breakdown) list(n *node, active, inactive, isolated string) int64 {
	a, i := n.total(active), n.total(inactive)
	b.miss(active, a)
	b.miss(inactive, i)
	return plusAny(plus(a, i), n.total(isolated))
}

// want adds a part that every report has.
func (b *Breakdown) want(name, from string, kb int64) {
	b.miss(name, kb)
	b.add(name, from, kb)
}

func (b *Breakdown) miss(name string, kb int64) {
	if kb == event.NotPrinted {
		b.Missing = append(b.Missing, name)
	}
}

// kernelOf adds the kernel's memory, as far as Mem-Info counts it. kernel_stack
// is in the lines of the zones, from 5.9 on of the nodes.
func (b *Breakdown) kernelOf(n *node) {
	b.slabs(n)
	b.add("kernel_stack", "kernel_stack", n.lines("kernel_stack"))
	for _, name := range [...]string{"pagetables", "sec_pagetables", "bounce", "kernel_misc_reclaimable", "writeback_tmp", "gpu_active", "gpu_reclaim"} {
		b.add(name, name, n.total(name))
	}
	zspages := int64(event.NotPrinted) // 6.18 and later
	for i := range n.Zones {
		zspages = plusAny(zspages, sizeOf(n.Zones[i].KB, "zspages"))
	}
	b.add("zspages", "zspages", zspages)
}

// slabs adds the kernel's objects. Before 2.6.31 there is one figure for them.
func (b *Breakdown) slabs(n *node) {
	unreclaimable := n.total("slab_unreclaimable")
	if unreclaimable == event.NotPrinted {
		unreclaimable = times(n.SlabUnreclaim, n.pageKB)
	}
	reclaimable, slab := n.total("slab_reclaimable"), n.total("slab")
	if reclaimable == event.NotPrinted && unreclaimable == event.NotPrinted && slab != event.NotPrinted {
		b.add("slab", "slab", slab)
		return
	}
	b.want("slab_reclaimable", "slab_reclaimable", reclaimable)
	b.want("slab_unreclaimable", "slab_unreclaimable", unreclaimable)
}

// slabInfo adds what the list of unreclaimable caches (4.15 and later) has beyond
// slab_unreclaimable, as far as the total leaves room. The two should agree: what
// they differ by is a part only where it is too much to be read in turn.
func (b *Breakdown) slabInfo(d *event.OOMDump) {
	caches, slab := slabSum(d), b.KB("slab_unreclaimable")
	if caches == event.NotPrinted || slab == event.NotPrinted {
		return
	}
	if beyond := min(caches-slab, b.UnaccountedKB); isShare(beyond, b.TotalKB, slabInfoLarge) && isShare(beyond, max(slab, 1), slabFarPercent) {
		b.add(SlabInfo, "Unreclaimable slab info - slab_unreclaimable", beyond)
		b.UnaccountedKB -= beyond
	}
}

// slabSum is what the caches of the report's list come to.
func slabSum(d *event.OOMDump) int64 {
	sum := int64(event.NotPrinted)
	for i := range d.Node.Slabs {
		sum = plusAny(sum, known(d.Node.Slabs[i].TotalKB))
	}
	return sum
}

// huge adds the pools of huge pages: they are taken out of the machine's memory
// whether anybody uses them or not. Surplus pages are in their total.
func (b *Breakdown) huge(n *node) {
	kb := int64(event.NotPrinted)
	for _, h := range n.Hugepages {
		kb = plusAny(kb, times(h.Total, h.SizeKB))
	}
	b.add("hugetlb", "hugepages_total x hugepages_size", kb)
}

// remark notes what to know of the parts.
func (b *Breakdown) remark(d *event.OOMDump, n *node) {
	if b.KB("shmem") > 0 {
		b.Notes = append(b.Notes, "shmem is printed as a part of the anonymous pages and is taken out of them here")
	}
	if n.SwapCachePages > 0 {
		b.Notes = append(b.Notes, "anon includes the swap cache")
	}
	if ofSomeNodes(d) {
		b.Notes = append(b.Notes, "this is the whole machine, though only some of its nodes were short of memory: what only the lines of the other nodes tell is unaccounted for")
	}
	if n.pageKB > 16 && b.KB("kernel_stack") > 0 {
		b.Notes = append(b.Notes, "with pages this large kernel stacks can come from slab, and are then counted in both")
	}
}
