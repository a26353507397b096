// Package lines reads a log one line at a time, however long or odd its lines
// are, or only those lines that hold one of some literals.
//
// In comes an io.Reader, out come lines without their ends (LF or CRLF), with
// numbers that count from 1. A line of more than MaxLine bytes is cut there and
// the rest of it passed over; memory stays at a few times MaxLine whatever the
// input holds. What a line means is left to parsers/envelope.
package lines

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"sync"
)

// MaxLine is how much of one line is kept, in bytes.
const MaxLine = 1 << 20

// LookBack is how far back Earlier goes, in bytes.
const LookBack = 16 << 10

const (
	chunk = 64 << 10 // read at once

	maxEmptyReads = 100
)

// A Scanner reads lines. Its zero value is not ready: use NewScanner.
type Scanner struct {
	r       io.Reader
	buf     []byte
	pos     int  // where the next line begins
	end     int  // of what was read into buf
	whole   int  // up to here, buf holds whole lines
	clean   int  // up to here, Find found no literal
	moved   bool // buf no longer begins where the input does, perhaps within a line
	err     error
	line    int  // number of the line that was returned last
	start   int  // where it began in buf
	unended bool // the last line has no end
	drop    bool // the rest of a line that was cut is still to be passed over
	bytes   int64
	cut     int // lines that were longer than MaxLine
}

// NewScanner returns a Scanner that reads r.
func NewScanner(r io.Reader) *Scanner {
	return &Scanner{r: r, buf: buffers.Get().(*[firstSize]byte)[:]}
}

const firstSize = LookBack + 2*chunk

// buffers are used again: an archive has many files, most of them small.
var buffers = sync.Pool{New: func() any { return new([firstSize]byte) }}

// Close ends the reading. No line that was returned may be used from then on.
func (s *Scanner) Close() {
	if cap(s.buf) == firstSize { // it did not grow
		buffers.Put((*[firstSize]byte)(s.buf))
	}
	s.buf, s.pos, s.end, s.err = nil, 0, 0, io.EOF
}

// Line returns the number of the line that Next or Find returned last.
func (s *Scanner) Line() int { return s.line }

// Offset returns where the line begins that Next or Find returned last, in bytes
// from the input's start; at the end of the input that is its length.
func (s *Scanner) Offset() int64 { return s.bytes - int64(s.end-s.start) }

// Bytes returns how many bytes were read from the input.
func (s *Scanner) Bytes() int64 { return s.bytes }

// Cut returns how many lines were longer than MaxLine.
func (s *Scanner) Cut() int { return s.cut }

// Err returns what stopped the reading, if it was not the input's end.
func (s *Scanner) Err() error {
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// Next returns the next line. It is good until the next call; ok is false at
// the end of the input, or where it cannot be read any further.
func (s *Scanner) Next() (line []byte, ok bool) {
	s.dropRest()
	for {
		if i := bytes.IndexByte(s.buf[s.pos:s.end], '\n'); i >= 0 {
			return s.take(s.pos+i, s.pos+i+1), true
		}
		if s.end-s.pos > MaxLine {
			return s.takeLong(), true
		}
		if s.err != nil {
			if s.pos == s.end {
				s.start = s.end
				return nil, false
			}
			s.unended = true
			return s.take(s.end, s.end), true
		}
		s.fill()
	}
}

// Unended reports whether the input ended with the line that Next or Find returned
// last, and without a line end: it may have gone on.
func (s *Scanner) Unended() bool { return s.unended }

// Ahead returns the first byte of the next line, as Peek does, if it was read
// already. The line that was returned last stays good.
func (s *Scanner) Ahead() (c byte, ok bool) {
	if s.drop || s.pos >= s.end {
		return 0, false
	}
	return s.buf[s.pos], true
}

// Peek returns the first byte of the next line, '\n' if that is empty. There is
// none at the end of the input. The line that was returned last is not good any
// more.
func (s *Scanner) Peek() (c byte, ok bool) {
	s.dropRest()
	for s.pos == s.end && s.err == nil {
		s.fill()
	}
	if s.pos == s.end {
		return 0, false
	}
	return s.buf[s.pos], true
}

// Find returns the next line for which f finds a literal, and passes over those
// before it. It searches the buffer as a whole and looks at no line twice.
func (s *Scanner) Find(f *Finder) (line []byte, ok bool) {
	for {
		s.dropRest()
		last := max(s.pos, s.whole)
		if s.err != nil && s.end-last <= MaxLine {
			last = s.end
		}
		from := max(s.pos, s.clean)
		if hit := f.Index(s.buf[from:last]); hit >= 0 {
			s.skip(s.pos + bytes.LastIndexByte(s.buf[s.pos:from+hit], '\n') + 1)
			return s.Next()
		}
		s.skip(last)
		s.clean = last
		switch {
		case s.end-s.pos > MaxLine:
			if line := s.takeLong(); f.Index(line) >= 0 {
				return line, true
			}
		case s.err != nil:
			s.start = s.end
			return nil, false
		default:
			s.fill()
		}
	}
}

// Earlier yields the lines before the one that was returned last, the nearest
// first, with their offsets, as far as LookBack goes. At the end of the input
// the first of them is the last line that there is. They are good until the next
// call of Next, Peek or Find.
func (s *Scanner) Earlier() iter.Seq2[int64, []byte] {
	return func(yield func(int64, []byte) bool) {
		for end := s.start; end > 0; {
			stop := end
			switch {
			case s.buf[end-1] == '\n':
				stop--
			case end < s.end:
				return
			}
			begin := bytes.LastIndexByte(s.buf[:stop], '\n') + 1
			if begin == 0 && s.moved || s.start-begin >= LookBack {
				return
			}
			if !yield(s.bytes-int64(s.end-begin), trimCR(s.buf[begin:stop])) {
				return
			}
			end = begin
		}
	}
}

var newline = []byte{'\n'}

// take returns the line up to end; the one behind it begins at next.
func (s *Scanner) take(end, next int) []byte {
	line := s.buf[s.pos:end]
	s.start, s.pos = s.pos, next
	s.line++
	return trimCR(line)
}

// takeLong returns the first MaxLine bytes of a line that is longer.
func (s *Scanner) takeLong() []byte {
	line := s.buf[s.pos : s.pos+MaxLine]
	s.start, s.pos = s.pos, s.pos+MaxLine
	s.line++
	s.cut++
	s.drop = true
	return line
}

// dropRest passes over what is left of a line that takeLong cut.
func (s *Scanner) dropRest() {
	for s.drop {
		i := bytes.IndexByte(s.buf[s.pos:s.end], '\n')
		switch {
		case i >= 0:
			s.pos, s.drop = s.pos+i+1, false
		case s.err != nil:
			s.pos, s.drop = s.end, false
		default:
			s.pos = s.end
			s.fill()
		}
	}
}

// skip steps over whole lines, up to the offset to.
func (s *Scanner) skip(to int) {
	if to <= s.pos {
		return
	}
	s.line += bytes.Count(s.buf[s.pos:to], newline)
	if s.buf[to-1] != '\n' { // the last line of the input, without an end
		s.line++
	}
	s.pos = to
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// fill reads more, after it has moved what is still wanted to the front. The
// line at pos is not all there: of it no more is read than shows whether it is
// too long, whatever sizes the reader reads in.
func (s *Scanner) fill() {
	keep := max(0, s.pos-LookBack)
	if keep > 0 && len(s.buf)-s.end < chunk {
		copy(s.buf, s.buf[keep:s.end])
		s.moved = true
		s.pos, s.end, s.start = s.pos-keep, s.end-keep, max(0, s.start-keep)
		s.whole, s.clean = max(0, s.whole-keep), max(0, s.clean-keep)
	}
	if len(s.buf)-s.end < chunk {
		s.buf = append(s.buf, make([]byte, chunk)...)
		s.buf = s.buf[:cap(s.buf)]
	}
	room := s.buf[s.end:min(len(s.buf), s.pos+MaxLine+1)]
	for range maxEmptyReads {
		n, err := s.r.Read(room)
		if i := bytes.LastIndexByte(s.buf[s.end:s.end+n], '\n'); i >= 0 {
			s.whole = s.end + i + 1
		}
		s.end += n
		s.bytes += int64(n)
		if s.err = err; n > 0 || err != nil {
			return
		}
	}
	s.err = io.ErrNoProgress
}
