package worker

import (
	"strings"
	"testing"
)

// rqRules is a team's file whose line 4 to 9 a test replaces.
func rqRules(event, text, line, gives string, more ...string) string {
	return "dialect: rq\nlines:\n  - event: " + event + "\n    text: " + text + "\n" + strings.Join(more, "") +
		"    samples:\n      - line: " + line + "\n        gives: " + gives + "\n"
}

func TestReadRulesErrors(t *testing.T) {
	const gone, text, line = "worker-gone", `"horse {pid} ended by {signal}"`, `"horse 7 ended by 9"`
	for _, tt := range []struct{ name, yaml, want string }{
		{"wrong sample", rqRules(gone, text, `"horse ended"`, "{pid: 7, signal: 9}"),
			"rq.yaml:6: dialect rq reads this sample as {}, want {pid: 7, signal: 9}"},
		{"other sample", rqRules(gone, text, line, "{pid: 8, signal: 9}"),
			"rq.yaml:6: dialect rq reads this sample as {pid: 7, signal: 9}, want {pid: 8, signal: 9}"},
		{"sample without captures", rqRules("memory-failure", `"out of memory"`, `"all is well"`, "{}", "    what: it ran out of memory\n"),
			"rq.yaml:7: dialect rq does not read this sample"},
		{"near miss", rqRules(gone, text, line, "{pid: 7, signal: 9}") + "    near_misses:\n      - \"horse 8 ended by 15\"\n",
			"rq.yaml:9: dialect rq reads this near miss as {pid: 8, signal: 15}, want nothing"},
		{"another text's sample", rqRules(gone, text, line, "{pid: 7, signal: 9}") +
			"  - event: worker-gone\n    text: \"horse {pid} ended by \"\n    weak: true\n    samples:\n      - line: \"horse 7 ended by 9\"\n        gives: {pid: 7, signal: 9}\n",
			"rq.yaml:12: dialect rq reads this sample by the text of line 4, want that of line 9"},
		{"unknown capture", rqRules(gone, `"horse {ppid} ended"`, line, "{}"),
			"rq.yaml:4: unknown capture {ppid}: want one of {pid} {supervisor} {name} {signal} {-signal} {128+signal} {status} {code} {task} {_}"},
		{"unknown event", rqRules("worker-died", text, line, "{}"),
			`rq.yaml:3: unknown event "worker-died": want one of worker-gone, worker-started, worker-stopping, memory-failure, supervisor-started`},
		{"unknown key", rqRules(gone, text, line, "{pid: 7, signal: 9}", "    colour: red\n"),
			`rq.yaml:5: unknown field "colour"`},
		{"unknown key of gives", rqRules(gone, text, line, "{pid: 7, sig: 9}"),
			`rq.yaml:7: unknown key "sig" of gives: want one of supervisor, pid, name, signal, code, task`},
		{"no number", rqRules(gone, text, line, "{pid: seven, signal: 9}"),
			`rq.yaml:7: "seven" is no number: want decimal digits`},
		{"no cause", rqRules(gone, `"horse {pid} ended"`, line, "{pid: 7}"),
			"rq.yaml:4: the text says no cause: want {signal}, {-signal}, {128+signal}, {status} or {code} in it, or weak: true"},
		{"two causes", rqRules(gone, text, line, "{}", "    signal: 9\n"),
			"rq.yaml:4: the text says a signal in two ways: want one"},
		{"no such signal", rqRules(gone, `"horse {pid} ended"`, line, "{}", "    signal: KILL\n"),
			"rq.yaml:5: signal is no number of a signal: want 1 to 64"},
		{"no why", rqRules("worker-stopping", `"killing horse {pid}"`, line, "{}"),
			"rq.yaml:4: event worker-stopping says nothing of its cause: want why: and a clause"},
		{"no what", rqRules("memory-failure", `"out of memory"`, line, "{}"),
			"rq.yaml:4: event memory-failure says nothing of its cause: want what: and a clause"},
		{"nobody started", rqRules("worker-started", `"a horse was born"`, line, "{}"),
			"rq.yaml:4: the text does not say who started: want {pid} or {name} in it, or by: worker"},
		{"replaces nobody", rqRules("worker-started", `"horse {pid} was born"`, line, "{}", "    replaces: name\n"),
			"rq.yaml:4: replaces: name without a name: want {name} in the text"},
		{"odd flag", rqRules(gone, text, line, "{}", "    weak: perhaps\n"),
			`rq.yaml:5: weak: "perhaps": want true, or leave it out`},
		{"text too short", rqRules(gone, `"pid {pid} by {signal}"`, line, "{}"),
			`rq.yaml:4: "pid {pid} by {signal}" has no 5 plain characters in a row to search for: want more words`},
		{"find too short", rqRules(gone, text, line, "{}", "    find: by\n"),
			`rq.yaml:5: cannot search for "by": want 5 plain characters or more`},
		{"find elsewhere", rqRules(gone, text, line, "{}", "    find: worker\n"),
			`rq.yaml:5: "worker" does not stand in the text: want a part of it`},
		{"text of no text", rqRules(gone, "[1]", line, "{}"), "rq.yaml:3: a line without a text: want text: in quotes"},
		{"no sample", "dialect: rq\nlines:\n  - event: worker-gone\n    text: " + text + "\n",
			"rq.yaml:4: a text without a sample: want samples: and a line as it is printed"},
		{"prefix without pid", "dialect: rq\nprefix: \"[{_}]\"\nlines:\n  - event: worker-gone\n",
			"rq.yaml:2: a prefix says the pid of the supervisor: want {supervisor} in it"},
		{"no name", "lines:\n  - event: worker-gone\n", "rq.yaml:1: no dialect named: want dialect: and the program's name"},
		{"no lines", "dialect: rq\n", "rq.yaml:1: dialect rq has no lines: want lines: and a list of texts"},
		{"second document", ownRules + "---\ndialect: rq\n", "rq.yaml:17: dialect rq has no lines: want lines: and a list of texts"},
		{"empty", "# nothing yet\n", "rq.yaml: no dialect in it: want keys dialect and lines"},
		{"no mapping", "- dialect\n", "rq.yaml:1: sequence was used where mapping is expected"},
		{"no YAML", "dialect: 'rq\n", "rq.yaml:1: could not find end character of single-quoted text"},
		{"list that is none", "dialect: rq\nlines: !!seq\n", "rq.yaml:1: no YAML that can be read: want plain keys, lists, and text in quotes"},
		{"too large", strings.Repeat("#", maxRules+1), "rq.yaml: 131073 bytes: want 131072 at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ReadRules("rq.yaml", []byte(tt.yaml)); err == nil || err.Error() != tt.want {
				t.Errorf("error is %v\nwant     %s\nin\n%s", err, tt.want, tt.yaml)
			}
		})
	}
}
