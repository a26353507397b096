package parsers

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/zstd"

	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

const aKill = "Nov 23 08:50:41 host kernel: Out of memory: Killed process 7 (a) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB\n"

// packed returns a tar in gzip of members, each a name and a text in turn.
func packed(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	pack(t, gzip.NewWriter(&b), members...)
	return b.Bytes()
}

// pack writes a tar and closes what it was written to.
func pack(t *testing.T, z io.WriteCloser, members ...string) {
	t.Helper()
	w := tar.NewWriter(z)
	for i := 0; i < len(members); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: members[i], Size: int64(len(members[i+1])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, members[i+1])
	}
	w.Close()
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

func zipped(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		m, err := w.Create(members[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(m, members[i+1])
	}
	w.Close()
	return b.Bytes()
}

func unitOf(path string, data []byte) input.Unit {
	return input.Bytes(path, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
}

// told writes down which logs there are, in their order.
func told(logs []event.Log) string {
	var out []string
	for _, l := range logs {
		out = append(out, fmt.Sprintf("%s: %s, %d events, %d problems", l.Path, l.Format, len(l.Events), len(l.Problems)))
	}
	return strings.Join(out, "\n")
}

func TestTheMembersOfAnArchiveAreLogsInItsPlace(t *testing.T) {
	inner := zipped(t, "b/messages", aKill, "a", "")
	units := []input.Unit{unitOf("1", []byte(aKill)), unitOf("2.tgz", packed(t, "z", aKill, "in.zip", string(inner), "y", aKill)), unitOf("3", []byte(aKill))}
	logs, err := Read(t.Context(), units, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := `1: syslog, 1 events, 0 problems
2.tgz: tar, 0 events, 0 problems
2.tgz!z: syslog, 1 events, 0 problems
2.tgz!in.zip: zip, 0 events, 0 problems
2.tgz!in.zip!b/messages: syslog, 1 events, 0 problems
2.tgz!in.zip!a: empty, 0 events, 0 problems
2.tgz!y: syslog, 1 events, 0 problems
3: syslog, 1 events, 0 problems`
	if got := told(logs); got != want {
		t.Errorf("got logs\n%s\nwant\n%s", got, want)
	}
	if pos := logs[4].Events[0].Pos.String(); pos != "2.tgz!in.zip!b/messages:1" {
		t.Errorf("the event is at %s", pos)
	}
}

// TestProgressCountsWhatIsStored: neither what is unpacked nor what is in an archive
// counts again, nor do a zip's head and directory much.
func TestProgressCountsWhatIsStored(t *testing.T) {
	text := strings.Repeat(aKill, 5000)
	dir := t.TempDir()
	for name, data := range map[string][]byte{"a.tgz": packed(t, "a", text, "b", text), "b.zip": zipped(t, "a", text, "b.tgz", string(packed(t, "a", text)))} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		units, _, err := input.Find([]string{path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var read atomic.Int64
		logs, err := Read(t.Context(), units, Options{Read: &read})
		if err != nil {
			t.Fatal(err)
		}
		size := int64(len(data))
		if n := read.Load(); n < size || n > 2*size+1<<16 || name == "a.tgz" && n != size {
			t.Errorf("%s: %d bytes were read, of %d", name, n, size)
		}
		if logs[0].Bytes != size || logs[1].Bytes != int64(len(text)) || len(logs[1].Problems) > 0 {
			t.Errorf("%s has %d bytes, want %d; its first member %d, want %d", name, logs[0].Bytes, size, logs[1].Bytes, len(text))
		}
	}
}

func TestAJournalInAnArchiveIsRead(t *testing.T) {
	data, err := os.ReadFile("lines/journal/testdata/system.journal.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	units := []input.Unit{unitOf("j", plain), unitOf("a", packed(t, "j", string(plain), "j.gz", string(data))), unitOf("b", zipped(t, "j", string(plain)))}
	logs, err := Read(t.Context(), units, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{2, 3, 5} {
		if l := logs[i]; l.Format != "journal" || l.Lines != logs[0].Lines || l.Lines == 0 || len(l.Problems) > 0 {
			t.Errorf("%s: got format %s, %d lines and problems %v, want %d lines", l.Path, l.Format, l.Lines, l.Problems, logs[0].Lines)
		}
	}
}

// TestALinkTellsOfALogThatWasRead: the id that only the link's name has comes with
// the events of the file that it leads to.
func TestALinkTellsOfALogThatWasRead(t *testing.T) {
	const uid, id = "b1498fe3389220b5c12f5fe572a71bd1", "81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f"
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	line := "2026-11-20T22:12:45.923456789Z stderr F [2026-11-20 22:12:45,923] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 14 exited unexpectedly (code -9). Shutting down...\n"
	w.WriteHeader(&tar.Header{Name: "pods/ns_pod_" + uid + "/c/0.log", Size: int64(len(line)), Mode: 0o644})
	io.WriteString(w, line)
	w.WriteHeader(&tar.Header{Name: "containers/pod_ns_c-" + id + ".log", Linkname: "/var/log/pods/ns_pod_" + uid + "/c/0.log", Typeflag: tar.TypeSymlink})
	w.Close()
	logs, err := Read(t.Context(), []input.Unit{unitOf("a.tar", b.Bytes())}, Options{})
	if err != nil || len(logs) != 2 || len(logs[1].Events) != 1 {
		t.Fatalf("got logs\n%s\nand error %v", told(logs), err)
	}
	if c := logs[1].Events[0].From; c == nil || c.ID != id || c.PodUID != uid {
		t.Errorf("the event is from %+v, want the pod of the path with the id of the link", c)
	}
}

func TestMembersThatTellNothingAreCountedInTheEnd(t *testing.T) {
	const n = 30_000
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range n {
		w.WriteHeader(&tar.Header{Name: fmt.Sprint(i), Mode: 0o644})
	}
	w.WriteHeader(&tar.Header{Name: "broken", Size: 4, Mode: 0o644})
	io.WriteString(w, "\x1f\x8bgz")
	w.WriteHeader(&tar.Header{Name: "last", Size: int64(len(aKill)), Mode: 0o644})
	io.WriteString(w, aKill)
	w.Close()
	logs, err := Read(t.Context(), []input.Unit{unitOf("a.tar", b.Bytes())}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept := len(logs) - 1
	want := fmt.Sprintf("%d more members were read, tell of no kill and are not listed (with problems: 1)", n+2-kept)
	if got := logs[0].Problems; kept > n || logs[kept].Path != "a.tar!last" || len(got) != 1 || got[0].Code != "not-listed" || got[0].Text != want {
		t.Errorf("got %d logs, the last %s, and problems %v, want %s", len(logs), logs[kept].Path, got, want)
	}
}

func TestABombInAnArchiveIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("it unpacks 300 MiB")
	}
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	pack(t, z, "zeros", strings.Repeat("\x00", 300<<20), "z", aKill)
	logs, err := Read(t.Context(), []input.Unit{unitOf("a.tar.zst", b.Bytes())}, Options{})
	if err != nil || len(logs) != 3 || len(logs[2].Events) != 1 || len(logs[1].Problems) != 2 {
		t.Fatalf("got logs\n%s\nand error %v", told(logs), err)
	}
	const want = "256 MiB were unpacked from less than 1 MiB, more than 1100 times as much; what is left of it is not read: if this is a log, unpack it and give the unpacked file"
	if p := logs[1].Problems[1]; p.Code != "too-large" || p.Text != want {
		t.Errorf("got %s: %s, want too-large: %s", p.Code, p.Text, want)
	}
}
