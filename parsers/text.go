package parsers

import (
	"bytes"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/lines"
)

// A textReader reads a log of lines. Physical lines become records: those that
// follow indented belong to the one before, parts of a long line are joined.
type textReader struct {
	*reader
	sc      *lines.Scanner
	style   style
	every   bool // every line has to be looked at
	dense   bool // deltas are summed, or the file says nothing a search could find
	sum     relative
	pending event.Record // a record that may still go on, if any
	hasPend bool
	buf     []byte // of pending's message
	parts   map[string]*part
	read    int // number of the last line that was looked at
}

// A part is the beginning of a long line that a container runtime cut.
type part struct {
	rec event.Record
	msg []byte
}

// maxJoined bounds what is put together from several lines, in bytes.
const maxJoined = 256 << 10

// text reads a log of lines.
func (r *reader) text(s *input.Stream) {
	t := &textReader{reader: r, style: sniff(s.Head, r.log.From), parts: map[string]*part{}}
	t.every = r.o.EveryLine || r.o.Trace != nil
	t.dense = t.style.relative
	t.sc = lines.NewScanner(s)
	r.log.Format = t.style.name
	r.log.First, r.log.Ties = t.style.first, t.style.ties
	r.sampled(&t.style)
	for t.step() {
	}
	t.flush()
	t.flushParts()
	r.log.Lines = int64(t.sc.Line())
	r.log.Last = t.last()
	r.ended(t.sc)
}

// ended says what kept the log from being read whole.
func (r *reader) ended(sc *lines.Scanner) {
	if err := sc.Err(); err != nil && r.ctx.Err() == nil {
		r.problem(sc.Line(), "broken-input", "%v after %d lines; what came before is read", cause(err), sc.Line())
	}
	if n := sc.Cut(); n > 0 {
		r.problem(0, "long-line", "%d lines are longer than %d bytes; only that much of each was read", n, lines.MaxLine)
	}
}

// finderNow returns what the next line is searched for.
func (t *textReader) finderNow() *lines.Finder {
	if t.log.Kernel {
		return t.finder
	}
	return t.first
}

// step reads the next line that matters.
func (t *textReader) step() bool {
	if t.every || t.dense || t.hasPend || t.open() {
		line, ok := t.sc.Next()
		if !ok {
			return false
		}
		t.line(line, t.sc.Line())
		return true
	}
	line, ok := t.sc.Find(t.finderNow())
	if !ok {
		return false
	}
	t.before(line)
	t.line(line, t.sc.Line())
	return true
}

// open reports whether some parser has to see every line.
func (t *textReader) open() bool {
	if len(t.parts) > 0 {
		return true
	}
	for _, s := range t.speak {
		if p, ok := s.parser.(interface{ Open() bool }); ok && p.Open() {
			return true
		}
	}
	return false
}

// before reads lines in front of the one that was found, where that is no
// record of its own: the record that an indented line goes on from, or the first
// half of a name that holds a newline.
func (t *textReader) before(line []byte) {
	n := 0
	switch {
	case t.style.indents && isIndented(line):
		for n < maxBack {
			back, ok := t.sc.Back(n + 1)
			if !ok {
				break
			}
			if n++; !isIndented(back) {
				break
			}
		}
	case bytes.Contains(line, []byte(" invoked oom-killer: ")):
		n = 1
	}
	for ; n > 0; n-- {
		if back, ok := t.sc.Back(n); ok && t.sc.Line()-n > t.read {
			t.line(back, t.sc.Line()-n)
		}
	}
}

// maxBack is how many lines before one that was found are looked at.
const maxBack = 200

func isIndented(line []byte) bool {
	return len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
}

// line reads one line, in the order of the file.
func (t *textReader) line(line []byte, no int) {
	t.read = no
	if t.hasPend && t.style.indents && isIndented(line) && t.goesOn(line) {
		return
	}
	t.flush()
	rec := event.Record{Pos: event.Pos{File: t.log.Path, Line: no}, From: t.log.From, Msg: line}
	outer := t.style.opener.Open(&rec)
	if head, partial := 0, false; outer == "cri" {
		if head, partial = envelope.CRIPart(line); partial || t.parts[rec.Speaker] != nil {
			t.join(&rec, line[head:], partial)
			return
		}
	}
	t.stamp(&rec, outer)
	if !t.style.indents || outer == "" {
		t.deliver(&rec)
		return
	}
	t.pending, t.hasPend = rec, true
	t.buf = append(t.buf[:0], rec.Msg...)
	t.pending.Msg = nil
}

// goesOn adds an indented line to the record before it. How far it is indented
// is the printer's: as far as what stands before the message, so that many
// blanks go, and the rest are the message's.
func (t *textReader) goesOn(line []byte) bool {
	width := t.style.width
	if width == 0 {
		width = len(line)
	}
	text := line
	for i := 0; i < width && len(text) > 0 && (text[0] == ' ' || text[0] == '\t'); i++ {
		text = text[1:]
	}
	if len(t.buf)+len(text) < maxJoined {
		t.buf = append(append(t.buf, '\n'), text...)
	}
	return true
}

// flush hands on the record that is being put together.
func (t *textReader) flush() {
	if !t.hasPend {
		return
	}
	t.hasPend = false
	t.pending.Msg = t.buf
	t.deliver(&t.pending)
}

// join puts the parts of a container's long line together.
func (t *textReader) join(rec *event.Record, text []byte, partial bool) {
	p := t.parts[rec.Speaker]
	if p == nil {
		p = &part{rec: *rec}
		t.parts[rec.Speaker] = p
	}
	if len(p.msg)+len(text) < maxJoined {
		p.msg = append(p.msg, text...)
	}
	if !partial {
		t.whole(rec.Speaker)
	}
}

func (t *textReader) whole(stream string) {
	p := t.parts[stream]
	delete(t.parts, stream)
	p.rec.Msg = p.msg
	envelope.Again(&p.rec)
	t.stamp(&p.rec, "cri")
	t.deliver(&p.rec)
}

func (t *textReader) flushParts() {
	for _, stream := range []string{"stderr", "stdout"} {
		if t.parts[stream] != nil {
			t.whole(stream)
		}
	}
}

// stamp completes what the line itself does not say: deltas are summed, and a
// line without a time has that of the one before it as its lower bound.
func (t *textReader) stamp(rec *event.Record, outer string) {
	if outer == "" && t.style.kernel {
		rec.Speaker, rec.Shape = "kernel", "dmesg"
	}
	if t.style.relative {
		t.sum.add(&rec.Stamps)
	}
	if rec.Stamps.Outer().Clock == event.None && t.style.stamped && !t.style.kernel {
		rec.Stamps = t.earlier()
	}
}

// earlier returns the stamps of the nearest line before this one that has any.
func (t *textReader) earlier() event.Stamps {
	for n := 1; n <= maxBack; n++ {
		back, ok := t.sc.Back(n)
		if !ok {
			break
		}
		rec := event.Record{Msg: back}
		if t.style.opener.Open(&rec); rec.Stamps.Outer().Clock != event.None {
			for i := range rec.Stamps {
				rec.Stamps[i].Lower = true
			}
			return rec.Stamps
		}
	}
	return event.Stamps{}
}

// last returns the stamps of the last line that has any.
func (t *textReader) last() event.Stamps {
	if t.style.relative {
		return t.sum.last
	}
	for n := range maxBack {
		back, ok := t.sc.Back(n)
		if !ok {
			break
		}
		rec := event.Record{Msg: back}
		if t.style.opener.Open(&rec); rec.Stamps.Outer().Clock != event.None {
			return rec.Stamps
		}
	}
	return t.log.First
}

// sampled takes from the first lines who speaks in the log, and where.
func (r *reader) sampled(st *style) {
	r.log.Kernel = st.kernel
	for i := range st.speakers {
		rec := &st.speakers[i]
		if rec.Host != "" {
			r.hosts[rec.Host] += rec.PID
		}
		for _, s := range r.speak {
			if s.speaks(rec) {
				r.hear(s.source, rec)
				break
			}
		}
	}
}

// deliver hands a record to the parser of its speaker.
func (r *reader) deliver(rec *event.Record) {
	if r.o.Trace != nil {
		r.o.Trace(rec)
	}
	for i := range r.speak {
		s := &r.speak[i]
		if !s.speaks(rec) {
			continue
		}
		r.log.Kernel = r.log.Kernel || s.source == "kernel"
		n := len(r.log.Events)
		s.parser.Read(rec, r.emit)
		if len(r.log.Events) > n {
			r.heard[s.source] = true
			if rec.Host != "" && len(r.hosts) < maxTies {
				r.hosts[rec.Host]++
			}
		}
		return
	}
}

// hear notes that a source has a say in the log. A line of nobody's does not
// make a node's journal a worker's log.
func (r *reader) hear(source string, rec *event.Record) {
	if source == "worker" && !envelope.OfApplication(rec.Shape) {
		return
	}
	r.heard[source] = true
	r.log.Kernel = r.log.Kernel || source == "kernel"
}

// tie keeps a record's stamps where it carries two, for the clocks.
func (r *reader) tie(rec *event.Record) {
	if rec.Stamps[1].Clock != event.None && len(r.log.Ties) < maxTies {
		r.log.Ties = append(r.log.Ties, rec.Stamps)
	}
}
