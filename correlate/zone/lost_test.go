package zone

import (
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// without takes lines that begin so out of a report, and the lowmem_reserve[] that
// follows one.
func without(text string, prefixes ...string) string {
	var kept []string
	gone := false
	for _, line := range strings.Split(text, "\n") {
		begins := func(p string) bool { return strings.HasPrefix(line, p) }
		gone = slices.ContainsFunc(prefixes, begins) || gone && begins("lowmem_reserve[]:")
		if !gone {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// normal61 is what 6.1 prints for a request that may not go above zone Normal of
// a machine with HighMem: what is above is not shown, and nothing is lost.
const normal61 = `CPU: 1 PID: 9 Comm: dd Not tainted 6.1.0-18-686-pae #1
 free:302211 free_pcp:0 free_cma:0
DMA free:4048kB boost:0kB min:760kB low:948kB high:1136kB reserved_highatomic:0KB present:15992kB managed:15916kB free_cma:0kB
lowmem_reserve[]: 0 825 825 825
Normal free:42000kB boost:0kB min:42088kB low:52608kB high:63128kB reserved_highatomic:0KB present:890872kB managed:845724kB free_cma:0kB
lowmem_reserve[]: 0 0 9600 9600
DMA: 1*4kB (U) 0*8kB 0*16kB 1*32kB (U) 1*64kB (U) = 4048kB
524000 pages RAM
307200 pages HighMem/MovableOnly
`

// A log of which a person kept a piece is not taken for a kernel that left zones
// out because the request may not use them.
func TestZonesThatTheLogLacks(t *testing.T) {
	const lost = "The rest is in zones whose lines this log does not have."
	const hidden = "The rest is in zones that the report leaves out: those on nodes, or of a type, that the request may not use."
	const open = "The log lacks the lines of some zones; what they had free is not known."
	noHighMem := func(d *event.OOMDump) { d.Node.PagesHighMem = 0 }
	for _, c := range []struct {
		name, dump string
		change     func(*event.OOMDump)
		req        Request
		plenty     string // how the finding about hidden memory ends, "" if there is none
		open       string // what is left open
		below      string
	}{
		{"all is there", rhel6, nil, userPage, "", "", "Every zone that the request may use has too little free memory."},
		{"the reserve of DMA counts a DMA32 that is not there", without(rhel6, "Node 0 DMA32"), noHighMem, userPage, "", open, "Every zone shown that the request may use has too little free memory."},
		{"and more is free there", strings.Replace(without(rhel6, "Node 0 DMA32"), "free:25773", "free:65773", 1), noHighMem, userPage, lost, "", "Every zone shown that the request may use has too little free memory."},
		{"the free lists of a zone without its line", rhel6, func(d *event.OOMDump) {
			for i := range d.Node.Zones {
				z := &d.Node.Zones[i]
				*z = event.Zone{Node: 0, Name: z.Name, FreeKB: -1, MinKB: -1, LowKB: -1, HighKB: -1, BoostKB: -1, PagesScanned: -1, FreeLists: z.FreeLists}
			}
		}, userPage, "", "", ""},
		{"a node that the root cpuset allows, before 5.0", without(rhel7, "Node 0 DMA", "Node 0 Normal"), func(d *event.OOMDump) {
			d.Cpuset, d.Node.Totals = "/", event.Stats{{Name: "free", Value: 39513}}
		}, userPage, lost, "", ""},
		{"a node that another cpuset need not allow", without(rhel7, "Node 0 DMA", "Node 0 Normal"), func(d *event.OOMDump) {
			d.Cpuset, d.Node.Totals = "batch", event.Stats{{Name: "free", Value: 39513}}
		}, userPage, hidden, "", ""},
		{"a node that a memory policy does not allow", bound510, func(d *event.OOMDump) { d.Cpuset, d.Kind = "/", "mempolicy" }, userPage, hidden, "", "Every zone that the request may use has too little free memory."},
		{"a type that 6.1 leaves out", normal61, nil, kernel, hidden, "", "Every zone that the request may use has too little free memory."},
		{"the same for a request that may use it", normal61, nil, userPage, lost, "", "Every zone shown that the request may use has too little free memory."},
		{"nothing is known of the request, nor of the kernel", without(normal61, "CPU:"), nil, Request{}, hidden, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := read(c.dump)
			if c.change != nil {
				c.change(d)
			}
			res := Explain(d, c.req, 0)
			if got := text(res, HiddenPlenty); !strings.HasSuffix(got, c.plenty) || (got == "") != (c.plenty == "") {
				t.Errorf("hidden: %q", got)
			}
			if got := slices.Contains(res.Unknown, open); got != (c.open != "") {
				t.Errorf("left open: %q", res.Unknown)
			}
			if got := text(res, AllBelow); got != c.below {
				t.Errorf("below: %q", got)
			}
			says := strings.Contains(text(res, MemoryHeld), "zones shown") || strings.Contains(text(res, NoSwap), "zones shown")
			if c.plenty == hidden && c.req.Zone != "" && says {
				t.Errorf("zones shown, though none is lost: %q", text(res, MemoryHeld))
			}
		})
	}
}

// A zone whose free lists alone are there says so.
func TestZoneWithoutItsLine(t *testing.T) {
	d := read(global73)
	d.Node.Zones[0].FreeKB, d.Node.Zones[0].MinKB, d.Node.Zones[0].LowKB, d.Node.Zones[0].HighKB = -1, -1, -1, -1
	want := "Zone DMA of node 0: the line that says what it had free is not in this log."
	if got := Explain(d, userPage, 0).Zones[1].Text; got != want {
		t.Errorf("got %q", got)
	}
}

// Whatever lines a log lacks, nothing that is shown is called forbidden, and a whole
// report is never said to lack any.
func TestWholeReportsLackNothing(t *testing.T) {
	for _, c := range specimens {
		if c.name == "6.1, CMA, movable" {
			continue // made up from a report whose request was not movable
		}
		d := read(c.text)
		if newAnalysis(d, c.req, 0).lost {
			t.Errorf("%s: lacks lines", c.name)
		}
	}
}

// mainline2618 is the report of a 32-bit machine with 2.6.18, where Normal keeps
// memory for those that cannot use HighMem by its last number.
const mainline2618 = `Active:120080 inactive:119696 dirty:0 writeback:0 unstable:0 free:1848 slab:5230 mapped-file:310 mapped-anon:239776 pagetables:1187
DMA free:3576kB min:68kB low:84kB high:100kB active:0kB inactive:0kB present:16384kB pages_scanned:218 all_unreclaimable? yes
lowmem_reserve[]: 0 0 880 1007
Normal free:3692kB min:3756kB low:4692kB high:5632kB active:412108kB inactive:420764kB present:901120kB pages_scanned:1318044 all_unreclaimable? yes
lowmem_reserve[]: 0 0 0 1016
HighMem free:124kB min:128kB low:144kB high:164kB active:68212kB inactive:58020kB present:130048kB pages_scanned:203118 all_unreclaimable? yes
lowmem_reserve[]: 0 0 0 0
DMA: 24*4kB 1*8kB 5*16kB 2*32kB 0*64kB 0*128kB 1*256kB 2*512kB 2*1024kB 0*2048kB 0*4096kB = 3576kB
`

// 2.6.18 has a place for each type, there or not, and none for Movable.
func TestTypesOf2618(t *testing.T) {
	d := read(mainline2618)
	d.Node.Totals = append(d.Node.Totals, event.Stat{Name: "mapped-anon", Value: 239776})
	res := Explain(d, Request{Zone: "HighMem", Bits: []string{"__GFP_WAIT", "__GFP_IO", "__GFP_FS", "__GFP_HIGHMEM"}}, 0)
	if got, want := verdicts(res), "HighMem yes no no, Normal yes no no, DMA yes no no"; got != want {
		t.Errorf("got %s", got)
	}
	for i, want := range []int64{8, 4132, 524} { // 128+4-124, 3756+4064+4-3692, 68+4028+4-3576
		if got := res.Zones[i].LackKB; got != want {
			t.Errorf("%s lacks %d, want %d", res.Zones[i].Name, got, want)
		}
	}
	if newAnalysis(d, userPage, 0).lost {
		t.Error("lacks lines")
	}
}

func TestFindingTexts(t *testing.T) {
	for _, c := range []struct {
		name, dump string
		req        Request
		code, want string
	}{
		{"a reserve", rhel6, userPage, LowmemReserve, "DMA32 of node 0 and DMA of node 0 have free memory but keep it for requests that can use no higher zone."},
		{"a reserve of one zone", global73, userPage, LowmemReserve, "DMA of node 0 has free memory but keeps it for requests that can use no higher zone."},
		{"no block", fragmented316, kernel.order(2), AllBelow, "Every zone that the request may use fails the kernel's check, for want of free memory or of a block large enough."},
		{"the bits are not known", rhel7, Request{}, RequestUnknown, "Which zones the request might use is not known: its mask is printed (0x201da), but not what its bits mean on this kernel."},
		{"nor is the mask", without(rhel7, "sed invoked"), Request{}, RequestUnknown, "What was asked for is not known, so which zones the request might use, and what of their free memory counts, stays open."},
		{"shmem is little", rhel6, userPage, NoSwap, "There is no swap, so the 7.4 GiB of anonymous memory in the zones that the request may use could not be moved out."},
		{"shmem is much", strings.ReplaceAll(rhel6, "shmem:460kB", "shmem:660000kB"), userPage, NoSwap, "There is no swap, so the 7.4 GiB on the lists of anonymous memory, which hold shmem too, in the zones that the request may use could not be moved out."},
		{"shmem is not printed", strings.ReplaceAll(rhel6, "shmem:", "other:"), userPage, NoSwap, "There is no swap, so the 7.4 GiB on the lists of anonymous memory, which hold shmem too, in the zones that the request may use could not be moved out."},
		{"what was held", rhel6, userPage, MemoryHeld, "The lists that reclaim goes through held, in the zones that the request may use, 7.4 GiB of anonymous memory and shmem and 1.5 MiB of page cache. On the whole machine: 536 KiB shmem, 19.8 MiB reclaimable slab, 32.4 MiB unreclaimable slab and 21.8 MiB page tables."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := text(Explain(read(c.dump), c.req, 0), c.code); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
