package envelope

import (
	"bytes"
	"strconv"
	"time"

	"oomtrace/parsers/event"
)

// digits reads n decimal digits at the start of b.
func digits(b []byte, n int) (v int, ok bool) {
	if len(b) < n {
		return 0, false
	}
	for _, c := range b[:n] {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// leadingInt reads the decimal digits at the start of b, 18 at most.
func leadingInt(b []byte) (v int64, rest []byte, ok bool) {
	i := 0
	for i < len(b) && i < 19 && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	if i == 0 || i == 19 {
		return 0, b, false
	}
	v, err := strconv.ParseInt(string(b[:i]), 10, 64)
	return v, b[i:], err == nil
}

// cut takes off sep, of one byte or more, from the start of b.
func cut(b []byte, sep string) (rest []byte, ok bool) {
	if len(b) < len(sep) || string(b[:len(sep)]) != sep {
		return b, false
	}
	return b[len(sep):], true
}

// cutWithin cuts b around the first sep that stands within its first n bytes.
func cutWithin(b []byte, n int, sep string) (before, after []byte, ok bool) {
	i := bytes.Index(b[:min(len(b), n)], []byte(sep))
	if i < 0 {
		return nil, nil, false
	}
	return b[:i], b[i+len(sep):], true
}

// known reports whether b is one of words.
func known(words []string, b []byte) bool {
	for _, w := range words {
		if string(b) == w {
			return true
		}
	}
	return false
}

// fraction reads the digits of a second's fraction, which may be none, and says
// what the smallest difference is that they can write.
func fraction(b []byte) (d, step time.Duration, rest []byte) {
	step = time.Second
	i := 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		if i < 9 {
			step /= 10
			d += time.Duration(b[i]-'0') * step
		}
	}
	return d, max(step, 1), b[i:]
}

// seconds reads "7868.482562" as a duration.
func seconds(b []byte) (d, step time.Duration, rest []byte, ok bool) {
	n, rest, ok := leadingInt(b)
	if !ok || n > maxSeconds || len(rest) < 2 || rest[0] != '.' {
		return 0, 0, b, false
	}
	f, step, rest := fraction(rest[1:])
	return time.Duration(n)*time.Second + f, step, rest, step < time.Second
}

// maxSeconds is the largest number of seconds that a Duration holds.
const maxSeconds = int64(1<<63-1)/int64(time.Second) - 1

// clockTime reads "15:04:05" and a fraction behind a point or a comma.
func clockTime(b []byte) (d, step time.Duration, rest []byte, ok bool) {
	h, ok1 := digits(b, 2)
	if !ok1 || len(b) < 8 || b[2] != ':' || b[5] != ':' {
		return 0, 0, b, false
	}
	m, ok2 := digits(b[3:], 2)
	s, ok3 := digits(b[6:], 2)
	if !ok2 || !ok3 || h > 23 || m > 59 || s > 60 {
		return 0, 0, b, false
	}
	d, step, rest = time.Duration(h)*time.Hour+time.Duration(m)*time.Minute+time.Duration(s)*time.Second, time.Second, b[8:]
	if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && rest[1] >= '0' && rest[1] <= '9' {
		var f time.Duration
		f, step, rest = fraction(rest[1:])
		d += f
	}
	return d, step, rest, true
}

// date reads "2026-11-23", with sep between its numbers.
func date(b []byte, sep byte) (t time.Time, rest []byte, ok bool) {
	y, ok1 := digits(b, 4)
	if !ok1 || len(b) < 10 || b[4] != sep || b[7] != sep {
		return t, b, false
	}
	m, ok2 := digits(b[5:], 2)
	d, ok3 := digits(b[8:], 2)
	if t, ok = dayOf(y, time.Month(m), d); !ok || !ok2 || !ok3 || y < 1970 {
		return t, b, false
	}
	return t, b[10:], true
}

// dayOf returns the start of a day, if the calendar has it. The year 0 is one
// with a 29 February.
func dayOf(y int, m time.Month, d int) (t time.Time, ok bool) {
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return t, false
	}
	t = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == d
}

// months are English, but for those of glibc's de_DE that differ: journalctl
// short and dmesg -T write the month in the language of whoever ran them.
var months = []struct {
	name string
	m    time.Month
}{
	{"Jan", 1}, {"Feb", 2}, {"Mar", 3}, {"Apr", 4}, {"May", 5}, {"Jun", 6},
	{"Jul", 7}, {"Aug", 8}, {"Sep", 9}, {"Oct", 10}, {"Nov", 11}, {"Dec", 12},
	{"Mär", 3}, {"Mai", 5}, {"Okt", 10}, {"Dez", 12},
}

// month reads a month's abbreviated name.
func month(b []byte) (m time.Month, rest []byte, ok bool) {
	for i := range months {
		if rest, ok := cut(b, months[i].name); ok {
			return months[i].m, rest, true
		}
	}
	return 0, b, false
}

// monthDay reads "Nov 23" and "Nov  3", and dmesg's "Nov23".
func monthDay(b []byte) (m time.Month, day int, rest []byte, ok bool) {
	m, rest, ok1 := month(b)
	if !ok1 {
		m, rest, ok1 = numbered(b)
	}
	n, rest, ok2 := leadingInt(bytes.TrimLeft(rest, " "))
	if !ok1 || !ok2 || n < 1 || n > 31 {
		return 0, 0, b, false
	}
	return m, int(n), rest, true
}

// numbered reads a month as Chinese and Japanese write it, "4月 ".
func numbered(b []byte) (m time.Month, rest []byte, ok bool) {
	n, rest, ok := leadingInt(bytes.TrimLeft(b, " "))
	rest, ok2 := bytes.CutPrefix(rest, []byte("月 "))
	return time.Month(n), rest, ok && ok2 && n >= 1 && n <= 12
}

// zone reads "Z", "+01:00", "+0100" or "+01". ok is false if there is none.
func zone(b []byte) (loc *time.Location, rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, b, false
	}
	if b[0] == 'Z' {
		return time.UTC, b[1:], true
	}
	h, ok := digits(b[1:], 2)
	if b[0] != '+' && b[0] != '-' || !ok || h > 15 {
		return nil, b, false
	}
	rest = b[3:]
	m, ok := digits(bytes.TrimPrefix(rest, []byte(":")), 2)
	if ok && m < 60 {
		rest = bytes.TrimPrefix(rest, []byte(":"))[2:]
	} else {
		m = 0
	}
	off := h*3600 + m*60
	if b[0] == '-' {
		off = -off
	}
	return fixedZone(off), rest, true
}

func fixedZone(seconds int) *time.Location {
	if seconds == 0 {
		return time.UTC
	}
	return time.FixedZone("", seconds)
}

// zoneName reads a zone's name up to the next blank. Of names only UTC and GMT
// say what they are: EST is two zones, so that loc is nil there.
func zoneName(b []byte) (loc *time.Location, rest []byte) {
	if loc, rest, ok := zone(b); ok && b[0] != 'Z' {
		return loc, rest
	}
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		i = len(b)
	}
	if s := string(b[:i]); s == "UTC" || s == "GMT" {
		return time.UTC, b[i:]
	}
	return nil, b[i:]
}

// isoTime reads "2026-11-23T09:01:41.482562+00:00"; loc is nil without a zone.
func isoTime(b []byte) (t time.Time, loc *time.Location, step time.Duration, rest []byte, ok bool) {
	day, rest, ok := date(b, '-')
	if !ok || len(rest) == 0 || rest[0] != 'T' && rest[0] != ' ' {
		return t, nil, 0, b, false
	}
	d, step, rest, ok := clockTime(rest[1:])
	if !ok {
		return t, nil, 0, b, false
	}
	loc, rest, _ = zone(rest)
	return day.Add(d), loc, step, rest, true
}

// ctime reads "Mon Nov 23 09:01:41 2026", local time without a zone. The
// weekday can be of any language; Apache writes a fraction of the second.
func ctime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	weekday, rest, ok1 := cutWithin(b, 12, " ")
	m, day, rest, ok2 := monthDay(rest)
	rest, ok3 := cut(rest, " ")
	d, step, rest, ok4 := clockTime(rest)
	rest, ok5 := cut(rest, " ")
	date, rest, ok6 := behindYear(rest, m, day)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !isWeekday(weekday) {
		return st, b, false
	}
	return event.Stamp{Clock: event.Zoneless, Wall: date.Add(d), Step: step}, rest, true
}

// behindYear reads the year of a month and a day that stood before it.
func behindYear(b []byte, m time.Month, day int) (t time.Time, rest []byte, ok bool) {
	y, ok := digits(b, 4)
	if !ok || y < 1970 {
		return t, b, false
	}
	t, ok = dayOf(y, m, day)
	return t, b[4:], ok
}

// isWeekday reports whether b can be a weekday's short name: Mon, Mo, Пн.
func isWeekday(b []byte) bool {
	for _, c := range b {
		if c < 0x80 && (c|0x20 < 'a' || c|0x20 > 'z') && c != '.' {
			return false
		}
	}
	return len(b) > 1
}

// stampIn is the stamp of a date and time that was written with a zone, or
// without if loc is nil.
func stampIn(t time.Time, loc *time.Location, step time.Duration) event.Stamp {
	if loc == nil {
		return event.Stamp{Clock: event.Zoneless, Wall: t, Step: step}
	}
	return event.Stamp{Clock: event.Wall, Wall: in(t, loc), Step: step}
}

// yearless is the stamp of a month, a day and a time of day.
func yearless(m time.Month, day int, d, step time.Duration) (st event.Stamp, ok bool) {
	date, ok := dayOf(0, m, day)
	return event.Stamp{Clock: event.Yearless, Wall: date.Add(d), Step: step}, ok
}

// in returns the moment that the reading t, taken as UTC, is in loc.
func in(t time.Time, loc *time.Location) time.Time {
	_, off := t.In(loc).Zone()
	return t.Add(-time.Duration(off) * time.Second).In(loc)
}
