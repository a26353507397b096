package badness

import (
	"testing"

	"oomtrace/parsers/event"
)

// columns turns a row into one of an older table.
func columns(t event.Task, of string) event.Task {
	const no = event.NotPrinted
	t.PgtablesBytes = no
	switch of {
	case "oom_adj": // to 2.6.35
		t.Swapents, t.CPU, t.OOMAdj, t.OOMScoreAdj = no, 0, 0, event.AdjNotPrinted
	case "oom_score_adj": // 2.6.36 to 3.5
		t.Swapents, t.CPU, t.OOMAdj = no, 0, 0
	case "nr_ptes": // 3.6 to 3.19
		t.NrPtes = 1
	case "nr_pmds": // 4.0 to 4.14
		t.NrPtes, t.NrPmd = 1, 1
	}
	return t
}

func TestRule(t *testing.T) {
	table := row(7, 10, 4096, 0, 0, "a") // 4.15 to 6.7
	parts := table
	parts.RSSAnon, parts.RSSFile, parts.RSSShmem = 10, 0, 0 // 6.8 and later
	oldest, old := columns(table, "oom_adj"), columns(table, "oom_score_adj")
	ptes, pmds := columns(table, "nr_ptes"), columns(table, "nr_pmds")
	const (
		chosen = 1 << iota // the selection line, 5.0 and later
		killed
		adjPrinted // at the end of the kill line, 5.4 and later
	)
	const sure = true
	tests := []struct {
		name, release string
		row           event.Task
		lines         int
		since         string
		sure          bool
	}{
		{"Debian 11", "5.10.0-46-cloud-amd64", table, chosen | killed | adjPrinted, "5.9", sure},
		{"Ubuntu 20.04", "5.4.0-42-generic", table, chosen | killed | adjPrinted, "5.3", sure},
		{"5.2", "5.2.21", table, chosen | killed, "5.1", sure},
		{"4.19", "4.19.0-27-amd64", table, killed, "4.17", sure},
		{"4.17", "4.17.2-1-ARCH", table, killed, "4.17", sure},
		{"RHEL 8.1", "4.18.0-147.el8.x86_64", table, killed, "4.17", sure},
		{"a vendor's 4.18 with newer lines", "4.18.0-553.el8.x86_64", table, chosen | killed | adjPrinted, "5.3", !sure},
		{"Ubuntu 18.04", "4.15.0-213-generic", table, killed, "4.9", sure},
		{"4.8", "4.8.17", pmds, killed, "4.7", sure},
		{"Ubuntu 16.04", "4.4.0-210-generic", pmds, killed, "3.14", sure},
		{"RHEL 7", "3.10.0-1062.el7.x86_64", ptes, killed, "3.10", sure},
		{"3.11", "3.11.10", ptes, killed, "3.5", sure},
		{"3.5, without columns for swap and tables", "3.5.0-17-generic", old, killed, "3.5", sure},
		{"Ubuntu 12.04", "3.2.0-23-generic", old, killed, "3.0", sure},
		{"2.6.37", "2.6.37-rc5", old, killed, "2.6.36", sure},
		{"RHEL 6", "2.6.32-642.el6.x86_64", old, killed, "3.0", !sure},
		{"RHEL 5 and others", "2.6.32-5-amd64", oldest, killed, "", !sure},
		{"a release that is newer than the table", "5.10.0", pmds, killed, "4.9", !sure},
		{"4.0 to 4.14, no release", "", pmds, killed, "4.9", !sure},
		{"3.6 to 3.19, no release", "", ptes, killed, "3.14", !sure},
		{"2.6.36 to 3.5, no release", "", old, killed, "3.0", !sure},
		{"release alone", "6.1", table, 0, "5.9", sure},
		{"no release, 6.8 by its columns", "", parts, chosen | killed | adjPrinted, "5.9", sure},
		{"no release, 5.4 to 6.7 by its kill line", "", table, chosen | killed | adjPrinted, "5.9", !sure},
		{"no release, 5.0 to 5.3", "", table, chosen | killed, "5.3", !sure},
		{"no release, 4.15 to 4.20", "", table, killed, "4.17", !sure},
		{"no release, nobody killed", "", table, 0, "5.9", !sure},
		{"no release, the kill line is lost", "", table, chosen, "5.9", !sure},
		{"not a release", "GNU/Linux", parts, chosen, "5.9", sure},
		{"numbers too large", "99999999999999999999.1", parts, chosen, "5.9", sure},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, tt.release, tt.row)
			d.Victims[0].AdjPrinted = tt.lines&adjPrinted != 0
			if tt.lines&killed == 0 {
				d.Victims = nil
			}
			if tt.lines&chosen == 0 {
				d.Constraint = ""
			}
			got, why := ruleOf(d)
			if got.Since != tt.since || got.Sure != tt.sure || (why == "") != (got.Since != "") {
				t.Errorf("got %+v, %q, want %q, sure: %v", got, why, tt.since, tt.sure)
			}
			if el8 := tt.release == "4.18.0-147.el8.x86_64"; el8 && got.KillsChild {
				t.Error("RHEL 8 kills no child")
			}
		})
	}
}

// points are those of a process that uses used pages, by the sources.
func TestPoints(t *testing.T) {
	tests := []struct {
		release          string
		used, adj, total int64
		bonus            bool
		want             int64
	}{
		{"2.6.36", 5000, 0, 10000, false, 500},
		{"2.6.36", 5000, 0, 10000, true, 470},
		{"3.4", 100, 0, 10000, true, 1},
		{"3.4", 9999, 900, 10000, false, 1000},
		{"3.4", 9999, -600, 10999, false, 309},
		{"3.5", 5000, 100, 10999, false, 6000},
		{"3.9", 5000, 100, 10999, true, 5700},
		{"3.10", 5000, 100, 10999, true, 5850},
		{"3.11", 5000, 0, 10999, true, 4700},
		{"3.14", 33, 0, 10999, true, 33}, // 3 % of it are less than one
		{"4.16", 5000, -900, 10999, true, 1},
		{"4.18", 5000, 100, 10999, true, 6000},
		{"5.8", 5000, -900, 10999, false, 1},
		{"5.9", 5000, -900, 10999, false, -4000},
		{"6.12", 5000, 1000, 999, false, 5000}, // a thousandth of it is none
	}
	for _, tt := range tests {
		v, _ := parseRelease(tt.release)
		rule := eraOf(v)
		if got := rule.points(tt.used, tt.adj, tt.total, tt.bonus); got != tt.want {
			t.Errorf("%s: %+v: got %d", tt.release, tt, got)
		}
	}
}

// That the rule is not sure is said only where another one can come to
// something else.
func TestRuleAssumed(t *testing.T) {
	tests := []struct {
		name  string
		tasks []event.Task
		want  int
	}{
		{"no matter", []event.Task{row(7, 900, 0, 0, 0, "a"), row(8, 9, 0, 0, 0, "b")}, 0},
		{"pushed below 1", []event.Task{row(7, 900, 0, 0, 0, "a"), row(8, 9, 0, 0, -500, "b")}, 1},
		{"a tie", []event.Task{row(8, 9, 0, 0, 0, "b"), row(7, 9, 0, 0, 0, "a")}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r := Compute(kill(7, "", tt.tasks...), 0); r.Verdict != Agrees || len(r.Assumptions) != tt.want {
				t.Errorf("verdict %q, assumptions %q", r.Verdict, r.Assumptions)
			}
		})
	}
}
