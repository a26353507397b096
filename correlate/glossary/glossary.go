// Package glossary knows the words that stand around an OOM kill: the names
// that the kernel prints in a report and what they count, the flags, zones and
// letters in it, the files and settings of cgroups, the exit codes and signals,
// what Kubernetes, systemd and the user-space killers call things, and the words
// of this program's own report. It also knows the lines themselves: what each
// says, who prints it, and which versions print it in that shape.
//
// In comes a word, for Find and FindAll, or a line without its envelopes, for
// TakeApart; out come an Entry or a Line, in plain words. The knowledge is data:
// terms/*.yaml and lines/*.yaml, and every line's pattern carries samples that
// prove it. Taking off envelopes, and showing what is found, is left to the
// caller; what the lines of one report mean together is left to correlate. The
// package imports nothing of this program.
//
// Versions are mainline releases, the first and the last whose source is known
// to have the thing; vendors backport. A version that is not known is left out.
// Sources of the facts are named in each entry: most are mm/oom_kill.c,
// mm/memcontrol.c and mm/show_mem.c (mm/page_alloc.c to Linux 6.4).
package glossary

import (
	"slices"
	"strings"
	"sync"
)

// An Entry explains one word. Empty fields are not known, or do not apply.
type Entry struct {
	Term string   `json:"term"`
	Also []string `json:"also,omitempty"` // other spellings; two entries can share one
	Kind string   `json:"kind"`           // one of Kinds
	Text string   `json:"text"`           // plain sentences; the first says what it is
	Unit string   `json:"unit,omitempty"` // as it is printed
	// Since and Until are the first and last version that has it: a Linux
	// release, or another program's where its name is before it.
	Since  string   `json:"since,omitempty"`
	Until  string   `json:"until,omitempty"`
	Source string   `json:"source,omitempty"` // the file that prints or defines it
	See    []string `json:"see,omitempty"`    // terms of other entries
}

// Short returns the first sentence of an entry's text, without its full stop.
func (e Entry) Short() string {
	first, _, _ := strings.Cut(e.Text, ". ")
	return strings.TrimSuffix(first, ".")
}

// Kinds are what an entry can be, in the order in which they are listed.
var Kinds = []string{
	"line", "field", "column", "stat", "constraint", "flag", "zone", "letter", "concept",
	"cgroup file", "sysctl", "exit code", "signal", "kubernetes term", "systemd term", "user-space killer", "report word",
}

// data is all that the package knows.
type data struct {
	entries []Entry // by kind, then in the order of the files
	exact   map[string][]int
	folded  map[string][]int // by names in lower case
	rules   []rule
}

// known reads what is embedded, once. That it can be read is a test.
var known = sync.OnceValue(func() *data {
	d, err := read(files)
	if err != nil {
		panic("glossary: " + err.Error())
	}
	return d
})

// All returns every entry, by kind, in the order of Kinds.
func All() []Entry { return slices.Clone(known().entries) }

// Find returns the entry of a term, or of another spelling of it. Case does not
// matter where nothing fits exactly.
func Find(term string) (Entry, bool) {
	all := FindAll(term)
	if len(all) == 0 {
		return Entry{}, false
	}
	return all[0], true
}

// FindAll returns every entry that a word can mean, the one whose term it is
// first: low is a watermark, and a key of memory.events.
func FindAll(term string) []Entry {
	d, term := known(), clean(term)
	found := d.exact[term]
	if len(found) == 0 {
		found = d.folded[strings.ToLower(term)]
	}
	var all []Entry
	for _, i := range found {
		all = append(all, d.entries[i])
	}
	return all
}

// clean returns a term without what it may have been copied with: the sign
// behind a name, quotes, blanks.
func clean(term string) string {
	term = strings.Trim(term, " \t\r\n`\"'")
	if len(term) > 1 {
		term = strings.TrimRight(term, ":=?,")
	}
	return strings.Join(strings.Fields(term), " ")
}

// index makes the entries findable.
func (d *data) index() {
	d.exact, d.folded = map[string][]int{}, map[string][]int{}
	for _, own := range []bool{true, false} {
		for i, e := range d.entries {
			names := e.Also
			if own {
				names = []string{e.Term}
			}
			for _, name := range names {
				add(d.exact, clean(name), i)
				add(d.folded, strings.ToLower(clean(name)), i)
			}
		}
	}
}

func add(m map[string][]int, name string, i int) {
	if !slices.Contains(m[name], i) {
		m[name] = append(m[name], i)
	}
}
