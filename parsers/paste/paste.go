// Package paste mends a log that somebody copied out of where it lay: into a
// mail, a chat or a web page, or off a terminal that cut its lines.
//
// In come the first bytes of a file, which are sniffed for what was done to all
// of it, and then the file; out come its lines as they were once printed, with
// the numbers that they have in the file. What is taken back:
//
//   - marks of quotation (> >> |), or a constant indentation, before each line;
//   - the entities of HTML, blanks that do not break, and blanks run together in
//     a kernel's stamp;
//   - what a terminal writes around a line, carriage returns and colours, and
//     lines that end with a carriage return alone;
//   - lines cut at a constant width by a terminal, or between words by a mail
//     client, and quoted-printable.
//
// A file is mended only where more of its first lines begin as a log's do once
// that is taken back: all others are read as they are, at no cost. How a log's
// line begins is told by the caller, and so is nothing else believed than
// before: what is quoted is as good as what is not.
package paste

import (
	"bytes"

	"oomtrace/parsers/lines"
)

// A Kind says as how much of a log's line a line begins.
type Kind int

// The kinds, each more certain than the one before.
const (
	Unknown Kind = iota
	Loose        // as many lines begin that are no log's
	Known        // as a log's line does
	Kernel       // as a line of the kernel's does
)

// Looks are how the caller sees a line, which it must not change.
type Looks struct {
	// Begin says as what a line begins, and how long what stands before its
	// message is.
	Begin func(line []byte) (Kind, int)
	// Words reports whether a line with nothing before its message is one that
	// the kernel prints and hardly anybody else does.
	Words func(line []byte) bool
}

// A Mending is what has to be taken back in one file.
type Mending struct {
	looks    Looks
	loneCR   bool // lines end with a carriage return alone
	qp       bool // quoted-printable
	terminal bool // carriage returns and escape sequences around a line
	html     bool // entities
	nbsp     bool // blanks that do not break
	lead     string
	padded   bool // stamps have to be padded again
	wrap     wrap
}

// Sniff looks for what was done to a file that begins with head. It returns nil
// if that is nothing.
func Sniff(head []byte, looks Looks) *Mending {
	m := &Mending{looks: looks}
	if m.loneCR = m.hasLoneCRs(head); m.loneCR {
		head = bytes.Clone(head)
		toLF(head)
	}
	if !m.loneCR && !isSuspect(head) {
		return nil
	}
	text := split(head)
	if m.qp = isQuotedPrintable(text); m.qp {
		text = joinQuotedPrintable(text)
	}
	sample := make([]sampled, len(text))
	for i, line := range text {
		sample[i] = sampled{text: line, width: columns(line)}
	}
	for _, s := range []struct {
		on     *bool
		change func([]byte) []byte
		found  func(sample []sampled) bool
	}{
		{&m.terminal, trimTerminal, func(s []sampled) bool { return m.gains(s, hasTerminal, trimTerminal) || hasMostly(s, hasTerminal) }},
		{&m.html, unescape, m.isHTML},
		{&m.nbsp, breakable, func(s []sampled) bool { return m.gains(s, hasNBSP, breakable) || hasMostly(s, hasNBSP) }},
	} {
		if *s.on = s.found(sample); *s.on {
			each(sample, s.change)
		}
	}
	if m.lead = m.findLead(sample); m.lead != "" {
		each(sample, m.withoutLead)
	}
	if m.padded = hasShortStamps(sample); m.padded {
		each(sample, pad)
	}
	m.wrap = m.findWrap(sample)
	if !m.loneCR && !m.qp && !m.terminal && !m.html && !m.nbsp && m.lead == "" && !m.padded && m.wrap.how == unwrapped {
		return nil
	}
	return m
}

// A sampled line is one of the head's.
type sampled struct {
	text  []byte
	width int // as it lies in the file, in columns
}

const (
	maxSample = 2000 // lines of the head
	maxTries  = 64   // of these that are looked at for one thing
)

func split(head []byte) (lines [][]byte) {
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		if len(lines) == maxSample {
			break
		}
		lines = append(lines, bytes.TrimSuffix(line, []byte("\r")))
	}
	return lines
}

func each(sample []sampled, change func([]byte) []byte) {
	for i := range sample {
		sample[i].text = change(sample[i].text)
	}
}

// suspicious are byte sequences one of which is in the head of every file that
// is mended, but for those that oddBeginning tells.
var suspicious = [][]byte{
	[]byte("&gt;"), []byte("&lt;"), []byte("&amp;"), []byte("&nbsp;"), []byte("&#"), []byte("\u00a0"), []byte("\x1b["),
	[]byte("\r\r\n"), []byte("\n\r"), []byte("=\n"), []byte("=\r\n"),
}

// isSuspect says cheaply that a head can need mending: most do not.
func isSuspect(head []byte) bool {
	for _, s := range suspicious {
		if bytes.Contains(head, s) {
			return true
		}
	}
	if i := bytes.Index(head, []byte("kernel: [")); i >= 0 && isShort(head[i:]) {
		return true
	}
	return oddBeginning(head)
}

// oddBeginning reports whether some line begins as one that is quoted, or with a
// stamp that has lost its blanks, or otherwise than the first one.
func oddBeginning(head []byte) bool {
	first := byte(0)
	for len(head) > 0 {
		c := class(head[0])
		if c == '>' || first != 0 && c != '\n' && c != first || (c == '[' || c == '<') && isShort(head) {
			return true
		}
		if c != '\n' {
			first = c
		}
		i := bytes.IndexByte(head, '\n')
		if i < 0 {
			break
		}
		head = head[i+1:]
	}
	return false
}

// class returns one byte for all those that lines of one log begin with.
func class(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return '0'
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return 'a'
	case c == '\r':
		return '\n'
	case isLead(c):
		return '>'
	}
	return c
}

// gains reports whether more lines of a sample begin as a log's do, or are of the
// kernel's words, once they are changed.
func (m *Mending) gains(sample []sampled, has func([]byte) bool, change func([]byte) []byte) bool {
	begin, words, tries := 0, 0, 0
	for i := range sample {
		line := sample[i].text
		if !has(line) {
			continue
		}
		if tries++; tries > maxTries {
			break
		}
		before, after := trimLead(line), trimLead(change(line))
		b, _ := m.looks.Begin(before)
		a, n := m.looks.Begin(after)
		if a >= Known && b < Known {
			begin++
		} else if a < Known && b >= Known {
			begin--
		}
		if b == a && m.looks.Words(after[min(n, len(after)):]) && !m.looks.Words(before[min(n, len(before)):]) {
			words++
		}
	}
	return begin > 0 || begin == 0 && words > 0
}

// isHTML reports whether a sample was escaped for a web page: more of its lines
// begin as a log's do once they are unescaped than do so already. Where nobody but
// the kernel has a line that begins so already, its words are as good. A line that
// an entity stands in can be anybody's, who wrote the entity.
func (m *Mending) isHTML(sample []sampled) bool {
	begin, words, already, escaped, plain := 0, 0, 0, 0, 0
	for i := range sample {
		line := trimLead(sample[i].text)
		if !hasEntity(line) {
			if plain++; plain <= maxTries && m.isOthers(line) {
				already++
			}
			continue
		}
		if escaped++; escaped > maxTries {
			break
		}
		after := trimLead(unescape(line))
		b, from := m.looks.Begin(line)
		a, n := m.looks.Begin(after)
		switch {
		case a >= Known && b < Known:
			begin++
		case b == Loose || b == Known:
			already++
		case b == a && m.looks.Words(after[min(n, len(after)):]) && !m.looks.Words(line[min(from, len(line)):]):
			words++
		}
	}
	return begin > already || already == 0 && words > 0
}

// isOthers reports whether a line begins as a log's does that is not the kernel's.
func (m *Mending) isOthers(line []byte) bool {
	kind, _ := m.looks.Begin(line)
	return kind == Loose || kind == Known
}

// hasMostly reports whether most lines of a sample have something, and no few.
func hasMostly(sample []sampled, has func([]byte) bool) bool {
	n, all := 0, 0
	for i := range sample {
		if len(sample[i].text) == 0 {
			continue
		}
		if all++; has(sample[i].text) {
			n++
		}
	}
	return n > 2 && n*2 > all
}

// signs are words of the kernel's reports and of its boot that nobody else
// writes behind a stamp like the kernel's.
var signs = lines.NewFinder([]string{
	"invoked oom-killer", "oom-kill:constraint=", "Killed process ", "Kill process ",
	"Mem-Info:", "Memory cgroup stats for ", "oom_reaper: ", "memory: usage ",
	"Linux version ", "Call Trace:", "Hardware name: ", "Tasks state (memory values in pages)",
})

func hasSign(line []byte) bool { return signs.Index(line) >= 0 }
