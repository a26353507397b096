package kernel

import (
	"bytes"
	"slices"

	"oomtrace/parsers/event"
)

// nodeLine reads the line of one node, behind "Node 0 ", 4.8 and later:
//
//	active_anon:448268kB ... isolated(anon):0kB ... shmem_thp: 0kB ... all_unreclaimable? yes Balloon:0kB
//
// To 6.5 some numbers have a blank in front. The pages_scanned of 4.8 to 4.11
// are no size, and not kept.
func (r *report) nodeLine(node int, b []byte) bool {
	p, _, ok := cutPair(b)
	if !ok || p.unit == noUnit {
		return false
	}
	n := &r.d.Node
	if r.mem.another || len(n.Nodes) >= maxNodes || knowsNode(n.Nodes, node) {
		return true
	}
	s, room := event.NodeState{Node: node}, pairsIn(b)
	for len(b) > 0 {
		word, left, ok := cutUnreclaimable(b)
		if ok {
			s.AllUnreclaimable, b = word, left
			continue
		}
		p, left, ok := cutPair(b)
		if !ok {
			break
		}
		s.KB, b = r.addSize(s.KB, p, room), left
	}
	n.Nodes = append(n.Nodes, s)
	return true
}

func knowsNode(nodes []event.NodeState, node int) bool {
	for i := range nodes {
		if nodes[i].Node == node {
			return true
		}
	}
	return false
}

// zoneLine reads the line of one zone, which an old kernel ends otherwise:
//
//	DMA free:1832kB boost:0kB min:88kB low:108kB high:128kB reserved_highatomic:0KB ... free_cma:0kB
//	DMA free:1808kB min:16kB low:20kB high:24kB active:0kB ... pages_scanned:0 all_unreclaimable? yes
//
// In front stands "Node 0 ", unless the kernel is built without NUMA. boost is
// of 5.17 and later, the second ending of 4.7 and before.
func (r *report) zoneLine(node int, b []byte) bool {
	name, rest, ok := cutZone(b, ' ')
	if !ok || !bytes.HasPrefix(rest, []byte("free:")) {
		return false
	}
	if p, _, ok := cutPair(rest); !ok || p.unit == noUnit {
		return false
	}
	z, known := r.zone(node, name)
	if z == nil || known {
		return true
	}
	room := pairsIn(rest)
	for len(rest) > 0 {
		word, left, ok := cutUnreclaimable(rest)
		if ok {
			z.AllUnreclaimable, rest = word, left
			continue
		}
		p, left, ok := cutPair(rest)
		if !ok {
			r.reserve(bytes.TrimLeft(rest, " "))
			break
		}
		r.setSize(z, p, room)
		rest = left
	}
	return true
}

func (r *report) setSize(z *event.Zone, p pair, room int) {
	to := (*int64)(nil)
	switch string(p.name) {
	case "free":
		to = &z.FreeKB
	case "boost":
		to = &z.BoostKB
	case "min":
		to = &z.MinKB
	case "low":
		to = &z.LowKB
	case "high":
		to = &z.HighKB
	case "pages_scanned":
		if p.unit == noUnit && p.fits && !p.last {
			first(&z.PagesScanned, p.n)
		}
		return
	default:
		z.KB = r.addSize(z.KB, p, room)
		return
	}
	if p.unit != noUnit && p.fits {
		first(to, p.n)
	}
}

// cutZone cuts a zone's name off, up to end.
func cutZone(b []byte, end byte) (name, rest []byte, ok bool) {
	for i, c := range b[:min(len(b), 17)] {
		if c == end {
			return b[:i], b[i+1:], i > 0
		}
		if !isWord[c] {
			break
		}
	}
	return nil, nil, false
}

// zone returns the zone of that node and name, a new one if there is none, or
// nil if there is no room. It is the one that lowmem_reserve[] is about. The
// search begins behind the last one, as the kernel's lists have one order.
func (r *report) zone(node int, name []byte) (z *event.Zone, known bool) {
	zones := r.d.Node.Zones
	at := min(r.mem.zone, len(zones))
	r.mem.zone = 0
	for range zones {
		if at == len(zones) {
			at = 0
		}
		if z := &zones[at]; z.Node == node && z.Name == string(name) {
			r.mem.zone = at + 1
			return z, true
		}
		at++
	}
	if r.mem.another || len(zones) >= maxZones {
		return nil, false
	}
	const n = event.NotPrinted
	zones = slices.Grow(zones, 1)[:len(zones)+1]
	z = &zones[len(zones)-1] // with the lists of a report that nobody kept, for their room
	*z = event.Zone{Node: node, Name: r.scratch.names.of(name), FreeKB: n, BoostKB: n, MinKB: n, LowKB: n, HighKB: n, PagesScanned: n,
		KB: z.KB[:0], LowmemReserve: z.LowmemReserve[:0], FreeLists: z.FreeLists[:0]}
	r.d.Node.Zones, r.mem.zone = zones, len(zones)
	return z, false
}

// reserve reads the pages that the zone of the line before keeps from requests
// that prefer a higher one:
//
//	lowmem_reserve[]: 0 446 446 446 446
func (r *report) reserve(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte("lowmem_reserve[]:"))
	if !ok {
		return false
	}
	if r.mem.zone == 0 || r.mem.another {
		return true
	}
	z := &r.d.Node.Zones[r.mem.zone-1]
	if len(z.LowmemReserve) > 0 {
		return true
	}
	for len(z.LowmemReserve) < maxReserve {
		n, left, ok := count(bytes.TrimLeft(rest, " "))
		if !ok || len(left) > 0 && left[0] != ' ' {
			break
		}
		if z.LowmemReserve == nil {
			z.LowmemReserve = make([]int64, 0, min(1+bytes.Count(left, []byte(" ")), maxReserve))
		}
		z.LowmemReserve, rest = append(z.LowmemReserve, n), left
	}
	return true
}

// freeLists reads how many free blocks of each order a zone has. The first size
// is that of a page. To 3.8 there are no letters; in 2.6.18 a zone can be empty:
//
//	DMA: 12*4kB (UM) 9*8kB (UM) 0*16kB ... = 1832kB
//	DMA: 4*4kB 4*8kB 2*16kB ... = 1808kB
//	HighMem: empty
func (r *report) freeLists(node int, b []byte) bool {
	name, rest, ok := cutZone(b, ':')
	if ok && len(rest) == 0 {
		r.mem.lists = r.memInfo && r.hasZone(name) // each is a record of its own, 4.9
		return r.mem.lists
	}
	if !ok || rest[0] != ' ' {
		return false
	}
	f, _, ok := cutFreeList(rest, nil)
	if !ok {
		return string(rest) == " empty"
	}
	if f.SizeKB > 0 {
		first(&r.d.Node.PageKB, f.SizeKB)
	}
	z, _ := r.zone(node, name)
	if z == nil || len(z.FreeLists) > 0 || r.mem.another {
		return true
	}
	if z.FreeLists == nil {
		z.FreeLists = make([]event.FreeList, 0, min(bytes.Count(rest, []byte("*")), maxOrders))
	}
	for len(z.FreeLists) < maxOrders {
		f, left, ok := cutFreeList(rest, &r.scratch.names)
		if !ok {
			break
		}
		z.FreeLists, rest = append(z.FreeLists, f), left
	}
	return true
}

func (r *report) hasZone(name []byte) bool {
	return slices.ContainsFunc(r.d.Node.Zones, func(z event.Zone) bool { return z.Name == string(name) })
}

// cutFreeList cuts " 12*4kB (UM)" off.
func cutFreeList(b []byte, names *nameTable) (f event.FreeList, rest []byte, ok bool) {
	n, rest, ok := count(bytes.TrimLeft(b, " "))
	if !ok || len(rest) == 0 || rest[0] != '*' {
		return f, b, false
	}
	size, rest, ok := count(rest[1:])
	if !ok || !bytes.HasPrefix(rest, []byte("kB")) || len(rest) > 2 && rest[2] != ' ' {
		return f, b, false
	}
	f.Count, f.SizeKB, rest = n, size, rest[2:]
	if len(rest) > 1 && rest[1] == '(' {
		if i := bytes.IndexByte(rest[:min(len(rest), 20)], ')'); i >= 0 && isLetters(rest[2:i]) {
			f.Types, rest = names.of(rest[2:i]), rest[i+1:]
		}
	}
	return f, rest, true
}

func isLetters(b []byte) bool {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// hugepages reads the huge pages of one size on one node, behind "Node 0 ",
// 3.10 and later:
//
//	hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB
func (r *report) hugepages(node int, b []byte) bool {
	h := event.Hugepages{Node: node}
	for _, f := range [...]struct {
		name string
		to   *int64
	}{{"hugepages_total=", &h.Total}, {" hugepages_free=", &h.Free}, {" hugepages_surp=", &h.Surp}, {" hugepages_size=", &h.SizeKB}} {
		rest, ok := bytes.CutPrefix(b, []byte(f.name))
		if !ok {
			return false
		}
		if *f.to, b, ok = count(rest); !ok {
			return false
		}
	}
	if string(b) != "kB" {
		return false
	}
	n := &r.d.Node
	for i := range n.Hugepages {
		if o := &n.Hugepages[i]; o.Node == node && o.SizeKB == h.SizeKB {
			return true
		}
	}
	if !r.mem.another && len(n.Hugepages) < maxHugepages {
		n.Hugepages = append(n.Hugepages, h)
	}
	return true
}
