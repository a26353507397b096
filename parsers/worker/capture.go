package worker

import (
	"bytes"
	"fmt"
	"strings"

	"oomtrace/parsers/event"
)

// A capture is what stands in braces in a dialect's text: what to read there,
// and in which of the ways that programs have of writing it.
type capture uint8

const (
	noCapture capture = iota
	capturePID
	captureSupervisor
	captureName
	captureSignal
	captureNegSignal
	capture128Signal
	captureStatus
	captureCode
	captureTask
	captureAny
)

// captures are the names, as a text spells them.
var captures = [...]string{
	capturePID:        "pid",
	captureSupervisor: "supervisor",
	captureName:       "name",       // what the supervisor calls the worker
	captureSignal:     "signal",     // 9, SIGKILL, KILL, Killed; 0 for none
	captureNegSignal:  "-signal",    // -9, -SIGKILL: a negative exit code, as Python's
	capture128Signal:  "128+signal", // 137, as a shell's
	captureStatus:     "status",     // wait(2)'s: 9 is SIGKILL, 256 is exit code 1
	captureCode:       "code",       // an exit code, as it is
	captureTask:       "task",       // what the worker was doing
	captureAny:        "_",          // anything
}

// wantCapture lists them for an error.
func wantCapture() string {
	return "want one of {" + strings.Join(captures[1:], "} {") + "}"
}

const (
	maxPID   = 1<<31 - 1
	maxCode  = 1<<32 - 1
	maxFree  = 1 << 10 // bytes that {name}, {task} and {_} can span
	maxKept  = 120     // bytes that are kept of a name or a task
	maxPad   = 16      // blanks before a number
	maxSteps = 16      // captures in one text
)

// free reports whether the capture ends where the text goes on, and not by
// itself.
func (c capture) free() bool {
	return c == captureName || c == captureTask || c == captureAny
}

// A reading is what a text's captures say of one line. The bytes are the line's.
type reading struct {
	supervisor, pid int // 0: not said
	signal          int
	code            int // event.NotPrinted: not said
	name, task      []byte
}

// keep takes the bytes of a free capture. A name or a task is never empty.
func (g *reading) keep(c capture, b []byte) bool {
	switch c {
	case captureName:
		g.name = bytes.Trim(b, " \t")
		return len(g.name) > 0
	case captureTask:
		g.task = bytes.Trim(b, " \t\r")
		return len(g.task) > 0
	}
	return true
}

// read reads a capture that ends by itself at the start of b, behind blanks, and
// returns how many bytes that took.
func (g *reading) read(c capture, b []byte) (n int, ok bool) {
	pad := 0
	for pad < len(b) && pad < maxPad && b[pad] == ' ' {
		pad++
	}
	b = b[pad:]
	switch c {
	case capturePID:
		g.pid, n, ok = readInt(b, maxPID)
	case captureSupervisor:
		g.supervisor, n, ok = readInt(b, maxPID)
	case captureSignal:
		g.signal, n, ok = readSignal(b)
	case captureNegSignal:
		n, ok = g.readNegSignal(b)
	case capture128Signal:
		g.signal, n, ok = readInt(b, 128+maxSignal)
		g.signal -= 128
		ok = ok && g.signal > 0
	case captureStatus:
		n, ok = g.readStatus(b)
	case captureCode:
		g.code, n, ok = readInt(b, maxCode)
	}
	return pad + n, ok
}

func (g *reading) readNegSignal(b []byte) (n int, ok bool) {
	if len(b) == 0 || b[0] != '-' {
		return 0, false
	}
	g.signal, n, ok = readSignal(b[1:])
	return n + 1, ok && g.signal > 0
}

// readStatus reads a status of wait(2): the low seven bits are the signal, the
// eighth says that a core was written, the next byte is the exit code.
func (g *reading) readStatus(b []byte) (n int, ok bool) {
	v, n, ok := readInt(b, 0xffff)
	if g.signal = v & 0x7f; g.signal == 0 {
		g.code = v >> 8
	}
	return n, ok && g.signal <= maxSignal
}

// back reads a capture that stands before the first literal of a text, from the
// end of b, and returns where it begins.
func (g *reading) back(c capture, b []byte) (begin int, ok bool) {
	end := len(b)
	for end > 0 && len(b)-end < maxPad && b[end-1] == ' ' {
		end--
	}
	begin = end
	for begin > 0 && end-begin <= maxKept && isNameByte(b[begin-1]) {
		begin--
	}
	if c == captureName {
		g.name = b[begin:end]
		return begin, begin < end && end-begin <= maxKept
	}
	for begin < end && !isDigit(b[begin]) {
		begin++
	}
	n, ok := g.read(c, b[begin:end])
	return begin, ok && begin+n == end
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isNameByte reports whether c can be part of a name that nothing encloses.
func isNameByte(c byte) bool {
	return c > ' ' && c != '"' && c != '\'' && c != 0x7f
}

// String returns the reading as a dialect's sample spells it.
func (g reading) String() string {
	var f []string
	add := func(c capture, v any) { f = append(f, fmt.Sprintf("%s: %v", captures[c], v)) }
	if g.supervisor > 0 {
		add(captureSupervisor, g.supervisor)
	}
	if g.pid > 0 {
		add(capturePID, g.pid)
	}
	if len(g.name) > 0 {
		add(captureName, kept(g.name))
	}
	if g.signal > 0 {
		add(captureSignal, g.signal)
	}
	if g.code != event.NotPrinted {
		add(captureCode, g.code)
	}
	if len(g.task) > 0 {
		add(captureTask, kept(g.task))
	}
	return "{" + strings.Join(f, ", ") + "}"
}

// kept returns a copy of a name or a task, at most maxKept bytes of it: they can
// hold a user's data.
func kept(b []byte) string {
	return strings.ToValidUTF8(string(b[:min(len(b), maxKept)]), "")
}
