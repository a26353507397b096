package envelope

import (
	"bytes"
	"time"

	"oomtrace/parsers/event"
)

// openLogcat takes off what Android's logcat puts before a line, in its formats
// threadtime and time, with a year, microseconds, a zone or a uid if asked:
//
//	11-23 09:01:41.482     0     0 W oom_reaper: reaped process 7868
//	2026-11-23 09:01:41.482 +0000  root     0     0 W         : python3 invoked
//	11-23 09:01:41.482 W/oom_reaper(    0): reaped process 7868
//
// What logd took from the kernel has pid 0: pids are what the socket tells, so
// that no process has it. In the format time, the tag before the pid is the sender's
// choice, and can look like a pid of its own; then the real one stands behind it.
// logd made a tag of the first words before a colon, which is put back. Sources: Android, system/logging, logd/LogKlog.cpp, log;
// liblog/logprint.cpp, android_log_formatLogLine.
func openLogcat(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || len(rec.Msg) < 24 {
		return false
	}
	st, rest, ok := logcatStamp(rec.Msg)
	if !ok {
		return false
	}
	pid, tag, msg, ok := threadtime(rest)
	brief := !ok
	if brief {
		if pid, tag, msg, ok = briefTag(rest); !ok {
			return false
		}
	}
	rec.Stamps.Add(st)
	tag = bytes.TrimRight(tag, " ")
	if pid == 0 && brief && namesProcess(msg) {
		rec.Speaker, rec.Msg = pretender, msg
		return true
	}
	if pid == 0 {
		rec.Speaker, rec.Msg = "kernel", beforeTag(tag, msg)
		return true
	}
	rec.Speaker, rec.PID, rec.Msg = string(tag), pid, msg
	if rec.Speaker == "kernel" {
		rec.Speaker = pretender
	}
	return true
}

// logcatStamp reads "11-23 09:01:41.482", a year before and a zone behind it.
func logcatStamp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if t, loc, step, rest, ok := isoTime(b); ok && loc == nil && step < time.Second && b[10] == ' ' {
		if after, blank := cut(rest, " "); blank && len(after) > 0 && (after[0] == '+' || after[0] == '-') {
			if l, after, ok := zone(after); ok {
				loc, rest = l, after
			}
		}
		return stampIn(t, loc, step), rest, true
	}
	m, ok1 := digits(b, 2)
	if !ok1 || b[2] != '-' || b[5] != ' ' {
		return st, b, false
	}
	day, ok2 := digits(b[3:], 2)
	d, step, rest, ok3 := clockTime(b[6:])
	st, ok4 := yearless(time.Month(m), day, d, step)
	return st, rest, ok2 && ok3 && ok4 && step < time.Second
}

// threadtime reads " 1000  1234  1250 W tag     : text"; the uid may be a name.
func threadtime(b []byte) (pid int, tag, msg []byte, ok bool) {
	var numbers [3]int
	n := 0
	for range 3 {
		word, rest, ok := cutWithin(bytes.TrimLeft(b, " "), 32, " ")
		v, left, isNumber := leadingInt(word)
		isNumber = isNumber && len(left) == 0
		if !ok || !isNumber && n > 0 || !isNumber && !isLogin(word) {
			break
		}
		if isNumber {
			numbers[n] = int(v)
			n++
		}
		b = rest
	}
	b = bytes.TrimLeft(b, " ")
	if n < 2 || len(b) < 3 || !isOneOf(b[0], "VDIWEFS") || b[1] != ' ' {
		return 0, nil, nil, false
	}
	// The tag is padded to eight, and may be empty; the kernel's can hold colons.
	tag, msg, ok = cutWithin(b[2:], 256, ": ")
	if !ok {
		return 0, nil, nil, false
	}
	if n == 2 {
		return numbers[0], tag, msg, true
	}
	return numbers[1], tag, msg, true
}

// isLogin reports whether b can be the name of a user, as which logcat -v uid
// shows a uid: root, u0_a123.
func isLogin(b []byte) bool {
	for _, c := range b {
		if !isLower(c) && c != '_' {
			return false
		}
	}
	return len(b) > 1 && (b[0] < '0' || b[0] > '9')
}

// briefTag reads " W/tag     (    0): text".
func briefTag(b []byte) (pid int, tag, msg []byte, ok bool) {
	b, ok1 := cut(b, " ")
	if !ok1 || len(b) < 6 || !isOneOf(b[0], "VDIWEFS") || b[1] != '/' {
		return 0, nil, nil, false
	}
	head, msg, ok2 := cutWithin(b[2:], 256, "): ")
	open := bytes.LastIndexByte(head, '(')
	if !ok2 || open < 0 {
		return 0, nil, nil, false
	}
	v, left, ok3 := leadingInt(bytes.TrimLeft(head[open+1:], " "))
	return int(v), head[:open], msg, ok3 && len(left) == 0
}

// namesProcess reports whether another pid than 0 stands somewhere in b as it
// stands behind a tag, five wide at least: "( 1234):".
func namesProcess(b []byte) bool {
	for {
		head, rest, ok := bytes.Cut(b, []byte("):"))
		if !ok {
			return false
		}
		number := bytes.TrimRight(head, "0123456789")
		digits := head[len(number):]
		open := bytes.TrimRight(number, " ")
		if len(head)-len(open) >= 5 && len(open) > 0 && open[len(open)-1] == '(' && len(bytes.TrimLeft(digits, "0")) > 0 {
			return true
		}
		b = rest
	}
}

// beforeTag puts a tag of logd's before its message again. The blank behind the
// colon is gone: the kernel writes none before a number or "constraint=", but for
// a list's.
func beforeTag(tag, msg []byte) []byte {
	if len(tag) == 0 {
		return msg
	}
	sep := ": "
	digit := len(msg) > 0 && msg[0] >= '0' && msg[0] <= '9'
	if digit && tag[len(tag)-1] != ']' || string(tag) == "oom-kill" {
		sep = ":"
	}
	out := make([]byte, 0, len(tag)+len(sep)+len(msg))
	return append(append(append(out, tag...), sep...), msg...)
}
