package parsers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/kubernetes"
	"oomtrace/parsers/lines"
	"oomtrace/parsers/lines/journal"
	"oomtrace/parsers/lines/jsonstream"
)

// sniffDmesgJSON reports whether head is `dmesg --json`.
func sniffDmesgJSON(head []byte) bool {
	rest := bytes.TrimLeft(head, " \t\r\n")
	if len(rest) == 0 || rest[0] != '{' {
		return false
	}
	return bytes.HasPrefix(bytes.TrimLeft(rest[1:], " \t\r\n"), []byte(`"dmesg"`))
}

// dmesgJSON reads `dmesg --json`: {"dmesg": [{"pri": 4, "time": 7868.482562,
// "msg": "..."}, ...]}. With -x there are fac and pri as words. One object is
// held at a time; one that is broken is told and passed over, and so is an end
// that comes too early.
// Source: util-linux sys-utils/dmesg.c, print_record.
func (r *reader) dmesgJSON(s *input.Stream) {
	r.log.Format = "dmesg-json"
	src := jsonstream.New(s, 1)
	src.Space()
	src.Take() // {
	if _, err := src.Key(); err != nil {
		r.problem(src.Line(), "broken-json", "%v; want {\"dmesg\": [...]}", err)
		return
	}
	src.Take() // [
	whole := r.values(src, r.dmesgRecord)
	for _, ok := src.Space(); ok; _, ok = src.Space() {
		src.Take()
	}
	r.log.Lines = int64(src.Lines())
	switch err := src.Err(); {
	case r.ctx.Err() != nil:
	case err != nil:
		r.problem(src.Line(), "broken-input", "%v; what came before is read", cause(err))
	case !whole:
		r.problem(src.Lines(), "broken-json", "the file ends before its list of entries does; what came before is read")
	}
}

// values reads values one behind the other, up to a bracket that closes their
// list, and reports whether there was one. That the file ends within a value is
// told at once.
func (r *reader) values(src *jsonstream.Source, take func(raw []byte, line int) error) (closed bool) {
	var raw []byte
	for {
		c, ok := src.Space()
		if !ok || c == ']' {
			return ok
		}
		line := src.Line()
		var err error
		if raw, err = src.Value(raw[:0]); err == nil && len(raw) > 0 {
			err = take(raw, line)
		} else if err == nil {
			src.Take() // a comma, or something stray
		}
		if err != nil {
			r.problem(line, "broken-json", "the entry that begins here is passed over: %v", err)
		}
		if errors.Is(err, jsonstream.ErrCut) {
			return true
		}
	}
}

// dmesgRecord reads one object of dmesg's.
func (r *reader) dmesgRecord(raw []byte, line int) error {
	var v struct {
		Pri    json.RawMessage `json:"pri"`
		Fac    string          `json:"fac"`
		Time   json.Number     `json:"time"`
		Caller string          `json:"caller"`
		Msg    string          `json:"msg"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	rec := event.Record{Pos: event.Pos{File: r.log.Path, Line: line}, Caller: v.Caller, Msg: []byte(v.Msg)}
	if pri, _ := strconv.Atoi(string(v.Pri)); (v.Fac == "" || v.Fac == "kern") && pri < 8 {
		rec.Speaker = "kernel"
	}
	if d, err := time.ParseDuration(string(v.Time) + "s"); err == nil && v.Time != "" {
		rec.Stamps.Add(event.Stamp{Clock: event.Monotonic, Since: d, Step: time.Microsecond})
	}
	r.entry(&rec)
	return nil
}

// kubectlText reads what kubectl prints for people, line by line. What else was
// pasted between its tables is read as in any text, and is no more than an excerpt.
func (r *reader) kubectlText(s *input.Stream) {
	r.log.Format, r.excerpt = "kubectl", true
	r.heard["kubernetes"] = true
	var p kubernetes.Text
	var o envelope.Opener
	sc := lines.NewScanner(s)
	defer sc.Close()
	for line, ok := sc.Next(); ok && r.ctx.Err() == nil; line, ok = sc.Next() {
		rec := event.Record{Pos: event.Pos{File: r.log.Path, Line: sc.Line()}, Msg: line}
		if p.Read(&rec, r.emit) {
			if r.o.Trace != nil {
				r.o.Trace(&rec)
			}
			continue
		}
		rec.Msg = envelope.Bare(line)
		if p.OfContainer() {
			rec.From = &event.Container{Restart: event.NotPrinted}
		}
		o.Open(&rec)
		r.entry(&rec)
	}
	p.End(r.emit)
	r.log.Lines = int64(sc.Line())
	r.ended(sc.Err(), sc.Line(), sc.Cut())
}

// entry delivers a record of a format without lines, and keeps first and last.
func (r *reader) entry(rec *event.Record) {
	if rec.Stamps.Outer().Clock != event.None {
		if r.log.First.Outer().Clock == event.None {
			r.log.First = rec.Stamps
		}
		r.log.Last = rec.Stamps
	}
	r.hand(rec)
}

// hand takes a record's readings and who speaks in it, and delivers it.
func (r *reader) hand(rec *event.Record) {
	r.tie(rec)
	for i := range r.speak {
		if r.speak[i].speaks(rec) {
			r.hear(r.speak[i].source, rec)
			break
		}
	}
	r.deliver(rec)
}

// fields makes a record of a journal entry's fields.
func (r *reader) fields(at int, field func(string) []byte) {
	rec := event.Record{Pos: event.Pos{File: r.log.Path, Line: at}, From: r.log.From}
	if !envelope.Journal(&rec, field) {
		return
	}
	rec.Shape = "journal"
	envelope.Again(&rec)
	r.entry(&rec)
}

// entries reads a binary journal, in the order of its entries.
func (r *reader) entries(f io.ReaderAt, size int64) {
	file, err := journal.Open(f, size)
	if err != nil {
		r.problem(0, "broken-journal", "%v", err)
		return
	}
	j := &journalReader{reader: r, file: file, heard: map[string]int{}, all: r.o.EveryLine || r.o.Trace != nil}
	for _, s := range r.speak {
		if p, ok := s.parser.(opener); ok {
			j.opens = append(j.opens, p)
		}
	}
	for r.ctx.Err() == nil && j.step() {
	}
	j.last()
	r.log.Lines = int64(j.n)
	for _, p := range file.Problems() {
		r.problem(0, p.Code, "%s", p)
	}
}

// A journalReader reads a binary journal. Most entries become no record: a literal
// is searched for in their messages, as in the lines of a text.
type journalReader struct {
	*reader
	file    *journal.Reader
	all     bool           // every entry becomes a record
	opens   []opener       // parsers that say whether they have to see every entry
	heard   map[string]int // of who says what he is called, how many entries became a record
	n       int            // entries so far
	skipped int64          // the offset of the last one if it became no record, else 0
}

// step reads the next entry.
func (j *journalReader) step() bool {
	e, err := j.file.Next()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			j.problem(j.n, "broken-journal", "%v; the entries before it are read", err)
		}
		return false
	}
	j.n++
	j.skipped = 0
	if j.matters(e) {
		j.record(e)
	} else {
		j.skipped = e.Offset
		j.noteUnit(e)
	}
	return true
}

// matters reports whether an entry has to become a record: some parser needs it, or
// it can tell who speaks in the log.
func (j *journalReader) matters(e *journal.Entry) bool {
	if j.all || j.n == 1 || j.finder.Index(e.Value("MESSAGE")) >= 0 || !j.log.Kernel && string(e.Value("_TRANSPORT")) == "kernel" {
		return true
	}
	for _, p := range j.opens {
		if p.Open() {
			return true
		}
	}
	name := e.Value("SYSLOG_IDENTIFIER")
	n, known := j.heard[string(name)]
	if n >= maxHeard || !known && (len(j.heard) >= maxNames || len(name) > maxNameHeard) {
		return false
	}
	j.heard[string(name)]++
	return true
}

// Of so many names, each of so many bytes at most, so many entries become records
// in any case.
const (
	maxNames     = 4096
	maxNameHeard = 256
	maxHeard     = 64
)

// noteUnit notes whose an entry is that becomes no record.
func (j *journalReader) noteUnit(e *journal.Entry) {
	unit, pid := e.Value("_SYSTEMD_UNIT"), e.Value("_PID")
	if len(unit) == 0 || len(pid) == 0 || len(unit) > maxFieldName {
		return
	}
	if n, err := strconv.Atoi(string(pid)); err == nil && n > 0 && j.units.units[n] != string(unit) {
		j.units.note(&event.Record{PID: n, Unit: string(unit)})
	}
}

// last makes a record of the last entry, with which the log ends.
func (j *journalReader) last() {
	if j.skipped == 0 || j.ctx.Err() != nil {
		return
	}
	if e := j.file.At(j.skipped); e != nil {
		j.record(e)
	}
}

func (j *journalReader) record(e *journal.Entry) {
	long := ""
	j.fields(j.n, func(name string) []byte {
		switch name {
		case "__REALTIME_TIMESTAMP":
			return strconv.AppendUint(nil, e.Realtime, 10)
		case "_BOOT_ID":
			return []byte(e.BootID)
		}
		value, room := e.Value(name), journalFields[name]
		if len(value) > room {
			value, long = value[:room], name
		}
		return value
	})
	j.longField(j.n, long)
}
