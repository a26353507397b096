package envelope

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// A Row is the fields of one record as a log pipeline keeps it, or an export of
// one writes it: an object, a row of a table. Fields within others are of names
// like "kubernetes.pod_name"; names are in lower case, without underscores in front.
type Row struct{ o object }

// AddObject adds the fields of a JSON object, and reports whether raw is one. Of
// Elasticsearch's hits, Datadog's and Splunk's records those are taken that lie
// within; OpenTelemetry's lists of attributes are fields too.
func (r *Row) AddObject(raw []byte) bool {
	o, ok := objectOf(raw)
	if !ok {
		return false
	}
	for _, m := range o {
		r.o = append(r.o, m)
		for _, within := range []string{"source.", "attributes.", "result."} {
			if name, ok := strings.CutPrefix(m.name, within); ok {
				r.o = append(r.o, member{strings.TrimLeft(name, "_"), m.raw})
			}
		}
		if name, ok := strings.CutPrefix(m.name, "stream."); ok { // Loki's labels
			r.o = append(r.o, member{"labels." + name, m.raw})
		}
		switch m.name {
		case "attributes", "resource.attributes", "body.kvlistvalue.values":
			r.attributes(m.raw)
		case "tags", "attributes.tags":
			r.tags(m.raw)
		}
	}
	return true
}

// Add adds a field.
func (r *Row) Add(name, value string) {
	raw, err := json.Marshal(value)
	if err == nil {
		r.o = append(r.o, member{strings.ToLower(strings.TrimLeft(name, "_")), raw})
	}
}

// Len returns how many fields there are.
func (r Row) Len() int { return len(r.o) }

// With returns the row with the fields of another behind its own.
func (r Row) With(outer Row) Row { return Row{append(r.o[:len(r.o):len(r.o)], outer.o...)} }

// attributes adds OpenTelemetry's: [{"key":"k8s.pod.name","value":{"stringValue":"p"}}].
func (r *Row) attributes(raw []byte) {
	var list []struct {
		Key   string
		Value struct {
			StringValue *string
			IntValue    json.RawMessage
		}
	}
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	for _, a := range list[:min(len(list), maxAttributes)] {
		if a.Value.StringValue != nil {
			r.Add(a.Key, *a.Value.StringValue)
		} else if len(a.Value.IntValue) > 0 {
			r.Add(a.Key, strings.Trim(string(a.Value.IntValue), `"`))
		}
	}
}

// tags adds Datadog's: ["pod_name:p", "kube_namespace:n"].
func (r *Row) tags(raw []byte) {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	for _, tag := range list[:min(len(list), maxAttributes)] {
		if name, value, ok := strings.Cut(tag, ":"); ok {
			r.Add(name, value)
		}
	}
}

// maxAttributes is how many of one list are taken.
const maxAttributes = 200

// Names under which pipelines and exports keep what is needed, those first that say
// it best. Sources: fluent-bit plugins/filter_kubernetes/kube_meta.c; Vector's
// kubernetes_logs; filebeat's fields.yml; OpenTelemetry's stanza operators and
// semantic conventions; Google Cloud's LogEntry; Azure's ContainerLogV2 and Syslog
// tables; the rest as their exports print it.
var (
	messageFields = []string{"message", "msg", "log", "full_message", "short_message", "jsonpayload.message", "jsonpayload.msg", "jsonpayload.log",
		"textpayload", "logmessage", "logentry", "syslogmessage", "body.stringvalue", "body", "line", "entry", "@message", "raw"}
	timeFields = []string{"realtime_timestamp", "timeunixnano", "tsns", "time", "timestamp", "@timestamp", "date", "timegenerated [utc]", "timegenerated",
		"eventtime", "timereported", "ts", "observedtimeunixnano", "receivetimestamp"}
	podFields = []string{"kubernetes.pod_name", "kubernetes.pod.name", "k8s.pod.name", "resource.labels.pod_name", "pod_name", "podname", "labels.pod", "pod"}
	spaces    = []string{"kubernetes.namespace_name", "kubernetes.pod_namespace", "kubernetes.namespace", "k8s.namespace.name", "resource.labels.namespace_name",
		"kube_namespace", "namespace_name", "podnamespace", "labels.namespace", "namespace"}
	containerFields = []string{"kubernetes.container_name", "kubernetes.container.name", "k8s.container.name", "resource.labels.container_name",
		"kube_container_name", "container_name", "containername", "labels.container", "labels.container_name", "container"}
	containerIDs = []string{"kubernetes.docker_id", "kubernetes.container_id", "container.id", "container_id_full", "container_id", "containerid", "docker.container_id"}
	podUIDs      = []string{"kubernetes.pod_id", "kubernetes.pod_uid", "kubernetes.pod.uid", "k8s.pod.uid"}
	nodes        = []string{"kubernetes.host", "kubernetes.pod_node_name", "kubernetes.node.name", "k8s.node.name", "labels.compute.googleapis.com/resource_name",
		"resource.labels.node_name", "labels.node_name", "node_name", "labels.nodename", "nodename", "computer"}
	streams = []string{"stream", "log.iostream", "logsource", "logentrysource"}
	daemons = []string{"systemd_unit", "systemd.unit", "labels.unit", "unit", "service"}
)

// Shipped fills rec from a row, and reports whether there was a message in it. Whose
// output a container's is goes to From; else the row's own word says who speaks. A
// message that is a whole line of a syslog, or an object that a second pipeline
// wrote, is opened again.
func Shipped(rec *event.Record, row Row) bool {
	text, field, ok := row.message()
	if !ok {
		return false
	}
	from, stream := row.container()
	if inner, ok := innerRow(text, field); ok {
		row = inner.With(row)
		if text, field, ok = row.message(); !ok {
			return false
		}
	}
	st, stamped := row.time()
	if from == nil { // else the shipper's word goes before the output's
		from, stream = row.container()
	}
	if from != nil {
		rec.From, rec.Speaker = from, stream
		rec.Host = from.Node
	} else {
		rec.Speaker, rec.Host = row.daemon()
		if out, _ := row.o.text(streams...); stamped && (out == "stdout" || out == "stderr") {
			rec.Speaker = out // some process'
		}
		st.Late = st.Late || rec.Speaker == "kernel"
	}
	if stamped {
		rec.Stamps.Add(st)
	}
	if own, ok := row.o.sourceTime(); ok && rec.Speaker == "kernel" {
		rec.Stamps.Add(own)
	}
	rec.Msg = bytes.TrimRight([]byte(strings.TrimPrefix(text, " ")), "\r\n")
	if field == "raw" && rec.Speaker == "" {
		openRaw(rec)
	}
	return true
}

// openRaw takes the head of a syslog's line off: Splunk keeps whole lines.
func openRaw(rec *event.Record) {
	host := rec.Host
	for _, open := range []func(*event.Record) bool{openRFC5424, openSyslog} {
		if open(rec) {
			break
		}
	}
	if rec.Host == "" {
		rec.Host = host
	}
}

// message returns the text, and the field in which it is.
func (r Row) message() (text, field string, ok bool) {
	for _, name := range messageFields {
		if s, ok := r.o.text(name); ok && s != "" {
			return s, name, true
		}
	}
	return "", "", false
}

// innerRow reads a message that is the object of another pipeline: CloudWatch's
// agents write one. An application's own object says nothing of who and where.
func innerRow(text, field string) (Row, bool) {
	if field == "raw" || len(text) < 2 || text[0] != '{' {
		return Row{}, false
	}
	var inner Row
	if !inner.AddObject([]byte(text)) {
		return Row{}, false
	}
	_, _, ok := inner.message()
	from, _ := inner.container()
	return inner, ok && (from != nil || len(inner.o.said(identifiers)) > 0 || len(inner.o.said(daemons[:2])) > 0)
}

// container says whose output it is, nil where it is no container's.
func (r Row) container() (from *event.Container, stream string) {
	id, _ := r.o.text(containerIDs...)
	if i := strings.LastIndex(id, "//"); i >= 0 {
		id = id[i+2:]
	}
	if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" {
		id = ""
	}
	c := event.Container{ID: id, Restart: -1, Pod: r.name(podFields), Namespace: r.name(spaces), Name: r.name(containerFields), PodUID: r.name(podUIDs), Node: r.host()}
	if c.ID == "" && c.Pod == "" && c.Name == "" {
		return nil, ""
	}
	if stream, _ = r.o.text(streams...); stream != "stderr" {
		stream = "stdout"
	}
	return &c, stream
}

// name returns the first of some fields that has anything, if it can be a name.
func (r Row) name(fields []string) string {
	for _, f := range fields {
		if s, ok := r.o.text(f); ok && s != "" && s != "-" {
			if len(s) > 253 || strings.ContainsAny(s, "/ \n\t\x00") {
				return ""
			}
			return s
		}
	}
	return ""
}

// host returns on which machine it was.
func (r Row) host() string {
	if h := r.name(nodes); h != "" {
		return hostName(h)
	}
	return r.o.host()
}

// daemon says who speaks, of what is no container's: the kernel only where nothing
// in the row gives that away as somebody's claim.
func (r Row) daemon() (speaker, host string) {
	host = r.host()
	if s := r.o.speaker(false); s != "" {
		return s, host
	}
	for _, name := range append(r.o.said(identifiers), r.o.said(daemons)...) {
		if name = strings.TrimSuffix(strings.TrimSuffix(name, ":"), ".service"); name != "" && len(name) < 64 {
			if name == "kernel" {
				return pretender, host
			}
			return name, host
		}
	}
	if s, ok := r.o.text("logname"); ok { // projects/p/logs/kubelet
		s = s[strings.LastIndexByte(s, '/')+1:]
		if s == "kubelet" || s == "containerd" || s == "docker" || s == "crio" {
			return s, host
		}
		if s == "container-runtime" {
			return "containerd", host
		}
	}
	return "", host
}

// time returns when the record was, by the first field that says it.
func (r Row) time() (st event.Stamp, ok bool) {
	for _, name := range timeFields {
		for _, raw := range r.o.fields(name) {
			if st, ok := rowTime(name, raw); ok {
				return st, true
			}
		}
	}
	return st, false
}

func rowTime(name string, raw json.RawMessage) (st event.Stamp, ok bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		if st, ok := epoch([]byte(s)); ok {
			return st, true
		}
		if st, ok := exportTime(s); ok {
			return st, true
		}
	}
	if st, ok = jsonTime(raw); ok && st.Clock == event.Zoneless && (strings.HasPrefix(name, "@") || strings.Contains(name, "[utc]")) {
		st.Clock = event.Wall // CloudWatch's Insights and Azure's portal write UTC
	}
	return st, ok
}

// exportTimes are forms in which exports alone write a time, and whether it is UTC.
var exportTimes = []struct {
	layout string
	utc    bool
	step   time.Duration
}{
	{"1/2/2006, 3:04:05.000 PM", true, time.Millisecond},     // Azure's portal
	{"Jan 2, 2006 @ 15:04:05.000", false, time.Millisecond},  // Kibana
	{"2006-01-02T15:04:05.000-0700", true, time.Millisecond}, // Splunk
}

func exportTime(s string) (st event.Stamp, ok bool) {
	for _, e := range exportTimes {
		t, err := time.Parse(e.layout, s)
		if err != nil || t.Year() < 1970 {
			continue
		}
		st = event.Stamp{Clock: event.Wall, Wall: t.UTC(), Step: e.step}
		if !e.utc {
			st.Clock = event.Zoneless
		}
		return st, true
	}
	return st, false
}

// openPipeline takes a record out of the object of a log shipper, one a line, that
// says whose it is:
//
//	{"date":1795424501.56,"log":"text","stream":"stderr","kubernetes":{"pod_name":"p",...}}   Fluent Bit
//	{"message":"text","timestamp":"...","kubernetes":{"pod_name":"p",...}}                    Vector
//	{"labels":{"pod":"p","container":"c"},"line":"text","timestamp":"..."}                    logcli
//
// The kernel's are openKernelJSON's.
func openPipeline(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || rec.From != nil || len(rec.Msg) < 16 || rec.Msg[0] != '{' {
		return false
	}
	return shippedLine(rec, rec.Msg, Row{})
}

// shippedLine takes a record out of an object, if it says whose it is.
func shippedLine(rec *event.Record, raw []byte, outer Row) bool {
	var row Row
	if !row.AddObject(raw) {
		return false
	}
	row = row.With(outer)
	got := *rec
	if !Shipped(&got, row) || got.From == nil && got.Speaker == "" {
		return false
	}
	*rec = got
	return true
}

// openForwarded takes a record out of an object that a shipper wrote behind a time
// and a tag:
//
//	kernel: [1795424501.563000000, {"MESSAGE":"text",...}]      Fluent Bit's out_file
//	[0] kernel: [1795424501.563000000, {"log":"text",...}]      its stdout, older
//	[0] [[1795424501.563000000, {}], {"log":"text",...}]        its stdout
//	2026-11-23T09:01:41+00:00	kernel	{"message":"text",...}      Fluentd's out_file
//	2026-11-23T09:01:41.563Z {"ident":"kernel","message":"..."}  CloudWatch's export to S3
func openForwarded(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || rec.From != nil {
		return false
	}
	head, _, ok := cutWithin(rec.Msg, 300, "{\"")
	if !ok {
		return false
	}
	raw := rec.Msg[len(head):]
	stamp, ok := fluentBit(head)
	if ok {
		raw = bytes.TrimSuffix(bytes.TrimRight(raw, " "), []byte("]"))
	} else if stamp, ok = forwardedAt(head); !ok {
		return false
	}
	var outer Row
	outer.Add("time", string(stamp))
	return shippedLine(rec, raw, outer)
}

// fluentBit returns the seconds that stand before the object.
func fluentBit(head []byte) (stamp []byte, ok bool) {
	head = bytes.TrimSuffix(bytes.TrimSuffix(head, []byte(" ")), []byte(","))
	head = bytes.TrimSuffix(head, []byte(", {}]"))
	i := bytes.LastIndexByte(head, '[')
	if i < 0 {
		return nil, false
	}
	_, ok = epoch(head[i+1:])
	return head[i+1:], ok && bytes.IndexByte(head[i+1:], '.') > 0
}

// forwardedAt returns the time, behind which a tag may stand between tabs.
func forwardedAt(head []byte) (stamp []byte, ok bool) {
	stamp, rest, tabbed := bytes.Cut(head, []byte("\t"))
	if !tabbed {
		stamp, rest, _ = bytes.Cut(head, []byte(" "))
		if len(rest) > 0 {
			return nil, false
		}
	} else if bytes.Count(rest, []byte("\t")) != 1 {
		return nil, false
	}
	st, left, ok := isoTimeOf(stamp)
	return stamp, ok && len(left) == 0 && st.Clock == event.Wall
}

// openLogcli takes off what Loki's logcli puts before a line, and Grafana's export as
// text:
//
//	2026-11-23T09:01:41Z {container="worker", pod="p"} text
//	1795424501563	2026-11-23T09:01:41.563Z	text
//
// Labels that all lines have in common stand elsewhere.
func openLogcli(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || rec.From != nil || len(rec.Msg) < 24 {
		return false
	}
	if ms, rest, ok := leadingInt(rec.Msg); ok && len(rest) > 0 && rest[0] == '\t' && ms > 1e11 {
		stamp, text, ok := bytes.Cut(rest[1:], []byte("\t"))
		st, left, ok2 := isoTimeOf(stamp)
		if !ok || !ok2 || len(left) > 0 {
			return false
		}
		rec.Stamps.Add(st)
		rec.Msg = text
		return true
	}
	stamp, rest, ok := cutWithin(rec.Msg, 40, " {")
	labels, text, ok2 := bytes.Cut(rest, []byte("} "))
	st, left, ok3 := isoTimeOf(stamp)
	if !ok || !ok2 || !ok3 || len(left) > 0 || len(labels) > 4096 {
		return false
	}
	var row Row
	for part := range strings.SplitSeq(string(labels), `", `) {
		name, value, ok := strings.Cut(part, `="`)
		if !ok {
			return false
		}
		row.Add("labels."+strings.TrimSpace(name), strings.TrimSuffix(value, `"`))
	}
	row.Add("line", string(text))
	got := *rec
	if !Shipped(&got, row) {
		return false
	}
	got.Stamps.Add(st)
	*rec = got
	return true
}

// openPapertrail takes off the columns of Papertrail's archives:
//
//	7711561783320576	2026-11-23T09:01:41Z	2026-11-23T09:01:42Z	31	host	10.0.0.1	Kernel	Warning	kernel	text
func openPapertrail(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || rec.From != nil {
		return false
	}
	f := bytes.SplitN(rec.Msg, []byte("\t"), 10)
	if len(f) < 10 {
		return false
	}
	_, rest, ok := leadingInt(f[0])
	_, left, ok2 := isoTimeOf(f[1])
	if !ok || !ok2 || len(rest)+len(left) > 0 {
		return false
	}
	var row Row
	for i, name := range []string{"", "time", "", "", "hostname", "", "facility", "", "program", "message"} {
		if name != "" {
			row.Add(name, string(f[i]))
		}
	}
	got := *rec
	if !Shipped(&got, row) {
		return false
	}
	*rec = got
	return true
}

// IsMessageField and IsTimeField report whether a field of that name holds a message,
// or a time: the columns of a table tell it by those.
func IsMessageField(name string) bool { return isField(messageFields, name) }

// IsTimeField is IsMessageField for a time.
func IsTimeField(name string) bool { return isField(timeFields, name) }

func isField(fields []string, name string) bool {
	return slices.Contains(fields, strings.ToLower(strings.TrimLeft(name, "_")))
}
