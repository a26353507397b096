package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"oomtrace/correlate/breakdown"
	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

const (
	maxParts = 4 // parts that are named in a sentence
	maxSums  = 3 // names that are
	minShare = 5 // percent of the whole from which a part is named
)

// answerMemory says what the memory was used for: by the statistics of the
// cgroup, or the machine's.
func answerMemory(c *Case, s *sentences) {
	c.memoryParts(s)
	for _, f := range c.Found {
		s.say(c.state(), "%s", f.Text)
	}
	c.memoryNames(s)
}

// state is the evidence for what the kernel prints of the memory.
func (c *Case) state() []int {
	if c.In.Dump.Kind == "memcg" {
		return c.first("limit", "memory", "invoked", "chosen", "killed")
	}
	return c.first("memory", "invoked", "chosen", "killed")
}

func (c *Case) memoryParts(s *sentences) {
	b := c.Breakdown
	if b == nil || b.TotalKB <= 0 {
		return
	}
	parts := slices.Clone(b.Parts)
	slices.SortStableFunc(parts, func(a, b breakdown.Part) int { return cmp.Compare(b.KB, a.KB) })
	var named []string
	for _, p := range parts {
		if len(named) < maxParts && p.KB*100/minShare >= b.TotalKB {
			named = append(named, fmt.Sprintf("%s (%d %%) was %s", prose.Size(p.KB), percent(p.KB, b.TotalKB), p.Label))
		}
	}
	whose := "The machine's memory was"
	if b.Of == breakdown.Cgroup {
		whose = "The cgroup used"
	}
	if len(named) > 0 {
		s.say(c.state(), "%s %s (%s): %s.", whose, prose.Size(b.TotalKB), b.TotalBasis, prose.List(named))
	}
	switch u := b.UnaccountedKB; {
	case c.says("unaccounted"), len(b.Missing) > 0: // told otherwise
	case u*100/minShare >= b.TotalKB:
		s.say(c.state(), "%s (%d %%) are in none of the figures%s.", prose.Size(u), percent(u, b.TotalKB), because(b.UnaccountedWhy))
	case u < 0 && -u*100 >= b.TotalKB:
		why := b.UnaccountedWhy
		if why == "" {
			why = "the counters are read one after the other"
		}
		s.say(c.state(), "The parts come to %s more than the whole: %s.", prose.Size(-u), why)
	}
	if len(b.Missing) > 0 {
		s.say(c.state(), "The log does not hold all of the figures: %s %s missing.", prose.List(b.Missing), isAre(len(b.Missing)))
	}
}

// says reports whether there is a finding of that code.
func (c *Case) says(code string) bool {
	return slices.ContainsFunc(c.Found, func(f breakdown.Finding) bool { return f.Code == code })
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func percent(kb, of int64) int64 { return kb * 100 / of }

// memoryNames sums the task table up by name, where that says more than the
// table: the many can outweigh the largest.
func (c *Case) memoryNames(s *sentences) {
	if c.Badness.PageKB == 0 || len(c.Names) == 0 {
		return
	}
	var sums []string
	many := false
	for _, n := range c.Names[:min(len(c.Names), maxSums)] {
		if n.KB <= 0 {
			continue
		}
		many = many || n.Count > 1
		text := fmt.Sprintf("%s %s", prose.Name(n.Comm), prose.Size(n.KB))
		if n.Count > 1 {
			text = fmt.Sprintf("%s x %d %s", prose.Name(n.Comm), n.Count, prose.Size(n.KB))
		}
		sums = append(sums, text)
	}
	if !many || len(sums) == 0 {
		return
	}
	partial := ""
	if c.Names[0].Partial {
		partial = " of those rows that are left"
	}
	shared := ""
	if c.sharesPages() {
		shared = "; pages that they share are counted in each"
	}
	s.say(c.first("tasks", "chosen", "killed", "invoked"), "By name, the task table%s adds up to %s of resident memory%s.", partial, prose.List(sums), shared)
}

// sharesPages reports whether some process has pages that others can have too.
func (c *Case) sharesPages() bool {
	return slices.ContainsFunc(c.In.Dump.Tasks, func(t event.Task) bool {
		return t.RSSShmem > 0 || t.RSSFile > 0 || t.RSSAnon == event.NotPrinted
	})
}

// maxZones is how many zones are told one by one.
const maxZones = 4

// answerAllocation says why the request failed, zone by zone.
func answerAllocation(c *Case, s *sentences) {
	z := c.Zones
	if z == nil || c.In.Dump.SysRq {
		return
	}
	for i, o := range z.Zones {
		if i == maxZones {
			s.say(c.state(), "%d more zones are in the report of the program as JSON.", len(z.Zones)-i)
			break
		}
		s.say(c.state(), "%s", o.Text)
	}
	for _, f := range z.Findings {
		s.say(c.state(), "%s", f.Text)
	}
	if len(z.Unknown) > 0 {
		s.say(c.state(), "%s", strings.Join(z.Unknown, " "))
	}
}
