package render

import (
	"slices"
	"testing"

	"oomtrace/correlate/report"
)

func ptr[T any](v T) *T { return &v }

func TestHeadline(t *testing.T) {
	for _, tt := range []struct{ kind, verdict, want, sure string }{
		{"memcg", report.Confirmed, "OOM kill confirmed", "confirmed, confidence 50 %: a memory cgroup reached its limit"},
		{"unknown", report.Suspected, "OOM kill suspected", "suspected, confidence 50 %: what ran out is not stated"},
		{"global", report.NoKill, "Out of memory, no kill", "no kill, confidence 50 %: no limit of a cgroup was the reason"},
		{"eviction", report.Confirmed, "Eviction confirmed", "confirmed, confidence 50 %: the kubelet evicted the pod"},
		{"userspace", report.Confirmed, "Kill from userspace confirmed", "confirmed, confidence 50 %: a daemon killed it before the kernel had to"},
		{"of next year", "likely", "OOM kill likely", "likely, confidence 50 %"},
	} {
		in := &report.Incident{Kind: tt.kind, Verdict: tt.verdict, Confidence: 0.5}
		if got := headline(in); got != tt.want {
			t.Errorf("headline of %s, %s = %q, want %q", tt.kind, tt.verdict, got, tt.want)
		}
		if got := verdict(in); got != tt.sure {
			t.Errorf("verdict of %s, %s = %q, want %q", tt.kind, tt.verdict, got, tt.sure)
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   report.Incident
		want []string
	}{
		{"nothing", report.Incident{Container: new(report.Container), Unit: ptr("")}, []string{"not stated"}},
		{"pod", report.Incident{Node: "n", TaskMemcg: "/x", Container: &report.Container{Namespace: ptr("ns"), Pod: ptr("p"), Name: ptr("c"), ID: ptr("81f8")}}, []string{"ns/p/c", "container 81f8", "node n"}},
		{"pod by uid", report.Incident{Container: &report.Container{PodUID: ptr("b149")}}, []string{"pod b149"}},
		{"unit", report.Incident{Unit: ptr("a.service"), TaskMemcg: "/system.slice/a.service"}, []string{"a.service"}},
		{"cgroup", report.Incident{TaskMemcg: "/x/y"}, []string{"/x/y"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := places(&tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAmounts(t *testing.T) {
	for _, tt := range []struct {
		name  string
		in    report.Incident
		want  []string
		short string
	}{
		{"nothing", report.Incident{}, []string{"not stated"}, ""},
		{"cgroup", report.Incident{OOMMemcg: "/x", Memory: &report.Memory{UsageKB: ptr(int64(1024)), LimitKB: ptr(int64(2048))}}, []string{"1 MiB of 2 MiB, the limit of /x"}, "2 MiB"},
		{"machine", report.Incident{OOMMemcg: "/", Memory: &report.Memory{TotalKB: ptr(int64(1 << 20))}}, []string{"a machine of 1 GiB"}, "1 GiB"},
		{"container", report.Incident{Container: &report.Container{MemoryLimitKB: ptr(int64(512))}}, []string{"a container limit of 512 KiB"}, "512 KiB"},
		{"victim", report.Incident{Victims: []report.Victim{{Comm: "java", AnonRSSKB: ptr(int64(5)), ShmemRSSKB: ptr(int64(0))}}}, []string{"java held 5 KiB anonymous"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := amounts(&tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := limitShort(&tt.in); got != tt.short {
				t.Errorf("for a cell: got %q, want %q", got, tt.short)
			}
		})
	}
}

func TestWho(t *testing.T) {
	two := []report.Victim{{Comm: "a", PID: 1}, {PID: 2, UID: ptr(0), NamespacePID: ptr(9)}}
	for _, tt := range []struct {
		name        string
		in          report.Incident
		long, short string
	}{
		{"nobody", report.Incident{Verdict: report.NoKill}, "nobody", "nobody"},
		{"not named", report.Incident{Verdict: report.Suspected}, "not named by the logs", "not named"},
		{"two", report.Incident{Victims: two}, "a, pid 1; (no name), pid 2 (9 in its namespace), uid 0", "a (1) and 1 more"},
		{"six", report.Incident{Victims: slices.Repeat(two[:1], 6)}, "a, pid 1; a, pid 1; a, pid 1; a, pid 1; and 2 more", "a (1) and 5 more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := who(&tt.in); got != tt.long {
				t.Errorf("got %q, want %q", got, tt.long)
			}
			if got := whoShort(&tt.in); got != tt.short {
				t.Errorf("for a cell: got %q, want %q", got, tt.short)
			}
		})
	}
}
