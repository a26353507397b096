package kernel

import (
	"bytes"

	"oomtrace/parsers/event"
)

// A pair is one "name:number" of a line.
type pair struct {
	name []byte
	n    int64
	fits bool // n is what is printed; else it is too large
	unit unit
	last bool // nothing is behind it, so that its end may be lost
}

// A unit is what stands behind a pair's number.
type unit int

const (
	noUnit unit = iota
	kbUnit      // kB; KB too, of reserved_highatomic
)

// cutPair cuts the first pair of b off. The name is one that a kernel might
// print, and behind the pair is a blank or nothing: a record may be cut short.
func cutPair(b []byte) (p pair, rest []byte, ok bool) {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	i := 0
	for i < len(b) && isWord[b[i]] {
		i++
	}
	if i == 0 || i > maxMemName || i+1 >= len(b) || b[i] != ':' {
		return p, b, false
	}
	at := i + 1
	if b[at] == ' ' {
		at++ // shmem_thp: 0kB
	}
	p.name = b[:i]
	end := at
	for end < len(b) && isDigit(b[end]) {
		end++
	}
	if end == at {
		return p, b, false
	}
	p.n, _, p.fits = count(b[at:end])
	if rest = b[end:]; len(rest) >= 2 && rest[1] == 'B' && (rest[0] == 'k' || rest[0] == 'K') {
		p.unit, rest = kbUnit, rest[2:]
	}
	p.last = len(rest) == 0
	return p, rest, p.last || rest[0] == ' '
}

var allUnreclaimable = []byte(" all_unreclaimable? ")

// cutUnreclaimable cuts " all_unreclaimable? yes" off.
func cutUnreclaimable(b []byte) (word string, rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(b, allUnreclaimable)
	if !ok {
		return "", b, false
	}
	for _, w := range [...]string{"yes", "no"} {
		if left, ok := bytes.CutPrefix(rest, []byte(w)); ok && (len(left) == 0 || left[0] == ' ') {
			return w, left, true
		}
	}
	return "", b, false
}

// pairsIn returns how many pairs a line has at most.
func pairsIn(b []byte) int { return min(bytes.Count(b, []byte(":")), maxPairs) }

// addSize adds a size, if it is one and there is room. A new list gets room for
// that many.
func (r *report) addSize(sizes event.Stats, p pair, room int) event.Stats {
	if p.unit == noUnit || !p.fits || len(sizes) >= maxPairs {
		return sizes
	}
	if sizes == nil {
		sizes = make(event.Stats, 0, room)
	}
	return append(sizes, event.Stat{Name: r.scratch.names.of(p.name), Value: p.n})
}

// count reads a decimal number at the start of b that is not negative, and
// returns what follows.
func count(b []byte) (n int64, rest []byte, ok bool) {
	if n, rest, ok = shortNumber(b); ok || len(b) == 0 || !isDigit(b[0]) {
		return n, rest, ok
	}
	return number(b)
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// isWord are the bytes of the names in Mem-Info: isolated(anon).
var isWord = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_()-.") {
		set[c] = true
	}
	return set
}()

// isTotal are the totals that a line can begin with, or be known by.
var isTotal = wordSet(
	"active_anon", "inactive_anon", "isolated_anon", "active_file", "inactive_file", "isolated_file",
	"unevictable", "dirty", "writeback", "unstable", "slab_reclaimable", "slab_unreclaimable",
	"mapped", "shmem", "pagetables", "sec_pagetables", "bounce", "kernel_misc_reclaimable",
	"free", "free_pcp", "free_cma",
	"Active", "Active_anon", "inactive", "slab", // to 2.6.31
)

func wordSet(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
