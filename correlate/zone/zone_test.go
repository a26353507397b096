package zone

import (
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// What masks mean, by hand.
var (
	userPage = Request{Zone: "Movable", Bits: []string{"__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM", "__GFP_IO", "__GFP_FS", "__GFP_HIGHMEM", "__GFP_MOVABLE", "__GFP_HARDWALL"}}
	kernel   = Request{Zone: "Normal", Bits: []string{"__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM", "__GFP_IO", "__GFP_FS"}}
	dma32    = Request{Zone: "DMA32", Bits: []string{"__GFP_DIRECT_RECLAIM", "__GFP_IO", "__GFP_FS", "__GFP_HARDWALL", "__GFP_RECLAIMABLE"}}
)

func (r Request) order(n int) Request {
	r.Order = n
	return r
}

// specimens are reports, what was asked for, and what must be found. zones are
// the names in order with the verdicts on use, the ordinary attempt, the last.
var specimens = []struct {
	name  string
	text  string
	req   Request
	zones string
	codes string
}{
	{"2.6.32, RHEL 6, reserve kept", rhel6, userPage,
		"0/Normal yes no no, 0/DMA32 yes no no, 0/DMA yes no no",
		"all-below lowmem-reserve no-swap pagecache-gone all-unreclaimable memory-held"},
	{"3.10, RHEL 7, one of two nodes between min and high", rhel7, userPage,
		"0/Normal yes no no, 0/DMA32 yes no no, 0/DMA yes no no, 1/Normal yes yes no",
		"below-high lowmem-reserve swap-full pagecache-gone all-unreclaimable memory-held"},
	{"3.16, fragmented", fragmented316, kernel.order(2),
		"0/Normal yes no no",
		"all-below fragmented pagecache-gone all-unreclaimable memory-held"},
	{"3.16, the same for one page", fragmented316, kernel,
		"0/Normal yes yes yes",
		"above-high pagecache-gone all-unreclaimable memory-held"},
	{"4.x, locked", locked4x, userPage,
		"0/Normal yes no no, 0/DMA32 yes no no, 0/DMA yes no no",
		"all-below lowmem-reserve pagecache-gone unevictable all-unreclaimable memory-held"},
	{"4.9, 32 bit, DMA32 is low memory", highmem49, dma32,
		"HighMem no unknown unknown, Normal yes no no, DMA yes no no",
		"all-below lowmem-reserve forbidden-plenty pagecache-left all-unreclaimable memory-held"},
	{"4.14, the last attempt alone surely fails", lastAttempt414, userPage,
		"Normal yes unknown no",
		"undecided pagecache-gone memory-held"},
	{"5.7, page fault", pagefault57, Request{},
		"HighMem unknown yes yes, Normal unknown yes yes, DMA yes unknown unknown",
		"request-unknown above-high swap-free pagecache-left memory-held"},
	{"5.10, bound to a node", bound510, userPage,
		"1/DMA32 yes no no",
		"all-below hidden-plenty no-swap pagecache-gone all-unreclaimable memory-held"},
	{"6.1, CMA", cma61, kernel,
		"DMA yes no no",
		"all-below cma pagecache-dirty memory-held"},
	{"6.1, CMA, movable", cma61, userPage,
		"DMA yes yes no",
		"below-high pagecache-dirty memory-held"},
	{"highatomic, version not known", highatomic61, userPage,
		"0/Normal yes unknown unknown",
		"undecided"},
	{"7.3, between min and high", global73, userPage,
		"0/DMA32 yes yes no, 0/DMA yes no no",
		"below-high lowmem-reserve no-swap pagecache-gone all-unreclaimable memory-held"},
}

func TestExplainSpecimens(t *testing.T) {
	for _, c := range specimens {
		t.Run(c.name, func(t *testing.T) {
			res := Explain(read(c.text), c.req, 0)
			if got := verdicts(res); got != c.zones {
				t.Errorf("zones\n%s\nwant\n%s", got, c.zones)
			}
			if got := strings.Join(codes(res), " "); got != c.codes {
				t.Errorf("findings\n%s\nwant\n%s", got, c.codes)
			}
		})
	}
}

func verdicts(res Result) string {
	var all []string
	for _, z := range res.Zones {
		name := z.Name
		if z.Node != event.NotPrinted {
			name = string(rune('0'+z.Node)) + "/" + name
		}
		all = append(all, name+" "+z.Use.String()+" "+z.Passes.String()+" "+z.PassesLast.String())
	}
	return strings.Join(all, ", ")
}

func codes(res Result) (all []string) {
	for _, f := range res.Findings {
		all = append(all, f.Code)
	}
	return all
}

func text(res Result, code string) string {
	for _, f := range res.Findings {
		if f.Code == code {
			return f.Text
		}
	}
	return ""
}

func TestZoneTexts(t *testing.T) {
	for _, c := range []struct {
		name, dump string
		req        Request
		zone       int
		want       string
	}{
		{"the reserve of a lower zone", rhel6, userPage, 1,
			"Zone DMA32 of node 0 has 44.2 MiB free. An ordinary request may take from it only while that is more than its min watermark of 24.6 MiB plus 19.7 MiB that it keeps for requests that cannot use a higher zone (lowmem_reserve), together 44.3 MiB. It lacks 40 KiB."},
		{"sizes that would look alike are in KiB", bound510, userPage, 0,
			"Zone DMA32 of node 1 has 1076 KiB free. An ordinary request may take from it only while that is more than its min watermark of 1104 KiB. It lacks 32 KiB."},
		{"a zone too high", highmem49, dma32, 0,
			"Zone HighMem has 118.1 MiB free, but the request may not go above zone Normal."},
		{"the last attempt", global73, userPage, 0,
			"Zone DMA32 of node 0 has 3.4 MiB free. An ordinary request may take from it only while that is more than its min watermark of 2.6 MiB. That is met, but not what the last attempt before a kill asks for instead: more than the high watermark of 3.8 MiB."},
		{"the last attempt, with a reserve", strings.Replace(rhel7, "DMA free:15872kB min:40kB low:48kB high:60kB", "DMA free:63380kB min:40kB low:48kB high:512kB", 1), userPage, 2,
			"Zone DMA of node 0 has 63380 KiB free. An ordinary request may take from it only while that is more than its min watermark of 40 KiB plus 63340 KiB that it keeps for requests that cannot use a higher zone (lowmem_reserve), together 63380 KiB. It lacks 4 KiB."},
		{"the last attempt, with a reserve that is met but for it", strings.Replace(rhel7, "DMA free:15872kB min:40kB low:48kB high:60kB", "DMA free:63384kB min:40kB low:48kB high:512kB", 1), userPage, 2,
			"Zone DMA of node 0 has 63384 KiB free. An ordinary request may take from it only while that is more than its min watermark of 40 KiB plus 63340 KiB that it keeps for requests that cannot use a higher zone (lowmem_reserve), together 63380 KiB. That is met, but not what the last attempt before a kill asks for instead: more than the high watermark of 512 KiB plus the same 63340 KiB, together 63852 KiB."},
		{"the last attempt, for which no CMA counts", cma61, userPage, 0,
			"Zone DMA has 506.9 MiB free. An ordinary request may take from it only while that is more than its min watermark of 10.2 MiB (7 MiB of it a temporary boost against fragmentation), plus a lowmem_reserve that cannot be told. That is met, but not what the last attempt before a kill asks for instead: more than the high watermark of 11.7 MiB, free CMA memory not counted."},
		{"what may not be printed", strings.ReplaceAll(lastAttempt414, "UMH", "UM"), userPage, 0,
			"Zone Normal has 18 MiB free. An ordinary request may take from it only while that is more than its min watermark of 17.1 MiB. Whether that is met cannot be told: kernels from 4.4 on may have set some of it aside for atomic requests of several pages, and how much is not printed."},
		{"what 4.4 to 5.5 do not print", lastAttempt414, userPage, 0,
			"Zone Normal has 18 MiB free. An ordinary request may take from it only while that is more than its min watermark of 17.1 MiB. Whether that is met cannot be told: some of it may be set aside for atomic requests of several pages, and this kernel does not print how much."},
		{"how much of the reserve counts is not known", highatomic61, userPage, 0,
			"Zone Normal of node 0 has 1.4 GiB free. An ordinary request may take from it only while that is more than its min watermark of 400.8 MiB. Whether that is met cannot be told: how much of what is set aside for atomic requests of several pages counts is not printed."},
		{"a block that cannot be told", "Normal free:20000kB min:1000kB low:1250kB high:1500kB present:500000kB pages_scanned:0 all_unreclaimable? no\nlowmem_reserve[]: 0 0 0 0", kernel.order(2), 0,
			"Zone Normal has 19.5 MiB free. An ordinary request may take from it only while that is more than its min watermark of 1000 KiB. That is met in sum; whether a block of 4 adjoining pages could be had cannot be told."},
		{"which zones is not known: that is said once, as a finding", rhel7, Request{}, 0,
			"Zone Normal of node 0 has 35.8 MiB free. An ordinary request may take from it only while that is more than its min watermark of 35.9 MiB. Whether that is met cannot be told."},
		{"boost and CMA", cma61, kernel, 0,
			"Zone DMA has 506.9 MiB free. An ordinary request may take from it only while that is more than its min watermark of 10.2 MiB (7 MiB of it a temporary boost against fragmentation). 501.6 MiB of the free memory is CMA, which only movable requests get. It lacks 4.8 MiB."},
		{"fragmented, to 4.3", fragmented316, kernel.order(2), 0,
			"Zone Normal of node 0 has 2 GiB free. An ordinary request may take from it only while that is more than its min watermark of 55 MiB. That is met, but too little of it is in blocks of 4 adjoining pages or more for what a kernel of that time asks."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Explain(read(c.dump), c.req, 0).Zones[c.zone].Text; got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// The reserve that the patch's author describes: taken off whole up to 6.12.
func TestHighatomicReserveIsTakenOffWholeInItsEra(t *testing.T) {
	d := read(highatomic61)
	d.Release = "6.6.58"
	res := Explain(d, userPage, 0)
	z := res.Zones[0]
	if z.Passes != No || z.LackKB != 636 || z.HighatomicKB != 1073152 { // 410416 + 4 - 409784
		t.Errorf("passes %v, lacks %d, set aside %d", z.Passes, z.LackKB, z.HighatomicKB)
	}
	want := "Zone Normal of node 0 has 1482936 KiB free and would pass but for the 1073152 KiB set aside for atomic requests of several pages; the check takes that off."
	if got := text(res, Highatomic); got != strings.NewReplacer("1482936 KiB", "1.4 GiB", "1073152 KiB", "1 GiB").Replace(want) {
		t.Errorf("got %q", got)
	}
	d.Release = "6.18.0" // the free ones alone; how many is not printed here
	if z := Explain(d, userPage, 0).Zones[0]; z.Passes != Unknown {
		t.Errorf("6.18: passes %v", z.Passes)
	}
}

// Reports made up from real ones: plenty where the request may not go.
func TestPlentyThatIsForbidden(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*event.OOMDump)
		req    Request
		want   string
	}{
		{"above DMA32", func(d *event.OOMDump) {
			d.Node.Zones[0].FreeKB, d.Node.Zones[1].FreeKB, d.Node.Zones[3].FreeKB = 5000, 7000, 4<<20
		}, dma32,
			"Normal of node 1 has more free than all zones together that the request may use."},
		{"outside the cpuset, on a kernel that prints all nodes", func(d *event.OOMDump) { d.MemsAllowed, d.Node.Zones[3].FreeKB = "0", 1<<20 }, userPage,
			"Normal of node 1 has more free than all zones together that the request may use."},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := read(rhel7)
			c.change(d)
			res := Explain(d, c.req, 0)
			if got := text(res, ForbiddenPlenty); got != c.want {
				t.Errorf("got %q", got)
			}
			if text(res, AllBelow) == "" {
				t.Errorf("what it may use is not all below: %q", codes(res))
			}
		})
	}
}

func TestRequestsThatGoBelowMin(t *testing.T) {
	for _, c := range []struct {
		name string
		bits []string
		need int64
	}{
		{"ordinary", []string{}, 42316},
		{"half of it", []string{"__GFP_HIGH"}, 21160}, // 10579 pages less 5289
		{"no watermark at all", []string{"__GFP_MEMALLOC"}, 0},
		{"which is forbidden", []string{"__GFP_MEMALLOC", "__GFP_NOMEMALLOC"}, 42316},
		{"not known", nil, event.NotPrinted},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := Explain(read(rhel6), Request{Zone: "Normal", Bits: c.bits}, 0).Zones[0]
			if z.NeedKB != c.need || z.LastNeedKB != 63472 {
				t.Errorf("needs %d, the last attempt %d", z.NeedKB, z.LastNeedKB)
			}
		})
	}
}

func TestAsides(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*event.OOMDump)
		req    Request
		code   string
	}{
		{"a cgroup's limit", func(d *event.OOMDump) { d.Kind = "memcg" }, userPage, MemcgLimit},
		{"SysRq by its line", func(d *event.OOMDump) { d.SysRq = true }, kernel, SysRq},
		{"SysRq by its order", func(*event.OOMDump) {}, kernel.order(-1), SysRq},
		{"no zones", func(d *event.OOMDump) { d.Node.Zones = nil }, userPage, NoZones},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := read(rhel6)
			c.change(d)
			res := Explain(d, c.req, 0)
			if got := codes(res); !slices.Equal(got, []string{c.code}) {
				t.Errorf("findings %q, want %s alone", got, c.code)
			}
			for _, z := range res.Zones {
				if z.Passes != Unknown || z.NeedKB != event.NotPrinted {
					t.Errorf("zone %s has a verdict: %v, need %d", z.Name, z.Passes, z.NeedKB)
				}
			}
		})
	}
}

func TestUse(t *testing.T) {
	for _, c := range []struct {
		name                  string
		nodemask, memsAllowed string
		zone                  string
		req                   Request
		want                  Verdict
		why                   string
	}{
		{"no restriction", "(null)", "", "Normal", userPage, Yes, ""},
		{"in the nodemask", "0-1,3", "", "Normal", userPage, Yes, ""},
		{"not in the nodemask", "0,2-3", "", "Normal", userPage, No, "its node is not in the nodemask of the request (0,2-3)"},
		{"not in the cpuset, a task's page", "", "0", "Normal", userPage, No, "its node is not among those that the task's cpuset allows (0)"},
		{"not in the cpuset, the kernel's", "", "0", "Normal", kernel, Unknown, "its node is not among those that the task's cpuset allows (0), which does not bind every request of the kernel's own"},
		{"a nodemask that is none", "x", "", "Normal", userPage, Unknown, "the nodemask of the request cannot be read"},
		{"too high, and no HighMem is there", "", "", "Movable", Request{Zone: "HighMem"}, No, "the request may not go above zone Normal"},
		{"too high", "", "", "Movable", kernel, No, "the request may not go above zone Normal"},
		{"device memory", "", "", "Device", userPage, No, "it is device memory, which no ordinary request gets"},
		{"a zone of another name", "", "", "Purgatory", userPage, Unknown, "zones of that name are not known here"},
		{"nothing known of the request", "", "", "Normal", Request{}, Unknown, "which zones the request may use is not known"},
		{"the lowest zone is for all", "", "", "DMA", Request{}, Yes, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &event.OOMDump{Nodemask: c.nodemask, MemsAllowed: c.memsAllowed}
			d.Node.Zones = []event.Zone{{Node: 1, Name: c.zone, MinKB: 4, LowmemReserve: []int64{0, 0, 0, 0, 0}}}
			z := Explain(d, c.req, 4).Zones[0]
			if z.Use != c.want || z.Why != c.why {
				t.Errorf("got %v, %q", z.Use, z.Why)
			}
		})
	}
}

// The index into lowmem_reserve[] depends on types that are not printed.
func TestReserveThatApplies(t *testing.T) {
	for _, c := range []struct {
		name    string
		release string
		prefer  string
		zones   map[string][]int64 // by name; the first to be looked at is "at"
		at      string
		highMem int64
		want    int64
	}{
		{"x86-64", "5.10.0", "Normal", map[string][]int64{"DMA": {0, 10, 20, 20, 20}, "DMA32": {0, 0, 10, 10, 10}}, "DMA", 0, 80},
		{"x86-64, DMA32", "5.10.0", "DMA32", map[string][]int64{"DMA": {0, 10, 20, 20, 20}, "DMA32": {0, 0, 10, 10, 10}}, "DMA", 0, 40},
		{"32 bit: DMA32 is Normal", "5.10.0", "DMA32", map[string][]int64{"DMA": {0, 10, 20, 20}, "HighMem": {0, 0, 0, 0}}, "DMA", 0, 40},
		{"32 bit, HighMem left out", "6.1.0", "Normal", map[string][]int64{"DMA": {0, 0, 3188, 3188}}, "DMA", 816128, 0},
		{"layout open, numbers differ", "6.1.0", "Normal", map[string][]int64{"DMA": {0, 0, 3188, 3188}}, "DMA", event.NotPrinted, event.NotPrinted},
		{"likewise, HighMem", "3.10.0", "Movable", map[string][]int64{"DMA": {0, 3326, 3773, 3773}, "Normal": {0, 0, 0, 0}}, "DMA", event.NotPrinted, event.NotPrinted},
		{"there is none, so that it is DMA32, not in the log", "3.10.0", "Movable", map[string][]int64{"DMA": {0, 3326, 3773, 3773}, "Normal": {0, 0, 0, 0}}, "DMA", 0, 15092},
		{"to 5.7, the first zone that is there", "4.19.0", "Movable", map[string][]int64{"DMA": {0, 10, 20, 30}, "DMA32": {0, 0, 10, 20}}, "DMA", 0, 40},
		{"from 5.8, the mask's", "5.8.0", "Movable", map[string][]int64{"DMA": {0, 10, 20, 30}, "DMA32": {0, 0, 10, 20}}, "DMA", 0, 120},
		{"not printed", "5.8.0", "Movable", map[string][]int64{"DMA": nil}, "DMA", 0, event.NotPrinted},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &event.OOMDump{Release: c.release}
			d.Node.PagesHighMem = c.highMem
			for name, reserve := range c.zones {
				d.Node.Zones = append(d.Node.Zones, event.Zone{Name: name, PagesScanned: event.NotPrinted, LowmemReserve: reserve})
			}
			res := Explain(d, Request{Zone: c.prefer, Bits: []string{}}, 4)
			for _, z := range res.Zones {
				if z.Name == c.at && z.ReserveKB != c.want {
					t.Errorf("reserve %d KiB, want %d", z.ReserveKB, c.want)
				}
			}
		})
	}
}

func TestMaskFindings(t *testing.T) {
	for _, c := range []struct {
		name string
		bits []string
		want []string
	}{
		{"all allowed", []string{"__GFP_DIRECT_RECLAIM", "__GFP_IO", "__GFP_FS"}, nil},
		{"GFP_NOFS, to 4.3", []string{"__GFP_WAIT", "__GFP_IO"}, []string{NoFS}},
		{"GFP_NOIO", []string{"__GFP_DIRECT_RECLAIM"}, []string{NoIO}},
		{"GFP_ATOMIC", []string{"__GFP_HIGH"}, []string{NoDirectReclaim, NoIO}},
		{"not known", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := codes(Explain(read(rhel6), Request{Zone: "Normal", Bits: c.bits}, 0))
			var got []string
			for _, code := range all {
				if slices.Contains([]string{NoFS, NoIO, NoDirectReclaim}, code) {
					got = append(got, code)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatIsLeftOpen(t *testing.T) {
	d := read(rhel7)
	if got := Explain(d, userPage, 0).Unknown; len(got) != 1 || !strings.Contains(got[0], "Which node") {
		t.Errorf("two nodes: %q", got)
	}
	d = read(fragmented316)
	d.Release, d.Node.PageKB, d.Node.Zones[0].FreeLists, d.Node.Zones[0].PagesScanned = "", event.NotPrinted, nil, event.NotPrinted
	if got := Explain(d, kernel.order(2), 0).Unknown; len(got) != 2 {
		t.Errorf("neither page size nor version: %q", got)
	}
}

func TestSizesThatLookAlike(t *testing.T) {
	if got := sizes(1076, 1100)(1076); got != "1076 KiB" {
		t.Errorf("sizes that look alike: %q", got)
	}
}

func TestVersion(t *testing.T) {
	for release, want := range map[string]int{"2.6.32-642.11.1.el6.x86_64": 2006, "3.10.0-514.6.1.el7.x86_64": 3010, "6.12.107+deb13-cloud-amd64": 6012, "7.3.4": 7003, "5.15": 5015} {
		if got, ok := version(release); !ok || got != want {
			t.Errorf("%s: %d, %v", release, got, ok)
		}
	}
	for _, release := range []string{"", "5", "x.y", "5.", "-1.2", "99999999999999999999.1", "1.2.3"} {
		if got, ok := version(release); ok {
			t.Errorf("%q: %d", release, got)
		}
	}
}
