package kubernetes

import (
	"fmt"
	"strings"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/kubelet"
)

type pod struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		NodeName            string        `json:"nodeName"`
		RestartPolicy       string        `json:"restartPolicy"`
		Resources           resources     `json:"resources"` // of the pod as a whole, from 1.32
		InitContainers      []podResource `json:"initContainers"`
		Containers          []podResource `json:"containers"`
		EphemeralContainers []podResource `json:"ephemeralContainers"`
	} `json:"spec"`
	Status struct {
		Phase      string `json:"phase"`
		Reason     string `json:"reason"`
		Message    string `json:"message"`
		QOSClass   string `json:"qosClass"`
		Conditions []struct {
			Type               string `json:"type"`
			LastTransitionTime string `json:"lastTransitionTime"`
		} `json:"conditions"`
		InitContainerStatuses      []containerStatus `json:"initContainerStatuses"`
		ContainerStatuses          []containerStatus `json:"containerStatuses"`
		EphemeralContainerStatuses []containerStatus `json:"ephemeralContainerStatuses"`
	} `json:"status"`
	class *string // qos, once it was asked for
}

// A podResource is a container as the spec asks for it.
type podResource struct {
	Name          string    `json:"name"`
	Image         string    `json:"image"`
	Resources     resources `json:"resources"`
	RestartPolicy string    `json:"restartPolicy"` // Always makes a sidecar of an init container
}

type resources struct {
	Limits   amounts `json:"limits"`
	Requests amounts `json:"requests"`
}

type amounts struct {
	CPU    quantity `json:"cpu"`
	Memory quantity `json:"memory"`
}

type containerStatus struct {
	Name         string    `json:"name"`
	Image        string    `json:"image"`
	ContainerID  string    `json:"containerID"`
	RestartCount *int      `json:"restartCount"`
	State        state     `json:"state"`
	LastState    state     `json:"lastState"`
	Resources    resources `json:"resources"` // those in force, from 1.27
}

// A state has one of three parts, or none.
type state struct {
	Running    *running    `json:"running"`
	Waiting    *waiting    `json:"waiting"`
	Terminated *terminated `json:"terminated"`
}

type running struct {
	StartedAt string `json:"startedAt"`
}

type waiting struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

type terminated struct {
	ExitCode    *int   `json:"exitCode"`
	Reason      string `json:"reason"`
	Message     string `json:"message"`
	StartedAt   string `json:"startedAt"`
	FinishedAt  string `json:"finishedAt"`
	ContainerID string `json:"containerID"`
}

// pod emits a ContainerStatus for each container that the spec or the status
// names, or one for the pod if neither names any, and an Eviction if the status
// says so of memory.
func (d *reading) pod(raw []byte, line int) {
	var p pod
	d.decode(raw, line, &p)
	n := d.containers(&p, line, p.Spec.InitContainers, p.Status.InitContainerStatuses, true)
	n += d.containers(&p, line, p.Spec.Containers, p.Status.ContainerStatuses, false)
	n += d.containers(&p, line, p.Spec.EphemeralContainers, p.Status.EphemeralContainerStatuses, false)
	if n == 0 && p.Status.Phase != "" {
		d.container(&p, line, podResource{}, nil, false)
	}
	d.evicted(&p, line)
}

// evicted emits an Eviction if the pod's status says that memory was the cause.
func (d *reading) evicted(p *pod, line int) {
	if p.Status.Reason == "Evicted" && kubelet.AboutMemory(p.Status.Message) {
		d.say(line, p.evictedAt(), p.title()+": status "+p.phase(), event.Eviction{
			Container: p.names(), Step: "evicted", Resource: "memory", Message: cut(p.Status.Message), Done: true})
	}
}

// containers joins one list of the spec with its list of the status and returns
// how many containers they name.
func (d *reading) containers(p *pod, line int, specs []podResource, statuses []containerStatus, init bool) int {
	if n := max(len(specs), len(statuses)); n > maxContainers {
		d.problem(line, "odd-object", "the pod that begins here lists %d containers of one kind, the first %d are used", n, maxContainers)
		specs, statuses = specs[:min(len(specs), maxContainers)], statuses[:min(len(statuses), maxContainers)]
	}
	byName := make(map[string]*containerStatus, len(statuses))
	for i := range statuses {
		byName[statuses[i].Name] = &statuses[i]
	}
	n := 0
	for _, spec := range specs {
		d.container(p, line, spec, byName[spec.Name], init)
		delete(byName, spec.Name)
		n++
	}
	for i := range statuses {
		if s := &statuses[i]; byName[s.Name] == s {
			d.container(p, line, podResource{Name: s.Name}, s, init)
			n++
		}
	}
	return n
}

// container emits what is known of one container; st is nil if the status does
// not name it.
func (d *reading) container(p *pod, line int, spec podResource, st *containerStatus, init bool) {
	b := event.ContainerStatus{
		Container:     p.names(),
		Init:          init,
		Limit:         spec.Resources.Limits.Memory.bytes(),
		Request:       spec.Resources.Requests.Memory.bytes(),
		RestartCount:  event.NotPrinted,
		PodLimit:      p.Spec.Resources.Limits.Memory.bytes(),
		QoS:           p.Status.QOSClass,
		SpecQoS:       p.classOfSpec(),
		Phase:         p.Status.Phase,
		Reason:        p.Status.Reason,
		Message:       cut(p.Status.Message),
		RestartPolicy: p.Spec.RestartPolicy,
		Static:        p.static(),
	}
	if b.QoS == "" && b.Phase != "" { // a manifest's may yet be changed by defaults
		b.QoS = b.SpecQoS
	}
	b.Container.Name, b.Container.Image = spec.Name, spec.Image
	if spec.RestartPolicy != "" {
		b.RestartPolicy = spec.RestartPolicy
	}
	if st != nil {
		st.fill(&b)
	}
	d.say(line, momentOf(b), p.title()+describe(spec, st)+p.outcome(), b)
	d.startFailed(line, p.title()+" container "+spec.Name+": ", b, st)
}

// fill adds what the status says. Resources in force go before those asked for.
func (st *containerStatus) fill(b *event.ContainerStatus) {
	b.Container.Runtime, b.Container.ID = splitID(st.ContainerID)
	if b.Container.Image == "" {
		b.Container.Image = st.Image
	}
	if n := st.Resources.Limits.Memory.bytes(); n >= 0 {
		b.Limit = n
	}
	if n := st.Resources.Requests.Memory.bytes(); n >= 0 {
		b.Request = n
	}
	if st.RestartCount != nil {
		b.RestartCount, b.Container.Restart = *st.RestartCount, *st.RestartCount
	}
	switch {
	case st.State.Running != nil:
		b.State, b.StartedAt = "running", timeOf(st.State.Running.StartedAt)
	case st.State.Waiting != nil:
		b.State, b.Waiting = "waiting", st.State.Waiting.Reason
	case st.State.Terminated != nil:
		b.State = "terminated"
	}
	for _, t := range []*terminated{st.LastState.Terminated, st.State.Terminated} {
		if t != nil {
			b.Ended = append(b.Ended, t.body())
		}
	}
}

func (t *terminated) body() event.Terminated {
	b := event.Terminated{ExitCode: event.NotPrinted, Reason: t.Reason, Message: cut(t.Message),
		StartedAt: timeOf(t.StartedAt), FinishAt: timeOf(t.FinishedAt)}
	_, b.ContainerID = splitID(t.ContainerID)
	if t.ExitCode != nil {
		b.ExitCode = *t.ExitCode
	}
	return b
}

// momentOf returns when the container last ended, or else when it started.
func momentOf(b event.ContainerStatus) event.Stamp {
	t := b.StartedAt
	ended := false
	for _, e := range b.Ended {
		if !e.FinishAt.IsZero() && (!ended || e.FinishAt.After(t)) {
			t, ended = e.FinishAt, true
		}
	}
	if t.IsZero() {
		return event.Stamp{}
	}
	return event.Stamp{Clock: event.Wall, Wall: t, Step: time.Second}
}

// names returns who the pod is. A static pod's mirror in the API has a UID of
// its own; its cgroup and its log directory carry the hash.
func (p *pod) names() event.Container {
	c := event.Container{Namespace: p.Metadata.Namespace, Pod: p.Metadata.Name, PodUID: p.Metadata.UID,
		Node: p.Spec.NodeName, Restart: -1}
	if p.Metadata.Annotations["kubernetes.io/config.mirror"] != "" {
		if hash := p.Metadata.Annotations["kubernetes.io/config.hash"]; hash != "" {
			c.PodUID = hash
		}
	}
	return c
}

func (p *pod) static() bool {
	return p.Metadata.Annotations["kubernetes.io/config.source"] == "file" ||
		p.Metadata.Annotations["kubernetes.io/config.mirror"] != ""
}

// evictedAt returns when the kubelet wrote the condition that it ended the pod,
// from 1.26: some seconds after it decided to.
func (p *pod) evictedAt() event.Stamp {
	for _, c := range p.Status.Conditions {
		if c.Type == "DisruptionTarget" {
			st := stampOf(c.LastTransitionTime)
			st.Late = st.Clock != event.None
			return st
		}
	}
	return event.Stamp{}
}

func (p *pod) title() string {
	if p.Metadata.Namespace == "" { // of a manifest
		return "pod " + p.Metadata.Name
	}
	return "pod " + p.Metadata.Namespace + "/" + p.Metadata.Name
}

// phase returns the pod's own state in the object's words.
func (p *pod) phase() string {
	s := "phase " + p.Status.Phase
	if p.Status.Reason != "" {
		s += " reason " + p.Status.Reason
	}
	if p.Status.Message != "" {
		s += " message " + fmt.Sprintf("%q", cut(p.Status.Message))
	}
	return s
}

// outcome returns the pod's own limit, and its state where it has failed.
func (p *pod) outcome() string {
	text := word("; pod limits.memory ", string(p.Spec.Resources.Limits.Memory))
	if p.Status.Phase == "Failed" || p.Status.Reason != "" {
		text += "; " + p.phase()
	}
	return text
}

// describe returns a container's states in the object's words:
//
//	container worker: lastState terminated exitCode 1 reason OOMKilled finishedAt 2026-11-23T09:01:45Z; state running startedAt 2026-11-23T09:01:46Z; restartCount 1; limits.memory 760Mi
func describe(spec podResource, st *containerStatus) string {
	var parts []string
	if st != nil {
		parts = append(parts, st.LastState.describe("lastState")...)
		parts = append(parts, st.State.describe("state")...)
		if st.RestartCount != nil {
			parts = append(parts, fmt.Sprintf("restartCount %d", *st.RestartCount))
		}
		if st.Resources.Limits.Memory != "" {
			spec.Resources.Limits.Memory = st.Resources.Limits.Memory
		}
	} else if spec.Name != "" {
		parts = append(parts, "no status")
	}
	if m := spec.Resources.Limits.Memory; m != "" {
		parts = append(parts, "limits.memory "+string(m))
	}
	if spec.Name == "" {
		return strings.Join(parts, "; ")
	}
	return " container " + spec.Name + ": " + strings.Join(parts, "; ")
}

func (s state) describe(name string) []string {
	switch {
	case s.Running != nil:
		return []string{name + " running" + word(" startedAt ", s.Running.StartedAt)}
	case s.Waiting != nil:
		return []string{name + " waiting" + word(" reason ", s.Waiting.Reason)}
	case s.Terminated != nil:
		t := s.Terminated
		text := name + " terminated"
		if t.ExitCode != nil {
			text += fmt.Sprintf(" exitCode %d", *t.ExitCode)
		}
		return []string{text + word(" reason ", t.Reason) + word(" finishedAt ", t.FinishedAt)}
	}
	return nil
}

// word returns name and value, nothing if there is no value.
func word(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}
