package kernel

import (
	"bytes"

	"oomtrace/parsers/event"
)

// slab reads a row of "Unreclaimable slab info", 4.15 and later. A cache may be
// called anything, and long names push the columns aside:
//
//	Name                      Used          Total
//	request_sock_TCPv6          3KB          3KB
//
// There are some two hundred rows, in no order: the largest are kept. Two caches
// can have one name, but a row that is the one before is that line again.
func (r *report) slab(b []byte) bool {
	if r.d.HasTable {
		return false
	}
	if bytes.HasPrefix(b, []byte("Name ")) && bytes.HasSuffix(b, []byte(" Total")) {
		return true
	}
	rest, total, ok := cutLastKB(b)
	rest, used, ok2 := cutLastKB(rest)
	if !ok || !ok2 || len(rest) == 0 {
		return false
	}
	n := &r.d.Node
	if last := len(n.Slabs) - 1; r.mem.another || r.mem.slabs || len(rest) > maxMemName || last >= 0 &&
		n.Slabs[last].Name == string(rest) && n.Slabs[last].UsedKB == used && n.Slabs[last].TotalKB == total {
		return true
	}
	if len(n.Slabs) < maxSlabs || dropLeast(&n.Slabs, total) {
		n.Slabs = append(n.Slabs, event.Slab{Name: r.scratch.names.of(rest), UsedKB: used, TotalKB: total})
	}
	return true
}

// dropLeast makes room for a slab of that total by dropping the smallest, if
// that one is smaller.
func dropLeast(slabs *[]event.Slab, total int64) bool {
	least, s := 0, *slabs
	for i := range s {
		if s[i].TotalKB < s[least].TotalKB {
			least = i
		}
	}
	if s[least].TotalKB >= total {
		return false
	}
	*slabs = append(s[:least], s[least+1:]...)
	return true
}

// cutLastKB cuts a last column like "         3KB" off.
func cutLastKB(b []byte) (rest []byte, n int64, ok bool) {
	digits, ok := bytes.CutSuffix(b, []byte("KB"))
	i := len(digits)
	for i > 0 && isDigit(digits[i-1]) {
		i--
	}
	if !ok || i == 0 || digits[i-1] != ' ' {
		return b, 0, false
	}
	n, _, ok = count(digits[i:])
	return bytes.TrimRight(digits[:i], " "), n, ok
}
