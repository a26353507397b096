package parsers

import (
	"bytes"
	"time"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
	"oomtrace/parsers/paste"
)

// A style is what the first lines of a text say of it.
type style struct {
	name     string          // the outermost envelope of most lines; plain without any
	opener   envelope.Opener // of the lines
	first    event.Stamps
	stamped  bool // lines have stamps, so that one without has that of another
	kernel   bool // the kernel's lines without any envelope (dmesg --notime)
	relative bool // the stamps are deltas
	indents  bool // a record's further lines are indented
	width    int  // by so many blanks; 0: all of them
	down     int  // how often a line's time was before that of the one in front, less how often after
	before   event.Stamps
	ties     []event.Stamps
	speakers []event.Record // one of each speaker and host, without their messages
}

const sniffLines = 200

// sniff looks at the first lines of a text. Where no envelope knows any of them,
// one is learned from them: tags without a time, or a time; and so is which
// program's stamps they have, where two write them alike.
func sniff(head []byte, from *event.Container) style {
	lines := firstLines(head)
	st := style{name: "plain"}
	st.opener.Klogd = from == nil && envelope.LearnKlogd(lines)
	if monotonic, ok := envelope.LearnMonotonic(lines); ok && from == nil {
		st.opener.Learned = &monotonic
	}
	st.look(lines, from)
	if st.name == "plain" && from == nil {
		if tagged, ok := envelope.LearnTagged(lines); ok {
			st.kernel, st.opener.Learned = false, &tagged
			st.look(lines, from)
		}
	}
	if st.name == "plain" && !st.kernel {
		if learned, ok := envelope.Learn(lines); ok {
			st.opener.Learned = &learned
			st.look(lines, from)
		}
	}
	st.shape()
	st.opener.Prefer = st.name
	return st
}

func firstLines(head []byte) (lines [][]byte) {
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		if len(lines) == sniffLines {
			break
		}
		lines = append(lines, envelope.Bare(bytes.TrimSuffix(line, []byte("\r"))))
	}
	return lines
}

// look opens the lines and finds out which envelope most of them have.
func (st *style) look(lines [][]byte, from *event.Container) {
	counts := map[string]int{}
	kernelish := 0
	var msgs [][]byte // of the kernel's
	for _, line := range lines {
		st.opener.Prefer = st.name
		rec := event.Record{Msg: line, From: from}
		name := st.opener.Open(&rec)
		if name == "" {
			if len(bytes.TrimSpace(line)) > 0 {
				counts[""]++
				kernelish += kernelLike(line)
			}
			continue
		}
		if counts[name]++; counts[name] > counts[st.name] {
			st.name = name
		}
		if rec.Speaker == "kernel" {
			msgs = append(msgs, rec.Msg)
		}
		st.stamps(&rec)
		st.speaks(&rec)
	}
	st.opener.Vendor = envelope.LearnVendor(msgs)
	st.kernel = from == nil && counts[st.name] == 0 && kernelish*10 > counts[""]*6
}

// speaks notes who speaks in the log, and on which host.
func (st *style) speaks(rec *event.Record) {
	for i := range st.speakers {
		if o := &st.speakers[i]; o.Speaker == rec.Speaker && o.Host == rec.Host && o.Shape == rec.Shape {
			o.PID++ // how often
			return
		}
	}
	if len(st.speakers) < maxTies {
		st.speakers = append(st.speakers, event.Record{Speaker: rec.Speaker, Host: rec.Host, Shape: rec.Shape, PID: 1, From: rec.From})
	}
}

func (st *style) stamps(rec *event.Record) {
	outer := rec.Stamps.Outer()
	if outer.Clock == event.None {
		return
	}
	st.stamped = true
	if a := st.before.Outer(); a.Clock == outer.Clock {
		st.down += inOrder(a, outer)
	}
	st.before = rec.Stamps
	if outer.Clock == event.Relative {
		st.relative = true
	}
	if st.first.Outer().Clock == event.None {
		st.first = rec.Stamps
	}
	if rec.Stamps[1].Clock != event.None && len(st.ties) < maxTies {
		st.ties = append(st.ties, rec.Stamps)
	}
}

// shape says how the printers of each format go on with a record of several
// lines: dmesg and journalctl indent, in a log of an application each line
// stands alone.
func (st *style) shape() {
	switch st.name {
	case "dmesg", "syslog", "journal-monotonic":
		st.indents = true
	case "plain":
		if st.kernel {
			st.name, st.relative = "dmesg", false
		}
	}
}

// looks are how lines begin, for whoever mends a file.
var looks = paste.Looks{
	Begin: func(line []byte) (paste.Kind, int) {
		var o envelope.Opener
		rec := event.Record{Msg: envelope.Bare(line)}
		outer := o.Open(&rec)
		n := max(0, len(line)-len(rec.Msg))
		tag := 0
		if outer == "" || envelope.IsLoose(outer) {
			tag = envelope.KernelTag(line)
		}
		switch {
		case tag > 0:
			return paste.Kernel, tag
		case outer == "":
			return paste.Unknown, 0
		case rec.Speaker == "kernel":
			return paste.Kernel, n
		case envelope.IsLoose(outer):
			return paste.Loose, n
		}
		return paste.Known, n
	},
	Words: func(line []byte) bool { return len(line) > 0 && kernelLike(line) > 0 },
}

// kernelLike returns 1 for a line that the kernel prints within a report and
// hardly anybody else does.
func kernelLike(line []byte) int {
	for _, sign := range [][]byte{
		[]byte("oom-killer: gfp_mask=0x"), []byte("oom-kill:constraint="), []byte("ut of memory: Killed process "),
		[]byte("Call Trace:"), []byte("Hardware name: "), []byte("[  pid  ]"), []byte("RIP: "), []byte("RSP: "), []byte("RAX: "), []byte("RDX: "),
		[]byte("RBP: "), []byte("R10: "), []byte("R13: "), []byte("Code: "), []byte("Mem-Info:"), []byte("Memory cgroup stats for "), []byte("memory: usage "),
		[]byte("segfault at "), []byte("Linux version "), []byte("CPU: "), []byte("oom_reaper: "), []byte("</TASK>"), []byte("<TASK>"),
		[]byte("Pid: "), []byte("Mem-info:"), []byte("lowmem_reserve[]:"), []byte("kB min:"), []byte("inactive_anon:"), []byte("inactive_file:"),
		[]byte("slab_reclaimable:"), []byte(" pagetables:"), []byte("pages RAM"), []byte("pages reserved"), []byte("total pagecache pages"),
		[]byte("Free swap"), []byte("Total swap"), []byte("hugepages_total="), []byte(": high "), []byte(" btch:"), []byte("*4kB "), []byte("Kill process "),
		[]byte(" tgid total_vm "),
	} {
		if bytes.Contains(line, sign) {
			return 1
		}
	}
	if i := bytes.Index(line, []byte("+0x")); i > 0 && bytes.IndexByte(line[i:], '/') > 0 {
		return 1 // a frame of a call trace
	}
	return statOrRow(line)
}

// statOrRow knows "workingset_refault_anon 0" and "[  14622]     0 14622 ...".
func statOrRow(line []byte) int {
	if pid, rest, ok := bytes.Cut(bytes.TrimPrefix(line, []byte("[")), []byte("]")); ok && line[0] == '[' && allDigits(bytes.TrimLeft(pid, " ")) {
		if f := bytes.Fields(rest); len(f) > 6 && allDigits(f[0]) && allDigits(f[1]) && allDigits(f[2]) {
			return 1
		}
		return 0
	}
	name, value, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(name) == 0 || len(value) == 0 || len(value) > 20 {
		return 0
	}
	if allDigits(value) {
		return 1
	}
	return 0
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// A relative sums the deltas of dmesg's reltime and delta forms. Where reltime
// writes a minute instead, the sum starts anew from it, as a yearless time that
// is a minute wide.
type relative struct {
	since  time.Duration
	minute *event.Stamp
	last   event.Stamps
}

func (s *relative) add(stamps *event.Stamps) {
	switch st := &stamps[0]; {
	case st.Clock == event.Relative && s.minute != nil:
		s.since += st.Since
		*st = event.Stamp{Clock: event.Yearless, Wall: s.minute.Wall.Add(s.since), Step: time.Minute}
	case st.Clock == event.Relative:
		s.since += st.Since
		st.Since = s.since
	case st.Clock == event.Yearless:
		s.minute, s.since = &event.Stamp{Wall: st.Wall}, 0
	default:
		return
	}
	s.last = *stamps
}
