package envelope

import (
	"bytes"

	"oomtrace/parsers/event"
)

// These envelopes name the container whose line it is. They have no stamp of
// their own: what openTimestamps knows can follow. As there, the stream is not
// told and called stdout.

// openKubectl takes off what kubectl logs --prefix puts before a line:
//
//	[pod/imgproc-worker-6c9f7d5b8-x2q9k/worker] text
//
// The namespace is not told. Source: kubectl, pkg/cmd/logs, addPrefixIfNeeded.
func openKubectl(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	names, ok := cut(rec.Msg, "[pod/")
	names, msg, ok2 := cutWithin(names, 512, "] ")
	pod, container, ok3 := bytes.Cut(names, []byte("/"))
	if !ok || !ok2 || !ok3 || !isLabel(container) || !isPodName(pod) {
		return false
	}
	ofPod(rec, "", pod, container, msg)
	return true
}

// openCompose takes off what docker compose puts before a line, the name of the
// service and the number of its container:
//
//	web-1  | text          v2
//	web_1  | text          v1
//
// Names are padded to the longest one and a blank, so that two blanks precede
// the bar. A container with a name of its own choice is not recognised: words
// before a bar can be anything. Source: docker/compose, cmd/formatter/logs.go.
func openCompose(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	name, rest, ok := cutWithin(rec.Msg, 128, "  ")
	rest, bar := cut(bytes.TrimLeft(rest, " "), "|")
	msg, blank := cut(rest, " ")
	if !ok || !bar || len(rest) > 0 && !blank || !isServiceName(name) {
		return false
	}
	rec.Speaker, rec.Msg = "stdout", msg
	return true
}

// isServiceName reports whether b is a name and a number, "web-1" or "web_1".
func isServiceName(b []byte) bool {
	name := bytes.TrimRight(b, "0123456789")
	n := len(name)
	if n < 2 || n == len(b) || name[n-1] != '-' && name[n-1] != '_' {
		return false
	}
	letters := 0
	for _, c := range name {
		switch letter := c|0x20 >= 'a' && c|0x20 <= 'z'; {
		case letter:
			letters++
		case (c < '0' || c > '9') && c != '-' && c != '_' && c != '.':
			return false
		}
	}
	return letters > 0
}

// openStern takes off stern's default prefix, pod and container, and the
// namespace before them with --all-namespaces:
//
//	imgproc-worker-6c9f7d5b8-x2q9k worker text
//
// Only a pod of a ReplicaSet can be told from ordinary words: its name ends in
// two parts of letters that Kubernetes draws, without vowels and without the
// digits 0, 1 and 3. Sources: stern, cmd/cmd.go; k8s.io/apimachinery,
// pkg/util/rand.
func openStern(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	pod, rest, ok := cutWithin(rec.Msg, 256, " ")
	if !ok {
		return false
	}
	var namespace []byte
	if !isReplica(pod) && isLabel(pod) {
		namespace = pod
		pod, rest, ok = cutWithin(rest, 256, " ")
	}
	container, msg, ok2 := cutWithin(rest, 64, " ")
	if !ok || !ok2 || !isReplica(pod) || !isLabel(container) {
		return false
	}
	ofPod(rec, string(namespace), pod, container, msg)
	return true
}

func ofPod(rec *event.Record, namespace string, pod, container, msg []byte) {
	if rec.From == nil {
		rec.From = &event.Container{Namespace: namespace, Pod: string(pod), Name: string(container), Restart: -1}
	}
	rec.Speaker, rec.Msg = "stdout", msg
}

// isReplica reports whether b is the name of a ReplicaSet's pod: "web-6c9f7d5b8-x2q9k".
func isReplica(b []byte) bool {
	i := bytes.LastIndexByte(b, '-')
	if i < 0 || len(b)-i != 6 || !isDrawn(b[i+1:]) {
		return false
	}
	j := bytes.LastIndexByte(b[:i], '-')
	return j > 0 && i-j > 6 && i-j < 12 && isDrawn(b[j+1:i]) && isPodName(b)
}

// isDrawn reports whether b is of the alphabet from which Kubernetes draws the
// ends of names.
func isDrawn(b []byte) bool {
	for _, c := range b {
		if bytes.IndexByte([]byte("bcdfghjklmnpqrstvwxz2456789"), c) < 0 {
			return false
		}
	}
	return true
}

// isLabel reports whether b is a DNS label of RFC 1123.
func isLabel(b []byte) bool { return len(b) < 64 && bytes.IndexByte(b, '.') < 0 && isPodName(b) }

// isPodName reports whether b is a DNS subdomain of RFC 1123.
func isPodName(b []byte) bool {
	for _, c := range b {
		if !isLower(c) && c != '-' && c != '.' {
			return false
		}
	}
	return len(b) > 0 && len(b) < 254 && b[0] != '-' && b[0] != '.'
}

// isLower reports whether c is a lower-case letter or a digit.
func isLower(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
