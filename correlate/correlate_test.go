package correlate_test

import (
	"cmp"
	"flag"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"oomtrace/correlate/report"
	"oomtrace/parsers"
	"oomtrace/parsers/input"
)

var update = flag.Bool("update", false, "rewrite the reports in testdata/incidents")

// TestIncidents reads each case as the program does and compares its report.
func TestIncidents(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Chdir(filepath.Join(incidents, name))
			units, problems, err := input.Find([]string{"logs"}, strings.NewReader(""))
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			got := written(t, correlated(t, units, parsers.Options{}))
			if *update {
				if err := os.WriteFile("report.json", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile("report.json")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the report is not report.json, which -update rewrites: %s", differ(got, string(want)))
			}
			if _, err := os.Stat("README"); err != nil {
				t.Errorf("a case says whose logs it has and what it is about: %v", err)
			}
		})
	}
}

// TestEvidence holds every claim to its evidence.
func TestEvidence(t *testing.T) {
	every(t, func(t *testing.T, _ []file, r *report.Report) {
		for _, in := range r.Incidents {
			points := func(what string, evidence []int) {
				if len(evidence) == 0 {
					t.Errorf("%s: no evidence for %q", in.ID, what)
				}
				for _, e := range evidence {
					if e < 0 || e >= len(in.Timeline) {
						t.Errorf("%s: evidence %d for %q, of a timeline of %d entries", in.ID, e, what, len(in.Timeline))
					}
				}
			}
			for _, a := range in.Explanation {
				points(a.Question, a.Evidence)
				if len(a.Sentences) == 0 {
					t.Errorf("%s: no sentence answers %q", in.ID, a.Question)
				}
				for _, s := range a.Sentences {
					points(s.Text, s.Evidence)
					if !strings.Contains(a.Answer, s.Text) {
						t.Errorf("%s: the answer to %q lacks its sentence %q", in.ID, a.Question, s.Text)
					}
				}
			}
			for _, a := range in.Advice {
				points(a.Text, a.Evidence)
			}
		}
	})
}

// TestPlaces holds every line that a report points at to the text that the
// report says stands there.
func TestPlaces(t *testing.T) {
	every(t, func(t *testing.T, logs []file, r *report.Report) {
		for _, in := range r.Incidents {
			for _, e := range in.Timeline {
				for _, p := range append([]report.Place{{File: e.File, Line: e.Line}}, e.Also...) {
					i := slices.IndexFunc(logs, func(f file) bool { return f.path == p.File })
					if i < 0 {
						t.Fatalf("%s: no file %s", in.ID, p.File)
					}
					if !logs[i].text {
						continue
					}
					line := logs[i].line(p.Line)
					if line == "" {
						t.Errorf("%s: %s has no line %d", in.ID, p.File, p.Line)
					}
					if p.File == e.File && !strings.Contains(line, firstWord(e.Text)) {
						t.Errorf("%s: %s:%d is %q, want the line of %q", in.ID, p.File, p.Line, line, e.Text)
					}
				}
			}
		}
	})
}

// firstWord returns the first word of a message that a log writes as it is.
func firstWord(text string) string {
	word, _, _ := strings.Cut(strings.TrimLeft(text, `"{`), " ")
	word, _, _ = strings.Cut(word, `"`)
	word, _, _ = strings.Cut(word, "\n")
	return word
}

// TestTimes holds every moment to the years in which the logs were written.
func TestTimes(t *testing.T) {
	first, last := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	every(t, func(t *testing.T, _ []file, r *report.Report) {
		moments(reflect.ValueOf(r), func(m report.Time) {
			if m.Before(first) || m.After(last) {
				t.Errorf("%v: want a time of the logs", m)
			}
		})
	})
}

// moments calls f on each report.Time below v.
func moments(v reflect.Value, f func(report.Time)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			moments(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			moments(v.Index(i), f)
		}
	case reflect.Struct:
		if m, ok := v.Interface().(report.Time); ok {
			f(m)
			return
		}
		for i := range v.NumField() {
			moments(v.Field(i), f)
		}
	}
}

// TestIDs holds the incidents of one report to names of their own.
func TestIDs(t *testing.T) {
	every(t, func(t *testing.T, _ []file, r *report.Report) {
		seen := map[string]bool{}
		for _, in := range r.Incidents {
			if seen[in.ID] || !strings.HasPrefix(in.ID, "oom-") {
				t.Errorf("id %q: want one of its own, with oom- before it", in.ID)
			}
			seen[in.ID] = true
		}
	})
}

// TestJSON reads a report back and writes it again.
func TestJSON(t *testing.T) {
	every(t, func(t *testing.T, _ []file, r *report.Report) {
		first := written(t, r)
		back, err := report.Read(strings.NewReader(first))
		if err != nil {
			t.Fatal(err)
		}
		if again := written(t, back); again != first {
			t.Errorf("written, read and written again, the report differs: %s", differ(again, first))
		}
	})
}

// TestOneByteAtATime reads the logs from a reader that gives one byte a call.
func TestOneByteAtATime(t *testing.T) {
	every(t, func(t *testing.T, logs []file, r *report.Report) {
		got, want := written(t, analyze(t, logs, parsers.Options{}, iotest.OneByteReader)), written(t, r)
		if got != want {
			t.Errorf("read one byte at a time, the report differs: %s", differ(got, want))
		}
	})
}

// TestEveryLine looks at every line instead of those that a search finds. That
// is slower, and the report is the same to the byte.
func TestEveryLine(t *testing.T) {
	every(t, func(t *testing.T, logs []file, r *report.Report) {
		got, want := written(t, analyze(t, logs, parsers.Options{EveryLine: true}, whole)), written(t, r)
		if got != want {
			t.Errorf("with every line looked at, the report differs: %s", differ(got, want))
		}
	})
}

// TestOrderOfInputs gives the logs in the other order. What may differ is which
// of several tellings of one thing comes first and which are its also, and
// the moments, by less than their uncertainty.
func TestOrderOfInputs(t *testing.T) {
	every(t, func(t *testing.T, logs []file, want *report.Report) {
		slices.Reverse(logs)
		got := analyze(t, logs, parsers.Options{}, whole)
		slices.Reverse(got.Inputs)
		sameIncidents(t, got, want)
		samePlaces(t, got, want)
		if len(got.RuledOut) != len(want.RuledOut) {
			t.Errorf("%d deaths ruled out, want %d", len(got.RuledOut), len(want.RuledOut))
		}
	})
}

// TestFilesGivenTwice gives a copy of every log beside it. What may differ is
// that each line is met again in the copy, and the moments, by less than their
// uncertainty.
func TestFilesGivenTwice(t *testing.T) {
	every(t, func(t *testing.T, logs []file, want *report.Report) {
		twice := slices.Clone(logs)
		for _, f := range logs {
			f.path = path.Join("copy", f.path)
			twice = append(twice, f)
		}
		got := analyze(t, twice, parsers.Options{}, whole)
		for i := range got.Incidents {
			for j := range got.Incidents[i].Timeline {
				e := &got.Incidents[i].Timeline[j]
				e.Also = slices.DeleteFunc(e.Also, func(p report.Place) bool { return strings.HasPrefix(p.File, "copy/") })
			}
		}
		sameIncidents(t, got, want)
		samePlaces(t, got, want)
		for i := range min(len(got.RuledOut), len(want.RuledOut)) {
			if g, w := got.RuledOut[i].Why, want.RuledOut[i].Why; g != w {
				t.Errorf("ruled out since %q, want %q", g, w)
			}
		}
		if len(got.RuledOut) != len(want.RuledOut) {
			t.Errorf("%d deaths ruled out, want %d", len(got.RuledOut), len(want.RuledOut))
		}
	})
}

// TestFilesCutInTwo cuts every log of lines at an end of one, at several
// places in turn, and gives the parts as two files. Whoever was killed is told
// as often as before and under the same name. What may differ is what the
// second file does not know of the first: where the cut goes through the
// kernel's report, its beginning and its end may be told as two, of which the
// beginning is only suspected, and a problem says that a report is not whole.
func TestFilesCutInTwo(t *testing.T) {
	every(t, func(t *testing.T, logs []file, want *report.Report) {
		for eighths := 1; eighths < 8; eighths++ {
			var parts []file
			for _, f := range logs {
				parts = append(parts, f.cut(eighths, 8)...)
			}
			got := analyze(t, parts, parsers.Options{}, whole)
			if g, w := kills(got), kills(want); !slices.Equal(g, w) {
				t.Errorf("cut at %d/8: kills\n%v, want\n%v", eighths, g, w)
			}
			if len(got.Incidents) > len(want.Incidents) && !slices.ContainsFunc(got.Problems, func(p report.Problem) bool { return p.Code == "truncated-dump" }) {
				t.Errorf("cut at %d/8: %d incidents, want %d", eighths, len(got.Incidents), len(want.Incidents))
			}
		}
	})
}

var rotates = regexp.MustCompile(`^(messages|syslog|journal).*[^n]$`)

// TestRotated cuts what a log daemon writes as a rotation does, through the middle
// of the kernel's reports too: the older piece is another file, with a number behind
// its name. It is as many incidents as before, each with whom it killed and who
// asked. dmesg.0 and dmesg.1.gz are no pieces of one, but of a boot each.
func TestRotated(t *testing.T) {
	told := func(r *report.Report) (out []string) {
		for _, in := range r.Incidents {
			text := in.Verdict + " " + in.Constraint + " " + in.OOMMemcg
			if in.Trigger != nil {
				text += " asked " + in.Trigger.Comm
			}
			for _, v := range in.Victims {
				text += " killed " + v.Comm
			}
			out = append(out, text)
		}
		slices.Sort(out)
		return out
	}
	every(t, func(t *testing.T, logs []file, want *report.Report) {
		for part := 1; part < 24; part++ {
			var parts []file
			for _, f := range logs {
				pieces := []file{f}
				if rotates.MatchString(path.Base(f.path)) {
					pieces = f.cut(part, 24)
				}
				if len(pieces) == 2 {
					pieces[0].path, pieces[1].path = f.path+".1", f.path
				}
				parts = append(parts, pieces...)
			}
			if g, w := told(analyze(t, parts, parsers.Options{}, whole)), told(want); !slices.Equal(g, w) {
				t.Errorf("cut at %d/24: incidents\n%s, want\n%s", part, strings.Join(g, "\n"), strings.Join(w, "\n"))
			}
		}
	})
}

// A kill is one victim, and the incident that tells of it.
type kill struct {
	id, verdict string
	pid         int
	comm        string
}

// kills returns who was killed, sorted.
func kills(r *report.Report) (out []kill) {
	for _, in := range r.Incidents {
		for _, v := range in.Victims {
			out = append(out, kill{in.ID, in.Verdict, v.PID, v.Comm})
		}
	}
	slices.SortFunc(out, func(a, b kill) int {
		return cmp.Or(strings.Compare(a.id, b.id), a.pid-b.pid)
	})
	return out
}

// sameIncidents compares all that is said of the incidents but for the
// timeline, the moments and the texts that name moments.
func sameIncidents(t *testing.T, got, want *report.Report) {
	t.Helper()
	if len(got.Incidents) != len(want.Incidents) {
		t.Fatalf("%d incidents, want %d", len(got.Incidents), len(want.Incidents))
	}
	for i := range want.Incidents {
		g, w := got.Incidents[i], want.Incidents[i]
		sameMoment(t, w.ID, g.Time, w.Time)
		if g, w := texts(&g), texts(&w); !slices.Equal(g, w) {
			t.Errorf("questions and advice %q, want %q", g, w)
		}
		for _, in := range []*report.Incident{&g, &w} {
			in.Time, in.Timeline, in.Summary, in.Explanation, in.Advice = report.When{}, nil, "", nil, nil
		}
		if !reflect.DeepEqual(g, w) {
			one := func(in report.Incident) string {
				return written(t, &report.Report{Incidents: []report.Incident{in}})
			}
			t.Errorf("%s differs: %s", w.ID, differ(one(g), one(w)))
		}
	}
}

// texts returns what is asked and what is advised.
func texts(in *report.Incident) (out []string) {
	for _, a := range in.Explanation {
		out = append(out, a.Question)
	}
	for _, a := range in.Advice {
		out = append(out, a.Text)
	}
	return out
}

// sameMoment compares two estimates of one moment: both are right, so that they
// overlap.
func sameMoment(t *testing.T, id string, got, want report.When) {
	t.Helper()
	if (got.Kill == nil) != (want.Kill == nil) {
		t.Errorf("%s: time %v, want %v", id, got.Kill, want.Kill)
		return
	}
	if got.Kill == nil {
		return
	}
	apart := got.Kill.Sub(want.Kill.Time).Abs().Seconds()
	if apart > *got.Uncertainty+*want.Uncertainty {
		t.Errorf("%s: time %v ± %v s, want %v ± %v s", id, got.Kill, *got.Uncertainty, want.Kill, *want.Uncertainty)
	}
}

// samePlaces compares the timelines by what stands where: each thing that
// happened is told of by the same lines.
func samePlaces(t *testing.T, got, want *report.Report) {
	t.Helper()
	for i := range min(len(got.Incidents), len(want.Incidents)) {
		g, w := places(got.Incidents[i].Timeline), places(want.Incidents[i].Timeline)
		if !reflect.DeepEqual(g, w) {
			t.Errorf("%s: told of by\n%v, want\n%v", want.Incidents[i].ID, g, w)
		}
	}
}

func places(timeline []report.Entry) (out [][]report.Place) {
	byName := func(a, b report.Place) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
	}
	for _, e := range timeline {
		all := append([]report.Place{{File: e.File, Line: e.Line}}, e.Also...)
		slices.SortFunc(all, byName)
		out = append(out, all)
	}
	slices.SortFunc(out, func(a, b []report.Place) int { return slices.CompareFunc(a, b, byName) })
	return out
}
