package lines

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A Finder searches for many literals at once. It is read-only once made, and
// can be used by several goroutines.
//
// Of each literal the first few grams of four bytes are known, so many that one
// of them is met when only each step-th place of a text is looked at. A place
// whose gram is not known, as nearly all are, costs one look into a table, and
// none of these looks waits for the one before it.
type Finder struct {
	step  int                   // how many grams the shortest literal has
	table [1 << gramBits]uint16 // by a gram's hash: its bucket's number, from 1
	grams [][]literalGram       // buckets
}

// A literalGram is a gram and where it stands in a literal.
type literalGram struct {
	gram    uint32
	offset  int
	literal []byte
}

const (
	gramBits = 14
	gramSize = 4
)

// NewFinder returns a Finder for literals, none of which may be shorter than
// four bytes. Without literals it finds nothing.
func NewFinder(literals []string) *Finder {
	f := &Finder{step: math.MaxInt}
	for _, l := range literals {
		f.step = min(f.step, len(l)-gramSize+1)
	}
	for _, l := range literals {
		for offset := range f.step {
			f.add(literalGram{gramAt([]byte(l), offset), offset, []byte(l)})
		}
	}
	return f
}

func (f *Finder) add(g literalGram) {
	slot := &f.table[hash(g.gram)]
	if *slot == 0 {
		f.grams = append(f.grams, nil)
		*slot = uint16(len(f.grams))
	}
	f.grams[*slot-1] = append(f.grams[*slot-1], g)
}

func gramAt(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

func hash(gram uint32) uint32 { return gram * 0x9E3779B1 >> (32 - gramBits) }

// Index returns where the first literal begins in b, or -1.
func (f *Finder) Index(b []byte) int {
	step, table := f.step, &f.table
	for at := 0; at <= len(b)-gramSize; at += step {
		gram := gramAt(b, at)
		if slot := table[hash(gram)]; slot != 0 {
			if begin := f.begin(b, at, gram, f.grams[slot-1]); begin >= 0 {
				return begin
			}
		}
	}
	return -1
}

// begin returns where the first of those literals begins that hold gram and
// stand in b around it, or -1.
func (f *Finder) begin(b []byte, at int, gram uint32, bucket []literalGram) int {
	first := -1
	for i := range bucket {
		g := &bucket[i]
		if begin := at - g.offset; g.gram == gram && begin >= 0 && bytes.HasPrefix(b[begin:], g.literal) && (first < 0 || begin < first) {
			first = begin
		}
	}
	return first
}
