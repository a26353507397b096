package input

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/klauspost/compress/flate"
)

// The records of a zip archive are read here, and not by archive/zip, which keeps
// the whole directory in memory and makes room for as many members as a file
// claims to have. Source: APPNOTE.TXT 6.3.10, 4.3 to 4.5.
const (
	localMark     = "PK\x03\x04"
	directoryMark = "PK\x01\x02"
	endMark       = "PK\x05\x06"
	end64Mark     = "PK\x06\x06"
	locator64Mark = "PK\x06\x07"

	localSize     = 30
	directorySize = 46
	endSize       = 22
	end64Size     = 56
	locator64Size = 20

	encrypted  = 1 << 0 // flags
	descriptor = 1 << 3 // sizes follow the data
)

// An entry is what a header says of a member.
type entry struct {
	zip.FileHeader
	offset int64 // of the local header; in the directory's alone
}

// zip walks through a zip archive, by its directory, or from one member to the
// next where that is missing or damaged.
func (w *Walk) zip() {
	if w.in.archives == 1 { // the file itself, of which not all has to be read
		w.in.stored = max(w.in.stored, w.At.Size())
	}
	dir, count, err := directory(w.At)
	if err != nil {
		w.Problem("broken-archive", "%v: it may have been cut; its members are read one behind the other, as far as they go", err)
		w.zipLocals()
		return
	}
	r := bufio.NewReader(dir)
	for n := uint64(0); ; n++ {
		if _, err := r.Peek(1); err != nil && uint16(n) == uint16(count) { // whose field has 16 bits, or 64
			return
		}
		e, err := readDirectory(r)
		if err != nil {
			w.Problem("broken-archive", "the directory cannot be read from member %d of %d on: %v; those before it are read", n+1, count, err)
			return
		}
		if !w.next() || !w.zipEntry(e) {
			return
		}
	}
}

// zipEntry visits a member that the directory names.
func (w *Walk) zipEntry(e *entry) bool {
	var head [localSize]byte
	if _, err := w.At.ReadAt(head[:], e.offset); err != nil || string(head[:4]) != localMark {
		w.Problem("broken-archive", "%.40q is not at byte %d, where the directory says it is; the others are read", e.Name, e.offset)
		return true
	}
	at := e.offset + localSize + int64(binary.LittleEndian.Uint16(head[26:])) + int64(binary.LittleEndian.Uint16(head[28:]))
	from := new(int64)
	data := &source{r: io.NewSectionReader(w.At, at, int64(e.CompressedSize64)), after: after{counted(from)}}
	return w.zipMember(e, bufio.NewReader(data), from)
}

// zipLocals visits the members of an archive without a directory.
func (w *Walk) zipLocals() {
	from := new(int64)
	r := bufio.NewReaderSize(&source{r: io.NewSectionReader(w.At, 0, w.At.Size()), after: after{counted(from)}}, HeadSize)
	for toMark(r, localMark) {
		e, err := readLocal(r)
		if err != nil {
			w.Problem("broken-archive", "a member's header cannot be read: %v; those before it are read", err)
			return
		}
		if !w.next() || !w.zipLocal(e, r, from) {
			return
		}
	}
}

// toMark goes on to a mark and reports whether there is one.
func toMark(r *bufio.Reader, mark string) bool {
	for {
		head, err := r.Peek(r.Size())
		if i := bytes.Index(head, []byte(mark)); i >= 0 {
			r.Discard(i)
			return true
		}
		if err != nil {
			return false
		}
		r.Discard(len(head) - len(mark) + 1)
	}
}

// zipLocal visits the member whose local header was just read from r.
func (w *Walk) zipLocal(e *entry, r *bufio.Reader, from *int64) bool {
	if e.Flags&descriptor == 0 || e.CompressedSize64 > 0 {
		data := io.LimitedReader{R: r, N: int64(e.CompressedSize64)}
		ok := w.zipMember(e, bufio.NewReader(&data), from)
		io.CopyN(io.Discard, r, data.N)
		return ok
	}
	if e.Method != zip.Deflate { // whose data says where it ends
		w.Problem("broken-archive", "%.40q was packed without its size, which only the directory would say; the others are read", e.Name)
		return true
	}
	return w.zipMember(e, r, from)
}

// zipMember visits a member whose data, as stored, is data. from counts it.
func (w *Walk) zipMember(e *entry, data *bufio.Reader, from *int64) bool {
	mode := e.Mode()
	if mode.IsDir() || !mode.IsRegular() && mode&fs.ModeSymlink == 0 {
		return true
	}
	if e.Flags&encrypted != 0 {
		w.Problem("encrypted-member", "%.40q is encrypted; the others are read: unpack it with its password and give the folder", e.Name)
		return true
	}
	r, ok := w.inflate(e, data)
	if !ok {
		w.Problem("unknown-method", "%.40q is compressed by method %d, want one of 0, 8, 12, 93, 95; the others are read: unpack it and give the folder", e.Name, e.Method)
		return true
	}
	if mode&fs.ModeSymlink != 0 {
		target, _ := io.ReadAll(io.LimitReader(r, maxName+1))
		w.link(e.Name, string(target))
		return true
	}
	ok = w.member(e.Name, int64(e.CompressedSize64), r, from)
	if w.in.over != nil {
		w.broken(w.in.over)
		return false
	}
	return ok
}

// inflate takes off the compression of a member. That of bzip2, zstd and xz is left
// to whoever reads the member: such a member is a file of that kind.
func (w *Walk) inflate(e *entry, data *bufio.Reader) (r io.Reader, ok bool) {
	const bzip2, zstd, xz = 12, 93, 95
	switch e.Method {
	case zip.Store, bzip2, zstd, xz:
		r = data
	case zip.Deflate:
		if w.inflater == nil {
			w.inflater = flate.NewReader(data)
		} else {
			w.inflater.(flate.Resetter).Reset(data, nil)
		}
		r = w.inflater
	default:
		return nil, false
	}
	r = &source{r: r, after: after{w.in.expand}} // stored ones too: members may share their data
	if e.CRC32 != 0 && e.Method <= zip.Deflate {
		r = &summed{r: r, sum: crc32.NewIEEE(), want: e.CRC32}
	}
	return r, true
}

var errSum = errors.New("the sum of what was unpacked is not the one that is stored")

// A summed reader tells in the end whether what was read is what was packed.
type summed struct {
	r    io.Reader
	sum  hash.Hash32
	want uint32
}

func (s *summed) Read(p []byte) (n int, err error) {
	n, err = s.r.Read(p)
	s.sum.Write(p[:n])
	if err == io.EOF && s.sum.Sum32() != s.want {
		err = errSum
	}
	return n, err
}

// directory returns where the directory of a zip archive is, and how many members
// it says there are.
func directory(at *io.SectionReader) (dir *io.SectionReader, count uint64, err error) {
	tail := make([]byte, min(at.Size(), endSize+1<<16+locator64Size))
	from := at.Size() - int64(len(tail))
	if _, err := at.ReadAt(tail, from); err != nil && err != io.EOF {
		return nil, 0, err
	}
	i := bytes.LastIndex(tail, []byte(endMark))
	if i < 0 || len(tail)-i < endSize {
		return nil, 0, errors.New("the directory at its end is missing")
	}
	end := from + int64(i) // of the directory
	le := binary.LittleEndian
	count, size, offset := uint64(le.Uint16(tail[i+10:])), uint64(le.Uint32(tail[i+12:])), uint64(le.Uint32(tail[i+16:]))
	if i >= locator64Size && string(tail[i-locator64Size:][:4]) == locator64Mark {
		end = int64(le.Uint64(tail[i-locator64Size+8:]))
		var e [end64Size]byte
		if _, err := at.ReadAt(e[:], end); err != nil || string(e[:4]) != end64Mark {
			return nil, 0, errors.New("the end of its directory is not where it says")
		}
		count, size, offset = le.Uint64(e[32:]), le.Uint64(e[40:]), le.Uint64(e[48:])
	}
	if end < 0 || size > uint64(end) || offset > uint64(end)-size {
		return nil, 0, errors.New("its directory is not where it says")
	}
	// What was put before the archive moves all offsets, and is none of it.
	start := end - int64(size)
	if uint64(start) != offset {
		return nil, 0, fmt.Errorf("its directory is at byte %d, where it says %d", start, offset)
	}
	return io.NewSectionReader(at, start, int64(size)), count, nil
}

// readDirectory reads one header of the directory.
func readDirectory(r *bufio.Reader) (*entry, error) {
	head, err := record(r, directoryMark, directorySize)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	e := &entry{offset: int64(le.Uint32(head[42:]))}
	e.CreatorVersion, e.ExternalAttrs = le.Uint16(head[4:]), le.Uint32(head[38:])
	e.common(head[8:])
	if err := e.names(r, head[28:]); err != nil {
		return nil, err
	}
	_, err = r.Discard(int(le.Uint16(head[32:])))
	return e, err
}

// readLocal reads the header in front of a member.
func readLocal(r *bufio.Reader) (*entry, error) {
	head, err := record(r, localMark, localSize)
	if err != nil {
		return nil, err
	}
	e := &entry{}
	e.common(head[6:])
	return e, e.names(r, head[26:])
}

// record reads the fixed part of a record.
func record(r io.Reader, mark string, size int) ([]byte, error) {
	head := make([]byte, size)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	if string(head[:4]) != mark {
		return nil, fmt.Errorf("it begins with %q, want %q", head[:4], mark)
	}
	return head, nil
}

// common takes what the local header and that of the directory both have, from the
// flags on.
func (e *entry) common(b []byte) {
	le := binary.LittleEndian
	e.Flags, e.Method = le.Uint16(b), le.Uint16(b[2:])
	e.CRC32 = le.Uint32(b[8:])
	e.CompressedSize64, e.UncompressedSize64 = uint64(le.Uint32(b[12:])), uint64(le.Uint32(b[16:]))
}

// names reads the name and the extra field, whose lengths are in b.
func (e *entry) names(r io.Reader, b []byte) error {
	le := binary.LittleEndian
	text := make([]byte, int(le.Uint16(b))+int(le.Uint16(b[2:])))
	if _, err := io.ReadFull(r, text); err != nil {
		return io.ErrUnexpectedEOF
	}
	e.Name = string(text[:le.Uint16(b)])
	e.extra(text[le.Uint16(b):])
	return nil
}

// extra takes the sizes and the offset that are too large for their fields, each of
// which is there if its field is full.
func (e *entry) extra(b []byte) {
	const zip64 = 1
	le := binary.LittleEndian
	for len(b) >= 4 {
		id, size := le.Uint16(b), int(le.Uint16(b[2:]))
		if b = b[4:]; size > len(b) {
			return
		}
		if id == zip64 {
			e.large(b[:size])
		}
		b = b[size:]
	}
}

func (e *entry) large(b []byte) {
	const full = 1<<32 - 1
	take := func(isFull bool) (n uint64, ok bool) {
		if !isFull || len(b) < 8 {
			return 0, false
		}
		n, b = binary.LittleEndian.Uint64(b), b[8:]
		return n, true
	}
	if n, ok := take(e.UncompressedSize64 == full); ok {
		e.UncompressedSize64 = n
	}
	if n, ok := take(e.CompressedSize64 == full); ok {
		e.CompressedSize64 = n
	}
	if n, ok := take(e.offset == full); ok {
		e.offset = int64(n)
	}
}
