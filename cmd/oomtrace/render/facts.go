package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"oomtrace/correlate/prose"
	"oomtrace/correlate/report"
)

// A fact is a line of an incident's head: a label, and what the logs say. A
// label may be empty: the fact then goes on from the one before.
type fact struct {
	label, text string
	tone        tone
}

// facts returns the head of an incident, in the order in which a person asks.
func facts(in *report.Incident) []fact {
	fs := []fact{{"When", when(in.Time), calm}}
	if in.Time.Basis != "" {
		fs = append(fs, fact{"", in.Time.Basis, calm})
	}
	for i, s := range places(in) {
		fs = append(fs, fact{first(i, "Where"), s, calm})
	}
	fs = append(fs, fact{"Who", who(in), strong})
	if w := worker(in.Worker); w != "" {
		fs = append(fs, fact{"", w, calm})
	}
	for i, s := range amounts(in) {
		fs = append(fs, fact{first(i, "How much"), s, calm})
	}
	if s := kernel(in.Kernel); s != "" {
		fs = append(fs, fact{"Kernel", s, calm})
	}
	return append(fs, fact{"Verdict", verdict(in), toneOf(in.Verdict)})
}

// kernel returns which kernel it was, and on what.
func kernel(k *report.Kernel) string {
	if k == nil {
		return ""
	}
	var parts []string
	if k.Release != "" {
		parts = append(parts, "Linux "+k.Release)
	}
	if k.Taint != "" {
		parts = append(parts, "tainted "+strings.Join(strings.Fields(k.Taint), ""))
	}
	if k.Hardware != "" {
		parts = append(parts, k.Hardware)
	}
	return strings.Join(parts, ", ")
}

// first returns label for the first of several facts, "" for the others.
func first(i int, label string) string {
	if i > 0 {
		return ""
	}
	return label
}

// headline returns what happened in a few words.
func headline(in *report.Incident) string {
	what := "OOM kill"
	switch in.Kind {
	case "eviction":
		what = "Eviction"
	case "userspace":
		what = "Kill from userspace"
	}
	switch in.Verdict {
	case report.NoKill:
		return "Out of memory, no kill"
	case "":
		return what
	}
	return what + " " + in.Verdict
}

// kinds say whose memory ran out.
var kinds = map[string]string{
	"memcg":     "a memory cgroup reached its limit",
	"global":    "no limit of a cgroup was the reason",
	"cpuset":    "the memory nodes of a cpuset ran out",
	"mempolicy": "the memory nodes of a memory policy ran out",
	"eviction":  "the kubelet evicted the pod",
	"userspace": "a daemon killed it before the kernel had to",
	"unknown":   "what ran out is not stated",
}

// verdictShort returns the verdict for a cell.
func verdictShort(in *report.Incident) string {
	if in.Verdict == report.NoKill {
		return "no kill"
	}
	return in.Verdict
}

// verdict returns the verdict with its confidence and what it is about.
func verdict(in *report.Incident) string {
	s := verdictShort(in) + ", confidence " + percent(in.Confidence)
	if kind := kinds[in.Kind]; kind != "" {
		s += ": " + kind
	}
	return s
}

// when returns the time of the kill as precisely as it is known.
func when(w report.When) string {
	switch {
	case w.Kill != nil:
		return day(w.Kill.Time) + " " + clock(w.Kill, 9) + " UTC" + tolerance(w.Uncertainty)
	case w.Stamp != "":
		return w.Stamp + ", as the log wrote it"
	}
	return "not stated"
}

// whenShort returns the time of the kill for a cell, to the second.
func whenShort(w report.When) string {
	if w.Kill != nil {
		return day(w.Kill.Time) + "\n" + clock(w.Kill, 0)
	}
	return w.Stamp
}

// places returns where the victim lived, the narrowest place first.
func places(in *report.Incident) []string {
	var ps []string
	if name := podName(in.Container); name != "" {
		ps = append(ps, name)
	}
	if id := containerID(in.Container); id != "" {
		ps = append(ps, id)
	}
	if unit := stated(in.Unit); unit != "" {
		ps = append(ps, unit)
	}
	if len(ps) == 0 && in.TaskMemcg != "" {
		ps = append(ps, in.TaskMemcg)
	}
	if in.Node != "" {
		ps = append(ps, "node "+in.Node)
	}
	if len(ps) == 0 {
		ps = append(ps, "not stated")
	}
	return ps
}

// stated returns what the logs state, "" if they do not.
func stated(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// podName returns namespace/pod/container, as far as they are known, and that they
// were inferred, if so.
func podName(c *report.Container) string {
	if c == nil {
		return ""
	}
	names := []string{stated(c.Namespace), stated(c.Pod), stated(c.Name)}
	name := strings.Join(slices.DeleteFunc(names, func(s string) bool { return s == "" }), "/")
	if c.NamesBasis != "" {
		name += " (inferred)"
	}
	return name
}

// containerID returns "container" and its id, or what else there is to tell it
// from others.
func containerID(c *report.Container) string {
	switch {
	case c == nil:
	case stated(c.ID) != "":
		return "container " + *c.ID
	case stated(c.PodUID) != "":
		return "pod " + *c.PodUID
	}
	return ""
}

// whereShort returns where the victim lived for a cell.
func whereShort(in *report.Incident) string {
	ps := places(in)
	if n := len(ps); n > 1 && in.Node != "" {
		return ps[0] + "\n" + ps[n-1]
	}
	return ps[0]
}

// maxVictims is how many victims are named where one kill had more.
const maxVictims = 4

// who returns the victims.
func who(in *report.Incident) string {
	if len(in.Victims) == 0 {
		if in.Verdict == report.NoKill {
			return "nobody"
		}
		return "not named by the logs"
	}
	var names []string
	for i, v := range in.Victims {
		if i == maxVictims {
			names = append(names, fmt.Sprintf("and %d more", len(in.Victims)-i))
			break
		}
		names = append(names, victim(v))
	}
	return strings.Join(names, "; ")
}

func victim(v report.Victim) string {
	s := fmt.Sprintf("%s, pid %d", named(v.Comm), v.PID)
	if v.NamespacePID != nil {
		s += fmt.Sprintf(" (%d in its namespace)", *v.NamespacePID)
	}
	if v.UID != nil {
		s += fmt.Sprintf(", uid %d", *v.UID)
	}
	return s
}

// whoShort returns the victims for a cell: the first, and how many more.
func whoShort(in *report.Incident) string {
	switch {
	case len(in.Victims) > 0:
	case in.Verdict == report.NoKill:
		return "nobody"
	default:
		return "not named"
	}
	s := fmt.Sprintf("%s (%d)", named(in.Victims[0].Comm), in.Victims[0].PID)
	if n := len(in.Victims) - 1; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return s
}

// named returns a name, or says that there is none.
func named(s string) string {
	if s == "" {
		return "(no name)"
	}
	return s
}

// worker returns what the supervisor knew the victim as.
func worker(w *report.Worker) string {
	if w == nil {
		return ""
	}
	s := strings.TrimSpace(w.Framework + " worker")
	if w.Name != "" {
		s += " " + w.Name
	}
	for _, n := range []struct {
		text string
		n    *int
	}{{", pid ", w.WorkerPID}, {" under supervisor ", w.SupervisorPID}, {", signal ", w.Signal}} {
		if n.n != nil {
			s += n.text + strconv.Itoa(*n.n)
		}
	}
	return s
}

// amounts returns how much was used of which limit, and what of it the victim
// held.
func amounts(in *report.Incident) []string {
	var as []string
	switch u := used(in); {
	case u == "":
	case in.OOMMemcg != "" && in.OOMMemcg != "/":
		as = append(as, u+", the limit of "+in.OOMMemcg)
	default:
		as = append(as, u)
	}
	for i, v := range in.Victims {
		if s := held(v); s != "" && i < maxVictims {
			as = append(as, v.Comm+" held "+s)
		}
	}
	if len(as) == 0 {
		as = append(as, "not stated")
	}
	return as
}

// used returns "760 MiB of 760 MiB" as far as the logs state it.
func used(in *report.Incident) string {
	m := in.Memory
	switch c := in.Container; {
	case m != nil && m.MemswUsageKB != nil && m.MemswLimitKB != nil && *m.MemswUsageKB >= *m.MemswLimitKB && (m.UsageKB == nil || m.LimitKB == nil || *m.UsageKB < *m.LimitKB):
		return prose.Size(*m.MemswUsageKB) + " of memory and swap, all that both may take together"
	case m != nil && m.UsageKB != nil && m.LimitKB != nil:
		return prose.Size(*m.UsageKB) + " of " + limit(*m.LimitKB)
	case m != nil && m.TotalKB != nil:
		return "a machine of " + prose.Size(*m.TotalKB)
	case m != nil && m.UsageKB != nil:
		return prose.Size(*m.UsageKB)
	case m != nil && m.LimitKB != nil:
		return "all of " + limit(*m.LimitKB)
	case c != nil && c.MemoryLimitKB != nil:
		return "a container limit of " + limit(*c.MemoryLimitKB)
	}
	return ""
}

// limitShort returns the limit for a cell.
func limitShort(in *report.Incident) string {
	switch m, c := in.Memory, in.Container; {
	case m != nil && m.LimitKB != nil:
		return limit(*m.LimitKB)
	case m != nil && m.TotalKB != nil:
		return prose.Size(*m.TotalKB)
	case c != nil && c.MemoryLimitKB != nil:
		return limit(*c.MemoryLimitKB)
	}
	return ""
}

// held returns the resident memory of a victim, in the kernel's three parts.
func held(v report.Victim) string {
	var parts []string
	for _, p := range []struct {
		kb   *int64
		name string
	}{{v.AnonRSSKB, "anonymous"}, {v.FileRSSKB, "file"}, {v.ShmemRSSKB, "shmem"}} {
		if p.kb != nil && *p.kb > 0 {
			parts = append(parts, prose.Size(*p.kb)+" "+p.name)
		}
	}
	return strings.Join(parts, ", ")
}
