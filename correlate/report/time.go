package report

import (
	"fmt"
	"time"
)

// A Time is a moment in UTC, written with as many digits as its evidence has.
type Time struct {
	time.Time
	Digits int // of the second's fraction, 0 to 9
}

// At returns t, to be written to the precision of step: a step of a
// millisecond gives three digits, none or a second and more gives none.
func At(t time.Time, step time.Duration) *Time {
	digits := 0
	for d := time.Second; step > 0 && d > step && digits < 9; d /= 10 {
		digits++
	}
	return &Time{t.UTC(), digits}
}

// String returns the moment as RFC 3339.
func (t Time) String() string {
	layout := "2006-01-02T15:04:05"
	if t.Digits > 0 {
		layout += "." + "000000000"[:t.Digits]
	}
	return t.Format(layout + "Z")
}

// MarshalJSON writes the moment as RFC 3339.
func (t Time) MarshalJSON() ([]byte, error) {
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("time %v: RFC 3339 has years from 0 to 9999", t.Time)
	}
	return []byte(`"` + t.String() + `"`), nil
}

// UnmarshalJSON reads RFC 3339 and remembers its digits.
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' {
		return fmt.Errorf("time %.40q: want a string as RFC 3339", b)
	}
	s := string(b[1 : len(b)-1])
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("time %.40q: want RFC 3339: %w", s, err)
	}
	*t = Time{at.UTC(), 0}
	if len(s) > 20 && s[19] == '.' {
		for _, c := range s[20:] {
			if c < '0' || c > '9' {
				break
			}
			t.Digits++
		}
	}
	return nil
}
