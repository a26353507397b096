package kubernetes

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"oomtrace/parsers/event"
	"oomtrace/parsers/lines/jsonstream"
)

// Sniff says whether a file that begins with head, 4 KiB of it are enough, is
// JSON of Kubernetes objects, or of a list of them. Those of kinds that ReadJSON
// does not use are such, too. A log in JSON is not, though its lines speak of pods.
func Sniff(head []byte) bool {
	s, ok := jsonstream.Object(head)
	if !ok {
		return false
	}
	known, version, kind := false, "", ""
	for first := true; ; first = false {
		key, err := s.Key()
		if err != nil {
			break
		}
		if first {
			known = key == "apiVersion" || (key == "items" || key == "metadata") && shaped(head)
			if !known && key != "kind" {
				return false
			}
		}
		value, err := s.Value(nil)
		if err != nil {
			break
		}
		switch key {
		case "kind":
			kind = string(bytes.Trim(value, `"`))
		case "apiVersion":
			version = string(bytes.Trim(value, `"`))
		}
	}
	switch {
	case version != "" && !isVersion(version):
		return false
	case kind != "":
		return isUsed(kind) || version != "" && isKind(kind)
	}
	return known
}

// shaped says whether a text without apiVersion and kind has a field that only
// pods, nodes or events have.
func shaped(head []byte) bool {
	return slices.ContainsFunc([]string{`"containers"`, `"nodeInfo"`, `"involvedObject"`, `"containerStatuses"`},
		func(field string) bool { return bytes.Contains(head, []byte(field)) })
}

// kinds are those of which use is made. What owns pods (Deployment, Job) says in
// its template what it asks for, and LimitRange what is asked for where a pod does
// not say: neither is what a pod that ran was given, and both are passed over.
var kinds = []string{"Pod", "Node", "Event"}

// isUsed reports whether use is made of a kind, or of what a list of it holds.
func isUsed(kind string) bool {
	return kind == "List" || slices.Contains(kinds, strings.TrimSuffix(kind, "List"))
}

// isKind reports whether s is written as a kind is: LimitRange. isVersion does so
// of an apiVersion: v1, apps/v1, autoscaling/v2beta2. Records of an audit log have
// both and are lines of a log.
func isKind(s string) bool {
	return s != "" && s[0] >= 'A' && s[0] <= 'Z' && strings.Trim(s, letters+"0123456789") == ""
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func isVersion(s string) bool {
	group, version, ok := strings.Cut(s, "/")
	if !ok {
		group, version = "v1", s
	}
	number, is := strings.CutPrefix(version, "v")
	return is && isName(group) && group != "audit.k8s.io" && number != "" && number[0] >= '1' && number[0] <= '9' &&
		strings.Trim(number, "0123456789alphbet") == ""
}

// ReadJSON emits what the objects in r tell: one document or several, each an
// object, a list or an array of them. Lines of something else between them, as
// in kubectl cluster-info dump, go to other, which says whether the next line is one
// of these too, however it begins. One item is in memory at a time. The position of
// an event is the line on which its object begins.
//
// An object that is broken, too large or cut becomes one of the Problems in the
// error, beside an error of r's; the others are read.
func ReadJSON(r io.Reader, file string, emit func(event.Event), other func(line []byte, number int) (more bool)) error {
	d := &reading{file: file, emit: emit}
	s := jsonstream.New(r, 1)
	var line []byte
	for first, more := true, false; ; first = false {
		if _, ok := s.Peek(); ok && more {
			number := s.Line()
			line = s.Rest(line[:0], maxOther)
			more = other(line, number)
			continue
		}
		c, ok := s.Space()
		if !ok {
			break
		}
		switch {
		case c == '{':
			d.document(s)
		case c == '[' && first:
			line := s.Line()
			s.Take()
			if !d.items(s) {
				d.failed(line, jsonstream.ErrCut)
			}
		default:
			number := s.Line()
			line = s.Rest(line[:0], maxOther)
			more = other(line, number)
		}
	}
	return d.end(s.Err())
}

// maxOther is how much is kept of a line that is of no object, in bytes.
const maxOther = 64 << 10

// document reads an object. The members of a list are read as they come; any
// other object is put together first.
func (d *reading) document(s *jsonstream.Source) {
	line, isList := s.Line(), false
	s.Take()
	raw := []byte{'{'}
	var bad error
	for bad == nil {
		var key string
		if key, bad = s.Key(); bad != nil {
			break
		}
		if c, _ := s.Peek(); key == "items" && c == '[' {
			s.Take()
			isList = true
			if !d.items(s) {
				bad = jsonstream.ErrCut
			}
			continue
		}
		if len(raw) > 1 {
			raw = append(raw, ',')
		}
		raw = append(append(append(raw, '"'), key...), '"', ':')
		before := len(raw)
		if raw, bad = s.Value(raw); len(raw) == before && bad == nil {
			bad = jsonstream.ErrSyntax
		}
	}
	switch {
	case bad == io.EOF && !isList:
		d.item(append(raw, '}'), line)
	case bad == io.EOF:
	default:
		d.failed(line, bad)
		s.SkipLine()
	}
}

// items reads the members of an array; it is false if the file ends before it.
func (d *reading) items(s *jsonstream.Source) bool {
	var raw []byte
	for {
		c, ok := s.Space()
		switch {
		case !ok:
			return false
		case c == ',':
			s.Take()
			continue
		case c == ']':
			s.Take()
			return true
		case c == '}' || c == ':' || c < ' ':
			s.Take() // stray, of an item whose brackets do not fit
			continue
		}
		line := s.Line()
		var err error
		if raw, err = s.Value(raw[:0]); err != nil {
			d.failed(line, err)
		} else if raw[0] == '{' {
			d.item(raw, line)
		}
	}
}

func (d *reading) failed(line int, err error) {
	switch err {
	case jsonstream.ErrCut:
		if !d.cut { // an object, the list around it: it is one cut
			d.problem(line, "cut-json", "the file ends inside what begins here; %d whole objects were read before", d.objects)
		}
		d.cut = true
	case jsonstream.ErrSize:
		d.problem(line, "large-object", "the object that begins here is larger than %d MiB and is passed over", jsonstream.MaxItem>>20)
	case jsonstream.ErrDeep:
		d.problem(line, "deep-object", "the object that begins here is nested deeper than %d and is passed over", jsonstream.MaxDepth)
	default:
		d.problem(line, "broken-json", "what begins here like an object is none; its line is passed over")
	}
}
