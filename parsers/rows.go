package parsers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/lines"
	"oomtrace/parsers/lines/jsonstream"
)

// Lists in the documents of pipelines and of their query interfaces whose elements
// are records, by their key, and what lists are within: Elasticsearch's hits, Loki's
// streams and values, CloudWatch's events and results, OpenTelemetry's logs, Azure's
// rows, Datadog's data, Google Cloud's entries. A list without a key is one of
// records. Sources: as of envelope.Shipped.
var (
	recordLists = []string{"", "hits", "values", "events", "results", "logrecords", "rows", "data", "entries"}
	outerLists  = []string{"result", "tables", "resourcelogs", "scopelogs", "instrumentationlibrarylogs"}
	outerKeys   = []string{"data", "hits"} // of objects
)

// sniffRows reports whether head is of a document of records: a list of objects, or
// one of the known ones.
func sniffRows(head []byte) bool {
	rest := bytes.TrimLeft(head, " \t\r\n")
	if len(rest) == 0 || rest[0] != '{' && rest[0] != '[' {
		return false
	}
	has := func(keys ...string) bool {
		return !slices.ContainsFunc(keys, func(k string) bool { return !bytes.Contains(head, []byte(`"`+k+`"`)) })
	}
	if rest[0] == '[' {
		rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		return len(rest) > 0 && (rest[0] == '{' && slices.ContainsFunc(listed, func(k string) bool { return has(k) }) || rest[0] == '[' && has("field", "value"))
	}
	return has("resourceLogs") || has("hits", "_source") || has("resultType", "values") || has("events", "logStreamName") || has("results", "field", "value") ||
		has("tables", "columns", "rows") || has("data", "attributes", "message") || has("entries", "insertId")
}

// listed are keys that a record in a list has, one of them at least.
var listed = []string{"message", "MESSAGE", "textPayload", "jsonPayload", "log", "line", "LogMessage", "SyslogMessage", "_raw", "@message", "short_message"}

// rowsOf reads a document of records.
func (r *reader) rowsOf(s *input.Stream) {
	r.log.Format, r.excerpt = "pipeline", true
	d := document{reader: r, src: jsonstream.New(s, 1), sorted: newSorted(r)}
	for _, ok := d.src.Space(); ok && r.ctx.Err() == nil; _, ok = d.src.Space() {
		d.list = ""
		if err := d.value(envelope.Row{}, 0); err != nil {
			r.problem(d.src.Line(), "broken-json", "%v; what came before is read", err)
			break
		}
	}
	d.sorted.end()
	io.Copy(io.Discard, s)
	r.log.Lines = int64(d.src.Lines())
	if err := d.src.Err(); err != nil && r.ctx.Err() == nil {
		r.problem(d.src.Line(), "broken-input", "%v; what came before is read", cause(err))
	}
}

// A document is one that is being read.
type document struct {
	*reader
	src     *jsonstream.Source
	sorted  *sorted
	list    string   // the key of the list that is being read
	columns []string // of Azure's tables
	raw     []byte
}

const (
	maxNesting = 12
	maxContext = 64 << 10 // bytes of a field that all records of a list have in common
)

// value reads a value in which records lie. Each has the fields of outer too.
func (d *document) value(outer envelope.Row, depth int) error {
	c, ok := d.src.Space()
	switch {
	case !ok:
		return jsonstream.ErrCut
	case depth > maxNesting:
		return jsonstream.ErrDeep
	case c == '{':
		d.src.Take()
		return d.object(outer, depth)
	case c == '[':
		d.src.Take()
		return d.elements(outer, depth)
	}
	before := d.src.Line()
	raw, err := d.src.Value(d.raw[:0])
	if d.raw = raw; err == nil && len(raw) == 0 {
		d.src.Take() // something stray between two documents
		if before == d.src.Line() && c != ',' && c != ';' {
			return jsonstream.ErrSyntax
		}
	}
	return err
}

// object reads the fields of an object in which lists of records lie.
func (d *document) object(outer envelope.Row, depth int) error {
	for {
		key, err := d.src.Key()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := strings.ToLower(key)
		c, _ := d.src.Space()
		within := c == '[' && (slices.Contains(recordLists, name) || slices.Contains(outerLists, name)) || c == '{' && slices.Contains(outerKeys, name)
		if within {
			d.list = name
			if err := d.value(outer, depth+1); err != nil {
				return err
			}
			continue
		}
		raw, err := d.src.Value(d.raw[:0])
		if d.raw = raw; err != nil && !errors.Is(err, jsonstream.ErrSize) {
			return err
		}
		if len(raw) > maxContext || err != nil || outer.Len() >= maxColumns {
			continue
		}
		if name == "columns" {
			d.takeColumns(raw)
		}
		var common envelope.Row
		if common.AddObject(slices.Concat([]byte(`{"`), []byte(key), []byte(`":`), raw, []byte("}"))) && common.Len() <= maxColumns {
			outer = outer.With(common)
		}
	}
}

func (d *document) takeColumns(raw []byte) {
	var columns []struct{ Name string }
	if json.Unmarshal(raw, &columns) == nil {
		d.columns = nil
		for _, c := range columns[:min(len(columns), maxColumns)] {
			d.columns = append(d.columns, c.Name)
		}
	}
}

// maxColumns is how many columns of a table are read.
const maxColumns = 200

// elements reads the elements of a list.
func (d *document) elements(outer envelope.Row, depth int) error {
	list := d.list
	for {
		c, ok := d.src.Space()
		switch {
		case !ok:
			return jsonstream.ErrCut
		case c == ']':
			d.src.Take()
			return nil
		case c == ',':
			d.src.Take()
			continue
		case slices.Contains(outerLists, list):
			if err := d.value(outer, depth+1); err != nil {
				return err
			}
			continue
		}
		line := d.src.Line()
		raw, err := d.src.Value(d.raw[:0])
		d.raw = raw
		switch {
		case errors.Is(err, jsonstream.ErrSize), errors.Is(err, jsonstream.ErrDeep):
			d.problem(line, "broken-json", "the record that begins here is passed over: %v", err)
		case err != nil:
			return err
		case len(raw) == 0:
			return jsonstream.ErrSyntax
		case len(raw) > lines.MaxLine:
			d.problem(line, "long-line", "the record that begins here is longer than %d bytes and is passed over", lines.MaxLine)
		default:
			d.record(line, raw, outer)
		}
	}
}

// record takes one record: an object, or a list of its fields' values.
func (d *document) record(line int, raw []byte, outer envelope.Row) {
	var row envelope.Row
	if raw[0] == '{' {
		if !row.AddObject(raw) {
			d.problem(line, "broken-json", "the record that begins here is passed over: it is no object")
			return
		}
	} else if !d.listRow(&row, raw) {
		return
	}
	d.sorted.row(line, row.With(outer))
}

// listRow reads a record that is a list: Loki's of a time and a line, Azure's of the
// columns' values, CloudWatch's of fields.
func (d *document) listRow(row *envelope.Row, raw []byte) bool {
	var values []json.RawMessage
	if json.Unmarshal(raw, &values) != nil || len(values) == 0 {
		return false
	}
	var one struct{ Field, Value *string }
	if values[0][0] == '{' {
		for _, v := range values[:min(len(values), maxColumns)] {
			if json.Unmarshal(v, &one) == nil && one.Field != nil && one.Value != nil {
				row.Add(*one.Field, *one.Value)
			}
		}
		return true
	}
	names := d.columns
	if names == nil {
		names = []string{"tsns", "line"}
	}
	for i, v := range values[:min(len(values), len(names))] {
		var s string
		if json.Unmarshal(v, &s) != nil {
			s = string(v)
		}
		row.Add(names[i], s)
	}
	return true
}

// A sorted holds the records of a log until they can be put into the order of their
// times: a query gives the newest first, as a rule, and a report of the kernel's is
// many of them. Of a pipeline's records only those are held that somebody reads.
type sorted struct {
	*reader
	records []event.Record
	froms   map[event.Container]*event.Container // one of each
	bytes   int
	full    bool
	down    int          // how often a time was before the one in front of it, less how often after
	before  event.Stamps // of the record in front
}

// maxSorted bounds what is held, in bytes.
const maxSorted = 48 << 20

func newSorted(r *reader) *sorted {
	return &sorted{reader: r, froms: map[event.Container]*event.Container{}}
}

// row takes a pipeline's record.
func (s *sorted) row(line int, row envelope.Row) {
	rec := event.Record{Pos: event.Pos{File: s.log.Path, Line: line}}
	if !envelope.Shipped(&rec, row) {
		return
	}
	rec.Shape = "pipeline"
	s.take(&rec)
}

// take holds a record, if somebody may need it.
func (s *sorted) take(rec *event.Record) {
	if a, b := s.before.Outer(), rec.Stamps.Outer(); a.Clock == b.Clock && a.Clock != event.None {
		s.down += inOrder(a, b)
	}
	s.before = rec.Stamps
	every := s.o.EveryLine || s.o.Trace != nil
	if !every && rec.Speaker != "kernel" && s.finder.Index(rec.Msg) < 0 {
		s.seen(rec)
		return
	}
	if rec.From != nil {
		if known := s.froms[*rec.From]; known != nil {
			rec.From = known
		} else if len(s.froms) < maxPIDs {
			s.froms[*rec.From] = rec.From
		}
	}
	rec.Msg = bytes.Clone(rec.Msg)
	if s.bytes += 400 + len(rec.Msg); s.bytes > maxSorted {
		if !s.full {
			s.problem(rec.Line, "too-large", "only %d MiB of a log can be put in order, and this one may be out of it behind here; narrow the query", maxSorted>>20)
		}
		s.full = true
		s.end()
	}
	s.records = append(s.records, *rec)
}

// seen notes a record that nobody reads: the log was on to its time.
func (s *sorted) seen(rec *event.Record) {
	st := rec.Stamps.Outer()
	if st.Clock == event.None {
		return
	}
	if first := s.log.First.Outer(); first.Clock == event.None || st.Clock == first.Clock && inOrder(st, first) < 0 {
		s.log.First = rec.Stamps
	}
	if last := s.log.Last.Outer(); last.Clock == event.None || st.Clock == last.Clock && inOrder(st, last) > 0 {
		s.log.Last = rec.Stamps
	}
}

// inOrder compares two readings of one kind of clock.
func inOrder(a, b event.Stamp) int {
	return cmp.Or(a.Wall.Compare(b.Wall), cmp.Compare(a.Since, b.Since))
}

// newestFirst reports whether the log goes back in time. Where all times are equal, a
// report of the kernel's tells: its kill line comes last.
func (s *sorted) newestFirst() bool {
	if s.down != 0 {
		return s.down > 0
	}
	for i := range s.records {
		switch msg := s.records[i].Msg; {
		case bytes.Contains(msg, []byte(" invoked oom-killer: ")):
			return false
		case bytes.Contains(msg, []byte("Killed process ")), bytes.HasPrefix(msg, []byte("oom-kill:constraint=")):
			return true
		}
	}
	return false
}

// end delivers what is held, the oldest first. Where times go down, the order of
// those that are equal is turned round as well.
func (s *sorted) end() {
	if s.newestFirst() {
		slices.Reverse(s.records)
	}
	slices.SortStableFunc(s.records, func(a, b event.Record) int { return a.Stamps.Outer().Wall.Compare(b.Stamps.Outer().Wall) })
	for i := range s.records {
		rec := &s.records[i]
		if rec.Shape == "pipeline" { // off a line all were taken at once
			envelope.Again(rec)
		}
		if rec.Host != "" && len(s.hosts) < maxTies {
			s.hosts[rec.Host]++
		}
		s.seen(rec)
		s.hand(rec)
	}
	s.records, s.bytes = nil, 0
}
