package gfp

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A version is that of a mainline kernel. The third number counts in 2.6 alone:
// from 3.0 on it is that of a stable release.
type version [3]int

// newest stands for a release that is not out yet.
var newest = version{1 << 30}

func (v version) compare(w version) int { return slices.Compare(v[:], w[:]) }

func (v version) before(w version) bool { return v.compare(w) < 0 }

func (v version) String() string {
	if v[0] < 3 {
		return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2])
	}
	return fmt.Sprintf("%d.%d", v[0], v[1])
}

// parseVersion reads the numbers that a release begins with: "5.10" and
// "5.10.0-46-cloud-amd64" are the same one.
func parseVersion(s string) (v version, err error) {
	fields := strings.SplitN(s, ".", len(v)+1)
	for i := 0; i < 2 || i < 3 && v[0] < 3; i++ {
		if i >= len(fields) {
			return version{}, errVersion
		}
		digits := leadingDigits(fields[i])
		if digits == "" || len(digits) > 5 || i == 0 && digits != fields[i] {
			return version{}, errVersion
		}
		v[i], _ = strconv.Atoi(digits)
	}
	return v, nil
}

var errVersion = errors.New("not a release: want numbers such as 5.10 or 2.6.32 first")

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

// A vendor is a kernel that goes by an old release and holds newer code.
type vendor struct {
	begins, has string // of the release
	from, to    version
}

func newVendor(y yamlVendor) (v vendor, err error) {
	v = vendor{begins: y.Begins, has: y.Has}
	if v.from, err = parseVersion(y.From); err == nil {
		v.to, err = parseVersion(y.To)
	}
	return v, err
}

// A scope is the tables that a kernel's can be, before its mask is looked at.
type scope struct {
	tables []*table
	basis  string
	// strict says that the kernel's table may be none of them, but one between:
	// that a mask fits proves nothing.
	strict bool
	any    bool // all tables: the release is not known
}

// scopeOf returns the tables that a release can have.
func (c *catalog) scopeOf(release string) scope {
	v, err := parseVersion(release)
	if err != nil {
		return scope{tables: c.tables, basis: byAll, any: true}
	}
	for _, vendor := range c.vendors {
		if strings.HasPrefix(release, vendor.begins) && strings.Contains(release, vendor.has) {
			return scope{
				tables: c.between(vendor.from, vendor.to), strict: true,
				basis: fmt.Sprintf("the bit tables of Linux %v to %v", vendor.from, vendor.to),
			}
		}
	}
	if tables := c.between(v, v); len(tables) > 0 {
		return scope{tables: tables, basis: fmt.Sprintf("the bit table of Linux %v", v)}
	}
	tables := c.around(v)
	if len(tables) == 0 {
		return scope{basis: byNone}
	}
	return scope{tables: tables, strict: true, basis: fmt.Sprintf("the bit tables before and after Linux %v", v)}
}

// between returns the tables that hold for any release from one to another.
func (c *catalog) between(from, to version) (tables []*table) {
	for _, t := range c.tables {
		if !to.before(t.since) && !t.until.before(from) {
			tables = append(tables, t)
		}
	}
	return tables
}

// around returns the tables on both sides of a release that has none, if there
// are such on both sides.
func (c *catalog) around(v version) []*table {
	below, above := version{}, newest
	for _, t := range c.tables {
		if t.until.before(v) && below.before(t.until) {
			below = t.until
		}
		if v.before(t.since) && t.since.before(above) {
			above = t.since
		}
	}
	if below == (version{}) {
		return nil
	}
	return append(c.between(below, below), c.between(above, above)...)
}

// narrow leaves the tables out that the mask rules out: those without a name for
// one of its bits, if others have one. Where the release is not known also those
// by which the allocation might not wait, if by others it might: one that might
// not never calls the OOM killer.
// Source: mm/page_alloc.c, __alloc_pages_slowpath; mm/memcontrol.c, try_charge.
func (s scope) narrow(number uint64) []*table {
	if s.strict {
		return s.tables
	}
	fit := best(s.tables, func(t *table) int { return asInt(t.fits(number)) })
	if !s.any || number == 0 {
		return fit
	}
	return best(fit, func(t *table) int { return t.waits(number) })
}

// waits says how like a usual mask this one is: 2 if it may wait and wakes
// kswapd, as all compounds do but those of huge pages, 1 if it may wait.
func (t *table) waits(number uint64) int {
	if number&t.mask("reclaim") == 0 {
		return 0
	}
	kswapd := t.mask("KSWAPD_RECLAIM")
	return 1 + asInt(kswapd == 0 || number&kswapd != 0)
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// best returns the tables with the highest rank.
func best(tables []*table, rank func(*table) int) (kept []*table) {
	most := 0
	for _, t := range tables {
		switch r := rank(t); {
		case r > most:
			kept, most = []*table{t}, r
		case r == most:
			kept = append(kept, t)
		}
	}
	return kept
}

// era returns the releases that tables hold for: "2.6.32 to 4.3".
func era(tables []*table) string {
	if len(tables) == 0 {
		return ""
	}
	first := slices.MinFunc(tables, func(a, b *table) int { return a.since.compare(b.since) })
	last := slices.MaxFunc(tables, func(a, b *table) int { return a.until.compare(b.until) })
	switch {
	case last.until == newest:
		return first.since.String() + " and later"
	case first.since == last.until:
		return first.since.String()
	}
	return fmt.Sprintf("%v to %v", first.since, last.until)
}
