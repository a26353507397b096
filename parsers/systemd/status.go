package systemd

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// SniffStatus says whether head, the beginning of a text, holds what systemctl status
// writes of a unit above the unit's last lines of the journal.
func SniffStatus(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	_, begins := statusUnit(line)
	return (begins || bytes.Contains(line, []byte("systemctl "))) && bytes.Contains(head, []byte(" Loaded: ")) && bytes.Contains(head, []byte(" Active: "))
}

// ReadStatus emits what systemctl status says in head of the units that failed, where
// the lines of the journal below do not say it: these are others' to read. They have
// neither year nor zone, and are written in the zone of the times above them, which
// is what the readings tie that it returns.
//
//	× worker.service - Image worker
//	     Loaded: loaded (/etc/systemd/system/worker.service; static)
//	     Active: failed (Result: oom-kill) since Tue 2026-11-24 06:10:29 UTC; 2s ago
//	    Process: 755 ExecStart=/opt/app/imgworker (code=killed, signal=KILL)
//	   Main PID: 755 (code=killed, signal=KILL)
//	     Memory: 1.2M (peak: 256.0M)
//
// To 245 the sign is ● whatever the state. The unit's result is one of its last run:
// it is taken back at each start. Source: src/systemctl/systemctl-show.c,
// print_status_info (systemctl.c to 246).
func ReadStatus(head []byte, file string, emit func(event.Event)) (ties []event.Stamps) {
	u := state{below: head}
	left := 0 // lines of a unit's head that may follow
	n := 0
	flush := func() {
		if left > 0 {
			u.emit(file, emit)
			if st := u.changed; st.Clock == event.Wall && len(ties) == 0 {
				ties = append(ties, event.Stamps{{Clock: event.Yearless, Wall: st.Wall.AddDate(-st.Wall.Year(), 0, 0), Step: st.Step}, st})
			}
		}
		left = 0
	}
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		n++
		line = bytes.TrimRight(line, " \r")
		if unit, ok := statusUnit(line); ok {
			flush()
			u, left = state{unit: unit, line: n, below: head}, maxHead
			continue
		}
		if left == 0 {
			continue
		}
		if left--; len(line) == 0 || line[0] != ' ' {
			left++
			flush()
			continue
		}
		key, value, _ := bytes.Cut(bytes.TrimLeft(line, " "), []byte(": "))
		switch string(key) {
		case "Loaded":
			u.loaded = true
		case "Active":
			u.active(string(value))
		case "Main PID":
			u.ended(string(value))
		case "Memory":
			u.memory = "Memory: " + event.Cut(value)
		}
	}
	flush()
	return ties
}

// saidBelow reports whether systemd's lines of the journal say something of the unit.
func (u *state) saidBelow(words string) bool {
	for line := range bytes.Lines(u.below) {
		head, text, _ := bytes.Cut(line, []byte("]: "))
		at := bytes.LastIndexByte(head, '[')
		if at >= 0 && bytes.HasSuffix(head[:at], []byte(" systemd")) && bytes.HasPrefix(text, []byte(u.unit+": "+words)) {
			return true
		}
	}
	return false
}

// maxHead is how many lines systemctl status has above the journal's: the unit's
// processes are among them.
const maxHead = 4096

// statusUnit returns the unit of the first line of a status.
func statusUnit(line []byte) (unit string, ok bool) {
	sign, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(sign) == 0 || len(sign) > 4 {
		return "", false
	}
	switch string(sign) {
	case "●", "○", "×", "↻", "*", "x":
	default:
		return "", false
	}
	name, _, _ := bytes.Cut(rest, []byte(" - "))
	return string(name), IsUnit(string(name))
}

// A state is what systemctl says of a unit.
type state struct {
	unit     string
	line     int
	loaded   bool
	below    []byte // where the lines of the journal stand; nil if there are none
	is       string // failed, inactive, activating...
	result   string // "" for success
	changed  event.Stamp
	exited   event.Stamp // None where it is not told apart from changed
	signal   int
	exitCode int // NotPrinted
	told     string
	memory   string
}

// active takes the state, the result and since when.
func (u *state) active(value string) {
	u.told, u.exitCode = "Active: "+value, event.NotPrinted
	u.is, _, _ = strings.Cut(value, " ")
	if _, rest, ok := strings.Cut(value, "(Result: "); ok {
		u.result, _, _ = strings.Cut(rest, ")")
	}
	if _, since, ok := strings.Cut(value, " since "); ok {
		since, _, _ = strings.Cut(since, ";")
		u.changed = stampOf(since)
	}
}

// ended takes how the main process ended: "755 (code=killed, signal=KILL)".
func (u *state) ended(value string) {
	u.told += "; Main PID: " + value
	switch {
	case strings.Contains(value, "(code=killed, signal=KILL)"), strings.Contains(value, "(code=dumped, signal=KILL)"):
		u.signal = 9
	case strings.Contains(value, "(code=exited, status=137"):
		u.exitCode = 137
	}
}

// emit tells how a unit failed. What of a run that goes on, or begins again, is as it
// was, is told by its result alone.
func (u *state) emit(file string, emit func(event.Event)) {
	if !u.loaded || u.told == "" {
		return
	}
	say := func(st event.Stamp, b event.Body) {
		text := u.unit + ": " + u.told
		if u.memory != "" {
			text += "; " + u.memory
		}
		e := event.Event{Pos: event.Pos{File: file, Line: u.line}, Speaker: "systemd", Text: event.Cut([]byte(text)), Body: b}
		if st.Clock != event.None {
			e.Stamps.Add(st)
		}
		emit(e)
	}
	if u.result != "" && !u.saidBelow("Failed with result '") {
		if b := result(u.unit, []byte("Failed with result '"+u.result+"'")); b != nil {
			say(u.changed, b)
		}
	}
	if u.is != "failed" && u.is != "inactive" || u.signal == 0 && u.exitCode == event.NotPrinted || u.saidBelow("Main process exited, ") || u.saidBelow("main process exited, ") {
		return
	}
	at := u.exited
	if at.Clock == event.None {
		at = u.changed
	}
	say(at, event.UnitExit{Unit: u.unit, Process: "main", Signal: u.signal, ExitCode: u.exitCode, OOMKill: u.result == "oom-kill"})
}

// stampOf reads a time as systemctl writes it. The name of a zone but UTC says
// nothing for certain.
//
//	Tue 2026-11-24 06:10:29 UTC
//	Tue 2026-11-24 06:10:29.123456 CET
//	@1795500629
func stampOf(s string) event.Stamp {
	if n, ok := strings.CutPrefix(s, "@"); ok {
		if sec, err := strconv.ParseInt(n, 10, 64); err == nil && sec > 0 && sec < 1<<33 {
			return event.Stamp{Clock: event.Wall, Wall: time.Unix(sec, 0).UTC(), Step: time.Second}
		}
		return event.Stamp{}
	}
	f := strings.Fields(s)
	if len(f) != 4 {
		return event.Stamp{}
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999999", f[1]+" "+f[2])
	if err != nil || t.Year() < 1971 {
		return event.Stamp{}
	}
	st := event.Stamp{Clock: event.Zoneless, Wall: t, Step: time.Second}
	if strings.Contains(f[2], ".") {
		st.Step = time.Microsecond
	}
	if f[3] == "UTC" || f[3] == "GMT" {
		st.Clock = event.Wall
	}
	return st
}
