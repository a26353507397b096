package envelope

import (
	"testing"

	"oomtrace/parsers/event"
)

// BenchmarkOpen opens one line of each kind, with its envelope preferred as in a
// file of such lines.
func BenchmarkOpen(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"none", `worker 7 died, and this is an ordinary line without any time in front of it`},
		{"dmesg", `[ 7868.482562] Memory cgroup out of memory: Killed process 4413 (python3) total-vm:76844kB, anon-rss:65024kB`},
		{"kmsg", `6,6375,7868482562,-;Memory cgroup out of memory: Killed process 4413 (python3) total-vm:76844kB, anon-rss:65024kB`},
		{"syslog", `Nov 23 08:50:41 node-1 kernel: [ 7868.482562] Memory cgroup out of memory: Killed process 4413 (python3) total-vm:76844kB`},
		{"rfc5424", `<6>1 2026-11-23T08:50:41.276373+00:00 node-1 kernel - - -  Memory cgroup out of memory: Killed process 4413 (python3)`},
		{"journal-json", `{"_HOSTNAME":"node-1","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"python3 invoked oom-killer: gfp_mask=0xcc0","_SOURCE_MONOTONIC_TIMESTAMP":"8687871658","_TRANSPORT":"kernel","SYSLOG_FACILITY":"0","__REALTIME_TIMESTAMP":"1795425321040702"}`},
		{"klog", `I1123 09:01:52.645701   14102 memory_manager.go:354] "RemoveStaleState removing state" podUID="b149" containerName="worker"`},
		{"cri", `2026-11-23T09:01:41.645457050Z stderr F [2026-11-23 09:01:31,297] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 14 exited unexpectedly (code -9)`},
		{"docker-json", `{"log":"Worker with PID 14 exited unexpectedly (code -9)\n","stream":"stderr","time":"2026-11-23T09:01:41.645457050Z"}`},
		{"app", `[2026-11-23 09:01:31,297] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 14 exited unexpectedly (code -9)`},
	} {
		b.Run("envelope="+c.name, func(b *testing.B) {
			line := []byte(c.line)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				rec := event.Record{Msg: line}
				Open(&rec, c.name)
			}
		})
	}
	b.Run("envelope=learned", func(b *testing.B) {
		lines := linesOf(5, "02.01.2006 15:04:05", " Worker with PID 14 exited unexpectedly (code -9)")
		e, ok := Learn(lines)
		if !ok {
			b.Fatal("nothing learned")
		}
		o := Opener{Learned: &e, Prefer: e.Name}
		b.SetBytes(int64(len(lines[0])))
		b.ReportAllocs()
		for b.Loop() {
			rec := event.Record{Msg: lines[0]}
			o.Open(&rec)
		}
	})
}

// BenchmarkLearn learns from as many lines as Learn looks at, and from lines
// that have nothing to learn.
func BenchmarkLearn(b *testing.B) {
	for name, lines := range map[string][][]byte{
		"stamped": linesOf(maxSample, "02.01.2006 15:04:05", " Worker with PID 14 exited unexpectedly (code -9)"),
		"none":    linesOf(maxSample, "", "worker 7 died, and this is an ordinary line without any time in front of it"),
	} {
		b.Run("lines="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Learn(lines)
			}
		})
	}
}
