package userspace

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

const none = event.NotPrinted

func kill(by string, set func(*event.UserspaceKill)) event.UserspaceKill {
	b := event.UserspaceKill{By: by, UID: none, Signal: 9, RSSMiB: none}
	set(&b)
	return b
}

// logs are what the daemons print, with the version, and which kills that tells.
var logs = []struct {
	name, speaker, text string
	want                []event.UserspaceKill
}{
	{"systemd-oomd 252, pressure", "systemd-oomd", "Considered 1 cgroups for killing, top candidates were:\n\tPath: /heavy.slice/analytics.service\n\t\tMemory Pressure Limit: 0.00%\n" +
		"Killed /heavy.slice/analytics.service due to memory pressure for /heavy.slice being 83.41% > 5.00% for > 20s with reclaim activity",
		[]event.UserspaceKill{kill("systemd-oomd", func(b *event.UserspaceKill) {
			b.Memcg, b.Why = "/heavy.slice/analytics.service", "memory pressure for /heavy.slice being 83.41% > 5.00% for > 20s with reclaim activity"
		})}},
	{"systemd-oomd 257, swap", "systemd-oomd", "Killed /bulk.slice/render.service due to memory used (351342592) / total (371900416) and swap used (105197568) / total (167768064) being more than 60.00%",
		[]event.UserspaceKill{kill("systemd-oomd", func(b *event.UserspaceKill) {
			b.Memcg, b.Why = "/bulk.slice/render.service", "memory used (351342592) / total (371900416) and swap used (105197568) / total (167768064) being more than 60.00%"
		})}},
	{"systemd-oomd 259", "systemd-oomd", "Marked /a.slice/b.service for killing due to memory pressure for /a.slice being 83.41% > 5.00% for > 20s with reclaim activity",
		[]event.UserspaceKill{kill("systemd-oomd", func(b *event.UserspaceKill) {
			b.Memcg, b.Intended, b.Why = "/a.slice/b.service", true, "memory pressure for /a.slice being 83.41% > 5.00% for > 20s with reclaim activity"
		})}},
	{"systemd-oomd, nothing", "systemd-oomd", "No swap; memory pressure usage will be degraded\nKilled time due to boredom\nKilled / due\nMarked /a due to x", nil},
	{"earlyoom 1.7", "earlyoom", "earlyoom v1.7\nsending SIGTERM when mem <= 10.00% and swap <= 10.00%,\n        SIGKILL when mem <=  5.00% and swap <=  5.00%\n" +
		"mem avail:    32 of   359 MiB ( 8.99%), swap free:    0 of    0 MiB ( 0.00%)\nlow memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%\n" +
		"sending SIGTERM to process 755 uid 0 \"python3\": badness 1184, VmRSS 279 MiB\nprocess exited after 0.1 seconds",
		[]event.UserspaceKill{kill("earlyoom", func(b *event.UserspaceKill) {
			b.PID, b.Comm, b.UID, b.Signal, b.RSSMiB = 755, "python3", 0, 15, 279
			b.Why = "mem avail: 32 of 359 MiB ( 8.99%), swap free: 0 of 0 MiB ( 0.00%); at or below SIGTERM limits: mem 10.00%, swap 10.00%"
		})}},
	{"earlyoom 1.9, escalates, an odd name", "earlyoom", "sending SIGTERM to process 864 uid 1000 \"a \"b\" (c)\": oom_score 1179, oom_score_adj 200, VmRSS 276 MiB, cmdline \"x\": badness 1, VmRSS 9 MiB\"\nescalating to SIGKILL after 0.800 seconds\nprocess 864 exited after 0.9 seconds",
		[]event.UserspaceKill{
			kill("earlyoom", func(b *event.UserspaceKill) {
				b.PID, b.Comm, b.UID, b.Signal, b.RSSMiB = 864, `a "b" (c)`, 1000, 15, 276
			}),
			kill("earlyoom", func(b *event.UserspaceKill) {
				b.PID, b.Comm, b.UID, b.Signal, b.RSSMiB = 864, `a "b" (c)`, 1000, 9, 276
			})}},
	{"earlyoom 1.3", "earlyoom", "sending SIGKILL to process 12 \"x\": badness 1, VmRSS 3 MiB", []event.UserspaceKill{kill("earlyoom", func(b *event.UserspaceKill) { b.PID, b.Comm, b.RSSMiB = 12, "x", 3 })}},
	{"earlyoom 1.2", "earlyoom", "Killing process 'x y' with signal 15, pid: 12, badness: 7, VmRSS: 3 MiB", []event.UserspaceKill{kill("earlyoom", func(b *event.UserspaceKill) { b.PID, b.Comm, b.RSSMiB, b.Signal = 12, "x y", 3, 15 })}},
	{"earlyoom 0.6", "earlyoom", "Killing process 12 x y", []event.UserspaceKill{kill("earlyoom", func(b *event.UserspaceKill) { b.PID, b.Comm, b.Signal = 12, "x y", none })}},
	{"earlyoom, a dry run", "earlyoom", "sending SIGTERM to process 755 uid 0 \"python3\": badness 1184, VmRSS 279 MiB\ndryrun, not actually sending any signal", nil},
	{"earlyoom, nothing", "earlyoom", "escalating to SIGKILL after 0.8 seconds\nsending SIGUSR1 to process 1 uid 0 \"x\": badness 1\nsending SIGTERM to process x\nsending SIGTERM to process 5 \"x", nil},
	{"nohang 0.2", "nohang", ">>=== STARTING implement_corrective_action() ====>>\nMemory status that requires corrective actions:\n  MemAvailable [16 MiB, 4.5 %] <= soft_threshold_min_mem [18 MiB, 5.0 %]\n  SwapFree [0 MiB, 0.0 %] <= soft_threshold_min_swap [0 MiB, - %]\n" +
		"TOP printed in 39ms; process with highest badness:\n  PID: 979, name: python3, badness: 1190\nVictim status (found in 61ms):\n  PID:       979, name: python3, state: R (running), EUID: 0, SID: 979 (python3), lifetime: 2.0s\n" +
		"  badness:   1190, oom_score:  1191, oom_score_adj:  0\n  Vm, MiB:   Size: 286, RSS: 281 (Anon: 275, File: 6, Shmem: 0), Swap: 0\n  cgroup_v1: \n  cgroup_v2: /system.slice/indexer.service\n" +
		"Implementing a corrective action:\n  Sending SIGTERM to the victim\nOK; total response time: 195ms\nWhat happened in the last 9.4s:\n  [ OK ] Sending SIGTERM to python3: 1",
		[]event.UserspaceKill{kill("nohang", func(b *event.UserspaceKill) {
			b.PID, b.Comm, b.UID, b.Signal, b.RSSMiB, b.Memcg = 979, "python3", 0, 15, 281, "/system.slice/indexer.service"
			b.Why = "MemAvailable [16 MiB, 4.5 %] <= soft_threshold_min_mem [18 MiB, 5.0 %]"
		})}},
	{"nohang, without the victim's status", "nohang", "  PID: 979, name: python3, badness: 1190\n  Sending SIGKILL to the victim\n  Sending SIGKILL to the victim", []event.UserspaceKill{kill("nohang", func(b *event.UserspaceKill) { b.PID, b.Comm = 979, "python3" })}},
	{"nohang, nothing", "nohang", "  Sending SIGTERM to the victim\n  Executing the command: systemctl restart x\n  PID: 0, name: x, badness: 1\n  Sending SIGTERM to the victim", nil},
	{"oomd", "kernel", "oomd kill: 62.85 51.20 20.11 system.slice/import.service 2147483648 ruleset:[protect] detectorgroup:[pressure] killer:kill_by_memory_size_or_growth v2",
		[]event.UserspaceKill{kill("oomd", func(b *event.UserspaceKill) {
			b.Memcg, b.Why = "/system.slice/import.service", "memory pressure of 62.85 % in the last 10 s, by its rules: ruleset:[protect] detectorgroup:[pressure] killer:kill_by_memory_size_or_growth v2"
		})}},
	{"oomd, a dry run", "kernel", "oomd kill: 62.85 51.20 20.11 system.slice/import.service 2147483648 ruleset:[protect] detectorgroup:[pressure] killer:(dry)kill v2", nil},
	{"oomd, nothing", "oomd", "oomd kill: \noomd kill: a b c d e f\noomd kill: 1 2 3 /x -1 killer:y\noomd kill: 1 2 3  5 killer:y", nil},
	{"somebody else", "sh", "sending SIGTERM to process 755 uid 0 \"python3\": badness 1184, VmRSS 279 MiB", nil},
}

func TestLogs(t *testing.T) {
	for _, c := range logs {
		t.Run(c.name, func(t *testing.T) {
			whole := []event.Record{{Speaker: c.speaker, Msg: []byte(c.text)}}
			var each []event.Record
			for i, line := range strings.Split(c.text, "\n") {
				each = append(each, event.Record{Pos: event.Pos{File: "journal", Line: i + 1}, Speaker: c.speaker, Msg: []byte(line)})
			}
			if got := read(each); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %s\nwant %s", show(got), show(c.want))
			}
			if got := read(whole); c.speaker == "nohang" && !reflect.DeepEqual(got, c.want) {
				t.Errorf("of one record: got %s, want %s", show(got), show(c.want))
			}
			parsertest.Run(t, New, Literals(), each)
		})
	}
}

func read(records []event.Record) (kills []event.UserspaceKill) {
	p := New()
	emit := func(e event.Event) { kills = append(kills, e.Body.(event.UserspaceKill)) }
	for i := range records {
		p.Read(&records[i], emit)
	}
	p.End(emit)
	return kills
}

func show(kills []event.UserspaceKill) string {
	var s []string
	for _, k := range kills {
		s = append(s, fmt.Sprintf("%+v", k))
	}
	return strings.Join(s, "\n     ")
}
