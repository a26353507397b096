package kernel

import (
	"bytes"
	"strings"

	"oomtrace/parsers/event"
)

var selectionPrefix = []byte("oom-kill:constraint=")

// maxSelection bounds a selection line: two paths of 4095 bytes, and the rest.
const maxSelection = 16 << 10

// A selection is what the oom-kill: line says.
type selection struct {
	constraint, nodemask, cpuset, mems, oomMemcg, taskMemcg string
	chosen                                                  event.Chosen
}

// parseSelection reads the line that names who is chosen and why, 5.0 and later:
//
//	oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=python3,pid=14622,uid=0
//	oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=x,pid=1,uid=0
//
// A path may hold commas and equals signs, a name too: the last pid= and uid=
// are the kernel's. Without CONFIG_MEMCG no cgroup is named. Source:
// mm/oom_kill.c, dump_oom_victim (dump_oom_summary to 6.6); mm/memcontrol.c,
// mem_cgroup_print_oom_context.
func parseSelection(msg []byte) (s selection, ok bool) {
	rest, ok := bytes.CutPrefix(msg, selectionPrefix)
	if !ok || len(msg) > maxSelection {
		return s, false
	}
	rest, uid, ok := lastCut(rest, ",uid=")
	rest, pid, ok2 := lastCut(rest, ",pid=")
	u, tail, ok3 := number(uid)
	if !ok3 && len(uid) == 0 {
		u, ok3 = event.NotPrinted, true // the log ends within it
	}
	n, behind, ok4 := pidOf(pid)
	if !ok || !ok2 || !ok3 || !ok4 || len(behind) > 0 || len(tail) > 0 && tail[0] != ',' {
		return s, false
	}
	rest, comm, ok := cutComm(rest)
	if !ok {
		return s, false
	}
	s.chosen = event.Chosen{Comm: string(comm), PID: n, UID: int(u), Score: event.NotPrinted}
	head := s.places(rest)
	constraint, head, _ := bytes.Cut(head, []byte(",nodemask="))
	mask, head, _ := bytes.Cut(head, []byte(",cpuset="))
	set, nodes, _ := lastCut(head, ",mems_allowed=")
	s.constraint, s.nodemask, s.cpuset, s.mems = string(constraint), string(mask), string(set), nodeList(nodes)
	return s, true
}

// cutComm cuts b around ",task=". That can stand in the path before it, then
// what follows is too long for a comm.
func cutComm(b []byte) (before, comm []byte, ok bool) {
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], []byte(",task="))
		if i < 0 {
			return b, nil, false
		}
		at += i
		if comm := b[at+len(",task="):]; len(comm) <= maxComm {
			return b[:at], comm, true
		}
	}
}

// places reads the cgroups and returns what stands before them. The cpuset
// there is the last component of a path, which has no slash. Either path may
// hold the other's name: the task's begins with the one whose limit was hit.
func (s *selection) places(b []byte) (head []byte) {
	head, paths, ok := bytes.Cut(b, []byte(",oom_memcg=/"))
	if !ok {
		head, task, _ := bytes.Cut(b, []byte(",global_oom,task_memcg="))
		s.taskMemcg = string(task)
		return head
	}
	both := "/" + string(paths)
	const sep = ",task_memcg="
	for at := 0; ; {
		i := strings.Index(both[at:], sep)
		if i < 0 {
			return head
		}
		at += i
		oom, task := both[:at], both[at+len(sep):]
		inside := isInside(task, oom)
		if inside || s.oomMemcg == "" {
			s.oomMemcg, s.taskMemcg = oom, task
		}
		if inside {
			return head
		}
		at++
	}
}

func isInside(path, of string) bool {
	rest, ok := strings.CutPrefix(path, of)
	return ok && (rest == "" || rest[0] == '/' || of == "/")
}

// selected takes the selection line to the report whose table has its task.
func (p *parser) selected(rec *event.Record, s selection, emit func(event.Event)) {
	r := p.forSelection(rec, &s)
	if r == nil {
		r = p.headless(rec, emit)
	}
	p.wentOn(r)
	d := r.d
	d.Constraint, d.Nodemask, d.Cpuset, d.MemsAllowed = s.constraint, s.nodemask, s.cpuset, s.mems
	d.TaskMemcg, d.Chosen = s.taskMemcg, &s.chosen
	if s.oomMemcg != "" {
		d.OOMMemcg = s.oomMemcg
	}
	r.contradict(s.constraint)
	r.endBody()
	if d.HasTable && d.TasksCut == 0 && !r.lists(s.chosen.PID) {
		d.Truncated = true // its row at least is missing
	}
	r.step(rec, "chosen", s.chosen.PID)
}

// contradict takes back what the choice shows to be another report's: the kernel
// prints a cgroup's counters for a limit, and Mem-Info for all else. Then the
// header can be the other one's too, as where lines alternated.
func (r *report) contradict(constraint string) {
	other := itemMemHead
	mixed := r.memInfo
	if constraint != "CONSTRAINT_MEMCG" {
		other = itemMemory | itemMemsw | itemKmem | itemSwap | itemStats | itemStat
		mixed = r.d.Memory.Memory.Printed || r.d.Memory.StatMemcg != ""
	}
	for it := itemNone; mixed && it <= itemRow; it <<= 1 {
		if other&it != 0 {
			r.spent &^= it // or it would not be taken back
			r.lack(it)
		}
	}
	if t := r.d.Trigger; t != nil && (mixed || r.d.Tangled && t.PID == event.NotPrinted) && !r.asked(r.d.Chosen.PID) && !r.lists(t.PID) {
		r.behead()
	}
}

// behead takes the header back, with the asking task's stack.
func (r *report) behead() {
	r.d.Trigger, r.d.Nodemask, r.d.SysRq = nil, "", false
	r.unstep("invoked")
	r.spent &^= itemCPU | itemHardware
	r.lack(itemCPU)
	r.lack(itemHardware)
}

// forSelection returns the unfinished report that a selection line closes: one
// whose table lists the task and whose statistics are of the cgroup, else one
// that shows either, else the youngest, which may have neither. Where several
// are as good, and all go on, it is nobody's.
func (p *parser) forSelection(rec *event.Record, s *selection) *report {
	var best *report
	most, equal := -1, false
	for _, r := range p.open {
		if r.finished || r.d.Chosen != nil || !r.hears(rec) || !r.fits(s) {
			continue
		}
		evidence := 0
		if r.asked(s.chosen.PID) {
			evidence += 3
		}
		if r.lists(s.chosen.PID) {
			evidence++
		}
		if r.d.Memory.StatMemcg != "" {
			evidence++ // fits has compared it
		}
		if evidence < most {
			continue
		}
		equal = evidence == most && !best.lossy && best.soon(rec, maxBetweenLines)
		best, most = r, evidence
	}
	if best != nil && most < 3 && best.uncertain(rec) {
		equal = true
	}
	if equal {
		p.entangle(rec)
	}
	if best == nil || equal || most == 0 && (best.d.Tangled || best != p.current(rec)) {
		return nil
	}
	return best
}

// fits reports whether the cgroup that ran full is the one whose memory the
// report has shown.
func (r *report) fits(s *selection) bool {
	switch {
	case r.d.Memory.StatMemcg != "":
		return r.d.Memory.StatMemcg == s.oomMemcg
	case r.memInfo:
		return s.oomMemcg == ""
	}
	return true
}

// endBody notes that something is printed behind the task table.
func (r *report) endBody() {
	r.inTrace, r.inStat = false, false
	if r.inTable {
		r.inTable, r.d.TableWhole = false, true
		r.giveBack()
	}
}
