package input

import (
	"path/filepath"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// Place says which container's output a file is, by the names that the kubelet,
// Docker, oc adm must-gather (and inspect) and support-bundle give them, or nil:
//
//	.../pods/<namespace>_<pod>_<uid>/<container>/<restart>.log
//	.../containers/<pod>_<namespace>_<container>-<id>.log
//	.../containers/<id>/<id>-json.log
//	.../namespaces/<namespace>/pods/<pod>/<container>/<container>/logs/current.log
//	.../cluster-resources/pods/logs/<namespace>/<pod>/<container>.log
//
// The last two have "previous" in their name where they are of the container before.
//
// Source: pkg/kubelet/kuberuntime/helpers.go, legacy.go; rotated files have
// more behind ".log". moby, daemon/logs.go; oc, pkg/cli/admin/inspect/pod.go;
// troubleshoot, pkg/collect/logs.go.
func Place(path string) *event.Container {
	parts := strings.Split(filepath.ToSlash(path), "/")
	n := len(parts)
	at := func(back int) string { // the part so far from the end, "" where there is none
		if back > n {
			return ""
		}
		return parts[n-back]
	}
	if at(4) == "pods" {
		if c := placePods(at(3), at(2), at(1)); c != nil {
			return c
		}
	}
	if at(8) == "namespaces" && at(6) == "pods" && at(2) == "logs" && at(3) == at(4) && isName(at(7), at(5), at(4)) {
		return &event.Container{Namespace: at(7), Pod: at(5), Name: at(4), Restart: -1}
	}
	if name, ok := strings.CutSuffix(at(1), ".log"); ok && at(6) == "cluster-resources" && at(5) == "pods" && at(4) == "logs" {
		if name = strings.TrimSuffix(name, "-previous"); isName(at(3), at(2), name) {
			return &event.Container{Namespace: at(3), Pod: at(2), Name: name, Restart: -1}
		}
	}
	if id := at(2); isID(id) && strings.HasPrefix(at(1), id+"-json.log") {
		return &event.Container{ID: id, Runtime: "docker", Restart: -1}
	}
	return placeContainers(at(1))
}

func placePods(dir, container, file string) *event.Container {
	f := strings.Split(dir, "_")
	number, _, ok := strings.Cut(file, ".log")
	n, err := strconv.Atoi(number)
	if len(f) != 3 || !ok || err != nil || n < 0 || len(f[2]) < 32 || !isName(f[0], f[1], f[2], container) {
		return nil
	}
	return &event.Container{Namespace: f[0], Pod: f[1], PodUID: f[2], Name: container, Restart: n}
}

func placeContainers(file string) *event.Container {
	base, ok := strings.CutSuffix(file, ".log")
	f := strings.Split(base, "_")
	if !ok || len(f) != 3 || len(f[2]) < 66 {
		return nil
	}
	cut := len(f[2]) - 65
	id := f[2][cut+1:]
	if f[2][cut] != '-' || !isID(id) || !isName(f[0], f[1], f[2][:cut]) {
		return nil
	}
	return &event.Container{Namespace: f[1], Pod: f[0], Name: f[2][:cut], ID: id, Restart: -1}
}

// isName reports whether all can be names of Kubernetes objects: lower-case
// letters, digits, hyphens and points.
func isName(names ...string) bool {
	for _, n := range names {
		for _, c := range []byte(n) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
				return false
			}
		}
		if n == "" || len(n) > 253 {
			return false
		}
	}
	return true
}

// isID reports whether s is 64 lower-case hex digits.
func isID(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
