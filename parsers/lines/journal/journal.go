// Package journal reads systemd's binary journal files without systemd.
//
// In comes a file as it lies on disk: system.journal, user-1000.journal, an
// archived system@….journal, an unclean ….journal~. Out come its entries, in
// the order in which journald wrote them, each with its stamps and its fields:
//
//	MESSAGE=Out of memory: Killed process 2528 (python3) ...
//	_TRANSPORT=kernel
//	_BOOT_ID=1d0a7b8f7e9c4f3a8a51c1b2f4a0c9aa
//
// A journal file is a header and then objects, one behind the other. A field,
// name and value, is one data object, shared by all entries that have it; an
// entry is a list of offsets of data objects; arrays of offsets, each naming
// the next, list the entries. The package knows this layout, regular and
// compact, the three compressions of long fields, and what is left to read in
// files that were copied while journald wrote them, cut, or damaged: where the
// list of entries breaks, it goes from object to object instead.
//
// What the fields mean, which of them can be trusted, and how the entries of
// several files merge, it leaves to its caller; so too the gzip or the archive
// around a file. It needs no hash table and checks no seal.
//
// Source: systemd 257, src/libsystemd/sd-journal/journal-def.h and
// docs/JOURNAL_FILE_FORMAT.md.
package journal

import (
	"bytes"
	"fmt"
	"io"
)

// signature begins every journal file.
const signature = "LPKSHHRH"

// A Reader gives the entries of one journal file. It is for one goroutine. It
// holds some 50 MiB at worst, and a few MiB for the files that journald
// writes by default.
type Reader struct {
	file
	head    header
	entry   Entry
	chain   chain
	scan    scan
	end     int64  // where the last entry ends: the next one is behind it
	entries uint64 // given so far
	done    bool
	fields  fields
	report  report
}

// Sniff reports whether a file that begins with head is a journal file. Eight
// bytes are enough.
func Sniff(head []byte) bool { return bytes.HasPrefix(head, []byte(signature)) }

// Open returns a Reader of the journal file in r, which has size bytes. An
// error says that r is no journal file, or one that needs more than this
// package knows. A file that is still being written, or was not closed, or is
// shorter than its header says, is read as far as it goes.
func Open(r io.ReaderAt, size int64) (*Reader, error) {
	f := file{window: window{src: r, size: size}}
	h, err := readHeader(&f)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	f.start, f.compact = h.size, h.compact
	rd := &Reader{file: f, head: h, end: h.size}
	rd.chain.next = h.entryArray
	rd.entry.r = rd
	return rd, nil
}

// Header returns what the file says of itself.
func (r *Reader) Header() Header { return r.head.Header }

// Next returns the next entry, in the order of the file, which is that of the
// sequence numbers. The Entry, and all that it has given, is good until Next is
// called again. The error is io.EOF at the end, and otherwise the fault of
// whoever the file is read from: damage in the file is no error, see Problems.
func (r *Reader) Next() (*Entry, error) {
	ok := r.advance()
	if r.err != nil {
		return nil, fmt.Errorf("journal: %w", r.err)
	}
	if !ok {
		r.finish()
		return nil, io.EOF
	}
	r.entries++
	r.end = r.entry.end
	if r.entry.dropped > 0 {
		r.report.add(r.entry.Offset, tooManyFields, "an entry has %d fields: only the first %d are read", r.entry.dropped+maxItems, maxItems)
	}
	return &r.entry, nil
}

// At returns an entry that was given before, by its Offset, to look at it again. It
// is good until Next or At is called, and nil if the file has changed meanwhile.
func (r *Reader) At(offset int64) *Entry {
	if !r.load(offset, r.size) {
		return nil
	}
	return &r.entry
}

// finish compares what was found with what the header promises.
func (r *Reader) finish() {
	if !r.done || r.entries >= r.head.Entries || r.report.has(entriesMissing) {
		return
	}
	r.report.add(0, entriesMissing, "the header counts %d entries, %d are found", r.head.Entries, r.entries)
}

// Problems returns what could not be read so far, one of a kind, in the order
// in which the kinds turned up. After io.EOF it is complete.
func (r *Reader) Problems() []Problem { return r.report.problems }
