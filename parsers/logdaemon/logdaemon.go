// Package logdaemon reads what the daemons that write a node's logs say of the
// kernel's lines that they lost: journald, which reads /dev/kmsg, and rsyslog, where
// it reads the journal. A log that lost lines proves nothing by its silence.
//
// In come records of these two without the head of a journal's or a syslog's line;
// out come events with the body event.LogGap. What journald suppresses of a unit that
// writes too much is none: it has no limit for the kernel.
//
// Sources: systemd src/journal/journald-kmsg.c and journald-server.c (219 to 259);
// rsyslog plugins/imjournal/imjournal.c and runtime/ratelimit.c.
package logdaemon

import (
	"bytes"
	"strings"

	"oomtrace/parsers/event"
)

// sayings are the lines, by a part that all of them have, and what they begin with.
var sayings = []struct{ speaker, begins, holds string }{
	{journald, "Missed ", " kernel messages"},
	{journald, "/dev/kmsg buffer overrun", ""},
	{journald, "File /", " corrupted or uncleanly shut down, renaming and replacing"},
	{rsyslog, "imjournal: ", " messages lost due to rate-limiting"},
	{rsyslog, "imjournal: begin to drop messages", ""},
}

const journald, rsyslog = "systemd-journald", "rsyslogd"

// Speaks reports whether a record is of one of the daemons.
func Speaks(rec *event.Record) bool {
	return rec.Speaker == journald || rec.Speaker == rsyslog || strings.HasPrefix(rec.Speaker, rsyslog+"-") // rsyslogd-2177
}

// Literals returns strings one of which stands in every record that gives an event.
func Literals() []string {
	all := make([]string, len(sayings))
	for i, s := range sayings {
		if all[i] = s.holds; s.holds == "" {
			all[i] = s.begins
		}
	}
	return all
}

// New returns a parser for the daemons' records of one log.
func New() event.Parser { return parser{} }

// A parser keeps nothing: each line tells all that it tells.
type parser struct{}

// Read emits what rec tells, at once.
func (parser) Read(rec *event.Record, emit func(event.Event)) {
	for _, s := range sayings {
		if strings.HasPrefix(rec.Speaker, s.speaker) && bytes.HasPrefix(rec.Msg, []byte(s.begins)) && bytes.Contains(rec.Msg, []byte(s.holds)) {
			emit(event.New(rec, event.LogGap{What: event.Cut(rec.Msg)}))
			return
		}
	}
}

// End has nothing to emit.
func (parser) End(func(event.Event)) {}
