package cgroup

import "strings"

// A reader walks a path from the root down. What it has learned so far is in
// its Place, whose Level is that of the last part read.
type reader struct {
	Place
	parent      string // the part above
	kubepods    bool   // below a kubepods part
	userManager bool   // below a user@UID.service
}

// read takes the next part of the path.
func (r *reader) read(name string) {
	if slice, id, ok := cutSliceTriple(name); ok {
		r.Level = r.slice(slice)
		name = id
	}
	r.Level = r.level(name)
	r.parent = name
}

// level notes what a part tells and returns what it is.
func (r *reader) level(name string) string {
	if c, ok := containerOf(name); ok && !isPodmanPod(r.parent, name) {
		return r.container(c)
	}
	if stem, ok := strings.CutSuffix(name, ".slice"); ok && stem != "" {
		return r.slice(name)
	}
	if isUnit(name) {
		return r.unit(name)
	}
	return r.directory(name)
}

// container notes a container's cgroup. One below a pod's container is that
// container's own affair.
func (r *reader) container(c container) string {
	if r.PodUID != "" && r.ContainerID != "" {
		return AtOther
	}
	r.ContainerID, r.Runtime = c.id, c.runtime
	if r.Runtime == "" && r.parent == "docker" {
		r.Runtime = "docker"
	}
	if c.scope {
		r.Unit, r.UserUnit = "", false
	}
	r.userManager = false
	return AtContainer
}

// slice notes a systemd slice. The name of a kubelet's repeats all the slices
// above it.
func (r *reader) slice(name string) string {
	r.Slice = name
	k, ok := kubeSliceOf(strings.TrimSuffix(name, ".slice"))
	if !ok {
		return AtSlice
	}
	level := AtPod
	if k.kubepods {
		level = r.enterKubepods()
	}
	if k.qos != "" {
		level = r.enterQoS(k.qos)
	}
	if k.podUID != "" {
		level = r.enterPod(k.podUID)
	}
	return level
}

// unit notes a systemd unit. systemd puts an underscore before a name that
// would be mistaken for one of the kernel's files (src/basic/cgroup-util.c,
// cg_escape).
func (r *reader) unit(name string) string {
	r.Unit = strings.TrimPrefix(name, "_")
	r.UserUnit = r.userManager
	if strings.HasPrefix(name, "user@") && strings.HasSuffix(name, ".service") {
		r.userManager = true
	}
	return AtUnit
}

// directory notes a part that is no unit of systemd's.
func (r *reader) directory(name string) string {
	if name == "kubepods" {
		return r.enterKubepods()
	}
	if class := qosOf(name); class != "" && r.parent == "kubepods" {
		return r.enterQoS(class)
	}
	if uid, ok := strings.CutPrefix(name, "pod"); ok && isPodUID(uid) {
		return r.enterPod(uid)
	}
	// crun puts the processes of a podman container one cgroup deeper.
	if name == "container" && r.Level == AtContainer && strings.HasSuffix(r.parent, ".scope") {
		return AtContainer
	}
	return AtOther
}

// enterKubepods notes the cgroup of all pods. What was above is the node itself,
// which in kind, k3d and minikube is a container, or even a pod's.
func (r *reader) enterKubepods() string {
	r.Kubernetes, r.kubepods = true, true
	r.QoS, r.PodUID, r.ContainerID, r.Runtime = "", "", "", ""
	return AtKubepods
}

func (r *reader) enterQoS(class string) string {
	r.QoS = class
	return AtQoS
}

// enterPod notes a pod's cgroup. A Guaranteed pod's has no class above it.
func (r *reader) enterPod(uid string) string {
	if r.PodUID != "" { // a pod's container holds this one
		r.QoS, r.kubepods = "", false
	}
	r.Kubernetes = true
	r.PodUID, r.ContainerID, r.Runtime = strings.ReplaceAll(uid, "_", "-"), "", ""
	if r.kubepods && r.QoS == "" {
		r.QoS = Guaranteed
	}
	return AtPod
}
