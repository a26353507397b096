package glossary

import (
	"cmp"
	"slices"
	"strings"
)

const (
	maxNear     = 6  // terms that Near returns
	maxNearTerm = 64 // bytes of a term that are compared
)

// Near returns the terms that are spelled most like a word that no entry has,
// the nearest first; none where nothing is like it.
func Near(term string) []string {
	type candidate struct {
		term     string
		distance int
	}
	term = strings.ToLower(clean(term))
	term = term[:min(len(term), maxNearTerm)]
	var all []candidate
	for _, e := range known().entries {
		best := unlike
		for _, name := range append([]string{e.Term}, e.Also...) {
			best = min(best, distance(term, strings.ToLower(name)))
		}
		if best < unlike {
			all = append(all, candidate{e.Term, best})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var near []string
	for _, c := range all {
		name, _, _ := strings.Cut(c.term, " (") // rss (stat) is found by rss
		if len(near) < maxNear && !slices.Contains(near, name) {
			near = append(near, name)
		}
	}
	return near
}

// unlike is the distance of words that have nothing in common.
const unlike = 1 << 10

// distance returns how unlike two words are: by how many letters have to be
// changed, put in or left out, or, where one is a part of the other, by how
// much it leaves out.
func distance(a, b string) int {
	if a == "" || len(b) > 2*maxNearTerm {
		return unlike
	}
	edits := levenshtein(a, b)
	if edits <= min(4, len(a)/2, len(b)/2) {
		return edits
	}
	if len(a) >= 3 && strings.Contains(b, a) {
		return 4 + len(b) - len(a)
	}
	if len(b) >= 4 && strings.Contains(a, b) {
		return 4 + len(a) - len(b)
	}
	return unlike
}

// levenshtein returns how many letters have to be changed, put in or left out to
// make b of a. Two neighbours that changed places count as two.
func levenshtein(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
