package explain

import (
	"slices"

	"oomtrace/correlate/breakdown"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// maxTrend is how many kills of one cgroup are compared, the last ones.
const maxTrend = 200

// Trends compares the kills of each cgroup that ran full several times, and says
// in the last of them whether they look like a leak or like a jump.
func Trends(r *report.Report) {
	of := map[[2]string][]*report.Incident{}
	var order [][2]string
	for i := range r.Incidents {
		in := &r.Incidents[i]
		if in.Kind != "memcg" || in.OOMMemcg == "" || len(in.Victims) == 0 {
			continue
		}
		k := [2]string{in.Node, in.OOMMemcg}
		if len(of[k]) == 0 {
			order = append(order, k)
		}
		of[k] = append(of[k], in)
	}
	for _, k := range order {
		if ins := of[k]; len(ins) > 1 {
			trend(ins[max(0, len(ins)-maxTrend):])
		}
	}
}

// trend writes what the kills of one cgroup, in the order of time, have in common
// into the last of them.
func trend(ins []*report.Incident) {
	var points []breakdown.Point
	for i, in := range ins {
		p := point(in)
		p.Started = i > 0 && !runs(ins[i-1], in.Victims[0].PID)
		points = append(points, p)
	}
	f, ok := breakdown.Trend(points)
	last := ins[len(ins)-1]
	evidence := killed(last)
	if !ok || len(evidence) == 0 {
		return
	}
	var s sentences
	s.say(evidence, "%s", f.Text)
	if len(s) > 0 {
		last.Explanation = append(last.Explanation, s.answer("A leak, or a jump?"))
	}
}

// runs reports whether a process can have been there at a kill, by its task table.
func runs(in *report.Incident, pid int) bool {
	return len(in.Tasks) == 0 || in.TasksCut > 0 || slices.ContainsFunc(in.Tasks, func(t report.Task) bool { return t.PID == pid || t.TGID == pid })
}

// point is what the report says of one kill.
func point(in *report.Incident) breakdown.Point {
	const no = event.NotPrinted
	or := func(n *int64) int64 {
		if n == nil {
			return no
		}
		return *n
	}
	v := &in.Victims[0]
	p := breakdown.Point{VictimComm: v.Comm, VictimKB: no, UsageKB: no, LimitKB: no, AnonKB: no, Failcnt: no}
	if t := in.Time.Kill; t != nil {
		p.At = t.Time
	}
	if v.AnonRSSKB != nil {
		p.VictimKB = *v.AnonRSSKB + max(or(v.FileRSSKB), 0) + max(or(v.ShmemRSSKB), 0)
	}
	if m := in.Memory; m != nil {
		p.UsageKB, p.LimitKB, p.Failcnt = or(m.UsageKB), or(m.LimitKB), or(m.Failcnt)
		if m.Breakdown != nil {
			for _, part := range m.Breakdown.Parts {
				if part.Name == "anon" {
					p.AnonKB = part.KB
				}
			}
		}
	}
	return p
}

// killed returns the entries of an incident's timeline that name whom it killed.
func killed(in *report.Incident) (evidence []int) {
	for i := range in.Timeline {
		if e := &in.Timeline[i]; e.Source == "kernel" && e.Event == "killed" {
			evidence = append(evidence, i)
		}
	}
	return evidence
}
