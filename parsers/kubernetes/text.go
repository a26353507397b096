package kubernetes

import (
	"bytes"

	"oomtrace/parsers/event"
)

// SniffText says whether a file that begins with head is a table of kubectl get
// events or kubectl events, or what kubectl describe prints of a pod or node.
func SniffText(head []byte) bool {
	line, rest, _ := bytes.Cut(head, []byte("\n"))
	if t := tableOf(string(line)); t != nil && t.has("OBJECT") {
		return true
	}
	second, _, _ := bytes.Cut(rest, []byte("\n"))
	return bytes.HasPrefix(line, []byte("Name:  ")) &&
		(bytes.HasPrefix(second, []byte("Namespace:  ")) || bytes.HasPrefix(second, []byte("Roles:  ")))
}

// NewText returns a parser for what kubectl prints for people: tables of events
// and descriptions of pods and nodes, in one file or in several. Its records are
// raw lines. Ages are relative to when kubectl ran, so the events of tables have
// no stamp.
func NewText() event.Parser { return &text{} }

// A text is what has been read of the table or description that is open.
type text struct {
	table     *table
	described *description
}

// Read takes a line.
func (t *text) Read(rec *event.Record, emit func(event.Event)) {
	line := string(bytes.TrimRight(rec.Msg, " \r\n"))
	if next := tableOf(line); next != nil {
		if t.described != nil { // the table is its last part
			t.described.emit(emit)
		}
		t.table = next
		return
	}
	if t.table != nil {
		if t.table.read(rec, line, t.described, emit) {
			return
		}
		t.table = nil
	}
	if name, ok := field(line, "Name"); ok {
		t.End(emit)
		t.described = newDescription(rec.Pos, name)
		return
	}
	if t.described != nil {
		t.described.line(rec.Pos.Line, line)
	}
}

// End emits the description that is open.
func (t *text) End(emit func(event.Event)) {
	if t.described != nil {
		t.described.emit(emit)
	}
	t.described, t.table = nil, nil
}
