package parsers

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"oomtrace/parsers/input"
)

const inspected = `{"Id":"81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f","Path":"sh","Args":[],"State":{"Status":"exited","OOMKilled":true,"ExitCode":137,"FinishedAt":"2026-11-23T09:01:44Z"},"Name":"/web"}`

func TestInspect(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		events   int
		problems string
	}{
		"an array":                  {"[\n" + inspected + ",\n" + inspected + "\n]\n", 2, ""},
		"objects in lines":          {inspected + "\n" + inspected + "\n", 2, ""},
		"two commands in one file":  {"[" + inspected + "]\n[" + inspected + "]\n", 2, ""},
		"cut behind an object":      {"[\n" + inspected + ",\n", 1, "2: broken-json"},
		"cut in an object":          {"[\n" + inspected + ",\n" + inspected[:150], 1, "3: broken-json"},
		"an object of another type": {"[" + inspected + `,{"Id":7,"State":[]},{}]`, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			log, _ := readAll(t, strings.NewReader(c.text))
			if log.Format != "inspect" || log.Source != "runtime" || len(log.Events) != c.events || problemsOf(log) != c.problems {
				t.Errorf("got %s of %s, %d events, problems %q; want %d and %q", log.Format, log.Source, len(log.Events), problemsOf(log), c.events, c.problems)
			}
		})
	}
}

// FuzzInspect reads objects of docker's and others' that nobody would write.
func FuzzInspect(f *testing.F) {
	f.Add([]byte("[" + inspected + "," + inspected + "]"))
	f.Add([]byte(`{"containers":[{"podSandboxId":"","metadata":{}},` + "]]}{[\n"))
	f.Add([]byte(`{"status":{"metadata":{},"state":"CONTAINER_EXITED","createdAt":""}}x`))
	f.Fuzz(func(t *testing.T, data []byte) {
		u := input.Bytes("f", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
		logs, err := Read(context.Background(), []input.Unit{u}, Options{})
		if err != nil || len(logs[0].Events) > len(data) {
			t.Errorf("%v, %d events of %d bytes", err, len(logs[0].Events), len(data))
		}
	})
}
