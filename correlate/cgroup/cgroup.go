// Package cgroup reads what a memory cgroup's path says of who lives there.
//
// In goes a path as the kernel prints it after oom_memcg= and task_memcg=, as
// a kubelet writes it, or as it stands in /proc/PID/cgroup; out comes a Place:
// the container, the pod and its QoS class, the systemd unit and slice, as far
// as the names of the path tell. Both of the kubelet's cgroup drivers are read,
// systemd's slices and plain directories, whatever root is in front of them.
//
// Beside it stands what an oom_score_adj says of a Kubernetes container: its
// QoS class, and between which bounds its memory request lies (FromAdj).
//
// The package knows names alone. Whether such a container ever ran, and what
// its pod calls it, is in the runtime's and the kubelet's logs: to join these
// is the business of correlate/match. It imports nothing of this program.
package cgroup

import "strings"

// What a path itself is: the values of Place.Level.
const (
	AtRoot      = "root"      // the root cgroup, "/"
	AtSlice     = "slice"     // a systemd slice, other than a kubelet's
	AtUnit      = "unit"      // a systemd unit that is no slice and no container
	AtKubepods  = "kubepods"  // all pods of the node: its limit is the node's allocatable memory
	AtQoS       = "qos"       // all burstable or all best-effort pods of the node
	AtPod       = "pod"       // a pod: its limit is the sum of its containers', where all have one
	AtContainer = "container" // a container
	AtOther     = "other"     // none of these, such as a cgroup that a service or a container made below its own
)

// The QoS classes of pods, as Kubernetes spells them: the values of Place.QoS
// and Adj.QoS.
const (
	Guaranteed = "Guaranteed"
	Burstable  = "Burstable"
	BestEffort = "BestEffort"
)

// A Place is what the path of a cgroup says of who lives there. Strings are
// empty where it does not say. Below a container or a unit, where Level is
// AtOther, ContainerID and Unit still say whose cgroup was divided.
type Place struct {
	Path string // as given
	// Runtime is the container's: containerd, cri-o, docker or podman. It is
	// empty for a kubelet's pods under plain directories, where only CRI-O puts
	// its name in front of the id, and for Kata Containers.
	Runtime string
	// ContainerID is 64 hex digits, in lower case. In a pod it is the pod's own
	// container, which the kubelet knows, even where that one runs containers
	// itself; else it is the innermost. A pod's sandbox looks the same as its
	// containers.
	ContainerID string
	// PodUID has dashes even where the path has underscores. A static pod's is
	// 32 hex digits without any. Of a cluster within a cluster it is the inner
	// pod's.
	PodUID     string
	QoS        string // Guaranteed, Burstable, BestEffort: the class when the pod was admitted
	Kubernetes bool   // a kubelet made this cgroup or one above it
	// Unit is the innermost systemd unit, with escapes (\x2d) as they are: of a
	// user's scope the scope and not user@1000.service. Slices are told in
	// Slice. A scope that holds a container is no unit here, so with a
	// ContainerID there is one only where a service's cgroup holds the
	// container (podman's --cgroups=split), or where a systemd runs inside.
	Unit     string
	Slice    string // the innermost systemd slice
	UserUnit bool   // Unit belongs to a user's service manager: it is below user@UID.service
	Level    string // what the path itself is: AtContainer and so on
}

// Parse returns what path says. Any string will do: parts that it does not know
// are passed over, and an empty one, which says nothing, is AtOther.
func Parse(path string) Place {
	r := reader{Place: Place{Path: path, Level: AtRoot}}
	for name := range strings.SplitSeq(path, "/") {
		if name != "" {
			r.read(name)
		}
	}
	if path == "" {
		r.Level = AtOther
	}
	return r.Place
}

// Units returns the systemd units of which path is made, the outermost first:
// slices, services and scopes.
func Units(path string) (units []string) {
	for name := range strings.SplitSeq(path, "/") {
		for _, kind := range [...]string{".slice", ".service", ".scope"} {
			if len(name) > len(kind) && strings.HasSuffix(name, kind) {
				units = append(units, name)
			}
		}
	}
	return units
}
