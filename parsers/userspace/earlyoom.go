package userspace

import (
	"bytes"

	"oomtrace/parsers/event"
)

// earlyoomWords stand in the lines of earlyoom's that are needed.
var earlyoomWords = []string{"sending SIG", "escalating to SIGKILL", "dryrun, not actually sending", "low memory! at or below ", "Low Memory! At or below ", "mem avail:", "Killing process ", "exited after "}

// An earlyoom is what earlyoom said last. It tells what it sees and what its
// limits are, then whom it sends which signal, and then only that it does not, in
// a dry run. So a kill is held back until its next word, or the log's end.
type earlyoom struct {
	avail, limits string
	held          *event.Event
	last          event.UserspaceKill
}

// read takes one line of earlyoom's:
//
//	mem avail:    32 of   359 MiB ( 8.99%), swap free:    0 of    0 MiB ( 0.00%)
//	low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%
//	sending SIGTERM to process 755 uid 0 "python3": badness 1184, VmRSS 279 MiB
//	escalating to SIGKILL after 0.8 seconds
//	process exited after 0.9 seconds
func (e *earlyoom) read(rec *event.Record, emit func(event.Event)) {
	switch msg := rec.Msg; {
	case bytes.HasPrefix(msg, []byte("dryrun, not actually sending")):
		e.held = nil
	case bytes.Contains(msg, []byte("exited after ")):
		e.end(emit)
	case bytes.HasPrefix(msg, []byte("mem avail:")):
		e.avail = oneBlank(msg)
	case bytes.HasPrefix(msg, []byte("low memory! at or below ")), bytes.HasPrefix(msg, []byte("Low Memory! At or below ")):
		e.limits = oneBlank(msg[len("low memory! "):])
	case bytes.HasPrefix(msg, []byte("escalating to SIGKILL")):
		if e.last.PID > 0 {
			e.last.Signal = 9
			e.hold(rec, emit)
		}
	default:
		b, ok := parseEarlyoom(msg)
		if !ok {
			return
		}
		if b.Why = e.limits; b.Why != "" && e.avail != "" {
			b.Why = e.avail + "; " + b.Why
		}
		e.last = b
		e.hold(rec, emit)
	}
}

func (e *earlyoom) hold(rec *event.Record, emit func(event.Event)) {
	e.end(emit)
	ev := event.New(rec, e.last)
	e.held = &ev
}

// end emits what was held back.
func (e *earlyoom) end(emit func(event.Event)) {
	if e.held != nil {
		emit(*e.held)
		e.held = nil
	}
}

// oneBlank returns a line with runs of blanks made one: earlyoom pads its numbers.
func oneBlank(msg []byte) string {
	return string(bytes.Join(bytes.Fields(msg[:min(len(msg), 256)]), []byte(" ")))
}

// parseEarlyoom reads whom earlyoom sends a signal:
//
//	sending SIGTERM to process 954 uid 0 "python3": oom_score 1186, oom_score_adj 0, VmRSS 275 MiB, cmdline "/usr/bin/python3 worker.py"
//	sending SIGTERM to process 755 uid 0 "python3": badness 1184, VmRSS 279 MiB
//	sending SIGTERM to process 755 "python3": badness 1184, VmRSS 279 MiB
//	Killing process 'python3' with signal 15, pid: 755, badness: 1184, VmRSS: 279 MiB
//	Killing process 755 python3
//
// They are of 1.8 (1.9 with oom_score_adj), 1.6, 1.3, 1.2 and 0.6.
func parseEarlyoom(msg []byte) (b event.UserspaceKill, ok bool) {
	b = event.UserspaceKill{By: "earlyoom", UID: event.NotPrinted, Signal: event.NotPrinted, RSSMiB: event.NotPrinted}
	if rest, old := bytes.CutPrefix(msg, []byte("Killing process ")); old {
		return b, parseOldEarlyoom(&b, rest)
	}
	rest, ok := bytes.CutPrefix(msg, []byte("sending "))
	signal, rest, ok2 := bytes.Cut(rest, []byte(" to process "))
	pid, rest, ok3 := number(rest)
	if !ok || !ok2 || !ok3 || pid <= 0 {
		return b, false
	}
	b.PID = pid
	if b.Signal, ok = signalOf(signal); !ok {
		return b, false
	}
	if uid, found := bytes.CutPrefix(rest, []byte(" uid ")); found {
		b.UID, rest, ok = number(uid)
	}
	name, found := bytes.CutPrefix(rest, []byte(` "`))
	comm, figures, ok4 := cutFigures(name)
	if !ok || !found || !ok4 || len(comm) > maxComm {
		return b, false
	}
	b.Comm = string(comm)
	setRSS(&b, figures, "VmRSS ")
	return b, true
}

// cutFigures cuts a name at the quote that ends it. A name can hold one too.
func cutFigures(b []byte) (comm, figures []byte, ok bool) {
	for _, sep := range []string{`": badness `, `": oom_score `} {
		if before, rest, found := bytes.Cut(b, []byte(sep)); found && (!ok || len(before) < len(comm)) {
			comm, figures, ok = before, rest, true
		}
	}
	return comm, figures, ok
}

func parseOldEarlyoom(b *event.UserspaceKill, rest []byte) bool {
	if pid, name, ok := number(rest); ok { // 0.6
		comm, ok := bytes.CutPrefix(name, []byte(" "))
		b.PID, b.Comm = pid, string(comm[:min(len(comm), maxComm)])
		return ok && pid > 0
	}
	comm, rest, ok := bytes.Cut(bytes.TrimPrefix(rest, []byte("'")), []byte("' with signal "))
	signal, rest, ok2 := bytes.Cut(rest, []byte(", pid: "))
	pid, rest, ok3 := number(rest)
	if !ok || !ok2 || !ok3 || pid <= 0 || len(comm) > maxComm {
		return false
	}
	b.PID, b.Comm = pid, string(comm)
	b.Signal, ok = signalOf(signal)
	setRSS(b, rest, "VmRSS: ")
	return ok
}

// setRSS takes how much the process held, in MiB.
func setRSS(b *event.UserspaceKill, figures []byte, name string) {
	_, rest, ok := bytes.Cut(figures, []byte(name))
	if n, rest, ok2 := number(rest); ok && ok2 && bytes.HasPrefix(rest, []byte(" MiB")) {
		b.RSSMiB = int64(n)
	}
}
