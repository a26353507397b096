package correlate

import (
	"time"

	"oomtrace/correlate/badness"
	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/explain"
	"oomtrace/correlate/match"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// incident puts one incident into the report's words and has it explained.
func incident(in *match.Incident, found *match.Result, logs []event.Log) report.Incident {
	r := report.Incident{Kind: in.Kind, Verdict: in.Verdict, Confidence: round(in.P), Node: in.Node, BootID: some(in.BootID),
		Time: when(in.At, killStamps(in)), Tasks: []report.Task{}, Victims: []report.Victim{}, Advice: []report.Advice{}, Explanation: []report.Answer{}}
	c := explain.Case{R: &r, In: in, Logs: logs, Facts: found.Facts, Clocks: found.Clocks, Who: found.Who}
	if d := in.Dump; d != nil {
		c.Figure()
		kernel(&r, in, &c)
	}
	switch {
	case in.Upper && !in.At.Ok():
		r.Time.Stamp, r.Time.Basis = "", "the logs tell only what came of it, and not when"
	case in.Upper:
		r.Time.Stamp, r.Time.Kill, r.Time.Uncertainty = "at or before "+in.At.T.Format(time.RFC3339), nil, nil
		r.Time.Basis = "the logs tell only what came of it"
	}
	if in.At.Lower && in.Dump == nil {
		r.Time.Stamp, r.Time.Kill, r.Time.Uncertainty = "at or after "+in.At.T.Format(time.RFC3339), nil, nil
		r.Time.Basis = "the logs tell only since when"
	}
	timeline(&c, in, logs)
	named(&r, in)
	r.Worker = worker(in.Worker)
	r.Container = container(&c)
	if in.Place.Unit != "" && r.Container == nil {
		r.Unit = &in.Place.Unit
	}
	r.Noticed = noticed(in)
	namespacePID(&r, in)
	c.Explain()
	return r
}

func killStamps(in *match.Incident) event.Stamps {
	for _, s := range in.Steps {
		if s.What == "killed" {
			return s.Stamps
		}
	}
	if len(in.Steps) > 0 {
		return in.Steps[0].Stamps
	}
	if len(in.Items) > 0 {
		return in.Items[0].Event.Stamps
	}
	return event.Stamps{}
}

// kernel fills in what the kernel's report says.
func kernel(r *report.Incident, in *match.Incident, c *explain.Case) {
	d, b := in.Dump, c.Badness
	r.Constraint, r.OOMMemcg, r.TaskMemcg, r.GroupMemcg, r.TasksCut = d.Constraint, d.OOMMemcg, d.TaskMemcg, d.GroupMemcg, d.TasksCut
	if t := d.Trigger; t != nil {
		r.Trigger = trigger(t, c)
	}
	if d.Release != "" || d.Hardware != "" {
		r.Kernel = &report.Kernel{Release: d.Release, Taint: d.Taint, Hardware: d.Hardware}
	}
	if d.Constraint == "" && d.Kind == "memcg" {
		r.Constraint, r.ConstraintBasis = "CONSTRAINT_MEMCG", "inferred: the kernel's other lines are those of a cgroup's limit"
	}
	r.Memory = memory(d, b.PageKB)
	figures(r, c)
	scores := map[int]*int64{}
	for _, s := range b.Scores {
		scores[s.Row] = s.Badness
	}
	for i := range d.Tasks {
		r.Tasks = append(r.Tasks, task(&d.Tasks[i], b.PageKB, scores[i]))
	}
	for i := range d.Victims {
		r.Victims = append(r.Victims, victim(&d.Victims[i]))
	}
	r.Selection = selection(b)
	choice(r.Selection, c)
}

func trigger(t *event.Trigger, c *explain.Case) *report.Trigger {
	out := &report.Trigger{Comm: t.Comm, GFPMask: t.GFPMask, GFPFlags: t.GFPFlags, Order: t.Order, OOMScoreAdj: adj(t.OOMScoreAdj), OOMAdj: adj(t.OOMAdj)}
	if t.PID != event.NotPrinted {
		out.PID = &t.PID
	}
	if len(out.GFPFlags) == 0 {
		out.GFPFlags = c.Mask.Names
	}
	out.GFPBasis, out.GFPMeaning = c.Mask.Basis, c.MaskMeaning()
	return out
}

// adj is nil where the log does not state an oom_score_adj, or an oom_adj.
func adj(n int) *int {
	if n == event.AdjNotPrinted {
		return nil
	}
	return &n
}

// memory is nil where the kernel printed nothing of it.
func memory(d *event.OOMDump, pageKB int64) *report.Memory {
	m := new(report.Memory)
	some := false
	if c := d.Memory.Memory; c.Printed {
		m.UsageKB, m.LimitKB, m.Failcnt, some = &c.UsageKB, limit(c), printed(c.Failcnt), true
	}
	if c := d.Memory.Swap; c.Printed {
		m.SwapUsageKB, m.SwapLimitKB = &c.UsageKB, limit(c)
	}
	if c := d.Memory.Memsw; c.Printed && !d.Memory.Swap.Printed {
		m.MemswUsageKB, m.MemswLimitKB, m.MemswFailcnt = &c.UsageKB, limit(c), printed(c.Failcnt)
	}
	if c := d.Memory.Kmem; c.Printed && !d.Memory.Swap.Printed {
		m.KmemUsageKB = &c.UsageKB
	}
	if n := d.Node; n.PagesRAM != event.NotPrinted {
		some = true
		if pageKB > 0 && n.PagesReserved != event.NotPrinted && n.PagesRAM >= n.PagesReserved {
			m.TotalKB = ptr((n.PagesRAM - n.PagesReserved) * pageKB)
		}
		m.SwapTotalKB = printed(n.TotalSwapKB)
	}
	if len(d.Memory.Stat) > 0 {
		some = true
		m.Stat = map[string]int64{}
		for _, s := range d.Memory.Stat {
			m.Stat[s.Name] = s.Value
		}
	}
	if !some {
		return nil
	}
	return m
}

// limit is nil for the counter's maximum, which means that there is none.
func limit(c event.Counter) *int64 {
	if explain.Unlimited(c.LimitKB) {
		return nil
	}
	return &c.LimitKB
}

func task(t *event.Task, pageKB int64, score *int64) report.Task {
	kb := func(pages int64) *int64 {
		if pages == event.NotPrinted || pageKB == 0 {
			return nil
		}
		return ptr(pages * pageKB)
	}
	out := report.Task{PID: t.PID, TGID: t.TGID, UID: t.UID, Comm: t.Comm, TotalVMKB: kb(t.TotalVM), RSSKB: kb(t.RSS), SwapKB: kb(t.Swapents), OOMScoreAdj: adj(t.OOMScoreAdj), OOMAdj: adj(t.OOMAdj), Badness: score}
	switch {
	case t.PgtablesBytes != event.NotPrinted:
		out.PgtablesKB = ptr(t.PgtablesBytes / 1024)
	case t.NrPtes != event.NotPrinted:
		out.PgtablesKB = kb(t.NrPtes + max(t.NrPmd, 0))
	}
	return out
}

func victim(v *event.Victim) report.Victim {
	out := report.Victim{PID: v.PID, Comm: v.Comm, TotalVMKB: printed(v.TotalVMKB), AnonRSSKB: printed(v.AnonRSSKB), FileRSSKB: printed(v.FileRSSKB), ShmemRSSKB: printed(v.ShmemRSSKB), PgtablesKB: printed(v.PgtablesKB)}
	if v.UID != event.NotPrinted {
		out.UID = &v.UID
	}
	if v.AdjPrinted {
		out.OOMScoreAdj = &v.OOMScoreAdj
	}
	return out
}

func selection(b badness.Result) *report.Selection {
	s := &report.Selection{Rule: explain.Rule(b), Note: explain.SelectionNote(b)}
	if b.TotalPages != badness.Unknown {
		s.TotalPages = &b.TotalPages
	}
	if b.Victim >= 0 && b.Victim < b.Ranked {
		s.VictimRank = ptr(b.Victim + 1)
	}
	if b.Verdict != badness.NoVerdict {
		s.Agrees = ptr(b.Verdict == badness.Agrees)
	}
	return s
}

func worker(w *match.Worker) *report.Worker {
	if w == nil {
		return nil
	}
	return &report.Worker{Framework: w.Exit.Framework, SupervisorPID: some(w.Exit.Supervisor), WorkerPID: some(w.Exit.PID), Name: w.Exit.Name, Signal: some(w.Exit.Signal), Basis: w.Basis}
}

// likely is how sure a pair must be for the pids to be told as one process's.
const likely = 0.8

// named takes the victims that the kubelet names, or whoever killed in userspace,
// where no line of the kernel's does.
func named(r *report.Incident, in *match.Incident) {
	if in.Dump != nil {
		return
	}
	for _, it := range in.Items {
		if len(r.Victims) > 0 {
			return
		}
		switch b := it.Event.Body.(type) {
		case event.KubeletOOM:
			if b.PID > 0 {
				r.Victims = append(r.Victims, report.Victim{PID: b.PID, Comm: b.Comm})
			}
		case event.UserspaceKill:
			if b.PID > 0 {
				r.Victims = append(r.Victims, report.Victim{PID: b.PID, Comm: b.Comm, UID: known(b.UID)})
			}
		}
	}
}

// known returns a pointer to n, nil if the log does not state it.
func known(n int) *int {
	if n == event.NotPrinted {
		return nil
	}
	return &n
}

// namespacePID says what the victim's pid is in its supervisor's namespace.
func namespacePID(r *report.Incident, in *match.Incident) {
	w := in.Worker
	if w == nil || w.Item.P < likely || w.Pid < 0 || w.Pid >= len(r.Victims) || w.Exit.PID == 0 {
		return
	}
	r.Victims[w.Pid].NamespacePID, r.Victims[w.Pid].Basis = &w.Exit.PID, w.Basis
}

// names returns a container's names alone.
func names(c event.Container) *report.Container {
	return &report.Container{Runtime: some(c.Runtime), ID: some(c.ID), Name: some(c.Name), Namespace: some(c.Namespace), Pod: some(c.Pod), PodUID: some(c.PodUID), Image: some(c.Image)}
}

// container tells of the container in which the victim lived, nil where it was
// none.
func container(c *explain.Case) *report.Container {
	in := c.In
	if in.Who.ID == "" && in.Who.PodUID == "" && in.Who.Pod == "" {
		return nil
	}
	r := names(in.Who)
	if in.Named != nil {
		r.NamesBasis = "inferred: the pod's status tells of an end for OOM right after the kill, and no other end and no other kill fits"
	}
	if in.Place.QoS != "" {
		r.QoS = &in.Place.QoS
	}
	for _, it := range in.Items {
		end(r, in, it)
	}
	if st, ok := c.Status(); ok {
		r.QoS = orElse(r.QoS, st.QoS)
		if st.Limit > 0 {
			r.MemoryLimitKB = ptr(st.Limit / 1024)
		}
		if st.Request > 0 {
			r.MemoryRequest = &report.Range{MinKB: st.Request / 1024, MaxKB: st.Request / 1024, Basis: "the pod's spec"}
		}
	}
	if r.MemoryLimitKB == nil && in.Dump != nil && in.Dump.OOMMemcg != "" && in.Dump.OOMMemcg == in.Dump.TaskMemcg && in.Place.Level == cgroup.AtContainer && in.Dump.Memory.Memory.Printed {
		r.MemoryLimitKB = limit(in.Dump.Memory.Memory)
	}
	if r.MemoryRequest == nil {
		r.MemoryRequest = c.Request()
	}
	return r
}

func orElse(p *string, s string) *string {
	if p == nil {
		return some(s)
	}
	return p
}

// end takes from an event how the container ended, and whether it was started
// again.
func end(r *report.Container, in *match.Incident, it *match.Item) {
	switch b := it.Event.Body.(type) {
	case event.TaskExit:
		if b.Container.ID == in.Who.ID && b.ExecID == "" && b.ExitCode != event.NotPrinted && r.ExitCode == nil {
			r.ExitCode = ptr(b.ExitCode)
		}
	case event.PodLifecycle:
		if b.Type == "ContainerStarted" {
			r.Restarted = ptr(true)
		} else if b.ExitCode != event.NotPrinted && r.ExitCode == nil {
			r.ExitCode = ptr(b.ExitCode)
		}
	case event.TaskStart:
		r.Restarted = ptr(true)
	case event.ContainerStatus:
		if in.Kind == "eviction" && b.Reason != "" {
			r.Reason = &b.Reason
			return
		}
		for _, t := range b.Ended {
			if t.ContainerID == in.Who.ID {
				r.Reason = some(t.Reason)
				if b.By != "podman" || t.Reason == "" || t.ExitCode == 137 { // else the code can be of a later run
					r.ExitCode = known(t.ExitCode)
				}
			}
		}
		if b.By == "" && b.Container.ID != "" && in.Who.ID != "" && r.Restarted == nil {
			r.Restarted = ptr(b.Container.ID != in.Who.ID)
		}
	}
}

// noticed says who left a line about the kill.
func noticed(in *match.Incident) report.Noticed {
	n := report.Noticed{Kernel: len(in.Steps) > 0, Worker: in.Worker != nil}
	for _, it := range in.Items {
		switch b := it.Event.Body.(type) {
		case event.TaskOOM, event.StartOOM:
			n.Runtime = true
		case event.UnitOOM:
			n.Systemd = true
		case event.KubeletOOM:
			if it.Event.Speaker == "kubernetes" {
				n.Kubernetes = true
			} else {
				n.Kubelet = true
			}
		case event.Eviction:
			if it.Event.Speaker == "kubernetes" {
				n.Kubernetes = true
			} else {
				n.Kubelet = true
			}
		case event.ContainerStatus:
			n.Runtime = n.Runtime || b.OOMKilled
			for _, t := range b.Ended {
				told := t.Reason == "OOMKilled" && t.ContainerID == in.Who.ID
				n.Kubernetes, n.Runtime = n.Kubernetes || told && b.By == "", n.Runtime || told && b.By != ""
			}
		}
	}
	return n
}

// place is a file and a line for the report.
func place(p event.Pos) report.Place { return report.Place{File: p.File, Line: p.Line} }
