package systemd

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

// status writes what systemctl status writes of a unit, with its lines of the journal.
func status(unit, active, pid string, below ...string) string {
	text := "× " + unit + " - Image worker\n     Loaded: loaded (/etc/systemd/system/" + unit + "; static)\n     Active: " + active + "\n"
	if pid != "" {
		text += "    Process: 755 ExecStart=/opt/app/imgworker (code=killed, signal=TERM)\n   Main PID: " + pid + "\n"
	}
	text += "     Memory: 1.2M (peak: 256.0M)\n        CPU: 230ms\n\n"
	for _, line := range below {
		text += "Nov 24 06:10:29 web-1 systemd[1]: " + unit + ": " + line + "\n"
	}
	return text
}

// said returns what a status or properties give, one event a line.
func said(text string) (all []string, ties []event.Stamps) {
	emit := func(e event.Event) {
		all = append(all, fmt.Sprintf("%d %s %s %s", e.Pos.Line, e.Stamps.Outer(), e.Body.Role(), e.Body.Keys()[0].Value))
	}
	if SniffShow([]byte(text)) {
		p := NewShow()
		for i, line := range bytes.Split([]byte(text), []byte("\n")) {
			p.Read(&event.Record{Pos: event.Pos{Line: i + 1}, Msg: line}, emit)
		}
		p.End(emit)
		return all, nil
	}
	if SniffStatus([]byte(text)) {
		ties = ReadStatus([]byte(text), "f", emit)
	}
	return all, ties
}

func TestSystemctl(t *testing.T) {
	const since = " since Tue 2026-11-24 06:10:29 UTC; 2s ago"
	const at = " wall 2026-11-24T06:10:29Z "
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"killed by the OOM killer":        {status("a.service", "failed (Result: oom-kill)"+since, "370 (code=killed, signal=KILL)"), []string{"1" + at + "counted a.service", "1" + at + "death a.service"}},
		"a SIGKILL of somebody's":         {status("a.service", "failed (Result: signal)"+since, "370 (code=killed, signal=KILL)"), []string{"1" + at + "death a.service"}},
		"a shell's child":                 {status("a.service", "failed (Result: exit-code)"+since, "370 (code=exited, status=137)"), []string{"1" + at + "death a.service"}},
		"systemd's own timeout":           {status("a.service", "failed (Result: timeout)"+since, "370 (code=killed, signal=KILL)"), []string{"1" + at + "intent a.service", "1" + at + "death a.service"}},
		"to be started again":             {status("a.service", "activating (auto-restart) (Result: oom-kill)"+since, "370 (code=killed, signal=KILL)"), []string{"1" + at + "counted a.service"}},
		"it runs":                         {status("a.service", "active (running)"+since, "370 (python3)"), nil},
		"another end":                     {status("a.service", "failed (Result: exit-code)"+since, "370 (code=exited, status=1/FAILURE)"), nil},
		"a zone that says nothing":        {status("a.service", "failed (Result: oom-kill) since Tue 2026-11-24 06:10:29 EST; 2s ago", ""), []string{"1 zoneless 2026-11-24T06:10:29 counted a.service"}},
		"no time":                         {status("a.service", "failed (Result: oom-kill)", ""), []string{"1 none counted a.service"}},
		"the journal below says it":       {status("a.service", "failed (Result: oom-kill)"+since, "370 (code=killed, signal=KILL)", "Main process exited, code=killed, status=9/KILL", "Failed with result 'oom-kill'."), nil},
		"the journal below says a part":   {status("a.service", "failed (Result: oom-kill)"+since, "370 (code=killed, signal=KILL)", "Main process exited, code=killed, status=9/KILL"), []string{"1" + at + "counted a.service"}},
		"two units":                       {status("a.service", "active (running)"+since, "") + status("b.service", "failed (Result: oom-kill)"+since, ""), []string{"7" + at + "counted b.service"}},
		"to 245":                          {strings.Replace(status("a.service", "failed (Result: oom-kill)"+since, ""), "×", "●", 1), []string{"1" + at + "counted a.service"}},
		"behind a prompt":                 {"$ systemctl status a\n" + status("a.service", "failed (Result: oom-kill)"+since, ""), []string{"2" + at + "counted a.service"}},
		"a list in a text":                {"× a.service - x\nLoaded: b Active: failed (Result: oom-kill)\n", nil},
		"show":                            {"Result=oom-kill\nExecMainExitTimestamp=Tue 2026-11-24 06:10:29 UTC\nExecMainCode=2\nExecMainStatus=9\nMemoryPeak=268435456\nId=a.service\nActiveState=failed\n", []string{"1" + at + "counted a.service", "1" + at + "death a.service"}},
		"show, two units":                 {"Id=a.service\nResult=success\nActiveState=active\n\nId=b.service\nResult=oom-kill\nActiveState=failed\nInactiveEnterTimestamp=@1795500629\n", []string{"5" + at + "counted b.service"}},
		"show, an exit code of 9":         {"Id=a.service\nResult=exit-code\nExecMainCode=1\nExecMainStatus=9\nActiveState=failed\n", nil},
		"show, a few properties":          {"Id=a.service\nResult=signal\nExecMainCode=2\nExecMainStatus=9\nExecMainExitTimestamp=Tue 2026-11-24 06:10:29 UTC\n", []string{"1" + at + "death a.service"}},
		"an environment file, no systemd": {"Id=7\nRESULT=oom-kill\n", nil},
	} {
		if got, _ := said(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// The times above the journal's lines tell their year and zone.
func TestStatusTies(t *testing.T) {
	_, ties := said(status("a.service", "failed (Result: oom-kill) since Tue 2026-11-24 06:10:29 UTC; 2s ago", ""))
	if len(ties) != 1 || ties[0][0].String() != "yearless 11-24T06:10:29" || ties[0][1].String() != "wall 2026-11-24T06:10:29Z" {
		t.Errorf("got %v", ties)
	}
	if _, ties := said(status("a.service", "failed since Tue 2026-11-24 06:10:29 CET; 2s ago", "")); len(ties) != 0 {
		t.Errorf("of a zone that has but a name: got %v", ties)
	}
}

// FuzzSystemctl reads what systemctl would not write: what is told has a line of the
// text, and a unit.
func FuzzSystemctl(f *testing.F) {
	f.Add([]byte(status("a.service", "failed (Result: oom-kill) since Tue 2026-11-24 06:10:29 UTC; 2s ago", "370 (code=killed, signal=KILL)", "Failed with result 'signal'.")))
	f.Add([]byte("Result=oom-kill\nExecMainCode=2\nExecMainStatus=9\nId=a.service\n\nId=b.slice\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := bytes.Count(text, []byte("\n")) + 1
		emit := func(e event.Event) {
			if e.Pos.Line < 1 || e.Pos.Line > n || !IsUnit(e.Body.Keys()[0].Value) || len(e.Text) > event.MaxText {
				t.Errorf("%q gives %+v", text, e)
			}
		}
		ReadStatus(text, "f", emit)
		p := NewShow()
		for i, line := range bytes.Split(text, []byte("\n")) {
			p.Read(&event.Record{Pos: event.Pos{Line: i + 1}, Msg: line}, emit)
		}
		p.End(emit)
		SniffShow(text)
	})
}
