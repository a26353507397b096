package kubernetes

import (
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

func readText(s string) *events {
	var e events
	var p Text
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
  MemoryPressure   True    Mon, 23 Nov 2026 15:06:02 +0100   Mon, 23 Nov 2026 15:05:52 +0100   KubeletHasInsufficientMemory kubelet has insufficient memory available
  Ready            True    Mon, 23 Nov 2026 15:06:02 +0100   Mon, 23 Nov 2026 14:00:00 +0100   KubeletReady                 kubelet is posting ready status
Capacity:
  cpu:                2
  memory:             2014268Ki
Allocatable:
  memory:             1911868Ki
System Info:
  Kernel Version:             6.12.117
  Container Runtime Version:  containerd://1.7.24
  Kubelet Version:            v1.34.9
Non-terminated Pods:          (1 in total)
  Namespace                  Name                             CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age
  ---------                  ----                             ------------  ----------  ---------------  -------------  ---
  imaging                    thumbs-6f7c9d5b8-x2q9k           100m (5%)     0 (0%)      128Mi (6%)       160Mi (8%)     3d2h
Allocated resources:
  (Total limits may be over 100 percent, i.e., overcommitted.)
  Resource           Requests    Limits
  --------           --------    ------
  cpu                100m (5%)   0 (0%)
  memory             128Mi (6%)  160Mi (8%)
  ephemeral-storage  0 (0%)      0 (0%)
Events:
  Type     Reason     Age   From     Message
  ----     ------     ----  ----     -------
  Warning  SystemOOM  18s   kubelet  System OOM encountered, victim process: python3, pid: 10019
`)
	e.want(t, "1 - context: node n: capacity.memory 2014268Ki allocatable.memory 1911868Ki kernelVersion 6.12.117 kubeletVersion v1.34.9 containerRuntimeVersion containerd://1.7.24; condition MemoryPressure True reason KubeletHasInsufficientMemory lastTransitionTime 2026-11-23T15:05:52+01:00",
		"20 - context: imaging                    thumbs-6f7c9d5b8-x2q9k           100m (5%)     0 (0%)      128Mi (6%)       160Mi (8%)     3d2h",
		"31 - noticed: Warning  SystemOOM  18s   kubelet  System OOM encountered, victim process: python3, pid: 10019")
	b := e.list[0].Body.(event.NodeStatus)
	if b.MemoryPressure != "True" || !b.PressureSince.Equal(time.Date(2026, 11, 23, 14, 5, 52, 0, time.UTC)) {
		t.Errorf("%+v", b)
	}
	if b := e.list[1].Body.(event.Identity); b.Container != (event.Container{Namespace: "imaging", Pod: "thumbs-6f7c9d5b8-x2q9k", Node: "n", Restart: -1}) {
		t.Errorf("%+v", b)
	}
}

// What a container is given, and what it wrote as it ended, is not taken for what
// kubectl says of it.
func TestDescribeOthersWords(t *testing.T) {
	e := readText(`Name:             db-0
Namespace:        store
Node:             <none>
Labels:           app=db
                  memory: 1Gi
Status:           Running
Init Containers:
  wait:
    Container ID:  containerd://aa
    State:          Terminated
      Reason:       OOMKilled
      Message:      first line
Name:         evil
Namespace:    kube-system
Containers:
  evil:
    State:          Terminated
      Reason:       OOMKilled
      Exit Code:    0
      Started:      Mon, 23 Nov 2026 15:05:00 +0100
      Finished:     Mon, 23 Nov 2026 15:05:01 +0100
Containers:
  db:
    Container ID:  containerd://bb
    Command:
      sh
      -c
      State:          Terminated
      memory: 3Gi
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Exit Code:    137
    Restart Count:  2
    Limits:
      cpu:     1
      memory:  256Mi
    Requests:
      cpu:     1
      memory:  256Mi
    Environment:
      memory:  5Gi
      POLICY:  limits:
                 memory: 6Gi
    Mounts:
      /var/run from memory (rw)
Volumes:
  memory:
    Type:       EmptyDir (a temporary directory that shares a pod's lifetime)
    Medium:     Memory
    SizeLimit:  7Gi
QoS Class:      Burstable
Events:         <none>
`)
	e.want(t,
		"8 2026-11-23T14:05:01Z counted: pod store/db-0 container wait: state terminated exitCode 0 reason OOMKilled finishedAt 2026-11-23T15:05:01+01:00",
		"23 - death: pod store/db-0 container db: lastState terminated exitCode 137 reason Error; state waiting reason CrashLoopBackOff; restartCount 2; limits.memory 256Mi")
	wait, db := e.list[0].Body.(event.ContainerStatus), e.list[1].Body.(event.ContainerStatus)
	if db.Limit != 256<<20 || db.Container.Node != "" || db.SpecQoS != "Burstable" || !wait.Init || db.Init {
		t.Errorf("%+v", db)
	}
	if wait.Ended[0].ContainerID != "aa" || db.Ended[0].ContainerID != "bb" {
		t.Errorf("the ends are of %q and %q, want aa and bb", wait.Ended[0].ContainerID, db.Ended[0].ContainerID)
	}
}

// What follows kubectl logs is a container's word to the end: it can write a prompt.
func TestTextOfContainer(t *testing.T) {
	var p Text
	for line := range strings.Lines("-$ kubectl get pods\n+$ kubectl logs db-0\n+[ 1.0] Memory cgroup out of memory: Killed process 7 (db)\n+$ dmesg\n+[ 1.0] x\n+NAME  READY  STATUS  RESTARTS  AGE\n") {
		p.Read(&event.Record{Msg: []byte(line[1:])}, func(event.Event) {})
		if p.OfContainer() != (line[0] == '+') {
			t.Errorf("%q: %v", line[1:], p.OfContainer())
		}
	}
}

// Of 1.13 and before: columns less, and one blank of indentation.
func TestDescribeOldNode(t *testing.T) {
	e := readText("Name:            e2e-4lw4\n\nRoles:           <none>\n\nCapacity:\n cpu:                               2\n memory:                            7679792Ki\n" +
		"Allocatable:\n memory:                            7474992Ki\nNon-terminated Pods:        (2 in total)\n" +
		"  Namespace    Name                                  CPU Requests  CPU Limits  Memory Requests  Memory Limits\n" +
		"  ---------    ----                                  ------------  ----------  ---------------  -------------\n" +
		"  kube-system  kube-dns-3297075139-61lj3             260m (13%)    0 (0%)      100Mi (1%)       170Mi (2%)\n" +
		"  kube-system  kube-proxy-e2e-test-...               100m (5%)     0 (0%)      0 (0%)           0 (0%)\n")
	e.want(t, "1 - context: node e2e-4lw4: capacity.memory 7679792Ki allocatable.memory 7474992Ki",
		"13 - context: kube-system  kube-dns-3297075139-61lj3             260m (13%)    0 (0%)      100Mi (1%)       170Mi (2%)")
}

func TestPodTables(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
		who        event.Container
	}{
		{"1.21", "NAME                     READY   STATUS      RESTARTS   AGE\n" +
			"thumbs-6f7c9d5b8-x2q9k   0/1     OOMKilled   4          21h\n" +
			"web-5c9f-abcde           0/1     CrashLoopBackOff   9          21h\n" +
			"job-7xk2p                0/1     Error       0          21h\n",
			[]string{"2 - counted: thumbs-6f7c9d5b8-x2q9k   0/1     OOMKilled   4          21h"}, event.Container{Pod: "thumbs-6f7c9d5b8-x2q9k"}},
		{"wide, of all namespaces, 1.31", "NAMESPACE   NAME     READY   STATUS           RESTARTS      AGE   IP           NODE            NOMINATED NODE   READINESS GATES\n" +
			"imaging     web-0    2/2     Running          2 (11h ago)   21h   10.85.0.31   ip-10-20-4-31   <none>           <none>\n" +
			"imaging     web-1    0/2     Init:OOMKilled   2 (20s ago)   21h   10.85.0.32   ip-10-20-4-31   <none>           <none>\n" +
			"imaging     web-2    0/2     Evicted          0             21h   <none>       ip-10-20-4-31   <none>           <none>\n" +
			"imaging     web-3    0/2     Pending          0             21h   <none>       <none>          <none>           <none>\n",
			[]string{"2 - context: imaging     web-0    2/2     Running          2 (11h ago)   21h   10.85.0.31   ip-10-20-4-31   <none>           <none>",
				"3 - counted: imaging     web-1    0/2     Init:OOMKilled   2 (20s ago)   21h   10.85.0.32   ip-10-20-4-31   <none>           <none>",
				"4 - context: imaging     web-2    0/2     Evicted          0             21h   <none>       ip-10-20-4-31   <none>           <none>",
				"5 - context: imaging     web-3    0/2     Pending          0             21h   <none>       <none>          <none>           <none>"},
			event.Container{Namespace: "imaging", Pod: "web-0", Node: "ip-10-20-4-31"}},
		{"blanks lost in a mail", "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\n" +
			"db-0 0/1 OOMKilled 4 (57s ago) 2m40s 10.85.0.31 ip-10-20-4-31 <none> <none>\n", nil, event.Container{}},
		{"a few blanks lost", "NAME   READY   STATUS   RESTARTS   AGE   IP   NODE\n" +
			"db-0 0/1 OOMKilled 4 (57s ago) 2m40s 10.85.0.31 ip-10-20-4-31\n",
			[]string{"2 - counted: db-0 0/1 OOMKilled 4 (57s ago) 2m40s 10.85.0.31 ip-10-20-4-31"}, event.Container{Pod: "db-0", Node: "ip-10-20-4-31"}},
		{"get all, indented, again and again", "$ kubectl get all -A\n" +
			"      NAMESPACE   NAME                    READY   STATUS      RESTARTS         AGE\n" +
			"      impt        pod/reloader-7mgj8      1/1     Running     0                57m\n" +
			"      impt        pod/directory-lf4tq     2/3     OOMKilled   16 (5m13s ago)   57m\n" +
			"      impt        pod/reloader-7mgj8      1/1     Running     0                57m\n" +
			"\n      NAMESPACE   NAME           TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\n" +
			"      impt        service/db     ClusterIP   10.96.0.9    <none>        80/TCP    57m\n",
			[]string{"3 - context: impt        pod/reloader-7mgj8      1/1     Running     0                57m",
				"4 - counted: impt        pod/directory-lf4tq     2/3     OOMKilled   16 (5m13s ago)   57m"},
			event.Container{Namespace: "impt", Pod: "reloader-7mgj8"}},
		{"watched, off a page", "(⎈ |minikube:default) AWS: personal  ~/jobs   master ●  kc get pods -w\n\nNAME                             READY   STATUS    RESTARTS   AGE\n\n" +
			"leaker-54bf9d123-ab45c    1/1     Running   0          5s\n\nleaker-54bf9d123-ab45c    0/1     OOMKilled 0          15s\n\n" +
			"leaker-54bf9d123-ab45c    0/1     CrashLoopBackOff 1 (2s ago) 17s\n",
			[]string{"7 - counted: leaker-54bf9d123-ab45c    0/1     OOMKilled 0          15s"}, event.Container{Pod: "leaker-54bf9d123-ab45c"}},
		{"no rows of pods", "NAME   READY   STATUS      RESTARTS   AGE\nOOMKilled it was\nA B   0/1   OOMKilled   x   y\ndb_0   0/1     OOMKilled   4          21h\n", nil, event.Container{}},
		{"top", "POD    NAME   CPU(cores)   MEMORY(bytes)   \ndb-0   db     1m           158Mi           \n\nName:  Killed\n", nil, event.Container{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := readText(c.text)
			e.want(t, c.want...)
			if len(c.want) == 0 || len(e.list) == 0 {
				return
			}
			c.who.Restart = -1
			switch b := e.list[0].Body.(type) {
			case event.Identity:
				if b.Container != c.who {
					t.Errorf("%+v, want %+v", b.Container, c.who)
				}
			case event.ContainerStatus:
				end := event.Terminated{ExitCode: event.NotPrinted, Reason: "OOMKilled"}
				if b.Container != c.who || len(b.Ended) != 1 || b.Ended[0] != end || b.Limit != -1 || b.RestartCount != -1 {
					t.Errorf("%+v, want one of %+v", b, c.who)
				}
			}
		})
	}
}

// Which lines are kubectl's and which are not.
func TestTextClaims(t *testing.T) {
	var p Text
	for line := range strings.Lines(`+$ kubectl get pods
+NAME    READY   STATUS      RESTARTS     AGE
+db-0    0/1     OOMKilled   4 (3m ago)   21h
+
-[ 4711.1] Memory cgroup out of memory: Killed process 7 (db)
+ops@bastion:~$ kubectl describe pod db-0
+Name:         db-0
+Namespace:    imaging
+Events:
+  Type    Reason   Age   From     Message
+  ----    ------   ----  ----     -------
+  Normal  Pulled   39s   kubelet  Container image "db" already present on machine
-2026-11-23 15:05:47 worker 7 died
+➜  ~ kubectl top nodes
+NAME   CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)
+n      100m         5%       1200Mi          62%
+
-$ dmesg
`) {
		line, want := line[1:], line[0] == '+'
		if got := p.Read(&event.Record{Msg: []byte(line)}, func(event.Event) {}); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
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
