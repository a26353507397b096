// Package worker reads what the supervisors of worker processes print: task
// queues, web servers, process managers, pools, shells, build tools. They are
// the ones who see a child die when the kernel kills it inside their container.
//
// In come the records of one log with their envelopes taken off; out come
// event.WorkerExit, WorkerStart, WorkerStop and MemoryFailure. What each
// program prints is data: a Catalog of dialects, one YAML file each in
// dialects/, which carry the lines that prove them. A team's own program is one
// more such file, read by ReadRules under the same checks.
//
// A line is searched once for the literals of all dialects, so its cost does
// not grow with their number. Where several texts fit, the one with the most
// literal bytes tells what the line says: a line gives one event, but for a
// worker that silently took another's place.
//
// A supervisor knows that a child got signal 9, never who sent it. An end by any
// signal or exit code is an event here, and so is the supervisor's own decision
// to end a worker; which of them was an OOM kill is left to correlate. Pids are
// those of the supervisor's pid namespace.
package worker

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"oomtrace/parsers/event"
)

//go:embed dialects/*.yaml
var dialects embed.FS

// A Catalog is a set of dialects, ready to be searched for. It is read-only and
// can be used by several goroutines.
type Catalog struct {
	rules  []rule // in the order in which they are tried
	keys   []string
	byKey  [][]int // for each key the rules that need it, in order
	finder finder
}

// Builtin returns the dialects that are part of the program. It panics if one of
// them is wrong, which a test rules out.
var Builtin = sync.OnceValue(func() *Catalog {
	read, err := builtin()
	if err != nil {
		panic(fmt.Errorf("reading the built-in dialects: %w", err))
	}
	return newCatalog(rulesOf(read))
})

func builtin() (read []dialect, err error) {
	names, err := fs.Glob(dialects, "dialects/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := dialects.ReadFile(name)
		if err != nil {
			return nil, err
		}
		d, err := readDialects(name, data)
		if err != nil {
			return nil, err
		}
		read = append(read, d...)
	}
	return read, nil
}

// ReadRules reads a team's own dialects from data, one or more YAML documents.
// The name stands in errors, which say the line, what is there and what was
// expected. A document has these keys:
//
//	dialect  the program's name
//	source   who prints it, where and in which versions; not needed
//	prefix   a text with {supervisor}, looked for before the texts on their line
//	lines    a list, each with these keys:
//
//	  event        worker-gone, worker-started, worker-stopping, memory-failure,
//	               or supervisor-started, which tells nothing but that the names
//	               of workers so far are not to be missed
//	  text         what is printed, with captures; see below
//	  samples      a list of line, as printed, and gives, what the captures say
//	  near_misses  a list of lines that must give nothing
//	  why          for worker-stopping: the cause, as a clause
//	  kill         true if the supervisor sends SIGKILL, at once or in the end
//	  what         for memory-failure: what happened, as a clause
//	  weak         true for a worker-gone that names no cause
//	  passes_on    true for a worker-gone of who passes on what a shell told of it
//	  signal       the number of a signal that the text names by itself
//	  by           worker if that one prints the line: the prefix has its own pid
//	  replaces     name if a start under the name of a worker who lives means that
//	               this one is gone
//	  find         the part of the text that lines are searched for, where the
//	               longest one is too common
//
// Text is searched for as it is, with ^ and $ for the ends of a line and {{ for a
// brace. Captures are {pid}, {supervisor}, {name} and {task}; {signal} for 9,
// SIGKILL, KILL or Killed; {-signal} for -9; {128+signal} for 137; {status} for
// wait(2)'s number; {code} for an exit code as it is; {_} for anything.
func ReadRules(name string, data []byte) (*Catalog, error) {
	read, err := readDialects(name, data)
	if err != nil {
		return nil, err
	}
	return newCatalog(rulesOf(read)), nil
}

// With returns the dialects of both catalogues. Those of other come first: where
// a text of both fits a line, other tells what it says.
func (c *Catalog) With(other *Catalog) *Catalog {
	if other == nil {
		return c
	}
	return newCatalog(slices.Concat(other.rules, c.rules))
}

// Literals returns strings one of which stands in every line that can say
// anything to this catalogue: five bytes of ASCII at least, none of which JSON
// writes in another way. They are sorted, and none is part of another.
func (c *Catalog) Literals() []string {
	var short []string
	for _, k := range c.keys {
		part := func(other string) bool { return other != k && strings.Contains(k, other) }
		if !slices.ContainsFunc(c.keys, part) {
			short = append(short, k)
		}
	}
	slices.Sort(short)
	return short
}

// New returns a parser for one log.
func (c *Catalog) New() event.Parser {
	return &reader{catalog: c, seen: make([]int, len(c.keys))}
}

// rulesOf returns the rules of some dialects in the order in which they are to
// be tried: the most literal bytes first.
func rulesOf(read []dialect) []rule {
	var rules []rule
	for _, d := range read {
		rules = append(rules, d.rules...)
	}
	sortRules(rules)
	return rules
}

func sortRules(rules []rule) {
	slices.SortStableFunc(rules, func(a, b rule) int { return b.size - a.size })
}

func newCatalog(rules []rule) *Catalog {
	c := &Catalog{rules: rules}
	number := map[string]int{}
	for i, r := range rules {
		k, ok := number[r.key]
		if !ok {
			k = len(c.keys)
			number[r.key] = k
			c.keys = append(c.keys, r.key)
			c.byKey = append(c.byKey, nil)
		}
		c.byKey[k] = append(c.byKey[k], i)
	}
	c.finder = newFinder(c.keys)
	return c
}
