package kubernetes

import (
	"slices"
	"strings"

	"oomtrace/parsers/event"
)

// A table is one that kubectl prints, known by its heading. Columns begin where
// their names do. Of events:
//
//	NAMESPACE   LAST SEEN   TYPE      REASON      OBJECT               MESSAGE
//	default     18s         Warning   SystemOOM   node/ip-10-20-4-31   System OOM encountered, victim process: python3, pid: 10019
//
//	  Type     Reason             Age                From     Message
//	  ----     ------             ----               ----     -------
//	  Warning  Evicted            20s                kubelet  The node was low on resource: memory. ...
//
// The first is of kubectl get events from 1.14 and kubectl events, with more
// columns in its wide form; the second stands at the end of a description. Of pods:
//
//	NAME                     READY   STATUS      RESTARTS     AGE
//	thumbs-6f7c9d5b8-x2q9k   0/1     OOMKilled   4 (3m ago)   21h
//
// Other tables are known, so that a file of them is one of kubectl's, and tell
// nothing that a kill could be explained by: kubectl top, nodes, owners.
type table struct {
	of    subject
	names []string
	at    []int
}

// A subject is what the rows of a table are.
type subject int

const (
	others subject = iota
	ofEvents
	ofPods
)

// headings are the names of the columns of events, those of two words among them.
var headings = []string{"NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "SUBOBJECT", "SOURCE", "MESSAGE", "FIRST SEEN", "COUNT", "NAME", "AGE", "FROM"}

// tableOf returns the table whose heading line is, nil if it is none.
func tableOf(line string) *table {
	trimmed := strings.TrimLeft(line, " ")
	if len(line) > 4096 || !slices.ContainsFunc([]string{"NAME", "LAST SEEN ", "POD ", "Type  "}, func(s string) bool { return strings.HasPrefix(trimmed, s) }) {
		return nil
	}
	t := &table{}
	for at := 0; at < len(line); {
		if line[at] == ' ' {
			at++
			continue
		}
		name, _, _ := strings.Cut(line[at:], "  ")
		name = strings.TrimRight(name, " ")
		t.names, t.at = append(t.names, strings.ToUpper(name)), append(t.at, at)
		at += len(name)
	}
	switch {
	case t.has("TYPE", "REASON", "MESSAGE"):
		if slices.ContainsFunc(t.names, func(n string) bool { return !slices.Contains(headings, n) }) {
			return nil
		}
		t.of = ofEvents
	case strings.ToUpper(line) != line: // the others are in capitals
		capitals := strings.NewReplacer("(cores)", "", "(bytes)", "").Replace(line)
		if strings.ToUpper(capitals) != capitals || !t.has("MEMORY(BYTES)") {
			return nil
		}
	case t.has("NAME", "READY", "STATUS", "RESTARTS", "AGE"):
		t.of = ofPods
	case !t.has("NAME", "AGE"):
		return nil
	}
	return t
}

// has reports whether the table has columns of all these names.
func (t *table) has(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(t.names, name) })
}

// read emits what a row of events says; it is false if line is no row of the table.
func (t *table) read(rec *event.Record, line string, of *description, emit func(event.Event)) bool {
	row, ok := t.cells(line)
	if !ok {
		return false
	}
	if row["TYPE"] != "Normal" && row["TYPE"] != "Warning" {
		return strings.HasPrefix(row["TYPE"], "---")
	}
	about := event.Container{Restart: -1}
	if t.has("OBJECT") {
		kind, name, _ := strings.Cut(row["OBJECT"], "/")
		if strings.EqualFold(kind, "pod") {
			about.Namespace, about.Pod = row["NAMESPACE"], name
		}
		about.Name = containerIn(row["SUBOBJECT"])
	} else if of != nil {
		about = of.names()
	}
	message := row["MESSAGE"]
	if path, rest, ok := strings.Cut(message, "}: "); ok && containerIn(path) != "" { // from 1.35
		about.Name, message = containerIn(path), rest
	}
	b := recorded(row["REASON"], message, about)
	if _, ofNode := b.(event.KubeletOOM); ofNode && about.Pod != "" {
		return true // no pod has such an event: a message of several lines can hold one
	}
	if b != nil {
		emit(t.event(rec, b))
	}
	return true
}

func (t *table) event(rec *event.Record, b event.Body) event.Event {
	e := event.New(rec, b)
	e.Speaker, e.Text = Speaker, strings.TrimSpace(e.Text)
	return e
}

// cells takes a row apart; not ok if it does not keep to the columns.
func (t *table) cells(line string) (map[string]string, bool) {
	row := make(map[string]string, len(t.names))
	for i, at := range t.at {
		if at >= len(line) || at > 0 && line[at-1] != ' ' {
			return nil, false
		}
		end := len(line)
		if i+1 < len(t.at) {
			end = min(end, t.at[i+1])
		}
		row[t.names[i]] = strings.TrimSpace(line[at:end])
	}
	return row, true
}

// containerIn returns the container's name in spec.containers{c}, "" if s is no
// such path.
func containerIn(s string) string {
	kind, name, ok := strings.Cut(s, "ontainers{")
	if !ok || !strings.HasPrefix(kind, "spec.") || strings.Contains(kind, " ") {
		return ""
	}
	return strings.TrimSuffix(name, "}")
}
