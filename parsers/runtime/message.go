package runtime

import (
	"bytes"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
	"oomtrace/parsers/pairs"
)

// A message is one line of logrus', text or JSON. It points into the line.
type message struct {
	pairs.Fields
	text []byte // the value of msg, without its quotes, still escaped
}

// parse finds the message of a line; it is not ok if logrus did not write it.
func parse(line []byte) (message, bool) {
	line = bytes.TrimSpace(line)
	if !bytes.HasPrefix(line, []byte("time=")) && !bytes.HasPrefix(line, []byte("{")) && !bytes.HasPrefix(line, []byte("level=")) {
		return message{}, false
	}
	var m message
	m.Line, m.JSON = bytes.CutPrefix(line, []byte("{"))
	v := m.Raw("msg")
	if len(v) > 1 && v[0] == '"' {
		v = v[1 : len(v)-1]
	}
	m.text = v
	return m, v != nil
}

// words returns the message without its escapes.
func (m message) words() string { return m.Unquote(pairs.Quoted(m.text)) }

// quoted returns the first quoted string of s, whose quotes hold no escapes,
// and what follows it.
func quoted(s string) (in, rest string) {
	_, s, _ = strings.Cut(s, `"`)
	in, rest, _ = strings.Cut(s, `"`)
	return in, rest
}

// lastQuoted returns the last quoted string of s.
func lastQuoted(s string) string {
	end := strings.LastIndexByte(s, '"')
	if end < 0 {
		return ""
	}
	return s[strings.LastIndexByte(s[:end], '"')+1 : end]
}

// container returns the one of runtime whose id is id, of which nothing else is
// known.
func container(runtime, id string) event.Container {
	return event.Container{Runtime: runtime, ID: id, Restart: -1}
}

// isID says whether s is a container's id: 64 hex digits.
func isID(s string) bool { return len(s) == 64 && isHex(s) }

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}

func number(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}
