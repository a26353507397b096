package envelope

import (
	"bytes"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

var journalTextRows = []row{
	{"journalctl 252 -o short-monotonic, kernel", `[ 8687.871717] gke-prod-pool-1-3c9d kernel:  oom_kill_process.cold+0x8/0x8a`,
		`journal-monotonic monotonic=8687.871717/µs late <kernel@gke-prod-pool-1-3c9d> " oom_kill_process.cold+0x8/0x8a"`},
	{"journalctl 252 -o short-monotonic", `[  144.475965] web-1 systemd[1]: Created slice system-resize.slice`, `journal-monotonic monotonic=144.475965/µs <systemd[1]@web-1> "Created slice system-resize.slice"`},
	{"journalctl -o short-monotonic, the kernel's tag with a pid", `[  145.089159] node-1 kernel[12]: text`, `journal-monotonic monotonic=145.089159/µs late <claims to be kernel[12]@node-1> "text"`},
	{"journalctl -o short-monotonic --no-hostname, kernel", `[  145.089159] kernel: imgworker invoked`, `journal-monotonic monotonic=145.089159/µs late <kernel> "imgworker invoked"`},
	{"journalctl 252 -o short-delta, the first line", `[    5.000000                 ] node-1 kernel: text`, `journal-monotonic monotonic=5.000000/µs late <kernel@node-1> "text"`},
	{"journalctl 252 -o short-delta", `[    6.000000 <    1.876544 >] node-1 kubelet[12]: text`, `journal-monotonic monotonic=6.000000/µs <kubelet[12]@node-1> "text"`},
	{"journalctl 252 -o short-delta, another boot", `[    6.000000 <    2.000000*>] node-1 kubelet[12]: text`, `journal-monotonic monotonic=6.000000/µs <kubelet[12]@node-1> "text"`},
}

var journalJSONRows = []row{
	{"journalctl 252 -o json, kernel", `{"_HOSTNAME":"gke-prod-pool-1-3c9d","SYSLOG_IDENTIFIER":"kernel","PRIORITY":"4","__MONOTONIC_TIMESTAMP":"8687879213","MESSAGE":"python3 invoked oom-killer: x","_SOURCE_MONOTONIC_TIMESTAMP":"8687871658","_TRANSPORT":"kernel","_BOOT_ID":"d2f1d7f0dafb436c99f7d82b038b9d89","SYSLOG_FACILITY":"0","__REALTIME_TIMESTAMP":"1795425321040702"}`,
		`journal-json wall=2026-11-23T09:15:21.040702Z/µs late monotonic=8687.871658/µs <kernel@gke-prod-pool-1-3c9d boot d2f1> "python3 invoked oom-killer: x"`},
	{"journalctl 219 -o json, blanks", `{ "__REALTIME_TIMESTAMP" : "1795425321040702", "_TRANSPORT" : "syslog", "_COMM" : "app", "_PID" : "7", "MESSAGE" : "text" }`,
		`journal-json wall=2026-11-23T09:15:21.040702Z/µs <app[7]> "text"`},
	{"journalctl 219 -o json, bytes", `{ "__REALTIME_TIMESTAMP" : "1795425321040702", "_TRANSPORT" : "kernel", "MESSAGE" : [ 119, 107, 10, 255 ] }`,
		`journal-json wall=2026-11-23T09:15:21.040702Z/µs late <kernel> "wk\n\xff"`},
	{"journalctl 252 -o json, bytes", `{"MESSAGE":[99,114,13],"__REALTIME_TIMESTAMP":"1795425321040702","SYSLOG_IDENTIFIER":"app"}`,
		`journal-json wall=2026-11-23T09:15:21.040702Z/µs <app> "cr\r"`},
	{"journalctl 257 -o json, a message too long", `{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1795425321040702","SYSLOG_IDENTIFIER":"app"}`,
		`journal-json wall=2026-11-23T09:15:21.040702Z/µs <app> ""`},
	{"journalctl 252 -o json, a repeated field", `{"MESSAGE":["one","two"],"__REALTIME_TIMESTAMP":"1795425321040702","SYSLOG_IDENTIFIER":[[97,98],"b"]}`,
		`journal-json wall=2026-11-23T09:15:21.040702Z/µs <ab> "one"`},
	{"journalctl 252 -o json-seq, the sender's time", "\x1e" + `{"__REALTIME_TIMESTAMP":"1795508500018789","_SOURCE_REALTIME_TIMESTAMP":"1795508500018711","_COMM":"systemd","_PID":"1","_SYSTEMD_UNIT":"init.scope","MESSAGE":"Started cache.service - Cache."}`,
		`journal-json wall=2026-11-24T08:21:40.018711Z/µs <systemd[1] unit init.scope> "Started cache.service - Cache."`},
	{"journalctl 252 -o json-sse", `data: {"__REALTIME_TIMESTAMP":"1795508500018789","_COMM":"app","MESSAGE":"x"}`, `journal-json wall=2026-11-24T08:21:40.018789Z/µs <app> "x"`},
	{"journald 252, a process wrote to /dev/kmsg", `{"__REALTIME_TIMESTAMP":"1795508500018789","_TRANSPORT":"kernel","SYSLOG_FACILITY":"3","SYSLOG_IDENTIFIER":"systemd","SYSLOG_PID":"1","MESSAGE":"x"}`,
		`journal-json wall=2026-11-24T08:21:40.018789Z/µs late <systemd[1]> "x"`},
	{"journald 252, a process wrote to /dev/kmsg as the kernel", `{"__REALTIME_TIMESTAMP":"1795508500018789","_TRANSPORT":"kernel","SYSLOG_FACILITY":"1","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"x"}`,
		`journal-json wall=2026-11-24T08:21:40.018789Z/µs late <claims to be kernel> "x"`},
	{"journald 252, logger -t kernel", `{"__REALTIME_TIMESTAMP":"1795508500018789","_TRANSPORT":"syslog","SYSLOG_IDENTIFIER":"kernel","_PID":"77","MESSAGE":"x"}`,
		`journal-json wall=2026-11-24T08:21:40.018789Z/µs <claims to be kernel[77]> "x"`},
	{"names that are none", `{"__REALTIME_TIMESTAMP":"1795508500018789","_HOSTNAME":"` + strings.Repeat("h", 256) + `","_BOOT_ID":"d2f1d7f0-dafb-436c-99f7-d82b038b9d","_COMM":"app","MESSAGE":"x"}`,
		`journal-json wall=2026-11-24T08:21:40.018789Z/µs <app> "x"`},
	{"names that are as long as can be", `{"__REALTIME_TIMESTAMP":"1795508500018789","_HOSTNAME":"` + strings.Repeat("h", 255) + `","_BOOT_ID":"d2f1d7f0dafb436c99f7d82b038b9d8","_COMM":"app","MESSAGE":"x"}`,
		`journal-json wall=2026-11-24T08:21:40.018789Z/µs <app@` + strings.Repeat("h", 255) + `> "x"`},
	{"docker's journald driver", `{"__REALTIME_TIMESTAMP":"1795508500018789","_TRANSPORT":"journal","CONTAINER_ID_FULL":"feb7a32de8359425d949c5a0bcb5a48d42224ea6e567516e3557a074c04a6b83","CONTAINER_NAME":"web","PRIORITY":"3","SYSLOG_IDENTIFIER":"feb7a32de835","MESSAGE":"08:47:59 text"}`,
		`journal-json>app wall=2026-11-24T08:21:40.018789Z/µs dayless=08:47:59/s <stderr from //web feb7> "text"`},
}

var journalMisses = []row{
	{"an object without the journal's time", `{"MESSAGE":"x","_PID":"7"}`, ""},
	{"a time that is none", `{"__REALTIME_TIMESTAMP":"soon","MESSAGE":"x"}`, ""},
	{"a time below nothing", `{"__REALTIME_TIMESTAMP":"-5","MESSAGE":"x"}`, ""},
	{"cut", `{"__REALTIME_TIMESTAMP":"1795508500018789","MESSAGE":"x`, ""},
	{"json-pretty", "\t\"__REALTIME_TIMESTAMP\" : \"1795508500018789\",", ""},
}

func TestJournalText(t *testing.T)   { testRows(t, journalTextRows) }
func TestJournalJSON(t *testing.T)   { testRows(t, journalJSONRows) }
func TestJournalMisses(t *testing.T) { testMisses(t, journalMisses) }

// TestLearnMonotonic opens the last line of a file as that file's lines are read.
func TestLearnMonotonic(t *testing.T) {
	const (
		service = "[    5.000000] systemd[1]: Started web.service.\n"
		kernel  = "[    6.000000] kernel: text\n"
		hosted  = "[    6.000000] node-1 kernel: text\n[    7.000000] node-1 systemd[1]: Started web.service.\n"
		dmesg   = "[    6.000000] Linux version 6.1.55\n[    6.000001] Call Trace:\n"
	)
	for name, c := range map[string]struct{ text, want string }{
		"a service without a host":       {service + kernel + "[    7.000000] web[12]: text", `journal-monotonic monotonic=7.000000/µs <web[12]> "text"`},
		"the kernel behind it":           {service + service + "[    7.000000] kernel: text", `journal-monotonic monotonic=7.000000/µs late <kernel> "text"`},
		"the kernel far behind services": {strings.Repeat(service, 300) + "[    7.000000] kernel: text", `journal-monotonic monotonic=7.000000/µs late <kernel> "text"`},
		"neither host nor pid":           {service + kernel + "[    7.000000] web: text", `journal-monotonic monotonic=7.000000/µs <web> "text"`},
		"no pid":                         {hosted + "[    7.000000] node-1 web: text", `journal-monotonic monotonic=7.000000/µs <web@node-1> "text"`},
		"a name with a blank":            {hosted + "[    7.000000] node-1 my app[12]: text", `journal-monotonic monotonic=7.000000/µs <my app[12]@node-1> "text"`},
		"no host in one line":            {hosted + "[    7.000000] web[12]: text", `journal-monotonic monotonic=7.000000/µs <web[12]> "text"`},
		"services of a host":             {strings.Repeat("[    7.000000] node-1 systemd[1]: text\n", 3) + "[    7.000000] node-1 my app[12]: text", `journal-monotonic monotonic=7.000000/µs <my app[12]@node-1> "text"`},
		"short-delta":                    {"[    5.000000                ] systemd[1]: text\n[    6.000000 <    1.000000 >] kernel: text\n[    7.000000 <    1.000000 >] web[12]: text", `journal-monotonic monotonic=7.000000/µs <web[12]> "text"`},
		"further lines":                  {hosted + "                            more\n                            and more\n[    7.000000] node-1 web: text", `journal-monotonic monotonic=7.000000/µs <web@node-1> "text"`},
		"who claims to be the kernel":    {hosted + "[    7.000000] node-1 kernel[12]: text", `journal-monotonic monotonic=7.000000/µs late <claims to be kernel[12]@node-1> "text"`},

		"dmesg, a service":                       {dmesg + service + "[    7.000000] systemd[1]: text", `dmesg monotonic=7.000000/µs <kernel> "systemd[1]: text"`},
		"dmesg, tags":                            {dmesg + "[    7.000000] usb 1-1: text", `dmesg monotonic=7.000000/µs <kernel> "usb 1-1: text"`},
		"dmesg, tags alone":                      {"[    6.000000] ACPI: text\n[    6.000000] pci 0000:00: text\n[    7.000000] usb 1-1: text", `dmesg monotonic=7.000000/µs <kernel> "usb 1-1: text"`},
		"dmesg, one who looks like a host":       {dmesg + "[    6.000000] node-1 web[12]: text\n[    7.000000] usb 1-1: text", `dmesg monotonic=7.000000/µs <kernel> "usb 1-1: text"`},
		"dmesg, a name with a blank":             {dmesg + "[    7.000000] Web Content[12]: segfault at 0 ip 0", `dmesg monotonic=7.000000/µs <kernel> "Web Content[12]: segfault at 0 ip 0"`},
		"dmesg -d":                               {"[    6.000000 <    0.000000>] ACPI: text\n[    7.000000 <    1.000000>] usb 1-1: text", `dmesg monotonic=7.000000/µs <kernel> "usb 1-1: text"`},
		"services alone, as dmesg can have them": {service + service + "[    7.000000] web[12]: text", `dmesg monotonic=7.000000/µs <kernel> "web[12]: text"`},
	} {
		t.Run(name, func(t *testing.T) {
			lines := bytes.Split([]byte(c.text), []byte("\n"))
			o := Opener{Prefer: "dmesg"}
			if e, ok := LearnMonotonic(lines[:min(len(lines), 200)]); ok {
				o.Learned = &e
			}
			rec := event.Record{Msg: lines[len(lines)-1]}
			outer := o.Open(&rec)
			if got := told(outer, &rec); got != c.want {
				t.Errorf("%s\nopens as %s\nwant     %s", rec.Msg, got, c.want)
			}
		})
	}
}

// Arrays in arrays without an end are looked into once.
func TestJournalValueIsShallow(t *testing.T) {
	const depth = 5000
	nested := strings.Repeat("[", depth) + strings.Repeat("]", depth)
	rec := event.Record{Msg: []byte(`{"__REALTIME_TIMESTAMP":"1795508500018789","MESSAGE":` + nested + `}`)}
	if outer := Open(&rec, ""); outer != "journal-json" || len(rec.Msg) != 0 {
		t.Errorf("Open = %q with a message of %d bytes, want journal-json without one", outer, len(rec.Msg))
	}
}
