package parsers

import (
	"bytes"
	"strconv"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
)

// unitsByPID says of which unit a process was that a daemon killed and named by
// its pid alone: journals tell with each record whose it is. A pid means one
// process only for a while, so that what was told last counts.
type unitsByPID struct {
	units  map[int]string
	before func(pid int) string // looks in the text before; nil where whose each entry is is noted
	looked int
}

const (
	maxPIDs  = 4096 // that are kept
	maxLooks = 100  // into the text before
)

// note takes whose a record is.
func (u *unitsByPID) note(rec *event.Record) {
	if rec.Unit == "" || rec.PID == 0 || u.units[rec.PID] == rec.Unit {
		return
	}
	switch {
	case u.units == nil:
		u.units = map[int]string{}
	case len(u.units) >= maxPIDs:
		clear(u.units)
	}
	u.units[rec.PID] = rec.Unit
}

// of returns the unit of a process, "" if it is not known.
func (u *unitsByPID) of(pid int) string {
	if unit := u.units[pid]; unit != "" || u.before == nil || pid == 0 || u.looked >= maxLooks {
		return unit
	}
	u.looked++
	return u.before(pid)
}

// unitBefore looks for the last record of a process in the text that the scanner
// still has: a search passes over most lines.
func (t *textReader) unitBefore(pid int) string {
	digits := strconv.AppendInt(nil, int64(pid), 10)
	for _, line := range t.sc.Earlier() {
		if !bytes.Contains(line, digits) {
			continue
		}
		rec := event.Record{Msg: envelope.Bare(line)}
		if t.style.opener.Open(&rec); rec.PID == pid && rec.Unit != "" {
			return rec.Unit
		}
	}
	return ""
}
