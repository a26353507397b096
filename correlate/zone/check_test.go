package zone

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// A modelZone is a zone as the kernel keeps it: in pages, lists by type.
type modelZone struct {
	free, cma, highatomic, min, high, reserve int64
	lists                                     [11]map[byte]int64 // blocks by type's letter
}

// watermarkOK is the kernel's check, written once more and without care for
// what is printed: mm/page_alloc.c, __zone_watermark_ok.
func (z *modelZone) watermarkOK(order int, mark int64, high, movable, old bool) bool {
	least, free := mark, z.free-(1<<order-1)
	if !old {
		free -= z.highatomic
	}
	if !movable {
		free -= z.cma
	}
	if high {
		least -= least / 2
	}
	if free <= least+z.reserve {
		return false
	}
	if old {
		for o := range order {
			for _, n := range z.lists[o] {
				free -= n << o
			}
			if least >>= 1; free <= least {
				return false
			}
		}
		return true
	}
	for o := order; o < len(z.lists); o++ {
		for letter, n := range z.lists[o] {
			if n > 0 && (strings.IndexByte("UME", letter) >= 0 || letter == 'C' && movable) {
				return true
			}
		}
	}
	return order == 0
}

// print writes the zone as the kernel does.
func (z *modelZone) print(old bool, page int64) event.Zone {
	p := event.Zone{Node: event.NotPrinted, Name: "Normal", FreeKB: page * z.free, MinKB: page * z.min, HighKB: page * z.high, BoostKB: event.NotPrinted,
		PagesScanned: event.NotPrinted, LowmemReserve: []int64{0, 0, z.reserve, z.reserve}, KB: event.Stats{{Name: "free_cma", Value: page * z.cma}}}
	if !old {
		p.KB = append(p.KB, event.Stat{Name: "reserved_highatomic", Value: page * z.highatomic})
	}
	for o, types := range z.lists {
		l := event.FreeList{SizeKB: page << o}
		for _, letter := range []byte("UMEHCI") {
			if n := types[letter]; n > 0 {
				l.Count, l.Types = l.Count+n, l.Types+string(letter)
			}
		}
		p.FreeLists = append(p.FreeLists, l)
	}
	return p
}

func randomZone(r *rand.Rand, old bool) *modelZone {
	z := &modelZone{min: r.Int64N(300), reserve: r.Int64N(200)}
	z.high = z.min + r.Int64N(100)
	if r.IntN(2) == 0 {
		z.reserve = 0
	}
	letters := "UME"[:1+r.IntN(3)]
	switch {
	case r.IntN(2) == 0:
	case old:
		letters += "CI" // an H would say that the kernel is not an old one
	default:
		letters += "HCI"
	}
	for o := range z.lists {
		z.lists[o] = map[byte]int64{}
		for range r.IntN(3) * r.IntN(2) {
			letter, n := letters[r.IntN(len(letters))], 1+r.Int64N(1+400>>o)
			z.lists[o][letter] += n
			switch {
			case letter == 'I':
				continue // not counted as free
			case letter == 'C':
				z.cma += n << o
			case letter == 'H':
				z.highatomic += n << o
			}
			z.free += n << o
		}
	}
	return z
}

// What is said with certainty is what the kernel's own check says.
func TestPassesIsTheKernelsCheck(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	said := map[Verdict]int{}
	for range 20000 {
		order, old := r.IntN(4), r.IntN(2) == 0
		z := randomZone(r, old)
		bits := []string{}
		high, movable := r.IntN(2) == 0, r.IntN(2) == 0
		if high {
			bits = append(bits, "__GFP_HIGH")
		}
		if movable {
			bits = append(bits, "__GFP_MOVABLE")
		}
		d := &event.OOMDump{Release: map[bool]string{true: "3.10.0", false: "5.6.0"}[old]}
		page := int64(4) << (2 * r.IntN(3))
		d.Node.Zones = []event.Zone{z.print(old, page)}
		got := Explain(d, Request{Zone: "Normal", Bits: bits, Order: order}, page).Zones[0]
		check(t, "ordinary", got.Passes, z.watermarkOK(order, z.min, high, movable, old), d, order, bits)
		check(t, "last", got.PassesLast, z.watermarkOK(order, z.high, false, false, old), d, order, bits)
		said[got.Passes]++
	}
	if said[Yes] < 1000 || said[No] < 1000 || said[Unknown] > 6000 {
		t.Errorf("too little is said, or always the same: %v", said)
	}
}

func check(t *testing.T, which string, got Verdict, kernel bool, d *event.OOMDump, order int, bits []string) {
	t.Helper()
	if got != Unknown && got != verdict(kernel) {
		t.Fatalf("%s attempt: %v, the kernel says %v\n%s, order %d, %q\n%+v", which, got, kernel, d.Release, order, bits, d.Node.Zones[0])
	}
}

// A version that is not known gives no verdict that a known one contradicts.
func TestUnknownVersionContradictsNone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		d, old := &event.OOMDump{}, r.IntN(2) == 0
		d.Node.Zones = []event.Zone{randomZone(r, old).print(old, 4)}
		req := kernel.order(r.IntN(4))
		open := Explain(d, req, 4).Zones[0]
		for _, release := range []string{"2.6.32", "4.4.0", "6.1.0", "6.18.0"} {
			d.Release = release
			if z := Explain(d, req, 4).Zones[0]; open.Passes != Unknown && z.Passes == 3-open.Passes {
				t.Fatalf("%s: %v, without the version %v: %+v", release, z.Passes, open.Passes, d.Node.Zones[0])
			}
		}
	}
}

// Less knowledge of the request gives no verdict that more contradicts.
func TestUnknownRequestContradictsNone(t *testing.T) {
	for _, c := range specimens {
		open := Explain(read(c.text), Request{Order: c.req.Order}, 0)
		for i, z := range Explain(read(c.text), c.req, 0).Zones {
			o := open.Zones[i]
			if o.Passes == 3-z.Passes && o.Passes != Unknown || o.Use == 3-z.Use && o.Use != Unknown {
				t.Errorf("%s, %s: %v %v, of an unknown request %v %v", c.name, z.Name, z.Use, z.Passes, o.Use, o.Passes)
			}
		}
	}
}

// More free memory never makes a zone fail that passes, nor lack more.
func TestMoreFreeIsNeverWorse(t *testing.T) {
	for _, c := range specimens {
		for i := range read(c.text).Node.Zones {
			d := read(c.text)
			before := byIndex(Explain(d, c.req, 0), i)
			for range 200 {
				d.Node.Zones[i].FreeKB += 404
				after := byIndex(Explain(d, c.req, 0), i)
				if before.Passes == Yes && after.Passes != Yes || before.Passes == Unknown && after.Passes == No ||
					before.PassesLast == Yes && after.PassesLast != Yes || after.LackKB > before.LackKB && before.LackKB >= 0 {
					t.Fatalf("%s, %s: from %+v to %+v", c.name, before.Name, before, after)
				}
				before = after
			}
			if c.req.Order == 0 && before.Name == "Normal" && before.Use == Yes && before.Passes == No {
				t.Errorf("%s: 80 MB more do not help: %s", c.name, before.Text)
			}
		}
	}
}

func byIndex(res Result, i int) Zone {
	return res.Zones[slices.IndexFunc(res.Zones, func(z Zone) bool { return z.Index == i })]
}

// The order in which zones are printed does not matter.
func TestOrderOfPrintDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range specimens {
		want := Explain(read(c.text), c.req, 0)
		for range 10 {
			d := read(c.text)
			r.Shuffle(len(d.Node.Zones), func(i, j int) { d.Node.Zones[i], d.Node.Zones[j] = d.Node.Zones[j], d.Node.Zones[i] })
			got := Explain(d, c.req, 0)
			if !slices.EqualFunc(got.Findings, want.Findings, sameFinding) {
				t.Errorf("%s: findings\n%+v\nwant\n%+v", c.name, got.Findings, want.Findings)
			}
			for i := range got.Zones {
				got.Zones[i].Index = want.Zones[i].Index
			}
			if !slices.Equal(got.Zones, want.Zones) {
				t.Errorf("%s: zones\n%+v\nwant\n%+v", c.name, got.Zones, want.Zones)
			}
		}
	}
}

func sameFinding(f, g Finding) bool {
	return f.Code == g.Code && f.Text == g.Text && slices.Equal(f.Zones, g.Zones)
}
