package zone

import (
	"cmp"
	"slices"

	"oomtrace/parsers/event"
)

// most is the largest size in KiB, and the largest number of pages, that is
// taken for one: 2^50 KiB is an exbibyte. A log can hold any number; sums of
// what is left here cannot overflow by less than a thousand of them, and add
// takes care of the rest.
const most = int64(1) << 50

// An analysis is one report while it is looked at.
type analysis struct {
	d       *event.OOMDump
	req     Request
	pageKB  int64 // 0 if not known
	era     era
	zones   []Zone // in the order of the zonelist
	layouts []layout
	indexes []int // into lowmem_reserve[]: which of its numbers can hold
	lost    bool  // zones that the kernel printed are not in the log
}

func newAnalysis(d *event.OOMDump, req Request, pageKB int64) *analysis {
	a := &analysis{d: d, req: req, pageKB: pageSize(pageKB)}
	if a.pageKB == 0 {
		a.pageKB = pageSize(d.Node.PageKB)
	}
	a.era = eraOf(d)
	a.layouts = layoutsOf(d, a.era)
	for i := range d.Node.Zones {
		a.zones = append(a.zones, newZone(i, &d.Node.Zones[i]))
	}
	// The order of a zonelist, as far as it can be known: by node, of each node
	// the highest first. Sorted by all that is told apart, so that the order of
	// print does not matter.
	slices.SortStableFunc(a.zones, func(x, y Zone) int {
		return cmp.Or(cmp.Compare(x.Node, y.Node), cmp.Compare(rankOf(y.Name), rankOf(x.Name)),
			cmp.Compare(x.Name, y.Name), cmp.Compare(x.FreeKB, y.FreeKB), cmp.Compare(x.MinKB, y.MinKB))
	})
	a.indexes = a.reserveIndexes()
	a.lost = a.lacksLines()
	return a
}

func newZone(i int, z *event.Zone) Zone {
	return Zone{Index: i, Node: z.Node, Name: z.Name,
		FreeKB: known(z.FreeKB), MinKB: known(z.MinKB), LowKB: known(z.LowKB), HighKB: known(z.HighKB),
		BoostKB: known(z.BoostKB), ReserveKB: event.NotPrinted, CMAKB: event.NotPrinted,
		HighatomicKB: event.NotPrinted, NeedKB: event.NotPrinted, LastNeedKB: event.NotPrinted,
		LackKB: event.NotPrinted}
}

// printed returns the zone of the report that z is about.
func (a *analysis) printed(z *Zone) *event.Zone { return &a.d.Node.Zones[z.Index] }

// has says whether the request's mask has a bit.
func (a *analysis) has(bits ...string) Verdict {
	if a.req.Bits == nil {
		return Unknown
	}
	for _, b := range bits {
		if slices.Contains(a.req.Bits, b) {
			return Yes
		}
	}
	return No
}

// known returns n if it can be a size or a count, else event.NotPrinted.
func known(n int64) int64 {
	if n < 0 || n > most {
		return event.NotPrinted
	}
	return n
}

// pageSize returns kb if some machine has pages of that size, else 0.
func pageSize(kb int64) int64 {
	if kb >= 1 && kb <= 1024 && kb&(kb-1) == 0 {
		return kb
	}
	return 0
}

// add returns the sum of numbers that are not negative, and stops at most<<8.
func add(ns ...int64) int64 {
	var sum int64
	for _, n := range ns {
		sum = min(sum+min(n, most<<8), most<<8)
	}
	return sum
}

// A span is a number that lies from lo to hi.
type span struct{ lo, hi int64 }

// exactly returns the span of one number.
func exactly(n int64) span { return span{n, n} }

func (s span) plus(t span) span { return span{add(s.lo, t.lo), add(s.hi, t.hi)} }

// or returns the span of both.
func (s span) or(t span) span { return span{min(s.lo, t.lo), max(s.hi, t.hi)} }

// one returns the number if there is but one, else event.NotPrinted.
func (s span) one() int64 {
	if s.lo != s.hi {
		return event.NotPrinted
	}
	return s.lo
}

// pages returns n pages in KiB. Without a page size they are between those of
// the smallest and of the largest pages that Linux has (4 and 256 KiB).
func (a *analysis) pages(n int64) span {
	if a.pageKB > 0 {
		return exactly(min(n*a.pageKB, most))
	}
	return span{min(n*4, most), min(n*256, most)}
}

// both returns Yes if both are, No if one is No.
func both(v, w Verdict) Verdict {
	switch {
	case v == No || w == No:
		return No
	case v == Yes && w == Yes:
		return Yes
	}
	return Unknown
}

// agree returns the verdict that both are, else Unknown.
func agree(v, w Verdict) Verdict {
	if v != w {
		return Unknown
	}
	return v
}

func verdict(yes bool) Verdict {
	if yes {
		return Yes
	}
	return No
}
