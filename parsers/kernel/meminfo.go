package kernel

import (
	"bytes"

	"oomtrace/parsers/event"
)

// What one report keeps of a Mem-Info at most. A machine has a line for each of
// its nodes and zones, a log can hold anything.
const (
	maxPairs     = 64 // sizes of one line; totals
	maxNodes     = 128
	maxZones     = 512
	maxReserve   = 16 // zones that a zone keeps pages from
	maxOrders    = 32
	maxHugepages = 64
	maxSlabs     = 64 // the largest ones: see slab
	maxMemName   = 48
)

// A memPart is a part of Mem-Info. Some lines can be told by their place alone.
type memPart int

const (
	noPart memPart = iota
	totalsPart
	slabPart
	allocationPart
	otherPart
)

// A memState is how far a report's Mem-Info is read.
type memState struct {
	part memPart
	zone int // 1 + the index of the zone whose line came last; 0: it is not kept
	// another says that a second Mem-Info came, of a page allocation failure,
	// say. Of that one no list is taken: a report for a cpuset leaves nodes out
	// that the other one has.
	another bool
	slabs   bool // a second table of slabs came
	lists   bool // the free lists of a zone follow, each in a record of its own
}

// node reads a line of Mem-Info, which says how large the machine is, what it
// was used for and what is left of it. Its parts, in the order of print:
//
//	Mem-Info:
//	Node 0 DMA per-cpu:
//	CPU    0: hi:    0, btch:   1 usd:   0
//	active_anon:112067 inactive_anon:0 isolated_anon:0
//	 free:930 free_pcp:556 free_cma:0
//	Node 0 active_anon:448268kB inactive_anon:0kB ... all_unreclaimable? yes
//	Node 0 DMA free:1832kB boost:0kB min:88kB low:108kB high:128kB ...
//	lowmem_reserve[]: 0 446 446 446 446
//	Node 0 DMA: 12*4kB (UM) 9*8kB (UM) ... = 1832kB
//	Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB
//	1513 total pagecache pages
//	Free swap  = 0kB
//	130942 pages RAM
//	Memory allocations (profiling is currently turned on):
//	    38.4 MiB     5505 mm/slub.c:3075 func:alloc_slab_page
//	Unreclaimable slab info:
//
// The lists per CPU are of 4.0 and before, the lines of nodes of 4.8 and later,
// the allocations, of which nothing is kept, of 6.10 and later. Each number is
// the first one of its name: a log can have each line twice.
// Source: mm/show_mem.c (mm/page_alloc.c to 6.4, lib/show_mem.c before);
// mm/hugetlb.c; mm/slab_common.c, dump_unreclaimable_slab.
func (r *report) node(line []byte) bool {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return false
	}
	node, rest, ofNode := cutNode(line)
	part := noPart
	switch {
	case ofNode:
		part = r.ofNode(node, rest)
	case r.mem.part == slabPart && r.slab(line):
		part = slabPart
	case r.mem.part == allocationPart && bytes.Contains(line, []byte(" func:")):
		part = allocationPart
	case r.mem.lists && isFreeListAlone(line):
		// The first one says how large a page is. The rest is not put together.
		f, _, _ := cutFreeList(line, nil)
		first(&r.d.Node.PageKB, f.SizeKB)
		r.mem.lists, part = false, otherPart
	case isDigit(line[0]):
		part = r.pages(line)
	default:
		if part = r.heading(line); part == noPart {
			part = r.plain(line)
		}
	}
	if part != noPart {
		r.mem.part, r.memInfo, r.inTrace = part, true, false
	}
	return part != noPart || ofNode
}

func isFreeListAlone(line []byte) bool {
	f, rest, ok := cutFreeList(line, nil)
	return ok && len(rest) == 0 && f.SizeKB > 0
}

// cutNode cuts "Node 0 " off.
func cutNode(b []byte) (node int, rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(b, []byte("Node "))
	if !ok {
		return event.NotPrinted, b, false
	}
	n, rest, ok := count(rest)
	rest, ok2 := bytes.CutPrefix(rest, []byte(" "))
	return int(n), rest, ok && ok2 && n < 1<<20
}

// ofNode reads what stands behind "Node 0 ".
func (r *report) ofNode(node int, b []byte) memPart {
	if r.zoneLine(node, b) || r.freeLists(node, b) || r.nodeLine(node, b) || r.hugepages(node, b) || isPerCPU(b) {
		return otherPart
	}
	return noPart
}

// plain reads a line that begins with no node, no number and no heading.
func (r *report) plain(b []byte) memPart {
	switch {
	case r.totals(b):
		return totalsPart
	case r.reserve(b), r.zoneLine(event.NotPrinted, b), r.freeLists(event.NotPrinted, b), r.swap(b), isPerCPU(b):
		return otherPart
	}
	return noPart
}

// heading knows the lines that say no more than what follows.
func (r *report) heading(b []byte) memPart {
	switch b[0] {
	case 'M':
		rest, ok := bytes.CutPrefix(b, []byte("Memory allocations"))
		switch {
		case ok && (bytes.HasPrefix(rest, []byte(":")) || bytes.HasPrefix(rest, []byte(" (profiling "))):
			return allocationPart
		case bytes.HasPrefix(b, []byte("Mem-Info:")), bytes.HasPrefix(b, []byte("Mem-info:")): // the latter of 2.6.18 and 2.6.22
			return otherPart
		}
	case 'U':
		if bytes.HasPrefix(b, []byte("Unreclaimable slab info:")) {
			r.mem.slabs = len(r.d.Node.Slabs) > 0
			return slabPart
		}
	case 'e':
		if bytes.HasPrefix(b, []byte("excessive unreclaimable slab but cannot dump stats")) {
			return otherPart
		}
	}
	return noPart
}

// isPerCPU knows the lines about the lists of free pages that each CPU has, to
// 4.0: a zone, and its CPUs in one of three forms. None is kept.
//
//	Node 0 DMA per-cpu:
//	CPU    0: hi:    0, btch:   1 usd:   0
//	CPU    0: Hot: hi:    0, btch:   1 usd:   0   Cold: hi:    0, btch:   1 usd:   0
//	cpu 0 hot: high 186, batch 31 used:182
func isPerCPU(b []byte) bool {
	if bytes.HasSuffix(b, []byte(" per-cpu:")) || bytes.HasSuffix(b, []byte(" per-cpu: empty")) {
		return len(b) < maxMemName
	}
	if len(b) < 4 || b[3] != ' ' || string(b[:3]) != "CPU" && string(b[:3]) != "cpu" {
		return false
	}
	_, rest, ok := count(bytes.TrimLeft(b[4:], " "))
	if !ok {
		return false
	}
	for _, s := range [...]string{": hi:", ": Hot: hi:", " hot: high ", " cold: high "} {
		if bytes.HasPrefix(rest, []byte(s)) {
			return true
		}
	}
	return false
}

// totals reads pages of the whole machine, by the names of the kernel. An old
// kernel's log has a record for each of the lines:
//
//	active_anon:112067 inactive_anon:0 isolated_anon:0
//	 slab_reclaimable:214 slab_unreclaimable:2141
//	Active:1351719 inactive:440448 dirty:105021 writeback:0 unstable:0 free:163622 slab:94084 mapped:11424 pagetables:3165
//
// The last is of 2.6.18. A line of names that are new is taken behind one of
// names that are not.
func (r *report) totals(b []byte) bool {
	known := r.mem.part == totalsPart
	for rest := b; len(rest) > 0; {
		p, left, ok := cutPair(rest)
		if !ok || p.unit != noUnit {
			return false
		}
		if !known {
			if known = isTotal[string(p.name)]; !known {
				return false
			}
		}
		rest = left
	}
	for len(b) > 0 {
		p, left, _ := cutPair(b)
		if b = left; p.fits {
			r.total(p)
		}
	}
	return true
}

func (r *report) total(p pair) {
	n := &r.d.Node
	for i := range n.Totals {
		if t := &n.Totals[i]; t.Name == string(p.name) {
			r.mem.another = r.mem.another || t.Value != p.n
			return
		}
	}
	if r.mem.another || len(n.Totals) >= maxPairs {
		return
	}
	if n.Totals == nil {
		n.Totals = make(event.Stats, 0, 24)
	}
	n.Totals = append(n.Totals, event.Stat{Name: r.scratch.names.of(p.name), Value: p.n})
	switch string(p.name) {
	case "free":
		first(&n.FreePages, p.n)
	case "slab_unreclaimable":
		first(&n.SlabUnreclaim, p.n)
	}
}

// pages reads the lines that begin with a number. The names with "of" are of
// 2.6.18 and 2.6.22, where each architecture had lines of its own.
func (r *report) pages(b []byte) memPart {
	v, rest, ok := count(b)
	n := &r.d.Node
	var to *int64
	switch string(rest) {
	case " pages RAM", " pages of RAM":
		to = &n.PagesRAM
	case " pages reserved", " reserved pages":
		to = &n.PagesReserved
	case " pages HighMem/MovableOnly", " pages HighMem", " pages of HIGHMEM":
		to = &n.PagesHighMem
	case " total pagecache pages":
		to = &n.PagecachePages
	case " pages in swap cache", " pages swap cached":
		to = &n.SwapCachePages
	case " pages cma reserved":
		to = &n.PagesCMA
	case " pages hwpoisoned":
		to = &n.PagesHWPoisoned
	case " pages shared", " pages non-shared", " pages in pagetable cache",
		" pages dirty", " pages writeback", " pages mapped", " pages slab", " pages pagetables":
		return otherPart
	default:
		return noPart
	}
	if ok {
		first(to, v)
	}
	return otherPart
}

// swap reads the lines about swap. The statistics of its cache, to 5.19, are
// not kept, nor are the free pages of 2.6.18, which stand in the totals too.
//
//	Swap cache stats: add 0, delete 0, find 0/0
//	Free swap  = 0kB
//	Total swap = 0kB
//	Free swap:       33214052kB
func (r *report) swap(b []byte) bool {
	n := &r.d.Node
	for _, s := range [...]struct {
		name string
		to   *int64
	}{
		{"Free swap  = ", &n.FreeSwapKB},
		{"Total swap = ", &n.TotalSwapKB},
		{"Free swap: ", &n.FreeSwapKB},
	} {
		rest, ok := bytes.CutPrefix(b, []byte(s.name))
		if !ok {
			continue
		}
		v, rest, ok := count(bytes.TrimLeft(rest, " "))
		if ok = ok && string(rest) == "kB"; ok {
			first(s.to, v)
		}
		return ok
	}
	for _, s := range [...]string{"Swap cache stats: add ", "Swap cache: add ", "Free pages: "} {
		if bytes.HasPrefix(b, []byte(s)) {
			return true
		}
	}
	return false
}

// first sets to, unless it has its number.
func first(to *int64, n int64) {
	if *to == event.NotPrinted {
		*to = n
	}
}
