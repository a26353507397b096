// Package breakdown says where the memory was when the kernel's OOM killer ran.
//
// In goes one report of the kernel; out comes a Breakdown: the memory that ran
// out, as parts that add up to a total, what is left over told apart. Findings
// say which of the parts are out of the ordinary, ByName sums the task table by
// program, and Trend compares the kills of one cgroup with each other.
//
// For a limit of a cgroup the total is its usage and the parts are those of its
// statistics (mm/memcontrol.c, memory_stats, mem_cgroup_print_oom_meminfo); for
// every other kill it is the machine's memory without what the kernel reserved
// at boot, and the parts are those of Mem-Info (mm/show_mem.c). Both print
// figures that contain each other: shmem is a part of file, or stands on the
// lists of anonymous pages; slab and page tables are a part of kernel; dirty and
// mapped pages are counted a second time. Here each page is in one part.
//
// A figure that the report does not print is no part, and never 0. Words are
// plain clauses; how they are put together is the business of correlate/explain.
package breakdown

import "oomtrace/parsers/event"

// The values of Breakdown.Of.
const (
	Cgroup  = "cgroup"
	Machine = "machine"
)

// The values of Part.Reclaimable: whether the kernel can take the memory back
// without killing anybody.
const (
	Yes    = "yes"
	No     = "no"
	Partly = "partly" // some of it, or only where there is swap
)

// The names of the parts that are not the kernel's words.
const (
	// KernelRest is what is in kernel, or in the kmem counter, and in none of the
	// parts before it.
	KernelRest = "kernel_rest"
	// Unmapped is what is on a cgroup's lists of pages and neither anon nor file.
	Unmapped = "unmapped"
	// LRU is what is on the lists of pages of kernels up to 2.6.27, which have one
	// pair of lists for programs and page cache.
	LRU = "lru"
	// SlabInfo is what the list of caches has beyond slab_unreclaimable, where the
	// two figures do not agree.
	SlabInfo = "slab_info"
)

// A Breakdown is where the memory was. The parts' KB and UnaccountedKB add up to
// TotalKB, always.
type Breakdown struct {
	Of   string // Cgroup or Machine
	Path string // the cgroup whose limit was hit; "" for a machine

	TotalKB    int64
	TotalBasis string // what the total is, in the report's words: "memory: usage"

	Parts []Part // user memory first, then the kernel's
	// UnaccountedKB is what is in no part. Below 0 the parts are more than the
	// total: the counters are read one after the other and are rough.
	UnaccountedKB int64
	// UnaccountedWhy is what can be in it, as a clause. If some figures are Missing it
	// says so and no more; below 0 it says how the parts can be more than the total.
	UnaccountedWhy string

	// SwapKB is what is swapped out, and not in the total; NotPrinted if the
	// report does not state it.
	SwapKB int64

	// Missing are figures that such a report has and this one does not, so that
	// what they count is unaccounted for: the log may be cut.
	Missing []string
	Notes   []string // what to know of the parts, as clauses

	pageKB int64 // 0 if unknown
}

// A Part is one use of memory.
type Part struct {
	Name        string // the kernel's word of today: anon, file, slab_unreclaimable
	From        string // how it comes from the report, in the report's words: "cache - shmem"
	KB          int64  // never below 0
	Label       string // for a person
	Reclaimable string // Yes, No or Partly
}

// Of says where the memory was that ran out, as the report d tells. pageKB is the
// size of a page in KiB for a caller who knows it; with 0 it is taken from d. It
// is false if the report does not show enough.
func Of(d *event.OOMDump, pageKB int64) (Breakdown, bool) {
	var b Breakdown
	ok := false
	if isCgroup(d) {
		b, ok = ofCgroup(d)
	} else {
		b, ok = ofMachine(d, pageSize(d, pageKB))
	}
	b.pageKB = pageSize(d, pageKB)
	b.why()
	return b, ok
}

// skewLarge is the most, in percent of the total, that the parts come to beyond it
// because they are read one after the other while the machine goes on.
const skewLarge = 2

// why puts right what UnaccountedWhy says where it is not the kernel that leaves
// something uncounted.
func (b *Breakdown) why() {
	switch {
	case b.UnaccountedKB < 0 && isShare(min(-b.UnaccountedKB, sane), b.TotalKB, skewLarge+1):
		b.UnaccountedWhy = "more than counters that are read one after the other explain, so the figures do not fit each other"
	case b.UnaccountedKB < 0:
		b.UnaccountedWhy = "the counters are read one after the other"
	case len(b.Missing) > 0:
		b.UnaccountedWhy = "the log does not hold all of the figures"
	}
}

// isCgroup says whether the report is about the limit of a cgroup. From 2.6.32
// to 3.6 such a report has a Mem-Info too, in which memory need not be short.
func isCgroup(d *event.OOMDump) bool {
	if d.Kind != "" {
		return d.Kind == "memcg"
	}
	return d.OOMMemcg != "" || d.Memory.Memory.Printed || len(d.Memory.Stat) > 0
}

// KB returns the size of the part of that name, NotPrinted if there is none.
func (b *Breakdown) KB(name string) int64 {
	for i := range b.Parts {
		if b.Parts[i].Name == name {
			return b.Parts[i].KB
		}
	}
	return event.NotPrinted
}

// add adds a part unless kb is NotPrinted.
func (b *Breakdown) add(name, from string, kb int64) {
	if kb == event.NotPrinted {
		return
	}
	u := uses[name]
	b.Parts = append(b.Parts, Part{Name: name, From: from, KB: max(kb, 0), Label: u.label, Reclaimable: u.reclaimable})
}

// relabel gives the last part, which must be there, another label.
func (b *Breakdown) relabel(label string) { b.Parts[len(b.Parts)-1].Label = label }

// sum is what all parts come to.
func (b *Breakdown) sum() int64 {
	var sum int64
	for i := range b.Parts {
		sum += b.Parts[i].KB
	}
	return sum
}

// balance sets the total, and what no part of it explains.
func (b *Breakdown) balance(totalKB int64, basis string) {
	b.TotalKB, b.TotalBasis = totalKB, basis
	b.UnaccountedKB = totalKB - b.sum()
}

// A use says what a part is.
type use struct{ label, reclaimable string }

var uses = map[string]use{
	"free":                    {"free", Yes},
	"free_pcp":                {"free, kept at hand by each CPU", Yes},
	"anon":                    {"memory of programs (heap, stacks, private mappings)", No},
	"file":                    {"page cache of files on disk", Partly},
	"shmem":                   {"shared memory and files on tmpfs", No},
	LRU:                       {"memory of programs and page cache, which this kernel does not tell apart", Partly},
	"swapcached":              {"swap cache that no process maps", Yes},
	Unmapped:                  {"pages that no process maps any more, being freed", Yes},
	"unevictable":             {"locked in memory", No},
	"hugetlb":                 {"huge pages", No},
	"sock":                    {"network socket buffers", No},
	"kernel_stack":            {"kernel stacks, one for each thread", No},
	"pagetables":              {"page tables", No},
	"sec_pagetables":          {"page tables of virtual machines and devices", No},
	"percpu":                  {"kernel memory kept for each CPU", No},
	"vmalloc":                 {"kernel memory from vmalloc", No},
	"slab":                    {"kernel objects", Partly},
	"slab_reclaimable":        {"kernel objects that can be given back: cached inodes and names", Partly},
	"slab_unreclaimable":      {"kernel objects in use", No},
	SlabInfo:                  {"kernel objects that only the list of caches shows", No},
	"zswap":                   {"swapped out pages, compressed in memory", No},
	"zspages":                 {"compressed pages of zram and zswap", No},
	"kernel_misc_reclaimable": {"other kernel memory that can be given back", Partly},
	"bounce":                  {"bounce buffers of old devices", No},
	"writeback_tmp":           {"pages that FUSE writes from", No},
	"gpu_active":              {"memory of graphics objects", No},
	"gpu_reclaim":             {"memory that the graphics driver keeps for reuse", Yes},
	KernelRest:                {"other kernel memory", No},
}
