package badness

import (
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

func TestDisagrees(t *testing.T) {
	tests := []struct {
		name   string
		change func(*event.OOMDump)
		want   []string // how each reason begins
	}{
		{"nothing shows why", func(*event.OOMDump) {}, []string{"a process that was already reaped"}},
		{"nothing shows why, on an old kernel", func(d *event.OOMDump) {
			d.Release, d.Constraint, d.SysRq = "3.16.0", "", false
			for i := range d.Tasks {
				d.Tasks[i] = user(columns(d.Tasks[i], "nr_ptes"))
			}
		}, []string{"a process that is already dying"}},
		{"columns that are missing", func(d *event.OOMDump) {
			d.Release, d.Constraint = "3.2.0", ""
			for i := range d.Tasks {
				d.Tasks[i] = user(columns(d.Tasks[i], "oom_score_adj"))
			}
		}, []string{"the kernel counted the page tables too", "what the adjustments weigh"}},
		{"thousandths", func(d *event.OOMDump) {
			d.Release, d.Constraint, d.Tasks[1].RSS = "2.6.36", "", 1100
			d.Node.FreeSwapKB = 0
			for i := range d.Tasks {
				d.Tasks[i] = user(columns(d.Tasks[i], "oom_score_adj"))
			}
		}, []string{"only 2 thousandths", "up to Linux 4.16 a process", "what the adjustments weigh"}},
		{"allocating task", func(d *event.OOMDump) { d.Allocating = true }, []string{"vm.oom_kill_allocating_task"}},
		{"sysrq", func(d *event.OOMDump) { d.SysRq = true }, []string{"a person at the SysRq key"}},
		{"not in the table", func(d *event.OOMDump) { d.Chosen.PID = 99 }, []string{"the victim is not in the task table"}},
		{"unkillable", func(d *event.OOMDump) { d.Tasks[0].OOMScoreAdj = -1000 }, []string{"the victim's oom_score_adj is -1000"}},
		{"a tie", func(d *event.OOMDump) { d.Tasks[1].RSS = 900 }, []string{"the two have the same badness"}},
		{"a few pages", func(d *event.OOMDump) { d.Tasks[1].RSS = 910 }, []string{"only 10 pages lie between the two"}},
		{"one in a hundred", func(d *event.OOMDump) { d.Tasks[0].RSS, d.Tasks[1].RSS = 298000, 300000 }, []string{"only 2000 pages lie between the two"}},
		{"a child", func(d *event.OOMDump) { d.Release, d.Victims[0].AdjPrinted, d.Chosen = "5.0.21", false, nil }, []string{"up to Linux 5.0 a child"}},
		{"swap", func(d *event.OOMDump) {
			memcg(d, 400000, none, -1)
			d.Tasks[0].OOMScoreAdj = 10
		}, []string{"what the adjustments weigh"}},
		{"two reasons", func(d *event.OOMDump) { d.Allocating, d.Tasks[0].OOMScoreAdj = true, -1000 },
			[]string{"vm.oom_kill_allocating_task", "the victim's oom_score_adj"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, "6.1", row(7, 900, 0, 0, 0, "a"), row(8, 90000, 0, 0, 0, "b"))
			tt.change(d)
			r := Compute(d, 4)
			if r.Verdict != Disagrees || !slices.EqualFunc(r.Reasons, tt.want, strings.HasPrefix) {
				t.Errorf("verdict %q, reasons %q, want %q", r.Verdict, r.Reasons, tt.want)
			}
			if r.RunnerUp != 0 || r.Victim >= 0 && r.Victim < r.Ranked && *r.Lead > 0 {
				t.Errorf("runner-up %d, victim %d, lead %v", r.RunnerUp, r.Victim, r.Lead)
			}
		})
	}
}

func TestNoVerdict(t *testing.T) {
	tests := []struct {
		name   string
		change func(*event.OOMDump)
		want   string
	}{
		{"no table", func(d *event.OOMDump) { d.Tasks = nil }, "the report has no task table"},
		{"an old table", func(d *event.OOMDump) {
			for i := range d.Tasks {
				d.Tasks[i].PgtablesBytes, d.Tasks[i].OOMAdj, d.Tasks[i].OOMScoreAdj = event.NotPrinted, 0, event.AdjNotPrinted
			}
		}, "up to Linux 2.6.35 the kernel weighed the size of the address space with the CPU time, the run time and the children of a process, which the report does not show"},
		{"no page size", func(d *event.OOMDump) { d.Node.PageKB = event.NotPrinted }, "nothing in the report shows the size of a page"},
		{"nobody killed", func(d *event.OOMDump) { d.Chosen, d.Victims = nil, nil }, "the report names nobody who was killed"},
		{"nobody killable", func(d *event.OOMDump) {
			d.Chosen, d.Victims = nil, nil
			d.Tasks[0].OOMScoreAdj, d.Tasks[1].OOMScoreAdj = -1000, -1000
		}, "no process in the task table could be killed"},
		{"the victim's row is cut", func(d *event.OOMDump) { d.Tasks[0].RSS = event.NotPrinted },
			"the victim's row of the task table does not state what it used"},
		{"the victim's row is not kept", func(d *event.OOMDump) { d.Chosen.PID, d.TasksCut = 99, 1 },
			"the victim is not among the rows of the task table that are left"},
		{"the table breaks off", func(d *event.OOMDump) { d.Chosen.PID, d.TableWhole = 99, false },
			"the victim is not among the rows of the task table that are left"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, "6.1", row(7, 900, 0, 0, 0, "a"), row(8, 90, 0, 0, 0, "b"))
			tt.change(d)
			r := Compute(d, 0)
			if r.Verdict != NoVerdict || r.Why != tt.want || r.DecidedBy != "" || r.Reasons != nil {
				t.Errorf("verdict %q, why %q, want %q", r.Verdict, r.Why, tt.want)
			}
		})
	}
}

// The selection line names the process; the kill line, and the table's first
// column, can have another thread of it.
func TestVictimByThread(t *testing.T) {
	d := kill(7, "6.1", row(9, 900, 0, 0, 0, "a"), row(8, 90, 0, 0, 0, "b"))
	d.Tasks[0].TGID = 7
	if r := Compute(d, 0); r.Verdict != Agrees {
		t.Errorf("by process: verdict %q, %q", r.Verdict, r.Reasons)
	}
	d.Chosen, d.Victims[0].PID = nil, 9
	if r := Compute(d, 0); r.Verdict != Agrees {
		t.Errorf("by thread: verdict %q, %q", r.Verdict, r.Reasons)
	}
}
