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
//	Nov 23 09:01:41 [ 7868.482562] text  ts, whose time is syslog's
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
		_, h, ok := taggedHead(line)
		switch {
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
	st, h, ok := taggedHead(rec.Msg)
	if !ok {
		return false
	}
	if st.Clock != event.None {
		rec.Stamps.Add(st)
	}
	rec.Host, rec.Speaker, rec.PID, rec.Msg = h.host, h.speaker(), h.pid, h.msg
	return true
}

// taggedHead reads a host and a tag, the kernel's or one with a pid, or ts' time.
func taggedHead(b []byte) (st event.Stamp, h head, ok bool) {
	b = bytes.TrimPrefix(b, []byte(" "))
	if msg, ok := cut(b, kernelTag); ok {
		return st, head{tag: "kernel", msg: bytes.TrimPrefix(msg, []byte(" "))}, true
	}
	host, rest, blank := cutWithin(b, 256, " ")
	if msg, ok := cut(rest, kernelTag); ok && blank && isHost(host) {
		return st, head{host: string(host), tag: "kernel", msg: bytes.TrimPrefix(msg, []byte(" "))}, true
	}
	if st, rest, ok := traditionalStamp(b); ok {
		rest, _ = cut(rest, " ")
		st.Late = true
		return st, head{tag: "kernel", msg: rest}, isStamped(rest)
	}
	h, ok = syslogHead(b)
	return st, h, ok && h.pid > 0
}

// KernelTag returns the length of what LearnTagged would know as the kernel's at
// the start of a line, 0 if there is none.
func KernelTag(line []byte) int {
	_, h, ok := taggedHead(line)
	if !ok || h.tag != "kernel" || h.pid > 0 {
		return 0
	}
	return len(line) - len(h.msg)
}
