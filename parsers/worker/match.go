package worker

import (
	"bytes"

	"oomtrace/parsers/event"
)

// A match says where a text fits a message, and what its captures say.
type match struct {
	begin int // of the text, with a capture in front of its first literal
	at    int // of its first literal
	got   reading
}

// match returns the first place at or behind from where the pattern fits. A
// capture that does not end by itself goes up to the nearest place where the
// next literal stands, within a line of the message and maxFree bytes. There is
// no trying again but at the next first literal, and no stretch is searched twice
// for the same literal: the time is linear in the length of msg.
func (p *pattern) match(msg []byte, from int) (m match, ok bool) {
	var found [maxSteps]int // where the literal of a step stands, if not before the place in question
	for {
		i := bytes.Index(msg[from:], p.first)
		if i < 0 {
			return m, false
		}
		m.at = from + i
		if p.try(msg, &m, &found) {
			return m, true
		}
		from = m.at + 1
	}
}

// try fits the pattern with its first literal at m.at.
func (p *pattern) try(msg []byte, m *match, found *[maxSteps]int) bool {
	m.begin = m.at
	m.got = reading{code: event.NotPrinted}
	if p.head != noCapture {
		begin, ok := m.got.back(p.head, msg[:m.at])
		if !ok {
			return false
		}
		m.begin = begin
	}
	if p.bol && m.begin > 0 && msg[m.begin-1] != '\n' {
		return false
	}
	at := m.at + len(p.first)
	for i, s := range p.steps {
		n, ok := s.fit(msg, at, &m.got, &found[i])
		if !ok {
			return false
		}
		at = n
	}
	return !p.eol || endsLine(msg[at:])
}

// fit reads the capture at msg[at:] and the literal behind it, and returns where
// that ends.
func (s *step) fit(msg []byte, at int, got *reading, found *int) (end int, ok bool) {
	if !s.capture.free() {
		n, ok := got.read(s.capture, msg[at:])
		if !ok || !bytes.HasPrefix(msg[at+n:], s.then) {
			return 0, false
		}
		return at + n + len(s.then), true
	}
	if len(s.then) == 0 {
		rest := s.rest(msg[at:])
		return at + len(rest), got.keep(s.capture, rest)
	}
	line := firstLine(msg[at:min(len(msg), at+maxFree)])
	n := s.next(msg, at, found) - at
	if n < 0 || n > len(line) {
		return 0, false
	}
	return at + n + len(s.then), got.keep(s.capture, line[:n])
}

// next returns where the step's literal stands at or behind at, or -1. Found
// keeps it for the next call, whose at is no smaller; len(msg) means nowhere.
func (s *step) next(msg []byte, at int, found *int) int {
	if *found < at {
		*found = len(msg)
		if n := bytes.Index(msg[at:], s.then); n >= 0 {
			*found = at + n
		}
	}
	if *found == len(msg) {
		return -1
	}
	return *found
}

// rest returns what a capture that ends the text takes: a name a word, others all
// that is left of the line.
func (s *step) rest(b []byte) []byte {
	b = firstLine(b)
	if s.capture != captureName {
		return b
	}
	n := 0
	for n < len(b) && n < maxFree && isNameByte(b[n]) {
		n++
	}
	return b[:n]
}

func firstLine(b []byte) []byte {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return b[:n]
	}
	return b
}

// endsLine reports whether nothing but blanks is left of a line.
func endsLine(b []byte) bool {
	for _, c := range b {
		switch c {
		case '\n':
			return true
		case ' ', '\t', '\r':
		default:
			return false
		}
	}
	return true
}

// maxPrefix is how far before a text its dialect's prefix is looked for.
const maxPrefix = 512

// last returns what the pattern says where it fits last in msg[:end], on the
// same line.
func (p *pattern) last(msg []byte, end int) (got reading, ok bool) {
	msg = msg[max(0, end-maxPrefix):end]
	msg = msg[bytes.LastIndexByte(msg, '\n')+1:]
	for from := 0; ; {
		m, fits := p.match(msg, from)
		if !fits {
			return got, ok
		}
		got, ok, from = m.got, true, m.at+1
	}
}
