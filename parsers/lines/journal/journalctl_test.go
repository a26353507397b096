package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oomtrace/parsers/parsertest/journald"
)

// TestJournalctl has systemd-journal-remote write hostile entries in all layouts,
// and holds what is read of them against what journalctl prints.
func TestJournalctl(t *testing.T) {
	journald.Need(t)
	for n, options := range layoutsOfSystemd {
		t.Run(strings.Join(options, ","), func(t *testing.T) {
			file := journald.New(t, hostileEntries(uint64(n), 200, 100_000), options...)
			sameAsJournalctl(t, file, 200)
		})
	}
	t.Run("thousands", func(t *testing.T) {
		file := journald.New(t, hostileEntries(100, 2500, 600))
		sameAsJournalctl(t, file, 2500)
	})
}

// layoutsOfSystemd are what decides how systemd-journal-remote lays a file out.
// 252 compresses with zstd, whatever it is told; 257 as it is told.
var layoutsOfSystemd = [][]string{
	{"SYSTEMD_JOURNAL_COMPACT=0", "SYSTEMD_JOURNAL_KEYED_HASH=0", "--compress=no"},
	{"SYSTEMD_JOURNAL_COMPACT=1", "SYSTEMD_JOURNAL_KEYED_HASH=1", "--compress=no"},
	{"SYSTEMD_JOURNAL_COMPACT=0", "SYSTEMD_JOURNAL_KEYED_HASH=1", "SYSTEMD_JOURNAL_COMPRESS=ZSTD"},
	{"SYSTEMD_JOURNAL_COMPACT=1", "SYSTEMD_JOURNAL_KEYED_HASH=0", "SYSTEMD_JOURNAL_COMPRESS=LZ4"},
	{"SYSTEMD_JOURNAL_COMPACT=1", "SYSTEMD_JOURNAL_KEYED_HASH=1", "SYSTEMD_JOURNAL_COMPRESS=XZ"},
}

// TestJournalctlCut cuts such files at many places: all entries that end before
// come, and no other one.
func TestJournalctlCut(t *testing.T) {
	journald.Need(t)
	for n, options := range layoutsOfSystemd {
		t.Run(strings.Join(options, ","), func(t *testing.T) {
			file, err := os.ReadFile(journald.New(t, hostileEntries(uint64(10+n), 200, 5000), options...))
			if err != nil {
				t.Fatal(err)
			}
			cutAnywhere(t, file, rand.New(rand.NewPCG(uint64(n), 0)))
		})
	}
}

func cutAnywhere(t *testing.T, file []byte, rnd *rand.Rand) {
	t.Helper()
	r := openBytes(t, file)
	start := r.start
	whole, problems := entriesOf(t, r)
	used := whole[len(whole)-1].end
	if problems != "" {
		t.Fatal(problems)
	}
	for range 60 {
		size := start + rnd.Int64N(used-start+1)
		got, _ := entriesOf(t, openBytes(t, file[:size:size]))
		want := whole
		for want[len(want)-1].end > size {
			if want = want[:len(want)-1]; len(want) == 0 {
				break
			}
		}
		if !reflect.DeepEqual(got, want[:len(want):len(want)]) && len(got)+len(want) > 0 {
			t.Fatalf("%d bytes: got %d entries, want %d, or they differ", size, len(got), len(want))
		}
	}
}

// TestJournalctlDaemon has a systemd-journald of the test's own write entries, and
// reads its file while it is open, what it left behind as an archive, and what it
// closed at its end. The kernel's lines come when they like: only a daemon that
// has ended has them.
func TestJournalctlDaemon(t *testing.T) {
	journald.Need(t)
	t.Run("open", func(t *testing.T) {
		d := journald.Start(t, "Compress=32\nReadKMsg=no\n")
		sendHostile(t, d, 20)
		sameAsJournalctl(t, d.Files(t)[0], 200)
		d.Rotate(t)
		sendHostile(t, d, 21)
		files := d.Files(t)
		if len(files) != 2 {
			t.Fatalf("systemd-journald has the files %q, want an archived one and system.journal", files)
		}
		for _, file := range files {
			sameAsJournalctl(t, file, 200)
		}
	})
	t.Run("closed", func(t *testing.T) {
		d := journald.Start(t, "ReadKMsg=yes\n")
		sendHostile(t, d, 22)
		d.Stop(t)
		sameAsJournalctl(t, d.Files(t)[0], 200)
	})
}

// sendHostile sends entries by all ways that there are.
func sendHostile(t *testing.T, d *journald.Daemon, seed uint64) {
	t.Helper()
	for i, e := range hostileEntries(seed, 200, 60_000) {
		if i%4 == 0 {
			d.Syslog(t, fmt.Sprintf("<%d>app-%d[%d]: %s", i%192, seed, i, e.Fields[len(e.Fields)-1]))
		} else {
			d.Send(t, e.Fields...)
		}
	}
	d.Output(t, "web", "one\n\ntwo \x1b[1mbold\x1b[0m\n"+strings.Repeat("long ", 20_000)+"\nthree")
	d.Sync(t)
}

// sameAsJournalctl reads a file, which has so many entries at least, and holds
// them against what journalctl prints of it.
func sameAsJournalctl(t *testing.T, file string, least int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := openBytes(t, data)
	got, problems := entriesOf(t, r)
	if problems != "" {
		t.Errorf("problems: %s", problems)
	}
	want := printed(t, file)
	if len(want) < least {
		t.Fatalf("journalctl prints %d entries, want %d at least", len(want), least)
	}
	if len(got) != len(want) {
		t.Fatalf("got %d entries, journalctl prints %d", len(got), len(want))
	}
	for i, e := range got {
		w := want[i]
		if c := e.cursor(r.Header().SeqnumID); c != w.text(t, "__CURSOR") {
			t.Fatalf("entry %d is %s, want %s", i, c, w.text(t, "__CURSOR"))
		}
		for name, v := range map[string]any{"__REALTIME_TIMESTAMP": e.Realtime, "__MONOTONIC_TIMESTAMP": e.Monotonic, "_BOOT_ID": e.BootID} {
			if fmt.Sprint(v) != w.text(t, name) {
				t.Fatalf("entry %d: %s is %v, want %s", i, name, v, w.text(t, name))
			}
		}
		for name := range maps.Keys(w) {
			if !strings.HasPrefix(name, "__") && name != "_BOOT_ID" && !slices.Equal(e.values[name], w.values(t, name)) {
				t.Fatalf("entry %d: %s has %.200q, want %.200q", i, name, e.values[name], w.values(t, name))
			}
		}
		for name := range e.values {
			if w[name] == nil {
				t.Fatalf("entry %d: %s has %.200q, and journalctl prints none", i, name, e.values[name])
			}
		}
	}
}

// A wholeEntry is all that the Reader tells of an entry.
type wholeEntry struct {
	Seqnum, Realtime, Monotonic, XorHash uint64
	BootID                               string
	values                               map[string][]string
	end                                  int64
}

// cursor is the entry's place as systemd writes it.
// Source: src/libsystemd/sd-journal/sd-journal.c, sd_journal_get_cursor.
func (e *wholeEntry) cursor(seqnumID string) string {
	return fmt.Sprintf("s=%s;i=%x;b=%s;m=%x;t=%x;x=%x", seqnumID, e.Seqnum, e.BootID, e.Monotonic, e.Realtime, e.XorHash)
}

func entriesOf(t *testing.T, r *Reader) (all []wholeEntry, problems string) {
	t.Helper()
	for e, err := r.Next(); err == nil; e, err = r.Next() {
		w := wholeEntry{e.Seqnum, e.Realtime, e.Monotonic, e.XorHash, e.BootID, map[string][]string{}, e.end}
		for name, value := range e.Fields {
			w.values[name] = append(w.values[name], string(value))
		}
		all = append(all, w)
	}
	for _, p := range r.Problems() {
		problems += p.Code + ": " + p.String() + "\n"
	}
	return all, problems
}

// A printedEntry is an object of journalctl -o json.
type printedEntry map[string]json.RawMessage

// printed returns what journalctl prints of a file.
func printed(t *testing.T, file string) (all []printedEntry) {
	t.Helper()
	for line := range bytes.Lines(journald.Print(t, file, "-o", "json", "--all")) {
		var e printedEntry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("journalctl prints %.200q: %v", line, err)
		}
		all = append(all, e)
	}
	return all
}

func (p printedEntry) text(t *testing.T, name string) string {
	t.Helper()
	v := p.values(t, name)
	if len(v) != 1 {
		t.Fatalf("journalctl prints %s as %s, want one text", name, p[name])
	}
	return v[0]
}

// values returns a field's values. One is a text, or a list of its bytes; a list
// of these is of a repeated field.
func (p printedEntry) values(t *testing.T, name string) []string {
	t.Helper()
	if v, ok := oneValue(p[name]); ok {
		return []string{v}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(p[name], &list); err != nil {
		t.Fatalf("journalctl prints %s as %.200s: %v", name, p[name], err)
	}
	var all []string
	for _, raw := range list {
		v, ok := oneValue(raw)
		if !ok {
			t.Fatalf("journalctl prints %s as %.200s", name, p[name])
		}
		all = append(all, v)
	}
	return all
}

// oneValue reads a text, or a list of its bytes.
func oneValue(raw json.RawMessage) (string, bool) {
	list, ok := bytes.CutPrefix(bytes.TrimSuffix(raw, []byte("]")), []byte("["))
	if !ok {
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err == nil
	}
	var b []byte
	for number := range bytes.SplitSeq(list, []byte(",")) {
		n, err := strconv.ParseUint(string(number), 10, 8)
		if err != nil {
			return "", false
		}
		b = append(b, byte(n))
	}
	return string(b), true
}

// hostileEntries returns n entries of several boots, the same for the same seed,
// with values of some bytes at most. The last field of each is its MESSAGE, where
// it has one.
func hostileEntries(seed uint64, n, longest int) (all []journald.Entry) {
	h := hostile{rand.New(rand.NewPCG(seed, 1)), longest}
	realtime, monotonic := uint64(testRealtime), uint64(5_000_000)
	boot := h.boot()
	for i := range n {
		if h.IntN(n/3) == 0 {
			boot, monotonic = h.boot(), 1
		}
		realtime += h.Uint64N(1e9)
		monotonic += h.Uint64N(1e9)
		if h.IntN(50) == 0 {
			realtime -= 3600e6 // the clock is set back
		}
		all = append(all, journald.Entry{Realtime: realtime, Monotonic: monotonic, BootID: boot, Fields: h.fields(i)})
	}
	return all
}

// hostile makes up what nobody expects in a journal.
type hostile struct {
	*rand.Rand
	longest int
}

func (h *hostile) boot() string { return fmt.Sprintf("%016x%016x", h.Uint64()|1, h.Uint64()) }

func (h *hostile) fields(i int) []string {
	fields := []string{"_TRANSPORT=kernel", "_HOSTNAME=node-1", fmt.Sprint("PRIORITY=", h.IntN(8)), fmt.Sprint("NUMBER=", i)}
	for range h.IntN(6) {
		name := []string{"TAG", "A", "_SYSTEMD_UNIT", "CODE_FILE", "Z" + strings.Repeat("9", 62), "X_" + fmt.Sprint(h.IntN(200))}[h.IntN(6)]
		fields = append(fields, name+"="+h.value())
	}
	if h.IntN(10) == 0 {
		for n := range h.IntN(30) {
			fields = append(fields, fmt.Sprintf("TAG=%d", n/2))
		}
	}
	if h.IntN(8) > 0 {
		fields = append(fields, "MESSAGE="+h.value())
	}
	return fields
}

// awkward are pieces of values.
var awkward = []string{
	"", "=", "a=b", " ", "\t", "\n", "\n\n", "\r\n", "\x00", "\x1b[31mred\x1b[0m", "\x7f", "\u0085", "é", "\u2028", "\xff", "\xc3", "\xed\xa0\x80", "\U0001f4a5", "\ufeff",
	"MESSAGE=x\n", "__CURSOR=s=1\n", "\n\n__REALTIME_TIMESTAMP=1\n", "LPKSHHRH", "\x01\x00\x00\x00\x00\x00\x00\x00", "Out of memory: Killed process 1 (a)", "\\x0a", "[1,2]", "null",
}

func (h *hostile) value() string {
	switch h.IntN(8) {
	case 0:
		return ""
	case 1, 2:
		return h.long(500 + h.IntN(200)) // where compression begins
	}
	if h.IntN(40) == 0 {
		return h.long(h.IntN(h.longest))
	}
	if h.IntN(80) == 0 {
		return h.long(min(h.longest, 64<<10))
	}
	var b strings.Builder
	for range h.IntN(6) {
		b.WriteString(awkward[h.IntN(len(awkward))])
	}
	return b.String()
}

// long returns n bytes that can be compressed, or not.
func (h *hostile) long(n int) string {
	b := make([]byte, n)
	few := h.IntN(3) > 0
	for i := range b {
		if b[i] = byte(h.Uint32()); few {
			b[i] = "abc \n"[b[i]%5]
		}
	}
	return string(b)
}
