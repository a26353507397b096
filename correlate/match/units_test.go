package match

import (
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// on says on which host the last event was.
func (f *file) on(host string) *file {
	f.Events[len(f.Events)-1].Host = host
	return f
}

const worker = "/system.slice/worker.service"

// killIn is a kill in a cgroup.
func killIn(pid int, path string) *event.OOMDump {
	d := kill(pid, idA)
	d.OOMMemcg, d.TaskMemcg = path, path
	return d
}

func unitOOMOf(unit string) event.UnitOOM { return event.UnitOOM{Unit: unit, Count: event.NotPrinted} }

func resultOf(unit string) event.UnitOOM {
	return event.UnitOOM{Unit: unit, Result: true, Count: event.NotPrinted}
}

func exitOf(unit string) event.UnitExit {
	return event.UnitExit{Unit: unit, Process: "main", Signal: 9, ExitCode: event.NotPrinted}
}

func daemons(by string, pid, signal int, memcg string) event.UserspaceKill {
	return event.UserspaceKill{By: by, PID: pid, Comm: "python3", UID: event.NotPrinted, Signal: signal, Memcg: memcg, RSSMiB: event.NotPrinted}
}

func TestUnits(t *testing.T) {
	const s = time.Second
	unit, slice := "worker.service", "system.slice"
	oomd := unitOOMOf(unit)
	oomd.By = "systemd-oomd"
	intended := daemons("systemd-oomd", 0, 9, worker)
	intended.Intended = true
	scope := "cri-containerd-" + idA + ".scope"
	for name, c := range map[string]struct {
		files     []*file
		incidents string
		ruled     int
	}{
		"systemd alone": {[]*file{log("journal").say(at(0), unitOOMOf(unit)).say(at(s), unitOOMOf(unit)).say(at(s), exitOf(unit)).say(at(90*s), resultOf(unit))},
			"unknown confirmed", 0},
		"a unit that lives on, killed in twice": {[]*file{log("journal").say(at(0), unitOOMOf(unit)).say(at(10*s), unitOOMOf(unit))},
			"unknown confirmed, unknown confirmed", 0},
		"the result alone":     {[]*file{log("journal").say(at(0), resultOf(unit))}, "unknown confirmed", 0},
		"a slice alone":        {[]*file{log("journal").say(at(0), unitOOMOf(slice)).say(at(0), unitOOMOf("user@1000.service"))}, "", 0},
		"the kernel and units": {[]*file{log("journal").say(at(0), killIn(100, worker)).say(at(-400*time.Millisecond), unitOOMOf(unit)).say(at(s), exitOf(unit)).say(at(s), resultOf(unit)).say(at(51*s), unitOOMOf(slice))}, "memcg confirmed", 0},
		"two kills, each with its unit": {[]*file{log("journal").say(at(0), killIn(100, worker)).say(at(0), unitOOMOf(unit)).say(at(s), killIn(101, "/system.slice/web.service")).say(at(s), unitOOMOf("web.service"))},
			"memcg confirmed, memcg confirmed", 0},
		"a unit of that name on another machine": {[]*file{log("a").say(at(0), killIn(100, worker)).on("node-1"), log("b").say(at(s), unitOOMOf(unit)).on("node-2")},
			"memcg confirmed, unknown confirmed", 0},
		"an end alone":                      {[]*file{log("journal").say(at(0), exitOf(unit))}, "unknown suspected", 0},
		"an end that systemd made":          {[]*file{log("journal").say(at(0), event.UnitStop{Unit: unit, Why: "its watchdog timeout struck", Kill: true}).say(at(s), exitOf(unit))}, "", 1},
		"an end after another unit's stop":  {[]*file{log("journal").say(at(0), event.UnitStop{Unit: "web.service", Why: "its watchdog timeout struck", Kill: true}).say(at(s), exitOf(unit))}, "unknown suspected", 0},
		"an end, and the kernel knows none": {[]*file{log("journal").say(at(0), exitOf(unit)), log("dmesg").covers(-time.Minute, time.Minute)}, "", 1},
		"an end beside a kill in another unit": {[]*file{log("journal").say(at(0), exitOf(unit)), log("dmesg").say(at(-s), killIn(7, "/system.slice/web.service")).covers(-time.Minute, time.Minute)},
			"memcg confirmed", 1},
		"a stop that came before a kill": {[]*file{log("journal").say(at(0), killIn(100, worker)).say(at(s), exitOf(unit)).say(at(2*s), event.UnitStop{Unit: unit, Why: "systemd killed what was left of the unit", Kill: true})},
			"memcg confirmed", 0},
		"earlyoom, asked and killed": {[]*file{log("journal").say(at(0), daemons("earlyoom", 864, 15, "")).say(at(s), daemons("earlyoom", 864, 9, "")).say(at(s), exitOf("mapper.service"))},
			"userspace confirmed", 0},
		"earlyoom, two processes":          {[]*file{log("journal").say(at(0), daemons("earlyoom", 864, 15, "")).say(at(s), daemons("earlyoom", 865, 15, ""))}, "userspace confirmed, userspace confirmed", 0},
		"earlyoom, and later the kernel":   {[]*file{log("journal").say(at(0), daemons("earlyoom", 864, 15, "")).say(at(2*s), killIn(865, worker)).say(at(2*s), unitOOMOf(unit))}, "userspace confirmed, memcg confirmed", 0},
		"nohang, and systemd's OOM":        {[]*file{log("journal").say(at(0), daemons("nohang", 864, 15, worker)).say(at(2*s), unitOOMOf(unit))}, "userspace confirmed, unknown confirmed", 0},
		"systemd-oomd":                     {[]*file{log("journal").say(at(0), daemons("systemd-oomd", 0, 9, worker)).say(at(0), oomd).say(at(0), exitOf(unit)).say(at(0), resultOf(unit))}, "userspace confirmed", 0},
		"systemd-oomd, by systemd's word":  {[]*file{log("journal").say(at(0), oomd).say(at(0), exitOf(unit)).say(at(0), resultOf(unit))}, "userspace confirmed", 0},
		"systemd-oomd, marked":             {[]*file{log("journal").say(at(0), intended)}, "userspace suspected", 0},
		"systemd-oomd, marked and killed":  {[]*file{log("journal").say(at(0), intended).say(at(s), oomd)}, "userspace confirmed", 0},
		"a container's scope and its OOM":  {[]*file{log("journal").say(at(0), unitOOMOf(scope)), log("containerd").say(at(s), event.TaskOOM{Container: event.Container{ID: idA}})}, "unknown confirmed", 0},
		"a unit's kill, none in the dmesg": {[]*file{log("journal").say(at(0), unitOOMOf(unit)), log("dmesg").covers(-time.Minute, time.Minute)}, "unknown suspected", 0},
	} {
		t.Run(name, func(t *testing.T) { want(t, find(c.files...), c.incidents, c.ruled) })
	}
}

func TestTheUnitIsToldWithTheIncident(t *testing.T) {
	for name, f := range map[string]*file{
		"systemd's":      log("journal").say(at(0), unitOOMOf("worker.service")),
		"a daemon's":     log("journal").say(at(0), daemons("nohang", 864, 15, worker)),
		"an end's":       log("journal").say(at(0), exitOf("worker.service")),
		"systemd-oomd's": log("journal").say(at(0), event.UnitOOM{Unit: "worker.service", By: "systemd-oomd"}),
	} {
		if r := find(f); len(r.Incidents) != 1 || r.Incidents[0].Place.Unit != "worker.service" {
			t.Errorf("%s: got %s, want one of worker.service", name, verdicts(r))
		}
	}
}
