// Package envelope takes off what a log pipeline puts around a message: the
// stamp of dmesg, the head of a syslog line, a container runtime's framing, a
// klog header, the time that an application's logger writes.
//
// In comes a record whose Msg is a line; out come the stamps, the host, the
// speaker and the pid that the envelopes state, and the message that is left. An
// envelope fits, or leaves the record alone; they come off one by one, so that
// envelope times message is a sum. A stamp stays a reading: no zone, year or
// origin is guessed here. What a message says is left to its speaker's parser,
// and formats whose records are not lines (journalctl -o export, verbose) to
// whoever reads those.
package envelope

import (
	"bytes"

	"oomtrace/parsers/event"
)

// An Envelope is one way in which a line can be wrapped.
type Envelope struct {
	Name string
	// Open takes the envelope off and says so, or leaves the record alone.
	Open func(rec *event.Record) bool
	// Outer says that it can be the outermost one of a file; Inner that it can
	// stand within another.
	Outer, Inner bool
	// App says that what is within is an application's own output.
	App bool
	// Loose says that it fits much that others know better: it is not preferred.
	Loose bool
}

// All are the envelopes, in the order in which they are tried.
var All = []Envelope{
	{Name: "kmsg", Open: openKmsg, Outer: true},
	{Name: "cri", Open: openCRI, Outer: true, App: true},
	{Name: "docker-json", Open: openDockerJSON, Outer: true, App: true},
	{Name: "journal-json", Open: openJournalJSON, Outer: true},
	{Name: "kernel-json", Open: openKernelJSON, Outer: true},
	{Name: "pipeline", Open: openPipeline, Outer: true, App: true},
	{Name: "forwarded", Open: openForwarded, Outer: true, App: true},
	{Name: "logcli", Open: openLogcli, Outer: true, App: true},
	{Name: "papertrail", Open: openPapertrail, Outer: true, App: true},
	{Name: "rfc5424", Open: openRFC5424, Outer: true},
	{Name: "journal-monotonic", Open: openJournalMonotonic, Outer: true},
	{Name: "syslog", Open: openSyslog, Outer: true},
	{Name: "logread", Open: openLogread, Outer: true},
	{Name: "talos", Open: openTalos, Outer: true},
	{Name: "node-logs", Open: openNodeLogs, Outer: true},
	{Name: "gitlab", Open: openGitLab, Outer: true, App: true},
	{Name: "logcat", Open: openLogcat, Outer: true},
	{Name: "console", Open: openConsole, Outer: true},
	{Name: "dmesg", Open: openDmesg, Outer: true, Inner: true},
	{Name: "ctr-events", Open: openCtrEvents, Outer: true},
	{Name: "engine-events", Open: openEngineEvents, Outer: true},
	{Name: "engine-events-json", Open: openEngineJSON, Outer: true},
	{Name: "kubectl", Open: openKubectl, Outer: true, App: true},
	{Name: "compose", Open: openCompose, Outer: true, App: true},
	{Name: "stern", Open: openStern, Outer: true, App: true},
	{Name: "timestamps", Open: openTimestamps, Outer: true, Inner: true, App: true},
	{Name: "klog", Open: openKlog, Outer: true, Inner: true},
	{Name: "klog-json", Open: openKlogJSON, Outer: true, Inner: true},
	{Name: "logrus", Open: openLogrus, Outer: true, Inner: true},
	{Name: "app", Open: openApp, Outer: true, Inner: true, App: true, Loose: true},
	{Name: "app-json", Open: openAppJSON, Outer: true, Inner: true, App: true, Loose: true},
}

// maxDepth is how many envelopes are taken off one record.
const maxDepth = 4

// An Opener opens the lines of one file, most of which are wrapped alike. Its
// zero value knows nothing of the file.
type Opener struct {
	Prefer  string    // the name of the envelope that is tried first
	Learned *Envelope // what Learn or LearnTagged made of the file, tried before that; or nil
	Vendor  *Vendor   // whose kernel it is, as LearnVendor found; or nil
	Klogd   bool      // the kernel's lines are of facility user, as LearnKlogd found
	prefer  *Envelope // the one named Prefer, once it was looked up; or nil
}

// Open takes off all envelopes that fit and returns the name of the outermost
// one, "" if none fits.
func (o *Opener) Open(rec *event.Record) string {
	outer := o.open(rec)
	if rec.Speaker == klogd {
		o.believe(rec)
	}
	if o.Vendor != nil {
		o.Vendor.take(rec)
	}
	return outer
}

func (o *Opener) open(rec *event.Record) string {
	line := rec.Msg
	outer := o.outermost(rec)
	if outer == "" || leavesWhole(line, rec) {
		return outer
	}
	if outer == "cri" {
		if _, partial := CRIPart(line); partial {
			return outer // what is within is opened when it is whole
		}
	}
	Again(rec)
	return outer
}

// Bare returns a line without the NUL bytes that a crash left before it, and
// without the colours of dmesg --color=always, whose lines begin with one.
// Source: util-linux sys-utils/dmesg.c.
func Bare(line []byte) []byte {
	if len(line) == 0 || line[0] != 0 && line[0] != 0x1b {
		return line
	}
	line = bytes.TrimLeft(line, "\x00")
	if len(line) == 0 || line[0] != 0x1b {
		return line
	}
	out := make([]byte, 0, len(line))
	for len(line) > 0 {
		if n := colorLen(line); n > 0 {
			line = line[n:]
			continue
		}
		out, line = append(out, line[0]), line[1:]
	}
	return out
}

// colorLen returns the length of the escape sequence for a colour, ESC [ 3 2 m,
// that b begins with; 0 if it begins with none.
func colorLen(b []byte) int {
	if !bytes.HasPrefix(b, []byte("\x1b[")) {
		return 0
	}
	for i := 2; i < len(b) && i < 24; i++ {
		switch c := b[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

func (o *Opener) outermost(rec *event.Record) string {
	if o.Learned != nil && o.Learned.take(rec) {
		return o.Learned.Name
	}
	if o.prefer == nil || o.prefer.Name != o.Prefer {
		o.prefer = named(o.Prefer)
	}
	prefer := o.prefer
	if prefer != nil && (!prefer.Outer || prefer.Loose) {
		prefer = nil
	}
	if prefer != nil && prefer.take(rec) {
		return prefer.Name
	}
	for i := range All {
		if e := &All[i]; e.Outer && e != prefer && e.take(rec) {
			return e.Name
		}
	}
	return ""
}

// Open takes off all envelopes that fit, first the one named prefer if it does,
// and returns the name of the outermost one, "" if none fits.
func Open(rec *event.Record, prefer string) string {
	o := Opener{Prefer: prefer}
	return o.Open(rec)
}

// Again takes off the inner envelopes of a record whose outermost one was taken
// off before, or that never had one.
func Again(rec *event.Record) {
	if rec.Speaker == "kernel" && rec.Shape == "dmesg" {
		return // all but openDmesg leave the kernel's lines alone
	}
	for range maxDepth {
		before := rec.Msg
		if !inner(rec) || leavesWhole(before, rec) {
			return
		}
	}
}

func inner(rec *event.Record) bool {
	for i := range All {
		if e := &All[i]; e.Inner && e.Name != rec.Shape && e.take(rec) {
			return true
		}
	}
	return false
}

// take opens the record if the envelope fits, and notes its name.
func (e *Envelope) take(rec *event.Record) bool {
	if !e.Open(rec) {
		return false
	}
	rec.Shape = e.Name
	return true
}

// leavesWhole reports whether an envelope took readings from the message and
// left it as it was: there is nothing within, and another one would read the
// same stamp again.
func leavesWhole(before []byte, rec *event.Record) bool { return len(rec.Msg) == len(before) }

// OfApplication reports whether a record of the shape is an application's own
// output, as far as its innermost envelope tells.
func OfApplication(shape string) bool {
	if shape == learnedName {
		return true
	}
	e := named(shape)
	return e != nil && e.App
}

// IsLoose reports whether the envelope of a name fits much that is no log's line.
func IsLoose(name string) bool {
	e := named(name)
	return e != nil && e.Loose
}

func named(name string) *Envelope {
	for i := range All {
		if All[i].Name == name {
			return &All[i]
		}
	}
	return nil
}

// ofContainer reports whether the record is the output of a container, in which
// anybody may have written anything.
func ofContainer(rec *event.Record) bool {
	return rec.Speaker == "stdout" || rec.Speaker == "stderr"
}

// ofDaemon reports whether the record can be a daemon's of the node, which
// logs by klog or logrus.
func ofDaemon(rec *event.Record) bool { return rec.Speaker != "kernel" && !ofContainer(rec) }
