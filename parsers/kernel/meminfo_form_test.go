package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// A memForm is how some versions print Mem-Info.
type memForm struct {
	name     string // of the file with a real one; its first line is the source
	heading  string
	totals   []int // names on each line; what there is more stands on the last
	thpBlank bool  // shmem_thp: 0kB
	scanned  bool  // the zones' lines end with pages_scanned and all_unreclaimable
	letters  bool
	numbers  []memNumber
}

// A memNumber is one of the lines with a single number behind the lists.
type memNumber struct {
	format string
	of     func(*event.NodeMemory) *int64
}

var (
	freeSwap  = memNumber{"Free swap  = %dkB", func(n *event.NodeMemory) *int64 { return &n.FreeSwapKB }}
	totalSwap = memNumber{"Total swap = %dkB", func(n *event.NodeMemory) *int64 { return &n.TotalSwapKB }}
)

// numbersOf returns the lines with single numbers, by the names of an era.
func numbersOf(pagecache, swapCache, ram, highmem, reserved string) []memNumber {
	return []memNumber{
		{pagecache, func(n *event.NodeMemory) *int64 { return &n.PagecachePages }},
		{swapCache, func(n *event.NodeMemory) *int64 { return &n.SwapCachePages }},
		freeSwap, totalSwap,
		{ram, func(n *event.NodeMemory) *int64 { return &n.PagesRAM }},
		{highmem, func(n *event.NodeMemory) *int64 { return &n.PagesHighMem }},
		{reserved, func(n *event.NodeMemory) *int64 { return &n.PagesReserved }},
		{"%d pages cma reserved", func(n *event.NodeMemory) *int64 { return &n.PagesCMA }},
		{"%d pages hwpoisoned", func(n *event.NodeMemory) *int64 { return &n.PagesHWPoisoned }},
	}
}

// memForms are the forms, oldest first.
var memForms = func() []memForm {
	arch := []memNumber{freeSwap, totalSwap,
		{"%d pages of RAM", func(n *event.NodeMemory) *int64 { return &n.PagesRAM }},
		{"%d pages of HIGHMEM", func(n *event.NodeMemory) *int64 { return &n.PagesHighMem }},
		{"%d reserved pages", func(n *event.NodeMemory) *int64 { return &n.PagesReserved }},
		{"%d pages swap cached", func(n *event.NodeMemory) *int64 { return &n.SwapCachePages }}}
	old := numbersOf("%d total pagecache pages", "%d pages in swap cache", "%d pages RAM", "%d pages HighMem", "%d pages reserved")
	now := numbersOf("%d total pagecache pages", "%d pages in swap cache", "%d pages RAM", "%d pages HighMem/MovableOnly", "%d pages reserved")
	return []memForm{
		{name: "2.6.18", heading: "Mem-info:", totals: []int{9}, scanned: true, numbers: arch},
		{name: "2.6.22", heading: "Mem-info:", totals: []int{5, 5}, scanned: true, numbers: arch},
		{name: "2.6.29", heading: "Mem-Info:", totals: []int{3, 5, 5}, scanned: true, numbers: old},
		{name: "2.6.32", heading: "Mem-Info:", totals: []int{3, 3, 4, 3, 4}, scanned: true, numbers: old},
		{name: "3.11", heading: "Mem-Info:", totals: []int{3, 3, 4, 3, 4, 1}, scanned: true, letters: true, numbers: old},
		{name: "3.13", heading: "Mem-Info:", totals: []int{3, 3, 4, 3, 4, 1}, scanned: true, letters: true, numbers: now},
		{name: "3.10-el7", heading: "Mem-Info:", totals: []int{3, 3, 4, 2, 4, 3}, scanned: true, letters: true, numbers: now},
		{name: "4.9", heading: "Mem-Info:", totals: []int{3, 3, 4, 2, 4, 3}, letters: true, numbers: now},
		{name: "4.15", heading: "Mem-Info:", totals: []int{3, 3, 4, 2, 4, 3}, thpBlank: true, letters: true, numbers: now},
		{name: "4.19-android", heading: "Mem-Info:", totals: []int{3, 3, 4, 2, 4, 3}, letters: true, numbers: now},
		{name: "5.8", heading: "Mem-Info:", totals: []int{3, 3, 3, 2, 4, 3}, thpBlank: true, letters: true, numbers: now},
		{name: "6.0", heading: "Mem-Info:", totals: []int{3, 3, 3, 2, 4, 1, 3}, thpBlank: true, letters: true, numbers: now},
		{name: "6.6-ppc64", heading: "Mem-Info:", totals: []int{3, 3, 3, 2, 3, 2, 1, 3}, letters: true, numbers: now},
		{name: "6.19", heading: "Mem-Info:", totals: []int{3, 3, 3, 2, 3, 2, 1, 3}, letters: true, numbers: now},
	}
}()

// print prints n as the kernel does. What follows in a record begins with a
// blank.
func (f *memForm) print(n *event.NodeMemory) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	add("%s", f.heading)
	lines = append(lines, f.printTotals(n.Totals)...)
	for _, s := range n.Nodes {
		add("Node %d%s", s.Node, f.printNode(s))
	}
	for _, z := range n.Zones {
		if z.FreeKB != event.NotPrinted {
			add("%s%s%s", nodeName(z.Node), z.Name, f.printZone(z))
			add("lowmem_reserve[]:%s", strings.TrimSuffix(" "+strings.Trim(fmt.Sprint(z.LowmemReserve), "[]"), " "))
		}
	}
	for _, z := range n.Zones {
		add("%s%s:%s", nodeName(z.Node), z.Name, f.printFreeLists(z.FreeLists))
	}
	for _, h := range n.Hugepages {
		add("Node %d hugepages_total=%d hugepages_free=%d hugepages_surp=%d hugepages_size=%dkB", h.Node, h.Total, h.Free, h.Surp, h.SizeKB)
	}
	for _, x := range f.numbers {
		if v := *x.of(n); v != event.NotPrinted {
			add(x.format, v)
		}
	}
	if len(n.Slabs) > 0 {
		add("Unreclaimable slab info:")
		add("Name                      Used          Total")
	}
	for _, s := range n.Slabs {
		add("%-17s %10dKB %10dKB", s.Name, s.UsedKB, s.TotalKB)
	}
	return lines
}

func nodeName(node int) string {
	if node == event.NotPrinted {
		return ""
	}
	return fmt.Sprintf("Node %d ", node)
}

func (f *memForm) printTotals(totals event.Stats) (lines []string) {
	for i, names := range f.totals {
		if names = min(names, len(totals)); i == len(f.totals)-1 {
			names = len(totals)
		}
		var words []string
		for _, s := range totals[:names] {
			words = append(words, fmt.Sprintf("%s:%d", s.Name, s.Value))
		}
		if totals = totals[names:]; len(words) > 0 {
			lines = append(lines, strings.Repeat(" ", min(i, 1))+strings.Join(words, " "))
		}
	}
	return lines
}

func (f *memForm) printNode(s event.NodeState) (line string) {
	end := " all_unreclaimable? " + s.AllUnreclaimable
	for _, kb := range s.KB {
		if kb.Name == "Balloon" {
			line, end = line+end, ""
		}
		line += f.printSize(kb)
	}
	return line + end
}

func (f *memForm) printSize(s event.Stat) string {
	unit, blank := "kB", ""
	if strings.HasSuffix(s.Name, "_highatomic") {
		unit = "KB"
	}
	if f.thpBlank && (strings.HasSuffix(s.Name, "_thp") || s.Name == "shmem_pmdmapped") {
		blank = " "
	}
	return fmt.Sprintf(" %s:%s%d%s", s.Name, blank, s.Value, unit)
}

func (f *memForm) printZone(z event.Zone) string {
	sizes := event.Stats{{Name: "free", Value: z.FreeKB}, {Name: "boost", Value: z.BoostKB}, {Name: "min", Value: z.MinKB}, {Name: "low", Value: z.LowKB}, {Name: "high", Value: z.HighKB}}
	line := ""
	for _, s := range append(sizes, z.KB...) {
		if s.Value != event.NotPrinted {
			line += f.printSize(s)
		}
	}
	if f.scanned {
		line += fmt.Sprintf(" pages_scanned:%d all_unreclaimable? %s", z.PagesScanned, z.AllUnreclaimable)
	}
	return line
}

func (f *memForm) printFreeLists(lists []event.FreeList) (line string) {
	if lists == nil {
		return " empty"
	}
	total := int64(0)
	for _, l := range lists {
		line += fmt.Sprintf(" %d*%dkB", l.Count, l.SizeKB)
		if f.letters && l.Count > 0 {
			line += " (" + l.Types + ")"
		}
		total += l.Count * l.SizeKB
	}
	return line + fmt.Sprintf(" = %dkB", total)
}

// real returns the lines of a form's file.
func (f *memForm) real(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "meminfo", f.name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if !strings.HasPrefix(lines[0], "# ") {
		t.Fatalf("%s: no source", f.name)
	}
	return lines[1:]
}
