package cgroup

import (
	"math"
	"testing"
)

func TestFromAdj(t *testing.T) {
	none := func(adj int) Adj {
		return Adj{OOMScoreAdj: adj, MinThousandths: -1, MaxThousandths: -1, MinRequest: -1, MaxRequest: -1}
	}
	burstable := Adj{QoS: Burstable, IfUnchanged: true}
	tests := []struct {
		name       string
		adj        int
		capacityKB int64
		want       func(*Adj)
	}{
		{"guaranteed or critical", -997, 24683620, func(a *Adj) { a.QoS, a.Critical = Guaranteed, true }},
		{"the same to 1.19, or a pause process", -998, 24683620, func(a *Adj) { a.QoS, a.Critical, a.Pause = Guaranteed, true, true }},
		{"best effort", 1000, 24683620, func(a *Adj) { a.QoS, a.IfUnchanged = BestEffort, true }},
		// A captured node: 969 for a container that requests 750Mi, 786432000 bytes.
		{"burstable", 969, 24683620, func(a *Adj) {
			*a = burstable
			a.MinThousandths, a.MaxThousandths = 31, 32
			a.MinRequest, a.MaxRequest = 783556834, 808832860
		}},
		{"burstable, of an unknown node", 969, 0, func(a *Adj) {
			*a = burstable
			a.MinThousandths, a.MaxThousandths = 31, 32
			a.MinRequest, a.MaxRequest = -1, -1
		}},
		{"least, from 1.20", 3, 1000, func(a *Adj) {
			*a = burstable
			a.OneSided = true
			a.MinThousandths, a.MaxThousandths = 997, -1
			a.MinRequest, a.MaxRequest = 1020928, -1
		}},
		{"least, to 1.19", 2, 1000, func(a *Adj) {
			*a = burstable
			a.OneSided = true
			a.MinThousandths, a.MaxThousandths = 998, -1
			a.MinRequest, a.MaxRequest = 1021952, -1
		}},
		{"greatest", 999, 1000, func(a *Adj) {
			*a = burstable
			a.OneSided = true
			a.MinThousandths, a.MaxThousandths = 0, 2
			a.MinRequest, a.MaxRequest = 0, 2047
		}},
		{"the largest node", 4, 1 << 52, func(a *Adj) {
			*a = burstable
			a.MinThousandths, a.MaxThousandths = 996, 997
			a.MinRequest, a.MaxRequest = 4593239274353678353, 4597850960372105740
		}},
		{"no node is that large", 4, math.MaxInt64, func(a *Adj) {
			*a = burstable
			a.MinThousandths, a.MaxThousandths = 996, 997
			a.MinRequest, a.MaxRequest = -1, -1
		}},
		{"docker's default", 0, 24683620, func(*Adj) {}},
		{"no kubelet's", 1, 24683620, func(*Adj) {}},
		{"the kubelet's own", -999, 24683620, func(*Adj) {}},
		{"never to be killed", -1000, 24683620, func(*Adj) {}},
		{"no value at all", math.MinInt, 24683620, func(*Adj) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := none(tt.adj)
			tt.want(&want)
			want.OOMScoreAdj = tt.adj
			if got := FromAdj(tt.adj, tt.capacityKB); got != want {
				t.Errorf("FromAdj(%d, %d)\n got %+v\nwant %+v", tt.adj, tt.capacityKB, got, want)
			}
		})
	}
}

// kubeletAdj is what the kubelet, from 1.20 on, gives a Burstable container.
func kubeletAdj(request, capacity int64) int {
	adj := 1000 - 1000*request/capacity
	return int(min(max(adj, 3), 999))
}

// Every request lies within the bounds that its value gives, and the bounds
// are exact: the next byte beyond them gives another value.
func TestFromAdjIsExact(t *testing.T) {
	for _, capacityKB := range []int64{1, 486880, 2021556, 24683620, 1 << 30} {
		capacity := capacityKB << 10
		for adj := 3; adj <= 999; adj++ {
			a := FromAdj(adj, capacityKB)
			if got := kubeletAdj(a.MinRequest, capacity); got != adj {
				t.Errorf("%d KiB: MinRequest of %d gives %d", capacityKB, adj, got)
			}
			if a.MinRequest > 0 && kubeletAdj(a.MinRequest-1, capacity) == adj {
				t.Errorf("%d KiB: MinRequest of %d is too large", capacityKB, adj)
			}
			if a.MaxRequest == Unknown {
				continue
			}
			if got := kubeletAdj(a.MaxRequest, capacity); got != adj {
				t.Errorf("%d KiB: MaxRequest of %d gives %d", capacityKB, adj, got)
			}
			if kubeletAdj(a.MaxRequest+1, capacity) == adj {
				t.Errorf("%d KiB: MaxRequest of %d is too small", capacityKB, adj)
			}
		}
	}
}
