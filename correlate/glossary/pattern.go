package glossary

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A pattern is a line with captures in it, as a form's text spells it:
//
//	Killed process {pid id} ({comm*}) total-vm:{total-vm kB}kB, anon-rss:{anon-rss kB}kB{...}
//
// A capture has a name and, behind a blank, a type, which says what can stand
// there and in which unit. One without a type takes all up to the next literal.
// One with a star can hold anything, literals too: a comm, a path. What is
// behind it is looked for from the line's end. {...} ends a pattern whose line
// newer kernels add to.
//
// There is no trying again, so the time is linear in the length of a line.
type pattern struct {
	segments []segment // the first begins the line, each other behind a starred capture
	stars    []capture // those between them
	open     bool      // more may follow
	key      []byte    // its longest literal
}

// A segment is what stands between two starred captures.
type segment struct {
	first []byte
	steps []step
}

// A step is a capture and the literal behind it.
type step struct {
	capture capture
	then    []byte
}

// A capture is a named part of a line.
type capture struct {
	name string
	kind string // one of captureKinds; "" is anything
}

// captureKinds are the types: numbers by their unit, and what has a form of its own.
var captureKinds = []string{
	"kB", "pages", "bytes", "id", "n", "hex", "word", "taint", "flags", "value",
	"pairs", "columns", "blocks", "text", "address", "function",
}

// What can be wrong with a pattern.
var (
	errBrace   = errors.New("a brace without its other half")
	errTouch   = errors.New("two captures touch, or nothing stands behind a star")
	errUnknown = errors.New("unknown type of a capture")
)

// compile reads the text of a form.
func compile(text string) (p pattern, err error) {
	text, p.open = strings.CutSuffix(text, "{...}")
	lit, rest, more := strings.Cut(text, "{")
	p.segments = []segment{{first: []byte(lit)}}
	p.learn(lit)
	touching := false
	for more {
		var body string
		body, rest, more = strings.Cut(rest, "}")
		if !more {
			return p, errBrace
		}
		lit, rest, more = strings.Cut(rest, "{")
		name, star := strings.CutSuffix(body, "*")
		c := capture{name: name}
		if i := strings.LastIndexByte(name, ' '); i >= 0 {
			c.name, c.kind = name[:i], name[i+1:]
			if !isKind(c.kind) {
				return p, fmt.Errorf("%w: %q", errUnknown, c.kind)
			}
		}
		if touching || star && lit == "" && (more || p.open) {
			return p, errTouch
		}
		touching = lit == "" && more && !c.ends()
		p.add(c, lit, star)
	}
	return p, nil
}

func isKind(kind string) bool { return slices.Contains(captureKinds, kind) }

// ends reports whether a capture ends by itself, and not where the text goes on.
func (c capture) ends() bool {
	switch c.kind {
	case "", "text", "pairs", "columns", "blocks":
		return false
	}
	return true
}

// add takes a capture and the literal behind it.
func (p *pattern) add(c capture, lit string, star bool) {
	p.learn(lit)
	if star {
		p.stars = append(p.stars, c)
		p.segments = append(p.segments, segment{first: []byte(lit)})
		return
	}
	s := &p.segments[len(p.segments)-1]
	s.steps = append(s.steps, step{c, []byte(lit)})
}

func (p *pattern) learn(lit string) {
	if len(lit) > len(p.key) {
		p.key = []byte(lit)
	}
}

// A taken is what a capture took of a line.
type taken struct {
	capture capture
	value   []byte
}

// match takes a line apart, or says that it does not fit.
func (p *pattern) match(line []byte) (all []taken, ok bool) {
	if !bytes.Contains(line, p.key) {
		return nil, false
	}
	places := make([]place, len(p.segments)+1)
	places[len(p.segments)].start = len(line)
	for i := len(p.segments) - 1; i >= 0; i-- {
		whole := i == len(p.segments)-1 && !p.open // it has to reach the line's end
		if places[i], ok = p.segments[i].locate(line[:places[i+1].start], i == 0, whole); !ok {
			return nil, false
		}
	}
	for i, at := range places[:len(p.segments)] {
		if i > 0 {
			v := line[places[i-1].end:at.start]
			if len(v) == 0 || isComm(p.stars[i-1].name) && len(v) > maxComm {
				return nil, false
			}
			all = append(all, taken{p.stars[i-1], v})
		}
		all = append(all, at.took...)
	}
	return all, true
}

// A place is where a segment stands, and what its captures took.
type place struct {
	start, end int
	took       []taken
}

// maxTries is at how many places a segment is tried, from the last on.
const maxTries = 4

// locate returns the last place where a segment fits, out of a few. The first
// segment has to begin the line.
func (s *segment) locate(line []byte, first, whole bool) (at place, ok bool) {
	within := len(line)
	for range maxTries {
		at.start = s.find(line[:within], first)
		if at.start < 0 {
			return at, false
		}
		if at.took, at.end, ok = s.fit(line, at.start); ok && (at.end == len(line) || !whole) {
			return at, true
		}
		if first || len(s.first) == 0 {
			return at, false
		}
		within = at.start + len(s.first) - 1
	}
	return at, false
}

// maxComm is how long a name can be: 15 bytes, each of which a log may write as
// \xNN.
const maxComm = 60

func isComm(name string) bool { return name == "comm" || name == "task" }

// find returns where a segment begins: the first at the line's start, any other
// where its first literal stands last.
func (s *segment) find(line []byte, first bool) int {
	switch {
	case !first && len(s.first) == 0:
		return len(line) // the starred capture before it takes the rest
	case !first:
		return bytes.LastIndex(line, s.first)
	case bytes.HasPrefix(line, s.first):
		return 0
	}
	return -1
}

// fit reads a segment that begins at, and returns where it ends.
func (s *segment) fit(line []byte, at int) (got []taken, end int, ok bool) {
	at += len(s.first)
	for _, st := range s.steps {
		n := st.capture.span(line[at:], st.then)
		if n < 0 {
			return nil, 0, false
		}
		value := line[at : at+n]
		if at += n; !bytes.HasPrefix(line[at:], st.then) {
			return nil, 0, false
		}
		at += len(st.then)
		got = append(got, taken{st.capture, bytes.TrimLeft(value, " ")})
	}
	return got, at, true
}

// span returns how many bytes at the start of b the capture takes, -1 if it
// cannot stand there.
func (c capture) span(b, then []byte) int {
	switch c.kind {
	case "kB", "pages", "bytes", "id", "n":
		return spanNumber(b)
	case "hex":
		return spanHex(b)
	case "flags":
		return nonzero(spanOf(b, func(c byte) bool { return isDigit(c) || isLetter(c) || c == '_' || c == '|' }))
	case "word":
		return nonzero(spanOf(b, func(c byte) bool { return c > ' ' }))
	case "value":
		return nonzero(spanOf(b, func(c byte) bool { return isDigit(c) || isLetter(c) || c == '_' }))
	case "taint":
		return nonzero(spanOf(b, func(c byte) bool { return c == ' ' || c == '-' || c >= 'A' && c <= 'Z' }))
	case "address":
		return nonzero(spanOf(b, isHex))
	case "function":
		return nonzero(spanOf(b, func(c byte) bool { return isDigit(c) || isLetter(c) || c == '_' || c == '.' || c == '$' }))
	}
	if len(then) == 0 {
		return nonzero(len(b))
	}
	return bytes.Index(b, then)
}

func nonzero(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

func spanOf(b []byte, ok func(byte) bool) int {
	n := 0
	for n < len(b) && ok(b[n]) {
		n++
	}
	return n
}

// spanHex returns how far 0xcc0 goes, -1 if there is no such number.
func spanHex(b []byte) int {
	if !bytes.HasPrefix(b, []byte("0x")) {
		return -1
	}
	n := spanOf(b[2:], isHex)
	if n == 0 {
		return -1
	}
	return n + 2
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// maxPad is how many blanks a number can be padded with.
const maxPad = 32

// spanNumber returns how far an integer with its sign goes, behind blanks; -1
// if there is none.
func spanNumber(b []byte) int {
	n := 0
	for n < len(b) && n < maxPad && b[n] == ' ' {
		n++
	}
	if n < len(b) && b[n] == '-' {
		n++
	}
	digits := spanOf(b[n:], isDigit)
	if digits == 0 {
		return -1
	}
	return n + digits
}
