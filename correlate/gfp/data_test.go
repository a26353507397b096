package gfp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Every table reads its samples as their kernels print them, by its release
// and by the names.
func TestSamples(t *testing.T) {
	for _, table := range builtin().tables {
		if len(table.samples) == 0 {
			t.Errorf("%s: no samples", name(table))
		}
		for number, want := range table.samples {
			if got := strings.Join(table.print(number), "|"); got != want {
				t.Errorf("%s: %#x is %q, want %q", name(table), number, got, want)
			}
			m := Decode(fmt.Sprintf("%#x", number), strings.Split(want, "|"), table.since.String())
			if !m.Checked || !slices.Contains(m.tables, table) {
				t.Errorf("%s: %#x(%s): does not add up: %+v", name(table), number, want, m)
			}
		}
	}
}

func TestMeaningSamples(t *testing.T) {
	samples := builtin().meanings.Samples
	if len(samples) == 0 {
		t.Fatal("no samples")
	}
	for _, s := range samples {
		m := Decode(s.Mask, nil, s.Release)
		if m.Meaning() != s.Page || m.MeaningOfCharge() != s.Charge {
			t.Errorf("%s, %q:\n %q\n %q\nwant\n %q\n %q", s.Mask, s.Release, m.Meaning(), m.MeaningOfCharge(), s.Page, s.Charge)
		}
	}
}

// What goes by a name in data is a name that some table has.
func TestDataNames(t *testing.T) {
	all := builtin()
	known := func(bit string) bool {
		return slices.ContainsFunc(all.tables, func(table *table) bool { return table.mask(bit) != 0 })
	}
	for _, rules := range [][]rule{all.meanings.Page, all.meanings.Charge, all.meanings.Wait, all.meanings.Also} {
		for _, r := range rules {
			for _, bit := range strings.Fields(r.All + " " + r.None) {
				if !known(bit) {
					t.Errorf("rule %q: no table has %s", r.Text, bit)
				}
			}
		}
	}
	for i, table := range all.tables[1:] {
		if table.since.before(all.tables[i].since) {
			t.Errorf("%s stands behind %s", name(table), name(all.tables[i]))
		}
	}
	for _, table := range all.tables {
		if table.until.before(table.since) {
			t.Errorf("%s ends before it begins", name(table))
		}
		if len(table.compounds) < 8 {
			t.Errorf("%s has %d compounds", name(table), len(table.compounds))
		}
	}
}

// The kernel's own numbers for its compounds.
func TestCompounds(t *testing.T) {
	tests := []struct {
		release, compound string
		want              uint64
	}{
		{"2.6.32", "GFP_TEMPORARY", 0x800d0},
		{"3.10", "GFP_TRANSHUGE", 0x4352da},
		{"3.10", "GFP_NOIO", 0x10},
		{"4.4", "GFP_USER", 0x24200c0},
		{"4.4", "GFP_HIGHUSER", 0x24200c2},
		{"4.9", "GFP_TEMPORARY", 0x24000d0},
		{"4.9", "GFP_NOIO", 0x2400000},
		{"4.11", "GFP_USER", 0x14200c0},
		{"4.13", "GFP_TEMPORARY", 0x14000d0},
		{"4.14", "GFP_TEMPORARY", 0},
		{"4.19", "GFP_KERNEL_ACCOUNT", 0x7000c0},
		{"4.19", "GFP_NOWAIT", 0x400000},
		{"5.4", "GFP_TRANSHUGE", 0x1c24ca},
		{"5.4", "GFP_NOWAIT", 0x800},
		{"6.4", "GFP_ATOMIC", 0x820},
		{"6.8", "GFP_NOWAIT", 0x2800},
	}
	for _, tt := range tests {
		if got := builtin().scopeOf(tt.release).tables[0].values[tt.compound]; got != tt.want {
			t.Errorf("%s of %s is %#x, want %#x", tt.compound, tt.release, got, tt.want)
		}
	}
}

// What a kernel of any era can print of any few bits is read back: by the
// names, in whatever order, and by the number as far as it says anything.
func TestPrintedAndDecoded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, table := range builtin().tables {
		for _, number := range subsets(table, random) {
			printed := printAs(table, number)
			random.Shuffle(len(printed), func(i, j int) { printed[i], printed[j] = printed[j], printed[i] })
			mask := fmt.Sprintf("%#x", number)
			m := Decode(mask, printed, table.since.String())
			if want := table.bitsOf(number); !slices.Equal(m.Bits, want) || !m.Checked {
				t.Fatalf("%s: %s(%s): %+v, want bits %q", name(table), mask, strings.Join(printed, "|"), m, want)
			}
			checkSame(t, table, number, Decode(mask, nil, table.since.String()))
			checkSame(t, table, number, Decode(mask, printed, ""))
		}
	}
}

// checkSame checks that a mask says nothing that its kernel does not mean.
func checkSame(t *testing.T, of *table, number uint64, m Mask) {
	t.Helper()
	if !slices.Contains(m.tables, of) {
		t.Errorf("%s: %#x: read without its own table, by %s", name(of), number, m.Basis)
	}
	for _, bit := range m.Bits {
		if number&of.values[bit] == 0 {
			t.Errorf("%s: %#x: has no %s", name(of), number, bit)
		}
	}
}

// subsets returns all compounds with one bit more and with some two, and random masks.
func subsets(table *table, random *rand.Rand) (numbers []uint64) {
	var bits []uint64
	for bit := range table.bits {
		bits = append(bits, bit)
	}
	slices.Sort(bits)
	for _, c := range table.compounds {
		for i, a := range bits {
			numbers = append(numbers, c.value|a, c.value|a|bits[random.IntN(i+1)])
		}
	}
	for range 200 {
		number := uint64(0)
		for _, bit := range bits {
			number |= bit * random.Uint64N(2)
		}
		if number != 0 {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// printAs prints a mask as format_flags does, from the largest compound on.
func printAs(table *table, number uint64) (printed []string) {
	byCount := slices.Clone(table.compounds)
	slices.SortStableFunc(byCount, func(a, b compound) int { return len(table.bitsOf(b.value)) - len(table.bitsOf(a.value)) })
	for _, c := range byCount {
		if number&c.value == c.value {
			printed, number = append(printed, c.name), number&^c.value
		}
	}
	for bit, single := range table.bits {
		if number&bit != 0 {
			printed = append(printed, bitPrefix+single)
		}
	}
	return printed
}

func name(t *table) string {
	return strings.TrimSpace(era([]*table{t}) + " " + t.config)
}
