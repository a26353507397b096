package gfp

import "slices"

// Has says whether a bit is set for certain: "__GFP_ZERO". What a compound such
// as GFP_KERNEL holds is asked bit by bit.
func (m Mask) Has(bit string) bool { return slices.Contains(m.Bits, bit) }

// MayReclaim says whether the allocation might wait while memory is freed for
// it, and whether that is known: __GFP_WAIT to Linux 4.3, __GFP_DIRECT_RECLAIM
// from 4.4 on. What may not wait never calls the OOM killer.
func (m Mask) MayReclaim() (yes, known bool) { return m.state("reclaim") }

// MayIO says whether it might write pages out, to swap or to files' disks.
func (m Mask) MayIO() (yes, known bool) { return m.mayWaitAnd("IO") }

// MayFS says whether it might call filesystems to free memory. Without that
// leave (GFP_NOFS) the caches of filesystems stay as they are.
func (m Mask) MayFS() (yes, known bool) { return m.mayWaitAnd("FS") }

// MustNotFail says whether the kernel had to try for ever: __GFP_NOFAIL.
func (m Mask) MustNotFail() (yes, known bool) { return m.state("NOFAIL") }

// MayFailEasily says whether the caller was ready to go without: __GFP_NORETRY,
// or __GFP_RETRY_MAYFAIL. Both keep the OOM killer out of a page allocation.
func (m Mask) MayFailEasily() (yes, known bool) {
	soon, know := m.state("NORETRY")
	late, also := m.state("RETRY_MAYFAIL")
	yes = soon || late
	return yes, yes || know && also
}

// mayWaitAnd says whether a bit is set that counts only where the allocation
// may wait.
func (m Mask) mayWaitAnd(bit string) (yes, known bool) {
	wait, knowWait := m.state("reclaim")
	flag, knowFlag := m.state(bit)
	no := knowWait && !wait || knowFlag && !flag
	return wait && flag, no || knowWait && knowFlag
}

// state says whether a bit is set, by all tables in question; "reclaim" is the
// one that gives leave to wait. Of names that do not add up to the number, a bit
// that is not among them may still be set.
func (m Mask) state(bit string) (yes, known bool) {
	if m.partial || m.fault {
		yes = slices.ContainsFunc(sameAs(bit), func(b string) bool { return m.Has(bitPrefix + b) })
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

// sameAs returns the bits that go by a name of ours.
func sameAs(bit string) []string {
	if bit == "reclaim" {
		return []string{"WAIT", "DIRECT_RECLAIM"}
	}
	return []string{bit}
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
