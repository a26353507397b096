package zone

import (
	"strings"

	"oomtrace/parsers/event"
)

// maxOrder is the largest order that is taken for one; no kernel has blocks of
// more than 2^20 pages or so (MAX_ORDER, MAX_PAGE_ORDER).
const maxOrder = 24

// judge fills in what the request meets in a zone.
func (a *analysis) judge(z *Zone) {
	a.use(z)
	order := min(max(a.req.Order, 0), maxOrder+1)
	unusable := a.unusable(z)
	need, last := a.needs(z)
	z.NeedKB, z.LastNeedKB = oneKnown(need), oneKnown(last)
	z.Enough = a.enough(z, unusable, need)
	z.Block, z.Passes, z.PassesLast = Yes, z.Enough, a.enough(z, a.unusableLast(z), last)
	if order > 0 {
		z.Block = a.block(z, order, a.has("__GFP_MOVABLE"))
		z.Passes = both(z.Enough, a.fits(z, order, unusable))
		z.PassesLast = both(z.PassesLast, a.fitsLast(z, order, unusable))
	}
	z.LackKB = lack(z, unusable, need, a.pageKB)
	z.Text = a.zoneText(z)
}

// oneKnown returns the number of a span that is one and not beyond all sizes.
func oneKnown(s span) int64 { return known(s.one()) }

// needs returns what must be usable, and a page more, for an ordinary attempt
// and for the last one: the watermark, with what the zone keeps for requests
// that cannot go higher. Source: mm/page_alloc.c, __zone_watermark_ok; the last
// attempt is the one of __alloc_pages_may_oom.
func (a *analysis) needs(z *Zone) (need, last span) {
	reserve := span{0, most}
	if pages, ok := a.reserve(z); ok {
		reserve = span{a.pages(pages.lo).lo, a.pages(pages.hi).hi}
		z.ReserveKB = oneKnown(reserve)
	}
	need, last = span{0, most}, span{0, most}
	if z.MinKB >= 0 {
		need = a.lowered(z)
	}
	if z.HighKB >= 0 {
		last = exactly(z.HighKB)
	}
	need, last = need.plus(reserve), last.plus(reserve)
	if a.has("__GFP_MEMALLOC") == Yes && a.has("__GFP_NOMEMALLOC") == No {
		need = exactly(0) // ALLOC_NO_WATERMARKS
	}
	return need, last
}

// lowered returns min as this request sees it: less half of it, in pages and
// rounded down, with __GFP_HIGH (ALLOC_HIGH; ALLOC_MIN_RESERVE from 6.3 on, which
// does without the boost for a single page).
func (a *analysis) lowered(z *Zone) span {
	page := max(a.pageKB, 1)
	half := z.MinKB - z.MinKB/page/2*page
	unboosted := half
	if z.BoostKB > 0 && z.BoostKB <= z.MinKB {
		base := z.MinKB - z.BoostKB
		unboosted = base - base/page/2*page
	}
	switch a.has("__GFP_HIGH") {
	case Yes:
		if a.req.Order <= 0 && a.era.since(5009) != No {
			return span{unboosted, half}
		}
		return exactly(half)
	case No:
		return exactly(z.MinKB)
	}
	return span{unboosted, z.MinKB}
}

// unusable returns how much of the free memory does not count for the request.
func (a *analysis) unusable(z *Zone) span {
	cma := max(known(a.printed(z).KB.Of("free_cma")), 0)
	if z.FreeKB >= 0 {
		cma = min(cma, z.FreeKB)
	}
	s := span{cma, cma}
	switch a.has("__GFP_MOVABLE") {
	case Yes:
		s = exactly(0)
	case Unknown:
		s.lo = 0
	}
	if s.lo > 0 || s.hi == 0 {
		z.CMAKB = s.lo
	}
	return s.plus(a.highatomic(z)).plus(a.rest())
}

// unusableLast is the same for the last attempt, which does not say ALLOC_CMA
// for anybody and never spares the reserve for atomic requests.
func (a *analysis) unusableLast(z *Zone) span {
	cma := max(known(a.printed(z).KB.Of("free_cma")), 0)
	if z.FreeKB >= 0 {
		cma = min(cma, z.FreeKB)
	}
	return exactly(cma).plus(a.highatomic(z)).plus(a.rest())
}

// rest returns the other pages of the block that is asked for.
func (a *analysis) rest() span {
	order := min(max(a.req.Order, 0), maxOrder)
	return a.pages(1<<order - 1)
}

// highatomic returns what the zone sets aside for high-order atomic requests.
// From 4.4 on the whole reserve is taken off, whatever of it is free; since
// "keep track of free highatomic" (6.12 or 6.13) its free pages alone, which are
// printed from a release between 6.14 and 6.17 on. Up to 5.5 neither is printed. The reserve grows to
// a hundredth of the zone and a block or two more (reserve_highatomic_pageblock).
func (a *analysis) highatomic(z *Zone) span {
	p := a.printed(z)
	free, reserved := known(p.KB.Of("free_highatomic")), known(p.KB.Of("reserved_highatomic"))
	var s span
	switch {
	case a.era.since(4004) == No:
	case free >= 0:
		s = exactly(free)
	case reserved >= 0 && a.era.since(6012) == No:
		s = exactly(reserved)
	case reserved >= 0:
		s = span{0, reserved}
	default:
		s = span{0, highatomicBound(p)}
	}
	if s.lo == s.hi {
		z.HighatomicKB = s.lo
	}
	if s.hi > 0 && a.has("__GFP_HIGH") != No {
		s.lo = 0 // ALLOC_RESERVES, 6.3 and later
	}
	return s
}

// highatomicBound returns the most that a zone can have set aside.
func highatomicBound(z *event.Zone) int64 {
	managed := known(z.KB.Of("managed"))
	if managed < 0 {
		return most
	}
	var block int64 // a pageblock is no larger than the largest block
	for i := range z.FreeLists {
		block = max(block, known(z.FreeLists[i].SizeKB))
	}
	if block == 0 {
		return most
	}
	return add(managed/100, 2*block)
}

// enough says whether free, less what is unusable, is above need.
func (a *analysis) enough(z *Zone, unusable, need span) Verdict {
	switch {
	case z.FreeKB < 0:
		return Unknown
	case z.FreeKB > add(unusable.hi, need.hi):
		return Yes
	case z.FreeKB <= add(unusable.lo, need.lo):
		return No
	}
	return Unknown
}

// lack returns how much more the zone would need for an ordinary attempt, at
// least.
func lack(z *Zone, unusable, need span, pageKB int64) int64 {
	switch z.Enough {
	case Yes:
		return 0
	case No:
		return known(add(unusable.lo, need.lo, pageKB) - z.FreeKB)
	}
	return event.NotPrinted
}

// block says whether the free lists have a block of the order or a larger one
// on a list that the request may use. H is set aside for atomic requests, I
// isolated, C for movable requests alone; R was there for everybody (to 4.3).
// Kernels to 3.8 do not print the lists' types.
func (a *analysis) block(z *Zone, order int, movable Verdict) Verdict {
	lists := a.printed(z).FreeLists
	if len(lists) == 0 || order > maxOrder {
		return Unknown
	}
	best := No
	for o := order; o < len(lists); o++ {
		switch {
		case known(lists[o].Count) < 0:
			best = Unknown
		case lists[o].Count > 0:
			switch a.usable(lists[o].Types, movable) {
			case Yes:
				return Yes
			case Unknown:
				best = Unknown
			}
		}
	}
	return best
}

// usable says whether one of the types is a list that the request may use.
func (a *analysis) usable(types string, movable Verdict) Verdict {
	switch {
	case types == "" || strings.ContainsAny(types, "UMER"):
		return Yes
	case strings.Contains(types, "C"):
		return movable
	case strings.Contains(types, "H") && a.has("__GFP_HIGH") != No:
		return Unknown
	}
	return No
}

// fits says whether a block can be had, by the check of the kernel's era: one
// large enough, from 4.4 on; enough above what the smaller ones make up, before.
func (a *analysis) fits(z *Zone, order int, unusable span) Verdict {
	now := a.block(z, order, a.has("__GFP_MOVABLE"))
	switch a.era.since(4004) {
	case Yes:
		return now
	case No:
		return a.loop(z, order, unusable)
	}
	return agree(now, a.loop(z, order, unusable))
}

// fitsLast is the same for the last attempt, which asks for more above the
// smaller blocks up to 4.3, and takes no CMA block.
func (a *analysis) fitsLast(z *Zone, order int, unusable span) Verdict {
	if a.era.since(4004) == Yes {
		return a.block(z, order, No)
	}
	if a.fits(z, order, unusable) == No {
		return No
	}
	return Unknown
}

// loop is the second half of __zone_watermark_ok from 2.6.18 to 4.3: at each order
// below the one asked for, its blocks are taken off and min is halved.
func (a *analysis) loop(z *Zone, order int, unusable span) Verdict {
	lists := a.printed(z).FreeLists
	if z.FreeKB < 0 || z.MinKB < 0 || len(lists) < order || order > maxOrder || a.pageKB == 0 {
		return Unknown
	}
	if a.has("__GFP_MEMALLOC") == Yes {
		return a.block(z, order, a.has("__GFP_MOVABLE"))
	}
	low := a.lowered(z)
	free := span{z.FreeKB - unusable.hi, z.FreeKB - unusable.lo}
	result := Yes
	for o := range order {
		count := known(lists[o].Count)
		if count < 0 {
			return Unknown
		}
		taken := min(count, most>>o/a.pageKB) << o * a.pageKB
		free.lo, free.hi = free.lo-taken, free.hi-taken
		low.lo, low.hi = low.lo/a.pageKB/2*a.pageKB, low.hi/a.pageKB/2*a.pageKB
		if free.hi <= low.lo {
			return No
		}
		if free.lo <= low.hi {
			result = Unknown
		}
	}
	return result
}
