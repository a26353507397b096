// Package parsers reads logs: it opens inputs, takes the envelopes off their
// lines and hands each record to whoever knows its speaker.
//
// In come units of work from parsers/input, out comes one event.Log for each, and
// one for each member of an archive behind that of the archive itself: in the same
// order whatever order they were read in. A unit is read by one goroutine, an
// archive with all that lies in it too; it owns its reader and its parsers and
// shares nothing. Most
// lines are never looked at one by one: a literal that some parser needs is
// searched in the text as a whole, and only a line that has one, or that
// follows within a report that is half read, becomes a record. What the events
// mean together is left to correlate.
package parsers

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/kernel"
	"oomtrace/parsers/kubelet"
	"oomtrace/parsers/lines"
	"oomtrace/parsers/logdaemon"
	runtimelog "oomtrace/parsers/runtime"
	"oomtrace/parsers/systemd"
	"oomtrace/parsers/userspace"
	"oomtrace/parsers/worker"
)

// Options say how to read.
type Options struct {
	// Workers are the dialects of supervisors; nil means the built-in ones.
	Workers *worker.Catalog
	// EveryLine makes a record of every line, also of those that no parser
	// needs: slower, and the same events.
	EveryLine bool
	// Trace is shown every record that is made, in the order of its file. It
	// must not keep it.
	Trace func(*event.Record)
	// Read, if not nil, is increased by the bytes that were read, as they are stored.
	Read *atomic.Int64
}

// A voice is a speaker that some parser knows.
type voice struct {
	source   string // for the report: kernel, systemd, node, runtime, worker
	speaks   func(rec *event.Record) bool
	literals func() []string
	new      func() event.Parser
}

// voices are tried in this order; the last one takes whatever is left.
func (o *Options) voices() []voice {
	w := o.Workers
	if w == nil {
		w = worker.Builtin()
	}
	return []voice{
		{"systemd", outside(speaksDaemon), userspace.Literals, userspace.New},
		{"kernel", outside(speaksKernel), kernel.Literals, kernel.New},
		{"node", outside(logdaemon.Speaks), logdaemon.Literals, logdaemon.New},
		{"systemd", outside(speaksSystemd), systemd.Literals, systemd.New},
		{"node", outside(speaksKubelet), kubelet.Literals, kubelet.New},
		{"runtime", outside(speaksRuntime), runtimelog.Literals, runtimelog.New},
		{"worker", speaksAny, w.Literals, w.New},
	}
}

// outside leaves out what a container put out: that is its own word, in whatever
// shape, and never the kernel's or the node's.
func outside(speaks func(*event.Record) bool) func(*event.Record) bool {
	return func(rec *event.Record) bool { return rec.From == nil && speaks(rec) }
}

// speaksDaemon knows the daemons that kill, of which oomd tells in the kernel's log.
func speaksDaemon(rec *event.Record) bool {
	return userspace.Speaks(rec.Speaker) || rec.Speaker == "kernel" && bytes.HasPrefix(rec.Msg, []byte(userspace.OomdWords))
}

func speaksSystemd(rec *event.Record) bool { return rec.Speaker == "systemd" }

func speaksKernel(rec *event.Record) bool { return rec.Speaker == "kernel" }

// speaksKubelet goes by the shape where nobody is named, or whoever has the
// kubelet within: what any other process writes in that shape is its own word.
func speaksKubelet(rec *event.Record) bool {
	klog := rec.Shape == "klog" || rec.Shape == "klog-json"
	return rec.Speaker == "kubelet" || klog && (rec.Speaker == "" || isOneOf(rec.Speaker, distributions))
}

// distributions are what a process with a kubelet, or a containerd, in it is
// called, by the beginning of its name.
var distributions = []string{"kubelet", "hyperkube", "kubenswrapper", "k3s", "rke2", "k0s", "microshift", "microk8s", "snap.", "kubelite", "minikube"}

// isOneOf does not know docker/web-1, by which docker's syslog driver calls a
// container.
func isOneOf(speaker string, names []string) bool {
	if strings.Contains(speaker, "/") {
		return false
	}
	for _, n := range names {
		if strings.HasPrefix(speaker, n) {
			return true
		}
	}
	return false
}

func speaksRuntime(rec *event.Record) bool {
	switch rec.Speaker {
	case "containerd", "crio", "dockerd", "docker", "conmon", "podman":
		return true
	}
	if rec.Speaker == "" && rec.Shape == "" && runtimelog.IsClient(rec.Msg) {
		return true
	}
	return rec.Shape == "ctr-events" || rec.Shape == "logrus" && (rec.Speaker == "" || isOneOf(rec.Speaker, runtimes) || isOneOf(rec.Speaker, distributions))
}

// runtimes are what a runtime's process is called, by the beginning of its name.
var runtimes = []string{"containerd", "docker", "cri-o", "crio", "podman", "conmon", "moby", "nerdctl"}

func speaksAny(*event.Record) bool { return true }

// Read reads units and returns their logs in the same order, those of an archive's
// members behind that of the archive. Where ctx ends early, so does the reading; the
// error is ctx's.
func Read(ctx context.Context, units []input.Unit, o Options) ([]event.Log, error) {
	shared := newShared(&o)
	logs := make([][]event.Log, len(units))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(units)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(units); i = int(next.Add(1)) - 1 {
				if ctx.Err() == nil {
					logs[i] = shared.unit(ctx, units[i])
				}
			}
		})
	}
	wg.Wait()
	all := slices.Concat(logs...)
	settle(all)
	return all, ctx.Err()
}

// shared is what the readers of all units have in common, read-only but for the
// weight.
type shared struct {
	o      *Options
	voices []voice
	finder *lines.Finder // what any parser needs to see
	first  *lines.Finder // the same and what tells that the kernel speaks at all
	weight *atomic.Int64 // of the events kept so far: memory is bounded whatever all logs hold together
}

// Signs that a line is the kernel's, in the logs that hold many speakers.
var kernelSigns = []string{" kernel: ", " kernel:[", " kernel - ", `:"kernel"`, `: "kernel"`, `"kernel:"`, `"sequence":`}

// Signs of entries that hide their text from a search: part of a longer line,
// bytes written as numbers. The last one is of a line that is none.
var hidden = []string{"stdout P ", "stderr P ", `"MESSAGE":[`, `"MESSAGE" : [`, bootLine}

// bootLine begins what journalctl prints between the entries of two boots.
const bootLine = "-- Boot "

func newShared(o *Options) *shared {
	s := &shared{o: o, voices: o.voices(), weight: new(atomic.Int64)}
	literals := append([]string{}, hidden...)
	for _, v := range s.voices {
		literals = append(literals, v.literals()...)
	}
	s.finder = lines.NewFinder(literals)
	s.first = lines.NewFinder(append(literals, kernelSigns...))
	return s
}
