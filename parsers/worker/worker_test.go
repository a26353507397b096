package worker

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// readDialectsOf reads the built-in dialects with their proofs.
func readDialectsOf(t testing.TB) []dialect {
	t.Helper()
	read, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// eventsOf returns what a catalogue says of some messages of one log.
func eventsOf(c *Catalog, msgs ...string) (got []event.Body) {
	p := c.New()
	emit := func(e event.Event) { got = append(got, e.Body) }
	for i, msg := range msgs {
		p.Read(&event.Record{Pos: event.Pos{File: "worker.log", Line: i + 1}, Msg: []byte(msg)}, emit)
	}
	p.End(emit)
	return got
}

func TestBuiltin(t *testing.T) {
	named := map[string]bool{}
	for _, d := range readDialectsOf(t) {
		near := 0
		for _, p := range d.proofs {
			near += len(p.nearMisses)
		}
		switch {
		case named[d.name]:
			t.Errorf("two dialects are named %s", d.name)
		case d.source == "":
			t.Errorf("dialect %s does not say its source", d.name)
		case near == 0:
			t.Errorf("dialect %s has no near miss", d.name)
		}
		named[d.name] = true
	}
	for _, want := range []string{"dramatiq", "celery", "gunicorn", "bash", "concurrent.futures", "make", "nginx",
		"node-cluster", "php-fpm", "multiprocessing", "postgresql", "puma", "rq", "supervisord", "uwsgi", "unicorn",
		"sidekiq", "java", "python", "node", "ruby", "php", "go", "cpp"} {
		if !named[want] {
			t.Errorf("no dialect is named %s", want)
		}
	}
	if got := Builtin(); got != Builtin() {
		t.Error("Builtin reads its dialects twice")
	}
}

func TestLiterals(t *testing.T) {
	literals := Builtin().Literals()
	if !slices.IsSorted(literals) {
		t.Error("the literals are not sorted")
	}
	for i, l := range literals {
		if len(l) < minKey || strings.ContainsFunc(l, func(r rune) bool { return r > '~' || !isKeyByte(byte(r)) }) {
			t.Errorf("%q is too short, or JSON writes it in another way", l)
		}
		for j, other := range literals {
			if i != j && strings.Contains(l, other) {
				t.Errorf("%q is needless: it holds %q", l, other)
			}
		}
	}
}

const ownRules = `dialect: beanstalk
lines:
  - event: worker-gone
    text: "worker {pid} gone: signal {signal}"
    samples:
      - line: "worker 7 gone: signal 9"
        gives: {pid: 7, signal: 9}
---
dialect: our-gunicorn
lines:
  - event: worker-gone
    text: "pid:{pid}) was sent {signal}!"
    samples:
      - line: "Worker (pid:9) was sent SIGKILL!"
        gives: {pid: 9, signal: 9}
`

func TestWith(t *testing.T) {
	own, err := ReadRules("own.yaml", []byte(ownRules))
	if err != nil {
		t.Fatal(err)
	}
	const ours, theirs, both = "worker 7 gone: signal 9", "Worker with pid 4 was terminated due to signal 9", "Worker (pid:9) was sent SIGKILL!"
	for _, tt := range []struct {
		name string
		c    *Catalog
		want []string
	}{
		{"built-in", Builtin(), []string{"gunicorn", "gunicorn"}},
		{"own", own, []string{"beanstalk", "our-gunicorn"}},
		{"built-in with own", Builtin().With(own), []string{"beanstalk", "gunicorn", "our-gunicorn"}},
		{"own with built-in", own.With(Builtin()), []string{"beanstalk", "gunicorn", "gunicorn"}},
		{"with nothing", own.With(nil), []string{"beanstalk", "our-gunicorn"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, b := range eventsOf(tt.c, ours, theirs, both) {
				got = append(got, b.(event.WorkerExit).Framework)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("frameworks are %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNoRules(t *testing.T) {
	if got := eventsOf(newCatalog(nil), "Killed", ""); got != nil {
		t.Errorf("an empty catalogue says %v", got)
	}
}

func ExampleReadRules() {
	rules, err := ReadRules("beanstalk.yaml", []byte(`
dialect: beanstalk
lines:
  - event: worker-gone
    text: "worker {pid} gone: signal {signal}"
    samples:
      - line: "worker 7 gone: signal 9"
        gives: {pid: 7, signal: 9}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	p := Builtin().With(rules).New()
	p.Read(&event.Record{Msg: []byte("[main] worker 4711 gone: signal SIGKILL")}, func(e event.Event) {
		exit := e.Body.(event.WorkerExit)
		fmt.Println(exit.Framework, exit.PID, exit.Signal)
	})
	// Output: beanstalk 4711 9
}
