package kubelet

import (
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// Clauses for what a line says of the reason. A line that gives none says only
// that the kubelet did it.
const (
	whyKubelet  = "the kubelet stopped it"
	whyLiveness = "its liveness probe failed"
	whyStartup  = "its startup probe failed"
	whyPreempt  = "it was preempted to admit a critical pod"
	whyShutdown = "the node was shutting down"
	whyLeftover = "the kubelet killed what was left in its pod's cgroup"
)

func stop(c event.Container, why string) event.StopContainer {
	return event.StopContainer{Container: c, Why: why, Grace: event.NotPrinted}
}

// withGrace sets the grace period. Without any, the runtime is told to send
// SIGKILL at once.
func withGrace(b event.StopContainer, seconds int) event.StopContainer {
	b.Grace, b.Kill = seconds, seconds == 0
	return b
}

// killingContainer reads the line that comes before every stop by the kubelet,
// at --v=2, and the one before that where the grace period is not the pod's own
// (eviction, probe, shutdown), at --v=3. Neither gives the reason.
//
//	Killing container "containerd://<64 hex>" with 5 second grace period          to 1.18, "with a 5 second" to 1.20
//	Killing container "containerd://<64 hex>", but using 5 second grace period override   to 1.20
//	"Killing container with a grace period" pod="ns/p" podUID="uid" containerName="c" containerID="containerd://<64 hex>" gracePeriod=5
//	"Killing container with a grace period override" ...
//
// From 1.21 the line ties all names of the container, so it gives an Identity
// too. Source: kuberuntime/kuberuntime_container.go, killContainer.
func killingContainer(_ *parser, m message, say func(event.Body)) {
	if m.Raw("containerID") == nil {
		killingContainerText(m.words(), say)
		return
	}
	c := m.container()
	b := stop(c, whyKubelet)
	if n, ok := m.Num("gracePeriod"); ok {
		b = withGrace(b, n)
	}
	say(b)
	say(event.Identity{Container: c})
}

func killingContainerText(words string, say func(event.Body)) {
	id, rest, ok := quoted(words)
	if !ok {
		return
	}
	c := anyContainer()
	c.Runtime, c.ID = splitID(id)
	before, _, found := strings.Cut(rest, " second grace period")
	n, err := strconv.Atoi(before[strings.LastIndexByte(before, ' ')+1:])
	if found && err == nil {
		say(withGrace(stop(c, whyKubelet), n))
	}
}

// containerMessage reads why the kubelet is about to kill a container of a pod
// that goes on, at --v=2, from 1.21:
//
//	"Message for Container of pod" containerName="c" containerStatusID={"Type":"containerd","ID":"<64 hex>"} pod="ns/p" containerMessage="Container c failed liveness probe, will be restarted"
//
// Source: kuberuntime/kuberuntime_manager.go, computePodActions.
func containerMessage(_ *parser, m message, say func(event.Body)) {
	why, ok := killingWhy(m.Str("containerMessage"))
	if !ok {
		return
	}
	c := m.pod("pod")
	c.Name = m.Str("containerName")
	id := string(m.Raw("containerStatusID"))
	c.Runtime, c.ID = attribute(id, "Type"), attribute(id, "ID")
	say(stop(c, why))
}

// probeFailed reads one failure of a probe, at --v=1, from 1.21. A container is
// killed after failureThreshold of them; that of a readiness probe never.
//
//	"Probe failed" probeType="Liveness" pod="ns/p" podUID="uid" containerName="c" probeResult="failure" output=""
//
// Source: prober/prober.go.
func probeFailed(_ *parser, m message, say func(event.Body)) {
	if why, ok := probeWhy(m.Str("probeType")); ok {
		say(stop(m.container(), why))
	}
}

// probeFailedText reads the same to 1.20:
//
//	Liveness probe for "p_ns(uid):c" failed (failure): output
func probeFailedText(_ *parser, m message, say func(event.Body)) {
	words := m.words()
	kind, _, _ := strings.Cut(words, " ")
	why, ok := probeWhy(kind)
	name, rest, ok2 := quoted(words)
	if !ok || !ok2 || !strings.HasPrefix(rest, " failed (") {
		return
	}
	at := strings.LastIndexByte(name, ':')
	c, ok := podName(name)
	if !ok || at < 0 {
		return
	}
	c.Name = name[at+1:]
	say(stop(c, why))
}

func probeWhy(kind string) (string, bool) {
	switch {
	case strings.EqualFold(kind, "liveness"):
		return whyLiveness, true
	case strings.EqualFold(kind, "startup"):
		return whyStartup, true
	}
	return "", false
}

// probeUnhealthy reads the sync loop's reaction, at --v=1, from 1.21:
//
//	"SyncLoop (probe)" probe="liveness" status="unhealthy" pod="ns/p"
//
// Source: kubelet.go, syncLoopIteration.
func probeUnhealthy(_ *parser, m message, say func(event.Body)) {
	if why, ok := probeWhy(m.Str("probe")); ok && m.Str("status") == "unhealthy" {
		say(stop(m.pod("pod"), why))
	}
}

// containerUnhealthy reads the same to 1.20, where it is said of liveness
// probes alone:
//
//	SyncLoop (container unhealthy): "p_ns(uid)"
func containerUnhealthy(_ *parser, m message, say func(event.Body)) {
	name, _, _ := quoted(m.words())
	if c, ok := podName(name); ok {
		say(stop(c, whyLiveness))
	}
}

// podsGone reads that pods are to be deleted (DELETE: the API says so) or are
// gone from where the kubelet gets them (REMOVE: a manifest's file, the API), at
// --v=2, from 1.21:
//
//	"SyncLoop REMOVE" source="file" pods=["ns/p"]
//
// Source: kubelet.go, syncLoopIteration.
func podsGone(_ *parser, m message, say func(event.Body)) {
	why := goneWhy(string(m.text), m.Str("source"))
	m.pods("pods", func(c event.Container) { say(stop(c, why)) })
}

// podsGoneText reads the same to 1.20:
//
//	SyncLoop (DELETE, "api"): "p_ns(uid), q_ns(uid)"
func podsGoneText(_ *parser, m message, say func(event.Body)) {
	words := m.words()
	source, rest, _ := quoted(words)
	names, _, _ := quoted(rest)
	for _, name := range strings.SplitN(names, ", ", maxPods) {
		if c, ok := podName(name); ok {
			say(stop(c, goneWhy(words, source)))
		}
	}
}

func goneWhy(words, source string) string {
	why := "its pod was removed"
	if strings.Contains(words[:min(len(words), len("SyncLoop (DELETE"))], "DELETE") {
		why = "its pod was deleted"
	}
	if source == "" {
		return why
	}
	return why + " (source " + source + ")"
}

// preempting reads that a pod has to go for a critical one, at --v=3, from 1.34
// at --v=2:
//
//	"Preempting pod to free up resources" pod="ns/p" podUID="uid" insufficientResources=[...]
//
// Source: preemption/preemption.go, evictPodsToFreeRequests.
func preempting(_ *parser, m message, say func(event.Body)) {
	say(stop(m.container(), whyPreempt))
}

// preemptedText reads the line after it, to 1.20; the one of later versions
// does not say what it is about.
//
//	preemption: pod p_ns(uid) evicted successfully
func preemptedText(_ *parser, m message, say func(event.Body)) {
	name, _, ok := strings.Cut(strings.TrimPrefix(m.words(), "preemption: pod "), " evicted successfully")
	if c, named := podName(name); ok && named {
		say(stop(c, whyPreempt))
	}
}

// shutdown reads the node shutdown manager's line, at --v=1, from 1.20:
//
//	"Shutdown manager killing pod with gracePeriod" pod="ns/p" gracePeriod=30
//
// Source: nodeshutdown/nodeshutdown_manager_linux.go.
func shutdown(_ *parser, m message, say func(event.Body)) {
	b := stop(m.pod("pod"), whyShutdown)
	if n, ok := m.Num("gracePeriod"); ok {
		b = withGrace(b, n)
	}
	say(b)
}

// killLeftover reads that the kubelet sends SIGKILL to what is left in the
// cgroup of a pod that ended, at --v=3, from 1.21:
//
//	"Attempting to kill process from cgroup" pid=7163 cgroupName=["kubepods","burstable","pod<uid>"]
//
// Source: cm/pod_container_manager_linux.go, tryKillingCgroupProcesses.
func killLeftover(_ *parser, m message, say func(event.Body)) {
	sayLeftover(string(m.Raw("cgroupName")), say)
}

// killLeftoverText reads the same to 1.20:
//
//	Attempt to kill process with pid: 7163 from cgroup: [kubepods burstable pod<uid>]
func killLeftoverText(_ *parser, m message, say func(event.Body)) {
	_, cgroup, _ := strings.Cut(m.words(), " from cgroup: ")
	sayLeftover(cgroup, say)
}

func sayLeftover(cgroup string, say func(event.Body)) {
	parts := strings.FieldsFunc(cgroup, func(r rune) bool { return strings.ContainsRune(`[]", `, r) })
	if len(parts) == 0 {
		return
	}
	uid, ok := strings.CutPrefix(parts[len(parts)-1], "pod")
	if !ok || uid == "" {
		return
	}
	c := anyContainer()
	c.PodUID = uid
	b := stop(c, whyLeftover)
	b.Kill = true
	say(b)
}
