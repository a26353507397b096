package kubernetes

import (
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

func readText(s string) *events {
	var e events
	p := NewText()
	n := 0
	for line := range strings.Lines(s) {
		n++
		rec := event.Record{Pos: event.Pos{File: "f", Line: n}, Msg: []byte(strings.TrimSuffix(line, "\n"))}
		p.Read(&rec, e.emit)
		for i := range rec.Msg { // what is kept is found
			rec.Msg[i] = '#'
		}
	}
	p.End(e.emit)
	return &e
}

func TestDescribe(t *testing.T) {
	e := readText(file(t, "describe-1.34.9.txt"))
	e.want(t,
		"1 - evicted: pod reports/sorter-7d8: status phase Failed reason Evicted message \""+evictedMessage+"\"",
		"15 - context: pod reports/sorter-7d8 container glutton: lastState terminated exitCode 137 reason ContainerStatusUnknown; state terminated exitCode 137 reason ContainerStatusUnknown; restartCount 1; phase Failed reason Evicted message \""+evictedMessage+"\"",
		"66 - evicted: Warning  Evicted            20s                kubelet  "+evictedMessage,
		"67 - intent: Normal   Killing            20s                kubelet  Stopping container glutton",
		"82 2026-11-23T14:05:47Z counted: pod imaging/thumbs-6f7c9d5b8-x2q9k container worker: lastState terminated exitCode 137 reason OOMKilled finishedAt 2026-11-23T15:05:47+01:00; state running startedAt 2026-11-23T15:05:52+01:00; restartCount 1; limits.memory 160Mi")
	b := e.list[len(e.list)-1].Body.(event.ContainerStatus)
	want := event.Container{Runtime: "containerd", ID: "3631015739a0b7e3c22dbe28a841da6cb2f71d840e05d454efee13603a0a0cea",
		Name: "worker", Namespace: "imaging", Pod: "thumbs-6f7c9d5b8-x2q9k", Image: "lab.local/imaging:2026.11", Node: "ip-10-20-4-31", Restart: 1}
	if b.Container != want || b.Limit != 160<<20 || b.Request != 128<<20 || b.QoS != "Burstable" {
		t.Errorf("%+v", b)
	}
}

func TestDescribeNode(t *testing.T) {
	e := readText(`Name:               n
Roles:              <none>
Conditions:
  Type             Status  LastHeartbeatTime                 LastTransitionTime                Reason                       Message
  ----             ------  -----------------                 ------------------                ------                       -------
  MemoryPressure   False   Mon, 23 Nov 2026 15:05:52 +0100   Mon, 23 Nov 2026 15:05:52 +0100   KubeletHasSufficientMemory   kubelet has sufficient memory available
Capacity:
  cpu:                2
  memory:             2014268Ki
Allocatable:
  memory:             1911868Ki
System Info:
  Kernel Version:             6.12.117
  Container Runtime Version:  containerd://1.7.24
  Kubelet Version:            v1.34.9
Events:
  Type     Reason     Age   From     Message
  ----     ------     ----  ----     -------
  Warning  SystemOOM  18s   kubelet  System OOM encountered, victim process: python3, pid: 10019
`)
	e.want(t, "1 - context: node n: capacity.memory 2014268Ki allocatable.memory 1911868Ki kernelVersion 6.12.117 kubeletVersion v1.34.9 containerRuntimeVersion containerd://1.7.24",
		"19 - noticed: Warning  SystemOOM  18s   kubelet  System OOM encountered, victim process: python3, pid: 10019")
}

func TestEventTables(t *testing.T) {
	e := readText(file(t, "events-1.34.9.txt"))
	e.want(t,
		"4 - noticed: default     18s         Warning   SystemOOM                   node/ip-10-20-4-31                   System OOM encountered, victim process: python3, pid: 10019",
		"5 - intent: reports     69s         Normal    Killing                     pod/cache-0                          Stopping container cache")
	if b := e.list[1].Body.(event.StopContainer); b.Container != (event.Container{Name: "cache", Namespace: "reports", Pod: "cache-0", Restart: -1}) {
		t.Errorf("%+v", b)
	}
	e = readText("LAST SEEN             TYPE     REASON    OBJECT    SUBOBJECT            SOURCE        MESSAGE                FIRST SEEN   COUNT   NAME\n" +
		"3m (x4 over 5m)       Normal   Killing   Pod/p     spec.containers{c}   kubelet, n    Stopping container c   5m           4       p.18eab180848067b0\n" +
		"3m                    Normal   Killing   Pod/q                          kubelet, n    Stopping container d   5m           4       q.18eab180848067b0\n" +
		"\nNormal Killing Pod/r\n")
	if len(e.list) != 2 || e.list[0].Body.(event.StopContainer).Container.Name != "c" || e.list[1].Body.(event.StopContainer).Container.Pod != "q" {
		t.Errorf("the wide table gives %q", e.lines())
	}
}
