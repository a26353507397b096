package worker

import (
	"strings"
	"testing"
)

func TestParseTextErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "a text needs something to search for: want words, not captures alone"},
		{"{pid}", "a text needs something to search for: want words, not captures alone"},
		{"worker {ppid} died", "unknown capture {ppid}: want one of {pid} {supervisor} {name} {signal} {-signal} {128+signal} {status} {code} {task} {_}"},
		{"worker {} died", "unknown capture {}: want one of {pid} {supervisor} {name} {signal} {-signal} {128+signal} {status} {code} {task} {_}"},
		{"worker {pid died", "a { without its }: want a capture, or {{ for a brace"},
		{"worker {pid}{signal} died", "two captures without text between them: where does the first one end?"},
		{"{pid}{signal} died", "a text needs something to search for: want words, not captures alone"},
		{"worker {pid} of {pid} died", "capture {pid} stands twice in one text"},
		{"{pid} of {pid} died", "capture {pid} stands twice in one text"},
		{"{_} died", "a text cannot begin with {_}: leave it out"},
		{"a" + strings.Repeat(" {_} b", maxSteps+1), "a text has 17 captures: want 16 at most"},
	} {
		if _, err := parseText(tt.text); err == nil || err.Error() != tt.want {
			t.Errorf("%q: error is %v, want %s", tt.text, err, tt.want)
		}
	}
}

// TestMatch shows what captures read. A want of "" is no match.
func TestMatch(t *testing.T) {
	for _, tt := range []struct{ name, text, msg, want string }{
		{"signal as a number", "by {signal}", "killed by 9.", "{signal: 9}"},
		{"signal as a name", "by {signal}", "killed by SIGKILL", "{signal: 9}"},
		{"signal as a short name", "by {signal}", "killed by KILL", "{signal: 9}"},
		{"signal as strsignal", "by {signal}", "killed by Killed", "{signal: 9}"},
		{"signal as Go prints it", "by {signal}", "killed by killed", "{signal: 9}"},
		{"signal of two words", "by {signal}!", "ended by Segmentation fault!", "{signal: 11}"},
		{"signal of a longer word", "by {signal}", "by Killedness", ""},
		{"signal of a longer name", "by {signal}", "by SIGKILLER", ""},
		{"signal beyond the last", "by {signal}", "by 65", ""},
		{"signal with a letter behind", "by {signal}", "by 9th", ""},
		{"no signal", "by {signal};", "by 0;", "{}"},
		{"negative signal", "code {-signal})", "code -9)", "{signal: 9}"},
		{"negative signal as a name", "code {-signal})", "code -SIGKILL)", "{signal: 9}"},
		{"negative zero", "code {-signal})", "code -0)", ""},
		{"positive exit code", "code {-signal})", "code 9)", ""},
		{"code of a shell", "code {128+signal}", "code 137", "{signal: 9}"},
		{"code of a shell, no signal", "code {128+signal}", "code 128", ""},
		{"code of a shell, plain exit", "code {128+signal}", "code 1", ""},
		{"code of a shell, too large", "code {128+signal}", "code 193", ""},
		{"status of a signal", "returned {status}", "returned 9", "{signal: 9}"},
		{"status of a signal with core", "returned {status}", "returned 139", "{signal: 11}"},
		{"status of an exit", "returned {status}", "returned 256", "{code: 1}"},
		{"status of a stop", "returned {status}", "returned 127", ""},
		{"status too large", "returned {status}", "returned 65536", ""},
		{"exit code", "code {code}", "code 4294967287", "{code: 4294967287}"},
		{"exit code too large", "code {code}", "code 99999999999999999999", ""},
		{"pid behind blanks", "line 1: {pid} Killed", "line 1:      2 Killed", "{pid: 2}"},
		{"pid too large", "pid {pid}", "pid 2147483648", ""},
		{"name between", "- {name} (PID: {pid})", "- Worker 0 (PID: 3)", "{pid: 3, name: Worker 0}"},
		{"name in front", "{name} spawned pid={pid}", "INFO -- : worker=1 spawned pid=4", "{pid: 4, name: worker=1}"},
		{"name in front, padded", "{name} | terminated by {signal}", "17:02:33 web.1   | terminated by SIGKILL", "{name: web.1, signal: 9}"},
		{"name in front, quoted", "{name} spawned pid={pid}", `{"msg":"worker=1 spawned pid=4"}`, "{pid: 4, name: worker=1}"},
		{"no name in front", "{name} spawned pid={pid}", " spawned pid=4", ""},
		{"name at the end", "worker: {name}", "worker: web-1 and more", "{name: web-1}"},
		{"no name between", "'{name}' pid:{pid}", "'' pid:4", ""},
		{"number in front", "{supervisor}#{_}: worker", "[alert] 27343#27343: worker", "{supervisor: 27343}"},
		{"number in front of a word", "{supervisor}:M ", "x12y:M ", ""},
		{"task at the end", "Killed  {task}", "Killed                  sleep 9 \r", "{task: sleep 9}"},
		{"start of a line", "^Killed$", "Traceback\nKilled\n", "{}"},
		{"start of the message only", "^Killed$", "not Killed", ""},
		{"end of a line", "died$", "worker died \t\r\n", "{}"},
		{"not the end", "died$", "worker died young", ""},
		{"brace", "are {{{signal}(", "are {SIGKILL(-9)}", "{signal: 9}"},
		{"second place fits", "pid {pid}!", "pid x, pid 7!", "{pid: 7}"},
		{"anything within a line", "a {_} b", "a \n b", ""},
		{"anything, too much", "a {_} b", "a " + strings.Repeat("x", maxFree+1) + " b", ""},
		{"anything, nothing", "a{_}b", "ab", "{}"},
		{"not UTF-8", "name '{name}' died", "name '\xff\xfex' died", "{name: x}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := parseText(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if m, ok := p.match([]byte(tt.msg), 0); ok {
				got = m.got.String()
			}
			if got != tt.want {
				t.Errorf("%q reads %q as %q, want %q", tt.text, tt.msg, got, tt.want)
			}
		})
	}
}

func TestKept(t *testing.T) {
	long := strings.Repeat("é", 100)
	got := kept([]byte("x" + long))
	if len(got) > maxKept || !strings.HasPrefix("x"+long, got) || len(got) < maxKept-4 {
		t.Errorf("%d bytes are kept: %q", len(got), got)
	}
}

func TestKey(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"Worker with PID {pid} exited", "Worker with PID "},
		{`he said "no more" to {pid} of the workers`, " of the workers"},
		{"reaped #<Process::Status: pid {pid} ", "Process::Status: pid "},
		{"→ worker {pid}", " worker "},
		{"a {pid} b", ""},
	} {
		p, err := parseText(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.key(); ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("key of %q is %q, want %q", tt.text, got, tt.want)
		}
	}
}
