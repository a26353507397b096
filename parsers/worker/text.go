package worker

import (
	"bytes"
	"fmt"
	"strings"
)

// A pattern is a dialect's text, taken apart. It fits a line that holds the
// literals in their order with what the captures stand for between them:
//
//	Worker with PID {pid} exited unexpectedly (code {-signal})
//
// A ^ at the start binds it to the start of a line of the message, a $ at the
// end to its end, but for blanks. {{ is a brace.
type pattern struct {
	head  capture // before the first literal, read backwards; noCapture if none
	first []byte  // the first literal, never empty
	steps []step
	bol   bool
	eol   bool
}

// A step is a capture and the literal behind it, which is empty at most in the
// last one.
type step struct {
	capture capture
	then    []byte
}

// parseText takes a text apart.
func parseText(text string) (pattern, error) {
	var p pattern
	rest, bol := strings.CutPrefix(text, "^")
	rest, eol := strings.CutSuffix(rest, "$")
	p.bol, p.eol = bol, eol
	literal, c, rest, err := nextCapture(rest)
	if literal == "" && c != noCapture {
		p.head = c
		literal, c, rest, err = afterHead(p.head, rest, err)
	}
	p.first = []byte(literal)
	for err == nil && c != noCapture {
		s := step{capture: c}
		literal, c, rest, err = nextCapture(rest)
		s.then = []byte(literal)
		p.steps = append(p.steps, s)
		if literal == "" && c != noCapture {
			err = fmt.Errorf("two captures without text between them: where does the first one end?")
		}
	}
	if err == nil {
		err = p.check()
	}
	return p, err
}

func afterHead(head capture, rest string, err error) (string, capture, string, error) {
	if err == nil && head.free() && head != captureName {
		err = fmt.Errorf("a text cannot begin with {%s}: leave it out", captures[head])
	}
	if err != nil {
		return "", noCapture, "", err
	}
	return nextCapture(rest)
}

// check refuses what could not be searched for, or is said twice.
func (p *pattern) check() error {
	switch {
	case len(p.first) == 0:
		return fmt.Errorf("a text needs something to search for: want words, not captures alone")
	case len(p.steps) > maxSteps:
		return fmt.Errorf("a text has %d captures: want %d at most", len(p.steps), maxSteps)
	}
	seen := map[capture]bool{p.head: true}
	for _, s := range p.steps {
		if seen[s.capture] && s.capture != captureAny {
			return fmt.Errorf("capture {%s} stands twice in one text", captures[s.capture])
		}
		seen[s.capture] = true
	}
	return nil
}

// nextCapture returns the literal up to the next capture, that capture, and what
// is left behind it.
func nextCapture(text string) (literal string, c capture, rest string, err error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), noCapture, "", nil
		}
		if brace, ok := strings.CutPrefix(after, "{"); ok {
			b.WriteByte('{')
			text = brace
			continue
		}
		name, rest, ok := strings.Cut(after, "}")
		if !ok {
			return "", noCapture, "", fmt.Errorf("a { without its }: want a capture, or {{ for a brace")
		}
		if c = captureNamed(name); c == noCapture {
			return "", noCapture, "", fmt.Errorf("unknown capture {%s}: %s", cut(name), wantCapture())
		}
		return b.String(), c, rest, nil
	}
}

func captureNamed(name string) capture {
	for c := range captures {
		if name != "" && captures[c] == name {
			return capture(c)
		}
	}
	return noCapture
}

// has reports whether the text has one of some captures.
func (p *pattern) has(some ...capture) bool {
	for _, c := range some {
		if p.head == c {
			return true
		}
		for _, s := range p.steps {
			if s.capture == c {
				return true
			}
		}
	}
	return false
}

// literals returns the literals in their order.
func (p *pattern) literals() [][]byte {
	all := [][]byte{p.first}
	for _, s := range p.steps {
		all = append(all, s.then)
	}
	return all
}

// size is how many literal bytes the text has.
func (p *pattern) size() (n int) {
	for _, l := range p.literals() {
		n += len(l)
	}
	return n
}

// minKey is the length of the shortest literal that a line is searched for.
const minKey = 5

// key returns the longest part of the text that is the same in plain text and
// within JSON; where two are equally long, the first.
func (p *pattern) key() (key string, ok bool) {
	for _, l := range p.literals() {
		for _, part := range bytes.FieldsFunc(l, func(r rune) bool { return r > 0x7e || !isKeyByte(byte(r)) }) {
			if len(part) > len(key) {
				key = string(part)
			}
		}
	}
	return key, len(key) >= minKey
}

// isKeyByte reports whether every JSON encoder writes c as it is, in the strings
// that matter here. Go's escapes <, > and & too.
func isKeyByte(c byte) bool {
	return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
}

// inJSON returns the pattern as it reads within a JSON string, and whether that
// is another one.
func (p pattern) inJSON() (pattern, bool) {
	quoted := false
	escape := func(b []byte) []byte {
		quoted = quoted || bytes.IndexByte(b, '"') >= 0
		return bytes.ReplaceAll(b, []byte(`"`), []byte(`\"`))
	}
	p.first = escape(p.first)
	steps := make([]step, len(p.steps))
	for i, s := range p.steps {
		steps[i] = step{s.capture, escape(s.then)}
	}
	p.steps = steps
	return p, quoted
}

// cut shortens what an error quotes.
func cut(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
