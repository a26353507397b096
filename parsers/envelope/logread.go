package envelope

import (
	"bytes"

	"oomtrace/parsers/event"
)

// openLogread takes off what OpenWrt's logread puts before a line, local time
// without a zone, with -t the time of reception too:
//
//	Mon Nov 23 09:01:41 2026 kern.warn kernel: [ 7868.482562] text
//	Mon Nov 23 09:01:41 2026 [1795424501.482] daemon.info dnsmasq[12]: text
//
// The facility is the daemon's own word: the tag "kernel" with another one is a
// process'. Source: openwrt/ubox, log/logread.c, log_notify.
func openLogread(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || len(rec.Msg) < 30 {
		return false
	}
	st, rest, ok1 := ctime(rec.Msg)
	rest, ok2 := cut(rest, " ")
	if !ok1 || !ok2 {
		return false
	}
	if body, more, ok := bracket(rest); ok {
		if _, _, left, ok := seconds(body); !ok || len(left) > 0 {
			return false
		}
		rest = more
	}
	priority, rest, ok3 := cutWithin(rest, 24, " ")
	tag, msg, ok4 := tagEnd(rest)
	name, pid, ok5 := tagAndPID(tag)
	if !ok3 || !ok4 || !ok5 || !isPriority(priority) {
		return false
	}
	rec.Speaker, rec.PID, rec.Msg = name, pid, msg
	if name == "kernel" {
		st.Late = true
		if pid > 0 || !bytes.HasPrefix(priority, []byte("kern.")) {
			rec.Speaker = pretender
		}
	}
	rec.Stamps.Add(st)
	return true
}
