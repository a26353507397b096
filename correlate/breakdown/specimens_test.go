package breakdown_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oomtrace/correlate/breakdown"
	"oomtrace/parsers/event"
)

// specimen reads a report of testdata: real lines, whose source is the first.
func specimen(t testing.TB, name string) *event.OOMDump {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return read(string(text))
}

// parts writes what is not 0 of a breakdown.
func parts(b breakdown.Breakdown) string {
	var s []string
	for _, p := range b.Parts {
		if p.KB != 0 {
			s = append(s, fmt.Sprintf("%s %d", p.Name, p.KB))
		}
	}
	return fmt.Sprintf("%s %d = %s; rest %d, swap %d", b.Of, b.TotalKB, strings.Join(s, " + "), b.UnaccountedKB, b.SwapKB)
}

// The same figures as in the report, put in order; the rest is what rough
// counters leave, but for 3.10-machine-balloon.
func TestOfRealReports(t *testing.T) {
	for name, want := range map[string]string{
		"3.10-v1-leaker":          "cgroup 524288 = anon 523448 + file 840; rest 0, swap 0",
		"4.18-v1-leaker":          "cgroup 524288 = anon 521136 + file 844 + kernel_rest 2016; rest 292, swap -1",
		"4.4-v1-dotnet":           "cgroup 262144 = anon 249452 + file 5664; rest 7028, swap -1",
		"4.15-v1-pod":             "cgroup 125952 = anon 123600 + kernel_rest 2352; rest 0, swap -1",
		"4.18-v1-shmem":           "cgroup 32461120 = anon 3958288 + file 16748 + shmem 28013264 + kernel_rest 471440; rest 1380, swap 3190836",
		"6.8-v1-dirty":            "cgroup 1048556 = anon 1124 + file 1047232 + kernel_rest 200; rest 0, swap 0",
		"5.10-v1-memcg-pod":       "cgroup 98304 = anon 97548 + kernel_stack 48 + kernel_rest 476; rest 232, swap 0",
		"5.10-v1-memcg-pod-level": "cgroup 204752 = anon 204336 + kernel_rest 412; rest 4, swap 0",
		"5.15-v2-kubepods":        "cgroup 7464436 = anon 7423260 + file 16 + shmem 8 + sock 4 + kernel_stack 1568 + pagetables 17176 + percpu 273 + slab_reclaimable 2661 + slab_unreclaimable 2665; rest 16805, swap 0",
		"6.1-v2-memcg-pod":        "cgroup 98304 = anon 97728 + shmem 8 + kernel_stack 64 + pagetables 296 + slab_reclaimable 1 + slab_unreclaimable 67 + kernel_rest 100; rest 40, swap 0",
		"6.1-v2-sock":             "cgroup 208204 = anon 27480 + file 8 + sock 179320 + kernel_stack 208 + pagetables 164 + slab_reclaimable 358 + slab_unreclaimable 549 + kernel_rest 33; rest 84, swap 0",
		"6.18-v2-memcg-pod":       "cgroup 98304 = anon 97764 + shmem 8 + kernel_stack 64 + slab_reclaimable 1 + slab_unreclaimable 73 + kernel_rest 394; rest 0, swap 0",
		"7.3-v2-storm":            "cgroup 24576 = anon 11592 + unmapped 12608 + kernel_stack 64 + pagetables 236 + slab_unreclaimable 73 + kernel_rest 3; rest 0, swap 0",
		"2.6.32-machine":          "machine 1026852 = free 7936 + anon 639840 + shmem 287740 + file 1624 + slab_reclaimable 13596 + slab_unreclaimable 16408 + kernel_stack 1736 + pagetables 40520; rest 17452, swap 2007032",
		"3.3-machine-mlock":       "machine 962516 = free 48940 + anon 14668 + shmem 16 + unevictable 712704 + slab_reclaimable 44784 + slab_unreclaimable 72280 + kernel_stack 1168 + pagetables 3616; rest 64340, swap 0",
		"3.10-machine-balloon":    "machine 28816228 = free 183848 + free_pcp 836 + anon 13461864 + shmem 325664 + file 1148 + slab_reclaimable 62532 + slab_unreclaimable 70128 + kernel_stack 27888 + pagetables 43888; rest 14638432, swap 4063228",
		"4.4-machine":             "machine 2048184 = free 54660 + free_pcp 304 + anon 1812560 + shmem 86968 + file 536 + unevictable 3660 + slab_reclaimable 20352 + slab_unreclaimable 26180 + kernel_stack 3312 + pagetables 23916; rest 15736, swap 0",
		"5.10-v1-global":          "machine 486880 = free 4328 + free_pcp 836 + anon 456528 + shmem 5852 + slab_reclaimable 7356 + slab_unreclaimable 5488 + kernel_stack 864 + pagetables 1116; rest 4512, swap 0",
		"6.18-v2-global":          "machine 472752 = free 3720 + free_pcp 2224 + anon 442216 + shmem 6052 + slab_reclaimable 856 + slab_unreclaimable 8564 + kernel_stack 1104 + pagetables 1532; rest 6484, swap 0",
		"7.3-v2-global-swap":      "machine 468784 = free 4280 + free_pcp 976 + anon 428040 + shmem 1976 + slab_reclaimable 1116 + slab_unreclaimable 9924 + kernel_stack 1056 + pagetables 1544 + zspages 5532; rest 14340, swap 65532",
	} {
		b, ok := breakdown.Of(specimen(t, name), 0)
		if got := parts(b); !ok || got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		if len(b.Missing) > 0 {
			t.Errorf("%s: missing %q", name, b.Missing)
		}
	}
}

// What is out of the ordinary in them.
func TestFindingsInRealReports(t *testing.T) {
	for name, want := range map[string][]string{
		"3.10-v1-leaker": {},
		"4.18-v1-leaker": {},
		"4.4-v1-dotnet":  {},
		"4.15-v1-pod":    {},
		"4.18-v1-shmem": {
			"shmem: 26.7 GiB of 31 GiB (86 %) is shmem: shared memory, and files on tmpfs such as /dev/shm or an emptyDir of medium Memory. At least 26.7 GiB of it is mapped by no process: files, or what is only held open. Files on tmpfs stay when their writer is killed, until somebody deletes them.",
			"swap-full: What the cgroup may use of memory and swap together is full: 34 GiB of 34 GiB is used.",
		},
		"6.8-v1-dirty": {
			"page-cache: 1022.7 MiB of 1 GiB (99 %) is page cache of files, which the kernel gives back before it kills, if it can. 1022.7 MiB of it is dirty or under writeback: it has to be written out first.",
			"processes: The process of the task table has 2.5 MiB resident and 72 KiB of page tables, at most 1 % of the 1 GiB in use: the rest is not in processes.",
		},
		"5.10-v1-memcg-pod":       {},
		"5.10-v1-memcg-pod-level": {},
		"5.15-v2-kubepods":        {},
		"6.1-v2-memcg-pod": {
			"no-swap: The cgroup may not use swap (memory.swap.max is 0): memory of its programs cannot be moved out.",
		},
		"6.1-v2-sock": {
			"sock: 175.1 MiB of 203.3 MiB (86 %) is buffers of network sockets: data that was received and is not yet read, or sent and not yet taken.",
			"processes: The process of the task table has 25.8 MiB resident and 176 KiB of page tables, at most 13 % of the 203.3 MiB in use: the rest is not in processes.",
			"no-swap: The cgroup may not use swap (memory.swap.max is 0): memory of its programs cannot be moved out.",
		},
		"6.18-v2-memcg-pod": {
			"no-swap: The cgroup may not use swap (memory.swap.max is 0): memory of its programs cannot be moved out.",
		},
		"7.3-v2-storm": {
			"unmapped: 12.3 MiB of 24 MiB (51 %) is on the cgroup's lists but no process maps it any more: so looks the memory of a process that is just ending, as an earlier victim is, which was not free yet at this kill.",
			"no-swap: The cgroup may not use swap (memory.swap.max is 0): memory of its programs cannot be moved out.",
		},
		"2.6.32-machine": {
			"shmem: 281 MiB of 1002.8 MiB (28 %) is shmem: shared memory, and files on tmpfs such as /dev/shm or an emptyDir of medium Memory. At least 218.9 MiB of it is mapped by no process: files, or what is only held open. Files on tmpfs stay when their writer is killed, until somebody deletes them.",
			"swap-full: The machine's swap is full: 1.9 GiB of 1.9 GiB is used.",
		},
		"3.3-machine-mlock": {
			"unevictable: 696 MiB of 940 MiB (74 %) is unevictable: locked by programs (mlock, SHM_LOCK) or by drivers, so that it can neither be swapped out nor given back.",
			"no-swap: The machine has no swap: memory of programs cannot be moved out.",
		},
		"3.10-machine-balloon": {
			"unaccounted: 14 GiB of 27.5 GiB (50 %) is in none of the figures that the report prints: pages that drivers, file systems and the network take for themselves, compressed pages where swap is on zram or behind zswap, vmalloc and memory for each CPU, which Mem-Info does not count. It can be a balloon of the hypervisor, the ARC of ZFS, the memory of a graphics or network card, or a driver that leaks: which of them, the report does not show.",
			"swap-full: The machine's swap is full: 3.9 GiB of 3.9 GiB is used.",
		},
		"4.4-machine": {
			"no-swap: The machine has no swap: memory of programs cannot be moved out.",
		},
		"5.10-v1-global": {
			"no-swap: The machine has no swap: memory of programs cannot be moved out.",
		},
		"6.18-v2-global": {
			"no-swap: The machine has no swap: memory of programs cannot be moved out.",
		},
		"7.3-v2-global-swap": {
			"swap-full: The machine's swap is full: 64 MiB of 64 MiB is used.",
		},
	} {
		d := specimen(t, name)
		b, _ := breakdown.Of(d, 4)
		got := []string{}
		for _, f := range breakdown.Findings(d, b) {
			got = append(got, f.Code+": "+f.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}
