package badness

import (
	"fmt"
	"slices"

	"oomtrace/parsers/event"
)

// judge compares the ranking with what the kernel did.
func (c *chooser) judge() {
	chosen := c.findVictim()
	if c.Ranked == 0 {
		c.Why = "no process in the task table could be killed"
		return
	}
	c.settleBonus()
	c.settleTie()
	c.compareScore()
	c.Certain = c.certain(true)
	flat := c.scale()
	flat.flat = true
	c.Unadjusted = c.first(flat, -1)
	c.RunnerUp, c.next = c.runnersUp()
	c.Lead = c.lead()
	c.assumeAll()
	switch {
	case !chosen:
		c.Why = "the report names nobody who was killed"
	case c.TotalPages == Unknown && !c.Certain:
		c.Why = "the report does not show how much memory was to be shared, and with it what the adjustments weigh"
	case c.Victim == 0 && !wholeTable(c.dump):
		c.Why = "rows of the task table are missing, and whoever they list can have scored higher"
	case c.Victim == 0:
		c.Verdict = Agrees
	case c.Victim >= c.Ranked && c.Scores[c.Victim].Killable:
		c.Why = "the victim's row of the task table does not state what it used"
	case c.Victim < 0 && !wholeTable(c.dump):
		c.Why = "the victim is not among the rows of the task table that are left"
	default:
		c.Verdict = Disagrees
		c.Reasons = c.reasons()
	}
	c.DecidedBy = c.decidedBy()
}

// findVictim notes the score of whom the kernel chose, and says whether the
// report names anybody.
func (c *chooser) findVictim() bool {
	pid, ok := chosenPID(c.dump)
	if !ok {
		return false
	}
	rows := rowsByPID(c.dump)
	row, ok := rows[pid]
	v := c.dump.Victims
	if c.dump.Chosen == nil || len(v) == 0 || !c.Rule.KillsChild {
		if ok {
			c.Victim = c.indexOf(row)
		}
		return true
	}
	dead, died := rows[v[0].PID]
	switch {
	case ok:
		c.Victim, c.Sacrificed = c.indexOf(row), died && dead != row
	case died && wholeTable(c.dump):
		c.Victim = c.indexOf(dead)
		c.assume("the process that the kernel chose is the one that it killed: it is named by a thread, which the task table does not list")
	}
	return true
}

func (c *chooser) indexOf(row int) int {
	return slices.IndexFunc(c.Scores, func(s Score) bool { return s.Row == row })
}

// runnersUp returns the best of all but the victim, and the best of all who did
// not die.
func (c *chooser) runnersUp() (best, next int) {
	best, next = -1, -1
	dead := c.dead()
	for i := range c.Ranked {
		if i != c.Victim && best < 0 {
			best = i
		}
		if !dead(c.Scores[i].Row) && next < 0 {
			next = i
		}
	}
	return best, next
}

// dead returns who died, by row: those that the kill lines name, and all if the
// cgroup that ran full was killed whole, whether or not the log has a line of
// each. Only those at -1000, who are not ranked, are then spared. Source:
// mm/oom_kill.c, oom_kill_memcg_member.
func (c *chooser) dead() func(row int) bool {
	d := c.dump
	rows, dead := rowsByPID(d), map[int]bool{}
	for i := range d.Victims {
		if row, ok := rows[d.Victims[i].PID]; ok {
			dead[row] = true
		}
	}
	all := d.GroupMemcg != "" && d.GroupMemcg == d.OOMMemcg
	return func(row int) bool { return all || dead[row] }
}

// chosenPID returns whom the selection line or the "Kill process" line names,
// or without them the first kill line: up to 5.0 that can be a child of the
// chosen one.
func chosenPID(d *event.OOMDump) (int, bool) {
	if d.Chosen != nil {
		return d.Chosen.PID, true
	}
	if len(d.Victims) > 0 {
		return d.Victims[0].PID, true
	}
	return 0, false
}

// lead returns the victim's lead over the runner-up. With one adjustment for
// all it is the difference of the pages used, whatever the adjustment weighs.
func (c *chooser) lead() *int64 {
	if c.Victim < 0 || c.Victim >= c.Ranked || c.RunnerUp < 0 {
		return nil
	}
	a, b := &c.Scores[c.Victim], &c.Scores[c.RunnerUp]
	switch {
	case a.Badness != nil && b.Badness != nil:
		n := *a.Badness - *b.Badness
		return &n
	case c.SameAdj && c.Certain && !c.Rule.Thousandths:
		n := a.Used - b.Used
		return &n
	}
	return nil
}

func (c *chooser) decidedBy() string {
	switch {
	case c.dump.Allocating:
		return ByAsking
	case c.Verdict != Agrees:
		return ""
	case c.RunnerUp < 0:
		return ByLack
	case c.Lead != nil && *c.Lead == 0:
		return ByOrder
	}
	return c.outweighed()
}

// outweighed says what put the victim before whoever used most. Where neither
// the adjustments nor the bonus would have done it alone, or each would have, it
// is the adjustments.
func (c *chooser) outweighed() string {
	used, adjusted := c.scale(), c.scale()
	used.flat, used.bare, adjusted.bare = true, true, true
	switch {
	case c.first(used, -1) == c.Victim:
		return ByMemory
	case c.Unadjusted == c.Victim && c.first(adjusted, -1) != c.Victim:
		return ByBonus
	}
	return ByAdjustment
}

// reasons returns how the kernel can have come to another choice.
func (c *chooser) reasons() []string {
	var why []string
	d := c.dump
	if d.Allocating {
		why = append(why, "vm.oom_kill_allocating_task is set, so that whoever asked for memory was killed and nothing was compared")
	}
	if d.SysRq {
		why = append(why, "a person at the SysRq key asked for it, and then a process that is already dying is passed over")
	}
	why = append(why, c.victimReasons()...)
	if c.Rule.KillsChild && c.dump.Chosen == nil {
		why = append(why, "up to Linux 5.0 a child of the chosen process could be killed in its place")
	}
	if c.partial {
		why = append(why, "the kernel counted "+c.lacking()+" too, for which its task table has no column")
	}
	if c.Rule.Bonus != NoBonus && !c.Certain && c.certain(false) {
		why = append(why, "up to Linux 4.16 a process with CAP_SYS_ADMIN has 3 % taken off, and the report does not show who has it")
	}
	if !c.Certain && c.MinTotal != c.MaxTotal {
		why = append(why, "what the adjustments weigh is not exact, as the report does not state all that it depends on")
	}
	if len(why) == 0 {
		why = append(why, c.hidden())
	}
	return why
}

// hidden is what no report shows.
func (c *chooser) hidden() string {
	if c.Rule.release.before(version{4, 6, 0}) {
		return "a process that is already dying is passed over, waited for or taken first, and so is one marked as the origin of the shortage (swapoff): the report shows neither"
	}
	return "a process that was already reaped, or is still in vfork, is passed over, and one marked as the origin of the shortage (swapoff) is taken first: the report shows neither"
}

// victimReasons are those that lie in the victim's row.
func (c *chooser) victimReasons() []string {
	if c.Victim < 0 {
		return []string{"the victim is not in the task table"}
	}
	s := &c.Scores[c.Victim]
	switch {
	case !s.Killable:
		return []string{"the victim's oom_score_adj is -1000 in the task table, with which nobody is chosen: it was set after the choice, or nothing was compared"}
	case c.Lead != nil && *c.Lead == 0:
		return []string{"the two have the same badness, and of equals the place in the kernel's own list decides, which the table need not show"}
	case c.Lead != nil && c.Rule.Thousandths && *c.Lead >= -10:
		return []string{fmt.Sprintf("only %d thousandths lie between the two, and the task table is read after the choice, from counters that are rough", -*c.Lead)}
	case c.Lead != nil && !c.Rule.Thousandths && isNoise(-*c.Lead, c.Scores[0].Used):
		return []string{fmt.Sprintf("only %d pages lie between the two, and the task table is read after the choice, from counters that are rough", -*c.Lead)}
	}
	return nil
}

// isNoise says whether a gap is one that the counters of resident pages can
// cause, which each CPU, or to 6.1 each thread, adds to in batches.
func isNoise(gap, used int64) bool { return gap <= max(1024, used/100) }

func wholeTable(d *event.OOMDump) bool { return d.TableWhole && d.TasksCut == 0 }
