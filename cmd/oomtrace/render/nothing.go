package render

import (
	"fmt"
	"strings"

	"oomtrace/correlate/report"
)

// maxNamed is how many things are named in a sentence.
const maxNamed = 6

// nothing says, of a report without incidents, what was looked at and what it
// proves that nothing was found. Only the kernel's own log can prove more than
// that the logs are silent.
func nothing(r *report.Report) string {
	if len(r.Inputs) == 0 {
		return "No OOM kill was found, but nothing was read either, so this proves nothing."
	}
	s := "No OOM kill was found in " + count(len(r.Inputs), "input") + " (" + formats(r.Inputs) + ")" + span(r.Inputs)
	if kernel := withKernel(r.Inputs); len(kernel) > 0 {
		s += "; the kernel's log is among them (" + paths(kernel) + span(kernel) + "), so the kernel logged no kill in the time that it covers, which says nothing about other times or machines"
	} else {
		s += "; no log of the kernel is among them, so a kill that left no trace in these may have happened all the same"
	}
	if n := len(r.RuledOut); n > 0 {
		s += fmt.Sprintf("; %s that may look like one %s ruled out below", count(n, "death"), plural(n, "is", "are"))
	}
	return s + "."
}

// plural returns one for 1, many for any other number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// withKernel returns the inputs that hold the kernel's messages.
func withKernel(ins []report.Input) []report.Input {
	var found []report.Input
	for _, in := range ins {
		if len(in.KernelCovers) > 0 {
			found = append(found, in)
		}
	}
	return found
}

// formats returns how many inputs there are of each format: "2 dmesg, 1 klog".
func formats(ins []report.Input) string {
	var names []string
	counts := map[string]int{}
	for i := range ins {
		name := format(&ins[i])
		if counts[name]++; counts[name] == 1 {
			names = append(names, name)
		}
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", counts[name], name)
	}
	return listed(names)
}

// paths returns the paths of inputs.
func paths(ins []report.Input) string {
	names := make([]string, len(ins))
	for i := range ins {
		names[i] = ins[i].Path
	}
	return listed(names)
}

// listed returns the first of names, and how many more there are.
func listed(names []string) string {
	if n := len(names) - maxNamed; n > 0 {
		names = append(names[:maxNamed], fmt.Sprintf("%d more", n))
	}
	return strings.Join(names, ", ")
}

// span returns from when to when the inputs reach, "" if none tells.
func span(ins []report.Input) string {
	var first, last *report.Time
	for i := range ins {
		if t := ins[i].First; t != nil && (first == nil || t.Before(first.Time)) {
			first = t
		}
		if t := ins[i].Last; t != nil && (last == nil || t.After(last.Time)) {
			last = t
		}
	}
	if first == nil || last == nil {
		return ""
	}
	return ", from " + moment(first) + " to " + moment(last) + " UTC"
}
