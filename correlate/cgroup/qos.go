package cgroup

import "math/bits"

// Unknown stands for a bound of an Adj that is not there or not known. It is
// never 0: that is a bound.
const Unknown = -1

// An Adj is what an oom_score_adj says of a container in a Kubernetes pod, if
// the kubelet set it. It says nothing of how much memory the container used or
// may use. Source: pkg/kubelet/qos/policy.go, Kubernetes 1.14 to 1.36.
type Adj struct {
	OOMScoreAdj int
	// QoS is the class of the pod, one of Guaranteed, Burstable and BestEffort.
	// It is empty for a value that no kubelet sets for a container of a pod, 0
	// among them: then nothing else is set, and the bounds are Unknown.
	QoS string
	// Critical says that the pod can as well be a critical one of any class (to
	// 1.21 any critical pod, later a system-node-critical one), and Pause that
	// the process can be the pause process of any pod.
	Critical, Pause bool
	// The memory request of a Burstable container is at least MinThousandths
	// and less than MaxThousandths thousandths of the node's memory. MinRequest
	// and MaxRequest are the smallest and the largest request of that kind, in
	// bytes; both are Unknown if the node's memory is not known. MaxThousandths
	// and MaxRequest are Unknown if there is no upper bound.
	//
	// With a request for the whole pod (1.32 and later) it is the container's own
	// and its share of the pod's. A sidecar, a restartable init container, can
	// have a smaller request: its value is at most its regular containers'.
	MinThousandths, MaxThousandths int
	MinRequest, MaxRequest         int64
	// OneSided says that the value is the least or the greatest that a Burstable
	// container gets: 3 (2 to 1.19) bounds the request from below alone, 999
	// from above alone, with 0 below.
	OneSided bool
	// IfUnchanged says that the process may have set the value itself: every
	// process may raise its own. To lower it below what its container began with
	// takes CAP_SYS_RESOURCE (fs/proc/base.c, __set_oom_adj), so of a low value
	// it is not said.
	IfUnchanged bool
}

// FromAdj returns what adj, the oom_score_adj of a process, says of its
// container. capacityKB is the node's memory in KiB, as MemTotal in
// /proc/meminfo or the node's status.capacity has it: the kubelet divides by
// that and not by what is allocatable. With 0 or less it is not known.
//
// Only a process whose cgroup is a pod's container gets its value from the
// kubelet: elsewhere the same numbers are systemd's or an administrator's.
func FromAdj(adj int, capacityKB int64) Adj {
	a := Adj{OOMScoreAdj: adj, MinThousandths: Unknown, MaxThousandths: Unknown,
		MinRequest: Unknown, MaxRequest: Unknown}
	switch {
	case adj == -997, adj == -998: // -998 to 1.19
		a.QoS, a.Critical, a.Pause = Guaranteed, true, adj == -998
	case adj == 1000:
		a.QoS, a.IfUnchanged = BestEffort, true
	case adj >= 2 && adj <= 999:
		a.QoS, a.IfUnchanged = Burstable, true
		a.bound(capacityKB)
	}
	return a
}

// bound works out the request from
//
//	oom_score_adj = 1000 - 1000*request/capacity
//
// in bytes and whole numbers, raised to 3 (2 to 1.19) and lowered to 999.
func (a *Adj) bound(capacityKB int64) {
	a.MinThousandths = 1000 - a.OOMScoreAdj
	a.MaxThousandths = a.MinThousandths + 1
	switch a.OOMScoreAdj {
	case 2, 3:
		a.MaxThousandths, a.OneSided = Unknown, true
	case 999:
		a.MinThousandths, a.OneSided = 0, true
	}
	if capacityKB <= 0 || capacityKB > 1<<52 { // more than 4 EiB is no node's memory
		return
	}
	a.MinRequest = thousandths(a.MinThousandths, capacityKB)
	if a.MaxThousandths != Unknown {
		a.MaxRequest = thousandths(a.MaxThousandths, capacityKB) - 1
	}
}

// thousandths returns the smallest number of bytes that is at least n
// thousandths of capacityKB. n is at most 1000.
func thousandths(n int, capacityKB int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(capacityKB)<<10)
	lo, carry := bits.Add64(lo, 999, 0)
	q, _ := bits.Div64(hi+carry, lo, 1000)
	return int64(q)
}
