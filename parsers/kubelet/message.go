package kubelet

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// A form is one of the three ways in which the kubelet writes a message.
type form uint8

const (
	printf     form = iota // words, values among them
	structured             // "words" key="value" n=3
	object                 // {"msg":"words","key":"value","n":3}
)

// A message is one line in whichever form. It points into the line.
type message struct {
	form   form
	text   []byte // the words, escaped as the form does
	fields []byte // the pairs, or members, that are not yet looked at
}

// parse takes a line apart. It copies nothing: most lines lead to nothing.
func parse(msg []byte) message {
	msg = bytes.TrimSpace(msg)
	switch {
	case len(msg) > 0 && msg[0] == '"':
		n := quotedLen(msg)
		if n < 2 {
			break
		}
		return message{structured, msg[1 : n-1], msg[n:]}
	case len(msg) > 0 && msg[0] == '{':
		m := message{form: object, fields: msg[1:]}
		if v := m.raw("msg"); len(v) > 1 && v[0] == '"' {
			m.text = v[1 : len(v)-1]
		}
		return m
	}
	return message{form: printf, text: msg}
}

// words returns the text without its escapes.
func (m message) words() string {
	if m.form == printf {
		return string(m.text)
	}
	return m.unquote(append(append([]byte{'"'}, m.text...), '"'))
}

// str returns the value of key without quotes and escapes, "" if there is none.
func (m message) str(key string) string { return m.unquote(m.raw(key)) }

// num returns the whole number that is the value of key.
func (m message) num(key string) (int, bool) {
	n, err := strconv.Atoi(m.str(key))
	return n, err == nil
}

func (m message) unquote(v []byte) string {
	if len(v) < 2 || v[0] != '"' {
		return string(v)
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	if m.form == object {
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	} else if s, err := strconv.Unquote(string(v)); err == nil {
		return s
	}
	return string(v[1 : len(v)-1])
}

// raw returns the value of key as it stands in the line, nil if there is none.
func (m message) raw(key string) []byte {
	for rest := m.fields; ; {
		k, v, more := m.next(rest)
		if k == nil {
			return nil
		}
		if string(k) == key {
			return v
		}
		rest = more
	}
}

// next splits the first pair, or member, off fields; a nil key says that there
// is none.
func (m message) next(fields []byte) (key, value, rest []byte) {
	if m.form == object {
		fields = bytes.TrimLeft(fields, ", \t")
		n := quotedLen(fields)
		if n < 2 {
			return nil, nil, nil
		}
		key, rest = fields[1:n-1], bytes.TrimLeft(fields[n:], " \t")
		if len(rest) == 0 || rest[0] != ':' {
			return nil, nil, nil
		}
		rest = bytes.TrimLeft(rest[1:], " \t")
		n = valueLen(rest, ",}")
		return key, rest[:n], rest[n:]
	}
	fields = bytes.TrimLeft(fields, " ")
	n := bytes.IndexByte(fields, '=')
	if n < 1 {
		return nil, nil, nil
	}
	key, rest = fields[:n], fields[n+1:]
	n = valueLen(rest, " ")
	return key, rest[:n], rest[n:]
}

// valueLen returns how long the value is that b begins with: "quoted", {...},
// [...] or &{...} with all that they hold, else what stands before one of stop.
func valueLen(b []byte, stop string) int {
	switch {
	case bytes.HasPrefix(b, []byte{'"'}):
		if n := quotedLen(b); n > 0 {
			return n
		}
		return len(b)
	case bytes.HasPrefix(b, []byte("&{")):
		return 1 + nestedLen(b[1:])
	case bytes.HasPrefix(b, []byte{'{'}), bytes.HasPrefix(b, []byte{'['}):
		return nestedLen(b)
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

// nestedLen returns the length of the bracketed value that b begins with; if it
// is not closed, all of b is.
func nestedLen(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			n := quotedLen(b[i:])
			if n == 0 {
				return len(b)
			}
			i += n - 1
		}
	}
	return len(b)
}
