package clock

import (
	"math/rand"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func wall(t time.Time, step time.Duration) event.Stamp {
	return event.Stamp{Clock: event.Wall, Wall: t, Step: step}
}

func mono(s float64) event.Stamp {
	return event.Stamp{Clock: event.Monotonic, Since: time.Duration(s * float64(time.Second)), Step: time.Microsecond}
}

func zoneless(t time.Time) event.Stamp {
	return event.Stamp{Clock: event.Zoneless, Wall: t, Step: time.Millisecond}
}

func yearless(t time.Time) event.Stamp {
	return event.Stamp{Clock: event.Yearless, Wall: t.AddDate(-t.Year(), 0, 0), Step: time.Second}
}

// logOf returns a log with one event for each list of stamps.
func logOf(stamps ...event.Stamps) event.Log {
	var l event.Log
	for _, st := range stamps {
		l.Events = append(l.Events, event.Event{Stamps: st})
	}
	if len(stamps) > 0 {
		l.First, l.Last = stamps[0], stamps[len(stamps)-1]
	}
	return l
}

// solve solves logs without boots.
func solve(ties []Tie, o Options, logs ...event.Log) *Clocks {
	boots := make([][]int, len(logs))
	for i := range logs {
		boots[i] = make([]int, len(logs[i].Events))
	}
	return Solve(logs, boots, ties, o)
}

func near(t *testing.T, what string, got Moment, want time.Time, err time.Duration) {
	t.Helper()
	if !got.Known || got.T.Sub(want).Abs() > err {
		t.Errorf("%s: got %v (known %v, give or take %v, by %s), want %v give or take %v", what, got.T, got.Known, got.Err, got.Basis, want, err)
	}
}

func TestRecordsWithTwoReadingsTieTheirClocks(t *testing.T) {
	// rsyslog: a line's own stamp, and the kernel's in brackets.
	late := wall(noon.Add(100*time.Millisecond), time.Microsecond)
	late.Late = true
	l := logOf(event.Stamps{late, mono(7000)}, event.Stamps{mono(7010.5)})
	c := solve(nil, Options{}, l)
	m := c.At(Ref{Stamps: l.Events[1].Stamps})
	near(t, "kernel stamp", m, noon.Add(10*time.Second), 700*time.Millisecond)
	if m.Err > 600*time.Millisecond {
		t.Errorf("the error is put at %v, want at most half a second and a little: a late stamp is up to a second late", m.Err)
	}
}

func TestZoneIsFoundByTheSameRecordInTwoLogs(t *testing.T) {
	cet := noon.Add(time.Hour)
	for name, st := range map[string]event.Stamp{"zoneless": zoneless(cet), "yearless": yearless(cet)} {
		a, b := logOf(event.Stamps{wall(noon, time.Microsecond)}), logOf(event.Stamps{st})
		c := solve([]Tie{{A: Ref{Log: 0, Stamps: a.First}, B: Ref{Log: 1, Stamps: b.First}, Basis: "the same record"}}, Options{}, a, b)
		near(t, name, c.At(Ref{Log: 1, Stamps: b.First}), noon, time.Second)
		if got := c.Of(1, b.First); got.Offset != -time.Hour {
			t.Errorf("%s: offset %v, want -1h", name, got.Offset)
		}
	}
}

func TestZonesAreFoundWhateverTheyAre(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	for range 500 {
		at := time.Unix(1.6e9+rnd.Int63n(3e8), rnd.Int63n(1e9)).UTC()
		zone := time.Duration(rnd.Intn(26*4+1)-12*4) * quarter
		skew := time.Duration(rnd.Int63n(int64(time.Second)))
		local := at.Add(zone)
		for _, st := range []event.Stamp{zoneless(local), yearless(local)} {
			a, b := logOf(event.Stamps{wall(at.Add(skew), time.Millisecond)}), logOf(event.Stamps{st})
			c := solve([]Tie{{A: Ref{Log: 0, Stamps: a.First}, B: Ref{Log: 1, Stamps: b.First}}}, Options{}, a, b)
			near(t, st.Clock.String(), c.At(Ref{Log: 1, Stamps: b.First}), at, 2*time.Second)
		}
	}
}

func TestYearlessStampsCrossNewYear(t *testing.T) {
	eve := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	a := logOf(event.Stamps{wall(eve, time.Second)})
	b := logOf(event.Stamps{yearless(eve)}, event.Stamps{yearless(eve.Add(3 * time.Second))})
	c := solve([]Tie{{A: Ref{Log: 0, Stamps: a.First}, B: Ref{Log: 1, Stamps: b.First}}}, Options{}, a, b)
	near(t, "after midnight", c.At(Ref{Log: 1, Stamps: b.Last}), eve.Add(3*time.Second), time.Second)
}

func TestWithoutATieThereIsOrderAndNoTime(t *testing.T) {
	a := logOf(event.Stamps{mono(10)}, event.Stamps{mono(20)})
	b := logOf(event.Stamps{zoneless(noon)})
	c := solve(nil, Options{}, a, b)
	first, last, other := c.At(Ref{Stamps: a.First}), c.At(Ref{Stamps: a.Last}), c.At(Ref{Log: 1, Stamps: b.First})
	if first.Known || last.Known || other.Known {
		t.Error("a time was made up")
	}
	if !Comparable(first, last) || last.T.Sub(first.T) != 10*time.Second {
		t.Errorf("the order within a log is lost: %v", last.T.Sub(first.T))
	}
	if Comparable(first, other) {
		t.Error("clocks that nothing ties are compared")
	}
}

func TestTiedLogsKeepTheirOrderWithoutATime(t *testing.T) {
	a, b := logOf(event.Stamps{mono(10)}), logOf(event.Stamps{{Clock: event.Relative, Since: 0, Step: time.Microsecond}}, event.Stamps{{Clock: event.Relative, Since: time.Second, Step: time.Microsecond}})
	c := solve([]Tie{{A: Ref{Log: 0, Stamps: a.First}, B: Ref{Log: 1, Stamps: b.First}}}, Options{}, a, b)
	x, y := c.At(Ref{Stamps: a.First}), c.At(Ref{Log: 1, Stamps: b.Last})
	if !Comparable(x, y) || (y.T.Sub(x.T)-time.Second).Abs() > time.Millisecond {
		t.Errorf("got %v and %v, want a second between them", x.T, y.T)
	}
}

func TestAContradictionIsNoTie(t *testing.T) {
	// Seven minutes apart: no zone explains that, so the two are not one record.
	a, b := logOf(event.Stamps{wall(noon, time.Second)}), logOf(event.Stamps{zoneless(noon.Add(7 * time.Minute))})
	c := solve([]Tie{{A: Ref{Log: 0, Stamps: a.First}, B: Ref{Log: 1, Stamps: b.First}}}, Options{}, a, b)
	if m := c.At(Ref{Log: 1, Stamps: b.First}); m.Known {
		t.Errorf("got %v, want no time", m.T)
	}
}

func TestTold(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone database")
	}
	z, m := logOf(event.Stamps{zoneless(noon)}), logOf(event.Stamps{mono(60)})
	c := solve(nil, Options{Zone: berlin, Boot: noon}, z, m)
	near(t, "zone given, in winter", c.At(Ref{Stamps: z.First}), noon.Add(-time.Hour), time.Second)
	near(t, "boot time given", c.At(Ref{Log: 1, Stamps: m.First}), noon.Add(time.Minute), 2*time.Second)
}

func TestZone(t *testing.T) {
	for name, c := range map[string]struct {
		st   event.Stamp
		zone time.Duration
		ok   bool
	}{
		"UTC, a second later":     {zoneless(noon.Add(time.Second)), 0, true},
		"India, half a second":    {zoneless(noon.Add(5*time.Hour + 30*time.Minute + 500*time.Millisecond)), 5*time.Hour + 30*time.Minute, true},
		"New York":                {zoneless(noon.Add(-5*time.Hour + 2*time.Second)), -5 * time.Hour, true},
		"seven minutes off":       {zoneless(noon.Add(7 * time.Minute)), 0, false},
		"before the kill":         {zoneless(noon.Add(-3 * time.Second)), 0, false},
		"only the time of a day":  {event.Stamp{Clock: event.Dayless, Wall: dayZero.Add(13*time.Hour + time.Second), Step: time.Second}, time.Hour, true},
		"time of day, a day line": {event.Stamp{Clock: event.Dayless, Wall: dayZero.Add(12*time.Hour + time.Second), Step: time.Second}, 0, true},
	} {
		zone, gap, ok := Zone(c.st, noon, -500*time.Millisecond, 6*time.Second)
		if ok != c.ok || ok && zone != c.zone {
			t.Errorf("%s: got %v after %v, %v, want %v, %v", name, zone, gap, ok, c.zone, c.ok)
		}
	}
}

// TestTruthLiesWithinWhatIsWritten: a stamp drops what its step cannot write, on
// top of how it was made, and rounding must not lead out of that.
func TestTruthLiesWithinWhatIsWritten(t *testing.T) {
	rnd := rand.New(rand.NewSource(3))
	for range 2000 {
		at := noon.Add(time.Duration(rnd.Int63n(int64(time.Minute))))
		step := []time.Duration{time.Microsecond, time.Millisecond, 100 * time.Millisecond, time.Second}[rnd.Intn(4)]
		off := time.Duration(rnd.Int63n(int64(time.Second)))
		read, late, early := at, rnd.Intn(2) == 0, false
		if late {
			read = at.Add(off)
		} else if early = rnd.Intn(2) == 0; early {
			read = at.Add(-off)
		}
		st := wall(read.Truncate(step), step)
		st.Late, st.Early = late, early
		m := solve(nil, Options{}, logOf(event.Stamps{st})).At(Ref{Stamps: event.Stamps{st}})
		if w, _ := m.Written(); w.Sub(at).Abs() > m.Err+m.Err/10 || m.T.Sub(at).Abs() > m.Err {
			t.Fatalf("%v read as %+v: it is written as %v give or take %v", at, st, w, m.Err)
		}
	}
}
