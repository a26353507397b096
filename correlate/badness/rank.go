package badness

import (
	"cmp"
	"slices"

	"oomtrace/parsers/event"
)

// A scale is what turns pages into badness.
type scale struct {
	total int64 // totalpages, at least 1
	flat  bool  // all oom_score_adj are taken to be equal
	bare  bool  // nobody is taken to have CAP_SYS_ADMIN
}

// scale is the one of the result.
func (c *chooser) scale() scale { return scale{total: max(c.TotalPages, 1)} }

// score computes all rows of the table and puts those that can be killed in the
// order in which the kernel would take them.
func (c *chooser) score() {
	c.partial = c.lacking() != ""
	var rest []Score
	for i := range c.dump.Tasks {
		t := &c.dump.Tasks[i]
		s := Score{Row: i, Used: c.used(t), Killable: t.OOMScoreAdj != -1000}
		if !s.Killable || s.Used == Unknown || t.OOMScoreAdj < -1000 || t.OOMScoreAdj > 1000 {
			c.gaps = c.gaps || s.Killable
			rest = append(rest, s)
			continue
		}
		s.Bonus = c.Rule.Bonus != NoBonus && t.UID == 0
		c.Scores = append(c.Scores, s)
	}
	c.Ranked = len(c.Scores)
	c.rank()
	c.Scores = append(c.Scores, rest...)
	c.SameAdj = c.Ranked > 0
	for i := range c.Scores[:c.Ranked] {
		c.SameAdj = c.SameAdj && c.adj(i) == c.adj(0)
	}
}

// rank gives all who can be killed their badness and puts them in order.
func (c *chooser) rank() {
	ranked, sc := c.Scores[:c.Ranked], c.scale()
	sc.flat = c.TotalPages == Unknown
	for i := range ranked {
		if c.TotalPages != Unknown {
			b := c.badness(&ranked[i], sc, ranked[i].Bonus)
			ranked[i].Badness = &b
		}
	}
	slices.SortFunc(ranked, func(a, b Score) int { return c.compare(&a, &b, sc) })
}

// used returns what a process uses in pages, or Unknown. What the table of
// 2.6.36 to 3.5 does not have counts as none.
func (c *chooser) used(t *event.Task) int64 {
	swapents, tables := t.Swapents, t.NrPtes
	switch {
	case t.PgtablesBytes >= 0:
		tables = t.PgtablesBytes / (c.PageKB << 10)
	case tables >= 0 && t.NrPmd >= 0:
		if !isSane(tables) || !isSane(t.NrPmd) {
			return Unknown
		}
		tables += t.NrPmd
	case tables < 0 && swapents < 0 && c.short():
		tables, swapents = 0, 0
	}
	if !isSane(t.RSS) || !isSane(swapents) || !isSane(tables) {
		return Unknown
	}
	return t.RSS + swapents + tables
}

// short says whether the task table is that of 2.6.36 to 3.5, without columns
// for what is swapped out and for page tables.
func (c *chooser) short() bool {
	least, _ := tableShape(c.dump)
	return least == version{2, 6, 36}
}

// lacking names what the kernel counted and the table does not have, or "".
func (c *chooser) lacking() string {
	n := c.dump.Node
	swap := n.TotalSwapKB < 0 || n.TotalSwapKB != n.FreeSwapKB
	switch {
	case !c.short():
		return ""
	case swap && c.Rule.NoPgtables:
		return "what is swapped out"
	case swap:
		return "what is swapped out and the page tables"
	case !c.Rule.NoPgtables:
		return "the page tables"
	}
	return ""
}

// badness returns the badness of s, with or without the bonus of CAP_SYS_ADMIN.
func (c *chooser) badness(s *Score, sc scale, bonus bool) int64 {
	adj := int64(0)
	if !sc.flat {
		adj = int64(c.dump.Tasks[s.Row].OOMScoreAdj)
	}
	return c.Rule.points(s.Used, adj, sc.total, bonus && !sc.bare)
}

// points computes badness as this rule does.
func (r *Rule) points(used, adj, total int64, bonus bool) int64 {
	if bonus && r.Bonus == BonusTotal {
		adj -= 30
	}
	if bonus && r.Bonus == BonusUsed {
		used -= used * 3 / 100
	}
	switch {
	case r.Thousandths:
		return min(max(used*1000/total+adj, 1), 1000)
	case r.Signed:
		return used + adj*(total/1000)
	}
	return max(used+adj*(total/1000), 1)
}

// compare puts whoever the kernel takes first in front.
func (c *chooser) compare(a, b *Score, sc scale) int {
	return cmp.Or(cmp.Compare(c.badness(b, sc, b.Bonus), c.badness(a, sc, a.Bonus)), c.order(a, b))
}

// order puts in front whom the kernel takes of two with the same badness.
func (c *chooser) order(a, b *Score) int {
	order := cmp.Compare(a.Row, b.Row)
	switch c.Rule.Ties {
	case LaterWins:
		return -order
	case LeaderWins:
		led, led2 := c.led(a), c.led(b)
		switch {
		case led != led2 && led:
			return -1
		case led != led2:
			return 1
		case !led:
			return -order
		}
	}
	return order
}

// led says whether the row is that of a process whose leader has not exited.
func (c *chooser) led(s *Score) bool {
	t := &c.dump.Tasks[s.Row]
	return t.PID == t.TGID
}

// first returns the index of whom the kernel takes on that scale, without the
// one at index but.
func (c *chooser) first(sc scale, but int) int {
	best := -1
	for i := range c.Scores[:c.Ranked] {
		if i != but && (best < 0 || c.compare(&c.Scores[i], &c.Scores[best], sc) < 0) {
			best = i
		}
	}
	return best
}

func (c *chooser) adj(i int) int { return c.dump.Tasks[c.Scores[i].Row].OOMScoreAdj }
