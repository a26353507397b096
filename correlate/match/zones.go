package match

import (
	"fmt"
	"strconv"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

func itoa(n int) string { return strconv.Itoa(n) }

// How long after the kill a supervisor's line can come, for its log's zone to
// be found by it. Zones are quarters of an hour, so that a line at a random time
// would fit one of them once in a hundred times.
const (
	noticeSoonest = -500 * time.Millisecond
	noticeLatest  = 6 * time.Second
)

// guessZones finds the zone of logs that nothing ties to real time by the zone
// under which the deaths that they tell of follow the kernel's kills, if there
// is just one.
func (m *matcher) guessZones(o clock.Options) {
	for i := range m.logs {
		deaths := m.deathStamps(i)
		for _, c := range []event.Clock{event.Zoneless, event.Yearless, event.Dayless} {
			if len(deaths) == 0 || m.clocks.Anchored(i, c) {
				continue
			}
			if m.guessZone(i, c, deaths) {
				m.refresh(i)
				break
			}
		}
	}
}

// deathStamps returns the stamps of a log's lines about dead workers. Those
// that have only the time of a line before them are taken where no others are:
// they are of a traceback that began there.
func (m *matcher) deathStamps(log int) []event.Stamps {
	var own, lower []event.Stamps
	for j := range m.logs[log].Events {
		e := &m.logs[log].Events[j]
		if b, ok := e.Body.(event.WorkerExit); !ok || !byKill(b) {
			continue
		}
		if e.Stamps.Outer().Lower {
			lower = append(lower, e.Stamps)
		} else {
			own = append(own, e.Stamps)
		}
	}
	if len(own) == 0 {
		own = lower
	}
	return own[:min(len(own), maxCandidates)]
}

// byKill reports whether a worker's end can be by SIGKILL.
func byKill(b event.WorkerExit) bool {
	return b.Signal == 9 || b.Signal == 0 && (b.ExitCode == 137 || b.ExitCode == event.NotPrinted)
}

func (m *matcher) guessZone(log int, c event.Clock, deaths []event.Stamps) bool {
	type vote struct {
		n   int
		gap time.Duration
		at  time.Time
	}
	votes := map[time.Duration]vote{}
	for _, in := range m.dumps {
		if len(in.Dump.Victims) == 0 || !in.At.Known {
			continue
		}
		for _, st := range deaths {
			s, ok := st.Of(c)
			if !ok {
				continue
			}
			zone, gap, ok := clock.Zone(s, in.At.T, noticeSoonest-in.At.Err, noticeLatest+in.At.Err)
			if v := votes[zone]; ok {
				votes[zone] = vote{v.n + 1, gap, in.At.T}
			}
		}
	}
	best, tied := time.Duration(0), true
	for z, v := range votes {
		switch b := votes[best]; {
		case v.n > b.n:
			best, tied = z, false
		case v.n == b.n && z != best:
			tied = true
		}
	}
	v := votes[best]
	if v.n == 0 || tied && len(votes) > 1 {
		return false
	}
	m.clocks.Anchor(log, c, best, v.at, fmt.Sprintf("a worker's death, which follows the kernel's kill by %.1f s if the zone is %s, and under no other zone (inferred)", max(v.gap.Seconds(), 0), clock.ZoneText(best)))
	return true
}

// refresh takes the moments of a log's events anew.
func (m *matcher) refresh(log int) {
	for _, it := range m.items {
		if it.Log != log {
			continue
		}
		for j := range m.logs[log].Events {
			if &m.logs[log].Events[j] == it.Event {
				it.At = m.clocks.At(m.ref(log, j))
			}
		}
	}
}
