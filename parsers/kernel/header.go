package kernel

import (
	"bytes"

	"oomtrace/parsers/event"
)

// A header is what the first line of a report says.
type header struct {
	trigger  event.Trigger
	nodemask string // to 4.20; "" if not printed
}

// parseInvoked reads the header of a report:
//
//	python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969
//	java invoked oom-killer: gfp_mask=0x6200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null), order=0, oom_score_adj=0
//
// The second is of 4.15 to 4.20. It names the thread that asked for memory.
// Source: mm/oom_kill.c, dump_header.
func parseInvoked(msg []byte) (h header, ok bool) {
	comm, rest, ok := bytes.Cut(msg, []byte(" invoked oom-killer: gfp_mask="))
	if !ok || len(comm) > maxComm {
		return h, false
	}
	mask, rest, ok := bytes.Cut(rest, []byte(", "))
	if !ok || len(mask) > 512 {
		return h, false
	}
	nodes, rest, ok := bytes.Cut(rest, []byte("order="))
	order, rest, ok2 := number(rest)
	rest, ok3 := after(rest, "oom_score_adj=")
	adj, _, ok4 := number(rest)
	h.trigger = event.Trigger{Comm: string(comm), PID: event.NotPrinted, Order: int(order), OOMScoreAdj: int(adj)}
	h.trigger.GFPMask, h.trigger.GFPFlags = parseMask(mask)
	if list, found := bytes.CutPrefix(nodes, []byte("nodemask=")); found {
		h.nodemask = event.Cut(bytes.TrimRight(list, ", "))
	}
	return h, ok && ok2 && ok3 && ok4
}

// parseMask reads "0x100cca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO)".
func parseMask(mask []byte) (hex string, flags []string) {
	digits, names, _ := bytes.Cut(mask, []byte("("))
	for n := range bytes.SplitSeq(bytes.TrimSuffix(names, []byte(")")), []byte("|")) {
		if len(n) > 0 {
			flags = append(flags, string(n))
		}
	}
	return string(digits), flags
}

// begin opens a report with its header. What the same caller printed before is
// over.
func (p *parser) begin(rec *event.Record, h header, emit func(event.Event)) {
	for _, o := range p.open {
		if !o.finished && rec.Caller != "" && o.caller == rec.Caller && o.ofHost(rec) {
			o.lose()
		}
	}
	r := p.add(rec, emit)
	r.d.Trigger, r.d.Nodemask, r.d.SysRq = &h.trigger, h.nodemask, h.trigger.Order == -1
	r.inTrace = true
	r.step(rec, "invoked", 0)
}

// cpuset reads the line behind the header, to 4.20. It names the last component
// of the path, for the asking task. Source: kernel/cgroup/cpuset.c,
// cpuset_print_current_mems_allowed.
//
//	java cpuset=cc6b369add7d52448ae406800daa01f4836195e51190d9ee922fd685446f8368 mems_allowed=0-1
func (r *report) cpuset(msg []byte) bool {
	t := r.d.Trigger
	if t == nil || r.d.Cpuset != "" {
		return false
	}
	rest, ok := bytes.CutPrefix(msg, []byte(t.Comm+" cpuset="))
	set, _, ok2 := lastCut(rest, " mems_allowed=")
	if ok && ok2 {
		r.d.Cpuset = event.Cut(set)
	}
	return ok && ok2
}

var cpuPrefix = []byte("CPU: ")

// A cpuLine is what the CPU: line says of the asking task.
type cpuLine struct {
	pid  int
	comm string
	tail []byte // taint flags and release; empty if the line ends before
}

// parseCPU reads the line about the asking task, a thread:
//
//	CPU: 0 UID: 0 PID: 14628 Comm: python3 Not tainted 6.18.44 #1 PREEMPT(none)
//	CPU: 1 PID: 560 Comm: numabound Tainted: G        W         5.10.0-46-cloud-amd64 #1
//	CPU: 0 PID: 21154 Comm: python Kdump: loaded Not tainted 4.19.4 #1
//
// Source: lib/dump_stack.c, dump_stack_print_info.
func parseCPU(msg []byte) (c cpuLine, ok bool) {
	pid, name, ok := parseCPUHead(msg)
	if at := max(bytes.LastIndex(name, []byte(" Not tainted ")), bytes.LastIndex(name, []byte(" Tainted: "))); at >= 0 {
		name, c.tail = name[:at], name[at:]
		name = bytes.TrimSuffix(name, []byte(" Kdump: loaded"))
	}
	c.pid, c.comm = pid, string(name)
	return c, ok && len(name) <= maxComm
}

// parseCPUHead reads the line up to the name and returns what follows.
func parseCPUHead(msg []byte) (pid int, name []byte, ok bool) {
	if !bytes.HasPrefix(msg, cpuPrefix) {
		return 0, nil, false
	}
	rest, ok := after(msg, " PID: ")
	pid, rest, ok2 := pidOf(rest)
	name, ok3 := bytes.CutPrefix(rest, []byte(" Comm: "))
	return pid, name, ok && ok2 && ok3
}

// cpu takes the CPU: line if it is the asking task's: another may print between,
// and then the stack that follows is that one's. Where the log made records of
// the pieces of a comm with newlines, the header has its last piece only.
func (r *report) cpu(msg []byte) bool {
	c, ok := parseCPU(msg)
	if !ok {
		return false
	}
	t := r.d.Trigger
	r.inTrace = t != nil && t.PID == event.NotPrinted && (c.comm == t.Comm || endsWithPiece(c.comm, t.Comm))
	if r.inTrace {
		t.PID, t.Comm, r.d.Release = c.pid, c.comm, release(c.tail)
	}
	return r.inTrace
}

func endsWithPiece(comm, piece string) bool {
	return len(comm) > len(piece) && comm[len(comm)-len(piece)-1:] == "\n"+piece
}

// release returns the kernel's release, the first word with a digit in front
// after the taint flags.
func release(tail []byte) string {
	for word := range bytes.FieldsSeq(tail) {
		if word[0] >= '1' && word[0] <= '9' && bytes.IndexByte(word, '.') > 0 {
			return event.Cut(word)
		}
	}
	return ""
}

const maxFrames = 64

// frame reads a line of the call trace: "  try_charge_memcg+0x439/0x700".
func (r *report) frame(line []byte) bool {
	line = bytes.TrimLeft(line, " ")
	for _, begin := range [...]string{"Hardware name:", "Call Trace:", "Workqueue:", "? "} { // "?": the unwinder is not sure
		if bytes.HasPrefix(line, []byte(begin)) {
			return r.inTrace
		}
	}
	name, rest, ok := bytes.Cut(line, []byte("+0x"))
	if !r.inTrace || !ok || bytes.IndexByte(rest, '/') < 0 || bytes.IndexByte(name, ' ') >= 0 || len(name) > 128 {
		return false
	}
	if len(r.d.Frames) < maxFrames {
		name, _, _ = bytes.Cut(name, []byte(".")) // .cold, .constprop
		r.d.Frames = append(r.d.Frames, string(name))
	}
	return true
}
