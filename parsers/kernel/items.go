package kernel

import (
	"bytes"

	"oomtrace/parsers/event"
)

// An item is a part of a report's body that names nobody: whose it is has to be
// told by what each of the reports that are half read still waits for.
type item uint32

const (
	itemNone item = 1 << iota
	itemCPU       // the line about the asking task, with what follows it
	itemHardware
	itemFrame // of the call trace
	itemCpuset
	itemLimit // "Task in ... killed as a result of limit of"
	itemMemory
	itemMemsw
	itemKmem
	itemSwap
	itemStats // "Memory cgroup stats for", with what follows it
	itemStat
	itemMemHead // "Mem-Info:"
	itemMemInfo
	itemTable
	itemRow

	// itemMemoryState are those of which one waits for another.
	itemMemoryState = itemLimit | itemMemory | itemMemsw | itemKmem | itemSwap | itemStats | itemStat | itemMemHead | itemMemInfo
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
	if _, _, ok := cutStat(line); ok {
		return itemStat
	}
	if bytes.HasPrefix(line, []byte("Hardware name:")) {
		return itemHardware
	}
	if _, _, ok := frameName(line); ok || isTraceHead(line) {
		return itemFrame
	}
	if bytes.Contains(line, []byte(" cpuset=")) && bytes.Contains(line, []byte(" mems_allowed=")) {
		return itemCpuset
	}
	if bytes.HasPrefix(line, []byte("Mem-Info:")) || bytes.HasPrefix(line, []byte("Mem-info:")) {
		return itemMemHead
	}
	if isMemInfo(line) {
		return itemMemInfo
	}
	return itemNone
}

func counterItem(msg []byte) item {
	it, rest := cutCounter(msg)
	if usage, ok := bytes.CutPrefix(rest, []byte("usage ")); !ok || len(usage) == 0 {
		return itemNone
	}
	return it
}

// isMemInfo knows a line of Mem-Info by how it begins.
func isMemInfo(line []byte) bool {
	for _, begin := range [...]string{"Node ", "Active:", "lowmem_reserve[]:", "DMA", "Normal", "HighMem", "Movable",
		"Free swap ", "Total swap ", "Swap cache stats:", "Unreclaimable slab info:"} {
		if bytes.HasPrefix(line, []byte(begin)) {
			return true
		}
	}
	_, rest, ok := number(line)
	return ok && (bytes.HasPrefix(rest, []byte(" pages ")) || bytes.HasPrefix(rest, []byte(" total pagecache pages")) || bytes.HasPrefix(rest, []byte(" reserved pages"))) ||
		bytes.Contains(line, []byte("kB min:")) || isFreeList(line) || isTotals(line)
}

// isTotals knows "free_cma:0".
func isTotals(line []byte) bool {
	name, rest, ok := bytes.Cut(line, []byte(":"))
	_, _, ok2 := number(rest)
	return ok && ok2 && isStatName(name)
}

// isFreeList knows "DMA: 1*4kB 0*8kB".
func isFreeList(line []byte) bool {
	_, lists, ok := bytes.Cut(line, []byte(": "))
	_, rest, ok2 := number(lists)
	return ok && ok2 && len(rest) > 0 && rest[0] == '*'
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
	first := before && !r.memInfo && !d.Memory.Memory.Printed && d.OOMMemcg == ""
	switch it {
	case itemCPU:
		_, name, _ := parseCPUHead(msg)
		t := d.Trigger
		return first && len(d.Frames)+len(r.unsure) == 0 && t != nil && t.PID == event.NotPrinted && (t.Comm == "" || bytes.HasPrefix(name, []byte(t.Comm)))
	case itemHardware:
		return r.inTrace && d.Hardware == ""
	case itemFrame:
		return r.inTrace
	case itemCpuset:
		t := d.Trigger
		if !first || t == nil || d.Cpuset != "" {
			return false
		}
		_, ok := cutCpuset(msg, t.Comm)
		return ok
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
		return before && !r.memInfo && (d.Trigger == nil || d.Memory.Memory.Printed || d.OOMMemcg != "") && r.counts(msg)
	case itemStat:
		return r.inStat
	case itemMemHead:
		return before && d.Memory.StatMemcg == "" && !r.memInfo
	case itemMemInfo:
		return before && d.Memory.StatMemcg == ""
	case itemTable:
		return before
	case itemRow:
		return r.inTable
	}
	return false
}

// counts reports whether statistics are of the cgroup that ran full, or of one
// below it.
func (r *report) counts(msg []byte) bool {
	path, values, ok := statsHead(msg)
	full := r.d.OOMMemcg
	switch {
	case !ok:
		return false
	case full != "" && len(values) > 0:
		return isInside(string(path), full)
	}
	return r.d.Memory.StatMemcg == "" && (full == "" || full == string(path))
}
