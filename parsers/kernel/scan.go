package kernel

import (
	"bytes"
	"math"

	"oomtrace/parsers/event"
)

// number reads a decimal number at the start of b and returns what follows. It
// allocates nothing, as most lines begin with none.
func number(b []byte) (n int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '-' && !isDigit(b[0]) {
		return 0, b, false
	}
	if short, rest, ok := shortNumber(b); ok {
		return short, rest, true
	}
	i, ok := 0, true
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		i++
	}
	first := i
	for ; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		d := int64(b[i] - '0')
		if ok = ok && n >= (math.MinInt64+d)/10; ok {
			n = n*10 - d // below zero, where there is room for one more
		}
	}
	if !negative {
		ok = ok && n > math.MinInt64
		n = -n
	}
	return n, b[i:], ok && i > first
}

// shortNumber reads a number that fits whatever its digits are, and has no sign.
func shortNumber(b []byte) (n int64, rest []byte, ok bool) {
	i := 0
	for i < len(b) && i < 18 && isDigit(b[i]) {
		n = n*10 + int64(b[i]-'0')
		i++
	}
	return n, b[i:], i > 0 && (i == len(b) || !isDigit(b[i]))
}

// pidOf reads a pid at the start of b, which is above 0.
func pidOf(b []byte) (pid int, rest []byte, ok bool) {
	n, rest, ok := number(b)
	return int(n), rest, ok && n > 0 && n <= 1<<31
}

// kb returns the size behind the first name in b, "anon-rss:65088kB", or
// NotPrinted: the name may be missing, and the end of the line too.
func kb(b []byte, name string) int64 {
	rest, _ := after(b, name)
	n, rest, ok := number(rest)
	if !ok || n < 0 || !bytes.HasPrefix(rest, []byte("kB")) {
		return event.NotPrinted
	}
	return n
}

// after returns what follows the first sep in b.
func after(b []byte, sep string) ([]byte, bool) {
	_, rest, ok := bytes.Cut(b, []byte(sep))
	return rest, ok
}

// lastCut cuts b around the last sep.
func lastCut(b []byte, sep string) (before, rest []byte, ok bool) {
	i := lastIndex(b, sep)
	if i < 0 {
		return b, nil, false
	}
	return b[:i], b[i+len(sep):], true
}

// lastIndex is bytes.LastIndex for what stands in b once, as a rule: a search
// from the front takes many bytes at a time.
func lastIndex(b []byte, sep string) int {
	last := -1
	for range 4 {
		i := bytes.Index(b[last+1:], []byte(sep))
		if i < 0 {
			return last
		}
		last += 1 + i
	}
	if i := bytes.LastIndex(b[last+1:], []byte(sep)); i >= 0 {
		last += 1 + i
	}
	return last
}
