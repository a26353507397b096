package kubernetes

import (
	"strconv"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// A description is what kubectl describe prints of a pod or node, put back into
// the object that it was made of. A termination message may span lines, which
// are not indented: what a container wrote there can pass for other lines.
//
//	Containers:
//	  worker:
//	    Container ID:  containerd://<id>
//	    State:          Running
//	      Started:      Mon, 23 Nov 2026 15:05:52 +0100
//	    Last State:     Terminated
//	      Reason:       OOMKilled
//	      Exit Code:    137
//	      Finished:     Mon, 23 Nov 2026 15:05:47 +0100
//	    Restart Count:  1
//	    Limits:
//	      memory:  160Mi
//
// Source: kubectl, pkg/describe/describe.go, the same from 1.18 to 1.36.
type description struct {
	pos        event.Pos
	pod        pod
	node       node
	section    string // the heading of column 0 that the lines belong to
	part       string // the one of column 4: State, Last State, Limits, Requests
	message    int    // lines of a termination message that may follow
	containers []described
	running    []listed
	told       bool
}

// A described container and the line on which it begins.
type described struct {
	line    int
	section string
	spec    podResource
	status  containerStatus
}

// A listed pod is one of the Non-terminated Pods of a node:
//
//	Namespace    Name                    CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age
//	---------    ----                    ------------  ----------  ---------------  -------------  ---
//	imaging      thumbs-6f7c9d5b8-x2q9k  100m (5%)     0 (0%)      128Mi (6%)       160Mi (8%)     3d2h
//
// Its amounts are the sums of those that its containers state, whether all do or
// not: they are no limits that anybody keeps.
type listed struct {
	line int
	text string
	who  event.Container
}

const (
	maxListed  = 1024 // pods of a node, of which a kubelet takes 110 by default
	maxMessage = 200  // lines of a termination message
)

func newDescription(pos event.Pos, name string) *description {
	d := &description{pos: pos}
	d.pod.Metadata.Name, d.node.Metadata.Name = name, name
	return d
}

// field returns the value of "Key:   value", which may be empty.
func field(line, key string) (string, bool) {
	rest, ok := strings.CutPrefix(line, key+":")
	if !ok || rest != "" && rest[0] != ' ' {
		return "", false
	}
	return strings.TrimSpace(rest), true
}

// line takes the next line of the description.
func (d *description) line(n int, line string) {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	if indent == 2 && d.section == "Non-terminated Pods" {
		d.pods(n, line)
		return
	}
	if indent == 2 && d.section == "Conditions" {
		d.condition(line)
		return
	}
	key, value, ok := strings.Cut(line[indent:], ":")
	value = strings.TrimSpace(value)
	switch {
	case line == "" || !ok:
	case indent == 0:
		d.section = key
		d.top(key, value)
	case d.section == "Annotations":
		d.annotation(key, value)
	case strings.HasSuffix(d.section, "Containers"):
		d.container(n, indent, key, value)
	case d.section == "Resources" && indent == 2:
		d.part = key
	case d.section == "Resources" && indent == 4:
		d.pod.Spec.Resources.set(d.part, key, value)
	default:
		d.machine(key, value)
	}
}

// inMessage reports whether a line goes on with a termination message, whose
// further lines are not indented. The exit code, which is always printed, ends it.
func (d *description) inMessage(line string) bool {
	if d.message == 0 {
		return false
	}
	d.message--
	code, ok := strings.CutPrefix(line, "      Exit Code:")
	if ok && numberOf(strings.TrimSpace(code)) != nil {
		d.message = 0
	}
	return d.message > 0
}

// pods takes a row of a node's Non-terminated Pods.
func (d *description) pods(n int, line string) {
	f := strings.Fields(line)
	if len(f) < 10 || !isName(f[0]) || !isName(f[1]) || len(d.running) >= maxListed {
		return
	}
	d.running = append(d.running, listed{n, strings.TrimSpace(line),
		event.Container{Namespace: f[0], Pod: f[1], Node: d.node.Metadata.Name, Restart: event.NotPrinted}})
}

// condition takes a row of a node's Conditions. Columns are two blanks apart, or
// more; a time has single ones.
//
//	Type             Status  LastHeartbeatTime                 LastTransitionTime                Reason                       Message
//	MemoryPressure   False   Mon, 23 Nov 2026 15:05:52 +0100   Mon, 23 Nov 2026 15:05:52 +0100   KubeletHasSufficientMemory   kubelet has sufficient memory available
func (d *description) condition(line string) {
	if !strings.HasPrefix(line, "  MemoryPressure ") || len(d.node.Status.Conditions) > 0 {
		return
	}
	var f []string
	for cell := range strings.SplitSeq(line, "  ") {
		if cell = strings.TrimSpace(cell); cell != "" {
			f = append(f, cell)
		}
	}
	if len(f) < 5 || f[1] != "True" && f[1] != "False" && f[1] != "Unknown" {
		return
	}
	d.node.Status.Conditions = []nodeCondition{{Type: f[0], Status: f[1], LastTransitionTime: rfc3339(f[3]), Reason: strings.Fields(f[4])[0]}}
}

func (d *description) top(key, value string) {
	switch key {
	case "Namespace":
		d.pod.Metadata.Namespace = value
	case "Node":
		d.pod.Spec.NodeName, _, _ = strings.Cut(orNone(value), "/")
	case "Status":
		d.pod.Status.Phase = value
	case "Reason":
		d.pod.Status.Reason = value
	case "Message":
		d.pod.Status.Message = value
	case "QoS Class":
		d.pod.Status.QOSClass = value
	case "Annotations":
		if name, rest, ok := strings.Cut(value, ": "); ok {
			d.annotation(name, strings.TrimSpace(rest))
		}
	}
}

func (d *description) annotation(name, value string) {
	if d.pod.Metadata.Annotations == nil {
		d.pod.Metadata.Annotations = map[string]string{}
	}
	if strings.HasPrefix(name, "kubernetes.io/config.") {
		d.pod.Metadata.Annotations[name] = value
	}
}

// container takes a line below Containers, Init Containers or Ephemeral
// Containers.
func (d *description) container(n, indent int, key, value string) {
	if indent == 2 && value == "" && isName(key) && len(d.containers) < maxContainers {
		c := described{line: n, section: d.section}
		c.spec.Name, c.status.Name = key, key
		d.containers = append(d.containers, c)
		d.part = ""
		return
	}
	if len(d.containers) == 0 {
		return
	}
	c := &d.containers[len(d.containers)-1]
	switch {
	case indent == 4:
		d.part = key
		c.set(key, value)
	case indent == 6 && d.part == "State":
		c.status.State.set(key, value)
	case indent == 6 && d.part == "Last State":
		c.status.LastState.set(key, value)
	case indent == 6:
		c.spec.Resources.set(d.part, key, value)
	}
	if indent == 6 && key == "Message" && strings.HasSuffix(d.part, "State") {
		d.message = maxMessage
	}
}

func (c *described) set(key, value string) {
	switch key {
	case "Container ID":
		c.status.ContainerID = value
	case "Image":
		c.spec.Image = value
	case "Restart Count":
		c.status.RestartCount = numberOf(value)
	case "State":
		c.status.State.open(value)
	case "Last State":
		c.status.LastState.open(value)
	}
}

// open begins a state of the kind that kubectl names.
func (s *state) open(kind string) {
	var fresh state
	switch kind {
	case "Running":
		fresh.Running = &running{}
	case "Waiting":
		fresh.Waiting = &waiting{}
	case "Terminated":
		fresh.Terminated = &terminated{}
	}
	*s = fresh
}

// set takes a line below a state.
func (s *state) set(key, value string) {
	switch {
	case s.Running != nil && key == "Started":
		s.Running.StartedAt = rfc3339(value)
	case s.Waiting != nil && key == "Reason":
		s.Waiting.Reason = value
	case s.Terminated != nil:
		s.Terminated.set(key, value)
	}
}

func (t *terminated) set(key, value string) {
	switch key {
	case "Reason":
		t.Reason = value
	case "Message":
		t.Message = value
	case "Exit Code":
		t.ExitCode = numberOf(value)
	case "Started":
		t.StartedAt = rfc3339(value)
	case "Finished":
		t.FinishedAt = rfc3339(value)
	}
}

// set takes a line below Limits or Requests.
func (r *resources) set(part, key, value string) {
	a := &r.Limits
	switch part {
	case "Limits":
	case "Requests":
		a = &r.Requests
	default:
		return
	}
	switch key {
	case "memory":
		a.Memory = quantity(value)
	case "cpu":
		a.CPU = quantity(value)
	}
}

// machine takes a line of a node's description: Capacity, Allocatable, System
// Info.
func (d *description) machine(key, value string) {
	switch d.section + " " + key {
	case "Capacity memory":
		d.node.Status.Capacity.Memory = quantity(value)
	case "Allocatable memory":
		d.node.Status.Allocatable.Memory = quantity(value)
	case "System Info Kernel Version":
		d.node.Status.NodeInfo.KernelVersion = value
	case "System Info Kubelet Version":
		d.node.Status.NodeInfo.KubeletVersion = value
	case "System Info Container Runtime Version":
		d.node.Status.NodeInfo.ContainerRuntimeVersion = value
	}
}

// emit tells, once, what the description says, as if the object had been read.
func (d *description) emit(emit func(event.Event)) {
	if d.told {
		return
	}
	d.told = true
	r := &reading{file: d.pos.File, emit: emit}
	if d.node.Status.NodeInfo.KubeletVersion != "" || d.node.Status.Capacity.Memory != "" {
		r.machine(&d.node, d.pos.Line)
	}
	if len(d.containers) > 0 {
		r.evicted(&d.pod, d.pos.Line)
	}
	for _, c := range d.containers {
		switch c.section {
		case "Init Containers":
			d.pod.Spec.InitContainers = append(d.pod.Spec.InitContainers, c.spec)
		case "Containers":
			d.pod.Spec.Containers = append(d.pod.Spec.Containers, c.spec)
		}
	}
	for _, c := range d.containers {
		c.status.ends()
		r.container(&d.pod, c.line, c.spec, &c.status, c.section == "Init Containers")
	}
	for _, p := range d.running {
		r.say(p.line, event.Stamp{}, p.text, event.Identity{Container: p.who})
	}
}

// ends says whose end is told, which kubectl does not print: the id is that of the
// newest container of this name, which has ended, or waits to be replaced.
// Source: pkg/kubelet/kubelet_pods.go, convertToAPIContainerStatuses.
func (s *containerStatus) ends() {
	switch t := s.LastState.Terminated; {
	case s.State.Terminated != nil:
		s.State.Terminated.ContainerID = s.ContainerID
	case t != nil && s.State.Waiting != nil && s.State.Waiting.Reason == "CrashLoopBackOff":
		t.ContainerID = s.ContainerID
	}
}

// names returns who the pod is, nobody if it is a node or something else.
func (d *description) names() event.Container {
	if len(d.containers) == 0 {
		return event.Container{Restart: -1}
	}
	return d.pod.names()
}

// orNone returns a value of kubectl's, "" where it writes <none>.
func orNone(s string) string {
	if s == "<none>" || s == "<unknown>" || s == "<unset>" {
		return ""
	}
	return s
}

func numberOf(s string) *int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	return &n
}

// rfc3339 turns a time as kubectl prints it for people into the API's form; "" if
// it is none.
func rfc3339(s string) string {
	t, err := time.Parse(time.RFC1123Z, s)
	if err != nil || t.Year() <= 1 {
		return ""
	}
	return t.Format(time.RFC3339)
}
