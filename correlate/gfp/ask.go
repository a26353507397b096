package gfp

import "slices"

// Has says whether a bit is set for certain: "__GFP_ZERO". What a compound such
// as GFP_KERNEL holds is asked bit by bit.
func (m Mask) Has(bit string) bool { return slices.Contains(m.Bits, bit) }

// state says whether a bit, or "reclaim", is set, by all tables in question. Of names that do not add up to the number, a bit
// that is not among them may still be set.
func (m Mask) state(bit string) (yes, known bool) {
	if m.partial || m.fault {
		yes = m.Has(bitPrefix+bit) || bit == "reclaim" && (m.Has(bitPrefix+"WAIT") || m.Has(bitPrefix+"DIRECT_RECLAIM"))
		return yes, yes
	}
	set, unset := false, false
	for _, t := range m.tables {
		if m.Number&t.mask(bit) != 0 {
			set = true
		} else {
			unset = true
		}
	}
	return set && !unset, set != unset
}

// Zone returns the highest zone from which the allocation may be served: DMA,
// DMA32, Normal, HighMem or Movable. Where the machine has no such zone it is
// the next lower one that exists; 64-bit machines have no HighMem. It is "" if
// the mask does not tell, as an OOM report's 0 does not, or is one that the
// kernel refuses.
// Source: gfp_zone and GFP_ZONE_TABLE in include/linux/gfp.h.
func (m Mask) Zone() string {
	dma, know1 := m.state("DMA")
	dma32, know2 := m.state("DMA32")
	high, know3 := m.state("HIGHMEM")
	movable, know4 := m.state("MOVABLE")
	if !know1 || !know2 || !know3 || !know4 {
		return ""
	}
	switch {
	case dma && dma32, dma && high, dma32 && high:
		return ""
	case dma:
		return "DMA"
	case dma32:
		return "DMA32"
	case high && movable:
		return "Movable"
	case high:
		return "HighMem"
	}
	return "Normal"
}
