package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
)

const (
	// maxPayload is the longest field that is read, as stored and expanded.
	maxPayload = 8 << 20
	// maxHeld is how much an entry may hold of values that were read for it.
	maxHeld = 16 << 20
	// maxShared is the longest payload that is remembered for other entries.
	maxShared = 16 << 10
	// maxNames is how many names of fields are remembered.
	maxNames = 4096
)

// Why a field cannot be read.
var (
	errOffset   = errors.New("its offset leads to no data object")
	errFlags    = errors.New("it is compressed in a way that no systemd up to 257 knows")
	errBroken   = errors.New("its compressed form is damaged")
	errTooLong  = errors.New("it is longer than 8 MiB")
	errFull     = errors.New("the fields of its entry add up to more than 16 MiB")
	errSpent    = errors.New("the file refers to its long fields so often that they are no longer read")
	errNoName   = errors.New("it is not NAME=value")
	errUnstable = errors.New("the file was cut while it was read")
)

// fields reads data objects. Those that entries share are remembered.
type fields struct {
	cache    cache
	names    map[string]string
	expander expander
	spent    int64 // bytes copied and expanded
}

// field returns the field in the data object at u.
func (r *Reader) field(u uint64) field {
	f, ok := r.fields.cache.get(u)
	if !ok {
		var err error
		if f, err = r.readField(u); err != nil {
			r.report.add(r.entry.Offset, badField, "a field of this entry cannot be read: %v", err)
			return field{}
		}
	}
	return f
}

// readField reads the data object at u.
func (r *Reader) readField(u uint64) (field, error) {
	off, ok := r.place(u)
	if !ok {
		return field{}, errOffset
	}
	obj, ok := r.object(off, r.size)
	size := obj.size - r.payload()
	if !ok || obj.kind != typeData || size <= 0 {
		return field{}, errOffset
	}
	if size > maxPayload {
		return field{}, errTooLong
	}
	if (obj.flags != 0 || size > maxShared) && r.overspent() {
		return field{}, errSpent
	}
	shared := r.sharedData(off)
	raw := r.at(off+r.payload(), size)
	if raw == nil {
		return field{}, errUnstable
	}
	plain, cost, err := r.fields.expander.expand(obj.flags, raw)
	r.fields.spent += cost
	if err != nil {
		return field{}, err
	}
	return r.keepField(u, plain, shared)
}

// sharedData reports whether the data object at off says that several entries
// have it. Most messages are in one alone and not worth remembering.
func (r *Reader) sharedData(off int64) bool {
	b := r.at(off, dataPayload)
	return b != nil && binary.LittleEndian.Uint64(b[dataEntries:]) > 1
}

// keepField splits a payload and copies it to where it lives on: in the cache,
// or with the entry.
func (r *Reader) keepField(u uint64, plain []byte, shared bool) (field, error) {
	name, value, ok := bytes.Cut(plain, []byte("="))
	if !ok {
		return field{}, errNoName
	}
	f := field{name: r.fields.name(name)}
	if f.name == "" {
		return field{}, errNoName
	}
	held := r.entry.held + int64(len(value))
	if held > maxHeld {
		return field{}, errFull
	}
	r.entry.held = held
	if shared && len(plain) <= maxShared {
		f.value = bytes.Clone(value)
		r.fields.cache.put(u, f)
		return f, nil
	}
	f.value = r.entry.keep(value)
	return f, nil
}

// overspent reports whether the file has made the Reader do far more than files
// do that journald wrote: a single long field that a million entries refer to
// would otherwise be expanded a million times.
func (r *Reader) overspent() bool { return (r.read+r.fields.spent)/64 > r.size+4<<20 }

// name returns b as a string, the same one for the same name, and "" if it is
// no name.
func (f *fields) name(b []byte) string {
	if s, ok := f.names[string(b)]; ok {
		return s
	}
	if !validName(b) {
		return ""
	}
	s := string(b)
	if f.names == nil {
		f.names = map[string]string{}
	}
	if len(f.names) < maxNames {
		f.names[s] = s
	}
	return s
}

// validName reports whether journald would take b for a field's name.
// Source: src/libsystemd/sd-journal/journal-file.c, journal_field_valid.
func validName(b []byte) bool {
	if len(b) == 0 || len(b) > 64 || '0' <= b[0] && b[0] <= '9' {
		return false
	}
	for _, c := range b {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
