package kubelet

import (
	"strings"

	"oomtrace/parsers/event"
)

// plegEvent reads what the pod lifecycle event generator tells the sync loop,
// at --v=2:
//
//	SyncLoop (PLEG): "p_ns(uid)", event: &pleg.PodLifecycleEvent{ID:"uid", Type:"ContainerDied", Data:"<64 hex>"}     to 1.20
//	"SyncLoop (PLEG): event for pod" pod="ns/p" event=&{ID:uid Type:ContainerDied Data:<64 hex>}                     to 1.26
//	"SyncLoop (PLEG): event for pod" pod="ns/p" event={"ID":"uid","Type":"ContainerDied","Data":"<64 hex>"}
//	"SyncLoop (PLEG): pod does not exist, ignore irrelevant event" event={...}                                       --v=4
//
// ID is the pod's UID; Data the container's id, or the sandbox's. Source:
// kubelet.go, syncLoopIteration.
func plegEvent(p *parser, m message, say func(event.Body)) {
	c, ev := m.pod("pod"), string(m.Raw("event"))
	if ev == "" {
		var name string
		words := m.words()
		name, _, _ = quoted(words)
		c, _ = podName(name)
		_, ev, _ = strings.Cut(words, "vent: ")
	}
	kind := attribute(ev, "Type")
	if kind != "ContainerDied" && kind != "ContainerStarted" {
		return
	}
	c.PodUID = attribute(ev, "ID")
	c.ID = attribute(ev, "Data")
	if kind == "ContainerStarted" {
		p.waits.over(c)
	}
	say(event.PodLifecycle{Container: c, Type: kind, ExitCode: event.NotPrinted})
}

// plegFinished reads the line that has the exit code of a container's first
// process, from 1.22, at --v=2:
//
//	"Generic (PLEG): container finished" podID="uid" containerID="<64 hex>" exitCode=137
//
// Source: pleg/generic.go.
func plegFinished(_ *parser, m message, say func(event.Body)) {
	c := anyContainer()
	c.PodUID = m.Str("podID")
	c.Runtime, c.ID = splitID(m.Str("containerID"))
	b := event.PodLifecycle{Container: c, Type: "ContainerDied", ExitCode: event.NotPrinted}
	if code, ok := m.Num("exitCode"); ok {
		b.ExitCode = code
	}
	if c.ID != "" {
		say(b)
	}
}

// attribute returns the plain word that is name's value in %v, %#v or JSON of a
// struct: Name:word, Name:"word", "Name":"word".
func attribute(s, name string) string {
	for {
		at := strings.Index(s, name)
		if at < 0 {
			return ""
		}
		before, after := s[:at], s[at+len(name):]
		value, ok := strings.CutPrefix(strings.TrimPrefix(after, `"`), ":")
		if ok && before != "" && strings.ContainsRune(`{ ,"`, rune(before[at-1])) {
			value = strings.TrimPrefix(value, `"`)
			if end := strings.IndexAny(value, `" ,}`); end >= 0 {
				value = value[:end]
			}
			return value
		}
		s = after
	}
}
