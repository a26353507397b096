package envelope

import (
	"bytes"
	"slices"
	"time"

	"oomtrace/parsers/event"
)

// openDmesg takes off what dmesg, the console and busybox put before a kernel's
// line: a priority, facility and level, a stamp in one of dmesg's forms, a
// caller.
//
//	<4>[ 7868.482562] text
//	kern  :warn  : [Mon Nov 23 09:01:41 2026] text
//	[ 7868.482562 <   31.490141>] text
//	2026-11-23T09:01:41,482562+00:00 text
//	[ 7868.482562][ T14628] text
//
// A line without a stamp fits only with facility and level, as dmesg -x prints
// them. Within another envelope openPrintk is meant. Sources:
// kernel/printk/printk.c, print_prefix; util-linux sys-utils/dmesg.c.
func openDmesg(rec *event.Record) bool {
	if rec.Shape != "" {
		return openPrintk(rec)
	}
	if rec.Speaker != "" {
		return false
	}
	prio, b := priority(rec.Msg)
	facility, b, decoded := decoded(b)
	b, stamped := takeStamp(&rec.Stamps, b)
	if !stamped && !decoded {
		return false
	}
	if isJournals(b) {
		rec.Stamps = event.Stamps{}
		return false
	}
	rec.Caller, b = caller(b)
	rec.Msg = unescape(b, true)
	byFacility(rec, max(prio>>3, facility))
	return true
}

// isJournals reports whether text behind a stamp begins with the kernel's tag, as
// journalctl -o short-monotonic --no-hostname prints it and dmesg never does.
func isJournals(text []byte) bool { return bytes.HasPrefix(text, []byte("kernel: ")) }

// openPrintk takes off the stamp that the kernel itself writes, where another
// envelope stood before it: behind the tag "kernel" of a syslog line (imklog to
// 8.2310, klogd), or behind the time that somebody put before each line of a
// console, who then received it late. A caller can stand alone where imklog took
// the stamp off. In other records brackets are the text's own: a comm, a row of
// the task table.
func openPrintk(rec *event.Record) bool {
	switch rec.Shape {
	case "syslog", "rfc5424", "app", "logread", "kernel-json", learnedName, taggedName:
	default:
		return false
	}
	byKernel := rec.Speaker == "kernel"
	if !byKernel && (rec.Speaker != "" || isFine(rec.Stamps[0])) {
		return false
	}
	_, b := priority(rec.Msg) // of an old klogd
	st, b, stamped := printkStamp(b)
	who, b := caller(b)
	if !stamped && (who == "" || !byKernel) {
		return false
	}
	if stamped {
		rec.Stamps.Add(st)
	}
	if !byKernel {
		rec.Stamps[0].Late = true
	}
	rec.Speaker, rec.Caller, rec.Msg = "kernel", who, b
	return true
}

// printkStamp reads "[ 7868.482562] ".
func printkStamp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	body, rest, ok := bracket(b)
	if !ok {
		return st, b, false
	}
	st, more, ok := printk(body)
	if !ok || len(more) > 0 {
		return st, b, false
	}
	return st, rest, true
}

// isPrintk reports whether b begins with the kernel's own stamp.
func isPrintk(b []byte) bool {
	_, _, ok := printkStamp(b)
	return ok
}

// priority reads "<4>", facility times eight and level. It is -1 if there is none.
func priority(b []byte) (prio int, rest []byte) {
	if len(b) > 2 && b[0] == '<' {
		if n, rest, ok := leadingInt(b[1:min(len(b), 6)]); ok && len(rest) > 0 && rest[0] == '>' && n < 192 {
			return int(n), b[bytes.IndexByte(b, '>')+1:]
		}
	}
	return -1, b
}

// Unranked returns a message without the priority in front, "<4>", which the
// console of a kernel without stamps leaves there.
func Unranked(msg []byte) []byte {
	_, rest := priority(msg)
	return rest
}

// decoded reads dmesg -x's "kern  :warn  : "; facility is the kernel's number of it.
func decoded(b []byte) (facility int, rest []byte, ok bool) {
	if len(b) == 0 || b[0] < 'a' || b[0] > 'z' {
		return 0, b, false
	}
	f, rest, ok1 := cutWithin(b, 16, ":")
	level, rest, ok2 := cutWithin(rest, 16, ": ")
	facility = slices.Index(facilities, string(bytes.TrimRight(f, " ")))
	if !ok1 || !ok2 || facility < 0 || !known(levels, bytes.TrimRight(level, " ")) {
		return 0, b, false
	}
	return facility, rest, true
}

// The names that dmesg -x and busybox' syslogd use; a facility's index is its number.
var (
	facilities = []string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news",
		"uucp", "cron", "authpriv", "ftp", "res0", "res1", "res2", "res3",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
	levels = []string{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"}
)

// takeStamp adds the stamp that b begins with, in whichever of dmesg's forms it is.
func takeStamp(to *event.Stamps, b []byte) (rest []byte, ok bool) {
	if since, rest, ok := usualStamp(b); ok {
		to.Add(event.Stamp{Clock: event.Monotonic, Since: since, Step: time.Microsecond})
		return rest, true
	}
	st, rest, ok := dmesgStamp(b)
	if ok {
		to.Add(st)
	}
	return rest, ok
}

// dmesgStamp reads a stamp in any of dmesg's forms.
func dmesgStamp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	body, rest, ok := bracket(b)
	if !ok {
		return dmesgISO(b)
	}
	if st, ok = bracketStamp(body); !ok || st.Early && apacheLevel(rest) {
		return st, b, false
	}
	return st, rest, true
}

// usualStamp reads the stamp of nearly every line, "[ 7868.482562] ". What is
// not like it is left to dmesgStamp, which reads this one too.
func usualStamp(b []byte) (since time.Duration, rest []byte, ok bool) {
	const point, end = 6, 13 // in "[12345.678901]"
	if len(b) < end+2 || b[0] != '[' || b[point] != '.' || b[end] != ']' || b[end+1] != ' ' {
		return 0, b, false
	}
	first := 1
	for b[first] == ' ' {
		first++
	}
	us, odd := int64(0), first >= point
	for _, part := range [2][]byte{b[min(first, point):point], b[point+1 : end]} {
		for _, c := range part {
			us, odd = us*10+int64(c-'0'), odd || c-'0' > 9
		}
	}
	return time.Duration(us) * time.Microsecond, b[end+2:], !odd
}

// bracket cuts "[...] " off the start of b.
func bracket(b []byte) (body, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != '[' {
		return nil, b, false
	}
	if body, rest, ok = cutWithin(b[1:], 48, "]"); !ok {
		return nil, b, false
	}
	return body, bytes.TrimPrefix(rest, []byte(" ")), true
}

func bracketStamp(body []byte) (st event.Stamp, ok bool) {
	if st, more, ok := printk(body); ok {
		return st, len(more) == 0 || inAngles(more) || ofVendor(more)
	}
	switch {
	case len(body) < 8:
		return st, false
	case body[0] == '<' && body[len(body)-1] == '>':
		return delta(body[1 : len(body)-1])
	case body[0] == ' ' && bytes.ContainsAny(body, "+-"):
		return delta(body)
	}
	if st, rest, ok := ctime(body); ok {
		st.Early = true
		return st, st.Step == time.Second && (len(rest) == 0 || inAngles(rest))
	}
	return minuteStamp(body)
}

// printk reads the kernel's "%5lu.%06lu", seconds since boot.
func printk(b []byte) (st event.Stamp, rest []byte, ok bool) {
	number := bytes.TrimLeft(b, " ")
	d, step, rest, ok := seconds(number)
	width := bytes.IndexByte(b, '.')
	if !ok || step != time.Microsecond || width < 5 || width > 5 && len(number) != len(b) {
		return st, b, false
	}
	return event.Stamp{Clock: event.Monotonic, Since: d, Step: step}, rest, true
}

// inAngles reports whether b is the delta that dmesg -d adds, " <   31.490141>".
func inAngles(b []byte) bool {
	if len(b) < 4 || b[0] != ' ' || b[1] != '<' || b[len(b)-1] != '>' {
		return false
	}
	_, ok := delta(b[2 : len(b)-1])
	return ok
}

// delta reads the seconds since the line before: "  +0.000658" of reltime,
// "   31.490141" of delta. They are negative where two CPUs' records crossed.
func delta(b []byte) (st event.Stamp, ok bool) {
	b = bytes.TrimLeft(b, " ")
	negative := len(b) > 0 && b[0] == '-'
	if negative || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	d, step, rest, ok := seconds(b)
	if negative {
		d = -d
	}
	return event.Stamp{Clock: event.Relative, Since: d, Step: step}, ok && len(rest) == 0 && step == time.Microsecond
}

// minuteStamp reads reltime's "Nov23 09:01", which stands at each new minute.
func minuteStamp(b []byte) (st event.Stamp, ok bool) {
	m, day, rest, ok1 := monthDay(b)
	if !ok1 || len(rest) != 6 || rest[0] != ' ' || rest[3] != ':' {
		return st, false
	}
	h, ok2 := digits(rest[1:], 2)
	minute, ok3 := digits(rest[4:], 2)
	st, ok4 := yearless(m, day, time.Duration(h)*time.Hour+time.Duration(minute)*time.Minute, time.Minute)
	return st, ok2 && ok3 && ok4 && h < 24 && minute < 60
}

// dmesgISO reads "2026-11-23T09:01:41,482562+00:00 ": the comma is dmesg's own.
// dmesg takes the fraction of the boot time off, so it is up to a second early.
func dmesgISO(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if len(b) < 27 || b[19] != ',' {
		return st, b, false
	}
	t, loc, step, rest, ok := isoTime(b)
	if !ok || loc == nil || step != time.Microsecond || len(rest) > 0 && rest[0] != ' ' {
		return st, b, false
	}
	return event.Stamp{Clock: event.Wall, Wall: in(t, loc), Step: step, Early: true}, bytes.TrimPrefix(rest, []byte(" ")), true
}

// apacheLevel reports whether b goes on as a line of Apache httpd 2.2, whose
// stamp is dmesg -T's: "[error] ", "[notice] ".
func apacheLevel(b []byte) bool {
	level, _, ok := bracket(b)
	return ok && (known(levels, level) || string(level) == "error")
}

// caller reads "[ T1234] " or "[    C0] ", kernels with CONFIG_PRINTK_CALLER.
func caller(b []byte) (who string, rest []byte) {
	body, rest, ok := bracket(b)
	id := bytes.TrimLeft(body, " ")
	if !ok || len(body) < 6 || len(id) < 2 || id[0] != 'T' && id[0] != 'C' {
		return "", b
	}
	if _, left, ok := leadingInt(id[1:]); !ok || len(left) > 0 {
		return "", b
	}
	return string(id), rest
}
