package zone

import (
	"strconv"

	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// A scope is the zones whose memory could have been freed for the request, or
// the whole machine where the zone lines do not say.
type scope struct {
	is   []int
	text string // "in the zones that..." or "on the whole machine"
}

// lru adds up sizes that the zones' lines print, over the zones that the request
// may use; else it takes the machine's totals. event.NotPrinted if neither has them.
func (a *analysis) lru(names ...string) (int64, scope) {
	in := scope{a.open(), "in the zones that the request may use"}
	if a.lost || a.req.Zone == "" {
		in.text = "in the zones shown"
	}
	sum := a.sum(in.is, func(z *Zone) int64 {
		var sum int64
		for _, name := range names {
			n := known(a.printed(z).KB.Of(name))
			if n < 0 {
				return event.NotPrinted
			}
			sum = add(sum, n)
		}
		return sum
	})
	if sum >= 0 {
		return sum, in
	}
	return a.total(names...), scope{nil, "on the whole machine"}
}

// total adds up the machine's totals, which are in pages.
func (a *analysis) total(names ...string) int64 {
	var sum int64
	for _, name := range names {
		n := known(a.d.Node.Totals.Of(name))
		if n < 0 || a.pageKB == 0 {
			return event.NotPrinted
		}
		sum = add(sum, a.pages(n).lo)
	}
	return sum
}

// managed returns the size of what scope is about, for "much" and "little".
func (a *analysis) managed(in scope) int64 {
	if in.is != nil {
		if n := a.sum(in.is, func(z *Zone) int64 { return known(a.printed(z).KB.Of("managed")) }); n > 0 {
			return n
		}
		return a.sum(in.is, func(z *Zone) int64 { return known(a.printed(z).KB.Of("present")) }) // to 3.8
	}
	ram := known(a.d.Node.PagesRAM)
	if ram < 0 || a.pageKB == 0 {
		return event.NotPrinted
	}
	return a.pages(ram).lo
}

// swap: anonymous memory can be freed by moving it to swap alone.
func swap(a *analysis) (Finding, bool) {
	anon, in := a.lru("active_anon", "inactive_anon")
	total, free := known(a.d.Node.TotalSwapKB), known(a.d.Node.FreeSwapKB)
	if total < 0 || anon <= 0 {
		return Finding{}, false
	}
	held := "the " + prose.Size(anon) + a.anonText(anon, in) + " " + in.text
	switch {
	case total == 0:
		return Finding{Code: NoSwap, Zones: in.is, Text: "There is no swap, so " + held + " could not be moved out."}, true
	case free < 0:
		return Finding{}, false
	case free == 0 || free < total/100:
		say := sizes(total, free)
		left := "nothing"
		if free > 0 {
			left = say(free)
		}
		return Finding{Code: SwapFull, Zones: in.is, Text: "Swap is full (" + left + " of " + say(total) + " left), so " + held + " could not be moved out."}, true
	}
	say := sizes(total, free)
	return Finding{Code: SwapFree, Zones: in.is, Text: "Swap had " + say(free) + " of " + say(total) + " left, so a lack of swap space did not keep " + held +
		" where it was. Why swapping did not help in time the report does not say."}, true
}

// anonText says what is on the lists of anonymous memory: shmem too, unless it is
// known to be little of it.
func (a *analysis) anonText(anon int64, in scope) string {
	shmem := int64(event.NotPrinted)
	if in.is != nil { // to 4.7 in the lines of zones
		shmem = a.sum(in.is, func(z *Zone) int64 { return known(a.printed(z).KB.Of("shmem")) })
	}
	if shmem < 0 {
		shmem = a.total("shmem")
	}
	if shmem >= 0 && shmem < anon/20 {
		return " of anonymous memory"
	}
	return " on the lists of anonymous memory, which hold shmem too,"
}

// pagecache: files' pages can be dropped, or written and then dropped. The file
// lists do not hold shmem, which is swapped like anonymous memory.
func pagecache(a *analysis) (Finding, bool) {
	file, in := a.lru("active_file", "inactive_file")
	managed := a.managed(in)
	if file < 0 || managed <= 0 {
		return Finding{}, false
	}
	if file == 0 {
		return Finding{Code: PagecacheGone, Zones: in.is, Text: "No page cache is left " + in.text + " that could be dropped."}, true
	}
	if file < managed/100 {
		return Finding{Code: PagecacheGone, Zones: in.is, Text: "The page cache is nearly gone: " + prose.Size(file) + " of it is left " + in.text + ", so dropping it could give back no more than that."}, true
	}
	pending, at := a.lru("writepending")
	if pending < 0 || at.text != in.text {
		pending, at = a.lru("dirty", "writeback") // to 4.7
	}
	if pending >= 0 && at.text == in.text && pending >= file/2 {
		return Finding{Code: PagecacheDirty, Zones: in.is, Text: prose.Size(file) + " of page cache is left " + in.text + ", but " + prose.Size(pending) +
			" waits to be written to disk or is being written, and can be freed only after that."}, true
	}
	return Finding{Code: PagecacheLeft, Zones: in.is, Text: prose.Size(file) + " of page cache is left " + in.text +
		". Why the kernel could not free enough of it in time the report does not say."}, true
}

func unevictable(a *analysis) (Finding, bool) {
	locked, in := a.lru("unevictable")
	if managed := a.managed(in); locked <= 0 || managed <= 0 || locked < managed/4 {
		return Finding{}, false
	}
	return Finding{Code: Unevictable, Zones: in.is, Text: prose.Size(locked) + " of the memory " + in.text +
		" is unevictable: locked by processes (mlock), or held in a way that forbids to free it."}, true
}

func slabUnreclaimable(a *analysis) (Finding, bool) {
	in := scope{nil, "on the whole machine"}
	slab := a.total("slab_unreclaimable")
	if slab < 0 && known(a.d.Node.SlabUnreclaim) >= 0 && a.pageKB > 0 {
		slab = a.pages(a.d.Node.SlabUnreclaim).lo
	}
	if ram := a.managed(in); slab <= 0 || ram <= 0 || slab < ram/4 {
		return Finding{}, false
	}
	return Finding{Code: SlabUnreclaimable, Text: "The kernel's own objects that cannot be freed on demand (slab_unreclaimable) take " + prose.Size(slab) + " " + in.text + "."}, true
}

// allUnreclaimable: to 4.7 a zone, from 4.8 on a node, on which repeated scans
// freed nothing (mm/vmscan.c, zone_reclaimable, pgdat_reclaimable; kswapd_failures
// from 4.12 on). A machine without NUMA has the one node 0.
func allUnreclaimable(a *analysis) (Finding, bool) {
	is := a.which(func(z *Zone) bool { return z.Use != No && a.printed(z).AllUnreclaimable == "yes" })
	if len(is) > 0 {
		return Finding{Code: AllUnreclaimable, Zones: is, Text: "The kernel itself counts " + a.names(is) + " as all unreclaimable: it had scanned there again and again and freed nothing."}, true
	}
	given := make(map[int]bool) // nodes that the kernel gave up on
	for i := range a.d.Node.Nodes {
		if n := &a.d.Node.Nodes[i]; n.AllUnreclaimable == "yes" {
			given[n.Node] = true
		}
	}
	is = a.which(func(z *Zone) bool { return z.Use != No && (given[z.Node] || z.Node == event.NotPrinted && given[0]) })
	var names []string
	for n, i := range is {
		if node := a.zones[i].Node; n == 0 || node != a.zones[is[n-1]].Node {
			names = append(names, strconv.Itoa(max(node, 0)))
		}
	}
	if len(names) == 0 {
		return Finding{}, false
	}
	noun := "node "
	if len(names) > 1 {
		noun = "nodes "
	}
	return Finding{Code: AllUnreclaimable, Zones: is, Text: "The kernel itself counts all memory of " + noun + list(names) + " as unreclaimable: it had tried there again and again and freed nothing."}, true
}

func noDirectReclaim(a *analysis) (Finding, bool) {
	return Finding{Code: NoDirectReclaim, Text: "The request may not wait until memory is freed for it (no __GFP_DIRECT_RECLAIM)."},
		a.has("__GFP_DIRECT_RECLAIM", "__GFP_RECLAIM", "__GFP_WAIT") == No
}

func noIO(a *analysis) (Finding, bool) {
	return Finding{Code: NoIO, Text: "While memory is freed for it, the request may start no I/O (no __GFP_IO), so nothing could be swapped out or written for it."},
		a.has("__GFP_IO") == No
}

func noFS(a *analysis) (Finding, bool) {
	return Finding{Code: NoFS, Text: "While memory is freed for it, the request may not call into file systems (no __GFP_FS), so inodes, dentries and dirty files could not be freed for it."},
		a.has("__GFP_FS") == No && a.has("__GFP_IO") != No
}

// memoryHeld says what the memory was used for, as far as it is printed.
func memoryHeld(a *analysis) (Finding, bool) {
	var parts []string
	var is []int
	put := func(kb int64, what string) {
		if kb > 0 {
			parts = append(parts, prose.Size(kb)+" of "+what)
		}
	}
	anon, in := a.lru("active_anon", "inactive_anon")
	file, at := a.lru("active_file", "inactive_file")
	locked, on := a.lru("unevictable")
	if anon < 0 || file < 0 || at.text != in.text {
		return Finding{}, false
	}
	is = in.is
	put(anon, "anonymous memory and shmem")
	put(file, "page cache")
	if on.text == in.text {
		put(locked, "unevictable memory")
	}
	if len(parts) == 0 {
		return Finding{}, false
	}
	text := "The lists that reclaim goes through held, " + in.text + ", " + list(parts) + "."
	if machine := a.machine(); machine != "" {
		text += " On the whole machine: " + machine + "."
	}
	return Finding{Code: MemoryHeld, Zones: is, Text: text}, true
}

// machine lists what is printed of the whole machine alone.
func (a *analysis) machine() string {
	var parts []string
	for _, p := range []struct{ name, what string }{
		{"shmem", "shmem"}, {"slab_reclaimable", "reclaimable slab"},
		{"slab_unreclaimable", "unreclaimable slab"}, {"pagetables", "page tables"},
	} {
		if kb := a.total(p.name); kb > 0 {
			parts = append(parts, prose.Size(kb)+" "+p.what)
		}
	}
	return list(parts)
}
