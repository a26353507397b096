package explain

import (
	"fmt"
	"slices"
	"strings"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/match"
	"oomtrace/correlate/prose"
	"oomtrace/correlate/silence"
	"oomtrace/parsers/event"
)

// daemons are those that kill in userspace: what they are, and how one of them is
// told to spare somebody, with the source.
var daemons = map[string]struct{ what, spare string }{
	// man oomd.conf, systemd.resource-control
	"systemd-oomd": {"systemd's daemon that watches memory pressure and swap", "ManagedOOMPreference=avoid on a unit makes it the last choice, ManagedOOMMemoryPressureLimit= on the slice above it sets how much pressure is too much"},
	// man earlyoom
	"earlyoom": {"a daemon that watches how much memory and swap is available", "earlyoom's --avoid REGEX spares processes by name, -m and -s set its limits"},
	// man nohang, its nohang.conf
	"nohang": {"a daemon that watches how much memory and swap is available, and memory pressure", "in nohang.conf the thresholds set when it acts, and @BADNESS_ADJ_RE_ lines whom it spares"},
	// oomd's docs/configuration.md
	"oomd": {"a daemon that watches memory pressure by cgroup, by rules of its own", "its rulesets say when it acts and in which cgroups"},
}

// daemon returns who killed, and the lines in which it or systemd tells of it.
func (c *Case) daemon() (by string, items []*match.Item, evidence []int) {
	if items, evidence = find[event.UserspaceKill](c, nil); len(items) > 0 {
		return items[0].Event.Body.(event.UserspaceKill).By, items, evidence
	}
	told, evidence := find(c, func(b event.UnitOOM, _ *match.Item) bool { return b.By != "" })
	if len(told) == 0 {
		return "", nil, nil
	}
	return told[0].Event.Body.(event.UnitOOM).By, nil, evidence
}

// asksFirst reports whether the daemon's first signal was one that can be heeded.
func (c *Case) asksFirst() bool {
	_, items, _ := c.daemon()
	return len(items) > 0 && items[0].Event.Body.(event.UserspaceKill).Signal == 15
}

// whoUserspace says which daemon decided, on what, and of whom it speaks.
func (c *Case) whoUserspace(s *sentences) {
	by, items, evidence := c.daemon()
	if by == "" {
		return
	}
	did := "killed"
	if c.R.Verdict == "suspected" {
		did = "meant to kill"
	}
	s.say(evidence, "It was %s, %s: it %s before the kernel had to. The kernel's OOM killer had no part in it.", by, daemons[by].what, did)
	if len(items) == 0 {
		s.say(evidence, "That is systemd's word; the daemon's own, with its reason, is not in these logs.")
		return
	}
	for i, it := range items {
		if b := it.Event.Body.(event.UserspaceKill); b.Why != "" {
			s.say(evidence[i:i+1], "Its reason, in its own words: %s.", strings.TrimRight(b.Why, "."))
			break
		}
	}
	first, last := items[0].Event.Body.(event.UserspaceKill), items[len(items)-1].Event.Body.(event.UserspaceKill)
	switch {
	case first.PID == 0:
		s.say(evidence[:1], "It names a cgroup, %s, of which it kills every process, and no process.", first.Memcg)
	case first.Signal == 15 && last.Signal == 9:
		s.say(evidence, "It asked %s to end (SIGTERM), and killed it (SIGKILL) when it did not.", process(first.Comm, first.PID))
	case first.Signal == 15:
		s.say(evidence, "It asked %s to end (SIGTERM): a process that heeds that ends in its own way, and whoever watches it may see no failure.", process(first.Comm, first.PID))
	}
	if first.RSSMiB > 0 {
		s.say(evidence[:1], "It held %s, by the daemon's figures.", prose.Size(first.RSSMiB*1024))
	}
}

// whoUnit tells what systemd's word is worth where the kernel's is missing.
func (c *Case) whoUnit(s *sentences) bool {
	items, evidence := find(c, func(b event.UnitOOM, _ *match.Item) bool { return b.By == "" })
	for i, it := range items {
		if b := it.Event.Body.(event.UnitOOM); !b.Result {
			s.say(evidence[i:i+1], "Yes: systemd counts the kernel's kills in the cgroup of %s (oom_kill in memory.events), and counted one. No line of the kernel's that can be tied to it is in these logs, so whom it killed, and whether for a limit or because the machine was short, they do not say.", b.Unit)
			return true
		}
	}
	if len(items) > 0 {
		s.say(evidence, "Yes, as systemd has it: the result of %s is oom-kill, which it gives where the kernel or systemd-oomd killed. No line of either that can be tied to it is in these logs.", items[0].Event.Body.(event.UnitOOM).Unit)
	}
	return len(items) > 0
}

// noticedSystemd tells what systemd saw.
func (c *Case) noticedSystemd(s *sentences) {
	items, evidence := find[event.UnitOOM](c, nil)
	if len(items) > 0 {
		if c.R.Kind != "userspace" {
			s.say(evidence, "systemd: it counts the kills in its units' cgroups, and tells of %s. It names no process.", c.unitsOf(items))
		}
		c.userspaceResult(s, items, evidence)
		return
	}
	if ends, e := find[event.UnitExit](c, nil); len(ends) > 0 && c.R.Kind != "userspace" && !ends[0].Event.Body.(event.UnitExit).OOMKill {
		if text, ok := silence.Ask(c.setting("systemd", c.programVersion("systemd", ends[0]), nil)); ok {
			s.say(e[:1], "systemd saw a process of %s end, %s.", ends[0].Event.Body.(event.UnitExit).Unit, text)
		}
	}
}

// unitName says what a unit is to the victim: a container's scope has a name of 64
// digits and more.
func (c *Case) unitName(unit string) string {
	p := cgroup.Parse(unit)
	switch {
	case p.ContainerID != "" && p.ContainerID == c.In.Who.ID:
		return "the container's scope"
	case p.PodUID != "" && p.PodUID == c.In.Who.PodUID:
		return "the pod's slice"
	case unit != c.In.Place.Unit && slices.Contains(cgroup.Units(c.In.Place.Path), unit):
		return "the units above it"
	}
	return unit
}

func (c *Case) unitsOf(items []*match.Item) string {
	var units []string
	for _, it := range items {
		if u := c.unitName(it.Event.Body.(event.UnitOOM).Unit); !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	if n := len(units); n > maxUnits {
		units = append(units[:maxUnits:maxUnits], fmt.Sprintf("%d more", n-maxUnits))
	}
	return prose.List(units)
}

// maxUnits is how many units are named.
const maxUnits = 3

// userspaceResult warns that systemd's oom-kill is not the kernel's.
func (c *Case) userspaceResult(s *sentences, items []*match.Item, evidence []int) {
	if c.R.Kind != "userspace" {
		return
	}
	for i, it := range items {
		if it.Event.Body.(event.UnitOOM).Result {
			s.say(evidence[i:i+1], "systemd gives the unit the result oom-kill for this too: with systemd-oomd about, that word does not tell that it was the kernel.")
			return
		}
	}
}

// nextUnit tells what became of the unit.
func (c *Case) nextUnit(s *sentences) {
	ends, e := find(c, func(b event.UnitExit, _ *match.Item) bool { return b.Process == "main" })
	if len(ends) > 0 {
		b := ends[0].Event.Body.(event.UnitExit)
		how := "by SIGKILL"
		if b.Signal == 0 {
			how = fmt.Sprintf("with code %d, which a shell gives for a child that was killed", b.ExitCode)
		}
		s.say(e[:1], "The main process of %s ended %s.", b.Unit, how)
	}
	failed, e := find(c, func(b event.UnitOOM, _ *match.Item) bool { return b.Result })
	if len(failed) > 0 {
		s.say(e[:1], "The unit %s failed, with the result oom-kill.", failed[0].Event.Body.(event.UnitOOM).Unit)
	}
}

// adviseUserspace: what the daemon can be told.
func adviseUserspace(c *Case) (string, []int) {
	if c.R.Kind != "userspace" {
		return "", nil
	}
	by, _, evidence := c.daemon()
	d, ok := daemons[by]
	if !ok {
		return "", nil
	}
	return "Bound what may grow (MemoryMax= of its unit), so that it is stopped at its own limit before the whole machine is short. If the wrong one was hit: " + d.spare + ".", evidence
}

// summaryUserspace is the summary of a kill by a daemon.
func (c *Case) summaryUserspace(where, when string) string {
	by, items, _ := c.daemon()
	if len(items) > 0 {
		b, last := items[0].Event.Body.(event.UserspaceKill), items[len(items)-1].Event.Body.(event.UserspaceKill)
		switch {
		case b.PID > 0 && last.Signal == 15:
			return fmt.Sprintf("%s had %s%s end (SIGTERM)%s, for want of memory; no OOM kill by the kernel.", by, process(b.Comm, b.PID), in(where), when)
		case b.PID > 0:
			return fmt.Sprintf("%s killed %s%s%s, for want of memory; no OOM kill by the kernel.", by, process(b.Comm, b.PID), in(where), when)
		case c.R.Verdict == "suspected":
			return fmt.Sprintf("%s chose %s to be killed%s, for want of memory; that it was killed no log here says.", by, where, when)
		}
	}
	return fmt.Sprintf("%s killed the processes of %s%s, for want of memory; no OOM kill by the kernel.", by, where, when)
}
