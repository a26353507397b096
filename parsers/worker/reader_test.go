package worker

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// summary writes a body in one line.
func summary(b event.Body) string {
	switch b := b.(type) {
	case event.WorkerExit:
		return fmt.Sprintf("exit %s %d %d %v", b.Name, b.PID, b.Signal, b.Weak)
	case event.WorkerStart:
		return fmt.Sprintf("start %s %d", b.Name, b.PID)
	case event.WorkerStop:
		return fmt.Sprintf("stop %s %d %v", b.Name, b.PID, b.Kill)
	}
	return fmt.Sprintf("%T", b)
}

func TestState(t *testing.T) {
	for _, tt := range []struct {
		name string
		msgs []string
		want []string
	}{
		{"an end by name has the pid of the name's latest start", []string{
			"2026-11-23 08:50:01,361 INFO spawned: 'heartbeat' with pid 3",
			"2026-11-23 08:50:01,393 INFO spawned: 'index-builder' with pid 4",
			"2026-11-23 08:50:02,308 WARN exited: index-builder (terminated by SIGKILL; not expected)",
			"2026-11-23 08:50:03,326 INFO spawned: 'index-builder' with pid 6",
			"2026-11-23 08:50:04,152 WARN exited: index-builder (terminated by SIGKILL; not expected)",
		}, []string{"start heartbeat 3", "start index-builder 4", "exit index-builder 4 9 false", "start index-builder 6", "exit index-builder 6 9 false"}},
		{"a name that ended has no pid until it starts", []string{
			"INFO spawned: 'index-builder' with pid 4",
			"WARN exited: index-builder (terminated by SIGKILL; not expected)",
			"WARN exited: index-builder (terminated by SIGKILL; not expected)",
			"WARN exited: heartbeat (terminated by SIGTERM; not expected)",
		}, []string{"start index-builder 4", "exit index-builder 4 9 false", "exit index-builder 0 9 false", "exit heartbeat 0 15 false"}},
		{"a stop by name has a pid too, until the end", []string{
			"INFO spawned: 'index-builder' with pid 12",
			"WARN received SIGTERM indicating exit request",
			"INFO waiting for index-builder to die",
			"WARN killing 'index-builder' (12) with SIGKILL",
			"WARN stopped: index-builder (terminated by SIGKILL)",
		}, []string{"start index-builder 12", "stop  0 false", "stop index-builder 12 false", "stop index-builder 12 true", "stop index-builder 12 true"}},
		{"a second boot of an index is an end", []string{
			"[1] Puma starting in cluster mode...",
			"[1] - Worker 1 (PID: 4) booted in 0.35s, phase: 0",
			"[1] - Worker 0 (PID: 3) booted in 0.38s, phase: 0",
			"[1] - Worker 0 (PID: 19) booted in 0.36s, phase: 0",
		}, []string{"start Worker 1 4", "start Worker 0 3", "exit Worker 0 3 0 true", "start Worker 0 19"}},
		{"but not of another cluster", []string{
			"[1] - Worker 0 (PID: 3) booted in 0.38s, phase: 0",
			"[7] - Worker 0 (PID: 19) booted in 0.36s, phase: 0",
		}, []string{"start Worker 0 3", "start Worker 0 19"}},
		{"nor of one that was killed for a timeout", []string{
			"[1] - Worker 0 (PID: 3) booted in 0.38s, phase: 0",
			"[1] ! Terminating timed out worker (Worker 0 failed to check in within 60 seconds): 3",
			"[1] - Worker 0 (PID: 19) booted in 0.36s, phase: 0",
		}, []string{"start Worker 0 3", "stop  3 true", "start Worker 0 19"}},
		{"nor of one that was replaced by a phased restart", []string{
			"[1] - Worker 0 (PID: 3) booted in 0.38s, phase: 0",
			"[1] - Stopping 3 for phased upgrade...",
			"[1] - Worker 0 (PID: 3) terminating",
			"[1] - Worker 0 (PID: 19) booted in 0.36s, phase: 1",
		}, []string{"start Worker 0 3", "stop  3 false", "stop Worker 0 3 false", "start Worker 0 19"}},
		{"nor after the stop of all", []string{
			"[1] - Worker 0 (PID: 3) booted in 0.38s, phase: 0",
			"[1] - Gracefully shutting down workers...",
			"[1] - Worker 0 (PID: 19) booted in 0.36s, phase: 0",
		}, []string{"start Worker 0 3", "stop  0 false", "start Worker 0 19"}},
		{"nor under a new master", []string{
			"[1] - Worker 0 (PID: 3) booted in 0.38s, phase: 0",
			"[1] Puma starting in cluster mode...",
			"[1] - Worker 0 (PID: 5) booted in 0.38s, phase: 0",
		}, []string{"start Worker 0 3", "start Worker 0 5"}},
		{"nor where the pid is the same", []string{
			"[1] - Worker 0 (PID: 3) booted in 0.38s, phase: 0",
			"[1] - Worker 0 (PID: 3) booted in 0.38s, phase: 0",
		}, []string{"start Worker 0 3", "start Worker 0 3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, b := range eventsOf(Builtin(), tt.msgs...) {
				got = append(got, summary(b))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestRecord shows what of a record goes into an event.
func TestRecord(t *testing.T) {
	from := &event.Container{ID: "c1"}
	rec := &event.Record{Pos: event.Pos{File: "0.log", Line: 7}, Host: "node-1", Speaker: "stderr", PID: 41, From: from,
		Msg: []byte("exited: web (terminated by SIGKILL; not expected)")}
	var got []event.Event
	Builtin().New().Read(rec, func(e event.Event) { got = append(got, e) })
	if len(got) != 1 {
		t.Fatalf("%d events, want 1", len(got))
	}
	e := got[0]
	if e.Pos != rec.Pos || e.Host != "node-1" || e.From != from || e.Text != string(rec.Msg) {
		t.Errorf("the event does not say where it stands: %+v", e)
	}
	if exit := e.Body.(event.WorkerExit); exit.Supervisor != 41 {
		t.Errorf("the supervisor is %d, want the record's pid", exit.Supervisor)
	}
}

// TestContainersApart reads two containers' output that stands in one log.
func TestContainersApart(t *testing.T) {
	p := Builtin().New()
	var got []string
	for _, s := range []struct{ id, msg string }{
		{"a", "INFO spawned: 'web' with pid 4"},
		{"b", "INFO spawned: 'web' with pid 5"},
		{"a", "WARN exited: web (terminated by SIGKILL; not expected)"},
	} {
		p.Read(&event.Record{From: &event.Container{ID: s.id}, Msg: []byte(s.msg)}, func(e event.Event) { got = append(got, summary(e.Body)) })
	}
	if want := "exit web 4 9 false"; got[2] != want {
		t.Errorf("got %s, want %s", got[2], want)
	}
}

// TestNamesAreBounded starts more workers than are remembered.
func TestNamesAreBounded(t *testing.T) {
	p := Builtin().New().(*reader)
	var last string
	emit := func(e event.Event) { last = summary(e.Body) }
	read := func(format string, args ...any) {
		p.Read(&event.Record{Msg: fmt.Appendf(nil, format, args...)}, emit)
	}
	for i := range 5 * maxRecent {
		read("INFO spawned: 'w%d' with pid %d", i, i+1)
		read("[%d] - Gracefully shutting down workers...", i+1)
	}
	if n := len(p.names.lives.young) + len(p.names.lives.old); n > 2*maxRecent {
		t.Errorf("%d names are remembered, want %d at most", n, 2*maxRecent)
	}
	if n := len(p.names.rests.young) + len(p.names.rests.old); n > 2*maxRecent {
		t.Errorf("%d places are remembered, want %d at most", n, 2*maxRecent)
	}
	read("WARN exited: w%d (terminated by SIGKILL; not expected)", 5*maxRecent-1)
	if want := fmt.Sprintf("exit w%d %d 9 false", 5*maxRecent-1, 5*maxRecent); last != want {
		t.Errorf("got %s, want %s", last, want)
	}
	read("WARN exited: w0 (terminated by SIGKILL; not expected)")
	if want := "exit w0 0 9 false"; last != want {
		t.Errorf("got %s, want %s", last, want)
	}
}

// hostile are lines that make a careless search slow.
func hostile() map[string]string {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	return map[string]string{
		"one key again and again":     fill("Worker with PID "),
		"starts without ends":         fill("Process '") + " exited with 'signal ",
		"short starts":                fill("- ") + ") booted",
		"many ends":                   "- x" + fill(" (PID: ") + ") booted",
		"names in front":              fill(" spawned pid="),
		"long names in front":         strings.Repeat("x", size/2) + " spawned pid=" + strings.Repeat("x", size/2),
		"digits":                      "Worker with PID " + fill("1") + " exited unexpectedly (code -9)",
		"blanks":                      ": line 3: " + fill(" ") + "Killed  ",
		"lines":                       fill("Killed x\n") + "MemoryError",
		"prefixes":                    fill("[1] [") + "WORKER TIMEOUT (pid:9)",
		"all keys":                    fill(strings.Join(Builtin().keys, "")),
		"all keys' first bytes":       fill("Wor Kil exi ter sig: "),
		"JSON in JSON":                fill(`\"`) + " terminated by signal ",
		"task without an end":         "moving job " + fill("x") + " to FailedJobRegistry (Work-horse terminated unexpectedly; waitpid returned 9",
		"bytes that are no text":      fill("\xff\xfe\x00"),
		"a key cut at the very end":   fill("x") + " exited unexpectedly (cod",
		"a brace for every character": fill("{"),
	}
}

// TestHostile reads lines of a megabyte that are made to be slow. What is not
// linear in their length does not end.
func TestHostile(t *testing.T) {
	for name, line := range hostile() {
		t.Run(name, func(t *testing.T) {
			eventsOf(Builtin(), line)
		})
	}
}

// TestNoAllocations reads lines that say nothing, with and without a key.
func TestNoAllocations(t *testing.T) {
	p := Builtin().New()
	for _, msg := range []string{
		"[2026-11-23 08:47:19,209] [PID 3] [Thread-5] [imgtasks] [INFO] rendering image 7004",
		"Killed process 4413 (python3) total-vm:76844kB, anon-rss:65024kB",
		"worker 4242 died of boredom",
	} {
		rec := &event.Record{Msg: []byte(msg)}
		emit := func(e event.Event) { t.Errorf("%q gives %+v", msg, e.Body) }
		p.Read(rec, emit)
		if n := testing.AllocsPerRun(100, func() { p.Read(rec, emit) }); n > 0 {
			t.Errorf("%q costs %v allocations, want none", msg, n)
		}
	}
}
