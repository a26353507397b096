package breakdown_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"oomtrace/correlate/breakdown"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// kills makes a kill of php-fpm of about 490 MiB for each time, in a cgroup of
// 512 MiB, whose limit is hit 100 times between.
func kills(at ...time.Duration) (points []breakdown.Point) {
	for i, d := range at {
		points = append(points, breakdown.Point{At: noon.Add(d), UsageKB: 524288, LimitKB: 524288, VictimComm: "php-fpm",
			VictimKB: 491520 + int64(i%3)*7680, AnonKB: 510000, Failcnt: 40 + 100*int64(i)})
	}
	return points
}

func change(points []breakdown.Point, f func(i int, p *breakdown.Point)) []breakdown.Point {
	for i := range points {
		f(i, &points[i])
	}
	return points
}

const m = time.Minute

func TestTrend(t *testing.T) {
	for name, c := range map[string]struct {
		points     []breakdown.Point
		code, want string
	}{
		"one": {kills(0), "one-kill", "One kill: whether the memory grew steadily or in a jump cannot be told from it."},
		"two": {kills(0, 9*m), "two-kills",
			"2 kills in 9 min, each time php-fpm at 480 MiB to 487.5 MiB. Two are too few to tell a steady growth from chance. The limit was hit 100 times more from the first to the last (failcnt)."},
		"regular": {kills(0, 7*m, 16*m, 24*m, 31*m), "grows-again",
			"5 kills in 31 min, each time php-fpm at 480 MiB to 495 MiB, 7 min to 9 min apart. It comes to the same size again and again, in about the same time: a steady growth after each start, or the same work each time. The figures do not show which. The limit was hit 400 times more from the first to the last (failcnt)."},
		"irregular": {kills(0, 7*m, 70*m, 75*m), "same-size",
			"4 kills in 75 min, each time php-fpm at 480 MiB to 495 MiB, 5 min to 63 min apart. It comes to the same size each time, but not after the same time: what makes it grow is not time alone. (A wait before each new start, which gets longer, is in these times too.) The limit was hit 300 times more from the first to the last (failcnt)."},
		"without times": {change(kills(0, 0, 0), func(i int, p *breakdown.Point) { p.At = time.Time{} }), "same-size",
			"3 kills, each time php-fpm at 480 MiB to 495 MiB. It comes to the same size each time. When, is not known. The limit was hit 200 times more from the first to the last (failcnt)."},
		"within seconds": {kills(0, time.Second, 3*time.Second, 3*time.Second), "burst",
			"4 kills in 3 s, each time php-fpm at 480 MiB to 495 MiB, less than 1 s to 2 s apart. So close together they are one shortage rather than one that returns: what a victim held was not enough, or not free yet, when the next one was killed. The limit was hit 300 times more from the first to the last (failcnt)."},
		"within seconds, each started after the one before": {change(kills(0, 4*time.Second, 9*time.Second), func(i int, p *breakdown.Point) { p.Started = i > 0 }), "grows-again",
			"3 kills in 9 s, each time php-fpm at 480 MiB to 495 MiB, 4 s to 5 s apart. It comes to the same size again and again, in about the same time: a steady growth after each start, or the same work each time. The figures do not show which. The limit was hit 200 times more from the first to the last (failcnt)."},
		"other programs": {change(kills(0, 60*m, 120*m), func(i int, p *breakdown.Point) { p.VictimComm = []string{"php-fpm", "cron job", "a\x1b[31m"}[i] }), "varied",
			"3 kills in 2 h, of php-fpm, \"cron job\", \"a\\x1b[31m\" at 480 MiB to 495 MiB, 60 min apart. The kills are not alike, so that they show neither one program that grows nor one cause. The limit was hit 200 times more from the first to the last (failcnt)."},
		"other sizes": {change(kills(0, 60*m, 180*m), func(i int, p *breakdown.Point) { p.VictimKB >>= i }), "varied",
			"3 kills in 3 h, each time php-fpm at 123.8 MiB to 480 MiB, 60 min to 2 h apart. The kills are not alike, so that they show neither one program that grows nor one cause. The limit was hit 200 times more from the first to the last (failcnt)."},
		"a higher limit did not help": {change(kills(0, 60*m, 130*m), func(i int, p *breakdown.Point) {
			p.LimitKB <<= i
			p.UsageKB <<= i
			p.VictimKB = p.LimitKB / 10 * 9
			p.AnonKB <<= i
		}), "grows-again",
			"3 kills in 2 h, each time php-fpm at 460.8 MiB to 1.8 GiB, 60 min to 70 min apart. It comes to the same size again and again, in about the same time: a steady growth after each start, or the same work each time. The figures do not show which. The limit was not the same each time: 512 MiB at first, 2 GiB at last. The victims' size changed with it: the program takes what the limit leaves it. The limit was hit 200 times more from the first to the last (failcnt)."},
		"a new cgroup each time": {change(kills(0, 60*m, 120*m), func(i int, p *breakdown.Point) { p.Failcnt = 40 - int64(i) }), "grows-again",
			"3 kills in 2 h, each time php-fpm at 480 MiB to 495 MiB, 60 min apart. It comes to the same size again and again, in about the same time: a steady growth after each start, or the same work each time. The figures do not show which. The count of hits at the limit (failcnt) began anew between: the cgroup was made again, as for a container that is started again, or somebody set the count back."},
		"it is not the programs": {change(kills(0, 60*m, 120*m), func(i int, p *breakdown.Point) { p.AnonKB, p.VictimKB, p.Failcnt = 100000, -1, -1 }), "varied",
			"3 kills in 2 h, each time php-fpm, 60 min apart. The kills are not alike, so that they show neither one program that grows nor one cause. Anonymous memory was never more than 19 % of the usage: it is not the programs' own memory that fills the cgroup."},
	} {
		got, ok := breakdown.Trend(c.points)
		if !ok || got.Code != c.code || got.Text != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", name, got.Code, got.Text, c.want)
		}
	}
	if f, ok := breakdown.Trend(nil); ok {
		t.Errorf("no kills: got %+v", f)
	}
}

// The order in which points are given does not matter if all have a time, and
// they are left as they were.
func TestTrendOfPointsInAnyOrder(t *testing.T) {
	points := kills(0, 7*m, 16*m, 24*m, 31*m)
	want, _ := breakdown.Trend(points)
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		r.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
		first := points[0]
		if got, _ := breakdown.Trend(points); got.Text != want.Text {
			t.Errorf("got %s", got.Text)
		}
		if points[0] != first {
			t.Fatal("the points were moved")
		}
	}
}

// FuzzTrend: a kill more does not turn into fewer, and no sentence has a number
// below 0.
func FuzzTrend(f *testing.F) {
	f.Add(int64(1<<62), int64(-1), int64(1<<40), int64(0), uint8(3))
	f.Fuzz(func(t *testing.T, a, b, c, sec int64, n uint8) {
		points := change(kills(make([]time.Duration, int(n%16))...), func(i int, p *breakdown.Point) {
			p.UsageKB, p.VictimKB, p.LimitKB, p.Failcnt = a>>i, b+int64(i), c*int64(i), a^b
			if sec != 0 {
				p.At = time.Unix(sec>>i, 0)
			}
		})
		got, ok := breakdown.Trend(points)
		if ok != (len(points) > 0) {
			t.Fatal(ok)
		}
		if ok && (got.Figures[0].Value != int64(len(points)) || got.Code == "" || belowZero.MatchString(got.Text)) {
			t.Fatalf("%+v", got)
		}
		for _, figure := range got.Figures {
			if figure.Value < 0 {
				t.Fatalf("%+v", got)
			}
		}
	})
}
