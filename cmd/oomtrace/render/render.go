// Package render writes a report for whoever reads it: a person at a terminal
// (table), another program (json), an issue or the summary of a CI step
// (markdown).
//
// In comes a report.Report and nothing else; what a format needs and does not
// find there is a hole in the report. Out goes text, written in one piece, that
// is the same for the same report and Options. The package decides nothing
// about the incidents. It does decide that nothing in a log can act on the
// reader's screen: text of logs is quoted or escaped, never passed through. Only
// json keeps it as it was, behind JSON's own escapes.
package render

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"oomtrace/correlate/report"
)

// Options are what a format may take into account. The zero value is a plain
// terminal of 80 columns.
type Options struct {
	Width int  // of the terminal, in columns; 0 is 80, and what is below 40 is 40
	Color bool // whether escape sequences for the 16 colours may be written
}

// columns returns the width to write for.
func (o Options) columns() int {
	if o.Width == 0 {
		return 80
	}
	return max(o.Width, 40)
}

// A Format is one way to write a report.
type Format struct {
	Name       string
	Extensions []string // of files that hold it, lower case, with the dot; the usual one first
	Write      func(w io.Writer, r *report.Report, o Options) error
}

// Formats are the formats there are, the one for people first.
var Formats = []Format{
	{Name: "table", Extensions: []string{".txt"}, Write: writeTable},
	{Name: "json", Extensions: []string{".json"}, Write: writeJSON},
	{Name: "markdown", Extensions: []string{".md", ".markdown"}, Write: writeMarkdown},
}

// ByName returns the format of that name.
func ByName(name string) (Format, bool) {
	return find(func(f Format) bool { return f.Name == name })
}

// ByExtension returns the format that a file of that path should hold. Case
// does not matter.
func ByExtension(path string) (Format, bool) {
	ext := strings.ToLower(filepath.Ext(path))
	return find(func(f Format) bool { return slices.Contains(f.Extensions, ext) })
}

func find(fits func(Format) bool) (Format, bool) {
	i := slices.IndexFunc(Formats, fits)
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// writeJSON writes the report as other programs read it.
func writeJSON(w io.Writer, r *report.Report, _ Options) error {
	return r.Write(w)
}
