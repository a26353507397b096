package envelope

import "testing"

var criRows = []row{
	{"what looks like a record of netconsole's", `2026-11-23T09:01:41.645457050Z stdout F ,4,6375,7868482562,-;text`, `cri wall=2026-11-23T09:01:41.64545705Z/ns <stdout> ",4,6375,7868482562,-;text"`},
	{"containerd 1.6", `2026-11-23T09:01:41.645457050Z stdout F text`, `cri wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "text"`},
	{"containerd, zeros cut off", `2026-11-23T09:01:41.6Z stdout F text`, `cri wall=2026-11-23T09:01:41.6Z/ns <stdout> "text"`},
	{"containerd 1.7 in the node's zone", `2026-11-23T15:05:45.093488123+01:00 stderr F text`, `cri wall=2026-11-23T14:05:45.093488123Z/ns <stderr> "text"`},
	{"conmon", `2026-11-23T04:01:41.645457050-05:00 stderr F text`, `cri wall=2026-11-23T09:01:41.64545705Z/ns <stderr> "text"`},
	{"an empty line", `2026-11-23T09:01:41.645457050Z stderr F `, `cri wall=2026-11-23T09:01:41.64545705Z/ns <stderr> ""`},
	{"an empty line without its blank", `2026-11-23T09:01:41.645457050Z stderr F`, `cri wall=2026-11-23T09:01:41.64545705Z/ns <stderr> ""`},
	{"more tags", `2026-11-23T09:01:41.645457050Z stderr F:x text`, `cri wall=2026-11-23T09:01:41.64545705Z/ns <stderr> "text"`},
	{"a part", `2026-11-23T09:01:41.645457050Z stdout P 08:47:59 text`, `cri wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "08:47:59 text"`},
	{"blanks of the text's own", `2026-11-23T09:01:41.645457050Z stdout F   at main`, `cri wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "  at main"`},
}

var dockerRows = []row{
	{"json-file", `{"log":"text\n","stream":"stderr","time":"2026-11-23T09:01:41.645457050Z"}`, `docker-json wall=2026-11-23T09:01:41.64545705Z/ns <stderr> "text"`},
	{"json-file with attributes", `{"log":"a\tb\u001b[0m\r\n","stream":"stdout","attrs":{"tag":"x"},"time":"2026-11-23T09:01:41Z"}`, `docker-json wall=2026-11-23T09:01:41Z/ns <stdout> "a\tb\x1b[0m"`},
	{"json-file, a part", `{"log":"half","stream":"stdout","time":"2026-11-23T09:01:41.645457050Z"}`, `docker-json wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "half"`},
}

var timestampsRows = []row{
	{"kubectl logs --timestamps, a container prints the kernel's stamp", `2026-11-23T09:01:41.645457050Z [ 7868.482562] text`, `timestamps wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "[ 7868.482562] text"`},
	{"docker logs -t, a container prints the kernel's record", `2026-11-23T09:01:41.645457050Z 4,6375,7868482562,-;text`, `timestamps wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "4,6375,7868482562,-;text"`},
	{"nerdctl logs -t, a zero cut off", `2026-11-23T09:01:41.64545705Z [ 7868.482562] text`, `app wall=2026-11-23T09:01:41.64545705Z/0ns <> "[ 7868.482562] text"`},
	{"kubectl logs --timestamps", `2026-11-23T09:01:41.645457050Z text`, `timestamps wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "text"`},
	{"kubectl logs --timestamps, an empty line", `2026-11-23T09:01:41.645457050Z `, `timestamps wall=2026-11-23T09:01:41.64545705Z/ns <stdout> ""`},
	{"docker logs -t, Celery", `2026-11-23T08:47:35.503912345Z [2026-11-23 08:47:35,503: INFO/MainProcess] Connected`,
		`timestamps>app wall=2026-11-23T08:47:35.503912345Z/ns zoneless=2026-11-23T08:47:35.503/ms <stdout> "INFO/MainProcess] Connected"`},
	{"docker logs -t, an offset", `2026-11-23T10:01:41.645457050+01:00 text`, `timestamps wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "text"`},
	{"not CRI: a stream that is none", `2026-11-23T09:01:41.645457050Z stdlog F text`, `timestamps wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "stdlog F text"`},
	{"not CRI: a tag that is none", `2026-11-23T09:01:41.645457050Z stdout X text`, `timestamps wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "stdout X text"`},
	{"a word with a colon is no tag", `2026-11-23T09:01:41.645457050Z worker: text`, `timestamps wall=2026-11-23T09:01:41.64545705Z/ns <stdout> "worker: text"`},
}

var namedRows = []row{
	{"kubectl logs --prefix", `[pod/imgproc-worker-6c9f7d5b8-x2q9k/worker] text`, `kubectl <stdout from /imgproc-worker-6c9f7d5b8-x2q9k/worker > "text"`},
	{"kubectl logs --prefix, RQ", `[pod/web-0/rq] 08:47:59 text`, `kubectl>app dayless=08:47:59/s <stdout from /web-0/rq > "text"`},
	{"docker compose v2", `web-1  | text`, `compose <stdout> "text"`},
	{"docker compose v2, padded", `web-1          |   text`, `compose <stdout> "  text"`},
	{"docker compose v2, an empty line", `my_web.app-12  | `, `compose <stdout> ""`},
	{"docker compose v1", `worker_1  | 08:47:59 text`, `compose>app dayless=08:47:59/s <stdout> "text"`},
	{"stern", `imgproc-worker-6c9f7d5b8-x2q9k worker text`, `stern <stdout from /imgproc-worker-6c9f7d5b8-x2q9k/worker > "text"`},
	{"stern --timestamps", `web-6c9f7d5b8-x2q9k app 2026-11-23T09:01:41.645457050Z 08:47:59 text`,
		`stern>app wall=2026-11-23T09:01:41.64545705Z/ns dayless=08:47:59/s <stdout from /web-6c9f7d5b8-x2q9k/app > "text"`},
	{"stern --all-namespaces", `imaging imgproc-worker-6c9f7d5b8-x2q9k worker text`, `stern <stdout from imaging/imgproc-worker-6c9f7d5b8-x2q9k/worker > "text"`},
}

var containerMisses = []row{
	{"json-file, a stream that is none", `{"log":"text\n","stream":"stdlog"}`, ""},
	{"json-file, cut", `{"log":"text\n","stream":"stderr","time":"2026-11-23T09:`, ""},
	{"json-file without a time", `{"log":"text\n","stream":"stderr"}`, ""},
	{"kubectl, no container", `[pod/web-0] text`, ""},
	{"kubectl, no pod's name", `[pod/Web 0/app] text`, ""},
	{"kubectl get, a resource", `pod/web-0/app text`, ""},
	{"compose, a table of psql", ` id  | name`, ""},
	{"compose, a table of Markdown", `name  | value`, ""},
	{"compose, one blank", `web-1 | text`, ""},
	{"compose, words", `retry no-1  of 3  | text`, ""},
	{"compose, a number alone", `2026-11  | 17`, ""},
	{"foreman 0.87 without its time", `web.1  | terminated by SIGKILL`, ""},
	{"stern, ordinary words", `worker process died unexpectedly`, ""},
	{"stern, words with dashes", `well-known-names are often used here`, ""},
	{"stern, a pod of a StatefulSet", `web-0 app text`, ""},
	{"stern, nothing behind the container", `web-6c9f7d5b8-x2q9k app`, ""},
	{"stern, a container that is no label", `web-6c9f7d5b8-x2q9k App: text`, ""},
}

func TestCRI(t *testing.T)             { testRows(t, criRows) }
func TestDockerJSON(t *testing.T)      { testRows(t, dockerRows) }
func TestTimestamps(t *testing.T)      { testRows(t, timestampsRows) }
func TestNamed(t *testing.T)           { testRows(t, namedRows) }
func TestContainerMisses(t *testing.T) { testMisses(t, containerMisses) }

func TestCRIPart(t *testing.T) {
	for _, c := range []struct {
		line    string
		head    int
		partial bool
	}{
		{"2026-11-23T09:01:41.645457050Z stdout P text", 40, true},
		{"2026-11-23T09:01:41.645457050+01:00 stdout P text", 45, true},
		{"2026-11-23T09:01:41.645457050Z stdout F text", 40, false},
		{"2026-11-23T09:01:41.645457050Z stdout F", 39, false},
	} {
		if head, partial := CRIPart([]byte(c.line)); head != c.head || partial != c.partial {
			t.Errorf("CRIPart(%q) = %d, %t, want %d, %t", c.line, head, partial, c.head, c.partial)
		}
	}
	if _, partial := CRIPart([]byte("text")); partial {
		t.Error("CRIPart takes a text for a part")
	}
}
