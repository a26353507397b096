// Package kubernetes reads API objects: pods, nodes and events as kubectl, the
// kubelet's /pods and the collectors of support bundles write them, in JSON and
// YAML; and what kubectl prints of them for people, as tables of events and of
// pods and descriptions of pods and nodes.
//
// In comes text; out come events whose Speaker is "kubernetes", with the bodies
// event.ContainerStatus for each container of a pod, NodeStatus, and for Event
// objects what the kubelet recorded: KubeletOOM, StopContainer, BackOff,
// Eviction. A row that says of a pod no more than who it is gives an Identity.
// Their Text is a line composed of the object's own words, their
// stamp the moment that counts: when the container ended, when the event was
// last seen. Kubernetes writes whole seconds; an age ("19s") is no stamp.
//
// A status holds the present state and the last one, nothing before it. A
// manifest, which has no status, gives what is asked for and no deaths. What
// the numbers prove is left to the correlator; which files are objects, to the
// caller, whom Sniff and SniffYAML help. Field names are those of the API,
// staging/src/k8s.io/api/core/v1 and events/v1.
package kubernetes

import (
	"errors"
	"fmt"

	"oomtrace/parsers/event"
)

// Speaker is the speaker of all events of this package.
const Speaker = "kubernetes"

const (
	maxDocument   = 1 << 20 // bytes of one YAML document, of one item where it is a list
	maxContainers = 512     // containers that a pod may list
	maxProblems   = 100     // problems that are told of one file
)

// Problems is the error of a reading that met objects which it could not use,
// or not wholly. All others were emitted. They stand in the file's order.
type Problems []event.Problem

// Error returns the first problem and how many more there are.
func (ps Problems) Error() string {
	if len(ps) == 0 {
		return "no problem"
	}
	text := fmt.Sprintf("%s: %s: %s", ps[0].Pos, ps[0].Code, ps[0].Text)
	if len(ps) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(ps)-1)
	}
	return text
}

// A reading is one file while it is read.
type reading struct {
	file     string
	emit     func(event.Event)
	objects  int  // whole ones, until now
	cut      bool // it was told that the file ends too early
	problems Problems
}

func (d *reading) problem(line int, code, format string, args ...any) {
	if len(d.problems) < maxProblems {
		d.problems = append(d.problems, event.Problem{
			Pos: event.Pos{File: d.file, Line: line}, Code: code, Text: fmt.Sprintf(format, args...)})
	}
}

// end joins the problems with the error that ended the reading, nil at the end
// of the file.
func (d *reading) end(err error) error {
	switch {
	case len(d.problems) == 0:
		return err
	case err == nil:
		return d.problems
	}
	return errors.Join(d.problems, err)
}

// say emits an event about the object that begins in line.
func (d *reading) say(line int, st event.Stamp, text string, b event.Body) {
	e := event.Event{Pos: event.Pos{File: d.file, Line: line}, Speaker: Speaker, Text: event.Cut([]byte(text)), Body: b}
	if st.Clock != event.None {
		e.Stamps.Add(st)
	}
	d.emit(e)
}
