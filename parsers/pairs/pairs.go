// Package pairs looks up values in a log line's key=value pairs, as klog's and
// logrus' text has them, or in the members of its JSON object. In comes the part
// of a line that holds them, out come values, as they stand there or without
// quotes and escapes. It copies nothing until a value is wanted: most lines lead
// to nothing.
package pairs

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Fields are pairs or members that are not yet looked at. They point into the
// line.
type Fields struct {
	JSON bool   // members of an object, else pairs
	Line []byte // from the first pair on; of an object, what stands behind its {
}

// Str returns the value of key without quotes and escapes, "" if there is none.
func (f Fields) Str(key string) string { return f.Unquote(f.Raw(key)) }

// Num returns the whole number that is the value of key.
func (f Fields) Num(key string) (int, bool) {
	n, err := strconv.Atoi(f.Str(key))
	return n, err == nil
}

// Unquote returns a value without its quotes and escapes, if it has any.
func (f Fields) Unquote(v []byte) string {
	if len(v) < 2 || v[0] != '"' {
		return string(v)
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	if f.JSON {
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	} else if s, err := strconv.Unquote(string(v)); err == nil {
		return s
	}
	return string(v[1 : len(v)-1])
}

// Quoted puts quotes around words that are escaped already, for Unquote.
func Quoted(words []byte) []byte {
	return append(append([]byte{'"'}, words...), '"')
}

// Raw returns the value of key as it stands in the line, nil if there is none.
func (f Fields) Raw(key string) []byte {
	for rest := f.Line; ; {
		k, v, more := f.next(rest)
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
func (f Fields) next(fields []byte) (key, value, rest []byte) {
	if f.JSON {
		fields = bytes.TrimLeft(fields, ", \t")
		n := QuotedLen(fields)
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
		if n := QuotedLen(b); n > 0 {
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

// QuotedLen returns the length, with both quotes, of the quoted string that b
// begins with, 0 if it is none or has no end.
func QuotedLen(b []byte) int {
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
			n := QuotedLen(b[i:])
			if n == 0 {
				return len(b)
			}
			i += n - 1
		}
	}
	return len(b)
}
