package match

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

// rotationTies ties logs that are pieces of one: their clocks are one, whatever
// year and zone that is of. A rotation leaves messages, messages.1 and
// messages.2.gz in one folder. Else it is the host and the form that say so, where
// one log begins right where the other one ends.
func (m *matcher) rotationTies() []clock.Tie {
	groups := map[string][]int{}
	var order []string
	add := func(key string, log int) {
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], log)
	}
	for i := range m.logs {
		l := &m.logs[i]
		if st := l.First.Outer(); st.Clock != event.Yearless && st.Clock != event.Zoneless || l.Last.Outer().Clock != st.Clock {
			continue
		}
		add("file "+unrotated(l.Path), i)
		if l.Node != "" {
			add("host "+l.Node+" "+l.Format, i)
		}
	}
	var ties []clock.Tie
	for _, key := range order {
		pieces, limit := groups[key], rotated
		if strings.HasPrefix(key, "host ") {
			limit = seamless
		}
		slices.SortStableFunc(pieces, func(a, b int) int {
			x, y := &m.logs[a], &m.logs[b]
			return cmp.Or(x.First.Outer().Wall.Compare(y.First.Outer().Wall), x.Last.Outer().Wall.Compare(y.Last.Outer().Wall))
		})
		for k := 1; k < len(pieces); k++ {
			a, b := &m.logs[pieces[k-1]], &m.logs[pieces[k]]
			if a.First.Outer().Clock != b.First.Outer().Clock {
				continue
			}
			if gap := b.First.Outer().Wall.Sub(a.Last.Outer().Wall); gap < -time.Second || gap > limit {
				continue
			}
			end := clock.Ref{Log: pieces[k-1], Boot: m.bootEnd(pieces[k-1]), Stamps: event.Stamps{a.Last.Outer()}}
			same := clock.Ref{Log: pieces[k], Stamps: end.Stamps}
			ties = append(ties, clock.Tie{A: end, B: same, Basis: "one log goes on where the other ends"})
		}
	}
	return ties
}

// How long after the end of one piece the next one may begin: by its name, a month,
// as a quiet log is rotated whether it grew or not; else minutes.
const (
	rotated  = 31 * 24 * time.Hour
	seamless = 10 * time.Minute
)

// rotation is what a rotation puts behind a log's name, and a compressor behind that:
// .1, .2.gz, -20261122, -20261122.xz, .log.20211027-082023.gz.
var rotation = regexp.MustCompile(`(\.\d{1,3}|[.-]\d{8}([-.]\d{4,6})?|[.-]\d{10})?(\.(gz|zst|xz|bz2|lz4))?$`)

// archived is what journald puts behind a journal's name when it rotates it, and
// behind that of one that it found broken.
var archived = regexp.MustCompile(`@[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{16}\.journal$|@[0-9a-f]{16}-[0-9a-f]{16}\.journal~$`)

// unrotated returns a path without what a rotation puts behind it. A container's
// files are called after its restarts, and are no pieces of one.
func unrotated(p string) string {
	dir, base := path.Split(p)
	if name := archived.ReplaceAllString(base, ".journal"); name != base {
		return dir + name
	}
	if name := rotation.ReplaceAllString(base, ""); name != "" && name != base {
		return dir + name
	}
	return p
}
