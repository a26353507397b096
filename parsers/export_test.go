package parsers

import "slices"

// Literals returns what Read searches for in a log that holds the kernel's own
// lines, with the built-in dialects: what there is to search, one of each.
func Literals() []string {
	literals := slices.Clone(hidden)
	for _, v := range new(Options).voices() {
		literals = append(literals, v.literals()...)
	}
	slices.Sort(literals)
	return slices.Compact(literals)
}
