package render

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oomtrace/correlate/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// examples returns the reports in testdata by name.
func examples(t testing.TB) map[string]*report.Report {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no reports in testdata: %v", err)
	}
	rs := make(map[string]*report.Report)
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := report.Read(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		rs[strings.TrimSuffix(filepath.Base(path), ".json")] = r
	}
	return rs
}

// written returns r in a format.
func written(t testing.TB, format string, r *report.Report, o Options) string {
	t.Helper()
	f, ok := ByName(format)
	if !ok {
		t.Fatalf("no format %q", format)
	}
	var b bytes.Buffer
	if err := f.Write(&b, r, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, r := range examples(t) {
		for _, f := range Formats {
			t.Run(name+"/"+f.Name, func(t *testing.T) {
				path := filepath.Join("testdata", name+f.Extensions[0])
				got := written(t, f.Name, r, Options{})
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s differs (-update rewrites it); got:\n%s", path, got)
				}
			})
		}
	}
}

func TestReportIsLeftAlone(t *testing.T) {
	for name, r := range examples(t) {
		before := written(t, "json", r, Options{})
		written(t, "table", r, Options{})
		written(t, "markdown", r, Options{})
		if written(t, "json", r, Options{}) != before {
			t.Errorf("%s: writing it changed it", name)
		}
	}
}

func TestColor(t *testing.T) {
	for name, r := range examples(t) {
		plain := written(t, "table", r, Options{})
		colored := written(t, "table", r, Options{Color: true})
		if !strings.Contains(colored, "\x1b[") {
			t.Errorf("%s: no colour", name)
		}
		if uncolored(colored) != plain {
			t.Errorf("%s: without its colours it differs from the plain one:\n%s", name, uncolored(colored))
		}
	}
}

// uncolored takes from s the escapes that a palette writes, and no others.
func uncolored(s string) string {
	s = strings.ReplaceAll(s, "\x1b[0m", "")
	for _, e := range escapes {
		if e != "" {
			s = strings.ReplaceAll(s, e, "")
		}
	}
	return s
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"report.txt", "table"},
		{"a.b/report.json", "json"},
		{"REPORT.MD", "markdown"},
		{"report.markdown", "markdown"},
		{"report.html", ""},
		{"json", ""},
		{"", ""},
	} {
		if f, ok := ByExtension(tt.path); f.Name != tt.want || ok != (tt.want != "") {
			t.Errorf("ByExtension(%q) = %q, %v; want %q", tt.path, f.Name, ok, tt.want)
		}
	}
	for _, f := range Formats {
		if got, ok := ByName(f.Name); !ok || got.Name != f.Name {
			t.Errorf("ByName(%q) = %q, %v", f.Name, got.Name, ok)
		}
	}
	if _, ok := ByName("yaml"); ok {
		t.Error("ByName(yaml) found something")
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	for _, f := range Formats {
		if err := f.Write(fullDisk{}, new(report.Report), Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s on a full disk: %v", f.Name, err)
		}
	}
}
