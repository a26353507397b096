package badness

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"oomtrace/parsers/event"
)

// row is a row of the task table of Linux 4.15 to 6.7.
func row(pid int, rss, pgtables, swapents int64, adj int, comm string) event.Task {
	const no = event.NotPrinted
	return event.Task{PID: pid, TGID: pid, TotalVM: rss + 1000, RSS: rss, RSSAnon: no, RSSFile: no, RSSShmem: no,
		PgtablesBytes: pgtables, NrPtes: no, NrPmd: no, Swapents: swapents, CPU: no, OOMAdj: event.AdjNotPrinted,
		OOMScoreAdj: adj, Comm: comm}
}

// kill returns a report in which the process pid was chosen and killed.
func kill(pid int, release string, tasks ...event.Task) *event.OOMDump {
	return &event.OOMDump{Kind: "global", Constraint: "CONSTRAINT_NONE", Release: release,
		Chosen:  &event.Chosen{PID: pid, UID: event.NotPrinted, Score: event.NotPrinted},
		Victims: []event.Victim{{PID: pid, AdjPrinted: true, AnonRSSKB: -1, FileRSSKB: -1, ShmemRSSKB: -1, TotalVMKB: -1}},
		Tasks:   tasks, HasTable: true, TableWhole: true,
		Node: event.NodeMemory{PagesRAM: 130942, PagesReserved: 13746, TotalSwapKB: 0, PageKB: 4}}
}

// memcg turns d into a report about a cgroup with these limits in KiB. One of
// -1 is not printed.
func memcg(d *event.OOMDump, limit, memsw, swap int64) *event.OOMDump {
	d.Kind, d.Constraint = "memcg", "CONSTRAINT_MEMCG"
	d.Node = event.NodeMemory{PagesRAM: -1, PagesReserved: -1, TotalSwapKB: -1, PageKB: -1}
	counter := func(kb int64) event.Counter { return event.Counter{LimitKB: kb, Printed: kb >= 0} }
	d.Memory = event.MemcgMemory{Memory: counter(limit), Memsw: counter(memsw), Swap: counter(swap)}
	return d
}

// none is how the kernel prints that there is no limit.
const none = 9007199254740988

// global73 is the report of a Debian kernel 7.3.4 on a machine of 512 MB:
// python3 dies though stress holds nine times its memory.
func global73(release string) *event.OOMDump {
	d := kill(1300, release,
		row(1297, 7889, 98304, 0, -999, "kubelet"),
		row(1298, 5330, 81920, 0, -999, "containerd"),
		row(1299, 10450, 122880, 0, -997, "redis-server"),
		row(1300, 8658, 106496, 0, 1000, "python3"),
		row(1301, 978, 45056, 0, -1000, "sshd"),
		row(1302, 75592, 638976, 0, 0, "stress"),
		row(1703, 332, 36864, 0, -1000, "init"),
		row(1705, 190, 28672, 0, -1000, "exe"))
	d.Victims[0] = event.Victim{PID: 1300, Comm: "python3", TotalVMKB: 35036, AnonRSSKB: 33852, FileRSSKB: 4,
		ShmemRSSKB: 776, UID: 1000, PgtablesKB: 104, OOMScoreAdj: 1000, AdjPrinted: true}
	return d
}

// ranking returns the names of the rows in the order of the scores.
func ranking(d *event.OOMDump, r Result) []string {
	var names []string
	for _, s := range r.Scores {
		names = append(names, d.Tasks[s.Row].Comm)
	}
	return names
}

func wantBadness(t *testing.T, d *event.OOMDump, r Result, want map[string]int64) {
	t.Helper()
	for _, s := range r.Scores {
		name := d.Tasks[s.Row].Comm
		b, ok := want[name]
		if got := s.Badness; ok != (got != nil) || ok && *got != b {
			t.Errorf("badness of %s is %v, want %d (%v)", name, got, b, ok)
		}
	}
}

func TestGlobal(t *testing.T) {
	d := global73("7.3.4+deb13-cloud-amd64")
	r := Compute(d, 0)
	if r.TotalPages != 117196 || r.MinTotal != 117196 || r.MaxTotal != 117196 || r.PointPages != 117 || r.PageKB != 4 {
		t.Errorf("total %d (%d to %d), a point weighs %d, page %d KiB", r.TotalPages, r.MinTotal, r.MaxTotal, r.PointPages, r.PageKB)
	}
	wantBadness(t, d, r, map[string]int64{"stress": 75748, "python3": 125684, "redis-server": -106169,
		"kubelet": 7913 - 999*117, "containerd": 5350 - 999*117})
	if got, want := ranking(d, r), []string{"python3", "stress", "redis-server", "kubelet", "containerd", "sshd", "init", "exe"}; !slices.Equal(got, want) {
		t.Errorf("ranking %q, want %q", got, want)
	}
	if r.Verdict != Agrees || r.DecidedBy != ByAdjustment || !r.Certain || len(r.Assumptions) != 0 {
		t.Errorf("verdict %q, decided by %q, certain %v, assumptions %q", r.Verdict, r.DecidedBy, r.Certain, r.Assumptions)
	}
	if r.Victim != 0 || r.RunnerUp != 1 || r.Unadjusted != 1 || r.Ranked != 5 || *r.Lead != 125684-75748 {
		t.Errorf("victim %d, runner-up %d, unadjusted %d, ranked %d, lead %d", r.Victim, r.RunnerUp, r.Unadjusted, r.Ranked, *r.Lead)
	}
	if u := r.Scores[0].Used; u != 8684 {
		t.Errorf("python3 uses %d pages, want 8684", u)
	}
}

// Before 5.9 nobody's badness is below 1.
func TestGlobalUnsigned(t *testing.T) {
	d := global73("5.8.18")
	r := Compute(d, 0)
	wantBadness(t, d, r, map[string]int64{"stress": 75748, "python3": 125684, "redis-server": 1, "kubelet": 1, "containerd": 1})
	if got, want := ranking(d, r)[2:5], []string{"redis-server", "containerd", "kubelet"}; !slices.Equal(got, want) {
		t.Errorf("the three that are equal are ranked %q, want the later first: %q", got, want)
	}
	if r.Verdict != Agrees {
		t.Errorf("verdict %q: %q", r.Verdict, r.Why)
	}
}

// A container of a Debian kernel 5.10, cgroup v1: in one container the
// adjustment cancels, and the biggest dies.
func TestMemcg(t *testing.T) {
	d := memcg(kill(121, "5.10.0-46-cloud-amd64",
		row(115, 1, 28672, 0, 969, "dramatiq"),
		row(118, 776, 49152, 0, 969, "dramatiq"),
		row(119, 777, 49152, 0, 969, "dramatiq"),
		row(120, 777, 49152, 0, 969, "dramatiq"),
		row(121, 22277, 217088, 0, 969, "dramatiq")), 98304, none, -1)
	d.Victims[0] = event.Victim{PID: 121, TotalVMKB: 89556, AnonRSSKB: 88400, FileRSSKB: 0, ShmemRSSKB: 708,
		PgtablesKB: 212, OOMScoreAdj: 969, AdjPrinted: true}
	r := Compute(d, 0)
	if r.TotalPages != 24576 || r.MaxTotal != Unknown || r.PointPages != 24 || r.PageBasis != "the victim's rss" {
		t.Errorf("total %d to %d, a point weighs %d, page from %q", r.TotalPages, r.MaxTotal, r.PointPages, r.PageBasis)
	}
	if *r.Scores[0].Badness != 45586 || *r.Scores[3].Badness != 24044 || r.Scores[0].Used != 22330 || *r.Lead != 21541 {
		t.Errorf("scores %+v", r.Scores)
	}
	if r.Verdict != Agrees || r.DecidedBy != ByMemory || !r.SameAdj || !r.Certain || len(r.Assumptions) != 1 {
		t.Errorf("verdict %q, decided by %q, %v, %v, %q", r.Verdict, r.DecidedBy, r.SameAdj, r.Certain, r.Assumptions)
	}
}

func TestTies(t *testing.T) {
	tests := []struct {
		name, release string
		adjPrinted    bool // on the kill line, from 5.4 on
		first         int
		adjs          [2]int
	}{
		{"two equal siblings", "5.10.0-46-cloud-amd64", true, 8, [2]int{500, 500}},
		{"the same on the first kernel that takes the later", "5.3.0", false, 8, [2]int{500, 500}},
		{"the same before", "5.2.21", false, 7, [2]int{500, 500}},
		{"the same on RHEL 8", "4.18.0-147.el8.x86_64", false, 7, [2]int{500, 500}},
		{"both pushed to 1, the better one first in the table", "5.8.18", true, 8, [2]int{-500, -900}},
		{"both pushed below 0", "5.9.0", true, 7, [2]int{-500, -900}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(tt.first, tt.release, row(7, 100, 4096, 0, tt.adjs[0], "a"), row(8, 100, 4096, 0, tt.adjs[1], "b"))
			d.Victims[0].AdjPrinted = tt.adjPrinted
			if tt.release < "5" {
				d.Constraint, d.Chosen = "", nil
			}
			r := Compute(d, 0)
			if r.Verdict != Agrees {
				t.Errorf("verdict %q (%q), scores %+v", r.Verdict, r.Why, r.Scores)
			}
			if tied := *r.Lead == 0; tied != (r.DecidedBy == ByOrder) {
				t.Errorf("lead %d, decided by %q", *r.Lead, r.DecidedBy)
			}
		})
	}
}

func TestDecidedBy(t *testing.T) {
	tests := []struct {
		name   string
		tasks  []event.Task
		change func(*event.OOMDump)
		want   string
	}{
		{"alone", []event.Task{row(7, 9, 0, 0, 0, "a"), row(8, 900, 0, 0, -1000, "b")}, nil, ByLack},
		{"the biggest, adjustments differ", []event.Task{row(7, 900, 0, 0, 5, "a"), row(8, 9, 0, 0, 0, "b")}, nil, ByMemory},
		{"the biggest, swap and page tables counted", []event.Task{row(7, 400, 4096*100, 450, 0, "a"), row(8, 900, 0, 0, 0, "b")}, nil, ByMemory},
		{"the smaller one", []event.Task{row(7, 9, 0, 0, 900, "a"), row(8, 900, 0, 0, 0, "b")}, nil, ByAdjustment},
		{"whoever asked", []event.Task{row(7, 900, 0, 0, 0, "a"), row(8, 9, 0, 0, 0, "b")},
			func(d *event.OOMDump) { d.Allocating = true }, ByAsking},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, "6.1.0", tt.tasks...)
			if tt.change != nil {
				tt.change(d)
			}
			if r := Compute(d, 0); r.Verdict != Agrees || r.DecidedBy != tt.want {
				t.Errorf("verdict %q (%q), decided by %q, want %q", r.Verdict, r.Why, r.DecidedBy, tt.want)
			}
		})
	}
}

// How the kernel chose does not change if everybody's adjustment changes alike:
// from 5.9 on never, before as long as nobody is pushed below 1.
func TestSameShiftForAll(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		d := kill(1, "6.1.0-50-cloud-amd64")
		for pid := range 8 {
			d.Tasks = append(d.Tasks, row(pid+1, rnd.Int64N(60000), 4096*rnd.Int64N(50), rnd.Int64N(900), rnd.IntN(400), "p"))
		}
		if rnd.IntN(2) == 0 {
			d.Release = "5.4.0-42-generic"
		}
		before := Compute(d, 0)
		shift := rnd.IntN(600)
		for i := range d.Tasks {
			d.Tasks[i].OOMScoreAdj += shift
		}
		after := Compute(d, 0)
		for i := range before.Scores {
			if before.Scores[i].Row != after.Scores[i].Row || before.Scores[i].Used != after.Scores[i].Used {
				t.Fatalf("%+v\nbefore %+v\n after %+v", d.Tasks, before.Scores, after.Scores)
			}
			if got := *after.Scores[i].Badness - *before.Scores[i].Badness; got != int64(shift)*117 {
				t.Fatalf("a shift of %d moves badness by %d", shift, got)
			}
		}
	}
}

func FuzzCompute(f *testing.F) {
	f.Add("7.3.4", "memcg", int64(22277), int64(217088), int64(0), 969, int64(98304), int64(none), int64(24576), int64(4), byte(0))
	f.Add("5.8.18", "global", int64(1), int64(0), int64(7), -997, int64(math.MaxInt64), int64(math.MinInt64), int64(math.MaxInt64), int64(0), byte(1))
	f.Add("", "mempolicy", int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MaxInt64), math.MaxInt, int64(1<<50), int64(1<<50), int64(1<<50), int64(64), byte(2))
	f.Add("4.19.0", "", int64(sane), int64(math.MaxInt64), int64(sane), 1000, int64(0), int64(0), int64(1), int64(-1), byte(0))
	f.Add("3.2.0", "cpuset", int64(sane), int64(math.MaxInt64), int64(sane), 1000, int64(0), int64(0), int64(1), int64(-1), byte(1))
	f.Add("3.10.0", "global", int64(889625), int64(66407), int64(1), 30, int64(0), int64(0), int64(2097151), int64(4), byte(2))
	f.Add("4.4.0", "memcg", int64(25609), int64(59), int64(3), 30, int64(102400), int64(102400), int64(0), int64(4), byte(3))
	f.Fuzz(func(t *testing.T, release, kind string, rss, pgtables, swapents int64, adj int, limit, swap, ram, page int64, table byte) {
		d := kill(7, release, row(7, rss, pgtables, swapents, adj, "a"), row(8, 1000, 4096, 0, 0, "b"),
			row(9, swapents, pgtables, rss, -adj, "c"), row(7, ram, swap, limit, 1000, "d"))
		for i := range d.Tasks {
			task := &d.Tasks[i]
			switch table % 4 {
			case 1:
				task.PgtablesBytes, task.Swapents, task.OOMAdj = event.NotPrinted, event.NotPrinted, 0
			case 2:
				task.PgtablesBytes, task.NrPtes = event.NotPrinted, pgtables
			case 3:
				task.PgtablesBytes, task.NrPtes, task.NrPmd = event.NotPrinted, pgtables, swapents
			}
			task.UID = int(rss) % (i + 2)
		}
		d.Kind, d.Nodemask, d.MemsAllowed, d.Chosen.Score = kind, release, release, int(ram)
		d.Memory.Memory = event.Counter{UsageKB: ram, LimitKB: limit, Printed: true}
		d.Memory.Memsw = event.Counter{UsageKB: ram, LimitKB: swap, Printed: swap%2 == 0}
		d.Memory.Swap = event.Counter{LimitKB: swap, UsageKB: rss, Printed: swap%3 == 0}
		d.Node = event.NodeMemory{PagesRAM: ram, PagesReserved: limit, TotalSwapKB: swap, PageKB: page}
		d.Node.Zones = []event.Zone{{Node: adj, KB: event.Stats{{Name: "present", Value: ram}}}, {Node: 5, KB: event.Stats{{Name: "present", Value: limit}}}}
		d.Victims[0].AnonRSSKB, d.Victims[0].FileRSSKB, d.Victims[0].ShmemRSSKB, d.Victims[0].TotalVMKB = limit, rss, swap, ram
		d.Allocating, d.SysRq, d.Victims[0].AdjPrinted = rss%2 == 0, rss%3 == 0, swapents%2 == 0
		d.Trigger = &event.Trigger{Order: adj}
		r := Compute(d, page)
		checkResult(t, d, r)
		for _, ch := range WhatIf(d, r) {
			if ch.Possible && (ch.Adj < -1000 || ch.Adj > 1000 || ch.Pages < 0 || ch.Pages > r.Scores[0].Used || ch.Chosen >= r.Ranked) {
				t.Fatalf("%+v", ch)
			}
			if ch.SameDeaths && !ch.ChosenDied || ch.Certain && (!r.Certain || r.Rule.Thousandths) || !ch.Possible && ch.ChosenDied {
				t.Fatalf("%+v of %+v", ch, r)
			}
		}
		if i, ok := r.Next(); ok && (i == r.Victim && !r.Sacrificed && r.Verdict == Agrees || i < 0 || i >= r.Ranked) {
			t.Fatalf("next is %d: %+v", i, r)
		}
		if s, ok := Lack(d, r); ok && (s.Lacked < 1 || s.Wanted < 1 || s.Freed < Unknown) {
			t.Fatalf("%+v", s)
		}
	})
}

// checkResult checks what holds of every result.
func checkResult(t *testing.T, d *event.OOMDump, r Result) {
	if (r.Verdict == NoVerdict) != (r.Why != "") || (r.Verdict == Disagrees) != (len(r.Reasons) > 0) {
		t.Fatalf("verdict %q, why %q, reasons %q", r.Verdict, r.Why, r.Reasons)
	}
	if len(r.Scores) != 0 && len(r.Scores) != len(d.Tasks) || r.Ranked > len(r.Scores) {
		t.Fatalf("%d scores for %d rows, %d ranked", len(r.Scores), len(d.Tasks), r.Ranked)
	}
	if r.TotalPages != Unknown && (r.TotalPages < r.MinTotal || r.MaxTotal != Unknown && r.TotalPages > r.MaxTotal || r.TotalPages < 1) {
		t.Fatalf("total %d is not within %d and %d", r.TotalPages, r.MinTotal, r.MaxTotal)
	}
	for i, s := range r.Scores {
		task := &d.Tasks[s.Row]
		if s.Badness != nil && (i >= r.Ranked || !s.Killable || s.Used < 0) {
			t.Fatalf("%+v got %+v", *task, s)
		}
		if s.Badness != nil && r.Rule.Bonus == NoBonus && task.OOMScoreAdj > 0 && *s.Badness < s.Used {
			t.Fatalf("%+v got %+v", *task, s)
		}
		if i > 0 && i < r.Ranked && s.Badness != nil && *s.Badness > *r.Scores[i-1].Badness {
			t.Fatalf("scores are not in order: %+v", r.Scores)
		}
		if s.Badness != nil && r.Rule.Thousandths && *s.Badness > 1000 {
			t.Fatalf("badness %d under rule %+v", *s.Badness, r.Rule)
		}
		if s.Badness != nil && !r.Rule.Signed && *s.Badness < 1 {
			t.Fatalf("badness %d under rule %+v", *s.Badness, r.Rule)
		}
	}
	if r.Lead != nil && r.Verdict == Agrees && *r.Lead < 0 {
		t.Fatalf("the victim leads by %d", *r.Lead)
	}
}
