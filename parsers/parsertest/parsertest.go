// Package parsertest holds the promises that every parser keeps, as a test.
//
// In come the records of one speaker in one log, as a reader hands them to the
// parser; out comes a failure for each promise that is broken. What the records
// mean is left to each parser's own tests: here its events are only compared
// with its events. A parser that panics does so.
package parsertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"oomtrace/parsers/event"
)

// A T is what Run needs of a *testing.T.
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// Run reads records with parsers that new makes and holds them to what
// event.Parser and the reader's search for literals ask for:
//
//   - A record and its Msg are neither kept nor changed.
//   - Two parsers share nothing.
//   - Whoever reads only the records that hold a literal, and all of them while
//     the parser's method Open() bool, if it has one, says true, misses nothing.
//     One record before " invoked oom-killer: " is read too. So every event is
//     of such a record.
//   - Records of something else change nothing while the parser is not open.
//   - All this holds for a log that is cut at either end.
//   - End says all there is to say: a second one, and that of a parser that has
//     read nothing, emits nothing.
//   - An event is of one of the records, and its text and its keys are in bounds.
func Run(t T, new func() event.Parser, literals []string, records []event.Record) {
	t.Helper()
	Whole(t, new, literals, records)
	c := &check{t: t, new: new, literals: literals}
	for _, part := range cuts(records) {
		if !c.alike(part) {
			t.Errorf("that was with %d of the %d records, from %s", len(part), len(records), part[0].Pos)
			return
		}
	}
}

// Whole does what Run does, but for the cuts. It is for fuzz targets.
func Whole(t T, new func() event.Parser, literals []string, records []event.Record) {
	t.Helper()
	c := &check{t: t, new: new, literals: literals}
	c.fresh()
	c.wellFormed(records)
	c.together(records)
	c.alike(records)
}

// maxCuts is at how many places a log is cut.
const maxCuts = 64

// cuts returns beginnings and ends of records.
func cuts(records []event.Record) (parts [][]event.Record) {
	for n := 1; n < len(records); n += 1 + len(records)/maxCuts {
		parts = append(parts, records[:n], records[n:])
	}
	return parts
}

type check struct {
	t        T
	new      func() event.Parser
	literals []string
}

// alike reads records in all ways and reports whether they give the same.
func (c *check) alike(records []event.Record) bool {
	c.t.Helper()
	want := c.plain(records)
	return c.same(want, c.read(records, c.all), "where the reader uses its record again") &&
		c.same(want, c.read(records, c.found), "where only what a search finds is read") &&
		c.same(want, c.read(records, c.between), "with records of something else between")
}

// plain reads clones of records and leaves them alone.
func (c *check) plain(records []event.Record) (events []event.Event) {
	p := c.new()
	for _, rec := range records {
		rec.Msg = bytes.Clone(rec.Msg)
		p.Read(&rec, func(e event.Event) { events = append(events, e) })
	}
	p.End(func(e event.Event) { events = append(events, e) })
	return events
}

// read reads what order hands it of records, as a hostile reader does.
func (c *check) read(records []event.Record, order func(*reader, []event.Record)) []event.Event {
	c.t.Helper()
	r := c.reader()
	order(r, records)
	return r.end()
}

// all hands on every record.
func (c *check) all(r *reader, records []event.Record) {
	for _, rec := range records {
		r.read(rec)
	}
}

// found hands on what a search for the literals finds.
func (c *check) found(r *reader, records []event.Record) {
	read := -1
	for i, rec := range records {
		if !r.isOpen() && !c.finds(rec.Msg) {
			continue
		}
		if !r.isOpen() && read < i-1 && isHeader(rec.Msg) {
			r.read(records[i-1])
		}
		r.read(rec)
		read = i
	}
}

// between hands on every record, and others before it where they must not
// matter.
func (c *check) between(r *reader, records []event.Record) {
	for _, rec := range records {
		for _, msg := range []string{"", "eth0: link is up", "another line that says nothing to anybody"} {
			if other := rec; !r.isOpen() && !c.finds([]byte(msg)) && !isHeader(rec.Msg) {
				other.Msg = []byte(msg)
				r.read(other)
			}
		}
		r.read(rec)
	}
}

func (c *check) finds(msg []byte) bool {
	return slices.ContainsFunc(c.literals, func(l string) bool { return bytes.Contains(msg, []byte(l)) })
}

func isHeader(msg []byte) bool { return bytes.Contains(msg, []byte(" invoked oom-killer: ")) }

// fresh holds a parser that has read nothing to silence.
func (c *check) fresh() {
	c.t.Helper()
	if r := c.reader(); r.isOpen() {
		c.t.Errorf("a parser that has read nothing is open")
	}
	if events := c.reader().end(); len(events) > 0 {
		c.t.Errorf("a parser that has read nothing emits %s", show(events[0]))
	}
}

// together reads with two parsers in turn.
func (c *check) together(records []event.Record) {
	c.t.Helper()
	a, b := c.reader(), c.reader()
	for _, rec := range records {
		a.read(rec)
		b.read(rec)
	}
	want := c.plain(records)
	c.same(want, a.end(), "beside another parser")
	c.same(want, b.end(), "beside another parser")
}

// wellFormed looks at the events one by one.
func (c *check) wellFormed(records []event.Record) {
	c.t.Helper()
	shown := map[event.Pos]bool{} // whether a search finds the record, or the parser was open
	r := c.reader()
	for i, rec := range records {
		next := i+1 < len(records) && isHeader(records[i+1].Msg)
		shown[rec.Pos] = shown[rec.Pos] || next || r.isOpen() || c.finds(rec.Msg)
		r.read(rec)
	}
	for _, e := range r.end() {
		if ok, known := shown[e.Pos]; !known {
			c.t.Errorf("%s is of no record: want the Pos of one of them", show(e))
		} else if !ok {
			c.t.Errorf("%s is of a record without any literal, and the parser was not open", show(e))
		}
		if len(e.Text) > event.MaxText {
			c.t.Errorf("%s has a text of %d bytes: want at most %d", show(e), len(e.Text), event.MaxText)
		}
		if e.Body == nil {
			c.t.Errorf("%s has no body", show(e))
			continue
		}
		for _, k := range e.Body.Keys() {
			if k.Kind == "" || k.Value == "" {
				c.t.Errorf("%s has the key %q: want none that is empty", show(e), k)
			}
		}
	}
}

// same reports whether got is want.
func (c *check) same(want, got []event.Event, when string) bool {
	c.t.Helper()
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			c.t.Errorf("%s, event %d is missing: want %s", when, i, show(want[i]))
		case i >= len(want):
			c.t.Errorf("%s, event %d is too many: %s", when, i, show(got[i]))
		case !reflect.DeepEqual(want[i], got[i]):
			c.t.Errorf("%s, event %d is %s\nwant %s", when, i, show(got[i]), show(want[i]))
		default:
			continue
		}
		return false
	}
	return true
}

// show writes an event so that two that differ look different.
func show(e event.Event) string {
	body, err := json.Marshal(e.Body)
	if err != nil {
		body = []byte(err.Error())
	}
	return fmt.Sprintf("%s %v host %q speaker %q boot %q from %v text %q: %T %s",
		e.Pos, e.Stamps, e.Host, e.Speaker, e.BootID, e.From, e.Text, e.Body, body)
}
