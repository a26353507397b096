package glossary

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestSamples takes every sample of the data apart: each must give the fields
// that it states, by the form that it stands with.
func TestSamples(t *testing.T) {
	for i := range known().rules {
		r := &known().rules[i]
		if len(r.form.Samples) == 0 {
			t.Errorf("%s: the form %q has no sample", r.line.Name, r.form.Text)
		}
		for _, s := range r.form.Samples {
			l, ok := TakeApart([]byte(s.Line))
			if !ok || l.Name != r.line.Name || l.Since != r.form.Since || l.Until != r.form.Until {
				t.Errorf("%q is read as %s (%s to %s), %t: want %s (%s to %s)", s.Line, l.Name, l.Since, l.Until, ok, r.line.Name, r.form.Since, r.form.Until)
			}
			for name, want := range s.Gives {
				if got := valueOf(l, name); got != want {
					t.Errorf("%q: %s is %q: want %q", s.Line, name, got, want)
				}
			}
			if !strings.Contains(r.form.Text, " pairs}") && !strings.Contains(r.form.Text, " blocks}") {
				every(t, l, s)
			}
		}
	}
}

// every checks that a sample states all fields of its line, but for those that
// are made of one: the flags of a mask, the letters of a taint.
func every(t *testing.T, l Line, s sample) {
	t.Helper()
	for _, f := range l.Fields {
		if _, stated := s.Gives[f.Name]; !stated && f.Name != "flag" && f.Name != "taint" {
			t.Errorf("%q: the sample does not say that it gives %s", s.Line, f.Name)
		}
	}
}

func valueOf(l Line, name string) string {
	i := slices.IndexFunc(l.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return "no such field"
	}
	return l.Fields[i].Value
}

func TestNearMisses(t *testing.T) {
	n := 0
	for i := range known().rules {
		r := &known().rules[i]
		for _, miss := range r.form.NearMisses {
			n++
			if l, ok := TakeApart([]byte(miss)); ok && l.Name == r.line.Name {
				t.Errorf("%q is read as %s: want nothing", miss, l.Name)
			}
		}
	}
	if n < 10 {
		t.Errorf("%d near misses: want more", n)
	}
}

// TestFieldsAreExplained wants a meaning for every field of every sample.
func TestFieldsAreExplained(t *testing.T) {
	for i := range known().rules {
		r := &known().rules[i]
		for _, s := range r.form.Samples {
			l, _ := TakeApart([]byte(s.Line))
			for _, f := range l.Fields {
				if f.Meaning == "" {
					t.Errorf("%s: nothing is said of %s in %q", l.Name, f.Name, s.Line)
				}
			}
		}
		for name, term := range r.line.Terms {
			if e, ok := Find(term); !ok || e.Term != term {
				t.Errorf("%s: %s is explained by %s, which is no term", r.line.Name, name, term)
			}
		}
	}
}

// TestTextsFollowValues reads lines whose text another value of a field changes.
func TestTextsFollowValues(t *testing.T) {
	for _, c := range []struct{ line, says, not string }{
		{"kworker/3:0 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0", "at the SysRq key", "A thread asked for memory"},
		{"kworker/3:0 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0", "A thread asked for memory", "SysRq"},
	} {
		l, ok := TakeApart([]byte(c.line))
		if !ok || !strings.Contains(l.Text, c.says) || strings.Contains(l.Text, c.not) {
			t.Errorf("%q: %t, %q: want %q and not %q", c.line, ok, l.Text, c.says, c.not)
		}
	}
}

// TestMeaningsOfTheLine reads fields whose meaning depends on the line.
func TestMeaningsOfTheLine(t *testing.T) {
	for _, c := range []struct{ line, field, want string }{
		{"CPU: 0 UID: 0 PID: 4413 Comm: python3 Not tainted 6.12.1 #1", "UID", "effective user id of the thread that asked"},
		{"Killed process 31995, UID 500, (java) total-vm:7977568kB, anon-rss:3558396kB, file-rss:104kB", "UID", "real user id of the victim"},
		{"lowmem_reserve[]: 0 442 442", "lowmem_reserve", "first number is for the lowest zone, zone 0"},
		{"Out of memory: Killed process 2528 (python3) total-vm:300000kB, anon-rss:65088kB, file-rss:2624kB, shmem-rss:0kB, UID:0 pgtables:192kB oom_score_adj:969", "pgtables", "5.4.0 to 5.4.8 print bytes"},
	} {
		l, _ := TakeApart([]byte(c.line))
		i := slices.IndexFunc(l.Fields, func(f Field) bool { return f.Name == c.field })
		if i < 0 || !strings.Contains(l.Fields[i].Meaning, c.want) {
			t.Errorf("%q: %s: got %+v, want %q", c.line, c.field, l.Fields, c.want)
		}
	}
}

func TestHumanUnits(t *testing.T) {
	for _, c := range []struct{ line, field, want string }{
		{"memory: usage 98304kB, limit 9007199254740988kB, failcnt 12", "limit", "no limit"},
		{"memory: usage 98304kB, limit 9007199254740928kB, failcnt 12", "limit", "no limit"},
		{"memory: usage 98304kB, limit 18014398509481983kB, failcnt 12", "limit", "no limit"},
		{"memory: usage 98304kB, limit 98304kB, failcnt 12", "usage", "96 MiB"},
		{"memory: usage 9999999999999999999999kB, limit 98304kB, failcnt 12", "usage", ""},
		{"memory: usage 98304kB, limit 98304kB, failcnt 12", "failcnt", ""},
		{"active_anon 52076544", "active_anon", "49.7 MiB"},
		{"Out of memory: Killed process 1 (java) total-vm:4519104kB, anon-rss:1046132kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:99405824kB oom_score_adj:0", "pgtables", "94.8 MiB if these are bytes"},
		{"Out of memory: Killed process 1 (java) total-vm:4519104kB, anon-rss:1046132kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:8820kB oom_score_adj:0", "pgtables", "8.6 MiB"},
		{"Out of memory: Killed process 1 (sh) total-vm:4kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:28kB oom_score_adj:0", "pgtables", "28 KiB"},
		{"pgfault 12751", "pgfault", ""},
		{"130942 pages RAM", "pages RAM", "511.5 MiB if a page is 4 KiB"},
		{"1 pages reserved", "pages reserved", "4 KiB if a page is 4 KiB"},
		{"a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=3, oom_score_adj=0", "order", "8 contiguous pages"},
		{"a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=99, oom_score_adj=0", "order", ""},
		{"Node 0 DMA: 3*4kB (U) 0*8kB = 12kB", "order 0", "12 KiB"},
		{"Node 0 DMA: 9223372036854775807*4kB = 12kB", "order 0", ""},
	} {
		l, ok := TakeApart([]byte(c.line))
		i := slices.IndexFunc(l.Fields, func(f Field) bool { return f.Name == c.field })
		if !ok || i < 0 || l.Fields[i].Human != c.want {
			t.Errorf("%q: %s: got %+v, want %q", c.line, c.field, l.Fields, c.want)
		}
	}
}

// TestTaskTable reads heads and rows of all eras.
func TestTaskTable(t *testing.T) {
	for _, c := range []struct{ name, line, since, until, gives string }{
		{"6.8", "[   1297]     0  1297     7991     7889     7694        1       194    98304        0          -999 kubelet",
			"6.8", "", "pid=1297 uid=0 tgid=1297 total_vm=7991 rss=7889 rss_anon=7694 rss_file=1 rss_shmem=194 pgtables_bytes=98304 swapents=0 oom_score_adj=-999 name=kubelet"},
		{"6.8, a name that begins with a number", "[   1297]     0  1297     7991     7889     7694        1       194    98304        0          -999 7 zip",
			"6.8", "", "pid=1297 uid=0 tgid=1297 total_vm=7991 rss=7889 rss_anon=7694 rss_file=1 rss_shmem=194 pgtables_bytes=98304 swapents=0 oom_score_adj=-999 name=7 zip"},
		{"4.19", "[   4413]     0  4413    75000    16928   196608        0           969 python3",
			"4.19", "6.6", "pid=4413 uid=0 tgid=4413 total_vm=75000 rss=16928 pgtables_bytes=196608 swapents=0 oom_score_adj=969 name=python3"},
		{"4.19, a name with a number", "[   4413]     0  4413    75000    16928   196608        0           969 5",
			"4.19", "6.6", "pid=4413 uid=0 tgid=4413 total_vm=75000 rss=16928 pgtables_bytes=196608 swapents=0 oom_score_adj=969 name=5"},
		{"4.0", "[ 4413]     0  4413    75000    16928      52       3        0           969 python3",
			"4.0", "4.14", "pid=4413 uid=0 tgid=4413 total_vm=75000 rss=16928 nr_ptes=52 nr_pmds=3 swapents=0 oom_score_adj=969 name=python3"},
		{"three eras", "[ 4413]     0  4413    75000    16928      52        0           969 python3",
			"2.6.36", "4.18", "pid=4413 uid=0 tgid=4413 total_vm=75000 rss=16928 pgtables_bytes or nr_ptes or cpu=52 swapents or oom_adj=0 oom_score_adj=969 name=python3"},
		{"blanks lost", "[ 4413] 0 4413 75000 16928 196608 0 969 python3",
			"2.6.36", "6.6", "pid=4413 uid=0 tgid=4413 total_vm=75000 rss=16928 pgtables_bytes or nr_ptes or cpu=196608 swapents or oom_adj=0 oom_score_adj=969 name=python3"},
		{"2.6.32", "[ 2592]   500  2592   467101   233608   1       0 oom-test",
			"2.6.32", "2.6.35", "pid=2592 uid=500 tgid=2592 total_vm=467101 rss=233608 cpu=1 oom_adj=0 name=oom-test"},
		{"head of 6.8", "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name",
			"6.8", "", "pid= uid= tgid= total_vm= rss= rss_anon= rss_file= rss_shmem= pgtables_bytes= swapents= oom_score_adj= name="},
		{"head of 4.19", "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
			"4.19", "6.6", "pid= uid= tgid= total_vm= rss= pgtables_bytes= swapents= oom_score_adj= name="},
		{"head of 4.15", "[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
			"4.15", "4.18", "pid= uid= tgid= total_vm= rss= pgtables_bytes= swapents= oom_score_adj= name="},
		{"head of 3.6", "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
			"3.6", "3.19", "pid= uid= tgid= total_vm= rss= nr_ptes= swapents= oom_score_adj= name="},
		{"head of 2.6.32", "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name",
			"2.6.32", "2.6.35", "pid= uid= tgid= total_vm= rss= cpu= oom_adj= name="},
	} {
		l, ok := TakeApart([]byte(c.line))
		var got []string
		for _, f := range l.Fields {
			got = append(got, f.Name+"="+f.Value)
		}
		if s := strings.Join(got, " "); !ok || s != c.gives || l.Since != c.since || l.Until != c.until {
			t.Errorf("%s: got %s (%s to %s)\nwant %s (%s to %s)", c.name, s, l.Since, l.Until, c.gives, c.since, c.until)
		}
		if _, ok := Find(l.Name); !ok {
			t.Errorf("%s: %q has no entry", c.name, l.Name)
		}
		for _, f := range l.Fields {
			if f.Meaning == "" {
				t.Errorf("%s: nothing is said of %s", c.name, f.Name)
			}
		}
	}
}

// TestAmbiguousRowSaysSo wants a note where the columns of a row are not certain,
// and none where they are.
func TestAmbiguousRowSaysSo(t *testing.T) {
	l, _ := TakeApart([]byte("[ 4413] 0 4413 75000 16928 196608 0 969 python3"))
	if len(l.Notes) != 1 || !strings.Contains(l.Notes[0], "4.19 to 6.6, 4.15 to 4.18, 3.6 to 3.19, 2.6.36 to 3.5") {
		t.Errorf("got %q: want a note with the eras", l.Notes)
	}
	l, _ = TakeApart([]byte("[   4413]     0  4413    75000    16928   196608        0           969 python3"))
	if len(l.Notes) != 0 {
		t.Errorf("got %q: want no note", l.Notes)
	}
}

// TestOtherLines are not taken apart.
func TestOtherLines(t *testing.T) {
	for _, line := range []string{
		"", " ", "hello", "eth0: link up", "[   12.345678] usb 1-1: new device", "[ 4413]", "[ 4413] 0 4413", "hello 17", "pid 4413",
		"Out of memory", "java.lang.OutOfMemoryError: Java heap space", "Killed", "Node 0", "CPU: 1", "a:1",
	} {
		if l, ok := TakeApart([]byte(line)); ok {
			t.Errorf("%q is read as %s: want nothing", line, l.Name)
		}
	}
}

// TestKillIsSaidOnlyOfKills looks at what each line says of a kill.
func TestKillIsSaidOnlyOfKills(t *testing.T) {
	got := map[string]string{}
	for _, r := range known().rules {
		if r.line.Kill != "" {
			got[r.line.Name] = r.line.Kill
		}
	}
	want := map[string]string{
		"Killed process": "yes", "sharing same memory": "yes", "VM: killing process": "yes",
		"Tasks are going to be killed due to memory.oom.group set": "yes",

		// Not by the kernel, or by one of the two.
		"A process of this unit has been killed by the OOM killer": "yes", "systemd-oomd killed process(es) in this unit": "yes", "Failed with result 'oom-kill'.": "yes",
		"systemd-oomd: Killed": "yes", "earlyoom: escalating to SIGKILL": "yes", "oomd kill": "yes", "oomd kill in a dry run": "no", "stop timeout of a unit": "no",

		"Out of memory and no killable processes": "no", "Kernel panic - not syncing: Out of memory": "no", "OOM request ignored": "no",
		"Huh VM_FAULT_OOM leaked out to the PF handler": "no", "oom_adj is deprecated": "no", "page allocation failure": "no",
		"page allocation stalls": "no", "segfault": "no", "hung task": "no", "Memory failure": "no", "OOM killer disabled": "no",
		"lowmemorykiller: Killing": "no", "lmkd: Kill": "no", "Purging GPU memory": "no",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestPatternsAreChecked gives patterns that cannot be matched.
func TestPatternsAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"Killed {pid id":      "a brace",
		"{a}{b}":              "two captures touch",
		"{comm*}{...}":        "two captures touch",
		"{comm*}{a}":          "two captures touch",
		"Killed {pid pages2}": "unknown type",
	} {
		fsys := fstest.MapFS{"lines/a.yaml": {Data: []byte("lines:\n  - name: x\n    text: X.\n    forms:\n      - text: \"" + text + "\"\n")}}
		if _, err := read(fsys); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v: want %q", text, err, want)
		}
	}
}
