package match

import (
	"fmt"
	"slices"
	"strings"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

// Who is the table of who is who: container ids, sandboxes and pods with the
// names that any log ties to them.
//
// A pod's name is given again, when a StatefulSet's pod is replaced: a name stands
// for the pod that was told of at that time. An id is one thing for ever; where two
// logs tie different names to it, it has neither, and that is one of Contradictions.
type Who struct {
	byID      map[string]*known
	sandboxes map[string]*known // by sandbox id: the pod alone
	pods      map[string]*known // by pod uid: the pod alone
	byName    map[string][]life // namespace/pod to the pods of that name
	byPod     map[string]string // a pod's name alone to namespace/name, "" if several have it
	nodes     map[string]string // namespace/pod to its node, "" if several are told

	// What was said of one id that cannot all be so, in the order in which it was
	// met; at most maxContradictions.
	Contradictions []event.Problem

	at  clock.Moment // when what is learned now was told
	pos event.Pos    // and where
}

// known is what is known of a container, a sandbox or a pod. said is where the
// names are from that can be contradicted; both are empty once one was.
type known struct {
	event.Container
	said      [len(claims)]event.Pos
	contested [len(claims)]bool
}

// claims are the names that an id has one of.
var claims = [...]struct {
	what string
	of   func(c *event.Container) *string
}{
	{"pod UID", func(c *event.Container) *string { return &c.PodUID }},
	{"namespace", func(c *event.Container) *string { return &c.Namespace }},
	{"pod", func(c *event.Container) *string { return &c.Pod }},
	{"sandbox", func(c *event.Container) *string { return &c.SandboxID }},
	{"container name", func(c *event.Container) *string { return &c.Name }},
}

const (
	maxContradictions = 100
	maxLives          = 64 // of one name: more are taken for none
)

// A life is the time in which a pod was told of, as far as the logs go.
type life struct {
	uid      string
	from, to clock.Moment
}

func newWho() *Who {
	return &Who{byID: map[string]*known{}, sandboxes: map[string]*known{},
		pods: map[string]*known{}, byName: map[string][]life{}, byPod: map[string]string{}, nodes: map[string]string{}}
}

// log takes what a log is of, by its path: a pod's directory, a container's file.
func (w *Who) log(l *event.Log) {
	if l.From != nil {
		w.at, w.pos = clock.Moment{}, event.Pos{File: l.Path}
		w.learn(*l.From)
	}
}

// event takes the names that an event, told at that moment, ties to each other.
func (w *Who) event(e *event.Event, at clock.Moment) {
	w.at, w.pos = at, e.Pos
	if e.From != nil {
		w.learn(*e.From)
	}
	switch b := e.Body.(type) {
	case event.Identity:
		w.learn(b.Container)
	case event.TaskStart:
		w.learn(b.Container)
	case event.TaskExit:
		w.learn(b.Container)
	case event.StartOOM:
		w.learn(b.Container)
	case event.StopContainer:
		w.learn(b.Container)
	case event.BackOff:
		w.learn(b.Container)
	case event.Eviction:
		w.learn(b.Container)
	case event.PodLifecycle:
		w.lifecycle(b.Container)
	case event.ContainerStatus:
		w.status(b)
	}
}

// lifecycle learns from the PLEG, which does not say whether an id is a
// container's or the sandbox's: the pod it belongs to is certain.
func (w *Who) lifecycle(c event.Container) {
	name := c.Name
	c.Name = ""
	w.learn(c)
	if name != "" {
		c.Name = name
		w.learn(c)
	}
}

func (w *Who) status(b event.ContainerStatus) {
	w.learn(b.Container)
	for _, t := range b.Ended {
		c := b.Container
		if c.ID = t.ContainerID; c.ID != "" {
			c.Restart = event.NotPrinted
			w.learn(c)
		}
	}
}

// learn takes what c says.
func (w *Who) learn(c event.Container) {
	if c.PodUID != "" || c.Pod != "" {
		w.learnPod(c)
	}
	if c.SandboxID != "" {
		w.fillPod(of(w.sandboxes, c.SandboxID, event.Container{}), "sandbox "+c.SandboxID, c)
	}
	if isPause(c.Image) && c.ID != "" {
		of(w.sandboxes, c.ID, event.Container{})
		return
	}
	if c.ID != "" && c.ID != c.SandboxID {
		w.fill(of(w.byID, c.ID, event.Container{ID: c.ID}), "container "+c.ID, c)
	}
}

// of returns what is known by a key, begun as c if nothing was.
func of(table map[string]*known, key string, c event.Container) *known {
	k := table[key]
	if k == nil {
		k = &known{Container: c}
		k.Restart = event.NotPrinted
		table[key] = k
	}
	return k
}

// isPause reports whether an image is the one that holds a pod's sandbox, by the
// name that Kubernetes gives it: registry.k8s.io/pause:3.9.
func isPause(image string) bool {
	base := image[strings.LastIndexByte(image, '/')+1:]
	return base == "pause" || strings.HasPrefix(base, "pause:") || strings.HasPrefix(base, "pause@") || strings.HasPrefix(base, "pause-")
}

func (w *Who) learnPod(c event.Container) {
	if full := c.Namespace + "/" + c.Pod; c.Pod != "" && c.Namespace != "" {
		if o, ok := w.byPod[c.Pod]; ok && o != full {
			full = ""
		}
		w.byPod[c.Pod] = full
	}
	if c.Pod != "" && c.Node != "" {
		full, node := c.Namespace+"/"+c.Pod, c.Node
		if o, ok := w.nodes[full]; ok && o != node {
			node = "" // one that was made anew elsewhere has its name
		}
		w.nodes[full] = node
	}
	if c.PodUID == "" {
		return
	}
	if c.Pod != "" {
		w.lived(c.Namespace+"/"+c.Pod, c.PodUID)
	}
	w.fillPod(of(w.pods, c.PodUID, event.Container{PodUID: c.PodUID}), "pod "+c.PodUID, c)
}

// lived notes that a pod of that name was told of at w.at.
func (w *Who) lived(name, uid string) {
	lives := w.byName[name]
	i := slices.IndexFunc(lives, func(l life) bool { return l.uid == uid })
	if i < 0 {
		if len(lives) < maxLives {
			w.byName[name] = append(lives, life{uid: uid, from: w.at, to: w.at})
		}
		return
	}
	l := &lives[i]
	if !l.from.Ok() || before(w.at, l.from) < 0 {
		l.from = w.at
	}
	if !l.to.Ok() || before(w.at, l.to) > 0 && w.at.Ok() {
		l.to = w.at
	}
}

// uidOf returns the UID of the pod that had a name at a moment: the only one that
// ever had it, or the one that was told of before and after. It is "" where that
// is not known.
func (w *Who) uidOf(name string, at clock.Moment) string {
	lives := w.byName[name]
	if len(lives) == 1 && (!isNumbered(name) || isHash(lives[0].uid) || !clock.Comparable(lives[0].from, at)) {
		return lives[0].uid
	}
	uid := ""
	for _, l := range lives {
		switch {
		case len(lives) == maxLives || !clock.Comparable(l.from, at) || !clock.Comparable(l.to, at):
			return ""
		case at.T.Before(l.from.T.Add(-l.from.Err-at.Err)) || at.T.After(l.to.T.Add(l.to.Err+at.Err)):
		case uid != "":
			return ""
		default:
			uid = l.uid
		}
	}
	return uid
}

// isNumbered reports whether a pod's name is as a StatefulSet gives it, to one pod
// after the other: db-0.
func isNumbered(name string) bool {
	i := strings.LastIndexByte(name, '-')
	return i >= 0 && i+1 < len(name) && strings.Trim(name[i+1:], "0123456789") == ""
}

// fill takes into k, which is of what is named, what c knows and k does not.
func (w *Who) fill(k *known, named string, c event.Container) {
	w.fillPod(k, named, c)
	first(&k.Runtime, c.Runtime)
	first(&k.Image, c.Image)
	if k.Restart == event.NotPrinted {
		k.Restart = c.Restart
	}
	w.claim(k, named, c, 3)
	if c.Pod != "" && (k.Pod != "" || k.Name == "") { // by itself a runtime's name of it is another thing
		w.claim(k, named, c, 4)
	} else {
		first(&k.Name, c.Name)
	}
}

func (w *Who) fillPod(k *known, named string, c event.Container) {
	first(&k.Node, c.Node)
	for i := range 3 {
		w.claim(k, named, c, i)
	}
}

// claim takes one of the claims about k. A name that contradicts the one that is
// known is no better than it, so both are forgotten, and that is told.
func (w *Who) claim(k *known, named string, c event.Container, i int) {
	is, says := claims[i].of(&k.Container), *claims[i].of(&c)
	switch {
	case says == "" || says == *is || k.contested[i]:
	case *is == "":
		*is, k.said[i] = says, w.pos
	case i == 0 && isHash(says) != isHash(*is): // a static pod and its mirror
	default:
		if len(w.Contradictions) < maxContradictions {
			w.Contradictions = append(w.Contradictions, event.Problem{Pos: w.pos, Code: "contradiction",
				Text: fmt.Sprintf("%s is said to have %s %q here, and %q in %s; neither is used", named, claims[i].what, says, *is, k.said[i])})
		}
		*is, k.contested[i] = "", true
	}
}

// isHash reports whether a pod's UID is a static pod's, made of its manifest.
func isHash(uid string) bool { return !strings.Contains(uid, "-") }

// fill takes into k what c knows and k does not.
func fill(k *event.Container, c event.Container) {
	fillPod(k, c)
	first(&k.Runtime, c.Runtime)
	first(&k.SandboxID, c.SandboxID)
	first(&k.Name, c.Name)
	first(&k.Image, c.Image)
	if k.Restart == event.NotPrinted {
		k.Restart = c.Restart
	}
}

func fillPod(k *event.Container, c event.Container) {
	first(&k.Namespace, c.Namespace)
	first(&k.Pod, c.Pod)
	first(&k.PodUID, c.PodUID)
	first(&k.Node, c.Node)
}

// Container returns all that is known of a container, by its id, or of the pod
// alone where id is empty. at is when it was told of, for the name of its pod.
func (w *Who) Container(id, podUID string, at clock.Moment) event.Container {
	c := event.Container{ID: id, PodUID: podUID, Restart: event.NotPrinted}
	if k := w.byID[id]; k != nil && id != "" {
		fill(&c, k.Container)
		if k.contested[0] || k.contested[1] || k.contested[2] {
			return c // by another way it would be one of the two again
		}
	}
	if s := w.sandboxes[c.SandboxID]; s != nil && c.SandboxID != "" {
		fillPod(&c, s.Container)
	}
	if c.PodUID == "" && c.Pod != "" {
		c.PodUID = w.uidOf(c.Namespace+"/"+c.Pod, at)
	}
	if p := w.pods[c.PodUID]; p != nil && c.PodUID != "" {
		fillPod(&c, p.Container)
	}
	if c.Pod != "" {
		first(&c.Node, w.nodes[c.Namespace+"/"+c.Pod])
		if w.byPod[c.Pod] != "" {
			first(&c.Node, w.nodes["/"+c.Pod]) // of a table of one namespace
		}
	}
	return c
}

// path takes from a cgroup's path that a container which is known is of a pod.
func (w *Who) path(p cgroup.Place) {
	if k := w.byID[p.ContainerID]; k != nil && p.ContainerID != "" && p.PodUID != "" && !w.IsSandbox(p.ContainerID) {
		if !k.contested[0] {
			first(&k.PodUID, p.PodUID)
		}
		w.learnPod(k.Container)
	}
}

// IsSandbox reports whether id is known to be a pod's sandbox.
func (w *Who) IsSandbox(id string) bool { return id != "" && w.sandboxes[id] != nil }

// resolve returns c, told of at a moment, with all that is known of it.
func (w *Who) resolve(c event.Container, at clock.Moment) event.Container {
	if w.IsSandbox(c.ID) {
		c.SandboxID, c.ID = c.ID, ""
	}
	if full := w.byPod[c.Pod]; c.Namespace == "" && c.Pod != "" && full != "" {
		c.Namespace = strings.TrimSuffix(full, "/"+c.Pod) // what kubectl prints of one namespace names none
	}
	k := w.Container(c.ID, c.PodUID, at)
	if k.PodUID == "" && c.Pod != "" {
		k = w.Container(c.ID, w.uidOf(c.Namespace+"/"+c.Pod, at), at)
	}
	if s := w.sandboxes[c.SandboxID]; s != nil && c.SandboxID != "" {
		fillPod(&k, s.Container)
	}
	fill(&k, c)
	return k
}
