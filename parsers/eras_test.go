package parsers_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// An era is what a person read in one log of parsers/kernel/testdata. What is
// not stated there is nil.
type era struct {
	Kernel    string
	Incidents []struct {
		Kind, Constraint string
		Trigger          struct {
			Comm        string
			PID, Order  *int
			OOMScoreAdj *int   `json:"oom_score_adj"`
			GFPMask     string `json:"gfp_mask"`
		}
		Chosen *struct {
			PID, Score *int
			Comm       string
		}
		Victims []struct {
			PID         int
			Comm        string
			UID         *int
			TotalVM     *int64 `json:"total_vm_kb"`
			AnonRSS     *int64 `json:"anon_rss_kb"`
			FileRSS     *int64 `json:"file_rss_kb"`
			ShmemRSS    *int64 `json:"shmem_rss_kb"`
			Pgtables    *int64 `json:"pgtables_kb"`
			OOMScoreAdj *int   `json:"oom_score_adj"`
		}
		Memory struct {
			Usage *int64 `json:"usage_kb"`
			Limit *int64 `json:"limit_kb"`
		}
		OOMMemcg  string `json:"oom_memcg"`
		TaskMemcg string `json:"task_memcg"`
		Tasks     *int
		PagesRAM  *int64 `json:"pages_ram"`
		TotalSwap *int64 `json:"total_swap_kb"`
		FreeSwap  *int64 `json:"free_swap_kb"`
		Zones     *int
		PageKB    *int64 `json:"page_kb"`
	}
}

// TestEras reads a report of every kernel's, in whatever prefixes it was met.
func TestEras(t *testing.T) {
	logs, err := filepath.Glob("kernel/testdata/*/*/log.txt")
	if err != nil || len(logs) == 0 {
		t.Fatal("no logs", err)
	}
	for _, path := range logs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join(dir, "expect.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want era
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			checkEra(t, &want, dumpsOf(t, path))
		})
	}
}

// dumpsOf returns the reports in a log, and what else is a kill in it.
func dumpsOf(t *testing.T, path string) (ds []*event.OOMDump) {
	t.Helper()
	units, _, err := input.Find([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	logs, err := parsers.Read(t.Context(), units, parsers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range logs {
		for _, e := range l.Events {
			if d, ok := e.Body.(*event.OOMDump); ok {
				ds = append(ds, d)
			}
		}
	}
	return ds
}

func checkEra(t *testing.T, want *era, got []*event.OOMDump) {
	t.Helper()
	if len(got) != len(want.Incidents) {
		t.Fatalf("%d reports, want %d", len(got), len(want.Incidents))
	}
	for i, d := range got {
		w := &want.Incidents[i]
		c := comparison{t: t}
		c.text("kind", d.Kind, w.Kind)
		c.text("constraint", d.Constraint, w.Constraint)
		if tr := d.Trigger; tr != nil {
			c.text("trigger", tr.Comm, w.Trigger.Comm)
			c.text("mask", tr.GFPMask, w.Trigger.GFPMask)
			same(c, "trigger's pid", tr.PID, w.Trigger.PID)
			same(c, "order", tr.Order, w.Trigger.Order)
			same(c, "trigger's oom_score_adj", tr.OOMScoreAdj, w.Trigger.OOMScoreAdj)
		} else if w.Trigger.Comm != "" {
			t.Errorf("no trigger, want %q", w.Trigger.Comm)
		}
		if ch := w.Chosen; ch != nil {
			if d.Chosen == nil {
				t.Fatalf("nobody is chosen, want %q", ch.Comm)
			}
			c.text("chosen", d.Chosen.Comm, ch.Comm)
			same(c, "chosen pid", d.Chosen.PID, ch.PID)
			same(c, "score", d.Chosen.Score, ch.Score)
		}
		c.text("oom_memcg", d.OOMMemcg, w.OOMMemcg)
		c.text("task_memcg", d.TaskMemcg, w.TaskMemcg)
		same(c, "usage", d.Memory.Memory.UsageKB, w.Memory.Usage)
		same(c, "limit", d.Memory.Memory.LimitKB, w.Memory.Limit)
		same(c, "rows", len(d.Tasks)+d.TasksCut, w.Tasks)
		same(c, "pages RAM", d.Node.PagesRAM, w.PagesRAM)
		same(c, "total swap", d.Node.TotalSwapKB, w.TotalSwap)
		same(c, "free swap", d.Node.FreeSwapKB, w.FreeSwap)
		same(c, "zones", zoneLines(d), w.Zones)
		same(c, "page", d.Node.PageKB, w.PageKB)
		c.victims(d.Victims, i, want)
	}
	if want.Kernel != "" && len(got) > 0 && got[0].Release != "" && !strings.Contains(want.Kernel, got[0].Release) && !strings.Contains(got[0].Release, want.Kernel) {
		t.Errorf("kernel %q, want %q", got[0].Release, want.Kernel)
	}
}

// zoneLines counts the zones whose own line is in the log. One that is not is
// known by its free lists.
func zoneLines(d *event.OOMDump) (n int) {
	for _, z := range d.Node.Zones {
		if z.FreeKB != event.NotPrinted {
			n++
		}
	}
	return n
}

type comparison struct{ t *testing.T }

func (c comparison) text(what, got, want string) {
	c.t.Helper()
	if want != "" && got != want {
		c.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func same[N int | int64](c comparison, what string, got N, want *N) {
	c.t.Helper()
	if want != nil && got != *want {
		c.t.Errorf("%s: got %d, want %d", what, got, *want)
	}
}

func (c comparison) victims(got []event.Victim, i int, want *era) {
	c.t.Helper()
	var pids []string
	for _, w := range want.Incidents[i].Victims {
		pids = append(pids, fmt.Sprint(w.PID))
		at := slices.IndexFunc(got, func(v event.Victim) bool { return v.PID == w.PID })
		if at < 0 {
			c.t.Errorf("victim %d is missing", w.PID)
			continue
		}
		v := &got[at]
		c.text("victim", v.Comm, w.Comm)
		same(c, "uid", v.UID, w.UID)
		same(c, "total-vm", v.TotalVMKB, w.TotalVM)
		same(c, "anon-rss", v.AnonRSSKB, w.AnonRSS)
		same(c, "file-rss", v.FileRSSKB, w.FileRSS)
		same(c, "shmem-rss", v.ShmemRSSKB, w.ShmemRSS)
		same(c, "pgtables", v.PgtablesKB, w.Pgtables)
		same(c, "oom_score_adj", v.OOMScoreAdj, w.OOMScoreAdj)
	}
	if len(got) != len(pids) {
		c.t.Errorf("%d victims, want %s", len(got), strings.Join(pids, ", "))
	}
}
