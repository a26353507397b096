package envelope

import (
	"bytes"
	"encoding/json"
	"slices"
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
// Others' lines are left to openAppJSON, and so are a container's, whose own object
// a shipper can have merged into its own. Who speaks is told by what the shipper
// read from, where that is given: a transport other than the kernel's, another
// facility, a pid, a uid or a comm give an identifier "kernel" away, as in a syslog
// file.
func openKernelJSON(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || len(rec.Msg) < 16 || rec.Msg[0] != '{' || !mayBeKernels(rec.Msg) {
		return false
	}
	o, ok := objectOf(rec.Msg)
	if !ok {
		return false
	}
	text, ok := o.text("msg", "message", "log")
	if !ok || len(text) > len(rec.Msg) {
		return false
	}
	own, stamped := o.kmsgTime()
	speaker := o.speaker(stamped)
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

// An object is the fields of one of JSON, in their order, and of those within it:
// "host" and "host.name". Names are in lower case, without the underscores in
// front: Fluent Bit changes journald's to either on request (Lowercase,
// Strip_Underscores). Of two fields that are called alike then, a process can have
// sent one, so that both are kept.
type object []member

type member struct {
	name string
	raw  json.RawMessage
}

// maxNested is how long the name of a field can be within which others are looked
// for, in bytes.
const maxNested = 32

// objectOf reads an object.
func objectOf(raw []byte) (o object, ok bool) {
	ok = o.add("", raw)
	return o, ok
}

// add reads the fields of an object, whose names begin with outer.
func (o *object) add(outer string, raw []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for dec.More() {
		t, err := dec.Token()
		name, isName := t.(string)
		var value json.RawMessage
		if err != nil || !isName || dec.Decode(&value) != nil {
			return false
		}
		name = outer + strings.ToLower(strings.TrimLeft(name, "_"))
		*o = append(*o, member{name, value})
		if value[0] == '{' && len(name) < maxNested && strings.Count(name, ".") < 3 && !o.add(name+".", value) {
			return false
		}
	}
	_, err := dec.Token()
	return err == nil && len(bytes.TrimSpace(raw[dec.InputOffset():])) == 0
}

// fields returns all fields of a name.
func (o object) fields(name string) (raws []json.RawMessage) {
	for i := range o {
		if o[i].name == name {
			raws = append(raws, o[i].raw)
		}
	}
	return raws
}

// text returns the first of some fields that is a string, or a number as it is
// written.
func (o object) text(names ...string) (s string, ok bool) {
	for _, name := range names {
		for _, raw := range o.fields(name) {
			if s, ok := scalar(raw); ok {
				return s, true
			}
		}
	}
	return "", false
}

func scalar(raw json.RawMessage) (s string, ok bool) {
	switch {
	case len(raw) == 0:
		return "", false
	case raw[0] >= '0' && raw[0] <= '9':
		return string(raw), true
	}
	return s, raw[0] == '"' && json.Unmarshal(raw, &s) == nil
}

// said returns what each of some fields says: also one that is neither a string
// nor a number, as the values of a repeated field are.
func (o object) said(names []string) (values []string) {
	for _, name := range names {
		for _, raw := range o.fields(name) {
			if s, ok := scalar(raw); ok {
				values = append(values, s)
			} else if string(raw) != "null" {
				values = append(values, string(raw))
			}
		}
	}
	return values
}

// Fields in which shippers keep who speaks.
var (
	identifiers    = []string{"syslog_identifier", "syslog.identifier", "log.syslog.appname", "programname", "syslogtag", "syslog-tag", "ident", "app-name", "appname", "processname", "program", "jsonpayload.syslog_identifier"}
	transports     = []string{"transport", "systemd.transport", "journald.transport", "labels.transport", "jsonpayload._transport"}
	facilityFields = []string{"syslog_facility", "syslog.facility", "log.syslog.facility.code", "log.syslog.facility.name", "facility", "syslogfacility-text", "syslogfacility"}
	pids           = []string{"pid", "syslog_pid", "syslog.pid", "process.pid", "journald.pid", "procid", "log.syslog.procid"}
	// The kernel has none of these.
	processes = []string{"uid", "journald.uid", "comm", "journald.process.name", "process.name", "exe", "cmdline"}
)

// speaker returns who speaks if the object says that it is the kernel, and "" for
// anybody else; stamped says that it has the kernel's own stamp.
func (o object) speaker(stamped bool) string {
	names, carried := o.said(identifiers), o.said(transports)
	claims := stamped || slices.ContainsFunc(names, isKernel) || len(names) == 0 && slices.Contains(carried, "kernel")
	if !claims || o.ofContainer() {
		return ""
	}
	for _, f := range []struct {
		values []string
		of     func(value string) bool // it can be the kernel's
	}{
		{names, isKernel},
		{carried, func(v string) bool { return v == "kernel" }},
		{o.said(facilityFields), func(v string) bool {
			return v == "" || v == "0" || strings.EqualFold(v, "kern") || strings.EqualFold(v, "kernel")
		}},
		{o.said(pids), func(v string) bool { return v == "" || v == "0" || v == "-" }},
		{o.said(processes), func(v string) bool { return v == "" || isKernel(v) }},
	} {
		for _, v := range f.values {
			if !f.of(v) {
				return pretender
			}
		}
	}
	return "kernel"
}

func isKernel(name string) bool { return strings.TrimSuffix(name, ":") == "kernel" }

// ofContainer reports whether a shipper says that the object is a container's.
// What that printed, an object too, lies in the same one with Fluent Bit's
// Merge_Log and filebeat's keys_under_root.
func (o object) ofContainer() bool {
	for _, m := range o {
		for _, prefix := range []string{"kubernetes", "k8s", "container", "docker", "pod"} {
			if strings.HasPrefix(m.name, prefix) {
				return true
			}
		}
	}
	if _, ok := o.text("stream", "logtag"); ok { // Loki's stream is an object of labels
		return true
	}
	return len(o.fields("log.file"))+len(o.fields("log.file.path")) > 0
}

func (o object) host() string {
	h, _ := o.text("hostname", "host.hostname", "host.name", "host", "source")
	return hostName(h)
}

// kmsgTime returns the stamp of Fluent Bit's kmsg, seconds and microseconds since
// boot. It writes priority and sequence too. Source: fluent-bit,
// plugins/in_kmsg/in_kmsg.c, process_line.
func (o object) kmsgTime() (st event.Stamp, ok bool) {
	var v [4]int64
	for i, name := range []string{"priority", "sequence", "sec", "usec"} {
		raws := o.fields(name)
		if len(raws) != 1 || json.Unmarshal(raws[0], &v[i]) != nil {
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
	s, ok := o.text("source_monotonic_timestamp")
	us, err := strconv.ParseInt(s, 10, 64)
	if !ok || err != nil || us < 0 || us > maxSeconds*1e6 {
		return st, false
	}
	return event.Stamp{Clock: event.Monotonic, Since: time.Duration(us) * time.Microsecond, Step: time.Microsecond}, true
}

// received returns when the shipper or its daemon had the line.
func (o object) received() (st event.Stamp, ok bool) {
	for _, name := range []string{"realtime_timestamp", "@timestamp", "timestamp", "time", "date", "timereported", "ts"} {
		for _, raw := range o.fields(name) {
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
	}
	return st, false
}
