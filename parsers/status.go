package parsers

import (
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/lines"
	"oomtrace/parsers/systemd"
)

// status reads what systemctl status writes above a unit's lines of the journal, in
// the first part of a text that is no container's. The lines are read as a log's, whose
// year and zone are those that it returns.
func (r *reader) status(head []byte) []event.Stamps {
	if r.log.From != nil || !systemd.SniffStatus(head) {
		return nil
	}
	return systemd.ReadStatus(head, r.log.Path, func(e event.Event) {
		r.heard["systemd"] = true
		r.emit(e)
	})
}

// show reads what systemctl show writes of units.
func (r *reader) show(s *input.Stream) {
	r.log.Format, r.heard["systemd"] = "systemctl-show", true
	sc, p := lines.NewScanner(s), systemd.NewShow()
	defer sc.Close()
	for line, ok := sc.Next(); ok && r.ctx.Err() == nil; line, ok = sc.Next() {
		p.Read(&event.Record{Pos: event.Pos{File: r.log.Path, Line: sc.Line()}, Msg: line}, r.emit)
	}
	p.End(r.emit)
	r.log.Lines = int64(sc.Line())
	r.ended(sc.Err(), sc.Line(), sc.Cut())
}
