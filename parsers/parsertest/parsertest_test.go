package parsertest

import (
	"fmt"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// A fake is a parser whose faults are functions.
type fake struct {
	read func(rec *event.Record, emit func(event.Event))
	end  func(emit func(event.Event))
	open func() bool
}

func (f *fake) Read(rec *event.Record, emit func(event.Event)) { f.read(rec, emit) }

func (f *fake) End(emit func(event.Event)) {
	if f.end != nil {
		f.end(emit)
	}
}

func (f *fake) Open() bool { return f.open != nil && f.open() }

// A recorder notes what Run says.
type recorder struct{ said []string }

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func records(msgs ...string) []event.Record {
	var out []event.Record
	for i, m := range msgs {
		out = append(out, event.Record{Pos: event.Pos{File: "log", Line: i + 1}, Speaker: "kernel", Msg: []byte(m)})
	}
	return out
}

var gap = event.LogGap{What: "x"}

// pair is a sound parser: what follows "begin" is one event with it.
func pair() event.Parser {
	var first *event.Event
	f := &fake{}
	f.open = func() bool { return first != nil }
	f.read = func(rec *event.Record, emit func(event.Event)) {
		switch {
		case first != nil:
			first.Body = event.LogGap{What: string(rec.Msg)}
			emit(*first)
			first = nil
		case strings.HasPrefix(string(rec.Msg), "begin"):
			e := event.New(rec, gap)
			first = &e
		}
	}
	f.end = func(emit func(event.Event)) {
		if first != nil {
			emit(*first)
			first = nil
		}
	}
	return f
}

// stateless makes parsers without a state.
func stateless(read func(rec *event.Record, emit func(event.Event))) func() event.Parser {
	return func() event.Parser { return &fake{read: read} }
}

func TestRunFindsNothingInASoundParser(t *testing.T) {
	Run(t, pair, []string{"begin"}, records("other", "begin", "one", "two", "begin", "begin"))
	Run(t, pair, []string{"begin"}, nil)
}

func TestRunFinds(t *testing.T) {
	shared := 0
	for name, c := range map[string]struct {
		new  func() event.Parser
		want string
	}{
		"a record that is kept": {func() event.Parser {
			var kept *event.Record
			return &fake{read: func(rec *event.Record, emit func(event.Event)) {
				if kept != nil {
					emit(event.New(kept, gap))
				}
				kept = rec
			}}
		}, "uses its record again"},
		"a message that is kept": {func() event.Parser {
			var kept []byte
			return &fake{read: func(rec *event.Record, emit func(event.Event)) {
				emit(event.New(rec, event.LogGap{What: string(kept)}))
				kept = rec.Msg
			}}
		}, "uses its record again"},
		"a message that is changed": {stateless(func(rec *event.Record, emit func(event.Event)) {
			copy(rec.Msg, "!")
		}), "was changed"},
		"a write behind the message": {stateless(func(rec *event.Record, emit func(event.Event)) {
			_ = append(rec.Msg, '!')
		}), "was changed"},
		"a shared state": {func() event.Parser {
			return &fake{read: func(rec *event.Record, emit func(event.Event)) {
				shared++
				emit(event.New(rec, event.LogGap{What: fmt.Sprint(shared)}))
			}}
		}, "beside another parser"},
		"an event without a literal": {stateless(func(rec *event.Record, emit func(event.Event)) {
			if string(rec.Msg) == "other" {
				emit(event.New(rec, gap))
			}
		}), "without any literal"},
		"a state that is not told of": {func() event.Parser {
			n := 0
			return &fake{read: func(rec *event.Record, emit func(event.Event)) {
				if n++; string(rec.Msg) == "begin" {
					emit(event.New(rec, event.LogGap{What: fmt.Sprint(n)}))
				}
			}}
		}, "only what a search finds"},
		"other records that matter": {func() event.Parser {
			empty := 0
			return &fake{read: func(rec *event.Record, emit func(event.Event)) {
				switch string(rec.Msg) {
				case "":
					empty++
				case "begin":
					emit(event.New(rec, event.LogGap{What: fmt.Sprint(empty)}))
				}
			}}
		}, "records of something else between"},
		"two ends": {func() event.Parser {
			var last event.Record
			return &fake{
				read: func(rec *event.Record, emit func(event.Event)) { last = event.Record{Pos: rec.Pos} },
				end: func(emit func(event.Event)) {
					if last.Line > 0 {
						emit(event.New(&last, gap))
					}
				},
			}
		}, "a second End emits"},
		"an event of elsewhere": {stateless(func(rec *event.Record, emit func(event.Event)) {
			e := event.New(rec, gap)
			e.Pos.Line = 9
			emit(e)
		}), "is of no record"},
		"an event from nothing": {func() event.Parser {
			return &fake{
				read: func(*event.Record, func(event.Event)) {},
				end:  func(emit func(event.Event)) { emit(event.Event{Body: gap}) },
			}
		}, "that has read nothing emits"},
		"a parser born open": {func() event.Parser {
			return &fake{read: func(*event.Record, func(event.Event)) {}, open: func() bool { return true }}
		}, "that has read nothing is open"},
		"a long text": {stateless(func(rec *event.Record, emit func(event.Event)) {
			e := event.New(rec, gap)
			e.Text = strings.Repeat("x", event.MaxText+1)
			emit(e)
		}), "a text of 2049 bytes"},
		"no body": {stateless(func(rec *event.Record, emit func(event.Event)) {
			emit(event.New(rec, nil))
		}), "has no body"},
		"an empty key": {stateless(func(rec *event.Record, emit func(event.Event)) {
			emit(event.New(rec, unnamed{}))
		}), "want none that is empty"},
	} {
		var r recorder
		Run(&r, c.new, []string{"begin"}, records("other", "begin", "other", "begin"))
		if all := strings.Join(r.said, "\n"); !strings.Contains(all, c.want) {
			t.Errorf("%s: Run says %q, want %q in it", name, all, c.want)
		}
	}
}

// unnamed is a body with an empty key.
type unnamed struct{ event.LogGap }

func (unnamed) Keys() []event.Key { return []event.Key{{Kind: event.HostPID}} }
