package journal

import "encoding/binary"

// The types of objects, the places of what is in them, and their least sizes.
// Source: journal-def.h.
const (
	typeData       = 1
	typeEntry      = 3
	typeEntryArray = 6

	objectHeader = 16

	dataEntries        = 56 // how many entries share the data
	dataPayload        = 64
	dataPayloadCompact = 72
	entryItems         = 64
	arrayItems         = 24
)

// leastSizes are those of the objects' fixed parts, by type.
var leastSizes = [...]uint64{1: dataPayload, 2: 40, 3: entryItems, 4: objectHeader, 5: objectHeader, 6: arrayItems, 7: 64}

// A file is the bytes of a journal file and how they are laid out.
type file struct {
	window
	start   int64 // where the header ends and the objects begin
	compact bool
}

// An object is what each object's own header says. It lies within the file.
type object struct {
	kind, flags uint8
	size        int64
}

// object reads the header of the object at off, which must end before limit.
func (f *file) object(off, limit int64) (object, bool) {
	b := f.at(off, objectHeader)
	if b == nil {
		return object{}, false
	}
	kind, size := b[0], binary.LittleEndian.Uint64(b[8:])
	if kind == 0 || int(kind) >= len(leastSizes) || size < leastSizes[kind] {
		return object{}, false
	}
	if off > limit || size > uint64(limit-off) {
		return object{}, false
	}
	return object{kind, b[1], int64(size)}, true
}

// place returns u as a place in the file where an object can begin.
func (f *file) place(u uint64) (int64, bool) {
	if u < uint64(f.start) || u >= uint64(f.size) || u%8 != 0 {
		return 0, false
	}
	return int64(u), true
}

// payload is where the payload of a data object begins.
func (f *file) payload() int64 {
	if f.compact {
		return dataPayloadCompact
	}
	return dataPayload
}

// widths returns how long an item is in an entry, an offset and in regular
// files a hash, and in an array of entries.
func (f *file) widths() (entry, array int64) {
	if f.compact {
		return 4, 4
	}
	return 16, 8
}

// offset reads the offset that an item begins with.
func (f *file) offset(item []byte) uint64 {
	if f.compact {
		return uint64(binary.LittleEndian.Uint32(item))
	}
	return binary.LittleEndian.Uint64(item)
}

// align rounds up to where the next object can begin.
func align(off int64) int64 { return (off + 7) &^ 7 }
