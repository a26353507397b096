// Package explain answers the questions that a person asks about an OOM kill,
// each sentence with the lines it rests on.
//
// In comes a Case: one incident as match found it, the part of the report that
// states its facts, and what the logs say beside it. Out come the summary, the
// answers and the advice, in the report. A sentence without evidence is not
// written; what is inferred says so, and what the logs do not tell is left out.
//
// The questions are a plain list; so is the advice. Facts about other programs
// (which kubelet prints what, who sets which file) stand in the functions that
// use them, with the version and the source.
package explain

import (
	"fmt"
	"slices"
	"strings"

	"oomtrace/correlate/badness"
	"oomtrace/correlate/breakdown"
	"oomtrace/correlate/clock"
	"oomtrace/correlate/gfp"
	"oomtrace/correlate/match"
	"oomtrace/correlate/report"
	"oomtrace/correlate/zone"
	"oomtrace/parsers/event"
)

// A Case is what is known of one incident.
type Case struct {
	R       *report.Incident // its facts and timeline, to be completed
	In      *match.Incident
	Logs    []event.Log
	Facts   match.Facts
	Clocks  *clock.Clocks
	Who     *match.Who
	Badness badness.Result
	// What Figure computes from the kernel's report; nil where it does not show
	// enough.
	Mask      gfp.Mask
	Breakdown *breakdown.Breakdown
	Found     []breakdown.Finding
	Names     []breakdown.NameSum
	Zones     *zone.Result
	WhatIf    []badness.Change
	Lack      *badness.Shortfall

	steps map[string][]int // timeline entries of the kernel's lines, by what they are
	items map[*match.Item]int
}

// Place tells where on the timeline a step of the kernel's report, or an item,
// stands.
func (c *Case) Place(entry, step int, it *match.Item) {
	if c.steps == nil {
		c.steps, c.items = map[string][]int{}, map[*match.Item]int{}
	}
	if step >= 0 {
		what := c.In.Steps[step].What
		c.steps[what] = append(c.steps[what], entry)
		return
	}
	c.items[it] = entry
}

// A question is one that every report answers, if it can.
type question struct {
	text   func(c *Case) string
	answer func(c *Case, s *sentences)
}

func plain(text string) func(*Case) string { return func(*Case) string { return text } }

// questions are asked in this order.
var questions = []question{
	{askWho, answerWho},
	{plain("In what order did it happen?"), answerOrder},
	{plain("Why did this allocation fail?"), answerAllocation},
	{plain("Where was the memory?"), answerMemory},
	{askWhy, answerWhy},
	{plain("What would have changed the choice?"), answerWhatIf},
	{askAdj, answerAdj},
	{plain("Who noticed, and who could not?"), answerNoticed},
	{plain("How did the kubelet find out?"), answerKubelet},
	{plain("What did the supervisor see?"), answerSupervisor},
	{plain("What happened next?"), answerNext},
	{plain("How sure is this?"), answerSure},
}

// Explain writes the summary, the answers and the advice.
func (c *Case) Explain() {
	for _, q := range questions {
		var s sentences
		q.answer(c, &s)
		if len(s) > 0 {
			c.R.Explanation = append(c.R.Explanation, s.answer(q.text(c)))
		}
	}
	c.R.Summary = c.summary()
	c.advise()
}

// sentences are claims, each with its evidence.
type sentences []report.Sentence

// say adds a claim. Without evidence it is not made.
func (s *sentences) say(evidence []int, format string, args ...any) {
	if len(evidence) == 0 {
		return
	}
	e := slices.Clone(evidence)
	slices.Sort(e)
	*s = append(*s, report.Sentence{Text: fmt.Sprintf(format, args...), Evidence: slices.Compact(e)})
}

func (s sentences) answer(question string) report.Answer {
	a := report.Answer{Question: question, Sentences: s, Evidence: []int{}}
	var text []string
	for _, one := range s {
		text = append(text, one.Text)
		a.Evidence = append(a.Evidence, one.Evidence...)
	}
	a.Answer = strings.Join(text, " ")
	slices.Sort(a.Evidence)
	a.Evidence = slices.Compact(a.Evidence)
	return a
}

// at returns the timeline entries of the kernel's lines of these kinds.
func (c *Case) at(whats ...string) []int {
	var out []int
	for _, w := range whats {
		out = append(out, c.steps[w]...)
	}
	return out
}

// first returns the first entry of those kinds, as evidence, or none.
func (c *Case) first(whats ...string) []int {
	for _, w := range whats {
		if e := c.steps[w]; len(e) > 0 {
			return e[:1]
		}
	}
	return nil
}

// line returns the entry of an item, as evidence.
func (c *Case) line(it *match.Item) []int {
	if n, ok := c.items[it]; ok && it != nil {
		return []int{n}
	}
	return nil
}

// find returns the items whose bodies are wanted, in the order of time, and
// their entries.
func find[B event.Body](c *Case, wanted func(B, *match.Item) bool) (items []*match.Item, evidence []int) {
	for _, it := range c.In.Items {
		if b, ok := it.Event.Body.(B); ok && (wanted == nil || wanted(b, it)) {
			items = append(items, it)
			evidence = append(evidence, c.items[it])
		}
	}
	return items, evidence
}

// kill returns what the incident itself rests on: the kill line, or the first
// entry of the timeline.
func (c *Case) kill() []int {
	if e := c.first("killed", "no-killable", "panic", "chosen", "invoked"); e != nil {
		return e
	}
	if len(c.R.Timeline) > 0 {
		return []int{0}
	}
	return nil
}

// victim returns the process that the kernel chose, nil if none is named.
func (c *Case) victim() *event.Victim {
	d := c.In.Dump
	if d == nil || len(d.Victims) == 0 {
		return nil
	}
	if d.Chosen != nil {
		for i := range d.Victims {
			if d.Victims[i].PID == d.Chosen.PID {
				return &d.Victims[i]
			}
		}
	}
	return &d.Victims[0]
}

// Status returns what a pod object says of the victim's container: of the one
// that died if it does, else of the same container started again.
func (c *Case) Status() (event.ContainerStatus, bool) {
	if items, _ := c.statuses(); len(items) > 0 {
		return items[0].Event.Body.(event.ContainerStatus), true
	}
	// Of an earlier end the object tells nothing, but its spec is the same.
	for _, it := range c.Facts.Statuses {
		b := it.Event.Body.(event.ContainerStatus)
		if w := c.In.Who; b.Container.Name == w.Name && w.Name != "" && b.Container.Pod == w.Pod && b.Container.Namespace == w.Namespace && (w.Pod != "" || b.Container.ID == w.ID) {
			return b, true
		}
	}
	return event.ContainerStatus{}, false
}

func (c *Case) statuses() ([]*match.Item, []int) {
	return c.statusesOf(func(event.ContainerStatus) bool { return true })
}

func (c *Case) statusesOf(wanted func(event.ContainerStatus) bool) ([]*match.Item, []int) {
	return find(c, func(b event.ContainerStatus, _ *match.Item) bool {
		return (b.Container.Name != "" || b.By != "") && (b.Container.Name == c.In.Who.Name || c.In.Who.Name == "") && wanted(b)
	})
}

// capacityKB returns the memory of the node as a node object states it, or as
// the kernel's report of a global OOM does, and where that is from.
func (c *Case) capacityKB() (kb int64, basis string) {
	if n := c.node(func(n *event.NodeStatus) bool { return n.Capacity > 0 }); n.Capacity > 0 {
		return n.Capacity / 1024, "the node object"
	}
	if c.R.Memory != nil && c.R.Memory.TotalKB != nil {
		return *c.R.Memory.TotalKB, "the kernel's report of the machine's memory"
	}
	return 0, ""
}

// Groups marks incidents of one cause: those of one container of one pod's
// making, or of one cgroup.
func Groups(r *report.Report) {
	for i := range r.Incidents {
		r.Incidents[i].Group = group(&r.Incidents[i])
	}
}

func group(in *report.Incident) string {
	if c := in.Container; c != nil {
		switch {
		case c.Namespace != nil && c.Name != nil:
			return *c.Namespace + "/" + *c.Name
		case c.PodUID != nil:
			return "pod " + *c.PodUID
		case c.ID != nil:
			return "container " + (*c.ID)[:min(12, len(*c.ID))]
		}
	}
	switch {
	case in.Unit != nil:
		return *in.Unit
	case in.OOMMemcg != "":
		return in.OOMMemcg
	}
	return ""
}

// matchItem shortens the wanted functions of find.
type matchItem = match.Item
