package envelope

import (
	"bytes"
	"time"

	"oomtrace/parsers/event"
)

// openApp takes off the time that an application's logger puts at the start of
// a line, in brackets or not, behind a level or not. Only a zone that is written
// counts:
//
//	[2026-11-23 09:01:31,297] [PID 1] text          Python, Dramatiq
//	[2026-11-23 08:47:35,503: INFO/MainProcess] x   Celery
//	[2026-11-23 08:47:46 +0000] [1] [INFO] text     gunicorn
//	[W 2026-11-23 13:34:52.506 NotebookApp] text    Jupyter
//	2026-11-23 08:48:45.200 UTC [27963] LOG:  text  PostgreSQL
//	2026/11/23 09:28:54 [notice] 1#1: text          nginx
//	[23-Nov-2026 08:48:41] NOTICE: text             PHP-FPM
//	Mon Nov 23 08:48:03 2026 - text                 uWSGI
//	I, [2026-11-23T14:00:34.445220 #22237]  INFO    Ruby
//	INFO  2026-11-23T13:34:52.506Z pid=7 tid=x      Sidekiq
//	time=2026-11-23T14:00:34.338Z level=INFO msg=x  logfmt
//	08:47:59 text                                   RQ
//
// What stands in the brackets behind the time stays with the message. Lines of
// Redis keep the pid that stands before the time, and so are left whole.
func openApp(rec *event.Record) bool {
	if rec.Speaker == "kernel" {
		return false
	}
	if st, ok := redisTime(rec.Msg); ok {
		rec.Stamps.Add(st)
		return true
	}
	b, bracketed := appHead(rec.Msg)
	st, rest, ok := appTime(b)
	if !ok {
		return false
	}
	if bracketed {
		rest = bytes.TrimPrefix(rest, []byte("]"))
	}
	if len(rest) > 0 && !isOneOf(rest[0], " :\t[,;|") {
		return false
	}
	rec.Stamps.Add(st)
	rec.Msg = bytes.TrimLeft(rest, " :\t")
	return true
}

func isOneOf(c byte, set string) bool { return bytes.IndexByte([]byte(set), c) >= 0 }

// appHead passes over what can stand before the time: blanks, Ruby's severity
// letter, a level, logfmt's key, a bracket with Jupyter's letter or without,
// Resque's stars.
func appHead(b []byte) (rest []byte, bracketed bool) {
	b = bytes.TrimLeft(b, " ")
	b = bytes.TrimPrefix(b, []byte("** "))
	if len(b) > 3 && isOneOf(b[0], "DIWEFA") && b[1] == ',' && b[2] == ' ' {
		b = b[3:]
	} else {
		b = behindLevel(b)
	}
	for _, key := range []string{`time="`, "time=", "ts=", "t="} {
		if rest, ok := cut(b, key); ok {
			return rest, false
		}
	}
	b, bracketed = cut(b, "[")
	if bracketed {
		b = bytes.TrimLeft(b, " ")
		if len(b) > 2 && isOneOf(b[0], "DIWECFN") && b[1] == ' ' {
			b = b[2:]
		}
	}
	return b, bracketed
}

// behindLevel passes over "INFO  " and "[INFO] " where a digit or a bracket follows.
func behindLevel(b []byte) []byte {
	word, rest, ok := cutWithin(b, 16, " ")
	rest = bytes.TrimLeft(rest, " ")
	if !ok || len(rest) == 0 || !isOneOf(rest[0], "[0123456789") {
		return b
	}
	if isLevel(bytes.TrimSuffix(bytes.TrimPrefix(word, []byte("[")), []byte("]"))) {
		return rest
	}
	return b
}

// appTime reads a time in any of the forms that loggers use.
func appTime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if len(b) < 8 {
		return st, b, false
	}
	for _, read := range appTimes {
		if st, rest, ok = read(b); ok {
			return st, rest, true
		}
	}
	return event.Stamp{}, b, false
}

// appTimes are the forms, with a date before those without.
var appTimes = []func([]byte) (event.Stamp, []byte, bool){
	printedTime, dashedTime, slashedTime, dottedTime, ctimeOfApp, commandTime, phpTime, sparkTime, mysqldTime, clockOfApp,
}

// printedTime reads a time as Go prints it, which podman's messages begin with.
func printedTime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	st, rest, ok = goTime(b)
	if !ok {
		return st, b, false
	}
	return st, b[len(b)-len(rest)-1:], true // with its blank
}

// dashedTime reads "2026-11-23 08:47:35,503", with a T, with a zone, with
// Airflow's comma behind the date.
func dashedTime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	t, loc, step, rest, ok := isoTime(b)
	if day, after, dated := date(b, '-'); !ok && dated {
		after, comma := cut(after, ", ")
		var d time.Duration
		d, step, rest, ok = clockTime(after)
		t, ok = day.Add(d), ok && comma
	}
	if !ok {
		return st, b, false
	}
	if loc == nil {
		loc, rest = spacedZone(rest)
	}
	return stampIn(t, loc, step), bytes.TrimPrefix(rest, []byte(`"`)), true
}

// slashedTime reads "2026/11/23 09:28:54" of nginx and Go.
func slashedTime(b []byte) (st event.Stamp, rest []byte, ok bool) { return dayAndClock(b, '/') }

// dottedTime reads "2026.11.23 13:44:21.043123" of ClickHouse.
func dottedTime(b []byte) (st event.Stamp, rest []byte, ok bool) { return dayAndClock(b, '.') }

func dayAndClock(b []byte, sep byte) (st event.Stamp, rest []byte, ok bool) {
	day, rest, ok1 := date(b, sep)
	rest, ok2 := cut(rest, " ")
	d, step, rest, ok3 := clockTime(rest)
	return stampIn(day.Add(d), nil, step), rest, ok1 && ok2 && ok3
}

// ctimeOfApp reads "Mon Nov 23 08:48:03 2026" of uWSGI, with a fraction of Apache.
func ctimeOfApp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	st, rest, ok = ctime(b)
	return st, bytes.TrimPrefix(rest, []byte(" -")), ok
}

// commandTime reads "Mon Nov 23 09:01:41 UTC 2026" of date(1), which scripts log.
func commandTime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if len(b) < 28 || !isWeekday(b[:3]) || b[3] != ' ' || b[19] != ' ' {
		return st, b, false
	}
	m, day, rest, ok1 := monthDay(b[4:])
	rest, ok2 := cut(rest, " ")
	d, step, rest, ok3 := clockTime(rest)
	rest, ok4 := cut(rest, " ")
	name, rest, ok5 := cutWithin(rest, 6, " ")
	date, rest, ok6 := behindYear(rest, m, day)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !isZoneName(name) {
		return st, b, false
	}
	loc, _ := zoneName(name)
	return stampIn(date.Add(d), loc, step), rest, true
}

// phpTime reads "23-Nov-2026 08:48:41" and the zone that php's own error log adds.
func phpTime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	day, ok1 := digits(b, 2)
	if !ok1 || len(b) < 20 || b[2] != '-' {
		return st, b, false
	}
	m, rest, ok2 := month(b[3:])
	rest, ok3 := cut(rest, "-")
	date, rest, ok4 := behindYear(rest, m, day)
	rest, ok5 := cut(rest, " ")
	d, step, rest, ok6 := clockTime(rest)
	loc, rest := spacedZone(rest)
	if loc == nil {
		rest = behindCity(rest)
	}
	return stampIn(date.Add(d), loc, step), rest, ok2 && ok3 && ok4 && ok5 && ok6
}

// behindCity passes over " Europe/Berlin", which says what the zone is to whoever
// has the tables of that year.
func behindCity(b []byte) []byte {
	if end := bytes.IndexByte(b[:min(len(b), 40)], ']'); end > 0 && b[0] == ' ' && bytes.IndexByte(b[:end], '/') > 0 {
		return b[end:]
	}
	return b
}

// sparkTime reads "26/11/23 14:00:34", year first, where log4j's level follows.
func sparkTime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if len(b) < 19 || b[2] != '/' || b[5] != '/' || b[8] != ' ' {
		return st, b, false
	}
	date, ok1 := shortDate(b[:2], b[3:5], b[6:8])
	d, step, rest, ok2 := clockTime(b[9:])
	after, ok3 := cut(rest, " ")
	level, _, ok4 := cutWithin(after, 8, " ")
	if !ok1 || !ok2 || !ok3 || !ok4 || !isLevel(level) {
		return st, b, false
	}
	return stampIn(date.Add(d), nil, step), rest, true
}

// mysqldTime reads "261123 13:44:08", where mysqld_safe or the server's "[Note]"
// follows. The hour can be padded with a blank.
func mysqldTime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if len(b) < 19 || b[6] != ' ' {
		return st, b, false
	}
	clock := append([]byte{}, b[7:15]...)
	if clock[0] == ' ' {
		clock[0] = '0'
	}
	date, ok1 := shortDate(b[:2], b[2:4], b[4:6])
	d, step, left, ok2 := clockTime(clock)
	rest = b[15:]
	if !ok1 || !ok2 || len(left) > 0 || !bytes.HasPrefix(rest, []byte(" mysqld")) && !bytes.HasPrefix(rest, []byte(" [")) {
		return st, b, false
	}
	return stampIn(date.Add(d), nil, step), rest, true
}

// shortDate reads a date whose year has two digits, of this century.
func shortDate(year, month, day []byte) (t time.Time, ok bool) {
	y, ok1 := digits(year, 2)
	m, ok2 := digits(month, 2)
	d, ok3 := digits(day, 2)
	t, ok = dayOf(2000+y, time.Month(m), d)
	return t, ok && ok1 && ok2 && ok3
}

// clockOfApp reads "08:47:59", and the date that Resque writes behind it.
func clockOfApp(b []byte) (st event.Stamp, rest []byte, ok bool) {
	d, step, rest, ok := clockTime(b)
	if !ok {
		return st, b, false
	}
	if after, blank := cut(rest, " "); blank {
		if day, after, ok := date(after, '-'); ok {
			return stampIn(day.Add(d), nil, step), after, true
		}
	}
	day, _ := dayOf(0, time.January, 1)
	return event.Stamp{Clock: event.Dayless, Wall: day.Add(d), Step: step}, rest, true
}

// redisTime reads the time of "12:M 23 Nov 2026 09:28:54.123 # text", which
// stands behind the pid and the role.
func redisTime(b []byte) (st event.Stamp, ok bool) {
	_, rest, ok1 := leadingInt(b)
	if !ok1 || len(rest) < 26 || rest[0] != ':' || !isOneOf(rest[1], "MSCX") || rest[2] != ' ' || rest[5] != ' ' {
		return st, false
	}
	day, ok2 := digits(rest[3:], 2)
	m, rest, ok3 := month(rest[6:])
	rest, ok4 := cut(rest, " ")
	date, rest, ok5 := behindYear(rest, m, day)
	rest, ok6 := cut(rest, " ")
	d, step, _, ok7 := clockTime(rest)
	return stampIn(date.Add(d), nil, step), ok2 && ok3 && ok4 && ok5 && ok6 && ok7
}

// spacedZone reads a zone behind a blank: " +0000", " UTC". Another name, which
// can mean several zones, is passed over where PostgreSQL's pid follows.
func spacedZone(b []byte) (*time.Location, []byte) {
	rest, ok := cut(b, " ")
	if !ok {
		return nil, b
	}
	if loc, after, ok := zone(rest); ok && rest[0] != 'Z' && (len(rest)-len(after) > 4 || isPIDNext(after)) {
		return loc, after
	}
	end := bytes.IndexAny(rest[:min(len(rest), 8)], " ]")
	if end < 0 {
		end = min(len(rest), 8)
	}
	name, after := rest[:end], rest[end:]
	if s := string(name); s == "UTC" || s == "GMT" {
		return time.UTC, after
	}
	if isZoneName(name) && isPIDNext(after) {
		return nil, after
	}
	return nil, b
}

// isPIDNext reports whether b goes on with " [27963".
func isPIDNext(b []byte) bool {
	return len(b) > 2 && b[0] == ' ' && b[1] == '[' && b[2] >= '0' && b[2] <= '9'
}
