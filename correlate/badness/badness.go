// Package badness computes again how the kernel chose whom to kill.
//
// In goes one report of the kernel's OOM killer; out comes a Result: the
// badness of every process in its task table, in the order in which the kernel
// would have taken them, whether the process that it chose is the first of
// them, by how much it leads, and what decided: the memory that it used, its
// oom_score_adj, or nothing but the order of the table. WhatIf says what would
// have made the kernel choose another.
//
// The kernel adds the pages that a process uses (resident, swapped out, page
// tables) and the adjustment, oom_score_adj times a thousandth of totalpages,
// the memory that was to be shared: the machine's, or the limit of the cgroup
// that ran full. The highest sum is chosen. So it is from Linux 4.17 to 7.x;
// from 2.6.36 to 4.16 a process with CAP_SYS_ADMIN has 3 % taken off, and up to
// 3.4 the sum is in thousandths. Up to 5.0 a child of the chosen one can die in
// its place. The source is mm/oom_kill.c: oom_badness, select_bad_process and
// oom_evaluate_task, oom_kill_process. What the kernels up to 2.6.35 weighed
// their reports do not show.
//
// What a report does not state is not guessed silently: it is said in
// Assumptions, or there is no verdict and Why says for want of what. Words for
// a person are the business of correlate/explain. The scores have nothing to do
// with /proc/PID/oom_score, which is scaled, and always by the whole machine.
package badness

import "oomtrace/parsers/event"

// Unknown stands for a number of pages that the report does not tell. It is
// never 0.
const Unknown = -1

// The values of Result.Verdict.
const (
	Agrees    = "agrees"    // the recomputed choice is the process that the kernel chose
	Disagrees = "disagrees" // it is another one: Reasons says how that can be
	NoVerdict = ""          // it cannot be told: Why says why not
)

// The values of Result.DecidedBy.
const (
	ByMemory     = "memory"     // it used the most pages; the adjustments changed nothing
	ByAdjustment = "adjustment" // another used more pages, but had a lower oom_score_adj
	ByBonus      = "bonus"      // another used more pages, but had 3 % taken off for CAP_SYS_ADMIN, up to 4.16
	ByOrder      = "order"      // another had the same badness, and its place in the table decided
	ByLack       = "lack"       // no other process of the table could be killed
	ByAsking     = "asking"     // vm.oom_kill_allocating_task: it was killed because it asked for memory
)

// A Result is what came of computing the kernel's choice again.
type Result struct {
	Rule      Rule
	PageKB    int64  // KiB of a page, 0 if the report does not show it
	PageBasis string // what shows it, as PageKB says, or "the caller"

	// TotalPages is the totalpages that the badness was computed with, in pages.
	// The true number lies between MinTotal and MaxTotal; MaxTotal is Unknown if
	// nothing bounds it. All three are the same where the report states all that
	// goes into it. TotalPages is Unknown if the report does not show enough even
	// for an assumption; then no Score has a Badness, and the ranking is that of
	// the pages used.
	TotalPages, MinTotal, MaxTotal int64
	TotalBasis                     string // what TotalPages is made of: "pages RAM - pages reserved + Total swap"
	// PointPages is what one point of oom_score_adj weighs, in pages:
	// TotalPages/1000 in whole numbers, or Unknown. Under a rule of thousandths
	// it is only about that.
	PointPages int64

	// Scores has one entry for each row of the task table, and none if no rule
	// or no page size is known. The first Ranked are those that could be killed,
	// the one that the kernel would have taken first in front; the rest, in the
	// table's order, are at -1000, or their sizes are missing.
	Scores []Score
	Ranked int
	// Victim is whom the kernel chose, an index into Scores: its rank, from 0. Of
	// a kill of a whole cgroup it is the one for whose sake the others died; up
	// to 5.0 it is the candidate of the "Kill process" line.
	// RunnerUp is the best of all others, and Unadjusted whom the kernel would
	// have taken had all oom_score_adj been equal, the bonus left as it is. All three are -1 if there is
	// none.
	Victim, RunnerUp, Unadjusted int
	// SameAdj says that all that are ranked have one oom_score_adj: it cancels,
	// and whoever uses most memory is killed, but for the bonus of CAP_SYS_ADMIN.
	SameAdj bool
	// Lead is by how much the victim's badness is above the runner-up's, below 0
	// if it is not, in the unit of badness; nil if it cannot be told.
	Lead *int64
	// Certain says that the first of the ranking is first whatever the report
	// leaves open: totalpages, who has CAP_SYS_ADMIN, who of equals is taken.
	Certain bool
	// Sacrificed says that another process than the candidate was killed, a child
	// of it: up to 5.0.
	Sacrificed bool
	// PrintedScore is the candidate's score as the kernel printed it, up to 5.0,
	// and Recomputed what it comes to here: both in thousandths of totalpages.
	// They are nil where nothing is printed or nothing was compared.
	PrintedScore, Recomputed *int64

	Verdict   string // Agrees, Disagrees or NoVerdict
	DecidedBy string // ByMemory and so on; "" unless the verdict is Agrees, or nothing was compared
	Why       string // why there is no verdict, as a clause
	// Assumptions are clauses, each something that the report does not state and
	// that was taken so.
	Assumptions []string
	// Reasons are clauses, each a way in which the kernel's choice can differ, as
	// far as the report shows it. They are there if the verdict is Disagrees.
	Reasons []string

	next int // whom the kernel would have taken after those who died, -1 if nobody
}

// A Score is what one row of the task table came to.
type Score struct {
	Row int // index into the dump's Tasks
	// Used is what the process uses: resident pages, pages swapped out and page
	// tables, in pages, as far as the table has them. Unknown if the row lacks one
	// of them.
	Used int64
	// Badness is in pages, or under a rule of Thousandths in those of totalpages,
	// with the adjustment. From Linux 5.9 on it may be negative, before it is at
	// least 1. It is nil for a process at -1000, which has none, and where Used or
	// TotalPages is not known.
	Badness *int64
	// Bonus says that the 3 % of CAP_SYS_ADMIN are taken off, of Badness but not of
	// Used, up to 4.16. That is taken to be so for uid 0, unless the choice or the
	// printed score shows otherwise.
	Bonus bool
	// Killable is false at an oom_score_adj of -1000.
	Killable bool
}

// Compute computes the choice of the report d again. pageKB is the size of a
// page in KiB, for a caller who knows it, as from another report of the same
// machine; with 0 it is taken from d.
func Compute(d *event.OOMDump, pageKB int64) Result {
	r := Result{TotalPages: Unknown, MinTotal: Unknown, MaxTotal: Unknown, PointPages: Unknown,
		Victim: -1, RunnerUp: -1, Unadjusted: -1, next: -1}
	r.PageKB, r.PageBasis = PageKB(d)
	if isPageKB(pageKB) && pageKB != r.PageKB {
		r.PageKB, r.PageBasis = pageKB, "the caller"
	}
	if r.Rule, r.Why = ruleOf(d); r.Why != "" {
		return r
	}
	if r.PageKB == 0 {
		r.Why = "nothing in the report shows the size of a page"
		return r
	}
	c := chooser{Result: r, dump: d}
	c.total()
	c.score()
	c.judge()
	return c.Result
}

// A chooser is a Result in the making.
type chooser struct {
	Result
	dump    *event.OOMDump
	partial bool // the table lacks columns that count
	gaps    bool // some who could be killed have no score
	pinned  bool // the printed score shows whether the victim has the bonus
}
