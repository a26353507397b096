package badness

import "slices"

// printedScore returns the score that the kernel printed of whom it chose. An
// "oom_kill_allocating_task" prints 0, as nothing was compared.
func (c *chooser) printedScore() (int64, bool) {
	ch := c.dump.Chosen
	if ch == nil || ch.Score < 0 || !c.printsScore() {
		return 0, false
	}
	return int64(ch.Score), true
}

// compareScore notes the printed score and what it comes to here.
func (c *chooser) compareScore() {
	n, ok := c.printedScore()
	if !ok {
		return
	}
	c.PrintedScore = &n
	if c.dump.Allocating || c.TotalPages == Unknown || c.Victim < 0 || c.Victim >= c.Ranked {
		return
	}
	s := &c.Scores[c.Victim]
	m := c.thousandths(c.badness(s, c.scale(), s.Bonus))
	c.Recomputed = &m
}

// printsScore says whether the kernel has the line with the score.
func (c *chooser) printsScore() bool {
	return c.Rule.release.before(version{5, 1, 0}) && c.Rule.KillsChild
}

// thousandths turns a badness into the unit of the printed score.
func (c *chooser) thousandths(badness int64) int64 {
	if c.Rule.Thousandths {
		return badness
	}
	return badness * 1000 / max(c.TotalPages, 1)
}

// settleBonus finds out as far as it can be done who has the bonus of
// CAP_SYS_ADMIN: all of uid 0, or as the printed score shows of the victim, or
// as makes the victim the first.
func (c *chooser) settleBonus() {
	if c.Rule.Bonus == NoBonus || c.TotalPages == Unknown || c.Victim < 0 || c.Victim >= c.Ranked {
		return
	}
	root := c.dump.Tasks[c.Scores[c.Victim].Row].UID == 0
	has, shown := c.pin(&c.Scores[c.Victim])
	c.pinned = shown && c.MinTotal == c.TotalPages && c.MaxTotal == c.TotalPages
	usual := func(s *Score) bool { return c.dump.Tasks[s.Row].UID == 0 }
	nobody := func(*Score) bool { return false }
	others := usual
	switch {
	case !shown:
		has = root
	case root && !has && c.kind() == "memcg": // a container, as it seems
		others = nobody
	}
	if c.give(has, others); c.Victim == 0 || c.dump.Allocating {
		return
	}
	for _, others := range []func(*Score) bool{nobody, usual} {
		if c.give(shown && has, others); c.Victim == 0 {
			c.assume(bonusText)
			return
		}
	}
	c.give(has, others)
}

const bonusText = "some of the processes of uid 0 are taken to lack CAP_SYS_ADMIN, as in a container, for which these kernels take 3 % off: with it for all of them another would be first"

// give sets whether the victim and who of the others has the bonus, and ranks
// again.
func (c *chooser) give(victim bool, others func(*Score) bool) {
	row := c.Scores[c.Victim].Row
	for i := range c.Scores[:c.Ranked] {
		s := &c.Scores[i]
		s.Bonus = others(s)
		if s.Row == row {
			s.Bonus = victim
		}
	}
	c.rank()
	c.Victim = c.indexOf(row)
}

// pin compares the printed score with what s comes to with and without the
// bonus, and says which of the two it shows, if it does.
func (c *chooser) pin(s *Score) (bonus, ok bool) {
	printed, shown := c.printedScore()
	if !shown || c.dump.Allocating || c.partial {
		return false, false
	}
	off := func(bonus bool) int64 {
		n := c.thousandths(c.badness(s, c.scale(), bonus)) - printed
		return max(n, -n)
	}
	with, without := off(true), off(false)
	switch {
	case with <= 1 && without > 2:
		return true, true
	case without <= 1 && with > 2:
		return false, true
	}
	return false, false
}

// assumeAll says what the ranking takes for granted, where it matters.
func (c *chooser) assumeAll() {
	if c.lacking() != "" {
		c.assume("nothing is counted for " + c.lacking() + ", as the task table of these kernels has no column for it")
	}
	if c.Rule.Bonus != NoBonus && !c.Certain && c.certain(false) && !slices.Contains(c.Assumptions, bonusText) {
		c.assume("the processes of uid 0 are taken to have CAP_SYS_ADMIN, for which these kernels take 3 % off, and the others not: the report does not show it")
	}
	if c.scoreFar() {
		c.Certain = false
		c.assume("the kernel printed another score than this comes to, so that something here is not as it was at the choice")
	}
	c.assumeOrder()
	c.assumeRule()
}

// scoreFar says whether the printed score is another than the recomputed one,
// beyond what the counters can be off.
func (c *chooser) scoreFar() bool {
	if c.Recomputed == nil {
		return false
	}
	gap := *c.Recomputed - *c.PrintedScore
	if c.partial && gap < 0 {
		return false
	}
	return max(gap, -gap) > max(3, *c.PrintedScore/50)
}

// settleTie puts the victim in front of those with the same badness, where the
// table does not show in what order the kernel looks at them.
func (c *chooser) settleTie() {
	if c.tiesKnown() || c.Victim <= 0 || c.Victim >= c.Ranked || c.TotalPages == Unknown {
		return
	}
	s := c.Scores[c.Victim]
	if *s.Badness == *c.Scores[0].Badness {
		copy(c.Scores[1:], c.Scores[:c.Victim])
		c.Scores[0], c.Victim = s, 0
	}
}

// assumeOrder says that of equals the table does not show who is taken.
func (c *chooser) assumeOrder() {
	if c.tied() && c.Rule.Sure && !c.tiesKnown() {
		c.assume("of those with the same badness the kernel came to the victim in its turn: the task table does not show in what order it looks at them, up to Linux 5.2 in a cgroup, and in 4.7 and 4.8 it is not known")
	}
}

// tied says whether the first two have the same badness.
func (c *chooser) tied() bool {
	if c.Ranked < 2 || c.TotalPages == Unknown && !c.SameAdj {
		return false
	}
	sc := c.scale()
	sc.flat = c.TotalPages == Unknown
	a, b := &c.Scores[0], &c.Scores[1]
	return c.badness(a, sc, a.Bonus) == c.badness(b, sc, b.Bonus)
}

// assumeRule says that the rule is not known for sure, if another one can come
// to something else.
func (c *chooser) assumeRule() {
	if c.Rule.Sure {
		return
	}
	matters := c.tied() || c.Rule.Bonus != NoBonus || c.Rule.Thousandths || c.Rule.release.before(version{5, 1, 0})
	for i := range c.Scores[:c.Ranked] {
		matters = matters || c.Scores[i].Used+int64(c.adj(i))*max(c.PointPages, 0) < 1
	}
	if matters {
		c.assume("the kernel chooses as Linux " + c.Rule.Since + " did: the report does not show its version for sure")
	}
}
