package explain

import (
	"fmt"
	"slices"
	"strings"

	"oomtrace/correlate/badness"
	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/match"
	"oomtrace/correlate/prose"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

func askWhy(c *Case) string {
	if c.R.Verdict == report.NoKill {
		return "Why was nobody killed?"
	}
	return "Why this process and not another?"
}

// answerWhy says how the kernel came to its choice.
func answerWhy(c *Case, s *sentences) {
	d := c.In.Dump
	switch {
	case d == nil:
		return
	case d.NoKillable:
		s.say(c.first("no-killable"), "The kernel found nobody that it may kill%s.", onlyExempt(d))
		return
	case d.Panic != "":
		if strings.Contains(d.Panic, "panic_on_oom") {
			s.say(c.first("panic"), "vm.panic_on_oom is set, so that the kernel stopped the machine instead of killing anybody.")
		} else {
			s.say(c.first("panic"), "The kernel stopped the machine, as there was nobody that it might kill.")
		}
		return
	}
	if len(d.Victims) == 0 && len(c.at("exiting")) > 0 {
		s.say(c.at("exiting", "chosen"), "The process that was chosen was already on its way out: the kernel waits for the memory that this frees.")
		return
	}
	if slices.Contains(d.Frames, "check_panic_on_oom") {
		s.say(c.first("invoked"), "Its call trace has check_panic_on_oom: with vm.panic_on_oom the kernel was about to stop the machine rather than to kill (inferred).")
	}
	c.whyChosen(s)
	c.whyScore(s)
	c.whySupervisor(s)
	c.whyGroup(s)
}

// onlyExempt says what the task table shows of why nobody could be killed.
func onlyExempt(d *event.OOMDump) string {
	if len(d.Tasks) == 0 {
		return ""
	}
	for _, t := range d.Tasks {
		if t.OOMScoreAdj != -1000 && t.OOMScoreAdj != event.AdjNotPrinted {
			return ": the task table shows oom_score_adj -1000, or memory that could not be freed"
		}
	}
	return ": the task table shows oom_score_adj -1000 for all of them"
}

// whyChosen compares the victim's badness with that of the others.
func (c *Case) whyChosen(s *sentences) {
	b, v := c.Badness, c.victim()
	if v == nil {
		return
	}
	evidence := append(c.first("killed"), c.first("chosen")...)
	if b.Verdict == badness.NoVerdict {
		if b.Why != "" && !c.In.Dump.HasTable {
			s.say(evidence, "The log has no task table, so the choice cannot be checked.")
		} else if b.Why != "" {
			s.say(evidence, "The choice cannot be checked: %s.", b.Why)
		}
		return
	}
	if b.DecidedBy == badness.ByAsking {
		s.say(evidence, "vm.oom_kill_allocating_task is set: the kernel kills whoever asks, and compares nobody.")
		return
	}
	if b.Verdict == badness.Disagrees {
		s.say(evidence, "By the task table another process scores higher. How that can be: %s.", prose.List(b.Reasons))
		return
	}
	c.whyRule(s, evidence)
	c.whyRunnerUp(s, evidence)
}

func (c *Case) whyRule(s *sentences, evidence []int) {
	switch c.Badness.DecidedBy {
	case badness.ByLack:
		s.say(evidence, "There was no choice: no other process in the task table may be killed.")
	case badness.ByAdjustment:
		s.say(evidence, "oom_score_adj decided: another process used more memory, but the adjustments count in thousandths of the whole, and outweighed that.")
	case badness.ByBonus:
		s.say(evidence, "The 3 %% that this kernel takes off for a process with CAP_SYS_ADMIN decided: another process used more memory, and is taken here to have that privilege.")
	case badness.ByOrder:
		s.say(evidence, "Another process scores the same; of equals %s.", tie(c.Badness.Rule.Ties))
	default:
		s.say(evidence, "It used the most memory of all that may be killed: the kernel adds up %s, and adjusts the sum by oom_score_adj.", c.addsUp())
	}
}

// whyRunnerUp states the figures.
func (c *Case) whyRunnerUp(s *sentences, evidence []int) {
	b, d := c.Badness, c.In.Dump
	if b.Victim < 0 || b.Victim >= b.Ranked || b.RunnerUp < 0 || b.RunnerUp >= b.Ranked || b.DecidedBy == badness.ByAsking {
		return
	}
	v, o := b.Scores[b.Victim], b.Scores[b.RunnerUp]
	tv, to := d.Tasks[v.Row], d.Tasks[o.Row]
	if b.SameAdj {
		s.say(evidence, "Recomputed from the task table: %s uses %s, the next, %s, %s. All that may be killed have the same oom_score_adj (%d), so that it cancels out.",
			process(tv.Comm, tv.PID), pages(v.Used, b.PageKB), process(to.Comm, to.PID), pages(o.Used, b.PageKB), tv.OOMScoreAdj)
		c.whyBonus(s, evidence, v.Bonus || o.Bonus)
		return
	}
	s.say(evidence, "Recomputed from the task table: %s uses %s at oom_score_adj %d%s; the next, %s, %s at %d%s.",
		process(tv.Comm, tv.PID), pages(v.Used, b.PageKB), tv.OOMScoreAdj, c.points(v), process(to.Comm, to.PID), pages(o.Used, b.PageKB), to.OOMScoreAdj, c.points(o))
	c.whyBonus(s, evidence, v.Bonus || o.Bonus)
}

// whyBonus says that kernels to 4.16 take something off for a privileged process.
func (c *Case) whyBonus(s *sentences, evidence []int, counted bool) {
	if counted {
		s.say(evidence, "This kernel takes 3 %% off for a process with CAP_SYS_ADMIN; here uid 0 is taken for one, as the table does not show capabilities.")
	}
}

// tie says who is taken of those that score the same.
func tie(t badness.Ties) string {
	switch t {
	case badness.LaterWins:
		return "the kernel takes the later one in its list"
	case badness.FirstWins, badness.LeaderWins:
		return "this kernel takes the first one in its list"
	}
	return "it is not known which one this kernel takes"
}

// addsUp names what the kernel's rule counts.
func (c *Case) addsUp() string {
	if c.Badness.Rule.NoPgtables {
		return "resident pages and swap"
	}
	return "resident pages, swap and page tables"
}

// whyScore compares the score that a kernel up to 5.0 prints with the one that
// the table gives, and tells of a child that died in place of who was chosen.
func (c *Case) whyScore(s *sentences) {
	b, d, v := c.Badness, c.In.Dump, c.victim()
	if d.Chosen == nil {
		return
	}
	evidence := c.at("chosen")
	if b.PrintedScore != nil && b.Recomputed != nil {
		switch off := *b.PrintedScore - *b.Recomputed; {
		case off >= -1 && off <= 1:
			s.say(evidence, "The kernel printed a score of %d thousandths of the memory to be shared, and the task table comes to %d.", *b.PrintedScore, *b.Recomputed)
		case off > 0:
			s.say(evidence, "The kernel printed a score of %d thousandths of the memory to be shared, but the task table comes to %d: it does not show all that the kernel counted (old tables have no swap), or that memory was less than is taken here.", *b.PrintedScore, *b.Recomputed)
		default:
			s.say(evidence, "The kernel printed a score of %d thousandths of the memory to be shared, but the task table comes to %d: that memory was more than is taken here, or the process held less when it was scored.", *b.PrintedScore, *b.Recomputed)
		}
	}
	if v != nil && v.PID != d.Chosen.PID && d.Chosen.Score != event.NotPrinted {
		s.say(append(evidence, c.first("killed")...), "It was %s that the kernel chose, and %s that died: up to Linux 5.0 a child of the chosen process could be killed in its place, or the line names another thread of it.", process(d.Chosen.Comm, d.Chosen.PID), process(v.Comm, v.PID))
	}
}

func pages(n, pageKB int64) string { return fmt.Sprintf("%d pages (%s)", n, prose.Size(n*pageKB)) }

// points writes a badness, in the unit of that kernel's rule.
func (c *Case) points(sc badness.Score) string {
	switch {
	case sc.Badness == nil:
		return ""
	case c.Badness.Rule.Thousandths:
		return fmt.Sprintf(", badness %d of 1000", *sc.Badness)
	}
	return fmt.Sprintf(", badness %d", *sc.Badness)
}

// whySupervisor sets the victim against the container's first process, where
// the runtime tells which that is.
func (c *Case) whySupervisor(s *sentences) {
	v := c.victim()
	pid, evidence := c.firstProcess()
	if v == nil || pid == 0 {
		return
	}
	if pid == v.PID {
		s.say(append(evidence, c.first("killed")...), "It is the container's first process (PID 1 inside), so the container ended with it.")
		return
	}
	for _, sc := range c.Badness.Scores {
		t := c.In.Dump.Tasks[sc.Row]
		if t.PID != pid || sc.Used <= 0 {
			continue
		}
		used := pages(sc.Used, c.Badness.PageKB)
		if c.In.IsVictim(pid) {
			s.say(append(evidence, c.at("killed")...), "The container's first process, %s, used %s: it was not chosen, and died with the group.", process(t.Comm, t.PID), used)
		} else {
			s.say(append(evidence, c.first("killed")...), "The container's first process, %s, used %s.", process(t.Comm, t.PID), used)
		}
	}
}

// firstProcess returns the host pid of the container's first process, as the
// runtime or the exit event states it.
func (c *Case) firstProcess() (pid int, evidence []int) {
	for _, it := range c.In.Items {
		if b, ok := it.Event.Body.(event.TaskExit); ok && b.Container.ID == c.In.Who.ID && b.ExecID == "" && b.PID > 0 {
			return b.PID, c.line(it)
		}
	}
	return 0, nil
}

// ended reports whether the container ended with the kill, whatever was read of it
// before: somebody saw it end, or nothing was left in it.
func (c *Case) ended() bool {
	exits, _ := find(c, func(b event.TaskExit, _ *match.Item) bool { return b.ExecID == "" && b.Container.ID == c.In.Who.ID })
	died, _ := find(c, func(b event.PodLifecycle, _ *match.Item) bool {
		return b.Type == "ContainerDied" && b.Container.ID == c.In.Who.ID
	})
	if len(exits) > 0 || len(died) > 0 {
		return true
	}
	v, d := c.victim(), c.In.Dump
	if v == nil || d.OOMMemcg == "" || !d.TableWhole || d.TasksCut > 0 {
		return false
	}
	return !slices.ContainsFunc(d.Tasks, func(t event.Task) bool { return !c.In.IsVictim(t.PID) && t.Comm != "pause" })
}

// whyGroup tells of a kill of a whole cgroup. The kubelet sets memory.oom.group
// on containers since Kubernetes 1.28, on cgroup v2
// (kubernetes/kubernetes#117793).
func (c *Case) whyGroup(s *sentences) {
	d := c.In.Dump
	if d.GroupMemcg == "" {
		return
	}
	n := len(d.Victims)
	if n < 2 {
		s.say(c.at("group"), "memory.oom.group is set for %s, so all of the cgroup had to die; the log names one process of it.", d.GroupMemcg)
		return
	}
	s.say(c.at("group", "killed"), "memory.oom.group is set for %s: once one process was chosen, all of the cgroup had to die, here %s.", d.GroupMemcg, plural(n, "process", "processes"))
	if c.groupIsContainer() {
		s.say(c.at("group"), "The kubelet sets that on containers since Kubernetes 1.28 on cgroup v2, unless singleProcessOOMKill is true; a supervisor in the container dies with its workers and cannot tell.")
	}
}

// groupIsContainer reports whether the cgroup that was killed whole is a
// container of a pod: on a pod's own cgroup the kubelet never sets the flag.
func (c *Case) groupIsContainer() bool {
	p := cgroup.Parse(c.In.Dump.GroupMemcg)
	return p.Kubernetes && p.Level == cgroup.AtContainer
}
