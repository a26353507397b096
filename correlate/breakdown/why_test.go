package breakdown_test

import (
	"slices"
	"strings"
	"testing"

	"oomtrace/correlate/breakdown"
	"oomtrace/parsers/event"
)

// el5 are the lines of RHEL 5's 2.6.18, as parsers/kernel has them whole.
const el5 = `Active:254803 inactive:240261 dirty:0 writeback:0 unstable:0 free:4164 slab:4914 mapped-file:412 mapped-anon:495064 pagetables:5903
Node 0 DMA free:10916kB min:24kB low:28kB high:36kB active:0kB inactive:0kB present:10492kB pages_scanned:0 all_unreclaimable? yes
Node 0 DMA32 free:5740kB min:5704kB low:7128kB high:8556kB active:1019212kB inactive:961044kB present:2051260kB pages_scanned:4127366 all_unreclaimable? yes
Node 0 DMA: 1*4kB 0*8kB 0*16kB 1*32kB 0*64kB 1*128kB 0*256kB 1*512kB 2*1024kB 0*2048kB 2*4096kB = 10916kB
Free swap  = 0kB
Total swap = 2096472kB
524202 pages RAM
9126 pages reserved`

// Up to 2.6.27 there is one pair of lists.
func TestOfTheListsOfOldKernels(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"mapped-anon is told apart": {el5,
			"machine 2060304 = free 16656 + anon 1980256 + slab 19656 + pagetables 23612; rest 20124, swap 2096472"},
		"and is not all of the lists": {strings.Replace(el5, "mapped-anon:495064", "mapped-anon:95064", 1),
			"machine 2060304 = free 16656 + anon 380256 + lru 1600000 + slab 19656 + pagetables 23612; rest 20124, swap 2096472"},
		"or, read later, is more": {strings.Replace(el5, "mapped-anon:495064", "mapped-anon:500000", 1),
			"machine 2060304 = free 16656 + anon 1980256 + slab 19656 + pagetables 23612; rest 20124, swap 2096472"},
		"without mapped-anon, as in 2.6.24": {strings.Replace(el5, "mapped-file:412 mapped-anon:495064", "mapped:412", 1),
			"machine 2060304 = free 16656 + lru 1980256 + slab 19656 + pagetables 23612; rest 20124, swap 2096472"},
		"of the zones alone": {el5[strings.Index(el5, "Node 0"):],
			"machine 2060304 = free 16656 + lru 1980256; rest 63392, swap 2096472"},
	} {
		d := read(c.text)
		b := of(t, d)
		if got := parts(b); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		missing := []string{"slab_reclaimable", "slab_unreclaimable"}
		if d.Node.Totals != nil {
			missing = nil
		}
		if !slices.Equal(b.Missing, missing) {
			t.Errorf("%s: missing %q", name, b.Missing)
		}
		for _, f := range breakdown.Findings(d, b) {
			if f.Code != "swap-full" {
				t.Errorf("%s: %s: %s", name, f.Code, f.Text)
			}
		}
	}
}

// What is said of the rest must be true of the report at hand.
func TestUnaccountedWhy(t *testing.T) {
	const uncounted = "pages that drivers, file systems and the network take for themselves, kernel stacks, vmalloc and memory for each CPU, which Mem-Info does not count"
	noSwap := func(text string) string {
		return strings.Replace(text, "Free swap  = 512000kB", "Free swap  = 1024000kB", 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"all is there":                 {noSwap(machine("active_anon:1")), uncounted},
		"swap is in use":               {machine("active_anon:1"), strings.Replace(uncounted, "kernel stacks, ", "kernel stacks, compressed pages where swap is on zram or behind zswap, ", 1)},
		"and zspages are printed":      {machine("active_anon:1", "Node 0 DMA free:4kB min:1kB zspages:0kB managed:1024000kB"), uncounted},
		"before there was zram":        {el5, uncounted},
		"kernel stacks are printed":    {noSwap(machine("Node 0 active_anon:0kB kernel_stack:4kB all_unreclaimable? no")), strings.Replace(uncounted, "kernel stacks, ", "", 1)},
		"a list is missing":            {strings.Replace(machine(), "active_file:0 inactive_file:0", "", 1), "the log does not hold all of the figures"},
		"the lists of 2.6.18 are lost": {strings.Replace(el5[:strings.Index(el5, "Node 0")], "inactive:240261", "", 1) + "524202 pages RAM\n9126 pages reserved\nDMA: 1*4kB = 4kB", "the log does not hold all of the figures"},
		"1 % too much":                 {machine("active_anon:256000"), "the counters are read one after the other"},
		"as E/3.13-sysrq-f, 6 %":       {machine("active_anon:270000"), "more than counters that are read one after the other explain, so the figures do not fit each other"},
		"too much, and a list missing": {strings.Replace(machine("active_anon:270000"), "active_file:0 inactive_file:0", "", 1), "more than counters that are read one after the other explain, so the figures do not fit each other"},
	} {
		if got := of(t, read(c.text)).UnaccountedWhy; got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

// The list of caches of E/4.15-ubuntu1804-slab shows what slab_unreclaimable does
// not: it is a part, as far as the total leaves room, and not in none of the figures.
func TestOfCachesThatDoNotAgree(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		slabs []event.Slab
		want  string
	}{
		"far more": {machine("slab_unreclaimable:2560 active_anon:102400"), []event.Slab{{Name: "kmalloc-8192", TotalKB: 300000}, {Name: "kmalloc-2048", TotalKB: 100000}, {Name: "lost", TotalKB: -1}},
			"machine 1024000 = free 10240 + anon 409600 + slab_unreclaimable 10240 + slab_info 389760; rest 204160, swap 512000"},
		"more than there is room for": {machine("slab_unreclaimable:2560 active_anon:230400"), []event.Slab{{Name: "a", TotalKB: 1 << 49}},
			"machine 1024000 = free 10240 + anon 921600 + slab_unreclaimable 10240 + slab_info 81920; rest 0, swap 512000"},
		"about the same": {machine("slab_unreclaimable:102400"), []event.Slab{{Name: "a", TotalKB: 464000}},
			"machine 1024000 = free 10240 + slab_unreclaimable 409600; rest 604160, swap 512000"},
		"slab_unreclaimable is lost": {strings.ReplaceAll(machine("free:1"), "slab_unreclaimable:0", ""), []event.Slab{{Name: "a", TotalKB: 464000}},
			"machine 1024000 = free 4; rest 1023996, swap 512000"},
	} {
		d := read(c.text)
		d.Node.Slabs = c.slabs
		b := of(t, d)
		check(t, b)
		if got := parts(b); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}
