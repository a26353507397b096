package kernel

import (
	"bytes"

	"oomtrace/parsers/event"
)

// A cutLine is a line whose rest is in the records that follow, for one of two
// reasons. A comm in it holds a newline, and what wrote the log (the console,
// busybox dmesg, klogd) makes a line of each piece. Or it is a selection line
// with paths too long for one record of the kernel's, which then goes on in a
// second one (kernel/printk, continued lines).
type cutLine struct {
	rec event.Record // of its first piece, without Msg
	msg []byte       // the pieces so far
}

func newCutLine(rec *event.Record) *cutLine {
	c := &cutLine{rec: *rec, msg: bytes.Clone(rec.Msg)}
	c.rec.Msg = nil
	return c
}

// isCut reports whether rec is the first piece of a line that has to be read
// whole. The CPU: line matters only to a report that waits for it.
func (p *parser) isCut(rec *event.Record) bool {
	if extentOf(rec.Msg) != cutShort {
		return false
	}
	if !bytes.HasPrefix(rec.Msg, cpuPrefix) && !bytes.HasPrefix(rec.Msg, pidPrefix) {
		return true
	}
	r := p.current(rec)
	return r != nil && r.d.Trigger != nil && r.d.Trigger.PID == event.NotPrinted
}

// goOn adds rec to the line that is being put together, and reads the line once
// it is whole. Where rec is no piece of it, the line is read as it is.
func (p *parser) goOn(rec *event.Record, emit func(event.Event)) bool {
	c := p.cut
	joined, ok := c.join(rec)
	if !ok {
		p.endCut(emit)
		return false
	}
	if c.msg = joined; extentOf(joined) == whole {
		p.cut, c.rec.Msg = nil, joined
		p.line(&c.rec, emit)
	}
	return true
}

// endCut reads the line that is being put together as it is: it was whole after
// all, or the log does not hold its rest. A kill line names the process first.
func (p *parser) endCut(emit func(event.Event)) {
	c := p.cut
	if p.cut = nil; c == nil {
		return
	}
	c.rec.Msg = c.msg
	_, ok := parseKilled(c.msg)
	if k, cut := parseCutKill(c.msg); cut && !ok {
		p.killed(&c.rec, k, emit)
		return
	}
	p.line(&c.rec, emit)
}

// join returns the line with rec behind it, if rec can be its next piece.
func (c *cutLine) join(rec *event.Record) ([]byte, bool) {
	if rec.Host != c.rec.Host || rec.Caller != c.rec.Caller || len(c.msg)+len(rec.Msg) >= maxSelection {
		return nil, false
	}
	selection := bytes.HasPrefix(c.msg, selectionPrefix)
	if selection && !bytes.Contains(c.msg, []byte(",task=")) {
		ok := len(rec.Msg) > 0 && (rec.Msg[0] == ',' || rec.Msg[0] == '/') && near(c.rec.Stamps, rec.Stamps, maxBetweenPieces)
		return append(c.msg, rec.Msg...), ok
	}
	if extentOf(rec.Msg) != unnamed || !sameMoment(c.rec.Stamps, rec.Stamps) {
		return nil, false
	}
	joined := append(append(c.msg, '\n'), rec.Msg...)
	switch extentOf(joined) {
	case unnamed:
		return nil, false
	case whole:
		_, ok := parseSelection(joined)
		return joined, ok || !selection
	}
	return joined, true
}

// An extent says how much of a line that holds a comm a record has.
type extent int

const (
	unnamed  extent = iota // it is no such line
	cutShort               // it ends within the comm, or before it, or can do so
	whole
)

// maxBefore is how far into a line a pid can begin.
const maxBefore = len(allocatingWords + ": Killed process ")

// extentOf says how much of a line msg is.
func extentOf(msg []byte) extent {
	if len(msg) > maxSelection {
		return unnamed
	}
	if rest, ok := bytes.CutPrefix(msg, selectionPrefix); ok {
		_, name, ok := lastCut(rest, ",task=")
		if !ok {
			return cutShort
		}
		return extentOfName(name, ",pid=")
	}
	if _, name, ok := parseCPUHead(msg); ok {
		return extentOfName(name, "ainted")
	}
	if rest, ok := bytes.CutPrefix(msg, reapedWords); ok {
		if e, ok := extentOfPid(rest, "), now anon-rss:"); ok {
			return e
		}
	}
	if at := bytes.Index(msg[:min(len(msg), maxBefore)], victimWords); at >= 0 {
		if e, ok := extentOfPid(msg[at+len(victimWords):], ") is already exiting"); ok {
			return e
		}
	}
	return extentOfKill(msg)
}

// extentOfPid says how much of "1831 (batch-job), behind" b is, if it begins so.
func extentOfPid(b []byte, behind string) (extent, bool) {
	_, rest, ok := pidOf(b)
	name, ok2 := bytes.CutPrefix(rest, []byte(" ("))
	if !ok || !ok2 {
		return unnamed, false
	}
	return extentOfName(name, behind), true
}

// extentOfKill says how much of a kill line msg is. Those of old kernels end
// with the name.
func extentOfKill(msg []byte) extent {
	k, name, ok := parseKillHead(msg)
	switch {
	case !ok:
		return unnamed
	case bytes.HasSuffix(name, []byte(")")) || bytes.HasSuffix(name, []byte(").")) || bytes.HasSuffix(name, []byte(" sharing same memory")):
		return whole
	case k.score:
		return extentOfName(name, ") score ")
	}
	for _, behind := range [...]string{") total-vm:", "), UID ", ") vsz:"} {
		if e := extentOfName(name, behind); e == whole {
			return e
		}
	}
	return extentOfName(name, ") total-vm:")
}

// extentOfName looks for what the kernel prints behind the comm at the start of
// b. If all of b has room in a comm, that may be a part of the name itself.
func extentOfName(b []byte, behind string) extent {
	comm, _, closed := lastCut(b, behind)
	switch {
	case len(comm) > maxComm:
		return unnamed
	case closed && len(b) >= commLen:
		return whole
	}
	return cutShort
}
