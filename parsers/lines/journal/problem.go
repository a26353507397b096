package journal

import "fmt"

// A Problem is something in a file that kept the Reader from reading it whole.
type Problem struct {
	Offset int64  // of the first one of this kind
	Code   string // kebab-case, for programs
	Text   string // for people, about the first one of this kind
	Count  int    // how many there are of this kind
}

// String returns the text, with the offset and the count where there are more.
func (p Problem) String() string {
	if p.Count == 1 {
		return fmt.Sprintf("byte %d: %s", p.Offset, p.Text)
	}
	return fmt.Sprintf("byte %d: %s (and %d more)", p.Offset, p.Text, p.Count-1)
}

// The codes of problems: the file ends before its entries do, the list of
// entries breaks off, or leads to what is no entry; there is a hole in the row
// of objects; the header counts more entries; a field, or many, are left out.
const (
	truncated      = "journal-truncated"
	brokenChain    = "journal-broken-chain"
	badEntry       = "journal-bad-entry"
	noObject       = "journal-no-object"
	entriesMissing = "journal-entries-missing"
	badField       = "journal-bad-field"
	tooManyFields  = "journal-too-many-fields"
)

// A report collects problems: one of each code, so that a file of nothing else
// costs no memory.
type report struct{ problems []Problem }

// add counts a problem and, if it is the first of its code, keeps it.
func (r *report) add(off int64, code, format string, args ...any) {
	for i := range r.problems {
		if r.problems[i].Code == code {
			r.problems[i].Count++
			return
		}
	}
	r.problems = append(r.problems, Problem{Offset: off, Code: code, Text: fmt.Sprintf(format, args...), Count: 1})
}

// has reports whether there is a problem of that code.
func (r *report) has(code string) bool {
	for _, p := range r.problems {
		if p.Code == code {
			return true
		}
	}
	return false
}
