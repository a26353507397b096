package kernel

import (
	"bytes"

	"oomtrace/parsers/event"
)

// ending reads the lines that follow a kill or stand in its place.
func (p *parser) ending(rec *event.Record, emit func(event.Event)) bool {
	if len(rec.Msg) == 0 {
		return false
	}
	switch rec.Msg[0] {
	case 'T':
		return p.group(rec, emit) || p.exiting(rec)
	case 'o':
		return p.reaped(rec) || p.unreaped(rec) || p.pinned(rec) || p.exiting(rec)
	case 'O':
		return p.exiting(rec) || p.nobody(rec, emit)
	case 'K':
		return p.exiting(rec) || p.panicked(rec, emit)
	}
	return p.exiting(rec)
}

// group reads, behind the first kill line:
//
//	Tasks in /a/b are going to be killed due to memory.oom.group set
//
// Source: mm/memcontrol.c, mem_cgroup_print_oom_group.
func (p *parser) group(rec *event.Record, emit func(event.Event)) bool {
	rest, ok := bytes.CutPrefix(rec.Msg, []byte("Tasks in "))
	path, ok2 := bytes.CutSuffix(rest, []byte(" are going to be killed due to memory.oom.group set"))
	if !ok || !ok2 {
		return false
	}
	if p.told(rec) {
		return true
	}
	r := p.last(rec, func(*report) bool { return true })
	if r == nil || r.d.GroupMemcg != "" || r.finished && r.d.Chosen == nil && len(r.d.Victims) == 0 || !r.soon(rec, maxPrinting) {
		r = p.headless(rec, emit)
	}
	r.d.GroupMemcg, r.alone = cutPath(path), len(r.d.Victims)
	r.step(rec, "group", 0)
	return true
}

var reapedWords = []byte("oom_reaper: reaped process ")

// reaped reads what the OOM reaper leaves of a victim's memory:
//
//	oom_reaper: reaped process 1831 (batch-job), now anon-rss:0kB, file-rss:0kB, shmem-rss:56kB
//
// The reaper is a thread of its own, so it goes by the pid alone.
func (p *parser) reaped(rec *event.Record) bool {
	rest, ok := bytes.CutPrefix(rec.Msg, reapedWords)
	if !ok {
		return false
	}
	pid, rest, ok := pidOf(rest)
	_, left, ok2 := lastCut(rest, "), now anon-rss:")
	if !ok || !ok2 {
		return false
	}
	r, v := p.victim(rec, pid)
	if v != nil {
		v.Reaped = true
		v.LeftAnonKB, v.LeftFileKB, v.LeftShmemRSSKB = kb(left, ""), kb(left, "file-rss:"), kb(left, "shmem-rss:")
	}
	if r != nil {
		r.step(rec, "reaped", pid)
	}
	return true
}

// unreaped reads that the reaper gave up on a victim's memory:
//
//	oom_reaper: unable to reap pid:1831 (batch-job)
//
// Source: mm/oom_kill.c, oom_reap_task.
func (p *parser) unreaped(rec *event.Record) bool {
	rest, ok := bytes.CutPrefix(rec.Msg, []byte("oom_reaper: unable to reap pid:"))
	pid, _, ok2 := pidOf(rest)
	if !ok || !ok2 {
		return false
	}
	r, v := p.victim(rec, pid)
	if v != nil {
		v.Unreaped = true
	}
	if r != nil {
		r.step(rec, "unreaped", pid)
	}
	return true
}

// pinned reads, 4.8 and later, that init shares the victim's memory, which so
// is not freed:
//
//	oom killer 1831 (batch-job) has mm pinned by 1 (systemd)
func (p *parser) pinned(rec *event.Record) bool {
	rest, ok := bytes.CutPrefix(rec.Msg, []byte("oom killer "))
	pid, rest, ok2 := pidOf(rest)
	if !ok || !ok2 || !bytes.Contains(rest, []byte(") has mm pinned by ")) {
		return false
	}
	if r, _ := p.victim(rec, pid); r != nil {
		r.step(rec, "pinned", pid)
	}
	return true
}

// victim returns the youngest report that killed or chose pid, and the victim
// if there is a kill line of it.
func (p *parser) victim(rec *event.Record, pid int) (*report, *event.Victim) {
	for i := len(p.open) - 1; i >= 0; i-- {
		r := p.open[i]
		if !r.ofHost(rec) {
			continue
		}
		for j := range r.d.Victims {
			if v := &r.d.Victims[j]; v.PID == pid {
				return r, v
			}
		}
		if len(r.d.Victims) == 0 && r.d.Chosen != nil && r.d.Chosen.PID == pid {
			return r, nil
		}
	}
	return nil, nil
}

// exiting reads, 5.9 and later, where a kill line would stand:
//
//	Memory cgroup out of memory: OOM victim 13770 (celery) is already exiting. Skip killing the task
//
// It can be of one member of a group. Else nobody is killed.
func (p *parser) exiting(rec *event.Record) bool {
	if !bytes.HasSuffix(rec.Msg, exitingWords) {
		return false
	}
	rest, ok := after(rec.Msg, ": OOM victim ")
	pid, _, ok2 := pidOf(rest)
	if !ok || !ok2 {
		return false
	}
	r, _ := p.victim(rec, pid)
	if r == nil {
		r = p.last(rec, func(r *report) bool { return !r.finished && r.d.Chosen == nil && r.lists(pid) })
	}
	if r != nil {
		r.endBody()
		r.finished = true
		r.step(rec, "exiting", pid)
	}
	return true
}

// nobody reads, 4.19 and later, that everybody is exempt:
//
//	Out of memory and no killable processes...
func (p *parser) nobody(rec *event.Record, emit func(event.Event)) bool {
	if !bytes.HasPrefix(rec.Msg, []byte("Out of memory and no killable processes...")) {
		return false
	}
	if p.told(rec) {
		return true
	}
	r := p.current(rec)
	if r == nil {
		r = p.headless(rec, emit)
	}
	r.endBody()
	r.d.NoKillable, r.finished = true, true
	r.step(rec, "no-killable", 0)
	return true
}

// panicked reads the end of a machine with vm.panic_on_oom, or of one that has
// nobody left to kill:
//
//	Kernel panic - not syncing: out of memory. panic_on_oom is selected
//	Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled
//	Kernel panic - not syncing: Out of memory and no killable processes...
//	Kernel panic - not syncing: System is deadlocked on memory
//
// The first is of kernels to 2.6.35, the third to 4.18, the last of 4.19 and
// later.
func (p *parser) panicked(rec *event.Record, emit func(event.Event)) bool {
	rest, ok := bytes.CutPrefix(rec.Msg, []byte("Kernel panic - not syncing: "))
	deadlocked := bytes.HasPrefix(rest, []byte("System is deadlocked on memory"))
	if !ok || !deadlocked && !bytes.HasPrefix(rest, []byte("Out of memory")) && !bytes.HasPrefix(rest, []byte("out of memory")) {
		return false
	}
	if p.told(rec) {
		return true
	}
	r := p.last(rec, func(r *report) bool { return !r.finished || deadlocked && r.d.NoKillable && r.d.Panic == "" })
	if r == nil {
		r = p.headless(rec, emit)
	}
	r.endBody()
	r.d.Panic, r.finished = event.Cut(rest), true
	r.d.NoKillable = r.d.NoKillable || bytes.HasPrefix(rest, []byte("Out of memory and no killable"))
	r.step(rec, "panic", 0)
	return true
}
