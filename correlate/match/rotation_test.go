package match

import (
	"testing"
	"time"

	"oomtrace/parsers/event"
)

func TestUnrotated(t *testing.T) {
	for p, want := range map[string]string{
		"/var/log/messages": "/var/log/messages", "/var/log/messages.1": "/var/log/messages", "/var/log/messages.2.gz": "/var/log/messages",
		"log/messages-20261122": "log/messages", "log/messages-20261122.xz": "log/messages", "kern.log.1": "kern.log", "a.tar!log/syslog.1.zst": "a.tar!log/syslog",
		"worker.log.20261027-082023.gz": "worker.log",
		"j/system@2f1cf751e6a74a71baeb1d5b662ebb89-000000000000503a-000660f22d1d764d.journal": "j/system.journal", "j/system@000660f22d1d764d-9a3b5c7d9e1f2a4b.journal~": "j/system.journal", "j/system.journal": "j/system.journal", "0.log": "0.log", "-": "-", "1": "1", ".1": ".1", "node-1": "node-1", "": "",
	} {
		if got := unrotated(p); got != want {
			t.Errorf("unrotated(%q) = %q, want %q", p, got, want)
		}
	}
}

// yearless is a stamp without a year.
func yearless(d time.Duration) event.Stamps {
	return event.Stamps{{Clock: event.Yearless, Wall: time.Date(0, 11, 23, 12, 0, 0, 0, time.UTC).Add(d), Step: time.Second}}
}

// TestPiecesOfOneLog finds the reason of a death in the piece before it.
func TestPiecesOfOneLog(t *testing.T) {
	const unit = "worker.service"
	stop := event.UnitStop{Unit: unit, Why: "its watchdog timeout struck", Kill: true}
	for name, c := range map[string]struct {
		a, b      string
		host      [2]string
		gap       time.Duration
		incidents string
		ruled     int
	}{
		"by its name":       {"log/messages.1", "log/messages", [2]string{}, 2 * time.Second, "", 1},
		"in another folder": {"a/messages.1", "b/messages", [2]string{}, 2 * time.Second, "unknown suspected", 0},
		"by host and form":  {"a/first", "b/second", [2]string{"node-1", "node-1"}, 2 * time.Second, "", 1},
		"of two hosts":      {"a/first", "b/second", [2]string{"node-1", "node-2"}, 2 * time.Second, "unknown suspected", 0},
		"after a long time": {"a/first", "b/second", [2]string{"node-1", "node-1"}, time.Hour, "unknown suspected", 0},
		"that is before it": {"log/messages.1", "log/messages", [2]string{}, -time.Hour, "unknown suspected", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := log(c.a).say(yearless(0), stop), log(c.b).say(yearless(c.gap), exitOf(unit))
			b.Events[0].Text = "it ended"
			a.Node, b.Node = c.host[0], c.host[1]
			want(t, find(a, b), c.incidents, c.ruled)
		})
	}
}
