package badness

import (
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

func TestTotal(t *testing.T) {
	memory := func(limit, memsw, swap int64) func(*event.OOMDump) {
		return func(d *event.OOMDump) { memcg(d, limit, memsw, swap) }
	}
	node := func(kind string, ram, reserved, swapKB int64) func(*event.OOMDump) {
		return func(d *event.OOMDump) {
			d.Kind = kind
			d.Node = event.NodeMemory{PagesRAM: ram, PagesReserved: reserved, TotalSwapKB: swapKB, PageKB: 4}
		}
	}
	tests := []struct {
		name             string
		change           func(*event.OOMDump)
		use, least, most int64
		assumptions      int
	}{
		{"global", node("global", 130942, 13746, 0), 117196, 117196, 117196, 0},
		{"global with swap", node("global", 130942, 10932, 65532), 136393, 136393, 136393, 0},
		{"global without a line about swap", node("global", 130942, 13746, -1), 117196, 117196, 117196, 1},
		{"global without pages RAM", node("global", -1, 13746, 0), -1, -1, -1, 0},
		{"global without pages reserved", node("global", 130942, -1, 0), -1, -1, -1, 0},
		{"global, more reserved than there is", node("global", 1, 13746, 0), -1, -1, -1, 0},
		{"memory policy", node("mempolicy", 130942, 9073, 400), 121969, 100, 131042, 1},
		{"cpuset without swap", node("cpuset", 130942, 9073, 0), 121869, 1, 130942, 1},
		{"cpuset without pages RAM", node("cpuset", -1, -1, 0), -1, -1, -1, 0},
		{"kind not said", node("", 130942, 13746, 0), 117196, 117196, 117196, 0},
		{"kind not said, nor stated by a line", func(d *event.OOMDump) {
			node("", 130942, 13746, 0)(d)
			d.Constraint = ""
		}, 117196, 117196, 117196, 1},
		{"nothing", node("", -1, -1, -1), -1, -1, -1, 0},

		{"v2 without swap", memory(98304, -1, 0), 24576, 24576, 24576, 0},
		{"v2, swap unlimited", memory(98304, -1, none), 24576, 24576, -1, 1},
		{"v2, swap limited", memory(98304, -1, 40960), 24576, 24576, 34816, 1},
		{"v1, memory+swap is the limit", memory(98304, 98304, -1), 24576, 24576, 24576, 0},
		{"v1, memory+swap is above", memory(98304, 196608, -1), 24576, 24576, 49152, 1},
		{"v1, memory+swap unlimited", memory(98304, none, -1), 24576, 24576, -1, 1},
		{"v1 of 64 bits in bytes", memory(98304, 9007199254740991, -1), 24576, 24576, -1, 1},
		{"no counter but memory's", memory(98304, -1, -1), 24576, 24576, -1, 1},
		{"a limit of nothing", memory(0, -1, 0), 1, 1, 1, 0},
		{"no limit, which cannot have been hit", memory(none, none, -1), -1, -1, -1, 0},
		{"no line about memory", memory(-1, -1, 0), -1, -1, -1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, "6.1.0", row(7, 900, 0, 0, 0, "a"))
			tt.change(d)
			r := Compute(d, 4)
			if r.TotalPages != tt.use || r.MinTotal != tt.least || r.MaxTotal != tt.most || len(r.Assumptions) != tt.assumptions {
				t.Errorf("got %d, %d to %d, %q\nwant %d, %d to %d, %d assumptions",
					r.TotalPages, r.MinTotal, r.MaxTotal, r.Assumptions, tt.use, tt.least, tt.most, tt.assumptions)
			}
			if (r.TotalPages == Unknown) != (r.TotalBasis == "") || (r.TotalPages == Unknown) != (r.PointPages == Unknown) {
				t.Errorf("total %d, basis %q, a point weighs %d", r.TotalPages, r.TotalBasis, r.PointPages)
			}
		})
	}
}

// Of nodes that the report shows with their zones the present pages count, all
// of them: from 5.4 on exactly, before with the holes besides.
func TestNodes(t *testing.T) {
	zone := func(node int, present int64) event.Zone {
		return event.Zone{Node: node, KB: event.Stats{{Name: "managed", Value: present - 4}, {Name: "present", Value: present}}}
	}
	zones := []event.Zone{zone(0, 16000), zone(0, 200000), zone(1, 300000)}
	tests := []struct {
		name, release, kind, nodes string
		zones                      []event.Zone
		use, least, most           int64
		assumptions                int
	}{
		{"one node", "6.1", "mempolicy", "1", zones, 75100, 75100, 75100, 0},
		{"the other", "6.1", "cpuset", "0", zones, 54100, 54100, 54100, 0},
		{"both", "6.1", "cpuset", "0-1", zones, 129100, 129100, 129100, 0},
		{"a list", "5.10", "mempolicy", "0,3-7", zones, 54100, 54100, 54100, 0},
		{"spanned pages count", "5.3.0", "cpuset", "1", zones, 75100, 75100, -1, 1},
		{"zones not kept", "6.1", "cpuset", "1", nil, 121969, 100, 131042, 1},
		{"no mask", "6.1", "mempolicy", "(null)", zones, 121969, 100, 131042, 1},
		{"none of them printed", "6.1", "cpuset", "4", zones, 121969, 100, 131042, 1},
		{"more than there is", "6.1", "cpuset", "0", []event.Zone{zone(0, 1<<40)}, 121969, 100, 131042, 1},
		{"not a size", "6.1", "cpuset", "0", []event.Zone{zone(0, -1)}, 121969, 100, 131042, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, tt.release, row(7, 900, 0, 0, 0, "a"))
			d.Kind, d.Nodemask, d.MemsAllowed = tt.kind, tt.nodes, tt.nodes
			d.Victims[0].AdjPrinted = tt.release > "5.4"
			d.Node = event.NodeMemory{PagesRAM: 130942, PagesReserved: 9073, TotalSwapKB: 400, PageKB: 4, Zones: tt.zones}
			r := Compute(d, 4)
			if r.TotalPages != tt.use || r.MinTotal != tt.least || r.MaxTotal != tt.most || len(r.Assumptions) != tt.assumptions {
				t.Errorf("got %d, %d to %d, %q", r.TotalPages, r.MinTotal, r.MaxTotal, r.Assumptions)
			}
		})
	}
}

// Swap that is in use is there, so that it counts, as far as the cgroup may use
// it. That a swappiness of 0 would leave it out keeps the least at the limit.
func TestSwapInUse(t *testing.T) {
	tests := []struct {
		name, release string
		change        func(*event.OOMDump)
		use, most     int64
	}{
		{"v1, memory+swap above memory", "5.4", func(d *event.OOMDump) {
			memcg(d, 102400, none, -1)
			d.Memory.Memory.UsageKB, d.Memory.Memsw.UsageKB = 102400, 295612
		}, 25600 + 48303, -1},
		{"v1, more than the cgroup may use", "5.4", func(d *event.OOMDump) {
			memcg(d, 102400, 122880, -1)
			d.Memory.Memory.UsageKB, d.Memory.Memsw.UsageKB = 90000, 122880
		}, 25600 + 5120, 25600 + 5120},
		{"v2", "6.1", func(d *event.OOMDump) {
			memcg(d, 102400, -1, none)
			d.Memory.Swap.UsageKB = 4096
		}, 25600 + 1024, -1},
		{"v2 to 5.2: the other counter stands still", "4.19.0", func(d *event.OOMDump) {
			memcg(d, 102400, none, -1)
			d.Memory.Memory.UsageKB = 102400
		}, 25600, -1},
		{"a row", "6.1", func(d *event.OOMDump) {
			memcg(d, 102400, -1, none)
			d.Tasks[0].Swapents = 300
		}, 25600 + 300, -1},
		{"rows of two that may share it", "6.1", func(d *event.OOMDump) {
			memcg(d, 102400, -1, none)
			d.Tasks[0].Swapents, d.Tasks[1].Swapents = 300, 200
		}, 25600 + 300, -1},
		{"in RHEL 6 pages are added to bytes", "2.6.32-754.el6.x86_64", func(d *event.OOMDump) {
			memcg(d, 102400, none, -1)
			d.Memory.Memory.UsageKB, d.Memory.Memsw.UsageKB = 102400, 295612
		}, 25600, -1},
		{"not a usage", "5.4", func(d *event.OOMDump) {
			memcg(d, 102400, none, -1)
			d.Memory.Memory.UsageKB, d.Memory.Memsw.UsageKB = 102400, 1<<62
		}, 25600, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, tt.release, row(7, 900, 0, 0, 0, "a"), row(8, 90, 0, 0, 0, "b"))
			tt.change(d)
			r := Compute(d, 4)
			if r.TotalPages != tt.use || r.MinTotal != 25600 || r.MaxTotal != tt.most {
				t.Errorf("got %d, %d to %d, want %d, 25600 to %d", r.TotalPages, r.MinTotal, r.MaxTotal, tt.use, tt.most)
			}
			if counted := strings.HasPrefix(strings.Join(r.Assumptions, "|"), "of swap only what is in use is counted, "); counted != (tt.use > 25600) {
				t.Errorf("assumptions %q", r.Assumptions)
			}
		})
	}
}

// A choice is certain if no totalpages within the bounds gives another.
func TestCertain(t *testing.T) {
	const policy = "mempolicy"
	tests := []struct {
		name, release string
		first, second event.Task
		limits        [3]int64 // memory, memory+swap, swap, KiB; none of them for a mempolicy kill
		want          bool
	}{
		{"same adjustment", "6.1", row(7, 900, 0, 0, 5, "a"), row(8, 9, 0, 0, 5, "b"), [3]int64{98304, -1, none}, true},
		{"the bigger has the higher", "6.1", row(7, 900, 0, 0, 6, "a"), row(8, 9, 0, 0, 5, "b"), [3]int64{98304, -1, none}, true},
		{"the smaller has the higher", "6.1", row(7, 900, 0, 0, 5, "a"), row(8, 9, 0, 0, 6, "b"), [3]int64{98304, -1, none}, false},
		{"the same, bounded", "6.1", row(7, 900, 0, 0, 5, "a"), row(8, 9, 0, 0, 6, "b"), [3]int64{98304, -1, 40960}, true},
		{"all may be pushed down to 1", "5.4", row(7, 900, 0, 0, -5, "a"), row(8, 9, 0, 0, -5, "b"), [3]int64{98304, -1, none}, false},
		{"below 0 they keep their order", "5.10", row(7, 900, 0, 0, -5, "a"), row(8, 9, 0, 0, -5, "b"), [3]int64{98304, -1, none}, true},
		{"some nodes", "6.1", row(7, 9, 0, 0, 900, "a"), row(8, 900, 0, 0, 0, "b"), [3]int64{}, false},
		{"some nodes, the bigger has the higher", "6.1", row(7, 900, 0, 0, 900, "a"), row(8, 9, 0, 0, 0, "b"), [3]int64{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := kill(7, tt.release, tt.first, tt.second)
			if d.Kind = policy; tt.limits[0] > 0 {
				memcg(d, tt.limits[0], tt.limits[1], tt.limits[2])
			}
			if r := Compute(d, 4); r.Verdict != Agrees || r.Certain != tt.want {
				t.Errorf("verdict %q, certain %v", r.Verdict, r.Certain)
			}
		})
	}
}

// Without totalpages there is a verdict only if the adjustments do not matter.
func TestTotalUnknown(t *testing.T) {
	d := memcg(kill(7, "6.1", row(7, 900, 0, 0, 5, "a"), row(8, 9, 0, 0, 5, "b")), -1, -1, -1)
	r := Compute(d, 4)
	if r.Verdict != Agrees || r.Scores[0].Badness != nil || r.Lead == nil || *r.Lead != 891 {
		t.Errorf("verdict %q, scores %+v, lead %v", r.Verdict, r.Scores, r.Lead)
	}
	d.Tasks[1].OOMScoreAdj = 6
	want := "the report does not show how much memory was to be shared, and with it what the adjustments weigh"
	if r := Compute(d, 4); r.Verdict != NoVerdict || r.Why != want || r.Lead != nil {
		t.Errorf("verdict %q, why %q, lead %v", r.Verdict, r.Why, r.Lead)
	}
}
