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
// a name. An error is one of a compressed stream's head; later ones come from
// reading.
func Plain(r io.Reader) (*Stream, error) {
	s := &Stream{Reader: bufio.NewReaderSize(r, HeadSize)}
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
			s.Reader = bufio.NewReaderSize(transform.NewReader(s.Reader, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), HeadSize)
			s.peek()
			return s, nil
		default:
			if bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}) {
				s.Discard(3)
			}
			s.peek()
			return s, nil
		}
	}
	s.peek()
	return s, nil
}

func (s *Stream) wrap(r io.Reader) {
	s.Compressed = true
	s.Reader = bufio.NewReaderSize(r, HeadSize)
}

func (s *Stream) peek() { s.Head, _ = s.Peek(HeadSize) }
