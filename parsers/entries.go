package parsers

import (
	"bufio"
	"bytes"
	"encoding/binary"
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
	whole := r.dmesgRecords(src)
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

// dmesgRecords reads the objects up to the bracket behind them, and reports
// whether the file goes as far. That it ends within an object is told at once.
func (r *reader) dmesgRecords(src *jsonstream.Source) (whole bool) {
	var raw []byte
	for {
		c, ok := src.Space()
		if !ok || c == ']' {
			return ok
		}
		line := src.Line()
		var err error
		if raw, err = src.Value(raw[:0]); err == nil && len(raw) > 0 {
			err = r.dmesgRecord(raw, line)
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

// kubectlText reads what kubectl prints for people, line by line.
func (r *reader) kubectlText(s *input.Stream) {
	r.log.Format = "kubectl"
	r.heard["kubernetes"] = true
	sc, p := lines.NewScanner(s), kubernetes.NewText()
	for line, ok := sc.Next(); ok; line, ok = sc.Next() {
		rec := event.Record{Pos: event.Pos{File: r.log.Path, Line: sc.Line()}, Msg: line}
		if r.o.Trace != nil {
			r.o.Trace(&rec)
		}
		p.Read(&rec, r.emit)
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
	r.tie(rec)
	for i := range r.speak {
		if r.speak[i].speaks(rec) {
			r.hear(r.speak[i].source, rec)
			break
		}
	}
	r.deliver(rec)
}

// journalExport reads journalctl -o export: fields as NAME=value lines, or as
// NAME, eight bytes of length and as many of value, an empty line between
// entries. Source: systemd's Journal Export Formats.
func (r *reader) journalExport(s *input.Stream) {
	r.log.Format = "journal-export"
	x := export{br: bufio.NewReaderSize(s, 64<<10), fields: map[string][]byte{}}
	for more := true; more && r.ctx.Err() == nil; {
		err := x.entry()
		r.fields(x.begin, func(name string) []byte { return x.fields[name] })
		if x.long != "" {
			r.problem(x.begin, "long-line", "the field %s is longer than %d bytes; only that much of it was read", x.long, exportFields[x.long])
		}
		if more = err == nil; !more && !errors.Is(err, io.EOF) && r.ctx.Err() == nil {
			r.problem(x.line, "broken-input", "%v; what came before is read", cause(err))
		}
	}
	io.Copy(io.Discard, x.br)
	r.log.Lines = int64(x.line)
}

// exportFields are the fields that envelope.Journal asks for, with how many bytes
// of each are kept. All others are passed over: an entry may hold a core dump,
// and a file can claim any number of fields. Names are kept with each event, so
// that they have to be short.
var exportFields = map[string]int{
	"MESSAGE":                     8 << 20,
	"PRIORITY":                    maxExportName,
	"CONTAINER_ID_FULL":           maxExportName,
	"CONTAINER_NAME":              maxExportName,
	"SYSLOG_FACILITY":             maxExportName,
	"SYSLOG_IDENTIFIER":           maxExportName,
	"SYSLOG_PID":                  maxExportName,
	"_BOOT_ID":                    maxExportName,
	"_COMM":                       maxExportName,
	"_HOSTNAME":                   maxExportName,
	"_PID":                        maxExportName,
	"_SOURCE_MONOTONIC_TIMESTAMP": maxExportName,
	"_SOURCE_REALTIME_TIMESTAMP":  maxExportName,
	"_SYSTEMD_UNIT":               maxExportName,
	"_TRANSPORT":                  maxExportName,
	"_UID":                        maxExportName,
	"__REALTIME_TIMESTAMP":        maxExportName,
}

const (
	maxExportName  = 4 << 10
	maxExportField = 1 << 30 // journald itself takes 768 MiB at most
)

// An export reads a journal's export entry by entry. An entry keeps little more
// than its message, whatever sizes the file claims.
type export struct {
	br     *bufio.Reader
	fields map[string][]byte // of the entry; the first one of a repeated field
	begin  int               // the entry's first line
	long   string            // a field of the entry that was not kept whole, if any
	line   int               // the last line that was read
}

// entry reads one entry to the empty line behind it. What was read before an
// error stays in fields.
func (x *export) entry() error {
	clear(x.fields)
	x.begin, x.long = x.line+1, ""
	for first := true; ; {
		empty, err := x.field()
		switch {
		case err != nil:
			return err
		case !empty:
			first = false
		case first:
			x.begin = x.line + 1
		default:
			return nil
		}
	}
}

// field reads one field, or the empty line that ends an entry.
func (x *export) field() (empty bool, err error) {
	part, err := x.br.ReadSlice('\n')
	if len(part) == 0 {
		return false, err
	}
	x.line++
	text := bytes.TrimSuffix(part, []byte("\n"))
	name, value, ok := bytes.Cut(text, []byte("="))
	switch {
	case len(text) == 0:
		return true, nil
	case ok:
		return false, x.textValue(string(name), value, err)
	case err == bufio.ErrBufferFull:
		return false, errors.New("a field without an end to its name: want journalctl -o export")
	}
	return false, x.binaryValue(string(name))
}

// textValue keeps a value that ends with its line. It begins with part; err is
// bufio.ErrBufferFull where the line goes on.
func (x *export) textValue(name string, part []byte, err error) error {
	room := x.room(name)
	value := x.keep(nil, part, name, room)
	for err == bufio.ErrBufferFull {
		part, err = x.br.ReadSlice('\n')
		value = x.keep(value, bytes.TrimSuffix(part, []byte("\n")), name, room)
	}
	x.set(name, value, room)
	if errors.Is(err, io.EOF) {
		return nil // a last line without an end
	}
	return err
}

// binaryValue keeps a value that its length goes before. The length is no more
// than a claim: memory is taken as the bytes come.
func (x *export) binaryValue(name string) error {
	var size [8]byte
	if _, err := io.ReadFull(x.br, size[:]); err != nil {
		return cutField(err)
	}
	left := binary.LittleEndian.Uint64(size[:])
	if left > maxExportField {
		return errors.New("a field of more than 1 GiB: want journalctl -o export")
	}
	x.line++
	room, value := x.room(name), []byte(nil)
	for left > 0 {
		if _, err := x.br.Peek(1); err != nil {
			x.set(name, value, room)
			return cutField(err)
		}
		part, _ := x.br.Peek(int(min(left, uint64(x.br.Buffered()))))
		value = x.keep(value, part, name, room)
		x.line += bytes.Count(part, []byte{'\n'})
		left -= uint64(len(part))
		x.br.Discard(len(part))
	}
	x.set(name, value, room)
	_, err := x.br.ReadByte() // the line end behind it
	return err
}

// room says how many bytes are kept of a field that comes now; none where nobody
// asks for it or the entry has it already.
func (x *export) room(name string) int {
	if _, again := x.fields[name]; again {
		return 0
	}
	return exportFields[name]
}

// keep adds to a value as much of part as there is room for.
func (x *export) keep(value, part []byte, name string, room int) []byte {
	n := min(len(part), room-len(value))
	if n < len(part) && room > 0 {
		x.long = name
	}
	return append(value, part[:n]...)
}

func (x *export) set(name string, value []byte, room int) {
	if room > 0 {
		x.fields[name] = value
	}
}

// cutField tells the end of the file within a field from one behind an entry.
func cutField(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
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
	j, err := journal.Open(f, size)
	if err != nil {
		r.problem(0, "broken-journal", "%v", err)
		return
	}
	n := 0
	fields := map[string][]byte{}
	for r.ctx.Err() == nil {
		e, err := j.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				r.problem(n, "broken-journal", "%v; the entries before it are read", err)
			}
			break
		}
		n++
		clear(fields)
		for name, value := range e.Fields {
			if _, again := fields[name]; !again {
				fields[name] = value
			}
		}
		us := []byte(strconv.FormatUint(e.Realtime, 10))
		r.fields(n, func(name string) []byte {
			switch name {
			case "__REALTIME_TIMESTAMP":
				return us
			case "_BOOT_ID":
				return []byte(e.BootID)
			}
			return fields[name]
		})
	}
	r.log.Lines = int64(n)
	for _, p := range j.Problems() {
		r.problem(0, p.Code, "%s", p)
	}
}
