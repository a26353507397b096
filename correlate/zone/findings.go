package zone

import (
	"slices"

	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// questions are asked in this order; one that has no answer says nothing.
var questions = []func(*analysis) (Finding, bool){
	requestUnknown,
	noneUsable, allBelow, undecided, belowHigh, aboveHigh,
	fragmented, lowmemReserve, cma, highatomic, forbiddenPlenty, hiddenPlenty,
	swap, pagecache, unevictable, slabUnreclaimable, allUnreclaimable,
	noDirectReclaim, noIO, noFS, memoryHeld,
}

func (a *analysis) findings() (all []Finding) {
	for _, ask := range questions {
		if f, ok := ask(a); ok {
			all = append(all, f)
		}
	}
	return all
}

// which returns the indexes of the zones for which keep holds.
func (a *analysis) which(keep func(*Zone) bool) (is []int) {
	for i := range a.zones {
		if keep(&a.zones[i]) {
			is = append(is, i)
		}
	}
	return is
}

// open returns the zones that the request may use, or might.
func (a *analysis) open() []int {
	return a.which(func(z *Zone) bool { return z.Use != No })
}

// every says whether keep holds for all zones of is, and there are any.
func (a *analysis) every(is []int, keep func(*Zone) bool) bool {
	return len(is) > 0 && !slices.ContainsFunc(is, func(i int) bool { return !keep(&a.zones[i]) })
}

func fails(z *Zone) bool { return z.Passes == No }

// requestUnknown: to 5.14 the page fault handler called the OOM killer without
// knowing what the allocation was (mm/oom_kill.c, pagefault_out_of_memory).
func requestUnknown(a *analysis) (Finding, bool) {
	t := a.d.Trigger
	switch {
	case t != nil && (t.GFPMask == "0x0" || t.GFPMask == "0x0()"):
		return Finding{Code: RequestUnknown, Text: "The page fault handler called the OOM killer, which does not know what was asked for. " +
			"Some allocation on the way had failed before; the zones are as they were after that. Which of them it might use is not known."}, true
	case a.req.Zone == "" && t != nil && t.GFPMask != "":
		return Finding{Code: RequestUnknown, Text: "Which zones the request might use is not known: its mask is printed (" + short(t.GFPMask) + "), but not what its bits mean on this kernel."}, true
	case a.req.Zone == "":
		return Finding{Code: RequestUnknown, Text: "What was asked for is not known, so which zones the request might use, and what of their free memory counts, stays open."}, true
	}
	return Finding{}, false
}

func noneUsable(a *analysis) (Finding, bool) {
	if len(a.open()) > 0 {
		return Finding{}, false
	}
	text := "The report shows no zone that this request may use."
	if a.lost {
		text = "None of the zones shown is one that this request may use."
	}
	return Finding{Code: NoneUsable, Text: text,
		Zones: a.which(func(*Zone) bool { return true })}, true
}

func allBelow(a *analysis) (Finding, bool) {
	is := a.open()
	if !a.every(is, fails) {
		return Finding{}, false
	}
	text := "Every zone that the request may use"
	switch {
	case a.every(is, func(z *Zone) bool { return z.Use == Unknown }):
		text = "Whichever of the zones the request may use, each"
	case a.lost:
		text = "Every zone shown that the request may use"
	}
	if a.every(is, func(z *Zone) bool { return z.Enough == No }) {
		text += " has too little free memory."
	} else {
		text += " fails the kernel's check, for want of free memory or of a block large enough."
	}
	return Finding{Code: AllBelow, Text: text, Zones: is}, true
}

func undecided(a *analysis) (Finding, bool) {
	is := a.which(func(z *Zone) bool { return z.Use != No && z.Passes == Unknown })
	passes := a.which(func(z *Zone) bool { return z.Use != No && z.Passes == Yes })
	if len(is) == 0 || len(passes) > 0 {
		return Finding{}, false
	}
	text := "Whether the request fails the check cannot be told from the printed numbers for " + a.names(is) + "."
	if rest := a.which(func(z *Zone) bool { return z.Use != No && fails(z) }); len(rest) > 0 {
		text += " It fails for " + a.names(rest) + "."
	}
	if a.every(a.open(), func(z *Zone) bool { return z.PassesLast == No }) {
		text += " The last attempt before a kill, which asks for the high watermark, fails in " + a.anyCase() + "."
	}
	return Finding{Code: Undecided, Text: text, Zones: is}, true
}

// anyCase says for what zones something holds that holds for all there are.
func (a *analysis) anyCase() string {
	if a.lost {
		return "each of the zones shown"
	}
	return "any case"
}

// belowHigh: the numbers would let an ordinary attempt through, not the last.
func belowHigh(a *analysis) (Finding, bool) {
	is := a.which(func(z *Zone) bool { return z.Use != No && z.Passes == Yes && z.PassesLast != Yes })
	if len(is) == 0 || len(a.above()) > 0 {
		return Finding{}, false
	}
	return Finding{Code: BelowHigh, Zones: is, Text: "When the report was printed, an ordinary attempt would have got memory from " + a.names(is) + a.ifUsable(is) +
		". Memory may have been freed since the attempts that failed. The last attempt before a kill asks for the high watermark, and there " + a.lastText(is)}, true
}

func (a *analysis) lastText(is []int) string {
	if a.every(is, func(z *Zone) bool { return z.PassesLast == No }) {
		return "free memory was still too low for that."
	}
	return "it cannot be told whether free memory was enough for that."
}

// above returns the zones from which even the last attempt would have got memory.
func (a *analysis) above() []int {
	return a.which(func(z *Zone) bool { return z.Use != No && z.Passes == Yes && z.PassesLast == Yes })
}

// ifUsable limits what is said of zones that the request may perhaps not use.
func (a *analysis) ifUsable(is []int) string {
	if a.req.Zone == "" || a.every(is, func(z *Zone) bool { return z.Use == Yes }) {
		return "" // of a request that is not known it is said once
	}
	return " (if the request may use that at all)"
}

func aboveHigh(a *analysis) (Finding, bool) {
	is := a.above()
	if len(is) == 0 {
		return Finding{}, false
	}
	return Finding{Code: AboveHigh, Zones: is, Text: "When the report was printed, " + a.names(is) +
		a.ifUsable(is) + " had more free than even the last attempt asks for. So the printed numbers do not explain the failure" +
		": memory was freed between the failed check and the print, or the check saw other numbers."}, true
}

func fragmented(a *analysis) (Finding, bool) {
	is := a.which(func(z *Zone) bool { return z.Use != No && z.Enough == Yes && fails(z) })
	if len(is) == 0 {
		return Finding{}, false
	}
	z := &a.zones[is[0]]
	return Finding{Code: Fragmented, Zones: is, Text: "Memory is fragmented. " + a.where(z) + " has " + prose.Size(z.FreeKB) +
		" free, enough in sum, but " + a.blockText(z) + "." + a.also(is[1:])}, true
}

// lowmemReserve: zones that hold their free memory for requests that can use no
// other (mm/page_alloc.c, setup_per_zone_lowmem_reserve).
func lowmemReserve(a *analysis) (Finding, bool) {
	is := a.which(func(z *Zone) bool {
		return z.Use == Yes && z.Enough == No && z.ReserveKB > 0 && z.MinKB >= 0 && z.FreeKB > z.MinKB
	})
	if len(is) == 0 {
		return Finding{}, false
	}
	return Finding{Code: LowmemReserve, Zones: is, Text: a.names(is) + plural(is, " has", " have") + " free memory but" + plural(is, " keeps", " keep") +
		" it for requests that can use no higher zone."}, true
}

// plural returns one or many, as there are zones.
func plural(is []int, one, many string) string {
	if len(is) == 1 {
		return one
	}
	return many
}

func (a *analysis) also(is []int) string {
	if len(is) == 0 {
		return ""
	}
	return " The same holds for " + a.names(is) + "."
}

func cma(a *analysis) (Finding, bool) {
	is := a.which(func(z *Zone) bool {
		return z.Use == Yes && fails(z) && z.FreeKB >= 0 && z.CMAKB > 0 && (z.LackKB > 0 && z.LackKB <= z.CMAKB || z.CMAKB > z.FreeKB/2)
	})
	if len(is) == 0 || a.has("__GFP_MOVABLE") != No {
		return Finding{}, false
	}
	z := &a.zones[is[0]]
	say := sizes(z.FreeKB, z.CMAKB)
	return Finding{Code: CMA, Zones: is, Text: "Of the " + say(z.FreeKB) + " free in " + a.names(is[:1]) + ", " + say(z.CMAKB) +
		" is CMA memory, kept so that devices can get large areas; only movable requests may use it, and this one is not movable." + a.also(is[1:])}, true
}

func highatomic(a *analysis) (Finding, bool) {
	is := a.which(func(z *Zone) bool {
		return z.Use == Yes && z.Enough == No && z.HighatomicKB > 0 && z.NeedKB >= 0 && z.LackKB > 0 && z.LackKB <= z.HighatomicKB
	})
	if len(is) == 0 {
		return Finding{}, false
	}
	z := &a.zones[is[0]]
	say := sizes(z.FreeKB, z.HighatomicKB)
	return Finding{Code: Highatomic, Zones: is, Text: a.where(z) + " has " + say(z.FreeKB) + " free and would pass but for the " + say(z.HighatomicKB) +
		" set aside for atomic requests of several pages; the check takes that off." + a.also(is[1:])}, true
}

// forbiddenPlenty: a zone that the request may not use is above its own high
// watermark and has more than all that it may use together.
func forbiddenPlenty(a *analysis) (Finding, bool) {
	usable := a.sum(a.open(), func(z *Zone) int64 { return z.FreeKB })
	is := a.which(func(z *Zone) bool {
		return z.Use == No && z.Name != "Device" && z.HighKB >= 0 && z.FreeKB > z.HighKB && z.FreeKB > max(usable, 0)
	})
	if len(is) == 0 {
		return Finding{}, false
	}
	text := a.names(is) + plural(is, " has", " each have") + " more free than all zones together that the request may use"
	if usable < 0 {
		text = a.names(is) + plural(is, " has", " have") + " free memory that the request may not use"
	}
	return Finding{Code: ForbiddenPlenty, Zones: is, Text: text + "."}, true
}

// hiddenPlenty: zones are left out of the report whose nodes are not allowed
// (SHOW_MEM_FILTER_NODES) or, from 6.1 on, that are above the highest zone of the
// request; and the log may lack lines that the report had.
func hiddenPlenty(a *analysis) (Finding, bool) {
	beyond := a.hidden()
	if beyond == 0 {
		return Finding{}, false
	}
	shown := a.shown()
	text := "The whole machine had " + prose.Size(beyond+shown) + " free, but the zones of the report have " + prose.Size(shown) +
		" of that. The rest is in zones that the report leaves out: those on nodes, or of a type, that the request may not use."
	if a.lost {
		text = "The whole machine had " + prose.Size(beyond+shown) + " free, but the zones shown have " + prose.Size(shown) +
			" of that. The rest is in zones whose lines this log does not have."
	}
	return Finding{Code: HiddenPlenty, Text: text}, true
}

// sum adds a size of zones; event.NotPrinted if one has none, or there are none.
func (a *analysis) sum(is []int, of func(*Zone) int64) int64 {
	var sum int64
	for _, i := range is {
		n := of(&a.zones[i])
		if n < 0 {
			return event.NotPrinted
		}
		sum = add(sum, n)
	}
	if len(is) == 0 {
		return event.NotPrinted
	}
	return sum
}

// unknown says what the report leaves open.
func (a *analysis) unknown() (all []string) {
	if a.nodes() > 1 {
		all = append(all, "Which node the allocator tried first is not printed; the nodes stand here by number.")
	}
	if a.lost && a.hidden() == 0 && !slices.ContainsFunc(a.zones, func(z Zone) bool { return !isPrinted(&z) }) {
		all = append(all, "The log lacks the lines of some zones; what they had free is not known.")
	}
	if a.pageKB == 0 {
		all = append(all, "The size of a page is not printed, so lowmem_reserve, which counts pages, is not known in KiB.")
	}
	if a.req.Order > 0 && a.era.since(4004) == Unknown {
		all = append(all, "The kernel's version is not known; up to 4.3 the check for blocks of several pages was another, and where the two differ nothing is said.")
	}
	return all
}

func (a *analysis) nodes() int {
	n, last := 0, 0
	for i := range a.zones {
		if i == 0 || a.zones[i].Node != last {
			n++
		}
		last = a.zones[i].Node
	}
	return n
}
