package input

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// HeadSize is how much of a stream Plain shows before any of it is read.
const HeadSize = 64 << 10

// A Stream is a log as plain bytes. Its Head is a look at the first HeadSize of
// them, which are still to be read.
type Stream struct {
	*bufio.Reader
	Compressed bool
	Archive    string // what it is, if it is no log but an archive of logs: tar or zip
	Head       []byte
	in         nesting
	top        *source // what Reader reads
	limit      *Limit
	done       []func()
}

// Close releases what the stream holds, Head too; the file itself is the caller's.
func (s *Stream) Close() {
	for _, f := range slices.Backward(s.done) {
		f()
	}
	s.done = nil
}

// Limit returns the limit at which the stream was ended, or nil. To whoever
// reads it, it ended as if that were all.
func (s *Stream) Limit() *Limit { return s.limit }

// Plain is Unit.Plain of a file that is given as it is.
func Plain(r io.Reader) (*Stream, error) { return Unit{}.Plain(r) }

// Plain takes gzip, zstd, xz, bzip2 and UTF-16 off r, the unit's bytes, by what
// its first bytes are, never by a name. An error says that nothing could be read,
// not even the first byte; later ones come from reading. The stream that comes with
// it is closed, and says no more than whether it is compressed.
func (u Unit) Plain(r io.Reader) (*Stream, error) {
	s := &Stream{in: u.in}
	if s.in.unpacked == nil {
		s.in.unpacked = &unpacked{limits: ofFile}
	}
	err := s.open(r)
	if err != nil {
		s.Close()
	}
	return s, asLimit(err)
}

func (s *Stream) open(r io.Reader) error {
	if s.in.from != nil {
		s.layer(r)
	} else { // the file itself
		s.in.from = &s.in.stored
		s.layer(r, counted(s.in.from))
	}
	layers := 0
	for open := compression(s.Reader); open != nil; open = compression(s.Reader) {
		if layers++; layers > maxLayers {
			return limitf("too-deep", "it is compressed more than %d times over; unpack it and give the unpacked file", maxLayers)
		}
		s.Compressed = true
		z, err := open(s)
		if err != nil {
			return err
		}
		s.layer(z, s.in.expand)
	}
	s.text()
	err := s.peek()
	if s.Archive = sniffArchive(s.Head); s.Archive != "tar" {
		s.bound() // the whole of a zip, too: what is compressed hardly shrinks again
	}
	return err
}

// bound ends a stream that is unpacked to far more than it is stored in.
func (s *Stream) bound() {
	var n int64
	start := *s.in.from
	s.top.log = s
	s.top.after = append(s.top.after, func(k int) error {
		n += int64(k)
		return s.in.ofMember(n, *s.in.from-start)
	})
}

// compression returns what takes off the compression of a stream, nil if it has
// none.
func compression(r *bufio.Reader) func(*Stream) (io.Reader, error) {
	head, _ := r.Peek(10)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return func(s *Stream) (io.Reader, error) { return gzip.NewReader(s.Reader) }
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return (*Stream).zstd
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return (*Stream).xz
	case isBzip2(head):
		return (*Stream).bzip2
	}
	return nil
}

// isBzip2 knows "BZh" with the size of blocks, and the mark of the first block
// or of the end. Source: bzip2 1.0.8, compress.c, BZ2_compressBlock.
func isBzip2(head []byte) bool {
	if len(head) < 10 || !bytes.HasPrefix(head, []byte("BZh")) || head[3] < '1' || head[3] > '9' {
		return false
	}
	mark := string(head[4:10])
	return mark == "1AY&SY" || mark == "\x17\x72\x45\x38\x50\x90"
}

func (s *Stream) bzip2() (io.Reader, error) {
	if _, err := s.in.window(4 * 900_000); err != nil { // a block of pointers
		return nil, err
	}
	return bzip2.NewReader(s.Reader), nil
}

func (s *Stream) zstd() (io.Reader, error) {
	head, _ := s.Peek(zstd.HeaderMaxSize)
	var h zstd.Header
	h.Decode(head) // of a broken one, reading tells
	asked := h.WindowSize
	if h.SingleSegment {
		asked = h.FrameContentSize
	}
	window, err := s.in.window(asked)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(s.Reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return nil, err
	}
	s.done = append(s.done, z.Close)
	return z, nil
}

// xz takes off xz, with a reader that can be told how large a dictionary may be:
// that of ulikunitz/xz makes any that a file asks for, up to 4 GiB, and a new one
// for each block.
func (s *Stream) xz() (io.Reader, error) {
	head, _ := s.Peek(xzHead)
	window, err := s.in.window(xzDictionary(head))
	if err != nil {
		return nil, err
	}
	return xz.NewReader(s.Reader, uint32(window))
}

// xzHead is how much of an xz file xzDictionary looks at: the header of the
// stream, and of the block the part up to the dictionary's size.
const xzHead = 12 + 2 + 2*binary.MaxVarintLen64 + 3

// xzDictionary returns how large a dictionary the first block asks for, 0 if that
// is not to be seen. Source: The .xz File Format 1.0.4, 3.1 and 5.3.1.
func xzDictionary(head []byte) uint64 {
	if len(head) < 14 || head[12] == 0 {
		return 0
	}
	flags, block := head[13], head[14:]
	for range bits.OnesCount8(flags & 0xc0) { // the two sizes, each present or not
		_, n := binary.Uvarint(block)
		if n <= 0 {
			return 0
		}
		block = block[n:]
	}
	const lzma2 = 0x21
	if len(block) < 3 || block[0] != lzma2 || block[1] != 1 || block[2] > 40 {
		return 0
	}
	return (2 | uint64(block[2]&1)) << (block[2]/2 + 11)
}

// text takes off UTF-16 and the mark of UTF-8.
func (s *Stream) text() {
	head, _ := s.Peek(3)
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		s.layer(transform.NewReader(s.Reader, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()))
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		s.Discard(3)
	default:
		if order, ok := unmarked(s.Reader); ok {
			s.layer(transform.NewReader(s.Reader, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()))
		}
	}
}

// unmarked reports whether a stream is UTF-16 without a mark, and in which order:
// of its first bytes each second one is zero, and no other, as in Western text.
func unmarked(r *bufio.Reader) (order unicode.Endianness, ok bool) {
	head, _ := r.Peek(64)
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half < 8:
		return order, false
	case zeros[0] == 0 && zeros[1] == half:
		return unicode.LittleEndian, true
	case zeros[0] >= half && zeros[1] == 0:
		return unicode.BigEndian, true
	}
	return order, false
}

// layer puts a reader on top of those that are there.
func (s *Stream) layer(r io.Reader, then ...func(int) error) {
	s.top = &source{r: r, after: then}
	b := buffers.Get().(*bufio.Reader)
	b.Reset(s.top)
	s.Reader = b
	s.done = append(s.done, func() {
		b.Reset(nil)
		buffers.Put(b)
	})
}

// buffers are used again: an archive has many members, most of them small.
var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, HeadSize) }}

// peek takes the look at the head. Its error is that of a stream that breaks
// before its first byte, which would pass for an empty one; where there is
// something to read, reading it comes upon the error in its turn.
func (s *Stream) peek() (err error) {
	s.Head, err = s.Peek(HeadSize)
	if len(s.Head) > 0 || err == io.EOF {
		return nil
	}
	return err
}

// after is what is told how much was read, and may end the reading.
type after []func(n int) error

// A source gives its first error again and again: bufio's Peek takes an error
// away, and whoever reads what was peeked at has to meet it too.
type source struct {
	r     io.Reader
	after after
	log   *Stream // whose end it is where a limit ends it, or nil
	err   error
}

func (s *source) Read(p []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	n, s.err = s.r.Read(p)
	for _, f := range s.after {
		if err := f(n); err != nil {
			s.err = err
		}
	}
	if s.err != nil {
		s.err = asLimit(s.err)
		if l := (*Limit)(nil); s.log != nil && errors.As(s.err, &l) {
			s.log.limit, s.err = l, io.EOF
		}
	}
	return n, s.err
}
