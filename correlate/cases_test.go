package correlate_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oomtrace/correlate"
	"oomtrace/correlate/report"
	"oomtrace/parsers"
	"oomtrace/parsers/input"
)

const incidents = "../testdata/incidents"

// every runs a test on the logs and the report of every case.
func every(t *testing.T, test func(t *testing.T, logs []file, want *report.Report)) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logs := files(t, name)
			test(t, logs, analyze(t, logs, parsers.Options{}, whole))
		})
	}
}

// A file is one log of a case, under the name that its report has for it.
type file struct {
	path string
	data []byte
	text bool // lines, each a record or a part of one
}

// line returns line n, which counts from 1.
func (f file) line(n int) string {
	for line := range bytes.Lines(f.data) {
		if n--; n == 0 {
			return string(line)
		}
	}
	return ""
}

// cut returns the file in two parts, cut at the first end of a line behind a
// part of its size; whole where it is no text.
func (f file) cut(part, of int) []file {
	from := len(f.data) * part / of
	i := bytes.IndexByte(f.data[from:], '\n')
	if !f.text || i < 0 || from+i+1 == len(f.data) {
		return []file{f}
	}
	from += i + 1
	return []file{{f.path, f.data[:from], true}, {path.Join("rest", f.path), f.data[from:], true}}
}

// cases returns the names of the cases.
func cases(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(incidents)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%s: %v, %d cases", incidents, err, len(entries))
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// files returns the logs of a case in the order in which they are found.
func files(t *testing.T, name string) (logs []file) {
	t.Helper()
	root := os.DirFS(filepath.Join(incidents, name))
	units, _, err := input.Find([]string{filepath.Join(incidents, name, "logs")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		rel, err := filepath.Rel(filepath.Join(incidents, name), u.Path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := fs.ReadFile(root, filepath.ToSlash(rel))
		if err != nil {
			t.Fatal(err)
		}
		logs = append(logs, file{filepath.ToSlash(rel), data, isText(rel)})
	}
	return logs
}

// isText reports whether a log is lines: objects and binary journals are not.
func isText(path string) bool {
	return !slices.Contains([]string{".json", ".yaml", ".gz"}, filepath.Ext(path)) && !strings.Contains(path, "kubectl-")
}

func whole(r io.Reader) io.Reader { return r }

// analyze returns the report on logs that are read through a reader of one's own.
func analyze(t *testing.T, logs []file, o parsers.Options, through func(io.Reader) io.Reader) *report.Report {
	t.Helper()
	var units []input.Unit
	for _, f := range logs {
		units = append(units, input.Bytes(f.path, func() (io.ReadCloser, error) {
			return io.NopCloser(through(bytes.NewReader(f.data))), nil
		}))
	}
	return correlated(t, units, o)
}

func correlated(t *testing.T, units []input.Unit, o parsers.Options) *report.Report {
	t.Helper()
	logs, err := parsers.Read(t.Context(), units, o)
	if err != nil {
		t.Fatal(err)
	}
	return correlate.Correlate(logs, correlate.Options{Version: "0.0.0"})
}

// written returns a report as JSON.
func written(t *testing.T, r *report.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// differ returns the first line in which got is not want, of both.
func differ(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	n := 0
	for n < len(g) && n < len(w) && g[n] == w[n] {
		n++
	}
	at := func(s []string) string { return strings.Join(s[min(n, len(s)):min(n+1, len(s))], "") }
	return fmt.Sprintf("line %d is\n%s, want\n%s", n+1, at(g), at(w))
}
