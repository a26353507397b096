package envelope

import (
	"slices"
	"strings"
	"time"

	"github.com/araddon/dateparse"
)

// guesses returns layouts that may read text, a time as some log writes it. None
// of them is sure: dateparse drops a weekday, copies words that it does not know
// into the layout, and refuses many a date that a clock time follows, so that
// date and clock are shown to it apart too.
func guesses(text string) (layouts []string) {
	weekday, text := cutWeekday(text)
	for _, layout := range ask(text) {
		layouts = append(layouts, weekday+layout)
	}
	date, clock, ok := cutClock(text)
	if !ok {
		return layouts
	}
	day := strings.TrimRight(date, " ,_-T:")
	for _, layout := range dates(day) {
		layouts = append(layouts, weekday+layout+date[len(day):]+clock)
	}
	return layouts
}

// ask returns what dateparse makes of text, with the month before the day and
// with the day before the month.
func ask(text string) (layouts []string) {
	defer func() { _ = recover() }() // some texts have it index past their end
	for _, monthFirst := range []bool{true, false} {
		layout, err := dateparse.ParseFormat(text, dateparse.PreferMonthFirst(monthFirst))
		if err == nil && !slices.Contains(layouts, layout) {
			layouts = append(layouts, layout)
		}
	}
	return layouts
}

// dates returns the layouts of a date alone. Between slashes dateparse knows
// numbers in any order, between points and dashes in some.
func dates(date string) (layouts []string) {
	for _, sep := range []string{"/", ".", "-"} {
		for _, layout := range ask(strings.ReplaceAll(date, sep, "/")) {
			layouts = append(layouts, strings.ReplaceAll(layout, "/", sep))
		}
	}
	return layouts
}

// cutWeekday takes an English weekday off text, as a layout with what parts it
// from the rest.
func cutWeekday(text string) (layout, rest string) {
	word, rest, ok := strings.Cut(text, " ")
	name := strings.TrimRight(word, ",")
	for d := time.Sunday; ok && d <= time.Saturday; d++ {
		switch name {
		case d.String():
			return "Monday" + word[len(name):] + " ", rest
		case d.String()[:3]:
			return "Mon" + word[len(name):] + " ", rest
		}
	}
	return "", text
}

// cutClock cuts text before its clock time, and returns the layout of that and
// of the zone that may follow.
func cutClock(text string) (date, layout string, ok bool) {
	for at := range text {
		_, _, rest, ok := clockTime([]byte(text[at:]))
		if !ok || at > 0 && text[at-1] >= '0' && text[at-1] <= '9' {
			continue
		}
		fraction := text[at+len("15:04:05") : len(text)-len(rest)]
		zone, ok := zoneLayout(string(rest))
		return text[:at], "15:04:05" + strings.Map(toZero, fraction) + zone, ok
	}
	return "", "", false
}

func toZero(r rune) rune {
	if r >= '0' && r <= '9' {
		return '0'
	}
	return r
}

// zoneLayout returns the layout of what follows a clock time.
func zoneLayout(s string) (layout string, ok bool) {
	for _, layout := range []string{"", "-07:00", "Z07:00", "-0700", "-07", " -0700", " -07:00", " -07", " MST"} {
		if _, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return layout, true
		}
	}
	return "", false
}
