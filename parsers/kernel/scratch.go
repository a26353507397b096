package kernel

import (
	"hash/maphash"

	"oomtrace/parsers/event"
)

// A scratch is what the reports of one parser have in common, so that a log of
// nothing but reports is read in the memory of a few.
type scratch struct {
	names nameTable
	rows  []event.Task // room for a table, while no report has it
	ranks []rank       // that prune works with
}

// A nameTable holds strings that a log prints again and again: the names of processes,
// of functions, of statistics. Each is in memory once, as long as another one does
// not take its place: it is as large as it is whatever the log holds.
type nameTable [1024]string

// of returns b as a string. One that is there allocates nothing; of a table that
// is nil none is.
func (n *nameTable) of(b []byte) string {
	if n == nil {
		return string(b)
	}
	at := maphash.Bytes(seed, b) % uint64(len(n))
	first, second := &n[at], &n[at^1]
	switch string(b) {
	case *first:
	case *second:
		return *second
	default:
		*first, *second = string(b), *first
	}
	return *first
}
