package envelope

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// openSyslog takes off the head of a line in a syslog file or of journalctl's
// short outputs, which differ in the stamp alone:
//
//	Nov 23 08:50:51 host kernel: text                        traditional, -o short
//	Nov 23 08:50:51 host kern.warn kernel: text              busybox
//	Nov 23 15:02:10.769384 host kubelet[9123]: text          short-precise
//	2026-11-23T08:50:51.276373+00:00 host kernel: text       RFC 3339, short-iso(-precise)
//	Wed 2026-11-18 06:06:40 EST host kernel: text            short-full, with-unit
//	1795000000.000000 host kernel: text                      short-unix
//	Nov 23 08:50:51 host kernel:[ 7868.482562] text          templates without sp-if-no-1st-sp
//
// A priority "<4>" may stand before it, and an octet count before that. The
// stamp of a kernel's line is of when it was received. Without a host the tag
// comes first (--no-hostname). A tag "kernel" is a claim that any process can
// make (logger -t kernel): a pid, which the kernel has none of, or another
// facility than the kernel's, where one is written, gives it away. LearnKlogd
// knows a file in which the kernel's are user's.
func openSyslog(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	prio, b := priority(octetCount(rec.Msg))
	st, rest, ok := syslogStamp(b)
	if !ok {
		return false
	}
	h, ok := syslogHead(rest)
	if !ok || !h.believed(b) {
		return false
	}
	st.Late = h.tag == "kernel"
	rec.Stamps.Add(st)
	rec.Host, rec.Speaker, rec.PID, rec.Msg = h.host, h.speaker(), h.pid, unescapeOctal(h.msg)
	if isFull(b) {
		byUnit(rec)
	}
	facility := max(prio>>3, slices.Index(facilities, h.facility), 0)
	if rec.Speaker == "kernel" {
		rec.Speaker = kernelAs(facility, h.msg)
	}
	return true
}

const (
	// pretender is who speaks in a record that says it is the kernel's and is not.
	pretender = "claims to be kernel"
	// klogd is who speaks in one of which a klogd without a facility may say so.
	klogd = "claims to be kernel, by klogd"
)

// kernelAs returns who speaks in a record of the tag "kernel", without a pid, and
// of a facility.
func kernelAs(facility int, msg []byte) string {
	switch {
	case facility == 0:
		return "kernel"
	case facility == 1 && isPrintk(msg):
		return klogd
	}
	return pretender
}

// octetCount passes over "123 ", what RFC 6587 puts before each message on TCP.
func octetCount(b []byte) []byte {
	if n, rest, ok := leadingInt(b[:min(len(b), 8)]); ok && n > 0 && len(rest) > 1 && rest[0] == ' ' && rest[1] == '<' {
		return b[bytes.IndexByte(b, '<'):]
	}
	return b
}

// believed reports whether what looks like a head is one, and not the beginning
// of an application's line: behind a date as in RFC 3339 without host and pid, or
// with a blank between date and time, only the tag "kernel" is.
func (h *head) believed(b []byte) bool {
	iso := b[4] == '-'
	return h.tag == "kernel" || !iso || (h.host != "" || h.pid > 0) && b[10] != ' '
}

// syslogStamp reads a stamp and the blank behind it. Syslog's and the journal's
// have microseconds at most.
func syslogStamp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if len(b) < 16 {
		return st, b, false
	}
	switch {
	case b[4] == '-':
		st, rest, ok = isoStamp(b)
	case isFull(b):
		st, rest, ok = fullStamp(b[4:])
	case b[0] >= '0' && b[0] <= '9':
		st, rest, ok = unixStamp(b)
	default:
		st, rest, ok = traditionalStamp(b)
	}
	after, blank := cut(rest, " ")
	if !ok || !blank || st.Step < time.Microsecond {
		return st, b, false
	}
	return st, after, true
}

// isFull reports whether b begins as journalctl's short-full and with-unit do.
func isFull(b []byte) bool { return len(b) > 8 && b[3] == ' ' && b[8] == '-' && isWeekday(b[:3]) }

// byUnit says who speaks where journalctl -o with-unit put a unit in the place of
// the identifier, and behind it that of a user: "user@1000.service/app.service".
// A service is called after its program, as a rule; process 1 is of init.scope.
// Source: systemd, src/shared/logs-show.c, output_short.
func byUnit(rec *event.Record) {
	unit := rec.Speaker[strings.LastIndexByte(rec.Speaker, '/')+1:]
	for _, kind := range [...]string{".service", ".scope", ".slice", ".socket", ".mount", ".swap"} {
		if name, ok := strings.CutSuffix(unit, kind); ok && name != "" {
			if rec.Unit, rec.Speaker = unit, name; unit == "init.scope" {
				rec.Speaker = "systemd"
			}
			return
		}
	}
}

// traditionalStamp reads "Nov  3 08:50:51": neither year nor zone.
func traditionalStamp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	m, day, rest, ok1 := monthDay(b)
	rest, ok2 := cut(rest, " ")
	d, step, rest, ok3 := clockTime(rest)
	st, ok4 := yearless(m, day, d, step)
	return st, rest, ok1 && ok2 && ok3 && ok4
}

// isoStamp reads RFC 3339. A comma before the fraction is dmesg's.
func isoStamp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if len(b) > 19 && b[19] == ',' {
		return st, b, false
	}
	return isoTimeOf(b)
}

// fullStamp reads short-full's stamp behind the weekday: date, time and the
// zone's name.
func fullStamp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	t, loc, step, rest, ok1 := isoTime(b)
	rest, ok2 := cut(rest, " ")
	if !ok1 || !ok2 || loc != nil {
		return st, b, false
	}
	loc, rest = zoneName(rest)
	return stampIn(t, loc, step), rest, true
}

// unixStamp reads seconds since 1970 with six digits behind the point.
func unixStamp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	d, step, rest, ok := seconds(b)
	if !ok || d < 1e17 || step != time.Microsecond {
		return st, b, false
	}
	return event.Stamp{Clock: event.Wall, Wall: time.Unix(0, int64(d)).UTC(), Step: step}, rest, true
}

// A head is what a syslog line says between its stamp and its message.
type head struct {
	host, tag string
	facility  string // as busybox writes it before the tag
	pid       int
	msg       []byte
}

// speaker returns who the head says speaks. The kernel has no pid.
func (h *head) speaker() string {
	if h.tag == "kernel" && h.pid > 0 {
		return pretender
	}
	return h.tag
}

// maxHead bounds how far a line is searched for its tag's end, in bytes.
// journalctl leaves out host, identifier and pid from 300 bytes on, but with -a.
const maxHead = 600

// syslogHead reads "host tag[pid]: " or "tag[pid]: ". An identifier of the
// journal's may hold blanks, and then has a pid.
func syslogHead(b []byte) (h head, ok bool) {
	if msg, ok := cut(b, kernelTag); ok && isPrintk(msg) {
		return head{tag: "kernel", msg: msg}, true
	}
	first, rest, ok := cutWithin(b, 256, " ")
	if !ok && len(b) < 256 {
		first = b // "kernel:" and no message
	}
	if n := len(first); n > 1 && first[n-1] == ':' {
		h.msg = rest
		h.tag, h.pid, ok = tagAndPID(first[:n-1])
		return h, ok
	}
	if !ok || !isHost(first) {
		return h, false
	}
	if msg, ok := cut(rest, kernelTag); ok && isPrintk(msg) {
		return head{host: string(first), tag: "kernel", msg: msg}, true
	}
	tag, msg, ok := tagEnd(rest)
	if word, more, ok := cutWithin(tag, 24, " "); ok && isPriority(word) {
		facility, _, _ := bytes.Cut(word, []byte("."))
		h.facility, tag = string(facility), more
	}
	if ok {
		h.host, h.msg = string(first), msg
		h.tag, h.pid, ok = tagAndPID(tag)
	}
	return h, ok
}

// tagEnd cuts b behind its tag, at the first colon that a blank or the end of
// the line follows.
func tagEnd(b []byte) (tag, msg []byte, ok bool) {
	if tag, msg, ok = cutWithin(b, maxHead, ": "); ok {
		return tag, msg, true
	}
	if n := len(b); n > 0 && n < maxHead && b[n-1] == ':' {
		return b[:n-1], nil, true
	}
	return nil, nil, false
}

// tagAndPID reads "tag" or "tag[123]". A level is an application's own word.
func tagAndPID(b []byte) (tag string, pid int, ok bool) {
	name, number, found := bytes.Cut(b, []byte("["))
	if found {
		n, rest, ok := leadingInt(number)
		if !ok || string(rest) != "]" {
			return "", 0, false
		}
		pid = int(n)
	}
	if len(name) == 0 || !found && (bytes.IndexByte(name, ' ') >= 0 || isLevel(name)) {
		return "", 0, false
	}
	return string(name), pid, true
}

// isHost reports whether b can be a host's name. A log level in its place is an
// application's own line.
func isHost(b []byte) bool {
	for _, c := range b {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' && c != ':' {
			return false
		}
	}
	return len(b) > 0 && !isLevel(b)
}

// appLevels are what application loggers call their levels, in capitals or not.
var appLevels = []string{"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "ERR", "CRITICAL", "CRIT", "FATAL", "LOG"}

func isLevel(b []byte) bool {
	for _, l := range appLevels {
		if len(b) == len(l) && bytes.EqualFold(b, []byte(l)) {
			return true
		}
	}
	return false
}

// isPriority reports whether b is busybox's "kern.warn".
func isPriority(b []byte) bool {
	f, l, ok := bytes.Cut(b, []byte("."))
	return ok && known(facilities, f) && known(levels, l)
}

// unescapeOctal turns rsyslog's #012 into the byte it stands for, where that is
// a control character. The same text written by hand looks alike.
func unescapeOctal(b []byte) []byte {
	if bytes.IndexByte(b, '#') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if c, ok := octalEscape(b[i:]); ok {
			out = append(out, c)
			i += 3
			continue
		}
		out = append(out, b[i])
	}
	return out
}

func octalEscape(b []byte) (c byte, ok bool) {
	if len(b) < 4 || b[0] != '#' || b[1] > '1' {
		return 0, false
	}
	for _, d := range b[1:4] {
		if d < '0' || d > '7' {
			return 0, false
		}
		c = c<<3 | (d - '0')
	}
	return c, c < 0x20 || c == 0x7f
}
