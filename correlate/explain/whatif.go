package explain

import (
	"strings"

	"oomtrace/correlate/badness"
	"oomtrace/correlate/prose"
)

// answerWhatIf says who would have been next, and what would have changed the
// choice, all else being as the task table has it.
func answerWhatIf(c *Case, s *sentences) {
	c.nextVictim(s)
	for i := range c.WhatIf {
		c.change(s, &c.WhatIf[i])
	}
	c.lacked(s)
}

// table is the evidence for what the task table shows.
func (c *Case) table() []int { return append(c.first("tasks"), c.first("chosen", "killed")...) }

func (c *Case) nextVictim(s *sentences) {
	next, ok := c.Badness.Next()
	if d := c.In.Dump; !ok || c.Badness.Verdict != badness.Agrees || d.Allocating || d.Panic != "" {
		return
	}
	sc := c.Badness.Scores[next]
	t := c.In.Dump.Tasks[sc.Row]
	if c.In.Dump.SysRq {
		s.say(c.table(), "Another SysRq-f would have taken %s: it used %s%s.", process(t.Comm, t.PID), pages(sc.Used, c.Badness.PageKB), c.points(sc))
		return
	}
	s.say(c.table(), "Had the kill not freed enough, %s would have been next: it used %s%s.", process(t.Comm, t.PID), pages(sc.Used, c.Badness.PageKB), c.points(sc))
}

// change tells of one number that would have changed the choice.
func (c *Case) change(s *sentences, w *badness.Change) {
	t := c.In.Dump.Tasks[c.Badness.Scores[w.Score].Row]
	switch {
	case !w.Possible && w.What == badness.VictimAdj && w.Certain:
		s.say(c.table(), "No oom_score_adj of %s would have changed that: there is nobody else to take.", process(t.Comm, t.PID))
		return
	case !w.Possible, w.SameDeaths: // it would have saved nobody
		return
	}
	o := c.In.Dump.Tasks[c.Badness.Scores[w.Chosen].Row]
	about, swap := "", ""
	if !w.Certain {
		about, swap = "about ", c.moreSwap(w)
	}
	switch w.What {
	case badness.VictimAdj:
		switch {
		case w.Adj == -1000 && w.Certain:
			s.say(c.table(), "Of all values of oom_score_adj only -1000, which exempts it, would have spared %s (it has %d); then %s would have been chosen.", process(t.Comm, t.PID), t.OOMScoreAdj, process(o.Comm, o.PID))
		case w.Adj == -1000:
			s.say(c.table(), "As far as the report shows, only an oom_score_adj of -1000, which exempts it, would have spared %s (it has %d); if the machine has more swap than is counted here, a point weighs more, and less may do.", process(t.Comm, t.PID), t.OOMScoreAdj)
		default:
			s.say(c.table(), "With an oom_score_adj of %s%d or less for %s (it has %d), %s would have been chosen.%s", about, w.Adj, process(t.Comm, t.PID), t.OOMScoreAdj, process(o.Comm, o.PID), swap)
		}
	case badness.RunnerUpAdj:
		s.say(c.table(), "In its place %s would have been chosen with an oom_score_adj of %s%d or more (it has %d).%s", process(o.Comm, o.PID), about, w.Adj, t.OOMScoreAdj, swap)
	case badness.VictimPages:
		s.say(c.table(), "Had %s used %s%s less, %s would have been chosen.", process(t.Comm, t.PID), about, prose.Size(w.Pages*c.Badness.PageKB), process(o.Comm, o.PID))
	}
}

// moreSwap says which way a value of oom_score_adj is off where the limit of a
// cgroup leaves room for swap: a memcg report does not say how much the machine
// has, and each point weighs more the more there is.
func (c *Case) moreSwap(w *badness.Change) string {
	b := c.Badness
	if c.R.Kind != "memcg" || b.MinTotal == b.MaxTotal || b.PrintedScore != nil || b.Victim < 0 {
		return ""
	}
	other := w.Chosen
	if w.What == badness.RunnerUpAdj {
		other = w.Score
	}
	nearer := b.Scores[b.Victim].Used >= b.Scores[other].Used
	word := "a higher one does already"
	if (w.What == badness.RunnerUpAdj) == nearer {
		word = "a lower one does already"
	}
	if !nearer {
		word = strings.TrimSuffix(word, " does already") + " is needed"
	}
	return " If the machine has more swap than is counted here, which the report does not say, " + word + "."
}

// lacked says what is proved of how much the limit was too low.
func (c *Case) lacked(s *sentences) {
	l := c.Lack
	if l == nil {
		return
	}
	evidence := append(c.first("limit"), c.first("invoked")...)
	k := c.Badness.PageKB
	s.say(evidence, "The limit lacked at least %s, for a charge of %s; what would have been asked for next, no log shows.", prose.Size(l.Lacked*k), prose.Size(l.Wanted*k))
}
