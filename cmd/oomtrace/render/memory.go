package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"oomtrace/correlate/prose"
	"oomtrace/correlate/report"
)

const (
	barWidth = 20 // characters of a bar that stands for the whole
	maxParts = 10 // parts that have a row of their own
)

// A use is one row of the memory that ran out.
type use struct {
	kb    int64
	name  string // the kernel's word, "" for what is no part
	label string
}

// uses returns the parts of the memory, the largest first, and what the rest
// comes to. It adds up to the total.
func uses(b *report.Breakdown) []use {
	parts := slices.Clone(b.Parts)
	slices.SortStableFunc(parts, func(x, y report.Part) int { return cmp.Compare(y.KB, x.KB) })
	var out []use
	var rest int64
	n := 0
	for _, p := range parts {
		if len(out) == maxParts || p.KB < max(b.TotalKB/200, 1) {
			rest, n = rest+p.KB, n+1
			continue
		}
		out = append(out, use{p.KB, p.Name, p.Label})
	}
	if n > 0 && rest > 0 {
		out = append(out, use{rest, "", count(n, "smaller part")})
	}
	switch {
	case b.UnaccountedKB > 0:
		out = append(out, use{b.UnaccountedKB, "", "in none of the figures"})
	case b.UnaccountedKB < 0:
		out = append(out, use{b.UnaccountedKB, "", "more than the whole: " + why(b)})
	}
	return out
}

// why says why the parts do not come to the whole.
func why(b *report.Breakdown) string {
	if b.UnaccountedWhy == "" {
		return "the counters are read in turn"
	}
	return b.UnaccountedWhy
}

// bar returns a share of the whole as a bar of characters.
func bar(kb, of int64) string {
	if kb <= 0 || of <= 0 {
		return ""
	}
	eighths := int(min(float64(kb)/float64(of), 1)*barWidth*8 + 0.5)
	s := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		s += string([]rune(" ▏▎▍▌▋▊▉")[part])
	}
	return s
}

// share returns a part of the whole in whole percent: less than all is never 100.
func share(kb, of int64) string {
	if kb <= 0 {
		return ""
	}
	percent := int64(float64(kb) / float64(of) * 100)
	if percent < 1 {
		return "< 1 %"
	}
	return fmt.Sprintf("%d %%", percent)
}

// meaning returns what a use is.
func (u use) meaning() string {
	if u.name == "" || u.name == u.label {
		return u.label
	}
	return u.name + ": " + u.label
}

// memoryHead returns the title of the section.
func memoryHead(b *report.Breakdown) string {
	whose := "the machine's"
	if b.Of == "cgroup" {
		whose = "the cgroup's"
	}
	return "Memory: " + whose + " " + prose.Size(b.TotalKB) + " (" + b.Basis + ")"
}

// capitalized begins a sentence.
func capitalized(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }

// breakdown returns what to show of where the memory was, nil if nothing.
func breakdown(in *report.Incident) *report.Breakdown {
	if in.Memory == nil || in.Memory.Breakdown == nil || in.Memory.Breakdown.TotalKB <= 0 || len(in.Memory.Breakdown.Parts) == 0 {
		return nil
	}
	return in.Memory.Breakdown
}

// memory writes where the memory was.
func (s *sheet) memory(in *report.Incident) {
	b := breakdown(in)
	if b == nil {
		return
	}
	if title := memoryHead(b); columns(title) <= s.width {
		s.head(title)
	} else {
		s.head(strings.TrimSuffix(title, " ("+b.Basis+")"))
		s.prose("", capitalized(b.Basis)+".", calm)
	}
	g := &grid{height: 3, columns: []column{{head: "size", right: true}, {head: "share", right: true}, {head: "", most: barWidth}, {head: "what"}}}
	for _, u := range uses(b) {
		g.add(prose.Size(u.kb), share(u.kb, b.TotalKB), bar(u.kb, b.TotalKB), shorten(u.meaning()))
	}
	s.grid(g)
}

func (p *page) memory(in *report.Incident) {
	b := breakdown(in)
	if b == nil {
		return
	}
	p.block("### " + inline(memoryHead(b)))
	var rows [][]string
	for _, u := range uses(b) {
		rows = append(rows, []string{prose.Size(u.kb), share(u.kb, b.TotalKB), bar(u.kb, b.TotalKB), inline(u.meaning())})
	}
	p.table([]string{">Size", ">Share", "", "What"}, rows)
}
