package correlate_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"oomtrace/parsers"
	"oomtrace/parsers/input"
	"oomtrace/parsers/parsertest/journald"
)

// TestRotatedJournals writes a kernel's log into two binary journals, as journald
// does where it rotates one in the middle of a report, and reads the two.
func TestRotatedJournals(t *testing.T) {
	journald.Need(t)
	text, err := os.ReadFile(filepath.Join(incidents, "two-pods/logs/messages"))
	if err != nil {
		t.Fatal(err)
	}
	var entries []journald.Entry
	for _, m := range regexp.MustCompile(`(?m)kernel: \[\s*(\d+)\.(\d{6})\] (.*)$`).FindAllStringSubmatch(string(text), -1) {
		var since uint64
		if _, err := fmt.Sscan(m[1]+m[2], &since); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, journald.Entry{Realtime: 1795424000_000000 + since, Monotonic: since, BootID: "1d0a7b8f7e9c4f3a8a51c1b2f4a0c9aa",
			Fields: []string{"_TRANSPORT=kernel", "SYSLOG_IDENTIFIER=kernel", "_HOSTNAME=node-1", fmt.Sprintf("_SOURCE_MONOTONIC_TIMESTAMP=%d", since), "MESSAGE=" + m[3]}})
	}
	for _, cut := range []int{3, 40, 60, 79} {
		dir := t.TempDir()
		for name, part := range map[string][]journald.Entry{
			"system@2f1cf751e6a74a71baeb1d5b662ebb89-000000000000503a-000660f22d1d764d.journal": entries[:cut],
			"system.journal": entries[cut:],
		} {
			journald.Write(t, filepath.Join(dir, name), bytes.NewReader(journald.Export(part)))
		}
		units, _, err := input.Find([]string{dir}, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		r := correlated(t, units, parsers.Options{})
		if len(r.Incidents) != 2 || len(kills(r)) != 2 || r.Incidents[0].Trigger == nil || len(r.Incidents[0].Tasks) != 4 {
			t.Errorf("cut behind line %d: %d incidents, kills %v; want two with one each, the first one with its head and its table of 4", cut, len(r.Incidents), kills(r))
		}
	}
}
