package breakdown

import (
	"fmt"

	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// maxSlabs is how many caches a finding names.
const maxSlabs = 3

// slabFarPercent is how much more than slab_unreclaimable, in percent of it, the
// caches have to come to for the two not to agree.
const slabFarPercent = 20

func (l *look) slab() (Finding, bool) {
	f, ok := l.part("slab", "slab_unreclaimable", slabLarge, "is slab_unreclaimable: objects that the kernel or its modules keep, and that it cannot give back.")
	if ok && !l.slabsDisagree() {
		l.nameSlabs(&f, " The largest caches: ")
	}
	return f, ok
}

// slabInfo names the largest of the caches that the report lists, where they are
// not few and the finding about slab_unreclaimable does not name them.
func (l *look) slabInfo() (Finding, bool) {
	sum, slab := slabSum(l.d), l.b.KB("slab_unreclaimable")
	if l.b.Of != Machine || !isShare(sum, l.b.TotalKB, slabInfoLarge) || isShare(slab, l.b.TotalKB, slabLarge) && !l.slabsDisagree() {
		return Finding{}, false
	}
	f := Finding{"slab-info", "The list of unreclaimable caches (Unreclaimable slab info) comes to " + l.of(sum) + ".", []Figure{kib("caches", sum), kib("total", l.b.TotalKB)}}
	l.nameSlabs(&f, " The largest caches: ")
	if l.slabsDisagree() {
		f.Text += fmt.Sprintf(" That is far more than slab_unreclaimable, which is %s: the two figures do not agree, though they count the same.", prose.Size(slab))
		f.Figures = append(f.Figures, kib("slab_unreclaimable", slab))
	}
	return f, true
}

// slabsDisagree says whether the caches come to far more than slab_unreclaimable.
func (l *look) slabsDisagree() bool {
	sum, slab := slabSum(l.d), l.b.KB("slab_unreclaimable")
	return l.b.Of == Machine && slab != event.NotPrinted && sum > slab && isShare(sum-slab, l.b.TotalKB, slabInfoLarge) && isShare(sum-slab, max(slab, 1), slabFarPercent)
}

// nameSlabs names the largest caches.
func (l *look) nameSlabs(f *Finding, sep string) {
	before := len(f.Figures)
	for _, s := range largest(l.d.Node.Slabs, maxSlabs) {
		if isSane(s.TotalKB) {
			f.Text += sep + prose.Name(s.Name) + " " + prose.Size(s.TotalKB)
			f.Figures = append(f.Figures, kib(s.Name, s.TotalKB))
			sep = ", "
		}
	}
	if len(f.Figures) > before {
		f.Text += "."
	}
}

// slabLow finds that kernel objects fill the low memory of a 32-bit machine: they
// cannot be in HighMem (include/linux/gfp.h, GFP_SLAB_BUG_MASK).
func (l *look) slabLow() (Finding, bool) {
	n := &l.d.Node
	slab := plusAny(plusAny(l.b.KB("slab"), l.b.KB("slab_reclaimable")), l.b.KB("slab_unreclaimable"))
	if l.b.Of != Machine || n.PagesHighMem <= 0 || !isSane(n.PagesRAM) || n.PagesHighMem >= n.PagesRAM {
		return Finding{}, false
	}
	low := times(n.PagesRAM-n.PagesHighMem, l.b.pageKB)
	if !isShare(slab, low, slabLowLarge) || slab > low {
		return Finding{}, false
	}
	return Finding{"slab-lowmem", fmt.Sprintf("Kernel objects (slab) take %s, %d %% of the %s that this machine has below zone HighMem, and they can be nowhere else.", prose.Size(slab), percentOf(slab, low), prose.Size(low)),
		[]Figure{kib("slab", slab), kib("low memory", low)}}, true
}

func (l *look) slabReclaimable() (Finding, bool) {
	return l.part("slab-reclaimable", "slab_reclaimable", slabLarge, "is slab_reclaimable: mostly the cache of inodes and names, which can be given back where it is not in use.")
}

func (l *look) pagetables() (Finding, bool) {
	return l.part("pagetables", "pagetables", pagetablesLarge, "is page tables: they grow with the number of processes that map the same memory, and with mappings that are used sparsely.")
}

// kernelStack names the threads that the stacks make, as all 64-bit machines of
// today but few have stacks of 16 KiB (arch/x86/include/asm/page_64_types.h).
func (l *look) kernelStack() (Finding, bool) {
	kb := l.b.KB("kernel_stack")
	f, ok := l.part("kernel-stack", "kernel_stack", stackLarge, fmt.Sprintf("is kernel stacks, one for each thread: with 16 KiB each, as on x86-64, these are about %d threads.", kb/16))
	return f, ok
}

func (l *look) sock() (Finding, bool) {
	return l.part("sock", "sock", sockLarge, "is buffers of network sockets: data that was received and is not yet read, or sent and not yet taken.")
}

func (l *look) percpu() (Finding, bool) {
	return l.part("percpu", "percpu", percpuLarge, "is memory that the kernel keeps once for each CPU: it grows with the number of cgroups, network devices and BPF maps.")
}

func (l *look) kernelRest() (Finding, bool) {
	what, others := "is kernel memory that has no figure of its own", ", such as pipe buffers and BPF maps."
	if s := statsOf(l.d); !s.v2names {
		what, others = "is kernel memory (kmem), which this kernel does not split further", ": stacks, page tables, kernel objects."
	}
	tables := min(l.chargedTables(), l.b.KB(KernelRest))
	switch rest := l.b.KB(KernelRest); {
	case isShare(tables, rest, tablesMost):
		what += fmt.Sprintf(". The page tables of the processes of the task table explain %s of it.", prose.Size(tables))
	case isShare(tables, rest, tablesSome):
		what += others + fmt.Sprintf(" The page tables of the processes of the task table explain %s of it.", prose.Size(tables))
	default:
		what += others
	}
	f, ok := l.part("kernel", KernelRest, restLarge, what)
	if ok && isShare(tables, l.b.KB(KernelRest), tablesSome) {
		f.Figures = append(f.Figures, kib("pgtables", tables))
	}
	return f, ok
}

// How much of other kernel memory page tables have to be to be named, and to be
// named alone, in percent.
const (
	tablesSome = 10
	tablesMost = 80
)

// chargedTables is what the page tables of the cgroup's processes come to where
// no figure of the cgroup has them. They are charged since 4.8 (on x86, later
// elsewhere), so that only tables that count bytes, 4.15 and later, are believed.
func (l *look) chargedTables() int64 {
	if l.b.KB("pagetables") != event.NotPrinted {
		return event.NotPrinted
	}
	sum := int64(event.NotPrinted)
	for i := range l.d.Tasks {
		sum = plusAny(sum, known(l.d.Tasks[i].PgtablesBytes))
	}
	return bytesKB(sum)
}

func (l *look) zspages() (Finding, bool) {
	return l.part("zspages", "zspages", zspagesLarge, "is compressed pages of zram or zswap: swap that is itself in memory.")
}

// balloon is what drivers of hypervisors hold. It is printed from 6.17 on, and is
// in no part: most drivers take it out of the machine's memory as well
// (mm/balloon_compaction.c, adjust_managed_page_count), some do not.
func (l *look) balloon() (Finding, bool) {
	if l.b.Of != Machine {
		return Finding{}, false
	}
	n := node{&l.d.Node, l.b.pageKB}
	kb := n.lines("balloon")
	if !isShare(kb, l.b.TotalKB, balloonLarge) {
		return Finding{}, false
	}
	return Finding{"balloon", fmt.Sprintf("%s is in a balloon: the hypervisor has taken it back from this machine. (The machine's %s are with or without it, which the report does not show.)", prose.Size(kb), prose.Size(l.b.TotalKB)),
		[]Figure{kib("Balloon", kb), kib("total", l.b.TotalKB)}}, true
}

func (l *look) unaccounted() (Finding, bool) {
	b := l.b
	if len(b.Missing) > 0 || ofSomeNodes(l.d) || !isShare(b.UnaccountedKB, b.TotalKB, unaccountedLarge) {
		return Finding{}, false
	}
	text := l.of(b.UnaccountedKB) + " is in none of the figures that the report prints: " + b.UnaccountedWhy + "."
	if b.Of == Machine {
		text += " It can be a balloon of the hypervisor, the ARC of ZFS, the memory of a graphics or network card, or a driver that leaks"
		if l.d.Node.Hugepages == nil {
			text += ", or huge pages, of which the report says nothing"
		}
		text += ": which of them, the report does not show."
	}
	return Finding{"unaccounted", text, []Figure{kib("unaccounted", b.UnaccountedKB), kib("total", b.TotalKB)}}, true
}
