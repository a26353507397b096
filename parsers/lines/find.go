package lines

import (
	"bytes"
	"encoding/binary"
)

// A Finder searches for many literals at once. It is read-only once made, and
// can be used by several goroutines.
//
// It is Wu and Manber's method with hashed grams of three bytes: the gram that
// ends a window of the shortest literal's length says how far the window may
// move on, mostly by nearly its own length, so most bytes are never looked at.
type Finder struct {
	window int // length of the shortest literal
	shift  [1 << gramBits]uint8
	ends   map[uint32][]int // gram at a window's end: which literals have it there
	lits   [][]byte
}

const (
	gramBits = 15
	gram     = 3
)

// NewFinder returns a Finder for literals, none of which may be shorter than
// four bytes. Without literals it finds nothing.
func NewFinder(literals []string) *Finder {
	f := &Finder{ends: map[uint32][]int{}, window: 255}
	for _, l := range literals {
		f.lits = append(f.lits, []byte(l))
		f.window = min(f.window, len(l))
	}
	for i := range f.shift {
		f.shift[i] = uint8(f.window - gram + 1)
	}
	for n, l := range f.lits {
		for end := gram; end <= f.window; end++ {
			h := hash(l[end-gram : end])
			f.shift[h] = min(f.shift[h], uint8(f.window-end))
			if end == f.window {
				f.ends[h] = append(f.ends[h], n)
			}
		}
	}
	return f
}

func hash(g []byte) uint32 {
	return mix(uint32(g[0]) | uint32(g[1])<<8 | uint32(g[2])<<16)
}

func mix(g uint32) uint32 { return (g * 0x9E3779B1) >> (32 - gramBits) }

// Index returns where the first literal begins in b, or -1.
func (f *Finder) Index(b []byte) int {
	if len(f.lits) == 0 {
		return -1
	}
	for at := f.window - 1; at < len(b); { // of the window's last byte
		var g uint32
		if at >= 3 {
			g = binary.LittleEndian.Uint32(b[at-3:]) >> 8
		} else {
			g = uint32(b[at-2]) | uint32(b[at-1])<<8 | uint32(b[at])<<16
		}
		h := mix(g)
		if n := f.shift[h&(1<<gramBits-1)]; n > 0 {
			at += int(n)
			continue
		}
		begin := at - f.window + 1
		for _, n := range f.ends[h] {
			if bytes.HasPrefix(b[begin:], f.lits[n]) {
				return begin
			}
		}
		at++
	}
	return -1
}
