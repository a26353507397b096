package breakdown_test

import (
	"fmt"
	"slices"
	"testing"

	"oomtrace/correlate/breakdown"
	"oomtrace/parsers/event"
)

func TestByName(t *testing.T) {
	for name, c := range map[string]struct {
		d      *event.OOMDump
		pageKB int64
		want   []string // the first ones
	}{
		"4.4: page tables are counted in pages": {specimen(t, "4.4-machine"), 0, []string{
			"php-fpm7.0 x 23: 577730 pages = 2310920 kB, anon -1, swap 0, tables 19390464",
			"mysqld x 1: 142999 pages = 571996 kB, anon -1, swap 0, tables 1396736",
			"php x 2: 16207 pages = 64828 kB, anon -1, swap 0, tables 1269760"}},
		"no page size": {specimen(t, "4.15-v1-pod"), 0, []string{
			"stress x 4: 31361 pages = -1 kB, anon -1, swap 0, tables 466944",
			"bash x 1: 872 pages = -1 kB, anon -1, swap 0, tables 77824",
			"pause x 1: 1 pages = -1 kB, anon -1, swap 0, tables 28672"}},
		"the caller knows it": {specimen(t, "4.15-v1-pod"), 64, []string{
			"stress x 4: 31361 pages = 2007104 kB, anon -1, swap 0, tables 466944"}},
		"6.18 prints anonymous pages": {specimen(t, "6.18-v2-global"), 0, []string{
			"stress x 1: 78563 pages = 314252 kB, anon 313600, swap 0, tables 667648"}},
		"no table": {specimen(t, "3.10-v1-leaker"), 4, nil},
	} {
		var got []string
		for _, s := range breakdown.ByName(c.d, c.pageKB) {
			got = append(got, sum(s))
		}
		if len(got) < len(c.want) || !slices.Equal(got[:len(c.want)], c.want) || c.want == nil && got != nil {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func sum(s breakdown.NameSum) string {
	return fmt.Sprintf("%s x %d: %d pages = %d kB, anon %d, swap %d, tables %d", s.Comm, s.Count, s.RSSPages, s.KB, s.AnonKB, s.SwapPages, s.PgtablesBytes)
}

// A sum over rows of which one does not state a number is not stated.
func TestByNameOfRowsThatLackANumber(t *testing.T) {
	d := specimen(t, "4.15-v1-pod")
	d.Tasks[2].RSS = event.NotPrinted // of the four named stress
	d.TasksCut = 7
	for _, s := range breakdown.ByName(d, 4) {
		if !s.Partial || (s.RSSPages == event.NotPrinted) != (s.Comm == "stress") || (s.KB == event.NotPrinted) != (s.Comm == "stress") {
			t.Errorf("%+v", s)
		}
	}
}
