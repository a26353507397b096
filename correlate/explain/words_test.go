package explain

import (
	"testing"
	"time"

	"oomtrace/parsers/event"
)

func TestSpanTellsItsEndsApart(t *testing.T) {
	if got := span(2003000, 2025000); got != "1956 MiB to 1977 MiB" {
		t.Errorf("got %q", got)
	}
	if got := span(1<<20, 2<<20); got != "1 GiB to 2 GiB" {
		t.Errorf("got %q", got)
	}
}

func TestUnlimited(t *testing.T) {
	for kb, want := range map[int64]bool{
		9007199254740988: true, // 4 KiB pages
		9007199254740928: true, // 64 KiB pages
		9007199254740991: true, // the byte counters of older kernels
		8589934588:       true, // 32 bits
		778240:           false, 1 << 40: false, 0: false, event.NotPrinted: false,
	} {
		if got := Unlimited(kb); got != want {
			t.Errorf("Unlimited(%d) = %v, want %v", kb, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		33 * time.Microsecond: "0.03 ms", 9*time.Millisecond + 750*time.Microsecond: "9.75 ms",
		321 * time.Millisecond: "321 ms", 5200 * time.Millisecond: "5.2 s",
		125 * time.Second: "2 min 05 s", -time.Second: "1.0 s", 90 * time.Minute: "1h30m0s",
	} {
		if got := ago(d); got != want {
			t.Errorf("ago(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestASentenceWithoutEvidenceIsNotWritten(t *testing.T) {
	var s sentences
	s.say(nil, "The moon did it.")
	s.say([]int{3, 1, 3}, "The kernel did.")
	a := s.answer("Who?")
	if a.Answer != "The kernel did." || len(a.Sentences) != 1 || len(a.Evidence) != 2 || a.Evidence[0] != 1 {
		t.Errorf("got %+v", a)
	}
}

// TestRoughly: a distance has no digit that its error does not leave.
func TestRoughly(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		d, err time.Duration
		want   string
	}{
		{762 * ms, 0, "762 ms"},
		{762 * ms, 80 * ms, "about 0.8 s"},
		{5030 * ms, 80 * ms, "5.0 s"},
		{30 * ms, 80 * ms, "less than 0.1 s"},
		{999 * ms, 999 * ms, "about 1 s"},
		{-300 * ms, time.Second, "less than 1 s"},
		{12400 * ms, time.Second, "12 s"},
		{125 * time.Second, 20 * time.Second, "about 2 min 05 s"},
		{80 * ms, 20 * ms, "about 80 ms"},
	} {
		if got := roughly(c.d, c.err); got != c.want {
			t.Errorf("roughly(%v, %v) = %q, want %q", c.d, c.err, got, c.want)
		}
	}
}
