package correlate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oomtrace/correlate"
	"oomtrace/correlate/badness"
	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// captures are kernel logs of guests that really ran out of memory, each with a
// truth.txt: what /proc and the cgroups of the guest said before the kill. They
// lie beside the checkout, where there are any.
const captures = "../../shared/corpus/kernel"

// A truth is what the guest's kernel said before it killed anybody.
type truth struct {
	total   int64 // totalpages of the machine
	tasks   map[int]truthTask
	growers []int // who went on to take memory
}

type truthTask struct{ score, adj, rssKB int64 }

// TestTruth computes the choice of every capture again. Whoever the kernel chose
// must come out as the first; and the badness of those who took no more memory
// after the guest was asked must give the /proc/PID/oom_score that it answered.
func TestTruth(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(captures, "*", "expect.json"))
	if err != nil || len(dirs) == 0 {
		t.Skip("no captures beside the checkout")
	}
	var sum truthSum
	for _, expect := range dirs {
		dir := filepath.Dir(expect)
		t.Run(filepath.Base(dir), func(t *testing.T) { sum.capture(t, dir) })
	}
	t.Logf("%d kills with a task table: the choice came out in %d, of all certain %d; nothing was compared in %d; without a table: %d",
		sum.kills, sum.agree, sum.certain, sum.asking, sum.bare)
	t.Logf("oom_score of processes that stood still: %s", &sum.still)
	t.Logf("oom_score of processes that grew or were swapped out, by their memory of before: %s", &sum.moved)
	t.Logf("oom_score of 0: %d of %d cannot be chosen", sum.unkillable, sum.zero)
	if sum.kills == 0 || sum.still.equal == 0 {
		t.Error("nothing was compared")
	}
}

// offsets count by how much scores were off.
type offsets struct{ equal, one, two, worse int }

func (o *offsets) add(off int64) {
	switch max(off, -off) {
	case 0:
		o.equal++
	case 1:
		o.one++
	case 2:
		o.two++
	default:
		o.worse++
	}
}

func (o *offsets) String() string {
	return fmt.Sprintf("%d equal, %d within 1, %d within 2, %d worse", o.equal, o.one, o.two, o.worse)
}

// A truthSum counts how the captures came out.
type truthSum struct {
	kills, agree, certain, asking, bare int
	zero, unkillable                    int
	still, moved                        offsets
}

// capture checks the logs of one directory.
func (s *truthSum) capture(t *testing.T, dir string) {
	units := truthUnits(t, dir)
	logs, err := parsers.Read(t.Context(), units, parsers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	truth, _ := readTruth(t, dir)
	seen := map[int]bool{}
	for i := range logs {
		for _, e := range logs[i].Events {
			if d, ok := e.Body.(*event.OOMDump); ok {
				s.choice(t, d)
				s.scores(t, d, truth, seen)
			}
		}
	}
	for _, in := range correlate.Correlate(logs, correlate.Options{Version: "0.0.0"}).Incidents {
		sel := in.Selection
		asking := sel != nil && strings.Contains(sel.Note, "oom_kill_allocating_task")
		if sel != nil && sel.Agrees != nil && !*sel.Agrees && !asking {
			t.Errorf("the report of %s disagrees: %s", in.ID, sel.Note)
		}
	}
}

// choice checks that the one who was chosen comes out as the first.
func (s *truthSum) choice(t *testing.T, d *event.OOMDump) {
	switch {
	case len(d.Victims) == 0:
		return
	case !d.HasTable:
		s.bare++
		return
	}
	s.kills++
	r := badness.Compute(d, 0)
	if r.Certain {
		s.certain++
	}
	switch {
	case d.Allocating:
		s.asking++
	case r.Verdict == badness.Agrees:
		s.agree++
	default:
		t.Errorf("pid %d was killed: verdict %q, %s %q, %q", d.Victims[0].PID, r.Verdict, r.Why, r.Reasons, r.Assumptions)
	}
}

// scores compares oom_score. The page size and the columns of the table are all
// that it needs: /proc takes the totalpages of the machine, which the truth tells.
// Of those who did not stand still the resident memory of before is taken, with
// the page tables of the report, which have grown a little.
func (s *truthSum) scores(t *testing.T, d *event.OOMDump, truth truth, seen map[int]bool) {
	r := badness.Compute(d, 4)
	for _, score := range r.Scores {
		task := &d.Tasks[score.Row]
		was, ok := truth.tasks[task.TGID]
		if !ok || seen[task.TGID] || int64(task.OOMScoreAdj) != was.adj {
			continue
		}
		seen[task.TGID] = true
		if was.score == 0 {
			s.zero++
			if !score.Killable {
				s.unkillable++
			}
			continue
		}
		moved := task.RSS*4 - was.rssKB
		still := max(moved, -moved) <= truthTolerance && task.Swapents == 0 && !slices.Contains(truth.growers, task.TGID)
		used, sum, most := score.Used, &s.still, int64(0)
		if !still {
			used, sum, most = used-task.RSS-task.Swapents+was.rssKB/4, &s.moved, 2
		}
		off := procScore(d.Release, used, was.adj, truth.total) - was.score
		sum.add(off)
		if max(off, -off) > most {
			t.Errorf("pid %d: oom_score was %d, off by %d (used %d pages; %d KiB resident then, %d now)", task.TGID, was.score, off, score.Used, was.rssKB, task.RSS*4)
		}
	}
}

// truthTolerance is how many KiB a process may have more or less in the task
// table than before and still count as one that stood still: the counters are
// added to in batches.
const truthTolerance = 512

// procScore is what /proc/PID/oom_score shows. Source: fs/proc/base.c,
// proc_oom_score.
func procScore(release string, used, adj, total int64) int64 {
	b := used + adj*(total/1000)
	if major, rest, _ := strings.Cut(release, "."); major < "5" || major == "5" && len(rest) > 1 && rest[1] == '.' && rest[0] < '9' {
		return max(b, 1) * 1000 / total
	}
	return (1000 + b*1000/total) * 2 / 3
}

// truthUnits returns the kernel logs of a capture.
func truthUnits(t *testing.T, dir string) []input.Unit {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"dmesg*", "kmsg*", "console*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	units, _, err := input.Find(paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	return units
}

var truthLine = regexp.MustCompile(`^pid=(\d+) .* oom_score=(\d+) oom_score_adj=(-?\d+) rss_kb=(\d+) `)

// readTruth reads the part of truth.txt before the kill, if there is one.
func readTruth(t *testing.T, dir string) (tr truth, ok bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "truth.txt"))
	if os.IsNotExist(err) {
		return tr, false
	}
	if err != nil {
		t.Fatal(err)
	}
	_, data2, _ := strings.Cut(string(data), "== before\n")
	before, _, _ := strings.Cut(data2, "== after\n")
	tr.tasks = map[int]truthTask{}
	for line := range strings.Lines(before) {
		var kb int64
		if n, _ := fmt.Sscanf(line, "MemTotal: %d kB", &kb); n == 1 {
			tr.total += kb / 4
		}
		if n, _ := fmt.Sscanf(line, "SwapTotal: %d kB", &kb); n == 1 {
			tr.total += kb / 4
		}
		if pid, found := strings.CutPrefix(line, "grower="); found {
			tr.growers = append(tr.growers, int(number(t, strings.TrimSpace(pid))))
		}
		if m := truthLine.FindStringSubmatch(line); m != nil {
			tr.tasks[int(number(t, m[1]))] = truthTask{number(t, m[2]), number(t, m[3]), number(t, m[4])}
		}
	}
	return tr, tr.total > 0
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
