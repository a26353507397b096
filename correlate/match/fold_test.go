package match

import (
	"testing"

	"oomtrace/parsers/event"
)

// Two tellings of a report share a step by its kind, its process and which of
// them it is; what only one has is added.
func TestMergeSteps(t *testing.T) {
	step := func(what string, pid int) Step { return Step{Step: event.Step{What: what, PID: pid}} }
	in := &Incident{Steps: []Step{step("killed", 1), step("killed", 2), step("killed", 1)}}
	o := &Incident{Steps: []Step{step("killed", 1), step("killed", 1), step("killed", 1), step("reaped", 1)}}
	in.mergeSteps(o)
	want := []int{1, 0, 1, 0, 0}
	if len(in.Steps) != len(want) {
		t.Fatalf("%d steps, want %d", len(in.Steps), len(want))
	}
	for i, n := range want {
		if len(in.Steps[i].Also) != n {
			t.Errorf("step %d is met again %d times, want %d", i, len(in.Steps[i].Also), n)
		}
	}
}

// A report whose lines are all alike must not take the cube of their number.
func TestMergeManySteps(t *testing.T) {
	alike := func() *Incident { return &Incident{Steps: make([]Step, 20000)} }
	in := alike()
	in.mergeSteps(alike())
	if len(in.Steps) != 20000 {
		t.Errorf("%d steps, want 20000", len(in.Steps))
	}
}
