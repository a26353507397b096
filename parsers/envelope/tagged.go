package envelope

import (
	"bytes"

	"oomtrace/parsers/event"
)

const (
	taggedName = "tagged"
	kernelTag  = "kernel:"
)

// LearnTagged finds out whether the lines of a file are those of a syslog whose
// time was cut off, or never there:
//
//	kernel: [ 7868.482562] text          a console, cut -d' ' -f5-
//	kernel:text
//	host kernel: text
//	host kubelet[9123]: text
//	 kernel:[ 7868.482562] text          what syslogd writes to all terminals
//
// One such line says too little: a word and a colon can be anybody's. Most lines
// have to be so, and some of them the kernel's. A tag with a pid, which the kernel
// has none of, is somebody else's.
func LearnTagged(lines [][]byte) (Envelope, bool) {
	kernel, others, all := 0, 0, 0
	for _, line := range lines {
		if len(bytes.TrimSpace(line)) == 0 || bytes.HasPrefix(line, []byte("Message from syslogd@")) {
			continue
		}
		all++
		switch h, ok := taggedHead(line); {
		case ok && h.tag == "kernel" && h.pid == 0:
			kernel++
		case ok:
			others++
		}
	}
	return Envelope{Name: taggedName, Open: openTagged, Outer: true}, kernel > 0 && (kernel+others)*5 >= all*3
}

// openTagged takes off a host and a tag, or a tag alone. It is for files of which
// LearnTagged knows that they have them.
func openTagged(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	h, ok := taggedHead(rec.Msg)
	if !ok {
		return false
	}
	rec.Host, rec.Speaker, rec.PID, rec.Msg = h.host, h.tag, h.pid, h.msg
	if h.tag == "kernel" && h.pid > 0 {
		rec.Speaker = pretender
	}
	return true
}

// taggedHead reads a host and a tag: the kernel's, or one with a pid.
func taggedHead(b []byte) (h head, ok bool) {
	b = bytes.TrimPrefix(b, []byte(" "))
	if msg, ok := cut(b, kernelTag); ok {
		return head{tag: "kernel", msg: bytes.TrimPrefix(msg, []byte(" "))}, true
	}
	host, rest, blank := cutWithin(b, 256, " ")
	if msg, ok := cut(rest, kernelTag); ok && blank && isHost(host) {
		return head{host: string(host), tag: "kernel", msg: bytes.TrimPrefix(msg, []byte(" "))}, true
	}
	h, ok = syslogHead(b)
	return h, ok && h.pid > 0
}
