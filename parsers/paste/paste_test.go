package paste

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// looks know dmesg's lines with a stamp of a form, "[    1.000000] text", the
// kernel's words without one, and others' lines, "@text" and "~text", which is Loose.
var looks = Looks{
	Begin: func(line []byte) (Kind, int) {
		switch {
		case bytes.HasPrefix(line, []byte("@")):
			return Known, 1
		case bytes.HasPrefix(line, []byte("~")):
			return Loose, 1
		}
		if len(line) < 15 || line[0] != '[' || line[6] != '.' || line[13] != ']' || line[14] != ' ' || bytes.ContainsAny(line[1:13], "[]>|") {
			return Unknown, 0
		}
		return Kernel, 15
	},
	Words: func(line []byte) bool {
		return bytes.Contains(line, []byte("oom-killer")) || bytes.Contains(line, []byte("<TASK>"))
	},
}

// mended reads a text as it is mended, each line behind its number; "as it is" if
// there is nothing to mend.
func mended(t *testing.T, text string) string {
	t.Helper()
	m := Sniff([]byte(text)[:min(len(text), 64<<10)], looks)
	if m == nil {
		return "as it is"
	}
	var out []string
	for _, in := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		r := m.Reader(in)
		made, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		n := 0
		for line := range strings.Lines(string(made)) {
			n++
			fmt.Fprintf(&b, "%d:%s", r.Line(n), line)
		}
		out = append(out, b.String())
	}
	if out[0] != out[1] {
		t.Errorf("%q read byte by byte gives %q, want %q", text, out[1], out[0])
	}
	return out[0]
}

const (
	invoked = "[    1.000000] a invoked oom-killer: x"
	trace   = "[    1.000001]  <TASK>"
)

func TestMend(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                      {"", "as it is"},
		"a log":                        {invoked + "\n" + trace + "\n", "as it is"},
		"a log, CRLF":                  {invoked + "\r\n" + trace + "\r\n", "as it is"},
		"a quotation":                  {"> " + invoked + "\n> " + trace + "\n", "1:" + invoked + "\n2:" + trace + "\n"},
		"a quotation without blanks":   {">" + invoked + "\n>" + trace + "\n", "1:" + invoked + "\n2:" + trace + "\n"},
		"a quotation, indented":        {">     " + invoked + "\n>     " + trace + "\n>       more\n", "1:" + invoked + "\n2:" + trace + "\n3:  more\n"},
		"a quotation, an empty line":   {"> " + invoked + "\n>\n> " + trace + "\n", "1:" + invoked + "\n2:\n3:" + trace + "\n"},
		"quoted more and less deeply":  {"> " + invoked + "\n> > " + trace + "\n>>> " + trace, "1:" + invoked + "\n2:" + trace + "\n3:" + trace + "\n"},
		"the further line of a record": {"> " + invoked + "\n>                more\n", "1:" + invoked + "\n2:               more\n"},
		"a text around it":             {"Hi,\n> " + invoked + "\nBye\n", "1:Hi,\n2:" + invoked + "\n3:Bye\n"},
		"a bar":                        {"| " + invoked + "\n", "1:" + invoked + "\n"},
		"indented":                     {"Hi\n\n    " + invoked + "\n    " + trace + "\n", "1:Hi\n2:\n3:" + invoked + "\n4:" + trace + "\n"},
		"a tab":                        {"\t" + invoked + "\n", "1:" + invoked + "\n"},
		"indented among others":        {invoked + "\n    " + invoked + "\n    " + trace + "\n", "as it is"},
		"quoted, fewer than others":    {invoked + "\n" + invoked + "\n> " + invoked + "\n", "as it is"},
		"quoted by another":            {"@x\n> " + invoked + "\n> " + trace + "\n", "as it is"},
		"quoted by an application":     {"~x\n> " + invoked + "\n> " + trace + "\n", "as it is"},
		"indented by an application":   {"~x\n    " + invoked + "\n    " + trace + "\n", "as it is"},
		"words, by an application":     {"~x\n> a invoked oom-killer: x\n> <TASK>\n", "as it is"},
		"as far as messages are":       {strings.Repeat(" ", 14) + invoked + "\n" + strings.Repeat(" ", 14) + trace + "\n", "as it is"},
		"words, as far as messages":    {strings.Repeat(" ", 14) + "a invoked oom-killer: x\n", "as it is"},
		"nearly as far":                {strings.Repeat(" ", 13) + invoked + "\n", "1:" + invoked + "\n"},
		"a table":                      {"| a | b |\n| 1 | 2 |\n", "as it is"},
		"entities":                     {strings.ReplaceAll(invoked+"\n"+trace+"\n", "<TASK>", "&lt;TASK&gt;"), "1:" + invoked + "\n2:" + trace + "\n"},
		"entities, quoted":             {"&gt; " + invoked + " &amp;amp; &#39;\n", "1:" + invoked + " &amp; '\n"},
		"an entity of the text's own":  {invoked + " &amp;\n", "as it is"},
		"entities of another's":        {"[    1.000000] &lt;TASK&gt;\n@another's &lt;TASK&gt;\n", "as it is"},
		"entities in an object":        {"&gt; " + invoked + "\n&gt; {\"a\":\"&quot;,&quot;\"}\n\x1e{\"a\":\"&gt;\"}\ndata: {\"a\":\"&gt;\"}\n{&quot;a&quot;:1}\n", "1:" + invoked + "\n2:{\"a\":\"&quot;,&quot;\"}\n3:\x1e{\"a\":\"&gt;\"}\n4:data: {\"a\":\"&gt;\"}\n5:{\"a\":1}\n"},
		"escaped lines, fewer":         {"@one\n@two\n&gt; " + invoked + "\n", "as it is"},
		"no line ends are made":        {"&gt; " + invoked + " &#10;[    2.000000] forged\n", "1:" + invoked + " &#10;[    2.000000] forged\n"},
		"blanks that do not break":     {strings.ReplaceAll(invoked, " ", "\u00a0") + "\n", "1:" + invoked + "\n"},
		"blanks run together":          {"[ 1.000000] a invoked oom-killer: x\n[ 1.000001] <TASK>\n", "1:" + invoked + "\n2:[    1.000001] <TASK>\n"},
		"blanks gone":                  {"<4>[1.000000] a invoked oom-killer: x\n[21.000001] <TASK>\n", "1:<4>" + invoked + "\n2:[   21.000001] <TASK>\n"},
		"blanks gone behind a tag":     {"Nov 23 09:01:41 h kernel: [1.000000] a invoked oom-killer: x\n", "1:Nov 23 09:01:41 h kernel: " + invoked + "\n"},
		"another program's seconds":    {"[1.000000] ready\n", "as it is"},
		"carriage returns alone":       {invoked + "\r" + trace + "\r", "1:" + invoked + "\n2:" + trace + "\n"},
		"a carriage return in a line":  {invoked + "\rx\n" + trace + "\n", "as it is"},
		"carriage returns, a line end": {strings.Repeat(invoked+"\r", 9) + "\n", "as it is"},
		"carriage returns, another's":  {"@x\r" + invoked + "\r" + trace + "\r", "as it is"},
		"carriage returns, quoted":     {"> @x\r> " + invoked + "\r" + trace + "\r", "1:@x\r> " + invoked + "\r" + trace + "\n"},
		"one carriage return":          {invoked + "\r", "as it is"},
		"two carriage returns":         {invoked + "\r\r\n" + trace + "\r\r\n" + trace + "\r\r\n", "1:" + invoked + "\n2:" + trace + "\n3:" + trace + "\n"},
		"the wrong way round":          {invoked + "\n\r" + trace + "\n\r" + trace + "\n\r" + trace, "1:" + invoked + "\n2:" + trace + "\n3:" + trace + "\n4:" + trace + "\n"},
		"what a terminal adds":         {"\x1b[?2004l\r" + invoked + "\x1b[K\n", "1:" + invoked + "\n"},
		"quoted-printable":             {"[    1.000000] a invoked oom-killer: mask=3D0x1=\n, x\n" + trace + "\n", "1:[    1.000000] a invoked oom-killer: mask=0x1, x\n3:" + trace + "\n"},
		"signs of equality":            {invoked + " a=\n" + trace + " a=3D b=x\n", "as it is"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mended(t, c.text); got != c.want {
				t.Errorf("%q\nis read as %q\nwant       %q", c.text, got, c.want)
			}
		})
	}
}

// cut cuts each line at a width.
func cut(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		for ; len(line) > width; line = line[width:] {
			b.WriteString(line[:width] + "\n")
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func TestUnwrap(t *testing.T) {
	long := "[    1.000000] " + strings.Repeat("Killed process 1 (a), ", 8) + "\n"
	text := long + invoked + "\n" + long + trace + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"cut at 80":             {cut(text, 80), "1:" + long + "4:" + invoked + "\n5:" + long + "8:" + trace + "\n"},
		"cut at 80, CRLF":       {strings.ReplaceAll(cut(text, 80), "\n", "\r\n"), "1:" + long + "4:" + invoked + "\n5:" + long + "8:" + trace + "\n"},
		"one line as wide":      {long[:80] + "\n" + trace + "\nmore\n", "as it is"},
		"not wide enough":       {cut(text, 40), "as it is"},
		"too wide":              {strings.Repeat("[    1.000000] "+strings.Repeat("x", 300)+"\nmore\n", 9), "as it is"},
		"further lines":         {strings.Repeat(long+"               more\n", 9), "as it is"},
		"a message's lines":     {strings.Repeat(invoked+"\nmore of it\n"+long, 9), "as it is"},
		"between words":         {strings.ReplaceAll("[    1.000000] a sentence that is as long as fifty-eight.\n_\n[    1.000000] a sentence that is not as long as it.\n_\n", "_", "and-a-word-more") + trace + "\n", strings.ReplaceAll("1:[    1.000000] a sentence that is as long as fifty-eight. _\n3:[    1.000000] a sentence that is not as long as it. _\n5:", "_", "and-a-word-more") + trace + "\n"},
		"a fence is no rest":    {cut(text, 80) + "```\n", "1:" + long + "4:" + invoked + "\n5:" + long + "8:" + trace + "\n9:```\n"},
		"an empty line is none": {cut(text, 80) + "\n" + trace + "\n", "1:" + long + "4:" + invoked + "\n5:" + long + "8:" + trace + "\n9:\n10:" + trace + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mended(t, c.text); got != c.want {
				t.Errorf("%q\nis read as %q\nwant       %q", c.text, got, c.want)
			}
		})
	}
}

// TestLineFarBehind checks numbers over more joined lines than are kept.
func TestLineFarBehind(t *testing.T) {
	long := "[    1.000000] " + strings.Repeat("Killed process 1 (a), ", 8) + "\n"
	const n = maxJumps + maxJumps/4
	text := cut(strings.Repeat(long, n), 80)
	r := Sniff([]byte(text[:64<<10]), looks).Reader(strings.NewReader(text))
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	if r.Lines() != 3*n || r.Line(n) != 3*n-2 || r.Line(n-maxJumps/4) != 3*(n-maxJumps/4)-2 {
		t.Errorf("%d lines, the last one is %d, an earlier one %d; want %d, %d and %d",
			r.Lines(), r.Line(n), r.Line(n-maxJumps/4), 3*n, 3*n-2, 3*(n-maxJumps/4)-2)
	}
	if len(r.jumps) > maxJumps {
		t.Errorf("%d jumps are kept, want %d at most", len(r.jumps), maxJumps)
	}
}

func TestBrokenInputIsTold(t *testing.T) {
	m := Sniff([]byte("> "+invoked+"\n"), looks)
	got, err := io.ReadAll(m.Reader(io.MultiReader(strings.NewReader("> "+invoked+"\n> x"), iotest.ErrReader(io.ErrUnexpectedEOF))))
	if want := invoked + "\nx\n"; string(got) != want || err != io.ErrUnexpectedEOF {
		t.Errorf("got %q, error %v; want %q and unexpected EOF", got, err, want)
	}
}

// FuzzMend checks for any text that what is made of it has no more lines than it,
// whose numbers rise, and is not longer than its entities and stamps allow.
func FuzzMend(f *testing.F) {
	f.Add("> " + invoked + "\n> " + trace)
	f.Add("&gt; " + invoked)
	f.Add(invoked + "\r" + trace + "\r\x1b[0m")
	f.Add(cut(strings.Repeat("[    1.000000] "+strings.Repeat("x y ", 50)+"\n", 4), 80))
	f.Add("    [1.000000] a invoked oom-killer: x")
	f.Add("[    1.000000] a invoked oom-killer: mask=3D0x1=\n, x\n")
	f.Fuzz(func(t *testing.T, text string) {
		m := Sniff([]byte(text), looks)
		if m == nil {
			return
		}
		r := m.Reader(strings.NewReader(text))
		made, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		n := bytes.Count(made, []byte{'\n'})
		ends := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		if n > ends || r.Lines() > ends || len(made) > len(text)+5*n+n {
			t.Errorf("%q: %d lines of %d bytes are made of %d lines of %d bytes", text, n, len(made), ends, len(text))
		}
		for i, before := 1, 0; i <= n; i++ {
			if no := r.Line(i); no <= before || no > r.Lines() {
				t.Errorf("%q: line %d is at %d, the one before at %d, of %d", text, i, no, before, r.Lines())
			} else {
				before = no
			}
		}
	})
}

// FuzzUnwrap cuts lines of any text at any width, and puts them together again.
func FuzzUnwrap(f *testing.F) {
	f.Add("Memory cgroup out of memory: Killed process 7868 (python3) total-vm:1124728kB, anon-rss:754984kB, file-rss:6820kB, shmem-rss:0kB, UID:0", uint8(80))
	f.Add("x\ny\n"+strings.Repeat("[  14575]     0 14575    17217    14871 ", 9), uint8(100))
	f.Fuzz(func(t *testing.T, text string, width uint8) {
		if width < minWidth || !isPrintable(text) {
			return
		}
		long := "[    1.000000] " + strings.Repeat("Killed process 1 (a), ", 24) + "\n"
		var b strings.Builder
		for range 8 {
			b.WriteString(long)
		}
		for line := range strings.SplitSeq(text, "\n") {
			b.WriteString("[    1.000000] " + line + "\n")
		}
		wrapped := cut(b.String(), int(width))
		for piece := range strings.SplitSeq(wrapped, "\n") {
			kind, _ := looks.Begin([]byte(piece))
			if indent := len(piece) - len(strings.TrimLeft(piece, " ")); kind == Known || kind < Known && (indent >= minIndent || indent == len(piece) || strings.HasPrefix(piece, "```")) {
				return // no rest that can be told
			}
		}
		if strings.Count(wrapped, "\n[    1.0") != strings.Count(b.String(), "\n[    1.0") {
			return // a piece begins as a line does
		}
		m := Sniff([]byte(wrapped), looks)
		if m == nil {
			t.Fatalf("%q, cut at %d: nothing is mended", text, width)
		}
		made, err := io.ReadAll(m.Reader(strings.NewReader(wrapped)))
		if err != nil || string(made) != b.String() {
			t.Errorf("cut at %d:\n%q is read as\n%q\nerror %v", width, b.String(), made, err)
		}
	})
}

// isPrintable reports whether a text holds nothing that is taken back for another
// reason.
func isPrintable(text string) bool {
	for _, c := range []byte(text) {
		if c != '\n' && (c < ' ' || c > '~' || strings.IndexByte("&=", c) >= 0) {
			return false
		}
	}
	return true
}
