package render

import (
	"html"
	"strings"
)

// code returns text as a code span of Markdown, in which nothing is a mark, a
// tag, a link or a mention. Its fence is longer than any run of backticks in
// it. It takes text that visible has made; of none it returns none.
func code(text string) string {
	if text == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	if spaced(text) {
		text = " " + text + " "
	}
	return fence + text + fence
}

// spaced reports whether a code span of text needs spaces inside its fences,
// which a reader of Markdown takes off again: where a backtick would lengthen
// the fence, and where text has such spaces of its own.
func spaced(text string) bool {
	if text[0] == '`' || text[len(text)-1] == '`' {
		return true
	}
	return text[0] == ' ' && text[len(text)-1] == ' ' && strings.Trim(text, " ") != ""
}

// longestRun returns the length of the longest run of c in s.
func longestRun(s string, c byte) int {
	longest, n := 0, 0
	for i := range len(s) {
		if s[i] == c {
			n++
			longest = max(longest, n)
		} else {
			n = 0
		}
	}
	return longest
}

// inline returns text as prose of Markdown that shows it literally. A word that
// could be a mark, a tag, a link, a mention or a reference becomes a code span
// without the punctuation around it; so do ids and paths, which read better so.
// The result may stand at the start of a line.
func inline(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		switch before, core, after := unpunctuated(w); {
		case strings.Trim(w, "<>&") == "":
			words[i] = html.EscapeString(w)
		case i == 0 && opensBlock(w), hasShortcode(w) && (core == "" || w[0] == ':'):
			words[i] = code(w)
		case active(core), hasShortcode(w):
			words[i] = before + code(core) + after
		}
	}
	return strings.Join(words, " ")
}

// unpunctuated splits a word from the punctuation of the sentence around it.
func unpunctuated(w string) (before, core, after string) {
	core = strings.TrimLeft(w, `("'`)
	before = w[:len(w)-len(core)]
	core = strings.TrimRight(core, `)"'.,;:?!`)
	return before, core, w[len(before)+len(core):]
}

// opensBlock reports whether a word at the start of a line makes it a list or a
// rule, or a heading of the line above.
func opensBlock(w string) bool {
	if strings.Trim(w, "-+=") == "" {
		return true
	}
	digits := strings.TrimLeft(w, "0123456789")
	return len(digits) < len(w) && (digits == "." || digits == ")")
}

// active reports whether a word may be more than text to Markdown or to GitHub,
// or is a path.
func active(w string) bool {
	lower := strings.ToLower(w)
	return strings.ContainsAny(w, "\\`*_[]<>&|~$#@") ||
		strings.Contains(w, "://") || strings.Contains(lower, "www") ||
		strings.Contains(lower, "gh-") || // GH-26 is an issue
		hasID(lower) ||
		strings.HasPrefix(w, "/") || strings.Count(w, "/") > 1
}

// hasID reports whether a part of a word can be a commit: 7 hex digits and
// more, some of them letters and some not.
func hasID(lower string) bool {
	isEnd := func(r rune) bool { return !('0' <= r && r <= '9' || 'a' <= r && r <= 'z') }
	for part := range strings.FieldsFuncSeq(lower, isEnd) {
		if len(part) >= 7 && strings.Trim(part, "0123456789abcdef") == "" &&
			strings.ContainsAny(part, "abcdef") && strings.ContainsAny(part, "0123456789") {
			return true
		}
	}
	return false
}

// hasShortcode reports whether a word can hold the name of an emoji, as in
// :bomb:. A time of day cannot.
func hasShortcode(w string) bool {
	return strings.Count(w, ":") > 1 && strings.Trim(w, "0123456789:.,;()") != "" || strings.HasPrefix(w, ":")
}
