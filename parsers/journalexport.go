package parsers

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"oomtrace/parsers/input"
)

// journalExport reads journalctl -o export: fields as NAME=value lines, or as
// NAME, eight bytes of length and as many of value, an empty line between
// entries. Source: systemd's Journal Export Formats.
func (r *reader) journalExport(s *input.Stream) {
	r.log.Format = "journal-export"
	x := export{br: bufio.NewReaderSize(s, 64<<10), entryFields: newEntryFields()}
	for more := true; more && r.ctx.Err() == nil; {
		err := x.entry()
		r.fields(x.begin, x.of)
		r.longField(x.begin, x.long)
		if more = err == nil; !more && !errors.Is(err, io.EOF) && r.ctx.Err() == nil {
			r.problem(x.line, "broken-input", "%v; what came before is read", cause(err))
		}
	}
	io.Copy(io.Discard, x.br)
	r.log.Lines = int64(x.line)
}

// An export reads a journal's export entry by entry. An entry keeps little more
// than its message, whatever sizes the file claims.
type export struct {
	entryFields
	br    *bufio.Reader
	begin int // the entry's first line
	line  int // the last line that was read
}

// entry reads one entry to the empty line behind it. What was read before an
// error stays in fields.
func (x *export) entry() error {
	x.clear()
	x.begin = x.line + 1
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

// maxExportField is the size of a field above which the file is no export: journald
// itself takes 768 MiB at most.
const maxExportField = 1 << 30

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

// cutField tells the end of the file within a field from one behind an entry.
func cutField(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
