package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTimeKeepsTheDigitsOfItsEvidence(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 1, 41, 482562123, time.FixedZone("", 3600))
	for step, want := range map[time.Duration]string{
		time.Nanosecond:        "2026-11-23T08:01:41.482562123Z",
		time.Microsecond:       "2026-11-23T08:01:41.482562Z",
		time.Millisecond:       "2026-11-23T08:01:41.482Z",
		10 * time.Millisecond:  "2026-11-23T08:01:41.48Z",
		time.Second:            "2026-11-23T08:01:41Z",
		time.Minute:            "2026-11-23T08:01:41Z",
		500 * time.Millisecond: "2026-11-23T08:01:41.4Z",
	} {
		b, err := json.Marshal(At(at, step))
		if got := strings.Trim(string(b), `"`); err != nil || got != want {
			t.Errorf("step %v: got %s, %v, want %s", step, got, err, want)
		}
		var back Time
		if err := json.Unmarshal(b, &back); err != nil || back.String() != want {
			t.Errorf("step %v: read back as %s, %v", step, back, err)
		}
	}
}

func TestTimeRefusesWhatIsNone(t *testing.T) {
	for _, s := range []string{`1`, `""`, `"today"`, `"2026-11-23"`, `{`} {
		var at Time
		if json.Unmarshal([]byte(s), &at) == nil {
			t.Errorf("%s was read as %v", s, at)
		}
	}
	if _, err := json.Marshal(At(time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC), time.Second)); err == nil {
		t.Error("a year of five digits was written")
	}
}

func TestAReportReadAndWrittenAgainIsTheSame(t *testing.T) {
	unit := "web.service"
	r := &Report{Schema: Schema, Incidents: []Incident{{ID: "oom-1", Kind: "memcg", Unit: &unit, Time: When{Kill: At(time.Unix(1e9, 5e8), time.Millisecond)}, Timeline: []Entry{{Text: "<b>&\u2028\x1b"}}}}}
	var a, b bytes.Buffer
	if err := r.Write(&a); err != nil {
		t.Fatal(err)
	}
	back, err := Read(bytes.NewReader(a.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := back.Write(&b); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Errorf("got\n%s\nwant\n%s", &b, &a)
	}
	if bytes.IndexByte(a.Bytes(), 0x1b) >= 0 {
		t.Error("an escape character passes through")
	}
}

func ExampleAt() {
	at := time.Date(2026, 11, 23, 9, 1, 41, 482562000, time.UTC)
	fmt.Println(At(at, time.Second), At(at, time.Millisecond))
	// Output: 2026-11-23T09:01:41Z 2026-11-23T09:01:41.482Z
}
