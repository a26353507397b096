// Package kubelet reads what the kubelet logs about OOM kills and about all the
// other ways in which a container ends: what its OOM watcher and cAdvisor read
// in the kernel's log, the PLEG's word that a container died or started, kills
// of its own with their reasons, evictions, back-offs and its own start.
//
// In come records whose speaker is the kubelet, without syslog, journal or klog
// header: text of klog's printf style (all of it to 1.20, cAdvisor to this
// day), structured text ("Message" key="value", from 1.21), or a whole JSON
// object (--logging-format=json). Out come events with the bodies
// event.KubeletOOM, StartOOM, PodLifecycle, StopContainer, Eviction, BackOff,
// KubeletStart and Identity, each saying what the line states and nothing more.
//
// The kubelet sends no SIGKILL for the OOM killer and does not see the kill: it
// reads the kernel's log from the start of the ring buffer, so that each start
// tells old kills again under the present time. Telling these apart, and which
// container of a pod an id is (a PLEG event may name the sandbox), is left to
// the correlator.
//
// Lines are known by their words, never by file and line number, and whatever
// their severity: both change with patch releases. Versions in this package
// are Kubernetes releases; sources are below pkg/kubelet unless said.
package kubelet

import (
	"bytes"
	"slices"

	"oomtrace/parsers/event"
)

// New returns a parser for the records of one kubelet log.
func New() event.Parser { return &parser{} }

// Literals returns strings one of which stands in every record, text or JSON,
// that gives an event.
func Literals() []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.needs()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A line is one that the kubelet prints and that gives events.
type line struct {
	begins   string   // how its words begin
	literals []string // one of which it must hold as well; nil: its beginning is enough
	read     func(p *parser, m message, say func(event.Body))
}

func (l line) needs() []string {
	if l.literals == nil {
		return []string{l.begins}
	}
	return l.literals
}

func (l line) fits(m message, msg []byte) bool {
	return bytes.HasPrefix(m.text, []byte(l.begins)) &&
		(l.literals == nil || slices.ContainsFunc(l.literals, func(s string) bool { return bytes.Contains(msg, []byte(s)) }))
}

// lines are tried in this order; the first that fits is read.
var lines = []line{
	{"Got sys oom event", nil, sysOOM},
	{"Created an OOM event in container ", nil, createdOOM},
	{"Added event ", []string{" oomKill {"}, addedOOMKill},
	{"SyncLoop (PLEG): ", []string{"ContainerDied", "ContainerStarted"}, plegEvent},
	{"Generic (PLEG): container finished", nil, plegFinished},
	{"Event occurred", recordedWords, recordedFields},
	{"Event(v1.ObjectReference{", recordedWords, recordedText},
	{"Killing container ", nil, killingContainer},
	{"Message for Container of pod", recordedWords, containerMessage},
	{"Probe failed", nil, probeFailed},
	{"Liveness probe for ", []string{" failed ("}, probeFailedText},
	{"Startup probe for ", []string{" failed ("}, probeFailedText},
	{"SyncLoop (probe)", []string{"unhealthy"}, probeUnhealthy},
	{"SyncLoop (container unhealthy): ", nil, containerUnhealthy},
	{"SyncLoop DELETE", nil, podsGone},
	{"SyncLoop REMOVE", nil, podsGone},
	{"SyncLoop (DELETE, ", nil, podsGoneText},
	{"SyncLoop (REMOVE, ", nil, podsGoneText},
	{"Preempting pod to free up resources", nil, preempting},
	{"preemption: pod ", []string{" evicted successfully"}, preemptedText},
	{"Shutdown manager killing pod with gracePeriod", nil, shutdown},
	{"Attempting to kill process from cgroup", nil, killLeftover},
	{"Attempt to kill process with pid: ", nil, killLeftoverText},
	{"Eviction manager: ", evictionWords, evictionManager},
	{"eviction manager: ", evictionWords, evictionManagerText},
	{"Evicting pod", nil, evictingPod},
	{"Error syncing pod", []string{"container init was OOM-killed", "OOM: the memory limit could be too low"}, startFailed},
	{"Error syncing pod", []string{"CrashLoopBackOff"}, backOff},
	{"Back-off restarting failed container", nil, backOff},
	{"Kubelet version", nil, version},
	{"Version: v", nil, versionText},
	{"FLAG: --v=", nil, verbosity},
	{"Started watching for new ooms in manager", nil, watching},
}

// A parser remembers the back-offs that it told, and what is being evicted for.
type parser struct {
	waits   waits
	starved string // the resource of the eviction manager's present round
}

// Read emits what rec tells, at once.
func (p *parser) Read(rec *event.Record, emit func(event.Event)) {
	m := parse(rec.Msg)
	for _, l := range lines {
		if l.fits(m, rec.Msg) {
			l.read(p, m, func(b event.Body) { emit(event.New(rec, b)) })
			return
		}
	}
}

// End has nothing to emit: no event needs two lines.
func (p *parser) End(func(event.Event)) {}
