package match

import (
	"strings"

	"oomtrace/parsers/event"
)

// Who is the table of who is who: container ids, sandboxes and pods with the
// names that any log ties to them.
type Who struct {
	byID      map[string]*event.Container
	sandboxes map[string]*event.Container // by sandbox id: the pod alone
	pods      map[string]*event.Container // by pod uid: the pod alone
	byName    map[string]string           // namespace/pod to uid
	byPod     map[string]string           // a pod's name alone to namespace/name, "" if several have it
	inPod     map[string][]string         // pod uid to container ids
}

func newWho() *Who {
	return &Who{byID: map[string]*event.Container{}, sandboxes: map[string]*event.Container{},
		pods: map[string]*event.Container{}, byName: map[string]string{}, byPod: map[string]string{}, inPod: map[string][]string{}}
}

// event takes the names that an event ties to each other.
func (w *Who) event(e *event.Event) {
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

// learn takes what c says. Names that are known stand: the first to name a
// container is as good as any, and a contradiction is not settled by chance.
func (w *Who) learn(c event.Container) {
	if c.PodUID != "" || c.Pod != "" {
		w.learnPod(c)
	}
	if c.SandboxID != "" {
		s := w.sandboxes[c.SandboxID]
		if s == nil {
			s = &event.Container{Restart: event.NotPrinted}
			w.sandboxes[c.SandboxID] = s
		}
		fillPod(s, c)
	}
	if isPause(c.Image) && c.ID != "" {
		if w.sandboxes[c.ID] == nil {
			w.sandboxes[c.ID] = &event.Container{Restart: event.NotPrinted}
		}
		return
	}
	if c.ID == "" || c.ID == c.SandboxID {
		return
	}
	k := w.byID[c.ID]
	if k == nil {
		k = &event.Container{ID: c.ID, Restart: event.NotPrinted}
		w.byID[c.ID] = k
	}
	fill(k, c)
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
	uid := c.PodUID
	if c.Pod != "" && uid != "" {
		w.byName[c.Namespace+"/"+c.Pod] = uid
	}
	if uid == "" {
		return
	}
	p := w.pods[uid]
	if p == nil {
		p = &event.Container{PodUID: uid, Restart: event.NotPrinted}
		w.pods[uid] = p
	}
	fillPod(p, c)
}

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
// alone where id is empty.
func (w *Who) Container(id, podUID string) event.Container {
	c := event.Container{ID: id, PodUID: podUID, Restart: event.NotPrinted}
	if k := w.byID[id]; k != nil && id != "" {
		fill(&c, *k)
	}
	if s := w.sandboxes[c.SandboxID]; s != nil && c.SandboxID != "" {
		fillPod(&c, *s)
	}
	if c.PodUID == "" && c.Pod != "" {
		c.PodUID = w.byName[c.Namespace+"/"+c.Pod]
	}
	if p := w.pods[c.PodUID]; p != nil && c.PodUID != "" {
		fillPod(&c, *p)
	}
	return c
}

// IsSandbox reports whether id is known to be a pod's sandbox.
func (w *Who) IsSandbox(id string) bool { return id != "" && w.sandboxes[id] != nil }

// resolve returns c with all that is known of it.
func (w *Who) resolve(c event.Container) event.Container {
	if w.IsSandbox(c.ID) {
		c.SandboxID, c.ID = c.ID, ""
	}
	if full := w.byPod[c.Pod]; c.Namespace == "" && c.Pod != "" && full != "" {
		c.Namespace = strings.TrimSuffix(full, "/"+c.Pod) // what kubectl prints of one namespace names none
	}
	k := w.Container(c.ID, c.PodUID)
	if k.PodUID == "" && c.Pod != "" {
		k.PodUID = w.byName[c.Namespace+"/"+c.Pod]
		k = w.Container(c.ID, k.PodUID)
	}
	if s := w.sandboxes[c.SandboxID]; s != nil && c.SandboxID != "" {
		fillPod(&k, *s)
	}
	fill(&k, c)
	return k
}
