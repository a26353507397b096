package badness

import (
	"cmp"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// A Rule is how the kernels of one era compute badness and compare it. All of
// them add rss, swapents and pgtables_bytes in pages to oom_score_adj times a
// thousandth of totalpages.
type Rule struct {
	Since string // the first release of the era: "4.18", "5.1", "5.3" or "5.9"; "" if there is no rule
	// Signed says that badness may be negative. Before 5.9 it is at least 1, so
	// that all whom their adjustment pushes below that are equal.
	Signed bool
	// LaterWins says that of equals the later row of the table is taken. Before
	// 5.3 it is the first, as the table lists processes and not threads.
	LaterWins bool
	// KillsChild says that a child of the chosen process, with another memory
	// map, is killed in its place: up to 5.0, though not in every vendor's 4.18.
	KillsChild bool
	// Sure says that the release in the report, or what it prints, leaves no
	// other rule. Else the most usual of those possible was taken.
	Sure bool
}

// A version is that of a mainline kernel.
type version struct{ major, minor int }

func (v version) before(w version) bool {
	return cmp.Or(cmp.Compare(v.major, w.major), cmp.Compare(v.minor, w.minor)) < 0
}

// ruleOf returns the rule by which the kernel that printed d chose, or why
// there is none. The shape of the report comes before the release: vendors
// carry newer lines, and then the newer code, back to older releases.
func ruleOf(d *event.OOMDump) (Rule, string) {
	if len(d.Tasks) == 0 {
		return Rule{}, "the report has no task table"
	}
	least, most := shape(d)
	if (least == version{}) {
		return Rule{}, "the task table is not that of Linux 4.15 or later, and older kernels computed otherwise"
	}
	v, ok := parseRelease(d.Release)
	switch {
	case ok && v.before(version{4, 18}) && !shows(least, 5, 0):
		return Rule{}, "kernels before Linux 4.18 computed otherwise"
	case ok && v.before(least):
		v, ok = least, false
	case !ok && most.before(version{5, 9}):
		v = most
		ok = most.before(version{5, 1})
	case !ok:
		v, ok = version{6, 8}, shows(least, 5, 9)
	}
	return eraOf(v, ok), ""
}

func shows(least version, major, minor int) bool {
	return !least.before(version{major, minor})
}

func eraOf(v version, sure bool) Rule {
	switch {
	case v.before(version{5, 1}):
		return Rule{Since: "4.18", KillsChild: true, Sure: sure}
	case v.before(version{5, 3}):
		return Rule{Since: "5.1", Sure: sure}
	case v.before(version{5, 9}):
		return Rule{Since: "5.3", LaterWins: true, Sure: sure}
	}
	return Rule{Since: "5.9", Signed: true, LaterWins: true, Sure: sure}
}

// shape returns the first and the last mainline release that prints a report
// like d, as far as the lines that the rules go by tell: the columns of the
// table, the selection line, the end of the kill line. The first is zero if the
// table is older than 4.15.
func shape(d *event.OOMDump) (least, most version) {
	for i := range d.Tasks {
		if d.Tasks[i].RSSAnon >= 0 && d.Tasks[i].PgtablesBytes >= 0 {
			return version{6, 8}, newest
		}
		if d.Tasks[i].PgtablesBytes >= 0 {
			least = version{4, 15}
		}
	}
	if (least == version{}) {
		return least, newest
	}
	return killShape(d)
}

// newest stands for a release that is not out yet.
var newest = version{1 << 30, 0}

// killShape is shape for a table of 4.15 to 6.7. Without a kill there is
// neither selection line nor kill line to go by.
func killShape(d *event.OOMDump) (least, most version) {
	for i := range d.Victims {
		if d.Victims[i].AdjPrinted {
			return version{5, 4}, version{6, 7}
		}
	}
	switch {
	case d.Constraint != "" && len(d.Victims) > 0:
		return version{5, 0}, version{5, 3}
	case d.Constraint != "":
		return version{5, 0}, version{6, 7}
	case len(d.Victims) > 0:
		return version{4, 15}, version{4, 20}
	}
	return version{4, 15}, version{6, 7}
}

// parseRelease reads the first two numbers of a release: "5.10.0-46-cloud-amd64".
func parseRelease(release string) (version, bool) {
	major, rest, _ := strings.Cut(release, ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	a, err := strconv.Atoi(major)
	b, err2 := strconv.Atoi(rest[:end])
	return version{a, b}, err == nil && err2 == nil && a > 0
}
