package parsers

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest/journald"
	"oomtrace/parsers/parsertest/loggen"
)

// TestEveryEntry holds the reading of binary journals that searches for literals
// against the one that makes a record of every entry.
func TestEveryEntry(t *testing.T) {
	for _, file := range []string{"lines/journal/testdata/system.journal.gz", "../testdata/incidents/group-kill/logs/node.journal.gz"} {
		t.Run(filepath.Base(file), func(t *testing.T) { sameEntries(t, file) })
	}
	t.Run("written", func(t *testing.T) {
		journald.Need(t)
		for seed := range uint64(2) {
			var export bytes.Buffer
			truth, err := loggen.Log{Form: loggen.Export, Seed: seed, Bytes: 2 << 20, Every: 300}.Write(&export)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "out.journal")
			journald.Write(t, file, &export)
			log := sameEntries(t, file)
			if kills := len(victimsOf(t, file)); kills != truth.Kills || log.Lines != truth.Lines {
				t.Errorf("got %d kills in %d entries, want %+v", kills, log.Lines, truth)
			}
		}
		sameEntries(t, journald.New(t, journalEntries(t)))
		sameEntries(t, journald.New(t, quietEntries(t)))
	})
}

// quietEntries are many of no interest, with some behind them that are, also where
// nothing in them tells: whose a process was that a daemon kills later, half a name
// that was cut at its newline, and the last entry of all.
func quietEntries(t *testing.T) []journald.Entry {
	w := &journalWriter{since: 5_000_000}
	quiet := func() {
		for i := range 200 {
			w.kernel(fmt.Sprintf("eth0: link is up %d", i))
			w.says("worker", 7000+i, fmt.Sprintf("request %d", i))
		}
	}
	quiet()
	w.says("earlyoom", 500, "sending SIGKILL to process 7150 uid 0 \"worker\": badness 1184, VmRSS 279 MiB")
	w.report(t, "newline-5.10-busybox.txt")
	quiet()
	w.says("late", 9, "A name that was not heard before.")
	w.says(strings.Repeat("n", maxNameHeard+1), 10, "A name that is too long to be one.")
	quiet()
	return w.entries
}

// sameEntries reads a file in both ways and returns the log.
func sameEntries(t *testing.T, file string) event.Log {
	t.Helper()
	searched, all := readFile(t, file, Options{}), readFile(t, file, Options{EveryLine: true})
	if len(searched.Events) == 0 && len(all.Events) == 0 {
		t.Error("there are no events")
	}
	if !reflect.DeepEqual(searched.Events, all.Events) {
		t.Errorf("the events are %+v, with every entry %+v", searched.Events, all.Events)
	}
	if !reflect.DeepEqual(searched.Problems, all.Problems) {
		t.Errorf("the problems are %v, with every entry %v", searched.Problems, all.Problems)
	}
	told := func(l event.Log) string {
		return fmt.Sprintf("%s of %s at %s, kernel %v, %d lines, from %v to %v, covers %v", l.Format, l.Source, l.Node, l.Kernel, l.Lines, l.First, l.Last, l.Covers)
	}
	if got, want := told(searched), told(all); got != want {
		t.Errorf("the log is %s, with every entry %s", got, want)
	}
	return searched
}
