package render

import "oomtrace/correlate/report"

// dates say how the times of a timeline are written: the day once, above it,
// and again only in rows of another day.
type dates struct {
	day    string // "" if no time is known
	stamps bool   // some row has but the log's own stamp
}

// stampNote explains a row whose time could not be brought to UTC.
const stampNote = "A row that is not placed before or after the kill shows the time as its log wrote it."

// dateOf returns the day of the kill, or of the first entry that has a time.
func dateOf(es []report.Entry, w report.When) dates {
	var d dates
	if w.Kill != nil {
		d.day = day(w.Kill.Time)
	}
	for i := range es {
		switch e := &es[i]; {
		case e.Time != nil && d.day == "":
			d.day = day(e.Time.Time)
		case e.Time == nil && e.Stamp != "":
			d.stamps = true
		}
	}
	return d
}

// title returns what to write after "Timeline".
func (d dates) title() string {
	if d.day == "" {
		return ""
	}
	return ", " + d.day + " UTC"
}

// of returns the time of a row: to the millisecond where its evidence is as
// good, or as the log wrote it.
func (d dates) of(e *report.Entry) string {
	switch {
	case e.Time == nil:
		return e.Stamp
	case day(e.Time.Time) != d.day:
		return day(e.Time.Time) + "\n" + clock(e.Time, 3)
	}
	return clock(e.Time, 3)
}
