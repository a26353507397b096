package input

import (
	"path/filepath"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// Place says which container's output a file is, by the kubelet's names for
// them, or nil:
//
//	.../pods/<namespace>_<pod>_<uid>/<container>/<restart>.log
//	.../containers/<pod>_<namespace>_<container>-<id>.log
//
// Source: pkg/kubelet/kuberuntime/helpers.go, legacy.go; rotated files have
// more behind ".log".
func Place(path string) *event.Container {
	parts := strings.Split(filepath.ToSlash(path), "/")
	if n := len(parts); n >= 4 && parts[n-4] == "pods" {
		if c := placePods(parts[n-3], parts[n-2], parts[n-1]); c != nil {
			return c
		}
	}
	return placeContainers(parts[len(parts)-1])
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
