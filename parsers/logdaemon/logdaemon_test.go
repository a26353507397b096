package logdaemon

import (
	"testing"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

func TestLosses(t *testing.T) {
	for _, c := range []struct {
		speaker, line string
		gap           bool
	}{
		{"systemd-journald", "Missed 3155 kernel messages", true},
		{"systemd-journald", "/dev/kmsg buffer overrun, some messages lost.", true},
		{"systemd-journald", "File /var/log/journal/4005cfe237b349b685121e097bae20f5/system.journal corrupted or uncleanly shut down, renaming and replacing.", true},
		{"systemd-journald", "Suppressed 1187 messages from worker.service", false},
		{"systemd-journald", "Vacuuming done, freed 0B of archived journals from /var/log/journal/4005cfe237b349b685121e097bae20f5.", false},
		{"rsyslogd", "imjournal: 5674 messages lost due to rate-limiting (20000 allowed within 600 seconds)", true},
		{"rsyslogd", "imjournal: begin to drop messages due to rate-limiting", true},
		{"rsyslogd-2177", "imjournal: begin to drop messages due to rate-limiting", true},
		{"rsyslogd-2177", "imuxsock begins to drop messages from pid 29156 due to rate-limiting", false},
		{"rsyslogd", "Missed 3155 kernel messages", false},
		{"worker", "Missed 3155 kernel messages", false},
	} {
		rec := event.Record{Speaker: c.speaker, Msg: []byte(c.line)}
		var got []event.Event
		if Speaks(&rec) {
			New().Read(&rec, func(e event.Event) { got = append(got, e) })
		}
		if len(got) == 1 != c.gap || c.gap && got[0].Body != event.Body(event.LogGap{What: c.line}) {
			t.Errorf("%s: %s gives %+v", c.speaker, c.line, got)
		}
	}
}

func FuzzParser(f *testing.F) {
	f.Add("Missed 3155 kernel messages")
	f.Add("File / corrupted or uncleanly shut down, renaming and replacing")
	f.Fuzz(func(t *testing.T, line string) {
		parsertest.Run(t, New, Literals(), []event.Record{{Speaker: journald, Msg: []byte(line)}, {Speaker: rsyslog, Msg: []byte(line)}})
	})
}
