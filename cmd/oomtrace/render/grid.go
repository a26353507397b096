package render

import (
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// A grid is a table that fits a width. Its cells are wrapped here, so that
// tablewriter, which lays them out, has nothing left to wrap or to cut.
type grid struct {
	columns []column
	height  int // at most so many lines are in a row; 0: as many as it takes
	rows    [][]cell
}

// A column has a head and cells.
type column struct {
	head  string
	right bool // cells stand at its right
	path  bool // cells are one line, and cut in the middle
	most  int  // columns it may take; 0: any
}

// A cell is text, in which \n begins a new line, and a tail that is shown
// whole where the text must be cut.
type cell struct {
	text, tail string
	tone       tone
}

const gap = 2 // columns between two columns of a grid

// add appends a row of plain cells.
func (g *grid) add(texts ...string) {
	row := make([]cell, len(texts))
	for i, t := range texts {
		row[i].text = t
	}
	g.rows = append(g.rows, row)
}

// lines returns the table as lines of at most width columns.
func (g *grid) lines(width int, p palette) ([]string, error) {
	g.align()
	widths := g.fit(width)
	var out strings.Builder
	t := newTable(&out, g.columns, widths)
	for _, row := range g.rows {
		texts := make([]string, len(row))
		for i, c := range row {
			texts[i] = strings.Join(p.paint(g.wrap(c, i, widths[i]), c.tone), "\n")
		}
		if err := t.Append(texts); err != nil {
			return nil, fmt.Errorf("laying out a table: %w", err)
		}
	}
	if err := t.Render(); err != nil {
		return nil, fmt.Errorf("laying out a table: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return lines, nil
}

// align takes from all columns but the last what would push the next one out of
// line.
func (g *grid) align() {
	for _, row := range g.rows {
		for i := range len(row) - 1 {
			row[i].text = agreed(row[i].text)
		}
	}
}

// fit returns a width for each column. The widest give way until the table fits.
func (g *grid) fit(width int) []int {
	widths := make([]int, len(g.columns))
	total := gap * (len(widths) - 1)
	for i, c := range g.columns {
		widths[i] = columns(c.head)
		for _, row := range g.rows {
			widths[i] = max(widths[i], min(row[i].natural(), width))
		}
		if c.most > 0 {
			widths[i] = min(widths[i], c.most)
		}
		total += widths[i]
	}
	for ; total > width; total-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		widths[widest]--
	}
	return widths
}

// natural returns the columns of the cell's longest line before it is wrapped.
func (c cell) natural() int {
	n := 0
	for line := range strings.SplitSeq(c.text, "\n") {
		n = max(n, columns(line))
	}
	if c.tail != "" {
		n += 1 + columns(c.tail)
	}
	return n
}

// wrap returns a cell of column i as lines of at most width columns.
func (g *grid) wrap(c cell, i, width int) []string {
	if g.columns[i].path {
		return []string{cutMiddle(c.text, width)}
	}
	var lines []string
	over := false
	for line := range strings.SplitSeq(c.text+" "+c.tail, "\n") {
		if over = g.height > 0 && len(lines) == g.height; over {
			break
		}
		var more []string
		more, over = wrap(line, width, max(g.height-len(lines), 0))
		lines = append(lines, more...)
	}
	if over {
		lines = withTail(lines, c.tail, width)
	}
	return lines
}

// roomForText is what a line must leave beside a tail for text to go on there.
const roomForText = 8

// withTail returns lines cut short, with the tail at their end.
func withTail(lines []string, tail string, width int) []string {
	n := len(lines) - 1
	if tail == "" {
		lines[n] = cut(lines[n], width, true)
		return lines
	}
	if room := width - columns(tail) - 1; room >= roomForText {
		lines[n] = cut(lines[n], room, true) + " " + tail
		return lines
	}
	tails, _ := wrap(tail, width, n)
	n -= len(tails)
	lines[n] = cut(lines[n], width, true)
	return append(lines[:n+1], tails...)
}

// newTable returns a table for columns: two spaces between them, a line below
// their heads, no other.
func newTable(out *strings.Builder, columns []column, widths []int) *tablewriter.Table {
	heads := make([]string, len(columns))
	aligns := make([]tw.Align, len(columns))
	pads := make([]tw.Padding, len(columns))
	for i, c := range columns {
		heads[i] = cut(strings.ToUpper(c.head), widths[i], false)
		aligns[i], pads[i] = tw.AlignLeft, tw.Padding{Right: " ", Overwrite: true}
		if c.right {
			aligns[i] = tw.AlignRight
		}
	}
	pads[len(pads)-1] = tw.PaddingNone
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{PerColumn: aligns},
		Padding:    tw.CellPadding{PerColumn: pads},
	}
	t := tablewriter.NewTable(out,
		tablewriter.WithEastAsian(tw.Off), // see narrow
		tablewriter.WithConfig(tablewriter.Config{Header: cells, Row: cells}),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbolCustom("rule").WithRow("─").WithColumn(" ").WithCenter(" "),
		})),
	)
	t.Header(heads)
	return t
}
