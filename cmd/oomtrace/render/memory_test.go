package render

import (
	"strings"
	"testing"

	"oomtrace/correlate/prose"
	"oomtrace/correlate/report"
)

// memoryOf returns a report of one incident whose memory was so.
func memoryOf(b report.Breakdown) *report.Report {
	return &report.Report{Incidents: []report.Incident{{Kind: "memcg", Verdict: report.Confirmed, Memory: &report.Memory{Breakdown: &b}}}}
}

func TestMemoryFits(t *testing.T) {
	b := report.Breakdown{Of: "cgroup", TotalKB: 1 << 20, Basis: strings.Repeat("a long basis ", 12), UnaccountedKB: -40 << 10, UnaccountedWhy: strings.Repeat("why ", 40),
		Parts: []report.Part{{Name: "anon", KB: 1 << 20, Label: strings.Repeat("programs ", 30)}, {Name: "slab_unreclaimable", KB: 30 << 10, Label: "kernel objects"}, {Name: "sock", KB: 10 << 10, Label: "sockets"}}}
	for _, width := range []int{40, 60, 80, 120} {
		var out strings.Builder
		if err := writeTable(&out, memoryOf(b), Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := columns(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("at %d columns one line has %d: %s", width, n, line)
			}
		}
		if !strings.Contains(out.String(), "████") {
			t.Errorf("at %d columns there is no bar:\n%s", width, out.String())
		}
	}
}

// TestUses adds up, and names what is large alone.
func TestUses(t *testing.T) {
	b := report.Breakdown{TotalKB: 1000, UnaccountedKB: 300, Parts: []report.Part{{Name: "free", KB: 2, Label: "free"}, {Name: "anon", KB: 600, Label: "programs"}, {Name: "a", KB: 3, Label: "a"}, {Name: "slab", KB: 95, Label: "objects"}}}
	sum := int64(0)
	var told []string
	for _, u := range uses(&b) {
		sum += u.kb
		told = append(told, prose.Size(u.kb)+" "+share(u.kb, b.TotalKB)+" "+u.meaning())
	}
	const want = "600 KiB 60 % anon: programs|95 KiB 9 % slab: objects|5 KiB < 1 % 2 smaller parts|300 KiB 30 % in none of the figures"
	if got := strings.Join(told, "|"); got != want || sum != b.TotalKB {
		t.Errorf("got %s, in sum %d\nwant %s", got, sum, want)
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		kb, of int64
		want   string
	}{
		{0, 100, ""}, {-5, 100, ""}, {5, 0, ""}, {100, 100, strings.Repeat("█", barWidth)}, {300, 100, strings.Repeat("█", barWidth)},
		{50, 100, strings.Repeat("█", barWidth/2)}, {1, 100, "▎"}, {1 << 60, 1<<60 + 1, strings.Repeat("█", barWidth)},
	} {
		if got := bar(c.kb, c.of); got != c.want {
			t.Errorf("%d of %d: got %q, want %q", c.kb, c.of, got, c.want)
		}
	}
}
