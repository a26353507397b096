package kubelet

import (
	"strings"

	"oomtrace/parsers/event"
	"oomtrace/parsers/oci"
)

// startFailed reads that a container could not be started, where runc or crun say
// that memory was the reason. The line names no id, and the error of a pod can be of
// several containers.
//
//	Error syncing pod uid ("p_ns(uid)"), skipping: failed to "StartContainer" for "c" with RunContainerError: "... container init was OOM-killed (memory limit too low?): unknown"   to 1.20
//	"Error syncing pod, skipping" err="failed to \"StartContainer\" for \"c\" with RunContainerError: \"... container init was OOM-killed (memory limit too low?): unknown\"" pod="ns/p" podUID="uid"
//
// Containerd's are RunContainerError, CRI-O's CreateContainerError. Source:
// pod_workers.go, kuberuntime/kuberuntime_manager.go.
func startFailed(_ *parser, m message, say func(event.Body)) {
	words, c := m.Str("err"), m.container()
	if words == "" {
		var ok bool
		words = m.words()
		in, _, _ := quoted(words)
		if c, ok = podName(in); !ok {
			return
		}
	}
	for range maxWaitingContainers {
		_, rest, ok := strings.Cut(words, "failed to \"StartContainer\" for \"")
		if !ok {
			return
		}
		name, rest, ok := strings.Cut(rest, "\" with ")
		end := strings.Index(rest, "failed to \"StartContainer\" for \"")
		if end < 0 {
			end = len(rest)
		}
		if b, known := oci.Read([]byte(rest[:end]), c); ok && known && len(name) <= maxName {
			b.Container.Name = name
			say(b)
		}
		words = rest
	}
}

// maxName is how long a container's name can be, in bytes.
const maxName = 253
