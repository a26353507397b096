package match

import (
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// record is what docker or podman holds of a container: how its last run was.
func record(by string, started, finished time.Duration, killed bool) event.ContainerStatus {
	b := event.ContainerStatus{By: by, Container: event.Container{Runtime: by, ID: idA, Name: "web", Restart: -1}}
	t := event.Terminated{ExitCode: 1, StartedAt: noon.Add(started), FinishAt: noon.Add(finished), ContainerID: idA}
	if killed {
		t.Reason = "OOMKilled"
	}
	b.Ended = []event.Terminated{t}
	return b
}

// running is what docker holds of one that runs.
func running(started time.Duration, killed bool) event.ContainerStatus {
	return event.ContainerStatus{By: "docker", Container: event.Container{Runtime: "docker", ID: idA, Name: "web", Restart: -1}, State: "running", StartedAt: noon.Add(started), OOMKilled: killed}
}

// A container of docker's or podman's starts again under its old id, so that a
// record tells of a kill only where its run is that of the kill.
func TestRecordsOfRuns(t *testing.T) {
	const m = time.Minute
	dump := func() *event.OOMDump {
		d := kill(40, idA)
		d.OOMMemcg, d.TaskMemcg = "/docker/"+idA, "/docker/"+idA
		return d
	}
	for name, c := range map[string]struct {
		record event.ContainerStatus
		at     time.Duration
		joins  bool
		found  int
	}{
		"the run of the kill":                  {record("docker", -m, m, true), m, true, 1},
		"a run before the kill":                {record("docker", -2*m, -m, false), -m, false, 1},
		"a later run":                          {record("docker", m, 2*m, false), 2 * m, false, 1},
		"a later run that was killed too":      {record("docker", m, 2*m, true), 2 * m, false, 2},
		"podman's word of an earlier run":      {record("podman", m, 2*m, true), 2 * m, true, 1},
		"the container runs on":                {running(-m, true), -m, true, 1},
		"it was started again":                 {running(time.Second, false), time.Second, false, 1},
		"it was started and killed again":      {running(time.Second, true), time.Second, false, 2},
		"docker to 23 says nothing of a child": {running(-m, false), -m, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			stamps := at(c.at)
			stamps[0].Lower = c.record.OOMKilled
			files := []*file{log("k").covers(-10*m, 10*m).say(at(0), dump()), log("inspect").say(stamps, c.record)}
			got := find(files...)
			if len(got.Incidents) != c.found {
				t.Fatalf("got %d incidents, want %d", len(got.Incidents), c.found)
			}
			joined := false
			for _, in := range got.Incidents {
				joined = joined || in.Dump != nil && len(in.Items) > 0
			}
			if joined != c.joins {
				t.Errorf("it joins the kill: %t, want %t", joined, c.joins)
			}
		})
	}
}
