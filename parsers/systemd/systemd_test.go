package systemd

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"oomtrace/parsers/event"
	"oomtrace/parsers/parsertest"
)

const none = event.NotPrinted

// sayingsOf are lines as systemd prints them, with the version, and what each tells.
var sayingsOf = []struct {
	name, line string
	want       event.Body // nil: nothing
}{
	{"219 starts", "systemd 219 running in system mode. (+PAM +AUDIT)", event.ProgramStart{Program: "systemd", Version: "219"}},
	{"257 starts", "systemd 257.13-1~deb13u1 running in system mode (+PAM +AUDIT)", event.ProgramStart{Program: "systemd", Version: "257.13-1~deb13u1"}},
	{"a user's manager starts", "systemd 257.13-1~deb13u1 running in user mode for user 1000/me. (+PAM)", nil},
	{"252", "worker.service: A process of this unit has been killed by the OOM killer.", event.UnitOOM{Unit: "worker.service", Count: none}},
	{"257", "memcached.service: The kernel OOM killer killed some processes in this unit.", event.UnitOOM{Unit: "memcached.service", Count: none}},
	{"a slice", "system.slice: A process of this unit has been killed by the OOM killer.", event.UnitOOM{Unit: "system.slice", Count: none}},
	{"a template, escaped", `import@srv-data\x2din.service: A process of this unit has been killed by the OOM killer.`, event.UnitOOM{Unit: `import@srv-data\x2din.service`, Count: none}},
	{"a container's scope", "cri-containerd-81f8.scope: A process of this unit has been killed by the OOM killer.", event.UnitOOM{Unit: "cri-containerd-81f8.scope", Count: none}},
	{"oomd, 252", "analytics.service: systemd-oomd killed 1 process(es) in this unit.", event.UnitOOM{Unit: "analytics.service", By: "systemd-oomd", Count: 1}},
	{"oomd, 258", "vte-spawn-10bd.scope: systemd-oomd killed some process(es) in this unit.", event.UnitOOM{Unit: "vte-spawn-10bd.scope", By: "systemd-oomd", Count: none}},
	{"result", "worker.service: Failed with result 'oom-kill'.", event.UnitOOM{Unit: "worker.service", Result: true, Count: none}},
	{"result, watchdog", "poller.service: Failed with result 'watchdog'.", event.UnitStop{Unit: "poller.service", Why: "systemd gives its watchdog as the reason of its end"}},
	{"result, timeout", "mailer.service: Failed with result 'timeout'.", event.UnitStop{Unit: "mailer.service", Why: "systemd gives a timeout as the reason of its end"}},
	{"result, signal", "cache.service: Failed with result 'signal'.", nil},
	{"killed, 252", "worker.service: Main process exited, code=killed, status=9/KILL", event.UnitExit{Unit: "worker.service", Process: "main", Signal: 9, ExitCode: none}},
	{"killed, 219", "worker.service: main process exited, code=killed, status=9/KILL", event.UnitExit{Unit: "worker.service", Process: "main", Signal: 9, ExitCode: none}},
	{"killed, control", "loader.service: Control process exited, code=killed, status=9/KILL", event.UnitExit{Unit: "loader.service", Process: "control", Signal: 9, ExitCode: none}},
	{"a shell's 137", "wrapped.service: Main process exited, code=exited, status=137/n/a", event.UnitExit{Unit: "wrapped.service", Process: "main", ExitCode: 137}},
	{"another signal", "worker.service: Main process exited, code=killed, status=15/TERM", nil},
	{"another code", "worker.service: Main process exited, code=exited, status=1/FAILURE", nil},
	{"stop timeout", "mailer.service: State 'stop-sigterm' timed out. Killing.", event.UnitStop{Unit: "mailer.service", Kill: true, Why: "it did not end in time after systemd had asked it to (a stop timeout)"}},
	{"stop timeout, 219", "mailer.service stop-sigterm timed out. Killing.", event.UnitStop{Unit: "mailer.service", Kill: true, Why: "it did not end in time after systemd had asked it to (a stop timeout)"}},
	{"stop timeout, a scope", "session-3.scope: Stopping timed out. Killing.", event.UnitStop{Unit: "session-3.scope", Kill: true, Why: "it did not end in time after systemd had asked it to (a stop timeout)"}},
	{"start timeout", "web.service: start operation timed out. Terminating.", event.UnitStop{Unit: "web.service", Why: "it did not start or reload in time (a start timeout)"}},
	{"watchdog", "poller.service: Watchdog timeout (limit 4s)!", event.UnitStop{Unit: "poller.service", Kill: true, Why: "its watchdog timeout struck"}},
	{"RuntimeMaxSec", "crawler.service: Service reached runtime time limit. Stopping.", event.UnitStop{Unit: "crawler.service", Why: "it ran for as long as it may (RuntimeMaxSec)"}},
	{"killing", "mailer.service: Killing process 1666 (sleep) with signal SIGKILL.", event.UnitStop{Unit: "mailer.service", PID: 1666, Kill: true, Why: "systemd killed what was left of the unit"}},
	{"systemctl kill", "cache.service: Sent signal SIGKILL to main process 1204 (imgworker) on client request.", event.UnitStop{Unit: "cache.service", PID: 1204, Kill: true, Why: "somebody had systemd send SIGKILL (systemctl kill)"}},
	{"systemctl kill -s TERM", "cache.service: Sent signal SIGTERM to main process 1204 (img) worker) on client request.", event.UnitStop{Unit: "cache.service", PID: 1204, Why: "somebody had systemd send SIGTERM (systemctl kill)"}},

	{"no unit", "A process of this unit has been killed by the OOM killer.", nil},
	{"no name", "a b.service: A process of this unit has been killed by the OOM killer.", nil},
	{"no process", "backup.timer: A process of this unit has been killed by the OOM killer.", nil},
	{"a suffix alone", ".service: A process of this unit has been killed by the OOM killer.", nil},
	{"a name too long", strings.Repeat("x", 300) + ".service: A process of this unit has been killed by the OOM killer.", nil},
	{"a description", "Started worker.service - Watchdog timeout", nil},
	{"oomd, no process", "a.service: systemd-oomd killed the light", nil},
	{"cut", "worker.service: Main process exited, code=killed, status=9", nil},
	{"no pid", "a.service: Killing process x (y) with signal SIGKILL.", nil},
}

func TestSayings(t *testing.T) {
	var records []event.Record
	for i, c := range sayingsOf {
		rec := event.Record{Pos: event.Pos{File: "journal", Line: i + 1}, Speaker: "systemd", PID: 1, Msg: []byte(c.line)}
		records = append(records, rec)
		var got event.Body
		New().Read(&rec, func(e event.Event) { got = e.Body })
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %s, want %s", c.name, show(got), show(c.want))
		}
	}
	parsertest.Run(t, New, Literals(), records)
}

func show(b event.Body) string { return fmt.Sprintf("%T%+v", b, b) }
