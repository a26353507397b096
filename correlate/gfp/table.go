package gfp

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed data/tables.yaml data/meanings.yaml
var data embed.FS

// bitPrefix is in front of the name of every single bit.
const bitPrefix = "__GFP_"

// A table is what the bits mean in some releases.
type table struct {
	since, until version // both included
	config       string  // the configuration it holds for, "" if for any other
	bits         map[uint64]string
	compounds    []compound        // in the order in which the kernel tries them
	values       map[string]uint64 // of every name, single bits' with the prefix
	samples      map[uint64]string
}

// A compound is a name for several bits at once.
type compound struct {
	name  string
	value uint64
}

// A catalog is all that data/ holds.
type catalog struct {
	tables   []*table // by release, the oldest first
	vendors  []vendor
	meanings meanings
}

// builtin returns the catalog. It panics if the data is wrong, which a test
// rules out.
var builtin = sync.OnceValue(func() *catalog {
	c, err := load()
	if err != nil {
		panic(fmt.Errorf("reading the built-in tables: %w", err))
	}
	return c
})

// The form of data/tables.yaml.
type (
	yamlTables struct {
		Compounds []yamlSet
		Vendors   []yamlVendor
		Tables    []yamlTable
	}
	yamlSet struct {
		Set, Like string
		Names     []map[string]string
	}
	yamlVendor struct{ Begins, Has, From, To string }
	yamlTable  struct {
		Since, Until, Config, Compounds string
		Bits                            map[uint64]string
		Samples                         map[uint64]string
	}
)

func load() (*catalog, error) {
	var y yamlTables
	c := &catalog{}
	if err := errors.Join(read("tables.yaml", &y), read("meanings.yaml", &c.meanings)); err != nil {
		return nil, err
	}
	sets := setsOf(y.Compounds)
	bits := map[uint64]string{}
	for _, t := range y.Tables {
		bits = changed(bits, t.Bits)
		built, err := newTable(t, bits, sets[t.Compounds])
		if err != nil {
			return nil, fmt.Errorf("table since %s: %w", t.Since, err)
		}
		c.tables = append(c.tables, built)
	}
	for _, v := range y.Vendors {
		built, err := newVendor(v)
		if err != nil {
			return nil, err
		}
		c.vendors = append(c.vendors, built)
	}
	return c, nil
}

func read(name string, to any) error {
	text, err := data.ReadFile("data/" + name)
	if err == nil {
		err = yaml.UnmarshalWithOptions(text, to, yaml.DisallowUnknownField())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// A name and the bits that it stands for, before there is a table.
type spelled struct{ name, bits string }

// setsOf spells out the sets of compounds, each with what it takes over.
func setsOf(all []yamlSet) map[string][]spelled {
	sets := map[string][]spelled{}
	for _, y := range all {
		set, at := slices.Clone(sets[y.Like]), -1
		for _, entry := range y.Names {
			for name, bits := range entry {
				set, at = put(set, at, spelled{name, bits})
			}
		}
		sets[y.Set] = set
	}
	return sets
}

// put replaces a name in its place, takes it away, or adds it behind the one at
// the place before. It returns the place, too.
func put(set []spelled, at int, s spelled) ([]spelled, int) {
	old := slices.IndexFunc(set, func(o spelled) bool { return o.name == s.name })
	switch {
	case old >= 0 && s.bits == "":
		return slices.Delete(set, old, old+1), old - 1
	case old >= 0:
		set[old] = s
		return set, old
	}
	return slices.Insert(set, at+1, s), at + 1
}

// changed returns the bits of a table that differs from the one above it.
func changed(above, changes map[uint64]string) map[uint64]string {
	bits := map[uint64]string{}
	for _, from := range []map[uint64]string{above, changes} {
		for bit, name := range from {
			bits[bit] = name
		}
	}
	for bit, name := range bits {
		if name == "" {
			delete(bits, bit)
		}
	}
	return bits
}

func newTable(y yamlTable, bits map[uint64]string, set []spelled) (*table, error) {
	t := &table{config: y.Config, bits: bits, values: map[string]uint64{}, samples: y.Samples, until: newest}
	var err, errUntil error
	t.since, err = parseVersion(y.Since)
	if y.Until != "" {
		t.until, errUntil = parseVersion(y.Until)
	}
	for bit, name := range bits {
		if t.values[bitPrefix+name] != 0 || bit&(bit-1) != 0 || bit == 0 {
			return nil, fmt.Errorf("bit %#x, %s: named twice, or not one bit", bit, name)
		}
		t.values[bitPrefix+name] = bit
	}
	for _, s := range set {
		t.add(s)
	}
	if reclaim := (spelled{"__GFP_RECLAIM", "DIRECT_RECLAIM KSWAPD_RECLAIM"}); t.mask("DIRECT_RECLAIM") != 0 {
		t.add(reclaim)
	}
	return t, errors.Join(err, errUntil)
}

// add adds a compound if the table has all its bits.
func (t *table) add(s spelled) {
	c := compound{name: s.name}
	for bit := range strings.FieldsSeq(s.bits) {
		value, ok := t.values[bitPrefix+bit]
		if !ok {
			return
		}
		c.value |= value
	}
	t.compounds = append(t.compounds, c)
	t.values[c.name] = c.value
}

// mask returns the value of a bit by its name without the prefix, 0 if the table
// has none. "reclaim" is the one that gives leave to wait: WAIT to 4.3,
// DIRECT_RECLAIM from 4.4 on.
func (t *table) mask(bit string) uint64 {
	if bit == "reclaim" {
		return t.mask("WAIT") | t.mask("DIRECT_RECLAIM")
	}
	return t.values[bitPrefix+bit]
}

// fits says whether the table has a name for every bit that is set.
func (t *table) fits(number uint64) bool {
	for i := range 64 {
		if bit := uint64(1) << i; number&bit != 0 && t.bits[bit] == "" {
			return false
		}
	}
	return true
}

// bitsOf returns the names of all bits that are set and named.
func (t *table) bitsOf(number uint64) (names []string) {
	for i := range 64 {
		if bit := uint64(1) << i; number&bit != 0 && t.bits[bit] != "" {
			names = append(names, bitPrefix+t.bits[bit])
		}
	}
	return names
}

// print returns the names as the kernel's %pGg has them: what matches is taken
// off, from the first compound to the last single bit. It does not return nil.
// Source: lib/vsprintf.c, format_flags.
func (t *table) print(number uint64) []string {
	names := []string{}
	for _, c := range t.compounds {
		if number&c.value == c.value {
			names, number = append(names, c.name), number&^c.value
		}
	}
	return append(names, t.bitsOf(number)...)
}

// sum returns what names add up to, as far as all of them are known.
func (t *table) sum(names []string) (sum uint64, ok bool) {
	for _, name := range names {
		value, found := t.values[name]
		if !found {
			value, found = parseHex(name)
		}
		if !found {
			return 0, false
		}
		sum |= value
	}
	return sum, true
}
