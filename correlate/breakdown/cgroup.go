package breakdown

import (
	"slices"

	"oomtrace/parsers/event"
)

// ofCgroup takes the parts from the statistics of the cgroup that ran full.
// There are three forms of them, told apart by their names:
//
//	cache rss, own pages alone, a line for each cgroup   3.9 to 5.2
//	anon file                                            5.3 to 6.4, and on cgroup v2 from then on
//	cache rss total_cache total_rss                      6.5 and later, on cgroup v1
//
// Before 3.9 there are none.
func ofCgroup(d *event.OOMDump) (Breakdown, bool) {
	b := Breakdown{Of: Cgroup, Path: d.OOMMemcg, SwapKB: cgroupSwap(d)}
	if b.Path == "" {
		b.Path = d.Memory.StatMemcg
	}
	s := statsOf(d)
	switch {
	case s.v2names:
		b.v2(d, &s)
	case s.kb("cache") != event.NotPrinted || s.kb("rss") != event.NotPrinted:
		b.v1(d, &s)
	default:
		return Breakdown{}, false
	}
	total, basis := b.sum(), "the sum of the parts, as the cgroup's usage is not in the report"
	if usage := d.Memory.Memory; usage.Printed && isSane(usage.UsageKB) {
		total, basis = usage.UsageKB, "memory: usage"
	}
	b.balance(total, basis)
	b.lists(&s)
	return b, true
}

// A stats is the statistics of a whole subtree, whatever their form.
type stats struct {
	d       *event.OOMDump
	v2names bool
	total   bool // the names that count begin with total_
}

func statsOf(d *event.OOMDump) stats {
	s := stats{d: d}
	stat := d.Memory.Stat
	s.v2names = stat.Of("anon") != event.NotPrinted || stat.Of("file") != event.NotPrinted
	s.total = !s.v2names && (stat.Of("total_rss") != event.NotPrinted || stat.Of("total_cache") != event.NotPrinted)
	return s
}

// kb returns a size in KiB, of the cgroup and all below it.
func (s *stats) kb(name string) int64 {
	if s.total {
		return bytesKB(s.d.Memory.Stat.Of("total_" + name))
	}
	kb := bytesKB(s.d.Memory.Stat.Of(name))
	if s.v2names {
		return kb
	}
	for i := range s.d.Memory.Below {
		kb = plusAny(kb, bytesKB(s.d.Memory.Below[i].Stat.Of(name)))
	}
	return kb
}

// first returns the first of the names that is printed.
func (s *stats) first(names ...string) int64 {
	for _, name := range names {
		if kb := s.kb(name); kb != event.NotPrinted {
			return kb
		}
	}
	return event.NotPrinted
}

// isV1 says whether the counters are those of cgroup v1. Up to 5.2 a report on v2
// has them too, with a kmem usage of 0.
func isV1(d *event.OOMDump) bool {
	return !d.Memory.Swap.Printed && (d.Memory.Memsw.Printed || d.Memory.Kmem.Printed)
}

// v2 takes the parts by the names of cgroup v2. Of what is charged, anon is
// NR_ANON_MAPPED, file is NR_FILE_PAGES, which has shmem in it but, for a cgroup,
// not the swap cache (mm/swap_state.c counts that for the node alone); sock and
// hugetlb are charged by themselves, and all else is kernel memory.
func (b *Breakdown) v2(d *event.OOMDump, s *stats) {
	b.want("anon", "anon", s.kb("anon"))
	b.files("file", s.kb("file"), s.kb("shmem"))
	b.add("hugetlb", "hugetlb", s.kb("hugetlb")) // printed only where it is charged, 6.13 and later
	if !isV1(d) {                                // v1 charges sockets to another counter
		b.add("sock", "sock", s.kb("sock"))
	}
	b.kernel(d, s)
}

// files adds what is in the page cache: shmem apart, if it is printed.
func (b *Breakdown) files(word string, file, shmem int64) {
	switch {
	case file == event.NotPrinted:
		b.Missing = append(b.Missing, word)
		b.add("shmem", "shmem", shmem)
	case shmem == event.NotPrinted:
		b.add("file", word, file)
		b.relabel("page cache, with shared memory and files on tmpfs, which the report does not tell apart")
	default:
		b.add("file", word+" - shmem", max(file-shmem, 0))
		b.add("shmem", "shmem", shmem)
	}
}

// beyond returns what the lists of pages have beyond anon and file, and how much
// of it can be swap cache. Such pages are charged but mapped by no process: swap
// cache, or what a process that is just ending leaves behind. It is 0 where not
// all of that is printed.
func (s *stats) beyond() (kb, cached int64) {
	lists := int64(0)
	for _, name := range [...]string{"inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable"} {
		lists = plus(lists, s.kb(name))
	}
	used := plus(s.first("anon", "rss"), s.first("file", "cache"))
	if lists == event.NotPrinted || used == event.NotPrinted || lists <= used {
		return 0, 0
	}
	return lists - used, min(max(s.kb("swapcached"), 0), lists-used)
}

// lists adds what only the lists of pages show, as far as the total leaves room:
// lists and counters do not agree to the page.
func (b *Breakdown) lists(s *stats) {
	beyond, cached := s.beyond()
	swap := min(cached, max(b.UnaccountedKB, 0))
	if swap > 0 {
		b.insert("swapcached", "what the lists of pages have beyond anon and file, at most swapcached", swap)
	}
	if rest := min(beyond-cached, b.UnaccountedKB-swap); isShare(rest, b.TotalKB, unmappedPercent) {
		b.insert(Unmapped, "what the lists of pages have beyond anon and file", rest)
	}
	b.UnaccountedKB = b.TotalKB - b.sum()
}

// unmappedPercent is how much of the total has to be mapped by nobody to be a
// part: less is what lists and counters disagree by.
const unmappedPercent = 1

// insert adds a part behind those of anonymous memory and files.
func (b *Breakdown) insert(name, from string, kb int64) {
	b.add(name, from, kb)
	last := len(b.Parts) - 1
	p := b.Parts[last]
	at := slices.IndexFunc(b.Parts[:last], func(p Part) bool { return !slices.Contains(userParts, p.Name) })
	if at < 0 {
		at = last
	}
	b.Parts = slices.Insert(b.Parts[:last], at, p)
}

var userParts = []string{"anon", "file", "shmem", "swapcached"}

// kernelItems are in kernel and in the kmem counter, and in none of each other:
// a stack from vmalloc is not in vmalloc, as it is charged without the flag that
// counts there (kernel/fork.c), and zswap is charged as an object of its size.
var kernelItems = [...]string{"kernel_stack", "pagetables", "sec_pagetables", "percpu", "vmalloc",
	"slab_reclaimable", "slab_unreclaimable", "zswap"}

// kernel adds the kernel's memory, and what of it has no name of its own: pipe
// buffers, BPF maps.
func (b *Breakdown) kernel(d *event.OOMDump, s *stats) {
	before := len(b.Parts)
	for _, name := range kernelItems {
		b.add(name, name, s.kb(name))
	}
	if b.KB("slab_reclaimable") == event.NotPrinted && b.KB("slab_unreclaimable") == event.NotPrinted {
		b.want("slab", "slab", s.kb("slab"))
	}
	items := int64(0)
	for _, p := range b.Parts[before:] {
		items += p.KB
	}
	switch kernel, kmem := s.kb("kernel"), kmemKB(d); {
	case kernel != event.NotPrinted:
		b.add(KernelRest, "what kernel has beyond them", max(kernel-items, 0))
		b.UnaccountedWhy = aheadWhy
	case kmem != event.NotPrinted:
		b.add(KernelRest, "what kmem: usage has beyond them", max(kmem-items, 0))
		b.UnaccountedWhy = aheadWhy
	default:
		b.UnaccountedWhy = "kernel memory for which this kernel has no figure: page tables up to 5.10, and up to 5.18 all that is neither stack nor slab"
	}
}

const aheadWhy = "what each CPU charges in advance, up to 64 pages, and what rough counters that are read one after the other differ by"

// kmemKB is the usage of cgroup v1's counter of kernel memory. It is a part of
// the cgroup's usage (mm/memcontrol.c, from 3.9 on).
func kmemKB(d *event.OOMDump) int64 {
	if !d.Memory.Kmem.Printed || !isV1(d) || !isSane(d.Memory.Kmem.UsageKB) {
		return event.NotPrinted
	}
	return d.Memory.Kmem.UsageKB
}

// v1 takes the parts by the names of cgroup v1: rss is anonymous memory, up to
// 5.2 with the swap cache, cache all else on the lists, shmem in it.
func (b *Breakdown) v1(d *event.OOMDump, s *stats) {
	prefix := ""
	if s.total {
		prefix = "total_"
	}
	b.miss(prefix+"rss", s.kb("rss"))
	b.add("anon", prefix+"rss", s.kb("rss"))
	b.files(prefix+"cache", s.kb("cache"), s.kb("shmem"))
	b.add(KernelRest, "kmem: usage", kmemKB(d))
	if kmemKB(d) != event.NotPrinted {
		b.relabel("kernel memory")
	}
	b.UnaccountedWhy = aheadWhy
	if s.total {
		return
	}
	if d.Truncated || d.Memory.Stat.Of("pgpgin") != event.NotPrinted { // 6.5 and later print total_ lines behind it
		b.Missing = append(b.Missing, "what the cgroups below it use")
	}
	b.UnaccountedWhy += "; what cgroups that are deleted still hold is in the usage and has no line"
	if len(d.Memory.Below) > 0 {
		b.Notes = append(b.Notes, "the parts are the sums over the cgroup and all that are below it")
	}
	if kmemKB(d) <= 0 {
		b.Notes = append(b.Notes, "the report counts no kernel memory for the cgroup: what it used can be in none of the parts")
	}
}

// cgroupSwap returns what of the cgroup is swapped out.
func cgroupSwap(d *event.OOMDump) int64 {
	m := &d.Memory
	if m.Swap.Printed {
		return known(m.Swap.UsageKB)
	}
	s := statsOf(d)
	if kb := s.kb("swap"); kb != event.NotPrinted {
		return kb
	}
	// Without swap accounting memory+swap is 0 or lags behind.
	if m.Memsw.Printed && m.Memory.Printed && isSane(m.Memsw.UsageKB) && isSane(m.Memory.UsageKB) && m.Memsw.UsageKB >= m.Memory.UsageKB {
		return m.Memsw.UsageKB - m.Memory.UsageKB
	}
	return event.NotPrinted
}

// known is the number, or NotPrinted if it is not believed.
func known(n int64) int64 {
	if isSane(n) {
		return n
	}
	return event.NotPrinted
}
