// Package kernel reads what the Linux OOM killer prints, from "invoked
// oom-killer" to the last "Killed process" line, and gathers the lines of one
// report into one event.OOMDump. It knows the reports of Linux 2.6.18 to 7.x, those
// of RHEL among them, on cgroup v1 and v2, and chooses a reading by the shape of
// a line, never by a version: vendors backport. The kills of Android's
// lowmemorykiller it knows for what they are.
//
// In come records whose speaker is the kernel, without any envelope; a record
// may hold several lines. Out come events with the bodies *event.OOMDump, in
// the order in which the reports began, event.Boot and event.LogGap. A report
// stays back for the reaper's line until four more have begun, a kernel boots
// or the log ends. Android's become event.LowMemoryKill. Whether a line was really the kernel's, and what moment its
// stamp is, is left to the reader and to correlate/clock; whose pod a cgroup
// is, to correlate/cgroup.
//
// The lines are from mm/oom_kill.c, mm/memcontrol.c (mm/memcontrol-v1.c from
// 6.12), mm/show_mem.c (mm/page_alloc.c to 6.4), drivers/tty/sysrq.c and
// kernel/panic.c. A comm is up to 15 bytes of anything but NUL, so each line is
// read from its fixed end towards the name.
//
// The kernel prints one report at a time (oom_lock), with other lines between.
// Yet a log can hold several that are half read: the end of one was lost, or
// the log is of several machines. A line goes to the report of its host, boot
// and caller, the youngest first; a choice and a kill go by pid and cgroup. Should
// the lines of two turn out to alternate, what could be of either is left out:
// see tangle.go.
package kernel

import (
	"bytes"
	"hash/maphash"
	"time"

	"oomtrace/parsers/event"
)

// Literals returns strings one of which stands in every line that this parser
// needs to be shown while no report is open. While one is, Open says so and it
// has to see every line.
func Literals() []string {
	return []string{
		"oom-killer: gfp_mask=", "oom-kill:constraint=", "Killed process ", "ill process ",
		"due to memory.oom.group set", "oom_reaper: reaped ", "oom_reaper: unable to reap ", ": OOM victim ",
		"no killable processes...", "not syncing: Out of memory", "not syncing: out of memory", "deadlocked on memory",
		"has mm pinned by ", "Manual OOM execution", "lowmemorykiller: ", "send sigkill to ",
		"Linux version ", "printk messages dropped", "oom_kill_process: ",
		"memory: usage ", "Memory cgroup stats for ", "tgid total_vm ",
		"killed as a result of limit of ", "Memory limit reached of cgroup ",
	}
}

const (
	maxOpen  = 4    // reports that are half read, or that late lines may belong to
	maxIdle  = 500  // records of something else after which an unfinished report is given up
	maxTasks = 2048 // rows after which a table is pruned; and victims of one report
	keepTop  = 256  // rows that pruning keeps by each order
	maxStats = 256
	maxBelow = 64 // cgroups below the one that ran full
	maxSteps = 2 * maxTasks
	maxTold  = 1 << 14 // lines that are known again
	maxComm  = 60      // bytes: 15 of the kernel's, each of which a log may write as \xNN or #NNN
)

type parser struct {
	open    []*report // oldest first
	scratch *scratch  // of all reports; nil before the first one
	cut     *cutLine  // whose rest is to come
	seen    int       // records so far
	// lines are what was told of what the OOM killer did; copied says that the
	// report which is being read stood in the log before.
	lines  map[uint64]bool
	copied bool
	// sysrq is when a person asked for a kill: the parser's count and the line.
	sysrq struct {
		seen int
		host string
	}
}

// told reports whether a line that says what the OOM killer did came before, in
// this log: two inputs of one syslog daemon that read the same buffer write each
// line twice, and a log can hold a piece of itself again. What has no stamp, or
// but a coarse one, can be two lines that are alike.
func (p *parser) told(rec *event.Record) bool {
	if !exact(rec.Stamps) {
		return false
	}
	h := lineHash(rec)
	if p.lines[h] {
		return true
	}
	switch {
	case p.lines == nil:
		p.lines = map[uint64]bool{}
	case len(p.lines) >= maxTold:
		clear(p.lines)
	}
	p.lines[h] = true
	return false
}

// lineHash tells a line from every other one, by its stamps and its text.
func lineHash(rec *event.Record) uint64 {
	return maphash.Comparable(seed, struct {
		stamps event.Stamps
		host   string
		msg    uint64
	}{rec.Stamps, rec.Host, maphash.Bytes(seed, rec.Msg)})
}

// exact reports whether stamps have a reading that tells lines apart.
func exact(stamps event.Stamps) bool {
	for _, s := range stamps {
		if s.Clock != event.None && s.Clock != event.Relative && s.Step <= time.Microsecond {
			return true
		}
	}
	return false
}

// New returns a parser for the kernel's records of one log.
func New() event.Parser { return &parser{} }

// Open reports whether the parser has to see every record of the kernel's,
// because a report or a line is half read.
func (p *parser) Open() bool {
	if p.cut != nil {
		return true
	}
	for _, r := range p.open {
		if !r.finished {
			return true
		}
	}
	return false
}

// Read takes one record of the kernel's.
func (p *parser) Read(rec *event.Record, emit func(event.Event)) {
	p.seen++
	if rec.Cut {
		p.unended(rec, emit)
		return
	}
	if p.cut != nil && p.goOn(rec, emit) {
		return
	}
	if !tells(rec.Msg) {
		p.body(rec, emit)
		return
	}
	if p.isCut(rec) {
		p.cut = newCutLine(rec)
		return
	}
	p.line(rec, emit)
}

// End emits what is half read.
func (p *parser) End(emit func(event.Event)) {
	p.endCut(emit)
	p.closeAll(emit)
}

func (p *parser) closeAll(emit func(event.Event)) {
	for len(p.open) > 0 {
		p.close(emit)
	}
	p.copied = false
}

// line reads one whole record.
func (p *parser) line(rec *event.Record, emit func(event.Event)) {
	if !p.outcome(rec, emit) && !p.aside(rec, emit) {
		p.body(rec, emit)
	}
}

// body reads a line that no outcome and nothing aside is.
func (p *parser) body(rec *event.Record, emit func(event.Event)) {
	r := p.bodyOf(rec)
	if isBody(rec.Msg) && (r == nil && !p.copied && !p.hears(rec) || r != nil && r.has(rec.Msg)) {
		r = p.headless(rec, emit)
	}
	if r != nil {
		r.body(rec, p.seen)
	}
	for _, r := range p.open {
		if !r.finished && p.seen-r.seen > maxIdle {
			r.lose()
		}
	}
}

// outcome reads the lines that say what the OOM killer was asked and did. Any
// of them can stand in a log alone.
func (p *parser) outcome(rec *event.Record, emit func(event.Event)) bool {
	if h, ok := parseInvoked(rec.Msg); ok {
		if p.copied = p.told(rec); !p.copied {
			p.begin(rec, h, emit)
		}
		return true
	}
	if s, ok := parseSelection(rec.Msg); ok {
		if !p.told(rec) {
			p.selected(rec, s, emit)
		}
		return true
	}
	if k, ok := parseKilled(rec.Msg); ok {
		if !p.told(rec) {
			p.killed(rec, k, emit)
		}
		return true
	}
	return p.ending(rec, emit)
}

// aside reads the kernel's lines that are no part of a report: a boot, and
// what says that lines are missing.
func (p *parser) aside(rec *event.Record, emit func(event.Event)) bool {
	if k, ok := parseLowMemoryKill(rec.Msg); ok {
		emit(event.New(rec, k))
		return true
	}
	if isSysRq(rec.Msg) {
		p.sysrq.seen, p.sysrq.host = p.seen, rec.Host
		return true
	}
	if release, ok := parseBoot(rec.Msg); ok {
		p.closeAll(emit)
		emit(event.New(rec, event.Boot{Release: release}))
		return true
	}
	dropped := bytes.HasPrefix(rec.Msg, []byte("*")) && bytes.Contains(rec.Msg, droppedWords)
	if !dropped && !isSuppressed(rec.Msg) {
		return false
	}
	for _, r := range p.open {
		if dropped && !r.finished {
			r.d.Truncated, r.lossy = true, true
		}
	}
	emit(event.New(rec, event.LogGap{What: event.Cut(rec.Msg)}))
	return true
}

// isSuppressed knows the rate limit's word that reports were left out:
//
//	oom_kill_process: 10 callbacks suppressed
func isSuppressed(msg []byte) bool {
	return bytes.HasPrefix(msg, []byte("oom_kill_process: ")) && bytes.HasSuffix(msg, []byte(" callbacks suppressed"))
}

// parseBoot reads the first line of a kernel. It wants what no comm has room
// for, since one can hold a newline and "Linux version 1".
//
//	Linux version 6.1.0-50-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 ...) #1 SMP
//
// Source: init/version.c, linux_banner.
func parseBoot(msg []byte) (release string, ok bool) {
	rest, ok := bytes.CutPrefix(msg, []byte("Linux version "))
	word, _, ok2 := bytes.Cut(rest, []byte(" ("))
	if !ok || !ok2 || len(word) == 0 || word[0] < '1' || word[0] > '9' || bytes.IndexByte(word, ' ') >= 0 {
		return "", false
	}
	return event.Cut(word), true
}
