package kubelet

import (
	"bytes"

	"oomtrace/parsers/pairs"
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
	pairs.Fields // none of printf
	form         form
	text         []byte // the words, escaped as the form does
}

// parse takes a line apart. It copies nothing: most lines lead to nothing.
func parse(msg []byte) message {
	msg = bytes.TrimSpace(msg)
	switch {
	case len(msg) > 0 && msg[0] == '"':
		n := pairs.QuotedLen(msg)
		if n < 2 {
			break
		}
		return message{pairs.Fields{Line: msg[n:]}, structured, msg[1 : n-1]}
	case len(msg) > 0 && msg[0] == '{':
		m := message{Fields: pairs.Fields{JSON: true, Line: msg[1:]}, form: object}
		if v := m.Raw("msg"); len(v) > 1 && v[0] == '"' {
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
	return m.Unquote(pairs.Quoted(m.text))
}
