// Package userspace reads what the daemons say that watch a machine's memory and
// kill before the kernel has to: systemd-oomd, earlyoom, nohang, oomd.
//
// In come records of these speakers, and the lines that oomd writes to /dev/kmsg,
// without the head of a journal's or a syslog's line. Out come events with the
// body event.UserspaceKill, each when a signal was sent: not for what a daemon
// only considered, or did in a dry run. Its reason goes with it, as far as the
// lines before say it.
//
// systemd-oomd and oomd name a cgroup and no process, earlyoom a process and no
// cgroup, nohang both. Which unit a process was of, and what became of it, is
// left to others.
//
// Sources: systemd src/oom/oomd-manager.c (247 to 259); earlyoom kill.c and main.c
// (0.6 to 1.9); nohang src/nohang (0.1 to 0.3); oomd src/oomd/plugins/BaseKillPlugin.cpp.
package userspace

import (
	"bytes"
	"slices"
	"strconv"

	"oomtrace/parsers/event"
)

// OomdWords begin what oomd writes to the kernel's log when it has killed.
const OomdWords = "oomd kill: "

// Speaks reports whether a speaker is one of the daemons.
func Speaks(speaker string) bool {
	switch speaker {
	case "systemd-oomd", "earlyoom", "nohang", "nohang-desktop", "oomd":
		return true
	}
	return false
}

// New returns a parser for the daemons' records of one log.
func New() event.Parser { return &parser{} }

// Literals returns strings one of which stands in every record that this parser
// needs.
func Literals() []string {
	return slices.Concat([]string{OomdWords, "Killed /", "Marked /"}, earlyoomWords, nohangWords)
}

// A parser remembers what earlyoom and nohang said last: a kill is several lines.
type parser struct {
	early earlyoom
	nohang
}

// Read takes one record of a daemon's.
func (p *parser) Read(rec *event.Record, emit func(event.Event)) {
	switch {
	case bytes.HasPrefix(rec.Msg, []byte(OomdWords)):
		if b, ok := parseOomd(rec.Msg); ok {
			emit(event.New(rec, b))
		}
	case rec.Speaker == "systemd-oomd":
		if b, ok := parseSystemdOomd(rec.Msg); ok {
			emit(event.New(rec, b))
		}
	case rec.Speaker == "earlyoom":
		p.early.read(rec, emit)
	case rec.Speaker == "nohang", rec.Speaker == "nohang-desktop":
		p.nohang.read(rec, emit)
	}
}

// End emits what was held back.
func (p *parser) End(emit func(event.Event)) { p.early.end(emit) }

// parseSystemdOomd reads whom systemd-oomd killed and why; from 258 or 259 on it
// first marks a cgroup, and systemd tells that it was killed:
//
//	Killed /heavy.slice/analytics.service due to memory pressure for /heavy.slice being 83.41% > 5.00% for > 20s with reclaim activity
//	Killed /bulk.slice/render.service due to memory used (351342592) / total (371900416) and swap used (105197568) / total (167768064) being more than 60.00%
//	Marked /heavy.slice/analytics.service for killing due to memory pressure for /heavy.slice being ...
func parseSystemdOomd(msg []byte) (b event.UserspaceKill, ok bool) {
	b = event.UserspaceKill{By: "systemd-oomd", UID: event.NotPrinted, Signal: 9, RSSMiB: event.NotPrinted}
	rest, ok := bytes.CutPrefix(msg, []byte("Killed "))
	until := []byte(" due to ")
	if !ok {
		rest, ok = bytes.CutPrefix(msg, []byte("Marked "))
		until, b.Intended = []byte(" for killing due to "), true
	}
	path, why, ok2 := bytes.Cut(rest, until)
	if !ok || !ok2 || len(path) == 0 || path[0] != '/' || len(path) > maxPath {
		return b, false
	}
	b.Memcg, b.Why = string(path), event.Cut(why)
	return b, true
}

// maxPath is how long a cgroup's path can be, in bytes.
const maxPath = 4096

// parseOomd reads what oomd tells of a kill: the memory pressure of 10, 60 and 300
// seconds, the cgroup, how much it used in bytes, and by which rules:
//
//	oomd kill: 62.85 51.20 20.11 system.slice/import.service 2147483648 ruleset:[protect] detectorgroup:[pressure] killer:kill_by_memory_size_or_growth v2
//	oomd kill: 10.00 60.00 600.00 system.slice/import.service 1999 detector:swap,12345MB killer:kill_by_swap_usage v0
//
// The second is of before 2019. In a dry run there is "killer:(dry)".
func parseOomd(msg []byte) (b event.UserspaceKill, ok bool) {
	fields := bytes.SplitN(msg[len(OomdWords):], []byte(" "), 6)
	if len(fields) < 6 || bytes.Contains(fields[5], []byte("killer:(dry)")) || len(fields[3]) == 0 || len(fields[3]) > maxPath {
		return b, false
	}
	for _, f := range fields[:3] {
		if _, err := strconv.ParseFloat(string(f), 64); err != nil {
			return b, false
		}
	}
	used, err := strconv.ParseInt(string(fields[4]), 10, 64)
	if err != nil || used < 0 {
		return b, false
	}
	return event.UserspaceKill{By: "oomd", UID: event.NotPrinted, Signal: 9, RSSMiB: event.NotPrinted, Memcg: "/" + string(bytes.TrimPrefix(fields[3], []byte("/"))),
		Why: "memory pressure of " + string(fields[0]) + " % in the last 10 s, by its rules: " + event.Cut(fields[5])}, true
}

// number reads a decimal number at the start of b.
func number(b []byte) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(b) && i < 10 && b[i] >= '0' && b[i] <= '9' {
		n = n*10 + int(b[i]-'0')
		i++
	}
	return n, b[i:], i > 0
}

// signalOf returns the number of a signal by its name, of the two that are sent.
func signalOf(name []byte) (n int, ok bool) {
	switch string(name) {
	case "SIGTERM", "15":
		return 15, true
	case "SIGKILL", "9":
		return 9, true
	}
	return 0, false
}

// maxComm is how long a name is as printed, in bytes: 15 of the kernel's.
const maxComm = 60
