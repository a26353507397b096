package zone

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

var figure = regexp.MustCompile(`-?[0-9]+(?:\.[0-9])? [KMGT]iB`)

// figures returns every size that a text may name: what is printed, what the
// verdict on a zone was made of, and sums of those over zones.
func figures(d *event.OOMDump, res Result, pageKB int64) map[string]bool {
	ok := map[string]bool{}
	put := func(kb int64) {
		if kb >= 0 {
			ok[prose.Size(kb)], ok[strconv.FormatInt(kb, 10)+" KiB"] = true, true
		}
	}
	names := [][]string{{"active_anon", "inactive_anon"}, {"active_file", "inactive_file"}, {"unevictable"}, {"writepending"}, {"dirty", "writeback"},
		{"shmem"}, {"slab_reclaimable"}, {"slab_unreclaimable"}, {"pagetables"}, {"free"}}
	var free int64
	sums := make([]int64, len(names))
	for _, z := range res.Zones {
		for _, kb := range []int64{z.FreeKB, z.MinKB, z.HighKB, z.BoostKB, z.ReserveKB, z.CMAKB, z.HighatomicKB, z.NeedKB, z.LastNeedKB, z.LackKB} {
			put(kb)
		}
		free = add(free, max(z.FreeKB, 0))
		if z.Use == No {
			continue
		}
		for i, list := range names {
			for _, name := range list {
				sums[i] = add(sums[i], max(known(d.Node.Zones[z.Index].KB.Of(name)), 0))
			}
		}
	}
	put(free)
	for i, list := range names {
		var pages int64
		for _, name := range list {
			pages = add(pages, min(max(known(d.Node.Totals.Of(name)), 0)*pageKB, most))
		}
		put(sums[i])
		put(pages)
	}
	put(min(max(known(d.Node.FreePages), 0)*pageKB, most))
	put(min(max(known(d.Node.SlabUnreclaim), 0)*pageKB, most))
	put(d.Node.TotalSwapKB)
	put(d.Node.FreeSwapKB)
	return ok
}

// strange returns the sizes in texts that nothing in the report accounts for.
func strange(d *event.OOMDump, res Result, pageKB int64) (all []string) {
	ok := figures(d, res, pageKB)
	texts := res.Unknown
	for _, z := range res.Zones {
		texts = append(texts, z.Text)
	}
	for _, f := range res.Findings {
		texts = append(texts, f.Text)
	}
	for _, text := range texts {
		for _, s := range figure.FindAllString(text, -1) {
			if !ok[s] {
				all = append(all, s+" in "+text)
			}
		}
		if !utf8.ValidString(text) {
			all = append(all, "not UTF-8: "+strconv.Quote(text))
		}
	}
	return all
}

func TestNoFigureFromNowhere(t *testing.T) {
	seen := 0
	for _, c := range specimens {
		d := read(c.text)
		res := Explain(d, c.req, 0)
		for _, s := range strange(d, res, 4) {
			t.Errorf("%s: %s", c.name, s)
		}
		for _, f := range res.Findings {
			seen += len(figure.FindAllString(f.Text, -1))
		}
	}
	if seen < 50 {
		t.Errorf("only %d figures were looked at", seen)
	}
}

// FuzzExplain makes a report of any bytes: the numbers can be anything. Whatever
// they are, verdicts agree with each other and texts with the numbers.
func FuzzExplain(f *testing.F) {
	f.Add([]byte{}, "5.10.0", "Normal", 0, int64(4))
	f.Add([]byte("\x02\xff\xff\xff\xff\xff\xff\xff\x7f12345678123456781234567812345678123456781234567812345678"), "3.10.0", "Movable", 3, int64(0))
	f.Add([]byte(strings.Repeat("\x40\x9c\x00\x00\x00\x00\x00\x00", 60)), "", "", 2, int64(64))
	f.Add([]byte(strings.Repeat("\x00\x00\x00\x00\x00\x00\x00\x80", 90)), "6.18", "DMA32", -1, int64(-4))
	f.Fuzz(func(t *testing.T, data []byte, release, prefer string, order int, pageKB int64) {
		d := hostile(data)
		d.Release = release
		req := Request{Zone: prefer, Order: order}
		if len(data)%3 > 0 {
			req.Bits = [][]string{{}, {"__GFP_MOVABLE", "__GFP_HIGH"}}[len(data)%3-1]
		}
		res := Explain(d, req, pageKB)
		page := pageSize(pageKB)
		if page == 0 {
			page = max(pageSize(d.Node.PageKB), 0)
		}
		for _, s := range strange(d, res, page) {
			t.Error(s)
		}
		consistent(t, d, res)
	})
}

func consistent(t *testing.T, d *event.OOMDump, res Result) {
	t.Helper()
	if len(res.Zones) != len(d.Node.Zones) {
		t.Fatalf("%d zones of %d", len(res.Zones), len(d.Node.Zones))
	}
	for _, z := range res.Zones {
		switch {
		case z.Passes == Yes && z.Enough != Yes, z.Enough == Yes && z.LackKB != 0, z.LackKB > 0 && z.Enough != No,
			z.Use != Yes && z.Why == "" && z.NeedKB >= 0, z.Text == "",
			z.FreeKB < event.NotPrinted || z.LackKB < event.NotPrinted || z.NeedKB < event.NotPrinted || z.NeedKB > most:
			t.Errorf("does not agree with itself: %+v", z)
		}
	}
	for _, f := range res.Findings {
		if f.Text == "" || f.Code == "" {
			t.Errorf("says nothing: %+v", f)
		}
		for _, i := range f.Zones {
			if i < 0 || i >= len(res.Zones) {
				t.Errorf("zone %d of %d: %+v", i, len(res.Zones), f)
			}
		}
	}
}

// hostile reads numbers from data, eight bytes each, and zeros when it is used up.
func hostile(data []byte) *event.OOMDump {
	next := func() int64 {
		var b [8]byte
		data = data[copy(b[:], data):]
		return int64(binary.LittleEndian.Uint64(b[:]))
	}
	d := &event.OOMDump{}
	some := func(names ...string) (s event.Stats) {
		for _, name := range names {
			s = append(s, event.Stat{Name: name, Value: next()})
		}
		return s
	}
	n := &d.Node
	n.PagesRAM, n.TotalSwapKB, n.FreeSwapKB, n.PageKB, n.PagesHighMem = next(), next(), next(), next(), next()
	n.FreePages, n.SlabUnreclaim = next(), next()
	n.Totals = some("active_anon", "inactive_anon", "active_file", "inactive_file", "unevictable", "dirty", "writeback", "slab_unreclaimable", "free")
	for len(data) > 0 && len(n.Zones) < 20 {
		z := event.Zone{Node: int(next()), Name: ranks[uint64(next())%6], FreeKB: next(), BoostKB: next(), MinKB: next(), LowKB: next(), HighKB: next(), PagesScanned: next()}
		z.KB = some("managed", "present", "free_cma", "reserved_highatomic", "active_anon", "inactive_anon", "active_file", "inactive_file", "writepending")
		for range uint64(next()) % 7 {
			z.LowmemReserve = append(z.LowmemReserve, next())
		}
		for o := range uint64(next()) % 12 {
			z.FreeLists = append(z.FreeLists, event.FreeList{SizeKB: next(), Count: next(), Types: []string{"", "UME", "H", "C", "R", "I"}[o%6]})
		}
		n.Zones = append(n.Zones, z)
	}
	return d
}
