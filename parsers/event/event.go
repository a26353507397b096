// Package event is the vocabulary that the parsers and the correlator share.
//
// It knows what a log can say (a Record), what a Parser makes of it (an Event
// with a Body), by which names an event refers to what it is about (Keys) and
// what one log is worth as a witness (a Log). It imports nothing of this
// program, and it decides nothing: what moment a Stamp was is the business of
// correlate/clock, which events are of one kill that of correlate/match.
package event

import (
	"fmt"
	"time"
)

// A Pos says where something stands: a file as it was given, or
// "logs.tar.gz!node-1/dmesg.txt" inside an archive, and a line that counts
// from 1 in the file as it lies on disk.
type Pos struct {
	File string
	Line int
}

// String returns "file:line".
func (p Pos) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// A Clock says what the numbers of a Stamp count from.
type Clock uint8

// The clocks a log can write.
const (
	None      Clock = iota // no stamp
	Monotonic              // seconds since boot
	Relative               // seconds since something that the log does not say (dmesg's deltas, summed)
	Dayless                // the time of day alone
	Yearless               // month, day and time, neither year nor zone
	Zoneless               // date and time without a zone
	Wall                   // a moment
)

// String returns the clock's name as the report spells it.
func (c Clock) String() string {
	switch c {
	case Monotonic:
		return "monotonic"
	case Relative:
		return "relative"
	case Dayless:
		return "dayless"
	case Yearless:
		return "yearless"
	case Zoneless:
		return "zoneless"
	case Wall:
		return "wall"
	}
	return "none"
}

// A Stamp is one reading of one log's clock. It is not yet a moment.
type Stamp struct {
	Clock Clock
	Wall  time.Time     // Wall; Zoneless as if UTC; Yearless as if UTC, in year 0; Dayless on 1 January of it
	Since time.Duration // Monotonic: since boot; Relative: since the log's first entry
	Step  time.Duration // the smallest difference the log can write
	// Late says that the stamp is of when the record was received, not of when
	// it was written: what it tells happened then or a little before.
	Late bool
	// Early says that the stamp can be up to a second before: dmesg takes the
	// boot time without its fraction to make a date of a kernel's stamp.
	Early bool
	// Lower says that the entry has no stamp and this is the one before it:
	// what it tells happened then or later.
	Lower bool
}

// String returns the reading in a form that people can compare.
func (s Stamp) String() string {
	switch s.Clock {
	case Monotonic, Relative:
		return fmt.Sprintf("%s %.6f", s.Clock, s.Since.Seconds())
	case Dayless:
		return "dayless " + s.Wall.Format("15:04:05.999999")
	case Yearless:
		return "yearless " + s.Wall.Format("01-02T15:04:05.999999")
	case Zoneless:
		return "zoneless " + s.Wall.Format("2006-01-02T15:04:05.999999")
	case Wall:
		return "wall " + s.Wall.UTC().Format(time.RFC3339Nano)
	}
	return "none"
}

// Stamps are the readings that one record carries, outermost first. It is a
// value, so that it can be kept.
type Stamps [3]Stamp

// Add puts a reading behind those that are there. A fourth one is dropped: the
// outer ones are what the machine's own programs wrote.
func (s *Stamps) Add(st Stamp) {
	for i := range s {
		if s[i].Clock == None {
			s[i] = st
			return
		}
	}
}

// Outer returns the first reading, with Clock None if there is none.
func (s Stamps) Outer() Stamp { return s[0] }

// Of returns the first reading of clock c, and whether there is one.
func (s Stamps) Of(c Clock) (Stamp, bool) {
	for _, st := range s {
		if st.Clock == c && c != None {
			return st, true
		}
	}
	return Stamp{}, false
}

// A Container is who a container is, as far as somebody says. Empty fields are
// not known. ID and SandboxID are 64 hex digits without a scheme; PodUID is
// written as Kubernetes does, with dashes where it has any.
type Container struct {
	Runtime   string // containerd, cri-o, docker, podman
	ID        string
	SandboxID string
	Name      string // of the container: in its pod, where it has one
	Namespace string
	Pod       string
	PodUID    string
	Image     string
	Node      string
	Restart   int // the attempt, from 0; -1 if not known
}

// SameHost compares host names, of which one may be short.
func SameHost(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(b) > len(a) && b[:len(a)] == a && b[len(a)] == '.'
}

// A Record is one entry of a log with its envelopes taken off. The reader owns
// it: a Record and its Msg are good until the next one is read.
type Record struct {
	Pos
	Stamps  Stamps
	Host    string
	Speaker string // "kernel", "kubelet", a unit, a logger's name; "" if the log does not say
	PID     int    // the speaker's; 0 if the log does not say
	Shape   string // the innermost envelope that was taken off: klog, logrus, cri
	BootID  string // 32 hex digits, if the log says
	Unit    string // the systemd unit of the speaker, if the log says
	// Caller is who printed a kernel record (T123, C0), where CONFIG_PRINTK_CALLER
	// had it printed.
	Caller string
	// From is the container whose output this is, if the file's place or the
	// entry says; else nil. It is shared by the records of a file.
	From *Container
	// Cut says that the log ends with this entry, and without a line end: it may
	// have gone on, within a number too.
	Cut bool
	Msg []byte
}

// An Event is one thing that one log says happened.
type Event struct {
	Pos     Pos
	Stamps  Stamps
	Host    string
	Speaker string
	BootID  string
	From    *Container
	Text    string // the message as printed, 2 KiB of it at most
	Body    Body   // what happened, as whoever said it sees it
}

// MaxText is how many bytes of a message an Event keeps.
const MaxText = 2 << 10

// New returns the event that rec tells, with a copy of its message.
func New(rec *Record, body Body) Event {
	return Event{Pos: rec.Pos, Stamps: rec.Stamps, Host: rec.Host, Speaker: rec.Speaker,
		BootID: rec.BootID, From: rec.From, Text: Cut(rec.Msg), Body: body}
}

// Cut returns msg as a string of at most MaxText bytes.
func Cut(msg []byte) string {
	if len(msg) > MaxText {
		msg = msg[:MaxText]
	}
	return string(msg)
}

// A Parser turns the records of one speaker in one log into events. It may hold
// state: the kernel's report of one kill is a hundred records. It must not keep
// a record, or its Msg, beyond the call.
type Parser interface {
	// Read takes a record. What it tells is emitted at once or later.
	Read(rec *Record, emit func(Event))
	// End emits what is half read, as far as it goes.
	End(emit func(Event))
}

// A Role says what an event can prove of a kill. It is what correlate/match
// goes by, so that a new kind of body joins incidents without a change there.
type Role uint8

// The roles, from the strongest witness to the weakest.
const (
	Context Role = iota // who is who, what was set: proves nothing of a kill
	Kill                // by whoever killed: the kernel's own report
	Counted             // by one who counts the kernel's kills: a runtime's OOM event, systemd's result oom-kill
	Noticed             // by one who reads the kernel's log: the kubelet
	Death               // an end that an OOM kill explains, and other things too
	Intent              // somebody other than the OOM killer decided to kill or to stop
	Life                // a start, a restart
	Evicted             // the kubelet's eviction of a pod
	Policy              // a kill by a daemon's policy, before the kernel had to
)

// String returns the role's name for the debug output.
func (r Role) String() string {
	return [...]string{"context", "kill", "counted", "noticed", "death", "intent", "life", "evicted", "policy"}[r]
}

// A Body is what an event says happened.
type Body interface {
	// Role says what the event can prove.
	Role() Role
	// Keys returns the names by which the body refers to what it is about,
	// without empty ones.
	Keys() []Key
}

// A KeyKind says what a Key's value names.
type KeyKind string

// The kinds of names. A HostPID is one of the initial pid namespace, as the
// kernel prints it; an InnerPID is one of a namespace that the log does not
// tell, which can be the same one.
const (
	HostPID     KeyKind = "pid"
	InnerPID    KeyKind = "inner pid"
	Memcg       KeyKind = "memcg"
	ContainerID KeyKind = "container"
	SandboxID   KeyKind = "sandbox"
	PodUID      KeyKind = "pod uid"
	PodName     KeyKind = "pod" // namespace/name
	Comm        KeyKind = "comm"
	Unit        KeyKind = "unit"
)

// A Key is one name of what an event is about.
type Key struct {
	Kind  KeyKind
	Value string
}

// String returns "kind=value".
func (k Key) String() string { return string(k.Kind) + "=" + k.Value }

// Keys returns the names that c has.
func (c Container) Keys() []Key {
	var ks keys
	ks.add(ContainerID, c.ID)
	ks.add(SandboxID, c.SandboxID)
	ks.add(PodUID, c.PodUID)
	if c.Pod != "" {
		ks.add(PodName, c.Namespace+"/"+c.Pod)
	}
	return ks
}

type keys []Key

func (ks *keys) add(k KeyKind, v string) {
	if v != "" {
		*ks = append(*ks, Key{k, v})
	}
}

func (ks *keys) pid(k KeyKind, pid int) {
	if pid > 0 {
		*ks = append(*ks, Key{k, fmt.Sprint(pid)})
	}
}

// A Problem is something in a log that kept the program from reading it whole.
// It never stops the reading of the rest.
type Problem struct {
	Pos
	Code string // kebab-case, for programs: truncated-dump, broken-gzip
	Text string // for people: what is there, what was expected, what to do
}

// A Span is a stretch of one log that it covers without a known gap: whatever
// its speaker would have written between From and To, it holds.
type Span struct {
	From, To Stamps
	BootID   string
}

// A Log is all that the correlator learns of one file.
type Log struct {
	Path   string // as the inputs name it
	Format string // what its lines were recognised as: dmesg, cri, klog, "unknown"
	Source string // kernel, node, runtime, worker, kubernetes, systemd, mixed; "" if nothing was recognised
	Node   string // the host, if the log or its place says
	Placed bool   // Node is by the log's place: a folder of one machine's
	Bytes  int64
	Lines  int64
	First  Stamps // of the first and the last entry that has any
	Last   Stamps
	// Kernel says that the log holds the kernel's own messages, so that its
	// silence about a kill is evidence. Covers says for which stretches.
	Kernel bool
	Covers []Span
	// Ties are records that carry two readings, or readings worth comparing
	// with another log's: a bounded sample from the whole file.
	Ties     []Stamps
	Events   []Event // in the order in which they stand
	Problems []Problem
	From     *Container // whose output the file is, if its place says
}
