package render

import "strings"

const (
	longID   = 32 // hex digits: a pod's uid without dashes, a container's or an image's id
	shortID  = 12 // digits that docker, crictl and ctr accept in place of a long id
	longPath = 40 // columns: a longer path is shortened in its middle
)

// shorten returns s with long hex ids cut to 12 digits and long paths cut in
// the middle, so that it is read at a glance. It takes text that visible has
// made.
func shorten(s string) string { return shortenPaths(shortenIDs(s)) }

// shortenIDs cuts each run of 32 hex digits and more, as long as it is a word
// of its own, or one but for "pod" before it: kubepods.slice spells a uid
// podb1498fe3….
func shortenIDs(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if !isHex(s[i]) {
			b.WriteByte(s[i])
			i++
			continue
		}
		end := i
		for end < len(s) && isHex(s[end]) {
			end++
		}
		if strings.HasSuffix(s[:i], "po") && s[i] == 'd' {
			b.WriteByte('d')
			i++
		}
		if end-i >= longID {
			b.WriteString(s[i : i+shortID])
			if strings.HasSuffix(b.String()[:b.Len()-shortID], "pod") {
				b.WriteString("…") // part of a name, not an id that a tool accepts
			}
		} else {
			b.WriteString(s[i:end])
		}
		i = end
	}
	return b.String()
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }

// shortenPaths writes /kubepods/…/81f8b1712f20 for a long absolute path, which
// in these logs is a cgroup's: its root says who made it, its end whose it is.
func shortenPaths(s string) string {
	var b strings.Builder
	for {
		i := pathStart(s)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		end := i + pathLen(s[i:])
		b.WriteString(s[:i])
		b.WriteString(shortPath(s[i:end]))
		s = s[end:]
	}
}

// pathStart returns where the first absolute path of s begins, -1 if none does.
func pathStart(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] == '/' && (i == 0 || strings.IndexByte(` =("',`, s[i-1]) >= 0) {
			return i
		}
	}
	return -1
}

func pathLen(s string) int {
	if n := strings.IndexAny(s, ` )"',`); n >= 0 {
		return n
	}
	return len(s)
}

func shortPath(path string) string {
	if len(path) <= longPath {
		return path
	}
	names := strings.Split(path[1:], "/")
	if len(names) < 3 {
		return path
	}
	return "/" + names[0] + "/…/" + names[len(names)-1]
}
