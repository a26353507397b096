package envelope

import (
	"bytes"
	"encoding/json"
	"math"
	"time"

	"oomtrace/parsers/event"
)

// openKlog takes off a klog header:
//
//	I1123 09:01:20.171146   14102 flags.go:64] text
//
// Month and day, local time, no year and no zone. In a file of its own the
// speaker is taken to be the kubelet, whose parser goes by the words. Some
// builds put the component's name before it ("kubelet I1123 ...", MicroShift).
// Source: k8s.io/klog, internal/buffer.
func openKlog(rec *event.Record) bool {
	if !ofDaemon(rec) {
		return false
	}
	b := rec.Msg
	if !isKlog(b) {
		if _, b, _ = cutWithin(b, 32, " "); !isKlog(b) {
			return false
		}
	}
	m, _ := digits(b[1:], 2)
	day, _ := digits(b[3:], 2)
	d, step, rest, ok1 := clockTime(b[6:])
	pid, rest, ok2 := leadingInt(bytes.TrimLeft(rest, " "))
	rest, ok3 := cut(rest, " ")
	source, msg, ok4 := cutWithin(rest, 128, "]")
	st, ok5 := yearless(time.Month(m), day, d, step)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || bytes.IndexByte(source, ':') < 0 || bytes.IndexByte(source, ' ') >= 0 {
		return false
	}
	rec.Stamps.Add(st)
	if rec.Speaker == "" {
		rec.Speaker = "kubelet"
	}
	rec.PID, rec.Msg = int(pid), bytes.TrimPrefix(msg, []byte(" "))
	return true
}

// isKlog reports whether b begins as klog's header does, "I1123 ".
func isKlog(b []byte) bool {
	if len(b) < 24 || b[0] != 'I' && b[0] != 'W' && b[0] != 'E' && b[0] != 'F' || b[5] != ' ' {
		return false
	}
	_, ok := digits(b[1:], 4)
	return ok
}

// openKlogJSON takes the stamp of a line of --logging-format=json, milliseconds
// since 1970, and leaves the object as the message:
//
//	{"ts":1795424956213.286,"caller":"pleg/generic.go:184","msg":"...","v":4}
func openKlogJSON(rec *event.Record) bool {
	if !ofDaemon(rec) || !bytes.HasPrefix(rec.Msg, []byte(`{"ts":1`)) {
		return false
	}
	var v struct {
		TS  float64 `json:"ts"`
		Msg *string `json:"msg"`
	}
	if json.Unmarshal(rec.Msg, &v) != nil || v.Msg == nil || v.TS < 1e11 || v.TS > 1e14 {
		return false
	}
	us := int64(math.Round(v.TS * 1000))
	rec.Stamps.Add(event.Stamp{Clock: event.Wall, Wall: time.UnixMicro(us).UTC(), Step: time.Microsecond})
	if rec.Speaker == "" {
		rec.Speaker = "kubelet"
	}
	return true
}

// openLogrus takes the stamp of a line of containerd, dockerd or CRI-O, and
// leaves the line as the message:
//
//	time="2026-11-23T09:01:41.645457050Z" level=info msg="TaskOOM event ..."
//	{"level":"info","msg":"...","time":"2026-11-23T09:01:41.645457050Z"}
//
// In a file of its own the speaker is taken to be containerd.
func openLogrus(rec *event.Record) bool {
	if !ofDaemon(rec) {
		return false
	}
	stamp, rest, ok := isoTimeOf(logrusTime(rec.Msg))
	if !ok || len(rest) > 0 {
		return false
	}
	rec.Stamps.Add(stamp)
	if rec.Speaker == "" {
		rec.Speaker = "containerd"
	}
	return true
}

// logrusTime returns the value of time.
func logrusTime(b []byte) []byte {
	if rest, ok := cut(b, `time="`); ok {
		stamp, rest, _ := cutWithin(rest, 64, `"`)
		if _, ok := cut(rest, " level="); ok {
			return stamp
		}
		return nil
	}
	rest, _ := cut(b, `{"`)
	for _, key := range []string{`level":"`, `"msg":"`, `"time":"`} { // in logrus' order, by name
		_, rest, _ = bytes.Cut(rest, []byte(key))
	}
	stamp, _, _ := cutWithin(rest, 64, `"`)
	return stamp
}

// openCtrEvents takes off the stamp of `ctr events`:
//
//	2026-11-23 09:01:30.573354554 +0000 UTC k8s.io /tasks/oom {"container_id":"..."}
func openCtrEvents(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	st, msg, ok := goTime(rec.Msg)
	namespace, topic, ok2 := cutWithin(msg, 128, " ")
	if !ok || !ok2 || len(namespace) == 0 || len(topic) == 0 || topic[0] != '/' {
		return false
	}
	rec.Stamps.Add(st)
	rec.Speaker, rec.Msg = "containerd", msg
	return true
}

// openEngineEvents takes off the stamp of docker events and podman events:
//
//	2026-11-23T09:01:41.645457050Z container oom 43bd... (image=..., name=...)
//	2026-11-23 09:01:41.645457050 +0000 UTC container died 43bd... (image=..., name=...)
//
// Docker's stamp is one that other programs write too; its attributes are not.
func openEngineEvents(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	speaker := "podman"
	st, msg, ok := goTime(rec.Msg)
	if !ok {
		speaker = "docker"
		st, msg, ok = isoTimeOf(rec.Msg)
		msg, _ = cut(msg, " ")
		ok = ok && st.Clock == event.Wall && hasAttributes(msg)
	}
	if kind, _, more := cutWithin(msg, 16, " "); !ok || !more || !known(eventKinds, kind) {
		return false
	}
	rec.Stamps.Add(st)
	rec.Speaker, rec.Msg = speaker, msg
	return true
}

// openEngineJSON takes the stamp of an event that docker events or podman events
// write as JSON, and leaves the object as the message:
//
//	{"status":"oom","id":"43bd...","from":"web:1","Type":"container","Action":"oom","Actor":{...},"scope":"local","time":1795424501,"timeNano":1795424501645457050}
//	{"ID":"43bd...","Image":"web:1","Name":"web","Status":"died","time":1795424501,"timeNano":1795424501645457050,"Type":"container","Attributes":{...}}
//	{"ID":"43bd...","Image":"web:1","Name":"web","Status":"died","Time":"2026-11-23T09:01:41.645457050Z","Type":"container","Attributes":null}
//
// The last is of podman's own file of events, and of its command to 4.2 or so.
// Sources: moby, api/types/events; podman, cmd/podman/system/events.go, libpod/events/config.go.
func openEngineJSON(rec *event.Record) bool {
	b := rec.Msg
	if rec.Speaker != "" || rec.Shape != "" || len(b) < 16 || b[0] != '{' || !bytes.Contains(b, []byte(`"Type":"`)) ||
		!bytes.Contains(b, []byte(`"timeNano":`)) && !bytes.Contains(b, []byte(`"Time":"`)) {
		return false
	}
	var v struct {
		Type, Action, Status string
		Time                 json.RawMessage
		TimeNano             int64
	}
	if json.Unmarshal(b, &v) != nil || !known(eventKinds, []byte(v.Type)) || v.Action == "" && v.Status == "" {
		return false
	}
	st, ok := jsonTime(v.Time)
	if v.TimeNano > 0 {
		st, ok = event.Stamp{Clock: event.Wall, Wall: time.Unix(0, v.TimeNano).UTC(), Step: time.Nanosecond}, true
	}
	if !ok || st.Clock != event.Wall {
		return false
	}
	rec.Stamps.Add(st)
	if rec.Speaker = "podman"; v.Action != "" {
		rec.Speaker = "docker"
	}
	return true
}

// eventKinds are what the events of docker and podman can be about.
var eventKinds = []string{"container", "image", "network", "volume", "pod", "daemon", "plugin", "system"}

// hasAttributes reports whether b ends as an event does: " (image=..., name=...)".
func hasAttributes(b []byte) bool {
	_, attributes, ok := bytes.Cut(b, []byte(" ("))
	return ok && bytes.HasSuffix(b, []byte(")")) && bytes.Contains(attributes, []byte("name="))
}

// goTime reads a time as Go prints it, and the blank behind it:
//
//	2026-11-23 09:01:30.573354554 +0000 UTC m=+0.307545024
//
// The name of the zone says nothing beyond its offset. What the process had
// counted since its own start, m, is passed over.
func goTime(b []byte) (st event.Stamp, rest []byte, ok bool) {
	if len(b) < 24 || b[10] != ' ' {
		return st, b, false
	}
	t, loc, step, rest, ok := isoTime(b)
	rest, blank := cut(rest, " ")
	if !ok || !blank || loc != nil || len(rest) == 0 || rest[0] == 'Z' {
		return st, b, false
	}
	if loc, rest, ok = zone(rest); !ok {
		return st, b, false
	}
	rest, ok1 := cut(rest, " ")
	name, rest, ok2 := cutWithin(rest, 16, " ")
	if !ok1 || !ok2 || !isZoneName(name) {
		return st, b, false
	}
	if number, ok := cut(rest, "m="); ok {
		_, rest, _ = bytes.Cut(number, []byte(" "))
	}
	// Trailing zeros of the fraction are cut off.
	return event.Stamp{Clock: event.Wall, Wall: in(t, loc), Step: min(step, time.Nanosecond)}, rest, true
}

// isZoneName reports whether b can be a zone's name: EST, UTC, +0530.
func isZoneName(b []byte) bool {
	if _, rest, ok := zone(b); ok && b[0] != 'Z' {
		return len(rest) == 0
	}
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(b) > 1 && len(b) < 6 && !isLevel(b)
}

// isoTimeOf reads a time of RFC 3339 or alike as a stamp.
func isoTimeOf(b []byte) (st event.Stamp, rest []byte, ok bool) {
	t, loc, step, rest, ok := isoTime(b)
	return stampIn(t, loc, step), rest, ok
}
