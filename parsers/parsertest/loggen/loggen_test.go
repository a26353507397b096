package loggen

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func write(t *testing.T, l Log) (string, Truth) {
	t.Helper()
	var b bytes.Buffer
	truth, err := l.Write(&b)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), truth
}

func TestWriteTellsTheTruth(t *testing.T) {
	for _, form := range []Form{Syslog, JournalJSON, Export, CRI} {
		text, truth := write(t, Log{Form: form, Bytes: 1 << 20, Every: 200})
		want := Truth{
			Bytes:  int64(len(text)),
			Lines:  int64(strings.Count(text, "\n")),
			Kills:  strings.Count(text, "Killed process"),
			Deaths: strings.Count(text, "exited unexpectedly (code -9)"),
		}
		if form == Export {
			want.Lines = int64(strings.Count(text, "\n\n"))
		}
		if truth != want {
			t.Errorf("%s: Write says %+v, the text has %+v", form, truth, want)
		}
		if truth.Deaths == 0 || (truth.Kills == 0) != (form == CRI) {
			t.Errorf("%s: %+v", form, truth)
		}
	}
}

func TestSeedDecides(t *testing.T) {
	for _, form := range []Form{Syslog, JournalJSON, Export, CRI} {
		one, _ := write(t, Log{Form: form, Seed: 1, Bytes: 1 << 16})
		again, _ := write(t, Log{Form: form, Seed: 1, Bytes: 1 << 16})
		other, _ := write(t, Log{Form: form, Seed: 2, Bytes: 1 << 16})
		if one != again || one == other {
			t.Errorf("%s: the same seed gives the same bytes: %v, another seed the same: %v", form, one == again, one == other)
		}
	}
}

func TestJournalIsJSON(t *testing.T) {
	text, _ := write(t, Log{Form: JournalJSON, Bytes: 1 << 20, Every: 100})
	for line := range strings.Lines(text) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("not JSON: %s", line)
		}
	}
}

type full struct{}

var errFull = errors.New("no space")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteReturnsTheError(t *testing.T) {
	if _, err := (Log{Form: Syslog, Bytes: 1 << 20}).Write(full{}); !errors.Is(err, errFull) {
		t.Errorf("error is %v, want %v", err, errFull)
	}
}
