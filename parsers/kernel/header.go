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

// parseInvoked reads the header of a report, which names the thread that asked
// for memory:
//
//	oom-killer: gfp_mask=0x201d2, order=0
//	httpd invoked oom-killer: gfp_mask=0x201d2, order=0, oomkilladj=0
//	java invoked oom-killer: gfp_mask=0xd0, order=2, oom_adj=0, oom_score_adj=0
//	java invoked oom-killer: gfp_mask=0x14000c0(GFP_KERNEL), nodemask=(null),  order=0, oom_score_adj=-998
//	python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969
//
// They are of 2.6.18, 2.6.19, 2.6.36 (oom_adj alone from 2.6.32 on), 4.9 and
// 5.0. Source: mm/oom_kill.c, dump_header (oom_kill_process, out_of_memory).
func parseInvoked(msg []byte) (h header, ok bool) {
	if !mayInvoke(msg) {
		return h, false
	}
	comm, rest, ok := bytes.Cut(msg, invokedWords)
	if !ok {
		if rest, ok = bytes.CutPrefix(msg, invokedWords[len(" invoked "):]); !ok {
			return h, false
		}
		comm = nil
	}
	mask, rest, ok := bytes.Cut(rest, []byte(", "))
	nodes, rest, ok2 := bytes.Cut(rest, []byte("order="))
	order, rest, ok3 := number(rest)
	if !ok || !ok2 || !ok3 || len(comm) > maxComm || len(mask) > maxMask || order < -1 || order > 64 {
		return h, false
	}
	h.trigger = event.Trigger{Comm: string(comm), PID: event.NotPrinted, Order: int(order)}
	h.trigger.GFPMask, h.trigger.GFPFlags = parseMask(mask)
	if list, found := bytes.CutPrefix(nodes, []byte("nodemask=")); found {
		h.nodemask = event.Cut(bytes.TrimRight(list, ", "))
	}
	h.trigger.OOMScoreAdj, ok = adjOf(rest, ", oom_score_adj=")
	h.trigger.OOMAdj, ok2 = adjOf(rest, ", oom_adj=")
	if !ok2 {
		h.trigger.OOMAdj, ok2 = adjOf(rest, ", oomkilladj=")
	}
	return h, ok || ok2 || endsWithin(rest, ", oom_score_adj=-") || endsWithin(rest, ", oom_adj=-")
}

// endsWithin reports whether a line's end is a beginning of what stands there,
// so that the rest was lost, or is not printed.
func endsWithin(end []byte, words string) bool {
	return len(end) <= len(words) && words[:len(end)] == string(end)
}

// What stands between the name and the mask.
var invokedWords = []byte(" invoked oom-killer: gfp_mask=")

// maxMask is how long a mask with all its names can be, in bytes.
const maxMask = 512

// adjOf returns the number behind name, AdjNotPrinted and false if there is none.
func adjOf(b []byte, name string) (int, bool) {
	rest, ok := after(b, name)
	n, _, ok2 := number(rest)
	if !ok || !ok2 || n < -1000 || n > 1000 {
		return event.AdjNotPrinted, false
	}
	return int(n), true
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
	r.d.Trigger, r.d.Nodemask, r.d.SysRq = &h.trigger, h.nodemask, h.trigger.Order == -1 || p.askedFor(rec, &h)
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
	rest, ok := cutCpuset(msg, t.Comm)
	if !ok {
		return false
	}
	set, nodes, ok2 := lastCut(rest, " mems_allowed=")
	if ok2 {
		r.d.Cpuset, r.d.MemsAllowed = event.Cut(set), nodeList(nodes)
	}
	return ok2
}

// cutCpuset cuts the name and what is behind it off the line.
func cutCpuset(msg []byte, comm string) (rest []byte, ok bool) {
	if len(msg) < len(comm) || string(msg[:len(comm)]) != comm {
		return nil, false
	}
	return bytes.CutPrefix(msg[len(comm):], []byte(" cpuset="))
}

// nodeList returns a list of nodes as printed, "0-1,3"; "" if b is none.
func nodeList(b []byte) string {
	for _, c := range b {
		if (c < '0' || c > '9') && c != '-' && c != ',' {
			return ""
		}
	}
	return event.Cut(b)
}

// What the line about the asking task begins with: from 3.10 on, and before.
var (
	cpuPrefix = []byte("CPU: ")
	pidPrefix = []byte("Pid: ")
)

// A cpuLine is what the CPU: line says of the asking task.
type cpuLine struct {
	pid  int
	comm string
	tail []byte // taint flags and release; empty if the line ends before
}

// parseCPU reads the line about the asking task, a thread:
//
//	Pid: 1769, comm: java Not tainted 2.6.32-431.el6.x86_64 #1
//	CPU: 1 PID: 560 Comm: numabound Tainted: G        W         5.10.0-46-cloud-amd64 #1
//	CPU: 0 PID: 21154 Comm: python Kdump: loaded Not tainted 4.19.4 #1
//	CPU: 0 UID: 0 PID: 14628 Comm: python3 Not tainted 6.18.44 #1 PREEMPT(none)
//
// Source: lib/dump_stack.c, dump_stack_print_info; to 3.9
// arch/x86/kernel/dumpstack.c, dump_stack, which arm and others do not print.
func parseCPU(msg []byte) (c cpuLine, ok bool) {
	pid, name, ok := parseCPUHead(msg)
	if !ok {
		return c, false
	}
	if at := max(lastIndex(name, " Not tainted "), lastIndex(name, " Tainted: ")); at >= 0 {
		name, c.tail = name[:at], name[at:]
		name = bytes.TrimSuffix(name, []byte(" Kdump: loaded"))
	}
	c.pid, c.comm = pid, string(name)
	return c, len(name) <= maxComm
}

// parseCPUHead reads the line up to the name and returns what follows.
func parseCPUHead(msg []byte) (pid int, name []byte, ok bool) {
	before, behind := " PID: ", " Comm: "
	switch {
	case bytes.HasPrefix(msg, pidPrefix):
		before, behind = "Pid: ", ", comm: "
	case !bytes.HasPrefix(msg, cpuPrefix):
		return 0, nil, false
	}
	rest, ok := after(msg, before)
	pid, rest, ok2 := pidOf(rest)
	name, ok3 := bytes.CutPrefix(rest, []byte(behind))
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
	r.inTrace = t != nil && t.PID == event.NotPrinted && (c.comm == t.Comm || endsWithPiece(c.comm, t.Comm) || t.Comm == "")
	if r.inTrace {
		t.PID, t.Comm = c.pid, c.comm
		r.d.Taint, r.d.Release = kernelOf(c.tail)
	}
	return r.inTrace
}

func endsWithPiece(comm, piece string) bool {
	return len(comm) > len(piece) && comm[len(comm)-len(piece)-1:] == "\n"+piece
}

// kernelOf returns the taint flags, "" if there are none, and the kernel's
// release: the first word with a digit in front after them.
func kernelOf(tail []byte) (taint, release string) {
	flags, tainted := bytes.CutPrefix(tail, []byte(" Tainted: "))
	for word := range bytes.FieldsSeq(tail) {
		if word[0] >= '1' && word[0] <= '9' && bytes.IndexByte(word, '.') > 0 {
			release = event.Cut(word)
			flags, _, _ = bytes.Cut(flags, word)
			break
		}
	}
	if tainted && release != "" {
		taint = event.Cut(bytes.TrimRight(flags, " "))
	}
	return taint, release
}

const maxFrames = 64

// frame reads a line of the call trace:
//
//	 try_charge_memcg+0x439/0x700
//	 ? get_page_from_freelist+0x1/0x2
//	 [<ffffffff8112d4b1>] ? oom_kill_process+0x211/0x2d0
//	[<c0011110>] (unwind_backtrace) from [<c000d3c8>] (show_stack+0x10/0x14)
//
// Of those with a question mark the unwinder is not sure. They are kept apart:
// to 4.13 a kernel without frame pointers is sure of none. The last is arm's.
func (r *report) frame(line []byte) bool {
	if !r.inTrace {
		return false
	}
	for len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		line = line[1:]
	}
	if name, ok := bytes.CutPrefix(line, []byte("Hardware name: ")); ok {
		if r.d.Hardware == "" {
			r.d.Hardware = event.Cut(bytes.TrimRight(name, " "))
		}
		return true
	}
	if isTraceHead(line) {
		return true
	}
	name, unsure, ok := frameName(line)
	if !ok {
		return false
	}
	to := &r.d.Frames
	if unsure {
		to = &r.unsure
	}
	if *to == nil {
		*to = make([]string, 0, 16)
	}
	if len(*to) < maxFrames {
		*to = append(*to, r.scratch.names.of(name))
	}
	return true
}

// isTraceHead knows what stands before the frames, and around them.
func isTraceHead(line []byte) bool {
	if len(line) == 0 || line[0] != '<' && (line[0] < 'B' || line[0] > 'W') {
		return false
	}
	for _, begin := range [...]string{"Hardware name:", "Call Trace:", "Call trace:", "Backtrace:", "Workqueue:", "<TASK>", "</TASK>"} {
		if bytes.HasPrefix(line, []byte(begin)) {
			return true
		}
	}
	return false
}

// frameName returns the function of a frame, without .cold and .constprop.
func frameName(line []byte) (name []byte, unsure, ok bool) {
	addressed := false
	for len(line) > 0 && line[0] == '[' { // powerpc prints two
		_, rest, cut := bytes.Cut(line, []byte("] "))
		if !cut {
			return nil, false, false
		}
		line, addressed = trimBlanks(rest), true
	}
	line, unsure = bytes.CutPrefix(line, []byte("? "))
	for len(line) > 0 && (line[0] == '(' || line[0] == '.') {
		line = line[1:]
	}
	name, rest, ok := bytes.Cut(line, []byte("+0x"))
	if !ok || bytes.IndexByte(rest, '/') < 0 {
		return nil, unsure, false
	}
	if by, _, arm := bytes.Cut(line, []byte(") from [")); arm && addressed && len(by) < len(name) {
		name = by
	} else if by, _, arm := bytes.Cut(name, []byte(" from ")); arm {
		name = by
	}
	name, _, _ = bytes.Cut(name, []byte("."))
	return name, unsure, bytes.IndexByte(name, ' ') < 0 && len(name) > 0 && len(name) <= 128
}
