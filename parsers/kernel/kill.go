package kernel

import (
	"bytes"
	"time"

	"oomtrace/parsers/event"
)

// What can stand before "Killed process" and says what ran out.
const (
	memcgWords      = "Memory cgroup out of memory"
	globalWords     = "Out of memory"
	allocatingWords = "Out of memory (oom_kill_allocating_task)"
	policyWords     = "No available memory (MPOL_BIND)" // to 2.6.35
	cpusetWords     = "No available memory in cpuset"   // 2.6.18
	oldWords        = "Out of Memory"                   // 2.6.18, of the candidate
)

const (
	maxPrinting = 10 * time.Second // that a report can take on a slow console
	maxKilling  = 2 * time.Second  // between the kills of one group
	// maxBetweenLines is how old the last step of a report may be that still goes on
	// beside a younger one.
	maxBetweenLines = time.Second
)

// A kill is what a "Killed process" line says.
type kill struct {
	words string // memcgWords and so on, or ""
	// score says that the line names a candidate only, in whose place a child may
	// die, and sharing that the process dies because it shares the victim's memory.
	score, sharing bool
	points         int // the candidate's score, in that kernel's unit
	victim         event.Victim
}

// parseKilled reads the line that names the process the kernel sent SIGKILL:
//
//	Memory cgroup out of memory: Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB, shmem-rss:0kB, UID:0 pgtables:192kB oom_score_adj:969
//	Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB, shmem-rss:0kB
//	Killed process 2528 (python3), UID 48, total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB, shmem-rss:0kB
//	Killed process 2528, UID 48, (httpd) total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB
//	Killed process 2528 (httpd) vsz:300000kB, anon-rss:65088kB, file-rss:2624kB
//	Out of memory: Killed process 2528 (httpd).
//
// The first is of 5.4 and later (5.1 to 5.3 without the last three), the second
// of 2.6.36 to 5.0 (to 4.4 without shmem-rss), the third of RHEL 7, the fourth
// of RHEL 6, then 2.6.33 and what was before. Up to 5.0 another line stands in
// front, and to 4.3 others may follow:
//
//	Out of Memory: Kill process 2528 (httpd) score 90000 and children.
//	Out of memory: kill process 2528 (httpd) score 90000 or a child
//	Memory cgroup out of memory: Kill process 2528 (python3) score 972 or sacrifice child
//	Kill process 2530 (python3) sharing same memory
//
// Sizes are KiB. What a kernel does not print, or the end of a log has lost, is
// NotPrinted; what a newer one adds is passed over. Source: mm/oom_kill.c,
// __oom_kill_process (oom_kill_process, oom_kill_task).
func parseKilled(msg []byte) (k kill, ok bool) {
	k, name, ok := parseKillHead(msg)
	if !ok {
		return k, false
	}
	comm, rest, ok := k.cutName(name)
	if !ok || len(comm) > maxComm {
		return k, false
	}
	k.victim.Comm = string(comm)
	if !k.score && !k.sharing {
		k.sizes(rest)
	}
	return k, true
}

// parseKillHead reads the line up to the name and returns what follows.
func parseKillHead(msg []byte) (k kill, name []byte, ok bool) {
	if len(msg) == 0 || !killBegins(msg[0]) {
		return k, nil, false
	}
	for _, w := range [...]string{memcgWords, allocatingWords, globalWords, policyWords, cpusetWords, oldWords} {
		if n := len(w); len(msg) > n+2 && string(msg[:n]) == w && string(msg[n:n+2]) == ": " {
			k.words, msg = w, msg[n+2:]
			break
		}
	}
	if k.words == oldWords {
		k.words = globalWords
	}
	rest, ok := bytes.CutPrefix(msg, []byte("Killed process "))
	if !ok && len(msg) > 0 && msg[0]|0x20 == 'k' {
		rest, k.score = bytes.CutPrefix(msg[1:], []byte("ill process "))
	}
	pid, rest, ok2 := pidOf(rest)
	if !ok && !k.score || !ok2 {
		return k, nil, false
	}
	const n = event.NotPrinted
	k.points = n
	k.victim = event.Victim{PID: pid, UID: n, TotalVMKB: n, AnonRSSKB: n, FileRSSKB: n,
		ShmemRSSKB: n, PgtablesKB: n, LeftAnonKB: n, LeftFileKB: n, LeftShmemRSSKB: n}
	if behind, found := bytes.CutPrefix(rest, []byte(", UID ")); found {
		uid, behind, ok := number(behind)
		if rest, found = bytes.CutPrefix(behind, []byte(",")); ok && found {
			k.victim.UID = int(uid)
		}
	}
	name, ok = bytes.CutPrefix(rest, []byte(" ("))
	return k, name, ok
}

// killBegins reports whether a kill line can begin so, with the words before
// "Killed process" or without.
func killBegins(c byte) bool {
	switch c {
	case memcgWords[0], globalWords[0], policyWords[0], 'K', 'k':
		return true
	}
	return false
}

// cutName finds the end of the name at the start of b, from the line's end. The
// name may hold anything that can stand there.
func (k *kill) cutName(b []byte) (comm, rest []byte, ok bool) {
	if k.score {
		if comm, ok := bytes.CutSuffix(b, []byte(") sharing same memory")); ok {
			k.score, k.sharing = false, true
			return comm, nil, true
		}
		comm, rest, ok := lastCut(b, ") score ")
		if n, _, isNumber := number(rest); isNumber {
			k.points = int(n)
		}
		return comm, rest, ok
	}
	if comm, ok = bytes.CutSuffix(bytes.TrimSuffix(b, []byte(".")), []byte(")")); ok {
		return comm, nil, true
	}
	size := " total-vm:"
	if old := " vsz:"; lastIndex(b, old) > lastIndex(b, size) {
		size = old
	}
	if comm, rest, ok = lastCut(b, size); ok {
		if head, uid, found := lastCut(comm, "), UID "); found {
			if n, left, isNumber := number(uid); isNumber && string(left) == "," {
				k.victim.UID = int(n)
				return head, rest, true
			}
		}
		comm, ok = bytes.CutSuffix(comm, []byte(")"))
	}
	return comm, rest, ok
}

// parseCutKill reads a kill line that ends within its name or right behind it:
// it is the last of a log that was cut. The name goes as far as it goes.
func parseCutKill(msg []byte) (k kill, ok bool) {
	k, name, ok := parseKillHead(msg)
	if !ok || k.score {
		return k, false
	}
	for behind := []byte(") total-vm:"); len(behind) > 0; behind = behind[:len(behind)-1] {
		if comm, cut := bytes.CutSuffix(name, behind); cut {
			name = comm
			break
		}
	}
	k.victim.Comm = string(name)
	return k, len(name) <= maxComm
}

// sizes reads what stands behind " total-vm:". An oom_score_adj at the end is
// taken if no digit can be missing.
func (k *kill) sizes(b []byte) {
	v := &k.victim
	v.TotalVMKB = kb(b, "")
	v.AnonRSSKB, v.FileRSSKB, v.ShmemRSSKB = kb(b, "anon-rss:"), kb(b, "file-rss:"), kb(b, "shmem-rss:")
	v.PgtablesKB = kb(b, "pgtables:")
	if rest, found := after(b, "UID:"); found {
		if n, behind, ok := number(rest); ok && n >= 0 && len(behind) > 0 {
			v.UID = int(n)
		}
	}
	if adj, ok := adjOf(b, " oom_score_adj:"); ok {
		v.OOMScoreAdj, v.AdjPrinted = adj, true
	}
}

// killed takes a kill line to its report, or lets it stand alone: the kernel
// leaves out everything else when it reports too often.
func (p *parser) killed(rec *event.Record, k kill, emit func(event.Event)) {
	if k.sharing {
		p.shares(rec, k, emit)
		return
	}
	r := p.forKill(rec, &k)
	if r == nil {
		r = p.headless(rec, emit)
	}
	if !r.finished {
		p.wentOn(r)
	}
	r.endBody()
	if k.words != "" {
		r.words = k.words
	}
	r.d.Allocating = r.d.Allocating || k.words == allocatingWords
	if k.score {
		r.candidate(&k)
		r.step(rec, "chosen", k.victim.PID)
		return
	}
	r.finished = true
	r.kill(rec, k.victim)
}

// candidate notes whom a line of up to 5.0 names. In 5.0 a selection line stands
// before it.
func (r *report) candidate(k *kill) {
	uid := event.NotPrinted
	if c := r.d.Chosen; c != nil && c.PID == k.victim.PID {
		uid = c.UID
	}
	r.d.Chosen = &event.Chosen{Comm: k.victim.Comm, PID: k.victim.PID, UID: uid, Score: k.points}
}

// shares takes the line about a process that dies because it shares the memory
// map of the victim before it.
func (p *parser) shares(rec *event.Record, k kill, emit func(event.Event)) {
	r := p.last(rec, func(r *report) bool { return len(r.d.Victims) > 0 })
	if r == nil {
		r = p.headless(rec, emit)
		r.finished = true
	}
	k.victim.Sharing = true
	r.kill(rec, k.victim)
}

// kill adds a victim, or notes that the kernel names one again.
func (r *report) kill(rec *event.Record, v event.Victim) {
	room := r.step(rec, "killed", v.PID) && len(r.d.Victims) < maxTasks
	r.mendPgtables(&v)
	v.Step = len(r.d.Steps) - 1
	if known := r.known(&v); known != nil {
		known.Again++
	} else if room {
		r.d.Victims = append(r.d.Victims, v)
	}
}

// mendPgtables makes KiB of bytes. Linux 5.4 to 5.4.8 print the bytes of the page
// tables with kB behind them, mended by commit 941f762bcb27: the task's row, which
// is in bytes, then has the same number.
func (r *report) mendPgtables(v *event.Victim) {
	for i := range r.d.Tasks {
		if t := &r.d.Tasks[i]; t.PID == v.PID && v.PgtablesKB >= 4096 && t.PgtablesBytes == v.PgtablesKB {
			v.PgtablesKB /= 1024
			return
		}
	}
}

// known returns the victim that v names again, or nil. The kernel goes through
// a whole group after it killed the chosen process, which so comes twice, now
// and then by the id of a thread: one that has no row in the table, with the
// same memory. Without the table only the chosen one is taken for that, once:
// the others of a group can be as like as twins.
func (r *report) known(v *event.Victim) *event.Victim {
	listed := r.lists(v.PID)
	for i := range r.d.Victims {
		o := &r.d.Victims[i]
		if o.PID == v.PID || !listed && v.TotalVMKB != event.NotPrinted && o.Like(v) && (r.listsAll() || i < r.alone && o.Again == 0) {
			return o
		}
	}
	return nil
}

// forKill returns the report that a kill line belongs to, the youngest first:
// the one that chose the process, else the one whose group it is of, or which
// may have killed a child of the chosen one, or lost its selection line. Where
// several of the last kind go on, it is nobody's.
func (p *parser) forKill(rec *event.Record, k *kill) *report {
	if r := p.last(rec, func(r *report) bool {
		return !r.finished && r.d.Chosen != nil && r.d.Chosen.PID == k.victim.PID
	}); r != nil {
		return r
	}
	youngest := p.current(rec)
	var guess *report
	for i := len(p.open) - 1; i >= 0; i-- {
		r := p.open[i]
		switch {
		case !r.hears(rec):
		case r.finished && r.again(rec, k), !r.finished && r.d.Chosen != nil && r.chose(k) && (r.lists(k.victim.PID) || r.d.GroupMemcg != ""):
			return r
		case r.finished, r.d.Chosen != nil && !r.chose(k), r.d.Chosen == nil && !r.mayHaveChosen(rec, k):
		case r.d.Chosen == nil && (r.asked(k.victim.PID) || r.lists(k.victim.PID) && !r.uncertain(rec)):
			return r
		case guess != nil && !r.lossy && r.soon(rec, maxBetweenLines), r.d.Chosen == nil && r.uncertain(rec):
			p.entangle(rec)
			return nil
		case guess == nil && (r == youngest && !r.d.Tangled || r.d.Chosen != nil):
			guess = r
		}
	}
	return guess
}

// asked reports whether the process that asked for memory is that one.
func (r *report) asked(pid int) bool { return r.d.Trigger != nil && r.d.Trigger.PID == pid }

// chose reports whether the choice was the process of k, or a parent of it, as
// it can be to 5.0. The kill line can name a thread of the chosen process.
func (r *report) chose(k *kill) bool {
	c := r.d.Chosen
	if c.PID == k.victim.PID || c.Score != event.NotPrinted && (k.words == "" || k.words == r.words) {
		return true
	}
	for i := range r.d.Tasks {
		if t := &r.d.Tasks[i]; t.PID == k.victim.PID && t.TGID == c.PID {
			return true
		}
	}
	return r.d.GroupMemcg != "" && (!r.listsAll() || r.lists(k.victim.PID))
}

// mayHaveChosen reports whether a report without a selection line can be the
// one of k. To 4.20 there is none; on a console that shows warnings only it is
// left out, with the table.
func (r *report) mayHaveChosen(rec *event.Record, k *kill) bool {
	if r.lists(k.victim.PID) {
		return true
	}
	// A candidate can be a thread, which has no row.
	if r.d.HasTable && r.d.TasksCut == 0 && r.spent&itemTable == 0 && !k.score || !r.soon(rec, maxPrinting) {
		return false
	}
	switch r.kind() {
	case "memcg":
		return k.words == memcgWords || k.words == ""
	case "global":
		return k.words != memcgWords
	}
	return true
}

// again reports whether k is one more line of a finished report: a member of
// the group that is killed whole, or the same victim named a second time.
func (r *report) again(rec *event.Record, k *kill) bool {
	otherWords := k.words != "" && r.words != "" && k.words != r.words
	if r.d.GroupMemcg == "" || k.score || otherWords || !r.soon(rec, maxKilling) {
		return false
	}
	return !r.listsAll() || r.lists(k.victim.PID) || r.known(&k.victim) != nil
}
