package kernel

import (
	"fmt"
	"math/rand"
	"testing"

	"oomtrace/parsers/event"
)

// TestNames asks for more names than there is room for, each of them twice in a
// row and again after all others.
func TestNames(t *testing.T) {
	var known nameTable
	for range 2 {
		for i := range 3 * len(known) {
			want := fmt.Sprint("kworker/", i)
			for range 2 {
				if got := known.of([]byte(want)); got != want {
					t.Fatalf("got %q, want %q", got, want)
				}
			}
		}
	}
	python := []byte("python3")
	if n := testing.AllocsPerRun(100, func() { known.of(python) }); n > 0 {
		t.Errorf("%v allocations for a name that is known, want none", n)
	}
}

// TestReuse reads reports of all kernels by one parser, each in the room of others
// that nobody kept.
func TestReuse(t *testing.T) {
	p := New().(*parser)
	for seed := range int64(20) {
		rnd := rand.New(rand.NewSource(seed))
		for _, v := range releases {
			records := log(append(v.printed(v.random(t, rnd, 1000)), v.printed(v.random(t, rnd, 2000))...)...)
			p.lines = nil // all logs have the same times
			if equal(t, fmt.Sprintf("%s, seed %d", v, seed), readAgain(p, records), flat(read(records))); t.Failed() {
				return
			}
		}
	}
}

// readAgain reads records and gives each report back.
func readAgain(p *parser, records []event.Record) (texts []string) {
	emit := func(e event.Event) {
		texts = append(texts, flat([]event.Event{e})...)
		if d, ok := e.Body.(*event.OOMDump); ok {
			p.Reuse(d)
		}
	}
	for i := range records {
		p.Read(&records[i], emit)
	}
	p.End(emit)
	return texts
}

// flat writes events so that a list without anything and none are alike.
func flat(events []event.Event) (texts []string) {
	for _, e := range events {
		text := ""
		if d, ok := e.Body.(*event.OOMDump); ok {
			body := *d
			body.Trigger, body.Chosen = nil, nil
			text, e.Body = fmt.Sprintf("%+v %+v %+v", body, d.Trigger, d.Chosen), nil
		}
		texts = append(texts, fmt.Sprintf("%+v ", e)+text)
	}
	return texts
}
