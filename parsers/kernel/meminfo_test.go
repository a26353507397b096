package kernel

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// memHeader opens a report that has nothing of Mem-Info yet.
const memHeader = "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"

// memOf returns what a report says of the machine's memory.
func memOf(t testing.TB, msgs ...string) event.NodeMemory {
	t.Helper()
	for _, e := range read(log(append([]string{memHeader}, msgs...)...)) {
		if d, ok := e.Body.(*event.OOMDump); ok {
			return d.Node
		}
	}
	t.Fatal("no report")
	return event.NodeMemory{}
}

// unkept are the lines of which nothing is kept, and the count among the sizes
// of a node.
var unkept = regexp.MustCompile(`per-cpu:|^(CPU|cpu) |^Free pages:|^Swap cache|^Free swap:|^Memory allocations| func:|^\d+ pages (shared|non-shared|dirty|writeback|mapped|slab|pagetables)$`)
var scannedOfNode = regexp.MustCompile(`^(Node \d+ active_anon:.*) pages_scanned:\d+`)

// TestMemInfoIsWholeAndTrue reads what kernels printed, and prints it again.
func TestMemInfoIsWholeAndTrue(t *testing.T) {
	for _, f := range memForms {
		lines := f.real(t)
		n := memOf(t, lines...)
		var want []string
		for _, l := range lines {
			if !unkept.MatchString(l) {
				want = append(want, scannedOfNode.ReplaceAllString(l, "$1"))
			}
		}
		got := f.print(&n)
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Errorf("%s: line %d: got %q\nwant %q", f.name, i, append(got, "")[min(i, len(got))], append(want, "")[min(i, len(want))])
				break
			}
		}
	}
}

// TestMemInfoSays holds some of the numbers against what a person reads.
func TestMemInfoSays(t *testing.T) {
	type said struct {
		PageKB, RAM, Free, SlabUnreclaim, Swap int64
		Nodes, Zones, Hugepages, Slabs         int
		Last                                   event.Zone // without its other sizes and its lists
	}
	const n = event.NotPrinted
	want := map[string]said{
		"2.6.18":       {4, 2097152, 163622, n, 33214264, 0, 5, 0, 0, event.Zone{Node: 1, Name: "Normal", FreeKB: 75860, BoostKB: n, MinKB: 2876, LowKB: 3592, HighKB: 4312, PagesScanned: 13, AllUnreclaimable: "no"}},
		"2.6.22":       {4, 131056, 4113, n, 1510068, 0, 2, 0, 0, event.Zone{Node: n, Name: "Normal", FreeKB: 14444, BoostKB: n, MinKB: 2792, LowKB: 3488, HighKB: 4188, PagesScanned: 757, AllUnreclaimable: "no"}},
		"2.6.32":       {4, 156911, 38633, 4725, 1254392, 0, 2, 0, 0, event.Zone{Name: "DMA32", FreeKB: 138776, BoostKB: n, MinKB: 29912, LowKB: 37388, HighKB: 44868, AllUnreclaimable: "no"}},
		"4.9":          {4, 25141870, 53778, 35231, 0, 2, 3, 2, 0, event.Zone{Node: 1, Name: "Normal", FreeKB: 7108, BoostKB: n, MinKB: 19952, LowKB: 69492, HighKB: 119032, PagesScanned: n}},
		"4.19-android": {4, n, 2727, 44354, n, 1, 1, 0, 0, event.Zone{Node: n, Name: "Normal", FreeKB: 10908, BoostKB: n, MinKB: 6192, LowKB: 44388, HighKB: 47060, PagesScanned: n}},
		"5.8":          {4, 524154, 25932, 25886, 0, 1, 2, 0, 8, event.Zone{Node: n, Name: "DMA32", FreeKB: 95200, BoostKB: n, MinKB: 97596, LowKB: 119944, HighKB: 142292, PagesScanned: n}},
		"6.6-ppc64":    {64, 32768, 31798, 94, 0, 1, 1, 0, 0, event.Zone{Name: "Normal", FreeKB: 2035072, PagesScanned: n}},
		"6.19":         {4, 72535, 2402, 12482, 1048572, 1, 2, 2, 0, event.Zone{Name: "DMA32", FreeKB: 8704, MinKB: 1716, LowKB: 2144, HighKB: 2572, PagesScanned: n}},
	}
	for _, f := range memForms {
		w, ok := want[f.name]
		if !ok {
			continue
		}
		m := memOf(t, f.real(t)...)
		z := m.Zones[len(m.Zones)-1]
		z.KB, z.LowmemReserve, z.FreeLists = nil, nil, nil
		equal(t, f.name, said{m.PageKB, m.PagesRAM, m.FreePages, m.SlabUnreclaim, m.TotalSwapKB,
			len(m.Nodes), len(m.Zones), len(m.Hugepages), len(m.Slabs), z}, w)
	}
}

// TestMemInfoHoweverCarried reads the same from records that hold several lines,
// one or a part of each line, and from a log that has each line twice.
func TestMemInfoHoweverCarried(t *testing.T) {
	for _, f := range memForms {
		lines := f.real(t)
		want := memOf(t, lines...)
		var trimmed, twice, joined, whole []string
		for _, l := range lines {
			trimmed = append(trimmed, strings.TrimSpace(l))
			twice = append(twice, l, l)
			if strings.HasPrefix(l, " ") || strings.HasPrefix(l, "lowmem_reserve[]:") {
				joined[len(joined)-1] += "\n" + l
				continue
			}
			joined = append(joined, l)
		}
		for _, l := range lines {
			if rest, ok := strings.CutPrefix(l, "lowmem_reserve[]:"); ok {
				whole[len(whole)-1] += " lowmem_reserve[]:" + rest
				continue
			}
			whole = append(whole, l)
		}
		again := append(append([]string{}, lines...), lines...)
		for name, msgs := range map[string][]string{"without blanks": trimmed, "each line twice": twice, "in records": joined, "zones on one line": whole, "twice": again} {
			equal(t, f.name+" "+name, memOf(t, msgs...), want)
		}
	}
}

// TestMemInfoKeepsTheFirst holds back what another Mem-Info says: a node that
// the report leaves out, a slab, a swap that is used otherwise.
func TestMemInfoKeepsTheFirst(t *testing.T) {
	first, other := memForms[len(memForms)-1].real(t), memForms[7].real(t)
	equal(t, "then 4.9's", memOf(t, append(append([]string{}, first...), other...)...), memOf(t, first...))
	cut := memOf(t, append(append([]string{}, first[:8]...), memForms[10].real(t)...)...)
	if len(cut.Nodes)+len(cut.Zones)+len(cut.Hugepages)+len(cut.Slabs) > 0 {
		t.Errorf("the lists are of another Mem-Info: %s", show(cut))
	}
	equal(t, "what the machine has", cut.PagesRAM, 524154)
}

// TestMemInfoLines reads lines one by one: what they give, and near misses that
// give nothing.
func TestMemInfoLines(t *testing.T) {
	zone := func(change func(*event.Zone)) func(*event.NodeMemory) {
		const n = event.NotPrinted
		return func(m *event.NodeMemory) {
			z := event.Zone{Name: "DMA", FreeKB: n, BoostKB: n, MinKB: n, LowKB: n, HighKB: n, PagesScanned: n}
			change(&z)
			m.Zones = []event.Zone{z}
		}
	}
	for name, c := range map[string]struct {
		lines []string
		gives func(*event.NodeMemory)
	}{
		"a total of a later kernel": {[]string{"active_anon:1", " quota:2"}, func(m *event.NodeMemory) {
			m.Totals = event.Stats{{Name: "active_anon", Value: 1}, {Name: "quota", Value: 2}}
		}},
		"such a name alone":      {[]string{"quota:2", "md0:1 md1:2"}, nil},
		"a total among words":    {[]string{"free:12 blocks", "mapped:1kB", "dirty: yes", "free:"}, nil},
		"a total too large":      {[]string{"free:18446744073709551615 free_pcp:1"}, func(m *event.NodeMemory) { m.Totals = event.Stats{{Name: "free_pcp", Value: 1}} }},
		"the rest of a cut line": {[]string{"Node 0 DMA free:1832kB min:88kB low:10"}, zone(func(z *event.Zone) { z.FreeKB, z.MinKB = 1832, 88 })},
		"cut in the count":       {[]string{"Node 0 DMA free:1kB pages_scanned:12"}, zone(func(z *event.Zone) { z.FreeKB = 1 })},
		"cut in the last word":   {[]string{"Node 0 DMA free:1kB pages_scanned:12 all_unreclaimable? n"}, zone(func(z *event.Zone) { z.FreeKB, z.PagesScanned = 1, 12 })},
		"a vendor's size":        {[]string{"Node 0 DMA free:1kB nr_ion-heap(x):7kB junk count:5 min:6kB"}, zone(func(z *event.Zone) { z.FreeKB, z.KB = 1, event.Stats{{Name: "nr_ion-heap(x)", Value: 7}} })},
		"7.3's small k":          {[]string{"Node 0 DMA free:1kB reserved_highatomic:0kB"}, zone(func(z *event.Zone) { z.FreeKB, z.KB = 1, event.Stats{{Name: "reserved_highatomic"}} })},
		"lists without their zone": {[]string{"Node 0 DMA: 1*16kB (UM) 0*32kB = 16kB"}, func(m *event.NodeMemory) {
			m.PageKB = 16
			zone(func(z *event.Zone) { z.FreeLists = []event.FreeList{{SizeKB: 16, Count: 1, Types: "UM"}, {SizeKB: 32}} })(m)
		}},
		"lists that are cut": {[]string{"Node 0 DMA: 1*4kB (UM) 3*8kB (U) 7*1"}, func(m *event.NodeMemory) {
			m.PageKB = 4
			zone(func(z *event.Zone) {
				z.FreeLists = []event.FreeList{{SizeKB: 4, Count: 1, Types: "UM"}, {SizeKB: 8, Count: 3, Types: "U"}}
			})(m)
		}},
		"a reserve without its zone": {[]string{"lowmem_reserve[]: 0 1988 7935"}, nil},
		"a reserve behind no list":   {[]string{"Node 0 DMA free:1kB", "lowmem_reserve[]:", "lowmem_reserve[]: 5"}, zone(func(z *event.Zone) { z.FreeKB, z.LowmemReserve = 1, []int64{5} })},
		"no zones":                   {[]string{"Node 0 DMA free:12", "Node x DMA free:1kB", "eth0: 1 of 4kB", "Node -1 DMA free:1kB", "Node 0 DMA free 1kB"}, nil},
		"no huge pages":              {[]string{"Node 0 hugepages_total=1 hugepages_free=0 hugepages_surp=0 hugepages_size=2048k", "hugepages_total=1"}, nil},
		"no pages":                   {[]string{"12 pages RAMs", "13 pages", "x pages RAM", "-1 pages reserved", "Free swap = 1kB", "Total swap = 12"}, nil},
		"rows without their table":   {[]string{"kmalloc-64   8KB  16KB", "Unreclaimable slab info", "kmalloc-64   8KB  16KB"}, nil},
		"rows of odd names": {[]string{"Unreclaimable slab info:", "Name                      Used          Total", "a b  c 1KB          8KB         16KB", "x         8KB", "        8KB       8KB", "dentry 8KB 99999999999999999999KB", "eth0: up"},
			func(m *event.NodeMemory) { m.Slabs = []event.Slab{{Name: "a b  c 1KB", UsedKB: 8, TotalKB: 16}} }},
		"two caches of a name": {[]string{"Unreclaimable slab info:", "9p-fcall-cache           297KB        445KB", "9p-fcall-cache           297KB        445KB", "9p-fcall-cache            49KB         49KB"},
			func(m *event.NodeMemory) {
				m.Slabs = []event.Slab{{Name: "9p-fcall-cache", UsedKB: 297, TotalKB: 445}, {Name: "9p-fcall-cache", UsedKB: 49, TotalKB: 49}}
			}},
	} {
		want := newDump().Node
		if c.gives != nil {
			c.gives(&want)
		}
		equal(t, name, memOf(t, c.lines...), want)
	}
}

// TestMemInfoIsRecognized tells lines of Mem-Info, kept or not, from others.
func TestMemInfoIsRecognized(t *testing.T) {
	r := new(scratch).report()
	for _, f := range memForms {
		for _, l := range f.real(t) {
			if !r.node([]byte(l)) {
				t.Errorf("%s: %q is not read as of Mem-Info", f.name, l)
			}
		}
	}
	for _, l := range []string{"", "CPU: 0 PID: 14628 Comm: python3 Not tainted 6.18.44 #1", "CPU 1", "CPU 0 is up", "cpu 0 hot", "Normal", "Memory cgroup out of memory", "Mem-Information",
		"Memory allocations failed", "Name", "Tasks state (memory values in pages):", "memory: usage 1kB, limit 1kB, failcnt 0", "0*4kB", "12", "swap: usage 0kB, limit 0kB, failcnt 0"} {
		if r.node([]byte(l)) {
			t.Errorf("%q is read as of Mem-Info", l)
		}
	}
}

func TestMemInfoIsBounded(t *testing.T) {
	lines := []string{"active_anon:" + strings.Repeat("1", 1<<16)}
	long := "Node 0 DMA free:1kB" + strings.Repeat(" x:1kB", 1000)
	lines = append(lines, "free:1"+strings.Repeat(" y:1", 3), long, "lowmem_reserve[]:"+strings.Repeat(" 1", 1000),
		"Node 0 DMA:"+strings.Repeat(" 1*4kB", 1000), "Node 1 "+strings.Repeat(" x:1kB", 1000))
	for i := range 2 * maxZones {
		lines = append(lines, fmt.Sprintf("unevictable:1 t%d:1", i), fmt.Sprintf("Node %d active_anon:1kB", i), fmt.Sprintf("Node %d Normal free:1kB", i),
			fmt.Sprintf("Node %d hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=4kB", i))
	}
	lines = append(lines, strings.Repeat("N", 20)+" free:1kB", strings.Repeat("n", 99)+":1", "Unreclaimable slab info:")
	for i := range 200 {
		lines = append(lines, fmt.Sprintf("cache-%d 1KB %dKB", i, i*37%200))
	}
	n := memOf(t, lines...)
	equal(t, "totals, nodes, zones, huge pages, slabs", []int{len(n.Totals), len(n.Nodes), len(n.Zones), len(n.Hugepages), len(n.Slabs)},
		[]int{maxPairs, maxNodes, maxZones, maxHugepages, maxSlabs})
	equal(t, "of a zone", []int{len(n.Zones[0].KB), len(n.Zones[0].LowmemReserve), len(n.Zones[0].FreeLists)}, []int{maxPairs, maxReserve, maxOrders})
	for _, s := range n.Slabs {
		if s.TotalKB < 200-maxSlabs {
			t.Errorf("%s of %d KB is no one of the largest", s.Name, s.TotalKB)
		}
	}
}

// TestReserveOfZonesTakenBack has the line about a zone's reserve come after all
// zones were taken back, because they can have been those of either report.
func TestReserveOfZonesTakenBack(t *testing.T) {
	events := read(log(
		"kworker/0:0 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0",
		"apache2 invoked oom-killer: gfp_mask=0x200da, order=0, oom_adj=0, oom_score_adj=0",
		"Node 0 DMA32: 10*4kB (UM) 13*8kB (UM) = 144kB",
		"Mem-Info:",
		"\nlowmem_reserve[]: 0 449 449 449 449",
	))
	if len(events) != 2 {
		t.Fatalf("got %d events, want the two reports", len(events))
	}
	for _, e := range events {
		if d := e.Body.(*event.OOMDump); !d.Truncated || len(d.Node.Zones) > 0 {
			t.Errorf("%s: truncated %v, zones %+v, want a truncated one without zones", e.Text, d.Truncated, d.Node.Zones)
		}
	}
}
