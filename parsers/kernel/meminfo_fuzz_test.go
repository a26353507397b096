package kernel

import (
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// FuzzMemInfo prints a made-up machine in one of the forms and reads it, then
// reads lines of any kind. Of those, every number that is kept stands in the
// text.
func FuzzMemInfo(f *testing.F) {
	var machines []event.NodeMemory
	for i, form := range memForms {
		machines = append(machines, memOf(f, form.real(f)...))
		f.Add(uint8(i), int64(i), int64(930), "nr_ion", []byte(strings.Join(form.real(f), "\n")))
	}
	f.Add(uint8(0), int64(-1), int64(1)<<62, "kmalloc 64", []byte("Node 0 DMA free:1kB\x00lowmem_reserve[]: 1\nfree:00012 x:-1\nUnreclaimable slab info:\na 1KB 2KB"))
	f.Fuzz(func(t *testing.T, at uint8, seed, number int64, name string, raw []byte) {
		i := int(at) % len(memForms)
		want := madeUp(rand.New(rand.NewSource(seed)), &memForms[i], machines[i], number&(1<<63-1), name)
		printed := memForms[i].print(&want)
		if got := memOf(t, printed...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s\nis read as %s\nwant %s", memForms[i].name, strings.Join(printed, "\n"), show(got), show(want))
		}
		lines := strings.Split(string(raw), "\n")
		got := memOf(t, lines[:min(len(lines), 2000)]...)
		checkBounds(t, got)
		for _, n := range numbersIn(reflect.ValueOf(got), nil) {
			if n != event.NotPrinted && !strings.Contains(string(raw), fmt.Sprint(n)) {
				t.Errorf("%d is not in the text", n)
			}
		}
	})
}

func checkBounds(t *testing.T, n event.NodeMemory) {
	ok := len(n.Totals) <= maxPairs && len(n.Nodes) <= maxNodes && len(n.Zones) <= maxZones && len(n.Hugepages) <= maxHugepages && len(n.Slabs) <= maxSlabs
	for _, s := range n.Nodes {
		ok = ok && len(s.KB) <= maxPairs
	}
	for _, z := range n.Zones {
		ok = ok && len(z.KB) <= maxPairs && len(z.LowmemReserve) <= maxReserve && len(z.FreeLists) <= maxOrders
	}
	if !ok {
		t.Errorf("it is not bounded: %s", show(n))
	}
}

// numbersIn adds all numbers of a value.
func numbersIn(v reflect.Value, to []int64) []int64 {
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		return append(to, v.Int())
	case reflect.Struct:
		for i := range v.NumField() {
			to = numbersIn(v.Field(i), to)
		}
	case reflect.Slice:
		for i := range v.Len() {
			to = numbersIn(v.Index(i), to)
		}
	}
	return to
}

// madeUp returns n, the machine of a form's file, with other numbers, more or
// fewer nodes and zones, and a size, a zone and a slab called name.
func madeUp(rnd *rand.Rand, f *memForm, n event.NodeMemory, number int64, name string) event.NodeMemory {
	change := func(to *int64) {
		if *to != event.NotPrinted {
			*to = []int64{0, rnd.Int63n(1 << 20), rnd.Int63(), number}[rnd.Intn(4)]
		}
	}
	for _, x := range f.numbers {
		change(x.of(&n))
	}
	n.Totals = sizes(n.Totals, change)
	n.FreePages, n.SlabUnreclaim = n.Totals.Of("free"), n.Totals.Of("slab_unreclaimable")
	name = strings.Map(func(c rune) rune {
		if c < 128 && isWord[c] {
			return c
		}
		return -1
	}, name)
	name = "v" + name[:min(len(name), 14)]
	n.PageKB = []int64{4, 16, 64, 1 + number>>20}[rnd.Intn(4)]
	n.Nodes = more(rnd, n.Nodes, func(s *event.NodeState, i int) {
		s.Node, s.AllUnreclaimable = i, []string{"yes", "no"}[rnd.Intn(2)]
		s.KB = sizes(s.KB, change)
	})
	n.Zones = more(rnd, n.Zones, func(z *event.Zone, i int) { madeUpZone(rnd, f, z, name, i, n.PageKB, change) })
	n.Hugepages = more(rnd, n.Hugepages, func(h *event.Hugepages, i int) {
		h.Node, h.SizeKB = i, int64(2048<<rnd.Intn(3))
		change(&h.Total)
		change(&h.Free)
		change(&h.Surp)
	})
	n.Slabs = more(rnd, n.Slabs, func(s *event.Slab, i int) {
		s.Name = fmt.Sprint(name, " ", i)
		change(&s.UsedKB)
		change(&s.TotalKB)
	})
	return n
}

func madeUpZone(rnd *rand.Rand, f *memForm, z *event.Zone, name string, i int, page int64, change func(*int64)) {
	z.Name = []string{"DMA", "Normal", name}[i%3]
	if z.Node != event.NotPrinted {
		z.Node = i / 3
	} else {
		z.Name = fmt.Sprint(z.Name[:min(len(z.Name), 10)], i)
	}
	for _, to := range []*int64{&z.FreeKB, &z.BoostKB, &z.MinKB, &z.LowKB, &z.HighKB, &z.PagesScanned} {
		change(to)
	}
	if f.scanned {
		z.AllUnreclaimable = []string{"yes", "no"}[rnd.Intn(2)]
	}
	z.KB = append(sizes(z.KB, change), event.Stat{Name: name, Value: rnd.Int63()})
	reserve := make([]int64, 1+rnd.Intn(5))
	for i := range reserve {
		change(&reserve[i])
	}
	z.LowmemReserve, z.FreeLists = reserve, make([]event.FreeList, 1+rnd.Intn(11))
	for order := range z.FreeLists {
		l := &z.FreeLists[order]
		l.SizeKB = page << order
		if l.SizeKB < 0 {
			l.SizeKB = page
		}
		if change(&l.Count); l.Count > 0 && f.letters {
			l.Types = []string{"U", "UME", "UMEHCIR"}[rnd.Intn(3)]
		}
	}
}

func sizes(kb event.Stats, change func(*int64)) event.Stats {
	kb = append(event.Stats(nil), kb...)
	for i := range kb {
		change(&kb[i].Value)
	}
	return kb
}

// more returns up to nine variations of what list has.
func more[T any](rnd *rand.Rand, list []T, vary func(*T, int)) (out []T) {
	if len(list) == 0 {
		return nil
	}
	for i := range 1 + rnd.Intn(9) {
		v := list[i%len(list)]
		vary(&v, i)
		out = append(out, v)
	}
	return out
}

// TestMemInfoRoundTrip prints made-up machines in each form and reads them.
func TestMemInfoRoundTrip(t *testing.T) {
	for i := range memForms {
		f := &memForms[i]
		machine := memOf(t, f.real(t)...)
		for seed := range int64(50) {
			want := madeUp(rand.New(rand.NewSource(seed)), f, machine, 1<<62, "nr_ion")
			if got := memOf(t, f.print(&want)...); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s, seed %d: %s\nis read as %s\nwant %s", f.name, seed, strings.Join(f.print(&want), "\n"), show(got), show(want))
			}
		}
	}
}
