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
)

const (
	maxPrinting = 10 * time.Second // that a report can take on a slow console
	maxKilling  = 2 * time.Second  // between the kills of one group
)

// A kill is what a "Killed process" line says.
type kill struct {
	words  string // memcgWords, globalWords, allocatingWords or ""
	score  bool   // "Kill process N (x) score S or sacrifice child", to 5.0: a candidate only
	victim event.Victim
}

// parseKilled reads the line that names the process the kernel sent SIGKILL:
//
//	Memory cgroup out of memory: Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB, shmem-rss:0kB, UID:0 pgtables:192kB oom_score_adj:969
//	Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB, shmem-rss:0kB
//	Memory cgroup out of memory: Kill process 2528 (python3) score 972 or sacrifice child
//
// The first is of 5.4 and later (5.1 to 5.3 without the last three), the others
// of 4.19 to 5.0. Sizes are KiB. What a kernel does not print, or the end of a
// log has lost, is NotPrinted; what a newer one adds is passed over. Source:
// mm/oom_kill.c, __oom_kill_process (oom_kill_process).
func parseKilled(msg []byte) (k kill, ok bool) {
	k, name, ok := parseKillHead(msg)
	if !ok {
		return k, false
	}
	behind := ") total-vm:"
	if k.score {
		behind = ") score "
	}
	comm, rest, ok := lastCut(name, behind)
	if !ok || len(comm) > maxComm {
		return k, false
	}
	k.victim.Comm = string(comm)
	if !k.score {
		k.sizes(rest)
	}
	return k, true
}

// parseKillHead reads the line up to the name and returns what follows.
func parseKillHead(msg []byte) (k kill, name []byte, ok bool) {
	for _, w := range [...]string{memcgWords, allocatingWords, globalWords} {
		if n := len(w); len(msg) > n+2 && string(msg[:n]) == w && string(msg[n:n+2]) == ": " {
			k.words, msg = w, msg[n+2:]
			break
		}
	}
	rest, ok := bytes.CutPrefix(msg, []byte("Killed process "))
	if !ok {
		rest, k.score = bytes.CutPrefix(msg, []byte("Kill process "))
	}
	pid, rest, ok2 := pidOf(rest)
	name, ok3 := bytes.CutPrefix(rest, []byte(" ("))
	const n = event.NotPrinted
	k.victim = event.Victim{PID: pid, UID: n, TotalVMKB: n, AnonRSSKB: n, FileRSSKB: n,
		ShmemRSSKB: n, PgtablesKB: n, LeftAnonKB: n, LeftFileKB: n, LeftShmemRSSKB: n}
	return k, name, (ok || k.score) && ok2 && ok3
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

// sizes reads what stands behind ") total-vm:".
func (k *kill) sizes(b []byte) {
	v := &k.victim
	v.TotalVMKB = kb(b, "")
	v.AnonRSSKB, v.FileRSSKB, v.ShmemRSSKB = kb(b, "anon-rss:"), kb(b, "file-rss:"), kb(b, "shmem-rss:")
	v.PgtablesKB = kb(b, "pgtables:")
	if rest, found := after(b, "UID:"); found {
		if n, _, ok := number(rest); ok {
			v.UID = int(n)
		}
	}
	if rest, found := after(b, "oom_score_adj:"); found {
		if n, _, ok := number(rest); ok {
			v.OOMScoreAdj, v.AdjPrinted = int(n), true
		}
	}
}

// killed takes a kill line to its report, or lets it stand alone: the kernel
// leaves out everything else when it reports too often.
func (p *parser) killed(rec *event.Record, k kill, emit func(event.Event)) {
	r := p.forKill(rec, &k)
	if r == nil {
		r = p.headless(rec, emit)
	}
	r.endBody()
	if k.words != "" {
		r.words = k.words
	}
	r.d.Allocating = r.d.Allocating || k.words == allocatingWords
	if k.score {
		r.d.Chosen = &event.Chosen{Comm: k.victim.Comm, PID: k.victim.PID, UID: event.NotPrinted}
		r.step(rec, "chosen", k.victim.PID)
		return
	}
	r.finished = true
	r.kill(rec, k.victim)
}

// kill adds a victim, or notes that the kernel names one again.
func (r *report) kill(rec *event.Record, v event.Victim) {
	room := r.step(rec, "killed", v.PID) && len(r.d.Victims) < maxTasks
	v.Step = len(r.d.Steps) - 1
	if known := r.known(&v); known != nil {
		known.Again++
	} else if room {
		r.d.Victims = append(r.d.Victims, v)
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
		if o.PID == v.PID || !listed && sameFigures(o, v) && (r.listsAll() || i < r.alone && o.Again == 0) {
			return o
		}
	}
	return nil
}

// sameFigures reports whether two kill lines can be of one memory map.
func sameFigures(a, b *event.Victim) bool {
	return a.TotalVMKB == b.TotalVMKB && a.AnonRSSKB == b.AnonRSSKB && a.FileRSSKB == b.FileRSSKB &&
		a.ShmemRSSKB == b.ShmemRSSKB && a.PgtablesKB == b.PgtablesKB && a.UID == b.UID
}

// forKill returns the report that a kill line belongs to, the youngest first:
// the one that chose the process, or whose group it is of.
func (p *parser) forKill(rec *event.Record, k *kill) *report {
	youngest := p.current(rec)
	return p.last(rec, func(r *report) bool {
		switch {
		case r.finished:
			return r.again(rec, k)
		case r.d.Chosen != nil:
			return r.chose(k)
		}
		return r == youngest && r.mayHaveChosen(rec, k)
	})
}

// chose reports whether the choice was the process of k, or a parent of it, as
// it can be to 5.0. The kill line can name a thread of the chosen process.
func (r *report) chose(k *kill) bool {
	c := r.d.Chosen
	if c.PID == k.victim.PID || k.words == "" && r.words != "" {
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
	if r.d.HasTable && r.d.TasksCut == 0 || !r.soon(rec, maxPrinting) {
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
