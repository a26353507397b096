package match

import (
	"testing"
	"time"

	"oomtrace/correlate/clock"
)

// Stretches of two clocks can lie within each other: the long one still holds
// what comes after the short one's end.
func TestCoverHolds(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	c := cover{{at(50), at(60)}, {at(10), at(40)}, {at(15), at(20)}}
	c.arrange()
	for s, want := range map[int]bool{5: false, 10: false, 12: true, 18: true, 30: true, 40: false, 45: false, 55: true, 60: false, 70: false} {
		if got := c.holds(clock.Exactly(at(s))); got != want {
			t.Errorf("at %d s: %v, want %v", s, got, want)
		}
	}
	if (cover{}).holds(clock.Exactly(at(1))) {
		t.Error("an empty cover holds a moment")
	}
}
