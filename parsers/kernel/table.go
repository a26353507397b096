package kernel

import (
	"bytes"

	"oomtrace/parsers/event"
)

// isTableHeader reports whether msg names the columns of the task table:
//
//	[ pid ]   uid  tgid total_vm      rss cpu oom_adj name
//	[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name
//	[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name
//	[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
//
// The first is of 2.6.25, the second of 2.6.36, the third of 4.0 (3.6 to 3.19
// without nr_pmds), the last of 4.15. 6.8 and later have rss_anon, rss_file and
// rss_shmem behind rss. Source: mm/oom_kill.c, dump_tasks.
func isTableHeader(msg []byte) bool {
	if len(msg) < len("[ pid ]") || msg[0] != '[' {
		return false
	}
	msg = bytes.TrimRight(msg, " ")
	return bytes.Contains(msg[:min(len(msg), 12)], []byte("pid")) && bytes.Contains(msg, []byte("tgid total_vm ")) &&
		(bytes.HasSuffix(msg, []byte("oom_score_adj name")) || bytes.HasSuffix(msg, []byte("oom_adj name")))
}

const maxColumns = 32

// header takes the columns' names, without pid and name.
func (r *report) header(msg []byte) {
	_, rest, _ := bytes.Cut(msg, []byte("]"))
	r.columns = r.columns[:0]
	for f := range bytes.FieldsSeq(rest) {
		if s := string(f); s != "name" && len(r.columns) < maxColumns {
			r.columns = append(r.columns, s)
		}
	}
	r.inTable, r.inStat, r.inTrace, r.d.HasTable = true, false, false, true
}

// row takes a row of the table, or what is left of one.
func (r *report) row(rec *event.Record) bool {
	t, ok := parseRow(rec.Msg, r.columns)
	if !ok {
		return r.restOfName(rec)
	}
	if n := len(r.d.Tasks); n > 0 && r.d.Tasks[n-1] == t {
		return true // each line stands twice in the log
	}
	r.d.Tasks = append(r.d.Tasks, t)
	r.rowAt = rec.Stamps
	if len(r.d.Tasks) > maxTasks {
		r.prune(keepTop)
	}
	return true
}

// parseRow reads a row by the header's columns:
//
//	[  14622]     0 14622   281182   190451   188746     1705         0  1675264        0           969 python3
//
// The widths are minimums, so the numbers are split at blanks; what follows the
// last one's single blank is the name, whatever it holds.
func parseRow(msg []byte, columns []string) (event.Task, bool) {
	rest, ok := bytes.CutPrefix(msg, []byte("["))
	pid, rest, ok2 := pidOf(bytes.TrimLeft(rest, " "))
	rest, ok3 := bytes.CutPrefix(rest, []byte("]"))
	t := newTask(pid)
	if !ok || !ok2 || !ok3 {
		return t, false
	}
	for _, c := range columns {
		n, left, ok := number(bytes.TrimLeft(rest, " "))
		if !ok || rest[0] != ' ' {
			return t, false
		}
		set(&t, c, n)
		rest = left
	}
	name, ok := bytes.CutPrefix(rest, []byte(" "))
	t.Comm = string(name)
	return t, (ok || len(rest) == 0) && len(name) <= maxComm
}

// restOfName joins the rest of a name that holds a newline to its row, where
// the log made a record of its own of it.
func (r *report) restOfName(rec *event.Record) bool {
	if len(r.d.Tasks) == 0 || !sameMoment(r.rowAt, rec.Stamps) {
		return false
	}
	t := &r.d.Tasks[len(r.d.Tasks)-1]
	if len(t.Comm)+1+len(rec.Msg) > commLen {
		return false
	}
	t.Comm += "\n" + string(rec.Msg)
	return true
}

// commLen is how long a comm is, in bytes (TASK_COMM_LEN without its NUL).
const commLen = 15

func newTask(pid int) event.Task {
	const n = event.NotPrinted
	return event.Task{PID: pid, TGID: n, UID: n, TotalVM: n, RSS: n, RSSAnon: n, RSSFile: n, RSSShmem: n,
		PgtablesBytes: n, NrPtes: n, NrPmd: n, Swapents: n, CPU: n, OOMAdj: event.AdjNotPrinted, OOMScoreAdj: event.AdjNotPrinted}
}

func set(t *event.Task, column string, n int64) {
	switch column {
	case "uid":
		t.UID = int(n)
	case "tgid":
		t.TGID = int(n)
	case "total_vm":
		t.TotalVM = n
	case "rss":
		t.RSS = n
	case "rss_anon":
		t.RSSAnon = n
	case "rss_file":
		t.RSSFile = n
	case "rss_shmem":
		t.RSSShmem = n
	case "pgtables_bytes":
		t.PgtablesBytes = n
	case "nr_ptes":
		t.NrPtes = n
	case "nr_pmds":
		t.NrPmd = n
	case "swapents":
		t.Swapents = n
	case "cpu":
		t.CPU = int(n)
	case "oom_adj":
		t.OOMAdj = int(n)
	case "oom_score_adj":
		t.OOMScoreAdj = int(n)
	}
}
