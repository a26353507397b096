package kernel

import (
	"bytes"
	"time"

	"oomtrace/parsers/event"
)

// A report is an OOMDump that is being read.
type report struct {
	d       *event.OOMDump
	first   event.Event // host, boot and so on of the line it began with
	caller  string
	scratch *scratch // the parser's
	lent    bool     // d.Tasks is in the scratch's room
	columns []column // of the task table, without pid and name
	inTrace bool     // the stack is the asking task's
	unsure  []string // frames with a question mark
	inStat  bool     // the lines of "Memory cgroup stats" are being read
	inTable bool
	memInfo bool             // lines of Mem-Info were seen
	mem     memState         // how far it is read
	words   string           // what stands before "Killed process"
	alone   int              // victims that were killed before their group: the chosen one
	doubts  map[*report]item // items that an older report waited for as well
	tangled map[*report]bool // older reports that went on after this one had begun
	spent   item             // items that are not taken any more
	sure    item             // items that name what is the report's alone
	odd     bool             // it was given lines that it did not wait for
	lossy   bool             // lines of it may be lost: the log says that some are
	// Of the last line that could have been another's.
	lastItem item
	lastHash uint64
	lastAt   event.Stamps
	// finished says that nothing of its body is to come: it has killed, or it
	// is certain that it does not, or the rest is lost.
	finished bool
	seen     int          // the parser's count at its last line
	at       event.Stamps // of its last line
	line     int          // of its last line
}

// add opens a report with rec. The oldest one has to go for it.
func (p *parser) add(rec *event.Record, emit func(event.Event)) *report {
	for len(p.open) >= maxOpen {
		p.close(emit)
	}
	if p.scratch == nil {
		p.scratch = new(scratch)
	}
	r := p.scratch.report()
	r.first, r.caller, r.seen, r.at, r.line = event.New(rec, nil), rec.Caller, p.seen, rec.Stamps, rec.Line
	p.open = append(p.open, r)
	return r
}

// headless opens a report whose beginning the log does not hold.
func (p *parser) headless(rec *event.Record, emit func(event.Event)) *report {
	r := p.add(rec, emit)
	r.d.Truncated = true
	return r
}

// current returns the report that a line of the body belongs to, or nil.
func (p *parser) current(rec *event.Record) *report {
	return p.last(rec, func(r *report) bool { return !r.finished })
}

// last returns the youngest report that rec can belong to and that is as
// wanted, or nil.
func (p *parser) last(rec *event.Record, wanted func(*report) bool) *report {
	for i := len(p.open) - 1; i >= 0; i-- {
		if r := p.open[i]; r.hears(rec) && wanted(r) {
			return r
		}
	}
	return nil
}

// hears reports whether some report that is half read can go on with rec.
func (p *parser) hears(rec *event.Record) bool { return p.current(rec) != nil }

// hears reports whether rec is of the same machine and boot, and of the same
// caller where the kernel prints it.
func (r *report) hears(rec *event.Record) bool {
	return r.ofHost(rec) && (rec.Caller == "" || r.caller == "" || rec.Caller == r.caller)
}

func (r *report) ofHostOf(o *report) bool {
	return r.first.Host == o.first.Host && r.first.BootID == o.first.BootID &&
		(r.caller == "" || o.caller == "" || r.caller == o.caller)
}

func (r *report) ofHost(rec *event.Record) bool {
	return r.first.Host == rec.Host && r.first.BootID == rec.BootID
}

// lose ends a report whose rest the log does not hold.
func (r *report) lose() {
	r.finished, r.d.Truncated = true, true
}

// close emits the oldest report.
func (p *parser) close(emit func(event.Event)) {
	r := p.open[0]
	for _, o := range p.open[1:] { // so that nothing keeps it
		delete(o.doubts, r)
		delete(o.tangled, r)
	}
	p.open = append(p.open[:0], p.open[1:]...)
	r.emit(emit)
	p.scratch.over = append(p.scratch.over, r)
}

// fragment is what a report's middle alone says.
const fragment = "the middle of a report of the OOM killer, without its first line and its kill line"

// emit hands on what was read, if it says what the OOM killer did; of a part
// that does not, that the rest is missing.
func (r *report) emit(emit func(event.Event)) {
	d := r.d
	says := d.Trigger != nil || d.Chosen != nil || len(d.Victims) > 0 || d.NoKillable || d.Panic != "" || d.GroupMemcg != "" || d.TaskMemcg != ""
	ev := r.first
	if len(d.Steps) == 0 || !says {
		if d.HasTable || d.Memory.Memory.Printed || d.Memory.StatMemcg != "" {
			ev.Body = event.LogGap{What: fragment}
			emit(ev)
		}
		return
	}
	if !r.finished {
		r.lose()
	}
	if d.Kind = r.kind(); len(d.Frames) == 0 && len(r.unsure) > 0 {
		d.Frames, r.unsure, d.FramesUnsure = r.unsure, d.Frames, true
	}
	r.prune(keepTop)
	r.giveBack()
	ev.Pos, ev.Stamps, ev.Text, ev.Body = d.Steps[0].Pos, d.Steps[0].Stamps, d.Steps[0].Text, d
	emit(ev)
}

// kind says what ran out: as the selection line states it, else as far as the
// other lines prove it.
func (r *report) kind() string {
	switch r.d.Constraint {
	case "CONSTRAINT_NONE":
		return "global"
	case "CONSTRAINT_CPUSET":
		return "cpuset"
	case "CONSTRAINT_MEMORY_POLICY":
		return "mempolicy"
	case "CONSTRAINT_MEMCG":
		return "memcg"
	}
	if r.d.Memory.Memory.Printed || r.d.OOMMemcg != "" || r.words == memcgWords {
		return "memcg"
	}
	for _, f := range r.d.Frames {
		switch f {
		case "mem_cgroup_out_of_memory", "mem_cgroup_oom_synchronize", "mem_cgroup_handle_oom":
			return "memcg"
		}
	}
	if r.memInfo || r.words != "" || r.d.Panic != "" || r.d.SysRq {
		return "global"
	}
	return ""
}

// step notes a line that tells what happened, and says whether there was room.
func (r *report) step(rec *event.Record, what string, pid int) bool {
	r.at, r.line = rec.Stamps, rec.Line
	if len(r.d.Steps) >= maxSteps {
		return false
	}
	if r.d.Steps == nil {
		r.d.Steps = make([]event.Step, 0, 6)
	}
	text := r.first.Text
	if text != string(rec.Msg) {
		text = event.Cut(rec.Msg)
	}
	r.d.Steps = append(r.d.Steps, event.Step{Pos: rec.Pos, Stamps: rec.Stamps, What: what, Text: text, PID: pid})
	return true
}

// rowOf returns the first row of the task table that has the pid, or nil.
func (r *report) rowOf(pid int) *event.Task {
	for i := range r.d.Tasks {
		if t := &r.d.Tasks[i]; t.PID == pid {
			return t
		}
	}
	return nil
}

// lists reports whether the task table has a row of that process.
func (r *report) lists(pid int) bool {
	for i := range r.d.Tasks {
		if r.d.Tasks[i].PID == pid || r.d.Tasks[i].TGID == pid {
			return true
		}
	}
	return false
}

// listsAll reports whether every process had a row that could be kept.
func (r *report) listsAll() bool { return r.d.TableWhole && r.d.TasksCut == 0 }

// soon reports whether rec came within d of the report's last step. Where the
// stamps cannot tell, lines have to.
func (r *report) soon(rec *event.Record, d time.Duration) bool {
	if gap, ok := between(r.at, rec.Stamps); ok {
		return gap.Abs() <= d
	}
	return rec.Line-r.line <= maxIdle
}

// between returns how long b is after a, by the kernel's own clock if both
// have it.
func between(a, b event.Stamps) (time.Duration, bool) {
	if x, ok := a.Of(event.Monotonic); ok {
		if y, ok := b.Of(event.Monotonic); ok {
			return y.Since - x.Since, true
		}
	}
	x, y := a.Outer(), b.Outer()
	switch {
	case x.Clock != y.Clock || x.Clock == event.None:
		return 0, false
	case x.Clock == event.Relative:
		return y.Since - x.Since, true
	}
	return y.Wall.Sub(x.Wall), true
}

// maxBetweenPieces is how far apart a log may stamp the pieces of one line.
// rsyslog stamps each when it is read.
const maxBetweenPieces = 10 * time.Millisecond

// sameMoment reports whether two records can be pieces of one that a newline
// cut: the kernel stamps it once.
func sameMoment(a, b event.Stamps) bool {
	for i := range a {
		switch {
		case a[i].Clock != b[i].Clock:
			return false
		case a[i].Clock == event.None, a[i].Clock == event.Relative:
		case a[i].Clock == event.Monotonic:
			if a[i].Since != b[i].Since {
				return false
			}
		default:
			if d := b[i].Wall.Sub(a[i].Wall); d < 0 || d > max(maxBetweenPieces, b[i].Step) {
				return false
			}
		}
	}
	return true
}

// near reports whether b is not before a, and at most d after it, as far as
// their stamps can tell.
func near(a, b event.Stamps, d time.Duration) bool {
	gap, ok := between(a, b)
	return !ok || gap >= 0 && gap <= max(d, b.Outer().Step)
}

// isBody reports whether msg is a line that only a report of the OOM killer
// has, so that one whose header is lost can begin with it.
func isBody(msg []byte) bool {
	if len(msg) == 0 {
		return false
	}
	switch msg[0] {
	default:
		return false
	case '[':
		return isTableHeader(msg)
	case 'M', 'm', 'T':
	}
	if bytes.HasPrefix(msg, statsPrefix) {
		return true
	}
	if rest, ok := bytes.CutPrefix(msg, memoryPrefix); ok {
		_, ok = parseCounter(rest)
		return ok
	}
	_, _, ok := parseLimit(msg)
	return ok
}

// has reports whether the report has such a line already: each is printed once.
func (r *report) has(msg []byte) bool {
	switch {
	case isTableHeader(msg):
		return r.d.HasTable
	case bytes.HasPrefix(msg, memoryPrefix):
		return r.d.Memory.Memory.Printed
	}
	_, memcg, ok := parseLimit(msg)
	return ok && r.d.OOMMemcg != "" && r.d.OOMMemcg != string(memcg)
}
