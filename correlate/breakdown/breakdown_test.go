package breakdown_test

import (
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"oomtrace/correlate/breakdown"
	"oomtrace/parsers/event"
)

func TestOfReportsThatShowTooLittle(t *testing.T) {
	for name, d := range map[string]*event.OOMDump{
		"nothing":                             empty(),
		"a cgroup's usage alone, as to 3.8":   read("memory: usage 524288kB, limit 524288kB, failcnt 1"),
		"a cgroup's Mem-Info, as to 3.6":      kind("memcg", specimen(t, "2.6.32-machine")),
		"a machine of unknown size":           without(specimen(t, "4.4-machine"), func(n *event.NodeMemory) { n.PagesRAM, n.Zones = -1, nil }),
		"a machine's size alone":              read("524185 pages RAM\n12139 pages reserved\nNode 0 DMA: 20*4kB (ME) = 80kB"),
		"more pages reserved than there are":  without(specimen(t, "6.18-v2-global"), func(n *event.NodeMemory) { n.PagesReserved, n.Zones = 1<<40, nil }),
		"some nodes, and no size of them all": kind("cpuset", without(specimen(t, "4.4-machine"), func(n *event.NodeMemory) { n.PagesRAM = -1 })),
	} {
		if b, ok := breakdown.Of(d, 0); ok {
			t.Errorf("%s: got %s", name, parts(b))
		}
	}
}

func kind(k string, d *event.OOMDump) *event.OOMDump {
	d.Kind = k
	return d
}

func without(d *event.OOMDump, f func(*event.NodeMemory)) *event.OOMDump {
	f(&d.Node)
	return d
}

// Where a line is missing, another one stands in for it if it can.
func TestOfWhatStandsIn(t *testing.T) {
	whole := parts(of(t, specimen(t, "4.4-machine")))
	for name, c := range map[string]struct {
		d      *event.OOMDump
		pageKB int64
		want   string
	}{
		"the caller knows the page size": {without(specimen(t, "4.4-machine"), func(n *event.NodeMemory) { n.PageKB = -1 }), 4, whole},
		"nobody knows it: the zones tell in kB": {without(specimen(t, "4.4-machine"), func(n *event.NodeMemory) { n.PageKB = -1 }), 0,
			"machine 2048184 = free 54660 + free_pcp 304 + anon 1812560 + shmem 86968 + file 536 + unevictable 3660 + slab_reclaimable 20352 + slab_unreclaimable 26180 + kernel_stack 3312 + pagetables 23916; rest 15736, swap 0"},
		"the totals are lost": {without(specimen(t, "4.4-machine"), func(n *event.NodeMemory) { n.Totals = nil }), 0,
			"machine 2048184 = free 54660 + free_pcp 304 + anon 1812560 + shmem 86968 + file 536 + unevictable 3660 + slab_reclaimable 20352 + slab_unreclaimable 26180 + kernel_stack 3312 + pagetables 23916; rest 15736, swap 0"},
		"nodes in place of zones": {without(specimen(t, "7.3-v2-global-swap"), func(n *event.NodeMemory) { n.Totals = nil; n.FreePages = 1070; n.SlabUnreclaim = 2481 }), 0,
			"machine 468784 = free 4280 + free_pcp 976 + anon 428040 + shmem 1976 + slab_unreclaimable 9924 + kernel_stack 1056 + pagetables 1544 + zspages 5532; rest 15456, swap 65532"},
		"one figure for all slab, to 2.6.30": {read("active_anon:100 inactive_anon:100 active_file:50 inactive_file:50\nfree:50 slab:300 mapped:9\n1000 pages RAM\n100 pages reserved\nDMA: 1*4kB = 4kB"), 0,
			"machine 3600 = free 200 + anon 800 + file 400 + slab 1200; rest 1000, swap -1"},
		"the cgroup's usage is lost": {read("Memory cgroup stats for /a: cache:10KB rss:90KB"), 0, "cgroup 100 = anon 90 + file 10; rest 0, swap -1"},
	} {
		b, ok := breakdown.Of(c.d, c.pageKB)
		if got := parts(b); !ok || got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func of(t testing.TB, d *event.OOMDump) breakdown.Breakdown {
	t.Helper()
	b, ok := breakdown.Of(d, 0)
	if !ok {
		t.Fatal("no breakdown")
	}
	return b
}

// Figures that contain each other are counted once.
func TestOfFiguresThatOverlap(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"shmem is in file": {"memory: usage 100kB, limit 100kB, failcnt 0\nMemory cgroup stats for /a:\nanon 10240\nfile 81920\nshmem 40960\nslab 0",
			"cgroup 100 = anon 10 + file 40 + shmem 40; rest 10, swap -1"},
		"zswap, percpu and vmalloc are in kernel": {"memory: usage 100kB, limit 100kB, failcnt 0\nswap: usage 5kB, limit 9kB, failcnt 0\nMemory cgroup stats for /a:\nanon 10240\nfile 0\nkernel 92160\npercpu 10240\nvmalloc 10240\nzswap 20480\nslab_reclaimable 10240\nslab_unreclaimable 10240\nslab 20480",
			"cgroup 100 = anon 10 + percpu 10 + vmalloc 10 + slab_reclaimable 10 + slab_unreclaimable 10 + zswap 20 + kernel_rest 30; rest 0, swap 5"},
		"sockets are not, but on v1 in no part": {"memory: usage 100kB, limit 100kB, failcnt 0\nkmem: usage 50kB, limit 100kB, failcnt 0\nMemory cgroup stats for /a:\nanon 10240\nfile 0\nsock 10240\nslab 0",
			"cgroup 100 = anon 10 + kernel_rest 50; rest 40, swap -1"},
		"kernel is less than its items: rough counters": {"memory: usage 100kB, limit 100kB, failcnt 0\nswap: usage 0kB, limit 0kB, failcnt 0\nMemory cgroup stats for /a:\nanon 92160\nfile 0\nkernel 8192\nkernel_stack 12288\nslab 0",
			"cgroup 100 = anon 90 + kernel_stack 12; rest -2, swap 0"},
		"swap cache that is mapped is in anon": {"memory: usage 200kB, limit 200kB, failcnt 0\nswap: usage 80kB, limit 90kB, failcnt 0\nMemory cgroup stats for /a:\nanon 102400\nfile 0\nkernel 0\nshmem 0\nswapcached 81920\ninactive_anon 102400\nactive_anon 51200\ninactive_file 0\nactive_file 0\nunevictable 0\nslab 0",
			"cgroup 200 = anon 100 + swapcached 50; rest 50, swap 80"},
		"lists beyond the usage show nothing": {"memory: usage 100kB, limit 200kB, failcnt 0\nMemory cgroup stats for /a:\nanon 102400\nfile 0\nkernel 0\nswapcached 81920\ninactive_anon 102400\nactive_anon 51200\ninactive_file 0\nactive_file 0\nunevictable 0\nslab 0",
			"cgroup 100 = anon 100; rest 0, swap -1"},
		"locked shmem is in unevictable": {"active_anon:10 inactive_anon:0 isolated_anon:0\nactive_file:0 inactive_file:0\nunevictable:100 dirty:0\nslab_reclaimable:0 slab_unreclaimable:0\nmapped:0 shmem:60 pagetables:0\nfree:10 free_pcp:0 free_cma:5\n200 pages RAM\n50 pages reserved\nDMA: 1*4kB = 4kB",
			"machine 600 = free 40 + shmem 240 + unevictable 200; rest 120, swap -1"},
		"memory+swap below memory: swap is not counted": {"memory: usage 100kB, limit 100kB, failcnt 0\nmemory+swap: usage 0kB, limit 9007199254740988kB, failcnt 0\nMemory cgroup stats for /a: cache:50KB rss:50KB",
			"cgroup 100 = anon 50 + file 50; rest 0, swap -1"},
		"memory+swap above memory: the rest is swap": {"memory: usage 100kB, limit 100kB, failcnt 0\nmemory+swap: usage 130kB, limit 130kB, failcnt 0\nMemory cgroup stats for /a: cache:50KB rss:50KB",
			"cgroup 100 = anon 50 + file 50; rest 0, swap 30"},
	} {
		if got := parts(of(t, read(c.text))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestOfCutReports(t *testing.T) {
	for name, c := range map[string]struct {
		d    *event.OOMDump
		want []string
	}{
		"6.5 on v1, cut before total_": {cutStat(specimen(t, "6.8-v1-dirty"), "total_"), []string{"what the cgroups below it use"}},
		"v2, cut before slab":          {cutStat(specimen(t, "6.1-v2-memcg-pod"), "slab"), []string{"slab"}},
		"v2, without anon":             {cutStat(specimen(t, "6.1-v2-memcg-pod"), "anon"), []string{"anon"}},
		"the totals of 7.3 without slab": {without(specimen(t, "7.3-v2-global-swap"), func(n *event.NodeMemory) {
			n.Totals = slices.DeleteFunc(n.Totals, func(s event.Stat) bool { return s.Name == "slab_unreclaimable" })
		}), []string{"slab_unreclaimable"}},
	} {
		b := of(t, c.d)
		if !slices.Equal(b.Missing, c.want) {
			t.Errorf("%s: missing %q, want %q", name, b.Missing, c.want)
		}
		for _, f := range breakdown.Findings(c.d, b) {
			if f.Code == "unaccounted" {
				t.Errorf("%s: %s", name, f.Text)
			}
		}
	}
}

func cutStat(d *event.OOMDump, prefix string) *event.OOMDump {
	d.Memory.Stat = slices.DeleteFunc(d.Memory.Stat, func(s event.Stat) bool { return strings.HasPrefix(s.Name, prefix) })
	return d
}

// Notes say what a reader would otherwise get wrong.
func TestOfNotes(t *testing.T) {
	for name, want := range map[string]string{
		"4.15-v1-pod":        "the parts are the sums over the cgroup and all that are below it",
		"3.10-v1-leaker":     "the report counts no kernel memory for the cgroup: what it used can be in none of the parts",
		"2.6.32-machine":     "shmem is printed as a part of the anonymous pages and is taken out of them here; anon includes the swap cache",
		"6.1-v2-memcg-pod":   "",
		"7.3-v2-global-swap": "shmem is printed as a part of the anonymous pages and is taken out of them here; anon includes the swap cache",
	} {
		if got := strings.Join(of(t, specimen(t, name)).Notes, "; "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	d := kind("mempolicy", specimen(t, "4.4-machine"))
	if got := of(t, d).Notes[1]; !strings.HasPrefix(got, "this is the whole machine") {
		t.Errorf("a kill for want of memory on some nodes: got %q", got)
	}
	d.Node.PageKB = 64
	if got := of(t, d).Notes[2]; !strings.HasPrefix(got, "with pages this large") {
		t.Errorf("pages of 64 KiB: got %q", got)
	}
}

var specimens = []string{"3.10-v1-leaker", "4.15-v1-pod", "4.18-v1-shmem", "6.8-v1-dirty", "5.10-v1-memcg-pod", "5.15-v2-kubepods",
	"6.1-v2-sock", "7.3-v2-storm", "2.6.32-machine", "3.10-machine-balloon", "5.10-v1-global", "7.3-v2-global-swap"}

// The order of the lines does not matter, nor what a later kernel adds.
func TestOfWhateverOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range specimens {
		want := of(t, specimen(t, name))
		d := specimen(t, name)
		for _, s := range []event.Stats{d.Memory.Stat, d.Node.Totals} {
			r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
		}
		r.Shuffle(len(d.Node.Zones), func(i, j int) { d.Node.Zones[i], d.Node.Zones[j] = d.Node.Zones[j], d.Node.Zones[i] })
		unknown := event.Stat{Name: "not_yet_known", Value: 1 << 30}
		d.Memory.Stat, d.Node.Totals = append(d.Memory.Stat, unknown), append(d.Node.Totals, unknown)
		if got := of(t, d); parts(got) != parts(want) {
			t.Errorf("%s:\n got %s\nwant %s", name, parts(got), parts(want))
		}
	}
}

// check holds a breakdown against what is always so.
func check(t *testing.T, b breakdown.Breakdown) {
	t.Helper()
	var sum int64
	seen := map[string]bool{}
	for _, p := range b.Parts {
		if p.KB < 0 || p.Label == "" || p.From == "" || p.Reclaimable == "" || seen[p.Name] {
			t.Fatalf("part %+v", p)
		}
		seen[p.Name] = true
		sum += p.KB
	}
	if sum+b.UnaccountedKB != b.TotalKB || len(b.Parts) == 0 || b.TotalKB < 0 {
		t.Fatalf("%d in parts and %d unaccounted for, of %d", sum, b.UnaccountedKB, b.TotalKB)
	}
	if b.SwapKB < event.NotPrinted || b.TotalBasis == "" || b.UnaccountedWhy == "" {
		t.Fatalf("%+v", b)
	}
}

var belowZero = regexp.MustCompile(`[ (]-[0-9]`)

// FuzzOf puts hostile numbers into real reports: what is said still adds up.
func FuzzOf(f *testing.F) {
	for i := range len(specimens) + 1 {
		f.Add(uint8(i), uint64(i), int64(4), int64(math.MaxInt64), int64(-1))
	}
	f.Fuzz(func(t *testing.T, which uint8, seed uint64, pageKB, a, b int64) {
		d := read(el5)
		if i := int(which) % (len(specimens) + 1); i < len(specimens) {
			d = specimen(t, specimens[i])
		}
		d.Node.Slabs = []event.Slab{{Name: "dentry", TotalKB: 1}, {Name: "a b", TotalKB: 1 << 20}}
		r := rand.New(rand.NewPCG(seed, 0))
		for _, n := range numbers(d) {
			switch r.IntN(8) {
			case 0:
				*n = a
			case 1:
				*n = b
			case 2:
				*n = int64(r.Uint64())
			case 3:
				*n = r.Int64N(1 << 51)
			}
		}
		if x, ok := breakdown.Of(d, pageKB); ok {
			check(t, x)
			for _, f := range breakdown.Findings(d, x) {
				if f.Code == "" || f.Text == "" || len(f.Figures) == 0 || belowZero.MatchString(f.Text) {
					t.Fatalf("%+v", f)
				}
			}
		}
		count := 0
		for _, s := range breakdown.ByName(d, pageKB) {
			count += s.Count
			if s.RSSPages < event.NotPrinted || s.SwapPages < event.NotPrinted || s.PgtablesBytes < event.NotPrinted || s.KB < event.NotPrinted || s.AnonKB < event.NotPrinted {
				t.Fatalf("%+v", s)
			}
		}
		if count != len(d.Tasks) {
			t.Fatalf("%d of %d rows", count, len(d.Tasks))
		}
	})
}

// numbers are all numbers of a report that this package reads.
func numbers(d *event.OOMDump) (all []*int64) {
	stats := func(s event.Stats) {
		for i := range s {
			all = append(all, &s[i].Value)
		}
	}
	m, n := &d.Memory, &d.Node
	for _, c := range []*event.Counter{&m.Memory, &m.Memsw, &m.Kmem, &m.Swap} {
		all = append(all, &c.UsageKB, &c.LimitKB)
	}
	stats(m.Stat)
	for i := range m.Below {
		stats(m.Below[i].Stat)
	}
	all = append(all, &n.PagesRAM, &n.PagesReserved, &n.TotalSwapKB, &n.FreeSwapKB, &n.PageKB, &n.FreePages, &n.SlabUnreclaim, &n.SwapCachePages, &n.PagesHighMem)
	for i := range n.Slabs {
		all = append(all, &n.Slabs[i].TotalKB)
	}
	stats(n.Totals)
	for i := range n.Nodes {
		stats(n.Nodes[i].KB)
	}
	for i := range n.Zones {
		all = append(all, &n.Zones[i].FreeKB)
		stats(n.Zones[i].KB)
	}
	for i := range n.Hugepages {
		all = append(all, &n.Hugepages[i].Total, &n.Hugepages[i].Free, &n.Hugepages[i].SizeKB)
	}
	for i := range d.Tasks {
		task := &d.Tasks[i]
		all = append(all, &task.RSS, &task.RSSAnon, &task.RSSShmem, &task.PgtablesBytes, &task.NrPtes, &task.NrPmd, &task.Swapents)
	}
	return all
}
