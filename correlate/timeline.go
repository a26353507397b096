package correlate

import (
	"slices"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/correlate/explain"
	"oomtrace/correlate/match"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// A row is one entry of a timeline in the making.
type row struct {
	entry report.Entry
	at    clock.Moment
	order time.Time // for sorting, on the incident's axis
	step  int       // of the kernel's report, or -1
	item  *match.Item
}

// timeline puts the kernel's lines and everything else into one order, and
// tells the explainer where each is.
func timeline(c *explain.Case, in *match.Incident, logs []event.Log) {
	var rows []row
	for i := range in.Steps {
		s := &in.Steps[i]
		e := entry(s.At, s.Stamps, s.Pos, s.Also)
		e.Source, e.Actor, e.Event, e.Text = "kernel", "OOM killer", s.What, s.Text
		rows = append(rows, row{entry: e, at: s.At, step: i})
	}
	for _, it := range in.Items {
		rows = append(rows, row{entry: itemEntry(it, logs), at: it.At, step: -1, item: it})
	}
	sortRows(rows, in.At)
	first, last := in.At, in.At
	for i := range rows {
		r := &rows[i]
		if clock.Comparable(r.at, in.At) && !r.at.Lower {
			if d := clock.Between(in.At, r.at); r.at.Step < time.Second || d.Abs() > 2*time.Second {
				r.entry.Delta = seconds(d) // whole seconds do not tell what is nearer
			}
			if r.at.T.Before(first.T) {
				first = r.at
			}
			if r.at.T.After(last.T) && r.item == nil || r.at.T.After(last.T) && r.at.T.Sub(in.At.T) < 10*time.Minute {
				last = r.at
			}
		}
		c.Place(i, r.step, r.item)
		c.R.Timeline = append(c.R.Timeline, r.entry)
	}
	if c.R.Timeline == nil {
		c.R.Timeline = []report.Entry{}
	}
	c.R.Time.Start, c.R.Time.End = at(first), at(last)
}

// sortRows orders rows by time. What tells of the kill cannot have been before
// it: where the clocks' errors allow, it is put behind. What has no time that
// compares follows the rest in the order in which it was found.
func sortRows(rows []row, kill clock.Moment) {
	for i := range rows {
		r := &rows[i]
		r.order = r.at.T
		if r.item != nil && clock.Comparable(r.at, kill) && r.at.T.Before(kill.T) && kill.T.Sub(r.at.T) < 2*time.Second+r.at.Err+kill.Err {
			if role := r.item.Event.Body.Role(); role != event.Context && role != event.Intent {
				r.order = kill.T
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		ca, cb := clock.Comparable(a.at, kill), clock.Comparable(b.at, kill)
		switch {
		case ca && cb:
			if a.step >= 0 && b.step >= 0 {
				return a.step - b.step
			}
			return a.order.Compare(b.order)
		case ca != cb:
			if ca {
				return -1
			}
			return 1
		}
		return 0
	})
}

func entry(m clock.Moment, stamps event.Stamps, pos event.Pos, also []event.Pos) report.Entry {
	e := report.Entry{Time: at(m), Uncertainty: uncertainty(m), File: pos.File, Line: pos.Line, Repeats: 1, Stamp: Reading(stamps)}
	if m.Lower {
		e.Time, e.Uncertainty, e.Stamp = nil, nil, "not before "+e.Stamp
	}
	for _, p := range also {
		e.Also = append(e.Also, place(p))
	}
	return e
}

func itemEntry(it *match.Item, logs []event.Log) report.Entry {
	e := entry(it.At, it.Event.Stamps, it.Event.Pos, it.Also)
	e.Source, e.Actor, e.Event = explain.Describe(it.Event)
	e.Text, e.Repeats = it.Event.Text, it.Repeats
	return e
}
