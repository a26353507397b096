package envelope

import (
	"bytes"
	"time"

	"oomtrace/parsers/event"
)

// openKmsg takes off the head of a /dev/kmsg record:
//
//	4,6375,7868482562,-;python3 invoked oom-killer: ...
//	4,6375,7868482562,-,caller=T14628;python3 invoked oom-killer: ...
//	6.4.0,4,6375,7868482562,-;python3 invoked oom-killer: ...         netconsole, with the release
//
// The first number is facility times eight and level, the third microseconds
// since boot. In the text every byte below 0x20, above 0x7e and the backslash
// is written \xNN. Source: kernel/printk/printk.c, info_print_ext_header,
// msg_print_ext_body.
func openKmsg(rec *event.Record) bool {
	head, text, ok := cutWithin(rec.Msg, 128, ";")
	if !ok || rec.Speaker != "" {
		return false
	}
	if release, rest, ok := bytes.Cut(head, []byte(",")); ok && isRelease(release) {
		head = rest
	}
	prio, rest, ok1 := leadingInt(head)
	rest, ok2 := cut(rest, ",")
	_, rest, ok3 := leadingInt(rest)
	rest, ok4 := cut(rest, ",")
	us, rest, ok5 := leadingInt(rest)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || us > maxSeconds*1e6 || !isFlag(rest) {
		return false
	}
	if _, caller, ok := bytes.Cut(rest, []byte(",caller=")); ok {
		caller, _, _ = bytes.Cut(caller, []byte(","))
		rec.Caller = string(caller)
	}
	rec.Stamps.Add(event.Stamp{Clock: event.Monotonic, Since: time.Duration(us) * time.Microsecond, Step: time.Microsecond})
	rec.Msg = unescape(text, false)
	byFacility(rec, int(prio>>3))
	return true
}

// isRelease reports whether b can be a kernel's release, "6.4.0-1-amd64". What
// stands before another one's text, a host's name or a time, is none.
func isRelease(b []byte) bool {
	for _, c := range b {
		if !isLower(c|0x20) && c != '.' && c != '-' && c != '_' && c != '+' && c != '~' {
			return false
		}
	}
	_, rest, ok := leadingInt(b)
	return ok && len(rest) > 0 && rest[0] == '.'
}

// isFlag reports whether b goes on with a record's flag: whole, or from before
// 5.10 a first fragment or a following one.
func isFlag(b []byte) bool {
	return len(b) > 1 && b[0] == ',' && (b[1] == '-' || b[1] == 'c' || b[1] == '+') && (len(b) == 2 || b[2] == ',')
}

// byFacility says who wrote a record of the kernel's buffer. Facility 0 is the
// kernel itself; what a process wrote into /dev/kmsg has another one and begins
// by custom with the process' name: "systemd[1]: text".
func byFacility(rec *event.Record, facility int) {
	if facility == 0 {
		rec.Speaker = "kernel"
		return
	}
	head, msg, ok := cutWithin(rec.Msg, 128, ": ")
	if name, pid, named := tagAndPID(head); ok && named && name != "kernel" {
		rec.Speaker, rec.PID, rec.Msg = name, pid, msg
	}
}

// unescape turns \xNN into its byte. With odd, only those are turned that
// dmesg writes so, bytes that cannot be printed: a backslash of the text's own
// stays as it is there.
func unescape(text []byte, odd bool) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if c, ok := hexEscape(text[i:]); ok && (!odd || c < 0x20 || c >= 0x7f) {
			out = append(out, c)
			i += 3
			continue
		}
		out = append(out, text[i])
	}
	return out
}

func hexEscape(b []byte) (c byte, ok bool) {
	if len(b) < 4 || b[0] != '\\' || b[1] != 'x' {
		return 0, false
	}
	hi, ok1 := hexDigit(b[2])
	lo, ok2 := hexDigit(b[3])
	return hi<<4 | lo, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
