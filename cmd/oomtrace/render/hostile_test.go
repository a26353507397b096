package render

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"oomtrace/correlate/report"
)

func TestNoLineIsTooWide(t *testing.T) {
	for name, r := range examples(t) {
		for _, width := range []int{60, 80, 120} {
			checkTable(t, name, r, width)
		}
	}
	checkTable(t, "below the least width", examples(t)["kubernetes"], 40)
	if got := (Options{Width: 12}).columns(); got != 40 {
		t.Errorf("a terminal of 12 columns is written for as if it had %d, want 40", got)
	}
}

func TestMarkdownIsInert(t *testing.T) {
	for name, r := range examples(t) {
		checkMarkdown(t, name, r)
	}
}

// FuzzHostileText puts any text into all the text of a report.
func FuzzHostileText(f *testing.F) {
	for _, s := range []string{
		"\x1b[2J\x1b]0;title\x07\x9b31m\u202e\u2066\u200b\u2028\ufeff\xff\x00\r\n\t",
		"``` ` `` | \\| \\\\| --- | @octocat #123 GH-7 <!-- --> <b> [x](y) https://e.example www.e.example :bomb: ~~ $",
		"漢字かな交じり文 🇩🇪 ❤\ufe0f 👩\u200d🚀 กำลัง नमस्ते e\u0301\u0301\u0301\u0301\u0301\u0301 ꫝ\u1160\u1160",
		"/kubepods/burstable/podb1498fe3389220b5c12f5fe572a71bd1/81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f",
		"- 1. + === --- # > * \x00|\x00`\x00\\\x00\n\n    indented",
		strings.Repeat("x", 300), " ", "",
	} {
		f.Add(s)
	}
	reports := examples(f)
	f.Fuzz(func(t *testing.T, text string) {
		for i, name := range []string{"hostile", "several", "nothing"} {
			h := filled(reports[name], strings.Split(text, "\x00"))
			checkTable(t, name, h, []int{60, 80, 120}[i])
			checkMarkdown(t, name, h)
		}
	})
}

// filled returns a copy of r with each of its strings taken from texts in turn.
func filled(r *report.Report, texts []string) *report.Report {
	c := inert(r)
	n := 0
	fill(reflect.ValueOf(c).Elem(), func() string { n++; return texts[n%len(texts)] })
	return c
}

func fill(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(next())
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem(), next)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), next)
		}
	case reflect.Struct:
		for i := 0; v.Type() != timeType && i < v.NumField(); i++ {
			fill(v.Field(i), next)
		}
	}
}

// checkTable writes r as a table and looks at each line of it.
func checkTable(t *testing.T, name string, r *report.Report, width int) {
	t.Helper()
	text := written(t, "table", r, Options{Width: width})
	if colored := written(t, "table", r, Options{Width: width, Color: true}); uncolored(colored) != text {
		t.Errorf("%s at width %d: colour changes more than colour", name, width)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if bad := firstHidden(line); bad != "" {
			t.Errorf("%s at width %d: %s in %q", name, width, bad, line)
		}
		if n := narrow.StringWidth(line); n > width {
			t.Errorf("%s: a line has %d columns of %d: %q", name, n, width, line)
		}
		if n := columns(line); n > width {
			t.Errorf("%s: a line can have %d columns of %d: %q", name, n, width, line)
		}
		if strings.HasSuffix(line, " ") {
			t.Errorf("%s at width %d: a space at the end of %q", name, width, line)
		}
	}
}

// firstHidden names what a terminal should not be sent of a line, "" if all is
// well.
func firstHidden(line string) string {
	for i, r := range line {
		if _, size := utf8.DecodeRuneInString(line[i:]); r == utf8.RuneError && size == 1 {
			return fmt.Sprintf("byte %#x", line[i])
		}
		if hidden(r) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// checkMarkdown writes r as Markdown and looks whether anything in it is more
// than the text it should be.
func checkMarkdown(t *testing.T, name string, r *report.Report) {
	t.Helper()
	cells := 0
	for line := range strings.Lines(written(t, "markdown", r, Options{})) {
		line = strings.TrimSuffix(line, "\n")
		if bad := firstHidden(line); bad != "" {
			t.Errorf("%s: %s in %q", name, bad, line)
		}
		if bad := loose(line); bad != "" {
			t.Errorf("%s: %q is outside of code spans in %q", name, bad, line)
		}
		switch n := pipes(line); {
		case !strings.HasPrefix(line, "|"):
			cells = 0
		case cells == 0:
			cells = n
		case cells != n:
			t.Errorf("%s: a row has %d pipes, its table has %d: %q", name, n, cells, line)
		}
	}
}

// pipes counts what parts the cells of a row: GitHub's dialect takes a pipe
// after a backslash for text, in code spans too, and any other for a border.
func pipes(row string) int {
	return strings.Count(row, "|") - strings.Count(row, `\|`)
}

// ours is what the page itself writes that could mean something to Markdown: a
// table's rule, a heading, a list, bold labels, evidence and entities.
var ours = regexp.MustCompile(`^\| [-:| ]+\|$|^\| #|^#+ |^- |\*\*|\[[0-9]+\]|&(?:amp|lt|gt|#34|#39);`)

// loose returns the first thing outside of the code spans of a line that could
// be more than text.
func loose(line string) string {
	rest := ""
	for line != "" {
		i := strings.IndexByte(line, '`')
		if i < 0 {
			rest += line
			break
		}
		rest += line[:i]
		fence := line[i : len(line)-len(strings.TrimLeft(line[i:], "`"))]
		line = line[i+len(fence):]
		end := closing(line, len(fence))
		if end < 0 {
			return fence
		}
		line = line[end+len(fence):]
	}
	rest = ours.ReplaceAllString(rest, "")
	return regexp.MustCompile("[<>@#*_`~$\\\\\\[\\]]|://|(?i:www\\.|gh-)|&").FindString(rest)
}

// closing returns where the run of exactly n backticks is in s, or -1.
func closing(s string, n int) int {
	for i := 0; i < len(s); i++ {
		start := i
		for i < len(s) && s[i] == '`' {
			i++
		}
		if i-start == n {
			return start
		}
	}
	return -1
}

func TestLongText(t *testing.T) {
	for _, unit := range []string{"x", "x ", "/a", "f", "`", "e\u0301", "漢", "\u1160", "\x00", "|"} {
		h := filled(examples(t)["hostile"], []string{strings.Repeat(unit, 1024)})
		checkTable(t, unit, h, 80)
		checkMarkdown(t, unit, h)
	}
}
