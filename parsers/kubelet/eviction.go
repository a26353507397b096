package kubelet

import (
	"strings"

	"oomtrace/parsers/event"
)

// evictionWords are the steps of the eviction manager that are told.
var evictionWords = []string{
	"attempting to reclaim",
	"must evict pod(s) to reclaim",
	"pods ranked for eviction",
	"is evicted successfully",
	"cannot evict a critical ",
}

// An evictionStep is one that a line tells: what its words begin with in either
// era, and what of it is behind them.
//
//	"Eviction manager: attempting to reclaim" resourceName="memory"                   from 1.21
//	"Eviction manager: must evict pod(s) to reclaim" resourceName="memory"
//	"Eviction manager: pods ranked for eviction" pods=["ns/p","ns/q"]
//	"Eviction manager: cannot evict a critical pod" pod="ns/p"
//	"Eviction manager: pod is evicted successfully" pod="ns/p"
//	eviction manager: attempting to reclaim memory                                    to 1.20
//	eviction manager: must evict pod(s) to reclaim memory
//	eviction manager: pods ranked for eviction: p_ns(uid), q_ns(uid)
//	eviction manager: cannot evict a critical pod p_ns(uid)                           "critical static pod" to 1.16
//	eviction manager: pod p_ns(uid) is evicted successfully
//
// Of a ranking, Container is the first pod: the next one to go. Source:
// eviction/eviction_manager.go.
type evictionStep struct {
	step     string
	resource string
	pod      event.Container
}

// evictionManager reads the lines from 1.21.
func evictionManager(p *parser, m message, say func(event.Body)) {
	s := evictionStep{pod: anyContainer()}
	switch words := strings.TrimPrefix(string(m.text), "Eviction manager: "); {
	case strings.HasPrefix(words, "attempting to reclaim"):
		s.step, s.resource = "attempting", m.Str("resourceName")
	case strings.HasPrefix(words, "must evict pod(s) to reclaim"):
		s.step, s.resource = "evicting", m.Str("resourceName")
	case strings.HasPrefix(words, "pods ranked for eviction"):
		s.step = "ranked"
		m.pods("pods", func(pod event.Container) {
			if s.pod.Pod == "" {
				s.pod = pod
			}
		})
	case strings.HasPrefix(words, "pod is evicted successfully"):
		s.step, s.pod = "evicted", m.pod("pod")
	case strings.HasPrefix(words, "cannot evict a critical "):
		s.step, s.pod = "refused", m.pod("pod")
	}
	p.evict(s, say)
}

// evictionManagerText reads the lines to 1.20.
func evictionManagerText(p *parser, m message, say func(event.Body)) {
	words := strings.TrimPrefix(m.words(), "eviction manager: ")
	s := evictionStep{pod: anyContainer()}
	if rest, ok := strings.CutPrefix(words, "attempting to reclaim "); ok {
		s.step, s.resource = "attempting", rest
	} else if rest, ok := strings.CutPrefix(words, "must evict pod(s) to reclaim "); ok {
		s.step, s.resource = "evicting", rest
	} else if rest, ok := strings.CutPrefix(words, "pods ranked for eviction: "); ok {
		s.step = "ranked"
		s.pod, _ = podName(rest)
	} else if rest, ok := strings.CutSuffix(words, " is evicted successfully"); ok {
		s.step = "evicted"
		s.pod, _ = podName(strings.TrimPrefix(rest, "pod "))
	} else if rest, ok := strings.CutPrefix(words, "cannot evict a critical "); ok {
		s.step = "refused"
		s.pod, _ = podName(rest[strings.LastIndexByte(rest, ' ')+1:])
	}
	p.evict(s, say)
}

// evict tells a step if it is about memory. Only the first two of a round name
// the resource; the parser remembers it until the round's one pod is evicted. A
// step whose round began before the log is told without a resource, and so is
// the eviction of a pod that filled its disk, which has no round.
func (p *parser) evict(s evictionStep, say func(event.Body)) {
	if s.resource != "" {
		p.starved = s.resource
	}
	if s.step != "" && (p.starved == "memory" || p.starved == "") {
		say(event.Eviction{Container: s.pod, Step: s.step, Resource: p.starved, Done: s.step == "evicted"})
	}
	if s.step == "evicted" {
		p.starved = ""
	}
}

// evictingPod reads the line that has the pod's message, from 1.22, at --v=3:
//
//	"Evicting pod" pod="ns/p" podUID="uid" message="The node was low on resource: memory. ..."
func evictingPod(_ *parser, m message, say func(event.Body)) {
	if text := m.Str("message"); AboutMemory(text) {
		say(event.Eviction{Container: m.container(), Step: "evicting", Resource: "memory", Message: short(text)})
	}
}

// short returns a message without what is too long to have been written: an
// event of the API takes no more.
func short(message string) string {
	const most = 4096
	return strings.Clone(message[:min(len(message), most)])
}
