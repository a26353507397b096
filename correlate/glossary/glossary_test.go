package glossary

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestFilesCanBeRead(t *testing.T) {
	if _, err := read(files); err != nil {
		t.Fatal(err)
	}
}

// TestEntriesAreWhole looks at each entry for what it must have.
func TestEntriesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range All() {
		switch {
		case e.Term == "" || clean(e.Term) != strings.TrimRight(e.Term, ":"):
			t.Errorf("%q is no term that can be looked up", e.Term)
		case seen[e.Term]:
			t.Errorf("%s is explained twice", e.Term)
		case !slices.Contains(Kinds, e.Kind):
			t.Errorf("%s: kind %q: want one of %q", e.Term, e.Kind, Kinds)
		case !strings.HasSuffix(e.Text, "."):
			t.Errorf("%s: the text %q ends without a full stop", e.Term, e.Text)
		case len(e.Short()) > 200:
			t.Errorf("%s: the first sentence has %d bytes: want 200 at most", e.Term, len(e.Short()))
		case e.Source == "":
			t.Errorf("%s has no source", e.Term)
		}
		seen[e.Term] = true
		for _, other := range e.See {
			if f, ok := Find(other); !ok || f.Term != other {
				t.Errorf("%s points to %s, which is no term", e.Term, other)
			}
		}
	}
}

// TestNamesAreFound looks up each entry by all its names.
func TestNamesAreFound(t *testing.T) {
	for _, e := range All() {
		for _, name := range append([]string{e.Term}, e.Also...) {
			found := slices.ContainsFunc(FindAll(name), func(f Entry) bool { return f.Term == e.Term })
			if !found {
				t.Errorf("%s is not found by %q", e.Term, name)
			}
		}
		if first, _ := Find(e.Term); first.Term != e.Term {
			t.Errorf("%q gives %s first", e.Term, first.Term)
		}
	}
}

// TestSharedNames checks the words that mean several things: each of these is
// shown, and no other word is taken twice by accident.
func TestSharedNames(t *testing.T) {
	want := map[string][]string{
		"9":             {"9", "signal 9"},
		"C":             {"taint C", "free list C"},
		"E":             {"taint E", "free list E"},
		"I":             {"taint I", "free list I"},
		"M":             {"taint M", "free list M"},
		"R":             {"taint R", "free list R"},
		"U":             {"taint U", "free list U"},
		"cpuset":        {"cpuset", "cpuset (kind)"},
		"eviction":      {"eviction (kubelet)", "eviction (kind)"},
		"high":          {"high", "memory.events high"},
		"limit":         {"limit", "limit (step)"},
		"low":           {"low", "memory.events low"},
		"memory":        {"memory", "memory (step)"},
		"zswap":         {"zswap", "zswap cache"},
		"memcg":         {"memcg", "memcg (kind)"},
		"oom-kill":      {"oom-kill", "oom-kill:constraint"},
		"sysrq":         {"sysrq", "SysRq-f"},
		"oom":           {"OOM killer", "memory.events oom"},
		"oom_adj":       {"oom_adj", "oom_adj (column)"},
		"oom_score_adj": {"oom_score_adj", "oom_score_adj (column)"},
		"rss":           {"rss", "rss (stat)"},
	}
	got := map[string][]string{}
	for name, at := range known().exact {
		if len(at) > 1 {
			for _, i := range at {
				got[name] = append(got[name], known().entries[i].Term)
			}
		}
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("words with several meanings: got %q, want %q", got, want)
	}
}

func TestFindForgives(t *testing.T) {
	for given, want := range map[string]string{
		"gfp_kernel": "GFP_KERNEL", "oomkilled": "OOMKilled", "anon-rss:": "anon-rss", "gfp_mask=": "gfp_mask",
		"  Mem-Info:": "Mem-Info", "all_unreclaimable?": "all_unreclaimable", "exit  code 137": "137", "`oom_reaper`": "oom_reaper",
	} {
		if e, ok := Find(given); !ok || e.Term != want {
			t.Errorf("Find(%q) = %q, %t: want %q", given, e.Term, ok, want)
		}
	}
	for _, given := range []string{"", " ", ":", "oom_scor_adj", "hello"} {
		if e, ok := Find(given); ok {
			t.Errorf("Find(%q) = %q: want nothing", given, e.Term)
		}
	}
}

func TestNear(t *testing.T) {
	for given, want := range map[string]string{
		"oom_scor_adj": "oom_score_adj", "GFP_KERNAL": "GFP_KERNEL", "watermark_min": "min", "anon_rss": "anon-rss",
		"CONSTRAINT_MEMCGS": "CONSTRAINT_MEMCG", "OOMKiled": "OOMKilled", "panic_on_ooms": "vm.panic_on_oom",
	} {
		if near := Near(given); len(near) == 0 || !slices.Contains(near[:min(2, len(near))], want) {
			t.Errorf("Near(%q) = %q: want %q among the first", given, near, want)
		}
	}
	for _, given := range []string{"", "zzzzzzzz", strings.Repeat("qx", 1<<20)} {
		if near := Near(given); len(near) > 0 {
			t.Errorf("Near of %d bytes %.10q = %q: want nothing", len(given), given, near)
		}
	}
}

// TestPrintedNamesAreExplained looks up each name that a kernel was seen to
// print, and those that older ones print by their source.
func TestPrintedNamesAreExplained(t *testing.T) {
	text, err := os.ReadFile("testdata/printed.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for name := range strings.Lines(string(text)) {
		if strings.HasPrefix(name, "#") {
			continue
		}
		names++
		if _, ok := known().exact[clean(name)]; !ok {
			t.Errorf("%q has no entry", clean(name))
		}
	}
	if names < 250 {
		t.Errorf("testdata/printed.txt has %d names: want more", names)
	}
}

// TestStatsAreTakenApart reads each statistic as the kernel prints it, one a line.
func TestStatsAreTakenApart(t *testing.T) {
	for _, e := range All() {
		if e.Kind != "stat" {
			continue
		}
		l, ok := TakeApart([]byte(e.Term + " 4096"))
		if own := e.Term == "rss (stat)"; own {
			l, ok = TakeApart([]byte("rss 4096"))
		}
		if !ok || len(l.Fields) != 1 || l.Fields[0].Value != "4096" || (l.Fields[0].Unit == "bytes") != strings.HasPrefix(e.Unit, "bytes") {
			t.Errorf("%s 4096 is read as %+v", e.Term, l)
		}
	}
}

// TestVersionsOfLines checks that an entry of a line covers all its forms.
func TestVersionsOfLines(t *testing.T) {
	for term, want := range map[string]string{
		"Killed process": "2.6.18-", "Kill process": "2.6.18-5.0", "Memory allocations": "6.10-", "Mem-Info swap": "-", "sysrq: Manual OOM execution": "-",
		"page allocation stalls": "4.11-4.13", "oom-kill:constraint": "5.0-", "Memory limit reached of cgroup": "4.1-4.20",
	} {
		if e, ok := Find(term); !ok || e.Since+"-"+e.Until != want {
			t.Errorf("%s: %s-%s, %t: want %s", term, e.Since, e.Until, ok, want)
		}
	}
}

func TestEveryKindIsUsed(t *testing.T) {
	for _, kind := range Kinds {
		if !slices.ContainsFunc(All(), func(e Entry) bool { return e.Kind == kind }) {
			t.Errorf("no entry is a %s", kind)
		}
	}
}
