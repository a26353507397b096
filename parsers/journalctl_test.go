package parsers

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/parsertest/journald"
)

// journalForms are the outputs of journalctl 252 and 257, each with the losses that
// it has.
var journalForms = []struct{ args, loses string }{
	{"-o export", ""},
	{"-o export -r", ""},
	{"-o json -a", ""},
	{"-o json", "long"},
	{"-o json -k", "long"},
	{"-o json-pretty", "long"},
	{"-o json-pretty -a -r", ""},
	{"-o json-seq", "long"},
	{"-o json-sse", "long"},
	{"-o verbose", "blob blobs newline"},
	{"-o verbose -a", "nul returns newline"},
	{"-o verbose -x -r TZ=America/New_York", "blob blobs newline"},

	{"-o short", text + "year seconds octal"},
	{"-o short --utc TZ=America/New_York", text + "year seconds octal"},
	{"-o short TZ=America/New_York", text + "newyork year seconds octal"},
	{"-o short --no-hostname", text + "host year seconds octal"},
	{"-o short -r", text + "year seconds octal"},
	{"-o short -x", text + "year seconds octal"},
	{"-o short -x LC_ALL=C.UTF-8", text + "year seconds octal"},
	{"-o short -k", text + "year seconds octal"},
	{"-o short -a", raw + "year seconds octal"},
	{"-o short-precise", text + "year octal"},
	{"-o short-precise --no-hostname -r", text + "host year octal"},
	{"-o short-iso", text + "seconds octal"},
	{"-o short-iso TZ=America/New_York", text + "seconds octal"},
	{"-o short-iso --no-hostname", text + "host nopid seconds octal"},
	{"-o short-iso-precise", text + "octal"},
	{"-o short-iso-precise -a", raw + "octal"},
	{"-o short-full", text + "seconds octal"},
	{"-o short-full TZ=America/New_York", text + "newyork zone seconds octal"},
	{"-o short-full --utc TZ=America/New_York", text + "seconds octal"},
	{"-o short-full --no-hostname", text + "host seconds octal"},
	{"-o short-unix", text + "octal"},
	{"-o short-unix --no-hostname", text + "host octal"},
	{"-o short-monotonic", text + "date"},
	{"-o short-monotonic -a", raw + "date"},
	{"-o short-monotonic -r", text + "date"},
	{"-o short-monotonic -k", text + "date"},
	{"-o short-monotonic --no-hostname", text + "date host"},
	{"-o short-delta", text + "date"},
	{"-o short-delta --no-hostname", text + "date host"},
	{"-o with-unit", text + "name seconds octal"},
	{"-o with-unit -a", raw + "name seconds octal"},
	{"-o with-unit TZ=America/New_York --no-hostname", text + "name newyork zone host seconds octal"},
}

// What all lines for people lose, and all of these with -a.
const (
	both = "missing container boot unit own received caller pretender last newline indent "
	text = both + "odd tabs blob "
	raw  = both + "nul returns "
)

// A loss takes from a record what is not to be read of its entry.
type loss struct {
	name, says string
	of         func(rec *event.Record, e *journald.Entry)
}

// losses are all that there are, in the order in which they happen. The last ones
// are not journalctl's, but of our reading of lines.
func losses(version int) []loss {
	return []loss{
		{"missing", "an entry without MESSAGE is not printed", func(rec *event.Record, e *journald.Entry) {
			if !hasField(e, "MESSAGE") {
				rec.Shape = missing
			}
		}},
		{"container", "whose container's output it is", func(rec *event.Record, _ *journald.Entry) { rec.From = nil }},
		{"boot", "the boot that is printed first: only before others a line names it", func(rec *event.Record, _ *journald.Entry) { rec.BootID = "" }},
		{"unit", "the unit", func(rec *event.Record, _ *journald.Entry) { rec.Unit = "" }},
		{"own", "the kernel's own stamp, beside that of the reception", func(rec *event.Record, e *journald.Entry) {
			if number(e, "_SOURCE_MONOTONIC_TIMESTAMP") > 0 {
				copy(rec.Stamps[1:], rec.Stamps[2:])
			}
		}},
		{"newyork", "it is in the zone of whoever prints", func(rec *event.Record, _ *journald.Entry) { rec.Stamps[0].Wall = rec.Stamps[0].Wall.In(newYork) }},
		{"year", "year and zone", func(rec *event.Record, _ *journald.Entry) {
			st := &rec.Stamps[0]
			st.Clock, st.Wall = event.Yearless, asUTC(st.Wall, 0)
		}},
		{"zone", "the zone, of which EST is not enough", func(rec *event.Record, _ *journald.Entry) {
			st := &rec.Stamps[0]
			st.Clock, st.Wall = event.Zoneless, asUTC(st.Wall, st.Wall.Year())
		}},
		{"seconds", "the second's fraction", func(rec *event.Record, _ *journald.Entry) {
			st := &rec.Stamps[0]
			st.Wall, st.Step = st.Wall.Truncate(time.Second), time.Second
		}},
		{"date", "the date, for the time since boot", func(rec *event.Record, e *journald.Entry) {
			us := cmp.Or(number(e, "_SOURCE_MONOTONIC_TIMESTAMP"), e.Monotonic)
			if version >= 257 { // when it was received, or sent
				us = e.Monotonic - e.Realtime + cmp.Or(number(e, "_SOURCE_REALTIME_TIMESTAMP"), e.Realtime)
			}
			rec.Stamps[0] = event.Stamp{Clock: event.Monotonic, Since: time.Duration(us) * time.Microsecond, Step: time.Microsecond, Late: rec.Stamps[0].Late}
		}},
		{"caller", "who speaks, but for what he calls himself", func(rec *event.Record, e *journald.Entry) {
			rec.Speaker = cmp.Or(e.Field("SYSLOG_IDENTIFIER"), e.Field("_COMM"), "unknown")
		}},
		{"name", "the name, for which the unit's stands", func(rec *event.Record, e *journald.Entry) {
			unit := cmp.Or(e.Field("_SYSTEMD_USER_UNIT"), e.Field("_SYSTEMD_UNIT"))
			if rec.Unit = unit; unit == "init.scope" {
				rec.Speaker = "systemd"
			} else if unit != "" {
				rec.Speaker = strings.TrimSuffix(unit, ".service")
			}
		}},
		{"odd", "a name of 300 bytes or more, or one that cannot be printed", func(rec *event.Record, _ *journald.Entry) {
			if len(rec.Speaker) >= 300 || !printable(rec.Speaker) {
				rec.Speaker, rec.Unit = "unknown", ""
			}
		}},
		{"blobs", "the same in verbose", func(rec *event.Record, _ *journald.Entry) {
			for _, s := range []*string{&rec.Speaker, &rec.Unit} {
				if !printable(*s) {
					*s = blob(len(*s))
				}
			}
		}},
		{"host", "the host, so that a name's first word can be one", func(rec *event.Record, _ *journald.Entry) {
			rec.Host = ""
			if first, rest, ok := strings.Cut(rec.Speaker, " "); ok {
				rec.Host, rec.Speaker, rec.Unit = first, rest, strings.TrimPrefix(rec.Unit, first+" ")
			}
		}},
		{"last", "all but the last of several messages", func(rec *event.Record, e *journald.Entry) {
			if hasField(e, "MESSAGE") && e.Field("MESSAGE") == "the first of two" {
				rec.Msg = []byte("the second of two")
			}
		}},
		{"long", "a field of 4096 bytes or more, with its name", func(rec *event.Record, e *journald.Entry) {
			if len("MESSAGE=")+len(e.Field("MESSAGE")) >= 4096 {
				rec.Msg = nil
			}
		}},
		{"tabs", "tabs, colours, links, and carriage returns at the ends of lines", changed(func(s string) string {
			s = codes.ReplaceAllString(strings.ReplaceAll(s, "\t", "        "), "")
			if version >= 257 { // links that end as the standard has it
				s = links.ReplaceAllString(s, "")
			}
			return strings.ReplaceAll(strings.TrimSuffix(s, "\r"), "\r\n", "\n")
		})},
		{"blob", "a message that cannot be printed", func(rec *event.Record, _ *journald.Entry) {
			if !printable(string(rec.Msg)) {
				rec.Msg = []byte(blob(len(rec.Msg)))
			}
		}},
		{"nul", "what is behind a NUL", changed(func(s string) string { s, _, _ = strings.Cut(s, "\x00"); return s })},
		{"newline", "a newline at the end", changed(func(s string) string { return strings.TrimSuffix(s, "\n") })},

		{"returns", "carriage returns at the ends of lines", changed(func(s string) string {
			return strings.ReplaceAll(strings.TrimSuffix(s, "\r"), "\r\n", "\n")
		})},
		{"indent", "how far lines but the first are indented", changed(func(s string) string { return blanks.ReplaceAllString(s, "\n") })},
		{"nopid", "a name without a pid, which can be a word of an application's line", func(rec *event.Record, _ *journald.Entry) {
			if rec.PID == 0 && rec.Speaker != "kernel" {
				rec.Speaker, rec.Msg = "", []byte(rec.Speaker+": "+string(rec.Msg))
			}
		}},
		{"pretender", "nothing: who calls himself kernel, and has a pid, gives himself away", func(rec *event.Record, _ *journald.Entry) {
			if rec.PID > 0 && rec.Speaker == "kernel" {
				rec.Speaker = "claims to be kernel"
			}
		}},
		{"octal", "whether #012 is a newline, as rsyslog writes it", changed(strings.NewReplacer("#012", "\n", "#011", "\t").Replace)},
		{"received", "whether a process' own stamp is of its sending", func(rec *event.Record, _ *journald.Entry) {
			rec.Stamps[0].Late = strings.HasSuffix(rec.Speaker, "kernel")
		}},
	}
}

const missing = "not printed" // a record's Shape

var (
	newYork, errNewYork = time.LoadLocation("America/New_York")
	codes               = regexp.MustCompile("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\a\x1b]*\a")
	links               = regexp.MustCompile("\x1b\\]8;;[^\a\x1b]*\x1b\\\\")
	blanks              = regexp.MustCompile("\n[ \t]+")
)

func changed(change func(string) string) func(*event.Record, *journald.Entry) {
	return func(rec *event.Record, _ *journald.Entry) { rec.Msg = []byte(change(string(rec.Msg))) }
}

// asUTC returns what clock and calendar show, of another year.
func asUTC(t time.Time, year int) time.Time {
	return time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func hasField(e *journald.Entry, name string) bool {
	return slices.ContainsFunc(e.Fields, func(f string) bool { return strings.HasPrefix(f, name+"=") })
}

// printable reports whether journalctl prints s without -a.
// Source: systemd, src/basic/utf8.c, utf8_is_printable_newline.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' })
}

// blob is what stands for n bytes that cannot be printed.
// Source: systemd, src/basic/format-util.c, format_bytes.
func blob(n int) string {
	if n < 1024 {
		return fmt.Sprintf("[%dB blob data]", n)
	}
	return fmt.Sprintf("[%d.%dK blob data]", n>>10, n*10>>10%10)
}

// TestJournalctl reads what journalctl prints of a journal, and holds it against
// what is read of the journal itself.
func TestJournalctl(t *testing.T) {
	journald.Need(t)
	if errNewYork != nil {
		t.Fatal(errNewYork)
	}
	entries := journalEntries(t)
	file := journald.New(t, entries)
	whole, killed := recordsOf(t, file), victimsOf(t, file)
	if len(whole) != len(entries) || len(killed) != 6 {
		t.Fatalf("got %d records of %d entries, and the victims %q", len(whole), len(entries), killed)
	}
	all := losses(journald.Version(t))
	for _, f := range journalForms {
		t.Run(f.args, func(t *testing.T) {
			text := printed(t, file, f.args)
			var got []string
			catalogue := 0
			for _, rec := range recordsOf(t, text) {
				if !isBetween(&rec) && !(isBoot(&rec) && strings.Contains(f.args, " -r")) {
					got = append(got, show(&rec))
				} else if isCatalogue(rec.Msg) {
					catalogue++
				}
			}
			if catalogue == 0 && strings.Contains(f.args, "-o short -x") && journald.Required() {
				t.Error("journalctl explains nothing: want its catalogue, by journalctl --update-catalog")
			}
			sameLines(t, got, expected(whole, entries, f.args, f.loses, all))
			victims := slices.Clone(killed)
			switch {
			case strings.Contains(f.args, " -k"):
				victims = killed[5:] // of the last boot
			case strings.HasPrefix(f.loses, both):
				victims = append(victims, `4712 "b" -1 kB`, `4713 "c" -1 kB`) // by those who call themselves kernel
			}
			slices.Sort(victims)
			if got := slices.Compact(slices.Sorted(slices.Values(victimsOf(t, text)))); !slices.Equal(got, victims) {
				t.Errorf("got the victims %q, want %q", got, victims)
			}
		})
	}
}

// TestJournalctlCat reads -o cat, where a message is as many lines as it has, and
// nobody's. It says nothing else.
func TestJournalctlCat(t *testing.T) {
	journald.Need(t)
	entries := journalEntries(t)
	var want []string
	for i := range entries {
		if e := &entries[i]; hasField(e, "MESSAGE") {
			for line := range strings.SplitSeq(e.Field("MESSAGE"), "\n") {
				want = append(want, string(envelope.Bare([]byte(strings.TrimSuffix(line, "\r")))))
			}
		}
	}
	for _, args := range []string{"-o cat", "-o cat -a"} {
		got := recordsOf(t, printed(t, journald.New(t, entries), args))
		if len(got) != len(want) {
			t.Errorf("%s: got %d records, want %d", args, len(got), len(want))
		}
		for i := range min(len(got), len(want)) {
			if !strings.HasSuffix(want[i], string(got[i].Msg)) || len(got[i].Msg) == 0 && want[i] != "" {
				t.Errorf("%s: record %d is %q, want the end of %q", args, i, got[i].Msg, want[i])
			}
		}
	}
}

// TestLongFieldsOfAJournal keeps as much of a field as an export's reader does.
func TestLongFieldsOfAJournal(t *testing.T) {
	journald.Need(t)
	w := &journalWriter{since: 5_000_000}
	for _, n := range []int{3, maxFieldName, maxFieldName + 1} {
		w.add("_HOSTNAME=node-1", "SYSLOG_IDENTIFIER="+strings.Repeat("n", n), "MESSAGE=text")
	}
	binary := journald.New(t, w.entries)
	export := printed(t, binary, "-o export")
	for i, rec := range recordsOf(t, binary) {
		if got, want := show(&rec), show(&recordsOf(t, export)[i]); got != want {
			t.Errorf("record %d is\n     %.300s\nwant %.300s", i, got, want)
		}
	}
	log := readFile(t, binary, Options{EveryLine: true})
	if got, want := problemsOf(log), "3: long-line"; got != want {
		t.Errorf("got problems %q, want %q", got, want)
	}
}

// isBetween reports whether a record is none of an entry: an empty line, or one
// of the catalogue's.
func isBetween(rec *event.Record) bool {
	return rec.Speaker == "" && rec.Shape == "" && (len(rec.Msg) == 0 || isCatalogue(rec.Msg) && !isBoot(rec))
}

func isCatalogue(line []byte) bool {
	return bytes.HasPrefix(line, []byte("-- ")) || bytes.HasPrefix(line, []byte("░░"))
}

func isBoot(rec *event.Record) bool {
	return rec.Speaker == "" && bytes.HasPrefix(rec.Msg, []byte("-- Boot "))
}

// expected returns what is to be read where journalctl has these arguments. Lines
// that go back in time are put in order, without those between boots.
func expected(whole []event.Record, entries []journald.Entry, args, names string, all []loss) (want []string) {
	last, back := "", strings.Contains(args, " -r")
	first := entries[0].BootID // that is printed
	if back || strings.Contains(args, " -k") {
		first = entries[len(entries)-1].BootID
	}
	for i := range whole {
		if back && !strings.HasPrefix(names, both) {
			i = len(whole) - 1 - i
		}
		rec, e := whole[i], &entries[i]
		if strings.Contains(args, " -k") && (e.Field("_TRANSPORT") != "kernel" || e.BootID != entries[len(entries)-1].BootID) {
			continue
		}
		rec.Msg = bytes.Clone(rec.Msg)
		for _, l := range all {
			if slices.Contains(strings.Fields(names), l.name) {
				l.of(&rec, e)
			}
		}
		if rec.Shape == missing {
			continue
		}
		if e.BootID != first {
			rec.BootID = e.BootID
		}
		if strings.HasPrefix(names, both) && last != "" && last != e.BootID && !back {
			want = append(want, "-- Boot "+e.BootID+" --")
		}
		last = e.BootID
		want = append(want, show(&rec))
	}
	return want
}

// show writes all that is compared of a record.
func show(rec *event.Record) string {
	if isBoot(rec) {
		return string(rec.Msg)
	}
	var b strings.Builder
	for _, st := range rec.Stamps {
		if st.Clock != event.None {
			fmt.Fprintf(&b, "%s/%s late=%v lower=%v, ", st, st.Step, st.Late, st.Lower)
		}
	}
	fmt.Fprintf(&b, "%s[%d]@%s boot %s unit %s from %v: %q", rec.Speaker, rec.PID, rec.Host, rec.BootID, rec.Unit, rec.From, rec.Msg)
	return b.String()
}

func sameLines(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %d records, want %d", len(got), len(want))
	}
	wrong := 0
	for i := range min(len(got), len(want)) {
		if got[i] == want[i] {
			continue
		}
		if wrong++; wrong > 10 {
			t.Fatal("and more")
		}
		t.Errorf("record %d is\n     %.400s\nwant %.400s", i, got[i], want[i])
	}
}

// printed returns a file of what journalctl prints.
func printed(t *testing.T, file, args string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, journald.Print(t, file, strings.Fields(args)...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// recordsOf reads a file, and returns its records.
func recordsOf(t *testing.T, file string) (all []event.Record) {
	t.Helper()
	readFile(t, file, Options{EveryLine: true, Trace: func(rec *event.Record) {
		kept := *rec
		kept.Msg = bytes.Clone(rec.Msg)
		all = append(all, kept)
	}})
	return all
}

// victimsOf reads a file as users do, and returns whom the kernel killed.
func victimsOf(t *testing.T, file string) (all []string) {
	t.Helper()
	for _, e := range readFile(t, file, Options{}).Events {
		if d, ok := e.Body.(*event.OOMDump); ok {
			for _, v := range d.Victims {
				all = append(all, fmt.Sprintf("%d %q %d kB", v.PID, v.Comm, v.AnonRSSKB))
			}
		}
	}
	return all
}

func readFile(t *testing.T, file string, o Options) event.Log {
	t.Helper()
	units, problems, err := input.Find([]string{file}, nil)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	logs, err := Read(t.Context(), units, o)
	if err != nil {
		t.Fatal(err)
	}
	return logs[0]
}
