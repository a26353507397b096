package worker

import (
	"testing"

	"oomtrace/parsers/event"
)

func BenchmarkRead(b *testing.B) {
	for _, bb := range []struct{ name, msg string }{
		{"line=other", "[PID 3] [Thread-5] [imgtasks] [INFO] rendering image 7004 of the catalogue, size 4000x3000"},
		{"line=access", `127.0.0.1 - - [23/Nov/2026:08:47:49 +0000] "GET /?mb=2 HTTP/1.1" 200 2 "-" "curl/7.88.1"`},
		{"line=miss", "Killed process 4413 (python3) total-vm:76844kB, anon-rss:65024kB, file-rss:9216kB, shmem-rss:0kB"},
		{"line=hit", "[PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 4 exited unexpectedly (code -9). Shutting down..."},
	} {
		b.Run(bb.name, func(b *testing.B) {
			p := Builtin().New()
			rec := &event.Record{Msg: []byte(bb.msg)}
			emit := func(event.Event) {}
			b.SetBytes(int64(len(bb.msg)))
			b.ReportAllocs()
			for b.Loop() {
				p.Read(rec, emit)
			}
		})
	}
}

// BenchmarkDialects reads the same line with a tenth and with all of the rules.
// Both have the shortest key, which says how far the search can step.
func BenchmarkDialects(b *testing.B) {
	rules := Builtin().rules
	for _, bb := range []struct {
		name  string
		rules []rule
	}{{"rules=some", rules[len(rules)*9/10:]}, {"rules=all", rules}} {
		b.Run(bb.name, func(b *testing.B) {
			msg := []byte("[PID 3] [Thread-5] [imgtasks] [INFO] rendering image 7004 of the catalogue, size 4000x3000")
			rec := &event.Record{Msg: msg}
			p := newCatalog(bb.rules).New()
			b.SetBytes(int64(len(msg)))
			b.ReportAllocs()
			for b.Loop() {
				p.Read(rec, func(event.Event) {})
			}
		})
	}
}

func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := builtin(); err != nil {
			b.Fatal(err)
		}
	}
}
