package badness

import (
	"math/rand/v2"
	"slices"
	"testing"

	"oomtrace/parsers/event"
)

// Whoever would have been chosen may have died anyway.
func TestSameDeaths(t *testing.T) {
	const cgroup = "/kubepods/pod1/app"
	// three are children of one cgroup of 192 MB: 7 is chosen, 8 has half its memory
	group := func(d *event.OOMDump) {
		memcg(d, 196608, -1, 0)
		d.GroupMemcg, d.OOMMemcg = cgroup, cgroup
	}
	tests := []struct {
		name       string
		change     func(*event.OOMDump)
		what       string
		adj        int
		died, same bool
	}{
		{"nobody else died", func(*event.OOMDump) {}, VictimAdj, -171, false, false},
		{"all of the cgroup", func(d *event.OOMDump) {
			group(d)
			d.Victims = append(d.Victims, event.Victim{PID: 8}, event.Victim{PID: 9})
		}, VictimAdj, -409, true, true},
		{"all of the cgroup, without a line of each", group, VictimAdj, -409, true, true},
		{"less memory of one of the cgroup", group, VictimPages, 0, true, true},
		{"some of the cgroup that ran full", func(d *event.OOMDump) {
			group(d)
			d.OOMMemcg = "/kubepods/pod1"
			d.Victims = append(d.Victims, event.Victim{PID: 9})
		}, VictimAdj, -409, false, false},
		{"of the cgroup only one is spared", func(d *event.OOMDump) {
			group(d)
			d.Tasks[0].RSS = 90000
		}, VictimAdj, -1000, true, false},
		{"the runner-up of the cgroup", func(d *event.OOMDump) {
			group(d)
			d.Victims = append(d.Victims, event.Victim{PID: 8}, event.Victim{PID: 9})
		}, RunnerUpAdj, 409, true, true},
		{"a child died in its place", func(d *event.OOMDump) {
			d.Release, d.Chosen.Score, d.Constraint, d.Victims[0] = "4.17.2", 341, "", event.Victim{PID: 8}
		}, VictimAdj, -171, true, true},
		{"another child died in its place", func(d *event.OOMDump) {
			d.Release, d.Chosen.Score, d.Constraint, d.Victims[0] = "4.17.2", 341, "", event.Victim{PID: 9}
		}, VictimAdj, -171, false, false},
		{"the child, and its parent is exempt", func(d *event.OOMDump) {
			d.Release, d.Chosen.Score, d.Constraint, d.Victims[0] = "4.17.2", 1024, "", event.Victim{PID: 8}
			d.Tasks[0].RSS, d.Tasks[1].RSS = 120000, 10
			d.Tasks = d.Tasks[:2]
		}, VictimAdj, -1000, true, true},
		{"one that shares its memory map", func(d *event.OOMDump) {
			d.Release, d.Constraint = "3.16.0", ""
			for i := range d.Tasks {
				d.Tasks[i] = user(columns(d.Tasks[i], "nr_ptes"))
			}
			d.Victims[0].AdjPrinted = false
			d.Victims = append(d.Victims, event.Victim{PID: 8, Sharing: true})
		}, VictimAdj, -171, true, true},
		{"two kill lines that nothing ties", func(d *event.OOMDump) {
			d.Victims = append(d.Victims, event.Victim{PID: 8})
		}, VictimAdj, -171, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, "6.1", row(7, 40000, 0, 0, 0, "celery"), row(8, 20000, 0, 0, 0, "celery"), row(9, 10, 0, 0, 0, "sh"))
			tt.change(d)
			r := Compute(d, 4)
			for _, ch := range WhatIf(d, r) {
				if ch.What != tt.what {
					continue
				}
				if !ch.Possible || ch.Adj != tt.adj || d.Tasks[r.Scores[ch.Chosen].Row].PID != 8 || ch.ChosenDied != tt.died || ch.SameDeaths != tt.same {
					t.Errorf("got %+v, want adj %d, died %v, same %v", ch, tt.adj, tt.died, tt.same)
				}
				return
			}
			t.Errorf("no change of %s: %+v", tt.what, r)
		})
	}
}

// What a change depends on is certain only if it is the same at all that
// totalpages can be.
func TestChangeIsCertain(t *testing.T) {
	tests := []struct {
		name, release          string
		limits                 [3]int64 // memory, memory+swap, swap, KiB
		usage                  [3]int64
		victim                 event.Task
		adj                    int
		possible               bool // for the runner-up
		adjSure, upSure, lower bool // certain: victim's adj, runner-up's, memory
	}{
		{"no swap counts", "6.1", [3]int64{102400, -1, 0}, [3]int64{}, row(7, 3000, 0, 0, 0, "a"), -40, true, true, true, true},
		{"no bound: a larger whole weighs more", "6.1", [3]int64{102400, -1, none}, [3]int64{}, row(7, 3000, 0, 0, 0, "a"), -40, true, false, false, true},
		{"no bound, but one point is enough", "6.1", [3]int64{102400, -1, none}, [3]int64{}, row(7, 2010, 0, 0, 0, "a"), -1, true, true, true, true},
		{"only -1000 without swap", "6.1", [3]int64{102400, -1, none}, [3]int64{}, row(7, 72000, 0, 0, 0, "a"), -1000, false, false, false, true},
		{"only -1000 with all the swap that it may use", "6.1", [3]int64{102400, -1, 102400}, [3]int64{}, row(7, 72000, 0, 0, 0, "a"), -1000, false, true, true, true},
		{"not so with more of it", "6.1", [3]int64{102400, -1, 204800}, [3]int64{}, row(7, 72000, 0, 0, 0, "a"), -1000, false, false, false, true},
		{"swap in use", "5.4", [3]int64{102400, none, -1}, [3]int64{102400, 295612, 0}, row(7, 72808, 0, 0, 0, "test"), -970, true, false, false, true},
		{"swap in use, all that it may use", "5.4", [3]int64{102400, 295612, -1}, [3]int64{102400, 295612, 0}, row(7, 72808, 0, 0, 0, "test"), -970, true, false, false, true},
		{"another adjustment", "6.1", [3]int64{102400, -1, none}, [3]int64{}, row(7, 3000, 0, 0, 20, "a"), -20, true, false, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			up := row(8, 2000, 0, 0, 0, "b")
			if tt.victim.OOMScoreAdj != 0 {
				tt.adj = -40
			}
			d := memcg(kill(7, tt.release, tt.victim, up), tt.limits[0], tt.limits[1], tt.limits[2])
			d.Memory.Memory.UsageKB, d.Memory.Memsw.UsageKB, d.Memory.Swap.UsageKB = tt.usage[0], tt.usage[1], tt.usage[2]
			got := WhatIf(d, Compute(d, 4))
			if len(got) != 3 {
				t.Fatalf("got %+v", got)
			}
			if got[0].Adj != tt.adj || got[0].Certain != tt.adjSure || got[1].Possible != tt.possible || got[1].Certain != tt.upSure || got[2].Certain != tt.lower {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// Up to 5.8 all whom their adjustment pushes down are equal, so that who is
// chosen at both ends need not be chosen between them.
func TestChangeIsNotCertainAtTheFloor(t *testing.T) {
	d := memcg(kill(7, "5.4", row(7, 759500, 0, 0, 0, "a"), row(8, 759000, 0, 0, -759, "b"), row(9, 760500, 0, 0, -770, "c")), 400000, 4000000, -1)
	ch := WhatIf(d, Compute(d, 4))[0]
	at := func(points int64) int { // of oom_score_adj
		exact := *d
		memcg(&exact, points*4000, points*4000, -1)
		return d.Tasks[chosenWith(&exact, 0, ch.Adj, 0)].PID
	}
	if at(100) != 9 || at(990) != 8 || at(1000) != 9 {
		t.Errorf("%d, %d and %d are chosen", at(100), at(990), at(1000))
	}
	if ch.Adj != -760 || ch.Certain {
		t.Errorf("got %+v", ch)
	}
}

// A change that is certain holds whatever totalpages is, as far as it can be.
func TestChangeIsCertainThroughout(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	certain, open := 0, 0
	for range 3000 {
		d := random(rnd)
		limit := int64(4 + rnd.IntN(800000))
		memcg(d, limit, limit, -1)
		choose(d)
		d.Memory.Memsw.LimitKB += rnd.Int64N(1 + rnd.Int64N(limit))
		r := Compute(d, 4)
		for _, ch := range WhatIf(d, r) {
			if !ch.Certain {
				open++
				continue
			}
			certain++
			s := r.Scores[ch.Score]
			adj, less := d.Tasks[s.Row].OOMScoreAdj, ch.Pages
			if ch.What != VictimPages {
				adj = ch.Adj
			}
			if ch.Possible && less > d.Tasks[s.Row].RSS {
				continue // the row of the report cannot be made that small
			}
			for range 20 {
				total := r.MinTotal + rnd.Int64N(r.MaxTotal-r.MinTotal+1)
				exact := *d
				memcg(&exact, total*4, total*4, -1)
				if got := chosenWith(&exact, r.Scores[0].Row, d.Tasks[r.Scores[0].Row].OOMScoreAdj, 0); got != r.Scores[0].Row {
					t.Fatalf("of %d pages row %d is chosen: %+v", total, got, r)
				}
				if !ch.Possible {
					continue
				}
				if got := chosenWith(&exact, s.Row, adj, less); got != r.Scores[ch.Chosen].Row {
					t.Fatalf("%+v: of %d pages row %d is chosen\n%+v\n%+v", ch, total, got, d.Tasks, r)
				}
				if got := chosenWith(&exact, s.Row, before(ch, adj), max(less-1, 0)); got != r.Scores[0].Row {
					t.Fatalf("%+v: of %d pages, with one less, row %d is chosen\n%+v\n%+v", ch, total, got, d.Tasks, r)
				}
			}
		}
	}
	if certain < 500 || open < 500 {
		t.Errorf("%d changes are certain, %d are not", certain, open)
	}
}

// before is the adjustment one step nearer to that of the table.
func before(ch Change, adj int) int {
	switch ch.What {
	case VictimAdj:
		return adj + 1
	case RunnerUpAdj:
		return adj - 1
	}
	return adj
}

// Where the kernel printed another score than the table comes to, only the
// victim's own adjustment can be told, by the printed one.
func TestPrintedScoreDecides(t *testing.T) {
	server := func(rows string, printed int) *event.OOMDump {
		o := old{release: "3.2.0-23-generic", kind: "global", sizes: [3]int64{8388592, 154844, 1952764},
			columns: "cpu oom_adj oom_score_adj", rows: rows, chosen: 7, score: printed, killed: 7}
		return o.dump(t)
	}
	const mysqld = "112 7 8033034 0 0 0 mysqld\n"
	tests := []struct {
		name string
		d    *event.OOMDump
		adj  int // of the only change, 0 if there is none, 1 if there are three
	}{
		{"the table comes to 921", server(mysqld+"0 8 138 0 0 0 mysqldump", 921), 1},
		{"within rounding", server(mysqld+"0 8 138 0 0 0 mysqldump", 922), 1},
		{"swap has no column: 978 - 977 is 1, as all others have", server("101 6 527 3 0 0 rsyslogd\n"+mysqld+"0 8 138 0 0 0 mysqldump", 978), -977},
		{"and the first of equals is taken", server(mysqld+"0 8 138 0 0 0 mysqldump", 978), 0},
		{"the runner-up has 114", server(mysqld+"1 8 1000000 0 0 0 java", 978), -865},
		{"an adjustment of its own", server("112 7 7600000 0 0 50 mysqld\n1 8 1000000 0 0 0 java", 978), -815},
		{"root", server("0 7 8300000 0 0 0 mysqld\n1 8 1000000 0 0 0 java", 978), -865},
		{"1000 hides the sum", server(mysqld+"1 8 1000000 0 0 0 java", 1000), 0},
		{"less than the table", server(mysqld+"0 8 138 0 0 0 mysqldump", 900), 0},
		{"no score that a kernel prints", server(mysqld+"0 8 138 0 0 0 mysqldump", 1<<62), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := WhatIf(tt.d, Compute(tt.d, 0))
			if want := map[int]int{0: 0, 1: 3}[min(max(tt.adj, -1), 1)]; tt.adj >= 0 {
				if len(got) != want {
					t.Errorf("got %+v, want %d changes", got, want)
				}
				return
			}
			if len(got) != 1 || got[0].What != VictimAdj || got[0].Adj != tt.adj || got[0].Certain {
				t.Errorf("got %+v, want %d", got, tt.adj)
			}
		})
	}
}

// With every column there a score that differs shows that the table is not what
// the kernel weighed.
func TestPrintedScoreDiffers(t *testing.T) {
	for printed, want := range map[int]int{341: 3, 340: 3, 339: 0, 400: 0} {
		d := kill(7, "4.19.0", row(7, 40000, 0, 0, 0, "a"), row(8, 20000, 0, 0, 0, "b"))
		d.Chosen.Score, d.Constraint, d.Victims[0].AdjPrinted = printed, "", false
		if r := Compute(d, 4); r.Recomputed == nil || *r.Recomputed != 341 {
			t.Fatalf("recomputed %v", r.Recomputed)
		} else if got := WhatIf(d, r); len(got) != want {
			t.Errorf("printed %d: got %+v, want %d changes", printed, got, want)
		}
	}
}

// What put the victim before whoever used most is told apart by what would have
// been without it.
func TestOutweighed(t *testing.T) {
	root := func(task event.Task) event.Task {
		task.UID = 0
		return task
	}
	tests := []struct {
		name, release string
		rows          []event.Task
		want          string
		bonus         bool
	}{
		{"memory", "4.9", []event.Task{user(row(7, 1000, 0, 0, 0, "a")), user(row(8, 990, 0, 0, 0, "b"))}, ByMemory, false},
		{"memory, in spite of the bonus", "4.9", []event.Task{root(row(7, 1100, 0, 0, 0, "a")), user(row(8, 990, 0, 0, 0, "b"))}, ByMemory, true},
		{"the bonus", "4.9", []event.Task{user(row(7, 990, 0, 0, 0, "a")), root(row(8, 1000, 0, 0, 0, "b"))}, ByBonus, true},
		{"the bonus, of the whole", "3.6", []event.Task{user(row(7, 40000, 0, 0, 0, "a")), root(row(8, 43000, 0, 0, 0, "b"))}, ByBonus, true},
		{"no bonus from 4.17 on", "4.17", []event.Task{root(row(7, 1000, 0, 0, 0, "a")), root(row(8, 990, 0, 0, 0, "b"))}, ByMemory, false},
		{"the adjustment", "4.9", []event.Task{user(row(7, 900, 0, 0, 1, "a")), user(row(8, 1000, 0, 0, 0, "b"))}, ByAdjustment, false},
		{"the adjustment of the other", "4.9", []event.Task{user(row(7, 900, 0, 0, 0, "a")), user(row(8, 1000, 0, 0, -1, "b"))}, ByAdjustment, false},
		{"each alone", "4.9", []event.Task{user(row(7, 990, 0, 0, 1, "a")), root(row(8, 1000, 0, 0, 0, "b"))}, ByAdjustment, true},
		{"neither alone", "4.9", []event.Task{user(row(7, 9890, 0, 0, 1, "a")), root(row(8, 10300, 0, 0, 0, "b"))}, ByAdjustment, true},
		{"memory, where the bonus is made up for", "4.9", []event.Task{root(row(7, 1000, 0, 0, 1, "a")), user(row(8, 990, 0, 0, 0, "b"))}, ByMemory, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, tt.release, tt.rows...)
			d.Constraint, d.Victims[0].AdjPrinted = "", false
			if of := map[string]string{"4.9": "nr_pmds", "3.6": "nr_ptes"}[tt.release]; of != "" {
				d.Tasks[0], d.Tasks[1] = columns(d.Tasks[0], of), columns(d.Tasks[1], of)
			}
			r := Compute(d, 4)
			bonus := slices.ContainsFunc([]int{r.Victim, r.RunnerUp}, func(i int) bool { return i >= 0 && i < r.Ranked && r.Scores[i].Bonus })
			if r.Verdict != Agrees || r.DecidedBy != tt.want || bonus != tt.bonus {
				t.Errorf("verdict %q, by %q, bonus %v: %+v", r.Verdict, r.DecidedBy, bonus, r.Scores)
			}
		})
	}
}
