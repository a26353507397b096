package badness

import (
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

func root(t event.Task) event.Task { t.UID = 0; return t }

func user(t event.Task) event.Task { t.UID = 1000; return t }

// The 3 % of CAP_SYS_ADMIN are not printed: a choice that hangs on them is not
// certain, and says what it takes for granted.
func TestBonus(t *testing.T) {
	a, b := row(7, 10000, 0, 0, 0, "a"), row(8, 9900, 0, 0, 0, "b")
	small := row(8, 9000, 0, 0, 0, "b")
	tests := []struct {
		name    string
		release string
		tasks   []event.Task
		chosen  int
		score   int // 0: not printed
		verdict string
		certain bool
		bonus   bool   // of the victim
		assumes string // how an assumption begins
	}{
		{"none from 4.17 on", "4.17.2", []event.Task{root(a), user(b)}, 7, 0, Agrees, true, false, ""},
		{"the lead is more than 3 %", "4.15.0", []event.Task{root(a), user(small)}, 7, 0, Agrees, true, true, ""},
		{"users within 3 %, one of whom may have it", "4.15.0", []event.Task{user(a), user(b)}, 7, 0, Agrees, false, false, "the processes of uid 0 are taken"},
		{"root loses by it", "4.15.0", []event.Task{root(a), user(b)}, 8, 0, Agrees, false, false, "the processes of uid 0 are taken"},
		{"root in a container", "4.15.0", []event.Task{root(a), user(b)}, 7, 0, Agrees, false, false, "some of the processes of uid 0"},
		{"one root in a container, another not", "4.15.0", []event.Task{root(a), root(b)}, 8, 0, Agrees, false, false, "some of the processes of uid 0"},
		{"the score shows it", "4.15.0", []event.Task{root(a), user(small)}, 7, 82, Agrees, true, true, ""},
		{"the score shows that there is none", "4.15.0", []event.Task{root(a), user(b)}, 7, 85, Agrees, true, false, ""},
		{"another one whatever it has", "4.15.0", []event.Task{root(a), user(small)}, 8, 0, Disagrees, true, false, ""},
		{"30 points of a machine to 3.9", "3.8.0", []event.Task{root(row(7, 10000, 0, 0, 0, "a")), user(row(8, 7000, 0, 0, 0, "b"))}, 7, 0, Agrees, false, false, "some of the processes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(tt.chosen, tt.release, tt.tasks...)
			d.Constraint, d.Victims[0].AdjPrinted = "", false
			d.SysRq = true // so that the kind of the kill is not assumed
			if tt.release < "4.15" {
				d.Tasks[0], d.Tasks[1] = columns(d.Tasks[0], "nr_ptes"), columns(d.Tasks[1], "nr_ptes")
			}
			if tt.score > 0 {
				d.Chosen.Score = tt.score
			}
			r := Compute(d, 0)
			if r.Verdict != tt.verdict || r.Certain != tt.certain || r.Scores[r.Victim].Bonus != tt.bonus {
				t.Errorf("verdict %q (%q), certain %v, bonus %v", r.Verdict, r.Reasons, r.Certain, r.Scores[r.Victim].Bonus)
			}
			if got := strings.Join(r.Assumptions, ";"); !strings.HasPrefix(got, tt.assumes) || (got == "") != (tt.assumes == "") {
				t.Errorf("assumptions %q, want %q", r.Assumptions, tt.assumes)
			}
		})
	}
}

// A printed score that is far from what comes out shows that something is not as
// it was.
func TestPrintedScore(t *testing.T) {
	for score, certain := range map[int]bool{85: true, 86: true, 100: false, 2000: false} {
		d := kill(7, "4.19.0", row(7, 10000, 0, 0, 0, "a"), row(8, 9, 0, 0, 0, "b"))
		d.Constraint, d.Victims[0].AdjPrinted, d.Chosen.Score = "", false, score
		r := Compute(d, 0)
		if *r.PrintedScore != int64(score) || *r.Recomputed != 85 || r.Certain != certain || r.Verdict != Agrees {
			t.Errorf("%d: printed %d, recomputed %d, certain %v", score, *r.PrintedScore, *r.Recomputed, r.Certain)
		}
		d.Release, d.Constraint = "6.1", "CONSTRAINT_NONE" // which prints none
		if r := Compute(d, 0); r.PrintedScore != nil {
			t.Errorf("6.1 printed %d", *r.PrintedScore)
		}
	}
	d := kill(7, "4.19.0", row(7, 10000, 0, 0, 0, "a"))
	d.Constraint, d.Victims[0].AdjPrinted, d.Chosen.Score, d.Allocating = "", false, 0, true
	if r := Compute(d, 0); r.PrintedScore == nil || r.Recomputed != nil || !r.Certain {
		t.Errorf("nothing was compared: %v, %v, certain %v", r.PrintedScore, r.Recomputed, r.Certain)
	}
}

// Of equals the one is taken whose turn it is, as far as the table shows it.
func TestTiesByRelease(t *testing.T) {
	tests := []struct {
		release string
		exited  [3]bool // the leaders of the three
		memcg   bool
		first   int
		certain bool
	}{
		{"3.13.0", [3]bool{}, false, 1, true},
		{"3.13.0", [3]bool{true, true, true}, false, 1, true},
		{"4.4.0", [3]bool{}, false, 1, true},
		{"4.4.0", [3]bool{true, false, false}, false, 2, true},
		{"4.4.0", [3]bool{true, true, true}, false, 3, true},
		{"4.8.0", [3]bool{}, false, 1, false},
		{"5.2.0", [3]bool{}, false, 1, true},
		{"5.2.0", [3]bool{}, true, 1, false},
		{"5.3.0", [3]bool{}, false, 3, true},
		{"5.3.0", [3]bool{}, true, 3, true},
		{"6.1.0", [3]bool{true, false, true}, false, 3, true},
	}
	for _, tt := range tests {
		d := kill(tt.first, tt.release)
		for i, exited := range tt.exited {
			task := user(row(i+1, 900, 0, 0, 0, "p"))
			switch {
			case tt.release < "4":
				task = columns(task, "nr_ptes")
			case tt.release < "4.9":
				task = columns(task, "nr_pmds")
			}
			if exited {
				task.PID += 100
			}
			d.Tasks = append(d.Tasks, task)
		}
		d.Victims[0].AdjPrinted, d.SysRq = tt.release > "5.4", true
		if tt.release < "5.0" {
			d.Constraint = ""
		}
		if tt.memcg {
			memcg(d, 98304, 98304, -1)
		}
		// Whoever has CAP_SYS_ADMIN can be any of them to 4.16: leave it out.
		c := chooser{Result: Compute(d, 4), dump: d}
		if got := d.Tasks[c.Scores[0].Row].TGID; got != tt.first || c.Verdict != Agrees || c.DecidedBy != ByOrder {
			t.Errorf("%s %v: %d is first, verdict %q by %q", tt.release, tt.exited, got, c.Verdict, c.DecidedBy)
		}
		if got := c.certain(false); got != tt.certain {
			t.Errorf("%s %v, memcg %v: certain %v", tt.release, tt.exited, tt.memcg, got)
		}
	}
}

// Where the order is not known any of the equals can have been taken.
func TestTieOpen(t *testing.T) {
	d := memcg(kill(8, "4.19.0", row(7, 900, 0, 0, 0, "a"), row(8, 900, 0, 0, 0, "b")), 98304, 98304, -1)
	d.Constraint, d.Victims[0].AdjPrinted = "", false
	r := Compute(d, 4)
	if r.Verdict != Agrees || r.DecidedBy != ByOrder || r.Certain || len(r.Assumptions) != 1 {
		t.Errorf("verdict %q by %q, certain %v, %q", r.Verdict, r.DecidedBy, r.Certain, r.Assumptions)
	}
}

// A row that lacks its numbers can be that of the first.
func TestGap(t *testing.T) {
	d := kill(7, "6.1", row(7, 900, 0, 0, 0, "a"), row(8, event.NotPrinted, 0, 0, 0, "b"))
	if r := Compute(d, 4); r.Verdict != Agrees || r.Certain {
		t.Errorf("verdict %q, certain %v", r.Verdict, r.Certain)
	}
	d.Tasks[1].OOMScoreAdj = -1000
	if r := Compute(d, 4); !r.Certain {
		t.Error("not certain, though the other cannot be chosen")
	}
}
