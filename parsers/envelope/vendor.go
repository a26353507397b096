package envelope

import (
	"bytes"
	"strconv"

	"oomtrace/parsers/event"
)

// A Vendor is what a vendor's kernel writes between the stamp and the text of a
// line: the CPU, the task, or both.
type Vendor struct {
	name string
	read func(b []byte) (who string, rest []byte, ok bool)
	// loose says that a line of any kernel can begin so.
	loose bool
}

// vendors are those that are known, by the maker of the chip or of the device.
// None is in the kernel's own source.
var vendors = []Vendor{
	{"mediatek", mediatek, false},
	{"samsung", samsung, false},
	{"huawei", huawei, false},
	{"htc", htc, false},
	{"qualcomm", qualcomm, true},
}

// LearnVendor finds out from the messages of a file's kernel which vendor's it is.
// Nearly all of them have to have the vendor's prefix: it is the text's own where
// only some have.
func LearnVendor(msgs [][]byte) *Vendor {
	for i := range vendors {
		v := &vendors[i]
		n, all := 0, 0
		for _, msg := range msgs {
			if len(msg) == 0 {
				continue
			}
			all++
			if _, _, ok := v.read(msg); ok {
				n++
			}
		}
		if n > 0 && n*10 >= all*9 && (n > 2 || !v.loose) {
			return v
		}
	}
	return nil
}

// take takes the prefix off a line of the kernel's.
func (v *Vendor) take(rec *event.Record) {
	if rec.Speaker != "kernel" {
		return
	}
	if who, rest, ok := v.read(rec.Msg); ok {
		rec.Msg = rest
		if rec.Caller == "" {
			rec.Caller = who
		}
	}
}

// mediatek reads "<0>.(0)[1:init]", with a level or not, a point where interrupts
// were off, a dash or a blank.
func mediatek(b []byte) (who string, rest []byte, ok bool) {
	if _, after := priority(b); len(after) < len(b) {
		b = after
	}
	if len(b) > 0 && isOneOf(b[0], ".- ") {
		b = b[1:]
	}
	b, ok1 := cut(b, "(")
	_, b, ok2 := leadingInt(b)
	b, ok3 := cut(b, ")[")
	pid, b, ok4 := leadingInt(b)
	b, ok5 := cut(b, ":")
	_, b, ok6 := cutWithin(b, 64, "]")
	return task(pid), bytes.TrimPrefix(b, []byte(" ")), ok1 && ok2 && ok3 && ok4 && ok5 && ok6
}

// samsung reads "I[0:      swapper/0:    0] ", with a letter or not.
func samsung(b []byte) (who string, rest []byte, ok bool) {
	b = bytes.TrimPrefix(b, []byte(" "))
	if len(b) > 0 && (b[0] >= 'A' && b[0] <= 'Z') {
		b = b[1:]
	}
	body, rest, ok1 := bracket(b)
	_, name, ok2 := leadingInt(body)
	colon := bytes.LastIndexByte(name, ':')
	if !ok1 || !ok2 || colon < 1 || name[0] != ':' {
		return "", b, false
	}
	pid, left, ok := leadingInt(bytes.TrimLeft(name[colon+1:], " "))
	return task(pid), rest, ok && len(left) == 0
}

// huawei reads "[pid:1,cpu0,init]".
func huawei(b []byte) (who string, rest []byte, ok bool) {
	b, ok1 := cut(b, "[pid:")
	pid, b, ok2 := leadingInt(b)
	b, ok3 := cut(b, ",cpu")
	_, rest, ok4 := cutWithin(b, 64, "]")
	return task(pid), bytes.TrimPrefix(rest, []byte(" ")), ok1 && ok2 && ok3 && ok4
}

// htc reads "(CPU:0-pid:1:init) ".
func htc(b []byte) (who string, rest []byte, ok bool) {
	b, ok1 := cut(b, "(CPU:")
	_, b, ok2 := leadingInt(b)
	b, ok3 := cut(b, "-pid:")
	pid, b, ok4 := leadingInt(b)
	_, rest, ok5 := cutWithin(b, 64, ") ")
	return task(pid), rest, ok1 && ok2 && ok3 && ok4 && ok5
}

// qualcomm reads "c0    123 ", the CPU and the pid.
func qualcomm(b []byte) (who string, rest []byte, ok bool) {
	b = bytes.TrimPrefix(b, []byte(" "))
	b, ok1 := cut(b, "c")
	_, b, ok2 := leadingInt(b)
	b, ok3 := cut(b, " ")
	pid, b, ok4 := leadingInt(bytes.TrimLeft(b, " "))
	rest, ok5 := cut(b, " ")
	return task(pid), rest, ok1 && ok2 && ok3 && ok4 && ok5
}

// ofVendor reports whether more, which stands behind the number in a stamp's
// bracket, is a vendor's: the CPU of "[  123.456789,0]" (Motorola) or
// "[  123.456789@0]" (Amlogic), the time of day of "[  123.456789 / 11-23
// 09:01:41.482]" (Sony), the s of "[  123.456789s]" (Huawei).
func ofVendor(more []byte) bool {
	if string(more) == "s" {
		return true
	}
	if rest, ok := cut(more, " / "); ok {
		_, left, ok := logcatStamp(append(bytes.Clone(rest), "        "...))
		return ok && len(bytes.TrimSpace(left)) == 0
	}
	if len(more) < 2 || more[0] != ',' && more[0] != '@' {
		return false
	}
	_, left, ok := leadingInt(bytes.TrimLeft(more[1:], " "))
	return ok && len(left) == 0
}

// task names a task as the kernel's own caller field does.
func task(pid int64) string { return "T" + strconv.FormatInt(pid, 10) }
