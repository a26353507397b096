package parsers

import (
	"bytes"
	"io"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/lines"
	"oomtrace/parsers/paste"
)

// A textReader reads a log of lines. Physical lines become records: those that
// follow indented belong to the one before, parts of a long line are joined.
type textReader struct {
	*reader
	sc      *lines.Scanner
	mended  *paste.Reader // what sc reads, if the file was copied out of somewhere; or nil
	style   style
	every   bool // every line has to be looked at
	dense   bool // deltas are summed, or the file says nothing a search could find
	sum     relative
	pending event.Record // the one that was read last; with hasPend it may still go on
	hasPend bool
	buf     []byte // of pending's message
	boot    string // the id of the one that journalctl's last line between two has named
	parts   map[string]*part
	opens   []opener
	read    int // number of the last line that was looked at
	back    []earlierLine
	// Of the lines up to the offset asked, the last one that has stamps; both
	// offsets are -1 at first.
	stamped          event.Stamps
	stampedAt, asked int64
}

// An opener is a parser that says whether it has to see every line.
type opener interface{ Open() bool }

// A part is the beginning of a long line that a container runtime cut.
type part struct {
	rec event.Record
	at  int64
	msg []byte
}

// maxJoined bounds what is put together from several lines, in bytes.
const maxJoined = 256 << 10

// text reads a log of lines.
func (r *reader) text(s *input.Stream) {
	t := &textReader{reader: r, parts: map[string]*part{}, stampedAt: -1, asked: -1}
	r.units.before = t.unitBefore
	for _, s := range r.speak {
		if p, ok := s.parser.(opener); ok {
			t.opens = append(t.opens, p)
		}
	}
	head := t.mend(s)
	r.scanner = t.sc
	t.style = sniff(head, r.log.From)
	t.every = r.o.EveryLine || r.o.Trace != nil
	t.dense = t.style.relative
	r.log.Format = t.style.name
	r.log.First, r.log.Ties = t.style.first, t.style.ties
	r.sampled(&t.style)
	switch t.style.name {
	case "pipeline", "logcli", "papertrail":
		r.excerpt = true
	}
	backwards := t.style.down >= minDown && !t.style.relative
	if backwards {
		t.backwards()
	} else {
		for t.step() {
		}
		t.flush()
		t.flushParts()
	}
	n, cut := t.sc.Line(), t.sc.Cut()
	if t.mended != nil {
		n, cut = t.mended.Lines(), t.mended.Cut()
	}
	r.log.Lines = int64(n)
	if !backwards {
		r.log.Last = t.last()
	}
	r.ended(t.sc.Err(), n, cut)
}

// minDown is by how much more often the first lines have to go back in time than on,
// for a log to be one that begins with its newest line: journalctl -r, a query's result.
const minDown = 3

// backwards reads a log that goes back in time: entry by entry, each a line with those
// that are indented behind it, and then in the order of their times.
func (t *textReader) backwards() {
	all := newSorted(t.reader)
	var rec event.Record
	begun := false
	take := func() {
		if begun {
			rec.Msg = t.buf
			all.take(&rec)
		}
	}
	for line, ok := t.sc.Next(); ok && t.ctx.Err() == nil; line, ok = t.sc.Next() {
		line = envelope.Bare(line)
		if begun && t.style.indents && isIndented(line) && t.goesOn(line) {
			continue
		}
		take()
		rec, begun = event.Record{}, true
		rec.File, rec.Line, rec.From, rec.Msg = t.log.Path, t.number(t.sc.Line()), t.log.From, line
		outer := t.style.opener.Open(&rec)
		t.bootOf(&rec, line)
		t.stamp(&rec, outer, t.sc.Offset())
		t.buf = append(t.buf[:0], rec.Msg...)
	}
	take()
	all.end()
}

// mend opens the scanner, and returns the stream's head. Where that is of a file
// that somebody copied out of a mail or off a terminal, both are of what it was
// before. A container's file is as the runtime wrote it.
func (t *textReader) mend(s *input.Stream) (head []byte) {
	if t.log.From == nil {
		if m := paste.Sniff(s.Head, looks); m != nil {
			head, _ = io.ReadAll(m.Reader(bytes.NewReader(s.Head)))
			t.mended = m.Reader(s)
			t.sc = lines.NewScanner(t.mended)
			return head
		}
	}
	t.sc = lines.NewScanner(s)
	return s.Head
}

// ended says what kept the log of n lines from being read whole.
func (r *reader) ended(err error, n, cut int) {
	if err != nil && r.ctx.Err() == nil {
		r.problem(n, "broken-input", "%v after %d lines; what came before is read", cause(err), n)
	}
	if cut > 0 {
		r.problem(0, "long-line", "%d lines are longer than %d bytes; only that much of each was read", cut, lines.MaxLine)
	}
}

// number returns the number in the file of a line that the scanner counts.
func (t *textReader) number(no int) int {
	if t.mended == nil {
		return no
	}
	return t.mended.Line(no)
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
	if c, ok := t.sc.Peek(); t.hasPend && (!ok || c != ' ' && c != '\t') {
		t.flush() // nothing goes on with it, so that what follows is searched again
	}
	if t.every || t.dense || t.hasPend || t.open() {
		line, ok := t.sc.Next()
		if !ok {
			return false
		}
		t.line(line, t.sc.Line(), t.sc.Offset())
		return true
	}
	line, ok := t.sc.Find(t.finderNow())
	if !ok {
		return false
	}
	t.before(line)
	t.line(line, t.sc.Line(), t.sc.Offset())
	return true
}

// open reports whether some parser has to see every line.
func (t *textReader) open() bool {
	if len(t.parts) > 0 {
		return true
	}
	for _, p := range t.opens {
		if p.Open() {
			return true
		}
	}
	return false
}

// before reads lines in front of the one that was found, where that is no
// record of its own: the record that an indented line goes on from, or the first
// half of a name that holds a newline.
func (t *textReader) before(line []byte) {
	indented := t.style.indents && isIndented(line)
	if !indented && !bytes.Contains(line, []byte(" invoked oom-killer: ")) {
		return
	}
	back := t.back[:0]
	for at, line := range t.sc.Earlier() {
		if t.sc.Line()-len(back)-1 <= t.read {
			break
		}
		if back = append(back, earlierLine{at, line}); !indented || !isIndented(line) {
			break
		}
	}
	for i := len(back) - 1; i >= 0; i-- {
		t.line(back[i].text, t.sc.Line()-i-1, back[i].at)
	}
	t.back = back
}

// An earlierLine is one before the line that was found.
type earlierLine struct {
	at   int64
	text []byte
}

func isIndented(line []byte) bool {
	return len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
}

// line reads one line, in the order of the file: its number and its offset.
func (t *textReader) line(line []byte, no int, at int64) {
	t.read, line = no, envelope.Bare(line)
	now := no == t.sc.Line() // and not one of those before it
	cut := now && t.sc.Unended()
	if t.hasPend && t.style.indents && isIndented(line) && t.goesOn(line) {
		t.pending.Cut = cut
		return
	}
	t.flush()
	rec := &t.pending
	*rec = event.Record{}
	rec.File, rec.Line, rec.From, rec.Msg = t.log.Path, t.number(no), t.log.From, line
	rec.Cut = cut
	outer := t.style.opener.Open(rec)
	t.bootOf(rec, line)
	if head, partial := 0, false; outer == "cri" {
		if head, partial = envelope.CRIPart(line); partial || t.parts[rec.Speaker] != nil {
			t.join(rec, line[head:], at, partial)
			return
		}
	}
	t.stamp(rec, outer, at)
	c, ahead := t.sc.Ahead()
	if !t.style.indents || outer == "" || now && ahead && c != ' ' && c != '\t' {
		t.deliver(rec)
		return
	}
	t.hasPend = true
	t.buf = append(t.buf[:0], rec.Msg...)
	rec.Msg = nil
}

// bootOf says of which boot a record of journalctl's text is. A line stands before
// those of another boot than the one before, with -r too, and none before the first:
//
//	-- Boot 1d0a7b8f7e9c4f3a8a51c1b2f4a0c9aa --
//
// Up to systemd 246 it is "-- Reboot --". Source: src/shared/logs-show.c, show_journal.
func (t *textReader) bootOf(rec *event.Record, line []byte) {
	if t.style.name != "syslog" && t.style.name != "journal-monotonic" {
		return
	}
	if id, ok := bytes.CutPrefix(line, []byte(bootLine)); ok {
		if id, ok = bytes.CutSuffix(id, []byte(" --")); ok && len(id) == 32 {
			t.boot = string(id)
		}
		return
	}
	if rec.BootID == "" && rec.Stamps[0].Clock != event.None {
		rec.BootID = t.boot
	}
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
func (t *textReader) join(rec *event.Record, text []byte, at int64, partial bool) {
	p := t.parts[rec.Speaker]
	if p == nil {
		p = &part{rec: *rec, at: at}
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
	t.stamp(&p.rec, "cri", p.at)
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
func (t *textReader) stamp(rec *event.Record, outer string, at int64) {
	if outer == "" && t.style.kernel {
		rec.Speaker, rec.Shape, rec.Msg = "kernel", "dmesg", envelope.Unranked(rec.Msg)
	}
	if t.style.relative {
		t.sum.add(&rec.Stamps)
	}
	if rec.Stamps[0].Clock == event.None && t.style.stamped && !t.style.kernel {
		rec.Stamps = t.earlier(at)
	}
}

// earlier returns the stamps of the nearest line before the offset at that has
// any. No line is asked twice: what was found up to the line asked last is kept.
func (t *textReader) earlier(at int64) event.Stamps {
	for offset, line := range t.sc.Earlier() {
		if offset >= at {
			continue
		}
		if offset <= t.asked || t.hasStamps(line, offset) {
			break
		}
	}
	t.asked = at
	if t.stampedAt < 0 || at-t.stampedAt > maxLower {
		return event.Stamps{}
	}
	lower := t.stamped
	for i := range lower {
		lower[i].Lower = true
	}
	return lower
}

// maxLower is how far away the line may be whose stamps are a line's lower
// bound, in bytes. The scanner looks back twice as far, so that it is the same
// for the lines before the one that was found.
const maxLower = lines.LookBack / 2

// hasStamps keeps the stamps of the line at an offset, if it has any.
func (t *textReader) hasStamps(line []byte, at int64) bool {
	rec := event.Record{Msg: envelope.Bare(line)}
	if t.style.opener.Open(&rec); rec.Stamps.Outer().Clock == event.None {
		return false
	}
	t.stamped, t.stampedAt = rec.Stamps, at
	return true
}

// last returns the stamps of the last line that has any.
func (t *textReader) last() event.Stamps {
	if t.style.relative {
		return t.sum.last
	}
	for at, line := range t.sc.Earlier() {
		if t.hasStamps(line, at) {
			return t.stamped
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
	r.units.note(rec)
	for i := range r.speak {
		s := &r.speak[i]
		if !s.speaks(rec) {
			continue
		}
		r.log.Kernel = r.log.Kernel || s.source == "kernel"
		n := len(r.log.Events)
		if r.take == nil {
			r.take = r.emit // one value for all records
		}
		s.parser.Read(rec, r.take)
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
