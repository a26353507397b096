package parsers

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"oomtrace/parsers/input"
	"oomtrace/parsers/paste"
)

// TestWellFormedFilesAreNotMended checks that nothing is taken back in a log that
// nobody copied: so it is read as it is.
func TestWellFormedFilesAreNotMended(t *testing.T) {
	n := 0
	err := filepath.WalkDir("../testdata/incidents", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		s, err := input.Plain(f)
		if err != nil || isBinary(s.Head) {
			return nil
		}
		defer s.Close()
		n++
		if m := paste.Sniff(s.Head, looks); m != nil {
			t.Errorf("%s is mended: %+v", path, m)
		}
		return nil
	})
	if err != nil || n < 50 {
		t.Errorf("%d files were looked at, error %v; want 50 at least", n, err)
	}
}
