package kubernetes

import (
	"strconv"
	"strings"

	"oomtrace/parsers/event"
	"oomtrace/parsers/kubelet"
)

// An eventObject is an Event of core/v1, or of events.k8s.io/v1 where it has
// regarding and note.
type eventObject struct {
	Metadata       metadata   `json:"metadata"`
	InvolvedObject *reference `json:"involvedObject"`
	Regarding      *reference `json:"regarding"`
	Reason         string     `json:"reason"`
	Message        string     `json:"message"`
	Note           string     `json:"note"`
	Source         struct {
		Host string `json:"host"`
	} `json:"source"`
	DeprecatedSource struct {
		Host string `json:"host"`
	} `json:"deprecatedSource"`
	LastTimestamp           string `json:"lastTimestamp"`
	DeprecatedLastTimestamp string `json:"deprecatedLastTimestamp"`
	EventTime               string `json:"eventTime"`
	Count                   int    `json:"count"`
	DeprecatedCount         int    `json:"deprecatedCount"`
	Series                  struct {
		Count            int    `json:"count"`
		LastObservedTime string `json:"lastObservedTime"`
	} `json:"series"`
}

type reference struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
	FieldPath string `json:"fieldPath"`
}

// event emits what an Event object says, if it says anything of memory or of
// ends. An event that was repeated is told once, at its last time.
func (d *reading) event(raw []byte, line int) {
	var e eventObject
	d.decode(raw, line, &e)
	ref := e.InvolvedObject
	if ref == nil {
		ref = e.Regarding
	}
	if ref == nil {
		return
	}
	message := cut(e.Message + e.Note)
	b := recorded(e.Reason, message, ref.container(e.Source.Host+e.DeprecatedSource.Host))
	if b == nil {
		return
	}
	text := "event " + e.Reason + " " + strings.ToLower(ref.Kind) + " " + ref.path() + ": " + message
	if n := max(e.Count, e.DeprecatedCount, e.Series.Count); n > 1 {
		text += "; count " + strconv.Itoa(n)
	}
	d.say(line, e.moment(), text, b)
}

// moment returns when the event was last seen. Which field has the time depends
// on the writer's recorder.
func (e *eventObject) moment() event.Stamp {
	for _, s := range []string{e.Series.LastObservedTime, e.LastTimestamp, e.DeprecatedLastTimestamp, e.EventTime, e.Metadata.CreationTimestamp} {
		if st := stampOf(s); st.Clock != event.None {
			return st
		}
	}
	return event.Stamp{}
}

func (r *reference) path() string {
	if r.Namespace == "" || r.Kind == "Node" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// container returns who the event is about, nobody if it is about a node.
func (r *reference) container(host string) event.Container {
	c := event.Container{Node: host, Restart: -1}
	if r.Kind != "Pod" {
		return c
	}
	c.Namespace, c.Pod, c.PodUID = r.Namespace, r.Name, r.UID
	c.Name = containerIn(r.FieldPath)
	return c
}

// recorded returns what an event says: one of the kubelet's or of
// node-problem-detector's. It is nil if it says nothing of memory and of ends.
func recorded(reason, message string, about event.Container) event.Body {
	if reason == "OOMKilling" {
		if b, ok := problemDetector(message); ok {
			return b
		}
		return nil
	}
	return kubelet.Recorded(reason, message, about)
}

// problemDetector reads the message of node-problem-detector's event OOMKilling,
// which is the kernel's own line:
//
//	Memory cgroup out of memory: Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:6268kB, ...
//	Kill process 2528 (python3) score 1967 or sacrifice child\nKilled process 2528 (python3) total-vm:...     to 0.8.4
//
// Source: node-problem-detector, config/kernel-monitor.json.
func problemDetector(message string) (event.KubeletOOM, bool) {
	b := event.KubeletOOM{Kind: "node-problem-detector"}
	pid, rest, ok := killedPID(message)
	if !ok {
		return b, false
	}
	b.PID = pid
	_, comm, ok := strings.Cut(rest, "(")
	if close := strings.LastIndex(comm, ") total-vm:"); ok && close >= 0 {
		b.Comm = comm[:close]
	}
	return b, true
}

// killedPID returns the pid behind the first "Killed process " that has one, and
// what follows it. The words themselves fit into a comm.
func killedPID(message string) (pid int, rest string, ok bool) {
	for {
		if _, message, ok = strings.Cut(message, "Killed process "); !ok {
			return 0, "", false
		}
		end := strings.IndexAny(message, " ,")
		if end < 0 {
			return 0, "", false
		}
		if pid, err := strconv.Atoi(message[:end]); err == nil && pid > 0 {
			return pid, message[end:], true
		}
	}
}
