package glossary

import (
	"math"
	"strconv"
	"strings"
)

const (
	// maxKB is the largest size in KiB whose bytes an int64 can count.
	maxKB = math.MaxInt64 >> 10
	// unlimitedKB is where limits are none: the kernel prints the largest whole
	// number of pages, or of bytes, that its counters hold. Source:
	// include/linux/page_counter.h, PAGE_COUNTER_MAX.
	unlimitedKB = 1<<53 - 64
)

// human returns a value in units that people use, "" where it is as good as
// printed. The size of a page is not in the line, so 4 KiB is said to be assumed.
func human(f Field) string {
	n, err := strconv.ParseInt(f.Value, 10, 64)
	switch {
	case err != nil:
	case f.Name == "order":
		return orderOf(n)
	case f.Unit == "kB" && f.Name == "limit" && n >= unlimitedKB:
		return "no limit"
	case f.Unit == "kB" && n >= 0:
		return sizeOf(n, 1)
	case f.Unit == "bytes" && n >= 0:
		return bytesOf(n)
	case f.Unit == "pages" && n >= 0 && n <= maxKB/4:
		return sizeOf(n, 4) + " if a page is 4 KiB"
	}
	return ""
}

// bytesOf returns a number of bytes.
func bytesOf(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	return scaled(float64(n) / 1024)
}

// sizeOf returns n times each KiB.
func sizeOf(n, each int64) string { return scaled(float64(n) * float64(each)) }

// scaled returns kb KiB in the largest unit that leaves a whole part.
func scaled(kb float64) string {
	unit := "KiB"
	for _, next := range []string{"MiB", "GiB", "TiB", "PiB", "EiB"} {
		if kb < 1023.95 { // it would be written as 1024
			break
		}
		kb, unit = kb/1024, next
	}
	return strings.TrimSuffix(strconv.FormatFloat(kb, 'f', 1, 64), ".0") + " " + unit
}

// orderOf returns how many pages an order stands for.
func orderOf(n int64) string {
	switch {
	case n == -1:
		return "asked for by SysRq-f"
	case n == 0:
		return "1 page"
	case n > 0 && n < 32:
		return strconv.FormatInt(1<<n, 10) + " contiguous pages"
	}
	return ""
}
