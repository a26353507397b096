package badness

import (
	"math"
	"testing"

	"oomtrace/parsers/event"
)

func TestPageKB(t *testing.T) {
	const no = event.NotPrinted
	sizes := func(totalVM, anon, file, shmem int64) event.Victim {
		return event.Victim{PID: 7, TotalVMKB: totalVM, AnonRSSKB: anon, FileRSSKB: file, ShmemRSSKB: shmem}
	}
	tests := []struct {
		name    string
		nodeKB  int64
		victims []event.Victim
		want    int64
		basis   string
	}{
		{"free lists", 16, []event.Victim{sizes(no, 88400, 0, 708)}, 16, "the free lists"},
		{"rss", no, []event.Victim{sizes(no, 88400, 0, 708)}, 4, "the victim's rss"},
		{"rss in 64 KiB pages", no, []event.Victim{sizes(no, 64*22277, 0, 0)}, 64, "the victim's rss"},
		{"rss that moved a little", no, []event.Victim{sizes(no, 88100, 4, 708)}, 4, "the victim's rss"},
		{"rss that moved too much", no, []event.Victim{sizes(16*23277, 60000, 4, 708)}, 16, "the victim's total-vm"},
		{"rss without shmem-rss", no, []event.Victim{sizes(no, 88400, 708, no)}, 4, "the victim's rss"},
		{"rss not printed", no, []event.Victim{sizes(4*23277, no, no, no)}, 4, "the victim's total-vm"},
		{"rss of nothing", no, []event.Victim{sizes(4*23277, 0, 0, 0)}, 4, "the victim's total-vm"},
		{"the second victim's", no, []event.Victim{{PID: 99, AnonRSSKB: 4}, sizes(no, 88400, 0, 708)}, 4, "the victim's rss"},
		{"no size that Linux knows", 3, []event.Victim{sizes(no, 3*22277, 0, 0)}, 0, ""},
		{"numbers that are none", math.MaxInt64, []event.Victim{sizes(math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64)}, 0, ""},
		{"no victim", no, nil, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, "6.1", row(7, 22277, 217088, 0, 0, "a"))
			d.Node.PageKB, d.Victims = tt.nodeKB, tt.victims
			if page, basis := PageKB(d); page != tt.want || basis != tt.basis {
				t.Errorf("got %d from %q, want %d from %q", page, basis, tt.want, tt.basis)
			}
		})
	}
}

// The caller's page size counts more than the report's.
func TestPageOfCaller(t *testing.T) {
	d := kill(7, "6.1", row(7, 100, 65536, 0, 0, "a"))
	for page, want := range map[int64]Result{
		4:  {PageKB: 4, PageBasis: "the free lists", Scores: []Score{{Used: 116}}},
		64: {PageKB: 64, PageBasis: "the caller", Scores: []Score{{Used: 101}}},
		5:  {PageKB: 4, PageBasis: "the free lists", Scores: []Score{{Used: 116}}},
	} {
		r := Compute(d, page)
		if r.PageKB != want.PageKB || r.PageBasis != want.PageBasis || r.Scores[0].Used != want.Scores[0].Used {
			t.Errorf("%d: page %d from %q, used %d", page, r.PageKB, r.PageBasis, r.Scores[0].Used)
		}
	}
}
