// Package jsonstream takes a JSON text apart value by value, without holding more
// of it than one value that is worth keeping.
//
// In comes an io.Reader, out come the bytes of values, with the line on which
// each begins. A value that is larger or deeper than allowed is passed over to
// its end and is an error, so that memory is bounded whatever a hostile file
// holds; encoding/json's Decoder puts a token of any size together first. It looks
// at brackets and quotes alone: whether a value is good JSON is found by whoever
// decodes it.
package jsonstream

import (
	"bytes"
	"errors"
	"io"
)

// A Source gives the bytes of a file one by one and counts its lines.
type Source struct {
	r        io.Reader
	buf      []byte
	pos, end int
	line     int   // of the next byte, from 1
	err      error // what ended the file, io.EOF as a rule
	taken    int64
	last     byte
}

// New returns a Source that reads r, whose first line is number line.
func New(r io.Reader, line int) *Source {
	size := 64 << 10
	if r, ok := r.(*bytes.Reader); ok {
		size = min(size, max(r.Len(), 1))
	}
	return &Source{r: r, buf: make([]byte, size), line: line}
}

// Object returns a Source that stands within the object with which a file begins, or
// the first one of an array, where head is its beginning; not ok if there is none.
func Object(head []byte) (s *Source, ok bool) {
	s = New(bytes.NewReader(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))), 1)
	if c, _ := s.Space(); c == '[' {
		s.Take()
	}
	if c, _ := s.Space(); c != '{' {
		return nil, false
	}
	s.Take()
	return s, true
}

// Line returns the number of the line on which the next byte stands.
func (s *Source) Line() int { return s.line }

// Lines returns how many lines were read: that of the next byte, or one less
// where the last one has an end.
func (s *Source) Lines() int {
	if s.taken == 0 || s.last == '\n' {
		return s.line - 1
	}
	return s.line
}

// Err returns what ended the file, nil at its end and before.
func (s *Source) Err() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

// Peek returns the next byte without taking it; not ok at the end.
func (s *Source) Peek() (byte, bool) {
	if s.pos == s.end && !s.fill() {
		return 0, false
	}
	return s.buf[s.pos], true
}

// Take takes the byte that Peek returned, nothing where there was none.
func (s *Source) Take() {
	if s.pos == s.end {
		return
	}
	s.last = s.buf[s.pos]
	if s.last == '\n' {
		s.line++
	}
	s.pos++
	s.taken++
}

func (s *Source) fill() bool {
	for tries := 0; s.err == nil && tries < 100; tries++ {
		s.pos = 0
		if s.end, s.err = s.r.Read(s.buf); s.end > 0 {
			return true
		}
	}
	if s.err == nil {
		s.err = io.ErrNoProgress
	}
	return false
}

// Space takes blanks and newlines and returns the byte after them.
func (s *Source) Space() (byte, bool) {
	for {
		c, ok := s.Peek()
		if !ok || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c, ok
		}
		s.Take()
	}
}

// SkipLine takes the rest of the line.
func (s *Source) SkipLine() { s.Rest(nil, 0) }

// Rest takes the rest of the line and appends it to to, without its end and no more
// than most bytes of it.
func (s *Source) Rest(to []byte, most int) []byte {
	for n := 0; ; n++ {
		c, ok := s.Peek()
		if !ok {
			return to
		}
		s.Take()
		if c == '\n' {
			return to
		}
		if n < most {
			to = append(to, c)
		}
	}
}

// Limits on one value.
const (
	MaxItem  = 8 << 20 // bytes
	MaxDepth = 200     // how deep it may be nested
)

// What can be wrong with a value.
var (
	ErrSyntax = errors.New("it is not JSON")
	ErrCut    = errors.New("the file ends inside it")
	ErrSize   = errors.New("it is too large")
	ErrDeep   = errors.New("it is nested too deep")
)

// Value takes one JSON value and appends its bytes to to. It looks at brackets
// and quotes alone: whether it is good JSON is found when it is decoded. One
// that is larger or deeper than allowed is taken to its end and is an error.
func (s *Source) Value(to []byte) ([]byte, error) {
	depth, inString, escaped := 0, false, false
	var bad error
	for {
		c, ok := s.Peek()
		if !ok {
			return to, ErrCut
		}
		done := false
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			if c == '"' {
				inString = false
				done = depth == 0
			}
		case c == '"':
			inString = true
		case c == '{', c == '[':
			if depth++; depth > MaxDepth {
				bad = ErrDeep
			}
		case depth == 0 && (c == '}' || c == ']' || c == ',' || c == ':' || c <= ' '):
			return to, bad // a number or a word has ended
		case c == '}', c == ']':
			depth--
			done = depth == 0
		}
		s.Take()
		switch {
		case bad == nil && len(to) < MaxItem:
			to = append(to, c)
		case bad == nil:
			bad = ErrSize
		}
		if done {
			return to, bad
		}
	}
}

// Key takes the next key of an object and the colon behind it, with the comma
// before it. io.EOF says that the object has ended.
func (s *Source) Key() (string, error) {
	c, ok := s.Space()
	if c == ',' {
		s.Take()
		c, ok = s.Space()
	}
	switch {
	case !ok:
		return "", ErrCut
	case c == '}':
		s.Take()
		return "", io.EOF
	case c != '"':
		return "", ErrSyntax
	}
	key, err := s.Value(nil)
	if err != nil {
		return "", err
	}
	if c, ok := s.Space(); !ok {
		return "", ErrCut
	} else if c != ':' {
		return "", ErrSyntax
	}
	s.Take()
	s.Space()
	return string(key[1 : len(key)-1]), nil
}
