package correlate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oomtrace/parsers"
)

// TestObjectsAgainstTheKernel: what a pod's object says of limit and class is held
// against what the kernel enforced, and only where it is certainly of that pod.
func TestObjectsAgainstTheKernel(t *testing.T) {
	kernel, err := os.ReadFile(filepath.Join(incidents, "crash-loop", "logs", "dmesg-iso.txt"))
	if err != nil {
		t.Fatal(err)
	}
	describe := func(id, more string) string {
		return "Name:             geocoder-x2q9k\nNamespace:        maps\nNode:             ip-10-0-3-117.lab.internal/10.0.3.117\nStatus:           Running\n" +
			"Containers:\n  geocoder:\n    Container ID:  containerd://" + id + "\n    State:          Waiting\n      Reason:       CrashLoopBackOff\n" +
			"    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\n      Finished:     Mon, 23 Nov 2026 09:09:38 +0000\n" + more
	}
	const (
		third      = "4495254bb1fa90ac6c464507d8dff137108c167cecc372bb62d532002cadd2d5"
		another    = "5595254bb1fa90ac6c464507d8dff137108c167cecc372bb62d532002cadd2d5"
		disagree   = "The pod's object has limits.memory 256 MiB for its containers together, and the kernel enforced 160 MiB: the two do not agree"
		passedOn   = "That is the limit which the pod's spec sets for container geocoder"
		notClass   = "By its cgroup's path the pod is Burstable, by its status (qosClass) Guaranteed: the two do not go together"
		notSpec    = "By its cgroup's path the pod is Burstable, by the requests and limits of its spec Guaranteed: the two do not go together"
		isInferred = "is inferred: by the pod's status"
	)
	limits := func(memory, cpu string) string {
		return "    Limits:\n      cpu:     " + cpu + "\n      memory:  " + memory + "\n    Requests:\n      cpu:     1\n      memory:  64Mi\n"
	}
	guaranteed := "    Limits:\n      cpu:     1\n      memory:  160Mi\n"
	for _, c := range []struct {
		name, describe string
		want           []string
	}{
		{"as asked for", describe(third, limits("160Mi", "1")+"QoS Class:       Burstable\n"), []string{passedOn}},
		{"another limit", describe(third, limits("256Mi", "1")+"QoS Class:       Burstable\n"), []string{disagree}},
		{"another limit, in two containers", describe(third, limits("256Mi", "1")+"  sidecar:\n    State:  Running\nQoS Class:       Burstable\n"), nil},
		{"another class", describe(third, limits("160Mi", "1")+"QoS Class:       Guaranteed\n"), []string{passedOn, notClass}},
		{"another class by the spec", describe(third, guaranteed+"QoS Class:       Burstable\n"), []string{passedOn, notSpec}},
		{"another container, another limit", describe(another, limits("256Mi", "1")+"QoS Class:       Burstable\n"), nil},
		{"a pod that is inferred", strings.Replace(describe(another, limits("160Mi", "1")+"QoS Class:       Burstable\n"),
			"Waiting\n      Reason:       CrashLoopBackOff", "Running\n      Started:      Mon, 23 Nov 2026 09:09:40 +0000", 1), []string{isInferred}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := analyze(t, []file{{"dmesg.txt", kernel, true}, {"describe.txt", []byte(c.describe), true}}, parsers.Options{}, whole)
			var told strings.Builder
			for _, in := range r.Incidents {
				for _, a := range in.Explanation {
					told.WriteString(a.Answer + "\n")
				}
			}
			for _, s := range []string{disagree, passedOn, notClass, notSpec, isInferred} {
				wanted := false
				for _, w := range c.want {
					wanted = wanted || w == s
				}
				if strings.Contains(told.String(), s) != wanted {
					t.Errorf("%q: told is %v, want %v", s, !wanted, wanted)
				}
			}
		})
	}
}

// TestPasteOfEverything: tables, a description and the kernel's log in one file.
func TestPasteOfEverything(t *testing.T) {
	kernel, err := os.ReadFile(filepath.Join(incidents, "kubectl-paste", "logs", "journal-kernel.txt"))
	if err != nil {
		t.Fatal(err)
	}
	kubectl, err := os.ReadFile(filepath.Join(incidents, "kubectl-paste", "logs", "kubectl-paste.txt"))
	if err != nil {
		t.Fatal(err)
	}
	paste := append(append(kubectl, "$ journalctl -k -o short-iso-precise\n"...), kernel...)
	r := analyze(t, []file{{"paste.txt", paste, true}}, parsers.Options{}, whole)
	if len(r.Incidents) != 1 || r.Incidents[0].Kind != "memcg" || r.Incidents[0].Container == nil || r.Incidents[0].Container.Pod == nil || *r.Incidents[0].Container.Pod != "thumbs-6f7c9d5b8-x2q9k" {
		t.Errorf("%s", written(t, r))
	}
}

// TestDescriptionAlone: the id that a description has is of the container that runs,
// not of the one that ended.
func TestDescriptionAlone(t *testing.T) {
	describe := "Name:             a-1\nNamespace:        ns\nNode:             n1/10.0.0.1\nStatus:           Running\nContainers:\n  a:\n" +
		"    Container ID:  containerd://" + strings.Repeat("a", 64) + "\n    State:          Running\n      Started:      Mon, 23 Nov 2026 09:09:40 +0000\n" +
		"    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\n      Started:      Mon, 23 Nov 2026 09:00:00 +0000\n      Finished:     Mon, 23 Nov 2026 09:09:38 +0000\n    Restart Count:  2\n"
	r := analyze(t, []file{{"describe.txt", []byte(describe), true}}, parsers.Options{}, whole)
	if len(r.Incidents) != 1 || r.Incidents[0].Container.ID != nil || *r.Incidents[0].Container.ExitCode != 137 || *r.Incidents[0].Container.Reason != "OOMKilled" {
		t.Fatalf("%s", written(t, r))
	}
	for _, a := range r.Incidents[0].Explanation {
		if strings.Contains(a.Answer, "runs on") || strings.Contains(a.Answer, "went on") {
			t.Errorf("%s", a.Answer)
		}
	}
}

// TestNodeUnderPressure: an eviction is told with what its node's object says.
func TestNodeUnderPressure(t *testing.T) {
	evicted, err := os.ReadFile(filepath.Join("..", "parsers", "kubernetes", "testdata", "evicted-1.34.9.json"))
	if err != nil {
		t.Fatal(err)
	}
	for since, want := range map[string]bool{"2026-11-23T14:02:46Z": true, "2026-11-23T09:00:00Z": false, "2026-11-23T15:00:00Z": false} {
		node := `{"apiVersion":"v1","kind":"Node","metadata":{"name":"ip-10-20-4-31"},"status":{"conditions":[{"type":"MemoryPressure","status":"True","lastTransitionTime":"` + since + `"}]}}`
		r := analyze(t, []file{{"pods.json", evicted, false}, {"node.json", []byte(node), false}}, parsers.Options{}, whole)
		if len(r.Incidents) != 1 {
			t.Fatalf("%d incidents, want the eviction", len(r.Incidents))
		}
		told := r.Incidents[0].Explanation[0].Answer
		if got := strings.Contains(told, "MemoryPressure True since "+since); got != want {
			t.Errorf("since %s: told is %v in %q", since, got, told)
		}
	}
}
