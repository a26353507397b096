// Package gfp reads the GFP mask of a kernel report: what the allocation that
// found no memory was for, from which zones it might take it, and whether it
// might wait, write out, or fail.
//
// In go the number as it is printed, the names that the kernel printed behind
// it (4.6 and later) and the kernel's release; out comes a Mask. The numbers of
// the flags moved in nearly every year of the kernel's life, so each era has a
// table in data/tables.yaml, with masks that prove it. Names that the kernel
// printed are taken, and checked against the number. A number alone is read by
// the table of its release; without a release by all tables that fit, and what
// they do not agree on is left out and told in Ambiguous.
//
// The package knows masks alone. Whether a report is about the machine or about
// a cgroup, which the words for a mask depend on, the caller knows: see Meaning
// and MeaningOfCharge. Which zones a machine has is for the caller too.
//
// Source: include/linux/gfp.h, from Linux 6.0 on include/linux/gfp_types.h;
// include/trace/events/mmflags.h for the names, lib/vsprintf.c (format_flags)
// for the way they are printed.
package gfp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Mask is a GFP mask with what is known of it.
type Mask struct {
	Number uint64 // 0 too where it cannot be read: then Known is false
	Known  bool   // the number could be read
	// Names is the short form: as the kernel printed it, else as Linux 4.6 and
	// later would. Compounds such as GFP_KERNEL come first, then single bits,
	// then what has no name, or none that is certain, as one hex number. What is
	// printed in a log can be any text.
	Names []string
	// Bits are all single bits, the lowest first if Checked or read by number, by
	// the names of that era:
	// __GFP_WAIT to 4.3, __GFP_DIRECT_RECLAIM from 4.4 on.
	Bits      []string
	Ambiguous []Ambiguity // bits whose name is not certain, the lowest first; not among Bits
	Unnamed   uint64      // bits that no table in question has a name for
	// Era is the mainline releases whose tables the mask was read by, from the
	// first to the last: "2.6.32 to 4.3"; "" if by none.
	Era   string
	Basis string // what it was read by: "the bit table of Linux 3.10"; "" if nothing could be
	// Checked says that the printed names add up to the number. Where there
	// are names and they do not, Bits are those of the names that are certain,
	// and what is not among them is not known to be unset.
	Checked bool

	tables  []*table // those in question
	partial bool     // Bits may not be all
	fault   bool     // 0, of a kernel that prints it for a page fault
}

// An Ambiguity is a bit that is set and has not the same name in all tables in
// question. "" among the names is that of a table which has none for it.
type Ambiguity struct {
	Bit   uint64
	Names []string
}

// What a Mask is read by, as its Basis says it.
const (
	byNames = "the names that the kernel printed"
	byOdd   = "the names that the kernel printed, which do not add up to the number"
	byAll   = "every bit table that fits"
	byNone  = "no bit table, as none is known of that release"
)

// maxNames is more than a kernel prints: a gfp_t has 32 bits.
const maxNames = 64

// Decode reads a mask: its number as printed ("0x201da"), the names that the
// kernel printed behind it (nil if it did not), and the kernel's release
// ("3.10.0-1160.el7.x86_64"; "" if it is not known).
func Decode(mask string, printed []string, release string) Mask {
	m := Mask{}
	m.Number, m.Known = parseHex(mask)
	in := builtin().scopeOf(release)
	if names := clean(printed); len(names) > 0 {
		m.readNames(names, in)
		return m
	}
	if m.Known {
		m.fault = m.Number == 0 && builtin().fault(release)
		m.agree(in.narrow(m.Number), in.basis)
		m.Names = m.short()
	} else {
		m.partial = true
	}
	return m
}

// parseHex reads a number as %#x prints it: a zero has no 0x.
func parseHex(s string) (uint64, bool) {
	digits, found := strings.CutPrefix(s, "0x")
	if !found && s != "0" {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return n, err == nil
}

// clean drops what is no name from a printed list. "none" is what trace events
// have for an empty mask.
func clean(printed []string) (names []string) {
	for _, name := range printed[:min(len(printed), maxNames)] {
		if name = strings.TrimSpace(name); name != "" && name != "none" {
			names = append(names, name)
		}
	}
	return names
}

// readNames reads a mask whose names are printed. They decide the table: first
// among those of the release, then, as vendors take over newer code, among all.
func (m *Mask) readNames(names []string, in scope) {
	m.Names = names
	for _, tables := range [][]*table{in.tables, builtin().tables} {
		if fit := addingUp(tables, names, m.Number); m.Known && len(fit) > 0 {
			m.Checked = true
			m.agree(fit, byNames)
			return
		}
	}
	m.partial = true
	m.Basis = byOdd
	if !m.Known {
		m.Basis = byNames
	}
	m.Bits = certain(names, in.tables)
}

// addingUp returns the tables by which the names are exactly the number.
func addingUp(tables []*table, names []string, number uint64) (fit []*table) {
	for _, t := range tables {
		if sum, ok := t.sum(names); ok && sum == number {
			fit = append(fit, t)
		}
	}
	return fit
}

// certain returns the bits that names mean in all tables which know them: a
// name of a single bit is always what it says.
func certain(names []string, tables []*table) (bits []string) {
	for _, name := range names {
		common := agreedBits(name, tables)
		if len(common) == 0 && isBitName(name) {
			common = []string{name}
		}
		for _, bit := range common {
			if !slices.Contains(bits, bit) {
				bits = append(bits, bit)
			}
		}
	}
	return bits
}

func agreedBits(name string, tables []*table) (common []string) {
	first := true
	for _, t := range tables {
		value, ok := t.values[name]
		switch {
		case !ok:
		case first:
			common, first = t.bitsOf(value), false
		default:
			has := t.bitsOf(value)
			common = slices.DeleteFunc(common, func(bit string) bool { return !slices.Contains(has, bit) })
		}
	}
	return common
}

// isBitName says whether a printed name has the form of a single bit's. A name
// comes out of a log: it can be anything.
func isBitName(name string) bool {
	rest, ok := strings.CutPrefix(name, bitPrefix)
	if !ok || rest == "" || len(name) > 40 || name == "__GFP_RECLAIM" {
		return false
	}
	return strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// agree reads the number by all tables at once.
func (m *Mask) agree(tables []*table, basis string) {
	m.tables, m.Basis, m.Era = tables, basis, era(tables)
	for i := range 64 {
		bit := uint64(1) << i
		if m.Number&bit == 0 {
			continue
		}
		switch names := namesOf(bit, tables); {
		case len(names) == 1 && names[0] != "":
			m.Bits = append(m.Bits, bitPrefix+names[0])
		case len(names) < 2:
			m.Unnamed |= bit
		default:
			m.Ambiguous = append(m.Ambiguous, Ambiguity{bit, prefixed(names)})
		}
	}
}

// namesOf returns the different names that a bit has, in the order of tables.
func namesOf(bit uint64, tables []*table) (names []string) {
	for _, t := range tables {
		if name := t.bits[bit]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func prefixed(names []string) []string {
	for i, name := range names {
		if name != "" {
			names[i] = bitPrefix + name
		}
	}
	return names
}

// short returns the shortest way in which one of the tables prints the bits
// that are certain, with the others behind it as a number.
func (m *Mask) short() (best []string) {
	rest := m.Unnamed
	for _, a := range m.Ambiguous {
		rest |= a.Bit
	}
	for _, t := range m.tables {
		if names := t.print(m.Number &^ rest); best == nil || len(names) < len(best) {
			best = names
		}
	}
	if rest != 0 {
		best = append(best, fmt.Sprintf("%#x", rest))
	}
	return best
}
