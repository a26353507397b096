package breakdown

import (
	"cmp"
	"slices"

	"oomtrace/parsers/event"
)

// A NameSum is what all processes of one name use together. A number is
// NotPrinted if a row of them does not state it.
//
// Pages that processes share, of files and of shmem, are counted in each of them,
// so that RSSPages can be far more than they take; AnonKB counts almost none
// twice. Huge pages from the pool are in neither.
type NameSum struct {
	Comm          string
	Count         int // processes: a process has one row, whatever its threads
	RSSPages      int64
	SwapPages     int64
	PgtablesBytes int64 // of kernels that count pages only if the page size is known
	KB            int64 // RSSPages, NotPrinted if the page size is not known
	AnonKB        int64 // rss_anon, 6.8 and later
	// Partial says that not all rows of the task table are there: it is the sum
	// over those that are left.
	Partial bool
}

// ByName sums the task table up by the processes' names, the largest first.
// pageKB is as for Of. It is nil if there are no rows.
func ByName(d *event.OOMDump, pageKB int64) []NameSum {
	pageKB = pageSize(d, pageKB)
	at := map[string]int{}
	var sums []NameSum
	for i := range d.Tasks {
		t := &d.Tasks[i]
		k, ok := at[t.Comm]
		if !ok {
			k = len(sums)
			at[t.Comm] = k
			sums = append(sums, NameSum{Comm: t.Comm, Partial: !isWhole(d)})
		}
		sums[k].count(t, pageKB)
	}
	for i := range sums {
		s := &sums[i]
		s.KB = event.NotPrinted
		if pageKB > 0 {
			s.KB = times(s.RSSPages, pageKB)
		}
	}
	slices.SortStableFunc(sums, func(a, b NameSum) int {
		return cmp.Or(cmp.Compare(b.RSSPages, a.RSSPages), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Comm, b.Comm))
	})
	return sums
}

func (s *NameSum) count(t *event.Task, pageKB int64) {
	s.Count++
	s.RSSPages = plus(s.RSSPages, t.RSS)
	s.SwapPages = plus(s.SwapPages, t.Swapents)
	s.PgtablesBytes = plus(s.PgtablesBytes, pgtables(t, pageKB))
	anon := int64(event.NotPrinted)
	if pageKB > 0 {
		anon = times(t.RSSAnon, pageKB)
	}
	s.AnonKB = plus(s.AnonKB, anon)
}

// pgtables returns the bytes of a process's page tables. Up to 4.14 pages are
// counted: nr_ptes, from 4.0 on nr_pmds too.
func pgtables(t *event.Task, pageKB int64) int64 {
	if isSane(t.PgtablesBytes) {
		return t.PgtablesBytes
	}
	if pageKB == 0 || !isSane(t.NrPtes) {
		return event.NotPrinted
	}
	return times(plusAny(t.NrPtes, t.NrPmd), pageKB*1024)
}
