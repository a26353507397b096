package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"oomtrace/correlate/glossary"
	"oomtrace/correlate/report"
	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// TestWhatIsParsedIsExplained reads the logs of all incidents and looks up every
// name that the kernel's parser took out of them.
func TestWhatIsParsedIsExplained(t *testing.T) {
	units, _, err := input.Find([]string{"../../testdata/incidents"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	logs, err := parsers.Read(t.Context(), units, parsers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dumps, names := 0, map[string]bool{}
	for _, l := range logs {
		for _, e := range l.Events {
			if d, ok := e.Body.(*event.OOMDump); ok {
				dumps++
				namesOf(d, func(name string) { names[name] = true })
				stepsAreExplained(t, d)
			}
		}
	}
	if dumps < 20 || len(names) < 80 {
		t.Fatalf("%d reports with %d names: want more", dumps, len(names))
	}
	for name := range names {
		if _, ok := glossary.Find(name); !ok {
			t.Errorf("the parser gives %q, which is no term of the glossary", name)
		}
	}
}

// namesOf tells every name in a report that somebody could want to look up.
func namesOf(d *event.OOMDump, tell func(string)) {
	list := []event.Stats{d.Memory.Stat, d.Node.Totals}
	for _, b := range d.Memory.Below {
		list = append(list, b.Stat)
	}
	for _, n := range d.Node.Nodes {
		list = append(list, n.KB)
	}
	for _, z := range d.Node.Zones {
		list = append(list, z.KB)
		tell(z.Name)
		for _, f := range z.FreeLists {
			for _, letter := range f.Types {
				tell("free list " + string(letter))
			}
		}
	}
	for _, stats := range list {
		for _, s := range stats {
			tell(s.Name)
		}
	}
	for _, s := range d.Steps {
		tell(s.What)
	}
	for _, letter := range strings.ReplaceAll(d.Taint, " ", "") {
		tell("taint " + string(letter))
	}
	if d.Trigger != nil {
		for _, flag := range d.Trigger.GFPFlags {
			tell(flag)
		}
	}
	for _, word := range []string{d.Kind, d.Constraint} {
		if word != "" {
			tell(word)
		}
	}
}

// stepsAreExplained takes every line that tells what happened apart. Only those
// that tell of a kill may say so.
func stepsAreExplained(t *testing.T, d *event.OOMDump) {
	t.Helper()
	for _, s := range d.Steps {
		line, ok := glossary.TakeApart([]byte(s.Text))
		if broken := strings.ContainsRune(s.Text, '\n') || d.Truncated; !ok && !broken {
			t.Errorf("%v: the step %s is not explained: %q", s.Pos, s.What, s.Text)
		}
		if kill := s.What == "killed" || s.What == "group"; ok && kill != (line.Kill == "yes") {
			t.Errorf("%v: the step %s is explained as a kill: %q: %q", s.Pos, s.What, line.Kill, s.Text)
		}
	}
}

// TestStepsHaveEntries looks up each step that event.Step names.
func TestStepsHaveEntries(t *testing.T) {
	for step := range strings.FieldsSeq("invoked limit memory tasks chosen killed group reaped unreaped no-killable panic sysrq exiting pinned") {
		isStep := func(e glossary.Entry) bool {
			return e.Kind == "report word" && strings.HasPrefix(e.Text, "A step of a report: ")
		}
		if !slices.ContainsFunc(glossary.FindAll(step), isStep) {
			t.Errorf("no entry says which step %s is", step)
		}
	}
}

// problemCode finds the code of a problem where a source file makes one.
var problemCode = regexp.MustCompile(`(?m)(?:\.[pP]roblem\([^"\n]*|limitf\(|Problem\{Code: |^\t[a-zA-Z]+ += )"([a-z]+(?:-[a-z]+)+|unreadable)"`)

// TestProblemsHaveEntries looks up the code of each problem that a report can
// state, as the sources have them.
func TestProblemsHaveEntries(t *testing.T) {
	codes := map[string]bool{}
	for _, dir := range []string{"parsers", "parsers/input", "parsers/kubernetes", "parsers/lines/journal", "correlate"} {
		names, _ := filepath.Glob("../../" + dir + "/*.go")
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") || !strings.Contains(string(text), "roblem") {
				continue
			}
			for _, found := range problemCode.FindAllSubmatch(text, -1) {
				codes[string(found[1])] = true
			}
		}
	}
	if len(codes) < 25 {
		t.Errorf("%d codes were found in the sources: want more", len(codes))
	}
	for code := range codes {
		if e, ok := glossary.Find(code); !ok || e.Kind != "report word" {
			t.Errorf("%q is no report word of the glossary", code)
		}
	}
}

// ofReport finds what only lines of a report have: sizes, counts of pages, names.
var ofReport = regexp.MustCompile(`[0-9][kK]B\b|[0-9] pages|reserved pages|oom|Out of|free:|Kill|Mem-|[Cc]all [Tt]race|\+0x[0-9a-f]+/0x`)

// notWhole are logs of which lines were broken or cut, or that are no kernel's.
var notWhole = regexp.MustCompile(`wrapped|quoted|markdown|split|lookalike|6.12-raspberry|aks|4.7-nobody-killed|unable-to-reap`)

// TestLinesOfLogsAreExplained takes the lines of the parser's logs apart. No line
// of a report is unknown, and no field is left without a meaning.
func TestLinesOfLogsAreExplained(t *testing.T) {
	names, _ := filepath.Glob("../../parsers/kernel/testdata/*/*/log.txt")
	known := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for s := range strings.Lines(string(text)) {
			line, ok := takeApart([]byte(strings.TrimRight(s, "\r\n")))
			if !ok && ofReport.MatchString(s) && !notWhole.MatchString(name) {
				t.Errorf("%s: not explained: %s", name, s)
			}
			if ok {
				known++
			}
			for _, f := range line.Fields {
				if f.Meaning == "" {
					t.Errorf("%s: nothing is said of %s in %s", name, f.Name, s)
				}
			}
		}
	}
	if known < 4000 {
		t.Errorf("%d lines were explained: want more", known)
	}
}

// TestExplainTakesEnvelopesOff gives one line in many envelopes.
func TestExplainTakesEnvelopesOff(t *testing.T) {
	const line = "Memory cgroup out of memory: Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB, shmem-rss:0kB, UID:0 pgtables:192kB oom_score_adj:969"
	var want string
	for _, before := range []string{
		"", "[ 7208.737313] ", "[7208.737313] ", "[ 123.456789] ", "[Mon Nov 23 08:50:41 2026] ", "kern  :err   : [ 7208.737313] ", "<3>[ 7208.737313] ",
		"2026-11-23T08:50:41,123456+00:00 ", "3,1234,7208737313,-;", "Nov 23 08:50:41 node-1 kernel: ", "Nov 23 08:50:41 node-1 kernel: [ 7208.737313] ",
		"2026-11-23T08:50:41.123456+00:00 node-1 kernel: ",
		"<3>", "[ 7208.737313][T1234] ", "[ 7208.737313][T1234]", "[ 7208.737313][ T1234] ", "[7208.737313] [T1234] ", "[    1.2][C0] ", "<3>[ 7208.737313][T1234] ",
		"kernel: ", "> ", ">> ", "> > Nov 23 08:50:41 node-1 kernel: [ 7208.737313] ", "Nov 23 08:50:41 node-1 kernel: <3>", "Oct  2 03:44:18 node-1 kernel: [ 88120.402118] ",
	} {
		out, errs, status := explain(t, "", before+line)
		if want == "" {
			want = out
		}
		if status != statusOK || out != want {
			t.Errorf("behind %q: status %d, %s\n%s", before, status, errs, out)
		}
	}
	out, _, _ := explain(t, "", "Nov 23 08:50:41 node-1 worker[12]: "+line)
	if !strings.Contains(strings.Join(strings.Fields(out), " "), `"worker" wrote this line, which need not be the kernel`) {
		t.Errorf("the line of a worker is explained as the kernel's:\n%s", out)
	}
}

// TestExplainLeavesNoPriorityInAName gives lines that begin with a name, which
// could be anything: the priority of a console is no part of it.
func TestExplainLeavesNoPriorityInAName(t *testing.T) {
	for _, before := range []string{"<4>", "<4>[    1.200000][T1234] ", "kernel: ", "> "} {
		line, ok := takeApart([]byte(before + "sync-cfg invoked oom-killer: gfp_mask=0xd0, order=2, oomkilladj=0"))
		if !ok || line.Fields[0].Value != "sync-cfg" {
			t.Errorf("behind %q: %t, %+v: want the comm sync-cfg", before, ok, line.Fields)
		}
	}
}

// TestExplainKeepsNamesWhole looks for a name of a field that the kernel prints
// as one word, in a table as wide as a terminal is.
func TestExplainKeepsNamesWhole(t *testing.T) {
	out, _, _ := explain(t, "", "Node 0 active_anon:437528kB writeback_tmp:0kB kernel_misc_reclaimable:0kB all_unreclaimable? yes")
	if !strings.Contains(out, "all_unreclaimable ") || !strings.Contains(out, "kernel_misc_ ") {
		t.Errorf("a name is broken where it has no seam:\n%s", out)
	}
}

// TestExplainIsInert gives lines with what could act on a terminal.
func TestExplainIsInert(t *testing.T) {
	for _, comm := range []string{"\x1b[31mred", "a\rb", "\u202egnp", "a\xff\xfe", "\x9b31m", "a\u0301\u0301\u0301\u0301\u0301\u0301", "\u200b\ufe0f"} {
		for _, format := range []string{"text", "json"} {
			out, _, status := explain(t, "", "--format", format, "Killed process 2528 ("+comm+") total-vm:4kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB")
			bad := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && r < ' ' || r >= 0x7f && r < 0xa0 })
			if status != statusOK || bad >= 0 || format == "text" && strings.ContainsFunc(out, isBidi) {
				t.Errorf("%q as %s: status %d, %q", comm, format, status, out)
			}
		}
		out, errs, status := explain(t, "", comm)
		if status != statusUsage || out != "" || strings.ContainsFunc(errs, func(r rune) bool { return r != '\n' && r < ' ' || isBidi(r) }) {
			t.Errorf("%q as a term: status %d, %q, %q", comm, status, out, errs)
		}
	}
}

// TestExplainKeepsTheWidth looks at all that explain can print of a term or a
// list: no line is wider than a terminal that nobody widened.
func TestExplainKeepsTheWidth(t *testing.T) {
	calls := [][]string{nil}
	for _, e := range glossary.All() {
		calls = append(calls, []string{"--", e.Term})
	}
	for _, args := range calls {
		out, errs, status := explain(t, "", args...)
		if status != statusOK || out == "" {
			t.Errorf("explain %q: status %d, %s", args, status, errs)
		}
		for line := range strings.Lines(out) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
				t.Errorf("explain %q: %d columns: %s", args, n, line)
			}
		}
	}
}

func TestExplainAsJSON(t *testing.T) {
	out, _, _ := explain(t, "", "-f", "json", "low")
	var x explanation
	if err := json.Unmarshal([]byte(out), &x); err != nil || len(x.Entries) != 2 || x.Entries[0].Term != "low" {
		t.Errorf("%v: %s", err, out)
	}
	out, _, _ = explain(t, "\n  \nmemory: usage 98304kB, limit 98304kB, failcnt 12\nswap: usage\n", "-f", "json", "-")
	x = explanation{}
	err := json.Unmarshal([]byte(out), &x)
	if err != nil || x.Line == nil || !slices.ContainsFunc(x.Line.Fields, func(f glossary.Field) bool { return f.Name == "limit" && f.Human == "96 MiB" }) {
		t.Errorf("%v: %s", err, out)
	}
}

// TestExplainReadsLittle gives a line without an end.
func TestExplainReadsLittle(t *testing.T) {
	_, errs, status := explain(t, strings.Repeat("Killed process ", 1<<18), "-")
	if status != statusUsage || len(errs) > 300 {
		t.Errorf("status %d, %d bytes: %.300s", status, len(errs), errs)
	}
}

// explain runs the command and returns what it printed.
func explain(t *testing.T, stdin string, args ...string) (out, errs string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(append([]string{"explain"}, args...), strings.NewReader(stdin), &stdout, &stderr)
	return stdout.String(), stderr.String(), status
}

// TestPartsAreExplained looks up each part of the memory that a report shows.
func TestPartsAreExplained(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/incidents/*/report.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no reports", err)
	}
	parts := 0
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := report.Read(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range r.Incidents {
			if in.Memory == nil || in.Memory.Breakdown == nil {
				continue
			}
			for _, p := range in.Memory.Breakdown.Parts {
				parts++
				if _, ok := glossary.Find(p.Name); !ok {
					t.Errorf("%s: the part %q is no term of the glossary", path, p.Name)
				}
			}
		}
	}
	if parts == 0 {
		t.Error("no report shows a part")
	}
}
