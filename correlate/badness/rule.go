package badness

import (
	"cmp"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// A Rule is how the kernels of one era compute badness and compare it.
type Rule struct {
	Since string // the first release of the era: "2.6.36", "3.14", "5.9"; "" if there is no rule
	// Thousandths says that badness is in thousandths of totalpages, from 1 to
	// 1000, to which oom_score_adj is added as it stands: up to 3.4. From 3.5 on
	// it is in pages.
	Thousandths bool
	// NoPgtables says that page tables do not count: 2.6.36 and 2.6.37.
	NoPgtables bool
	Bonus      Bonus
	// Signed says that badness may be negative. Before 5.9 it is at least 1, so
	// that all whom their adjustment pushes below that are equal.
	Signed bool
	Ties   Ties
	// KillsChild says that a child of the chosen process, with another memory
	// map, is killed in its place: up to 5.0, though not on RHEL 8.
	KillsChild bool
	// Sure says that the release in the report, or what it prints, leaves no
	// other rule. Else the most usual of those possible was taken.
	Sure bool

	either  bool    // the stable releases of this one changed the bonus
	release version // of the kernel, or of the one that it was taken for
}

// A Bonus is what is taken off for a process with CAP_SYS_ADMIN.
type Bonus uint8

// The bonuses.
const (
	NoBonus    Bonus = iota // from 4.17 on
	BonusTotal              // 3 % of totalpages, as 30 points less of oom_score_adj: up to 3.9, and 3.11
	BonusUsed               // 3 % of what it uses itself: 3.10.y, 3.12 to 4.16
)

// Ties says who is taken of those whose badness is the same.
type Ties uint8

// The orders of equals. The table lists processes, by their leaders; a leader
// that has exited is listed by another thread.
const (
	FirstWins  Ties = iota // the first row: up to 3.13
	LeaderWins             // the first row with a leader, else the last: 3.14 to 4.6, 4.9 to 5.2
	LaterWins              // the last row: from 5.3 on
	TiesOpen               // 4.7 and 4.8, which were not read; taken as FirstWins
)

// A version is that of a mainline kernel. Only of 2.6 the third number counts.
type version struct{ major, minor, patch int }

func (v version) before(w version) bool {
	return cmp.Or(cmp.Compare(v.major, w.major), cmp.Compare(v.minor, w.minor), cmp.Compare(v.patch, w.patch)) < 0
}

// newest stands for a release that is not out yet.
var newest = version{1 << 30, 0, 0}

// eras are the rules by the release with which they begin. Source:
// mm/oom_kill.c, oom_badness, select_bad_process and oom_evaluate_task.
var eras = []struct {
	from version
	Rule
}{
	{version{2, 6, 36}, Rule{Since: "2.6.36", Thousandths: true, NoPgtables: true, Bonus: BonusTotal, KillsChild: true}},
	{version{2, 6, 38}, Rule{Since: "3.0", Thousandths: true, Bonus: BonusTotal, KillsChild: true}},
	{version{3, 5, 0}, Rule{Since: "3.5", Bonus: BonusTotal, KillsChild: true}},
	{version{3, 10, 0}, Rule{Since: "3.10", Bonus: BonusUsed, KillsChild: true, either: true}},
	{version{3, 11, 0}, Rule{Since: "3.5", Bonus: BonusTotal, KillsChild: true, either: true}},
	{version{3, 12, 0}, Rule{Since: "3.10", Bonus: BonusUsed, KillsChild: true, either: true}},
	{version{3, 14, 0}, Rule{Since: "3.14", Bonus: BonusUsed, Ties: LeaderWins, KillsChild: true}},
	{version{4, 7, 0}, Rule{Since: "4.7", Bonus: BonusUsed, Ties: TiesOpen, KillsChild: true}},
	{version{4, 9, 0}, Rule{Since: "4.9", Bonus: BonusUsed, Ties: LeaderWins, KillsChild: true}},
	{version{4, 17, 0}, Rule{Since: "4.17", Ties: LeaderWins, KillsChild: true}},
	{version{5, 1, 0}, Rule{Since: "5.1", Ties: LeaderWins}},
	{version{5, 3, 0}, Rule{Since: "5.3", Ties: LaterWins}},
	{version{5, 9, 0}, Rule{Since: "5.9", Signed: true, Ties: LaterWins}},
}

// eraOf returns the rule of a release from 2.6.36 on.
func eraOf(v version) Rule {
	rule := eras[0].Rule
	for i := range eras {
		if v.before(eras[i].from) {
			break
		}
		rule = eras[i].Rule
	}
	rule.release = v
	return rule
}

// ruleOf returns the rule by which the kernel that printed d chose, or why
// there is none. The shape of the report comes before the release: vendors
// carry newer lines, and then the newer code, back to older releases.
func ruleOf(d *event.OOMDump) (Rule, string) {
	if len(d.Tasks) == 0 {
		return Rule{}, "the report has no task table"
	}
	columns, last := tableShape(d)
	if columns == (version{}) {
		return Rule{}, "up to Linux 2.6.35 the kernel weighed the size of the address space with the CPU time, the run time and the children of a process, which the report does not show"
	}
	least, most := killShape(d, columns, last)
	v, ok := parseRelease(d.Release)
	taken := v
	switch {
	case ok && v.before(least):
		taken = backport(least)
	case ok && last.before(v):
		taken = last
	case !ok:
		taken = usual(most)
	}
	rule := eraOf(taken)
	if ok {
		rule.Sure = eraOf(v).Since == rule.Since
	} else {
		rule.Sure = eraOf(least).Since == eraOf(most).Since
	}
	if strings.Contains(d.Release, ".el8") {
		rule.KillsChild = false
	}
	return rule, ""
}

// backport returns the release whose rule a vendor has who prints the lines of
// least on an older kernel. RHEL 6 is a 2.6.32 that prints those of 2.6.36 and
// counts page tables as 3.0 does.
func backport(least version) version {
	if least == (version{2, 6, 36}) {
		return version{3, 0, 0}
	}
	return least
}

// usual returns the release that is taken for one which is not told: the last
// one that is possible, but for 3.5, which is rare.
func usual(most version) version {
	if most == (version{3, 5, 0}) {
		return version{3, 4, 0}
	}
	return most
}

// tableShape returns the first and the last mainline release whose task table
// has the columns of d. They are zero up to 2.6.35.
func tableShape(d *event.OOMDump) (least, most version) {
	for i := range d.Tasks {
		t := &d.Tasks[i]
		from, to := version{}, version{}
		switch {
		case t.OOMScoreAdj == event.AdjNotPrinted:
		case t.PgtablesBytes >= 0 && t.RSSAnon >= 0:
			return version{6, 8, 0}, newest
		case t.PgtablesBytes >= 0:
			from, to = version{4, 15, 0}, version{6, 7, 0}
		case t.NrPtes >= 0 && t.NrPmd >= 0:
			from, to = version{4, 0, 0}, version{4, 14, 0}
		case t.NrPtes >= 0:
			from, to = version{3, 6, 0}, version{3, 19, 0}
		case t.OOMAdj != event.AdjNotPrinted:
			from, to = version{2, 6, 36}, version{3, 5, 0}
		}
		if least.before(from) {
			least, most = from, to
		}
	}
	return least, most
}

// killShape narrows the releases of a table of 4.15 to 6.7 by the selection
// line and the end of the kill line. Without a kill there is neither to go by.
func killShape(d *event.OOMDump, least, most version) (version, version) {
	if least != (version{4, 15, 0}) {
		return least, most
	}
	for i := range d.Victims {
		if d.Victims[i].AdjPrinted {
			return version{5, 4, 0}, most
		}
	}
	switch {
	case d.Constraint != "" && len(d.Victims) > 0:
		return version{5, 0, 0}, version{5, 3, 0}
	case d.Constraint != "":
		return version{5, 0, 0}, most
	case len(d.Victims) > 0:
		return least, version{4, 20, 0}
	}
	return least, most
}

// parseRelease reads the numbers of a release: "5.10.0-46-cloud-amd64". The
// third is left at 0 but in 2.6.
func parseRelease(release string) (version, bool) {
	major, rest, ok := leadingInt(release)
	minor, rest, ok2 := leadingInt(strings.TrimPrefix(rest, "."))
	v := version{major, minor, 0}
	if v == (version{2, 6, 0}) {
		v.patch, _, _ = leadingInt(strings.TrimPrefix(rest, "."))
	}
	return v, ok && ok2 && major > 0
}

func leadingInt(s string) (n int, rest string, ok bool) {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.Atoi(s[:end])
	return n, s[end:], err == nil
}
