package journal

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// An entry is what a test compares.
type entry struct {
	seqnum uint64
	fields []string // NAME=value
}

// openBytes opens a file that must be a journal.
func openBytes(t testing.TB, file []byte) *Reader {
	t.Helper()
	r, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// readAll returns all entries, and the problems as text.
func readAll(t testing.TB, r *Reader) ([]entry, string) {
	t.Helper()
	var all []entry
	for {
		e, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got := entry{seqnum: e.Seqnum}
		for name, value := range e.Fields {
			got.fields = append(got.fields, name+"="+string(value))
		}
		all = append(all, got)
	}
	var problems []string
	for _, p := range r.Problems() {
		problems = append(problems, p.Code+": "+p.String())
	}
	return all, strings.Join(problems, "\n")
}

// seqnums returns the sequence numbers of entries.
func seqnums(all []entry) []uint64 {
	var n []uint64
	for _, e := range all {
		n = append(n, e.seqnum)
	}
	return n
}

// upTo returns the numbers from 1 to n, without some.
func upTo(n uint64, without ...uint64) []uint64 {
	var all []uint64
	for i := uint64(1); i <= n; i++ {
		if !slices.Contains(without, i) {
			all = append(all, i)
		}
	}
	return all
}

func layouts(t *testing.T, test func(t *testing.T, compact bool)) {
	for name, compact := range map[string]bool{"regular": false, "compact": true} {
		t.Run(name, func(t *testing.T) { test(t, compact) })
	}
}

func TestSniff(t *testing.T) {
	for head, want := range map[string]bool{
		"LPKSHHRH":              true,
		"LPKSHHRH\x00\x00\x00":  true,
		"LPKSHHR":               false,
		"":                      false,
		"\x1f\x8b\x08":          false,
		"__CURSOR=s=5e5e5e;i=1": false,
	} {
		if got := Sniff([]byte(head)); got != want {
			t.Errorf("Sniff(%q) = %v", head, got)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	with := func(at int, v uint64) []byte {
		b := sample(true, 1)
		b.put64(at, v)
		return b.file
	}
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, `journal: not a journal file: want "LPKSHHRH" at its start`},
		{"text", []byte("Nov 18 06:06:40 node-1 kernel: x"), `journal: not a journal file: want "LPKSHHRH" at its start`},
		{"cut header", sample(true, 1).file[:207], `journal: the file ends at byte 207, within its header: copy it again`},
		{"unknown flags", with(8, 0x61<<32), `journal: the file needs what this reader does not know (incompatible flags 0x60): ` +
			`write it out with its own "journalctl -o export --file FILE" and read that`},
		{"short header", with(88, 200), `journal: the header says that it has 200 bytes, of a file of 832: want a multiple of 8 from 208 on`},
		{"odd header", with(88, 270), `journal: the header says that it has 270 bytes, of a file of 832: want a multiple of 8 from 208 on`},
		{"long header", with(88, 1<<63), `journal: the header says that it has 9223372036854775808 bytes, of a file of 832: want a multiple of 8 from 208 on`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open(bytes.NewReader(test.file), int64(len(test.file)))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	b := sample(true, 3)
	b.file[16] = stateOnline
	want := Header{strings.Repeat("f1", 16), strings.Repeat("3a", 16), strings.Repeat("5e", 16), 3, true}
	if got := openBytes(t, b.file).Header(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEntry(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := newBuilder(compact)
		first := b.add("MESSAGE=one")
		e, err := openBytes(t, b.bytes()).Next()
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(e.Seqnum, e.Realtime, e.Monotonic, e.BootID, e.XorHash, e.Offset)
		if want := fmt.Sprint(1, uint64(testRealtime+1), 1000, testBoot, ^uint64(1), first); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestFields(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := newBuilder(compact)
		long := "MESSAGE=" + strings.Repeat("long ", 5000)
		entries := [][]string{
			{"TAG=one", "_TRANSPORT=journal", "TAG=two", "MESSAGE=a=b\n\x00\xff"},
			{"MESSAGE=", "_TRANSPORT=journal"},
			{long, long, "_TRANSPORT=journal"},
			{"TAG=two", long},
		}
		var want []entry
		for i, fields := range entries {
			b.add(fields...)
			want = append(want, entry{uint64(i + 1), fields})
		}
		got, problems := readAll(t, openBytes(t, b.bytes()))
		if fmt.Sprint(got) != fmt.Sprint(want) || problems != "" {
			t.Errorf("got  %v\nwant %v\n%s", got, want, problems)
		}
	})
}

// TestFieldsTwice goes over the fields in part, then twice as a whole, and
// stops in between.
func TestFieldsTwice(t *testing.T) {
	e, err := openBytes(t, sample(true, 1).file).Next()
	if err != nil {
		t.Fatal(err)
	}
	for range e.Fields {
		break
	}
	for range 2 {
		var got []string
		for name, value := range e.Fields {
			got = append(got, name+"="+string(value))
		}
		if want := "[_TRANSPORT=kernel PRIORITY=4 _HOSTNAME=node-1 MESSAGE=line 1]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

// TestValue asks for fields one by one, before and after all of them were read.
func TestValue(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := newBuilder(compact)
		long := strings.Repeat("long ", 5000)
		b.add("TAG=one", "MESSAGE="+long, "TAG=two", "EMPTY=", "_TRANSPORT=journal")
		b.add("_TRANSPORT=journal", "TAG=two", "MESSAGE=x")
		r := openBytes(t, b.bytes())
		for _, want := range []map[string]string{
			{"MESSAGE": long, "TAG": "one", "EMPTY": "", "_TRANSPORT": "journal", "NONE": "", "": ""},
			{"MESSAGE": "x", "TAG": "two", "EMPTY": ""},
		} {
			e, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				for name, value := range want {
					if got := e.Value(name); string(got) != value {
						t.Errorf("%s is %.20q, want %.20q", name, got, value)
					}
				}
				for range e.Fields {
					continue
				}
			}
		}
	})
}

// TestValueUnreadable gives the second of two fields where the first cannot be read.
func TestValueUnreadable(t *testing.T) {
	b := newBuilder(true)
	b.link(b.unlinked(b.stored(flagLZ4, []byte("no length")), b.field("A=1"), b.field("A=2")))
	r := openBytes(t, b.bytes())
	e, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Value("A"); string(got) != "1" {
		t.Errorf("got %q", got)
	}
	if p := r.Problems(); len(p) != 1 || p[0].Count != 1 {
		t.Errorf("problems %v, want one", p)
	}
}

// TestAt goes back to earlier entries: what comes next stays the same.
func TestAt(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := sample(compact, 30)
		clear(b.file[le64(b.file, 176)+24:][:b.width()*2]) // the first ones are found by a scan
		r := openBytes(t, b.bytes())
		var offsets []int64
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			offsets = append(offsets, e.Offset)
			for _, i := range []int{len(offsets) / 2, len(offsets) - 1} {
				if e := r.At(offsets[i]); e == nil || e.Seqnum != uint64(i+1) || string(e.Value("MESSAGE")) != fmt.Sprintf("line %d", i+1) {
					t.Fatalf("entry %d is %+v", i+1, e)
				}
			}
		}
		if len(offsets) != 30 {
			t.Errorf("got %d entries", len(offsets))
		}
		if e := r.At(offsets[0] + 8); e != nil {
			t.Errorf("got entry %d where none is", e.Seqnum)
		}
	})
}

func TestNoEntries(t *testing.T) {
	got, problems := readAll(t, openBytes(t, newBuilder(true).bytes()))
	if len(got) != 0 || problems != "" {
		t.Errorf("got %v, %s", got, problems)
	}
}

// TestPreallocated reads a file that ends in zeros, as journald leaves it while
// it writes, and whose counters lag.
func TestPreallocated(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := sample(compact, 20)
		b.file[16] = stateOnline
		b.put64(152, 18)
		b.put64(136, b.entries[17])
		b.file = append(b.file, make([]byte, 100_000)...)
		got, problems := readAll(t, openBytes(t, b.file))
		if !slices.Equal(seqnums(got), upTo(20)) || problems != "" {
			t.Errorf("got %v\n%s", seqnums(got), problems)
		}
	})
}

// TestEOFAgain asks on behind the end.
func TestEOFAgain(t *testing.T) {
	b := sample(true, 3)
	b.put64(152, 7)
	r := openBytes(t, b.file)
	_, first := readAll(t, r)
	again, problems := readAll(t, r)
	if len(again) != 0 || problems != first || problems != "journal-entries-missing: byte 0: the header counts 7 entries, 3 are found" {
		t.Errorf("got %v, %s", again, problems)
	}
}

// TestReadError passes on what the file fails with, from all its readers.
func TestReadError(t *testing.T) {
	broken := errors.New("the disk is gone")
	file := sample(true, 1000).file
	if _, err := Open(failing{nil, broken}, 1000); !errors.Is(err, broken) {
		t.Errorf("Open: %v", err)
	}
	for _, whole := range []int{blockSize, 4 * blockSize} {
		r, err := Open(failing{file[:whole], broken}, int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		var e *Entry
		for e, err = r.Next(); err == nil; e, err = r.Next() {
			for range e.Fields {
				n++
			}
		}
		if !errors.Is(err, broken) || err.Error() != "journal: the disk is gone" || n == 0 {
			t.Errorf("after %d fields: %v", n, err)
		}
	}
}

// failing is a file that cannot be read behind its bytes.
type failing struct {
	bytes []byte
	err   error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > int64(len(f.bytes)) {
		return 0, f.err
	}
	return copy(p, f.bytes[off:]), nil
}

// TestReal reads a file of systemd 252, compact, with keyed hashes and zstd:
// a machine with cgroup v1 on which the kernel killed python3.
func TestReal(t *testing.T) {
	file := realFile(t)
	r := openBytes(t, file)
	got, problems := readAll(t, r)
	if h := r.Header(); uint64(len(got)) != h.Entries || len(got) != 52 || problems != "" {
		t.Fatalf("got %d entries, header %+v, %s", len(got), h, problems)
	}
	fields := 0
	var kill entry
	for _, e := range got {
		fields += len(e.fields)
		if slices.ContainsFunc(e.fields, func(f string) bool { return strings.Contains(f, "Killed process 1485 (python3)") }) {
			kill = e
		}
	}
	if fields != 773 {
		t.Errorf("got %d fields, want 773", fields)
	}
	want := []string{"_TRANSPORT=kernel", "PRIORITY=3", "SYSLOG_FACILITY=0", "SYSLOG_IDENTIFIER=kernel",
		"MESSAGE=Memory cgroup out of memory: Killed process 1485 (python3) total-vm:69240kB, anon-rss:57120kB, " +
			"file-rss:5464kB, shmem-rss:0kB, UID:0 pgtables:172kB oom_score_adj:0"}
	for _, f := range want {
		if !slices.Contains(kill.fields, f) {
			t.Errorf("the kill has no %s: %q", f, kill.fields)
		}
	}
}

// realFile returns the journal in testdata.
func realFile(t testing.TB) []byte {
	t.Helper()
	f, err := os.Open("testdata/system.journal.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestDataWithEOF reads from a file that gives io.EOF beside its last bytes.
func TestDataWithEOF(t *testing.T) {
	file := sample(false, 100).file
	src := dataErr{bytes.NewReader(file)}
	r, err := Open(src, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	got, problems := readAll(t, r)
	if len(got) != 100 || problems != "" {
		t.Errorf("got %d entries, %s", len(got), problems)
	}
}

type dataErr struct{ r *bytes.Reader }

func (d dataErr) ReadAt(p []byte, off int64) (int, error) {
	return io.ReadFull(iotest.DataErrReader(io.NewSectionReader(d.r, off, d.r.Size()-off)), p)
}

func BenchmarkNext(b *testing.B) {
	for _, compact := range []bool{false, true} {
		b.Run(fmt.Sprintf("compact=%v", compact), func(b *testing.B) {
			file := sample(compact, 20_000).file
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				walk(b, file)
			}
		})
	}
	b.Run("file=real", func(b *testing.B) {
		file := realFile(b)
		b.SetBytes(int64(len(file)))
		b.ReportAllocs()
		for b.Loop() {
			walk(b, file)
		}
	})
}

// walk reads a file as its callers do: all fields, one of them looked at.
func walk(b *testing.B, file []byte) {
	r, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		b.Fatal(err)
	}
	literal := []byte("Killed process")
	for e, err := r.Next(); err == nil; e, err = r.Next() {
		for name, value := range e.Fields {
			if name == "MESSAGE" && bytes.Contains(value, literal) {
				break
			}
		}
	}
}
