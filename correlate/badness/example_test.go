package badness_test

import (
	"fmt"

	"oomtrace/correlate/badness"
	"oomtrace/parsers/event"
)

func ExampleCompute() {
	d := &event.OOMDump{
		Kind: "global", Constraint: "CONSTRAINT_NONE", Release: "7.3.4+deb13-cloud-amd64",
		Node:     event.NodeMemory{PagesRAM: 130942, PagesReserved: 13746, PageKB: 4},
		Chosen:   &event.Chosen{Comm: "python3", PID: 1300},
		HasTable: true, TableWhole: true,
		Tasks: []event.Task{
			{PID: 1300, TGID: 1300, RSS: 8658, PgtablesBytes: 106496, OOMScoreAdj: 1000, Comm: "python3"},
			{PID: 1302, TGID: 1302, RSS: 75592, PgtablesBytes: 638976, Comm: "stress"},
		},
	}
	r := badness.Compute(d, 0)
	for _, s := range r.Scores {
		fmt.Println(d.Tasks[s.Row].Comm, s.Used, "pages,", *s.Badness, "points")
	}
	fmt.Println(r.Verdict+", decided by", r.DecidedBy)
	// Output:
	// python3 8684 pages, 125684 points
	// stress 75748 pages, 75748 points
	// agrees, decided by adjustment
}

func ExampleWhatIf() {
	d := &event.OOMDump{
		Kind: "global", Constraint: "CONSTRAINT_NONE", Release: "7.3.4+deb13-cloud-amd64",
		Node:     event.NodeMemory{PagesRAM: 130942, PagesReserved: 13746, PageKB: 4},
		Chosen:   &event.Chosen{Comm: "python3", PID: 1300},
		HasTable: true, TableWhole: true,
		Tasks: []event.Task{
			{PID: 1300, TGID: 1300, RSS: 8658, PgtablesBytes: 106496, OOMScoreAdj: 1000, Comm: "python3"},
			{PID: 1302, TGID: 1302, RSS: 75592, PgtablesBytes: 638976, Comm: "stress"},
		},
	}
	r := badness.Compute(d, 0)
	for _, ch := range badness.WhatIf(d, r) {
		if ch.Possible {
			fmt.Println("with the", ch.What, "at", ch.Adj, d.Tasks[r.Scores[ch.Chosen].Row].Comm, "is chosen")
		}
	}
	// Output:
	// with the victim's oom_score_adj at 573 stress is chosen
	// with the runner-up's oom_score_adj at 427 stress is chosen
}
