package badness

import "oomtrace/parsers/event"

// A Shortfall is what a report proves of how much a limit lacked. Pages.
type Shortfall struct {
	// Wanted is the charge that was refused.
	Wanted int64
	// Lacked is by how many pages at least the limit was too low for it. What
	// would have been asked for after it nobody knows.
	Lacked int64
	// Freed is what those who died used by the table, about the most that can
	// have come back by their end: what others share with them stays, and what
	// the kernel held for them comes on top. It is Unknown if a row is missing.
	Freed int64
}

// Lack returns what d proves of how much the limit of the cgroup that ran full
// lacked. It is not ok for other kills, and where the report does not show the
// numbers. The counters are printed after the charge was refused, when others
// may have freed some, so that one page is the least that is proved.
func Lack(d *event.OOMDump, r Result) (Shortfall, bool) {
	m := &d.Memory
	if !m.Memory.Printed || d.Trigger == nil || d.Trigger.Order < 0 || d.Trigger.Order > 20 || r.PageKB == 0 {
		return Shortfall{}, false
	}
	s := Shortfall{Wanted: 1 << d.Trigger.Order, Lacked: Unknown, Freed: freed(d, r)}
	for _, c := range [...]event.Counter{m.Memory, m.Memsw} {
		if c.Printed && isLimit(c.LimitKB) && isSane(c.UsageKB) {
			s.Lacked = max(s.Lacked, 1, c.UsageKB/r.PageKB+s.Wanted-c.LimitKB/r.PageKB)
		}
	}
	return s, s.Lacked != Unknown
}

// freed adds what the killed used.
func freed(d *event.OOMDump, r Result) int64 {
	used := make(map[int]int64, len(r.Scores))
	for i := range r.Scores {
		used[r.Scores[i].Row] = r.Scores[i].Used
	}
	rows := rowsByPID(d)
	sum, counted := int64(0), map[int]bool{}
	for i := range d.Victims {
		if d.Victims[i].Sharing { // its memory is that of the one before it
			continue
		}
		row, ok := rows[d.Victims[i].PID]
		pages, scored := used[row]
		switch {
		case !ok || !scored || pages == Unknown:
			return Unknown
		case !counted[row]:
			counted[row] = true
			sum = min(sum+pages, sane)
		}
	}
	if len(counted) == 0 {
		return Unknown
	}
	return sum
}
