package breakdown

import (
	"cmp"
	"fmt"
	"slices"

	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// A Finding is something out of the ordinary. Its text says what the figures
// show and no more: sentences for a person.
type Finding struct {
	Code    string // page-cache, shmem, slab...: which finding it is
	Text    string
	Figures []Figure // the figures in the text
}

// A Figure is one number of a Finding, by the kernel's word for it where it has
// one.
type Figure struct {
	Name  string
	Value int64
	Unit  string // KiB, pages, count or seconds
}

// What makes a part worth a finding, in percent of the total.
const (
	// Reclaim gives page cache back first: in reports of ordinary kills less than
	// one percent of it is left.
	fileLarge = 30
	// Nothing but swap and rm frees shmem, so that a tenth is a tenth lost.
	shmemLarge = 10
	// The same holds for what is locked.
	unevictableLarge = 10
	// Kernel objects are some percent of a machine, more with many files open; a
	// quarter is a machine that serves little else, or a leak.
	slabLarge = 25
	// The list of caches is printed where slab_unreclaimable is larger than all that
	// programs and page cache have; what it names is worth knowing sooner.
	slabInfoLarge = 5
	// On a 32-bit machine all that the kernel itself needs comes out of low memory:
	// half of it in objects leaves too little for the rest.
	slabLowLarge = 50
	// A page table of 4 KiB maps 2 MiB: fully used memory has a five hundredth in
	// page tables. Five percent is 25 times as much: memory that is mapped by many
	// processes each for itself, or sparsely.
	pagetablesLarge = 5
	// A stack has 16 KiB on 64-bit machines: on one of 8 GiB, 5 % are 26000 threads.
	stackLarge = 5
	// Socket buffers have limits of some MiB for each connection: a tenth are
	// connections whose other end does not read, or very many of them.
	sockLarge = 10
	// Memory for each CPU grows with the number of cgroups and network devices.
	percpuLarge = 10
	// Kernel memory that has no name of its own: pipes, BPF maps.
	restLarge = 25
	// Compressed pages are meant to be a fraction of memory.
	zspagesLarge = 20
	// What the balloon of a hypervisor holds is missing in the guest.
	balloonLarge = 5
	// Memory of a process that is ending is there for a moment only.
	unmappedLarge = 10
	// A pool of huge pages that nobody uses helps nobody.
	hugeIdleLarge = 5
	// In the reports that this was tried on, of Linux 2.6.32 to 7.3, the parts leave
	// at most 7 % of a machine and 3 % of a cgroup unaccounted for, but for one with a
	// balloon.
	unaccountedLarge = 20
	// Resident pages that are shared are counted in each process: a sum below half
	// of what is in use leaves no doubt that the rest is not in processes.
	processesSmall = 50
	// Swap is full before the last page: slots are kept in reserve by each CPU.
	swapFull = 98
)

// findings are tried in this order: what no process holds, then the kernel, then
// swap.
var findings = []func(*look) (Finding, bool){
	(*look).shmem, (*look).pageCache, (*look).unevictable, (*look).hugetlbIdle, (*look).unmapped,
	(*look).slab, (*look).slabInfo, (*look).slabLow, (*look).slabReclaimable, (*look).pagetables, (*look).kernelStack, (*look).sock, (*look).percpu,
	(*look).kernelRest, (*look).zspages, (*look).balloon, (*look).unaccounted, (*look).processes, (*look).swap,
}

// Findings says what of the breakdown b, which is that of the report d, is out of
// the ordinary. There may be none.
func Findings(d *event.OOMDump, b Breakdown) []Finding {
	var all []Finding
	l := look{d: d, b: &b}
	for _, f := range findings {
		if finding, ok := f(&l); ok {
			all = append(all, finding)
		}
	}
	return all
}

// A look is a breakdown with the report behind it.
type look struct {
	d *event.OOMDump
	b *Breakdown
}

func kib(name string, kb int64) Figure { return Figure{name, kb, "KiB"} }

// of says how much of the total something is: "1.2 GiB of 2 GiB (60 %)".
func (l *look) of(kb int64) string {
	return fmt.Sprintf("%s of %s (%d %%)", prose.Size(kb), prose.Size(l.b.TotalKB), percentOf(kb, l.b.TotalKB))
}

// part makes the finding that a part is large.
func (l *look) part(code, name string, large int64, is string) (Finding, bool) {
	kb := l.b.KB(name)
	if !isShare(kb, l.b.TotalKB, large) {
		return Finding{}, false
	}
	return Finding{code, l.of(kb) + " " + is, []Figure{kib(name, kb), kib("total", l.b.TotalKB)}}, true
}

// figure returns a figure that is in no part, by its name in Mem-Info, in the
// statistics of cgroup v2 and in those of v1.
func (l *look) figure(machine, v2, v1 string) int64 {
	if l.b.Of == Machine {
		n := node{&l.d.Node, l.b.pageKB}
		return n.total(machine)
	}
	s := statsOf(l.d)
	if s.v2names {
		return s.kb(v2)
	}
	return s.kb(v1)
}

func (l *look) mapped() int64    { return l.figure("mapped", "file_mapped", "mapped_file") }
func (l *look) dirty() int64     { return l.figure("dirty", "file_dirty", "dirty") }
func (l *look) writeback() int64 { return l.figure("writeback", "file_writeback", "writeback") }

// onFileLists is what stands on the lists of file pages: page cache but for
// shmem, and for what is locked.
func (l *look) onFileLists() int64 {
	return plus(l.figure("active_file", "active_file", "active_file"), l.figure("inactive_file", "inactive_file", "inactive_file"))
}

// cache returns the page cache of files and shmem. Where the report does not tell
// them apart, up to 4.17 for a cgroup, what is neither on the lists of file pages
// nor locked must be shmem: inferred says so.
func (l *look) cache() (file, shmem int64, inferred bool) {
	file, shmem = l.b.KB("file"), l.b.KB("shmem")
	if shmem != event.NotPrinted || file == event.NotPrinted {
		return file, shmem, false
	}
	lists, locked := l.onFileLists(), l.figure("unevictable", "unevictable", "unevictable")
	if lists == event.NotPrinted || locked == event.NotPrinted {
		return file, event.NotPrinted, false
	}
	return min(file, lists), max(file-lists-locked, 0), true
}

func (l *look) pageCache() (Finding, bool) {
	file, _, _ := l.cache()
	if !isShare(file, l.b.TotalKB, fileLarge) || ofSomeNodes(l.d) {
		return Finding{}, false
	}
	f := Finding{"page-cache", l.of(file) + " is page cache of files, which the kernel gives back before it kills, if it can. ",
		[]Figure{kib("file", file), kib("total", l.b.TotalKB)}}
	high, isHigh := l.high(file)
	unwritten, mapped, locked := plusAny(l.dirty(), l.writeback()), l.mapped(), l.figure("unevictable", "unevictable", "unevictable")
	switch {
	case isShare(unwritten, file, 50):
		f.Text += fmt.Sprintf("%s of it is dirty or under writeback: it has to be written out first.", prose.Size(min(unwritten, file)))
		f.Figures = append(f.Figures, kib("dirty", l.dirty()), kib("writeback", l.writeback()))
	case isShare(locked, file, 50):
		f.Text += fmt.Sprintf("%s is locked in memory (unevictable), which can be it.", prose.Size(locked))
		f.Figures = append(f.Figures, kib("unevictable", locked))
	case isShare(mapped, file, 50):
		f.Text += fmt.Sprintf("Up to %s of it is mapped by programs: code and files that they work in, which are needed again at once.", prose.Size(min(mapped, file)))
		f.Figures = append(f.Figures, kib("mapped", mapped))
	case isHigh:
		f.Text += high
	default:
		f.Text += "The figures do not show why it could not: it is neither dirty nor locked nor mapped for the greater part."
	}
	return f, true
}

// high says that page cache is in HighMem, which 32-bit kernels alone have: what
// the kernel itself needs it cannot take from there. It is false if there is no
// HighMem, or little of the page cache is in it.
func (l *look) high(file int64) (string, bool) {
	kb, there := int64(event.NotPrinted), l.d.Node.PagesHighMem > 0
	for i := range l.d.Node.Zones {
		if z := &l.d.Node.Zones[i]; z.Name == "HighMem" {
			there = true
			kb = plusAny(kb, plus(sizeOf(z.KB, "active_file"), sizeOf(z.KB, "inactive_file")))
		}
	}
	if l.b.Of != Machine || !there || kb != event.NotPrinted && !isShare(kb, file, 50) {
		return "", false
	}
	if kb == event.NotPrinted {
		return "Some of it can be in zone HighMem, which not every request may use.", true
	}
	return prose.Size(kb) + " of it is in zone HighMem, which not every request may use.", true
}

// shmem finds files on tmpfs. The least of it that no process maps is what is
// beyond all mapped page cache, or beyond the sum of what each process maps.
func (l *look) shmem() (Finding, bool) {
	_, shmem, inferred := l.cache()
	if !isShare(shmem, l.b.TotalKB, shmemLarge) {
		return Finding{}, false
	}
	f := Finding{"shmem", l.of(shmem) + " is shmem: shared memory, and files on tmpfs such as /dev/shm or an emptyDir of medium Memory.",
		[]Figure{kib("shmem", shmem), kib("total", l.b.TotalKB)}}
	if inferred {
		f.Text += " (This kernel does not print it: it is the page cache that is on no list of file pages.)"
	}
	held := l.mapped()
	if rss := l.rssShmem(); rss != event.NotPrinted && (held == event.NotPrinted || rss < held) {
		held = rss
	}
	if held != event.NotPrinted && held < shmem/2 {
		f.Text += fmt.Sprintf(" At least %s of it is mapped by no process: files, or what is only held open. Files on tmpfs stay when their writer is killed, until somebody deletes them.", prose.Size(shmem-held))
		f.Figures = append(f.Figures, kib("mapped", held))
	}
	return f, true
}

// rssShmem is what the processes of a whole table map of shmem, each for itself.
func (l *look) rssShmem() int64 {
	if !isWhole(l.d) || l.b.pageKB == 0 {
		return event.NotPrinted
	}
	sum := int64(0)
	for i := range l.d.Tasks {
		sum = plus(sum, l.d.Tasks[i].RSSShmem)
	}
	return times(sum, l.b.pageKB)
}

// isWhole says whether all rows of the task table are there.
func isWhole(d *event.OOMDump) bool { return d.HasTable && d.TableWhole && d.TasksCut == 0 }

func (l *look) unevictable() (Finding, bool) {
	kb := l.figure("unevictable", "unevictable", "unevictable")
	if !isShare(kb, l.b.TotalKB, unevictableLarge) {
		return Finding{}, false
	}
	return Finding{"unevictable", l.of(kb) + " is unevictable: locked by programs (mlock, SHM_LOCK) or by drivers, so that it can neither be swapped out nor given back.",
		[]Figure{kib("unevictable", kb), kib("total", l.b.TotalKB)}}, true
}

func (l *look) hugetlbIdle() (Finding, bool) {
	idle := int64(0)
	for _, h := range l.d.Node.Hugepages {
		idle = plusAny(idle, times(h.Free, h.SizeKB))
	}
	if l.b.Of != Machine || !isShare(idle, l.b.TotalKB, hugeIdleLarge) {
		return Finding{}, false
	}
	return Finding{"hugetlb-idle", fmt.Sprintf("%s is in the pools of huge pages (vm.nr_hugepages) and not in use, though some of it may be promised to somebody: ordinary programs cannot have it.", l.of(idle)),
		[]Figure{kib("hugepages_free", idle), kib("hugetlb", l.b.KB("hugetlb")), kib("total", l.b.TotalKB)}}, true
}

func (l *look) unmapped() (Finding, bool) {
	return l.part("unmapped", Unmapped, unmappedLarge,
		"is on the cgroup's lists but no process maps it any more: so looks the memory of a process that is just ending, as an earlier victim is, which was not free yet at this kill.")
}

func (l *look) swap() (Finding, bool) {
	n, m := &l.d.Node, &l.d.Memory
	switch {
	case l.b.Of == Machine && n.TotalSwapKB == 0:
		return Finding{"no-swap", "The machine has no swap: memory of programs cannot be moved out.", []Figure{kib("Total swap", 0)}}, true
	case l.b.Of == Machine && isSane(n.FreeSwapKB) && isFull(n.TotalSwapKB-n.FreeSwapKB, n.TotalSwapKB):
		return swapIsFull("The machine's swap", n.TotalSwapKB-n.FreeSwapKB, n.TotalSwapKB), true
	case l.b.Of == Machine:
		return Finding{}, false
	case m.Swap.Printed && m.Swap.LimitKB == 0:
		return Finding{"no-swap", "The cgroup may not use swap (memory.swap.max is 0): memory of its programs cannot be moved out.", []Figure{kib("swap: limit", 0)}}, true
	case m.Swap.Printed && isLimit(m.Swap.LimitKB) && isFull(m.Swap.UsageKB, m.Swap.LimitKB):
		return swapIsFull("The swap that the cgroup may use", m.Swap.UsageKB, m.Swap.LimitKB), true
	case isV1(l.d) && m.Memsw.Printed && isLimit(m.Memsw.LimitKB) && isFull(m.Memsw.UsageKB, m.Memsw.LimitKB):
		return swapIsFull("What the cgroup may use of memory and swap together", m.Memsw.UsageKB, m.Memsw.LimitKB), true
	}
	return Finding{}, false
}

func isFull(used, limit int64) bool { return limit > 0 && isShare(used, limit, swapFull) }

func swapIsFull(what string, used, limit int64) Finding {
	return Finding{"swap-full", fmt.Sprintf("%s is full: %s of %s is used.", what, prose.Size(used), prose.Size(limit)),
		[]Figure{kib("used", used), kib("limit", limit)}}
}

// largest returns the n largest of the caches that the report lists.
func largest(slabs []event.Slab, n int) []event.Slab {
	sorted := slices.SortedStableFunc(slices.Values(slabs), func(a, b event.Slab) int { return cmp.Compare(b.TotalKB, a.TotalKB) })
	return sorted[:min(n, len(sorted))]
}
