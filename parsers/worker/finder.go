package worker

import (
	"encoding/binary"
	"math"
)

// A finder searches a message once for many keys. Of each key some grams of four
// bytes are known, so many that one of them is met when only each step-th place
// of the message is looked at. A place whose gram is not known, as nearly all
// are, costs one look into a table.
type finder struct {
	keys  []string
	step  int
	table [1 << tableBits]uint16 // by a gram's hash: its bucket's number, from 1
	grams [][]keyGram            // buckets
}

// A keyGram is a gram that a key holds at an offset.
type keyGram struct {
	gram   uint32
	key    int
	offset int
}

const (
	tableBits = 13
	gramSize  = 4
)

// newFinder returns a finder for keys of minKey bytes or more.
func newFinder(keys []string) finder {
	f := finder{keys: keys, step: math.MaxInt}
	for _, k := range keys {
		f.step = min(f.step, len(k)-gramSize+1)
	}
	for n, k := range keys {
		for offset := range f.step {
			f.add(keyGram{gramAt([]byte(k), offset), n, offset})
		}
	}
	return f
}

func (f *finder) add(g keyGram) {
	slot := &f.table[hash(g.gram)]
	if *slot == 0 {
		f.grams = append(f.grams, nil)
		*slot = uint16(len(f.grams))
	}
	f.grams[*slot-1] = append(f.grams[*slot-1], g)
}

func gramAt(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

func hash(gram uint32) uint32 { return gram * 0x9E3779B1 >> (32 - tableBits) }

// find calls hit with the number of each key that stands in msg, as often as it
// stands there.
func (f *finder) find(msg []byte, hit func(key int)) {
	if len(f.keys) == 0 {
		return
	}
	for at := 0; at+gramSize <= len(msg); at += f.step {
		gram := gramAt(msg, at)
		slot := f.table[hash(gram)]
		if slot == 0 {
			continue
		}
		for _, g := range f.grams[slot-1] {
			if g.gram == gram && stands(msg, f.keys[g.key], at-g.offset) {
				hit(g.key)
			}
		}
	}
}

func stands(msg []byte, key string, at int) bool {
	return at >= 0 && at+len(key) <= len(msg) && string(msg[at:at+len(key)]) == key
}
