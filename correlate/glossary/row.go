package glossary

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An era is a time in which the task table had the same columns.
type era struct {
	since, until string
	wide         bool     // the pid is padded to seven places, from 4.19 on
	columns      []string // behind the pid, before the name
}

// eras are the task table's columns, the newest first. Source: mm/oom_kill.c,
// dump_tasks. Red Hat's 4.18 has the columns of 4.15, its 3.10 those of 3.6.
var eras = []era{
	{"6.8", "", true, strings.Fields("uid tgid total_vm rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj")},
	{"4.19", "6.6", true, strings.Fields("uid tgid total_vm rss pgtables_bytes swapents oom_score_adj")},
	{"4.15", "4.18", false, strings.Fields("uid tgid total_vm rss pgtables_bytes swapents oom_score_adj")},
	{"4.0", "4.14", false, strings.Fields("uid tgid total_vm rss nr_ptes nr_pmds swapents oom_score_adj")},
	{"3.6", "3.19", false, strings.Fields("uid tgid total_vm rss nr_ptes swapents oom_score_adj")},
	{"2.6.36", "3.5", false, strings.Fields("uid tgid total_vm rss cpu oom_adj oom_score_adj")},
	{"2.6.32", "2.6.35", false, strings.Fields("uid tgid total_vm rss cpu oom_adj")},
}

func (e era) String() string {
	if e.until == "" {
		return e.since + " and later"
	}
	return e.since + " to " + e.until
}

// A row is a row of the task table that was cut into words.
type row struct {
	pid     []byte
	width   int  // of what is between the brackets
	padded  bool // it begins with a blank
	spaced  bool // runs of blanks are left, so the width is the kernel's
	numbers [][]byte
	tails   [][]byte // what is behind each number, without a blank
}

// takeRow reads a row of the task table:
//
//	[   1297]     0  1297     7991     7889     7694        1       194    98304        0          -999 kubelet
//
// Without the table's header the columns are known only by how many there are,
// and by the padding of the pid. Where more than one era fits, a column has all
// the names that it can have, and a note says so.
func takeRow(line []byte) (Line, bool) {
	r, ok := cutRow(line)
	if !ok {
		return Line{}, false
	}
	fitting := r.eras()
	if len(fitting) == 0 {
		return Line{}, false
	}
	n := len(fitting[0].columns)
	l := Line{Name: "task table row", By: "the kernel", Source: "mm/oom_kill.c, dump_task", See: []string{"task table", "badness"},
		Text: "A process that stood for choice, or one at oom_score_adj -1000, which is listed and cannot be chosen. That it is listed does not mean that it was killed. Memory is counted in pages, page tables in bytes from 4.15 on."}
	l.Since, l.Until = fitting[len(fitting)-1].since, fitting[0].until
	l.Fields = append(l.Fields, column("pid", string(r.pid)))
	for i := range n {
		l.Fields = append(l.Fields, columnOf(fitting, i, string(r.numbers[i])))
	}
	l.Fields = append(l.Fields, column("name", string(r.tails[n-1])))
	if len(fitting) > 1 {
		var names []string
		for _, e := range fitting {
			names = append(names, e.String())
		}
		l.Notes = append(l.Notes, fmt.Sprintf("The row has %d numbers, and the tables of Linux %s have as many: the table's header says which it is.", n+1, strings.Join(names, ", ")))
	}
	return l, true
}

// takeHeader reads the head of the task table, which says what its columns are:
//
//	[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
func takeHeader(line []byte) (Line, bool) {
	inner, rest, ok := bytes.Cut(line, []byte("]"))
	if !ok || !bytes.Equal(bytes.Trim(inner, "[ "), []byte("pid")) {
		return Line{}, false
	}
	fields, ok := expandColumns(rest)
	if !ok || fields[len(fields)-1].Name != "name" {
		return Line{}, false
	}
	l := Line{Name: "task table header", By: "the kernel", Source: "mm/oom_kill.c, dump_tasks", See: []string{"task table", "badness"},
		Text: "The head of the task table: what the numbers in its rows are. Memory is counted in pages, page tables in bytes from 4.15 on."}
	l.Fields = append([]Field{column("pid", "")}, fields...)
	wide := bytes.Count(inner, []byte(" ")) > 2
	for _, e := range eras {
		if sameColumns(e.columns, fields) && (e.wide == wide || len(e.columns) > 7) {
			l.Since, l.Until = e.since, cmp.Or(l.Until, e.until)
		}
	}
	return l, true
}

func sameColumns(columns []string, fields []Field) bool {
	return slices.EqualFunc(columns, fields[:len(fields)-1], func(c string, f Field) bool { return c == f.Name })
}

// cutRow cuts a row into its numbers. What is behind each number is kept, since
// a name can begin with one.
func cutRow(line []byte) (r row, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte("["))
	if !ok {
		return r, false
	}
	inner, rest, ok := bytes.Cut(rest, []byte("]"))
	if !ok || spanNumber(inner) != len(bytes.TrimRight(inner, " ")) {
		return r, false
	}
	r.pid, r.width = bytes.TrimSpace(inner), len(inner)
	r.padded, r.spaced = bytes.HasPrefix(inner, []byte(" ")), bytes.Contains(line, []byte("  "))
	for len(r.numbers) < len(eras[0].columns) {
		pad := spanOf(rest, func(c byte) bool { return c == ' ' })
		n := spanNumber(rest[pad:])
		if n < 0 || pad == 0 || pad+n < len(rest) && rest[pad+n] != ' ' {
			break
		}
		r.numbers = append(r.numbers, rest[pad:pad+n])
		rest = rest[pad+n:]
		r.tails = append(r.tails, bytes.TrimPrefix(rest, []byte(" ")))
	}
	return r, len(r.numbers) > 0
}

// eras returns those whose columns the row can have: as many as it has numbers,
// and fewer only where the name begins with a number.
func (r *row) eras() (fit []era) {
	most := 0
	for _, e := range eras {
		n := len(e.columns)
		if n > len(r.numbers) || len(r.tails[n-1]) == 0 || len(r.tails[n-1]) > maxComm || !r.fits(e) || n < most {
			continue
		}
		if n > most {
			fit, most = nil, n
		}
		fit = append(fit, e)
	}
	return fit
}

// fits reports whether the pid is padded as it was in an era. That can be told
// only where the blanks are as the kernel printed them.
func (r *row) fits(e era) bool {
	if !r.spaced || !r.padded {
		return true
	}
	return e.wide == (r.width == 7)
}

// columnOf returns a column of all the eras that fit.
func columnOf(fitting []era, i int, value string) Field {
	var names []string
	for _, e := range fitting {
		if !slices.Contains(names, e.columns[i]) {
			names = append(names, e.columns[i])
		}
	}
	if len(names) == 1 {
		return column(names[0], value)
	}
	return Field{Name: strings.Join(names, " or "), Value: value, Meaning: "the table's header says which"}
}

// column returns a column of the task table.
func column(name, value string) Field {
	f := Field{Name: name, Value: value}
	for _, e := range FindAll(name) {
		if e.Kind == "column" {
			f.Term, f.Meaning = e.Term, e.Short()
			if value != "" && (e.Unit == "pages" || e.Unit == "bytes") {
				f.Unit = e.Unit
			}
		}
	}
	f.Human = human(f)
	return f
}
