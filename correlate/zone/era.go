package zone

import (
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// An era is the range of mainline versions that a report can be of, as
// 1000 × major + minor: 4004 is 4.4. Everything of 2.6 is 2006.
type era struct{ from, to int }

// anyEra is the one of a report that says nothing of it.
var anyEra = era{0, 1 << 30}

// eraOf reads the era from the shape of the zone lines, which vendors change
// with the code behind them, and then from the release where the two agree.
func eraOf(d *event.OOMDump) era {
	e := anyEra
	for i := range d.Node.Zones {
		e.narrow(&d.Node.Zones[i])
	}
	if v, ok := version(d.Release); ok && v >= e.from && v <= e.to {
		return era{v, v}
	}
	if e.from > e.to {
		return anyEra
	}
	return e
}

// narrow takes in what the shape of one zone says. Sources: show_free_areas in
// mm/page_alloc.c, mm/show_mem.c.
func (e *era) narrow(z *event.Zone) {
	if z.PagesScanned >= 0 && z.AllUnreclaimable != "" {
		e.to = min(e.to, 4007) // 4.8 moved both to the node's line
	}
	if z.KB.Of("active") >= 0 {
		e.to = min(e.to, 2006) // 2.6.28 has lists for anonymous memory and for files
	}
	if z.PagesScanned >= 0 && z.KB.Of("present") >= 0 && z.KB.Of("managed") < 0 {
		e.to = min(e.to, 3008) // managed stands between the two from 3.9 on at the latest
	}
	if z.KB.Of("reserved_highatomic") >= 0 {
		e.from = max(e.from, 5006)
	}
	for _, l := range z.FreeLists {
		if strings.Contains(l.Types, "R") {
			e.to = min(e.to, 4003) // MIGRATE_RESERVE
		}
		if strings.Contains(l.Types, "H") {
			e.from = max(e.from, 4004) // MIGRATE_HIGHATOMIC
		}
	}
}

// version reads the beginning of a release: 3.10.0-514.6.1.el7.x86_64.
func version(release string) (int, bool) {
	major, rest, _ := strings.Cut(release, ".")
	end := 0
	for end < len(rest) && end < 4 && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	x, err1 := strconv.Atoi(major)
	y, err2 := strconv.Atoi(rest[:end])
	if err1 != nil || err2 != nil || x < 2 || x > 99 || y > 999 {
		return 0, false
	}
	return 1000*x + y, true
}

// since says whether the kernel is of version v or later.
func (e era) since(v int) Verdict {
	switch {
	case e.from >= v:
		return Yes
	case e.to < v:
		return No
	}
	return Unknown
}
