package parsers

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/input"
	"oomtrace/parsers/lines"
)

// sniffTable returns what the columns of a table of records are parted by, if head is
// of one: its first line names a message and a time. Excel's "sep=," may stand before.
func sniffTable(head []byte) (comma rune, ok bool) {
	line, rest, _ := bytes.Cut(head, []byte("\n"))
	if bytes.HasPrefix(line, []byte("sep=")) {
		line, _, _ = bytes.Cut(rest, []byte("\n"))
	}
	if len(line) > maxHeader {
		return 0, false
	}
	for _, comma := range ",\t;" {
		message, time := false, false
		for _, name := range cells(line, comma) {
			message, time = message || envelope.IsMessageField(name), time || envelope.IsTimeField(name)
		}
		if message && time {
			return comma, true
		}
	}
	return 0, false
}

// maxHeader is how long the line of the columns' names can be, in bytes.
const maxHeader = 8 << 10

// cells takes a row apart; one that is no row has no cells.
func cells(row []byte, comma rune) []string {
	return newCutter(comma).cells(row)
}

// A cutter takes rows apart, one after the other.
type cutter struct {
	row bytes.Buffer
	csv *csv.Reader
}

func newCutter(comma rune) *cutter {
	c := new(cutter)
	c.csv = csv.NewReader(&c.row)
	c.csv.Comma, c.csv.FieldsPerRecord, c.csv.LazyQuotes, c.csv.ReuseRecord = comma, -1, true, true
	return c
}

// cells are good until the next row.
func (c *cutter) cells(row []byte) []string {
	c.row.Reset()
	c.row.Write(row)
	c.row.WriteByte('\n')
	fields, err := c.csv.Read()
	if err != nil {
		return nil
	}
	return fields
}

// table reads a table of records, as the query interfaces of pipelines and clouds
// export it. A cell can hold newlines, so that a row may be many lines.
// Source: RFC 4180.
func (r *reader) table(s *input.Stream, comma rune) {
	r.log.Format, r.excerpt = "pipeline-table", true
	sc, all, cut := lines.NewScanner(s), newSorted(r), newCutter(comma)
	defer sc.Close()
	var names []string
	var row []byte
	begin, quotes := 0, 0
	for line, ok := sc.Next(); ok && r.ctx.Err() == nil; line, ok = sc.Next() {
		if names == nil {
			if !bytes.HasPrefix(line, []byte("sep=")) {
				names = cells(line, comma)
			}
			continue
		}
		if begin == 0 {
			begin = sc.Line()
		}
		row = append(row, line...)
		if quotes += bytes.Count(line, []byte(`"`)); quotes%2 == 1 && len(row) < maxJoined {
			row = append(row, '\n')
			continue
		}
		if quotes%2 == 1 {
			r.problem(begin, "broken-table", "the row that begins here is longer than %d bytes, or has a quote without an end; so much of it is read", maxJoined)
		}
		r.tableRow(all, begin, names, cut.cells(row))
		row, begin, quotes = row[:0], 0, 0
	}
	if begin > 0 {
		r.problem(begin, "broken-table", "the row that begins here has a quote without an end; what there is of it is read")
		r.tableRow(all, begin, names, cut.cells(row))
	}
	all.end()
	io.Copy(io.Discard, s)
	r.log.Lines = int64(sc.Line())
	r.ended(sc.Err(), sc.Line(), sc.Cut())
}

func (r *reader) tableRow(all *sorted, line int, names, values []string) {
	var row envelope.Row
	for i, v := range values[:min(len(values), len(names), maxColumns)] {
		switch {
		case v == "" || v == "-":
		case strings.EqualFold(names[i], "labels") && strings.HasPrefix(v, "{"):
			row.AddObject([]byte(`{"labels":` + v + `}`))
		default:
			row.Add(names[i], v)
		}
	}
	all.row(line, row)
}

// grafanaHead begins the logs that Grafana exports as text.
const grafanaHead = "Common labels: {"

// grafana reads them: what all lines have in common, and behind an empty line each
// with its time; further lines of a message have none.
//
//	Common labels: {"nodename":"node-1","transport":"kernel"}
//	Line limit: "1000 (5 returned)"
//
//	1795424501563	2026-11-23T09:01:41.563Z	text
//
// Source: grafana public/app/features/inspector/utils/download.ts.
func (r *reader) grafana(s *input.Stream) {
	r.log.Format, r.excerpt = "pipeline", true
	sc, all := lines.NewScanner(s), newSorted(r)
	defer sc.Close()
	var common envelope.Row
	var stamp, text []byte
	begin := 0
	flush := func() {
		if begin > 0 {
			var row envelope.Row
			row.Add("time", string(stamp))
			row.Add("line", string(text))
			all.row(begin, row.With(common))
		}
	}
	for line, ok := sc.Next(); ok && r.ctx.Err() == nil; line, ok = sc.Next() {
		if labels, ok := bytes.CutPrefix(line, []byte("Common labels: ")); ok && begin == 0 {
			common.AddObject(slices.Concat([]byte(`{"labels":`), labels, []byte("}")))
			continue
		}
		f := bytes.SplitN(line, []byte("\t"), 3)
		if len(f) == 3 && len(f[0]) == 13 && allDigits(f[0]) {
			flush()
			stamp, text, begin = bytes.Clone(f[0]), bytes.Clone(f[2]), sc.Line()
		} else if begin > 0 && len(text) < maxJoined {
			text = append(append(text, '\n'), line...)
		}
	}
	flush()
	all.end()
	r.log.Lines = int64(sc.Line())
	r.ended(sc.Err(), sc.Line(), sc.Cut())
}
