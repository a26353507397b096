package kernel

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest/loggen"
)

// BenchmarkRead reads what is read most: whole reports, and in the middle of
// one, lines of something else.
func BenchmarkRead(b *testing.B) {
	for _, bb := range []struct {
		name    string
		records []event.Record
	}{
		{"dump=memcg", dump(b, "memcg-v2-group-7.3.txt")},
		{"dump=global", dump(b, "global-6.18.txt")},
		{"dump=none", log("eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None")},
		{"dump=open", log(invoked, "eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None")},
	} {
		b.Run(bb.name, func(b *testing.B) {
			n := 0
			for _, rec := range bb.records {
				n += len(rec.Msg)
			}
			emit := func(event.Event) {}
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				p := New()
				for i := range bb.records {
					p.Read(&bb.records[i], emit)
				}
				p.End(emit)
			}
		})
	}
}

// BenchmarkHostile reads lines that are made to cost much.
func BenchmarkHostile(b *testing.B) {
	for _, bb := range []struct {
		name string
		msg  []byte
	}{
		{"line=paths", append([]byte("oom-kill:constraint=X"), append(bytes.Repeat([]byte(",oom_memcg=/,task_memcg=/,task="), 400), ",pid=1,uid=0"...)...)},
		{"line=digits", append([]byte("Killed process "), bytes.Repeat([]byte("1"), 1<<20)...)},
		{"line=newlines", bytes.Repeat([]byte("\n"), 1<<20)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			start, rec := record(1, 1, invoked), record(2, 2, string(bb.msg))
			emit := func(event.Event) {}
			b.SetBytes(int64(len(bb.msg)))
			b.ReportAllocs()
			for b.Loop() {
				p := New()
				p.Read(&start, emit)
				p.Read(&rec, emit)
				p.End(emit)
			}
		})
	}
}

// BenchmarkDumps reads a log that is nothing but reports: one after the other,
// by one parser, so that the four before stay back for late lines. An operation
// is a report.
func BenchmarkDumps(b *testing.B) {
	global := dump(b, "global-6.18.txt")
	for _, bb := range []struct {
		name    string
		records []event.Record
	}{
		{"memcg", dump(b, "memcg-v2-group-7.3.txt")},
		{"global", global},
		{"memcg+30rows", log(loggen.Report("/kubepods.slice/kubepods-burstable.slice", 4000, 30)...)},
		{"global+30rows", withRows(global, 30)},
		{"global+300rows", withRows(global, 300)},
		{"global+30000rows", withRows(global, 30000)},
	} {
		b.Run("dump="+bb.name, func(b *testing.B) {
			n := 0
			for _, rec := range bb.records {
				n += len(rec.Msg) + 1
			}
			emit := func(event.Event) {}
			p := New()
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				for i := range bb.records {
					rec := &bb.records[i]
					rec.Stamps[0].Since += time.Minute
					rec.Line += len(bb.records)
					p.Read(rec, emit)
				}
			}
		})
	}
}

// withRows returns the records of a report with n more rows in its table.
func withRows(records []event.Record, n int) (out []event.Record) {
	names := strings.Fields("systemd systemd-journal systemd-udevd systemd-network systemd-resolve dbus-daemon chronyd sshd agetty " +
		"containerd containerd-shim pause kubelet kube-proxy coredns nginx java node python3 gunicorn celery postgres redis-server " +
		"node_exporter fluent-bit rsyslogd cron polkitd unattended-upgr amazon-ssm-agen bash sleep")
	for _, rec := range records {
		out = append(out, rec)
		if !isTableHeader(rec.Msg) {
			continue
		}
		for i := range n {
			rss := i * 7919 % 20000
			row := rec
			row.Msg = fmt.Appendf(nil, "[%7d] %5d %5d %8d %8d %8d %8d %9d %8d %8d         %5d %s", 5000+i, i%7*100, 5000+i, 3*rss+1111, rss, rss*3/4, rss/4, 0,
				8192*(i%90+9), i%5*31, i%3*500-500*(i%2), names[i%len(names)])
			out = append(out, row)
		}
	}
	return out
}
