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
// held at a time; one that is broken is told and passed over.
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
	var raw []byte
	for {
		c, ok := src.Space()
		if !ok || c == ']' {
			break
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
	}
	for _, ok := src.Space(); ok; _, ok = src.Space() {
		src.Take()
	}
	r.log.Lines = int64(src.Lines())
	if err := src.Err(); err != nil && r.ctx.Err() == nil {
		r.problem(src.Line(), "broken-input", "%v; what came before is read", cause(err))
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
		rec.Speaker, rec.Trusted = "kernel", true
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
	r.ended(sc)
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
	count := &lineCounter{r: s}
	br := bufio.NewReaderSize(count, 64<<10)
	fields := map[string][]byte{}
	line, begin := 0, 1
	flush := func() {
		if len(fields) > 0 {
			r.fields(begin, func(name string) []byte { return fields[name] })
			clear(fields)
		}
	}
	for {
		name, value, n, err := exportField(br)
		if n > 0 && len(fields) == 0 {
			begin = line + 1
		}
		line += n
		switch {
		case err != nil:
			flush()
			if !errors.Is(err, io.EOF) {
				r.problem(line, "broken-input", "%v; what came before is read", err)
			}
			io.Copy(io.Discard, br)
			r.log.Lines = int64(line)
			return
		case name == "":
			flush()
		case len(fields) < 256:
			if _, again := fields[name]; !again {
				fields[name] = value
			}
		}
	}
}

// exportField reads one field, or the empty line that ends an entry, and says
// over how many lines it went.
func exportField(br *bufio.Reader) (name string, value []byte, lines int, err error) {
	line, err := readLine(br)
	if err != nil && len(line) == 0 {
		return "", nil, 0, err
	}
	if len(line) == 0 {
		return "", nil, 1, nil
	}
	n, v, ok := bytes.Cut(line, []byte("="))
	if ok {
		return string(n), v, 1, nil
	}
	var size [8]byte
	if _, err := io.ReadFull(br, size[:]); err != nil {
		return "", nil, 1, io.EOF
	}
	want := binary.LittleEndian.Uint64(size[:])
	if want > maxExportField {
		return "", nil, 1, errors.New("a field of more than 8 MiB: want journalctl -o export")
	}
	value = make([]byte, want)
	if _, err := io.ReadFull(br, value); err != nil {
		return "", nil, 1, io.EOF
	}
	br.ReadByte() // the line end behind it
	return string(n), value, 2 + bytes.Count(value, []byte{'\n'}), nil
}

const maxExportField = 8 << 20

// readLine reads a line of at most maxExportField bytes, without its end.
func readLine(br *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := br.ReadSlice('\n')
		if len(out)+len(part) <= maxExportField {
			out = append(out, part...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(out, []byte("\n")), err
		}
	}
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
