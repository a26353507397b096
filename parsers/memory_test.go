package parsers_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"oomtrace/parsers"
	"oomtrace/parsers/input"
	"oomtrace/parsers/parsertest/loggen"
)

// maxHeap is what a reading may use, whatever the size of its input. What the
// garbage collector has not come to yet is in it.
const maxHeap = 160 << 20

// TestMemoryIsBounded reads streams, which are no files, that are long in different
// ways. With -short they are a tenth as long.
func TestMemoryIsBounded(t *testing.T) {
	const head = "Nov 23 08:50:41 ip-10-0-3-117 kernel: [ 7208.7%05d] "
	kills := numbered(head + "Memory cgroup out of memory: Killed process %[1]d (dramatiq) total-vm:89556kB, anon-rss:88404kB, file-rss:0kB, shmem-rss:708kB, UID:1000 pgtables:212kB oom_score_adj:969\n")
	headers := numbered(head + "dramatiq invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=969\n")
	columns := fmt.Sprintf(head+"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n", 0)
	rows := numbered(head + "[%7[1]d]  1000 %5[1]d    22389    22278   217088        0           969 dramatiq\n")
	stats := numbered(head + "anon %[1]d\n")
	kill, header := firstLine(kills), firstLine(headers)
	long := strings.Repeat("x", 1<<10)
	export := "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795443391620813\n_TRANSPORT=kernel\nMESSAGE="
	dmesg := `{"pri": 4, "time": 7868.482562, "msg": "`
	for name, parts := range map[string][]part{
		"a node's syslog":         {{logText(t, loggen.Syslog), 300 << 20}},
		"a node's journal":        {{logText(t, loggen.JournalJSON), 100 << 20}},
		"a container's output":    {{logText(t, loggen.CRI), 100 << 20}},
		"one line":                {{kill, 1}, {long, 100 << 20}, {"\n" + kill, 1}},
		"one line of kills":       {{"Nov 23 08:50:41 host kernel: ", 1}, {strings.TrimSuffix(kill, "\n"), 100 << 20}},
		"kill lines":              {{kills, 10 << 20}},
		"headers of reports":      {{headers, 10 << 20}},
		"rows of a table":         {{header + columns, 1}, {rows, 1_000_000 * len(firstLine(rows))}, {kill, 1}},
		"tables":                  {{header + columns + rows[:len(rows)/10] + kill, 20 << 20}},
		"lines of statistics":     {{header + fmt.Sprintf(head+"Memory cgroup stats for /a:\n", 0), 1}, {stats, 20 << 20}, {kill, 1}},
		"an indented record":      {{header, 1}, {"               anon 100073472\n", 50 << 20}},
		"parts of a line":         {{"2026-11-23T08:50:41.000000001Z stderr P Killed process 1\n", 20 << 20}},
		"workers that start":      {{numbered("2026-11-23 08:47:46,111 INFO spawned: 'worker-%d' with pid %[1]d\n"), 10 << 20}},
		"empty lines":             {{kill, 1}, {"\n", 10 << 20}},
		"NUL bytes":               {{kills, 1}, {strings.Repeat("\x00", 1<<10), 50 << 20}},
		"a field of an export":    {{export, 1}, {long, 100 << 20}, {"\n\n", 1}},
		"fields of an export":     {{export + "\n", 1}, {"A=B\n", 10 << 20}, {"\n", 1}},
		"an object of dmesg":      {{`{"dmesg": [` + dmesg, 1}, {long, 100 << 20}, {`"}]}`, 1}},
		"objects of dmesg":        {{`{"dmesg": [` + dmesg + `x"}`, 1}, {",\n" + dmesg + `Killed process 1"}`, 10 << 20}, {"]}", 1}},
		"an object of Kubernetes": {{`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "`, 1}, {long, 100 << 20}, {`"}}`, 1}},
		"labels of docker's":      {{`[{"Id":"x","State":{"OOMKilled":1},"Config":{"Labels":{`, 1}, {`"a":"",`, 7 << 20}, {`"z":""}}}]`, 1}},
		"containers of crictl's":  {{`{"containers":[{"podSandboxId":"","metadata":{}}`, 1}, {`,{}`, 7 << 20}, {`]}`, 1}},
		"a nested object":         {{`[{"Id":"x","State":{"OOMKilled":`, 1}, {"[", 7 << 20}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stream{parts: parts}
			if testing.Short() {
				s.scale = 10
			}
			s.read(t)
			if s.heap > maxHeap {
				t.Errorf("reading took %d MiB of memory, want %d at most", s.heap>>20, maxHeap>>20)
			}
		})
	}
}

// numbered returns ten thousand lines that hold their number, from 1.
func numbered(format string) string {
	var b strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&b, format, n+1)
	}
	return b.String()
}

func firstLine(text string) string { return text[:strings.IndexByte(text, '\n')+1] }

// logText returns 4 MB of a log.
func logText(t *testing.T, form loggen.Form) string {
	var b bytes.Buffer
	if _, err := (loggen.Log{Form: form, Bytes: 4e6}).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A part is a text that is repeated until there are size bytes of it.
type part struct {
	text string
	size int
}

// A stream reads one part after the other, and looks at the heap as it goes.
type stream struct {
	parts []part
	scale int // sizes are divided by it
	at    int // in the part's text
	sent  int // of the part
	total int
	heap  uint64 // the most that was seen
}

func (s *stream) Read(b []byte) (n int, err error) {
	for n < len(b) && len(s.parts) > 0 {
		p := s.parts[0]
		k := copy(b[n:], p.text[s.at:])
		n, s.at, s.sent = n+k, s.at+k, s.sent+k
		if s.at < len(p.text) {
			break
		}
		s.at = 0
		if s.sent*max(s.scale, 1) >= p.size {
			s.parts, s.sent = s.parts[1:], 0
		}
	}
	if s.total += n; s.total>>20 != (s.total-n)>>20 {
		s.look()
	}
	if n == 0 {
		err = io.EOF
	}
	return n, err
}

func (s *stream) Close() error { return nil }

func (s *stream) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.heap = max(s.heap, m.HeapInuse)
}

func (s *stream) read(t *testing.T) {
	t.Helper()
	runtime.GC()
	unit := input.Bytes("stream", func() (io.ReadCloser, error) { return s, nil })
	logs, err := parsers.Read(context.Background(), []input.Unit{unit}, parsers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.look()
	if got := logs[0].Bytes; got != int64(s.total) {
		t.Errorf("%d of %d bytes were read", got, s.total)
	}
	t.Logf("%d bytes, %s, %d lines, %d events, %d problems, %d MiB", logs[0].Bytes, logs[0].Format, logs[0].Lines, len(logs[0].Events), len(logs[0].Problems), s.heap>>20)
}
