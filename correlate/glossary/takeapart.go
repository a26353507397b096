package glossary

import (
	"bytes"
	"cmp"
	"strconv"
)

// A Line is a line that was taken apart.
type Line struct {
	Name string `json:"name"` // of the entry about it
	Text string `json:"text"` // what it says, in plain words
	// Kill is "yes" where the line says that a process was killed for want of
	// memory, "no" where it only looks like that, "" where it is a part of a
	// report that does not say it.
	Kill   string `json:"kill,omitempty"`
	By     string `json:"by"`             // who prints it
	When   string `json:"when,omitempty"` // as a sentence
	Source string `json:"source,omitempty"`
	// Since and Until are the versions that print it in this shape.
	Since  string   `json:"since,omitempty"`
	Until  string   `json:"until,omitempty"`
	Fields []Field  `json:"fields,omitempty"`
	Notes  []string `json:"notes,omitempty"` // what the line alone leaves open
	See    []string `json:"see,omitempty"`
}

// A Field is a part of a line that means something. Value is as printed, and
// "" for the words of a table's header.
type Field struct {
	Name    string `json:"name"`
	Value   string `json:"value,omitempty"`
	Unit    string `json:"unit,omitempty"` // kB (1024 bytes), pages, bytes; "" if it has none
	Human   string `json:"human,omitempty"`
	Meaning string `json:"meaning,omitempty"`
	Term    string `json:"term,omitempty"` // of the entry that explains it
}

// A rule is a form of a line, ready to be tried.
type rule struct {
	line    yamlLine
	form    yamlForm
	pattern pattern
}

// MaxLine is how much of a line is looked at, in bytes. No kernel record is as
// long.
const MaxLine = 64 << 10

// maxFields is how many fields a line can give.
const maxFields = 512

// TakeApart explains a line from which the envelopes were taken off, field by
// field. It says so where no line of the glossary fits.
func TakeApart(line []byte) (Line, bool) {
	line = line[:min(len(line), MaxLine)]
	line = bytes.TrimRight(line, " \t\r\n")
	if l, ok := takeApart(line); ok {
		return l, true
	}
	if bare := bytes.TrimLeft(line, " \t"); len(bare) < len(line) {
		return takeApart(bare)
	}
	return Line{}, false
}

func takeApart(line []byte) (Line, bool) {
	for _, take := range []func([]byte) (Line, bool){takeHeader, takeRow, takeStat} {
		if l, ok := take(line); ok {
			return l, true
		}
	}
	for i := range known().rules {
		r := &known().rules[i]
		if got, ok := r.pattern.match(line); ok {
			if l, ok := r.explain(got); ok {
				return l, true
			}
		}
	}
	return Line{}, false
}

// explain makes a Line of what the captures took. It does not where a list in it
// holds something else than its items.
func (r *rule) explain(got []taken) (Line, bool) {
	l := r.blank()
	for _, t := range got {
		fields, ok := r.expand(t)
		if !ok {
			return l, false
		}
		for _, f := range fields {
			l.Text = cmp.Or(r.line.Texts[f.Name+"="+f.Value], l.Text)
			if len(l.Fields) < maxFields {
				l.Fields = append(l.Fields, f)
			}
		}
	}
	doubtPgtables(l.Fields)
	return l, true
}

// doubtPgtables says that a size of page tables may be in bytes, as Linux 5.4.0
// to 5.4.8 print it: where it is a whole number of pages and more than all that is
// mapped. Even the smallest process has four pages of them.
func doubtPgtables(fields []Field) {
	mapped := int64(-1)
	for i := range fields {
		f := &fields[i]
		n, err := strconv.ParseInt(f.Value, 10, 64)
		switch {
		case err != nil:
		case f.Name == "total-vm":
			mapped = n
		case f.Name == "pgtables" && mapped >= 0 && n > mapped && n >= 4*4096 && n%4096 == 0:
			f.Human = bytesOf(n) + " if these are bytes"
		}
	}
}

// blank returns what the rule says of any line of its shape.
func (r *rule) blank() Line {
	l := Line{Name: r.line.Name, Text: r.line.Text, Kill: r.line.Kill, By: r.line.By, When: r.line.When,
		Source: r.line.Source, Since: r.form.Since, Until: r.form.Until, See: r.line.See}
	if r.form.Note != "" {
		l.Notes = []string{r.form.Note}
	}
	return l
}

// expand returns the fields that a capture is: itself, or the items of a list.
func (r *rule) expand(t taken) ([]Field, bool) {
	switch t.capture.kind {
	case "pairs":
		return expandPairs(t.value, t.capture.name)
	case "columns":
		return expandColumns(t.value)
	case "blocks":
		return expandBlocks(t.value)
	case "flags":
		return expandFlags(t.value), true
	case "taint":
		return append([]Field{r.field(t)}, expandTaint(t.value)...), true
	}
	return []Field{r.field(t)}, true
}

// field returns the field of a capture, with what the line, or else the entry
// of its name, says about it.
func (r *rule) field(t taken) Field {
	f := Field{Name: t.capture.name, Value: string(bytes.Trim(t.value, " "))}
	switch t.capture.kind {
	case "kB", "pages", "bytes":
		f.Unit = t.capture.kind
	}
	f.explain(cmp.Or(r.line.Terms[f.Name], f.Name))
	f.Meaning = cmp.Or(r.line.Meanings[f.Name+"="+f.Value], r.line.Meanings[f.Name], f.Meaning)
	if t.capture.kind == "value" {
		f.explain(f.Value)
	}
	f.Human = human(f)
	return f
}

// explain takes the meaning from an entry, if there is one.
func (f *Field) explain(term string) {
	if all := known().exact[clean(term)]; len(all) > 0 {
		e := known().entries[all[0]]
		f.Term, f.Meaning = e.Term, e.Short()
	}
}
