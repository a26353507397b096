package kernel

import (
	"bytes"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// isSysRq knows the line by which SysRq-f is announced:
//
//	SysRq : Manual OOM execution
//	sysrq: SysRq : Manual OOM execution
//	sysrq: Manual OOM execution
//
// They are of kernels to 3.19, to 5.0 and later. Source: drivers/tty/sysrq.c.
func isSysRq(msg []byte) bool {
	msg = bytes.TrimPrefix(msg, []byte("sysrq: "))
	return bytes.Equal(bytes.TrimPrefix(msg, []byte("SysRq : ")), []byte("Manual OOM execution"))
}

// maxAnnounced is how many records may stand between the announcement and the
// report.
const maxAnnounced = 20

// askedFor reports whether the report that begins is of SysRq-f. To 4.2 only the
// line before it, and the worker that does it, say so.
func (p *parser) askedFor(rec *event.Record, h *header) bool {
	c := h.trigger.Comm
	worker := bytes.HasPrefix([]byte(c), []byte("kworker/")) || bytes.HasPrefix([]byte(c), []byte("events/"))
	return p.sysrq.seen > 0 && p.seen-p.sysrq.seen <= maxAnnounced && p.sysrq.host == rec.Host && worker
}

// parseLowMemoryKill reads what Android's driver, or its daemon in the kernel's
// log, prints of a kill by its own thresholds:
//
//	send sigkill to 1234 (com.example), adj 8, size 5420
//	lowmemorykiller: Killing 'com.example' (1234), adj 529,
//	   to free 5420kB on behalf of 'kswapd0' (38) because
//	lowmemorykiller: Kill 'com.example' (1234), uid 10010, oom_adj 900 to free 5420kB
//
// The size of the first is in pages, and is left. Sources:
// drivers/staging/android/lowmemorykiller.c (in trees to 4.9); lmkd.
func parseLowMemoryKill(msg []byte) (k event.LowMemoryKill, ok bool) {
	if len(msg) == 0 || msg[0] != 'l' && msg[0] != 's' {
		return k, false
	}
	k = event.LowMemoryKill{By: "lowmemorykiller", Adj: event.AdjNotPrinted, SizeKB: event.NotPrinted}
	rest, driver := bytes.CutPrefix(msg, []byte("lowmemorykiller: "))
	if behind, old := bytes.CutPrefix(rest, []byte("send sigkill to ")); old {
		pid, rest, ok := pidOf(behind)
		comm, rest, ok2 := lastCut(bytes.TrimPrefix(rest, []byte(" (")), "), adj ")
		k.PID, k.Comm = pid, string(comm)
		if n, _, isNumber := number(rest); isNumber && n >= -1000 && n <= 1000 {
			k.Adj = int(n)
		}
		return k, ok && ok2 && len(comm) <= maxComm
	}
	if !driver || !bytes.HasPrefix(rest, []byte("Kill")) {
		return k, false
	}
	_, rest, ok = bytes.Cut(rest, []byte(" '"))
	first, because, _ := bytes.Cut(rest, []byte("\n"))
	name, rest, ok2 := lastCut(first, "' (")
	pid, rest, ok3 := pidOf(rest)
	k.PID, k.Comm = pid, event.Cut(name)
	for _, key := range [...]string{"), adj ", ", oom_adj ", " oom_score_adj "} {
		if adj, ok := adjOf(rest, key); ok {
			k.Adj = adj
		}
	}
	k.SizeKB = max(kb(rest, " to free "), kb(because, "to free "))
	return k, ok && ok2 && ok3 && len(name) < 256
}

// unended reads the last entry of a log that has no line end, and so may have
// gone on, within a number too. Only what tells of the kill itself is taken of
// it, and of that no number at the end which can have had more digits.
func (p *parser) unended(rec *event.Record, emit func(event.Event)) {
	p.endCut(emit)
	_, _, isKill := parseKillHead(rec.Msg) // whose name may hold a newline
	if i := bytes.LastIndexByte(rec.Msg, '\n'); i >= 0 && !isKill {
		whole := *rec // of the lines of one record only the last can be cut
		whole.Msg, whole.Cut = rec.Msg[:i], false
		p.Read(&whole, emit)
		return
	}
	last := *rec
	last.Msg, last.Cut = sureOf(rec.Msg), false
	if k, _, ok := parseKillHead(last.Msg); ok {
		if named, ok := parseKilled(last.Msg); ok {
			k = named
			p.adjOfRow(&last, &k, rec.Msg[len(last.Msg):])
		}
		if !k.named(last.Msg) {
			k = p.completed(&last, k)
		}
		if !k.score || k.points != event.NotPrinted {
			p.killed(&last, k, emit)
		}
		return
	}
	if p.outcome(&last, emit) {
		return
	}
	if r := p.bodyOf(&last); r != nil && counterItem(last.Msg) != itemNone {
		r.counter(&last)
	}
}

// adjOfRow takes the oom_score_adj of a victim from its row of the task table, if
// the digits that are left on its own line are the beginning of it.
func (p *parser) adjOfRow(rec *event.Record, k *kill, digits []byte) {
	minus := bytes.HasSuffix(rec.Msg, []byte("oom_score_adj:-"))
	if len(digits) == 0 || !minus && !bytes.HasSuffix(rec.Msg, []byte("oom_score_adj:")) {
		return
	}
	left := string(digits)
	if minus {
		left = "-" + left
	}
	p.last(rec, func(r *report) bool {
		t := r.rowOf(k.victim.PID)
		if t == nil || !strings.HasPrefix(strconv.Itoa(t.OOMScoreAdj), left) {
			return false
		}
		k.victim.OOMScoreAdj, k.victim.AdjPrinted = t.OOMScoreAdj, true
		return true
	})
}

// named reports whether a kill line that may be cut goes on long enough behind
// the name: no name has room for that.
func (k *kill) named(msg []byte) bool {
	if k.score {
		return bytes.HasSuffix(msg, []byte(" or sacrifice child")) || bytes.HasSuffix(msg, []byte(" or a child")) || bytes.HasSuffix(msg, []byte(" and children."))
	}
	return k.sharing || k.victim.AnonRSSKB != event.NotPrinted
}

// completed takes the name of a victim whose line ends within it from the report
// that chose it. Else there is none: what is left may be a part of it.
func (p *parser) completed(rec *event.Record, k kill) kill {
	k.victim.Comm = ""
	p.last(rec, func(r *report) bool {
		if c := r.d.Chosen; c != nil && c.PID == k.victim.PID {
			k.victim.Comm = c.Comm
			return true
		}
		if t := r.rowOf(k.victim.PID); t != nil {
			k.victim.Comm = t.Comm
			return true
		}
		return false
	})
	return k
}

// sureOf returns msg without a number at its end that can have had more digits.
// An oom_score_adj is 1000 at most, so that three digits are all of it, but for
// 100.
func sureOf(msg []byte) []byte {
	head := bytes.TrimRight(msg, "0123456789")
	digits := msg[len(head):]
	isAdj := bytes.HasSuffix(bytes.TrimSuffix(head, []byte("-")), []byte("oom_score_adj")) ||
		bytes.HasSuffix(bytes.TrimRight(head, "=:-"), []byte("oom_score_adj"))
	switch {
	case len(digits) == 0, string(digits) == "0", isAdj && (len(digits) == 4 || len(digits) == 3 && string(digits) != "100"):
		return msg
	}
	return head
}
