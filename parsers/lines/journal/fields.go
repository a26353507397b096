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
	// maxName is the length of the longest name.
	maxName = 64
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

// fields reads data objects. Those that entries share are remembered, but for what
// is long.
type fields struct {
	cache    cache
	names    map[string]string
	expander expander
	spent    int64 // bytes copied and expanded
}

// field returns the field in the data object at u. Its value can be left for
// readValue.
func (r *Reader) field(u uint64) field {
	f, ok := r.fields.cache.get(u)
	if !ok {
		var err error
		if f, err = r.readField(u); err != nil {
			r.unreadable(err)
			return field{}
		}
	}
	return f
}

func (r *Reader) unreadable(err error) {
	r.report.add(r.entry.Offset, badField, "a field of this entry cannot be read: %v", err)
}

// readField reads the data object at u: of a long one, or of one that no other
// entry has, the name alone. Where it is compressed so is its name.
func (r *Reader) readField(u uint64) (field, error) {
	off, ok := r.place(u)
	if !ok {
		return field{}, errOffset
	}
	obj, ok := r.object(off, r.size)
	at, size := off+r.payload(), obj.size-r.payload()
	if !ok || obj.kind != typeData || size <= 0 {
		return field{}, errOffset
	}
	if size > maxPayload {
		return field{}, errTooLong
	}
	shared := r.sharedData(off)
	if obj.flags != 0 {
		return r.expandField(u, obj, shared)
	}
	head := r.at(at, min(size, maxName+1))
	if head == nil {
		return field{}, errUnstable
	}
	f, _, err := r.named(head)
	if err != nil {
		return field{}, err
	}
	n := int64(len(f.name) + len("="))
	f.at, f.size = at+n, size-n
	if shared && size <= maxShared {
		return r.share(u, f)
	}
	return f, nil
}

// sharedData reports whether the data object at off says that several entries
// have it. Most messages are in one alone and not worth remembering.
func (r *Reader) sharedData(off int64) bool {
	b := r.at(off, dataPayload)
	return b != nil && binary.LittleEndian.Uint64(b[dataEntries:]) > 1
}

// named reads the name at the start of a payload, and returns the rest.
func (r *Reader) named(payload []byte) (f field, value []byte, err error) {
	name, value, ok := bytes.Cut(payload, []byte("="))
	if !ok {
		return f, nil, errNoName
	}
	if f.name = r.fields.name(name); f.name == "" {
		return f, nil, errNoName
	}
	return f, value, nil
}

// share reads the value of a field, which is remembered for other entries.
func (r *Reader) share(u uint64, f field) (field, error) {
	if err := r.hold(f.size); err != nil {
		return field{}, err
	}
	raw := r.at(f.at, f.size)
	if raw == nil && f.size > 0 {
		return field{}, errUnstable
	}
	r.fields.spent += f.size
	f = field{name: f.name, value: bytes.Clone(raw)}
	r.fields.cache.put(u, f)
	return f, nil
}

// readValue reads the value of a field that this entry alone has.
func (r *Reader) readValue(f *field) error {
	if f.size > maxShared && r.overspent() {
		return errSpent
	}
	if err := r.hold(f.size); err != nil {
		return err
	}
	raw := r.at(f.at, f.size)
	if raw == nil && f.size > 0 {
		return errUnstable
	}
	r.fields.spent += f.size
	f.value, f.at = r.entry.keep(raw), 0
	return nil
}

// expandField reads a field that is compressed, and keeps it with the entry, or
// for others too.
func (r *Reader) expandField(u uint64, obj object, shared bool) (field, error) {
	if r.overspent() {
		return field{}, errSpent
	}
	raw := r.at(int64(u)+r.payload(), obj.size-r.payload())
	if raw == nil {
		return field{}, errUnstable
	}
	plain, cost, err := r.fields.expander.expand(obj.flags, raw)
	r.fields.spent += cost
	if err != nil {
		return field{}, err
	}
	f, value, err := r.named(plain)
	if err != nil {
		return field{}, err
	}
	if err := r.hold(int64(len(value))); err != nil {
		return field{}, err
	}
	if shared && len(plain) <= maxShared {
		f.value = bytes.Clone(value)
		r.fields.cache.put(u, f)
		return f, nil
	}
	f.value = r.entry.keep(value)
	return f, nil
}

// hold counts what the entry is about to hold.
func (r *Reader) hold(size int64) error {
	if r.entry.held+size > maxHeld {
		return errFull
	}
	r.entry.held += size
	return nil
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
	if len(b) == 0 || len(b) > maxName || '0' <= b[0] && b[0] <= '9' {
		return false
	}
	for _, c := range b {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
