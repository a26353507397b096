package envelope

import (
	"bytes"

	"oomtrace/parsers/event"
)

// LearnKlogd reports whether the kernel's lines of a file are of the facility
// user, as if any process had sent them:
//
//	Nov 23 13:00:00 node-1 user.notice kernel: [    0.000000] Linux version 6.1.55
//	<14>Nov 23 13:00:00 node-1 kernel: [    0.000000] Linux version 6.1.55
//
// So does busybox's klogd, built with glibc, whose syslog lets nobody send as the
// kernel. A process can do the same (logger -t kernel), so that it has to be all
// that there is of the kernel's in the file, and from the boot on. One who writes
// the boot's first line too, where klogd writes nothing, is not told from it.
// Source: busybox, sysklogd/klogd.c.
func LearnKlogd(lines [][]byte) bool {
	boot := false
	for _, line := range lines {
		if !bytes.Contains(line, []byte("kernel")) {
			continue
		}
		rec := event.Record{Msg: line}
		if !openRFC5424(&rec) && !openSyslog(&rec) {
			continue
		}
		switch rec.Speaker {
		case "kernel":
			return false
		case klogd:
			st, text, _ := printkStamp(rec.Msg)
			boot = boot || st.Since == 0 && bytes.HasPrefix(text, []byte("Linux version "))
		}
	}
	return boot
}

// believe says who speaks in a record that may be the kernel's by klogd.
func (o *Opener) believe(rec *event.Record) {
	if !o.Klogd {
		rec.Speaker = pretender
		return
	}
	rec.Speaker = "kernel"
	Again(rec)
}
