package kernel

import (
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

const (
	pod       = "/kubepods/burstable/podb5ab4dff-059c-473a-b52b-a1294101bd27"
	container = pod + "/c16a1e1285c8ab5f168f949ea2c56ebb402b1349e3eb6015f6db5b25c45ebaa7"
)

func TestParseSelection(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want selection
	}{
		"5.10, cgroup v1": {"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=" + pod + ",task_memcg=" + container + ",task=dramatiq,pid=121,uid=1000",
			selection{"CONSTRAINT_MEMCG", "(null)", "/", "0", pod, container, event.Chosen{Comm: "dramatiq", PID: 121, UID: 1000, Score: unknown}}},
		"5.10, cpuset": {"oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null),cpuset=numa0,mems_allowed=0,global_oom,task_memcg=/,task=eater,pid=115,uid=0",
			selection{"CONSTRAINT_CPUSET", "(null)", "numa0", "0", "", "/", event.Chosen{Comm: "eater", PID: 115, Score: unknown}}},
		"5.10, mempolicy": {"oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=0-1,3,cpuset=/,mems_allowed=0-1,3,global_oom,task_memcg=/,task=numabound,pid=560,uid=0",
			selection{"CONSTRAINT_MEMORY_POLICY", "0-1,3", "/", "0-1,3", "", "/", event.Chosen{Comm: "numabound", PID: 560, Score: unknown}}},
		"6.18, global": {"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=" + container + ",task=python3,pid=799,uid=1000",
			selection{"CONSTRAINT_NONE", "(null)", "/", "0", "", container, event.Chosen{Comm: "python3", PID: 799, UID: 1000, Score: unknown}}},
		"without CONFIG_MEMCG": {"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,task=busybox,pid=7,uid=0",
			selection{"CONSTRAINT_NONE", "(null)", "/", "0", "", "", event.Chosen{Comm: "busybox", PID: 7, Score: unknown}}},
		"a name with a choice of its own": {"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=x,pid=3,uid=1,pid=4650,uid=0",
			selection{"CONSTRAINT_MEMCG", "(null)", "/", "0", "/a", "/a/b", event.Chosen{Comm: "x,pid=3,uid=1", PID: 4650, Score: unknown}}},
		"a name with a name": {"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=x,task=y,pid=4650,uid=0",
			selection{"CONSTRAINT_MEMCG", "(null)", "/", "0", "/a", "/a/b", event.Chosen{Comm: "x,task=y", PID: 4650, Score: unknown}}},
		"paths with the names of the fields": {"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=c,oom_memcg=x,mems_allowed=9,mems_allowed=0,oom_memcg=/a,task_memcg=/b,task_memcg=/a,task_memcg=/b/c,task=" + strings.Repeat("d", 80) + ",task=sh,pid=1234,uid=0",
			selection{"CONSTRAINT_MEMCG", "(null)", "c,oom_memcg=x,mems_allowed=9", "0", "/a,task_memcg=/b", "/a,task_memcg=/b/c,task=" + strings.Repeat("d", 80), event.Chosen{Comm: "sh", PID: 1234, Score: unknown}}},
		"the root's limit": {"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/,task_memcg=/a,task=a newer field's,pid=5,uid=0,more=1",
			selection{"CONSTRAINT_MEMCG", "(null)", "/", "0", "/", "/a", event.Chosen{Comm: "a newer field's", PID: 5, Score: unknown}}},
	} {
		got, ok := parseSelection([]byte(c.line))
		if !ok {
			t.Errorf("%s: not read", name)
		}
		if got != c.want {
			t.Errorf("%s: got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestParseSelectionLeavesAlone(t *testing.T) {
	const head = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/"
	for _, line := range []string{
		"oom-kill:constraint=",
		head + ",task=x",
		head + ",task=x,pid=,uid=0",
		head + ",task=x,pid=-1,uid=0",
		head + ",task=x,pid=1,uid=0\neth0: link is up",
		head + ",task=" + strings.Repeat("x", maxComm+1) + ",pid=1,uid=0",
		head + strings.Repeat("/a", maxSelection) + ",task=x,pid=1,uid=0",
	} {
		if s, ok := parseSelection([]byte(line)); ok {
			t.Errorf("%.200q is read as %+v", line, s)
		}
	}
}
