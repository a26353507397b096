package zone

import (
	"slices"

	"oomtrace/parsers/event"
)

// hides is the first version that may leave zones out that are too high for the
// request: mainline does so from 6.1 on (mm/page_alloc.c, show_free_areas,
// max_zone_idx), and vendors take such patches back.
const hides = 5000

// isPrinted says whether the report has the line of a zone, and not its free
// lists alone.
func isPrinted(z *Zone) bool { return z.FreeKB >= 0 || z.MinKB >= 0 }

// A place is a type of zone on a node.
type place struct{ node, rank int }

// lacksLines says whether the log proves that lines of zones which the kernel
// printed are not in it, as in a report of which a person kept a piece: there
// are the free lists of a zone without its line, or lowmem_reserve[] counts
// memory of a zone that has no line, or so much is free elsewhere.
func (a *analysis) lacksLines() bool {
	there := make(map[place]bool)
	for i := range a.zones {
		there[place{a.zones[i].Node, rankOf(a.zones[i].Name)}] = true
	}
	return slices.ContainsFunc(a.zones, func(z Zone) bool { return !isPrinted(&z) || a.keepsForLost(&z, there) }) ||
		a.showsAll() && a.hidden() > 0
}

// keepsForLost says whether lowmem_reserve[] of the zone grows where its node has
// a zone that is not printed. A number is the memory of all zones above, up to
// that type, by a ratio: it grows only with the memory of its own type
// (mm/page_alloc.c, setup_per_zone_lowmem_reserve).
func (a *analysis) keepsForLost(z *Zone, there map[place]bool) bool {
	list := a.printed(z).LowmemReserve
	fits := false
	for _, l := range a.layouts {
		if len(l) != len(list) || l.index(rankOf(z.Name)) < 0 {
			continue
		}
		fits = true
		if !a.growsAtLost(z, l, there) {
			return false
		}
	}
	return fits
}

// growsAtLost says so for one layout. Device memory is not given out and never
// printed.
func (a *analysis) growsAtLost(z *Zone, l layout, there map[place]bool) bool {
	list := a.printed(z).LowmemReserve
	for i := l.index(rankOf(z.Name)) + 1; i < len(l); i++ {
		if known(list[i-1]) >= 0 && known(list[i]) > list[i-1] && a.mustShow(l, l[i]) && !there[place{z.Node, l[i]}] {
			return true
		}
	}
	return false
}

// mustShow says whether the kernel prints zones of that type for this request.
func (a *analysis) mustShow(l layout, rank int) bool {
	if rank == rankDevice {
		return false
	}
	if a.era.since(hides) == No {
		return true
	}
	return !slices.ContainsFunc(a.prefers(), func(p int) bool { return rank > l.highest(p) })
}

// showsAll says whether the kernel printed all zones of the machine: no type is
// too high, and there is one node or none is left out. In the root cpuset, which
// is printed as "/", all nodes are allowed.
func (a *analysis) showsAll() bool {
	if a.era.since(hides) != No && a.req.Zone != ranks[rankMovable] {
		return false
	}
	if !slices.ContainsFunc(a.zones, func(z Zone) bool { return z.Node != event.NotPrinted }) {
		return true
	}
	allNodes := a.d.Nodemask == "" || a.d.Nodemask == "(null)"
	return allNodes && a.d.Cpuset == "/" && a.d.Kind != "cpuset" && a.d.Kind != "mempolicy"
}

// hidden returns how much more is free than the zones of the report have, 0 if
// that is not known or not much. The total is of the whole machine, and read a
// moment earlier.
func (a *analysis) hidden() int64 {
	const skew = 8 << 10 // KiB that the two can well be apart
	total := known(a.d.Node.Totals.Of("free"))
	if total < 0 {
		total = known(a.d.Node.FreePages)
	}
	shown := a.shown()
	if total < 0 || shown < 0 || a.pageKB == 0 || a.d.Truncated {
		return 0
	}
	beyond := a.pages(total).lo - shown
	if beyond < skew || beyond < shown {
		return 0
	}
	return beyond
}

// shown returns what the zones of the report have free, those without a line left
// out; event.NotPrinted if none has one.
func (a *analysis) shown() int64 {
	return a.sum(a.which(isPrinted), func(z *Zone) int64 { return z.FreeKB })
}
