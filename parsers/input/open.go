package input

import (
	"bufio"
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// HeadSize is how much of a stream Plain shows before any of it is read.
const HeadSize = 64 << 10

// maxWindow bounds the memory of a zstd stream: the format lets a file ask for
// any.
const maxWindow = 64 << 20

// maxLayers is how many compressions of one file are taken off.
const maxLayers = 3

// A Stream is a log as plain bytes. Its Head is a look at the first HeadSize of
// them, which are still to be read.
type Stream struct {
	*bufio.Reader
	Compressed bool
	Head       []byte
	done       []func()
}

// Close releases what the stream holds; the file itself is the caller's.
func (s *Stream) Close() {
	for _, f := range s.done {
		f()
	}
}

// Plain takes gzip, zstd and UTF-16 off r, by what its first bytes are, never by
// a name. An error says that nothing could be read, not even the first byte; later
// ones come from reading.
func Plain(r io.Reader) (*Stream, error) {
	s := &Stream{}
	s.layer(r)
	for range maxLayers {
		head, _ := s.Peek(4)
		switch {
		case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
			z, err := gzip.NewReader(s.Reader)
			if err != nil {
				return s, err
			}
			s.wrap(z)
		case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
			z, err := zstd.NewReader(s.Reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
			if err != nil {
				return s, err
			}
			s.done = append(s.done, z.Close)
			s.wrap(z)
		case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
			s.layer(transform.NewReader(s.Reader, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()))
			return s, s.peek()
		default:
			if bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}) {
				s.Discard(3)
			} else if order, ok := unmarked(s.Reader); ok {
				s.layer(transform.NewReader(s.Reader, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()))
			}
			return s, s.peek()
		}
	}
	return s, s.peek()
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

func (s *Stream) wrap(r io.Reader) {
	s.Compressed = true
	s.layer(r)
}

func (s *Stream) layer(r io.Reader) { s.Reader = bufio.NewReaderSize(&sticky{r: r}, HeadSize) }

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

// A sticky reader gives its first error again and again: bufio's Peek takes an
// error away, and whoever reads what was peeked at has to meet it too.
type sticky struct {
	r   io.Reader
	err error
}

func (s *sticky) Read(p []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.r.Read(p)
	}
	return n, s.err
}
