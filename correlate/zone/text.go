package zone

import (
	"strconv"
	"strings"

	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// sizes writes numbers that a text compares: all in KiB where two that differ
// would look the same otherwise.
func sizes(kbs ...int64) func(int64) string {
	seen := make(map[string]int64)
	for _, kb := range kbs {
		s := prose.Size(kb)
		if was, ok := seen[s]; ok && was != kb {
			return func(kb int64) string { return strconv.FormatInt(kb, 10) + " KiB" }
		}
		seen[s] = kb
	}
	return prose.Size
}

func freeText(kb int64) string {
	if kb < 0 {
		return "an unknown amount free"
	}
	return prose.Size(kb) + " free"
}

// zoneText is the short of one zone.
func (a *analysis) zoneText(z *Zone) string {
	if z.Use == No {
		return a.where(z) + " has " + freeText(z.FreeKB) + ", but " + z.Why + "."
	}
	if z.FreeKB < 0 || z.MinKB < 0 {
		if !isPrinted(z) {
			return a.where(z) + ": the line that says what it had free is not in this log."
		}
		return a.where(z) + ": its free memory or its watermarks are not printed."
	}
	say := sizes(z.FreeKB, z.MinKB, max(z.NeedKB, 0), max(z.HighKB, 0), max(z.LastNeedKB, 0), max(z.ReserveKB, 0), max(z.CMAKB, 0), max(z.HighatomicKB, 0))
	var b strings.Builder
	b.WriteString(a.where(z) + " has " + say(z.FreeKB) + " free. ")
	b.WriteString(a.needText(z, say))
	b.WriteString(a.unusableText(z, say))
	b.WriteString(a.passText(z, say))
	if z.Use == Unknown && a.req.Zone != "" { // else requestUnknown says it once
		b.WriteString(" Whether the request may use this zone is open: " + z.Why + ".")
	}
	return b.String()
}

// needText says what free is measured against.
func (a *analysis) needText(z *Zone, say func(int64) string) string {
	parts := "its min watermark of " + say(z.MinKB)
	if z.BoostKB > 0 {
		parts += " (" + say(z.BoostKB) + " of it a temporary boost against fragmentation)"
	}
	switch {
	case a.has("__GFP_MEMALLOC") == Yes && a.has("__GFP_NOMEMALLOC") == No:
		return "The request may ignore the watermarks (__GFP_MEMALLOC)."
	case a.has("__GFP_HIGH") == Yes:
		parts = "half of " + parts + " (__GFP_HIGH)"
	}
	switch {
	case z.ReserveKB > 0:
		parts += " plus " + say(z.ReserveKB) + " that it keeps for requests that cannot use a higher zone (lowmem_reserve)"
	case z.ReserveKB < 0:
		parts += ", plus a lowmem_reserve that cannot be told"
	}
	if z.NeedKB >= 0 && z.NeedKB != z.MinKB {
		parts += ", together " + say(z.NeedKB)
	}
	return "An ordinary request may take from it only while that is more than " + parts + "."
}

// unusableText says what of the free memory does not count.
func (a *analysis) unusableText(z *Zone, say func(int64) string) (s string) {
	if z.CMAKB > 0 {
		s += " " + say(z.CMAKB) + " of the free memory is CMA, which only movable requests get."
	}
	if z.HighatomicKB > 0 {
		s += " " + say(z.HighatomicKB) + " is set aside for atomic requests of several pages."
	}
	return s
}

func (a *analysis) passText(z *Zone, say func(int64) string) string {
	switch {
	case z.Passes == Yes && z.PassesLast == Yes:
		return " By these numbers the request would have got its memory here."
	case z.Passes == Yes && z.PassesLast == No && z.HighKB >= 0:
		return " That is met, but not what the last attempt before a kill asks for instead: more than " + a.lastNeedText(z, say) + "."
	case z.Passes == Yes:
		return " That is met; whether the last attempt before a kill would pass cannot be told."
	case z.Enough == Yes && z.Passes == No:
		return " That is met, but " + a.blockText(z) + "."
	case z.Passes == No && z.LackKB > 0:
		return " It lacks " + say(z.LackKB) + orMore(z) + "."
	case z.Passes == No:
		return " It has too little."
	}
	return a.openText(z)
}

// lastNeedText says what the last attempt asks for: the high watermark, with the
// same lowmem_reserve, and no CMA page counts for it.
func (a *analysis) lastNeedText(z *Zone, say func(int64) string) string {
	s := "the high watermark of " + say(z.HighKB)
	if z.ReserveKB > 0 && z.LastNeedKB >= 0 {
		s += " plus the same " + say(z.ReserveKB) + ", together " + say(z.LastNeedKB)
	}
	if z.CMAKB == 0 && known(a.printed(z).KB.Of("free_cma")) > 0 {
		s += ", free CMA memory not counted"
	}
	return s
}

// openText says why it is open whether an ordinary attempt would pass.
func (a *analysis) openText(z *Zone) string {
	const open = " Whether that is met cannot be told"
	printed := a.printed(z).KB
	switch {
	case z.Enough == Yes:
		return " That is met in sum; whether a block of " + a.blockPages() + " could be had cannot be told."
	case z.ReserveKB < 0 || z.HighatomicKB >= 0:
		return open + "."
	case known(printed.Of("reserved_highatomic")) >= 0 || known(printed.Of("free_highatomic")) >= 0:
		return open + ": how much of what is set aside for atomic requests of several pages counts is not printed."
	case a.era.since(4004) == Yes:
		return open + ": some of it may be set aside for atomic requests of several pages, and this kernel does not print how much."
	}
	return open + ": kernels from 4.4 on may have set some of it aside for atomic requests of several pages, and how much is not printed."
}

// orMore says that LackKB is a lower bound.
func orMore(z *Zone) string {
	if z.NeedKB < 0 || z.CMAKB < 0 || z.HighatomicKB < 0 {
		return " or more"
	}
	return ""
}

// blockText says why enough in sum is not enough.
func (a *analysis) blockText(z *Zone) string {
	pages := a.blockPages()
	if z.Block == Yes {
		return "too little of it is in blocks of " + pages + " or more for what a kernel of that time asks"
	}
	return "no free block that the request may use has " + pages
}

// blockPages names the block that is asked for.
func (a *analysis) blockPages() string {
	return strconv.Itoa(1<<min(max(a.req.Order, 0), maxOrder)) + " adjoining pages"
}

// list joins names: "a, b and c", and "a, b and 3 more" if there are many.
func list(names []string) string {
	const longest = 5
	if extra := len(names) - longest; extra > 0 {
		names = append(names[:longest:longest], strconv.Itoa(extra)+" more")
	}
	return prose.List(names)
}

// names names zones in the middle of a sentence.
func (a *analysis) names(is []int) string {
	var all []string
	for _, i := range is {
		s := short(a.zones[i].Name)
		if a.zones[i].Node != event.NotPrinted {
			s += " of node " + strconv.Itoa(a.zones[i].Node)
		}
		all = append(all, s)
	}
	return list(all)
}
