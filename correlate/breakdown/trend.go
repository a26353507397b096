package breakdown

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"oomtrace/correlate/prose"
)

// A Point is one kill among several of one cgroup. Sizes that are not known are
// NotPrinted or 0, texts "".
type Point struct {
	At               time.Time // zero if not known; of one clock for all points
	UsageKB, LimitKB int64     // of the cgroup
	VictimComm       string
	VictimKB         int64 // what the victim had resident
	AnonKB           int64 // the cgroup's anonymous memory
	Failcnt          int64 // how often the limit was hit; NotPrinted if not known
	// Started says that the victim was started after the kill before: it has no row
	// in that one's task table.
	Started bool
}

// What makes kills alike.
const (
	// Victims of one size: a program that is killed at a limit has always about the
	// limit less what the others of its cgroup hold.
	sameSizePercent = 15
	// Kills at regular times: the longest gap at most so many times the shortest.
	regularGaps = 2
	// Kills that close together, on average, are one shortage.
	burstGap = 10 * time.Second
	// So many kills make a rule.
	ruleOf = 3
	// Less anonymous memory than this share of the usage at every kill, and it is
	// not programs that grow.
	littleAnon = 50
	// So many names of victims are given.
	maxNames = 3
)

// Trend compares the kills of one cgroup and says what their figures show of a
// leak and of a jump: the same size at regular times, as a program has that grows
// to the limit after every start, or anything else. Its Code is one-kill,
// two-kills, burst, grows-again, same-size or varied. It is false without points,
// which may be in any order if all have a time.
func Trend(points []Point) (Finding, bool) {
	if len(points) == 0 {
		return Finding{}, false
	}
	t := newTrend(points)
	f := Finding{Figures: []Figure{{"kills", int64(len(points)), "count"}}}
	if len(points) == 1 {
		f.Code, f.Text = "one-kill", "One kill: whether the memory grew steadily or in a jump cannot be told from it."
		return f, true
	}
	f.Code = t.code()
	f.Text = strings.Join(slices.DeleteFunc([]string{t.facts(), t.verdict(f.Code), t.limits(), t.hits(), t.anon()},
		func(s string) bool { return s == "" }), " ")
	f.Figures = append(f.Figures, t.figures()...)
	return f, true
}

// A trend is the points in their order, with what they range over.
type trend struct {
	points         []Point
	timed          bool
	span           time.Duration
	gapMin, gapMax time.Duration
	names          []string // of the victims, each once; nil if one is not known
	victim, limit  extent
}

// An extent is the least and the most of a number; known if every point has it.
type extent struct {
	least, most int64
	known       bool
}

func newTrend(points []Point) *trend {
	t := &trend{points: slices.Clone(points)}
	t.timed = !slices.ContainsFunc(t.points, func(p Point) bool { return p.At.IsZero() })
	if t.timed {
		slices.SortStableFunc(t.points, func(a, b Point) int { return a.At.Compare(b.At) })
		t.gaps()
	}
	for _, p := range t.points {
		if p.VictimComm == "" {
			t.names = nil
			break
		}
		if !slices.Contains(t.names, p.VictimComm) && len(t.names) <= maxNames {
			t.names = append(t.names, p.VictimComm)
		}
	}
	t.victim = t.extent(func(p *Point) int64 { return p.VictimKB })
	t.limit = t.extent(func(p *Point) int64 { return limitKB(p) })
	return t
}

// limitKB is the limit, NotPrinted if it is none.
func limitKB(p *Point) int64 {
	if !isLimit(p.LimitKB) {
		return -1
	}
	return p.LimitKB
}

func (t *trend) gaps() {
	t.span = t.points[len(t.points)-1].At.Sub(t.points[0].At)
	for i := range t.points[1:] {
		gap := t.points[i+1].At.Sub(t.points[i].At)
		if i == 0 || gap < t.gapMin {
			t.gapMin = gap
		}
		t.gapMax = max(t.gapMax, gap)
	}
}

func (t *trend) extent(of func(*Point) int64) extent {
	e := extent{known: true}
	for i := range t.points {
		n := of(&t.points[i])
		if n <= 0 || !isSane(n) {
			return extent{}
		}
		if i == 0 || n < e.least {
			e.least = n
		}
		e.most = max(e.most, n)
	}
	return e
}

// isOne says whether the extent is one size but for noise.
func (e extent) isOne() bool {
	return e.known && (e.most-e.least)*100 <= e.most*sameSizePercent
}

func (t *trend) isRegular() bool {
	return t.gapMin > 0 && t.gapMax/regularGaps <= t.gapMin
}

// grewWithLimit says whether the victims have the same share of limits that are
// not the same.
func (t *trend) grewWithLimit() bool {
	if !t.limit.known || t.limit.isOne() || !t.victim.known {
		return false
	}
	return t.extent(func(p *Point) int64 { return percentOf(p.VictimKB, p.LimitKB) }).isOne()
}

func (t *trend) code() string {
	n := len(t.points)
	oneName := len(t.names) == 1
	switch {
	case t.timed && t.span/time.Duration(n-1) < burstGap && slices.ContainsFunc(t.points[1:], func(p Point) bool { return !p.Started }):
		return "burst"
	case n < ruleOf:
		return "two-kills"
	case oneName && (t.victim.isOne() || t.grewWithLimit()) && t.timed && t.isRegular():
		return "grows-again"
	case oneName && (t.victim.isOne() || t.grewWithLimit()):
		return "same-size"
	}
	return "varied"
}

// facts says how many kills, of whom, how large and when: "5 kills in 40 min,
// each time php-fpm at 480 MiB to 495 MiB, 7 min to 9 min apart."
func (t *trend) facts() string {
	s := fmt.Sprintf("%d kills", len(t.points))
	if t.timed {
		s += " in " + lapse(t.span)
	}
	switch n := len(t.names); {
	case n == 1:
		s += ", each time " + prose.Name(t.names[0])
	case n > maxNames:
		s += ", of programs of more than three names"
	case n > 1:
		quoted := make([]string, n)
		for i := range t.names {
			quoted[i] = prose.Name(t.names[i])
		}
		s += ", of " + strings.Join(quoted, ", ")
	}
	if t.victim.known {
		s += " at " + sizes(t.victim.least, t.victim.most)
	}
	if t.timed && len(t.points) > 2 {
		s += ", " + lapses(t.gapMin, t.gapMax) + " apart"
	}
	return s + "."
}

func lapses(least, most time.Duration) string {
	if lapse(least) == lapse(most) {
		return lapse(least)
	}
	return lapse(least) + " to " + lapse(most)
}

func (t *trend) verdict(code string) string {
	switch code {
	case "burst":
		return "So close together they are one shortage rather than one that returns: what a victim held was not enough, or not free yet, when the next one was killed."
	case "two-kills":
		return "Two are too few to tell a steady growth from chance."
	case "grows-again":
		return "It comes to the same size again and again, in about the same time: a steady growth after each start, or the same work each time. The figures do not show which."
	case "same-size":
		if t.timed {
			return "It comes to the same size each time, but not after the same time: what makes it grow is not time alone. (A wait before each new start, which gets longer, is in these times too.)"
		}
		return "It comes to the same size each time. When, is not known."
	}
	return "The kills are not alike, so that they show neither one program that grows nor one cause."
}

// limits tells that the limit was changed, and whether that helped.
func (t *trend) limits() string {
	if !t.limit.known || t.limit.least == t.limit.most {
		return ""
	}
	first, last := t.points[0].LimitKB, t.points[len(t.points)-1].LimitKB
	s := fmt.Sprintf("The limit was not the same each time: %s at first, %s at last.", prose.Size(first), prose.Size(last))
	if first == last {
		s = fmt.Sprintf("The limit was not the same each time: %s.", sizes(t.limit.least, t.limit.most))
	}
	if t.grewWithLimit() {
		s += " The victims' size changed with it: the program takes what the limit leaves it."
	}
	return s
}

// hits tells how often the limit was hit from the first kill to the last.
func (t *trend) hits() string {
	fell := false
	for i := range t.points {
		if !isSane(t.points[i].Failcnt) {
			return ""
		}
		fell = fell || i > 0 && t.points[i].Failcnt < t.points[i-1].Failcnt
	}
	if fell {
		return "The count of hits at the limit (failcnt) began anew between: the cgroup was made again, as for a container that is started again, or somebody set the count back."
	}
	if n := t.points[len(t.points)-1].Failcnt - t.points[0].Failcnt; n > 0 {
		return fmt.Sprintf("The limit was hit %d times more from the first to the last (failcnt).", n)
	}
	return ""
}

// anon warns where it is not the programs' memory that fills the cgroup.
func (t *trend) anon() string {
	most := int64(0)
	for _, p := range t.points {
		if p.AnonKB <= 0 || p.UsageKB <= 0 || !isSane(p.AnonKB) {
			return ""
		}
		most = max(most, percentOf(p.AnonKB, p.UsageKB))
	}
	if most >= littleAnon {
		return ""
	}
	return fmt.Sprintf("Anonymous memory was never more than %d %% of the usage: it is not the programs' own memory that fills the cgroup.", most)
}

func (t *trend) figures() (all []Figure) {
	if t.timed {
		all = append(all, Figure{"span", int64(t.span / time.Second), "seconds"},
			Figure{"gap_min", int64(t.gapMin / time.Second), "seconds"}, Figure{"gap_max", int64(t.gapMax / time.Second), "seconds"})
	}
	if t.victim.known {
		all = append(all, kib("victim_min", t.victim.least), kib("victim_max", t.victim.most))
	}
	if t.limit.known {
		all = append(all, kib("limit_min", t.limit.least), kib("limit_max", t.limit.most))
	}
	return all
}
