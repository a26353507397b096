package correlate

import (
	"oomtrace/correlate/badness"
	"oomtrace/correlate/breakdown"
	"oomtrace/correlate/explain"
	"oomtrace/correlate/report"
	"oomtrace/correlate/zone"
	"oomtrace/parsers/event"
)

// maxNames is how many names the report sums the task table up by.
const maxNames = 20

// figures puts what was computed from the kernel's figures into the report's
// words: where the memory was, and why the allocation failed.
func figures(r *report.Incident, c *explain.Case) {
	if b := c.Breakdown; b != nil {
		if r.Memory == nil {
			r.Memory = new(report.Memory)
		}
		r.Memory.Breakdown = parts(b)
	}
	if k := c.Badness.PageKB; k > 0 && r.Memory != nil {
		r.Memory.PageKB, r.Memory.PageBasis = &k, c.Badness.PageBasis
	}
	for _, n := range c.Names[:min(len(c.Names), maxNames)] {
		r.TasksByName = append(r.TasksByName, report.NameSum{Comm: n.Comm, Count: n.Count, RSSKB: printed(n.KB), AnonKB: printed(n.AnonKB), Partial: n.Partial})
	}
	if c.Zones != nil {
		r.Allocation = allocation(c.Zones)
		r.Allocation.Zone = c.Mask.Zone()
	}
}

func parts(b *breakdown.Breakdown) *report.Breakdown {
	out := &report.Breakdown{Of: b.Of, TotalKB: b.TotalKB, Basis: b.TotalBasis, Parts: []report.Part{}, UnaccountedKB: b.UnaccountedKB,
		UnaccountedWhy: b.UnaccountedWhy, SwapKB: printed(b.SwapKB), Notes: b.Notes}
	for _, p := range b.Parts {
		out.Parts = append(out.Parts, report.Part(p))
	}
	return out
}

func allocation(z *zone.Result) *report.Allocation {
	out := &report.Allocation{Zones: []report.Zone{}, Findings: []report.Finding{}, Unknown: z.Unknown}
	for _, o := range z.Zones {
		one := report.Zone{Name: o.Name, Usable: o.Use.String(), FreeKB: printed(o.FreeKB), MinKB: printed(o.MinKB), LowKB: printed(o.LowKB), HighKB: printed(o.HighKB),
			ReserveKB: printed(o.ReserveKB), NeedKB: printed(o.NeedKB), LackKB: printed(o.LackKB), Passes: o.Passes.String(), Text: o.Text}
		if o.Node != event.NotPrinted {
			one.Node = ptr(o.Node)
		}
		out.Zones = append(out.Zones, one)
	}
	for _, f := range z.Findings {
		out.Findings = append(out.Findings, report.Finding{Code: f.Code, Text: f.Text})
	}
	return out
}

// choice adds to the selection what would have made it another.
func choice(s *report.Selection, c *explain.Case) {
	b, d := c.Badness, c.In.Dump
	process := func(score int) *report.Process {
		t := d.Tasks[b.Scores[score].Row]
		return &report.Process{PID: t.PID, Comm: t.Comm}
	}
	s.PrintedScore, s.Score = b.PrintedScore, b.Recomputed
	if b.Sacrificed && d.Chosen != nil {
		s.Candidate = &report.Process{PID: d.Chosen.PID, Comm: d.Chosen.Comm}
	}
	if next, ok := b.Next(); ok {
		s.Next = process(next)
	}
	if l := c.Lack; l != nil {
		s.LackedKB = ptr(l.Lacked * b.PageKB)
	}
	for _, w := range c.WhatIf {
		one := report.WhatIf{What: w.What, Process: *process(w.Score), Possible: w.Possible, Certain: w.Certain}
		if w.Possible {
			one.Chosen = process(w.Chosen)
			if w.What == badness.VictimPages {
				one.LessKB = ptr(w.Pages * b.PageKB)
			} else {
				one.OOMScoreAdj = ptr(w.Adj)
			}
		}
		s.WhatIf = append(s.WhatIf, one)
	}
}
