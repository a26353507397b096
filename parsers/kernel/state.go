package kernel

import (
	"bytes"
	"math"
	"slices"

	"oomtrace/parsers/event"
)

var (
	memoryPrefix = []byte("memory: ")
	statsPrefix  = []byte("Memory cgroup stats for ")
)

// body reads a line of the report's body and notes where its parts begin.
func (r *report) body(rec *event.Record, seen int) {
	memory, table := r.memInfo, r.d.HasTable
	if !r.state(rec) {
		return
	}
	r.seen, r.at, r.line = seen, rec.Stamps, rec.Line
	switch {
	case !memory && r.memInfo:
		r.step(rec, "memory", 0)
	case !table && r.d.HasTable:
		r.step(rec, "tasks", 0)
	}
}

// state reads a line of the report's body: the stack, the memory, the table.
// It says whether the line was part of it.
func (r *report) state(rec *event.Record) bool {
	msg := rec.Msg
	switch {
	case r.inTable && r.row(rec):
		return true
	case isTableHeader(msg):
		r.header(msg)
		return true
	case r.inStat && r.stats(msg):
		return true
	case r.place(rec):
		return true
	}
	any := false
	for rest := msg; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return r.frame(rest) || r.node(rest) || any
		}
		any = r.frame(rest[:i]) || r.node(rest[:i]) || any
		rest = rest[i+1:]
	}
}

// place reads a line about the cgroup that ran full, or about where the asking
// task runs.
func (r *report) place(rec *event.Record) bool {
	msg := rec.Msg
	if len(msg) == 0 {
		return false
	}
	switch msg[0] {
	case 'm', 'k', 's':
		if r.counter(rec) {
			return true
		}
	case 'M', 'T':
		if r.statsOf(msg) || r.protection(msg) || r.limit(msg) {
			return true
		}
	}
	return r.cpuset(msg) || r.cpu(msg)
}

// counter reads the lines about the cgroup whose limit was hit:
//
//	memory: usage 778240kB, limit 778240kB, failcnt 456
//	memory+swap: usage 778240kB, limit 9007199254740988kB, failcnt 0
//	swap: usage 0kB, limit 0kB, failcnt 0
//
// memory+swap and kmem are of cgroup v1, swap of v2. Source: mm/memcontrol.c,
// mem_cgroup_print_oom_meminfo.
func (r *report) counter(rec *event.Record) bool {
	var to *event.Counter
	it, rest := cutCounter(rec.Msg)
	switch m := &r.d.Memory; it {
	case itemMemory:
		to = &m.Memory
	case itemMemsw:
		to = &m.Memsw
	case itemKmem:
		to = &m.Kmem
	case itemSwap:
		to = &m.Swap
	default:
		return false
	}
	c, ok := parseCounter(rest)
	if !ok {
		return false
	}
	*to, r.inTrace = c, false
	if to == &r.d.Memory.Memory {
		r.step(rec, "limit", 0)
	}
	return true
}

// counters are what a counter's line begins with.
var counters = [...]struct {
	begin []byte
	item  item
}{
	{memoryPrefix, itemMemory},
	{[]byte("memory+swap: "), itemMemsw},
	{[]byte("kmem: "), itemKmem},
	{[]byte("swap: "), itemSwap},
}

// cutCounter cuts the name of a counter off.
func cutCounter(msg []byte) (it item, rest []byte) {
	if len(msg) == 0 || msg[0] != 'm' && msg[0] != 'k' && msg[0] != 's' {
		return itemNone, nil
	}
	for _, c := range counters {
		if rest, ok := bytes.CutPrefix(msg, c.begin); ok {
			return c.item, rest
		}
	}
	return itemNone, nil
}

// protection reads what the cgroup is spared in reclaim, 6.19 and later:
//
//	Memory cgroup min protection 0kB -- low protection 0kB
//
// A global report has it too, of the root's children together. Source:
// mm/memcontrol.c, mem_cgroup_show_protected_memory.
func (r *report) protection(msg []byte) bool {
	rest, ok := bytes.CutPrefix(msg, []byte("Memory cgroup min protection "))
	if ok {
		r.d.Memory.MinKB, r.d.Memory.LowKB = kb(rest, ""), kb(rest, "low protection ")
	}
	return ok
}

func parseCounter(b []byte) (c event.Counter, ok bool) {
	rest, ok1 := bytes.CutPrefix(b, []byte("usage "))
	usage, rest, ok2 := number(rest)
	rest, ok3 := bytes.CutPrefix(rest, []byte("kB, limit "))
	limit, rest, ok4 := number(rest)
	rest, ok5 := bytes.CutPrefix(rest, []byte("kB"))
	failcnt, _, ok6 := number(bytes.TrimPrefix(rest, []byte(", failcnt ")))
	if !ok6 {
		failcnt = event.NotPrinted // the line ends before
	}
	ok = ok1 && ok2 && ok3 && ok4 && ok5 && usage >= 0 && limit >= 0
	failcnt = max(failcnt, event.NotPrinted)
	return event.Counter{UsageKB: usage, LimitKB: limit, Failcnt: failcnt, Printed: ok}, ok
}

// limit takes the line of 2.6.30 to 4.20 that names the cgroup that ran full.
func (r *report) limit(msg []byte) bool {
	task, memcg, ok := parseLimit(msg)
	if ok && r.d.OOMMemcg == "" {
		r.d.TaskMemcg, r.d.OOMMemcg = cutPath(task), cutPath(memcg)
	}
	return ok
}

// parseLimit reads the line of 2.6.30 to 4.20 in place of the selection line:
//
//	Task in /a/b killed as a result of limit of /a
//	Memory limit reached of cgroup /a
//
// The second is for a report that chooses nobody. Source: mm/memcontrol.c,
// mem_cgroup_print_oom_info.
func parseLimit(msg []byte) (task, memcg []byte, ok bool) {
	if rest, ok := bytes.CutPrefix(msg, []byte("Memory limit reached of cgroup ")); ok {
		return nil, rest, len(rest) > 0
	}
	rest, ok := bytes.CutPrefix(msg, []byte("Task in "))
	if !ok {
		return nil, nil, false
	}
	task, memcg, ok = bytes.Cut(rest, []byte(" killed as a result of limit of "))
	return task, memcg, ok && len(memcg) > 0
}

// cutPath returns the path of a cgroup. The kernel's longest has 4095 bytes.
func cutPath(path []byte) string { return string(path[:min(len(path), maxPath)]) }

// maxPath is how much is kept of a cgroup's path, in bytes.
const maxPath = 4096

// statsOf reads the head of the cgroup's statistics: the path, and in the form
// of 3.9 to 5.2 the values behind it. That form has a line for each cgroup
// below the one that ran full, which comes first, right behind the counters.
//
//	Memory cgroup stats for /kubepods/burstable/pod1:
//	Memory cgroup stats for /docker/1: cache:0KB rss:524224KB rss_huge:0KB ...
//
// Source: mm/memcontrol.c, mem_cgroup_print_oom_info (_meminfo).
func (r *report) statsOf(msg []byte) bool {
	path, values, ok := statsHead(msg)
	if !ok {
		return false
	}
	m := &r.d.Memory
	r.inStat, r.inTrace = len(values) == 0 && m.StatMemcg == "", false
	switch {
	case m.StatMemcg == "" && (len(values) == 0 || m.Memory.Printed || r.d.OOMMemcg == string(path)):
		m.StatMemcg = cutPath(path)
		if r.d.OOMMemcg == "" {
			r.d.OOMMemcg = cutPath(path)
		}
		m.Stat = r.statSizes(values, m.Stat)
	case len(values) > 0 && len(m.Below) < maxBelow && !r.counted(path):
		m.Below = append(m.Below, event.MemcgStat{Memcg: event.Cut(path), Stat: r.statSizes(values, nil)})
	}
	return true
}

// statsHead returns the cgroup and the values of the same line. A line that ends
// before the colon is cut, and perhaps within the path.
func statsHead(msg []byte) (path, values []byte, ok bool) {
	rest, ok := bytes.CutPrefix(msg, statsPrefix)
	if !ok {
		return nil, nil, false
	}
	if path, _, ok = lastCut(rest, ": cache:"); ok {
		return path, rest[len(path)+len(": "):], true
	}
	path, ok = bytes.CutSuffix(rest, []byte(":"))
	return path, nil, ok
}

// counted reports whether the statistics of a cgroup are there already.
func (r *report) counted(memcg []byte) bool {
	m := &r.d.Memory
	return m.StatMemcg == string(memcg) || slices.ContainsFunc(m.Below, func(b event.MemcgStat) bool { return b.Memcg == string(memcg) })
}

// statSizes reads "cache:0KB rss:524224KB" and adds it to stats, in bytes.
func (r *report) statSizes(values []byte, stats event.Stats) event.Stats {
	for f := range bytes.FieldsSeq(values) {
		name, size, _ := bytes.Cut(f, []byte(":"))
		n, unit, ok := number(size)
		if ok && string(unit) == "KB" && isStatName(name) && n >= 0 && n < math.MaxInt64/1024 && len(stats) < maxStats {
			stats = append(stats, event.Stat{Name: r.scratch.names.of(name), Value: n * 1024})
		}
	}
	return stats
}

// stats reads "name value" lines, one or, to 6.4, a record full of them. They
// go on behind a line of something else.
func (r *report) stats(msg []byte) bool {
	any := false
	for line := range bytes.SplitSeq(msg, []byte("\n")) {
		name, n, ok := cutStat(bytes.TrimSpace(line))
		if !ok {
			return any
		}
		r.stat(name, n)
		any = true
	}
	return any
}

// cutStat reads "name value".
func cutStat(line []byte) (name []byte, n int64, ok bool) {
	i := bytes.IndexByte(line, ' ')
	if i < 0 || !isStatName(line[:i]) {
		return nil, 0, false
	}
	n, rest, ok := number(line[i+1:])
	return line[:i], n, ok && len(rest) == 0
}

func (r *report) stat(name []byte, n int64) {
	m := &r.d.Memory
	if m.Stat == nil {
		m.Stat = make(event.Stats, 0, 48)
	}
	if len(m.Stat) < maxStats {
		m.Stat = append(m.Stat, event.Stat{Name: r.scratch.names.of(name), Value: n})
	}
}

func isStatName(b []byte) bool {
	for _, c := range b {
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(b) > 0 && len(b) < 64
}
