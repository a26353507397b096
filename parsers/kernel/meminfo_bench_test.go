package kernel

import (
	"fmt"
	"testing"

	"oomtrace/parsers/event"
)

// BenchmarkMemInfo reads a log of nothing but reports of the whole machine: one
// of a small machine in each of some forms, one of a machine of 64 nodes, and
// one made to cost much, whose zones are more than are kept. lines is without
// the rest of the parser.
func BenchmarkMemInfo(b *testing.B) {
	for _, bb := range []struct {
		name  string
		lines []string
	}{
		{"2.6.32", memForms[3].real(b)},
		{"4.15", memForms[8].real(b)},
		{"6.19", memForms[13].real(b)},
		{"nodes", manyNodes()},
		{"hostile", manyZones()},
	} {
		records := log(append([]string{memHeader}, append(bb.lines, fateful[len(fateful)-1])...)...)
		n := 0
		for i := range records {
			n += len(records[i].Msg)
		}
		b.Run("form="+bb.name, func(b *testing.B) {
			emit := func(event.Event) {}
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				p := New()
				for i := range records {
					p.Read(&records[i], emit)
				}
				p.End(emit)
			}
		})
		b.Run("lines="+bb.name, func(b *testing.B) {
			b.SetBytes(int64(n))
			b.ReportAllocs()
			s := new(scratch)
			for b.Loop() {
				r := s.report()
				for i := range records {
					r.node(records[i].Msg)
				}
			}
		})
	}
}

func manyNodes() (lines []string) {
	form := memForms[13]
	var n event.NodeMemory
	n.Totals = event.Stats{{Name: "active_anon", Value: 12}}
	for i := range 64 {
		var kb event.Stats
		for _, name := range []string{"active_anon", "inactive_anon", "active_file", "inactive_file", "unevictable", "isolated(anon)", "isolated(file)", "mapped", "dirty", "writeback", "shmem", "kernel_stack"} {
			kb = append(kb, event.Stat{Name: name, Value: int64(i) << 20})
		}
		n.Nodes = append(n.Nodes, event.NodeState{Node: i, KB: kb, AllUnreclaimable: "no"})
		n.Zones = append(n.Zones, event.Zone{Node: i, Name: "Normal", FreeKB: 1 << 20, MinKB: 1, LowKB: 2, HighKB: 3, KB: kb,
			LowmemReserve: make([]int64, 5), FreeLists: []event.FreeList{{SizeKB: 4, Count: 12, Types: "UME"}, {SizeKB: 8}, {SizeKB: 16, Count: 3, Types: "M"}, {SizeKB: 32}}})
	}
	return form.print(&n)
}

func manyZones() (lines []string) {
	for i := range 2000 {
		lines = append(lines, fmt.Sprintf("Node 0 z%d: 1*4kB", i))
	}
	return lines
}
