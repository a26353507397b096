package envelope

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// openKernelJSON takes the kernel's line out of an object in which a log shipper
// put it:
//
//	{"priority":4,"sequence":1,"sec":7868,"usec":482562,"msg":"text"}                              Fluent Bit, kmsg
//	{"@timestamp":"...","message":"text","systemd":{"transport":"kernel"},"host":{...}}            filebeat, journald
//	{"_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"text","date":1795424501.48}     Fluent Bit, systemd; Vector
//	{"@timestamp":"...","host":"h","facility":"kern","programname":"kernel","message":" text"}     rsyslog's template
//
// Others' lines are left to openAppJSON. Who speaks is told by what the shipper
// read from, where that is given: a transport other than the kernel's, another
// facility or a pid give an identifier "kernel" away, as in a syslog file.
func openKernelJSON(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || len(rec.Msg) < 16 || rec.Msg[0] != '{' || !mayBeKernels(rec.Msg) {
		return false
	}
	var o object
	if json.Unmarshal(rec.Msg, &o) != nil {
		return false
	}
	text, ok := o.text("msg", "message", "MESSAGE", "log")
	if !ok || len(text) > len(rec.Msg) {
		return false
	}
	own, stamped := o.kmsgTime()
	speaker := o.speaker()
	if speaker == "" && stamped {
		speaker = "kernel"
	}
	if speaker == "" {
		return false
	}
	if !stamped && speaker == "kernel" {
		own, stamped = o.sourceTime()
	}
	rec.Speaker, rec.Host = speaker, o.host()
	if st, ok := o.received(); ok {
		st.Late = true
		rec.Stamps.Add(st)
	}
	if stamped {
		rec.Stamps.Add(own)
	}
	rec.Msg = bytes.TrimRight([]byte(strings.TrimPrefix(text, " ")), "\r\n")
	return true
}

// mayBeKernels says cheaply that a line is no object of the kernel's.
func mayBeKernels(b []byte) bool {
	return bytes.Contains(b, []byte(`"kernel"`)) || bytes.Contains(b, []byte(`"kernel:"`)) ||
		bytes.Contains(b, []byte(`"sequence"`)) && bytes.Contains(b, []byte(`"usec"`))
}

// An object is one of JSON, whose fields are asked for by name. A name with
// points is that of a field within others, or has the points itself.
type object map[string]json.RawMessage

func (o object) field(name string) (raw json.RawMessage, ok bool) {
	if raw, ok = o[name]; ok {
		return raw, true
	}
	outer, rest, within := strings.Cut(name, ".")
	if !within {
		return nil, false
	}
	var inner object
	if raw, ok = o[outer]; !ok || len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &inner) != nil {
		return nil, false
	}
	return inner.field(rest)
}

// text returns the first of some fields that is a string, or a number as it is
// written.
func (o object) text(names ...string) (s string, ok bool) {
	for _, name := range names {
		raw, found := o.field(name)
		if !found {
			continue
		}
		if json.Unmarshal(raw, &s) == nil && string(raw) != "null" {
			return s, true
		}
		if len(raw) > 0 && raw[0] >= '0' && raw[0] <= '9' {
			return string(raw), true
		}
	}
	return "", false
}

// speaker returns who speaks if the object says that it is the kernel, and "" for
// anybody else.
func (o object) speaker() string {
	name, named := o.text("SYSLOG_IDENTIFIER", "syslog.identifier", "log.syslog.appname", "programname", "syslogtag", "syslog-tag", "ident", "app-name", "appname", "syslog_identifier")
	transport, carried := o.text("_TRANSPORT", "systemd.transport", "journald.transport", "transport")
	facility, _ := o.text("SYSLOG_FACILITY", "syslog.facility", "log.syslog.facility.code", "log.syslog.facility.name", "facility", "syslogfacility-text", "syslogfacility", "syslog_facility")
	pid, _ := o.text("_PID", "SYSLOG_PID", "syslog.pid", "process.pid", "journald.pid", "procid", "pid")
	claims := strings.TrimSuffix(name, ":") == "kernel"
	switch {
	case !claims && (named || transport != "kernel"):
		return ""
	case carried && transport != "kernel", facility != "" && facility != "0" && facility != "kern",
		pid != "" && pid != "0" && pid != "-":
		return pretender
	}
	return "kernel"
}

func (o object) host() string {
	h, _ := o.text("_HOSTNAME", "host.hostname", "host.name", "hostname", "host", "source")
	return h
}

// kmsgTime returns the stamp of Fluent Bit's kmsg, seconds and microseconds since
// boot. It writes priority and sequence too. Source: fluent-bit,
// plugins/in_kmsg/in_kmsg.c, process_line.
func (o object) kmsgTime() (st event.Stamp, ok bool) {
	var v [4]int64
	for i, name := range []string{"priority", "sequence", "sec", "usec"} {
		if json.Unmarshal(o[name], &v[i]) != nil {
			return st, false
		}
	}
	if v[0] < 0 || v[0] > 7 || v[2] < 0 || v[2] > maxSeconds || v[3] < 0 || v[3] > 999999 {
		return st, false
	}
	since := time.Duration(v[2])*time.Second + time.Duration(v[3])*time.Microsecond
	return event.Stamp{Clock: event.Monotonic, Since: since, Step: time.Microsecond}, true
}

// sourceTime returns the kernel's own stamp as journald keeps it.
func (o object) sourceTime() (st event.Stamp, ok bool) {
	s, ok := o.text("_SOURCE_MONOTONIC_TIMESTAMP")
	us, err := strconv.ParseInt(s, 10, 64)
	if !ok || err != nil || us < 0 || us > maxSeconds*1e6 {
		return st, false
	}
	return event.Stamp{Clock: event.Monotonic, Since: time.Duration(us) * time.Microsecond, Step: time.Microsecond}, true
}

// received returns when the shipper or its daemon had the line.
func (o object) received() (st event.Stamp, ok bool) {
	for _, name := range []string{"__REALTIME_TIMESTAMP", "@timestamp", "timestamp", "time", "date", "timereported", "ts"} {
		raw, found := o.field(name)
		if !found {
			continue
		}
		var s string
		if json.Unmarshal(raw, &s) == nil {
			if n, ok := epoch([]byte(s)); ok {
				return n, true
			}
		}
		if st, ok := jsonTime(raw); ok {
			return st, true
		}
	}
	return st, false
}
