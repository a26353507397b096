package parsers_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest/journald"
	"oomtrace/parsers/parsertest/loggen"
)

// BenchmarkJournal reads binary journals, and has journalctl -o export print the
// same files to /dev/null, by turns:
//
//	go test ./parsers -run '^$' -bench Journal
//
// systemd-journal-remote writes them, 500 MB, or what OOMTRACE_BENCH_MB says; 8 MB
// with -short: what a node's programs say on a quiet day, and some reports of the
// OOM killer. It begins a new file as journald does; they are read side by side
// where there is more than one CPU, as any files are. It reports
//
//	journalctl-ratio      Read's time divided by journalctl's
//	journalctl-cpu-ratio  CPU time of a process that reads once, its start and the
//	                      garbage collector's work too, divided by journalctl's
//	peak-MB               the largest resident set of that process, where
//	                      /proc tells it
//	files                 how many there are
func BenchmarkJournal(b *testing.B) {
	journald.Need(b)
	size := int64(500e6)
	if testing.Short() || os.Getenv("OOMTRACE_BENCH_MB") != "" {
		size = benchSize(b)
	}
	for _, layout := range []struct {
		name, option string
		export       float64 // so many bytes of an export are one of the files, about
	}{
		{"compact", "SYSTEMD_JOURNAL_COMPACT=1", 1.32},
		{"regular", "SYSTEMD_JOURNAL_COMPACT=0", 0.76},
	} {
		b.Run(fmt.Sprintf("layout=%s-%dMB", layout.name, size/1e6), func(b *testing.B) {
			dir := b.TempDir()
			truth := writeJournals(b, dir, int64(float64(size)*layout.export), layout.option)
			b.SetBytes(truth.Bytes)
			b.ReportAllocs()
			var logs []event.Log
			var wall, cpu time.Duration
			for b.Loop() {
				logs = readDir(b, dir)
				b.StopTimer()
				w, c := printExport(b, dir)
				wall, cpu = wall+w, cpu+c
				b.StartTimer()
			}
			rounds := float64(b.N)
			checkJournals(b, logs, truth)
			once, peak := readApart(b, dir)
			if peak > 0 {
				b.ReportMetric(peak, "peak-MB")
			}
			b.ReportMetric(float64(len(logs)), "files")
			b.ReportMetric(b.Elapsed().Seconds()/wall.Seconds(), "journalctl-ratio")
			b.ReportMetric(once.Seconds()/cpu.Seconds()*rounds, "journalctl-cpu-ratio")
		})
	}
}

// writeJournals writes journals of an export of so many bytes. The Truth has what
// they take on disk.
func writeJournals(tb testing.TB, dir string, export int64, options ...string) (truth loggen.Truth) {
	tb.Helper()
	r, w := io.Pipe()
	go func() {
		var err error
		truth, err = loggen.Log{Form: loggen.Export, Bytes: export}.Write(w)
		w.CloseWithError(err)
	}()
	journald.Write(tb, filepath.Join(dir, "out.journal"), r, options...)
	files, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil {
		tb.Fatal(err)
	}
	truth.Bytes = 0
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			tb.Fatal(err)
		}
		truth.Bytes += info.Size()
	}
	return truth
}

func checkJournals(tb testing.TB, logs []event.Log, want loggen.Truth) {
	tb.Helper()
	got := loggen.Truth{Bytes: want.Bytes}
	for _, l := range logs {
		got.Lines += l.Lines
		for _, e := range l.Events {
			switch body := e.Body.(type) {
			case *event.OOMDump:
				got.Kills += len(body.Victims)
			case event.WorkerExit:
				got.Deaths++
			}
		}
	}
	if got != want {
		tb.Errorf("read %+v, want %+v", got, want)
	}
}

// printExport has journalctl print all journals of a folder.
func printExport(tb testing.TB, dir string) (wall, cpu time.Duration) {
	tb.Helper()
	cmd := exec.Command("journalctl", "-o", "export", "--file", filepath.Join(dir, "*.journal"))
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		tb.Fatal(err)
	}
	return time.Since(begin), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
