package envelope

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// openJournalMonotonic takes off the head of journalctl -o short-monotonic and
// short-delta, which looks like dmesg's but for the host and the tag behind it:
//
//	[    5.000000] host kernel: text
//	[    6.000000 <    1.876544 >] host kubelet[12]: text
//
// Without a host (--no-hostname) only the kernel's lines are told from dmesg's,
// where nothing is known of the file: see LearnMonotonic.
// journalctl prints the kernel's own stamp up to 256, from 257 on that of the
// reception.
func openJournalMonotonic(rec *event.Record) bool { return openMonotonic(rec, true) }

// LearnMonotonic returns the envelope of a file that is sure to be journalctl's:
// nearly every line with a stamp has a tag, and one is "kernel", or most have a host
// and a pid too. There a tag is enough, which in dmesg would be the kernel's words:
//
//	[    6.000000] kubelet[12]: text
//	[    7.000000] host my app[13]: text
//	[    8.000000] host app: text
func LearnMonotonic(lines [][]byte) (Envelope, bool) {
	stamped, tagged, sure, kernel := 0, 0, 0, false
	for _, line := range lines {
		if _, _, ok := monotonicStamp(line); !ok {
			continue
		}
		stamped++
		if rec := (event.Record{Msg: line}); openTagOnly(&rec) {
			tagged++
			kernel = kernel || rec.Speaker == "kernel"
		}
		if rec := (event.Record{Msg: line}); openJournalMonotonic(&rec) {
			sure++
		}
	}
	e := Envelope{Name: "journal-monotonic", Open: openTagOnly, Outer: true}
	return e, tagged*10 >= stamped*9 && (kernel || sure*2 > stamped)
}

// openTagOnly takes off what openJournalMonotonic does, and takes any tag for one.
func openTagOnly(rec *event.Record) bool { return openMonotonic(rec, false) }

// openMonotonic takes the head off; a strict one leaves alone what dmesg can print.
func openMonotonic(rec *event.Record, strict bool) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	st, rest, ok := monotonicStamp(rec.Msg)
	if !ok {
		return false
	}
	h, ok := syslogHead(rest)
	if !ok || strict && h.tag != "kernel" && (h.host == "" || h.pid == 0 || isFault(h)) {
		return false
	}
	st.Late = h.tag == "kernel"
	rec.Stamps.Add(st)
	rec.Host, rec.Speaker, rec.PID, rec.Msg = h.host, h.speaker(), h.pid, h.msg
	return true
}

// monotonicStamp reads the stamp of short-monotonic and short-delta.
func monotonicStamp(line []byte) (st event.Stamp, rest []byte, ok bool) {
	body, rest, ok1 := bracket(line)
	st, more, ok2 := printk(body)
	return st, rest, ok1 && ok2 && isJournalDelta(more)
}

// isFault reports whether the head is the kernel's own line about a process whose
// name holds a blank: "Web Content[5037]: segfault at 0 ip ...".
func isFault(h head) bool {
	return strings.ContainsAny(h.tag, " :") || bytes.HasPrefix(h.msg, []byte("segfault at ")) || bytes.HasPrefix(h.msg, []byte("unhandled "))
}

// isJournalDelta reports whether b is what short-delta writes behind the stamp:
// " <    1.876544 >", with a star where the boot is another one, blanks in the
// first line; short-monotonic writes nothing.
func isJournalDelta(b []byte) bool {
	if b = bytes.TrimLeft(b, " "); len(b) == 0 {
		return true
	}
	if b[0] != '<' || b[len(b)-1] != '>' {
		return false
	}
	_, ok := delta(bytes.TrimRight(b[1:len(b)-1], " *"))
	return ok
}

// openJournalJSON takes off one object of journalctl -o json, json-seq or
// json-sse. A value is a string, an array of byte numbers where it cannot be
// printed, null where it was too long, an array of those where the field is
// repeated.
func openJournalJSON(rec *event.Record) bool {
	b := bytes.TrimPrefix(bytes.TrimPrefix(rec.Msg, []byte{0x1e}), []byte("data: "))
	if rec.Speaker != "" || len(b) == 0 || b[0] != '{' || !bytes.Contains(b, []byte(`"__REALTIME_TIMESTAMP"`)) {
		return false
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(b, &fields) != nil {
		return false
	}
	return Journal(rec, func(name string) []byte {
		if v, ok := fields[name]; ok {
			return journalValue(v)
		}
		return journalValue(fields[vectorNames[name]])
	})
}

// vectorNames are what Vector calls journald's fields, of those that it renames.
// Source: vector src/sources/journald.rs.
var vectorNames = map[string]string{"MESSAGE": "message", "_HOSTNAME": "host"}

// journalValue returns the value of a field, the first one of a repeated field.
func journalValue(raw json.RawMessage) []byte {
	if v, ok := oneValue(raw); ok {
		return v
	}
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) != nil || len(several) == 0 {
		return nil
	}
	v, _ := oneValue(several[0])
	return v
}

func oneValue(raw json.RawMessage) (v []byte, ok bool) {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) == nil {
		return []byte(s), true
	}
	if json.Unmarshal(raw, &v) != nil {
		return nil, false
	}
	return v, true
}

// Journal fills rec from the fields of one journal entry, in whatever form they
// lie, and reports whether they are one. The outermost stamp is when the entry
// was received, or sent if its sender says; the kernel's own monotonic stamp,
// which journald keeps, follows. Only _TRANSPORT=kernel with facility 0 is the
// kernel: a process can write to /dev/kmsg and claim any SYSLOG_IDENTIFIER.
// Source: systemd, src/journal/journald-kmsg.c; man systemd.journal-fields.
func Journal(rec *event.Record, field func(name string) []byte) bool {
	received, ok := micros(field("__REALTIME_TIMESTAMP"))
	if !ok {
		return false
	}
	kernel := string(field("_TRANSPORT")) == "kernel"
	st := event.Stamp{Clock: event.Wall, Wall: time.UnixMicro(received).UTC(), Step: time.Microsecond, Late: kernel}
	if sent, ok := micros(field("_SOURCE_REALTIME_TIMESTAMP")); ok && !kernel {
		st.Wall = time.UnixMicro(sent).UTC()
	}
	rec.Stamps.Add(st)
	if own, ok := micros(field("_SOURCE_MONOTONIC_TIMESTAMP")); ok && kernel {
		rec.Stamps.Add(event.Stamp{Clock: event.Monotonic, Since: time.Duration(own) * time.Microsecond, Step: time.Microsecond})
	}
	rec.Host, rec.BootID, rec.Unit = hostName(string(field("_HOSTNAME"))), bootID(field("_BOOT_ID")), string(field("_SYSTEMD_UNIT"))
	if pid, err := strconv.Atoi(firstOf(field, "_PID", "SYSLOG_PID")); err == nil && pid > 0 {
		rec.PID = pid
	}
	rec.Msg = field("MESSAGE")
	journalSpeaker(rec, field, kernel)
	return true
}

// maxHost is how long a host's name can be, in bytes: the kernel's has 64, one of
// the DNS' 253. Names are kept with each event.
const maxHost = 255

// hostName returns a host's name, "" for what is too long to be one.
func hostName(s string) string {
	if len(s) > maxHost {
		return ""
	}
	return s
}

// bootID returns a boot's id, "" for what is none. Source: systemd, sd-id128,
// SD_ID128_FORMAT_STR.
func bootID(b []byte) string {
	if len(b) != 32 {
		return ""
	}
	for _, c := range b {
		if _, ok := hexDigit(c); !ok {
			return ""
		}
	}
	return string(b)
}

// journalSpeaker says who wrote an entry. What the log drivers of docker, podman
// and CRI-O hand to journald is a container's output, stderr at priority 3.
func journalSpeaker(rec *event.Record, field func(name string) []byte, kernel bool) {
	rec.Speaker = firstOf(field, "SYSLOG_IDENTIFIER", "_COMM")
	if uid := string(field("_UID")); uid != "" && uid != "0" {
		rec.Speaker = firstOf(field, "_COMM", "SYSLOG_IDENTIFIER") // what anybody may call itself
	}
	switch f := string(field("SYSLOG_FACILITY")); {
	case kernel && (f == "0" || f == ""):
		rec.Speaker = "kernel"
	case rec.Speaker == "kernel":
		rec.Speaker = pretender
	}
	id := string(field("CONTAINER_ID_FULL"))
	if id == "" {
		return
	}
	rec.From = &event.Container{ID: id, Name: string(field("CONTAINER_NAME")), Restart: -1}
	if rec.Speaker = "stdout"; string(field("PRIORITY")) == "3" {
		rec.Speaker = "stderr"
	}
}

// firstOf returns the first of some fields that is not empty.
func firstOf(field func(name string) []byte, names ...string) string {
	for _, name := range names {
		if v := field(name); len(v) > 0 {
			return string(v)
		}
	}
	return ""
}

// micros reads microseconds, since 1970 or since boot.
func micros(b []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil && n >= 0 && n < maxSeconds*1e6
}
