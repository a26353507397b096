package breakdown

import (
	"fmt"
	"time"

	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// sane bounds the numbers of pages and of KiB that are believed, so that no sum
// or product of them overflows. It is far above any machine's.
const sane = 1 << 50

func isSane(n int64) bool { return n >= 0 && n <= sane }

// plus adds two figures; it is NotPrinted if one of them is.
func plus(a, b int64) int64 {
	if !isSane(a) || !isSane(b) {
		return event.NotPrinted
	}
	return min(a+b, sane)
}

// plusAny adds two figures of which one may not be printed.
func plusAny(a, b int64) int64 {
	switch {
	case !isSane(a) && !isSane(b):
		return event.NotPrinted
	case !isSane(a):
		return b
	case !isSane(b):
		return a
	}
	return min(a+b, sane)
}

// times multiplies a count with the size of one.
func times(n, kb int64) int64 {
	switch {
	case !isSane(n) || !isSane(kb):
		return event.NotPrinted
	case kb != 0 && n > sane/kb:
		return sane
	}
	return n * kb
}

// bytesKB turns bytes into KiB.
func bytesKB(n int64) int64 {
	if n < 0 || n/1024 > sane {
		return event.NotPrinted
	}
	return n / 1024
}

// isLimit says whether a limit in KiB is one: the kernel prints the largest
// number that a counter can hold for none, 2^53-4 KiB or somewhat less with
// larger pages, 2^33-4 KiB on 32 bits.
func isLimit(kb int64) bool { return isSane(kb) && kb != 1<<33-4 }

// isPageKB says whether some Linux has pages of that many KiB.
func isPageKB(kb int64) bool { return kb >= 4 && kb <= 256 && kb&(kb-1) == 0 }

// pageSize is what the caller knows, else what the report shows, else 0.
func pageSize(d *event.OOMDump, pageKB int64) int64 {
	for _, kb := range [...]int64{pageKB, d.Node.PageKB} {
		if isPageKB(kb) {
			return kb
		}
	}
	return 0
}

// isShare says whether part is at least so many percent of total.
func isShare(part, total, percent int64) bool {
	return isSane(part) && total > 0 && part > 0 && percentOf(part, total) >= percent
}

// percentOf is how many whole percent of total part is.
func percentOf(part, total int64) int64 {
	if total <= 0 {
		return 0
	}
	return min(part, sane) * 100 / total
}

// percentUp is how many percent of total part is, rounded up: what "at most" needs.
func percentUp(part, total int64) int64 {
	if total <= 0 {
		return 0
	}
	part = min(part, sane)
	percent := part * 100 / total
	if part*100%total > 0 {
		percent++
	}
	return percent
}

// sizes writes a range of KiB.
func sizes(least, most int64) string {
	if prose.Size(least) == prose.Size(most) {
		return prose.Size(least)
	}
	return prose.Size(least) + " to " + prose.Size(most)
}

// lapse writes a time between two kills.
func lapse(t time.Duration) string {
	switch {
	case t < time.Second:
		return "less than 1 s"
	case t < 2*time.Minute:
		return fmt.Sprintf("%d s", t.Round(time.Second)/time.Second)
	case t < 2*time.Hour:
		return fmt.Sprintf("%d min", t.Round(time.Minute)/time.Minute)
	case t < 48*time.Hour:
		return fmt.Sprintf("%d h", t.Round(time.Hour)/time.Hour)
	}
	return fmt.Sprintf("%d days", t.Round(24*time.Hour)/(24*time.Hour))
}
