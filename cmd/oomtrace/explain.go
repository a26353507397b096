package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"oomtrace/correlate/glossary"
	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
)

// explainFormats are what explain can print.
var explainFormats = []string{"text", "json"}

func newExplain() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "explain [TERM | LINE | -]",
		Short: "Explain a word or a line of an OOM report",
		Long: `Explain a word or a line of an OOM report.

A word is a name that the kernel, Kubernetes, systemd or this program prints: a
field, a column, a flag, a constraint, an exit code. A line is one of the kernel's,
of systemd's or of a daemon that kills in userspace, as it stands in a log; it is
taken apart field by field. Quote it, or give it on standard input with -. Without a
word or a line, all words are listed.`,
		Example: `  oomtrace explain oom_score_adj
  oomtrace explain exit code 137
  oomtrace explain 'oom_reaper: reaped process 2528 (python3), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB'
  dmesg | grep 'Killed process' | oomtrace explain -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := lookUp(cmd, args)
			if err != nil {
				return err
			}
			return found.write(cmd.OutOrStdout(), format)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "what to print: "+strings.Join(explainFormats, ", "))
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(explainFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// An explanation is what explain has to say: of a line, of the entries of a word,
// or a list of all of them.
type explanation struct {
	Line    *glossary.Line   `json:"line,omitempty"`
	Entries []glossary.Entry `json:"entries,omitempty"`
	list    bool
}

// lookUp explains what the arguments name.
func lookUp(cmd *cobra.Command, args []string) (x explanation, err error) {
	text := strings.Join(args, " ")
	if len(args) == 0 {
		return explanation{Entries: glossary.All(), list: true}, nil
	}
	if text == "-" {
		if text, err = firstLine(cmd.InOrStdin()); err != nil {
			return x, fmt.Errorf("reading standard input: %w", err)
		}
	}
	if entries := glossary.FindAll(text); len(entries) > 0 {
		return explanation{Entries: entries}, nil
	}
	if line, ok := takeApart([]byte(text)); ok {
		return explanation{Line: &line}, nil
	}
	return x, unknown(text)
}

// unknown returns the error for what is neither a term nor a line that is known.
func unknown(text string) error {
	if strings.Count(text, " ") > 3 {
		return usagef("explain: no line that is known: %q: want one that is printed about an OOM kill, or a term: oomtrace explain lists them", cutText(text))
	}
	if near := glossary.Near(text); len(near) > 0 {
		return usagef("explain: no term %q: want one of %s", cutText(text), strings.Join(near, ", "))
	}
	return usagef("explain: no term %q: oomtrace explain lists them", cutText(text))
}

// firstLine returns the first line that is not blank. Of a longer one than any
// kernel's it is the start.
func firstLine(r io.Reader) (string, error) {
	in := bufio.NewReaderSize(r, glossary.MaxLine)
	for {
		line, err := in.ReadSlice('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		switch err {
		case nil, bufio.ErrBufferFull:
		case io.EOF:
			return "", nil
		default:
			return "", err
		}
	}
}

// leftBefore is what can be left before a kernel's line that is no whole
// envelope: marks of a mail's quotation, the tag of a syslog line that was cut,
// a priority, a stamp of dmesg whose blanks were lost, the number of the thread
// or processor that printed.
var leftBefore = regexp.MustCompile(`^(?:> ?){0,8} *(?:kernel: ?)?(?:<[0-9]{1,3}>)?(?:\[ *[0-9]{1,9}\.[0-9]{1,9}\] ?)?(?:\[ *[TC][0-9]{1,9}\] ?)?`)

// takeApart takes a line out of its envelopes and then apart. A line that looks
// as if it had something before it is tried as it is too.
func takeApart(text []byte) (glossary.Line, bool) {
	text = envelope.Bare(text)
	bare := text[len(leftBefore.Find(text)):]
	for _, t := range [][]byte{text, bare} {
		if line, ok := opened(t); ok {
			return line, true
		}
	}
	if line, ok := glossary.TakeApart(bare); ok {
		return line, true
	}
	return glossary.TakeApart(text)
}

// opened takes a line apart that is within envelopes.
func opened(text []byte) (glossary.Line, bool) {
	rec := event.Record{Msg: text}
	if envelope.Open(&rec, "") != "" {
		rec.Msg = rec.Msg[len(leftBefore.Find(rec.Msg)):]
		if line, ok := glossary.TakeApart(rec.Msg); ok {
			if rec.Speaker != "" && !wrote(rec.Speaker, line.By) {
				line.Notes = append(line.Notes, fmt.Sprintf("By what stands before it, %q wrote this line, which need not be %s.", cutText(rec.Speaker), line.By))
			}
			return line, true
		}
	}
	return glossary.Line{}, false
}

// wrote reports whether a log's speaker is who prints a line. oomd writes to the
// kernel's log.
func wrote(speaker, by string) bool {
	switch by {
	case "the kernel":
		return speaker == "kernel"
	case "oomd":
		return speaker == "oomd" || speaker == "kernel"
	}
	return speaker == by || speaker == by+"-desktop" // nohang's other name
}

// cutText returns the start of a text, for an error.
func cutText(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}

func (x explanation) write(w io.Writer, format string) error {
	switch format {
	case "text":
		out := bufio.NewWriter(w)
		x.writeText(page{out, terminalWidth(w)})
		return out.Flush()
	case "json":
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(x)
	}
	return usagef("--format %q: want one of %s", format, strings.Join(explainFormats, ", "))
}

func (x explanation) writeText(p page) {
	switch {
	case x.Line != nil:
		writeLine(p, x.Line)
	case x.list:
		writeList(p, x.Entries)
	default:
		for i, e := range x.Entries {
			if i > 0 {
				p.line("")
			}
			writeEntry(p, e)
		}
	}
}

// writeList writes the terms of all entries, by their kind.
func writeList(p page, entries []glossary.Entry) {
	for i, kind := range glossary.Kinds {
		var terms []string
		for _, e := range entries {
			if e.Kind == kind {
				terms = append(terms, strings.ReplaceAll(e.Term, " ", "\u00a0"))
			}
		}
		if i > 0 {
			p.line("")
		}
		p.line("%s (%d)", kind, len(terms))
		for _, line := range wrapText(strings.Join(terms, ", "), p.width-2) {
			p.line("  %s", strings.ReplaceAll(line, "\u00a0", " "))
		}
	}
}

func writeEntry(p page, e glossary.Entry) {
	p.line("%s (%s)", e.Term, e.Kind)
	p.wrapped("  ", "", e.Text)
	p.wrapped("  ", "Unit:     ", e.Unit)
	p.wrapped("  ", "Versions: ", versions(e.Since, e.Until))
	p.wrapped("  ", "Source:   ", e.Source)
	p.wrapped("  ", "Also:     ", strings.Join(e.Also, ", "))
	p.wrapped("  ", "See:      ", strings.Join(e.See, ", "))
}

// killWords say what a line says of a kill.
var killWords = map[string]string{
	"yes": "yes, the line says that a process was killed",
	"no":  "no, the line does not say that the OOM killer killed anybody",
	"":    "not said by this line alone",
}

func writeLine(p page, l *glossary.Line) {
	p.line("%s (line, printed by %s)", l.Name, l.By)
	p.wrapped("  ", "", l.Text)
	p.wrapped("  ", "A kill:   ", killWords[l.Kill])
	p.wrapped("  ", "When:     ", l.When)
	p.wrapped("  ", "Versions: ", versions(l.Since, l.Until))
	p.wrapped("  ", "Source:   ", l.Source)
	for _, note := range l.Notes {
		p.wrapped("  ", "Note:     ", note)
	}
	p.wrapped("  ", "See:      ", strings.Join(l.See, ", "))
	if len(l.Fields) == 0 {
		return
	}
	p.line("")
	rows := [][]string{{"FIELD", "VALUE", "THAT IS", "MEANING"}}
	for _, f := range l.Fields {
		rows = append(rows, []string{f.Name, strings.TrimSpace(f.Value + " " + f.Unit), f.Human, capital(f.Meaning)})
	}
	p.table("  ", rows)
}

// capital returns a clause as the start of a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// versions returns since when, and until when, something is there. A version
// without a name before it is Linux's.
func versions(since, until string) string {
	linux := func(v string) string {
		if v != "" && v[0] >= '0' && v[0] <= '9' {
			return "Linux " + v
		}
		return v
	}
	switch {
	case since == until:
		return linux(since)
	case until == "":
		return linux(since) + " and later"
	case since == "":
		return linux(until) + " and earlier"
	}
	return linux(since) + " to " + until
}
