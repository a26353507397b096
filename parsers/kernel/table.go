package kernel

import (
	"bytes"
	"slices"

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
	return (bytes.HasSuffix(msg, []byte("oom_score_adj name")) || bytes.HasSuffix(msg, []byte("oom_adj name"))) &&
		bytes.Contains(msg[:min(len(msg), 12)], []byte("pid")) && bytes.Contains(msg, []byte("tgid total_vm "))
}

const maxColumns = 32

// A column is one of the task table. unknownColumn is one that is passed over.
type column uint8

const (
	unknownColumn column = iota
	uidColumn
	tgidColumn
	totalVMColumn
	rssColumn
	rssAnonColumn
	rssFileColumn
	rssShmemColumn
	pgtablesColumn
	nrPtesColumn
	nrPmdsColumn
	swapentsColumn
	cpuColumn
	oomAdjColumn
	oomScoreAdjColumn
)

// columnNames are the kernel's, by column.
var columnNames = [...]string{"", "uid", "tgid", "total_vm", "rss", "rss_anon", "rss_file", "rss_shmem", "pgtables_bytes",
	"nr_ptes", "nr_pmds", "swapents", "cpu", "oom_adj", "oom_score_adj"}

// header takes the columns' names, without pid and name.
func (r *report) header(msg []byte) {
	_, rest, _ := bytes.Cut(msg, []byte("]"))
	r.columns = r.columns[:0]
	for f := range bytes.FieldsSeq(rest) {
		if string(f) != "name" && len(r.columns) < maxColumns {
			r.columns = append(r.columns, column(max(slices.Index(columnNames[:], string(f)), 0)))
		}
	}
	r.inTable, r.inStat, r.inTrace, r.d.HasTable = true, false, false, true
}

// row takes a row of the table, or what is left of one.
func (r *report) row(rec *event.Record) bool {
	t, ok := parseRow(rec.Msg, r.columns, &r.scratch.names)
	if !ok {
		return r.restOfName(rec)
	}
	if n := len(r.d.Tasks); n > 0 && r.d.Tasks[n-1] == t {
		return true // each line stands twice in the log
	}
	if r.d.Tasks == nil && r.scratch.rows != nil {
		r.d.Tasks, r.scratch.rows, r.lent = r.scratch.rows, nil, true
	}
	r.d.Tasks = append(r.d.Tasks, t)
	if len(r.d.Tasks) > maxTasks {
		r.prune(keepTop)
	}
	return true
}

// giveBack has the table in a place of its own, which is as large as it is.
func (r *report) giveBack() {
	rows := r.d.Tasks
	if len(rows) == 0 || r.scratch.rows != nil && !r.lent {
		return
	}
	r.d.Tasks = make([]event.Task, len(rows))
	copy(r.d.Tasks, rows)
	if r.scratch.rows == nil {
		r.scratch.rows = rows[:0]
	}
	r.lent = false
}

// parseRow reads a row by the header's columns:
//
//	[  14622]     0 14622   281182   190451   188746     1705         0  1675264        0           969 python3
//
// The widths are minimums, so the numbers are split at blanks; what follows the
// last one's single blank is the name, whatever it holds.
func parseRow(msg []byte, columns []column, names *nameTable) (t event.Task, ok bool) {
	if len(msg) == 0 || msg[0] != '[' {
		return t, false
	}
	pid, rest, ok := pidOf(trimBlanks(msg[1:]))
	if !ok || len(rest) == 0 || rest[0] != ']' {
		return t, false
	}
	t, rest = newTask(pid), rest[1:]
	for _, c := range columns {
		n, left, ok := number(trimBlanks(rest))
		if !ok || rest[0] != ' ' {
			return t, false
		}
		set(&t, c, n)
		rest = left
	}
	comm, ok := bytes.CutPrefix(rest, []byte(" "))
	if !ok && len(rest) > 0 || len(comm) > maxComm {
		return t, false
	}
	t.Comm = names.of(comm)
	return t, true
}

// trimBlanks is bytes.TrimLeft for a few blanks.
func trimBlanks(b []byte) []byte {
	i := 0
	for i < len(b) && b[i] == ' ' {
		i++
	}
	return b[i:]
}

// restOfName joins the rest of a name that holds a newline to its row, where
// the log made a record of its own of it.
func (r *report) restOfName(rec *event.Record) bool {
	if len(r.d.Tasks) == 0 || !sameMoment(r.at, rec.Stamps) {
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

func set(t *event.Task, c column, n int64) {
	switch c {
	case uidColumn:
		t.UID = int(n)
	case tgidColumn:
		t.TGID = int(n)
	case totalVMColumn:
		t.TotalVM = n
	case rssColumn:
		t.RSS = n
	case rssAnonColumn:
		t.RSSAnon = n
	case rssFileColumn:
		t.RSSFile = n
	case rssShmemColumn:
		t.RSSShmem = n
	case pgtablesColumn:
		t.PgtablesBytes = n
	case nrPtesColumn:
		t.NrPtes = n
	case nrPmdsColumn:
		t.NrPmd = n
	case swapentsColumn:
		t.Swapents = n
	case cpuColumn:
		t.CPU = int(n)
	case oomAdjColumn:
		t.OOMAdj = int(n)
	case oomScoreAdjColumn:
		t.OOMScoreAdj = int(n)
	}
}
