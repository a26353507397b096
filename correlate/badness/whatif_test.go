package badness

import (
	"math/rand/v2"
	"testing"

	"oomtrace/parsers/event"
)

// releases of every rule, with the columns of their tables.
var releases = []struct{ release, columns string }{
	{"2.6.36", "oom_score_adj"}, {"3.2.0", "oom_score_adj"}, {"3.8.0", "nr_ptes"}, {"3.10.0", "nr_ptes"}, {"3.16.0", "nr_ptes"},
	{"4.4.0", "nr_pmds"}, {"4.8.0", "nr_pmds"}, {"4.14.0", "nr_pmds"}, {"4.16.0", ""}, {"4.19.0", ""}, {"5.2.0", ""}, {"5.4.0", ""}, {"6.1.0", ""},
}

// random returns a report with a few processes, of which the kernel chose the
// one that it had to.
func random(rnd *rand.Rand) *event.OOMDump {
	kernel := releases[rnd.IntN(len(releases))]
	d := kill(1, kernel.release)
	d.Node.TotalSwapKB, d.Node.FreeSwapKB = 0, 0
	for pid := 1; pid <= 2+rnd.IntN(6); pid++ {
		adj := rnd.IntN(2001) - 1000
		if rnd.IntN(2) == 0 {
			adj = rnd.IntN(40)
		}
		task := row(pid, rnd.Int64N(1+rnd.Int64N(100000)), 4096*rnd.Int64N(50), rnd.Int64N(900), adj, "p")
		if task.UID = 1000 * rnd.IntN(2); kernel.columns != "" {
			task = columns(task, kernel.columns)
		}
		if rnd.IntN(8) == 0 {
			task.PID += 100 // the leader has exited
		}
		d.Tasks = append(d.Tasks, task)
	}
	d.Victims[0].AdjPrinted = kernel.release >= "5.4"
	choose(d)
	return d
}

// choose lets the kernel choose by the ranking.
func choose(d *event.OOMDump) {
	open := *d
	open.Chosen, open.Victims = nil, nil
	if r := Compute(&open, 0); r.Ranked > 0 {
		d.Chosen.PID = d.Tasks[r.Scores[0].Row].TGID
		d.Victims[0].PID = d.Chosen.PID
	}
}

// chosenWith returns whom the kernel takes if the row has these numbers.
func chosenWith(d *event.OOMDump, row, adj int, less int64) int {
	changed := *d
	changed.Tasks = append([]event.Task(nil), d.Tasks...)
	changed.Tasks[row].OOMScoreAdj = adj
	changed.Tasks[row].RSS -= less
	changed.Chosen, changed.Victims = nil, nil
	r := Compute(&changed, 4)
	if r.Ranked == 0 {
		return -1
	}
	return r.Scores[0].Row
}

// Each threshold is one: just beyond it another is chosen, just before it not.
func TestWhatIf(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	seen := map[string]int{}
	for range 4000 {
		d := random(rnd)
		r := Compute(d, 0)
		for _, ch := range WhatIf(d, r) {
			s, victim := r.Scores[ch.Score], r.Scores[0]
			adj := d.Tasks[s.Row].OOMScoreAdj
			seen[ch.What]++
			switch {
			case ch.What == VictimAdj:
				if got := chosenWith(d, s.Row, ch.Adj, 0); got == victim.Row || got != r.Scores[ch.Chosen].Row {
					t.Fatalf("%+v: with it row %d is chosen\n%+v\n%+v", ch, got, d.Tasks, r)
				}
				if got := chosenWith(d, s.Row, ch.Adj+1, 0); got != victim.Row {
					t.Fatalf("%+v: with one more row %d is chosen\n%+v", ch, got, r)
				}
			case ch.What == RunnerUpAdj && ch.Possible:
				if got := chosenWith(d, s.Row, ch.Adj, 0); got != s.Row {
					t.Fatalf("%+v: with it row %d is chosen\n%+v", ch, got, r)
				}
				if got := chosenWith(d, s.Row, ch.Adj-1, 0); got != victim.Row {
					t.Fatalf("%+v: with one less row %d is chosen\n%+v", ch, got, r)
				}
			case ch.What == RunnerUpAdj:
				if got := chosenWith(d, s.Row, 1000, 0); got != victim.Row {
					t.Fatalf("%+v: with 1000 row %d is chosen\n%+v", ch, got, r)
				}
			case ch.Possible && ch.Pages <= d.Tasks[s.Row].RSS:
				if got := chosenWith(d, s.Row, adj, ch.Pages); got == victim.Row || got != r.Scores[ch.Chosen].Row {
					t.Fatalf("%+v: row %d is chosen\n%+v", ch, got, r)
				}
				if got := chosenWith(d, s.Row, adj, ch.Pages-1); got != victim.Row {
					t.Fatalf("%+v: with one less row %d is chosen\n%+v", ch, got, r)
				}
			case !ch.Possible:
				if got := chosenWith(d, s.Row, adj, d.Tasks[s.Row].RSS); got != victim.Row {
					t.Fatalf("%+v: without any row %d is chosen\n%+v", ch, got, r)
				}
			}
		}
	}
	if len(seen) != 3 || seen[VictimPages] < 2000 {
		t.Errorf("tried %v", seen)
	}
}

// Whoever uses more is not chosen later.
func TestMoreIsNeverBetter(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	rank := func(d *event.OOMDump, row int) int {
		r := Compute(d, 0)
		for i := range r.Scores {
			if r.Scores[i].Row == row {
				return i
			}
		}
		return -1
	}
	for range 3000 {
		d := random(rnd)
		d.Chosen, d.Victims = nil, nil
		row := rnd.IntN(len(d.Tasks))
		before := rank(d, row)
		d.Tasks[row].RSS += 1 + rnd.Int64N(5000)
		if after := rank(d, row); after > before {
			t.Fatalf("row %d went from %d to %d: %+v", row, before, after, d.Tasks)
		}
	}
}

func TestWhatIfOfKill(t *testing.T) {
	d := global73("7.3.4+deb13-cloud-amd64")
	got := WhatIf(d, Compute(d, 0))
	want := []Change{
		{What: VictimAdj, Score: 0, Possible: true, Adj: 573, Chosen: 1, Certain: true},   // 8684 + 573*117 < 75748
		{What: RunnerUpAdj, Score: 1, Possible: true, Adj: 427, Chosen: 1, Certain: true}, // 75748 + 427*117 > 125684
		{What: VictimPages, Score: 0, Possible: false, Adj: 0, Pages: 0, Certain: true},   // its 1000 points alone are more
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	d.Allocating = true
	if got := WhatIf(d, Compute(d, 0)); got != nil {
		t.Errorf("nothing was compared: %+v", got)
	}
}

func TestNext(t *testing.T) {
	d := kill(7, "6.1", row(7, 900, 0, 0, 0, "a"), row(8, 800, 0, 0, 0, "b"), row(9, 700, 0, 0, 0, "c"), row(10, 950, 0, 0, -1000, "d"))
	next := func() int {
		r := Compute(d, 4)
		i, ok := r.Next()
		if !ok {
			return 0
		}
		return d.Tasks[r.Scores[i].Row].PID
	}
	if got := next(); got != 8 {
		t.Errorf("next is %d, want 8", got)
	}
	d.Victims = append(d.Victims, event.Victim{PID: 8}) // memory.oom.group
	if got := next(); got != 9 {
		t.Errorf("after the group %d is next, want 9", got)
	}
	d.Victims = append(d.Victims, event.Victim{PID: 9})
	if got := next(); got != 0 {
		t.Errorf("%d is next, and nobody is left", got)
	}
	d.Victims = d.Victims[:1]
	memcg(d, 4000, -1, 0)
	d.GroupMemcg, d.OOMMemcg = "/pod/app", "/pod"
	if got := next(); got != 8 {
		t.Errorf("after a group of one %d is next, want 8", got)
	}
	d.OOMMemcg = d.GroupMemcg
	if got := next(); got != 0 {
		t.Errorf("%d is next, of a cgroup that was killed whole", got)
	}
	d = kill(7, "4.17.2", row(7, 900, 0, 0, 0, "a"), row(8, 800, 0, 0, 0, "b"))
	d.Chosen.Score, d.Constraint, d.Victims[0] = 7, "", event.Victim{PID: 8}
	if got := next(); got != 7 {
		t.Errorf("after its child %d is next, want 7", got)
	}
	if _, ok := (Result{}).Next(); ok {
		t.Error("a result of nothing has a next one")
	}
}
