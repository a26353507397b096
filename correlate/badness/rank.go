package badness

import (
	"cmp"
	"slices"

	"oomtrace/parsers/event"
)

// score computes all rows of the table and puts those that can be killed in the
// order in which the kernel would take them.
func (c *chooser) score() {
	var rest []Score
	for i := range c.dump.Tasks {
		t := &c.dump.Tasks[i]
		s := Score{Row: i, Used: c.used(t), Killable: t.OOMScoreAdj != -1000}
		if !s.Killable || s.Used == Unknown || t.OOMScoreAdj < -1000 || t.OOMScoreAdj > 1000 {
			rest = append(rest, s)
			continue
		}
		if c.PointPages != Unknown {
			b := c.badness(&s, c.PointPages)
			s.Badness = &b
		}
		c.Scores = append(c.Scores, s)
	}
	c.Ranked = len(c.Scores)
	step := max(c.PointPages, 0)
	slices.SortFunc(c.Scores, func(a, b Score) int { return c.compare(&a, &b, step) })
	c.Scores = append(c.Scores, rest...)
	c.SameAdj = c.Ranked > 0
	for i := range c.Scores[:c.Ranked] {
		c.SameAdj = c.SameAdj && c.adj(i) == c.adj(0)
	}
}

// used returns what a process uses in pages, or Unknown.
func (c *chooser) used(t *event.Task) int64 {
	if !isSane(t.RSS) || !isSane(t.Swapents) || t.PgtablesBytes < 0 {
		return Unknown
	}
	return t.RSS + t.Swapents + t.PgtablesBytes/(c.PageKB<<10)
}

// badness returns the badness of s where one point of oom_score_adj weighs step
// pages.
func (c *chooser) badness(s *Score, step int64) int64 {
	b := s.Used + int64(c.dump.Tasks[s.Row].OOMScoreAdj)*step
	if !c.Rule.Signed {
		b = max(b, 1)
	}
	return b
}

// compare puts whoever the kernel takes first in front.
func (c *chooser) compare(a, b *Score, step int64) int {
	order := cmp.Compare(a.Row, b.Row)
	if c.Rule.LaterWins {
		order = -order
	}
	return cmp.Or(cmp.Compare(c.badness(b, step), c.badness(a, step)), order)
}

// first returns the index of whom the kernel takes where one point weighs step
// pages, without the one at index but.
func (c *chooser) first(step int64, but int) int {
	best := -1
	for i := range c.Scores[:c.Ranked] {
		if i != but && (best < 0 || c.compare(&c.Scores[i], &c.Scores[best], step) < 0) {
			best = i
		}
	}
	return best
}

// certain says whether the first is the same with every totalpages that is
// possible. Badness is linear in it, so that one who is first at both ends is
// first between them. Without an upper end the first must have the highest
// oom_score_adj, and must not be pushed down to where all are equal.
func (c *chooser) certain() bool {
	low := max(c.MinTotal, 0) / 1000
	if c.first(low, -1) != 0 {
		return false
	}
	if c.MaxTotal != Unknown {
		return c.first(c.MaxTotal/1000, -1) == 0
	}
	for i := range c.Scores[:c.Ranked] {
		if c.adj(i) > c.adj(0) {
			return false
		}
	}
	return c.Rule.Signed || c.adj(0) >= 0
}

func (c *chooser) adj(i int) int { return c.dump.Tasks[c.Scores[i].Row].OOMScoreAdj }
