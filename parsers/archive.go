package parsers

import (
	"context"

	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// maxZip bounds what a zip archive is copied to that is no file by itself: its
// directory is at its end.
const maxZip = 2 << 30

// archive reads an archive's members. The archive's own log says what kept it from
// being read whole.
func (r *reader) archive(s *input.Stream, f *counter, to *listing) {
	r.log.Format = s.Archive
	w := input.Walk{Path: r.log.Path}
	if s.Archive == "zip" {
		at, done := r.atRandom(s, f, maxZip)
		if at == nil {
			return
		}
		defer done()
		w.At = at
	}
	w.Member = func(u input.Unit) bool {
		to.read(r.ctx, u)
		return r.ctx.Err() == nil
	}
	w.Problem = func(code, format string, args ...any) { r.problem(0, code, format, args...) }
	first := len(to.logs)
	links := s.Walk(w)
	for i := first; i < len(to.logs); i++ {
		links.Tell(to.logs[i].From)
	}
	if to.outermost() && to.left > 0 {
		r.problem(0, "not-listed", "%d more members were read, tell of no kill and are not listed (with problems: %d)", to.left, to.troubled)
	}
}

// A listing holds the logs of one unit: one, or those of an archive and of all that
// lies in it. It bounds how many: there can be a million members in a few kilobytes.
// Those with events are as many as events may be. Of the rest, those go first that
// nothing can be concluded from.
type listing struct {
	*shared
	logs         []event.Log
	depth        int   // archives around what is being read
	silent, idle int64 // bytes that logs without events take: whose silence tells something, or not
	left         int   // members that are not listed
	troubled     int   // of them, those with problems
}

const (
	maxSilent = 16 << 20 // 20 000 logs of containers
	maxIdle   = 8 << 20
)

func (l *listing) outermost() bool { return l.depth == 1 }

// read reads a unit and what lies in it. Its own log takes its place before that is
// known.
func (l *listing) read(ctx context.Context, u input.Unit) {
	r := l.newReader(ctx, u)
	at := len(l.logs)
	l.logs = append(l.logs, event.Log{})
	l.depth++
	r.read(u, l)
	l.depth--
	if l.logs[at] = r.log; l.depth > 0 && len(l.logs) == at+1 && !l.takes(&r.log) {
		l.logs = l.logs[:at]
	}
}

// takes reports whether the log of a member is kept, in which nothing lies that is.
func (l *listing) takes(log *event.Log) bool {
	size := int64(600 + len(log.Path) + 200*len(log.Ties) + 400*len(log.Covers))
	for _, p := range log.Problems {
		size += int64(100 + len(p.Text))
	}
	switch {
	case len(log.Events) > 0:
		l.weight.Add(size)
		return true
	case (log.Kernel || log.From != nil || len(log.Ties) > 0) && l.silent+size <= maxSilent:
		l.silent += size
		return true
	case l.idle+size <= maxIdle:
		l.idle += size
		return true
	}
	l.left++
	if len(log.Problems) > 0 {
		l.troubled++
	}
	return false
}
