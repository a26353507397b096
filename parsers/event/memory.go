package event

// A Counter is one "usage, limit, failcnt" line. A limit of Unlimited is none.
type Counter struct {
	UsageKB, LimitKB, Failcnt int64
	Printed                   bool
}

// MemcgMemory is what the kernel prints of the cgroup whose limit was hit.
type MemcgMemory struct {
	Memory, Memsw, Kmem, Swap Counter
	// Stat are the statistics of StatMemcg: bytes for sizes, else a count. From
	// 5.3 on they are of the whole subtree, on cgroup v1 where the name begins
	// with "total_"; before, of the cgroup's own pages alone.
	Stat      Stats
	StatMemcg string
	// Below are the cgroups below it, which 3.9 to 5.2 print each by itself.
	Below []MemcgStat
	// MinKB and LowKB are memory.min and memory.low in effect, 6.19 and later.
	MinKB, LowKB int64
}

// CgroupVersion returns 1 or 2 by the counters that are printed, 0 where they do
// not tell: swap is of 2 alone, and a kmem that is not 0 of 1. To 5.2 a report on
// 2 has memory+swap and a kmem of 0 too.
func (m *MemcgMemory) CgroupVersion() int {
	switch {
	case m.Swap.Printed:
		return 2
	case m.Kmem.Printed && m.Kmem.UsageKB > 0:
		return 1
	}
	return 0
}

// A MemcgStat is the statistics of one cgroup's own pages.
type MemcgStat struct {
	Memcg string
	Stat  Stats
}

// A Stat is a number by the name that the kernel prints. Its unit is that of the
// list it stands in.
type Stat struct {
	Name  string
	Value int64
}

// Stats are numbers in the order in which they are printed.
type Stats []Stat

// Of returns the number of that name, NotPrinted if there is none.
func (s Stats) Of(name string) int64 {
	for i := range s {
		if s[i].Name == name {
			return s[i].Value
		}
	}
	return NotPrinted
}

// NodeMemory is what a report that is not about a cgroup says of the machine's
// memory, from "Mem-Info:" on. Numbers that are not printed are NotPrinted,
// lists nil. A machine of several nodes may print some of them alone: those on
// which the allocation was allowed.
// Source: mm/show_mem.c (mm/page_alloc.c to 6.4, lib/show_mem.c before).
type NodeMemory struct {
	PagesRAM, PagesReserved  int64
	TotalSwapKB, FreeSwapKB  int64
	PageKB                   int64 // the size of a page, from the free lists
	FreePages, SlabUnreclaim int64

	Totals                    Stats // of the whole machine, in pages: active_anon, free_cma
	Nodes                     []NodeState
	Zones                     []Zone // in the order of print; of a node, the lowest first
	Hugepages                 []Hugepages
	PagecachePages            int64 // "total pagecache pages"
	SwapCachePages            int64
	PagesHighMem              int64 // HighMem, from 3.13 on HighMem/MovableOnly
	PagesCMA, PagesHWPoisoned int64
	Slabs                     []Slab // "Unreclaimable slab info", 4.15 and later
}

// A NodeState is the line of one node, 4.8 and later.
type NodeState struct {
	Node int
	KB   Stats // active_anon, kernel_stack, pagetables, in KiB
	// AllUnreclaimable is what the line says at its end: yes or no; "" if not printed.
	AllUnreclaimable string
}

// A Zone is the line of one zone with its lowmem_reserve[] and its free lists.
// Sizes are KiB, NotPrinted where the kernel does not print them.
type Zone struct {
	Node                 int    // NotPrinted on a machine without NUMA
	Name                 string // DMA, DMA32, Normal, HighMem, Movable, Device
	FreeKB, BoostKB      int64
	MinKB, LowKB, HighKB int64
	KB                   Stats  // the line's other sizes: reserved_highatomic, managed, free_cma
	PagesScanned         int64  // to 4.7
	AllUnreclaimable     string // to 4.7: yes or no
	// LowmemReserve are pages that the zone keeps from requests that prefer a
	// higher one, by that zone, the lowest first.
	LowmemReserve []int64
	FreeLists     []FreeList // by order, from 0
}

// A FreeList is how many free blocks of one order a zone has.
type FreeList struct {
	SizeKB, Count int64
	Types         string // the letters of their migration types, "UME"; "" if none is printed
}

// Hugepages are the huge pages of one size on one node. Counts.
type Hugepages struct {
	Node              int
	Total, Free, Surp int64
	SizeKB            int64
}

// A Slab is one line of "Unreclaimable slab info".
type Slab struct {
	Name            string
	UsedKB, TotalKB int64
}
