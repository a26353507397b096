// Package systemd reads what systemd says of the units that it runs when their
// processes are killed: that the OOM killer struck in a unit, how its processes
// ended, and the decisions of its own to end one.
//
// In come records whose speaker is systemd, as process 1 or as the manager of a
// user, without the head of a journal's or a syslog's line. Out come events with
// the bodies event.UnitOOM, UnitExit, UnitStop and ProgramStart; the same of what
// systemctl status and systemctl show write of units. A unit's name is taken as it is
// printed, escapes (\x2d) and all, as it stands in a cgroup's path too.
//
// What the lines are worth is left to the correlator: one about a slice, or about
// user@1000.service, tells of whatever is below it, once more and up to a minute
// late. On cgroup v1 systemd sees no kill of the OOM killer and says "signal" of
// it, as of every other SIGKILL.
//
// The lines are from src/core/unit.c, service.c, scope.c and cgroup.c of systemd
// 219 to 259, and known by their words: the fields that stand beside them in a
// journal (UNIT, MESSAGE_ID) say no more.
package systemd

import (
	"bytes"
	"strconv"

	"oomtrace/parsers/event"
)

// New returns a parser for systemd's records of one log.
func New() event.Parser { return parser{} }

// Literals returns strings one of which stands in every record that gives an event.
func Literals() []string {
	all := []string{runs}
	for _, s := range sayings {
		all = append(all, s.literal)
	}
	return all
}

// A parser keeps nothing: each line tells all that it tells.
type parser struct{}

// Read emits what rec tells, at once.
func (parser) Read(rec *event.Record, emit func(event.Event)) {
	if version, ok := starting(rec.Msg); ok {
		emit(event.New(rec, event.ProgramStart{Program: "systemd", Version: version}))
		return
	}
	unit, rest, ok := cutUnit(rec.Msg)
	if !ok {
		return
	}
	for _, s := range sayings {
		if !bytes.Contains(rest, []byte(s.literal)) {
			continue
		}
		if body := s.read(unit, rest); body != nil {
			emit(event.New(rec, body))
			return
		}
	}
}

// End has nothing to emit.
func (parser) End(func(event.Event)) {}

// A saying is one that systemd has of a unit. What it reads stands behind the
// unit's name.
type saying struct {
	literal string
	read    func(unit string, b []byte) event.Body // nil where it is another one
}

// sayings are tried in this order.
var sayings = []saying{
	// 243 to 255, and from about 256 on.
	{"process of this unit has been killed by the OOM killer", killed},
	{"The kernel OOM killer killed some processes in this unit", killed},
	{"systemd-oomd killed ", killedByOomd},
	{"Failed with result '", result},
	{"rocess exited, code=", exited},
	// To 239 without "State".
	{"timed out. Killing", stop("it did not end in time after systemd had asked it to (a stop timeout)", true)},
	{"timed out. Terminating", stop("it did not start or reload in time (a start timeout)", false)},
	{"Watchdog timeout", stop("its watchdog timeout struck", true)},
	{"reached runtime time limit", stop("it ran for as long as it may (RuntimeMaxSec)", false)},
	{"with signal SIGKILL", killing},
	{" on client request", asked},
}

const runs = " running in system mode"

// starting reads the version of a systemd that begins to run as process 1:
//
//	systemd 219 running in system mode. (+PAM +AUDIT ...
//	systemd 257.13-1~deb13u1 running in system mode (+PAM +AUDIT ...
//
// Source: systemd, src/core/main.c.
func starting(b []byte) (version string, ok bool) {
	b, ok = bytes.CutPrefix(b, []byte("systemd "))
	word, _, ok2 := bytes.Cut(b, []byte(runs))
	if !ok || !ok2 || len(word) == 0 || len(word) > maxWord || word[0] < '0' || word[0] > '9' || bytes.IndexByte(word, ' ') >= 0 {
		return "", false
	}
	return string(word), true
}

func killed(unit string, _ []byte) event.Body {
	return event.UnitOOM{Unit: unit, Count: event.NotPrinted}
}

// killedByOomd reads, 248 and later:
//
//	systemd-oomd killed 3 process(es) in this unit.
//	systemd-oomd killed some process(es) in this unit.
func killedByOomd(unit string, b []byte) event.Body {
	rest, ok := bytes.CutPrefix(b, []byte("systemd-oomd killed "))
	word, behind, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok || !ok2 || !bytes.HasPrefix(behind, []byte("process")) {
		return nil
	}
	count, err := strconv.Atoi(string(word))
	if err != nil || count < 0 {
		count = event.NotPrinted
	}
	return event.UnitOOM{Unit: unit, By: "systemd-oomd", Count: count}
}

// result reads how a unit ended, 235 and later:
//
//	Failed with result 'oom-kill'.
func result(unit string, b []byte) event.Body {
	rest, ok := bytes.CutPrefix(b, []byte("Failed with result '"))
	word, _, ok2 := bytes.Cut(rest, []byte("'"))
	switch {
	case !ok || !ok2:
	case string(word) == "oom-kill":
		return event.UnitOOM{Unit: unit, Result: true, Count: event.NotPrinted}
	case string(word) == "timeout":
		return event.UnitStop{Unit: unit, Why: "systemd gives a timeout as the reason of its end"}
	case string(word) == "watchdog":
		return event.UnitStop{Unit: unit, Why: "systemd gives its watchdog as the reason of its end"}
	}
	return nil
}

// exited reads the end of one of a unit's processes, if it is by SIGKILL or looks
// like a shell's word about one:
//
//	Main process exited, code=killed, status=9/KILL
//	main process exited, code=killed, status=9/KILL
//	Main process exited, code=exited, status=137/n/a
//
// The second is of 219.
func exited(unit string, b []byte) event.Body {
	process, rest, ok := bytes.Cut(b, []byte(" process exited, code="))
	code, rest, ok2 := bytes.Cut(rest, []byte(", status="))
	status, _, ok3 := bytes.Cut(rest, []byte("/"))
	if !ok || !ok2 || !ok3 || len(process) == 0 || len(process) > maxWord {
		return nil
	}
	body := event.UnitExit{Unit: unit, Process: string(bytes.ToLower(process)), ExitCode: event.NotPrinted}
	switch string(code) + " " + string(status) {
	case "killed 9", "dumped 9":
		body.Signal = 9
	case "exited 137":
		body.ExitCode = 137
	default:
		return nil
	}
	return body
}

func stop(why string, kill bool) func(string, []byte) event.Body {
	return func(unit string, _ []byte) event.Body { return event.UnitStop{Unit: unit, Why: why, Kill: kill} }
}

// killing reads which process systemd kills itself:
//
//	Killing process 1666 (sleep) with signal SIGKILL.
func killing(unit string, b []byte) event.Body {
	rest, ok := bytes.CutPrefix(b, []byte("Killing process "))
	pid, ok2 := pidOf(rest)
	if !ok || !ok2 {
		return nil
	}
	return event.UnitStop{Unit: unit, PID: pid, Kill: true, Why: "systemd killed what was left of the unit"}
}

// asked reads that somebody had systemd send a signal, 246 and later:
//
//	Sent signal SIGKILL to main process 1204 (imgworker) on client request.
func asked(unit string, b []byte) event.Body {
	rest, ok := bytes.CutPrefix(b, []byte("Sent signal "))
	signal, rest, ok2 := bytes.Cut(rest, []byte(" to "))
	_, rest, ok3 := bytes.Cut(rest, []byte("process "))
	pid, ok4 := pidOf(rest)
	if !ok || !ok2 || !ok3 || !ok4 || len(signal) > maxWord {
		return nil
	}
	return event.UnitStop{Unit: unit, PID: pid, Kill: string(signal) == "SIGKILL", Why: "somebody had systemd send " + string(signal) + " (systemctl kill)"}
}

// pidOf reads "1666 (sleep)".
func pidOf(b []byte) (pid int, ok bool) {
	word, _, ok := bytes.Cut(b, []byte(" ("))
	pid, err := strconv.Atoi(string(word))
	return pid, ok && err == nil && pid > 0
}

const (
	maxWord = 32  // bytes, of what systemd calls a process or a signal
	maxUnit = 255 // bytes, of a unit's name: UNIT_NAME_MAX
)

// cutUnit cuts the name of a unit off, and the colon behind it. To 239 some lines
// have none: "mailer.service stop-sigterm timed out. Killing."
func cutUnit(msg []byte) (unit string, rest []byte, ok bool) {
	i := bytes.IndexByte(msg[:min(len(msg), maxUnit+2)], ' ')
	if i < 0 {
		return "", nil, false
	}
	unit = string(bytes.TrimSuffix(msg[:i], []byte(":")))
	return unit, msg[i+1:], IsUnit(unit)
}

// IsUnit reports whether a name is one of a unit that can have processes of its
// own or below it: what systemd's man page systemd.unit allows, and the type.
func IsUnit(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != ':' && c != '-' && c != '_' && c != '.' && c != '\\' && c != '@' {
			return false
		}
	}
	for _, kind := range [...]string{".service", ".scope", ".slice", ".socket", ".mount", ".swap"} {
		if len(name) > len(kind) && len(name) <= maxUnit && name[len(name)-len(kind):] == kind {
			return true
		}
	}
	return false
}
