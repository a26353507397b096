package badness

// certain says whether the first is first whatever the report leaves open:
// totalpages, who has CAP_SYS_ADMIN if bonuses is true, who of equals comes
// first. In pages badness is linear in a thousandth of totalpages, so that one
// who is first at both ends, above where all are equal, is first between them.
func (c *chooser) certain(bonuses bool) bool {
	if c.gaps || c.Ranked > 1 && c.partial {
		return false
	}
	if c.Ranked == 1 {
		return true
	}
	if c.MaxTotal == Unknown && (c.Rule.Thousandths || !c.highestAdj(bonuses)) {
		return false
	}
	ends := []int64{max(c.MinTotal, 1), c.MaxTotal}
	if c.MaxTotal == Unknown || c.MaxTotal == c.MinTotal {
		ends = ends[:1]
	}
	open := c.MaxTotal != c.MinTotal
	for _, total := range ends {
		if !c.leads(scale{total: total}, open, bonuses) {
			return false
		}
	}
	return true
}

// leads says whether the first is first on that scale. With open the scale is
// one end of a range: then he must not be pushed down to where all are equal,
// and whole thousandths need a distance.
func (c *chooser) leads(sc scale, open, bonuses bool) bool {
	a := &c.Scores[0]
	low := c.lowest(a, sc, bonuses)
	if open && !c.Rule.Signed && low <= 1 && !c.SameAdj {
		return false
	}
	if open && c.Rule.Thousandths {
		low--
	}
	for i := range c.Scores[1:c.Ranked] {
		b := &c.Scores[i+1]
		high := c.highest(b, sc, bonuses)
		if low < high || low == high && (!c.tiesKnown() || c.order(a, b) > 0) {
			return false
		}
	}
	return true
}

// lowest and highest bound the badness of s by whether it has CAP_SYS_ADMIN.
func (c *chooser) lowest(s *Score, sc scale, bonuses bool) int64 {
	if !bonuses || c.isPinned(s) {
		return c.badness(s, sc, s.Bonus)
	}
	b := c.badness(s, sc, true)
	if c.Rule.either {
		other := c.Rule
		other.Bonus = BonusTotal + BonusUsed - other.Bonus
		b = min(b, (&chooser{Result: Result{Rule: other}, dump: c.dump}).badness(s, sc, true))
	}
	return b
}

func (c *chooser) highest(s *Score, sc scale, bonuses bool) int64 {
	if !bonuses || c.isPinned(s) {
		return c.badness(s, sc, s.Bonus)
	}
	return c.badness(s, sc, false)
}

// isPinned says whether the printed score shows if s has the bonus.
func (c *chooser) isPinned(s *Score) bool {
	return c.pinned && c.Victim >= 0 && s.Row == c.Scores[c.Victim].Row
}

// highestAdj says whether nobody overtakes the first however large totalpages
// is, and nobody is pushed down to where all are equal.
func (c *chooser) highestAdj(bonuses bool) bool {
	bonus := func(s *Score, doubt bool) int {
		if c.Rule.Bonus == BonusTotal && (s.Bonus || doubt && bonuses) {
			return 30
		}
		return 0
	}
	low := c.adj(0) - bonus(&c.Scores[0], true)
	for i := range c.Scores[:c.Ranked] {
		if i == 0 {
			continue
		}
		high := c.adj(i)
		if !bonuses {
			high -= bonus(&c.Scores[i], false)
		}
		if high > low {
			return false
		}
	}
	return c.Rule.Signed || low >= 0
}

// tiesKnown says whether the table shows the order in which the kernel looks at
// processes. Up to 5.2 it walks a cgroup by the order in which they joined, and
// lists it by that in which they began.
func (c *chooser) tiesKnown() bool {
	return c.Rule.Sure && c.Rule.Ties != TiesOpen && (c.Rule.Ties == LaterWins || c.kind() != "memcg")
}
