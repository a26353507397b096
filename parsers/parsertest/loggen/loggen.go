// Package loggen writes logs as a Kubernetes node has them, of any size, for
// tests and benchmarks.
//
// In comes a Log, which says the form, the size and a seed; out come the same
// bytes every time, and the Truth about them. What the kubelet, containerd,
// systemd, the kernel and applications print on a quiet day stands between the
// reports of the kernel's OOM killer, each of which is whole and has one victim,
// with what a runtime and a supervisor say of it. It knows nothing of the
// parsers: that they read what it wrote is for tests elsewhere to show.
package loggen

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// A Form is how a log writes its entries.
type Form string

// The forms.
const (
	Syslog      Form = "syslog"       // rsyslog's traditional file: no year, whole seconds
	JournalJSON Form = "journal-json" // journalctl -o json
	Export      Form = "export"       // journalctl -o export, for systemd-journal-remote
	CRI         Form = "cri"          // one container's output, as the kubelet keeps it
)

// A Log says what to write.
type Log struct {
	Form  Form
	Seed  uint64
	Bytes int64 // the log ends with the first entry behind so many
	Every int   // entries between two kills; 0 stands for 5000
}

// Truth is what a log holds. A container's output has deaths of workers and no
// reports of the kernel. The lines of an export are its entries.
type Truth struct {
	Bytes, Lines int64
	Kills        int // reports of the OOM killer, each with one victim
	Deaths       int // lines of supervisors about a worker that got SIGKILL
}

// Write writes the log to out.
func (l Log) Write(out io.Writer) (Truth, error) {
	w := newWriter(l, out)
	for gap := 0; w.truth.Bytes < l.Bytes && w.err == nil; gap++ {
		switch {
		case gap == w.every:
			w.incident()
			gap = 0
		case l.Form == CRI:
			w.app()
		default:
			w.node()
		}
	}
	if err := w.out.Flush(); w.err == nil {
		w.err = err
	}
	return w.truth, w.err
}

// A writer writes one log. Its clock goes on with every entry.
type writer struct {
	form  Form
	every int
	out   *bufio.Writer
	err   error
	rnd   *rand.Rand
	now   time.Time
	pods  []pod
	text  []byte // of the entry
	line  []byte
	truth Truth
}

// A pod is one of the node's, with its one container.
type pod struct {
	namespace, name, uid, container string
	memcg                           string
	pid                             int
}

const (
	host         = "ip-10-0-3-117"
	podCount     = 24
	defaultEvery = 5000
)

var booted = time.Date(2026, 11, 23, 6, 50, 33, 0, time.UTC)

func newWriter(l Log, out io.Writer) *writer {
	w := &writer{form: l.Form, every: l.Every, out: bufio.NewWriterSize(out, 1<<16), rnd: rand.New(rand.NewPCG(l.Seed, 0)), now: booted.Add(time.Hour)}
	if w.every <= 0 {
		w.every = defaultEvery
	}
	for n := range podCount {
		app := appNames[n%len(appNames)]
		p := pod{namespace: app, name: fmt.Sprintf("%s-%s-%s", app, w.hex(10), w.hex(5)), uid: w.uuid(), container: w.hex(64), pid: 2000 + w.rnd.IntN(60000)}
		p.memcg = fmt.Sprintf("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod%s.slice/cri-containerd-%s.scope", underscores(p.uid), p.container)
		w.pods = append(w.pods, p)
	}
	return w
}

var appNames = []string{"shop", "imaging", "search", "mail", "reports", "billing"}

func (w *writer) pod() *pod { return &w.pods[w.rnd.IntN(len(w.pods))] }

// hex returns n hex digits.
func (w *writer) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[w.rnd.IntN(16)]
	}
	return string(b)
}

func (w *writer) uuid() string {
	return w.hex(8) + "-" + w.hex(4) + "-" + w.hex(4) + "-" + w.hex(4) + "-" + w.hex(12)
}

func underscores(uid string) string {
	b := []byte(uid)
	for i, c := range b {
		if c == '-' {
			b[i] = '_'
		}
	}
	return string(b)
}
