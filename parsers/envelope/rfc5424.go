package envelope

import (
	"bytes"

	"oomtrace/parsers/event"
)

// openRFC5424 takes off the head of RFC 5424, whose structured data is passed
// over, and the octet count that stands before it on TCP:
//
//	<4>1 2026-11-23T08:50:51.276373+00:00 host kernel - - -  text
//
// Facility 0 is the kernel's own.
func openRFC5424(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	prio, b := priority(octetCount(rec.Msg))
	b, ok := cut(b, "1 ")
	if prio < 0 || !ok {
		return false
	}
	var f [5][]byte // stamp, host, app, pid, msgid
	for i := range f {
		if f[i], b, ok = cutWithin(b, 256, " "); !ok || len(f[i]) == 0 {
			return false
		}
	}
	msg, ok := message5424(b)
	if !ok {
		return false
	}
	t, loc, step, left, ok := isoTime(f[0])
	if dash(f[0]) != "" && (!ok || len(left) > 0) {
		return false
	}
	kernel, process := string(f[2]) == "kernel", dash(f[3])
	if ok {
		st := stampIn(t, loc, step)
		st.Late = kernel
		rec.Stamps.Add(st)
	}
	if pid, left, ok := leadingInt(f[3]); ok && len(left) == 0 {
		rec.PID = int(pid)
	}
	rec.Host, rec.Speaker = dash(f[1]), dash(f[2])
	switch {
	case kernel && process != "" && process != "0", rec.Speaker == "" && prio>>3 > 0 && isPrintk(msg):
		rec.Speaker = pretender
	case kernel:
		rec.Speaker = kernelAs(prio>>3, msg)
	}
	rec.Msg = unescapeOctal(msg)
	return true
}

// message5424 passes over the structured data, "-" or [id name="value"]..., and
// the blank behind it. rsyslog, which writes "-" there, adds a second blank to a
// message that came to it in the traditional form (8.2504; 8.2302 does not where
// a kernel's bracket follows). The blanks that indent a frame of a call trace
// follow these.
func message5424(b []byte) (msg []byte, ok bool) {
	if rest, ok := cut(b, "-"); ok {
		rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte(" ")), []byte(" "))
		return withoutBOM(rest), true
	}
	for len(b) > 0 && b[0] == '[' {
		end := elementEnd(b)
		if end < 0 {
			return nil, false
		}
		b, ok = b[end+1:], true
	}
	return withoutBOM(bytes.TrimPrefix(b, []byte(" "))), ok
}

// elementEnd returns where the bracket at the start of b is closed, -1 if
// nowhere. A bracket in a quoted value does not count.
func elementEnd(b []byte) int {
	quoted := false
	for i := 1; i < len(b); i++ {
		switch {
		case b[i] == '\\' && quoted:
			i++
		case b[i] == '"':
			quoted = !quoted
		case b[i] == ']' && !quoted:
			return i
		}
	}
	return -1
}

// withoutBOM takes off the mark of UTF-8.
func withoutBOM(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) }

// dash turns the nil value "-" into nothing.
func dash(b []byte) string {
	if string(b) == "-" {
		return ""
	}
	return string(b)
}
