package kernel

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"oomtrace/parsers/event"
)

// TestPrinted prints reports as each kernel does, and reads them.
func TestPrinted(t *testing.T) {
	for _, v := range releases {
		t.Run(v.String(), func(t *testing.T) {
			for seed := range int64(200) {
				want := v.random(t, rand.New(rand.NewSource(seed)), 1000)
				text := v.printed(want)
				got := dumps(t, 1, log(text...))[0]
				if a, b := difference(got, want), difference(want, got); a != "" || b != "" {
					t.Fatalf("seed %d: %s; %s\n%s", seed, a, b, strings.Join(text, "\n"))
				}
				want.Steps, want.Victims[0].Step = got.Steps, got.Victims[0].Step
				if equal(t, fmt.Sprintf("seed %d", seed), got, want); t.Failed() {
					t.Fatalf("printed:\n%s", strings.Join(text, "\n"))
				}
			}
		})
	}
}

// TestCutAtEveryByte reads what is left of a report of which a log's end or
// start cuts something off: what is found is in the whole, and no fact is another.
func TestCutAtEveryByte(t *testing.T) {
	for _, v := range releases {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			for seed := range int64(2) {
				whole := v.random(t, rand.New(rand.NewSource(seed)), 1000)
				text := strings.Join(v.printed(whole), "\n") + "\n"
				for at := 1; at < len(text); at++ {
					subset(t, fmt.Sprintf("seed %d, up to byte %d", seed, at), read(unended(text[:at])), whole)
					if text[at-1] == '\n' {
						subset(t, fmt.Sprintf("seed %d, from byte %d", seed, at), read(unended(text[at:])), whole)
					}
					if t.Failed() {
						t.Fatalf("of:\n%s", text)
					}
				}
			}
		})
	}
}

// unended returns the records of a log, whose last line may lack its end.
func unended(text string) []event.Record {
	ends := strings.HasSuffix(text, "\n")
	records := log(strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
	records[len(records)-1].Cut = !ends
	return records
}

// TestInterleavedAtRandom merges the lines of two reports in any order that
// keeps each one's own. With callers both are found whole; without, what is
// found of each is in the whole.
func TestInterleavedAtRandom(t *testing.T) {
	for _, v := range releases {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			for seed := range int64(100) {
				rnd := rand.New(rand.NewSource(seed))
				a, b := v.random(t, rnd, 1000), v.random(t, rnd, 2000)
				merged := merge(rnd, log(v.printed(a)...), log(v.printed(b)...))
				for _, e := range read(merged) {
					if d, ok := e.Body.(*event.OOMDump); ok {
						wholes := []*event.OOMDump{a, b}
						if !slices.ContainsFunc(wholes, func(w *event.OOMDump) bool { return difference(d, w) == "" }) {
							t.Fatalf("seed %d: of neither report: %s; %s\n%s", seed, difference(d, a), difference(d, b), texts(merged))
						}
					}
				}
				for i := range merged {
					merged[i].Caller = fmt.Sprint("T", merged[i].PID)
					merged[i].PID = 0
				}
				for i, d := range dumps(t, 2, merged) {
					whole := a
					if d.Victims[0].PID >= 2000 {
						whole = b
					}
					if diff := difference(d, whole); diff != "" || d.Truncated {
						t.Fatalf("seed %d, callers, report %d: truncated %v, %s\n%s", seed, i, d.Truncated, diff, texts(merged))
					}
				}
			}
		})
	}
}

func texts(records []event.Record) string {
	var out []string
	for _, rec := range records {
		out = append(out, rec.Caller+" "+string(rec.Msg))
	}
	return strings.Join(out, "\n")
}

// merge puts two logs into one in a random order. A record's PID says which log
// it was of.
func merge(rnd *rand.Rand, a, b []event.Record) (out []event.Record) {
	for len(a)+len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && rnd.Intn(2) == 0 {
			from = &b
		}
		rec := (*from)[0]
		*from = (*from)[1:]
		rec.PID = 1
		if from == &b {
			rec.PID = 2
		}
		rec.Line = len(out) + 1
		rec.Stamps = event.Stamps{}
		rec.Stamps.Add(event.Stamp{Clock: event.Monotonic, Since: time.Second + time.Duration(len(out))*100*time.Microsecond, Step: time.Microsecond})
		out = append(out, rec)
	}
	return out
}

// subset fails if events say what the whole report does not.
func subset(t *testing.T, what string, events []event.Event, whole *event.OOMDump) {
	t.Helper()
	for _, e := range events {
		if d, ok := e.Body.(*event.OOMDump); ok {
			if diff := difference(d, whole); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
		}
	}
}

// difference returns the first fact of part that whole does not have, "" if
// there is none.
func difference(part, whole *event.OOMDump) string {
	c := comparison{}
	c.text("kind", part.Kind, whole.Kind)
	c.text("constraint", part.Constraint, whole.Constraint)
	c.text("nodemask", part.Nodemask, whole.Nodemask)
	c.text("cpuset", part.Cpuset, whole.Cpuset)
	c.text("mems_allowed", part.MemsAllowed, whole.MemsAllowed)
	c.text("oom_memcg", part.OOMMemcg, whole.OOMMemcg)
	c.text("task_memcg", part.TaskMemcg, whole.TaskMemcg)
	c.text("release", part.Release, whole.Release)
	c.text("taint", part.Taint, whole.Taint)
	c.text("hardware", part.Hardware, whole.Hardware)
	if t, w := part.Trigger, whole.Trigger; t != nil {
		c.text("trigger", t.Comm, w.Comm)
		c.text("mask", t.GFPMask, w.GFPMask)
		c.number("trigger's pid", t.PID, w.PID)
		c.number("order", t.Order, w.Order)
		c.adj("trigger's oom_adj", t.OOMAdj, w.OOMAdj)
		c.adj("trigger's oom_score_adj", t.OOMScoreAdj, w.OOMScoreAdj)
	}
	if p, w := part.Chosen, whole.Chosen; p != nil {
		c.text("chosen", p.Comm, w.Comm)
		c.number("chosen pid", p.PID, w.PID)
		c.number("chosen uid", p.UID, w.UID)
		c.number("score", p.Score, w.Score)
	}
	for i, f := range part.Frames {
		c.that("frame "+f, f == "unsure" || slices.Contains(whole.Frames, f) || i < 0)
	}
	c.memory(&part.Memory, &whole.Memory)
	c.node(&part.Node, &whole.Node)
	for _, t := range part.Tasks {
		c.that(fmt.Sprintf("row %+v", t), slices.Contains(whole.Tasks, t))
	}
	c.victims(part.Victims, whole.Victims)
	return string(c.diff)
}

// A comparison keeps the first difference.
type comparison struct{ diff string }

func (c *comparison) that(what string, ok bool) {
	if !ok && c.diff == "" {
		c.diff = what
	}
}

func (c *comparison) text(what, part, whole string) {
	c.that(fmt.Sprintf("%s %q, want %q", what, part, whole), part == "" || part == whole)
}

func (c *comparison) number(what string, part, whole int) {
	c.that(fmt.Sprintf("%s %d, want %d", what, part, whole), part == event.NotPrinted || part == whole)
}

func (c *comparison) size(what string, part, whole int64) { c.number(what, int(part), int(whole)) }

func (c *comparison) adj(what string, part, whole int) {
	c.that(fmt.Sprintf("%s %d, want %d", what, part, whole), part == event.AdjNotPrinted || part == whole)
}

func (c *comparison) memory(part, whole *event.MemcgMemory) {
	for _, o := range []struct {
		name    string
		p, w    event.Counter
		failcnt bool
	}{{"memory", part.Memory, whole.Memory, true}, {"memsw", part.Memsw, whole.Memsw, true}, {"kmem", part.Kmem, whole.Kmem, true}, {"swap", part.Swap, whole.Swap, true}} {
		if o.p.Printed {
			c.size(o.name+" usage", o.p.UsageKB, o.w.UsageKB)
			c.size(o.name+" limit", o.p.LimitKB, o.w.LimitKB)
			c.size(o.name+" failcnt", o.p.Failcnt, o.w.Failcnt)
		}
	}
	c.text("statistics of", part.StatMemcg, whole.StatMemcg)
	for _, s := range part.Stat {
		c.that("statistic "+s.Name, slices.Contains(whole.Stat, s))
	}
	for _, b := range part.Below {
		at := slices.IndexFunc(append([]event.MemcgStat{{Memcg: whole.StatMemcg, Stat: whole.Stat}}, whole.Below...), func(w event.MemcgStat) bool { return w.Memcg == b.Memcg })
		c.that("below "+b.Memcg, at >= 0)
	}
}

func (c *comparison) node(part, whole *event.NodeMemory) {
	for _, n := range []struct {
		name string
		p, w int64
	}{{"pages RAM", part.PagesRAM, whole.PagesRAM}, {"pages reserved", part.PagesReserved, whole.PagesReserved}, {"total swap", part.TotalSwapKB, whole.TotalSwapKB},
		{"free swap", part.FreeSwapKB, whole.FreeSwapKB}, {"page size", part.PageKB, whole.PageKB}, {"free", part.FreePages, whole.FreePages},
		{"slab", part.SlabUnreclaim, whole.SlabUnreclaim}, {"page cache", part.PagecachePages, whole.PagecachePages}, {"swap cache", part.SwapCachePages, whole.SwapCachePages},
		{"HighMem", part.PagesHighMem, whole.PagesHighMem}, {"CMA", part.PagesCMA, whole.PagesCMA}, {"hwpoisoned", part.PagesHWPoisoned, whole.PagesHWPoisoned}} {
		c.size(n.name, n.p, n.w)
	}
	c.stats("total", part.Totals, whole.Totals)
	for _, p := range part.Nodes {
		at := slices.IndexFunc(whole.Nodes, func(w event.NodeState) bool { return w.Node == p.Node })
		if c.that(fmt.Sprint("node ", p.Node), at >= 0); at >= 0 {
			c.stats("node's", p.KB, whole.Nodes[at].KB)
			c.text("all_unreclaimable", p.AllUnreclaimable, whole.Nodes[at].AllUnreclaimable)
		}
	}
	for _, p := range part.Zones {
		at := slices.IndexFunc(whole.Zones, func(w event.Zone) bool { return w.Node == p.Node && w.Name == p.Name })
		if c.that(fmt.Sprint("zone ", p.Name), at >= 0); at >= 0 {
			c.zone(&p, &whole.Zones[at])
		}
	}
	for _, p := range part.Hugepages {
		c.that("hugepages", slices.Contains(whole.Hugepages, p))
	}
	for _, p := range part.Slabs {
		c.that("slab "+p.Name, slices.Contains(whole.Slabs, p))
	}
}

func (c *comparison) stats(what string, part, whole event.Stats) {
	for _, s := range part {
		c.that(fmt.Sprintf("%s %s %d", what, s.Name, s.Value), slices.Contains(whole, s))
	}
}

func (c *comparison) zone(part, whole *event.Zone) {
	for _, n := range [][2]int64{{part.FreeKB, whole.FreeKB}, {part.BoostKB, whole.BoostKB}, {part.MinKB, whole.MinKB}, {part.LowKB, whole.LowKB}, {part.HighKB, whole.HighKB}, {part.PagesScanned, whole.PagesScanned}} {
		c.size("of zone "+part.Name, n[0], n[1])
	}
	c.text("all_unreclaimable", part.AllUnreclaimable, whole.AllUnreclaimable)
	c.stats("zone's", part.KB, whole.KB)
	n, m := len(part.LowmemReserve), len(part.FreeLists)
	c.that("lowmem_reserve", n <= len(whole.LowmemReserve) && slices.Equal(part.LowmemReserve, whole.LowmemReserve[:n]))
	c.that("free lists", m <= len(whole.FreeLists) && slices.Equal(part.FreeLists, whole.FreeLists[:m]))
}

func (c *comparison) victims(part, whole []event.Victim) {
	for _, p := range part {
		at := slices.IndexFunc(whole, func(w event.Victim) bool { return w.PID == p.PID })
		if c.that(fmt.Sprint("victim ", p.PID), at >= 0); at < 0 {
			return
		}
		w := whole[at]
		c.text("victim", p.Comm, w.Comm)
		c.number("uid", p.UID, w.UID)
		c.size("total-vm", p.TotalVMKB, w.TotalVMKB)
		c.size("anon-rss", p.AnonRSSKB, w.AnonRSSKB)
		c.size("file-rss", p.FileRSSKB, w.FileRSSKB)
		c.size("shmem-rss", p.ShmemRSSKB, w.ShmemRSSKB)
		c.size("pgtables", p.PgtablesKB, w.PgtablesKB)
		c.size("left", p.LeftAnonKB, w.LeftAnonKB)
		c.that("oom_score_adj", !p.AdjPrinted || p.OOMScoreAdj == w.OOMScoreAdj)
	}
}
