package journal

import "encoding/binary"

// A scan goes over a stretch of the file from object to object, each of which
// says how long it is, and finds the entries among them. Where there is no
// object it tries each place at which one can begin.
type scan struct {
	pos, limit int64
	then       bool // an entry that the chain names is at limit
	lost       bool // what was last looked at is no object
}

// advance loads the next entry: from the chain, and where the chain is damaged,
// and behind its end, from a scan. A scan of what is behind the chain finds an
// entry that was written and not yet linked.
func (r *Reader) advance() bool {
	for !r.done {
		switch {
		case r.scan.limit == 0 && !r.linked():
			r.scan = scan{pos: align(r.end), limit: r.size}
		case r.scan.limit == 0 && r.chain.gap:
			r.chain.gap = false
			r.scan = scan{pos: align(r.end), limit: r.entry.Offset, then: true}
		case r.scan.limit == 0:
			return true
		}
		if r.look() {
			return true
		}
		at, then := r.scan.limit, r.scan.then
		r.scan = scan{}
		r.done = !then
		if then && r.load(at, r.size) {
			return true
		}
	}
	return false
}

// look loads the next entry of the scan, and is false at its end.
func (r *Reader) look() bool {
	s := &r.scan
	for s.pos < s.limit && r.err == nil {
		off := s.pos
		obj, ok := r.object(off, s.limit)
		entry := ok && obj.kind == typeEntry
		if entry {
			ok = r.load(off, s.limit) && r.entry.plausible()
		}
		if !ok {
			if r.over(off) {
				return false
			}
			s.lost = true
			s.pos += 8
			continue
		}
		s.lost = false
		s.pos = align(off + obj.size)
		if entry {
			return true
		}
	}
	return false
}

// over reports whether the scan ends at off, where no object is: because the
// file is cut here, or because nothing was ever written from here on. If not,
// it is a hole.
func (r *Reader) over(off int64) bool {
	s := &r.scan
	if !s.then && uint64(off) > r.head.tailObject {
		return true
	}
	if !s.then && !s.lost && r.cut(off) {
		r.report.add(off, truncated, "the file is cut within what begins here: what followed is lost")
		return true
	}
	if !s.lost {
		r.report.add(off, noObject, "the file is damaged here: what can be read is searched for further on")
	}
	return false
}

// cut reports whether the object at off reaches beyond the end of the file, and
// lay within it before the file was cut. What it holds is not to be taken for
// objects: a sender chose it.
func (r *Reader) cut(off int64) bool {
	b := r.at(off, objectHeader)
	if b == nil {
		return true
	}
	size := binary.LittleEndian.Uint64(b[8:])
	return size > uint64(r.size-off) && uint64(off) < r.head.used && size <= r.head.used-uint64(off)
}
