package kubelet

import (
	"slices"
	"strings"

	"oomtrace/parsers/event"
)

// backOff reads that a container is not started again yet. The kubelet says so
// at every sync of the pod, a few times a minute; it is told once for each wait.
//
//	Error syncing pod uid ("p_ns(uid)"), skipping: failed to "StartContainer" for "c" with CrashLoopBackOff: "back-off 10s restarting failed container=c pod=p_ns(uid)"   to 1.20
//	"Error syncing pod, skipping" err="failed to \"StartContainer\" for \"c\" with CrashLoopBackOff: \"back-off 10s restarting failed container=c pod=p_ns(uid)\"" pod="ns/p" podUID="uid"
//	"Back-off restarting failed container" err="back-off 10s restarting failed container=c pod=p_ns(uid)"       --v=3
//
// 1.14 and 1.15 write Back-off. Source: pod_workers.go,
// kuberuntime/kuberuntime_manager.go, doBackOff.
func backOff(p *parser, m message, say func(event.Body)) {
	words := m.Str("err")
	if words == "" {
		words = m.words()
	}
	for range maxWaitingContainers { // the error of a pod can name several containers
		_, rest, ok := strings.Cut(words, "ack-off ")
		if !ok {
			return
		}
		if b, ok := backOffText(rest[:min(len(rest), maxBackOff)]); ok && p.waits.begins(b) {
			say(b)
		}
		words = rest
	}
}

// maxBackOff is how long the text of one back-off can be: a delay and four names.
const maxBackOff = 1024

// backOffText reads what stands behind "back-off ".
func backOffText(s string) (event.BackOff, bool) {
	delay, rest, ok := strings.Cut(s, " restarting failed container=")
	name, rest, ok2 := strings.Cut(rest, " pod=")
	if !ok || !ok2 || strings.ContainsAny(delay+name, " \"") {
		return event.BackOff{}, false
	}
	c, ok := podName(rest)
	c.Name = name
	return event.BackOff{Container: c, Delay: delay}, ok
}

// recordedBackOff reads the message of an event BackOff, which has no delay. The
// same reason is given for images that cannot be pulled.
//
//	Back-off restarting failed container                              to 1.25
//	Back-off restarting failed container c in pod p_ns(uid)
func recordedBackOff(message string, about event.Container) (event.BackOff, bool) {
	rest, ok := strings.CutPrefix(message, "Back-off restarting failed container")
	if !ok {
		return event.BackOff{}, false
	}
	name, pod, _ := strings.Cut(strings.TrimPrefix(rest, " "), " in pod ")
	if c, ok := podName(pod); ok {
		about.Namespace, about.Pod, about.PodUID, about.Name = c.Namespace, c.Pod, c.PodUID, name
	}
	return event.BackOff{Container: about}, true
}

// waits are the back-offs that were told, by pod, each as "container delay".
// A container that starts ends those of its pod.
type waits map[string][]string

const (
	maxWaitingPods       = 4096
	maxWaitingContainers = 64
)

// begins says whether b is a wait that was not told yet.
func (w *waits) begins(b event.BackOff) bool {
	if *w == nil || len(*w) >= maxWaitingPods {
		*w = waits{}
	}
	pod, wait := podKey(b.Container), b.Container.Name+" "+b.Delay
	if slices.Contains((*w)[pod], wait) {
		return false
	}
	if len((*w)[pod]) >= maxWaitingContainers {
		(*w)[pod] = nil
	}
	(*w)[pod] = append((*w)[pod], wait)
	return true
}

// over ends the waits of c's pod.
func (w *waits) over(c event.Container) { delete(*w, podKey(c)) }

func podKey(c event.Container) string { return c.Namespace + "/" + c.Pod }
