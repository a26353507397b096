package journal

import "encoding/binary"

// maxStray is how many items of the chain may lead nowhere before it is given
// up: a scan finds what is left, without jumping about.
const maxStray = 10_000

// A chain is the list of all entries: arrays of offsets, each of which names
// the next array. Offsets ascend, and 0 ends the last array before its room is
// used up. What does not ascend is not followed, so that no file leads in a
// circle.
type chain struct {
	items, count, index int64  // of the array at hand: where its items begin, how many, which is next
	end                 int64  // where the array at hand ends
	next                uint64 // where the next array is, 0 if there is none
	zero                bool   // the last item was 0
	gap                 bool   // between the last entry and here the chain was damaged
	stray               int    // items that led nowhere
}

// linked loads the next entry that the chain names, and is false at its end.
func (r *Reader) linked() bool {
	c := &r.chain
	for c.stray < maxStray && (c.index < c.count || r.nextArray()) {
		u := r.item()
		c.index++
		if u == 0 {
			c.zero = true
			continue
		}
		c.gap = c.gap || c.zero // in the middle, 0 is a hole
		c.zero = false
		if r.follow(u) {
			return true
		}
		c.gap = true
		c.stray++
	}
	return false
}

// item returns the item at hand, 0 if it cannot be read.
func (r *Reader) item() uint64 {
	_, width := r.widths()
	b := r.at(r.chain.items+r.chain.index*width, width)
	if b == nil {
		return 0
	}
	return r.offset(b)
}

// follow loads the entry that an item names.
func (r *Reader) follow(u uint64) bool {
	off, ok := r.target(u)
	if !ok {
		return false
	}
	if off < r.end || !r.load(off, r.size) {
		r.report.add(off, badEntry, "the list of entries leads here, but here is no entry behind the last one")
		return false
	}
	return true
}

// nextArray goes to the next array that has items, and is false if there is none.
func (r *Reader) nextArray() bool {
	c := &r.chain
	u := c.next
	c.next, c.count, c.index = 0, 0, 0
	if u == 0 {
		return false
	}
	off, ok := r.target(u)
	if !ok {
		return false
	}
	_, width := r.widths()
	obj, ok := r.object(off, r.size)
	b := r.at(off, arrayItems)
	if !ok || b == nil || obj.kind != typeEntryArray || obj.size < arrayItems+width || off < c.end {
		r.report.add(off, brokenChain, "the list of entries breaks off here: the others are searched for, object by object")
		return false
	}
	c.items, c.count = off+arrayItems, (obj.size-arrayItems)/width
	c.end = off + obj.size
	c.next = binary.LittleEndian.Uint64(b[objectHeader:])
	return true
}

// target returns u, which the chain names, as a place in the file.
func (r *Reader) target(u uint64) (int64, bool) {
	off, ok := r.place(u)
	switch {
	case ok:
	case u >= uint64(r.size):
		r.report.add(r.size, truncated, "the file ends here, but lists entries further on: they are lost")
	default:
		r.report.add(int64(u), badEntry, "the list of entries leads here, but here no object can begin")
	}
	return off, ok
}
