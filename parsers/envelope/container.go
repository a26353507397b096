package envelope

import (
	"bytes"
	"encoding/json"
	"time"

	"oomtrace/parsers/event"
)

// openCRI takes off the container runtime's framing: stamp, stream, F, message.
// Parts of a long line, marked P, are joined before what is within is opened:
// CRIPart tells them. containerd writes UTC or the node's zone, conmon local
// time with its offset.
func openCRI(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	st, stream, _, msg, ok := cri(rec.Msg)
	if !ok {
		return false
	}
	rec.Stamps.Add(st)
	rec.Speaker, rec.Msg = stream, msg
	return true
}

// CRIPart reports whether line is part of a longer one whose rest follows, and
// how long what stands before its text is.
func CRIPart(line []byte) (head int, partial bool) {
	_, _, tag, msg, ok := cri(line)
	return len(line) - len(msg), ok && tag == 'P'
}

func cri(b []byte) (st event.Stamp, stream string, tag byte, msg []byte, ok bool) {
	if len(b) < 24 || b[4] != '-' || b[10] != 'T' {
		return st, "", 0, nil, false
	}
	t, loc, _, rest, ok := isoTime(b)
	if !ok || loc == nil || len(rest) < 9 {
		return st, "", 0, nil, false
	}
	stream = string(rest[:8])
	if stream != " stdout " && stream != " stderr " {
		return st, "", 0, nil, false
	}
	tags, msg, _ := bytes.Cut(rest[8:], []byte(" "))
	if len(tags) == 0 || tags[0] != 'F' && tags[0] != 'P' || len(tags) > 1 && tags[1] != ':' {
		return st, "", 0, nil, false
	}
	// Trailing zeros may have been cut off, so the step is always a nanosecond.
	return event.Stamp{Clock: event.Wall, Wall: in(t, loc), Step: time.Nanosecond}, stream[1:7], tags[0], msg, true
}

// openDockerJSON takes off docker's json-file:
//
//	{"log":"text\n","stream":"stderr","time":"2026-11-23T09:01:41.645457050Z"}
func openDockerJSON(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || !bytes.HasPrefix(rec.Msg, []byte(`{"log":`)) {
		return false
	}
	var v struct{ Log, Stream, Time string }
	if json.Unmarshal(rec.Msg, &v) != nil || v.Stream != "stdout" && v.Stream != "stderr" {
		return false
	}
	t, err := time.Parse(time.RFC3339Nano, v.Time)
	if err != nil || t.Year() < 1970 {
		return false
	}
	rec.Stamps.Add(event.Stamp{Clock: event.Wall, Wall: t, Step: time.Nanosecond})
	rec.Speaker, rec.Msg = v.Stream, bytes.TrimRight([]byte(v.Log), "\r\n")
	return true
}

// openTimestamps takes off what kubectl logs --timestamps and docker logs -t
// put before each line, alone or behind the name of whose line it is: RFC 3339
// with all nine digits of the nanoseconds.
//
//	2026-11-23T09:01:41.645457050Z text
//
// Which of its two streams the container wrote to is not told; it is called
// stdout. Sources: kubelet (cri-client), pkg/logs, timeFormatOut; moby,
// jsonmessage.RFC3339NanoFixed.
func openTimestamps(rec *event.Record) bool {
	switch rec.Shape {
	case "":
		if rec.Speaker != "" {
			return false
		}
	case "kubectl", "compose", "stern":
	default:
		return false
	}
	b := rec.Msg
	if len(b) < 30 || b[10] != 'T' || b[19] != '.' {
		return false
	}
	t, loc, step, rest, ok := isoTime(b)
	msg, blank := cut(rest, " ")
	if !ok || loc == nil || step != time.Nanosecond || len(rest) > 0 && !blank {
		return false
	}
	rec.Stamps.Add(event.Stamp{Clock: event.Wall, Wall: in(t, loc), Step: step})
	rec.Speaker, rec.Msg = "stdout", msg
	return true
}
