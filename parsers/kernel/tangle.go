package kernel

import (
	"hash/maphash"
	"slices"
	"strings"

	"oomtrace/parsers/event"
)

// bodyOf returns the report that a line of the body is given to: the youngest
// that is half read. The kernel prints one report at a time, so that an older one
// has lost its end, as a rule. Should it turn out to go on, the log is of several
// machines, and what could have been the older one's is nobody's.
func (p *parser) bodyOf(rec *event.Record) *report {
	young := p.youngest(rec)
	if young == nil || young.spent == 0 && p.isAlone(young) {
		return young
	}
	it := itemOf(rec.Msg)
	if r := p.bySet(rec, it); r != nil {
		r.sure |= it
		return r
	}
	if it != itemNone && young.soon(rec, maxBetweenLines) && young.takes(it, rec.Msg) {
		p.wentOn(young)
	}
	rivals := p.rivals(rec, young, it)
	switch {
	case len(rivals) == 0 && young.spent&it != 0:
		return nil
	case young.repeats(it, rec), it == itemNone:
		return young
	case len(rivals) == 0:
		return p.alone(rec, young, it)
	case !young.takes(it, rec.Msg):
		return instead(rec, young, rivals, it)
	}
	return young.doubtfully(rivals, it)
}

// alone gives an item to the youngest report, for which no other one waits. If it
// does not wait for it either, something is amiss, and it is nobody's.
func (p *parser) alone(rec *event.Record, young *report, it item) *report {
	if it == itemStats && young.sure&itemLimit != 0 {
		young.sure |= it // counts has compared them
	}
	if young.takes(it, rec.Msg) || !p.hasOlder(rec, young) {
		return young
	}
	young.odd = true
	return nil
}

// instead gives an item for which the youngest report does not wait to the older
// one that does: so they alternate. What goes on from a line before can have been
// either's even so.
func instead(rec *event.Record, young *report, rivals []*report, it item) *report {
	for _, r := range rivals {
		young.tangle(r)
	}
	older := rivals[0]
	goesOn := it&(itemFrame|itemStat|itemRow) != 0
	if len(rivals) == 1 && older.takes(it, rec.Msg) && !young.takes(it, rec.Msg) && !goesOn {
		if it == itemStats && older.sure&itemLimit != 0 {
			older.sure |= it
		}
		return older
	}
	young.lack(it)
	for _, r := range rivals {
		r.stop(it)
	}
	return nil
}

// doubtfully takes an item for which older reports wait too, unless it is known
// that they go on.
func (r *report) doubtfully(rivals []*report, it item) *report {
	if r.doubts == nil {
		r.doubts, r.tangled = map[*report]item{}, map[*report]bool{}
	}
	for _, older := range rivals {
		if r.doubts[older] |= it; r.tangled[older] {
			r.split(older)
		}
	}
	if r.spent&it != 0 {
		return nil
	}
	r.odd = r.odd || it == itemMemInfo && !r.memInfo
	return r
}

// youngest returns the youngest report of whose body rec can be a line, or nil.
func (p *parser) youngest(rec *event.Record) *report {
	for i := len(p.open) - 1; i >= 0; i-- {
		if r := p.open[i]; !r.finished && r.d.Chosen == nil && r.hears(rec) {
			return r
		}
	}
	return nil
}

// isAlone reports whether r is the youngest report and the only one that is half
// read, so that there is nobody else a line could be of.
func (p *parser) isAlone(r *report) bool {
	last := len(p.open) - 1
	for _, o := range p.open[:last] {
		if !o.finished {
			return false
		}
	}
	return p.open[last] == r
}

// bySet returns the report whose asking task, by its cpuset, is of the cgroup
// that a line names, to 4.20: both are called as the container is.
func (p *parser) bySet(rec *event.Record, it item) (found *report) {
	if it != itemLimit {
		return nil
	}
	task, _, _ := parseLimit(rec.Msg)
	for _, r := range p.open {
		set := r.d.Cpuset
		if len(set) < minSet || !strings.HasSuffix(string(task), "/"+set) || !r.hears(rec) || !r.takes(it, rec.Msg) {
			continue
		}
		if found != nil {
			return nil
		}
		found = r
	}
	return found
}

// minSet is how long the name of a cpuset must be to be one container's alone.
const minSet = 12

// uncertain reports whether an older report that goes on can have had what this
// one was given: its lines came in no order that the kernel prints, or nothing
// of it is its own but the header.
func (r *report) uncertain(rec *event.Record) bool {
	for older, its := range r.doubts {
		if !older.finished && !older.lossy && older.soon(rec, maxBetweenLines) && (r.odd || its&itemCPU != 0) {
			return true
		}
	}
	return false
}

func (p *parser) hasOlder(rec *event.Record, young *report) bool {
	for _, r := range p.open {
		if r != young && !r.finished && r.d.Chosen == nil && r.hears(rec) {
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
		if young.doubts[r] != 0 || !young.finished && young.ofHostOf(r) {
			young.tangle(r)
		}
	}
}

// entangle notes that all reports that are half read may go on.
func (p *parser) entangle(rec *event.Record) {
	for i, r := range p.open {
		for _, older := range p.open[:i] {
			if !r.finished && !older.finished && r.hears(rec) && older.hears(rec) {
				r.tangle(older)
			}
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
	chose := r.d.Chosen != nil || len(r.d.Victims) > 0
	if chose && r.doubts[older]&(itemTable|itemRow) != 0 && r.d.Trigger != nil {
		// The table that made the choice its own can have been the older one's.
		r.behead()
	}
	r.split(older)
}

// split takes back what r and an older report may both have had.
func (r *report) split(older *report) {
	doubts := r.doubts[older]
	if doubts&itemMemoryState != 0 {
		doubts |= itemMemoryState
	}
	doubts &^= r.sure
	for it := itemNone; it <= itemRow; it <<= 1 {
		if doubts&it != 0 {
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
	case itemMemHead, itemMemInfo:
		r.spent |= itemMemHead | itemMemInfo
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
		if it == itemCPU {
			r.d.Release, r.d.Taint, r.d.Hardware = "", "", ""
			if r.d.Trigger != nil {
				r.d.Trigger.PID = event.NotPrinted
			}
		}
	case itemHardware:
		r.d.Hardware = ""
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
	case itemMemHead, itemMemInfo:
		r.unstep("memory")
		r.memInfo, r.d.Node, r.mem.zone = false, newDump().Node, 0
	case itemTable, itemRow:
		r.unstep("tasks")
		r.d.HasTable, r.d.TableWhole, r.d.Tasks, r.d.TasksCut = false, false, nil, 0
	}
}

// unstep takes a step of the body back.
func (r *report) unstep(what string) {
	at := slices.IndexFunc(r.d.Steps, func(s event.Step) bool { return s.What == what })
	if at < 0 {
		return
	}
	r.d.Steps = slices.Delete(r.d.Steps, at, at+1)
	for i := range r.d.Victims {
		if v := &r.d.Victims[i]; v.Step > at {
			v.Step--
		}
	}
}
