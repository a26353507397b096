package render

import (
	"fmt"
	"strconv"
	"strings"

	"oomtrace/correlate/report"
)

// about returns what a death that was ruled out was the death of.
func about(d *report.RuledOut) string {
	name, w := podName(d.Container), worker(d.Worker)
	if name == "" {
		name = containerID(d.Container)
	}
	if name == "" && d.Unit != nil {
		name = *d.Unit
	}
	switch {
	case name != "" && w != "":
		return name + ": " + w
	case name+w == "" && d.Kind != "":
		return d.Kind
	case name+w == "":
		return "not stated"
	}
	return name + w
}

// said returns a line of the timeline as a phrase, and how often it was met.
func said(e *report.Entry) (text, met string) {
	text = e.Text
	if e.Actor != "" {
		text = e.Actor + ": " + e.Text
	}
	var mets []string
	if e.Repeats > 1 {
		mets = append(mets, fmt.Sprintf("x%d", e.Repeats))
	}
	if n := len(e.Also); n > 0 {
		mets = append(mets, "(also in "+count(n, "file")+")")
	}
	return text, strings.Join(mets, " ")
}

// toKill returns how long before or after the kill an entry was; "" where the
// logs do not tell.
func toKill(e *report.Entry) string {
	if e.Delta == nil {
		return ""
	}
	return delta(*e.Delta)
}

// evidence returns [3] [7]: rows of a timeline of n entries, counted from 1.
func evidence(rows []int, n int) string {
	var s []string
	for _, i := range rows {
		if i >= 0 && i < n {
			s = append(s, fmt.Sprintf("[%d]", i+1))
		}
	}
	return strings.Join(s, " ")
}

// maxProblems is how many problems are shown before the rest is counted.
const maxProblems = 10

// problem returns where something was wrong in an input, and what.
func problem(p report.Problem) (at, what string) {
	at = p.File
	if p.Line > 0 {
		at += ":" + strconv.Itoa(p.Line)
	}
	return at, p.Code + ": " + p.Message
}

// maxInputs is how many inputs are listed before the rest is counted.
const maxInputs = 12

// clockBasis returns how an input's stamps were brought to UTC.
func clockBasis(c report.Clock) string {
	switch {
	case c.Basis == "":
		return c.Kind
	case c.Kind == "" || c.Kind == "none":
		return c.Basis
	}
	return c.Kind + ": " + c.Basis
}

// format returns what an input's lines were recognised as.
func format(in *report.Input) string {
	if in.Format == "" {
		return "not recognised"
	}
	return in.Format
}
