package badness

import (
	"fmt"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// An old report is what really was printed, as far as the choice depends on it.
// Where the source does not tell the release, or no limit that is not needed for
// the choice, a usual one stands.
type old struct {
	name, release string
	// kind is "global" with pages RAM, pages reserved and Total swap in KiB, or
	// "memcg" with the limits of memory and of memory+swap in KiB.
	kind    string
	sizes   [3]int64
	columns string // what follows rss, to the name
	rows    string // uid tgid rss and the columns, name; small ones are left out
	chosen  int    // pid of the candidate
	score   int    // as printed, or -1
	killed  int
	rssKB   int64 // all the kill line's rss
	adj     bool  // the kill line ends in oom_score_adj

	recomputed int64 // what the score comes to; -1: none
	bonus      bool
	certain    bool
	sacrificed bool
}

// olds are real reports. Where they are from stands above each; lore is
// lore.kernel.org/linux-mm.
var olds = []old{
	// lore, 20101216130251.12dbe8d8.sfr@canb.auug.org.au: linux-next before 2.6.38
	{name: "2.6.37, two of root at 1, the first is taken", release: "2.6.37-next", kind: "global", sizes: [3]int64{524288, 15987, 0},
		columns: "cpu oom_adj oom_score_adj", rows: "0 1913 365 1 0 0 plymouthd\n0 7152 144 1 0 0 pidof",
		chosen: 1913, score: 1, killed: 1913, rssKB: 1460, recomputed: 1, bonus: true},
	// a blog's "java killed by linux", May 2017; 442 shows that page tables count, a point more than its rss
	{name: "RHEL 6", release: "2.6.32-642.11.1.el6.x86_64", kind: "global", sizes: [3]int64{2097151, 81869, 0},
		columns: "cpu oom_adj oom_score_adj", rows: "0 549 118 1 -17 -1000 udevd\n500 20608 189539 1 0 0 java\n500 31995 889625 0 0 0 java\n500 7788 814178 0 0 0 vim",
		chosen: 31995, score: 442, killed: 31995, rssKB: 3558500, recomputed: 441},
	// lore, op.wct9zibjn27o5l@gaoqiang-d1.corp.qihoo.net; what is swapped out has no column
	{name: "RHEL 6, a cgroup that swaps", release: "2.6.32-220.7.1.el6.x86_64", kind: "memcg", sizes: [3]int64{102400, 1048576, 2064376},
		columns: "cpu oom_adj oom_score_adj", rows: "500 15462 12903 3 0 0 t",
		chosen: 15462, score: 1000, killed: 15462, rssKB: 51612, recomputed: 504, certain: true},
	// a Q&A page about mysqld, Ubuntu 12.04; 489 MB of swap are in use and have no column
	{name: "3.2, Ubuntu 12.04", release: "3.2.0-23-generic", kind: "global", sizes: [3]int64{8388592, 154844, 1952764},
		columns: "cpu oom_adj oom_score_adj", rows: "0 631 1 1 -17 -1000 udevd\n101 1656 527 3 0 0 rsyslogd\n112 27085 8033034 0 0 0 mysqld\n0 23531 138 0 0 0 mysqldump",
		chosen: 27085, score: 978, killed: 27085, rssKB: 32132136, recomputed: 921},
	// lore, 1355925061-3858-1-git-send-email-handai.szj@taobao.com
	{name: "3.7, a cgroup whose memory+swap is its memory", release: "3.7.0+", kind: "memcg", sizes: [3]int64{101376, 101376, 499708},
		columns: "nr_ptes swapents oom_score_adj", rows: "0 2693 1324 17 0 0 god\n0 2935 7742 21 0 0 mal-30\n0 2976 17577 42 0 0 mal-80",
		chosen: 2976, score: 665, killed: 2976, rssKB: 70308, recomputed: 665, bonus: true, certain: true},
	{name: "3.7, the same without Mem-Info", release: "3.7.0+", kind: "memcg", sizes: [3]int64{102400, 102400, -1},
		columns: "nr_ptes swapents oom_score_adj", rows: "0 2260 1325 18 0 0 god\n0 2695 7741 22 0 0 mal-30\n0 2704 17839 43 0 0 mal-80",
		chosen: 2704, score: 669, killed: 2704, rssKB: 71356, recomputed: 669, bonus: true, certain: true},
	// jianshu.com/p/8dd45fdd8f33
	{name: "RHEL 7", release: "3.10.0-327.el7.x86_64", kind: "global", sizes: [3]int64{2097151, 94167, 0},
		columns: "nr_ptes swapents oom_score_adj", rows: "0 338 844 25 0 0 systemd-journal\n81 526 96 19 0 -900 dbus-daemon\n1000 5424 1537770 66407 0 0 java\n1000 13675 204324 494 0 0 java",
		chosen: 5424, score: 800, killed: 5424, rssKB: 6151080, recomputed: 800, certain: true},
	// github.com/linux-test-project/ltp/issues/1080: a limit of one page
	{name: "RHEL 7, 3 % of itself", release: "3.10.0-1160.el7.x86_64", kind: "memcg", sizes: [3]int64{4, none, -1},
		columns: "nr_ptes swapents oom_score_adj", rows: "0 33421 105 8 0 0 memcg_process",
		chosen: 33421, score: 110000, killed: 33421, rssKB: 420, recomputed: 110000, bonus: true, certain: true},
	// notes on Helm: the candidate is a thread, and root in a pod has no CAP_SYS_ADMIN
	{name: "RHEL 7, a thread is the candidate", release: "3.10.0-693.el7.x86_64", kind: "memcg", sizes: [3]int64{233472, none, -1},
		columns: "nr_ptes swapents oom_score_adj", rows: "0 24389 1 4 0 -998 pause\n0 24518 60921 134 0 -998 monocular",
		chosen: 26074, score: 54, killed: 24518, rssKB: 243684, recomputed: 54},
	// ubuntuforums.org, "Server logging halted", September 2016
	{name: "3.13, Ubuntu 14.04", release: "3.13.0-74-generic", kind: "global", sizes: [3]int64{262014, 7641, 260092},
		columns: "nr_ptes swapents oom_score_adj", rows: "0 314 2 27 142 -1000 systemd-udevd\n107 948 30069 129 10073 0 mysqld\n106 1025 158755 433 31576 0 icecast2\n33 21230 5867 148 1538 0 apache2",
		chosen: 1025, score: 597, killed: 1025, rssKB: 635020, recomputed: 597, certain: true},
	// lore, 20150302124626.GA25593@laptop.bfoster
	{name: "4.0", release: "4.0.0-rc1-dgc+", kind: "global", sizes: [3]int64{262044, 10253, 497976},
		columns: "nr_ptes nr_pmds swapents oom_score_adj", rows: "0 1204 1 15 3 163 -1000 udevd\n1000 3723 3 15 3 495 0 bash\n0 4342 191159 619 4 119808 0 resvtest\n0 4343 0 11 3 485 0 084",
		chosen: 4342, score: 803, killed: 4342, rssKB: 764636, recomputed: 803, bonus: true, certain: true},
	// a project about containers on Ubuntu 16.04
	{name: "4.4, no swappiness", release: "4.4.0-210-generic", kind: "memcg", sizes: [3]int64{102400, none, -1},
		columns: "nr_ptes nr_pmds swapents oom_score_adj", rows: "0 24386 210 9 3 0 0 stress\n0 24387 25609 59 3 0 0 stress",
		chosen: 24387, score: 972, killed: 24387, rssKB: 102436, recomputed: 972, bonus: true, certain: true},
	// askubuntu.com/q/1188025
	{name: "4.14", release: "4.14.114-0414114-generic", kind: "global", sizes: [3]int64{2062044, 56052, 8252412},
		columns: "nr_ptes nr_pmds swapents oom_score_adj", rows: "1000 4358 1773446 5578 13 1074744 0 bash",
		chosen: 4358, score: 701, killed: 4358, rssKB: 7093784, recomputed: 701, certain: true},
	// icloudnative.io/posts/memory-limit-of-pod-and-oom-killer: root in a pod has no CAP_SYS_ADMIN
	{name: "4.15, Ubuntu 18.04, a pod", release: "4.15.0-46-generic", kind: "memcg", sizes: [3]int64{125952, none, -1},
		columns: "pgtables_bytes swapents oom_score_adj", rows: "0 25160 1 28672 0 -998 pause\n0 25218 872 77824 0 939 bash\n0 32307 275 57344 0 939 stress\n0 32308 24953 253952 0 939 stress\n0 32331 304 53248 0 939 stress\n0 32332 5829 102400 0 939 stress",
		chosen: 32308, score: 1718, killed: 32308, rssKB: 99812, recomputed: 1718, certain: true},
	// lore, CAM1WBjLv4tBm2nJTVo_aUrf3BkpkHrH3UpJv=C8r3V9-RO94vQ@mail.gmail.com
	{name: "4.17, a child is sacrificed", release: "4.17.2-1-ARCH", kind: "memcg", sizes: [3]int64{10240, none, -1},
		columns: "pgtables_bytes swapents oom_score_adj", rows: "0 18160 652 73728 0 0 foo.sh\n0 18415 118 61440 0 0 foo.sh",
		chosen: 18160, score: 261, killed: 18415, rssKB: 472, recomputed: 261, certain: true, sacrificed: true},
	// lore, 20180806161529.GA410235@devbig004.ftw2.facebook.com, before 4.19
	{name: "4.18", release: "4.18.0-rc7-work+", kind: "memcg", sizes: [3]int64{32768, none, -1},
		columns: "pgtables_bytes swapents oom_score_adj", rows: "0 1969 970 86016 0 0 bash\n0 1989 260 61440 0 0 stress\n0 1990 8055 126976 0 0 stress",
		chosen: 1990, score: 987, killed: 1990, rssKB: 32220, recomputed: 987, certain: true},
	// lore, 1594396651-9931-1-git-send-email-laoar.shao@gmail.com: why badness became signed
	{name: "before 5.9, all are pushed to 1", kind: "memcg", sizes: [3]int64{16777216, none, -1},
		columns: "pgtables_bytes swapents oom_score_adj", rows: "0 5740 1 32768 0 -998 pause\n0 58804 771 81920 0 -998 entry_point.bas\n0 59627 64239 774144 0 -998 odin-log-agent\n1000 58406 3967322 37101568 0 -998 data_sim",
		chosen: 5740, score: -1, killed: 5740, rssKB: 4, recomputed: -1},
	// a report about NVIDIA's operator on OpenShift
	{name: "RHEL 8", release: "4.18.0-372.73.1.el8_6.x86_64", kind: "memcg", sizes: [3]int64{1048576, none, -1},
		columns: "pgtables_bytes swapents oom_score_adj", rows: "0 184245 583 176128 0 -1000 conmon\n1001240000 184260 236719 2535424 0 999 mimir",
		chosen: 184260, score: -1, killed: 184260, rssKB: 946876, adj: true, recomputed: -1, certain: true},
	// docs.harvesterhci.io, "How Harvester eliminates VM OOM"
	{name: "5.3, SLES 15", release: "5.3.18-150300.59.101-default", kind: "memcg", sizes: [3]int64{67579904, none, -1},
		columns: "pgtables_bytes swapents oom_score_adj", rows: "0 70675 1 28672 0 -998 pause\n0 70746 25104 1073152 0 830 virt-launcher\n107 70870 16718510 135278592 0 830 qemu-system-x86",
		chosen: 70870, score: -1, killed: 70870, rssKB: 66874040, recomputed: -1, certain: true},
	// a tutorial on cgroups, Ubuntu 20.04
	{name: "5.4, Ubuntu 20.04", release: "5.4.0-74-generic", kind: "memcg", sizes: [3]int64{10240, none, -1},
		columns: "pgtables_bytes swapents oom_score_adj", rows: "0 69258 998 57344 0 0 bash\n0 69430 246 49152 0 0 stress\n0 69431 2378 69632 0 0 stress",
		chosen: 69431, score: -1, killed: 69431, rssKB: 9512, adj: true, recomputed: -1, certain: true},
}

// dump makes a report of o.
func (o *old) dump(t *testing.T) *event.OOMDump {
	const no = event.NotPrinted
	d := kill(o.chosen, o.release)
	d.Constraint = ""
	if o.score < 0 {
		d.Constraint = "CONSTRAINT_MEMCG"
	}
	d.Chosen.Score = o.score
	d.Victims[0] = event.Victim{PID: o.killed, TotalVMKB: no, AnonRSSKB: o.rssKB, ShmemRSSKB: no, AdjPrinted: o.adj}
	d.Node = event.NodeMemory{PagesRAM: o.sizes[0], PagesReserved: o.sizes[1], TotalSwapKB: o.sizes[2], PageKB: 4}
	if o.kind == "memcg" {
		memcg(d, o.sizes[0], o.sizes[1], -1)
		d.Node.TotalSwapKB = o.sizes[2]
	}
	if o.score >= 0 {
		d.Constraint = ""
	}
	for _, line := range strings.Split(o.rows, "\n") {
		d.Tasks = append(d.Tasks, o.row(t, line))
	}
	return d
}

func (o *old) row(t *testing.T, line string) event.Task {
	const no = event.NotPrinted
	task := event.Task{TotalVM: no, RSSAnon: no, RSSFile: no, RSSShmem: no, PgtablesBytes: no, NrPtes: no, NrPmd: no,
		Swapents: no, CPU: no, OOMAdj: event.AdjNotPrinted, OOMScoreAdj: event.AdjNotPrinted}
	into := []any{&task.UID, &task.PID, &task.RSS}
	for _, column := range strings.Fields(o.columns) {
		into = append(into, map[string]any{"cpu": &task.CPU, "oom_adj": &task.OOMAdj, "oom_score_adj": &task.OOMScoreAdj,
			"nr_ptes": &task.NrPtes, "nr_pmds": &task.NrPmd, "pgtables_bytes": &task.PgtablesBytes, "swapents": &task.Swapents}[column])
	}
	if n, err := fmt.Sscan(line, append(into, &task.Comm)...); err != nil || n != len(into)+1 {
		t.Fatalf("%q: %v", line, err)
	}
	task.TGID = task.PID
	return task
}

// The choices of real kernels come out, and the scores that they printed.
func TestOldReports(t *testing.T) {
	for _, o := range olds {
		t.Run(o.name, func(t *testing.T) {
			r := Compute(o.dump(t), 0)
			if r.Verdict != Agrees || r.Certain != o.certain || r.Scores[0].Bonus != o.bonus {
				t.Errorf("verdict %q (%s %q), certain %v, bonus %v, assumptions %q", r.Verdict, r.Why, r.Reasons, r.Certain, r.Scores[0].Bonus, r.Assumptions)
			}
			if r.Sacrificed != o.sacrificed {
				t.Errorf("sacrificed: %v", r.Sacrificed)
			}
			if printed := r.PrintedScore != nil; printed != (o.score >= 0) || printed && int(*r.PrintedScore) != o.score {
				t.Errorf("printed score %v, want %d", r.PrintedScore, o.score)
			}
			if has := r.Recomputed != nil; has != (o.recomputed >= 0) || has && *r.Recomputed != o.recomputed {
				t.Errorf("recomputed %d of %d, want %d", *r.Recomputed, r.TotalPages, o.recomputed)
			}
		})
	}
}
