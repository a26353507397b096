package kernel

import (
	"hash/maphash"

	"oomtrace/parsers/event"
)

// A scratch is what the reports of one parser have in common, so that a log of
// nothing but reports is read in the memory of a few.
type scratch struct {
	names nameTable
	rows  []event.Task     // room for a table, while no report has it
	ranks []rank           // that prune works with
	over  []*report        // that were emitted
	spare []*event.OOMDump // that were emitted and not kept
}

// report returns a new report, in the room of one that is over if there is any.
func (s *scratch) report() *report {
	n := len(s.over)
	if n == 0 {
		return &report{scratch: s, d: s.dump()}
	}
	r := s.over[n-1]
	s.over = s.over[:n-1]
	*r = report{scratch: s, d: s.dump(), columns: r.columns[:0], unsure: r.unsure[:0]}
	return r
}

// dump returns an event of which nothing is known yet.
func (s *scratch) dump() *event.OOMDump {
	n := len(s.spare)
	if n == 0 {
		return newDump()
	}
	d := s.spare[n-1]
	s.spare = s.spare[:n-1]
	clearDump(d)
	return d
}

func newDump() *event.OOMDump {
	d := new(event.OOMDump)
	clearDump(d)
	return d
}

// clearDump leaves of d but the room that its lists have.
func clearDump(d *event.OOMDump) {
	const n = event.NotPrinted
	m, node := &d.Memory, &d.Node
	*d = event.OOMDump{
		Steps: d.Steps[:0], Tasks: d.Tasks[:0], Victims: d.Victims[:0], Frames: d.Frames[:0],
		Memory: event.MemcgMemory{Stat: m.Stat[:0], Below: m.Below[:0], MinKB: n, LowKB: n},
		Node: event.NodeMemory{PagesRAM: n, PagesReserved: n, TotalSwapKB: n, FreeSwapKB: n, PageKB: n, FreePages: n,
			SlabUnreclaim: n, PagecachePages: n, SwapCachePages: n, PagesHighMem: n, PagesCMA: n, PagesHWPoisoned: n,
			Totals: node.Totals[:0], Nodes: node.Nodes[:0], Zones: node.Zones[:0], Hugepages: node.Hugepages[:0], Slabs: node.Slabs[:0]},
	}
}

// Reuse takes back a report that was emitted and that nobody keeps, for the room
// that it has.
func (p *parser) Reuse(d *event.OOMDump) {
	if len(p.scratch.spare) < maxOpen {
		p.scratch.spare = append(p.scratch.spare, d)
	}
}

// A nameTable holds strings that a log prints again and again: the names of processes,
// of functions, of statistics. Each is in memory once, as long as another one does
// not take its place: it is as large as it is whatever the log holds.
type nameTable [4096]string

// of returns b as a string. One that is there allocates nothing; of a table that
// is nil none is.
func (n *nameTable) of(b []byte) string {
	if n == nil {
		return string(b)
	}
	at := maphash.Bytes(seed, b) % uint64(len(n))
	first, second := &n[at], &n[at^1]
	switch string(b) {
	case *first:
	case *second:
		return *second
	default:
		*first, *second = string(b), *first
	}
	return *first
}
