package journal

import (
	"encoding/binary"
	"encoding/hex"
)

const (
	// maxItems is how many fields of an entry are read: journald takes 1024.
	maxItems = 4096
	// maxStamp is where systemd no longer takes a number for a stamp.
	// Source: src/libsystemd/sd-journal/journal-file.c, check_object, VALID_REALTIME.
	maxStamp = 1 << 55
)

// An Entry is one entry of a journal: when something was logged, and fields.
type Entry struct {
	Seqnum    uint64 // from 1, ascending; shared by files with the same SeqnumID, so with gaps
	Realtime  uint64 // µs since 1970, when journald received it
	Monotonic uint64 // µs since boot, likewise
	BootID    string // 32 hex digits
	XorHash   uint64 // over the fields: the same entry in two files has the same one
	Offset    int64  // where the entry is in the file

	r       *Reader
	boot    [16]byte
	end     int64
	items   []uint64
	dropped int64 // items beyond maxItems
	fields  []field
	slab    []byte // holds the values that are this entry's alone
	held    int64  // bytes of all values that were read for this entry
}

// A field is one name and its value. One without a name could not be read; one
// with a place was not read yet, but for its name.
type field struct {
	name  string
	value []byte
	at    int64 // where the value lies in the file, 0 if it was read
	size  int64 // of it there
}

// Fields gives the entry's fields, in stored order; a name can come several
// times. What cannot be read is left out and counted in Problems. To go over
// the fields a second time costs nothing.
func (e *Entry) Fields(yield func(name string, value []byte) bool) {
	for i := range e.items {
		if f := e.field(i); e.read(f) && !yield(f.name, f.value) {
			return
		}
	}
}

// Value returns the value of the first field of a name, nil if there is none.
// Values of other names are passed over, which is faster than to go over Fields.
func (e *Entry) Value(name string) []byte {
	for i := range e.items {
		if f := e.field(i); f.name == name && e.read(f) {
			return f.value
		}
	}
	return nil
}

// field returns the i-th field, where those before it were asked for.
func (e *Entry) field(i int) *field {
	if i == len(e.fields) {
		e.fields = append(e.fields, e.r.field(e.items[i]))
	}
	return &e.fields[i]
}

// read reads a field's value, and reports whether there is one.
func (e *Entry) read(f *field) bool {
	if f.at == 0 {
		return f.name != ""
	}
	if err := e.r.readValue(f); err != nil {
		e.r.unreadable(err)
		*f = field{}
	}
	return f.name != ""
}

// load makes the entry at off, which must end before limit, the Reader's entry.
// It is false if there is none.
func (r *Reader) load(off, limit int64) bool {
	width, _ := r.widths()
	obj, ok := r.object(off, limit)
	if !ok || obj.kind != typeEntry || (obj.size-entryItems)%width != 0 || obj.size == entryItems {
		return false
	}
	n := (obj.size - entryItems) / width
	kept := min(n, maxItems)
	b := r.at(off, entryItems+kept*width)
	if b == nil || !r.entry.parse(b) {
		return false
	}
	e := &r.entry
	e.Offset, e.end, e.dropped = off, off+obj.size, n-kept
	e.items = e.items[:0]
	for b = b[entryItems:]; len(b) > 0; b = b[width:] {
		e.items = append(e.items, r.offset(b))
	}
	clear(e.fields)
	e.fields, e.slab, e.held = e.fields[:0], e.slab[:0], 0
	return true
}

// parse reads the fixed part of an entry. It is false where systemd would not
// take it for one, or where no boot is named.
func (e *Entry) parse(b []byte) bool {
	u64 := binary.LittleEndian.Uint64
	seqnum, realtime, monotonic := u64(b[16:]), u64(b[24:]), u64(b[32:])
	boot := [16]byte(b[40:56])
	if seqnum == 0 || realtime == 0 || realtime >= maxStamp || monotonic >= maxStamp || boot == [16]byte{} {
		return false
	}
	if boot != e.boot {
		e.boot, e.BootID = boot, hex.EncodeToString(boot[:])
	}
	e.Seqnum, e.Realtime, e.Monotonic, e.XorHash = seqnum, realtime, monotonic, u64(b[56:])
	return true
}

// plausible reports whether all fields can lie where the entry says: before it.
// Of an entry that nothing leads to this much is expected.
func (e *Entry) plausible() bool {
	for _, u := range e.items {
		if off, ok := e.r.place(u); !ok || off >= e.Offset {
			return false
		}
	}
	return true
}

// keep returns a copy of b that is good as long as the entry. A slab that is
// full is left to the values in it.
func (e *Entry) keep(b []byte) []byte {
	if len(b) > cap(e.slab)-len(e.slab) {
		e.slab = make([]byte, 0, max(len(b), 64<<10))
	}
	from := len(e.slab)
	e.slab = append(e.slab, b...)
	return e.slab[from:len(e.slab):len(e.slab)]
}
