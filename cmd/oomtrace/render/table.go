package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"oomtrace/correlate/report"
)

// writeTable writes what a tired person reads at three in the morning: for each
// incident what happened, to whom, when, how that is known and what to do.
func writeTable(w io.Writer, r *report.Report, o Options) error {
	s := &sheet{width: o.columns(), palette: palette(o.Color)}
	s.report(inert(r))
	if s.err != nil {
		return s.err
	}
	_, err := io.WriteString(w, s.text.String())
	return err
}

// A sheet is the text of a report as it grows. No line of it is wider than
// width. The first error is kept, and ends it.
type sheet struct {
	width   int
	palette palette
	text    strings.Builder
	err     error
}

const indent = "  "

// line writes a line, indented, or an empty one.
func (s *sheet) line(text string) {
	if text != "" {
		text = indent + text
	}
	s.text.WriteString(text + "\n")
}

// rule writes a title in a line that is as wide as the sheet.
func (s *sheet) rule(title string) {
	title = cut("── "+title, s.width-4, false) + " "
	title += strings.Repeat("─", s.width-columns(title))
	s.text.WriteString(s.palette.paint([]string{title}, strong)[0] + "\n\n")
}

// head writes the head of a section.
func (s *sheet) head(text string) {
	s.text.WriteString("\n" + s.palette.paint([]string{text}, strong)[0] + "\n")
}

// prose writes text wrapped, its first line after lead and the others below it.
func (s *sheet) prose(lead, text string, t tone) {
	lines, _ := wrap(shorten(text), s.width-len(indent)-columns(lead), 0)
	for _, l := range s.palette.paint(lines, t) {
		s.line(lead + l)
		lead = strings.Repeat(" ", columns(lead))
	}
}

// grid writes a table.
func (s *sheet) grid(g *grid) {
	lines, err := g.lines(s.width-len(indent), s.palette)
	if err != nil && s.err == nil {
		s.err = err
	}
	for _, l := range lines {
		s.line(l)
	}
}

func (s *sheet) report(r *report.Report) {
	if len(r.Incidents) == 0 {
		s.rule("No OOM kill found")
		s.prose("", nothing(r), calm)
	}
	if len(r.Incidents) > 1 {
		s.overview(r.Incidents)
	}
	for i := range r.Incidents {
		if i > 0 || len(r.Incidents) > 1 {
			s.line("")
		}
		s.incident(&r.Incidents[i], i+1, len(r.Incidents))
	}
	s.ruledOut(r.RuledOut)
	s.problems(r.Problems)
	s.inputs(r.Inputs)
}

// overview writes a row for each incident.
func (s *sheet) overview(ins []report.Incident) {
	s.rule(count(len(ins), "incident"))
	g := &grid{height: 4, columns: []column{
		{head: "#", right: true}, {head: "when (utc)"}, {head: "where"}, {head: "victim"},
		{head: "limit", right: true}, {head: "verdict"},
	}}
	for i := range ins {
		in := &ins[i]
		g.add(strconv.Itoa(i+1), whenShort(in.Time), shorten(whereShort(in)), whoShort(in), limitShort(in), verdictShort(in))
		g.rows[i][5].tone = toneOf(in.Verdict)
	}
	s.grid(g)
}

// toneOf returns the tone of a verdict.
func toneOf(verdict string) tone {
	switch verdict {
	case report.Confirmed:
		return grave
	case report.Suspected:
		return wary
	}
	return strong
}

func (s *sheet) incident(in *report.Incident, n, of int) {
	title := headline(in)
	if of > 1 {
		title = fmt.Sprintf("%d of %d · %s", n, of, title)
	}
	if in.ID != "" {
		title += " · " + in.ID
	}
	s.rule(title)
	if in.Summary != "" {
		s.prose("", in.Summary, calm)
		s.line("")
	}
	for _, f := range facts(in) {
		s.prose(fmt.Sprintf("%-10s", f.label), f.text, f.tone)
	}
	s.memory(in)
	s.timeline(in.Timeline, in.Time)
	s.explanation(in)
	s.advice(in)
}

// timeline writes a row for each line of a log.
func (s *sheet) timeline(es []report.Entry, w report.When) {
	if len(es) == 0 {
		return
	}
	date := dateOf(es, w)
	s.head("Timeline" + date.title())
	g := &grid{height: 3, columns: []column{
		{head: "#", right: true}, {head: "time", most: 15}, {head: "to kill", right: true},
		{head: "source", most: 10}, {head: "what"},
	}}
	for i := range es {
		e := &es[i]
		text, met := said(e)
		g.add(strconv.Itoa(i+1), date.of(e), toKill(e), e.Source, shorten(text))
		g.rows[i][4].tail = met
	}
	s.grid(g)
	if date.stamps {
		s.line("")
		s.prose("", stampNote, calm)
	}
}

// explanation writes each question, and below it the answer.
func (s *sheet) explanation(in *report.Incident) {
	if len(in.Explanation) == 0 {
		return
	}
	s.head("Explanation")
	for i, a := range in.Explanation {
		if i > 0 {
			s.line("")
		}
		s.prose("", a.Question, strong)
		s.prose(indent, a.Answer+" "+evidence(a.Evidence, len(in.Timeline)), calm)
	}
}

func (s *sheet) advice(in *report.Incident) {
	if len(in.Advice) == 0 {
		return
	}
	s.head("Advice")
	for _, a := range in.Advice {
		s.prose("- ", a.Text+" "+evidence(a.Evidence, len(in.Timeline)), calm)
	}
}

// ruledOut writes the deaths that only look like an OOM kill.
func (s *sheet) ruledOut(ds []report.RuledOut) {
	if len(ds) == 0 {
		return
	}
	s.head("Ruled out: no OOM kill, though it looks like one")
	g := &grid{columns: []column{{head: "when (utc)", most: 15}, {head: "who", most: 24}, {head: "why not"}}}
	for i := range ds {
		g.add(whenShort(ds[i].Time), shorten(about(&ds[i])), shorten(ds[i].Why))
	}
	s.grid(g)
}

// problems writes what kept an input from being read whole.
func (s *sheet) problems(ps []report.Problem) {
	if len(ps) == 0 {
		return
	}
	s.head("Problems in the input")
	for _, p := range ps[:min(len(ps), maxProblems)] {
		at, what := problem(p)
		s.prose("- ", at+": "+what, calm)
	}
	if n := len(ps) - maxProblems; n > 0 {
		s.line(fmt.Sprintf("and %d more", n))
	}
}

// inputs writes what was read.
func (s *sheet) inputs(ins []report.Input) {
	if len(ins) == 0 {
		return
	}
	s.head("Inputs")
	g := &grid{height: 2, columns: []column{
		{head: "path", path: true}, {head: "format", most: 14}, {head: "lines", right: true},
		{head: "clock", most: 28},
	}}
	for i := range ins[:min(len(ins), maxInputs)] {
		in := &ins[i]
		g.add(in.Path, format(in), strconv.FormatInt(in.Lines, 10), shorten(clockBasis(in.Clock)))
	}
	s.grid(g)
	if n := len(ins) - maxInputs; n > 0 {
		s.line(fmt.Sprintf("and %d more", n))
	}
}
