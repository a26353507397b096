package kubernetes

import (
	"bytes"
	"slices"
	"strings"

	"oomtrace/parsers/event"
)

// SniffText says whether a file that begins with head is what kubectl prints for
// people: a table, or the description of something. The command may stand above,
// as in what was copied off a terminal.
func SniffText(head []byte) bool {
	for range 8 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if len(line) > 4096 {
			return false
		}
		text := strings.TrimRight(string(line), " \r")
		switch {
		case text == "", strings.HasPrefix(text, "```"), isCommand(text):
			head = rest
			continue
		}
		if t := tableOf(text); t != nil {
			return t.of != ofEvents || t.has("OBJECT")
		}
		second, _, _ := bytes.Cut(bytes.TrimLeft(rest, "\r\n"), []byte("\n"))
		return bytes.HasPrefix(line, []byte("Name:  ")) &&
			(bytes.HasPrefix(second, []byte("Namespace:  ")) || bytes.HasPrefix(second, []byte("Roles:  ")))
	}
	return false
}

// isCommand reports whether a line is one that was given to a shell: a prompt, if
// any, and kubectl, or what it is called by.
func isCommand(line string) bool {
	return command(line) != ""
}

// command returns what kubectl was to do by such a line, "" if it is none.
func command(line string) (verb string) {
	words := strings.Fields(line[:min(len(line), 4096)])
	for i, w := range words[:min(len(words), 12)] {
		if !slices.Contains([]string{"kubectl", "oc", "k", "kc", "kubecolor", "microk8s.kubectl"}, w) {
			continue
		}
		for _, verb := range words[i+1:] {
			if slices.Contains([]string{"get", "describe", "top", "events", "logs"}, verb) {
				return verb
			}
		}
		break
	}
	return ""
}

// A Text is a parser for what kubectl prints for people: tables of events and of
// pods, and descriptions of pods and nodes, in one file or in several. Its records
// are raw lines. Ages are relative to when kubectl ran, so what is of tables has
// no stamp. Its zero value is ready.
type Text struct {
	table     *table
	described *description
	pods      map[event.Container]bool // that were told
	logs      bool                     // it was kubectl logs
}

// maxPods is how many pods are remembered, lest kubectl get pods -w tell of one
// again and again.
const maxPods = 8192

// Read takes a line. It is false if the line is of no table and no description.
func (t *Text) Read(rec *event.Record, emit func(event.Event)) bool {
	line := string(bytes.TrimRight(rec.Msg, " \r\n"))
	if t.described != nil && t.described.inMessage(line) {
		return true
	}
	if t.logs { // to the end: a container can write what looks like a prompt, or a table
		return line == ""
	}
	if next := tableOf(line); next != nil {
		if next.of == ofEvents && !next.has("OBJECT") && t.described != nil { // the table is its last part
			t.described.emit(emit)
		} else {
			t.End(emit)
		}
		t.table = next
		return true
	}
	if t.table != nil {
		if line == "" && t.table.of != others || t.row(rec, line, emit) { // what was copied off a page has blank lines between
			return true
		}
		t.End(emit) // a description too, which ends with its table
	}
	if name, ok := field(line, "Name"); ok {
		t.End(emit)
		t.described = newDescription(rec.Pos, name)
		return true
	}
	if verb := command(line); verb != "" {
		t.End(emit)
		t.logs = verb == "logs"
		return true
	}
	if t.described == nil {
		return line == ""
	}
	t.described.line(rec.Pos.Line, line)
	return true
}

// OfContainer reports whether a line that was not taken is of what a container put
// out: the last command was kubectl logs.
func (t *Text) OfContainer() bool { return t.logs }

// row takes a row of the table that is open; it is false if line is none.
func (t *Text) row(rec *event.Record, line string, emit func(event.Event)) bool {
	switch t.table.of {
	case ofEvents:
		return t.table.read(rec, line, t.described, emit)
	case ofPods:
		r, ok := t.table.row(line)
		if !ok {
			return false
		}
		b := r.body()
		if id, ok := b.(event.Identity); ok {
			if t.pods[id.Container] {
				return true
			}
			if t.pods == nil || len(t.pods) >= maxPods {
				t.pods = map[event.Container]bool{}
			}
			t.pods[id.Container] = true
		}
		if b != nil {
			emit(t.table.event(rec, b))
		}
		return true
	}
	return line != "" && !strings.HasPrefix(line, "Name:") && !isCommand(line)
}

// End emits the description that is open.
func (t *Text) End(emit func(event.Event)) {
	if t.described != nil {
		t.described.emit(emit)
	}
	t.described, t.table = nil, nil
}
