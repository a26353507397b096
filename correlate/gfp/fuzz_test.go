package gfp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func FuzzDecode(f *testing.F) {
	f.Add("0x201da", "", "2.6.32-754.el6.x86_64")
	f.Add("0x140dca", "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO", "6.1.0-31-amd64")
	f.Add("0x800cc0", "GFP_KERNEL|0x800000", "5.4.0")
	f.Add("0xcc0", "GFP_NOFS", "5.12.0")
	f.Add("0x0", "", "")
	f.Add("0xffffffffffffffff", "", "")
	f.Add("-1", "__GFP_CMA|none|__GFP_CMA", "4.18.0-147.el8")
	f.Fuzz(func(t *testing.T, mask, list, release string) {
		printed := strings.Split(list, "|")
		m := Decode(mask, printed, release)
		checkBits(t, m)
		checkWhole(t, m, len(clean(printed)) > 0)
		if m.Checked {
			checkNumber(t, m, release)
		}
		m.Zone()
		m.Meaning()
		m.MeaningOfCharge()
	})
}

// Bits are unique, and named.
func checkBits(t *testing.T, m Mask) {
	t.Helper()
	for i, bit := range m.Bits {
		if slices.Contains(m.Bits[:i], bit) || !isBitName(bit) {
			t.Errorf("%q: %q is twice in it, or no name", m.Bits, bit)
		}
		if !m.Has(bit) {
			t.Errorf("has no %s of %q", bit, m.Bits)
		}
	}
}

// Everything that is set is told in one way: named, ambiguous or unnamed.
func checkWhole(t *testing.T, m Mask, printed bool) {
	t.Helper()
	if !m.Known || printed && !m.Checked {
		if len(m.Ambiguous) > 0 || m.Unnamed != 0 {
			t.Errorf("tells of a number that is not known: %+v", m)
		}
		return
	}
	for _, table := range m.tables {
		sum := m.Unnamed
		for _, a := range m.Ambiguous {
			sum |= a.Bit
		}
		for _, bit := range m.Bits {
			if value := table.values[bit]; value == 0 || sum&value != 0 {
				t.Errorf("%s: %s is %#x: not in the table, or told twice", name(table), bit, value)
			}
			sum |= table.values[bit]
		}
		if sum != m.Number {
			t.Errorf("%s: adds up to %#x, want %#x", name(table), sum, m.Number)
		}
	}
}

// The number alone never says otherwise than the names do, by each table by
// which they add up.
func checkNumber(t *testing.T, m Mask, release string) {
	t.Helper()
	for _, table := range m.tables {
		for _, bit := range m.Bits {
			if !slices.Contains(table.bitsOf(m.Number), bit) {
				t.Errorf("%s: %#x has no %s", name(table), m.Number, bit)
			}
		}
		alone := Decode(fmt.Sprintf("%#x", m.Number), nil, table.since.String())
		for _, bit := range alone.Bits {
			if !slices.Contains(table.bitsOf(m.Number), bit) {
				t.Errorf("%s: the number %#x alone has %s, which is not in it", name(table), m.Number, bit)
			}
		}
	}
}
