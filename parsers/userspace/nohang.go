package userspace

import (
	"bytes"

	"oomtrace/parsers/event"
)

// nohangWords stand in the lines of nohang's that are needed.
var nohangWords = []string{"PID: ", "Vm, MiB: ", "cgroup_v1: ", "cgroup_v2: ", "_threshold_m", " to the victim", "Executing the command: "}

// A nohang is what nohang said last: why it has to act, and of whom it thinks. It
// prints a block of lines, each of which is a record in a journal.
type nohang struct {
	victim event.UserspaceKill
	why    string
}

// read takes one record of nohang's:
//
//	MemAvailable [16 MiB, 4.5 %] <= soft_threshold_min_mem [18 MiB, 5.0 %]
//	  PID: 979, name: python3, badness: 1190
//	  PID:       979, name: python3, state: R (running), EUID: 0, SID: 979 (python3), lifetime: 2.0s
//	  Vm, MiB:   Size: 286, RSS: 281 (Anon: 275, File: 6, Shmem: 0), Swap: 0
//	  cgroup_v2: /system.slice/indexer.service
//	  Sending SIGTERM to the victim
//
// What it did before it counts up under "What happened in the last", in other
// words: these are no kills.
func (n *nohang) read(rec *event.Record, emit func(event.Event)) {
	for line := range bytes.SplitSeq(rec.Msg, []byte("\n")) {
		line = bytes.TrimSpace(line)
		switch {
		case bytes.HasPrefix(line, []byte("PID: ")):
			n.who(line[len("PID: "):])
		case bytes.HasPrefix(line, []byte("Vm, MiB: ")):
			n.size(line)
		case bytes.HasPrefix(line, []byte("cgroup_v1: ")), bytes.HasPrefix(line, []byte("cgroup_v2: ")):
			if path := bytes.TrimSpace(line[len("cgroup_v1: "):]); len(path) > 1 && len(path) <= maxPath && path[0] == '/' && n.victim.PID > 0 {
				n.victim.Memcg = string(path)
			}
		case bytes.Contains(line, []byte("_threshold_m")) && bytes.Contains(line, []byte("] ")):
			if low := bytes.HasPrefix(line, []byte("MemAvailable [")); low || n.why == "" {
				n.why = oneBlank(line) // the swap's line stands beside it, and says little
			}
		case bytes.HasPrefix(line, []byte("Sending ")):
			n.sent(rec, line, emit)
		}
	}
}

// who takes whom nohang looks at. The second line about a process says more.
func (n *nohang) who(b []byte) {
	pid, rest, ok := number(bytes.TrimLeft(b, " "))
	name, ok2 := bytes.CutPrefix(rest, []byte(", name: "))
	comm, behind, ok3 := bytes.Cut(name, []byte(", state: "))
	if !ok3 {
		comm, _, ok3 = bytes.Cut(name, []byte(", badness: "))
	}
	if !ok || !ok2 || !ok3 || pid <= 0 || len(comm) > maxComm {
		return
	}
	n.victim = event.UserspaceKill{By: "nohang", PID: pid, Comm: string(comm), UID: event.NotPrinted, RSSMiB: event.NotPrinted}
	if _, uid, ok := bytes.Cut(behind, []byte(", EUID: ")); ok {
		if n.victim.UID, _, ok = number(uid); !ok {
			n.victim.UID = event.NotPrinted
		}
	}
}

func (n *nohang) size(line []byte) {
	_, rest, ok := bytes.Cut(line, []byte("RSS: "))
	if mib, _, ok2 := number(rest); ok && ok2 && n.victim.PID > 0 {
		n.victim.RSSMiB = int64(mib)
	}
}

// sent reads which signal it sends.
func (n *nohang) sent(rec *event.Record, line []byte, emit func(event.Event)) {
	name, _, ok := bytes.Cut(line[len("Sending "):], []byte(" to the victim"))
	signal, ok2 := signalOf(name)
	if !ok || !ok2 || n.victim.PID == 0 {
		return
	}
	b := n.victim
	b.Signal, b.Why = signal, n.why
	emit(event.New(rec, b))
	n.victim, n.why = event.UserspaceKill{}, ""
}
