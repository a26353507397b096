package worker

import (
	"slices"

	"oomtrace/parsers/event"
)

// A reader reads one log with the rules of a catalogue.
type reader struct {
	catalog *Catalog
	names   names
	seen    []int // for each key the round in which it stood in the message
	round   int   // of this message
	rules   []int // whose key stands in this message
}

// Read emits what the message says, if any text fits it.
func (rd *reader) Read(rec *event.Record, emit func(event.Event)) {
	for _, n := range rd.candidates(rec.Msg) {
		r := &rd.catalog.rules[n]
		if m, ok := r.read(rec.Msg); ok {
			rd.tell(rec, r, &m.got, emit)
			return
		}
	}
}

// End emits nothing: a line says all it has to say.
func (rd *reader) End(func(event.Event)) {}

// candidates returns the rules whose key stands in msg, in the order in which
// they are to be tried.
func (rd *reader) candidates(msg []byte) []int {
	rd.rules = rd.rules[:0]
	rd.round++
	rd.catalog.finder.find(msg, func(key int) {
		if rd.seen[key] != rd.round {
			rd.seen[key] = rd.round
			rd.rules = append(rd.rules, rd.catalog.byKey[key]...)
		}
	})
	slices.Sort(rd.rules)
	return rd.rules
}

// read fits the rule's text to msg, and its dialect's prefix before that.
func (r *rule) read(msg []byte) (m match, ok bool) {
	for i := range r.forms {
		if m, ok = r.forms[i].match(msg, 0); ok {
			break
		}
	}
	if !ok {
		return m, false
	}
	if r.signal > 0 {
		m.got.signal = r.signal
	}
	if m.got.signal > 0 {
		m.got.code = event.NotPrinted // "status=0, signal=9": a filler
	}
	r.speaker(&m.got, r.before(msg, m.begin))
	return m, true
}

// before returns the pid that the prefix names, 0 if none stands there.
func (r *rule) before(msg []byte, begin int) int {
	for i := range r.prefix {
		if got, ok := r.prefix[i].last(msg, begin); ok {
			return got.supervisor
		}
	}
	return 0
}

// speaker takes the pid of whoever prints the line, if that is known: the
// supervisor, or the worker itself.
func (r *rule) speaker(got *reading, pid int) {
	switch {
	case pid == 0:
	case !r.byWorker && got.supervisor == 0:
		got.supervisor = pid
	case r.byWorker && got.pid == 0:
		got.pid = pid
	}
}

// tell emits what a rule says of a record.
func (rd *reader) tell(rec *event.Record, r *rule, got *reading, emit func(event.Event)) {
	r.speaker(got, rec.PID)
	w := worker{place: placeOf(rec, r.framework, got.supervisor), name: kept(got.name)}
	switch r.event {
	case workerGone:
		emit(event.New(rec, rd.gone(w, r, got)))
	case workerStarted:
		if pid := rd.names.start(w, got.pid); pid > 0 && r.replaces {
			emit(event.New(rec, event.WorkerExit{Framework: r.framework, Supervisor: got.supervisor,
				PID: pid, Name: w.name, ExitCode: event.NotPrinted, Weak: true}))
		}
		emit(event.New(rec, event.WorkerStart{Framework: r.framework, Supervisor: got.supervisor, PID: got.pid, Name: w.name}))
	case workerStopping:
		emit(event.New(rec, event.WorkerStop{Framework: r.framework, Supervisor: got.supervisor,
			PID: rd.names.stop(w, got.pid), Name: w.name, Why: r.why, Kill: r.kill}))
	case memoryFailure:
		emit(event.New(rec, event.MemoryFailure{Framework: r.framework, What: r.why}))
	case supervisorStarted:
		rd.names.restart(w.place)
	}
}

func (rd *reader) gone(w worker, r *rule, got *reading) event.WorkerExit {
	return event.WorkerExit{Framework: r.framework, Supervisor: got.supervisor, PID: rd.names.end(w, got.pid), Name: w.name,
		Signal: got.signal, ExitCode: got.code, Weak: r.weak, PassesOn: r.passesOn, Task: kept(got.task)}
}
