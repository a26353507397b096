package parsers_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// TestALogThatEndsAnywhere cuts a log at each of its last bytes: what is told of
// the victim is what the whole log tells, or is left out.
func TestALogThatEndsAnywhere(t *testing.T) {
	data, err := os.ReadFile("kernel/testdata/eras/6.1-ppc64le-64k-memcg/log.txt")
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.TrimRight(data, "\n")
	whole := victimOf(t, data)
	if whole == nil {
		t.Fatal("the log names no victim")
	}
	named := 0
	for at := max(0, len(data)-900); at < len(data); at++ {
		v := victimOf(t, data[:at])
		if v == nil {
			continue
		}
		named++
		if v.PID != whole.PID || v.Comm != "" && v.Comm != whole.Comm || v.AdjPrinted && v.OOMScoreAdj != whole.OOMScoreAdj ||
			v.UID != event.NotPrinted && v.UID != whole.UID || v.AnonRSSKB != event.NotPrinted && v.AnonRSSKB != whole.AnonRSSKB {
			t.Fatalf("up to byte %d: %+v, want %+v\n%s", at, *v, *whole, data[max(0, at-200):at])
		}
	}
	if named == 0 {
		t.Error("no cut log names the victim")
	}
}

// victimOf returns the first victim that a log names, nil if it names none.
func victimOf(t *testing.T, data []byte) *event.Victim {
	t.Helper()
	unit := input.Bytes("log", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
	logs, err := parsers.Read(t.Context(), []input.Unit{unit}, parsers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range logs[0].Events {
		if d, ok := e.Body.(*event.OOMDump); ok && len(d.Victims) > 0 {
			return &d.Victims[0]
		}
	}
	return nil
}
