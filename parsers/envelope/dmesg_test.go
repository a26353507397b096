package envelope

import (
	"testing"
	"time"
)

var kmsgRows = []row{
	{"Linux 6.18, a comm with a newline",
		`4,9449,8864161516,-;wk\x0aKilled 7 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0`,
		`kmsg monotonic=8864.161516/µs <kernel> "wk\nKilled 7 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"`},
	{"Linux 5.1 on, PRINTK_CALLER, a backslash and UTF-8 escaped",
		`6,596,61967768,-,caller=T14628;C:\x5cx\xc3\xa4`,
		`kmsg monotonic=61.967768/µs <kernel caller T14628> "C:\\xä"`},
	{"a later kernel's further field", `6,596,61967768,-,caller=C0,more=1;text`, `kmsg monotonic=61.967768/µs <kernel caller C0> "text"`},
	{"Linux 4.19, a fragment", `4,596,61967768,c;Call Trace:`, `kmsg monotonic=61.967768/µs <kernel> "Call Trace:"`},
	{"written by systemd, facility daemon", `30,612,2314576310,-;systemd[1]: Started worker.service.`,
		`kmsg monotonic=2314.576310/µs <systemd[1]> "Started worker.service."`},
	{"the call trace's blank stays", `4,19916,67865943,-; oom_kill_process.cold+0xb/0x10`, `kmsg monotonic=67.865943/µs <kernel> " oom_kill_process.cold+0xb/0x10"`},
}

var dmesgRows = []row{
	{"dmesg 2.38", `[ 7868.482562] python3 invoked oom-killer: x`, `dmesg monotonic=7868.482562/µs <kernel> "python3 invoked oom-killer: x"`},
	{"dmesg, more than five digits", `[2314576.310000] text`, `dmesg monotonic=2314576.310000/µs <kernel> "text"`},
	{"dmesg, early boot", `[    0.000000] Linux version 6.1.0`, `dmesg monotonic=0.000000/µs <kernel> "Linux version 6.1.0"`},
	{"dmesg, an unprintable comm", `[  171.883766] x\x1b[31m\xff invoked`, `dmesg monotonic=171.883766/µs <kernel> "x\x1b[31m\xff invoked"`},
	{"dmesg, a comm with a backslash of its own", `[  171.883766] a\x41 invoked`, `dmesg monotonic=171.883766/µs <kernel> "a\\x41 invoked"`},
	{"dmesg, nothing but the stamp", `[  171.883766] `, `dmesg monotonic=171.883766/µs <kernel> ""`},
	{"dmesg -T", `[Mon Nov 23 09:16:21 2026] mysqld invoked oom-killer: x`, `dmesg zoneless=2026-11-23T09:16:21/s early <kernel> "mysqld invoked oom-killer: x"`},
	{"dmesg -T, a day of one digit", `[Sun Nov  1 09:16:21 2026] text`, `dmesg zoneless=2026-11-01T09:16:21/s early <kernel> "text"`},
	{"dmesg -T under de_DE", `[Mo Dez 14 13:24:29 2026] text`, `dmesg zoneless=2026-12-14T13:24:29/s early <kernel> "text"`},
	{"dmesg -T -d", `[Mon Nov 23 09:01:41 2026 <    0.000014>] text`, `dmesg zoneless=2026-11-23T09:01:41/s early <kernel> "text"`},
	{"dmesg -d", `[ 7868.482562 <   31.490141>] text`, `dmesg monotonic=7868.482562/µs <kernel> "text"`},
	{"dmesg --time-format delta", `[<  253.979321>] python3 invoked`, `dmesg relative=253.979321/µs <kernel> "python3 invoked"`},
	{"dmesg --time-format delta, records that crossed", `[<   -0.000002>] text`, `dmesg relative=-0.000002/µs <kernel> "text"`},
	{"dmesg -e, a new minute", `[Nov23 09:17] python3 invoked`, `dmesg yearless=11-23T09:17:00/m0s <kernel> "python3 invoked"`},
	{"dmesg -e, a day of one digit", `[Jul 9 10:01] text`, `dmesg yearless=07-09T10:01:00/m0s <kernel> "text"`},
	{"dmesg -e", `[  +0.000658] Code: 00 83`, `dmesg relative=0.000658/µs <kernel> "Code: 00 83"`},
	{"dmesg -e, from ten seconds on", `[ +31.490141] python3 invoked`, `dmesg relative=31.490141/µs <kernel> "python3 invoked"`},
	{"dmesg -x", `kern  :warn  : [   42.085660] batch-job invoked`, `dmesg monotonic=42.085660/µs <kernel> "batch-job invoked"`},
	{"dmesg -x -T", `kern  :err   : [Mon Nov 23 08:47:20 2026] python3 invoked`, `dmesg zoneless=2026-11-23T08:47:20/s early <kernel> "python3 invoked"`},
	{"dmesg -x --notime", `kern  :info  : Memory cgroup out of memory: Killed process 1 (x)`, `dmesg <kernel> "Memory cgroup out of memory: Killed process 1 (x)"`},
	{"dmesg -x, another facility", `syslog:info  : [ 2314.576310] systemd-journald[7144]: Vacuuming done`,
		`dmesg monotonic=2314.576310/µs <systemd-journald[7144]> "Vacuuming done"`},
	{"dmesg -x, a process with the kernel's words", `user  :warn  : [ 2314.576310] python3 invoked oom-killer: x`, `dmesg monotonic=2314.576310/µs <> "python3 invoked oom-killer: x"`},
	{"dmesg -x --time-format iso", `kern  :warn  : 2026-11-23T09:16:50,860084+00:00 text`, `dmesg wall=2026-11-23T09:16:50.860084Z/µs early <kernel> "text"`},
	{"dmesg --time-format iso", `2026-11-23T10:16:50,860084+01:00 kworker/1:1 invoked`, `dmesg wall=2026-11-23T09:16:50.860084Z/µs early <kernel> "kworker/1:1 invoked"`},
	{"dmesg --time-format iso, two words and a colon", `2026-11-23T09:16:50,860421+00:00 Call Trace:`, `dmesg wall=2026-11-23T09:16:50.860421Z/µs early <kernel> "Call Trace:"`},
	{"dmesg --time-format iso, a word and a colon", `2026-11-23T09:16:50,859512+00:00 sysrq: Manual OOM execution`, `dmesg wall=2026-11-23T09:16:50.859512Z/µs early <kernel> "sysrq: Manual OOM execution"`},
	{"dmesg --time-format iso, older util-linux", `2026-11-23T04:16:50,860084-0500 text`, `dmesg wall=2026-11-23T09:16:50.860084Z/µs early <kernel> "text"`},
	{"dmesg -r", `<4>[   83.162362] web-5 invoked`, `dmesg monotonic=83.162362/µs <kernel> "web-5 invoked"`},
	{"dmesg -r, another facility", `<30>[   83.162362] systemd[1]: Started x.`, `dmesg monotonic=83.162362/µs <systemd[1]> "Started x."`},
	{"console, PRINTK_CALLER", `[ 7868.482562][T14628] text`, `dmesg monotonic=7868.482562/µs <kernel caller T14628> "text"`},
	{"console, PRINTK_CALLER, no task", `[ 7868.482562][    C0] text`, `dmesg monotonic=7868.482562/µs <kernel caller C0> "text"`},
	{"recent dmesg, PRINTK_CALLER", `[ 7868.482562] [ T14628] text`, `dmesg monotonic=7868.482562/µs <kernel caller T14628> "text"`},
	{"recent dmesg --time-format iso, PRINTK_CALLER", `2026-11-23T09:16:50,860084+00:00 [    C1] text`, `dmesg wall=2026-11-23T09:16:50.860084Z/µs early <kernel caller C1> "text"`},
	{"dmesg, a row of the task table", `[ 7868.482562] [  14575]     0 14575    17217 python3`, `dmesg monotonic=7868.482562/µs <kernel> "[  14575]     0 14575    17217 python3"`},
	{"dmesg, Firefox crashes", `[  153.369121] Web Content[5037]: segfault at 0 ip 0000000000401da1`, `dmesg monotonic=153.369121/µs <kernel> "Web Content[5037]: segfault at 0 ip 0000000000401da1"`},
	{"dmesg, a crash of a comm with a colon", `[  153.369121] Out of memory:[5037]: segfault at 0 ip 0000000000401da1`, `dmesg monotonic=153.369121/µs <kernel> "Out of memory:[5037]: segfault at 0 ip 0000000000401da1"`},
	{"dmesg, a device", `[    2.369121] usb 1-1: New USB device found`, `dmesg monotonic=2.369121/µs <kernel> "usb 1-1: New USB device found"`},
	{"busybox dmesg, a frame", `[   67.865943]  oom_kill_process.cold+0xb/0x10`, `dmesg monotonic=67.865943/µs <kernel> " oom_kill_process.cold+0xb/0x10"`},
}

var kernelMisses = []row{
	{"a row of the task table alone", `[  14575]     0 14575    17217    14871    14248      623         0   172032        0             0 python3`, ""},
	{"dmesg --notime", `python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969`, ""},
	{"a further line of a record", `                            active_anon 0`, ""},
	{"Xorg's log", `[    36.025] (II) LoadModule: "glx"`, ""},
	{"seconds that are not padded", `[5.123456] ready`, ""},
	{"seconds that are padded otherwise", `[  12.123456] ready`, ""},
	{"a delta without its bracket", `[ 7868.482562 <   31.490141] text`, ""},
	{"a delta that is none", `[ 7868.482562 <b>] text`, ""},
	{"a day that the calendar does not have", `[Mon Feb 30 09:16:21 2026] text`, ""},
	{"an hour that the clock does not have", `[Nov23 29:17] text`, ""},
	{"a priority alone", `<4>python3 invoked oom-killer: x`, ""},
	{"a priority that is none", `<999>[   83.162362] text`, ""},
	{"a level that is none", `kern  :loud  : [   83.162362] text`, ""},
	{"words before colons", `kern: warn: text`, ""},
	{"kmsg, numbers alone", `1,2,3,4;text`, ""},
	{"kmsg, no text", `4,9449,8864161516,-`, ""},
	{"a further line of kmsg", ` SUBSYSTEM=pci`, ""},
	{"an open bracket", `[ 7868.482562`, ""},
	{"nothing", ``, ""},
	{"blanks", `                                `, ""},
}

func TestKmsg(t *testing.T)         { testRows(t, kmsgRows) }
func TestDmesg(t *testing.T)        { testRows(t, dmesgRows) }
func TestKernelMisses(t *testing.T) { testMisses(t, kernelMisses) }

// TestUsualStamp holds the fast reading of a stamp against the one that reads
// all forms, on every change of one byte.
func TestUsualStamp(t *testing.T) {
	for _, line := range []string{"[    0.000000] x", "[ 7868.482562] x", "[12345.678901] [  14622]", "[12345.678901] ", "[123456.789012] x", "[     .123456] x"} {
		for i := range len(line) {
			for c := range 256 {
				b := []byte(line)
				b[i] = byte(c)
				got, gotRest, ok := usualStamp(b)
				if !ok {
					continue
				}
				body, rest, _ := bracket(b)
				want, all, ok := printk(body)
				if !ok || len(all) > 0 || got != want.Since || want.Step != time.Microsecond || string(gotRest) != string(rest) {
					t.Fatalf("%q: got %v and %q, want %v and %q, %v", b, got, gotRest, want, rest, ok)
				}
			}
		}
	}
}
