package kernel

import (
	"bytes"
	"hash/maphash"
	"slices"

	"oomtrace/parsers/event"
)

// An item is a part of a report's body that names nobody: whose it is has to be
// told by what each of the reports that are half read still waits for.
type item uint16

const (
	itemNone  item = 1 << iota
	itemCPU        // the line about the asking task, with what follows it
	itemFrame      // of the call trace
	itemCpuset
	itemLimit // "Task in ... killed as a result of limit of"
	itemMemory
	itemMemsw
	itemKmem
	itemSwap
	itemStats // "Memory cgroup stats for", with what follows it
	itemStat
	itemMemInfo
	itemTable
	itemRow
)

// itemOf says what a line of a report's body is.
func itemOf(msg []byte) item {
	switch {
	case len(msg) == 0:
		return itemNone
	case msg[0] == '[':
		switch {
		case isTableHeader(msg):
			return itemTable
		case isRow(msg):
			return itemRow
		}
		return itemFrame
	case bytes.HasPrefix(msg, statsPrefix):
		return itemStats
	}
	if it := counterItem(msg); it != itemNone {
		return it
	}
	if _, _, ok := parseCPUHead(msg); ok {
		return itemCPU
	}
	if _, _, ok := parseLimit(msg); ok {
		return itemLimit
	}
	return bodyItem(msg)
}

// bodyItem tells apart what has no word of its own in front.
func bodyItem(msg []byte) item {
	line, _, _ := bytes.Cut(msg, []byte("\n"))
	line = bytes.TrimLeft(line, " \t")
	name, value, _ := bytes.Cut(line, []byte(" "))
	if _, rest, ok := number(value); ok && len(rest) == 0 && isStatName(name) {
		return itemStat
	}
	if _, _, ok := frameName(line); ok {
		return itemFrame
	}
	if bytes.Contains(line, []byte(" cpuset=")) && bytes.Contains(line, []byte(" mems_allowed=")) {
		return itemCpuset
	}
	if isMemInfo(line) {
		return itemMemInfo
	}
	return itemNone
}

func counterItem(msg []byte) item {
	name, rest, ok := bytes.Cut(msg, []byte(": usage "))
	if !ok || len(rest) == 0 || len(name) > len("memory+swap") {
		return itemNone
	}
	switch string(name) {
	case "memory":
		return itemMemory
	case "memory+swap":
		return itemMemsw
	case "kmem":
		return itemKmem
	case "swap":
		return itemSwap
	}
	return itemNone
}

// isMemInfo knows a line of Mem-Info by how it begins.
func isMemInfo(line []byte) bool {
	for _, begin := range [...]string{"Mem-Info:", "Node ", "active_anon:", "Active:", "active_file:", "unevictable:",
		"slab_reclaimable:", "mapped:", "kernel_misc_reclaimable:", "free:", "lowmem_reserve[]:", "DMA", "Normal", "HighMem", "Movable",
		"Free swap ", "Total swap ", "Swap cache stats:", "Unreclaimable slab info:"} {
		if bytes.HasPrefix(line, []byte(begin)) {
			return true
		}
	}
	_, rest, ok := number(line)
	return ok && (bytes.HasPrefix(rest, []byte(" pages ")) || bytes.HasPrefix(rest, []byte(" total pagecache pages")))
}

// isRow reports whether msg begins as a row of the task table does.
func isRow(msg []byte) bool {
	_, rest, ok := pidOf(bytes.TrimLeft(msg[1:], " "))
	return ok && len(rest) > 1 && rest[0] == ']' && rest[1] == ' '
}

// takes reports whether a line can be what the report waits for: the kernel
// prints each item once, and in one order.
func (r *report) takes(it item, msg []byte) bool {
	d := r.d
	if r.finished || r.spent&it != 0 {
		return false
	}
	before := !d.HasTable && d.Chosen == nil
	switch it {
	case itemCPU:
		_, name, _ := parseCPUHead(msg)
		t := d.Trigger
		return before && t != nil && t.PID == event.NotPrinted && (t.Comm == "" || bytes.HasPrefix(name, []byte(t.Comm)))
	case itemFrame:
		return r.inTrace
	case itemCpuset:
		t := d.Trigger
		return before && t != nil && d.Cpuset == "" && bytes.HasPrefix(msg, []byte(t.Comm+" cpuset="))
	case itemLimit:
		return before && d.OOMMemcg == "" && !d.Memory.Memory.Printed
	case itemMemory:
		return before && !d.Memory.Memory.Printed && !r.memInfo
	case itemMemsw:
		return before && !d.Memory.Memsw.Printed && !r.memInfo
	case itemKmem:
		return before && !d.Memory.Kmem.Printed && !r.memInfo
	case itemSwap:
		return before && !d.Memory.Swap.Printed && !r.memInfo
	case itemStats:
		return before && !r.memInfo && (d.Memory.StatMemcg == "" || len(d.Memory.Below) > 0 || d.Memory.Stat == nil)
	case itemStat:
		return r.inStat
	case itemMemInfo:
		return before && d.Memory.StatMemcg == ""
	case itemTable:
		return before
	case itemRow:
		return r.inTable
	}
	return false
}

// bodyOf returns the report that a line of the body is given to: the youngest
// that is half read. The kernel prints one report at a time, so that an older one
// has lost its end, as a rule. Should it turn out to go on, the log is of several
// machines, and what could have been the older one's is nobody's.
func (p *parser) bodyOf(rec *event.Record) *report {
	young := p.current(rec)
	if young == nil || young.spent == 0 && !p.hasOlder(rec, young) {
		return young
	}
	it := itemOf(rec.Msg)
	rivals := p.rivals(rec, young, it)
	switch {
	case len(rivals) == 0 && young.spent&it != 0:
		return nil
	case len(rivals) == 0, young.repeats(it, rec):
		return young
	case !young.takes(it, rec.Msg):
		for _, r := range rivals {
			young.tangle(r)
		}
		if len(rivals) == 1 && rivals[0].takes(it, rec.Msg) {
			return rivals[0]
		}
		return nil
	}
	if young.doubts == nil {
		young.doubts, young.tangled = map[*report]item{}, map[*report]bool{}
	}
	for _, r := range rivals {
		if young.doubts[r] |= it; young.tangled[r] {
			young.split(r)
		}
	}
	if young.spent&it != 0 {
		return nil
	}
	return young
}

func (p *parser) hasOlder(rec *event.Record, young *report) bool {
	for _, r := range p.open {
		if r != young && !r.finished && r.hears(rec) {
			return true
		}
	}
	return false
}

// rivals are the older reports that wait for the item too.
func (p *parser) rivals(rec *event.Record, young *report, it item) (rivals []*report) {
	for _, r := range p.open {
		if r != young && r.hears(rec) && r.takes(it, rec.Msg) {
			rivals = append(rivals, r)
		}
	}
	return rivals
}

// seed is of the hashes by which a line is known again.
var seed = maphash.MakeSeed()

// repeats reports whether the line is the one that the report took last as such
// an item: the log has each line twice.
func (r *report) repeats(it item, rec *event.Record) bool {
	h := maphash.Bytes(seed, rec.Msg)
	same := r.lastItem == it && r.lastHash == h && r.lastAt == rec.Stamps
	r.lastItem, r.lastHash, r.lastAt = it, h, rec.Stamps
	return same
}

// wentOn notes that r, though not the youngest of those that are half read, went
// on after younger ones had begun.
func (p *parser) wentOn(r *report) {
	at := slices.Index(p.open, r)
	for _, young := range p.open[at+1:] {
		if !young.finished && young.ofHostOf(r) {
			young.tangle(r)
		}
	}
}

// tangle notes that an older report went on after r had begun. What either
// could have had is taken back, and not taken again.
func (r *report) tangle(older *report) {
	if r.tangled == nil {
		r.doubts, r.tangled = map[*report]item{}, map[*report]bool{}
	}
	r.tangled[older] = true
	r.split(older)
}

// split takes back what r and an older report may both have had.
func (r *report) split(older *report) {
	for it := itemNone; it <= itemRow; it <<= 1 {
		if r.doubts[older]&it != 0 {
			r.lack(it)
			older.stop(it) // what it has came before r began
		}
	}
	delete(r.doubts, older)
}

// stop has no more lines taken as such an item.
func (r *report) stop(it item) {
	r.spent |= it
	r.d.Truncated, r.d.Tangled = true, true
	switch it {
	case itemCPU, itemFrame:
		r.inTrace = false
	case itemStats, itemStat:
		r.inStat = false
	case itemTable, itemRow:
		r.spent |= itemTable | itemRow
		r.inTable = false
	}
}

// lack takes an item back, and has no other one taken for it.
func (r *report) lack(it item) {
	if r.spent&it != 0 {
		return
	}
	r.stop(it)
	switch m := &r.d.Memory; it {
	case itemCPU, itemFrame:
		r.d.Frames, r.unsure = nil, nil
		if it == itemCPU && r.d.Trigger != nil {
			r.d.Trigger.PID = event.NotPrinted
			r.d.Release, r.d.Taint, r.d.Hardware = "", "", ""
		}
	case itemCpuset:
		r.d.Cpuset, r.d.MemsAllowed = "", ""
	case itemLimit:
		r.d.TaskMemcg, r.d.OOMMemcg = "", ""
	case itemMemory:
		m.Memory = event.Counter{}
		r.unstep("limit")
	case itemMemsw:
		m.Memsw = event.Counter{}
	case itemKmem:
		m.Kmem = event.Counter{}
	case itemSwap:
		m.Swap = event.Counter{}
	case itemStats:
		if r.d.Chosen == nil && r.d.OOMMemcg == m.StatMemcg {
			r.d.OOMMemcg = ""
		}
		m.StatMemcg, m.Stat, m.Below = "", nil, nil
	case itemStat:
		m.Stat = nil
	case itemMemInfo:
		r.memInfo, r.d.Node = false, newDump().Node
	case itemTable, itemRow:
		r.d.HasTable, r.d.TableWhole, r.d.Tasks, r.d.TasksCut = false, false, nil, 0
	}
}

// unstep takes a step of the body back, which no victim points behind.
func (r *report) unstep(what string) {
	if len(r.d.Victims) > 0 {
		return
	}
	steps := r.d.Steps[:0]
	for _, s := range r.d.Steps {
		if s.What != what {
			steps = append(steps, s)
		}
	}
	r.d.Steps = steps
}
