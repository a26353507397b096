// Package zone says, zone by zone, why an allocation failed before the OOM
// killer ran: what was free, what the watermark check asked for, what of the
// free memory this request may not take, and what could not be reclaimed.
//
// In comes the kernel's report (event.OOMDump, its Mem-Info above all) and what
// is known of the request; out come the zones in the order in which the
// allocator tries them, and findings: sentences for a person who never saw a
// watermark. What a GFP mask means is decided elsewhere; see Request.
//
// How the allocator decides (mm/page_alloc.c, get_page_from_freelist and
// __zone_watermark_ok): it goes through the zonelist, of each node from the
// highest zone that the request may use down to the lowest, and takes from the
// first one where
//
//	free − unusable > min + lowmem_reserve[highest zone of the request]
//
// holds. Unusable are the other pages of the block asked for, (1 << order) − 1;
// free CMA pages unless the request is movable (3.7 and later); and pages set
// aside for high-order atomic requests (4.4 and later: the size of the reserve,
// from 6.12 or 6.13 on its free pages alone). __GFP_HIGH halves min. For
// order > 0 enough in sum is not enough. Up to 4.3 the check is repeated with
// the smaller blocks taken off and min halved at each order; from 4.4 on one
// free block of that order or larger must be on a list that the request may use.
//
// Two attempts matter. The ordinary ones before the kill ask for the min
// watermark. The last one, in __alloc_pages_may_oom, is there to notice that
// another kill has just made room: it asks for the high watermark and counts CMA
// pages for nobody. So a zone with free between min and high can end in a kill.
//
// What the numbers cannot tell: they are of when the report was printed, a
// little after the failure, and the free lists of a moment later still; the
// printed watermarks contain the boost that 5.0 and later add for a while (how much
// of them is boost is printed since a release between 5.15 and 5.17); a task of a
// realtime class may go further below min than is said here, which the report
// does not show; nor does it show pages on the lists of each CPU as free, which
// the kernel empties before it gives up.
package zone

import "oomtrace/parsers/event"

// A Verdict is an answer that the report may not give.
type Verdict uint8

// The verdicts. Unknown: what is printed allows both answers.
const (
	Unknown Verdict = iota
	No
	Yes
)

// String returns unknown, no or yes.
func (v Verdict) String() string {
	switch v {
	case No:
		return "no"
	case Yes:
		return "yes"
	}
	return "unknown"
}

// A Request is what is known of the allocation that failed.
type Request struct {
	// Zone is the highest zone that the mask allows: DMA, DMA32, Normal, HighMem
	// or Movable; "" if that is not known. A type that the machine does not have
	// counts as Normal, as in the kernel (include/linux/gfp.h, OPT_ZONE_DMA).
	Zone string
	// Bits are the single bits of the mask by the kernel's names, __GFP_MOVABLE;
	// nil if they are not known. __GFP_WAIT, up to 4.3, is direct reclaim.
	Bits []string
	// Order is the log2 of the pages asked for; -1 is SysRq-f.
	Order int
}

// A Zone is one zone of the report, as this request meets it. Sizes are KiB,
// event.NotPrinted where the report does not allow to say.
type Zone struct {
	Index int // into the report's Zones
	Node  int // event.NotPrinted on a machine without NUMA
	Name  string
	Use   Verdict // may the request take from it?
	Why   string  // a clause, where Use is not Yes

	FreeKB               int64
	MinKB, LowKB, HighKB int64 // as printed, the boost included
	BoostKB              int64
	ReserveKB            int64 // the lowmem_reserve that holds for this request
	CMAKB                int64 // free CMA memory that this request may not take
	HighatomicKB         int64 // set aside for high-order atomic requests
	NeedKB               int64 // an ordinary attempt needs more than this usable
	LastNeedKB           int64 // the last attempt before the kill, likewise
	LackKB               int64 // how much more an ordinary attempt needs, at least; 0 if Enough

	Enough     Verdict // is there enough in sum for an ordinary attempt?
	Block      Verdict // order > 0: is a usable block of that order on the lists?
	Passes     Verdict // would an ordinary attempt get its pages here, by these numbers?
	PassesLast Verdict // and the last one?
	Text       string  // the short of it, a sentence or two
}

// A Finding is one reason, or one thing that belongs to the answer.
type Finding struct {
	Code  string // for programs: one of the codes below
	Text  string // a sentence or two, for people
	Zones []int  // indexes into Result.Zones that it is about; nil if none
}

// The codes of findings, in the order in which they are given.
const (
	MemcgLimit        = "memcg-limit"        // a cgroup's limit, not a zone, was the cause
	SysRq             = "sysrq"              // no allocation failed
	NoZones           = "no-zones"           // the report has no zone lines
	RequestUnknown    = "request-unknown"    // the page fault handler does not know it
	AllBelow          = "all-below"          // every zone it may use fails the check
	Undecided         = "undecided"          // the numbers allow both answers
	NoneUsable        = "none-usable"        // no zone that is printed may be used
	Fragmented        = "fragmented"         // enough in sum, no block large enough
	LowmemReserve     = "lowmem-reserve"     // a lower zone has free memory, kept for others
	CMA               = "cma"                // what is free is CMA, the request not movable
	Highatomic        = "highatomic"         // what is free is set aside for atomic requests
	ForbiddenPlenty   = "forbidden-plenty"   // another zone has plenty, but is not allowed
	HiddenPlenty      = "hidden-plenty"      // as the last, in zones that are not printed
	BelowHigh         = "below-high"         // above min, not above high
	AboveHigh         = "above-high"         // free is above what any attempt asked for
	NoSwap            = "no-swap"            // anonymous memory has nowhere to go
	SwapFull          = "swap-full"          // likewise
	SwapFree          = "swap-free"          // swap space was left
	PagecacheGone     = "pagecache-gone"     // no page cache is left to drop
	PagecacheDirty    = "pagecache-dirty"    // there is, but most of it must be written first
	PagecacheLeft     = "pagecache-left"     // there is: the report does not say why that did not help
	Unevictable       = "unevictable"        // much is locked in memory
	SlabUnreclaimable = "slab-unreclaimable" // much is the kernel's own
	AllUnreclaimable  = "all-unreclaimable"  // the kernel had given up on reclaim
	NoDirectReclaim   = "no-direct-reclaim"  // the mask forbids to wait for reclaim
	NoIO              = "no-io"              // the mask forbids to start I/O
	NoFS              = "no-fs"              // the mask forbids to enter a file system
	MemoryHeld        = "memory-held"        // what the memory was used for
)

// A Result is the answer for one report.
type Result struct {
	Zones    []Zone // in the order in which the allocator tries them; see Unknown
	Findings []Finding
	Unknown  []string // what the report leaves open, as sentences
}

// Explain says why the allocation of report d failed. pageKB is the size of a
// page in KiB if it is known from elsewhere, else 0: then the report's own is
// taken, if it prints one. A report about a cgroup's limit, or one that a
// person asked for, gives the finding that says so and no verdict on zones.
func Explain(d *event.OOMDump, req Request, pageKB int64) Result {
	a := newAnalysis(d, req, pageKB)
	switch {
	case d.Kind == "memcg" || d.OOMMemcg != "":
		return a.aside(MemcgLimit, "The limit of a cgroup was reached. The free memory of the machine's zones had no part in it.")
	case d.SysRq || req.Order == -1:
		return a.aside(SysRq, "No allocation failed: the OOM killer was asked for by hand (SysRq-f). The zones show how much was free at that moment, not a shortage.")
	case len(a.zones) == 0:
		return a.aside(NoZones, "The report has no lines about zones, so which watermark was not met cannot be said.")
	}
	for i := range a.zones {
		a.judge(&a.zones[i])
	}
	return Result{Zones: a.zones, Findings: a.findings(), Unknown: a.unknown()}
}

// aside returns the zones as printed, without a verdict, and one finding.
func (a *analysis) aside(code, text string) Result {
	for i := range a.zones {
		a.zones[i].Text = a.where(&a.zones[i]) + " has " + freeText(a.zones[i].FreeKB) + "."
	}
	return Result{Zones: a.zones, Findings: []Finding{{Code: code, Text: text}}}
}
