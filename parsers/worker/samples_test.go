package worker

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// eachSample calls f with each sample of the built-in dialects and the rule that
// must read it.
func eachSample(t testing.TB, f func(d *dialect, r *rule, s sample)) {
	for _, d := range readDialectsOf(t) {
		for _, p := range d.proofs {
			for i := range d.rules {
				if d.rules[i].line != p.rule {
					continue
				}
				for _, s := range p.samples {
					f(&d, &d.rules[i], s)
				}
			}
		}
	}
}

// bodyOf returns what a rule that reads a sample must tell, without state.
func bodyOf(r *rule, g reading) event.Body {
	switch r.event {
	case workerGone:
		return event.WorkerExit{Framework: r.framework, Supervisor: g.supervisor, PID: g.pid, Name: kept(g.name),
			Signal: g.signal, ExitCode: g.code, Weak: r.weak, PassesOn: r.passesOn, Task: kept(g.task)}
	case workerStarted:
		return event.WorkerStart{Framework: r.framework, Supervisor: g.supervisor, PID: g.pid, Name: kept(g.name)}
	case workerStopping:
		return event.WorkerStop{Framework: r.framework, Supervisor: g.supervisor, PID: g.pid, Name: kept(g.name), Why: r.why, Kill: r.kill}
	case memoryFailure:
		return event.MemoryFailure{Framework: r.framework, What: r.why}
	}
	return nil
}

// TestSamples reads each dialect's samples with all dialects: none reads another
// one's lines.
func TestSamples(t *testing.T) {
	c := Builtin()
	eachSample(t, func(d *dialect, r *rule, s sample) {
		want, got := bodyOf(r, s.want), eventsOf(c, s.text)
		if want == nil && len(got) > 0 || want != nil && (len(got) != 1 || got[0] != want) {
			t.Errorf("%s: %q gives %+v, want %+v", d.name, s.text, got, want)
		}
	})
}

// TestSamplesInJSON reads the samples as an application's JSON logger writes
// them.
func TestSamplesInJSON(t *testing.T) {
	c := Builtin()
	read := 0
	eachSample(t, func(d *dialect, r *rule, s sample) {
		text := r.forms[0]
		last := text.steps
		openEnd := len(last) > 0 && len(last[len(last)-1].then) == 0 && last[len(last)-1].capture == captureTask
		want := bodyOf(r, s.want)
		if text.bol || text.eol || openEnd || want == nil || strings.HasPrefix(s.text, "{") {
			return
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(map[string]string{"level": "error", "message": s.text}); err != nil {
			t.Fatal(err)
		}
		read++
		if got := eventsOf(c, b.String()); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %s gives %+v, want %+v", d.name, b.String(), got, want)
		}
	})
	if read < 200 {
		t.Errorf("%d samples were read within JSON, want most", read)
	}
}

// TestNearMisses reads each dialect's near misses with all dialects.
func TestNearMisses(t *testing.T) {
	c := Builtin()
	for _, d := range readDialectsOf(t) {
		for _, p := range d.proofs {
			for _, s := range p.nearMisses {
				for _, b := range eventsOf(c, s.text) {
					if frameworkOf(b) == d.name {
						t.Errorf("%s: near miss %q gives %+v", d.name, s.text, b)
					}
				}
			}
		}
	}
}

func frameworkOf(b event.Body) string {
	switch b := b.(type) {
	case event.WorkerExit:
		return b.Framework
	case event.WorkerStart:
		return b.Framework
	case event.WorkerStop:
		return b.Framework
	case event.MemoryFailure:
		return b.Framework
	}
	return ""
}

// TestSampleLiterals checks that a search for the literals finds each sample.
func TestSampleLiterals(t *testing.T) {
	literals := Builtin().Literals()
	eachSample(t, func(d *dialect, _ *rule, s sample) {
		if !containsAny(s.text, literals) {
			t.Errorf("%s: %q has none of the literals", d.name, s.text)
		}
	})
}

func containsAny(text string, literals []string) bool {
	for _, l := range literals {
		if strings.Contains(text, l) {
			return true
		}
	}
	return false
}
