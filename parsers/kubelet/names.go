package kubelet

import (
	"encoding/json"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// anyContainer returns a container about which nothing is known.
func anyContainer() event.Container { return event.Container{Restart: -1} }

// podObject is how JSON writes a pod's name: klog.KObj.
type podObject struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// pod returns the container that is known from the value of key: namespace/name
// in text, an object or that text in JSON, a bare name for what has no
// namespace.
func (m message) pod(key string) event.Container {
	raw := m.Raw(key)
	if len(raw) > 0 && raw[0] == '{' {
		var o podObject
		if json.Unmarshal(raw, &o) != nil {
			return anyContainer()
		}
		return event.Container{Namespace: o.Namespace, Pod: o.Name, Restart: -1}
	}
	return objectName(m.Unquote(raw))
}

// container adds what the keys podUID, containerName and containerID say.
func (m message) container() event.Container {
	c := m.pod("pod")
	c.PodUID = m.Str("podUID")
	c.Name = m.Str("containerName")
	c.Runtime, c.ID = splitID(m.Str("containerID"))
	return c
}

// objectName reads namespace/name.
func objectName(s string) event.Container {
	c := anyContainer()
	ns, name, ok := strings.Cut(s, "/")
	if !ok {
		ns, name = "", s
	}
	c.Namespace, c.Pod = ns, name
	return c
}

// maxPods is how many pods of a line are told: more than a node can run.
const maxPods = 512

// pods calls each for the pods of a list: ["ns/a","ns/b"] from 1.26, [ns/a ns/b]
// from 1.21, objects in JSON.
func (m message) pods(key string, each func(event.Container)) {
	raw := m.Raw(key)
	if m.form == object {
		var list []podObject
		if json.Unmarshal(raw, &list) == nil {
			for _, o := range list[:min(len(list), maxPods)] {
				each(event.Container{Namespace: o.Namespace, Pod: o.Name, Restart: -1})
			}
			return
		}
	}
	n := 0
	for s := range strings.FieldsFuncSeq(strings.Trim(string(raw), "[]"), func(r rune) bool { return r == ' ' || r == ',' || r == '"' }) {
		if n++; n > maxPods {
			return
		}
		each(objectName(s))
	}
}

// podName reads name_namespace(uid), as format.Pod writes it: everywhere to
// 1.20, to this day in the text of a back-off. No name of Kubernetes' holds an
// underscore.
func podName(s string) (event.Container, bool) {
	c := anyContainer()
	name, rest, ok := strings.Cut(s, "_")
	ns, rest, ok2 := strings.Cut(rest, "(")
	uid, _, ok3 := strings.Cut(rest, ")")
	if !ok || !ok2 || !ok3 || name == "" || ns == "" || strings.ContainsAny(name+ns+uid, " \"/,") {
		return c, false
	}
	c.Pod, c.Namespace, c.PodUID = name, ns, uid
	return c, true
}

// splitID splits scheme://id.
func splitID(s string) (runtime, id string) {
	if scheme, id, ok := strings.Cut(s, "://"); ok {
		return scheme, id
	}
	return "", s
}

// fieldPath returns the container's name in spec.containers{c},
// spec.initContainers{c} and spec.ephemeralContainers{c}.
func fieldPath(s string) string {
	_, name, ok := strings.Cut(s, "ontainers{")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(name, "}")
}

// quoted returns the first quoted string of s, whose quotes hold no escapes,
// and what follows it.
func quoted(s string) (in, rest string, ok bool) {
	_, s, ok = strings.Cut(s, `"`)
	in, rest, ok2 := strings.Cut(s, `"`)
	return in, rest, ok && ok2
}

// goTime reads a time as Go prints it, with its offset, its zone's abbreviation
// and perhaps the monotonic reading, and returns what follows:
//
//	2026-11-23 15:06:51.945562339 +0100 CET m=-5.071982295
func goTime(s string) (st event.Stamp, rest string, ok bool) {
	var fields [4]string
	rest = s
	for i := range fields {
		if fields[i], rest, ok = strings.Cut(rest, " "); !ok && i < 3 {
			return event.Stamp{}, s, false
		}
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999999 -0700", fields[0]+" "+fields[1]+" "+fields[2])
	if err != nil {
		return event.Stamp{}, s, false
	}
	if strings.HasPrefix(rest, "m=") {
		_, rest, _ = strings.Cut(rest, " ")
	}
	return wall(t), rest, true
}

// goTimeIndex returns where in s, behind a blank, a time of Go's begins, or -1.
func goTimeIndex(s string) int {
	const shape = "0000-00-00 00:00:00"
	for at := 0; ; {
		n := strings.IndexByte(s[at:], ' ')
		if n < 0 || len(s)-at-n-1 < len(shape) {
			return -1
		}
		at += n + 1
		if like(s[at:], shape) {
			return at
		}
	}
}

// like says whether s begins with shape, whose zeros stand for any digit.
func like(s, shape string) bool {
	for i := range len(shape) {
		digit := s[i] >= '0' && s[i] <= '9'
		if (shape[i] == '0') != digit || !digit && s[i] != shape[i] {
			return false
		}
	}
	return true
}

func wall(t time.Time) event.Stamp {
	return event.Stamp{Clock: event.Wall, Wall: t, Step: time.Nanosecond}
}
