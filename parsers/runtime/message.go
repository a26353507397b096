package runtime

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// A message is one line of logrus', text or JSON. It points into the line.
type message struct {
	json bool
	line []byte
	text []byte // the value of msg, without its quotes, still escaped
}

// parse finds the message of a line; it is not ok if logrus did not write it.
func parse(line []byte) (message, bool) {
	line = bytes.TrimSpace(line)
	if !bytes.HasPrefix(line, []byte("time=")) && !bytes.HasPrefix(line, []byte("{")) && !bytes.HasPrefix(line, []byte("level=")) {
		return message{}, false
	}
	m := message{json: line[0] == '{', line: line}
	v := m.raw("msg")
	if len(v) > 1 && v[0] == '"' {
		v = v[1 : len(v)-1]
	}
	m.text = v
	return m, v != nil
}

// words returns the message without its escapes.
func (m message) words() string {
	return m.unquote(append(append([]byte{'"'}, m.text...), '"'))
}

// str returns the value of a field without quotes and escapes, "" if there is
// none.
func (m message) str(key string) string { return m.unquote(m.raw(key)) }

func (m message) unquote(v []byte) string {
	if len(v) < 2 || v[0] != '"' {
		return string(v)
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	if m.json {
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	} else if s, err := strconv.Unquote(string(v)); err == nil {
		return s
	}
	return string(v[1 : len(v)-1])
}

// raw returns the value of a field as it stands in the line, nil if there is
// none.
func (m message) raw(key string) []byte {
	rest := bytes.TrimPrefix(m.line, []byte("{"))
	for {
		k, v, more := m.next(rest)
		if k == nil || string(k) == key {
			return v
		}
		rest = more
	}
}

// next splits the first field off rest; a nil key says that there is none.
func (m message) next(rest []byte) (key, value, more []byte) {
	if !m.json {
		rest = bytes.TrimLeft(rest, " ")
		n := bytes.IndexByte(rest, '=')
		if n < 1 {
			return nil, nil, nil
		}
		key, rest = rest[:n], rest[n+1:]
		n = valueLen(rest, " ")
		return key, rest[:n], rest[n:]
	}
	rest = bytes.TrimLeft(rest, ", \t")
	n := quotedLen(rest)
	if n < 2 {
		return nil, nil, nil
	}
	key, rest = rest[1:n-1], bytes.TrimLeft(rest[n:], " \t")
	if len(rest) == 0 || rest[0] != ':' {
		return nil, nil, nil
	}
	rest = bytes.TrimLeft(rest[1:], " \t")
	n = valueLen(rest, ",}")
	return key, rest[:n], rest[n:]
}

// valueLen returns how long the value is that b begins with: a quoted string, or
// what stands before one of stop. logrus writes no nested values that matter.
func valueLen(b []byte, stop string) int {
	if n := quotedLen(b); n > 0 {
		return n
	}
	if n := bytes.IndexAny(b, stop); n >= 0 {
		return n
	}
	return len(b)
}

// quotedLen returns the length, with both quotes, of the quoted string that b
// begins with, 0 if it is none or has no end.
func quotedLen(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

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
