package parsers

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"oomtrace/parsers/parsertest/journald"
)

// Three boots, each with its time: the second one is of the night in which New
// York has the hour from one to two twice.
var journalBoots = [3]struct {
	id       string
	realtime uint64 // of its start
}{
	{"d0d2e5a9f4a14c0e9b1a52f0c1e7a001", 1792650000_000_000},
	{"d0d2e5a9f4a14c0e9b1a52f0c1e7a002", 1793510100_000_000},
	{"d0d2e5a9f4a14c0e9b1a52f0c1e7a003", 1793513200_250_000},
}

// A journalWriter makes entries as journald does.
type journalWriter struct {
	entries []journald.Entry
	boot    int
	since   uint64 // the boot, µs
}

// add adds an entry, received some time after the one before.
func (w *journalWriter) add(fields ...string) *journald.Entry {
	w.since += 1_234_567
	b := journalBoots[w.boot]
	w.entries = append(w.entries, journald.Entry{Realtime: b.realtime + w.since, Monotonic: w.since, BootID: b.id, Fields: fields})
	return &w.entries[len(w.entries)-1]
}

// kernel adds a line of the kernel's, which it wrote a little before it was received.
func (w *journalWriter) kernel(msg string) {
	e := w.add("_TRANSPORT=kernel", "SYSLOG_FACILITY=0", "SYSLOG_IDENTIFIER=kernel", "PRIORITY=4", "_HOSTNAME=node-1")
	e.Fields = append(e.Fields, fmt.Sprint("_SOURCE_MONOTONIC_TIMESTAMP=", e.Monotonic-31_004), "MESSAGE="+msg)
}

// says adds a line of a service's, which it sent a little before it was received.
func (w *journalWriter) says(name string, pid int, msg string, more ...string) {
	unit := strings.ReplaceAll(name, "/", "-") + ".service"
	if pid == 1 {
		unit = "init.scope"
	}
	e := w.add("_TRANSPORT=journal", "PRIORITY=6", "_UID=0", "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER="+name, "_COMM="+name, fmt.Sprint("_PID=", pid), "_SYSTEMD_UNIT="+unit)
	e.Fields = append(e.Fields, fmt.Sprint("_SOURCE_REALTIME_TIMESTAMP=", e.Realtime-17), "MESSAGE="+msg)
	e.Fields = append(e.Fields, more...)
}

// report adds a report of the OOM killer: one of testdata's, as dmesg prints it.
func (w *journalWriter) report(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile("kernel/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var msgs []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "               "); ok {
			msgs[len(msgs)-1] += "\n" + rest
			continue
		}
		_, msg, ok := strings.Cut(line, "] ")
		if !ok {
			t.Fatalf("%s: a line without a stamp: %q", name, line)
		}
		msgs = append(msgs, msg)
	}
	for _, msg := range msgs {
		w.kernel(msg)
	}
}

// killedUnit is systemd's word, of which its catalogue says more.
const killedUnit = "MESSAGE_ID=fe6faa94e7774663a0da52717891d8ef"

// journalEntries returns what journals hold, and what they seldom hold.
func journalEntries(t *testing.T) []journald.Entry {
	w := &journalWriter{since: 5_000_000}
	w.says("systemd", 1, "Started web.service - Web.", "UNIT=web.service", "MESSAGE_ID=39f53479d3a045ac8e11786248231fbf", "JOB_RESULT=done")
	w.says("kubelet", 812, `I1022 08:20:12.345678     812 kubelet.go:2407] "SyncLoop ADD" source="file" pods=["shop/web-0"]`)
	w.report(t, "memcg-v2-group-7.3.txt")
	w.says("systemd", 1, "web.service: A process of this unit has been killed by the OOM killer.", "UNIT=web.service", killedUnit)
	w.says("containerd", 700, `time="2026-10-22T08:21:00.645786286Z" level=info msg="TaskOOM event container_id:\"81f8b1712f20\""`)
	w.says("web", 4242, "[2026-10-22 08:21:00,786] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 4 exited unexpectedly (code -9). Shutting down...")

	w.boot, w.since = 1, 3_000_000
	w.report(t, "newline-5.10-dmesg.txt")
	w.says("systemd", 1, "web.service: Main process exited, code=killed, status=9/KILL", "UNIT=web.service")
	w.odd()

	w.boot, w.since = 2, 2_000_000
	w.report(t, "global-6.18.txt")
	w.says("kubelet", 813, `E1101 06:07:12.345678     813 kuberuntime_manager.go:1256] "Failed" err="exit\tstatus"`)
	return w.entries
}

// odd adds what applications log, one thing each.
func (w *journalWriter) odd() {
	for _, msg := range []string{
		"\tindented\tby\ttabs",
		"   indented by blanks",
		"two\nlines",
		"Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    f()\nMemoryError",
		"a line end at the end\n",
		"line ends\n\nwithin\n\n",
		"\nfirst nothing",
		"a log in a log:\nNov 01 06:00:00 node-1 kernel: Out of memory: Killed process 1 (a)\n[    5.000000] b",
		"\x1b[1;31mred\x1b[0m and bold",
		"\x1b]8;;https://example.com/\aa link\x1b]8;;\a",
		"\x1b]8;;https://example.com/\x1b\\another link\x1b]8;;\x1b\\",
		"ends\r",
		"windows\r\nlines\r\n",
		"progress 1%\rprogress 2%",
		"a bell \a",
		"bad \xff bytes",
		"latin \xe9",
		"naïve café 世界 💥",
		"a NUL \x00 within",
		"a delete \x7f",
		"a tab \t and a bell \a",
		"a control of C1 \u0085",
		"",
		"kernel: not the kernel's",
		"[   12.345678] like dmesg",
		"-- Boot d0d2e5a9f4a14c0e9b1a52f0c1e7a009 --",
		"#012 and #011",
		"long " + strings.Repeat("long ", 900),
		"long bytes \x01" + strings.Repeat("x", 1500),
		"more long bytes \x01" + strings.Repeat("x", 5000),
	} {
		w.says("web", 4242, msg)
	}
	w.says("my app", 77, "a name with a blank")
	w.says("app/web-1", 78, "a name of docker's")
	w.says("app", 79, "of a user's unit", "_SYSTEMD_USER_UNIT=app-1.service")
	w.says(strings.Repeat("n", 320), 80, "a long name")
	w.says("b\xffd", 81, "a name that cannot be printed")
	w.says("web", 82, "the first of two", "MESSAGE=the second of two")
	plain := []string{"_TRANSPORT=journal", "PRIORITY=6"}
	w.add(append(plain, "_HOSTNAME=node-1", "_COMM=sleep", "_PID=83", "MESSAGE=no identifier")...)
	w.add(append(plain, "_HOSTNAME=node-1", "MESSAGE=nobody")...)
	w.add(append(plain, "_HOSTNAME=node-1", "_PID=84", "MESSAGE=nobody with a pid")...)
	w.add(append(plain, "SYSLOG_IDENTIFIER=app", "_PID=85", "MESSAGE=no host")...)
	w.add("_TRANSPORT=syslog", "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER=app", "SYSLOG_PID=87", "MESSAGE=a pid of syslog's")
	w.add("_TRANSPORT=syslog", "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER=app", "MESSAGE=no pid")
	w.add("_TRANSPORT=syslog", "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER=kernel", "_PID=88", "_COMM=logger", "MESSAGE=Out of memory: Killed process 4711 (a)")
	w.add("_TRANSPORT=syslog", "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER=kernel", "MESSAGE=Out of memory: Killed process 4712 (b)")
	w.add("_TRANSPORT=kernel", "SYSLOG_FACILITY=1", "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER=kernel", "MESSAGE=Out of memory: Killed process 4713 (c)")
	w.add("_TRANSPORT=kernel", "SYSLOG_FACILITY=3", "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER=init", "SYSLOG_PID=1", "MESSAGE=a process wrote to /dev/kmsg")
	w.add(append(plain, "_HOSTNAME=node-1", "_UID=1000", "_COMM=python3", "SYSLOG_IDENTIFIER=kubelet", "_PID=89", "MESSAGE=a user who calls himself kubelet")...)
	w.add(append(plain, "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER=81f8b1712f20", "CONTAINER_ID_FULL="+strings.Repeat("81f8b171", 8), "CONTAINER_NAME=web", "_PID=90", "MESSAGE=a container's output")...)
	w.add(append(plain, "_HOSTNAME=node-1", "SYSLOG_IDENTIFIER=app", "_PID=91", "NO_MESSAGE=1")...)
	w.kernel("a line of the kernel's with a\ttab")
	w.kernel("")
}

// number reads a field that is one, or 0.
func number(e *journald.Entry, name string) uint64 {
	n, _ := strconv.ParseUint(e.Field(name), 10, 64)
	return n
}
