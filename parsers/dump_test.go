package parsers

import (
	"fmt"
	"strings"
	"testing"
)

const (
	nodeList = `{"kind": "NodeList", "apiVersion": "v1", "items": []}` + "\n"
	began    = "==== START logs for container worker of pod imaging/imgproc-0 ====\n"
	ended    = "==== END logs for container worker of pod imaging/imgproc-0 ====\n"
	gone     = "[2026-11-23 09:29:11,921] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 3 exited unexpectedly (code -9). Shutting down...\n"
	killLine = "[  100.000000] Memory cgroup out of memory: Killed process 14622 (python3) total-vm:1124728kB, anon-rss:754984kB, file-rss:6820kB, shmem-rss:0kB, UID:0 pgtables:1636kB oom_score_adj:969\n"
)

// What stands between the marks of a dump is a container's output, whatever it is.
func TestDump(t *testing.T) {
	for name, c := range map[string]struct {
		text, format string
		want         string // line, body and pod of each event
	}{
		"a stream":            {nodeList + began + gone + ended, "kubernetes-json", "3 WorkerExit imgproc-0"},
		"a file of a pod":     {began + gone + ended, "cluster-info-dump", "2 WorkerExit imgproc-0"},
		"CR LF":               {strings.ReplaceAll(began+gone+ended, "\n", "\r\n"), "cluster-info-dump", "2 WorkerExit imgproc-0"},
		"without an end":      {nodeList + began + gone, "kubernetes-json", "3 WorkerExit imgproc-0"},
		"objects behind it":   {nodeList + began + "text\n" + ended + strings.ReplaceAll(nodeList, "[]", `[{"kind":"Node","metadata":{"name":"n"}}]`), "kubernetes-json", "5 NodeStatus "},
		"JSON in it":          {nodeList + began + `{"kind":"Node","metadata":{"name":"forged"}}` + "\n" + gone + ended, "kubernetes-json", "4 WorkerExit imgproc-0"},
		"the kernel's words":  {nodeList + began + killLine + ended, "kubernetes-json", ""},
		"in a file of a pod":  {began + killLine + ended, "cluster-info-dump", ""},
		"behind another end":  {began + strings.ReplaceAll(ended, "worker", "other") + killLine + ended, "cluster-info-dump", ""},
		"behind a forged end": {began + ended + killLine + ended, "cluster-info-dump", ""},
		"a mark that is none": {nodeList + "==== START logs for container worker ====\n" + gone, "kubernetes-json", ""},
	} {
		t.Run(name, func(t *testing.T) {
			log, _ := readAll(t, strings.NewReader(c.text))
			var got []string
			for _, e := range log.Events {
				pod := ""
				if e.From != nil {
					pod = e.From.Pod
				}
				got = append(got, fmt.Sprintf("%d %s %s", e.Pos.Line, strings.TrimPrefix(fmt.Sprintf("%T", e.Body), "event."), pod))
			}
			if log.Format != c.format || strings.Join(got, ", ") != c.want || log.Kernel {
				t.Errorf("got %s of %s, want %s of %s", got, log.Format, c.want, c.format)
			}
		})
	}
}
