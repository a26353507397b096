package kernel

import (
	"testing"

	"oomtrace/parsers/event"
)

const unknown = event.NotPrinted

func TestParseKilled(t *testing.T) {
	victim := func(pid int, comm string, uid int, vm, anon, file, shmem, pgtables int64, adj int, adjPrinted bool) event.Victim {
		return event.Victim{PID: pid, Comm: comm, UID: uid, TotalVMKB: vm, AnonRSSKB: anon, FileRSSKB: file, ShmemRSSKB: shmem, PgtablesKB: pgtables,
			OOMScoreAdj: adj, AdjPrinted: adjPrinted, LeftAnonKB: unknown, LeftFileKB: unknown, LeftShmemRSSKB: unknown}
	}
	candidate := func(pid int, comm string) event.Victim {
		return victim(pid, comm, unknown, unknown, unknown, unknown, unknown, unknown, 0, false)
	}
	for name, c := range map[string]struct {
		line string
		want kill
	}{
		"4.19, the candidate": {"Memory cgroup out of memory: Kill process 62685 (bash) score 0 or sacrifice child",
			kill{words: memcgWords, score: true, points: 0, victim: candidate(62685, "bash")}},
		"4.19, the victim": {"Killed process 62769 (cp) total-vm:17528kB, anon-rss:100kB, file-rss:1544kB, shmem-rss:0kB",
			kill{points: unknown, victim: victim(62769, "cp", unknown, 17528, 100, 1544, 0, unknown, 0, false)}},
		"5.3": {"Memory cgroup out of memory: Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB, shmem-rss:0kB",
			kill{words: memcgWords, points: unknown, victim: victim(2528, "python3", unknown, 300000, 65088, 2624, 0, unknown, 0, false)}},
		"5.10": {"Memory cgroup out of memory: Killed process 121 (dramatiq) total-vm:89556kB, anon-rss:88400kB, file-rss:0kB, shmem-rss:708kB, UID:1000 pgtables:212kB oom_score_adj:969",
			kill{words: memcgWords, points: unknown, victim: victim(121, "dramatiq", 1000, 89556, 88400, 0, 708, 212, 969, true)}},
		"6.18, global": {"Out of memory: Killed process 799 (python3) total-vm:34012kB, anon-rss:32640kB, file-rss:0kB, shmem-rss:652kB, UID:1000 pgtables:100kB oom_score_adj:-997",
			kill{words: globalWords, points: unknown, victim: victim(799, "python3", 1000, 34012, 32640, 0, 652, 100, -997, true)}},
		"6.18, the asking task": {"Out of memory (oom_kill_allocating_task): Killed process 1977 (allocator) total-vm:299484kB, anon-rss:298240kB, file-rss:0kB, shmem-rss:652kB, UID:1001 pgtables:620kB oom_score_adj:0",
			kill{words: allocatingWords, points: unknown, victim: victim(1977, "allocator", 1001, 299484, 298240, 0, 652, 620, 0, true)}},
		"7.3, brackets": {"Memory cgroup out of memory: Killed process 3828 (a) b(c) total-vm:46044kB, anon-rss:44888kB, file-rss:4kB, shmem-rss:776kB, UID:1002 pgtables:124kB oom_score_adj:968",
			kill{words: memcgWords, points: unknown, victim: victim(3828, "a) b(c", 1002, 46044, 44888, 4, 776, 124, 968, true)}},
		"a name like the line's end": {"Out of memory: Killed process 5 (x) total-vm:1kB) total-vm:46044kB, anon-rss:44888kB, file-rss:4kB, shmem-rss:776kB, UID:2 pgtables:124kB oom_score_adj:0",
			kill{words: globalWords, points: unknown, victim: victim(5, "x) total-vm:1kB", 2, 46044, 44888, 4, 776, 124, 0, true)}},
		"a name like a candidate's": {"Out of memory: Kill process 5 (x) score 9) score 31 or sacrifice child",
			kill{words: globalWords, score: true, points: 31, victim: candidate(5, "x) score 9")}},
		"cut in a number, which is not taken for a smaller one": {"Killed process 5 (x) total-vm:46044kB, anon-rss:448",
			kill{points: unknown, victim: victim(5, "x", unknown, 46044, unknown, unknown, unknown, unknown, 0, false)}},
		"a newer kernel's field": {"Out of memory: Killed process 5 (x) total-vm:1kB, anon-rss:2kB, file-rss:3kB, shmem-rss:4kB, swap:9kB, UID:6 pgtables:5kB oom_score_adj:7 more:8",
			kill{words: globalWords, points: unknown, victim: victim(5, "x", 6, 1, 2, 3, 4, 5, 7, true)}},
	} {
		got, ok := parseKilled([]byte(c.line))
		if !ok {
			t.Errorf("%s: not read", name)
		}
		if got != c.want {
			t.Errorf("%s: got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestParseKilledLeavesAlone(t *testing.T) {
	for _, line := range []string{
		"Killed process ",
		"Killed process 5 (x",
		"Killed process -5 (x) total-vm:1kB",
		"Killed process 99999999999999999999 (x) total-vm:1kB",
		"Kill process 5 (x)",
		"Out of memory: 5 (x) total-vm:1kB, anon-rss:2kB",
		"lowmemorykiller: Killed process 5 (x) total-vm:1kB",
		"Out of memory:[123]: segfault at 0 ip 0000000000401da1 sp 00007ffedf662e60 error 6 in lab[401000+9f000]",
	} {
		if k, ok := parseKilled([]byte(line)); ok {
			t.Errorf("%q is read as %+v", line, k)
		}
	}
}
