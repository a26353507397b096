package breakdown

import (
	"fmt"

	"oomtrace/parsers/event"
)

// maxSlabs is how many caches a finding names.
const maxSlabs = 3

func (l *look) slab() (Finding, bool) {
	f, ok := l.part("slab", "slab_unreclaimable", slabLarge, "is slab_unreclaimable: objects that the kernel or its modules keep, and that it cannot give back.")
	if !ok {
		return f, false
	}
	sep := " The largest caches: "
	for _, s := range largest(l.d.Node.Slabs, maxSlabs) {
		if !isSane(s.TotalKB) {
			continue
		}
		f.Text += sep + fmt.Sprintf("%s %s", name(s.Name), size(s.TotalKB))
		f.Figures = append(f.Figures, kib(s.Name, s.TotalKB))
		sep = ", "
	}
	if len(f.Figures) > 2 {
		f.Text += "."
	}
	return f, true
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
	what := "is kernel memory that has no figure of its own, such as pipe buffers and BPF maps."
	if s := statsOf(l.d); !s.v2names {
		what = "is kernel memory (kmem), which this kernel does not split further: stacks, page tables, kernel objects."
	}
	return l.part("kernel", KernelRest, restLarge, what)
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
	return Finding{"balloon", fmt.Sprintf("%s is in a balloon: the hypervisor has taken it back from this machine. (The machine's %s are with or without it, which the report does not show.)", size(kb), size(l.b.TotalKB)),
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

// processes finds that the processes hold little of what is in use.
func (l *look) processes() (Finding, bool) {
	b := l.b
	if !isWhole(l.d) || len(l.d.Tasks) == 0 || b.pageKB == 0 || ofSomeNodes(l.d) {
		return Finding{}, false
	}
	pages := int64(0)
	for i := range l.d.Tasks {
		pages = plus(pages, l.d.Tasks[i].RSS)
	}
	rss := times(pages, b.pageKB)
	used := b.TotalKB - max(b.KB("free"), 0) - max(b.KB("free_pcp"), 0)
	if rss == event.NotPrinted || used <= 0 || percentOf(rss, used) >= processesSmall {
		return Finding{}, false
	}
	who := "The process of the task table has"
	if n := len(l.d.Tasks); n > 1 {
		who = fmt.Sprintf("The %d processes of the task table have together, pages that they share counted in each,", n)
	}
	return Finding{"processes", fmt.Sprintf("%s %s resident, at most %d %% of the %s in use: the rest is not in processes.", who, size(rss), percentOf(rss, used), size(used)),
		[]Figure{{"processes", int64(len(l.d.Tasks)), "count"}, kib("rss", rss), kib("used", used)}}, true
}
