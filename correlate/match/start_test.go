package match

import (
	"testing"
	"time"

	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// startOf is runc's word, or crun's, about a start of a container.
func startOf(by, id, podName string) event.StartOOM {
	c := event.Container{ID: id, Pod: podName, Name: "web", Restart: -1}
	if podName != "" {
		c.Namespace = "ns"
	}
	return event.StartOOM{Container: c, By: by, Counted: by == "runc"}
}

func TestStarts(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		files    []*file
		verdicts []string
		ruled    int
	}{
		"runc counts":                      {[]*file{log("c").say(at(0), startOf("runc", idA, ""))}, []string{report.Confirmed}, 0},
		"crun suspects":                    {[]*file{log("c").say(at(0), startOf("crun", idA, ""))}, []string{report.Suspected}, 0},
		"crun, and the kernel killed none": {[]*file{log("c").say(at(0), startOf("crun", idA, "")), log("k").covers(-600*s, 600*s)}, nil, 1},
		"runc, and the kernel killed none": {[]*file{log("c").say(at(0), startOf("runc", idA, "")), log("k").covers(-600*s, 600*s)}, []string{report.Suspected}, 0},
		"the kernel's own word":            {[]*file{log("c").say(at(s), startOf("runc", idA, "")), log("k").covers(-600*s, 600*s).say(at(0), kill(40, idA))}, []string{report.Confirmed}, 0},
		"crun and the kernel":              {[]*file{log("c").say(at(s), startOf("crun", idA, "")), log("k").covers(-600*s, 600*s).say(at(0), kill(40, idA))}, []string{report.Confirmed}, 0},
		"two tell of one start":            {[]*file{log("c").say(at(0), startOf("runc", idA, "p")), log("n").say(at(s), startOf("runc", "", "p"))}, []string{report.Confirmed}, 0},
		"two tries, ids":                   {[]*file{log("c").say(at(0), startOf("runc", idA, "p")).say(at(15*s), startOf("runc", idB, "p"))}, []string{report.Confirmed, report.Confirmed}, 0},
		"two tries, no ids":                {[]*file{log("n").say(at(0), startOf("runc", "", "p")).say(at(15*s), startOf("runc", "", "p"))}, []string{report.Confirmed, report.Confirmed}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := find(c.files...)
			if len(got.Incidents) != len(c.verdicts) || len(got.RuledOut) != c.ruled {
				t.Fatalf("got %d incidents, %d ruled out, want %d and %d", len(got.Incidents), len(got.RuledOut), len(c.verdicts), c.ruled)
			}
			for i, in := range got.Incidents {
				if string(in.Verdict) != c.verdicts[i] {
					t.Errorf("got %s, want %s", in.Verdict, c.verdicts[i])
				}
			}
		})
	}
}
