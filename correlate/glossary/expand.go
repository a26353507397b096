package glossary

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// expandPairs reads a list of name:value pairs. The unit of a number is what
// is written behind it, else the one given. Three names had a blank between
// the colon and the number, Linux 4.8 to 6.5. Where the list is all of the line,
// as in the totals, its names must be known:
//
//	Node 0 active_anon:4760kB isolated(anon):0kB shmem_thp: 0kB all_unreclaimable? yes
//
// Source: mm/show_mem.c, show_free_areas.
func expandPairs(b []byte, unit string) (fields []Field, ok bool) {
	words := bytes.Fields(b)
	for i := 0; i < len(words) && len(fields) < maxFields; i++ {
		name, value, found := cutPair(words[i])
		if !found {
			return nil, false
		}
		if len(value) == 0 {
			if i++; i == len(words) || unit == "pages" {
				return nil, false
			}
			value = words[i]
		}
		f := pair(name, value, unit)
		if f.Value == "" || unit == "pages" && !countsPages(f.Term) {
			return nil, false
		}
		fields = append(fields, f)
	}
	return fields, len(fields) > 0
}

// countsPages reports whether a term is one that Mem-Info's totals can hold.
func countsPages(term string) bool {
	e, ok := Find(term)
	return ok && strings.Contains(e.Unit, "pages")
}

// cutPair cuts name:value, or the name from a question: "all_unreclaimable?".
func cutPair(word []byte) (name, value []byte, ok bool) {
	if q, is := bytes.CutSuffix(word, []byte("?")); is {
		return q, nil, len(q) > 0
	}
	name, value, ok = bytes.Cut(word, []byte(":"))
	return name, value, ok && len(name) > 0
}

// pair returns a field; one without a value where that is neither a number nor
// yes or no.
func pair(name, value []byte, unit string) Field {
	f := Field{Name: string(name), Unit: unit}
	n := max(spanNumber(value), 0)
	switch suffix := string(value[n:]); {
	case n > 0 && suffix == "":
	case n > 0 && (suffix == "kB" || suffix == "KB"):
		f.Unit = "kB"
	case n == 0 && (suffix == "yes" || suffix == "no"):
		f.Unit, n = "", len(value)
	default:
		return Field{}
	}
	if f.Name == "pages_scanned" {
		f.Unit = ""
	}
	f.Value = string(value[:n])
	f.explain(f.Name)
	f.Human = human(f)
	return f
}

// expandColumns reads the words of a table's header. They have no values.
func expandColumns(b []byte) (fields []Field, ok bool) {
	for _, word := range bytes.Fields(b) {
		if f := column(string(word), ""); f.Term != "" && len(fields) < maxFields {
			fields = append(fields, f)
		} else {
			return nil, false
		}
	}
	return fields, len(fields) > 0
}

// expandBlocks reads the free blocks of a zone by their size, and the letters
// that are behind some:
//
//	1*4kB (U) 3*8kB (UM) 0*16kB
//
// Source: mm/show_mem.c, show_free_areas.
func expandBlocks(b []byte) (fields []Field, ok bool) {
	var letters []string
	for _, word := range bytes.Fields(b) {
		if word[0] == '(' {
			for _, c := range string(bytes.Trim(word, "()")) {
				if !slices.Contains(letters, string(c)) && len(letters) < 26 {
					letters = append(letters, string(c))
				}
			}
			continue
		}
		count, size, cut := strings.Cut(string(word), "*")
		n, err1 := strconv.ParseInt(count, 10, 64)
		kb, err2 := strconv.ParseInt(strings.TrimSuffix(size, "kB"), 10, 64)
		if !cut || err1 != nil || err2 != nil || len(fields) > 64 {
			return nil, false
		}
		f := Field{Name: fmt.Sprintf("order %d", len(fields)), Value: string(word), Meaning: fmt.Sprintf("%d free blocks of %s", n, sizeOf(kb, 1))}
		if n == 1 {
			f.Meaning = "1 free block of " + sizeOf(kb, 1)
		}
		if n >= 0 && kb >= 0 && (n == 0 || kb <= maxKB/n) {
			f.Human = sizeOf(n*kb, 1)
		}
		fields = append(fields, f)
	}
	for _, c := range letters {
		if e, found := Find("free list " + c); found {
			fields = append(fields, Field{Name: "(" + c + ")", Value: c, Meaning: e.Short(), Term: e.Term})
		}
	}
	return fields, len(fields) > 0
}

// expandFlags reads the names of a mask's bits: GFP_KERNEL|__GFP_ZERO.
func expandFlags(b []byte) (fields []Field) {
	for name := range strings.SplitSeq(string(b), "|") {
		if name == "" || len(fields) >= maxFlags {
			continue
		}
		f := Field{Name: "flag", Value: name, Meaning: "no flag of this name is known here"}
		if strings.HasPrefix(name, "0x") {
			f.Meaning = "bits that this kernel has no name for"
		}
		f.explain(name)
		fields = append(fields, f)
	}
	return fields
}

// maxFlags is more than a mask has bits.
const maxFlags = 64

// expandTaint reads the letters behind "Tainted:".
func expandTaint(b []byte) (fields []Field) {
	for _, c := range string(b) {
		if e, ok := Find("taint " + string(c)); ok && c != ' ' && len(fields) < maxFlags {
			fields = append(fields, Field{Name: "taint", Value: string(c), Meaning: e.Short(), Term: e.Term})
		}
	}
	return fields
}

// takeStat reads a line of a cgroup's statistics: a name that is one, and a
// number. Source: mm/memcontrol.c, mem_cgroup_print_oom_meminfo.
func takeStat(line []byte) (Line, bool) {
	name, value, ok := bytes.Cut(line, []byte(" "))
	if !ok || spanNumber(value) != len(value) || len(name) > maxComm {
		return Line{}, false
	}
	var stat Entry
	for _, e := range FindAll(string(name)) {
		if e.Kind == "stat" {
			stat = e
		}
	}
	if stat.Term == "" {
		return Line{}, false
	}
	l := Line{Name: "Memory cgroup stats", By: "the kernel", Source: "mm/memcontrol.c, mem_cgroup_print_oom_meminfo", Since: "5.3",
		Text: "One of the statistics of the cgroup whose limit was hit. The line that begins with \"Memory cgroup stats for\" names the cgroup."}
	f := Field{Name: string(name), Value: string(bytes.TrimSpace(value)), Term: stat.Term, Meaning: stat.Short()}
	if strings.HasPrefix(stat.Unit, "bytes") {
		f.Unit = "bytes"
	}
	f.Human = human(f)
	l.Fields = []Field{f}
	return l, true
}
