package worker

import (
	"bytes"
	"testing"

	"oomtrace/parsers/event"
)

// FuzzRead reads two messages of one log. Messages stay as they are, and who
// only looks at lines with a literal misses nothing.
func FuzzRead(f *testing.F) {
	eachSample(f, func(_ *dialect, _ *rule, s sample) { f.Add([]byte(s.text), []byte("Killed")) })
	f.Add([]byte("INFO spawned: 'web' with pid 4"), []byte("exited: web (terminated by SIGKILL; not expected)"))
	literals := Builtin().Literals()
	f.Fuzz(func(t *testing.T, first, second []byte) {
		p := Builtin().New()
		for _, msg := range [][]byte{first, second} {
			rec := &event.Record{Msg: bytes.Clone(msg)}
			p.Read(rec, func(e event.Event) {
				if !containsAny(string(msg), literals) {
					t.Errorf("%q gives %+v without any literal", msg, e.Body)
				}
				if n := len(taskOf(e.Body)); n > maxKept {
					t.Errorf("a task of %d bytes is kept", n)
				}
				e.Body.Keys()
			})
			if !bytes.Equal(rec.Msg, msg) {
				t.Errorf("the message %q was changed to %q", msg, rec.Msg)
			}
		}
		p.End(func(event.Event) { t.Error("an event at the end") })
	})
}

func taskOf(b event.Body) string {
	if exit, ok := b.(event.WorkerExit); ok {
		return exit.Task
	}
	return ""
}

// FuzzReadRules reads files of dialects. What is accepted reads its own lines,
// and has literals.
func FuzzReadRules(f *testing.F) {
	f.Add([]byte(ownRules))
	for _, name := range []string{"dramatiq", "puma", "bash", "solid-queue"} {
		data, err := dialects.ReadFile("dialects/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadRules("fuzz.yaml", data)
		if err != nil {
			return
		}
		if len(c.Literals()) == 0 {
			t.Error("rules without a literal")
		}
		c.New().Read(&event.Record{Msg: data}, func(event.Event) {})
	})
}
