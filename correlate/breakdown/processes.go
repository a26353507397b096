package breakdown

import (
	"fmt"

	"oomtrace/correlate/prose"
	"oomtrace/parsers/event"
)

// A held is what the processes of the task table hold in memory.
type held struct {
	count       int
	rss, tables int64 // KiB; tables are the page tables, which are not in rss
}

// heldOf sums up the task table. It is false if a row does not state its rss. Where
// the rows do not state page tables, those of the whole machine are taken.
func (l *look) heldOf() (held, bool) {
	pages, tables := int64(0), int64(0)
	for i := range l.d.Tasks {
		pages = plus(pages, l.d.Tasks[i].RSS)
		tables = plus(tables, pgtables(&l.d.Tasks[i], l.b.pageKB))
	}
	h := held{len(l.d.Tasks), times(pages, l.b.pageKB), bytesKB(tables)}
	if h.tables == event.NotPrinted {
		h.tables = max(l.b.KB("pagetables"), 0)
	}
	return h, h.rss != event.NotPrinted
}

// who names the processes and what they hold.
func (h held) who() string {
	who := "The process of the task table has "
	if h.count > 1 {
		who = fmt.Sprintf("The %d processes of the task table have together, pages that they share counted in each, ", h.count)
	}
	who += prose.Size(h.rss) + " resident"
	if h.tables > 0 {
		who += " and " + prose.Size(h.tables) + " of page tables"
	}
	return who
}

// processes finds that the processes hold little of what is in use.
func (l *look) processes() (Finding, bool) {
	b := l.b
	if !isWhole(l.d) || len(l.d.Tasks) == 0 || b.pageKB == 0 || ofSomeNodes(l.d) {
		return Finding{}, false
	}
	h, ok := l.heldOf()
	used := b.TotalKB - max(b.KB("free"), 0) - max(b.KB("free_pcp"), 0)
	all := plus(h.rss, h.tables)
	if !ok || used <= 0 || percentOf(all, used) >= processesSmall {
		return Finding{}, false
	}
	figures := []Figure{{"processes", int64(h.count), "count"}, kib("rss", h.rss), kib("pgtables", h.tables), kib("used", used)}
	if anon := l.programs(); isShare(anon-h.rss, h.rss, tableShort) {
		text := h.who() + ", less than the " + prose.Size(anon) + " that are memory of programs: the table, or the piece of it that is in the log, does not hold all processes"
		if b.Of == Cgroup {
			text += ", or some have left the cgroup"
		}
		return Finding{"processes", text + ".", append(figures, kib("anon", anon))}, true
	}
	return Finding{"processes", fmt.Sprintf("%s, at most %d %% of the %s in use: the rest is not in processes.", h.who(), percentUp(all, used), prose.Size(used)), figures}, true
}

// tableShort is how much of anonymous memory, in percent of what the rows of a
// table have resident, has to be beyond that for the table not to be whole:
// counters of resident pages lag behind by some for each thread.
const tableShort = 10

// programs is the anonymous memory, NotPrinted where shmem is in it too.
func (l *look) programs() int64 {
	anon := l.b.KB("anon")
	if l.b.Of == Machine && l.b.KB("shmem") == event.NotPrinted && l.b.KB(LRU) == event.NotPrinted {
		return event.NotPrinted
	}
	return anon
}
