package parsers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"oomtrace/parsers/input"
)

// FuzzRows reads documents and tables of records that nobody would write.
func FuzzRows(f *testing.F) {
	for _, text := range []string{
		`{"hits":{"hits":[{"_source":{"message":"Killed process 1","@timestamp":"2026-11-23T09:01:41Z","host":{"name":"h"}}}]}}`,
		`{"data":{"resultType":"streams","result":[{"stream":{"pod":"p"},"values":[["1795424501563000000","a"],["x"]]}]}}`,
		`{"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"p"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"a"}}]}]}]}`,
		`{"tables":[{"columns":[{"name":"TimeGenerated"},{"name":"SyslogMessage"}],"rows":[["a","b"],[1,{}]]}]}`,
		"[\n{\"textPayload\":\"a\"},]]}{[\n",
		`[[{"field":"@message","value":"a"}]]`,
		"sep=,\n@timestamp,@message\n2026-11-23 09:01:41.563,\"a\n\"\"b\"\"\"\nx",
		"Common labels: {\"a\":\"b\"}\n\n1795424501563\t2026-11-23T09:01:41.563Z\ta\nb\n",
		`{"log":"a","kubernetes":{"pod_name":"p"},"date":1795424503}` + "\n" + `{"log":"b","kubernetes":{"pod_name":"p"},"date":1795424502}` + "\n" + `{"log":"c","kubernetes":{"pod_name":"p"},"date":1795424501}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		u := input.Bytes("f", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
		logs, err := Read(context.Background(), []input.Unit{u}, Options{})
		if err != nil || len(logs[0].Events) > len(data) {
			t.Errorf("%v, %d events of %d bytes", err, len(logs[0].Events), len(data))
		}
	})
}

// TestRowsAreReadWithinBounds reads documents and tables that claim much.
func TestRowsAreReadWithinBounds(t *testing.T) {
	many := strings.Repeat(`"a":"b",`, 1<<20)
	for name, c := range map[string]struct {
		text     string
		msgs     int
		problems string
	}{
		"fields that all have in common": {`{"data":{"resultType":"streams","values":0,` + many + `"result":[{"stream":{"pod":"p"},"values":[["1795424501563000000","hi"]]}]}}`, 1, ""},
		"a record of many fields":        {`[{"textPayload":"hi",` + many + `"z":1},{"textPayload":"two"}]`, 1, "1: broken-json"},
		"nested deep":                    {`[{"textPayload":"hi"},` + strings.Repeat("[", 1<<20), 1, "1: broken-json"},
		"objects within objects":         {`{"events":"logStreamName",` + strings.Repeat(`"data":{`, 1<<20), 0, "1: broken-json"},
		"a quote without an end":         {"@timestamp,@message\n1795424501563,\"hi\n" + strings.Repeat(strings.Repeat("x", 99)+"\n", 1<<14), 1, "2: broken-table"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			log, msgs := readAll(t, strings.NewReader(c.text))
			runtime.ReadMemStats(&after)
			if got := problemsOf(log); got != c.problems {
				t.Errorf("got problems %q, want %q", got, c.problems)
			}
			if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 64 || len(msgs) != c.msgs {
				t.Errorf("%d MiB were allocated for %d records, want 64 at most and %d records", got, len(msgs), c.msgs)
			}
		})
	}
}

// TestALogThatGoesBackIsOpenedOnce: what an envelope leaves in the message is not
// taken for a time once more.
func TestALogThatGoesBackIsOpenedOnce(t *testing.T) {
	var text strings.Builder
	for second := 30; second > 20; second-- {
		fmt.Fprintf(&text, "Nov 23 09:01:%d node-1 containerd[7]: time=\"2026-11-23T09:01:%[1]d.645786286Z\" level=info msg=\"x\"\n", second)
	}
	_, msgs := readAll(t, strings.NewReader(text.String()))
	if want := `10:node-1:time="2026-11-23T09::56`; len(msgs) != 10 || msgs[0] != want {
		t.Errorf("got %q, want the first one %q", msgs, want)
	}
}
