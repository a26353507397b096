package parsers_test

import (
	"io"
	"strings"
	"testing"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// TestKubectlPaste: what was pasted between kubectl's tables is read as in any text,
// but for what a container put out, which is never the kernel's word; and what a
// container put out is no table of kubectl's.
func TestKubectlPaste(t *testing.T) {
	const kill = "[ 4711.100000] Memory cgroup out of memory: Killed process 77 (db) total-vm:174240kB, anon-rss:162944kB, file-rss:5364kB, shmem-rss:0kB, UID:0 pgtables:376kB oom_score_adj:998\n"
	const table = "$ kubectl get pods\nNAME    READY   STATUS      RESTARTS     AGE\ndb-0    0/1     OOMKilled   4 (3m ago)   21h\n"
	for _, c := range []struct {
		name, text string
		from       *event.Container
		want       string // the roles of the events
	}{
		{"a table", table, nil, "counted"},
		{"dmesg behind it", table + "$ dmesg\n" + kill, nil, "counted kill"},
		{"dmesg before another", table + kill + table, nil, "counted kill counted"},
		{"kubectl logs behind it", table + "$ kubectl logs db-0\n" + kill, nil, "counted"},
		{"what can be a prompt of its own", table + "$ kubectl logs db-0\nx\n$ dmesg\n" + kill, nil, "counted"},
		{"a container's output", table + kill, &event.Container{Name: "ops", Restart: event.NotPrinted}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := input.Bytes("paste.txt", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(c.text)), nil })
			u.From = c.from
			logs, err := parsers.Read(t.Context(), []input.Unit{u}, parsers.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range logs[0].Events {
				got = append(got, e.Body.Role().String())
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(logs[0].Covers) > 0 {
				t.Errorf("a paste covers %v, want nothing", logs[0].Covers)
			}
		})
	}
}
