package match

import (
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// described is what kubectl describe says of a container that was OOM-killed and
// runs again: neither its pod's uid nor the id of the one that ended.
func described(pod, node string, ended time.Duration, limit int64) event.ContainerStatus {
	return event.ContainerStatus{Container: event.Container{Namespace: "imaging", Pod: pod, Node: node, Name: "worker", ID: idB, Restart: 1},
		Limit: limit, PodLimit: event.NotPrinted, Phase: "Running", QoS: "Burstable", State: "running",
		Ended: []event.Terminated{{ExitCode: 137, Reason: "OOMKilled", FinishAt: noon.Add(ended)}}}
}

func limited(pid int, id string, kb int64) *event.OOMDump {
	d := kill(pid, id)
	d.Memory.Memory = event.Counter{Printed: true, UsageKB: kb, LimitKB: kb}
	return d
}

// TestInfer: the names of a description go to a kill only if nothing else fits.
func TestInfer(t *testing.T) {
	const mib = 1 << 20
	a := described("thumbs-1", "n1", time.Second, 160*mib)
	b := described("thumbs-2", "n1", time.Second, 160*mib)
	b.Container.ID = idA[1:] + "b"
	none := event.Stamps{}
	for _, c := range []struct {
		name string
		logs []*file
		want []string // the pods of the incidents with a kernel report
	}{
		{"the only one", []*file{log("k").say(at(time.Second), limited(7, idA, 160<<10)), log("d").say(none, a)}, []string{"thumbs-1"}},
		{"told twice", []*file{log("k").say(at(time.Second), limited(7, idA, 160<<10)), log("d").say(none, a), log("e").say(none, a)}, []string{"thumbs-1"}},
		{"another limit", []*file{log("k").say(at(time.Second), limited(7, idA, 128<<10)), log("d").say(none, a)}, []string{""}},
		{"another time", []*file{log("k").say(at(9*time.Second), limited(7, idA, 160<<10)), log("d").say(none, a)}, []string{""}},
		{"an end before the kill", []*file{log("k").say(at(4*time.Second), limited(7, idA, 160<<10)), log("d").say(none, a)}, []string{""}},
		{"two pods fit", []*file{log("k").say(at(time.Second), limited(7, idA, 160<<10)), log("d").say(none, a).say(none, b)}, []string{""}},
		{"two kills fit", []*file{log("k").say(at(time.Second), limited(7, idA, 160<<10)).say(at(2*time.Second), limited(8, idB[1:]+"a", 160<<10)), log("d").say(none, a)}, []string{"", ""}},
		{"neither limit nor node", []*file{log("k").say(at(time.Second), kill(7, idA)), log("d").say(none, a)}, []string{""}},
		{"another class", []*file{log("k").say(at(time.Second), limited(7, idA, 160<<10)), log("d").say(none, func() event.ContainerStatus {
			b := a
			b.QoS = "Guaranteed"
			return b
		}())}, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := find(c.logs...)
			var got []string
			for _, in := range r.Incidents {
				if in.Dump == nil {
					continue
				}
				got = append(got, in.Who.Pod)
				if in.Who.Pod != "" && (in.Named == nil || in.P > 0.75 || in.Who.Name != "worker") {
					t.Errorf("%+v, by %v, at %.2f: want worker, inferred", in.Who, in.Named, in.P)
				}
			}
			if len(got) != len(c.want) || got[0] != c.want[0] {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestInferBesideTheKnown: a host that is known and another node are two machines.
func TestInferBesideTheKnown(t *testing.T) {
	for node, want := range map[string]string{"n1": "thumbs-1", "n2": ""} {
		k := log("k").say(at(time.Second), limited(7, idA, 160<<10))
		k.Events[0].Host = "n1"
		r := find(k, log("d").say(event.Stamps{}, described("thumbs-1", node, time.Second, 160<<20)))
		for _, in := range r.Incidents {
			if in.Dump != nil && in.Who.Pod != want {
				t.Errorf("node %s: %q, want %q", node, in.Who.Pod, want)
			}
		}
	}
}

// TestPodRow: a row of kubectl get pods goes to the last kill of its pod, and alone
// is an incident without a time.
func TestPodRow(t *testing.T) {
	row := event.ContainerStatus{Container: event.Container{Namespace: "imaging", Pod: "thumbs-1", Node: "n1", Restart: event.NotPrinted},
		Limit: event.NotPrinted, Request: event.NotPrinted, PodLimit: event.NotPrinted, RestartCount: event.NotPrinted,
		Ended: []event.Terminated{{ExitCode: event.NotPrinted, Reason: "OOMKilled"}}}
	who := event.Identity{Container: event.Container{Namespace: "imaging", Pod: "thumbs-1", PodUID: pod, Restart: event.NotPrinted}}
	r := find(log("pods").say(event.Stamps{}, row), log("k").say(at(0), kill(7, idA)).say(at(time.Minute), kill(8, idB)), log("kubelet").say(at(0), who))
	if len(r.Incidents) != 2 || len(r.Incidents[0].Items) != 0 || len(r.Incidents[1].Items) != 1 {
		t.Fatalf("%s, want the row in the second of two", verdicts(r))
	}
	if in := r.Incidents[0]; in.Node != "n1" || in.Who.Pod != "thumbs-1" || in.Named != nil {
		t.Errorf("%+v on %q, want thumbs-1 on n1", in.Who, in.Node)
	}
	r = find(log("pods").say(event.Stamps{}, row))
	if len(r.Incidents) != 1 || !r.Incidents[0].Upper || r.Incidents[0].At.Ok() || r.Incidents[0].Who.Pod != "thumbs-1" {
		t.Errorf("%s, want one without a time", verdicts(r))
	}
}

// TestPathTiesPod: a container that one log names, and the kernel's path to its
// pod, name the pod's other containers too.
func TestPathTiesPod(t *testing.T) {
	b := described("thumbs-1", "n1", time.Minute, 160<<20)
	r := find(log("k").say(at(0), kill(7, idA)).say(at(time.Minute), kill(8, idB)), log("d").say(event.Stamps{}, b))
	if len(r.Incidents) != 2 || r.Incidents[0].Who.Pod != "thumbs-1" || r.Incidents[0].Who.Name != "" || r.Incidents[1].Who.Name != "worker" || r.Incidents[0].Named != nil {
		t.Errorf("%s: %+v", verdicts(r), r.Incidents[0].Who)
	}
}

// TestSameLimit: the kernel keeps whole pages.
func TestSameLimit(t *testing.T) {
	for _, c := range []struct {
		bytes, kb int64
		want      bool
	}{{160 << 20, 160 << 10, true}, {1000000001, 976560, true}, {160 << 20, 128 << 10, false}, {160 << 20, 160<<10 + 4, false}, {event.NotPrinted, 0, false}} {
		if SameLimit(c.bytes, c.kb) != c.want {
			t.Errorf("SameLimit(%d, %d) is %v", c.bytes, c.kb, !c.want)
		}
	}
}
