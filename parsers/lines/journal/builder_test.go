package journal

import (
	"encoding/binary"
	"fmt"
)

const (
	testBoot     = "0123456789abcdef0123456789abcdef"
	testRealtime = 1795000000000000
	testHeader   = 272 // systemd 257
)

// A builder writes journal files as journald does, but for the hash tables,
// which nobody here looks into, and the field objects.
type builder struct {
	compact  bool
	compress func(payload []byte) (flags byte, stored []byte) // nil: nothing is compressed
	file     []byte
	data     map[string]uint64 // payload → its data object
	array    uint64            // the last array of entries
	room     int               // its items
	used     int               // those in use
	last     uint64            // the last object
	entries  []uint64
}

func newBuilder(compact bool) *builder {
	b := &builder{compact: compact, file: make([]byte, testHeader), data: map[string]uint64{}}
	copy(b.file, signature)
	if compact {
		b.put32(12, flagCompact)
	}
	b.put64(88, testHeader)
	for i := range 16 {
		b.file[24+i], b.file[40+i], b.file[72+i] = 0xf1, 0x3a, 0x5e
	}
	b.object(4, 0, make([]byte, 64)) // data hash table
	return b
}

func (b *builder) put64(at int, v uint64) { binary.LittleEndian.PutUint64(b.file[at:], v) }
func (b *builder) put32(at int, v uint32) { binary.LittleEndian.PutUint32(b.file[at:], v) }

// object appends an object and returns where it is.
func (b *builder) object(kind, flags byte, body []byte) uint64 {
	at := len(b.file)
	b.file = append(b.file, kind, flags, 0, 0, 0, 0, 0, 0)
	b.file = binary.LittleEndian.AppendUint64(b.file, uint64(16+len(body)))
	b.file = append(b.file, body...)
	for len(b.file)%8 != 0 {
		b.file = append(b.file, 0)
	}
	b.last = uint64(at)
	return uint64(at)
}

// field returns the data object of a payload, a new one if there is none yet.
func (b *builder) field(payload string) uint64 {
	at, ok := b.data[payload]
	if !ok {
		flags, stored := byte(0), []byte(payload)
		if b.compress != nil {
			flags, stored = b.compress(stored)
		}
		at = b.stored(flags, stored)
		b.data[payload] = at
	}
	n := binary.LittleEndian.Uint64(b.file[at+dataEntries:])
	b.put64(int(at)+dataEntries, n+1)
	return at
}

// stored appends a data object with that flag and those bytes.
func (b *builder) stored(flags byte, payload []byte) uint64 {
	fixed := dataPayload - objectHeader
	if b.compact {
		fixed = dataPayloadCompact - objectHeader
	}
	return b.object(typeData, flags, append(make([]byte, fixed), payload...))
}

// add appends an entry with these fields and links it.
func (b *builder) add(payloads ...string) uint64 {
	var items []uint64
	for _, p := range payloads {
		items = append(items, b.field(p))
	}
	at := b.unlinked(items...)
	b.link(at)
	return at
}

// unlinked appends an entry with fields at these offsets.
func (b *builder) unlinked(items ...uint64) uint64 {
	b.entries = append(b.entries, 0)
	n := uint64(len(b.entries))
	body := binary.LittleEndian.AppendUint64(nil, n)
	body = binary.LittleEndian.AppendUint64(body, testRealtime+n)
	body = binary.LittleEndian.AppendUint64(body, n*1000)
	for i := range 16 {
		body = append(body, "\x01\x23\x45\x67\x89\xab\xcd\xef"[i%8])
	}
	body = binary.LittleEndian.AppendUint64(body, ^n)
	for _, u := range items {
		body = b.appendOffset(body, u)
		if !b.compact {
			body = append(body, "the hash"...)
		}
	}
	at := b.object(typeEntry, 0, body)
	b.entries[n-1] = at
	return at
}

func (b *builder) appendOffset(to []byte, u uint64) []byte {
	if b.compact {
		return binary.LittleEndian.AppendUint32(to, uint32(u))
	}
	return binary.LittleEndian.AppendUint64(to, u)
}

// link puts an entry into the chain. Arrays have 4, 8, 16... items.
func (b *builder) link(entry uint64) {
	if b.used == b.room {
		b.room, b.used = max(4, 2*b.room), 0
		next := b.object(typeEntryArray, 0, make([]byte, 8+b.room*b.width()))
		if b.array == 0 {
			b.put64(176, next)
		} else {
			b.put64(int(b.array)+objectHeader, next)
		}
		b.array = next
	}
	copy(b.file[int(b.array)+arrayItems+b.used*b.width():], b.appendOffset(nil, entry))
	b.used++
}

func (b *builder) width() int {
	if b.compact {
		return 4
	}
	return 8
}

// bytes closes the file and returns it.
func (b *builder) bytes() []byte {
	b.put64(96, uint64(len(b.file)-testHeader))
	b.put64(136, b.last)
	b.put64(152, uint64(len(b.entries)))
	return b.file
}

// le64 reads a number of the file.
func le64(file []byte, at uint64) uint64 { return binary.LittleEndian.Uint64(file[at:]) }

// sample returns a closed file of n entries like the kernel's.
func sample(compact bool, n int) *builder {
	b := newBuilder(compact)
	for i := range n {
		b.add("_TRANSPORT=kernel", "PRIORITY=4", "_HOSTNAME=node-1", fmt.Sprintf("MESSAGE=line %d", i+1))
	}
	b.bytes()
	return b
}
