package envelope

import (
	"bytes"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

var consoleRows = []row{
	{"tio", `[2026-11-23 09:01:41.482] [ 7868.482562] python3 invoked oom-killer: x`, `console zoneless=2026-11-23T09:01:41.482/ms late monotonic=7868.482562/µs <kernel> "python3 invoked oom-killer: x"`},
	{"a console server, PRINTK_CALLER", `2026-11-23T09:01:41.482Z [ 7868.482562][ T1234] text`, `console wall=2026-11-23T09:01:41.482Z/ms late monotonic=7868.482562/µs <kernel caller T1234> "text"`},
	{"a console server, level", `2026-11-23T09:01:41.482Z <4>[ 7868.482562] text`, `console wall=2026-11-23T09:01:41.482Z/ms late monotonic=7868.482562/µs <kernel> "text"`},
	{"a console server, another facility", `2026-11-23T09:01:41.482Z <30>[ 7868.482562] systemd[1]: text`, `console wall=2026-11-23T09:01:41.482Z/ms monotonic=7868.482562/µs <systemd[1]> "text"`},
	{"a mark", `09:01:41.482 > [ 7868.482562] text`, `console dayless=09:01:41.482/ms late monotonic=7868.482562/µs <kernel> "text"`},
	{"an arrow", `09:01:41.482 -> [ 7868.482562] text`, `console dayless=09:01:41.482/ms late monotonic=7868.482562/µs <kernel> "text"`},
	{"a bar", `2026-11-23 09:01:41.482 | [ 7868.482562] text`, `console zoneless=2026-11-23T09:01:41.482/ms late monotonic=7868.482562/µs <kernel> "text"`},
	{"RealTerm", `[09:01:41:482] [ 7868.482562] text`, `console dayless=09:01:41.482/ms late monotonic=7868.482562/µs <kernel> "text"`},
	{"Tera Term", `[Mon Nov 23 09:01:41.482 2026] [ 7868.482562] text`, `console zoneless=2026-11-23T09:01:41.482/ms late monotonic=7868.482562/µs <kernel> "text"`},
	{"grabserial", `[7870.123456 0.000012] [ 7868.482562] text`, `console monotonic=7868.482562/µs <kernel> "text"`},
	{"netconsole, received", `2026-11-23 09:01:41 4,1234,7868482562,-;text`, `console zoneless=2026-11-23T09:01:41/s late monotonic=7868.482562/µs <kernel> "text"`},
}

var consoleMisses = []row{
	{"a process without a tag", `Nov 23 09:01:41 node-1 [ 7868.482562] text`, ""},
	{"the same without a host", `Nov 23 09:01:41 [ 7868.482562] text`, ""},
	{"a word between", `09:01:4 text [ 7868.482562] text`, ""},
	{"two numbers", `[7870 0] [ 7868.482562] text`, ""},
}

var logreadRows = []row{
	{"OpenWrt", `Mon Nov 23 09:01:41 2026 kern.warn kernel: [ 7868.482562] text`, `logread>dmesg zoneless=2026-11-23T09:01:41/s late monotonic=7868.482562/µs <kernel> "text"`},
	{"OpenWrt, logread -t", `Mon Nov 23 09:01:41 2026 [1795424501.482] kern.warn kernel: [ 7868.482562] text`, `logread>dmesg zoneless=2026-11-23T09:01:41/s late monotonic=7868.482562/µs <kernel> "text"`},
	{"OpenWrt, a daemon", `Mon Nov 23 09:01:41 2026 daemon.info dnsmasq[12]: text`, `logread zoneless=2026-11-23T09:01:41/s <dnsmasq[12]> "text"`},
	{"OpenWrt, a process with the kernel's tag", `Mon Nov 23 09:01:41 2026 user.warn kernel: [ 7868.482562] text`, `logread zoneless=2026-11-23T09:01:41/s late <claims to be kernel> "[ 7868.482562] text"`},
	{"OpenWrt, the kernel's tag with a pid", `Mon Nov 23 09:01:41 2026 kern.warn kernel[12]: text`, `logread zoneless=2026-11-23T09:01:41/s late <claims to be kernel[12]> "text"`},
}

var logcatRows = []row{
	{"threadtime", `11-23 09:01:41.482     0     0 W oom_reaper: reaped process 7868 (python3)`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "oom_reaper: reaped process 7868 (python3)"`},
	{"threadtime, no tag", `11-23 09:01:41.482     0     0 W         : python3 invoked oom-killer: x`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "python3 invoked oom-killer: x"`},
	{"threadtime, no blank behind the colon", `11-23 09:01:41.482     0     0 I oom-kill: constraint=CONSTRAINT_NONE`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "oom-kill:constraint=CONSTRAINT_NONE"`},
	{"threadtime, a number behind the colon", `11-23 09:01:41.482     0     0 I active_anon: 12 inactive_anon:3`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "active_anon:12 inactive_anon:3"`},
	{"threadtime, a comm with a colon", `11-23 09:01:41.482     0     0 I kworker/u8: 1 invoked oom-killer: x`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "kworker/u8:1 invoked oom-killer: x"`},
	{"threadtime, a list", `11-23 09:01:41.482     0     0 I lowmem_reserve[]: 0 2892`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "lowmem_reserve[]: 0 2892"`},
	{"threadtime, uid by number", `11-23 09:01:41.482  1000  1234  1250 I ActivityManager: Killing 7868`, `logcat yearless=11-23T09:01:41.482/ms <ActivityManager[1234]> "Killing 7868"`},
	{"threadtime, uid by name", `11-23 09:01:41.482  root     0     0 I binder  : text`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "binder: text"`},
	{"threadtime, year and zone", `2026-11-23 09:01:41.482 +0100     0     0 I binder  : text`, `logcat wall=2026-11-23T08:01:41.482Z/ms <kernel> "binder: text"`},
	{"time", `11-23 09:01:41.482 W/oom_reaper(    0): reaped process 7868`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "oom_reaper: reaped process 7868"`},
	{"time, a process", `11-23 09:01:41.482 I/ActivityManager( 1234): text`, `logcat yearless=11-23T09:01:41.482/ms <ActivityManager[1234]> "text"`},
	{"time, a tag that looks like the kernel's", `11-23 09:01:41.482 W/(    0): text(  1234): `, `logcat yearless=11-23T09:01:41.482/ms <claims to be kernel> "text(  1234): "`},
	{"time, a tag and a text that look like the kernel's", `11-23 09:01:41.482 W/x(    0): text(12345): y(    0):`, `logcat yearless=11-23T09:01:41.482/ms <claims to be kernel> "text(12345): y(    0):"`},
	{"time, numbers of the kernel's own", `11-23 09:01:41.482 W/binder  (    0): 7868 (python3): a (12): b (    0): c`, `logcat yearless=11-23T09:01:41.482/ms <kernel> "binder:7868 (python3): a (12): b (    0): c"`},
	{"a process with the kernel's tag", `11-23 09:01:41.482  1234  1250 I kernel  : text`, `logcat yearless=11-23T09:01:41.482/ms <claims to be kernel[1234]> "text"`},
}

var logcatMisses = []row{
	{"no fraction", `11-23 09:01:41     0     0 W x: y`, ""},
	{"no level", `11-23 09:01:41.482     0     0 x: y`, ""},
	{"one number", `11-23 09:01:41.482     0 W x: y`, ""},
	{"a month that is none", `13-23 09:01:41.482     0     0 W x: y`, ""},
}

var kernelJSONRows = []row{
	{"Fluent Bit, kmsg", `{"priority":4,"sequence":1,"sec":7868,"usec":482562,"msg":"python3 invoked oom-killer: x"}`, `kernel-json monotonic=7868.482562/µs <kernel> "python3 invoked oom-killer: x"`},
	{"Fluent Bit, kmsg, to a file", `{"date":1795424501.482,"priority":4,"sequence":1,"sec":7868,"usec":482562,"msg":"text"}`, `kernel-json wall=2026-11-23T09:01:41.482Z/ms late monotonic=7868.482562/µs <kernel> "text"`},
	{"Fluent Bit, systemd", `{"date":1795424501.482,"_TRANSPORT":"kernel","_HOSTNAME":"node-1","SYSLOG_IDENTIFIER":"kernel","SYSLOG_FACILITY":"0","_SOURCE_MONOTONIC_TIMESTAMP":"7868482562","MESSAGE":"text"}`,
		`kernel-json wall=2026-11-23T09:01:41.482Z/ms late monotonic=7868.482562/µs <kernel@node-1> "text"`},
	{"filebeat, journald", `{"@timestamp":"2026-11-23T09:01:41.482Z","message":"text","syslog":{"identifier":"kernel","facility":0,"priority":4},"systemd":{"transport":"kernel"},"host":{"hostname":"node-1"}}`,
		`kernel-json wall=2026-11-23T09:01:41.482Z/ms late <kernel@node-1> "text"`},
	{"filebeat, another transport", `{"@timestamp":"2026-11-23T09:01:41.482Z","message":"text","syslog":{"identifier":"kernel"},"systemd":{"transport":"syslog"},"host":{"name":"node-1"}}`,
		`kernel-json wall=2026-11-23T09:01:41.482Z/ms late <claims to be kernel@node-1> "text"`},
	{"Vector, journald", `{"SYSLOG_IDENTIFIER":"kernel","message":"text","timestamp":"2026-11-23T09:01:41.482562Z","host":"node-1","_TRANSPORT":"kernel","_SOURCE_MONOTONIC_TIMESTAMP":"7868482562"}`,
		`kernel-json wall=2026-11-23T09:01:41.482562Z/µs late monotonic=7868.482562/µs <kernel@node-1> "text"`},
	{"Loki", `{"SYSLOG_IDENTIFIER":"kernel","message":"text"}`, `kernel-json <kernel> "text"`},
	{"a pid", `{"SYSLOG_IDENTIFIER":"kernel","message":"text","_PID":"12"}`, `kernel-json <claims to be kernel> "text"`},
	{"rsyslog's template", `{"@timestamp":"2026-11-23T09:01:41.482562+00:00","host":"node-1","severity":"warning","facility":"kern","programname":"kernel","procid":"-","message":" [ 7868.482562] text"}`,
		`kernel-json>dmesg wall=2026-11-23T09:01:41.482562Z/µs late monotonic=7868.482562/µs <kernel@node-1> "text"`},
	{"rsyslog's template, another facility", `{"@timestamp":"2026-11-23T09:01:41.482562+00:00","host":"node-1","facility":"user","programname":"kernel","message":"text"}`,
		`kernel-json wall=2026-11-23T09:01:41.482562Z/µs late <claims to be kernel@node-1> "text"`},
	{"Fluent Bit, systemd, Lowercase", `{"_transport":"kernel","_hostname":"node-1","syslog_identifier":"kernel","_source_monotonic_timestamp":"7868482562","message":"text"}`,
		`kernel-json monotonic=7868.482562/µs <kernel@node-1> "text"`},
	{"Fluent Bit, systemd, Strip_Underscores", `{"TRANSPORT":"kernel","HOSTNAME":"node-1","SYSLOG_IDENTIFIER":"kernel","SOURCE_MONOTONIC_TIMESTAMP":"7868482562","MESSAGE":"text"}`,
		`kernel-json monotonic=7868.482562/µs <kernel@node-1> "text"`},
	{"Lowercase, another transport", `{"_transport":"journal","syslog_identifier":"kernel","message":"text"}`, `kernel-json <claims to be kernel> "text"`},
	{"Strip_Underscores, a pid", `{"SYSLOG_IDENTIFIER":"kernel","PID":"12","MESSAGE":"text"}`, `kernel-json <claims to be kernel> "text"`},
	{"Strip_Underscores, a process' own transport", `{"TRANSPORT":"journal","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"text","TRANSPORT":"kernel"}`, `kernel-json <claims to be kernel> "text"`},
	{"a repeated field", `{"TRANSPORT":["journal","kernel"],"SYSLOG_IDENTIFIER":"kernel","MESSAGE":"text"}`, `kernel-json <claims to be kernel> "text"`},
	{"a uid", `{"SYSLOG_IDENTIFIER":"kernel","message":"text","_UID":"1000"}`, `kernel-json <claims to be kernel> "text"`},
	{"a comm", `{"SYSLOG_IDENTIFIER":"kernel","message":"text","_COMM":"evil"}`, `kernel-json <claims to be kernel> "text"`},
	{"a stamp, another's name", `{"priority":4,"sequence":1,"sec":7868,"usec":482562,"msg":"text","ident":"evil"}`,
		`kernel-json monotonic=7868.482562/µs <claims to be kernel> "text"`},
	{"a host that is none", `{"SYSLOG_IDENTIFIER":"kernel","message":"text","host":"` + strings.Repeat("h", 256) + `"}`, `kernel-json <kernel> "text"`},
	{"a logger of that name", `{"logger":"kernel","message":"text","@timestamp":"2026-11-23T09:01:41.482Z"}`,
		`app-json wall=2026-11-23T09:01:41.482Z/ms <> "{\"logger\":\"kernel\",\"message\":\"text\",\"@timestamp\":\"2026-11-23T09:01:41.482Z\"}"`},
}

var hex64 = strings.Repeat("81f8b171", 8)

var pipelineRows = []row{
	{"a pod's object, merged", `{"kubernetes":{"pod_name":"a"},"transport":"kernel","message":"text"}`, `pipeline <stdout from /a/ > "text"`},
	{"a pod's object, merged, its fields apart", `{"kubernetes.pod_name":"a","transport":"kernel","message":"text"}`, `pipeline <stdout from /a/ > "text"`},
	{"a pod that claims to be the kernel", `{"kubernetes":{"pod_name":"a","namespace_name":"n","container_name":"c"},"SYSLOG_IDENTIFIER":"kernel","log":"text","stream":"stderr"}`, `pipeline <stderr from n/a/c > "text"`},
	{"a daemon", `{"host":"node-1","ident":"kubelet","pid":"12","message":"text","time":"2026-11-23T09:01:41.482Z"}`, `pipeline wall=2026-11-23T09:01:41.482Z/ms <kubelet@node-1> "text"`},
	{"a unit", `{"hostname":"node-1","systemd_unit":"kubelet.service","message":"text","@timestamp":"2026-11-23T09:01:41Z"}`, `pipeline wall=2026-11-23T09:01:41Z/s <kubelet@node-1> "text"`},
	{"one that claims to be the kernel by its service", `{"host":"node-1","service":"kernel","message":"text"}`, `pipeline <claims to be kernel@node-1> "text"`},
	{"an object within the message", `{"time":"2026-11-23T09:01:41Z","message":"{\"host\":\"node-1\",\"ident\":\"kernel\",\"message\":\"text\"}"}`, `pipeline wall=2026-11-23T09:01:41Z/s late <kernel@node-1> "text"`},
	{"a container's id with its scheme", `{"kubernetes":{"container_id":"containerd://` + hex64 + `","pod_name":"p","pod_namespace":"n","container_name":"c"},"message":"text","timestamp":"2026-11-23T09:01:41Z"}`, `pipeline wall=2026-11-23T09:01:41Z/s <stdout from n/p/c 81f8> "text"`},
	{"names that are none", `{"pod":"a b","namespace":"` + strings.Repeat("n", 300) + `","ident":"kubelet","message":"text"}`, `pipeline <kubelet> "text"`},
	{"Fluent Bit to a file", `k8s.var: [1795424501.563000000, {"log":"text","kubernetes":{"pod_name":"p","namespace_name":"n","container_name":"c"}}]`, `forwarded wall=2026-11-23T09:01:41.563Z/ns <stdout from n/p/c > "text"`},
	{"Fluent Bit to stdout", `[3] [[1795424501.563000000, {}], {"MESSAGE":"text","_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel"}]`, `forwarded wall=2026-11-23T09:01:41.563Z/ns late <kernel> "text"`},
	{"Fluentd", "2026-11-23T09:01:41+00:00\tkernel\t" + `{"message":"text","ident":"kernel"}`, `forwarded wall=2026-11-23T09:01:41Z/s late <kernel> "text"`},
	{"CloudWatch to S3", `2026-11-23T09:01:41.563Z {"ident":"containerd","message":"text"}`, `forwarded wall=2026-11-23T09:01:41.563Z/ms <containerd> "text"`},
	{"logcli", `2026-11-23T09:01:41Z {container="c", namespace="n", pod="p"} text`, `logcli wall=2026-11-23T09:01:41Z/s <stdout from n/p/c > "text"`},
	{"Papertrail", "77\t2026-11-23T09:01:41Z\t2026-11-23T09:01:42Z\t3\tnode-1\t10.0.0.1\tKernel\tWarning\tkernel\ttext", `papertrail wall=2026-11-23T09:01:41Z/s late <kernel@node-1> "text"`},
	{"Splunk", `{"preview":false,"result":{"_time":"2026-11-23T09:01:41.563+0000","_raw":"Nov 23 09:01:41 node-1 kernel: text","host":"h"}}`, `pipeline wall=2026-11-23T09:01:41.563Z/ms yearless=11-23T09:01:41/s late <kernel@node-1> "text"`},
}

func TestPipeline(t *testing.T) { testRows(t, pipelineRows) }

var kernelJSONMisses = []row{
	{"another stamp as well", `{"priority":4,"sequence":1,"sec":7868,"usec":482562,"msg":"text","SEC":1}`, ""},
	{"a container's object, merged", `{"stream":"stdout","transport":"kernel","message":"text"}`, ""},
	{"a file's object, merged", `{"log":{"file":{"path":"/var/log/pods/a"}},"transport":"kernel","message":"text"}`, ""},
	{"a container's object with a stamp, merged", `{"container_id":"81f8","priority":4,"sequence":1,"sec":7868,"usec":482562,"msg":"text"}`, ""},
}

var prefixRows = []row{
	{"netconsole, with the release", `6.4.0-1-amd64,4,444,7868482562,-;text`, `kmsg monotonic=7868.482562/µs <kernel> "text"`},
	{"netconsole, with the release and a caller", `6.4.0,4,444,7868482562,-,caller=T12;text`, `kmsg monotonic=7868.482562/µs <kernel caller T12> "text"`},
	{"macOS' syslogd, pid 0", `Nov 23 09:01:41 mac kernel[0]: text`, `syslog yearless=11-23T09:01:41/s late <kernel@mac> "text"`},
	{"a template without a blank", `Nov 23 09:01:41 node-1 kernel:[ 7868.482562] text`, `syslog>dmesg yearless=11-23T09:01:41/s late monotonic=7868.482562/µs <kernel@node-1> "text"`},
	{"a template without a blank, no host", `Nov 23 09:01:41 kernel:[ 7868.482562] text`, `syslog>dmesg yearless=11-23T09:01:41/s late monotonic=7868.482562/µs <kernel> "text"`},
	{"old klogd", `Nov 23 09:01:41 node-1 kernel: <4>[ 7868.482562] text`, `syslog>dmesg yearless=11-23T09:01:41/s late monotonic=7868.482562/µs <kernel@node-1> "text"`},
	{"Motorola", `<6>[  123.456789,0] text`, `dmesg monotonic=123.456789/µs <kernel> "text"`},
	{"Amlogic", `[  123.456789@0] text`, `dmesg monotonic=123.456789/µs <kernel> "text"`},
	{"Sony", `[  123.456789 / 11-23 09:01:41.482] text`, `dmesg monotonic=123.456789/µs <kernel> "text"`},
	{"dmesg iso, nothing but the stamp", `2026-11-23T09:16:50,860084+00:00`, `dmesg wall=2026-11-23T09:16:50.860084Z/µs early <kernel> ""`},
}

func TestConsole(t *testing.T)          { testRows(t, consoleRows) }
func TestConsoleMisses(t *testing.T)    { testMisses(t, consoleMisses) }
func TestLogread(t *testing.T)          { testRows(t, logreadRows) }
func TestLogcat(t *testing.T)           { testRows(t, logcatRows) }
func TestLogcatMisses(t *testing.T)     { testMisses(t, logcatMisses) }
func TestKernelJSON(t *testing.T)       { testRows(t, kernelJSONRows) }
func TestKernelJSONMisses(t *testing.T) { testMisses(t, kernelJSONMisses) }
func TestPrefixes(t *testing.T)         { testRows(t, prefixRows) }

func TestLearnTagged(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want string // of the last line; "" where nothing is learned
	}{
		"tag and stamp":        {"kernel: [ 7868.482562] one\nkernel: [ 7868.482563] two", `tagged>dmesg monotonic=7868.482563/µs <kernel> "two"`},
		"tag alone":            {"kernel:one\nkernel:two", `tagged <kernel> "two"`},
		"host and tag":         {"node-1 kubelet[12]: one\nnode-1 kernel:  two", `tagged <kernel@node-1> " two"`},
		"to all terminals":     {"\nMessage from syslogd@node-1 at Nov 23 09:01:41 ...\n kernel:[ 7868.482562] two", `tagged>dmesg monotonic=7868.482562/µs <kernel> "two"`},
		"a daemon's":           {"node-1 kernel: one\nnode-1 kubelet[12]: two", `tagged <kubelet[12]@node-1> "two"`},
		"a pid":                {"node-1 kernel: one\nnode-1 kernel[12]: two", `tagged <claims to be kernel[12]@node-1> "two"`},
		"ts":                   {"Nov 23 09:01:41 [ 7868.482562] one\nNov 23 09:01:41 [ 7868.482563] two", `tagged>dmesg yearless=11-23T09:01:41/s late monotonic=7868.482563/µs <kernel> "two"`},
		"one among others":     {"kernel: one\nthree\nfour", ""},
		"without the kernel's": {"node-1 kubelet[12]: one\nnode-1 kubelet[12]: two", ""},
		"words":                {"kernels: one\nthe kernel is two", ""},
		"nothing":              {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			lines := bytes.Split([]byte(c.text), []byte("\n"))
			e, ok := LearnTagged(lines)
			if c.want == "" {
				if ok {
					t.Errorf("%q is learned", c.text)
				}
				return
			}
			rec := event.Record{Msg: lines[len(lines)-1]}
			o := Opener{Learned: &e}
			if got := told(o.Open(&rec), &rec); !ok || got != c.want {
				t.Errorf("%q: learned %v, the last line opens as %s\nwant %s", c.text, ok, got, c.want)
			}
		})
	}
}

func TestLearnVendor(t *testing.T) {
	for name, c := range map[string]struct {
		msgs []string
		want string // the vendor, the task and the text of the last one
	}{
		"MediaTek":                 {[]string{"<0>.(0)[1:init]text"}, "mediatek T1 text"},
		"MediaTek, interrupts on":  {[]string{" (1)[72:kworker/2:1]text"}, "mediatek T72 text"},
		"MediaTek, idle":           {[]string{"-(0)[0:swapper/0]text"}, "mediatek T0 text"},
		"Samsung":                  {[]string{"I[0:      swapper/0:    0] text"}, "samsung T0 text"},
		"Samsung, no letter":       {[]string{" [2:    kworker/2:1:   72] text"}, "samsung T72 text"},
		"Huawei":                   {[]string{"[pid:1,cpu0,init]text"}, "huawei T1 text"},
		"HTC":                      {[]string{"(CPU:0-pid:1:init) text"}, "htc T1 text"},
		"Qualcomm":                 {[]string{"c0    123 a", "c1      9 b", "c0    123 text"}, "qualcomm T123 text"},
		"a process called c0":      {[]string{"c0 123 invoked oom-killer: x"}, ""},
		"a row of the task table":  {[]string{"[  14575]     0 14575    17217 python3"}, ""},
		"not of most lines":        {[]string{"[pid:1,cpu0,init]text", "Mem-Info:", "Call Trace:"}, ""},
		"a comm that looks alike":  {[]string{"[pid:1,cpu0,x] invoked oom-killer: x", "Mem-Info:"}, ""},
		"a device":                 {[]string{"usb 1-1: New USB device found"}, ""},
		"a bracket without an end": {[]string{"[0:"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var msgs [][]byte
			for _, m := range c.msgs {
				msgs = append(msgs, []byte(m))
			}
			got := ""
			if v := LearnVendor(msgs); v != nil {
				rec := event.Record{Speaker: "kernel", Msg: msgs[len(msgs)-1]}
				v.take(&rec)
				got = v.name + " " + rec.Caller + " " + string(rec.Msg)
			}
			if got != c.want {
				t.Errorf("%q gives %q, want %q", c.msgs, got, c.want)
			}
		})
	}
}

// FuzzVendor checks that a prefix that is taken off was there, and that nobody
// else's line is changed.
func FuzzVendor(f *testing.F) {
	for _, s := range []string{"<0>.(0)[1:init]text", "I[0:      swapper/0:    0] text", "[pid:1,cpu0,init]text", "(CPU:0-pid:1:init) text", "c0    123 text"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		for i := range vendors {
			rec := event.Record{Speaker: "kernel", Msg: msg}
			if vendors[i].take(&rec); !bytes.HasSuffix(msg, rec.Msg) || len(rec.Msg) < len(msg) && (len(rec.Caller) < 2 || rec.Caller[0] != 'T') {
				t.Errorf("%s takes %q of %q, caller %q", vendors[i].name, rec.Msg, msg, rec.Caller)
			}
			rec = event.Record{Speaker: "kubelet", Msg: msg}
			if vendors[i].take(&rec); len(rec.Msg) != len(msg) || rec.Caller != "" {
				t.Errorf("%s changes %q of another", vendors[i].name, msg)
			}
		}
	})
}
