package render

import (
	"testing"

	"oomtrace/correlate/report"
)

func TestEvidence(t *testing.T) {
	if got := evidence([]int{2, 6, -1, 7, 0}, 7); got != "[3] [7] [1]" {
		t.Errorf("got %q: rows count from 1, and only those that exist are named", got)
	}
}

func TestSaid(t *testing.T) {
	e := &report.Entry{Actor: "kubelet", Text: "died", Repeats: 12, Also: make([]report.Place, 1)}
	if text, met := said(e); text != "kubelet: died" || met != "x12 (also in 1 file)" {
		t.Errorf("got %q, %q", text, met)
	}
	if text, met := said(&report.Entry{Text: "died", Repeats: 1}); text != "died" || met != "" {
		t.Errorf("got %q, %q", text, met)
	}
}
