package correlate_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"oomtrace/correlate/report"
	"oomtrace/parsers"
	"oomtrace/parsers/input"
)

// packers write the logs of a case into one file.
var packers = map[string]func(t *testing.T, w io.Writer, logs []file){
	"tar": packTar,
	"tar.gz": func(t *testing.T, w io.Writer, logs []file) {
		packInto(t, gzip.NewWriter(w), logs)
	},
	"tar.zst": func(t *testing.T, w io.Writer, logs []file) {
		z, err := zstd.NewWriter(w)
		must(t, err)
		packInto(t, z, logs)
	},
	"tar.xz": func(t *testing.T, w io.Writer, logs []file) {
		z, err := xz.WriterConfig{DictCap: 1 << 20}.NewWriter(w)
		must(t, err)
		packInto(t, z, logs)
	},
	"zip": func(t *testing.T, w io.Writer, logs []file) {
		z := zip.NewWriter(w)
		for _, f := range logs {
			m, err := z.Create(f.path)
			must(t, err)
			m.Write(f.data)
		}
		must(t, z.Close())
	},
}

func packInto(t *testing.T, w io.WriteCloser, logs []file) {
	t.Helper()
	packTar(t, w, logs)
	must(t, w.Close())
}

func packTar(t *testing.T, w io.Writer, logs []file) {
	t.Helper()
	z := tar.NewWriter(w)
	for _, f := range logs {
		must(t, z.WriteHeader(&tar.Header{Name: f.path, Size: int64(len(f.data)), Mode: 0o644}))
		z.Write(f.data)
	}
	must(t, z.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAnArchiveTellsWhatItsFolderTells: the report is the same but for the paths, and
// for the line on the archive itself.
func TestAnArchiveTellsWhatItsFolderTells(t *testing.T) {
	every(t, func(t *testing.T, logs []file, want *report.Report) {
		for kind, pack := range packers {
			var b bytes.Buffer
			pack(t, &b, logs)
			name := "case." + kind
			got := correlated(t, []input.Unit{input.Bytes(name, func() (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(b.Bytes())), nil
			})}, parsers.Options{})
			archive := got.Inputs[0]
			if got.Inputs = got.Inputs[1:]; archive.Path != name || archive.Format != kind[:3] || archive.Bytes != int64(b.Len()) || archive.Problems != 0 {
				t.Errorf("%s: the first input is %+v, want the archive of %d bytes", kind, archive, b.Len())
			}
			if got, want := strings.ReplaceAll(written(t, got), name+"!", ""), written(t, want); got != want {
				t.Errorf("%s: %s", kind, differ(got, want))
			}
		}
	})
}
