package parsers_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/parsertest/loggen"
)

// A shipped is a record that a pipeline carried.
type shipped struct {
	at  time.Time
	msg string
}

const (
	shipHost = "node-1"
	shipID   = "81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f"
	shipDied = `[2026-11-23 09:01:42,324] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 9 exited unexpectedly (code -9). Shutting down...`
)

// shippedReport is a report of the kernel's, a millisecond between its lines, and
// something before and after it.
func shippedReport() (rows []shipped) {
	at := time.Date(2026, 11, 23, 9, 1, 41, 563e6, time.UTC)
	lines := slices.Concat([]string{"eth0: link is up"}, loggen.Report("/kubepods/burstable/podb1498fe3389220b5c12f5fe572a71bd1/"+shipID, 100, 5), []string{"eth0: link is down"})
	for i, line := range lines {
		rows = append(rows, shipped{at.Add(time.Duration(i) * time.Millisecond), line})
	}
	return rows
}

func shippedDeath() []shipped {
	at := time.Date(2026, 11, 23, 9, 1, 42, 325674000, time.UTC)
	return []shipped{{at.Add(-time.Second), "starting"}, {at, shipDied}, {at.Add(time.Second), "stopping"}}
}

// object is one of JSON.
type object = map[string]any

func asJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return b.String()
}

func rfc3339(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000Z07:00") }

func nanos(t time.Time) string { return fmt.Sprint(t.UnixNano()) }

// perLine writes each record on a line of its own.
func perLine(one func(shipped) string) func([]shipped) string {
	return func(rows []shipped) string {
		var b strings.Builder
		for _, r := range rows {
			b.WriteString(one(r))
		}
		return b.String()
	}
}

// within writes all records into one document.
func within(around string, one func(shipped) any) func([]shipped) string {
	return func(rows []shipped) string {
		var parts []string
		for _, r := range rows {
			parts = append(parts, asJSON(one(r)))
		}
		return strings.Replace(around, "…", strings.Join(parts, ","), 1)
	}
}

// tableOf writes them as a table.
func tableOf(comma rune, head []string, one func(shipped) []string) func([]shipped) string {
	return func(rows []shipped) string {
		var b strings.Builder
		w := csv.NewWriter(&b)
		w.Comma = comma
		w.Write(head)
		for _, r := range rows {
			w.Write(one(r))
		}
		w.Flush()
		return b.String()
	}
}

var kubernetesOf = object{"pod_name": "p", "namespace_name": "n", "pod_id": "b1498fe3-3892-20b5-c12f-5fe572a71bd1", "container_name": "c", "docker_id": shipID, "host": shipHost}

func attribute(key, value string) object {
	return object{"key": key, "value": object{"stringValue": value}}
}

// ofTheKernel are pipelines that carry the kernel's records, as they write them.
var ofTheKernel = map[string]func([]shipped) string{
	"Fluent Bit, systemd, to a file": perLine(func(s shipped) string {
		return fmt.Sprintf("host.kernel: [%d.%09d, %s]\n", s.at.Unix(), s.at.Nanosecond(), strings.TrimSpace(asJSON(object{"MESSAGE": s.msg, "_HOSTNAME": shipHost, "SYSLOG_IDENTIFIER": "kernel", "_TRANSPORT": "kernel"})))
	}),
	"Fluentd": perLine(func(s shipped) string {
		return rfc3339(s.at) + "\tkernel\t" + asJSON(object{"message": s.msg, "host": shipHost, "ident": "kernel"})
	}),
	"Vector, journald": perLine(func(s shipped) string {
		return asJSON(object{"message": s.msg, "host": shipHost, "timestamp": rfc3339(s.at), "__REALTIME_TIMESTAMP": fmt.Sprint(s.at.UnixMicro()), "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"})
	}),
	"filebeat, journald": perLine(func(s shipped) string {
		return asJSON(object{"@timestamp": s.at.Format("2006-01-02T15:04:05.000Z"), "message": s.msg, "host": object{"name": shipHost}, "syslog": object{"identifier": "kernel"}, "systemd": object{"transport": "kernel"}})
	}),
	"Elasticsearch's hits": within(`{"took":3,"hits":{"total":{"value":9},"hits":[…]}}`, func(s shipped) any {
		return object{"_index": "x", "_source": object{"@timestamp": s.at.Format("2006-01-02T15:04:05.000Z"), "message": s.msg, "host": object{"name": shipHost}, "syslog": object{"identifier": "kernel"}, "systemd": object{"transport": "kernel"}}}
	}),
	"Loki's query": within(`{"status":"success","data":{"resultType":"streams","result":[{"stream":{"nodename":"node-1","transport":"kernel","unit":""},"values":[…]}]}}`,
		func(s shipped) any { return []string{nanos(s.at), s.msg} }),
	"Grafana's text": func(rows []shipped) string {
		return "Common labels: {\"nodename\":\"node-1\",\"transport\":\"kernel\"}\nLine limit: \"1000 (9 returned)\"\n\n\n" + perLine(func(s shipped) string {
			return fmt.Sprintf("%d\t%s\t%s\n", s.at.UnixMilli(), s.at.Format("2006-01-02T15:04:05.000Z"), s.msg)
		})(rows)
	},
	"Grafana's table": tableOf(',', []string{"Time", "Line", "tsNs", "labels"}, func(s shipped) []string {
		return []string{fmt.Sprint(s.at.UnixMilli()), s.msg, nanos(s.at), `{"nodename":"node-1","transport":"kernel"}`}
	}),
	"OpenTelemetry, journald": within(`{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"node-1"}}]},"scopeLogs":[{"logRecords":[…]}]}]}`, func(s shipped) any {
		return object{"timeUnixNano": nanos(s.at), "body": object{"kvlistValue": object{"values": []object{attribute("MESSAGE", s.msg), attribute("_TRANSPORT", "kernel"), attribute("SYSLOG_IDENTIFIER", "kernel"), attribute("_HOSTNAME", shipHost)}}}}
	}),
	"CloudWatch's events": within(`{"events":[…],"nextToken":"x"}`, func(s shipped) any {
		return object{"logStreamName": "node-1.host.messages", "timestamp": s.at.UnixMilli(), "message": asJSON(object{"host": shipHost, "ident": "kernel", "message": s.msg})}
	}),
	"CloudWatch's Insights": within(`{"results":[…],"status":"Complete"}`, func(s shipped) any {
		return []object{{"field": "@timestamp", "value": s.at.Format("2006-01-02 15:04:05.000")}, {"field": "@message", "value": asJSON(object{"host": shipHost, "ident": "kernel", "message": s.msg})}}
	}),
	"CloudWatch's Insights, a table": tableOf(',', []string{"@timestamp", "@message", "@logStream"}, func(s shipped) []string {
		return []string{s.at.Format("2006-01-02 15:04:05.000"), strings.TrimSpace(asJSON(object{"host": shipHost, "ident": "kernel", "message": s.msg})), "x"}
	}),
	"CloudWatch to S3": perLine(func(s shipped) string {
		return s.at.Format("2006-01-02T15:04:05.000Z ") + asJSON(object{"host": shipHost, "ident": "kernel", "message": s.msg})
	}),
	"Google Cloud": within("[…]", func(s shipped) any {
		return object{"insertId": "x", "jsonPayload": object{"MESSAGE": s.msg, "message": s.msg, "SYSLOG_IDENTIFIER": "kernel", "_TRANSPORT": "kernel"}, "resource": object{"type": "k8s_node", "labels": object{"node_name": shipHost}}, "timestamp": rfc3339(s.at)}
	}),
	"Azure's tables": within(`{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"Computer","type":"string"},{"name":"Facility","type":"string"},{"name":"ProcessName","type":"string"},{"name":"SyslogMessage","type":"string"}],"rows":[…]}]}`,
		func(s shipped) any { return []string{rfc3339(s.at), shipHost, "kern", "kernel", s.msg} }),
	"Splunk's table": tableOf(',', []string{"_time", "_raw", "host"}, func(s shipped) []string {
		return []string{s.at.Format("2006-01-02T15:04:05.000-0700"), s.at.Format("Jan _2 15:04:05 ") + shipHost + " kernel: " + s.msg, shipHost}
	}),
	"Papertrail": perLine(func(s shipped) string {
		return fmt.Sprintf("77\t%s\t%[1]s\t3\t%s\t10.0.0.1\tKernel\tWarning\tkernel\t%s\n", rfc3339(s.at), shipHost, s.msg)
	}),
	"rsyslog's objects": perLine(func(s shipped) string {
		return asJSON(object{"message": s.msg, "host": shipHost, "facility": "kern", "programname": "kernel", "timereported": rfc3339(s.at)})
	}),
}

// ofAContainer are pipelines that carry a container's output.
var ofAContainer = map[string]func([]shipped) string{
	"Fluent Bit": perLine(func(s shipped) string {
		return asJSON(object{"date": float64(s.at.UnixMicro()) / 1e6, "stream": "stderr", "_p": "F", "log": s.msg, "kubernetes": kubernetesOf})
	}),
	"Fluent Bit to stdout": perLine(func(s shipped) string {
		return fmt.Sprintf("[0] [[%d.%09d, {}], %s]\n", s.at.Unix(), s.at.Nanosecond(), strings.TrimSpace(asJSON(object{"stream": "stderr", "log": s.msg, "kubernetes": kubernetesOf})))
	}),
	"Vector": perLine(func(s shipped) string {
		return asJSON(object{"message": s.msg, "stream": "stderr", "timestamp": rfc3339(s.at), "kubernetes": object{"pod_name": "p", "pod_namespace": "n", "container_name": "c", "container_id": "containerd://" + shipID, "pod_node_name": shipHost}})
	}),
	"filebeat": perLine(func(s shipped) string {
		return asJSON(object{"@timestamp": rfc3339(s.at), "message": s.msg, "stream": "stderr", "container": object{"id": shipID}, "kubernetes": object{"pod": object{"name": "p"}, "namespace": "n", "container": object{"name": "c"}, "node": object{"name": shipHost}}})
	}),
	"logcli's objects": perLine(func(s shipped) string {
		return asJSON(object{"labels": object{"namespace": "n", "pod": "p", "container": "c", "node_name": shipHost}, "line": s.msg, "timestamp": rfc3339(s.at)})
	}),
	"logcli": perLine(func(s shipped) string {
		return fmt.Sprintf("%s {container=\"c\", namespace=\"n\", node_name=\"node-1\", pod=\"p\"} %s\n", rfc3339(s.at), s.msg)
	}),
	"OpenTelemetry": within(`{"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"p"}},{"key":"k8s.namespace.name","value":{"stringValue":"n"}},{"key":"k8s.container.name","value":{"stringValue":"c"}},{"key":"k8s.node.name","value":{"stringValue":"node-1"}}]},"scopeLogs":[{"logRecords":[…]}]}]}`,
		func(s shipped) any {
			return object{"timeUnixNano": nanos(s.at), "body": object{"stringValue": s.msg}, "attributes": []object{attribute("log.iostream", "stderr")}}
		}),
	"Google Cloud": within("[\n…\n]", func(s shipped) any {
		return object{"textPayload": s.msg, "logName": "projects/p/logs/stderr", "resource": object{"type": "k8s_container", "labels": object{"pod_name": "p", "namespace_name": "n", "container_name": "c"}}, "labels": object{"compute.googleapis.com/resource_name": shipHost}, "timestamp": rfc3339(s.at)}
	}),
	"Azure's portal": tableOf(',', []string{"TimeGenerated [UTC]", "Computer", "PodName", "PodNamespace", "ContainerName", "ContainerId", "LogMessage", "LogSource"}, func(s shipped) []string {
		return []string{s.at.Format("1/2/2006, 3:04:05.000 PM"), shipHost, "p", "n", "c", shipID, s.msg, "stderr"}
	}),
	"Datadog": within(`{"data":[…]}`, func(s shipped) any {
		return object{"id": "x", "type": "log", "attributes": object{"timestamp": rfc3339(s.at), "host": shipHost, "message": s.msg, "tags": []string{"pod_name:p", "kube_namespace:n", "kube_container_name:c"}}}
	}),
	"Graylog": perLine(func(s shipped) string {
		return asJSON(object{"version": "1.1", "host": shipHost, "short_message": s.msg, "timestamp": float64(s.at.UnixMicro()) / 1e6, "_pod_name": "p", "_namespace_name": "n", "_container_name": "c"})
	}),
	"a table with tabs": tableOf('\t', []string{"timestamp", "pod", "namespace", "container", "host", "message"}, func(s shipped) []string {
		return []string{rfc3339(s.at), "p", "n", "c", shipHost, s.msg}
	}),
}

// TestPipelines reads what each pipeline makes of the same records, the oldest first
// and the newest first.
func TestPipelines(t *testing.T) {
	newest := func(rows []shipped) []shipped {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
		return rows
	}
	for name, write := range ofTheKernel {
		t.Run("the kernel's, "+name, func(t *testing.T) {
			checkReport(t, readShipped(t, write(shippedReport())))
			checkReport(t, readShipped(t, write(newest(shippedReport()))))
		})
	}
	for name, write := range ofAContainer {
		t.Run("a container's, "+name, func(t *testing.T) {
			checkDeath(t, readShipped(t, write(shippedDeath())))
			checkDeath(t, readShipped(t, write(newest(shippedDeath()))))
		})
	}
}

func readShipped(t *testing.T, text string) event.Log {
	t.Helper()
	u := input.Bytes("f", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	logs, err := parsers.Read(context.Background(), []input.Unit{u}, parsers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return logs[0]
}

func checkReport(t *testing.T, l event.Log) {
	t.Helper()
	if len(l.Events) != 1 || len(l.Problems) > 0 {
		t.Fatalf("%s: %d events, problems %v, want one report", l.Format, len(l.Events), l.Problems)
	}
	d, ok := l.Events[0].Body.(*event.OOMDump)
	if !ok || d.Truncated || d.Trigger == nil || len(d.Tasks) != 5 || len(d.Victims) != 1 || d.OOMMemcg == "" {
		t.Errorf("%s: got %+v, want a whole report", l.Format, l.Events[0])
	}
	if l.Events[0].Host != shipHost || l.Node != shipHost || !l.Kernel {
		t.Errorf("%s: host %q, node %q, kernel %v", l.Format, l.Events[0].Host, l.Node, l.Kernel)
	}
	st, ok := l.Events[0].Stamps.Of(event.Wall)
	if gap := st.Wall.Sub(shippedReport()[0].at).Abs(); !ok || gap > 2*time.Millisecond && st.Step < time.Second {
		t.Errorf("%s: the report is of %v", l.Format, l.Events[0].Stamps)
	}
}

func checkDeath(t *testing.T, l event.Log) {
	t.Helper()
	if len(l.Events) != 1 || len(l.Problems) > 0 {
		t.Fatalf("%s: %d events, problems %v, want one", l.Format, len(l.Events), l.Problems)
	}
	e := l.Events[0]
	if b, ok := e.Body.(event.WorkerExit); !ok || b.PID != 9 || e.From == nil || e.From.Pod != "p" || e.From.Namespace != "n" || e.From.Name != "c" || e.From.Node != shipHost {
		t.Errorf("%s: got %+v of %+v", l.Format, e.Body, e.From)
	}
	st, ok := e.Stamps.Of(event.Wall)
	if gap := st.Wall.Sub(shippedDeath()[1].at).Abs(); !ok || gap >= time.Millisecond {
		t.Errorf("%s: it is of %v", l.Format, e.Stamps)
	}
}
