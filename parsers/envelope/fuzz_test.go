package envelope

import (
	"bytes"
	"reflect"
	"testing"

	"oomtrace/parsers/event"
)

// FuzzOpen checks what holds for any line: it is not written to; where nothing
// fits, the record is as it was; the message is no longer than what the line can decode to; the
// stamps are readings that a log can have; one that is preferred changes nothing
// of that.
func FuzzOpen(f *testing.F) {
	for _, table := range append(rows, nearMisses...) {
		for _, r := range table {
			f.Add([]byte(r.line), r.name)
		}
	}
	for i := range All {
		f.Add([]byte("[ 7868.482562] text"), All[i].Name)
	}
	f.Fuzz(func(t *testing.T, line []byte, prefer string) {
		for i := range All {
			checkOpen(t, &All[i], string(line))
		}
		text := bytes.Clone(line)
		rec, before := event.Record{Msg: line}, event.Record{Msg: line}
		outer := Open(&rec, prefer)
		switch {
		case !bytes.Equal(line, text):
			t.Errorf("the line %q is changed", text)
		case outer == "" && !reflect.DeepEqual(rec, before):
			t.Errorf("nothing fits %q, and it leaves %s", line, told(outer, &rec))
		case outer != "" && rec.Shape == "":
			t.Errorf("%q opens as %q without a shape", line, outer)
		case len(rec.Msg) > 3*len(line):
			t.Errorf("%q gives the longer %q", line, rec.Msg)
		}
		checkStamps(t, rec.Stamps)
	})
}

// FuzzLearn checks that what is learned reads most of the lines it was learned
// from, that it leaves those alone that it does not read, and that its stamps are
// readings that a log can have.
func FuzzLearn(f *testing.F) {
	for _, text := range []string{
		"23.11.2026 09:01:41 x\n23.11.2026 09:01:42 y", "[23/Nov/2026:09:01:41 +0000] x", "11/23/2026 09:01:41 AM x", "Mon, 23 Nov 2026 09:01:41 GMT x",
		"05/06/2026 09:01:41 x", "2528 10:11:12 x", "2026年11月23日 09:01:41 x", "20261123T090141Z x", "Nov 23, 2026 9:01:41 AM x", "11-23 09:01:41.123 1 2 I x",
		"Monday, 23-Nov-26 09:01:41 CET x", "2026-11-23_09:01:41.04312 x", "<23.11.2026 09:01:41>[a] x", "Nov 23 2026 09:01:41 node-1 kernel: [ 7868.482562] x",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := bytes.Split(text, []byte("\n"))
		e, ok := Learn(lines)
		if !ok {
			return
		}
		read, some := 0, 0
		for _, line := range lines[:min(len(lines), maxSample)] {
			rec, before := event.Record{Msg: line}, event.Record{Msg: line}
			if len(bytes.TrimSpace(line)) > 0 {
				some++
			}
			if e.Open(&rec) {
				read++
				checkStamps(t, rec.Stamps)
				if !bytes.HasSuffix(line, rec.Msg) || len(rec.Msg) == len(line) {
					t.Errorf("%q leaves %q", line, rec.Msg)
				}
			} else if !reflect.DeepEqual(rec, before) {
				t.Errorf("%q is not read, and it leaves %s", line, told(e.Name, &rec))
			}
		}
		if len(lines) <= maxSample && read*5 < some*4 {
			t.Errorf("%q: %d of %d lines are read", text, read, some)
		}
	})
}
