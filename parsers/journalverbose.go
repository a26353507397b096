package parsers

import (
	"bytes"
	"errors"
	"strconv"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/lines"
	"oomtrace/parsers/lines/jsonstream"
)

// sniffJournalPretty reports whether head is of journalctl -o json-pretty, or of
// what else writes the same objects over several lines: jq, or a list of them.
func sniffJournalPretty(head []byte) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(bytes.TrimLeft(head, "[ \t\r\n"), " \t\r\n"), []byte("{"))
	first := bytes.TrimLeft(rest, " \t\r\n")
	return ok && bytes.IndexByte(rest[:len(rest)-len(first)], '\n') >= 0 && bytes.HasPrefix(first, []byte(`"`)) &&
		bytes.Contains(head, []byte(`"__REALTIME_TIMESTAMP"`))
}

// journalPretty reads journalctl -o json-pretty: the objects of -o json, each over
// many lines.
func (r *reader) journalPretty(s *input.Stream) {
	r.log.Format = "journal-json"
	src := jsonstream.New(s, 1)
	for more := true; more && r.ctx.Err() == nil; src.Take() {
		if c, _ := src.Space(); c == '[' {
			src.Take()
		}
		more = r.values(src, r.journalObject)
	}
	r.log.Lines = int64(src.Lines())
	if err := src.Err(); err != nil && r.ctx.Err() == nil {
		r.problem(src.Line(), "broken-input", "%v; what came before is read", cause(err))
	}
}

// journalObject reads one entry.
func (r *reader) journalObject(raw []byte, line int) error {
	rec := event.Record{Pos: event.Pos{File: r.log.Path, Line: line}, From: r.log.From, Msg: raw}
	if envelope.Open(&rec, "journal-json") != "journal-json" {
		return errors.New("want an object with __REALTIME_TIMESTAMP")
	}
	r.entry(&rec)
	return nil
}

// sniffJournalVerbose reports whether one of the first lines is the head of an
// entry of journalctl -o verbose: the list of boots, or a boot's line, can stand
// before it.
func sniffJournalVerbose(head []byte) bool {
	for range 4 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if _, ok := cursorOf(line); ok {
			return true
		}
		head = rest
	}
	return false
}

// journalVerbose reads journalctl -o verbose: an entry's time and cursor, and its
// fields below, further lines of a value as far in as the value itself:
//
//	Tue 2026-11-24 06:11:31.375075 UTC [s=f7c2...;i=376;b=248e...;m=564a506;t=660ff94e7979a;x=d5cf...]
//	    _TRANSPORT=journal
//	    MESSAGE=Starting web.service
//	            and more
//
// The cursor has the time of reception, in microseconds since 1970 and of no zone.
// Source: systemd, src/shared/logs-show.c, output_verbose.
func (r *reader) journalVerbose(s *input.Stream) {
	r.log.Format = "journal-verbose"
	sc, v := lines.NewScanner(s), verbose{entryFields: newEntryFields()}
	defer sc.Close()
	for line, ok := sc.Next(); ok; line, ok = sc.Next() {
		if c, head := cursorOf(line); head {
			r.verboseEntry(&v)
			v.begin(c, sc.Line())
			continue
		}
		v.line(line)
	}
	r.verboseEntry(&v)
	r.log.Lines = int64(sc.Line())
	r.ended(sc.Err(), sc.Line(), sc.Cut())
}

// verboseEntry delivers the entry that was read.
func (r *reader) verboseEntry(v *verbose) {
	if v.at == 0 {
		return
	}
	v.end()
	r.fields(v.at, v.of)
	r.longField(v.at, v.long)
}

// A cursor is what of the head of an entry is needed.
type cursor struct{ realtime, boot []byte }

// cursorOf reads the head of an entry.
func cursorOf(line []byte) (c cursor, ok bool) {
	i := bytes.LastIndex(line, []byte(" [s="))
	if i < 0 || i > 60 || line[len(line)-1] != ']' {
		return c, false
	}
	for part := range bytes.SplitSeq(line[i+2:len(line)-1], []byte(";")) {
		name, value, _ := bytes.Cut(part, []byte("="))
		switch string(name) {
		case "t":
			us, err := strconv.ParseUint(string(value), 16, 63)
			if err != nil {
				return c, false
			}
			c.realtime = strconv.AppendUint(nil, us, 10)
		case "b":
			c.boot = bytes.Clone(value)
		}
	}
	return c, c.realtime != nil && c.boot != nil
}

// A verbose is an entry that is being read.
type verbose struct {
	entryFields
	at    int    // the line of its head; 0 before the first one
	name  string // of the field that is being read, "" if none is
	value []byte
	space int // how many bytes of it are kept
}

const verboseIndent = 4 // of a field's name

func (v *verbose) begin(c cursor, at int) {
	v.clear()
	v.at = at
	v.values["__REALTIME_TIMESTAMP"], v.values["_BOOT_ID"] = c.realtime, c.boot
}

// line reads a line of an entry: a field, or one more line of its value. What is
// neither ends it, such as a boot's line.
func (v *verbose) line(line []byte) {
	blanks := 0
	for blanks < len(line) && line[blanks] == ' ' {
		blanks++
	}
	if width := verboseIndent + len(v.name) + len("="); v.name != "" && (blanks >= width || blanks == len(line)) {
		v.value = v.keep(v.keep(v.value, []byte("\n"), v.name, v.space), line[min(width, len(line)):], v.name, v.space)
		return
	}
	v.end()
	name, value, ok := bytes.Cut(line[blanks:], []byte("="))
	if blanks == verboseIndent && ok {
		v.name = string(name[:min(len(name), maxFieldName)])
		v.space = v.room(v.name)
		v.value = v.keep(nil, value, v.name, v.space)
	}
}

// end keeps the field that was read.
func (v *verbose) end() {
	if v.name != "" {
		v.set(v.name, v.value, v.space)
	}
	v.name, v.value = "", nil
}
