// Package journald has systemd's own programs write and print journals, for tests
// and benchmarks.
//
// In come entries; out come the files that systemd-journal-remote, or a
// systemd-journald of the test's own, writes of them, and what journalctl prints
// of such files. The machine's own journal is neither read nor touched. What is
// to be expected is left to the tests.
package journald

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// requiredEnv says, where it is "required", that a test fails and is not skipped
// where a program is missing.
const requiredEnv = "OOMTRACE_JOURNALCTL"

// Required reports whether the machine has to have all that tests ask for.
func Required() bool { return os.Getenv(requiredEnv) == "required" }

// Need skips the test where systemd's programs are not installed.
func Need(tb testing.TB) {
	tb.Helper()
	for _, name := range []string{"journalctl", "systemd-journal-remote"} {
		if program(name) == "" {
			missing(tb, name+" is not installed: want the Debian packages systemd and systemd-journal-remote")
		}
	}
}

// Version returns the version of systemd that journalctl is of: 252, 257.
func Version(tb testing.TB) (version int) {
	tb.Helper()
	out, err := exec.Command(program("journalctl"), "--version").Output()
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(out), "systemd %d", &version); err != nil {
		tb.Fatalf("journalctl --version prints %q: %v", out, err)
	}
	return version
}

func missing(tb testing.TB, text string) {
	tb.Helper()
	if Required() {
		tb.Fatal(text)
	}
	tb.Skip(text)
}

// program returns the path of a program, "" if there is none. Those that only
// services start are in no PATH.
func program(name string) string {
	for _, path := range []string{name, "/usr/lib/systemd/" + name, "/lib/systemd/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	return ""
}

// An Entry is one that is to be written.
type Entry struct {
	Realtime, Monotonic uint64   // µs since 1970 and since boot
	BootID              string   // 32 hex digits
	Fields              []string // NAME=value
}

// Field returns the value of the first field of a name, "" if there is none.
func (e *Entry) Field(name string) string {
	for _, f := range e.Fields {
		if value, ok := strings.CutPrefix(f, name+"="); ok {
			return value
		}
	}
	return ""
}

// AppendExport appends the entry as journalctl -o export writes it, a value of
// several lines with its length before it.
func (e *Entry) AppendExport(b []byte) []byte {
	b = fmt.Appendf(b, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%s\n", e.Realtime, e.Monotonic, e.BootID)
	return append(appendFields(b, e.Fields), '\n')
}

func appendFields(b []byte, fields []string) []byte {
	for _, f := range fields {
		if name, value, _ := strings.Cut(f, "="); strings.Contains(value, "\n") {
			b = append(append(b, name...), '\n')
			b = binary.LittleEndian.AppendUint64(b, uint64(len(value)))
			f = value
		}
		b = append(append(b, f...), '\n')
	}
	return b
}

// Export returns entries as journalctl -o export writes them.
func Export(entries []Entry) []byte {
	var b []byte
	for i := range entries {
		b = entries[i].AppendExport(b)
	}
	return b
}

// Write has systemd-journal-remote write what it reads from export to a journal:
// a file, or files in a folder. An option is an argument, as --compress=no, or a
// variable of its environment, as SYSTEMD_JOURNAL_COMPACT=0.
func Write(tb testing.TB, path string, export io.Reader, options ...string) {
	tb.Helper()
	cmd := exec.Command(program("systemd-journal-remote"), "-o", path)
	cmd.Env = os.Environ()
	for _, o := range options {
		if strings.HasPrefix(o, "-") {
			cmd.Args = append(cmd.Args, o)
		} else {
			cmd.Env = append(cmd.Env, o)
		}
	}
	cmd.Args = append(cmd.Args, "-")
	cmd.Stdin = export
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// New returns the path of a new journal of the entries.
func New(tb testing.TB, entries []Entry, options ...string) string {
	tb.Helper()
	dir := tb.TempDir()
	path := filepath.Join(dir, "out.journal")
	Write(tb, path, bytes.NewReader(Export(entries)), options...)
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		tb.Fatalf("systemd-journal-remote wrote %d files, want one: %v", len(files), err)
	}
	return path
}

// Print returns what journalctl prints of a file. Arguments are as Write's
// options; without one the locale is C and the zone UTC.
func Print(tb testing.TB, file string, args ...string) []byte {
	tb.Helper()
	cmd := exec.Command(program("journalctl"), "--file", file)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	for _, a := range args {
		if name, _, ok := strings.Cut(a, "="); ok && strings.ToUpper(name) == name {
			cmd.Env = append(cmd.Env, a)
		} else {
			cmd.Args = append(cmd.Args, a)
		}
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.Bytes())
	}
	return out
}
