package zone

import (
	"regexp"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// read makes a dump of the lines of a report, as far as this package needs it.
// It is a reader for tests: it takes lines without prefix, and trusts them.
func read(text string) *event.OOMDump {
	d := &event.OOMDump{Kind: "global", Node: event.NodeMemory{
		PagesRAM: event.NotPrinted, TotalSwapKB: event.NotPrinted, FreeSwapKB: event.NotPrinted,
		PageKB: event.NotPrinted, FreePages: event.NotPrinted, SlabUnreclaim: event.NotPrinted,
		PagesHighMem: event.NotPrinted}}
	r := reader{d: d}
	for line := range strings.Lines(text) {
		r.line(strings.TrimSpace(line))
	}
	return d
}

type reader struct {
	d    *event.OOMDump
	zone *event.Zone // the one that lowmem_reserve[] belongs to
}

var (
	header    = regexp.MustCompile(`^.* invoked oom-killer: gfp_mask=(0x[0-9a-f]+(?:\([^)]*\))?),.* order=(-?\d+)`)
	release   = regexp.MustCompile(`(?:Not tainted|Tainted: [A-Z ]*[A-Z]) +(\d+\.\d+\.\S+)`)
	allowed   = regexp.MustCompile(`mems_allowed=([0-9,-]+)`)
	nodemask  = regexp.MustCompile(`nodemask=([^,]+),`)
	zoneLine  = regexp.MustCompile(`^(?:Node (\d+) )?([A-Za-z0-9]+) free:\d+kB`)
	nodeLine  = regexp.MustCompile(`^Node (\d+) active_anon:.*all_unreclaimable\? (\w+)`)
	listLine  = regexp.MustCompile(`^(?:Node (\d+) )?([A-Za-z0-9]+): (\d+\*\d+kB.*)`)
	oneList   = regexp.MustCompile(`(\d+)\*(\d+)kB(?: \(([A-Z]+)\))?`)
	kilobytes = regexp.MustCompile(`([a-z_()]+):(\d+)[kK]B`)
	counts    = regexp.MustCompile(`([a-z_]+):(\d+)(?: |$)`)
	scanned   = regexp.MustCompile(`pages_scanned:(\d+) all_unreclaimable\? (\w+)`)
)

func (r *reader) line(s string) {
	d := r.d
	if m := release.FindStringSubmatch(s); m != nil {
		d.Release = m[1]
	}
	if m := allowed.FindStringSubmatch(s); m != nil {
		d.MemsAllowed = m[1]
	}
	if m := nodemask.FindStringSubmatch(s); m != nil {
		d.Nodemask = m[1]
	}
	switch {
	case header.MatchString(s):
		m := header.FindStringSubmatch(s)
		order, _ := strconv.Atoi(m[2])
		d.Trigger = &event.Trigger{GFPMask: m[1], Order: order}
		d.SysRq = order == -1
	case nodeLine.MatchString(s):
		m := nodeLine.FindStringSubmatch(s)
		d.Node.Nodes = append(d.Node.Nodes, event.NodeState{Node: int(number(m[1])), KB: stats(kilobytes, s), AllUnreclaimable: m[2]})
	case zoneLine.MatchString(s):
		r.zoneLine(s)
	case strings.HasPrefix(s, "lowmem_reserve[]:"):
		r.reserve(s)
	case listLine.MatchString(s):
		r.lists(listLine.FindStringSubmatch(s))
	case counts.MatchString(s) && !strings.Contains(s, "kB"):
		d.Node.Totals = append(d.Node.Totals, stats(counts, s)...)
	default:
		r.tail(s)
	}
}

func (r *reader) zoneLine(s string) {
	line, reserve, _ := strings.Cut(s, "lowmem_reserve[]:")
	m := zoneLine.FindStringSubmatch(line)
	z := event.Zone{Node: event.NotPrinted, Name: m[2], PagesScanned: event.NotPrinted}
	if m[1] != "" {
		z.Node = int(number(m[1]))
	}
	z.KB = stats(kilobytes, line)
	z.FreeKB, z.BoostKB = z.KB.Of("free"), z.KB.Of("boost")
	z.MinKB, z.LowKB, z.HighKB = z.KB.Of("min"), z.KB.Of("low"), z.KB.Of("high")
	if m := scanned.FindStringSubmatch(line); m != nil {
		z.PagesScanned, z.AllUnreclaimable = number(m[1]), m[2]
	}
	r.d.Node.Zones = append(r.d.Node.Zones, z)
	r.zone = &r.d.Node.Zones[len(r.d.Node.Zones)-1]
	if reserve != "" {
		r.reserve("lowmem_reserve[]:" + reserve)
	}
}

func (r *reader) reserve(s string) {
	for _, f := range strings.Fields(s)[1:] {
		r.zone.LowmemReserve = append(r.zone.LowmemReserve, number(f))
	}
}

func (r *reader) lists(m []string) {
	node := event.NotPrinted
	if m[1] != "" {
		node = int(number(m[1]))
	}
	for i := range r.d.Node.Zones {
		z := &r.d.Node.Zones[i]
		if z.Node != node || z.Name != m[2] {
			continue
		}
		for _, l := range oneList.FindAllStringSubmatch(m[3], -1) {
			z.FreeLists = append(z.FreeLists, event.FreeList{Count: number(l[1]), SizeKB: number(l[2]), Types: l[3]})
		}
		r.d.Node.PageKB = z.FreeLists[0].SizeKB
	}
}

// tail reads the lines after the zones.
func (r *reader) tail(s string) {
	n := &r.d.Node
	first, rest, _ := strings.Cut(s, " ")
	switch {
	case strings.HasPrefix(s, "Free swap  = "):
		n.FreeSwapKB = number(strings.Trim(s, "Freswap =kB"))
	case strings.HasPrefix(s, "Total swap = "):
		n.TotalSwapKB = number(strings.Trim(s, "Totalswp =kB"))
	case rest == "pages RAM":
		n.PagesRAM = number(first)
	case rest == "pages HighMem/MovableOnly" || rest == "pages HighMem":
		n.PagesHighMem = number(first)
	}
}

func stats(re *regexp.Regexp, s string) (all event.Stats) {
	for _, m := range re.FindAllStringSubmatch(s, -1) {
		all = append(all, event.Stat{Name: m[1], Value: number(m[2])})
	}
	return all
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}
