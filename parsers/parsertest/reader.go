package parsertest

import (
	"bytes"

	"oomtrace/parsers/event"
)

// A reader hands records to one parser as the worst of readers does: each lies
// in the same memory as the one before, with more of the log behind it.
type reader struct {
	t      T
	p      event.Parser
	rec    event.Record
	buf    []byte
	events []event.Event
}

func (c *check) reader() *reader { return &reader{t: c.t, p: c.new()} }

const behind = "the next line of the log"

func (r *reader) isOpen() bool {
	p, ok := r.p.(interface{ Open() bool })
	return ok && p.Open()
}

func (r *reader) read(rec event.Record) {
	r.t.Helper()
	r.buf = append(append(r.buf[:0], rec.Msg...), behind...)
	r.rec = rec
	r.rec.Msg = r.buf[:len(rec.Msg)]
	r.p.Read(&r.rec, r.emit)
	if !bytes.Equal(r.buf[:len(rec.Msg)], rec.Msg) || string(r.buf[len(rec.Msg):]) != behind {
		r.t.Errorf("%s: the message %q was changed, or what lies behind it: %q", rec.Pos, rec.Msg, r.buf)
	}
	for i := range r.buf {
		r.buf[i] = '#'
	}
	r.rec = event.Record{Pos: event.Pos{File: "garbage", Line: -1}, Host: "garbage", Speaker: "garbage", PID: -1,
		Shape: "garbage", BootID: "garbage", Unit: "garbage", Caller: "garbage", From: &event.Container{ID: "garbage"}, Msg: r.buf}
}

func (r *reader) emit(e event.Event) { r.events = append(r.events, e) }

// end returns all events, and sees to it that a second End has none.
func (r *reader) end() []event.Event {
	r.t.Helper()
	r.p.End(r.emit)
	n := len(r.events)
	r.p.End(r.emit)
	if len(r.events) > n {
		r.t.Errorf("a second End emits %s", show(r.events[n]))
	}
	return r.events[:n:n]
}
