package render

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"oomtrace/correlate/report"
)

// inert returns a copy of r in which every string is as visible makes it. The
// formats for people read nothing but such a copy, so that no field can be
// forgotten.
func inert(r *report.Report) *report.Report {
	c := reflect.New(reflect.TypeFor[report.Report]())
	copyVisible(c.Elem(), reflect.ValueOf(*r))
	return c.Interface().(*report.Report)
}

var timeType = reflect.TypeFor[report.Time]()

// copyVisible sets to, which is zero, to a deep copy of from.
func copyVisible(to, from reflect.Value) {
	switch from.Kind() {
	case reflect.String:
		to.SetString(visible(from.String()))
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			copyVisible(to.Elem(), from.Elem())
		}
	case reflect.Slice:
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			copyVisible(to.Index(i), from.Index(i))
		}
	case reflect.Struct:
		if from.Type() == timeType {
			to.Set(from)
			return
		}
		for i := range from.NumField() {
			copyVisible(to.Field(i), from.Field(i))
		}
	case reflect.Map: // Memory.Stat, which no format for people shows
	default:
		to.Set(from)
	}
}

// visible returns s with all that could act on a terminal, hide or reorder
// text written as an escape, in the manner of Go: \n, \t, \x1b for controls,
// \xff for a byte that is not UTF-8, \u202e for the rest. That goes for
// whatever Go would not print as it is (controls, format characters such as
// the bidirectional ones and those of no width, line separators, spaces other
// than U+0020, what is unassigned), for the characters that are there to be
// ignored, and for marks piled up on one letter beyond what any script needs.
// A backslash is left alone: what is a name's own and what is an escape cannot
// be told apart, and need not be.
func visible(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return s
	}
	var b strings.Builder
	marks := 0
	for i, r := range s {
		marks = pile(marks, r)
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hidden(r) || marks > maxMarks:
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxMarks is how many combining marks in a row are text; Hebrew and Tibetan
// need as many.
const maxMarks = 4

// pile returns how many combining marks stand in a row, r among them.
func pile(marks int, r rune) int {
	if r >= 0x300 && unicode.Is(unicode.M, r) {
		return marks + 1
	}
	return 0
}

// hidden reports whether r must not be written as it is.
func hidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func writeEscape(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < utf8.RuneSelf:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}
