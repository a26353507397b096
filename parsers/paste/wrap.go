package paste

import "bytes"

// A wrap is how the lines of a file were cut.
type wrap struct {
	how   how
	width int  // in columns
	raw   bool // of the line with its lead: it was cut after it was quoted
}

type how int

const (
	unwrapped how = iota
	hard          // at a width, wherever that was
	soft          // at the last blank within a width, which is gone
)

const (
	minWidth  = 48
	maxWidth  = 256
	maxJoined = 256 << 10 // bytes of what is put together
)

// findWrap finds out how the kernel's lines of a sample were cut.
func (m *Mending) findWrap(sample []sampled) wrap {
	lines := m.begun(sample)
	if lines == nil {
		return wrap{}
	}
	// What was cut at a width is nearly always cut where the next word had no room.
	for _, fits := range []func([]begun, bool) (wrap, int, bool){hardWrap, softWrap} {
		inner, bad, ok := fits(lines, false)
		outer, worse, ok2 := fits(lines, true)
		switch {
		case ok && (!ok2 || bad <= worse):
			return inner
		case ok2:
			return outer
		}
	}
	return wrap{}
}

// A begun line is one of the sample's with what it begins as.
type begun struct {
	text  []byte
	kind  Kind
	width [2]int // without its lead and with it
	rest  bool   // it can be the rest of a line
	of    bool   // of the kernel's
}

// begun looks at all lines, if there can be any that were cut. The last one is
// left out: the sample may cut it.
func (m *Mending) begun(sample []sampled) []begun {
	if !m.hasKernel(sample) {
		return nil
	}
	lines := make([]begun, 0, len(sample))
	var j joining
	rests := 0
	for i := range sample[:max(0, len(sample)-1)] {
		s := &sample[i]
		rest := j.canGoOn(m, s.text)
		if !rest {
			j.begin(m, s.text)
		} else {
			rests++
		}
		lines = append(lines, begun{s.text, j.kind, [2]int{columns(s.text), s.width}, rest, j.kind >= Known})
	}
	if rests == 0 {
		return nil
	}
	return lines
}

// hasKernel reports whether some lines are the kernel's.
func (m *Mending) hasKernel(sample []sampled) bool {
	tries := 0
	for i := range sample {
		if tries++; tries > maxTries && !hasSign(sample[i].text) && !bytes.Contains(sample[i].text, []byte(" kernel: ")) {
			continue
		}
		if kind, _ := m.looks.Begin(sample[i].text); kind == Kernel {
			return true
		}
	}
	return false
}

// A joining is the state in which lines are joined: what the line that may go on
// began as.
type joining struct {
	kind Kind
	head int // how long what stood before its message was, 0 if nothing did
}

// begin notes what a line begins as. A further line of a record is as good as its
// first one.
func (j *joining) begin(m *Mending, line []byte) {
	if j.kind < Known || !j.isFurther(line) {
		j.kind, j.head = m.looks.Begin(line)
	}
}

// isFurther reports whether a line is indented as far as messages are.
func (j *joining) isFurther(line []byte) bool {
	indent := len(line) - len(bytes.TrimLeft(line, " "))
	return indent >= max(j.head, minIndent) && indent < len(line)
}

// canGoOn reports whether a line can be the rest of the log's line before it.
// One that begins as a log's does is not, nor is one that is indented as far as
// messages are: that is a further line of a record.
func (j *joining) canGoOn(m *Mending, line []byte) bool {
	if j.kind < Known || len(bytes.TrimSpace(line)) == 0 || bytes.HasPrefix(line, []byte("```")) {
		return false
	}
	if j.isFurther(line) {
		return false
	}
	kind, _ := m.looks.Begin(line)
	return kind < Known
}

// minIndent is as far as the shortest head of the kernel's, "[  +0.000149] ".
const minIndent = 14

// hardWrap reports whether lines go on exactly where they are as wide as the
// widest of all, which few of a file do that was cut between words; and how many
// go on elsewhere.
func hardWrap(lines []begun, raw bool) (w wrap, bad int, ok bool) {
	at := 0
	if raw {
		at = 1
	}
	w = wrap{how: hard, raw: raw}
	for i := range lines {
		if lines[i].of && !lines[i].rest {
			w.width = max(w.width, lines[i].width[at])
		}
	}
	good, ended, joined := 0, 0, false // joined: the line is one that was put together so far
	for i := range lines[:max(0, len(lines)-1)] {
		if joined = lines[i].of && (joined || !lines[i].rest); !joined {
			continue
		}
		full := lines[i].width[at] == w.width
		switch joined = false; {
		case lines[i+1].rest && full:
			good++
			joined = true
		case lines[i+1].rest:
			bad++
		case full && len(lines[i+1].text) > 0:
			ended++
		}
	}
	return w, bad, w.width >= minWidth && w.width <= maxWidth && good > 1 && bad*8 <= good && (bad == 0 || ended*3 <= good)
}

// softWrap reports whether lines go on exactly where the next word had no room,
// and how many go on elsewhere.
func softWrap(lines []begun, raw bool) (w wrap, bad int, ok bool) {
	at := 0
	if raw {
		at = 1
	}
	w = wrap{how: soft, raw: raw}
	for i := range lines {
		if l := &lines[i]; l.of && isBreakable(l.text) {
			w.width = max(w.width, l.width[at])
		}
	}
	good := 0
	for i := range lines[:max(0, len(lines)-1)] {
		if !lines[i].of || !lines[i+1].rest {
			continue
		}
		if w.noRoom(lines[i].width[at], lines[i+1].text) {
			good++
		} else {
			bad++
		}
	}
	return w, bad, w.width >= minWidth && w.width <= maxWidth && good > 1 && bad*4 <= good
}

// isBreakable reports whether a line can be cut at a blank within its message.
func isBreakable(line []byte) bool { return bytes.IndexByte(line[min(len(line), 24):], ' ') >= 0 }

// noRoom reports whether the first word of the line that follows had no room
// behind a line of some width.
func (w *wrap) noRoom(width int, next []byte) bool {
	blanks := len(next) - len(bytes.TrimLeft(next, " "))
	word, _, _ := bytes.Cut(next[blanks:], []byte(" "))
	return width+1+blanks+columns(word) > w.width
}

// goesOn reports whether next is the rest of a line whose last piece has some
// width, and whether a blank is missing between them.
func (w *wrap) goesOn(width int, next []byte) (ok, blank bool) {
	switch w.how {
	case hard:
		return width == w.width, false
	case soft:
		return w.noRoom(width, next), true
	}
	return false, false
}
