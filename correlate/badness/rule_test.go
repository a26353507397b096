package badness

import (
	"testing"

	"oomtrace/parsers/event"
)

func TestRule(t *testing.T) {
	table := row(7, 10, 4096, 0, 0, "a") // 4.15 to 6.7
	parts := table
	parts.RSSAnon, parts.RSSFile, parts.RSSShmem = 10, 0, 0 // 6.8 and later
	ptes := table
	ptes.PgtablesBytes, ptes.NrPtes = event.NotPrinted, 1 // to 4.14
	const (
		chosen = 1 << iota // the selection line, 5.0 and later
		killed
		adjPrinted // at the end of the kill line, 5.4 and later
	)
	tests := []struct {
		name, release string
		row           event.Task
		lines         int
		want          Rule
	}{
		{"Debian 11", "5.10.0-46-cloud-amd64", table, chosen | killed | adjPrinted, Rule{"5.9", true, true, false, true}},
		{"Ubuntu 20.04", "5.4.0-42-generic", table, chosen | killed | adjPrinted, Rule{"5.3", false, true, false, true}},
		{"5.2", "5.2.21", table, chosen | killed, Rule{"5.1", false, false, false, true}},
		{"4.19", "4.19.0-27-amd64", table, killed, Rule{"4.18", false, false, true, true}},
		{"RHEL 8.1", "4.18.0-147.el8.x86_64", table, killed, Rule{"4.18", false, false, true, true}},
		{"a vendor's 4.18 with newer lines", "4.18.0-553.el8.x86_64", table, chosen | killed | adjPrinted, Rule{"5.3", false, true, false, false}},
		{"4.15", "4.15.0-213-generic", table, killed, Rule{}},
		{"3.10", "3.10.0-1062.el7.x86_64", ptes, killed, Rule{}},
		{"old table, no release", "", ptes, killed, Rule{}},
		{"release alone", "6.1", table, 0, Rule{"5.9", true, true, false, true}},
		{"no release, 6.8 by its columns", "", parts, chosen | killed | adjPrinted, Rule{"5.9", true, true, false, true}},
		{"no release, 5.4 to 6.7 by its kill line", "", table, chosen | killed | adjPrinted, Rule{"5.9", true, true, false, false}},
		{"no release, 5.0 to 5.3", "", table, chosen | killed, Rule{"5.3", false, true, false, false}},
		{"no release, 4.15 to 4.20", "", table, killed, Rule{"4.18", false, false, true, true}},
		{"no release, nobody killed", "", table, 0, Rule{"5.9", true, true, false, false}},
		{"no release, the kill line is lost", "", table, chosen, Rule{"5.9", true, true, false, false}},
		{"not a release", "GNU/Linux", parts, chosen, Rule{"5.9", true, true, false, true}},
		{"numbers too large", "99999999999999999999.1", parts, chosen, Rule{"5.9", true, true, false, true}},
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
			if got, why := ruleOf(d); got != tt.want || (why == "") != (got.Since != "") {
				t.Errorf("got %+v, %q, want %+v", got, why, tt.want)
			}
		})
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
