package badness

import (
	"testing"

	"oomtrace/parsers/event"
)

func TestLack(t *testing.T) {
	dump := func(usage, limit, memsw int64, order int) *event.OOMDump {
		d := memcg(kill(7, "6.1", row(7, 900, 8192, 3, 0, "a")), limit, memsw, -1)
		d.Memory.Memory.UsageKB, d.Memory.Memsw.UsageKB = usage, usage
		d.Trigger = &event.Trigger{Order: order}
		return d
	}
	tests := []struct {
		name string
		d    *event.OOMDump
		want Shortfall
		ok   bool
	}{
		{"at the limit", dump(98304, 98304, -1, 0), Shortfall{1, 1, 905}, true},
		{"at the limit, eight pages", dump(98304, 98304, -1, 3), Shortfall{8, 8, 905}, true},
		{"below it by now", dump(98000, 98304, -1, 0), Shortfall{1, 1, 905}, true},
		{"over it", dump(98312, 98304, -1, 0), Shortfall{1, 3, 905}, true},
		{"at memory+swap", dump(98304, 131072, 98304, 1), Shortfall{2, 2, 905}, true},
		{"by a person", dump(98304, 98304, -1, -1), Shortfall{}, false},
		{"no such order", dump(98304, 98304, -1, 64), Shortfall{}, false},
		{"no limit", dump(98304, none, none, 0), Shortfall{1, -1, 905}, false},
		{"the machine's", global73("7.3"), Shortfall{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := Lack(tt.d, Compute(tt.d, 4)); got != tt.want || ok != tt.ok {
				t.Errorf("got %+v, %v, want %+v", got, ok, tt.want)
			}
		})
	}
	d := dump(98304, 98304, -1, 0)
	d.Victims = append(d.Victims, event.Victim{PID: 99})
	if got, _ := Lack(d, Compute(d, 4)); got.Freed != Unknown {
		t.Errorf("%d pages freed, with a victim that has no row", got.Freed)
	}
}
