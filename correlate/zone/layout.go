package zone

import (
	"slices"

	"oomtrace/parsers/event"
)

// ranks are the types of zones, the lowest first (include/linux/mmzone.h, enum
// zone_type). Normal and Movable are on every machine, the others by
// architecture and configuration.
var ranks = []string{"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"}

// The ranks that are asked for by name.
const (
	rankDMA32   = 1
	rankNormal  = 2
	rankHighMem = 3
	rankMovable = 4
	rankDevice  = 5
)

// rankOf returns the rank of a type, -1 if it is none.
func rankOf(name string) int { return slices.Index(ranks, name) }

// A layout is the types of zones that a kernel is built with, lowest first.
// lowmem_reserve[] has one number for each of them, printed or not.
type layout []int

// layoutsOf returns every layout that agrees with the zones that are printed
// and with the length of lowmem_reserve[]. Empty zones are not printed, and from
// 6.1 on those above the highest that the request may use are not either
// (mm/page_alloc.c, show_free_areas, max_zone_idx), so there can be several.
func layoutsOf(d *event.OOMDump, e era) []layout {
	var seen [6]bool
	width := 0
	for i := range d.Node.Zones {
		z := &d.Node.Zones[i]
		width = max(width, len(z.LowmemReserve))
		if r := rankOf(z.Name); r >= 0 {
			seen[r] = true
		}
	}
	if d.Node.PagesHighMem > 0 && d.Node.PagesHighMem <= most {
		seen[rankHighMem] = true // counted with CONFIG_HIGHMEM alone
	}
	all, fitting := []layout(nil), []layout(nil)
	if mayBeFixed(d) {
		all = append(all, fixedLayout)
		if len(fixedLayout) == width {
			fitting = append(fitting, fixedLayout)
		}
	}
	if isFixed(d) {
		return all
	}
	for set := range 1 << len(ranks) {
		l := layoutOf(set, seen)
		if l == nil || l.index(rankDevice) >= 0 && e.since(4003) == No {
			continue // the first with ZONE_DEVICE
		}
		if !seen[rankHighMem] && d.Node.PagesHighMem == 0 && growsAt(d, l, rankHighMem) {
			continue // there is no high memory, and the layout says that there is
		}
		all = append(all, l)
		if len(l) == width {
			fitting = append(fitting, l)
		}
	}
	if fitting == nil {
		return all
	}
	return fitting
}

// growsAt says whether lowmem_reserve[] of some zone counts memory of a type.
func growsAt(d *event.OOMDump, l layout, rank int) bool {
	at := l.index(rank)
	return at > 0 && slices.ContainsFunc(d.Node.Zones, func(z event.Zone) bool {
		list := z.LowmemReserve
		below := l.index(rankOf(z.Name))
		return len(list) == len(l) && below >= 0 && below < at && known(list[at-1]) >= 0 && known(list[at]) > list[at-1]
	})
}

// fixedLayout is the one of 2.6.18 on every machine: types were not yet left out
// at build time (2.6.19), and there was no Movable (2.6.23).
var fixedLayout = layout{0, rankDMA32, rankNormal, rankHighMem}

// isFixed says whether the report is of such a kernel: mapped-anon is printed by
// no later one.
func isFixed(d *event.OOMDump) bool { return d.Node.Totals.Of("mapped-anon") >= 0 }

// mayBeFixed says whether it can be: to 2.6.27 a zone has one pair of lists.
func mayBeFixed(d *event.OOMDump) bool {
	return isFixed(d) || d.Node.Totals.Of("mapped") < 0 &&
		slices.ContainsFunc(d.Node.Zones, func(z event.Zone) bool { return z.KB.Of("active") >= 0 })
}

// layoutOf returns the layout of the types in set, nil if no kernel has it.
func layoutOf(set int, seen [6]bool) (l layout) {
	for r := range ranks {
		in := set>>r&1 == 1
		if (r == rankNormal || r == rankMovable || seen[r]) && !in {
			return nil
		}
		if in {
			l = append(l, r)
		}
	}
	// DMA32 is of 64-bit machines, HighMem of 32-bit ones.
	if l.index(rankDMA32) >= 0 && l.index(rankHighMem) >= 0 && !(seen[rankDMA32] && seen[rankHighMem]) {
		return nil
	}
	return l
}

func (l layout) index(rank int) int { return slices.Index(l, rank) }

// highest returns the rank of the highest zone for a request that prefers rank
// (include/linux/gfp.h, gfp_zone and OPT_ZONE_*: a type that is not there is
// Normal).
func (l layout) highest(rank int) int {
	switch {
	case l.index(rank) >= 0:
		return rank
	case rank == rankMovable:
		return l.highest(rankHighMem)
	}
	return rankNormal
}

// prefers returns the ranks that the request can prefer: all if it is unknown.
func (a *analysis) prefers() []int {
	if r := rankOf(a.req.Zone); r >= 0 && r < rankDevice {
		return []int{r}
	}
	return []int{0, rankDMA32, rankNormal, rankHighMem, rankMovable}
}

// useByType says whether the zone's type is low enough for the request.
func (a *analysis) useByType(z *Zone) Verdict {
	r := rankOf(z.Name)
	if r < 0 {
		return Unknown
	}
	if r == rankDevice {
		return No // no ordinary request: include/linux/mmzone.h
	}
	yes, no := false, false
	for _, l := range a.layouts {
		for _, p := range a.prefers() {
			if r <= l.highest(p) {
				yes = true
			} else {
				no = true
			}
		}
	}
	if yes && no {
		return Unknown
	}
	return verdict(yes)
}

// reserve returns the pages of lowmem_reserve that hold for this request.
func (a *analysis) reserve(z *Zone) (span, bool) {
	list := a.printed(z).LowmemReserve
	var s span
	for n, i := range a.indexes {
		if i >= len(list) || known(list[i]) < 0 {
			return span{0, most}, false
		}
		if n == 0 {
			s = exactly(list[i])
		}
		s = s.or(exactly(list[i]))
	}
	return s, len(list) > 0
}

// reserveIndexes returns which numbers of lowmem_reserve[] can hold. From 5.8 on
// it is the one of the highest zone that the mask allows (97a225e69a1f), before
// that of the first zone of the zonelist, so of the highest one that is not
// empty on the node that comes first, which is not printed.
func (a *analysis) reserveIndexes() []int {
	var is []int
	put := func(i int) {
		if i >= 0 && !slices.Contains(is, i) {
			is = append(is, i)
		}
	}
	for _, l := range a.layouts {
		for _, p := range a.prefers() {
			high := l.highest(p)
			if a.era.since(5008) != No {
				put(l.index(high))
			}
			if a.era.since(5008) != Yes {
				for _, r := range a.firstZones(high) {
					put(l.index(r))
				}
			}
		}
	}
	return is
}

// firstZones returns for each node the rank of its highest zone that is not
// empty and not above high.
func (a *analysis) firstZones(high int) (first []int) {
	last := -1 // of the node that was looked at last, -1 none yet
	node := 0
	for i := range a.zones {
		z := &a.zones[i] // by node, the highest first
		if last >= 0 && z.Node == node {
			continue
		}
		r := rankOf(z.Name)
		if r < 0 || r > high || a.printed(z).KB.Of("present") == 0 {
			continue
		}
		node, last = z.Node, r
		if !slices.Contains(first, r) {
			first = append(first, r)
		}
	}
	if first == nil {
		return []int{high}
	}
	return first
}
