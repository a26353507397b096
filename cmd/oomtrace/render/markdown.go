package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"oomtrace/correlate/report"
)

// writeMarkdown writes a report to paste into an issue, or for the summary of a
// CI step: GitHub's dialect. Log text stands in it whole and inert.
func writeMarkdown(w io.Writer, r *report.Report, _ Options) error {
	p := new(page)
	p.report(inert(r))
	_, err := io.WriteString(w, p.text.String())
	return err
}

// A page is the text of a report in Markdown as it grows. Every block is one
// line, or a table, with an empty line before it.
type page struct {
	text strings.Builder
}

// block writes a line of Markdown as a block of its own.
func (p *page) block(line string) {
	if p.text.Len() > 0 {
		p.text.WriteByte('\n')
	}
	p.text.WriteString(line + "\n")
}

// list writes lines of Markdown as a list, and what was left out of it.
func (p *page) list(lines []string, more int) {
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	for i, l := range lines {
		if i == 0 {
			p.text.WriteByte('\n')
		}
		p.text.WriteString("- " + l + "\n")
	}
}

// table writes cells of Markdown as a table. A head that begins with > has its
// column at the right.
func (p *page) table(heads []string, rows [][]string) {
	names, rule := make([]string, len(heads)), make([]string, len(heads))
	for i, h := range heads {
		right := strings.HasPrefix(h, ">")
		names[i], rule[i] = strings.TrimPrefix(h, ">"), "---"
		if right {
			rule[i] = "--:"
		}
	}
	p.text.WriteByte('\n')
	p.row(names)
	p.row(rule)
	for _, cells := range rows {
		p.row(cells)
	}
}

// row writes a row of a table. A pipe in a cell is escaped, in code spans too:
// tables are split before spans are seen.
func (p *page) row(cells []string) {
	for _, c := range cells {
		p.text.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
	}
	p.text.WriteString("|\n")
}

func (p *page) report(r *report.Report) {
	switch n := len(r.Incidents); n {
	case 0:
		p.block("## No OOM kill found")
		p.block(inline(nothing(r)))
	case 1:
		p.incident(&r.Incidents[0], "")
	default:
		p.overview(r.Incidents)
		for i := range r.Incidents {
			p.incident(&r.Incidents[i], fmt.Sprintf("%d of %d: ", i+1, n))
		}
	}
	p.ruledOut(r.RuledOut)
	p.problems(r.Problems)
	p.inputs(r.Inputs)
}

func (p *page) overview(ins []report.Incident) {
	p.block("## " + count(len(ins), "incident"))
	var rows [][]string
	for i := range ins {
		in := &ins[i]
		rows = append(rows, []string{
			strconv.Itoa(i + 1), inline(onLine(whenShort(in.Time))), inline(onLine(whereShort(in))),
			inline(whoShort(in)), inline(limitShort(in)), inline(verdictShort(in)),
		})
	}
	p.table([]string{">#", "When (UTC)", "Where", "Victim", ">Limit", "Verdict"}, rows)
}

// onLine returns the lines of a cell as one.
func onLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }

func (p *page) incident(in *report.Incident, number string) {
	title := "## " + number + inline(headline(in))
	if in.ID != "" {
		title += " " + code(in.ID)
	}
	p.block(title)
	if in.Summary != "" {
		p.block(inline(in.Summary))
	}
	p.list(joined(facts(in)), 0)
	p.memory(in)
	p.timeline(in.Timeline, in.Time)
	p.explanation(in)
	p.advice(in)
}

// joined returns a line for each label, with all that is said under it.
func joined(fs []fact) []string {
	var lines []string
	for _, f := range fs {
		if f.label == "" && len(lines) > 0 {
			lines[len(lines)-1] += "; " + inline(f.text)
			continue
		}
		lines = append(lines, "**"+f.label+":** "+inline(f.text))
	}
	return lines
}

func (p *page) timeline(es []report.Entry, w report.When) {
	if len(es) == 0 {
		return
	}
	date := dateOf(es, w)
	p.block("### Timeline" + date.title())
	var rows [][]string
	for i := range es {
		e := &es[i]
		rows = append(rows, []string{
			strconv.Itoa(i + 1), stamped(e, date), toKill(e), inline(e.Source), quoted(e),
		})
	}
	p.table([]string{">#", "Time", ">To kill", "Source", "What"}, rows)
	if date.stamps {
		p.block(stampNote)
	}
}

// stamped returns the time of a row, or the log's own reading of it as it stands.
func stamped(e *report.Entry, d dates) string {
	if e.Time == nil {
		return code(e.Stamp)
	}
	return onLine(d.of(e))
}

// quoted returns a line of a log: who says so, the text as it stands, how often
// it was met.
func quoted(e *report.Entry) string {
	_, met := said(e)
	parts := []string{code(e.Text), met}
	if e.Actor != "" {
		parts = append([]string{inline(e.Actor) + ":"}, parts...)
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

func (p *page) explanation(in *report.Incident) {
	if len(in.Explanation) == 0 {
		return
	}
	p.block("### Explanation")
	for _, a := range in.Explanation {
		if q := inline(a.Question); q != "" {
			p.block("**" + q + "**")
		}
		p.block(claim(a.Answer, a.Evidence, in))
	}
}

func (p *page) advice(in *report.Incident) {
	if len(in.Advice) == 0 {
		return
	}
	p.block("### Advice")
	var lines []string
	for _, a := range in.Advice {
		lines = append(lines, claim(a.Text, a.Evidence, in))
	}
	p.list(lines, 0)
}

// claim returns text with the rows of the timeline that bear it out.
func claim(text string, rows []int, in *report.Incident) string {
	return strings.TrimSpace(inline(text) + " " + evidence(rows, len(in.Timeline)))
}

func (p *page) ruledOut(ds []report.RuledOut) {
	if len(ds) == 0 {
		return
	}
	p.block("## Ruled out: no OOM kill, though it looks like one")
	var rows [][]string
	for i := range ds {
		d := &ds[i]
		rows = append(rows, []string{inline(onLine(whenShort(d.Time))), inline(about(d)), inline(d.Why)})
	}
	p.table([]string{"When (UTC)", "Who", "Why not"}, rows)
}

func (p *page) problems(ps []report.Problem) {
	if len(ps) == 0 {
		return
	}
	p.block("## Problems in the input")
	var lines []string
	for _, pr := range ps[:min(len(ps), maxProblems)] {
		at, what := problem(pr)
		lines = append(lines, code(at)+": "+inline(what))
	}
	p.list(lines, len(ps)-maxProblems)
}

func (p *page) inputs(ins []report.Input) {
	if len(ins) == 0 {
		return
	}
	p.block("## Inputs")
	var rows [][]string
	for i := range ins[:min(len(ins), maxInputs)] {
		in := &ins[i]
		rows = append(rows, []string{code(in.Path), inline(format(in)), strconv.FormatInt(in.Lines, 10), inline(clockBasis(in.Clock))})
	}
	p.table([]string{"Path", "Format", ">Lines", "Clock"}, rows)
	if n := len(ins) - maxInputs; n > 0 {
		p.block(fmt.Sprintf("and %d more", n))
	}
}
