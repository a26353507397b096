package parsers_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// TestALogThatEndsAnywhere cuts a log at each of its last bytes: what is told of
// the victim is what the whole log tells, or is left out.
func TestALogThatEndsAnywhere(t *testing.T) {
	data, err := os.ReadFile("kernel/testdata/eras/6.1-ppc64le-64k-memcg/log.txt")
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.TrimRight(data, "\n")
	whole := victimOf(t, data)
	if whole == nil {
		t.Fatal("the log names no victim")
	}
	named := 0
	for at := max(0, len(data)-900); at < len(data); at++ {
		v := victimOf(t, data[:at])
		if v == nil {
			continue
		}
		named++
		if v.PID != whole.PID || v.Comm != "" && v.Comm != whole.Comm || v.AdjPrinted && v.OOMScoreAdj != whole.OOMScoreAdj ||
			v.UID != event.NotPrinted && v.UID != whole.UID || v.AnonRSSKB != event.NotPrinted && v.AnonRSSKB != whole.AnonRSSKB {
			t.Fatalf("up to byte %d: %+v, want %+v\n%s", at, *v, *whole, data[max(0, at-200):at])
		}
	}
	if named == 0 {
		t.Error("no cut log names the victim")
	}
}

// TestACutNumberIsTakenFromTheTable: the row of the victim completes an
// oom_score_adj that its own line has only the beginning of, and no other one.
func TestACutNumberIsTakenFromTheTable(t *testing.T) {
	const table = `[  100.000001] worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969
[  100.000002] Tasks state (memory values in pages):
[  100.000003] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[  100.000004] [   4242]     0  4242    90000    80000   700000        0           969 worker
[  100.000005] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=worker,pid=4242,uid=0
`
	const killed = `[  100.000006] Memory cgroup out of memory: Killed process 4242 (worker) total-vm:360000kB, anon-rss:320000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:684kB oom_score_adj:`
	for _, c := range []struct {
		log   string
		adj   int
		known bool
	}{
		{table + killed + "96", 969, true},
		{table + killed + "969", 969, true},
		{table + killed + "95", 0, false},
		{table + killed + "-9", 0, false},
		{table + killed, 0, false},
		{killed + "96", 0, false},
	} {
		v := victimOf(t, []byte(c.log))
		if v == nil {
			t.Errorf("no victim in a log that ends in %q", c.log[len(c.log)-20:])
		} else if v.AdjPrinted != c.known || c.known && v.OOMScoreAdj != c.adj {
			t.Errorf("a log that ends in %q: oom_score_adj %d, printed %v, want %d, %v",
				c.log[len(c.log)-20:], v.OOMScoreAdj, v.AdjPrinted, c.adj, c.known)
		}
	}
}

// victimOf returns the first victim that a log names, nil if it names none.
func victimOf(t *testing.T, data []byte) *event.Victim {
	t.Helper()
	unit := input.Bytes("log", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
	logs, err := parsers.Read(t.Context(), []input.Unit{unit}, parsers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range logs[0].Events {
		if d, ok := e.Body.(*event.OOMDump); ok && len(d.Victims) > 0 {
			return &d.Victims[0]
		}
	}
	return nil
}
