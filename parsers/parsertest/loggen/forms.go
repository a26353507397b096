package loggen

import (
	"fmt"
	"strconv"
	"time"
)

// say writes one entry of speaker, in the log's form.
func (w *writer) say(speaker string, pid int, format string, args ...any) {
	w.now = w.now.Add(time.Duration(w.rnd.IntN(20_000_000)))
	w.text = fmt.Appendf(w.text[:0], format, args...)
	w.line = w.line[:0]
	switch w.form {
	case Syslog:
		w.syslog(speaker, pid)
	case JournalJSON:
		w.journal(speaker, pid)
	case Export:
		w.export(speaker, pid)
	case CRI:
		w.cri()
	}
	w.write()
}

func (w *writer) write() {
	if w.err == nil {
		_, w.err = w.out.Write(w.line)
	}
	w.truth.Bytes += int64(len(w.line))
	w.truth.Lines++
}

// syslog writes "Nov 23 08:50:41 host kernel: [ 7208.736999] text".
func (w *writer) syslog(speaker string, pid int) {
	w.line = w.now.AppendFormat(w.line, "Jan _2 15:04:05 ")
	w.line = append(append(append(w.line, host...), ' '), speaker...)
	if pid > 0 {
		w.line = fmt.Appendf(w.line, "[%d]: ", pid)
	} else {
		w.line = fmt.Appendf(w.line, ": [%12.6f] ", w.now.Sub(booted).Seconds())
	}
	w.line = append(append(w.line, w.text...), '\n')
}

// journal writes an entry with the fields that journald adds.
func (w *writer) journal(speaker string, pid int) {
	mono := w.now.Sub(booted).Microseconds()
	w.line = fmt.Appendf(w.line, `{"__CURSOR":"s=2f1cf751e6a74a71baeb1d5b662ebb89;i=%x;b=e802bb8fcf1d4e09aae7702aca2a5e9c;m=%x;t=%x;x=%016x",`,
		w.truth.Lines, mono, w.now.UnixMicro(), w.rnd.Uint64())
	w.line = fmt.Appendf(w.line, `"__REALTIME_TIMESTAMP":"%d","__MONOTONIC_TIMESTAMP":"%d","_BOOT_ID":"e802bb8fcf1d4e09aae7702aca2a5e9c",`, w.now.UnixMicro(), mono)
	w.line = fmt.Appendf(w.line, `"_MACHINE_ID":"4005cfe237b349b685121e097bae20f5","_HOSTNAME":%q,"_RUNTIME_SCOPE":"system","PRIORITY":"6",`, host)
	if pid > 0 {
		w.line = fmt.Appendf(w.line, `"_TRANSPORT":"stdout","SYSLOG_FACILITY":"3","SYSLOG_IDENTIFIER":%q,"_COMM":%[1]q,"_EXE":"/usr/bin/%[1]s","_CMDLINE":"/usr/bin/%[1]s","_UID":"0","_GID":"0","_PID":"%[2]d",`, speaker, pid)
		w.line = fmt.Appendf(w.line, `"_SYSTEMD_UNIT":"%s.service","_SYSTEMD_SLICE":"system.slice","_SYSTEMD_CGROUP":"/system.slice/%[1]s.service",`, speaker)
	} else {
		w.line = fmt.Appendf(w.line, `"_TRANSPORT":"kernel","SYSLOG_FACILITY":"0","SYSLOG_IDENTIFIER":"kernel","_SOURCE_MONOTONIC_TIMESTAMP":"%d",`, mono)
	}
	w.line = append(w.line, `"MESSAGE":`...)
	w.line = strconv.AppendQuote(w.line, string(w.text)) // as JSON has it, for the printable text that there is
	w.line = append(w.line, "}\n"...)
}

// export writes an entry with the fields that journald adds.
func (w *writer) export(speaker string, pid int) {
	mono := w.now.Sub(booted).Microseconds()
	w.line = fmt.Appendf(w.line, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=e802bb8fcf1d4e09aae7702aca2a5e9c\n", w.now.UnixMicro(), mono)
	w.line = fmt.Appendf(w.line, "_MACHINE_ID=4005cfe237b349b685121e097bae20f5\n_HOSTNAME=%s\n_RUNTIME_SCOPE=system\nPRIORITY=6\n", host)
	if pid > 0 {
		w.line = fmt.Appendf(w.line, "_TRANSPORT=stdout\n_STREAM_ID=%032x\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=%s\n_COMM=%[2]s\n_EXE=/usr/bin/%[2]s\n_CMDLINE=/usr/bin/%[2]s\n_UID=0\n_GID=0\n_CAP_EFFECTIVE=1ffffffffff\n_PID=%[1]d\n", pid, speaker)
		w.line = fmt.Appendf(w.line, "_SELINUX_CONTEXT=unconfined\n_SYSTEMD_UNIT=%s.service\n_SYSTEMD_SLICE=system.slice\n_SYSTEMD_CGROUP=/system.slice/%[1]s.service\n_SYSTEMD_INVOCATION_ID=%032x\n", speaker, pid)
	} else {
		w.line = fmt.Appendf(w.line, "_TRANSPORT=kernel\nSYSLOG_FACILITY=0\nSYSLOG_IDENTIFIER=kernel\n_SOURCE_MONOTONIC_TIMESTAMP=%d\n", mono)
	}
	w.line = append(append(append(w.line, "MESSAGE="...), w.text...), "\n\n"...)
}

// maxCRI is where containerd cuts a line. Source: containerd
// pkg/cri/config, MaxContainerLogLineSize.
const maxCRI = 16 << 10

// cri writes "2026-11-23T08:50:51.276373001Z stderr F text", and a long text in
// parts.
func (w *writer) cri() {
	for rest := w.text; ; {
		part, tag := rest, " stderr F "
		if len(rest) > maxCRI {
			part, tag = rest[:maxCRI], " stderr P "
		}
		w.line = w.now.AppendFormat(w.line, "2006-01-02T15:04:05.000000000Z07:00")
		w.line = append(append(append(w.line, tag...), part...), '\n')
		if rest = rest[len(part):]; len(rest) == 0 {
			return
		}
		w.write()
		w.line = w.line[:0]
	}
}
