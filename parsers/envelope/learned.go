package envelope

import (
	"bytes"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

const (
	learnedName = "learned"

	maxSample     = 200 // lines that a layout is checked with
	maxTeachers   = 8   // lines that dateparse sees
	maxWords      = 6   // of a prefix
	maxPrefixSize = 96  // in bytes
)

// Learn finds out how the lines of a file begin of which no envelope knows any:
// it has dateparse guess at the first words of some lines, with their brackets
// taken off, and believes a layout only if it proves itself. It must have a day,
// a month and a clock time with seconds, read four of five lines, not go back by
// more than a day, give plausible years, and not leave open which number is the
// month. The reading is Wall, Zoneless or Yearless as the layout is.
//
// dateparse alone is not to be trusted: it takes a pid for a year, 05/06 for May
// 6, a time without a zone for UTC, and gives layouts that do not read the line
// they were made from.
func Learn(lines [][]byte) (Envelope, bool) {
	sample := make([][]byte, 0, maxSample)
	for _, line := range lines {
		if len(bytes.TrimSpace(line)) > 0 && len(sample) < maxSample {
			sample = append(sample, line)
		}
	}
	for _, line := range sample[:min(len(sample), maxTeachers)] {
		for words := maxWords; words > 0; words-- {
			if p, ok := learn(line, words, sample); ok {
				return Envelope{Name: learnedName, Open: p.open, Outer: true, App: true}, true
			}
		}
	}
	return Envelope{}, false
}

// learn tries the first words of one line.
func learn(line []byte, words int, sample [][]byte) (*prefix, bool) {
	p := &prefix{words: words}
	if len(line) > 0 && bytes.IndexByte(openings, line[0]) >= 0 {
		p.opening = line[0]
	}
	text, _, ok := p.cut(line)
	if !ok {
		return nil, false
	}
	for _, guess := range guesses(string(text)) {
		if repeats(guess, string(text)) && p.use(guess) && p.proven(sample) {
			return p, true
		}
	}
	return nil, false
}

// repeats reports whether a layout writes what it reads: one that takes a version
// for a date and an hour besides the hour does not.
func repeats(layout, text string) bool {
	t, err := time.ParseInLocation(layout, text, time.UTC)
	words := strings.Join(strings.Fields(text), " ")
	return err == nil && strings.EqualFold(t.Format(layout), words)
}

// A prefix is the time at the start of a file's lines, and how it is read.
type prefix struct {
	words   int  // so many, parted by blanks
	opening byte // the bracket before them, 0 if none
	layout  string
	has     fields
	step    time.Duration
}

var (
	openings = []byte("[(<{")
	closings = []byte("])>}")
)

// cut parts a line into the words of the prefix, without bracket and
// punctuation, and the rest.
func (p *prefix) cut(line []byte) (text, rest []byte, ok bool) {
	at, closing := 0, byte(0) // at is where the word ends
	if p.opening != 0 {
		if len(line) == 0 || line[0] != p.opening {
			return nil, line, false
		}
		at, closing = 1, closings[bytes.IndexByte(openings, p.opening)]
	}
	begin, limit := at, min(len(line), maxPrefixSize)
	for range p.words {
		for at < limit && isBlank(line[at]) {
			at++
		}
		start := at
		for at < limit && !isBlank(line[at]) && (closing == 0 || line[at] != closing) {
			at++
		}
		if at == start || at == limit && limit < len(line) {
			return nil, line, false
		}
	}
	text, rest = bytes.TrimRight(line[begin:at], ` ,;:|-"'`), line[at:]
	if closing != 0 && len(rest) > 0 && rest[0] == closing {
		rest = rest[1:]
	}
	return text, bytes.TrimLeft(rest, " :\t"), true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// use takes a layout if it has what a log's stamp needs, and nothing else.
func (p *prefix) use(layout string) bool {
	p.layout, p.step = withoutFraction(layout)
	p.has = fieldsOf(p.layout)
	return p.has.month && p.has.day && p.has.hour && p.has.minute && p.has.second && !p.has.halfDay && isClean(p.layout)
}

// isClean reports whether a layout holds no letter and no digit that is not
// Go's for a part of a time: dateparse copies from the line what it does not know.
func isClean(layout string) bool {
	left := layoutParts.Replace(layout)
	return !strings.ContainsFunc(left, func(r rune) bool {
		return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'
	})
}

var layoutParts = strings.NewReplacer("Monday", "", "Mon", "", "January", "", "Jan", "", "MST", "", "PM", "", "pm", "",
	"Z07:00", "", "Z", "", "-0700", "", "-07:00", "", "-07", "", "T", "",
	"2006", "", "01", "", "02", "", "15", "", "03", "", "04", "", "05", "", "06", "", "1", "", "2", "", "3", "", "4", "", "5", "")

// withoutFraction takes the second's fraction out of a layout, behind which Go
// reads one of any length, and says what the smallest difference was.
func withoutFraction(layout string) (string, time.Duration) {
	i := strings.Index(layout, "05.")
	if i < 0 {
		i = strings.Index(layout, "05,")
	}
	step := time.Second
	if i < 0 {
		return layout, step
	}
	end := i + 3
	for ; end < len(layout) && (layout[end] == '0' || layout[end] == '9'); end++ {
		step /= 10
	}
	if step == time.Second {
		return layout, step
	}
	return layout[:i+2] + layout[end:], max(step, 1)
}

// read parses the prefix of a line.
func (p *prefix) read(line []byte) (t time.Time, rest []byte, ok bool) {
	text, rest, ok := p.cut(line)
	if !ok {
		return t, line, false
	}
	t, err := time.ParseInLocation(p.layout, string(text), time.UTC)
	if err != nil || p.has.year && (t.Year() < 1990 || t.Year() > 2100) {
		return t, line, false
	}
	return t, rest, true
}

// proven reports whether the layout reads the sample as a log's stamps.
func (p *prefix) proven(sample [][]byte) bool {
	read, before := 0, time.Time{}
	for _, line := range sample {
		t, _, ok := p.read(line)
		if !ok {
			continue
		}
		if back := before.Sub(t); read > 0 && back > oneDay && (p.has.year || back < 300*oneDay) {
			return false // at a year's end, a yearless stamp may go back
		}
		before = t
		read++
	}
	return read*5 >= len(sample)*4 && p.unambiguous(sample)
}

const oneDay = 24 * time.Hour

// unambiguous reports whether it is certain which number is the month: it has a
// name, or follows the year, or some line has a day above 12.
func (p *prefix) unambiguous(sample [][]byte) bool {
	if strings.Contains(p.layout, "Jan") || yearFirst(p.layout) {
		return true
	}
	other := *p
	if other.layout = swapped(p.layout); other.layout == "" || p.has.year && !p.has.century {
		return false
	}
	alone := 0
	for _, line := range sample {
		_, _, mine := p.read(line)
		_, _, others := other.read(line)
		if others && !mine {
			return false
		}
		if mine && !others {
			alone++
		}
	}
	return alone > 0
}

// yearFirst reports whether a year of four digits stands before the month, which
// nobody writes with the day between them.
func yearFirst(layout string) bool {
	_, rest, ok := strings.Cut(layout, "2006")
	rest = strings.TrimLeft(rest, "-/. :_")
	return ok && (strings.HasPrefix(rest, "01") || strings.HasPrefix(rest, "1") && !strings.HasPrefix(rest, "15"))
}

// swapped returns the layout with month and day in each other's place, "" if
// they do not stand side by side as numbers.
func swapped(layout string) string {
	for _, sep := range []string{"/", "-", "."} {
		for _, m := range []string{"01", "1"} {
			for _, d := range []string{"02", "2"} {
				for _, pair := range [][2]string{{m, d}, {d, m}} {
					if before, after, ok := strings.Cut(layout, pair[0]+sep+pair[1]+sep); ok {
						return before + pair[1] + sep + pair[0] + sep + after
					}
					if before, after, ok := strings.Cut(layout, pair[0]+sep+pair[1]+" "); ok {
						return before + pair[1] + sep + pair[0] + " " + after
					}
				}
			}
		}
	}
	return ""
}

// open takes the prefix off a line, and the host and the tag that syslog daemons
// write behind theirs.
func (p *prefix) open(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	t, rest, ok := p.read(rec.Msg)
	if !ok {
		return false
	}
	st := p.stamp(t)
	if h, ok := syslogHead(rest); ok && h.host != "" && (h.tag == "kernel" || h.pid > 0) {
		st.Late = h.tag == "kernel"
		rec.Host, rec.Speaker, rec.PID, rest = h.host, h.speaker(), h.pid, h.msg
	}
	rec.Stamps.Add(st)
	rec.Msg = rest
	return true
}

// stamp says what kind of reading t is. Of zones that are names only UTC and GMT
// say what they are.
func (p *prefix) stamp(t time.Time) event.Stamp {
	name, offset := t.Zone()
	zoned := p.has.offset || p.has.zoneName && (offset != 0 || name == "UTC" || name == "GMT")
	switch {
	case !p.has.year:
		st, _ := yearless(t.Month(), t.Day(), t.Sub(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())), p.step)
		return st
	case zoned || strings.HasSuffix(p.layout, "Z"):
		return event.Stamp{Clock: event.Wall, Wall: t, Step: p.step}
	}
	return event.Stamp{Clock: event.Zoneless, Wall: t.Add(time.Duration(offset) * time.Second).UTC(), Step: p.step}
}

// fields says what a layout tells apart.
type fields struct {
	year, century, month, day, hour, minute, second bool
	halfDay                                         bool // the hour, but not which half of the day
	offset, zoneName                                bool
}

// fieldsOf finds out by writing times that differ in one thing alone, and never
// in the weekday: 28 days, 11 years and 400 years keep it.
func fieldsOf(layout string) fields {
	base := time.Date(2006, 2, 3, 4, 5, 6, 0, time.UTC)
	differ := func(t time.Time) bool { return t.Format(layout) != base.Format(layout) }
	zoned := func(name string, offset int) string {
		return time.Date(2006, 2, 3, 4, 5, 6, 0, time.FixedZone(name, offset)).Format(layout)
	}
	return fields{
		year:     differ(base.AddDate(11, 0, 0)),
		century:  differ(base.AddDate(400, 0, 0)),
		month:    differ(base.AddDate(0, 1, 0)),
		day:      differ(base.AddDate(0, 0, 7)),
		hour:     differ(base.Add(time.Hour)),
		minute:   differ(base.Add(time.Minute)),
		second:   differ(base.Add(time.Second)),
		halfDay:  !differ(base.Add(12 * time.Hour)),
		offset:   zoned("ABC", 3600) != zoned("ABC", 7200),
		zoneName: zoned("ABC", 0) != zoned("XYZ", 0),
	}
}
