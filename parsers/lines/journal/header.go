package journal

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// A Header is what a journal file says of itself.
type Header struct {
	// FileID, MachineID and SeqnumID are 32 hex digits. Files with the same
	// SeqnumID count their entries together.
	FileID, MachineID, SeqnumID string
	// Entries is how many there are; in a file that was copied while journald
	// wrote it, some more or some less.
	Entries uint64
	// Online says that journald was writing the file, or died without closing it.
	Online bool
}

type header struct {
	Header
	size       int64
	compact    bool
	tailObject uint64 // where the last object is, as far as the header knows
	used       uint64 // the header and all objects, with what is allocated behind them
	entryArray uint64 // where the list of entries begins, 0 if there are none
}

const (
	// minHeader is the header of the first journals. Later ones are longer by
	// numbers that are not needed here.
	minHeader   = 208
	stateOnline = 1
	flagCompact = 1 << 4
	// knownFlags are xz, lz4, keyed hash, zstd and compact.
	knownFlags = 1<<5 - 1
)

var errNotJournal = errors.New(`not a journal file: want "LPKSHHRH" at its start`)

// readHeader reads and checks the header.
func readHeader(f *file) (header, error) {
	if b := f.at(0, int64(len(signature))); f.err == nil && !Sniff(b) {
		return header{}, errNotJournal
	}
	b := f.at(0, minHeader)
	if f.err != nil {
		return header{}, f.err
	}
	if b == nil {
		return header{}, fmt.Errorf("the file ends at byte %d, within its header: copy it again", f.size)
	}
	h := parseHeader(b)
	if unknown := binary.LittleEndian.Uint32(b[12:]) &^ knownFlags; unknown != 0 {
		return header{}, fmt.Errorf("the file needs what this reader does not know (incompatible flags %#x): "+
			"write it out with its own \"journalctl -o export --file FILE\" and read that", unknown)
	}
	if h.size < minHeader || h.size%8 != 0 || h.size > f.size {
		return header{}, fmt.Errorf("the header says that it has %d bytes, of a file of %d: want a multiple of 8 from %d on",
			uint64(h.size), f.size, minHeader)
	}
	return h, nil
}

// parseHeader takes the header apart.
// Source: journal-def.h, struct Header.
func parseHeader(b []byte) header {
	u64 := binary.LittleEndian.Uint64
	size, arena := u64(b[88:]), u64(b[96:])
	return header{
		Header: Header{
			FileID:    hex.EncodeToString(b[24:40]),
			MachineID: hex.EncodeToString(b[40:56]),
			SeqnumID:  hex.EncodeToString(b[72:88]),
			Entries:   u64(b[152:]),
			Online:    b[16] == stateOnline,
		},
		size:       int64(size),
		compact:    binary.LittleEndian.Uint32(b[12:])&flagCompact != 0,
		used:       size + arena,
		tailObject: u64(b[136:]),
		entryArray: u64(b[176:]),
	}
}
