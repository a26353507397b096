package explain

import (
	"slices"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/match"
	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// ofVictim reports whether a pod object is certainly of the victim's pod: it has
// its uid, or the id of the victim's container. A name alone can be of one that
// was made anew, with other limits.
func (c *Case) ofVictim(st event.ContainerStatus) bool {
	w := c.In.Who
	if c.In.Named != nil {
		return false
	}
	return st.Container.PodUID != "" && st.Container.PodUID == c.In.Place.PodUID ||
		w.ID != "" && (st.Container.ID == w.ID || slices.ContainsFunc(st.Ended, func(t event.Terminated) bool { return t.ContainerID == w.ID }))
}

// otherLimit tells that the kernel enforced another limit than the pod's object has:
// of the container, or of the pod, whose cgroup is given the sum of its containers'.
func (c *Case) otherLimit(s *sentences, st event.ContainerStatus, evidence []int) {
	d := c.In.Dump
	if st.Phase == "" || !c.ofVictim(st) || Unlimited(d.Memory.Memory.LimitKB) {
		return
	}
	limit, whose := int64(0), ""
	switch level := cgroup.Parse(d.OOMMemcg).Level; {
	case level == cgroup.AtContainer && d.OOMMemcg == d.TaskMemcg && st.Container.Name == c.In.Who.Name:
		limit, whose = st.Limit, "container "+prose.Name(st.Container.Name)
	case level == cgroup.AtPod && st.PodLimit > 0:
		limit, whose = st.PodLimit, "the whole pod"
	case level == cgroup.AtPod:
		limit, whose = c.sumOfLimits(st), "its containers together"
	}
	if limit <= 0 || match.SameLimit(limit, d.Memory.Memory.LimitKB) {
		return
	}
	s.say(evidence, "The pod's object has limits.memory %s for %s, and the kernel enforced %s: the two do not agree, and who set the other limit is not in these logs.",
		prose.Size(limit/1024), whose, prose.Size(d.Memory.Memory.LimitKB))
}

// sumOfLimits adds the limits of the pod's containers up, 0 where one has none, or
// one that starts before the others can have the larger.
func (c *Case) sumOfLimits(st event.ContainerStatus) (sum int64) {
	added := map[string]bool{}
	for _, it := range c.Facts.Statuses {
		b := it.Event.Body.(event.ContainerStatus)
		if b.Container.Pod != st.Container.Pod || b.Container.Namespace != st.Container.Namespace || b.Container.Name == "" || b.Phase == "" {
			continue
		}
		if b.Limit <= 0 || b.Init || b.Container.PodUID != st.Container.PodUID {
			return 0
		}
		if !added[b.Container.Name] {
			sum += b.Limit
		}
		added[b.Container.Name] = true
	}
	return sum
}

// classes tells where a pod's QoS class by the path of its cgroup, by its status and
// by the requests and limits of its spec do not go together. A manifest can be given
// further requests and limits when the pod is made.
func (c *Case) classes(s *sentences) {
	path := c.In.Place.QoS
	items, e := c.statuses()
	for i, it := range items {
		st := it.Event.Body.(event.ContainerStatus)
		if path == "" || st.Phase == "" || !c.ofVictim(st) {
			continue
		}
		evidence := append(e[i:i+1:i+1], c.first("chosen", "killed", "invoked")...)
		switch {
		case st.QoS != "" && st.QoS != path:
			s.say(evidence, "By its cgroup's path the pod is %s, by its status (qosClass) %s: the two do not go together, since a pod's class is fixed when it is made.", path, st.QoS)
		case st.SpecQoS != "" && st.SpecQoS != path:
			s.say(evidence, "By its cgroup's path the pod is %s, by the requests and limits of its spec %s: the two do not go together, since the kubelet sorts a pod by its spec.", path, st.SpecQoS)
		default:
			continue
		}
		return
	}
}

// noticedTable tells of a row of kubectl get pods.
func (c *Case) noticedTable(s *sentences) {
	_, e := find(c, func(b event.ContainerStatus, _ *matchItem) bool {
		return b.Container.Name == "" && b.Role() == event.Counted
	})
	s.say(e, "kubectl get pods showed OOMKilled for the pod: the runtime's reason for the last end in it. It names no container, no exit code and no time.")
}

// sureOfPod says what the pod's names rest on where they were inferred.
func (c *Case) sureOfPod(s *sentences) {
	it := c.In.Named
	if it == nil {
		return
	}
	w := c.In.Who
	if w.Name == "" {
		s.say(c.kill(), "That the pod is %s/%s is inferred, from another kill in it.", w.Namespace, w.Pod)
		return
	}
	s.say(append(c.line(it), c.kill()...), "That the victim was in container %s of %s/%s is inferred: by the pod's status that container ended with the reason OOMKilled right after the kill, what is known of its limit and its node fits, and no other end and no other kill does. No line ties the names to the kernel's cgroup.", prose.Name(w.Name), w.Namespace, w.Pod)
}
