package kubelet

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// sysOOM reads the OOM watcher's line about a kill for which it counts the root
// cgroup as the one that ran full: a global kill, and to 1.20 on kernels from
// 5.0 every kill. At --v=1, in 1.14 --v=2.
//
//	Got sys oom event from cadvisor: &{/ 2026-11-23 09:15:20.2 +0000 UTC oom {<nil>}}                 1.14
//	Got sys oom event: &{7208 python3 2026-11-23 09:15:20.182324426 +0000 UTC m=+19.202527667 / /}    to 1.18; to 1.20 with a constraint at the end
//	"Got sys oom event" event=&{Pid:8622 ProcessName:python3 TimeOfDeath:2026-11-23 ... ContainerName:/ VictimContainerName:/ Constraint:}   to 1.26
//	"Got sys oom event" event={"Pid":8622,"ProcessName":"python3","TimeOfDeath":"2026-11-23T14:59:41.71386282+01:00","ContainerName":"/",...}
//
// ContainerName is where the task lived, VictimContainerName the cgroup whose
// limit was hit. Source: oom/oom_watcher_linux.go.
func sysOOM(_ *parser, m message, say func(event.Body)) {
	var b event.KubeletOOM
	ok := false
	if m.form == printf {
		b, ok = oomInstanceText(m.words())
	} else if raw := m.Raw("event"); len(raw) > 0 && raw[0] == '{' {
		b, ok = oomInstanceJSON(raw)
	} else if raw != nil {
		b, ok = oomInstanceFields(string(m.Line))
	} else {
		b, ok = oomInstanceText(m.words()) // printf style in JSON, 1.19 and 1.20
	}
	if ok {
		b.Kind = "sys oom"
		say(b)
	}
}

// oomInstanceText reads what %v makes of cAdvisor's OomInstance. A comm has at
// most 15 bytes, too few to hold a time.
func oomInstanceText(words string) (b event.KubeletOOM, ok bool) {
	_, s, ok := strings.Cut(words, "&{")
	at := goTimeIndex(s)
	if !ok || at < 0 {
		return b, false
	}
	st, rest, ok := goTime(s[at:])
	if !ok {
		return b, false
	}
	b.At = st
	pid, comm, _ := strings.Cut(strings.TrimSuffix(s[:at], " "), " ")
	if b.PID, ok = positive(pid); !ok { // 1.14: no instance but an event, which starts with the cgroup
		b.TaskMemcg = strings.TrimSuffix(s[:at], " ")
		return b, strings.HasPrefix(b.TaskMemcg, "/")
	}
	b.Comm = comm
	task, oom, _ := strings.Cut(strings.TrimSuffix(rest, "}"), " /")
	b.TaskMemcg = task
	b.OOMMemcg, _, _ = strings.Cut("/"+oom, " ")
	return b, true
}

// oomInstanceFields reads what %+v makes of it, from the right where a comm
// could be mistaken for a field.
func oomInstanceFields(s string) (b event.KubeletOOM, ok bool) {
	_, s, ok = strings.Cut(s, "&{Pid:")
	pid, s, ok2 := strings.Cut(s, " ProcessName:")
	death := strings.LastIndex(s, " TimeOfDeath:")
	if b.PID, _ = positive(pid); !ok || !ok2 || death < 0 {
		return b, false
	}
	b.Comm = s[:death]
	st, rest, ok := goTime(s[death+len(" TimeOfDeath:"):])
	if ok {
		b.At = st
	}
	_, rest, _ = strings.Cut(rest, "ContainerName:")
	task, rest, _ := strings.Cut(rest, " VictimContainerName:")
	b.TaskMemcg = task
	b.OOMMemcg, _, _ = strings.Cut(strings.TrimSuffix(rest, "}"), " Constraint:")
	return b, true
}

func oomInstanceJSON(raw []byte) (b event.KubeletOOM, ok bool) {
	var o struct {
		Pid                                                          int
		ProcessName, TimeOfDeath, ContainerName, VictimContainerName string
	}
	if json.Unmarshal(raw, &o) != nil {
		return b, false
	}
	b = event.KubeletOOM{PID: max(o.Pid, 0), Comm: o.ProcessName, TaskMemcg: o.ContainerName, OOMMemcg: o.VictimContainerName}
	if t, err := time.Parse(time.RFC3339Nano, o.TimeOfDeath); err == nil {
		b.At = wall(t)
	}
	return b, true
}

// createdOOM reads cAdvisor's line about any kill, printf style in all
// versions, at --v=3. The cgroup is the task's.
//
//	Created an OOM event in container "/kubepods/burstable/pod<uid>/<id>" at 2026-11-23 09:09:19.014479723 +0000 UTC m=+31.362605398
//
// Source: cAdvisor, manager/manager.go, watchForNewOoms.
func createdOOM(_ *parser, m message, say func(event.Body)) {
	_, s, _ := strings.Cut(m.words(), ` container "`)
	at := strings.LastIndex(s, `" at `)
	if at < 0 {
		return
	}
	memcg, err := strconv.Unquote(`"` + s[:at] + `"`)
	if err != nil {
		memcg = s[:at]
	}
	b := event.KubeletOOM{Kind: "cadvisor", TaskMemcg: memcg}
	if st, _, ok := goTime(s[at+len(`" at `):]); ok {
		b.At = st
	}
	say(b)
}

// addedOOMKill reads the second line of the same kill, at --v=4, which has the
// cgroup whose limit was hit. The first one, "oom", repeats createdOOM's.
//
//	Added event &{/kubepods/burstable/pod<uid> 2026-11-23 09:00:48.492771723 +0000 UTC m=-479.159102602 oomKill {0x176caf67458}}
//
// Source: cAdvisor, events/handler.go, AddEvent.
func addedOOMKill(_ *parser, m message, say func(event.Body)) {
	_, s, _ := strings.Cut(m.words(), "&{")
	at := goTimeIndex(s)
	if at < 0 {
		return
	}
	st, rest, ok := goTime(s[at:])
	if ok && strings.HasPrefix(rest, "oomKill {") {
		say(event.KubeletOOM{Kind: "cadvisor", OOMMemcg: strings.TrimSuffix(s[:at], " "), At: st})
	}
}

// systemOOM reads the text of the node event SystemOOM:
//
//	System OOM encountered                                               to 1.15, later where either is unknown
//	System OOM encountered, victim process: python3, pid: 7208           1.16
//
// To 1.35 the text was a format string, so that a % in the comm comes out as
// %!x(MISSING). The pid is the host's.
func systemOOM(message string) (event.KubeletOOM, bool) {
	b := event.KubeletOOM{Kind: "SystemOOM"}
	rest, ok := strings.CutPrefix(message, "System OOM encountered")
	if !ok {
		return b, false
	}
	comm, ok := strings.CutPrefix(rest, ", victim process: ")
	at := strings.LastIndex(comm, ", pid: ")
	if ok && at >= 0 {
		b.PID, _ = positive(comm[at+len(", pid: "):])
		b.Comm = comm[:at]
	}
	return b, true
}

func positive(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 {
		return 0, false
	}
	return n, true
}
