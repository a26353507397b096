package envelope

import (
	"bytes"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

var syslogRows = []row{
	{"rsyslog 8.2102, traditional", `Nov  3 08:50:51 ip-10-0-3-117 systemd[1]: mailer.service: State 'stop-sigterm' timed out. Killing.`,
		`syslog yearless=11-03T08:50:51/s <systemd[1]@ip-10-0-3-117> "mailer.service: State 'stop-sigterm' timed out. Killing."`},
	{"rsyslog 8.2504, kernel", `Nov  1 01:59:28 shop-1 kernel:  dump_header+0x43/0x1aa`, `syslog yearless=11-01T01:59:28/s late <kernel@shop-1> " dump_header+0x43/0x1aa"`},
	{"rsyslog, RFC 3339", `2026-11-24T06:12:41.622340+00:00 web-1 imgworker[1477]: imgworker: loading 300 MiB`,
		`syslog wall=2026-11-24T06:12:41.62234Z/µs <imgworker[1477]@web-1> "imgworker: loading 300 MiB"`},
	{"rsyslog, what it escapes", `Nov 23 08:50:51 node-1 app[7]: a#012b#011c#033[0m#177`, `syslog yearless=11-23T08:50:51/s <app[7]@node-1> "a\nb\tc\x1b[0m\x7f"`},
	{"rsyslog, what it does not escape", `Nov 23 08:50:51 node-1 app[7]: issue #01, #041 and #400`, `syslog yearless=11-23T08:50:51/s <app[7]@node-1> "issue #01, #041 and #400"`},
	{"syslog-ng 3.28 ISO", `2026-11-23T13:00:00+00:00 node-1 su: pam_unix(su:session): session opened`, `syslog wall=2026-11-23T13:00:00Z/s <su@node-1> "pam_unix(su:session): session opened"`},
	{"forwarded raw", `<4>Nov 23 08:50:51 node-1 kernel: text`, `syslog yearless=11-23T08:50:51/s late <kernel@node-1> "text"`},
	{"forwarded raw by a process", `<13>Nov 23 08:50:51 node-1 kernel: text`, `syslog yearless=11-23T08:50:51/s late <claims to be kernel@node-1> "text"`},
	{"a process with the kernel's tag", `Nov 23 08:50:51 node-1 kernel[12]: text`, `syslog yearless=11-23T08:50:51/s late <claims to be kernel[12]@node-1> "text"`},
	{"forwarded raw over TCP", `61 <30>2026-11-23T13:22:29.787298+00:00 node-1 app[12]: text`, `syslog wall=2026-11-23T13:22:29.787298Z/µs <app[12]@node-1> "text"`},
	{"busybox 1.30 syslogd", `Nov 23 13:00:00 node-1 daemon.info app[12]: text`, `syslog yearless=11-23T13:00:00/s <app[12]@node-1> "text"`},
	{"busybox 1.30 klogd", `Nov 23 13:00:00 node-1 kern.warn kernel: [ 5074.271834] text`, `syslog>dmesg yearless=11-23T13:00:00/s late monotonic=5074.271834/µs <kernel@node-1> "text"`},
	{"busybox, a process with the kernel's tag and stamp", `Nov 23 13:00:00 node-1 user.info kernel: [ 5074.271834] text`, `syslog yearless=11-23T13:00:00/s late <claims to be kernel@node-1> "[ 5074.271834] text"`},
	{"forwarded raw by a process with a stamp", `<13>Nov 23 08:50:51 node-1 kernel: [ 5074.271834] text`, `syslog yearless=11-23T08:50:51/s late <claims to be kernel@node-1> "[ 5074.271834] text"`},
	{"a tag that looks like busybox'", `<13>Nov 23 13:00:00 node-1 kern.info kernel: text`, `syslog yearless=11-23T13:00:00/s late <claims to be kernel@node-1> "text"`},
	{"busybox, a priority before another facility", `<4>Nov 23 13:00:00 node-1 user.info kernel: text`, `syslog yearless=11-23T13:00:00/s late <claims to be kernel@node-1> "text"`},
	{"busybox syslogd -S", `Nov 23 13:00:00 app: text`, `syslog yearless=11-23T13:00:00/s <app> "text"`},
	{"a template with a blank, kernel", `2026-11-23 08:50:51 node-1 kernel: text`, `syslog zoneless=2026-11-23T08:50:51/s late <kernel@node-1> "text"`},
	{"journalctl -o short", `Nov 23 14:42:01 ip-10-20-4-31 kernel: veth1d8f6030: entered allmulticast mode`, `syslog yearless=11-23T14:42:01/s late <kernel@ip-10-20-4-31> "veth1d8f6030: entered allmulticast mode"`},
	{"journalctl -o short under de_DE", `Mai 11 01:47:01 node-1 kernel: text`, `syslog yearless=05-11T01:47:01/s late <kernel@node-1> "text"`},
	{"journalctl -o short, 29 February", `Feb 29 01:47:01 node-1 kernel: text`, `syslog yearless=02-29T01:47:01/s late <kernel@node-1> "text"`},
	{"journalctl -o short, no message", `Nov 23 14:42:01 node-1 app[7]: `, `syslog yearless=11-23T14:42:01/s <app[7]@node-1> ""`},
	{"journalctl -o short, no message and no blank", `Nov 23 14:42:01 node-1 app[7]:`, `syslog yearless=11-23T14:42:01/s <app[7]@node-1> ""`},
	{"journalctl -o short, an identifier with a blank", `Nov 18 06:06:40 host comm only[77]: text`, `syslog yearless=11-18T06:06:40/s <comm only[77]@host> "text"`},
	{"journalctl -o short, an identifier with a colon", `Nov 18 06:06:40 host a:b[77]: text`, `syslog yearless=11-18T06:06:40/s <a:b[77]@host> "text"`},
	{"journalctl -o short-precise", `Nov 23 15:02:10.769384 node-1 kubelet[9123]: text`, `syslog yearless=11-23T15:02:10.769384/µs <kubelet[9123]@node-1> "text"`},
	{"journalctl 252 -o short-iso", `2026-11-24T06:10:48+0000 web-1 systemd[1]: Starting x...`, `syslog wall=2026-11-24T06:10:48Z/s <systemd[1]@web-1> "Starting x..."`},
	{"journalctl 257 -o short-iso", `2026-11-24T06:10:48-05:00 web-1 systemd[1]: Starting x...`, `syslog wall=2026-11-24T11:10:48Z/s <systemd[1]@web-1> "Starting x..."`},
	{"journalctl 252 -o short-iso-precise", `2026-11-24T06:13:42.720423+0530 web-1 kernel: python3 invoked`, `syslog wall=2026-11-24T00:43:42.720423Z/µs late <kernel@web-1> "python3 invoked"`},
	{"journalctl -o short-full, a name of two zones", `Tue 2026-11-24 10:22:14 EST web-5 python3[737]: text`, `syslog zoneless=2026-11-24T10:22:14/s <python3[737]@web-5> "text"`},
	{"journalctl -o short-full --utc", `Tue 2026-11-24 06:12:49 UTC web-1 systemd[1]: text`, `syslog wall=2026-11-24T06:12:49Z/s <systemd[1]@web-1> "text"`},
	{"journalctl -o short-full, a zone without a name", `Tue 2026-11-24 06:12:49 -03 web-1 systemd[1]: text`, `syslog wall=2026-11-24T09:12:49Z/s <systemd[1]@web-1> "text"`},
	{"journalctl -o with-unit", `Tue 2026-11-24 06:12:09 UTC web-1 user@1000.service/init.scope[227]: app.slice: A process of this unit has been killed by the OOM killer.`,
		`syslog wall=2026-11-24T06:12:09Z/s <systemd[227]@web-1 unit init.scope> "app.slice: A process of this unit has been killed by the OOM killer."`},
	{"journalctl -o short-full --no-hostname, no pid", `Tue 2026-11-24 06:12:49 UTC unknown: text`, `syslog wall=2026-11-24T06:12:49Z/s <unknown> "text"`},
	{"journalctl -o short-unix --no-hostname, no pid", `1795547197.101553 app: text`, `syslog wall=2026-11-24T19:06:37.101553Z/µs <app> "text"`},
	{"journalctl -a, a long name", `Nov 23 15:02:10 node-1 ` + strings.Repeat("n", 320) + `[7]: text`, `syslog yearless=11-23T15:02:10/s <` + strings.Repeat("n", 320) + `[7]@node-1> "text"`},
	{"journalctl -o short-unix", `1795547197.101553 batch-4 systemd-oomd[758]: Considered 1 cgroups`, `syslog wall=2026-11-24T19:06:37.101553Z/µs <systemd-oomd[758]@batch-4> "Considered 1 cgroups"`},
	{"journalctl --no-hostname", `Nov 24 10:22:55 kernel: imgworker invoked`, `syslog yearless=11-24T10:22:55/s late <kernel> "imgworker invoked"`},
	{"journalctl -o short-iso --no-hostname", `2026-11-24T06:10:48-05:00 systemd[1]: Starting x...`, `syslog wall=2026-11-24T11:10:48Z/s <systemd[1]> "Starting x..."`},
	{"journalctl --no-hostname, no message", `Nov 24 10:22:55 kernel:`, `syslog yearless=11-24T10:22:55/s late <kernel> ""`},
}

var rfc5424Rows = []row{
	{"rsyslog 8.2504, two blanks", `<30>1 2026-11-24T14:07:51.113409-05:00 batch-4 systemd 1 - -  Started mapper.service - Search indexer (2).`,
		`rfc5424 wall=2026-11-24T19:07:51.113409Z/µs <systemd[1]@batch-4> "Started mapper.service - Search indexer (2)."`},
	{"rsyslog 8.2504, two blanks and a frame's own", `<4>1 2026-11-24T10:21:51.812025-05:00 web-5 kernel - - -   dump_header+0x43/0x1aa`,
		`rfc5424 wall=2026-11-24T15:21:51.812025Z/µs late <kernel@web-5> " dump_header+0x43/0x1aa"`},
	{"syslog-ng 3.28, structured data and a frame", `<4>1 2026-11-23T13:00:00+00:00 node-1 kernel - - [meta sequenceId="1"]  dump_header+0x43/0x1aa`,
		`rfc5424 wall=2026-11-23T13:00:00Z/s late <kernel@node-1> " dump_header+0x43/0x1aa"`},
	{"a bracket in structured data", `<30>1 2026-11-23T13:00:00.5Z node-1 app x7 ID47 [a x="]\"]"][b y="2"] ` + "\xef\xbb\xbftext",
		`rfc5424 wall=2026-11-23T13:00:00.5Z/00ms <app@node-1> "text"`},
	{"over TCP", `88 <30>1 2026-11-23T13:00:00Z node-1 app 12 - - text`, `rfc5424 wall=2026-11-23T13:00:00Z/s <app[12]@node-1> "text"`},
	{"no time, no host", `<14>1 - - app - - - text`, `rfc5424 <app> "text"`},
	{"a process that claims to be the kernel", `<14>1 2026-11-23T13:00:00Z node-1 kernel - - - text`, `rfc5424 wall=2026-11-23T13:00:00Z/s late <claims to be kernel@node-1> "text"`},
	{"a process with the kernel's tag and stamp", `<14>1 2026-11-23T13:00:00Z node-1 kernel - - - [  100.000000] text`, `rfc5424 wall=2026-11-23T13:00:00Z/s late <claims to be kernel@node-1> "[  100.000000] text"`},
	{"a process with the kernel's stamp", `<14>1 2026-11-23T13:00:00Z node-1 - - - - [  100.000000] text`, `rfc5424 wall=2026-11-23T13:00:00Z/s <claims to be kernel@node-1> "[  100.000000] text"`},
	{"a process that claims to be the kernel, a name for its id", `<4>1 2026-11-23T13:00:00Z node-1 kernel evil - - text`, `rfc5424 wall=2026-11-23T13:00:00Z/s late <claims to be kernel@node-1> "text"`},
	{"no message", `<14>1 2026-11-23T13:00:00Z node-1 app - - -`, `rfc5424 wall=2026-11-23T13:00:00Z/s <app@node-1> ""`},
}

var syslogMisses = []row{
	{"a count of repetitions", `Nov 23 08:50:51 node-1 last message repeated 3 times`, ""},
	{"rsyslog's mark", `Nov 23 08:50:51 node-1 -- MARK --`, ""},
	{"no host and no tag", `Nov 23 08:50:51 `, ""},
	{"a day that the calendar does not have", `Nov 31 08:50:51 node-1 app[7]: text`, ""},
	{"an hour that the clock does not have", `Nov 23 24:50:51 node-1 app[7]: text`, ""},
	{"a month that is none", `Nix 23 08:50:51 node-1 app[7]: text`, ""},
	{"a pid that is none", `Nov 23 08:50:51 node-1 app[x]: text`, ""},
	{"a number that is no time", `12345.678901 node-1 app[7]: text`, ""},
	{"RFC 5424 of another version", `<14>2 2026-11-23T13:00:00Z node-1 app - - - text`, ""},
	{"RFC 5424, structured data without an end", `<14>1 2026-11-23T13:00:00Z node-1 app - - [a x="] text`, ""},
	{"RFC 5424, a time that is none", `<14>1 yesterday node-1 app - - - text`, ""},
	{"RFC 5424, cut", `<14>1 2026-11-23T13:00:00Z node-1`, ""},
	{"journalctl, a boot's line", `-- Boot d2f1d7f0dafb436c99f7d82b038b9d89 --`, ""},
	{"journalctl 241, its first line", `-- Logs begin at Wed 2026-11-18 06:06:40 EST, end at Wed 2026-11-18 07:06:40 EST. --`, ""},
	{"journalctl -x", `░░ Subject: A process of machine.slice unit has been killed by the OOM killer.`, ""},
	{"nginx's access log", `127.0.0.1 - - [23/Nov/2026:08:48:40 +0000] "GET /report.php?mb=2 HTTP/1.1" 200 11 "-" "curl/7.88.1"`, ""},
}

func TestSyslog(t *testing.T)       { testRows(t, syslogRows) }
func TestRFC5424(t *testing.T)      { testRows(t, rfc5424Rows) }
func TestSyslogMisses(t *testing.T) { testMisses(t, syslogMisses) }

func TestLearnKlogd(t *testing.T) {
	const (
		boot   = "Nov 23 13:00:00 node-1 user.notice kernel: [    0.000000] Linux version 6.1.55\n"
		killed = "Nov 23 13:00:00 node-1 user.info kernel: [ 5074.271834] text"
	)
	for name, c := range map[string]struct{ text, want string }{ // want is who speaks in the last line
		"from the boot on":     {boot + killed, "kernel"},
		"raw":                  {"<13>Nov 23 13:00:00 node-1 kernel: [    0.000000] Linux version 6.1.55\n<12>Nov 23 13:00:00 node-1 kernel: [ 5074.271834] text", "kernel"},
		"RFC 5424":             {"<13>1 2026-11-23T13:00:00Z node-1 kernel - - - [    0.000000] Linux version 6.1.55\n<12>1 2026-11-23T13:00:00Z node-1 kernel - - - [ 5074.271834] text", "kernel"},
		"others' lines":        {"Nov 23 13:00:00 node-1 syslog.info syslogd started: BusyBox v1.35.0\n" + boot + killed, "kernel"},
		"a pid":                {boot + "Nov 23 13:00:00 node-1 user.info kernel[12]: [ 5074.271834] text", pretender},
		"no stamp":             {boot + "Nov 23 13:00:00 node-1 user.info kernel: text", pretender},
		"another facility":     {boot + "Nov 23 13:00:00 node-1 daemon.info kernel: [ 5074.271834] text", pretender},
		"not from the boot on": {killed + "\n" + killed, pretender},
		"the boot, later":      {"Nov 23 13:00:00 node-1 user.notice kernel: [    1.000000] Linux version 6.1.55\n" + killed, pretender},
		"the kernel itself":    {boot + "Nov 23 13:00:00 node-1 kern.info kernel: [    1.000000] x\n" + killed, pretender},
		"nothing":              {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			lines := bytes.Split([]byte(c.text), []byte("\n"))
			o := Opener{Klogd: LearnKlogd(lines)}
			rec := event.Record{Msg: lines[len(lines)-1]}
			o.Open(&rec)
			if rec.Speaker != c.want || c.want == "kernel" && (string(rec.Msg) != "text" || rec.Stamps[1].Clock != event.Monotonic) {
				t.Errorf("%q\nsays %q: %q, want %q", c.text, rec.Speaker, rec.Msg, c.want)
			}
		})
	}
}
