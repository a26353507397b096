package glossary

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/goccy/go-yaml"
)

//go:embed terms/*.yaml lines/*.yaml
var files embed.FS

// A termFile is a file of terms. What its entries share can be said once.
type termFile struct {
	Kind   string
	Source string
	Terms  []Entry
}

// A lineFile is a file of lines.
type lineFile struct {
	Source string
	Lines  []yamlLine
}

// A yamlLine is a line as its file has it.
type yamlLine struct {
	Name     string
	Also     []string
	Text     string
	By       string // who prints it; the kernel if it does not say
	When     string
	Kill     string // yes, no, or nothing where it is a part of a report
	Source   string
	See      []string
	Texts    map[string]string // of a value of a field (order=-1): what the line says with it, in place of Text
	Terms    map[string]string // of a field: whose entry explains it
	Meanings map[string]string // of a field, or of a value of it (nodemask=(null)): what it is in this line
	Forms    []yamlForm
}

// A yamlForm is one way in which a line is or was printed.
type yamlForm struct {
	Text         string
	Since, Until string
	Note         string
	Samples      []sample
	NearMisses   []string `yaml:"near_misses"`
}

// A sample is a line as really printed and what it must give.
type sample struct {
	Line  string
	Gives map[string]string
}

// read reads all files of terms and lines.
func read(fsys fs.FS) (*data, error) {
	d := &data{}
	lines, err := readAll[lineFile](fsys, "lines/*.yaml")
	if err != nil {
		return nil, err
	}
	terms, err := readAll[termFile](fsys, "terms/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, f := range lines {
		for _, y := range f.Lines {
			if err := d.addLine(y, f.Source); err != nil {
				return nil, fmt.Errorf("line %q: %w", y.Name, err)
			}
		}
	}
	for _, f := range terms {
		for _, e := range f.Terms {
			e.Kind, e.Source = cmp.Or(e.Kind, f.Kind), cmp.Or(e.Source, f.Source)
			d.entries = append(d.entries, e)
		}
	}
	slices.SortStableFunc(d.entries, func(a, b Entry) int {
		return cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind))
	})
	d.index()
	return d, nil
}

// readAll reads the files that a pattern names, in the order of their names.
func readAll[T any](fsys fs.FS, pattern string) (all []T, err error) {
	names, err := fs.Glob(fsys, pattern)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var f T
		if err := yaml.UnmarshalWithOptions(text, &f, yaml.DisallowUnknownField()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, f)
	}
	return all, nil
}

var errForms = errors.New("no form: want the texts in which the line is printed")

// addLine takes a line's forms, and the entry that it has among the terms.
func (d *data) addLine(y yamlLine, source string) error {
	y.Source, y.By = cmp.Or(y.Source, source), cmp.Or(y.By, "the kernel")
	if len(y.Forms) == 0 {
		return errForms
	}
	e := Entry{Term: y.Name, Also: y.Also, Kind: "line", Text: y.Text, Source: y.Source, See: y.See}
	e.Until, e.Since = y.Forms[0].Until, y.Forms[len(y.Forms)-1].Since // the newest is first
	for _, f := range y.Forms {
		p, err := compile(f.Text)
		if err != nil {
			return fmt.Errorf("%q: %w", f.Text, err)
		}
		d.rules = append(d.rules, rule{line: y, form: f, pattern: p})
		if f.Until == "" {
			e.Until = ""
		}
		if f.Since == "" {
			e.Since = ""
		}
	}
	d.entries = append(d.entries, e)
	return nil
}
