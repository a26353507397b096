package explain

import (
	"fmt"

	"oomtrace/correlate/badness"
	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/prose"
	"oomtrace/correlate/report"
)

func askAdj(c *Case) string {
	if v := c.victim(); v != nil && v.AdjPrinted {
		return fmt.Sprintf("What does oom_score_adj %d say, and what not?", v.OOMScoreAdj)
	}
	return "What does oom_score_adj say?"
}

// answerAdj reads the victim's oom_score_adj.
func answerAdj(c *Case, s *sentences) {
	v := c.victim()
	if v == nil || !v.AdjPrinted {
		return
	}
	evidence := c.first("killed")
	if c.In.Dump.Allocating {
		s.say(evidence, "Here it decided nothing: vm.oom_kill_allocating_task is set, so that whoever asks is killed, unless it is exempt.")
		return
	}
	if !c.In.Place.Kubernetes {
		c.adjElsewhere(s, v.OOMScoreAdj, evidence)
		return
	}
	a := cgroup.FromAdj(v.OOMScoreAdj, 0)
	if qos := c.In.Place.QoS; qos != "" && a.QoS != "" && string(a.QoS) != qos {
		s.say(evidence, "By its cgroup's path the pod is %s, to whose containers the kubelet does not give %d: the process, or who started it, set this value (inferred).", qos, v.OOMScoreAdj)
		return
	}
	switch a.QoS {
	case cgroup.BestEffort:
		s.say(evidence, "1000 is what the kubelet gives to BestEffort pods: no container of it has a memory or CPU request or limit, so it is killed first when the node runs out.")
	case cgroup.Guaranteed:
		s.say(evidence, "%d is what the kubelet gives to Guaranteed pods and to some critical ones: requests equal limits. It makes a container safe from others' hunger, not from its own limit.", v.OOMScoreAdj)
	case cgroup.Burstable:
		c.adjBurstable(s, a, evidence)
	default:
		if v.OOMScoreAdj == 0 {
			s.say(evidence, "0 is the default: the process was judged by its memory alone. A kubelet gives no container this value, so either none started this one, or the value was changed.")
			return
		}
		s.say(evidence, "%d is no value that a kubelet gives to a container of a pod: the container, or somebody else, set it.", v.OOMScoreAdj)
		return
	}
	if c.Badness.Ranked > 0 && !c.Badness.SameAdj {
		s.say(evidence, "It says nothing of how much memory the container used or may use.")
	} else {
		s.say(evidence, "It says nothing of how much memory the container used or may use, and within one container, where all have the same value, it decides nothing.")
	}
	if a.IfUnchanged {
		s.say(evidence, "All that holds if the process did not change the value itself.")
	}
}

// adjElsewhere reads a value that is not the kubelet's.
func (c *Case) adjElsewhere(s *sentences, adj int, evidence []int) {
	switch {
	case adj == 0 && c.Badness.DecidedBy == badness.ByAdjustment:
		s.say(evidence, "0 is the default: the process was judged by its memory alone, and others by a lower value.")
	case adj == 0:
		s.say(evidence, "0 is the default: the process was judged by its memory alone.")
	case adj > 0:
		s.say(evidence, "Somebody made this process more likely to be killed: each point counts as a thousandth of the memory to be shared, here +%d thousandths.", adj)
	default:
		s.say(evidence, "Somebody made this process less likely to be killed: each point counts as a thousandth of the memory to be shared, here %d thousandths.", adj)
	}
}

// adjBurstable says what a Burstable value states of the request.
func (c *Case) adjBurstable(s *sentences, a cgroup.Adj, evidence []int) {
	formula := "the kubelet sets 1000 - 1000 x request/node memory, in whole numbers"
	switch {
	case a.OneSided && a.OOMScoreAdj == 999:
		s.say(evidence, "999 marks a Burstable pod whose container asks for less than two thousandths of the node's memory: %s.", formula)
	case a.OneSided:
		s.say(evidence, "%d marks a Burstable pod whose container asks for nearly all of the node's memory: %s, and no less than this.", a.OOMScoreAdj, formula)
	default:
		s.say(evidence, "%d marks a Burstable pod: %s, so the container's memory request, with its share of one for the whole pod, is at least %d and less than %d thousandths of the node's memory.", a.OOMScoreAdj, formula, a.MinThousandths, a.MaxThousandths)
	}
	c.adjRequest(s, a, evidence)
}

// adjRequest puts the thousandths into numbers: by the node's size if a log
// states it, by the request if the pod does, else for nodes of several sizes.
func (c *Case) adjRequest(s *sentences, a cgroup.Adj, evidence []int) {
	items, e := c.statuses()
	if st, ok := c.Status(); ok && (st.PodLimit > 0 || st.Init) {
		return // a share of the pod's request counts too, and a sidecar has the value of others
	} else if ok && len(items) > 0 && st.Request > 0 && !a.OneSided {
		low, high := st.Request/1024*1000/int64(a.MaxThousandths), st.Request/1024*1000/int64(a.MinThousandths)
		s.say(append(e[:1:1], evidence...), "The pod's spec asks for %s, which fits nodes of %s.", prose.Size(st.Request/1024), span(low, high))
		return
	}
	if len(items) > 0 && c.R.Container != nil && c.R.Container.MemoryRequest == nil {
		return
	}
	if r := c.Request(); r != nil {
		s.say(evidence, "That is a request of %s, %s.", span(r.MinKB, r.MaxKB), r.Basis)
		return
	}
	if a.OneSided {
		return
	}
	var sizes []string
	for _, gib := range []int64{8, 16, 64} {
		low, high := gib<<20*int64(a.MinThousandths)/1000, gib<<20*int64(a.MaxThousandths)/1000
		sizes = append(sizes, fmt.Sprintf("on a node of %d GiB that is %s", gib, span(low, high)))
	}
	s.say(evidence, "The node's memory is not in these logs: %s.", prose.List(sizes))
}

// Request returns the memory request that the victim's oom_score_adj implies on
// a node whose memory is known, else nil.
func (c *Case) Request() *report.Range {
	v := c.victim()
	kb, basis := c.capacityKB()
	if v == nil || !v.AdjPrinted || !c.In.Place.Kubernetes || kb == 0 {
		return nil
	}
	a := cgroup.FromAdj(v.OOMScoreAdj, kb)
	if a.QoS != cgroup.Burstable || a.MinRequest == cgroup.Unknown || a.MaxRequest == cgroup.Unknown {
		return nil
	}
	return &report.Range{MinKB: a.MinRequest / 1024, MaxKB: (a.MaxRequest + 1023) / 1024, Basis: fmt.Sprintf("inferred from oom_score_adj %d on a node of %d kB, as %s states it", v.OOMScoreAdj, kb, basis)}
}
