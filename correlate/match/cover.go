package match

import (
	"slices"
	"sort"
	"time"

	"oomtrace/correlate/clock"
)

// A stretch is a time that a log covers without a gap, its clock's error added
// at both ends.
type stretch struct{ from, to time.Time }

// A cover is what a log covers of one axis, by its beginning. Each stretch ends
// where the longest of those up to it does, so that the last one that begins
// before a moment says whether any holds it.
type cover []stretch

// holds reports whether a moment is within one of the stretches, wherever its
// error allows it to be.
func (c cover) holds(at clock.Moment) bool {
	low, high := at.T.Add(-at.Err), at.T.Add(at.Err)
	n := sort.Search(len(c), func(i int) bool { return !c[i].from.Before(low) })
	return n > 0 && c[n-1].to.After(high)
}

// coverOf returns what a log covers, by axis. It is worked out once: a log can
// have as many gaps as there are deaths to be looked up. The clocks must be
// settled before.
func (m *matcher) coverOf(log int) map[int]cover {
	if c, ok := m.covers[log]; ok {
		return c
	}
	axes := map[int]cover{}
	for _, span := range m.logs[log].Covers {
		from := m.clocks.At(clock.Ref{Log: log, Stamps: span.From})
		to := m.clocks.At(clock.Ref{Log: log, Boot: m.bootEnd(log), Stamps: span.To})
		if clock.Comparable(from, to) {
			axes[from.Axis] = append(axes[from.Axis], stretch{from.T.Add(-from.Err), to.T.Add(to.Err)})
		}
	}
	for _, c := range axes {
		c.arrange()
	}
	m.covers[log] = axes
	return axes
}

func (c cover) arrange() {
	slices.SortFunc(c, func(a, b stretch) int { return a.from.Compare(b.from) })
	for i := 1; i < len(c); i++ {
		if c[i].to.Before(c[i-1].to) {
			c[i].to = c[i-1].to
		}
	}
}
