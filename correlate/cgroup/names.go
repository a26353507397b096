package cgroup

import "strings"

// idLen is how many hex digits a container's id has.
const idLen = 64

// A container is what one part of a path says of one.
type container struct {
	id, runtime string
	scope       bool // the part is a systemd scope
}

// runtimes says whose containers' cgroups begin with what. Those of containerd
// and dockershim under plain directories have the bare id.
var runtimes = map[string]string{
	"":                "",
	"cri-containerd-": "containerd",
	"crio-":           "cri-o",
	"docker-":         "docker",
	"libpod-":         "podman",
	"libpod-payload-": "podman",
	"kata_":           "",
}

// containerOf reads the name of a container's cgroup: an id, or one in a scope,
// behind its runtime's prefix. conmon, which watches over a container, has a
// cgroup of its own with the container's id. A scope with an id behind an
// unknown prefix is taken for a container of a runtime that is not known.
func containerOf(name string) (container, bool) {
	stem, scope := strings.CutSuffix(name, ".scope")
	cut := len(stem) - idLen
	if cut < 0 || !isHex(stem[cut:]) {
		return container{}, false
	}
	prefix := stem[:cut]
	runtime, known := runtimes[prefix]
	if !known && (!scope || !strings.HasSuffix(prefix, "-") || strings.HasSuffix(prefix, "conmon-")) {
		return container{}, false
	}
	return container{id: stem[cut:], runtime: runtime, scope: scope}, true
}

// isPodmanPod says whether a bare id is that of a pod of podman's: under plain
// directories its containers lie below it, with a prefix.
func isPodmanPod(parent, name string) bool {
	return parent == "libpod_parent" && len(name) == idLen
}

// cutSliceTriple reads the one directory that a runtime makes which takes
// systemd's "slice:prefix:id" for a path, because the kubelet uses the systemd
// driver and it does not (kubernetes/kubernetes#106514):
//
//	kubepods-burstable-pod36b6….slice:cri-containerd:79fe…
//
// It returns the slice and the name that the container's cgroup should have.
func cutSliceTriple(name string) (slice, id string, ok bool) {
	cut := len(name) - idLen
	if cut <= 0 || name[cut-1] != ':' || !isHex(name[cut:]) {
		return "", "", false
	}
	slice, prefix, ok := strings.Cut(name[:cut-1], ".slice:")
	return slice + ".slice", prefix + "-" + name[cut:], ok && slice != ""
}

// A kubeSlice is what the name of a slice of the kubelet's says.
type kubeSlice struct {
	kubepods    bool
	qos, podUID string
}

// kubeSliceOf reads the name, without ".slice", of a slice that the kubelet's
// systemd driver made, below whatever root: kubelet-kubepods-burstable-podUID
// is one in a kubelet.slice (pkg/kubelet/cm/cgroup_manager_linux.go).
func kubeSliceOf(stem string) (kubeSlice, bool) {
	var k kubeSlice
	if i := strings.LastIndex(stem, "-pod"); i >= 0 && isPodUID(stem[i+len("-pod"):]) {
		stem, k.podUID = stem[:i], stem[i+len("-pod"):]
	}
	root, class := stem, ""
	if i := strings.LastIndexByte(stem, '-'); i >= 0 && qosOf(stem[i+1:]) != "" {
		root, class = stem[:i], qosOf(stem[i+1:])
	}
	if root == "kubepods" || strings.HasSuffix(root, "-kubepods") {
		k.kubepods, k.qos = true, class
	}
	return k, k.kubepods || k.podUID != ""
}

// qosOf returns the class that the kubelet's name of its cgroup stands for.
func qosOf(name string) string {
	switch name {
	case "burstable":
		return Burstable
	case "besteffort":
		return BestEffort
	}
	return ""
}

// isPodUID says whether s is a pod's UID: a UUID, with the underscores that the
// systemd driver writes for dashes or with dashes, or a static pod's 32 hex
// digits.
func isPodUID(s string) bool {
	if len(s) == 32 {
		return isHex(s)
	}
	if len(s) != 36 {
		return false
	}
	for _, i := range [...]int{8, 13, 18, 23} {
		if s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return isHex(s[:8]) && isHex(s[9:13]) && isHex(s[14:18]) && isHex(s[19:23]) && isHex(s[24:])
}

// isHex says whether s holds nothing but hex digits in lower case.
func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isUnit says whether name is that of a systemd unit whose processes have a
// cgroup. Slices hold units and no processes.
func isUnit(name string) bool {
	i := strings.LastIndexByte(name, '.')
	if i <= 0 {
		return false
	}
	switch name[i:] {
	case ".service", ".scope", ".socket", ".mount", ".swap":
		return true
	}
	return false
}
