package kernel

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

const (
	header419 = "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
	header68  = "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name"
	header414 = "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name"
)

func TestIsTableHeader(t *testing.T) {
	for line, want := range map[string]bool{
		header414: true, header419: true, header68: true, header68 + " ": true,
		"[  14622]     0 14622     2925      679    65536        0          -998 oom_score_adj name": false,
		"[  pid  ]":                             false,
		"tgid total_vm  rss oom_score_adj name": false,
		"":                                      false,
	} {
		if isTableHeader([]byte(line)) != want {
			t.Errorf("%q: want %v", line, want)
		}
	}
}

func TestParseRow(t *testing.T) {
	const n = unknown
	for name, c := range map[string]struct {
		header, row string
		want        event.Task
	}{
		"4.14": {header414, "[28438]     0 28438  5063909   119961    1661      23   136409          -998 java",
			event.Task{PID: 28438, TGID: 28438, UID: 0, TotalVM: 5063909, RSS: 119961, RSSAnon: n, RSSFile: n, RSSShmem: n, PgtablesBytes: n, NrPtes: 1661, NrPmd: 23, Swapents: 136409, OOMScoreAdj: -998, Comm: "java", CPU: unknown, OOMAdj: event.AdjNotPrinted}},
		"4.19": {header419, "[  62685]     0 62685     2925      679    65536        0          -998 bash",
			event.Task{PID: 62685, TGID: 62685, UID: 0, TotalVM: 2925, RSS: 679, RSSAnon: n, RSSFile: n, RSSShmem: n, PgtablesBytes: 65536, NrPtes: n, NrPmd: n, OOMScoreAdj: -998, Comm: "bash", CPU: unknown, OOMAdj: event.AdjNotPrinted}},
		"7.3, a thread of a process whose leader is gone": {header68, "[   3823]  1001  3820    10999    10869    10674        1       194   122880        7           969 puma: cluster w",
			event.Task{PID: 3823, TGID: 3820, UID: 1001, TotalVM: 10999, RSS: 10869, RSSAnon: 10674, RSSFile: 1, RSSShmem: 194, PgtablesBytes: 122880, NrPtes: n, NrPmd: n, Swapents: 7, OOMScoreAdj: 969, Comm: "puma: cluster w", CPU: unknown, OOMAdj: event.AdjNotPrinted}},
		"6.18, numbers wider than their columns": {header68, "[12345678] 4294967294 12345678 123456789012 1234567890123   188746     1705         0  1675264        0         -1000  9 lead",
			event.Task{PID: 12345678, TGID: 12345678, UID: 4294967294, TotalVM: 123456789012, RSS: 1234567890123, RSSAnon: 188746, RSSFile: 1705, PgtablesBytes: 1675264, NrPtes: n, NrPmd: n, OOMScoreAdj: -1000, Comm: " 9 lead", CPU: unknown, OOMAdj: event.AdjNotPrinted}},
	} {
		got, ok := parseRow([]byte(c.row), columnsOf(c.header), nil)
		if !ok || got != c.want {
			t.Errorf("%s: got %v, %+v\nwant %+v", name, ok, got, c.want)
		}
	}
}

func columnsOf(header string) []column {
	r := new(scratch).report()
	r.header([]byte(header))
	return r.columns
}

// TestRowNames reads the names that 7.3 printed for processes that meant mischief.
func TestRowNames(t *testing.T) {
	for _, name := range []string{"", " ", "x]y", "a) b(c", "caf\xc3\xa9-na\xc3\xafve", "cut \xc3", " lead", "total_vm", "Killed process ", "tab\there", "[kthread/0]", "uid:0, score 1", "969", "-1", "ab\ncd: [1] x", "end\n", "CR\r", "[  1]  0 1 1 1 "} {
		row := "[   3823]  1001  3823    10999    10869   122880        0           969 " + name
		got, ok := parseRow([]byte(row), columnsOf(header419), nil)
		if !ok || got.Comm != name {
			t.Errorf("%q: got %v, %q", name, ok, got.Comm)
		}
	}
}

func TestParseRowLeavesAlone(t *testing.T) {
	for _, line := range []string{
		"", "[", "[]", "[ 12 ]", "[  62685]", "[  62685]0 62685     2925      679    65536        0          -998 bash",
		"[  62685]     0 62685     2925      679    65536        0", "[  62685]     0 62685     2925      679    65536        0          -998bash",
		"[      0]     0 62685     2925      679    65536        0          -998 bash", "[   62.685] eth0: link is up",
		"[  62685]     0 62685     2925      679    65536        0          -998 " + strings.Repeat("x", maxComm+1),
	} {
		if got, ok := parseRow([]byte(line), columnsOf(header419), nil); ok {
			t.Errorf("%q is read as %+v", line, got)
		}
	}
}

// TestTableWithLinesBetween keeps rows together, and says when the end was seen.
func TestTableWithLinesBetween(t *testing.T) {
	const invoked = "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
	const row = "[  %d]     0 %d     2925      679    65536        0          -998 bash"
	lines := []string{invoked, header419, fmt.Sprintf(row, 1001, 1001), "eth0: link is up, at 1000 Mbps, full duplex", fmt.Sprintf(row, 1002, 1002)}
	d := dumps(t, 1, log(lines...))[0]
	equal(t, "rows", len(d.Tasks), 2)
	equal(t, "its end was seen", d.TableWhole, false)
	d = dumps(t, 1, log(append(lines, "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=bash,pid=1002,uid=0")...))[0]
	equal(t, "its end was seen", d.TableWhole, true)
	equal(t, "name", d.Tasks[0].Comm, "bash")
}

// TestRowsOfOnePid keeps few of them, though the pid is one that matters.
func TestRowsOfOnePid(t *testing.T) {
	const rows = 30000
	asked := lines(invoked, "CPU: 1 PID: 13770 Comm: python3 Not tainted 6.1.0-56-cloud-amd64 #1", header419)
	for name, pid := range map[string]func(i int) int{
		"of the pid":     func(int) int { return 13770 },
		"of the process": func(i int) int { return 20000 + i },
	} {
		records, p := log(asked...), New().(*parser)
		for i := range rows {
			row := fmt.Sprintf("[%7d]     0 13770 %8d %8d    65536        0             0 row", pid(i), i, i)
			records = append(records, record(len(records), time.Second+time.Duration(i)*time.Microsecond, row))
		}
		for i := range records {
			p.Read(&records[i], nil)
			if held := len(p.open[0].d.Tasks); held > maxTasks {
				t.Fatalf("%s: held %d rows, want at most %d", name, held, maxTasks)
			}
		}
		r := p.open[0]
		r.prune(keepTop)
		if kept := len(r.d.Tasks); kept+r.d.TasksCut != rows || kept > 3*keepTop+2 {
			t.Errorf("%s: kept %d rows and counted %d of %d", name, kept, r.d.TasksCut, rows)
		}
	}
}

// TestRowsOfAGroup keeps the row of each victim and of whoever asked, however
// many are killed and however small they are.
func TestRowsOfAGroup(t *testing.T) {
	const rows, killing = 2000, 600
	lines := lines(invoked, fmt.Sprintf("CPU: 1 PID: %d Comm: python3 Not tainted 6.1.0-56-cloud-amd64 #1", rows), header419)
	for i := 1; i <= rows; i++ {
		size := 5000
		if i <= killing || i == rows {
			size = 10
		}
		lines = append(lines, fmt.Sprintf("[%7d]     0 %5d %8d %8d    65536        0             0 row", i, i, size, size))
	}
	lines = append(lines, strings.Replace(selected, "13770", "1", 1), killed(1, "celery", 1), group)
	for i := 2; i <= killing; i++ {
		lines = append(lines, killed(i, "celery", i))
	}
	d := dumps(t, 1, log(lines...))[0]
	equal(t, "victims", len(d.Victims), killing)
	var small int
	for i := range d.Tasks {
		if d.Tasks[i].RSS == 10 {
			small++
		}
	}
	equal(t, "rows of them and of who asked", small, killing+1)
	equal(t, "rows counted", len(d.Tasks)+d.TasksCut, rows)
}

// TestHugeTable keeps the rows that matter of very many, in their order.
func TestHugeTable(t *testing.T) {
	const rows = 30000
	lines := []string{
		"asking invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
		"CPU: 1 PID: 15000 Comm: asking Not tainted 6.1.0-56-cloud-amd64 #1",
		"1000000 pages RAM", "0 pages reserved", "Total swap = 0kB",
		header419,
	}
	for i := 1; i <= rows; i++ {
		rss, adj := 1000+i%7, 0
		switch {
		case i%100 == 1: // the largest, exempt
			rss, adj = 100000, -900
		case i%100 == 2: // the most expendable, tiny
			rss, adj = 1, 200
		case i == 20000: // the one to be chosen: neither
			rss, adj = 90000, 150
		}
		lines = append(lines, fmt.Sprintf("[%7d]     0 %5d %8d %8d    65536        0         %5d row", i, i, rss, rss, adj))
	}
	lines = append(lines,
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=row,pid=20000,uid=0",
		"Out of memory: Killed process 20000 (row) total-vm:360000kB, anon-rss:360000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:64kB oom_score_adj:150")
	d := dumps(t, 1, log(lines...))[0]
	if kept := len(d.Tasks); kept+d.TasksCut != rows || kept > 3*keepTop+2 {
		t.Errorf("kept %d rows and counted %d of %d", kept, d.TasksCut, rows)
	}
	if !slices.IsSortedFunc(d.Tasks, func(a, b event.Task) int { return a.PID - b.PID }) {
		t.Error("the rows are not in the table's order")
	}
	for _, pid := range []int{20000, 15000, 101, 102} {
		if !slices.ContainsFunc(d.Tasks, func(t event.Task) bool { return t.PID == pid }) {
			t.Errorf("the row of %d is not kept", pid)
		}
	}
	equal(t, "victims", pids(d), []int{20000})
	equal(t, "truncated", d.Truncated, false)
}

// TestHighest holds the heap against a sort.
func TestHighest(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		ranks := make([]rank, 2+rnd.IntN(300))
		for i := range ranks {
			ranks[i] = rank{rnd.Int64N(8), rnd.Int64N(8), i}
		}
		want := slices.Clone(ranks)
		slices.SortStableFunc(want, func(a, b rank) int { return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(b.size, a.size)) })
		n := 1 + rnd.IntN(len(ranks)-1)
		got := highest(slices.Clone(ranks), n)
		slices.SortFunc(got, func(a, b rank) int { return slices.Index(want, a) - slices.Index(want, b) })
		if !slices.Equal(got, want[:n]) {
			t.Fatalf("the %d highest of %v: got %v", n, ranks, got)
		}
	}
}
