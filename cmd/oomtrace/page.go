package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A page is text for people, of so many columns. All that is written to it is
// made visible first, so that nothing in a log can act on the terminal.
type page struct {
	w     io.Writer
	width int
}

func (p page) line(format string, args ...any) {
	fmt.Fprintln(p.w, strings.TrimRight(visibleText(fmt.Sprintf(format, args...)), " "))
}

// wrapped writes a text within the page's width, behind a label; its further
// lines stand below the first. Of an empty text nothing is written.
func (p page) wrapped(indent, label, text string) {
	if text == "" {
		return
	}
	for i, line := range wrapText(visibleText(text), p.width-len(indent)-len(label)) {
		if i > 0 {
			label = strings.Repeat(" ", len(label))
		}
		p.line("%s%s%s", indent, label, line)
	}
}

// mostOf are the columns that a cell of a table takes at most; the last one takes
// the rest.
var mostOf = []int{18, 22, 12}

// table writes rows in columns, each cell within its own. A column in which only
// the head stands is left out.
func (p page) table(indent string, rows [][]string) {
	widths := make([]int, len(rows[0]))
	used := len(indent)
	for c := range widths {
		for r, row := range rows {
			if n := utf8.RuneCountInString(visibleText(row[c])); r > 0 && n > 0 {
				widths[c] = max(widths[c], n, len(rows[0][c]))
			}
		}
		if c < len(mostOf) {
			widths[c] = min(widths[c], mostOf[c])
			used += widths[c] + 2
		}
	}
	widths[len(widths)-1] = max(p.width-used, 20)
	for _, row := range rows {
		p.row(indent, row, widths)
	}
}

// row writes a row, in as many lines as its longest cell needs.
func (p page) row(indent string, cells []string, widths []int) {
	var lines [][]string
	tall := 0
	for c, cell := range cells {
		lines = append(lines, wrapText(visibleText(cell), max(widths[c], 1)))
		if widths[c] > 0 {
			tall = max(tall, len(lines[c]))
		}
	}
	for i := range tall {
		var b strings.Builder
		b.WriteString(indent)
		for c := range cells {
			if widths[c] == 0 {
				continue
			}
			part := ""
			if i < len(lines[c]) {
				part = lines[c][i]
			}
			b.WriteString(part)
			b.WriteString(strings.Repeat(" ", max(widths[c]-utf8.RuneCountInString(part), 0)+2))
		}
		p.line("%s", b.String())
	}
}

// wrapText breaks a text at its blanks into lines of at most width runes. A
// longer word is broken, behind a sign that parts it where there is one.
func wrapText(text string, width int) (lines []string) {
	line, used := "", 0
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' }) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n > width {
			lines, line, used = append(lines, line), "", 0
		}
		for n > width {
			head := breakWord(word, width)
			lines = append(lines, head)
			word = word[len(head):]
			n = utf8.RuneCountInString(word)
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	if used > 0 {
		lines = append(lines, line)
	}
	return lines
}

// breakWord returns the start of a word, of at most width runes.
func breakWord(word string, width int) string {
	end, n := len(word), 0
	for i := range word {
		if n == width {
			end = i
			break
		}
		n++
	}
	if i := strings.LastIndexAny(word[:end], "/,;:=&|-_"); i >= end/3 {
		return word[:i+1]
	}
	return word[:end]
}

// visibleText returns s with all written as an escape that could act on a
// terminal, hide or reorder text: controls, bytes that are not UTF-8, format
// characters, what is there to be ignored, and marks piled up on a letter.
func visibleText(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return s
	}
	var b strings.Builder
	marks := 0
	for i, r := range s {
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < utf8.RuneSelf && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case !unicode.IsPrint(r) || marks > maxMarks || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxMarks is how many marks in a row are text.
const maxMarks = 4
