package render

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// narrow counts columns as terminals outside of East Asian locales do, whatever
// the locale of this process: the same report gives the same text everywhere.
var narrow = &runewidth.Condition{StrictEmojiNeutral: true}

// runeColumns returns how many columns a rune takes at most. Marks of some
// scripts, flags and new symbols are counted differently by runewidth and by
// tablewriter, as they are by terminals.
func runeColumns(r rune) int {
	if ' ' <= r && r <= '~' {
		return 1
	}
	return max(narrow.RuneWidth(r), tableColumns(r))
}

// tableColumns returns how many columns tablewriter takes a rune for.
func tableColumns(r rune) int {
	return twwidth.WidthWithOptions(string(r), twwidth.Options{})
}

// columns returns how many columns s takes at most.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// agreed returns s with the runes escaped whose width runewidth and
// tablewriter do not agree on. It is for cells that have others to their
// right, which such a rune would push out of line.
func agreed(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > '~' && narrow.RuneWidth(r) != tableColumns(r) {
			writeEscape(&b, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// wrap breaks text, at its spaces where it can, into lines of at most width
// columns; runs of spaces become one. It stops after limit lines unless limit
// is 0, and reports whether text was left then.
func wrap(text string, width, limit int) (lines []string, cut bool) {
	f := filler{width: width}
	for word := range strings.FieldsSeq(text) {
		for word != "" {
			if limit > 0 && len(f.lines) == limit {
				return f.lines, true
			}
			word = f.put(word)
		}
	}
	if f.line.Len() > 0 {
		f.flush()
	}
	return f.lines, false
}

// A filler fills lines with words.
type filler struct {
	width int
	lines []string
	line  strings.Builder
	used  int // columns of line
}

// put adds what of word fits into the line and returns what is left of it.
func (f *filler) put(word string) string {
	gap := ""
	if f.line.Len() > 0 {
		gap = " "
	}
	head := fitting(word, f.width-f.used-len(gap), f.width)
	if head == "" {
		f.flush()
		return word
	}
	f.line.WriteString(gap)
	f.line.WriteString(head)
	f.used += len(gap) + columns(head)
	if len(head) < len(word) {
		f.flush()
	}
	return word[len(head):]
}

func (f *filler) flush() {
	f.lines = append(f.lines, f.line.String())
	f.line.Reset()
	f.used = 0
}

// fitting returns as much of word as goes into room columns of a line of
// width. A word that fits a line of its own is not broken: nothing of it is
// returned where it does not fit whole. A longer one is broken after a mark
// that parts it, or on a line of its own wherever that ends.
func fitting(word string, room, width int) string {
	n := prefix(word, room)
	if n == len(word) {
		return word
	}
	if room < width && prefix(word, width) == len(word) {
		return ""
	}
	for _, marks := range []string{"/,;:=&|-", "._@"} {
		if i := strings.LastIndexAny(word[:n], marks); i >= n/2 && i > 0 {
			return word[:i+1]
		}
	}
	if room < width {
		return ""
	}
	_, size := utf8.DecodeRuneInString(word)
	return word[:max(n, size)]
}

// prefix returns the length in bytes of what of s fits into n columns.
func prefix(s string, n int) int {
	for i, r := range s {
		if n -= runeColumns(r); n < 0 {
			return i
		}
	}
	return len(s)
}

// cut returns line, or its start and an ellipsis, within width columns.
// ellipsis asks for one even if all fits.
func cut(line string, width int, ellipsis bool) string {
	if !ellipsis && prefix(line, width) == len(line) {
		return line
	}
	return line[:prefix(line, width-1)] + "…"
}

// cutMiddle returns s, or its start and a longer end around an ellipsis, within
// width columns.
func cutMiddle(s string, width int) string {
	if prefix(s, width) == len(s) {
		return s
	}
	head := s[:prefix(s, width/3)]
	room := width - columns(head) - 1
	tail := len(s)
	for tail > len(head) {
		r, size := utf8.DecodeLastRuneInString(s[:tail])
		if room -= runeColumns(r); room < 0 {
			break
		}
		tail -= size
	}
	return head + "…" + s[tail:]
}
