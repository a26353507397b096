package paste

import (
	"bytes"
	"io"
	"slices"

	"oomtrace/parsers/lines"
)

// A Reader reads a file as a Mending makes it.
type Reader struct {
	m     *Mending
	sc    *lines.Scanner
	out   []byte // made and not yet read
	held  []byte // a line that may go on
	hold  bool
	from  int // the number of its first piece in the file
	width int // of its last piece
	join  joining
	qp    []byte
	made  int // lines that were made
	jumps []jump
	done  bool
}

// A jump says that a line that is read, and those behind it, are further on in
// the file than the one before would have it.
type jump struct{ line, file int }

// maxJumps is more than there are in what a scanner holds: pieces that are
// joined are half of minWidth long at least.
const maxJumps = 1 << 16

const ahead = 32 << 10 // bytes that are made at once

// Reader returns a reader of r, which begins with the head that was sniffed.
func (m *Mending) Reader(r io.Reader) *Reader {
	if m.loneCR {
		r = crReader{r}
	}
	return &Reader{m: m, sc: lines.NewScanner(r)}
}

type crReader struct{ r io.Reader }

func (c crReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	toLF(p[:n])
	return n, err
}

// Cut returns how many lines of the file were too long to be kept whole.
func (r *Reader) Cut() int { return r.sc.Cut() }

// Line returns the number in the file of the n-th line that was read, of those
// that were read of late.
func (r *Reader) Line(n int) int {
	i, ok := slices.BinarySearchFunc(r.jumps, n, func(j jump, n int) int { return j.line - n })
	if !ok {
		i--
	}
	if i < 0 {
		return n
	}
	return r.jumps[i].file + n - r.jumps[i].line
}

// Lines returns how many lines the file has, once it is read.
func (r *Reader) Lines() int { return r.sc.Line() }

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(r.out) == 0 {
		r.fill()
	}
	if len(r.out) == 0 {
		if err := r.sc.Err(); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// fill makes some lines more.
func (r *Reader) fill() {
	r.out = r.out[:0:cap(r.out)]
	for len(r.out) < ahead && !r.done {
		raw, no, ok := r.next()
		if !ok {
			r.done = true
			r.release()
			return
		}
		r.line(raw, no)
	}
}

// next returns the next line of the file and its number, with what
// quoted-printable made several of put together.
func (r *Reader) next() (line []byte, no int, ok bool) {
	line, ok = r.sc.Next()
	no = r.sc.Line()
	if !ok || !r.m.qp {
		return line, no, ok
	}
	more := true
	for r.qp = r.qp[:0]; ok; line, ok = r.sc.Next() {
		if r.qp, more = decodeQuotedPrintable(r.qp, line); !more || len(r.qp) > maxJoined {
			break
		}
	}
	return r.qp, no, true
}

// line takes the next line, which goes on from the one before or begins anew.
func (r *Reader) line(raw []byte, no int) {
	text := r.m.clean(raw)
	width := columns(text)
	if r.m.wrap.raw {
		width = columns(raw)
	}
	if r.hold && len(r.held)+len(text) < maxJoined && r.join.canGoOn(r.m, text) {
		if r.m.wrap.raw && isBlank(r.m.lead) {
			text = r.m.plain(raw) // a blank before it is the line's own
		}
		if ok, blank := r.m.wrap.goesOn(r.width, text); ok {
			if blank && !bytes.HasSuffix(r.held, []byte(" ")) {
				r.held = append(r.held, ' ')
			}
			r.held, r.width = append(r.held, text...), width
			return
		}
	}
	r.release()
	r.held, r.hold, r.from, r.width = append(r.held[:0], text...), true, no, width
	if r.m.wrap.how == unwrapped {
		r.release()
		return
	}
	r.join.begin(r.m, text)
}

// release hands on the line that is held.
func (r *Reader) release() {
	if !r.hold {
		return
	}
	r.hold = false
	r.out = append(append(r.out, r.held...), '\n')
	if r.made++; r.Line(r.made) == r.from {
		return
	}
	if len(r.jumps) == maxJumps {
		r.jumps = append(r.jumps[:0], r.jumps[maxJumps/2:]...)
	}
	r.jumps = append(r.jumps, jump{r.made, r.from})
}

// clean takes back what was done to a line alone.
func (m *Mending) clean(line []byte) []byte {
	line = m.plain(line)
	if m.lead != "" {
		line = m.withoutLead(line)
	}
	if m.padded {
		line = pad(line)
	}
	return line
}

// plain takes back what was done to the characters of a line.
func (m *Mending) plain(line []byte) []byte {
	if m.terminal {
		line = trimTerminal(line)
	}
	if m.html {
		line = unescape(line)
	}
	if m.nbsp {
		line = breakable(line)
	}
	return line
}
