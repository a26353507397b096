package systemd

import (
	"bytes"

	"oomtrace/parsers/event"
)

// SniffShow says whether a text that begins with head is what systemctl show writes
// of units: their properties, one a line.
func SniffShow(head []byte) bool {
	first, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	name, _, ok := bytes.Cut(first, []byte("="))
	if !ok || len(name) == 0 || len(name) > maxWord {
		return false
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	has := func(property string) bool {
		return bytes.HasPrefix(head, []byte(property)) || bytes.Contains(head, []byte("\n"+property))
	}
	return has("Id=") && (has("Result=") || has("ExecMainStatus=") || has("ActiveState="))
}

// NewShow returns a parser for what systemctl show writes. Its records are the lines;
// an empty one is between two units. Whatever properties were not asked for, -p, are
// not there.
//
//	Result=oom-kill
//	ExecMainExitTimestamp=Tue 2026-11-24 06:10:29 UTC
//	ExecMainCode=2
//	ExecMainStatus=9
//	MemoryPeak=268435456
//	Id=worker.service
//	ActiveState=failed
//	InactiveEnterTimestamp=Tue 2026-11-24 06:10:29 UTC
//
// ExecMainCode is the kernel's: 1 for an exit, 2 for a signal, 3 with a core dump.
// Source: src/systemctl/systemctl-show.c, src/core/dbus-execute.c.
func NewShow() event.Parser { return &properties{} }

// properties are what is known of the unit that is being read.
type properties struct {
	u    state
	file string
	code string // ExecMainCode
	stat string // ExecMainStatus
}

// Read takes a line.
func (s *properties) Read(rec *event.Record, emit func(event.Event)) {
	line := bytes.TrimRight(rec.Msg, " \r")
	if len(line) == 0 {
		s.End(emit)
		return
	}
	if s.u.line == 0 {
		s.u = state{line: rec.Line, exitCode: event.NotPrinted, loaded: true}
		s.file = rec.File
	}
	key, v, ok := bytes.Cut(line, []byte("="))
	if !ok || len(v) == 0 || len(v) > maxUnit {
		return
	}
	value := string(v)
	switch string(key) {
	case "Id":
		s.u.unit = value
	case "ActiveState":
		s.u.is = value
	case "Result":
		s.u.result = value
	case "ExecMainCode":
		s.code = value
	case "ExecMainStatus":
		s.stat = value
	case "ExecMainExitTimestamp":
		s.u.exited = stampOf(value)
	case "InactiveEnterTimestamp":
		s.u.changed = stampOf(value)
	case "MemoryPeak", "MemoryMax", "OOMPolicy":
	default:
		return
	}
	if s.u.told != "" {
		s.u.told += " "
	}
	s.u.told += string(key) + "=" + value
	if len(s.u.told) > event.MaxText {
		s.u.told = s.u.told[:event.MaxText]
	}
}

// End emits the unit that is being read.
func (s *properties) End(emit func(event.Event)) {
	switch s.code + " " + s.stat {
	case "2 9", "3 9":
		s.u.signal = 9
	case "1 137":
		s.u.exitCode = 137
	}
	if s.u.is == "" && !s.u.exited.Wall.IsZero() {
		s.u.is = "inactive" // not asked for; what has a time of its end has ended
	}
	if s.u.changed.Clock == event.None {
		s.u.changed = s.u.exited
	}
	if IsUnit(s.u.unit) {
		s.u.emit(s.file, emit)
	}
	*s = properties{}
}
