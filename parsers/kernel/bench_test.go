package kernel

import (
	"bytes"
	"testing"

	"oomtrace/parsers/event"
)

// BenchmarkRead reads what is read most: whole reports, and in the middle of
// one, lines of something else.
func BenchmarkRead(b *testing.B) {
	for _, bb := range []struct {
		name    string
		records []event.Record
	}{
		{"dump=memcg", dump(b, "memcg-v2-group-7.3.txt")},
		{"dump=global", dump(b, "global-6.18.txt")},
		{"dump=none", log("eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None")},
		{"dump=open", log(invoked, "eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None")},
	} {
		b.Run(bb.name, func(b *testing.B) {
			n := 0
			for _, rec := range bb.records {
				n += len(rec.Msg)
			}
			emit := func(event.Event) {}
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				p := New()
				for i := range bb.records {
					p.Read(&bb.records[i], emit)
				}
				p.End(emit)
			}
		})
	}
}

// BenchmarkHostile reads lines that are made to cost much.
func BenchmarkHostile(b *testing.B) {
	for _, bb := range []struct {
		name string
		msg  []byte
	}{
		{"line=paths", append([]byte("oom-kill:constraint=X"), append(bytes.Repeat([]byte(",oom_memcg=/,task_memcg=/,task="), 400), ",pid=1,uid=0"...)...)},
		{"line=digits", append([]byte("Killed process "), bytes.Repeat([]byte("1"), 1<<20)...)},
		{"line=newlines", bytes.Repeat([]byte("\n"), 1<<20)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			start, rec := record(1, 1, invoked), record(2, 2, string(bb.msg))
			emit := func(event.Event) {}
			b.SetBytes(int64(len(bb.msg)))
			b.ReportAllocs()
			for b.Loop() {
				p := New()
				p.Read(&start, emit)
				p.Read(&rec, emit)
				p.End(emit)
			}
		})
	}
}
