package clock

import (
	"math/rand"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// TestSpreadSolvesInTheSameOrderAsAScanOfAll compares spread, which looks only
// where ties lead, with a scan of all clocks for the best before each step.
func TestSpreadSolvesInTheSameOrderAsAScanOfAll(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	for round := range 400 {
		logs, ties := tangle(rnd)
		got, want := solve(ties, Options{}, logs...), scanned(ties, logs)
		for i, w := range want.order {
			g := got.order[i]
			if g.found != w.found || g.axis != w.axis || g.off != w.off || g.zone != w.zone || !g.near.Equal(w.near) || g.err != w.err || g.basis != w.basis {
				t.Fatalf("round %d, clock %v: got axis %d, %v, give or take %v, by %s; want axis %d, %v, give or take %v, by %s",
					round, w.id, g.axis, g.off, g.err, g.basis, w.axis, w.off, w.err, w.basis)
			}
		}
	}
}

// tangle makes logs and ties between them that contradict each other by some
// seconds, so that the order of solving shows in the solution. Errors are often
// the same, so that the choice among equals shows too.
func tangle(rnd *rand.Rand) (logs []event.Log, ties []Tie) {
	for range 2 + rnd.Intn(24) {
		logs = append(logs, logOf(reading(rnd)))
	}
	for range rnd.Intn(2 * len(logs)) {
		a, b := rnd.Intn(len(logs)), rnd.Intn(len(logs))
		lag := time.Duration(rnd.Intn(3)) * time.Second
		ties = append(ties, Tie{Ref{Log: a, Stamps: logs[a].First}, Ref{Log: b, Stamps: logs[b].First}, lag, "a tie", rnd.Intn(3) == 0})
		if rnd.Intn(3) == 0 {
			logs[b] = logOf(logs[b].First, event.Stamps{mono(float64(rnd.Intn(20)))})
		}
	}
	return logs, ties
}

// reading returns what a log of some kind writes some seconds around noon.
func reading(rnd *rand.Rand) event.Stamps {
	at := noon.Add(time.Duration(rnd.Intn(12)) * time.Second)
	switch rnd.Intn(8) {
	case 0:
		return event.Stamps{wall(at, time.Second)}
	case 1:
		return event.Stamps{zoneless(at.Add(time.Hour))}
	case 2:
		return event.Stamps{yearless(at.Add(time.Hour)), mono(float64(rnd.Intn(20)))}
	case 3:
		return event.Stamps{{Clock: event.Relative, Since: time.Duration(rnd.Intn(9)) * time.Second, Step: time.Second}}
	}
	return event.Stamps{mono(float64(rnd.Intn(20)))}
}

// scanned solves as Solve does, by scans.
func scanned(ties []Tie, logs []event.Log) *Clocks {
	s := solver{Clocks: Clocks{nodes: map[nodeID]*node{}}, pairs: map[[2]*node]int{}}
	for i := range logs {
		s.log(i, &logs[i], make([]int, len(logs[i].Events)))
	}
	for _, t := range ties {
		s.tie(t)
	}
	s.scan(0)
	for _, clock := range []event.Clock{event.Zoneless, event.Yearless, event.Monotonic, event.Relative, event.Dayless} {
		for _, n := range s.order {
			if !n.found && n.id.clock == clock {
				s.alone(n)
				s.scan(s.axes)
			}
		}
	}
	return &s.Clocks
}

func (s *solver) scan(axis int) {
	for _, weak := range []bool{false, true} {
		for n, next := s.first(axis, weak); n != nil; n, next = s.first(axis, weak) {
			n.take(next, axis)
		}
	}
}

// first returns the clock that is bounded best and its solution.
func (s *solver) first(axis int, weak bool) (best, next *node) {
	for _, n := range s.order {
		if n.found {
			continue
		}
		if c := n.solve(axis, weak); c != nil && (best == nil || c.err < next.err) {
			best, next = n, c
		}
	}
	return best, next
}
