// Package prose writes numbers and names as they stand in a sentence. What comes
// in is a figure or a word of the logs, what goes out is text for a person: the
// packages that write sentences share it, so that one report writes one number in
// one way.
package prose

import (
	"strconv"
	"strings"
)

// Size writes KiB as a person reads them: "932 KiB", "44.9 MiB", "23.5 GiB", in the
// largest unit that leaves a whole part, with one decimal, and none where it would
// be 0.
func Size(kb int64) string {
	switch {
	case kb < 0:
		return "-" + Size(-max(kb, -1<<62))
	case kb < 1024:
		return strconv.FormatInt(kb, 10) + " KiB"
	}
	n, unit := float64(kb)/1024, "MiB"
	for _, next := range []string{"GiB", "TiB"} {
		if n < 1023.95 { // it would be written as 1024
			break
		}
		n, unit = n/1024, next
	}
	return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0") + " " + unit
}

// Name makes a comm or a cache's name fit to stand in a sentence: what cannot be
// printed is escaped, and a name with blanks or odd signs is quoted.
func Name(comm string) string {
	q := strconv.Quote(comm)
	if q[1:len(q)-1] == comm && comm != "" && !strings.ContainsAny(comm, " (),.;'`") {
		return comm
	}
	return q
}

// List joins words as a sentence does: "a, b and c".
func List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
