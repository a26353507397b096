package parsers_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/parsertest/loggen"
)

// BenchmarkRead reads whole logs, and has grep -rcF count the lines of the same
// files that hold one of the literals that Read searches for, by turns:
//
//	go test ./parsers -run '^$' -bench Read
//	OOMTRACE_BENCH_MB=1000 go test ./parsers -run '^$' -bench Read
//
// Each input has 200 MB, or what OOMTRACE_BENCH_MB says; 8 MB with -short. Beside
// the time, which is of all CPUs together, it reports
//
//	grep-ratio         Read's time divided by that of grep with LC_ALL=C
//	grep-locale-ratio  by that of grep with the locale of the environment
//	grep-cpu-ratio     CPU time of a process that reads once, its start and the
//	                   garbage collector's work too, divided by that of grep
//	                   with LC_ALL=C: steadier on a busy machine
//	peak-MB            the largest resident set of that process, where
//	                   /proc tells it
func BenchmarkRead(b *testing.B) {
	size := benchSize(b)
	for _, bb := range benchInputs {
		b.Run(fmt.Sprintf("input=%s-%dMB", bb.name, size/1e6), func(b *testing.B) {
			dir := b.TempDir()
			truth := bb.write(b, dir, size)
			g := newGrep(b, dir)
			b.SetBytes(truth.Bytes)
			b.ReportAllocs()
			var logs []event.Log
			for b.Loop() {
				logs = readDir(b, dir)
				b.StopTimer()
				g.count(b)
				b.StartTimer()
			}
			checkTruth(b, logs, truth)
			cpu, peak := readApart(b, dir)
			if peak > 0 {
				b.ReportMetric(peak, "peak-MB")
			}
			g.report(b, b.Elapsed(), cpu)
		})
	}
}

func benchSize(b *testing.B) int64 {
	if mb, err := strconv.ParseInt(os.Getenv("OOMTRACE_BENCH_MB"), 10, 64); err == nil && mb > 0 {
		return mb * 1e6
	}
	if testing.Short() {
		return 8e6
	}
	return 200e6
}

var benchInputs = []struct {
	name  string
	write func(tb testing.TB, dir string, size int64) loggen.Truth
}{
	{"syslog", func(tb testing.TB, dir string, size int64) loggen.Truth {
		return writeLog(tb, filepath.Join(dir, "syslog"), loggen.Log{Form: loggen.Syslog, Bytes: size})
	}},
	{"journal-json", func(tb testing.TB, dir string, size int64) loggen.Truth {
		return writeLog(tb, filepath.Join(dir, "journal.json"), loggen.Log{Form: loggen.JournalJSON, Bytes: size})
	}},
	{"cri-files", writePods},
}

// BenchmarkDumps reads a log that is nothing but reports of the OOM killer, as
// dmesg prints them: the worst case of all, as no line can be passed over. It has
// one CPU, and reports what BenchmarkRead does, and in cpu-MB/s the speed of the
// process that reads once by the CPU time that it took. The reports are those of
// parsers/kernel/testdata, of every kernel that dmesg stamps, by turns; rows are
// how many more each has in its task table.
func BenchmarkDumps(b *testing.B) {
	size := benchSize(b)
	for _, rows := range []int{0, 30, 300} {
		b.Run(fmt.Sprintf("rows=%d-%dMB", rows, size/1e6), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			dir := b.TempDir()
			written := writeDumps(b, filepath.Join(dir, "dmesg.txt"), size, rows)
			g := newGrep(b, dir)
			b.SetBytes(written.bytes)
			b.ReportAllocs()
			var logs []event.Log
			for b.Loop() {
				logs = readDir(b, dir)
				b.StopTimer()
				g.count(b)
				b.StartTimer()
			}
			if got := logs[0].Lines; got != written.lines {
				b.Errorf("read %d lines, want %d", got, written.lines)
			}
			b.ReportMetric(float64(written.bytes)/float64(written.reports), "B/report")
			cpu, peak := readApart(b, dir)
			if peak > 0 {
				b.ReportMetric(peak, "peak-MB")
			}
			b.ReportMetric(float64(written.bytes)/1e6/cpu.Seconds(), "cpu-MB/s")
			g.report(b, b.Elapsed(), cpu)
		})
	}
}

// written is what a log of reports holds.
type written struct {
	bytes, lines, reports int64
}

// writeDumps writes reports, each a second after the one before.
func writeDumps(tb testing.TB, name string, size int64, rows int) (sum written) {
	tb.Helper()
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	reports := stampedReports(tb, rows)
	for at := 1000; sum.bytes < size; at++ {
		sum.reports++
		for n, line := range reports[at%len(reports)] {
			if line.indented {
				fmt.Fprintf(w, "               %s\n", line.text)
			} else {
				fmt.Fprintf(w, "[%5d.%06d] %s\n", at, n*11, line.text)
			}
			sum.bytes += int64(len(line.text)) + 16
			sum.lines++
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	sum.bytes = info.Size()
	return sum
}

// A dmesgLine is a line without its stamp; an indented one has none, and goes on
// from the one before.
type dmesgLine struct {
	text     string
	indented bool
}

// stampedReports returns the reports in the test data that dmesg stamped.
func stampedReports(tb testing.TB, rows int) (reports [][]dmesgLine) {
	tb.Helper()
	eras, err1 := filepath.Glob("kernel/testdata/eras/[2-6]*/log.txt")
	more, err2 := filepath.Glob("kernel/testdata/*-*.txt")
	if err1 != nil || err2 != nil || len(eras) == 0 || len(more) == 0 {
		tb.Fatal("no reports", err1, err2)
	}
	for _, path := range append(eras, more...) {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		if report, ok := stampedReport(string(data), rows); ok {
			reports = append(reports, report)
		}
	}
	return reports
}

func stampedReport(text string, rows int) (report []dmesgLine, ok bool) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "               "); ok && len(report) > 0 {
			report = append(report, dmesgLine{rest, true})
			continue
		}
		stamp, msg, ok := strings.Cut(line, "] ")
		if _, err := strconv.ParseFloat(strings.TrimLeft(stamp, "[ "), 64); !ok || err != nil {
			return nil, false
		}
		report = append(report, dmesgLine{msg, false})
		if strings.HasSuffix(msg, "rss pgtables_bytes swapents oom_score_adj name") {
			for i := range rows {
				rss := i * 7919 % 20000
				report = append(report, dmesgLine{fmt.Sprintf("[%7d] %5d %5d %8d %8d %8d %8d         %5d %s",
					5000+i, i%7*100, 5000+i, 3*rss+1111, rss, 8192*(i%90+9), i%5*31, i%3*500-500*(i%2), benchNames[i%len(benchNames)]), false})
			}
		}
	}
	return report, len(report) > 10
}

var benchNames = strings.Fields("systemd systemd-journal systemd-udevd dbus-daemon chronyd sshd containerd containerd-shim pause kubelet " +
	"kube-proxy coredns nginx java node python3 gunicorn celery postgres redis-server node_exporter fluent-bit rsyslogd cron bash sleep")

// writePods writes the outputs of many containers, as /var/log/pods holds them.
func writePods(tb testing.TB, dir string, size int64) (sum loggen.Truth) {
	const files = 200
	for n := range files {
		name := filepath.Join(dir, "pods", fmt.Sprintf("shop_web-%d_0c9e7a10-0000-4000-8000-%012d", n, n), "web", "0.log")
		t := writeLog(tb, name, loggen.Log{Form: loggen.CRI, Seed: uint64(n), Bytes: size / files})
		sum.Bytes += t.Bytes
		sum.Lines += t.Lines
		sum.Kills += t.Kills
		sum.Deaths += t.Deaths
	}
	return sum
}

func writeLog(tb testing.TB, name string, l loggen.Log) loggen.Truth {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	truth, err := l.Write(f)
	if err != nil {
		tb.Fatal(err)
	}
	return truth
}

func readDir(tb testing.TB, dir string) []event.Log {
	tb.Helper()
	units, problems, err := input.Find([]string{dir}, nil)
	if err != nil || len(problems) > 0 {
		tb.Fatal(err, problems)
	}
	logs, err := parsers.Read(context.Background(), units, parsers.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return logs
}

// checkTruth holds what was read against what was written.
func checkTruth(tb testing.TB, logs []event.Log, want loggen.Truth) {
	tb.Helper()
	var got loggen.Truth
	for _, l := range logs {
		got.Bytes += l.Bytes
		got.Lines += l.Lines
		for _, p := range l.Problems {
			tb.Errorf("%s: %s: %s", p.Pos, p.Code, p.Text)
		}
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

// A grep counts the lines that hold a literal. It is not there where the machine
// has none.
type grep struct {
	path, dir, literals string
	runs                int
	c, locale           time.Duration
	cpu                 time.Duration // with LC_ALL=C
}

func newGrep(b *testing.B, dir string) *grep {
	path, err := exec.LookPath("grep")
	if err != nil {
		return nil
	}
	g := &grep{path: path, dir: dir, literals: filepath.Join(b.TempDir(), "literals")}
	if err := os.WriteFile(g.literals, []byte(strings.Join(parsers.Literals(), "\n")+"\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	return g
}

func (g *grep) count(b *testing.B) {
	if g == nil {
		return
	}
	wall, cpu := g.run(b, append(os.Environ(), "LC_ALL=C"))
	g.c, g.cpu = g.c+wall, g.cpu+cpu
	wall, _ = g.run(b, os.Environ())
	g.locale += wall
	g.runs++
}

// run runs grep once. Its output is read: grep stops at the first match in a
// file where its output is /dev/null.
func (g *grep) run(b *testing.B, env []string) (wall, cpu time.Duration) {
	cmd := exec.Command(g.path, "-rcF", "-f", g.literals, g.dir)
	cmd.Env = env
	begin := time.Now()
	if out, err := cmd.Output(); err != nil || len(out) == 0 {
		b.Fatalf("grep: %v, %d bytes of output", err, len(out))
	}
	return time.Since(begin), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// report reports the ratios: of all rounds of Read, and of one in a process of
// its own.
func (g *grep) report(b *testing.B, read, once time.Duration) {
	if g == nil {
		return
	}
	b.ReportMetric(read.Seconds()/g.c.Seconds(), "grep-ratio")
	b.ReportMetric(read.Seconds()/g.locale.Seconds(), "grep-locale-ratio")
	b.ReportMetric(once.Seconds()/g.cpu.Seconds()*float64(g.runs), "grep-cpu-ratio")
}

const readDirEnv = "OOMTRACE_TEST_READ_DIR"

// readApart reads dir in a process of its own, and returns the CPU time it took
// and the most memory it had, in MB; 0 if that is not told.
func readApart(tb testing.TB, dir string) (cpu time.Duration, peak float64) {
	tb.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestReadDir$", "-test.v")
	cmd.Env = append(os.Environ(), readDirEnv+"="+dir)
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("reading in a process of its own: %v\n%s", err, out)
	}
	for line := range bytes.Lines(out) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "VmHWM:" {
			kb, _ := strconv.ParseFloat(string(f[1]), 64)
			peak = kb * 1024 / 1e6
		}
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak
}

// TestReadDir is the process that readApart starts.
func TestReadDir(t *testing.T) {
	dir := os.Getenv(readDirEnv)
	if dir == "" {
		t.Skip("not started by a benchmark")
	}
	logs := readDir(t, dir)
	if len(logs) == 0 {
		t.Error("there is nothing to read")
	}
	status, err := os.Open("/proc/self/status")
	if err != nil {
		return
	}
	defer status.Close()
	for sc := bufio.NewScanner(status); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "VmHWM:") {
			fmt.Println(sc.Text())
		}
	}
}
