package envelope

import (
	"bytes"
	"time"

	"oomtrace/parsers/event"
)

// openConsole takes off the time that a terminal program, a serial console server
// or ts(1) put before each line of a kernel's console, where the kernel's own
// stamp stands behind it:
//
//	[2026-11-23 09:01:41.482] [ 7868.482562] text       minicom, tio
//	[Mon Nov 23 09:01:41.482 2026] [ 7868.482562] text  Tera Term
//	2026-11-23T09:01:41.482Z <4>[ 7868.482562] text     a console server
//	[09:01:41:482] [ 7868.482562] text                  RealTerm, CoolTerm
//	09:01:41.482 > [ 7868.482562] text                  others
//	[7870.123456 0.000012] [ 7868.482562] text          grabserial
//	2026-11-23 09:01:41 4,1234,7868482562,-;text        a receiver of netconsole
//
// That line was received late. Only the kernel's stamp makes the line the
// kernel's, as in a file without the other one. The traditional time of ts, "Nov
// 23 09:01:41", is syslog's, behind which a process without a tag can write such a
// stamp: Learn knows a file of it. A time finer than a microsecond is what container
// runtimes put before what a container wrote.
func openConsole(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || len(rec.Msg) < 20 {
		return false
	}
	if !hasOwnStamp(rec.Msg) {
		return false
	}
	st, rest, ok := receivedAt(rec.Msg)
	inner := event.Record{Msg: behindMark(rest)}
	if !ok || isFine(st) || !isStamped(inner.Msg) || !openKmsg(&inner) && !openDmesg(&inner) {
		return false
	}
	st.Late = inner.Speaker == "kernel"
	if st.Clock != event.None {
		rec.Stamps.Add(st)
	}
	rec.Stamps.Add(inner.Stamps.Outer())
	rec.Speaker, rec.Caller, rec.PID, rec.Msg = inner.Speaker, inner.Caller, inner.PID, inner.Msg
	return true
}

// hasOwnStamp says cheaply that a line does not have the kernel's stamp behind
// another one: most lines do not.
func hasOwnStamp(b []byte) bool {
	near := b[:min(len(b), 96)]
	for i := 8; i < len(near); i++ {
		if near[i] == ';' || near[i] == '[' && isPrintk(b[i:]) {
			return true
		}
	}
	return false
}

// isStamped reports whether b begins with the kernel's own stamp, in brackets or
// as in /dev/kmsg, behind a level or not.
func isStamped(b []byte) bool {
	_, bare := priority(b)
	if isPrintk(bare) {
		return true
	}
	rec := event.Record{Msg: b}
	return len(b) > 0 && b[0] >= '0' && b[0] <= '9' && openKmsg(&rec)
}

// isFine reports whether a stamp has more digits than anybody gives the time at
// which a console's line was received, but kubectl logs --timestamps and docker logs
// -t give all lines.
func isFine(st event.Stamp) bool { return st.Clock != event.None && st.Step < time.Microsecond }

// behindMark passes over blanks and the mark between a time and a line.
func behindMark(b []byte) []byte {
	b = bytes.TrimLeft(b, " \t")
	for i := 0; i < 2 && len(b) > 1 && isOneOf(b[0], ">|:-;,"); i++ {
		b = bytes.TrimLeft(b[1:], " \t")
	}
	return b
}

// receivedAt reads the time of the reception. grabserial's, of whose two numbers
// the first counts from its own start, says nothing: its stamp has the clock None.
func receivedAt(b []byte) (st event.Stamp, rest []byte, ok bool) {
	inner, bracketed := cut(b, "[")
	for _, read := range []func([]byte) (event.Stamp, []byte, bool){dashedTime, slashedTime, dottedTime, ctime, clockWithColon, clockOfApp} {
		if st, rest, ok = read(inner); ok {
			break
		}
	}
	if !ok && bracketed {
		_, _, rest, ok = seconds(inner)
		var ok2 bool
		rest, blank := cut(rest, " ")
		_, _, rest, ok2 = seconds(rest)
		end, closed := cut(rest, "]")
		return event.Stamp{}, end, ok && ok2 && blank && closed
	}
	if bracketed {
		rest, ok = cut(rest, "]")
	} else if len(rest) > 0 && !isOneOf(rest[0], " \t>|:;,") {
		ok = false
	}
	return st, rest, ok
}

// clockWithColon reads "09:01:41:482", milliseconds behind a colon.
func clockWithColon(b []byte) (st event.Stamp, rest []byte, ok bool) {
	d, step, rest, ok := clockTime(b)
	after, colon := cut(rest, ":")
	ms, ok2 := digits(after, 3)
	if !ok || !colon || !ok2 || step != time.Second {
		return st, b, false
	}
	day, _ := dayOf(0, time.January, 1)
	return event.Stamp{Clock: event.Dayless, Wall: day.Add(d + time.Duration(ms)*time.Millisecond), Step: time.Millisecond}, after[3:], true
}
