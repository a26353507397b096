package paste

import (
	"bytes"
	"unicode/utf8"
)

// columns returns how wide a line is.
func columns(line []byte) int { return utf8.RuneCount(line) }

// hasLoneCRs reports whether lines end with a carriage return alone. No line of a
// file that has line feeds does: what a container or a process writes can hold
// carriage returns, and must not begin lines of its own by them. So can a first
// line that is longer than the head, or has no end; it has to be the kernel's, or
// nobody's.
func (m *Mending) hasLoneCRs(head []byte) bool {
	if bytes.IndexByte(head, '\r') < 0 || bytes.IndexByte(head, '\n') >= 0 {
		return false
	}
	first, _, several := bytes.Cut(bytes.Trim(head, "\r"), []byte("\r"))
	return several && !m.isOthers(trimLead(first))
}

// toLF makes a line feed of each carriage return.
func toLF(b []byte) {
	for i, c := range b {
		if c == '\r' {
			b[i] = '\n'
		}
	}
}

// hasTerminal reports whether there is anything of a terminal's around a line.
func hasTerminal(line []byte) bool {
	n := len(line)
	return n > 0 && (line[0] == '\r' || line[0] == 0x1b || line[n-1] == '\r' || bytes.IndexByte(line[max(0, n-8):], 0x1b) >= 0)
}

// trimTerminal takes off carriage returns and escape sequences around a line.
func trimTerminal(line []byte) []byte {
	for line = bytes.Trim(line, "\r"); len(line) > 1 && line[0] == 0x1b; line = bytes.Trim(line, "\r") {
		n := escapeLen(line)
		if n == 0 {
			break
		}
		line = line[n:]
	}
	for {
		i := bytes.LastIndexByte(line, 0x1b)
		if i < 0 || i < len(line)-16 || escapeLen(line[i:]) != len(line)-i {
			return line
		}
		line = bytes.TrimRight(line[:i], "\r")
	}
}

// escapeLen returns the length of the control sequence that b begins with, ESC [
// ? 2 0 0 4 l or the like; 0 if it begins with none. Source: ECMA-48, 5.4.
func escapeLen(b []byte) int {
	if len(b) < 3 || b[0] != 0x1b || b[1] != '[' {
		return 0
	}
	for i := 2; i < min(len(b), 24); i++ {
		switch c := b[i]; {
		case c >= 0x40 && c <= 0x7e:
			return i + 1
		case c < 0x20 || c > 0x3f:
			return 0
		}
	}
	return 0
}

var nbsp = []byte("\u00a0")

func hasNBSP(line []byte) bool { return bytes.Contains(line, nbsp) }

// breakable makes plain blanks of those that do not break.
func breakable(line []byte) []byte {
	if !hasNBSP(line) {
		return line
	}
	return bytes.ReplaceAll(line, nbsp, []byte(" "))
}

// entities are those that stand for what a log's text holds. None of them is a
// control character: a line stays one line.
var entities = []struct{ name, text string }{
	{"&gt;", ">"}, {"&lt;", "<"}, {"&amp;", "&"}, {"&quot;", `"`}, {"&apos;", "'"}, {"&nbsp;", " "},
	{"&#39;", "'"}, {"&#34;", `"`}, {"&#60;", "<"}, {"&#62;", ">"}, {"&#38;", "&"}, {"&#160;", " "},
	{"&#x27;", "'"}, {"&#x2F;", "/"}, {"&#47;", "/"},
}

// entityAt returns the text of the entity that b begins with, and its length.
func entityAt(b []byte) (text string, n int) {
	for _, e := range entities {
		if len(b) >= len(e.name) && string(b[:len(e.name)]) == e.name {
			return e.text, len(e.name)
		}
	}
	return "", 0
}

func hasEntity(line []byte) bool {
	for i := bytes.IndexByte(line, '&'); i >= 0; {
		if _, n := entityAt(line[i:]); n > 0 {
			return true
		}
		next := bytes.IndexByte(line[i+1:], '&')
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// unescape turns the entities of HTML into what they stand for, but for those in
// an object of JSON: one that was escaped has none of its quotation marks left,
// and in another one they would end the string that they stand in.
func unescape(line []byte) []byte {
	if !hasEntity(line) {
		return line
	}
	end := startOfObject(line)
	out, object := make([]byte, 0, len(line)), line[end:]
	for line = line[:end]; len(line) > 0; {
		i := bytes.IndexByte(line, '&')
		if i < 0 {
			out = append(out, line...)
			break
		}
		out, line = append(out, line[:i]...), line[i:]
		text, n := entityAt(line)
		if n == 0 {
			text, n = "&", 1
		}
		out, line = append(out, text...), line[n:]
	}
	return append(out, object...)
}

// startOfObject returns where the JSON object begins that a line is, behind marks
// of quotation, escaped or not, and what journalctl's json-seq and json-sse put
// before one; the line's end if it is none.
func startOfObject(line []byte) int {
	for at := 0; at < len(line); {
		switch text, n := entityAt(line[at:]); {
		case n > 0 && isLead(text[0]):
			at += n
		case isLead(line[at]) || line[at] == 0x1e:
			at++
		case bytes.HasPrefix(line[at:], []byte("data: ")):
			at += len("data: ")
		case line[at] == '{' && bytes.IndexByte(line[at:], '"') >= 0:
			return at
		default:
			return len(line)
		}
	}
	return len(line)
}

// A stamp of the kernel's is five digits wide before its point, with blanks where
// there are fewer. HTML shows a run of them as one, and some programs none.
// Source: kernel/printk/printk.c, print_time.

// shortStamp returns where the digits of a stamp begin that has lost blanks, and
// how many are missing; 0 if the line has none at its start or behind the tag of
// the kernel's. A level can stand before it.
func shortStamp(line []byte) (at, missing int) {
	if i := bytes.Index(line[:min(len(line), 256)], []byte("kernel: [")); i >= 0 {
		at = i + len("kernel: ")
	} else if len(line) > 2 && line[0] == '<' {
		at = bytes.IndexByte(line[:min(len(line), 5)], '>') + 1
	}
	if at >= len(line) || line[at] != '[' {
		return 0, 0
	}
	at++
	begin := at
	for begin < len(line) && line[begin] == ' ' {
		begin++
	}
	end := begin
	for end < len(line) && line[end] >= '0' && line[end] <= '9' {
		end++
	}
	if end == begin || end-at >= 5 || len(line) < end+8 || line[end] != '.' || line[end+7] != ']' {
		return 0, 0
	}
	for _, c := range line[end+1 : end+7] {
		if c < '0' || c > '9' {
			return 0, 0
		}
	}
	return at, 5 - (end - at)
}

func isShort(line []byte) bool {
	if i := bytes.IndexByte(line[:min(len(line), 64)], '\n'); i >= 0 {
		line = line[:i]
	}
	_, missing := shortStamp(line)
	return missing > 0
}

// hasShortStamps reports whether the kernel's stamps of a sample lack blanks.
func hasShortStamps(sample []sampled) bool {
	for i := range sample {
		if line := sample[i].text; isShort(line) && hasSign(line) {
			return true
		}
	}
	return false
}

// pad gives a stamp the blanks that it has lost.
func pad(line []byte) []byte {
	at, missing := shortStamp(line)
	if missing == 0 {
		return line
	}
	out := make([]byte, 0, len(line)+missing)
	out = append(out, line[:at]...)
	out = append(out, "     "[:missing]...)
	return append(out, line[at:]...)
}

// isQuotedPrintable reports whether a sample is quoted-printable: in it each sign
// of equality begins the code of a byte or ends a line that goes on.
// Source: RFC 2045, 6.7.
func isQuotedPrintable(lines [][]byte) bool {
	codes, soft := 0, 0
	for n, line := range lines {
		if n == len(lines)-1 {
			break // cut by the sample's end
		}
		for i := bytes.IndexByte(line, '='); i >= 0 && i < len(line); i++ {
			if line[i] != '=' {
				continue
			}
			switch {
			case i == len(line)-1:
				soft++
			case len(line) < i+3 || !isHex(line[i+1]) || !isHex(line[i+2]):
				return false
			default:
				codes++
			}
		}
		if len(line) > 77 {
			return false
		}
	}
	return codes > 0 && soft > 0
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' }

// decodeQuotedPrintable appends a line to out, and reports whether the line goes
// on. What would end a line stays as it is.
func decodeQuotedPrintable(out, line []byte) (text []byte, more bool) {
	line, more = bytes.CutSuffix(line, []byte("="))
	for i := 0; i < len(line); i++ {
		if line[i] == '=' && len(line) > i+2 && isHex(line[i+1]) && isHex(line[i+2]) {
			if c := hexValue(line[i+1])<<4 | hexValue(line[i+2]); c >= 0x20 || c == '\t' {
				out = append(out, c)
				i += 2
				continue
			}
		}
		out = append(out, line[i])
	}
	return out, more
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'A' + 10
}

func joinQuotedPrintable(lines [][]byte) (out [][]byte) {
	var text []byte
	more := false
	for _, line := range lines {
		if text, more = decodeQuotedPrintable(text, line); !more || len(text) > maxJoined {
			out, text = append(out, text), nil
		}
	}
	if text != nil {
		out = append(out, text)
	}
	return out
}
