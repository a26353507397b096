package parsers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync/atomic"

	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/kubernetes"
	"oomtrace/parsers/lines"
	"oomtrace/parsers/lines/journal"
	runtimelog "oomtrace/parsers/runtime"
	"oomtrace/parsers/systemd"
)

// A reader reads one unit into one log.
type reader struct {
	*shared
	ctx     context.Context
	log     event.Log
	speak   []speaker
	heard   map[string]bool // sources that spoke
	events  int             // that were dropped
	hosts   map[string]int
	take    func(event.Event) // emit, once a record was delivered
	reuse   func(*event.OOMDump)
	units   unitsByPID
	excerpt bool           // the log is what a query gave, so that it covers nothing
	scanner *lines.Scanner // of a log of lines: parsers may look back when they end
}

// A reuser is a parser that takes reports back that are not kept. A log that says
// more than is kept is a flood of them, as a rule.
type reuser interface{ Reuse(*event.OOMDump) }

// A speaker is a voice with the parser of this log.
type speaker struct {
	voice
	parser event.Parser
}

const (
	maxEvents = 20000    // of one log; a log that says more is counted, not kept
	maxWeight = 60 << 20 // bytes of the events of all logs; from half of it on, reports keep but the bare facts
	maxTies   = 64
)

// unit reads one unit. Whatever is wrong with it becomes a problem. The log of an
// archive stands before those of its members.
func (s *shared) unit(ctx context.Context, u input.Unit) []event.Log {
	to := &listing{shared: s}
	to.read(ctx, u)
	return to.logs
}

// read reads a unit into a log, without what lies in it if it is an archive.
func (r *reader) read(u input.Unit, to *listing) {
	f, err := u.Open()
	if err != nil {
		r.problem(0, "unreadable", "%v; run as a user who may read it, or leave it out", cause(err))
		return
	}
	defer f.Close()
	counted := &counter{r: f, ctx: r.ctx}
	if to.outermost() {
		counted.total = r.o.Read
	}
	stream, err := u.Plain(counted)
	if err != nil {
		r.unopened(stream, err)
		r.finish(counted)
		return
	}
	defer stream.Close()
	if stream.Archive != "" {
		r.archive(stream, counted, to)
	} else {
		r.stream(stream, counted)
	}
	if l := stream.Limit(); l != nil {
		r.problem(int(r.log.Lines), l.Code, "%s", l.Text)
	}
	r.finish(counted)
}

func (s *shared) newReader(ctx context.Context, u input.Unit) *reader {
	r := &reader{shared: s, ctx: ctx, heard: map[string]bool{}, hosts: map[string]int{}}
	r.log = event.Log{Path: u.Path, From: u.From, Format: "unknown"}
	for _, v := range s.voices {
		p := v.new()
		r.speak = append(r.speak, speaker{v, p})
		if p, ok := p.(reuser); ok {
			r.reuse = p.Reuse
		}
	}
	return r
}

// unopened tells why nothing of a unit could be read.
func (r *reader) unopened(s *input.Stream, err error) {
	l := (*input.Limit)(nil)
	switch {
	case errors.As(err, &l):
		r.problem(0, l.Code, "%s", l.Text)
	case s.Compressed:
		r.problem(0, "broken-compression", "%v; nothing of it could be read", err)
	default:
		r.problem(0, "broken-input", "%v; nothing of it could be read", cause(err))
	}
}

func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// stream reads the stream in the way that its head asks for.
func (r *reader) stream(s *input.Stream, f *counter) {
	head := s.Head
	switch {
	case len(head) == 0:
		r.log.Format = "empty"
	case r.log.From != nil: // its output, whatever that looks like
		r.text(s)
	case journal.Sniff(head):
		r.journal(s, f)
	case sniffJournalPretty(head):
		r.journalPretty(s)
	case sniffJournalVerbose(head):
		r.journalVerbose(s)
	case isDumped(head):
		r.dumpedLogs(s)
	case kubernetes.Sniff(head):
		r.objects(s, r.dumped, "kubernetes-json")
	case kubernetes.SniffYAML(head):
		r.objects(s, kubernetes.ReadYAML, "kubernetes-yaml")
	case sniffDmesgJSON(head):
		r.dmesgJSON(s)
	case runtimelog.SniffInspect(head):
		r.inspect(s)
	case systemd.SniffShow(head):
		r.show(s)
	case bytes.HasPrefix(head, []byte("__CURSOR=")):
		r.journalExport(s)
	case r.log.From == nil && kubernetes.SniffText(head):
		r.kubectlText(s)
	case sniffRows(head):
		r.rowsOf(s)
	case isBinary(head):
	default:
		if comma, ok := sniffTable(head); ok {
			r.table(s, comma)
		} else if bytes.HasPrefix(head, []byte(grafanaHead)) {
			r.grafana(s)
		} else {
			ties := r.status(head)
			r.text(s)
			r.log.Ties = append(r.log.Ties, ties...)
		}
	}
}

// isBinary reports whether head is no text: one byte in ten is one that logs
// do not have. NUL bytes do not count: a crash leaves them in a log, thousands
// in a row.
func isBinary(head []byte) bool {
	odd, nul := 0, 0
	for _, c := range head {
		switch {
		case c == 0:
			nul++
		case c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b && c != 0x1e:
			odd++
		}
	}
	return odd*10 > len(head)-nul
}

// objects reads Kubernetes objects.
func (r *reader) objects(s *input.Stream, read func(io.Reader, string, func(event.Event)) error, format string) {
	r.log.Format = format
	r.heard["kubernetes"] = true
	count := &lineCounter{r: s}
	if err := read(count, r.log.Path, r.emit); err != nil {
		line := count.lines
		var at interface{ Line() int }
		if errors.As(err, &at) {
			line = at.Line()
		}
		r.problem(line, "broken-object", "%v", err)
	}
	io.Copy(io.Discard, count)
	r.log.Lines = int64(count.total())
}

// fromApp reports whether an event is a supervisor's word, or another's that any
// process may write.
func (r *reader) fromApp(e *event.Event) bool {
	switch e.Body.(type) {
	case event.WorkerExit, event.WorkerStart, event.WorkerStop, event.MemoryFailure:
		return true
	}
	return e.From != nil
}

// emit takes an event from a parser, within bounds.
func (r *reader) emit(e event.Event) {
	most, weight := maxEvents, int64(maxWeight)
	if r.fromApp(&e) { // what any process can write leaves room for the others
		most, weight = maxEvents/2, maxWeight/2
	}
	if len(r.log.Events) >= most || r.weight.Load() > weight {
		r.events++
		if d, ok := e.Body.(*event.OOMDump); ok {
			r.reuse(d)
		}
		return
	}
	if e.From == nil {
		e.From = r.log.From
	}
	if d, ok := e.Body.(*event.OOMDump); ok {
		if r.weight.Load() > maxWeight/2 {
			strip(d)
		}
		switch {
		case !d.Truncated:
		case len(d.Victims) == 0 && !d.NoKillable && d.Panic == "":
			r.problem(e.Pos.Line, "truncated-dump", "a report of the OOM killer begins here, whose kill line is not in this log")
		case d.Tangled:
			r.problem(e.Pos.Line, "interleaved-dumps", "lines of several reports of the OOM killer alternate here; what could be of more than one is left out")
		case d.Trigger == nil && (d.HasTable || d.Memory.Memory.Printed):
			r.problem(e.Pos.Line, "truncated-dump", "the first line of this report of the OOM killer is not in this log")
		}
	}
	if b, ok := e.Body.(event.UserspaceKill); ok && b.Memcg == "" {
		b.Unit = r.units.of(b.PID)
		e.Body = b
	}
	if g, ok := e.Body.(event.LogGap); ok {
		r.problem(e.Pos.Line, "lost-lines", "lines are missing here: %s", g.What)
	}
	r.weight.Add(weigh(&e))
	r.log.Events = append(r.log.Events, e)
}

// strip leaves of a report what an incident cannot be told without.
func strip(d *event.OOMDump) {
	var keep []event.Task
	for _, t := range d.Tasks {
		if d.Chosen != nil && (t.PID == d.Chosen.PID || t.TGID == d.Chosen.PID) {
			keep = append(keep, t)
		}
	}
	d.TasksCut += len(d.Tasks) - len(keep)
	d.Tasks, d.Memory.Stat, d.Memory.Below, d.Frames = keep, nil, nil, nil
	n := &d.Node
	n.Totals, n.Nodes, n.Zones, n.Hugepages, n.Slabs = nil, nil, nil, nil, nil
}

// weigh estimates how much memory an event holds, in bytes.
func weigh(e *event.Event) int64 {
	n := 800 + len(e.Text) + len(e.Host) + len(e.BootID)
	if d, ok := e.Body.(*event.OOMDump); ok {
		n += 2000 + 200*len(d.Tasks) + 40*len(d.Memory.Stat) + 1000*len(d.Victims) + weighMemory(&d.Node)
		for _, s := range [...]string{d.Nodemask, d.Cpuset, d.MemsAllowed, d.OOMMemcg, d.TaskMemcg, d.GroupMemcg, d.Memory.StatMemcg, d.Hardware, d.Taint, d.Panic} {
			n += 4 * len(s) // they stand in the report several times
		}
		for _, b := range d.Memory.Below {
			n += 100 + len(b.Memcg) + 60*len(b.Stat)
		}
		for _, s := range d.Steps {
			n += 1000 + len(s.Text)
		}
	}
	return int64(n)
}

// weighMemory estimates how much the state of a machine's memory holds.
func weighMemory(m *event.NodeMemory) int {
	n := 60 * (len(m.Totals) + len(m.Hugepages) + len(m.Slabs))
	for i := range m.Nodes {
		n += 100 + 60*len(m.Nodes[i].KB)
	}
	for i := range m.Zones {
		z := &m.Zones[i]
		n += 250 + 60*len(z.KB) + 8*len(z.LowmemReserve) + 40*len(z.FreeLists)
	}
	return n
}

const maxProblems = 20 // of one code in one log

func (r *reader) problem(line int, code, format string, args ...any) {
	n := 0
	for _, p := range r.log.Problems {
		if p.Code == code {
			n++
		}
	}
	switch {
	case n < maxProblems:
		r.log.Problems = append(r.log.Problems, event.Problem{Pos: event.Pos{File: r.log.Path, Line: line}, Code: code, Text: fmt.Sprintf(format, args...)})
	case n == maxProblems:
		r.log.Problems = append(r.log.Problems, event.Problem{Pos: event.Pos{File: r.log.Path, Line: line}, Code: code, Text: "and more of this kind"})
	}
}

// finish closes the parsers and sums up the log.
func (r *reader) finish(c *counter) {
	for _, s := range r.speak {
		s.parser.End(r.emit)
	}
	if r.scanner != nil {
		r.scanner.Close()
	}
	// A parser holds a report back until it is whole.
	slices.SortStableFunc(r.log.Events, func(a, b event.Event) int { return a.Pos.Line - b.Pos.Line })
	r.log.Bytes = c.n
	if r.events > 0 {
		r.problem(0, "too-many-events", "%d more events were counted and not kept; split the log by time", r.events)
	}
	r.log.Source = r.source()
	best := 0
	for h, n := range r.hosts {
		if n > best || n == best && h < r.log.Node {
			r.log.Node, best = h, n
		}
	}
	if r.log.Kernel && !r.excerpt {
		r.log.Covers = r.covers()
	}
}

func (r *reader) source() string {
	switch len(r.heard) {
	case 0:
		return ""
	case 1:
		for s := range r.heard {
			return s
		}
	}
	return "mixed"
}

// covers returns the stretches without a known gap. The log's own word that lines
// are missing ends one, and a boot does. What is missing was lost before that: a
// crash takes what was written last, and a rate limit is told of when it is over, so
// that the stretch goes no further than to the last event before.
func (r *reader) covers() []event.Span {
	span := event.Span{From: r.log.First, To: r.log.First}
	var out []event.Span
	for _, e := range r.log.Events {
		switch e.Body.(type) {
		case event.Boot, event.LogGap:
			if e.Stamps != r.log.First {
				out = append(out, span)
				span.From = e.Stamps
			}
		}
		span.To = e.Stamps
	}
	span.To = r.log.Last
	return append(out, span)
}

// A counter counts what is read, and ends the reading when the analysis is
// called off.
type counter struct {
	r     io.Reader
	ctx   context.Context
	n     int64
	total *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.total != nil && n > 0 {
		c.total.Add(int64(n))
	}
	return n, err
}

// A lineCounter counts the lines that pass.
type lineCounter struct {
	r     io.Reader
	lines int
	last  byte
}

func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if n > 0 {
		l.lines += bytes.Count(p[:n], []byte{'\n'})
		l.last = p[n-1]
	}
	return n, err
}

func (l *lineCounter) total() int {
	if l.last != 0 && l.last != '\n' {
		return l.lines + 1
	}
	return l.lines
}

// ReadAt reads what is stored at random, for a counter of a file.
func (c *counter) ReadAt(p []byte, at int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.(io.ReaderAt).ReadAt(p, at)
	if c.total != nil && n > 0 {
		c.total.Add(int64(n))
	}
	return n, err
}

// atRandom returns the stream as something that can be read at random: the file
// itself, or a temporary one into which it is unpacked as far as most bytes.
func (r *reader) atRandom(s *input.Stream, f *counter, most int64) (at *io.SectionReader, done func() error) {
	if file, ok := f.r.(*os.File); ok && !s.Compressed {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			f.n = info.Size()
			return io.NewSectionReader(f, 0, info.Size()), func() error { return nil }
		}
	}
	tmp, err := os.CreateTemp("", "oomtrace-*."+r.log.Format)
	if err != nil {
		r.problem(0, "no-temporary-file", "%v; unpack the %s and give the unpacked file", err, r.log.Format)
		return nil, nil
	}
	os.Remove(tmp.Name()) // now, so that it is gone however the program ends
	n, err := io.Copy(tmp, io.LimitReader(s, most))
	switch {
	case err != nil:
		r.problem(0, "broken-compression", "%v; what came before is read", err)
	case n == most:
		r.problem(0, "too-large", "the %s was unpacked to %d MiB and no further; unpack it and give the unpacked file", r.log.Format, most>>20)
	}
	return io.NewSectionReader(tmp, 0, n), tmp.Close
}

// journal reads a binary journal.
func (r *reader) journal(s *input.Stream, f *counter) {
	r.log.Format = "journal"
	at, done := r.atRandom(s, f, maxJournal)
	if at == nil {
		return
	}
	defer done()
	r.entries(at, at.Size())
}

// maxJournal bounds what a compressed journal is unpacked to, lest a small file
// fill the disk: journald's own are 128 MiB by default.
const maxJournal = 1 << 30
