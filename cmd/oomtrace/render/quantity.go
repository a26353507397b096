package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"oomtrace/correlate/prose"
	"oomtrace/correlate/report"
)

// unlimitedKB is where limits are none: the kernel prints cgroup v1's "no
// limit" as 9007199254740988 kB, the largest whole number of pages. No machine
// has a thousandth of that.
const unlimitedKB = 1 << 43

// limit returns a limit in human units.
func limit(kb int64) string {
	if kb >= unlimitedKB {
		return "no limit"
	}
	return prose.Size(kb)
}

// delta returns how long before (-) or after (+) the kill something happened,
// rounded to what helps: +0.002 s, -11.2 s, +4 m 05 s, +2 h 10 m, -3 d 04 h.
func delta(seconds float64) string {
	sign, s := "+", seconds
	if s < 0 {
		sign, s = "-", -s
	}
	switch {
	case math.Round(s*1000) == 0:
		return "+0.000 s"
	case s < 0.9995:
		return sign + strconv.FormatFloat(s, 'f', 3, 64) + " s"
	case s < 59.95:
		return sign + strconv.FormatFloat(s, 'f', 1, 64) + " s"
	case s < 3599.5:
		return sign + parts(s, 1, "m", "s")
	case s < 86370:
		return sign + parts(s, 60, "h", "m")
	case s < 1e10:
		return sign + parts(s, 3600, "d", "h")
	}
	return sign + fmt.Sprintf("%.0e s", s)
}

// parts returns s seconds as two units. The small one is unit seconds; 60 of
// it make the large one, or 24 where that is days.
func parts(s, unit float64, large, small string) string {
	per := int64(60)
	if large == "d" {
		per = 24
	}
	n := int64(math.Round(s / unit))
	return fmt.Sprintf("%d %s %02d %s", n/per, large, n%per, small)
}

// percent returns a confidence, rounded down: 100 % is said of nothing less.
func percent(confidence float64) string {
	return strconv.Itoa(int(math.Floor(confidence*100+1e-9))) + " %"
}

// tolerance returns ", ±0.2 s", or "" where the uncertainty is not known or too
// small to matter.
func tolerance(seconds *float64) string {
	switch {
	case seconds == nil || *seconds < 0.0005:
		return ""
	case *seconds < 59.95:
		return ", ±" + strconv.FormatFloat(*seconds, 'g', 2, 64) + " s"
	}
	return ", ±" + strings.TrimPrefix(delta(*seconds), "+")
}

// day returns the date of t.
func day(t time.Time) string { return t.Format(time.DateOnly) }

// clock returns the time of day with the digits that the evidence has, at most
// as many as asked for.
func clock(t *report.Time, digits int) string {
	layout := time.TimeOnly
	if n := min(t.Digits, digits); n > 0 {
		layout += "." + "000000000"[:n]
	}
	return t.Format(layout)
}

// moment returns date and time, to the second.
func moment(t *report.Time) string { return day(t.Time) + " " + clock(t, 0) }

// count returns "1 file", "2 files".
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
