package parsers

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// TestBootLines reads of which boot a kill was from the lines that journalctl prints
// between two, and passes over what looks like one.
func TestBootLines(t *testing.T) {
	const (
		killed = "kernel: Out of memory: Killed process 7 (a) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:8kB oom_score_adj:0\n"
		line   = "-- Boot d0d2e5a9f4a14c0e9b1a52f0c1e7a002 --\n"
		id     = "d0d2e5a9f4a14c0e9b1a52f0c1e7a002"
	)
	for name, c := range map[string]struct{ text, want string }{
		"short":                 {"Nov 01 05:15:04 node-1 " + killed + line + "Nov 01 05:46:43 node-1 " + killed, fmt.Sprint([]string{"", id})},
		"short-monotonic":       {"[    5.000000] node-1 " + killed + line + "[    6.000000] node-1 " + killed, fmt.Sprint([]string{"", id})},
		"before the first line": {line + "[    6.000000] node-1 " + killed, fmt.Sprint([]string{id})},
		"within a message":      {"Nov 01 05:15:04 node-1 app[7]: x\n                             " + line + "Nov 01 05:46:43 node-1 " + killed, fmt.Sprint([]string{""})},
		"no id":                 {"Nov 01 05:15:04 node-1 app[7]: x\n-- Boot d0d2 --\n-- Boot menu\nNov 01 05:46:43 node-1 " + killed, fmt.Sprint([]string{""})},
		"dmesg":                 {"[    5.000000] Linux version 6.1\n" + line + "[    6.000000] Out of memory: Killed process 7 (a) total-vm:1kB\n", fmt.Sprint([]string{""})},
	} {
		for _, every := range []bool{false, true} {
			unit := input.Bytes("log", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(c.text)), nil })
			logs, err := Read(t.Context(), []input.Unit{unit}, Options{EveryLine: every})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, e := range logs[0].Events {
				if _, ok := e.Body.(*event.OOMDump); ok {
					ids = append(ids, e.BootID)
				}
			}
			if got := fmt.Sprint(ids); got != c.want {
				t.Errorf("%s, every line %v: got the boots %s, want %s", name, every, got, c.want)
			}
		}
	}
}
