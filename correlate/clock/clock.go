// Package clock says what moment a reading of some log's clock was, and how
// sure that is.
//
// In come logs, whose records carry readings of several clocks: seconds since
// boot, dates without a zone or a year, moments. What ties the clocks to each
// other is in the logs alone: a record that carries two readings, and ties that
// the caller found between logs, such as one record met in two of them. Out
// come Moments. Nothing is taken from today's date or this machine's zone; what
// a person says of year, zone and boot time comes in as Options.
//
// Logs between which no tie leads to a moment keep an order among themselves on
// an axis of their own, and no time.
package clock

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"time"

	"oomtrace/parsers/event"
)

// Options are what a person says that the logs do not.
type Options struct {
	Zone *time.Location // of zoneless and yearless stamps
	Year int            // of yearless stamps; 0: not said
	Boot time.Time      // what monotonic stamps count from; zero: not said
}

// A Tie says that two readings, in two logs or in one, are of one moment, but
// for so much that B can come after A.
type Tie struct {
	A, B  Ref
	Lag   time.Duration
	Basis string // "the same kernel record", "the runtime's OOM event of the same container"
	Weak  bool   // inferred from names, and used only where nothing better leads to a moment
}

// A Ref is a reading of one log: the stamps of an event and its place among the
// boots that the log went through.
type Ref struct {
	Log    int
	Boot   int
	Stamps event.Stamps
}

// String returns the readings and whose they are.
func (r Ref) String() string { return fmt.Sprint(r.Log, " ", r.Boot, " ", r.Stamps) }

// A Moment is when something happened. Where Known is false, T counts on an axis
// of its own: it can be compared with other moments of the same Axis, and is no
// time.
type Moment struct {
	T     time.Time
	Err   time.Duration // it was at most so much before or after T
	Step  time.Duration // the smallest difference that its reading can write
	Axis  int           // 0 for real time
	Known bool
	Lower bool // it was then or later
	Basis string
	ok    bool
}

// Ok reports whether there was any reading.
func (m Moment) Ok() bool { return m.ok }

// Comparable reports whether the order of two moments can be told.
func Comparable(a, b Moment) bool { return a.ok && b.ok && a.Axis == b.Axis }

// Between returns how long after a the moment b was, as those who read both
// times would count.
func Between(a, b Moment) time.Duration {
	if a.Step == b.Step && a.Err == b.Err {
		return b.T.Sub(a.T) // of one clock, whose error is the same for both
	}
	ta, _ := a.Written()
	tb, _ := b.Written()
	return tb.Sub(ta)
}

// Written returns the moment as it is written: to the digits that its reading
// has and its error leaves, and to more where rounding would lead out of what
// the error allows; and what the last digit is worth.
func (m Moment) Written() (time.Time, time.Duration) {
	step := max(m.Step, time.Microsecond)
	for step < m.Err/100 {
		step *= 10
	}
	for digit(step) > time.Microsecond && m.T.Round(digit(step)).Sub(m.T).Abs() > m.Err/10 {
		step = digit(step) / 10
	}
	return m.T.Round(digit(step)), step
}

// digit returns the power of ten of a second that step is written to.
func digit(step time.Duration) time.Duration {
	d := time.Second
	for d > step && d > time.Nanosecond {
		d /= 10
	}
	return d
}

// How wrong a reading can be by the way it was made, beyond its own step.
const (
	lateBy  = time.Second // journald and rsyslog stamp kernel records when they read them: 0.03 to 0.9 s seen
	earlyBy = time.Second // dmesg drops the fraction of the boot time
)

// bounds returns how much before and after a reading the true moment can lie.
func bounds(s event.Stamp) (before, after time.Duration) {
	before, after = lean(s)
	return before, after + s.Step
}

// lean returns by how much a reading can be too late and too early by the way it
// was made.
func lean(s event.Stamp) (late, early time.Duration) {
	if s.Late {
		late = lateBy
	}
	if s.Early {
		early = earlyBy
	}
	return late, early
}

// A node is one clock of one log, in one boot where it counts from that.
type node struct {
	id    nodeID
	found bool
	axis  int            // 0: tied to real time
	off   time.Duration  // to be added: monotonic and relative
	zone  time.Duration  // east of UTC: zoneless, yearless, dayless
	loc   *time.Location // the same as a person named it, with its summer time
	near  time.Time      // yearless and dayless: a moment that the reading is near to
	err   time.Duration
	basis string
	edges []*edge
	place int   // in the order in which the clocks were met
	next  *node // the solution that the solved neighbours give, if any
	stale bool  // next is of before a neighbour was solved
}

type nodeID struct {
	log, boot int
	clock     event.Clock
}

// Clocks are the solved clocks of all logs.
type Clocks struct {
	nodes map[nodeID]*node
	order []*node
	axes  int
}

// Solve ties the clocks of logs to each other and to real time.
func Solve(logs []event.Log, boots [][]int, ties []Tie, o Options) *Clocks {
	s := solver{Clocks: Clocks{nodes: map[nodeID]*node{}}, o: o, pairs: map[[2]*node]int{}}
	for i := range logs {
		s.log(i, &logs[i], boots[i])
	}
	for _, t := range ties {
		s.tie(t)
	}
	s.spread(0, s.found())
	s.told()
	s.spread(0, s.found())
	s.rest()
	return &s.Clocks
}

type solver struct {
	Clocks
	o     Options
	pairs map[[2]*node]int
}

// maxSamples is how many ties between two clocks are looked at.
const maxSamples = 64

// An edge says that reading a of node A and reading b of node B were made at
// one moment, b up to lag after a.
type edge struct {
	na, nb *node
	a, b   event.Stamp
	lag    time.Duration
	basis  string
	weak   bool
}

func (s *solver) node(id nodeID) *node {
	if id.clock != event.Monotonic {
		id.boot = 0
	}
	n := s.nodes[id]
	if n == nil {
		n = &node{id: id, place: len(s.order)}
		if id.clock == event.Wall {
			n.found, n.basis = true, "the zone that the log writes"
		}
		s.nodes[id] = n
		s.order = append(s.order, n)
	}
	return n
}

// log adds the clocks of one log and the ties within its records.
func (s *solver) log(i int, l *event.Log, boots []int) {
	s.within(Ref{Log: i, Stamps: l.First})
	for _, t := range l.Ties {
		if len(boots) == 0 || boots[len(boots)-1] == 0 { // which boot a sample is of is not known
			s.within(Ref{Log: i, Stamps: t})
		}
	}
	for n := range l.Events {
		s.within(Ref{Log: i, Boot: boots[n], Stamps: l.Events[n].Stamps})
	}
	last := 0
	if len(boots) > 0 {
		last = boots[len(boots)-1]
	}
	s.within(Ref{Log: i, Boot: last, Stamps: l.Last})
}

func (s *solver) within(r Ref) {
	for i, a := range r.Stamps {
		if a.Clock == event.None || a.Lower {
			continue
		}
		na := s.node(nodeID{r.Log, r.Boot, a.Clock})
		for _, b := range r.Stamps[i+1:] {
			if b.Clock != event.None && b.Clock != a.Clock {
				s.edge(edge{na: na, nb: s.node(nodeID{r.Log, r.Boot, b.Clock}), a: a, b: b, basis: "records that carry both readings"})
			}
		}
	}
}

// tie adds an edge between every reading of one side and every one of the other.
func (s *solver) tie(t Tie) {
	for _, a := range t.A.Stamps {
		for _, b := range t.B.Stamps {
			if a.Clock == event.None || b.Clock == event.None || a.Lower || b.Lower {
				continue
			}
			na, nb := s.node(nodeID{t.A.Log, t.A.Boot, a.Clock}), s.node(nodeID{t.B.Log, t.B.Boot, b.Clock})
			if na != nb {
				s.edge(edge{na, nb, a, b, t.Lag, t.Basis, t.Weak})
			}
		}
	}
}

func (s *solver) edge(e edge) {
	pair := [2]*node{e.na, e.nb}
	if s.pairs[pair]++; s.pairs[pair] <= maxSamples {
		e.na.edges = append(e.na.edges, &e)
		e.nb.edges = append(e.nb.edges, &e)
	}
}

// told uses what a person said, where the logs themselves lead nowhere.
func (s *solver) told() {
	for _, n := range s.order {
		switch {
		case n.found:
		case n.id.clock == event.Monotonic && !s.o.Boot.IsZero():
			n.found, n.off, n.basis = true, time.Duration(s.o.Boot.UnixNano()), "the boot time given"
			n.err = time.Second
		case n.id.clock == event.Zoneless && s.o.Zone != nil, n.id.clock == event.Yearless && s.o.Zone != nil && s.o.Year != 0:
			year := s.o.Year
			if n.id.clock == event.Zoneless {
				year = 2000
			}
			n.found, n.loc, n.basis = true, s.o.Zone, "the time zone given"
			n.near = time.Date(year, 7, 1, 0, 0, 0, 0, time.UTC)
		}
	}
}

// found returns the clocks that are solved.
func (s *solver) found() []*node {
	var found []*node
	for _, n := range s.order {
		if n.found {
			found = append(found, n)
		}
	}
	return found
}

// spread carries what is known along the ties, the surest first: a clock whose
// ties bound it best is solved before one that they leave loose, and weak ties
// are used only where no others lead. It starts from the clocks of axis that are
// solved, and comes only where ties lead from them: most logs of a large set
// have none, and are not to be looked at once for each of the others.
func (s *solver) spread(axis int, solved []*node) {
	for _, weak := range []bool{false, true} {
		f := front{axis: axis, weak: weak}
		f.pass(solved...)
		for n := f.best(); n != nil; n = f.best() {
			n.take(n.next, axis)
			solved = append(solved, n)
			f.pass(n)
		}
	}
}

// take makes c the solution of n.
func (n *node) take(c *node, axis int) {
	n.found, n.axis, n.off, n.zone, n.near, n.err, n.basis = true, axis, c.off, c.zone, c.near, c.err, c.basis
}

// A front is where solved clocks of an axis meet unsolved ones.
type front struct {
	axis int
	weak bool
	ways ways
}

// pass moves the front beyond clocks that were solved: what their neighbours
// can now be solved to.
func (f *front) pass(solved ...*node) {
	for _, n := range beside(solved) {
		n.next, n.stale = n.solve(f.axis, f.weak), false
		if n.next != nil {
			heap.Push(&f.ways, way{n, n.next})
		}
	}
}

// beside returns the unsolved neighbours of clocks, each once, and marks them
// stale.
func beside(solved []*node) []*node {
	var found []*node
	for _, n := range solved {
		for _, e := range n.edges {
			for _, m := range []*node{e.na, e.nb} {
				if !m.found && !m.stale {
					m.stale = true
					found = append(found, m)
				}
			}
		}
	}
	return found
}

// best returns the unsolved clock that is bounded best by ties to solved ones,
// the one met first where several are bounded as well, or nil.
func (f *front) best() *node {
	for len(f.ways) > 0 {
		w := heap.Pop(&f.ways).(way)
		if !w.node.found && w.node.next == w.next {
			return w.node
		}
	}
	return nil
}

// A way is a clock and what it could be solved to. It is out of date once that
// is no longer the clock's next: a heap cannot drop it from its middle.
type way struct{ node, next *node }

// ways are a heap, the best on top.
type ways []way

func (h ways) Len() int      { return len(h) }
func (h ways) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *ways) Push(w any)   { *h = append(*h, w.(way)) }

func (h ways) Less(i, j int) bool {
	a, b := h[i], h[j]
	return cmp.Or(cmp.Compare(a.next.err, b.next.err), cmp.Compare(a.node.place, b.node.place)) < 0
}

func (h *ways) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// A sample says between which moments a reading of a node was made.
type sample struct {
	value  event.Stamp
	lo, hi time.Time
	basis  string
}

// solve returns what the ties to solved clocks say of n, or nil.
func (n *node) solve(axis int, weak bool) *node {
	strong, others := n.samples(axis)
	c := &node{id: n.id}
	switch {
	case len(strong) > 0 && c.fit(strong):
		c.refine(others)
		return c
	case weak && len(others) > 0 && c.fit(others):
		return c
	}
	return nil
}

func (n *node) samples(axis int) (strong, weak []sample) {
	for _, e := range n.edges {
		var got sample
		switch {
		case e.na == n && e.nb.found && e.nb.axis == axis:
			got = between(e.a, e.nb.at(e.b), e.b, e.nb.err, -e.lag, 0, e.basis)
		case e.nb == n && e.na.found && e.na.axis == axis:
			got = between(e.b, e.na.at(e.a), e.a, e.na.err, 0, e.lag, e.basis)
		default:
			continue
		}
		if e.weak {
			weak = append(weak, got)
		} else {
			strong = append(strong, got)
		}
	}
	return strong, weak
}

func (n *node) fit(samples []sample) bool {
	if n.id.clock == event.Monotonic || n.id.clock == event.Relative {
		return n.offset(samples)
	}
	return n.zoned(samples)
}

// refine narrows a monotonic clock's bounds by weaker ties that agree with it.
func (n *node) refine(weak []sample) {
	if n.id.clock != event.Monotonic && n.id.clock != event.Relative {
		return
	}
	lo, hi := n.off-n.err, n.off+n.err
	for _, s := range weak {
		a, b := s.offsets()
		if max(lo, a) <= min(hi, b) {
			lo, hi = max(lo, a), min(hi, b)
		}
	}
	n.off, n.err = lo+(hi-lo)/2, (hi-lo+1)/2
}

// offsets returns between which bounds the offset of a monotonic clock lies.
func (s sample) offsets() (lo, hi time.Duration) {
	return time.Duration(s.lo.UnixNano()) - s.value.Since, time.Duration(s.hi.UnixNano()) - s.value.Since
}

// between bounds the reading v, made together with another that was at moment m.
func between(v event.Stamp, m time.Time, other event.Stamp, err, early, late time.Duration, basis string) sample {
	before, after := bounds(other)
	vb, va := bounds(v)
	// m-before <= truth <= m+after, and v was read up to va before, vb after it.
	return sample{v, m.Add(-before - va - err + early), m.Add(after + vb + err + late), basis}
}

// at returns the moment of a reading of the node's clock.
func (n *node) at(s event.Stamp) time.Time {
	switch s.Clock {
	case event.Monotonic, event.Relative:
		return time.Unix(0, int64(s.Since+n.off)).UTC()
	case event.Zoneless:
		return n.utc(s.Wall)
	case event.Yearless:
		return nearest(n.near, func(i int) time.Time {
			t := s.Wall
			return n.utc(time.Date(n.near.Year()+i, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC))
		})
	case event.Dayless:
		day := n.near.Add(n.zone).Truncate(24 * time.Hour)
		return nearest(n.near, func(i int) time.Time {
			return day.AddDate(0, 0, i).Add(s.Wall.Sub(dayZero) - n.zone)
		})
	}
	return s.Wall.UTC()
}

// utc returns the moment of a local reading that is written as if it were UTC.
func (n *node) utc(t time.Time) time.Time {
	if n.loc == nil {
		return t.Add(-n.zone)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), n.loc).UTC()
}

var dayZero = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)

// nearest returns the one of three candidates that is nearest to t.
func nearest(t time.Time, candidate func(i int) time.Time) time.Time {
	best := candidate(0)
	for _, i := range []int{-1, 1} {
		if c := candidate(i); c.Sub(t).Abs() < best.Sub(t).Abs() {
			best = c
		}
	}
	return best
}

// offset finds what is to be added to a monotonic reading: the stretch that all
// samples allow, or the middle of them where they contradict each other.
func (n *node) offset(samples []sample) bool {
	lo, hi := time.Duration(-1<<62), time.Duration(1<<62)
	mids := make([]time.Duration, 0, len(samples))
	for _, s := range samples {
		a, b := s.offsets()
		lo, hi = max(lo, a), min(hi, b)
		mids = append(mids, a+(b-a)/2)
	}
	n.basis = because(samples)
	if lo <= hi {
		n.off, n.err = lo+(hi-lo)/2, (hi-lo+1)/2
		return true
	}
	slices.Sort(mids)
	n.off = mids[len(mids)/2]
	n.err = (mids[len(mids)-1] - mids[0] + 1) / 2
	return n.err < maxDrift
}

// maxDrift is by how much ties may contradict each other: a clock that NTP set,
// a suspend.
const maxDrift = 30 * time.Second

const quarter = 15 * time.Minute // all zones are multiples of it

// zoned finds a zone, and with it year and day: the multiple of a quarter hour
// that most samples allow. With none they are not of one moment.
func (n *node) zoned(samples []sample) bool {
	votes := map[time.Duration]int{}
	for _, s := range samples {
		c := node{id: n.id, near: s.lo}
		gap := c.at(s.value).Sub(s.lo.Add(s.hi.Sub(s.lo) / 2))
		z := gap.Round(quarter)
		if z > 14*time.Hour || z < -12*time.Hour || (gap-z).Abs() > s.hi.Sub(s.lo)/2+2*time.Second {
			continue
		}
		votes[z]++
	}
	best, count := time.Duration(0), 0
	for z, v := range votes {
		if v > count || v == count && (z.Abs() < best.Abs() || z == -best && z > best) {
			best, count = z, v
		}
	}
	n.zone, n.near = best, samples[0].lo
	n.basis = fmt.Sprintf("%s; zone %s", because(samples), ZoneText(best))
	return count > 0
}

// ZoneText writes a zone as UTC+01:00.
func ZoneText(z time.Duration) string {
	sign := '+'
	if z < 0 {
		sign, z = '-', -z
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, int(z.Hours()), int(z.Minutes())%60)
}

// because counts the samples of the basis that most of them have.
func because(samples []sample) string {
	counts := map[string]int{}
	best := samples[0].basis
	for _, s := range samples {
		if counts[s.basis]++; counts[s.basis] > counts[best] {
			best = s.basis
		}
	}
	if n := counts[best]; n > 1 {
		return fmt.Sprintf("%s (%d times)", best, n)
	}
	return best
}

// rest gives the clocks that nothing ties to real time axes of their own: one
// for each set of clocks that ties hold together.
func (s *solver) rest() {
	for _, clock := range []event.Clock{event.Zoneless, event.Yearless, event.Monotonic, event.Relative, event.Dayless} {
		for _, n := range s.order {
			if n.found || n.id.clock != clock {
				continue
			}
			s.alone(n)
			s.spread(s.axes, []*node{n})
		}
	}
}

// alone gives a clock a new axis.
func (s *solver) alone(n *node) {
	s.axes++
	n.found, n.axis, n.basis = true, s.axes, "nothing in the logs ties this clock to a moment"
	n.near = time.Date(2000, 7, 1, 0, 0, 0, 0, time.UTC)
}

// At returns the moment of the best reading among st: one tied to real time
// before one that is not, then the one with the smallest error.
func (c *Clocks) At(r Ref) Moment {
	var best Moment
	for _, s := range r.Stamps {
		if s.Clock == event.None {
			continue
		}
		id := nodeID{r.Log, r.Boot, s.Clock}
		if s.Clock != event.Monotonic {
			id.boot = 0
		}
		n := c.nodes[id]
		if n == nil || !n.found {
			continue
		}
		t, err := n.at(s), s.Step
		if late, early := lean(s); late+early > 0 {
			t, err = t.Add((early+s.Step-late)/2), max((early+s.Step+late)/2, s.Step)
		}
		m := Moment{T: t, Err: n.err + err, Step: s.Step, Axis: n.axis, Known: n.axis == 0, Lower: s.Lower, Basis: n.basis, ok: true}
		if !best.ok || m.Known && !best.Known || m.Known == best.Known && m.Err < best.Err {
			best = m
		}
	}
	return best
}

// A Tied says how one clock of a log was brought to real time.
type Tied struct {
	Clock  event.Clock
	Known  bool
	Offset time.Duration // added to the reading: minus the zone, or from boot to 1970
	Err    time.Duration
	Basis  string
}

// Of returns how the outermost clock of a log was brought to real time.
func (c *Clocks) Of(log int, first event.Stamps) Tied {
	s := first.Outer()
	id := nodeID{log: log, clock: s.Clock}
	n := c.nodes[id]
	if n == nil {
		return Tied{Clock: s.Clock, Basis: "the log has no stamps"}
	}
	t := Tied{Clock: s.Clock, Known: n.axis == 0 && n.found, Err: n.err, Basis: n.basis, Offset: -n.zone}
	switch {
	case s.Clock == event.Monotonic || s.Clock == event.Relative:
		t.Offset = n.off
	case n.loc != nil:
		_, east := n.at(s).In(n.loc).Zone()
		t.Offset = -time.Duration(east) * time.Second
	}
	return t
}

// Anchored reports whether a log's clock is tied to real time. A clock that the
// log does not have counts as tied.
func (c *Clocks) Anchored(log int, clock event.Clock) bool {
	n := c.nodes[nodeID{log: log, clock: clock}]
	return n == nil || n.axis == 0
}

// Zone returns the zone in which a zoneless, yearless or dayless reading was
// made between soonest and latest after the moment t, and how much after it.
func Zone(s event.Stamp, t time.Time, soonest, latest time.Duration) (zone, gap time.Duration, ok bool) {
	n := node{near: t}
	lag := n.at(s).Sub(t)
	zone = (lag - (soonest+latest)/2).Round(quarter)
	gap = lag - zone
	return zone, gap, gap >= soonest && gap <= latest && zone >= -12*time.Hour && zone <= 14*time.Hour
}

// Anchor ties a clock of a log to real time, by a zone and a moment near which
// its readings were made.
func (c *Clocks) Anchor(log int, clock event.Clock, zone time.Duration, near time.Time, basis string) {
	if n := c.nodes[nodeID{log: log, clock: clock}]; n != nil {
		n.found, n.axis, n.zone, n.near, n.err, n.basis = true, 0, zone, near, 0, basis
	}
}

// Exactly returns the moment t, known to a second.
func Exactly(t time.Time) Moment {
	return Moment{T: t.UTC(), Err: time.Second, Step: time.Second, Known: true, ok: true, Basis: "written in the message"}
}
