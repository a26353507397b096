package journal

import (
	"bytes"
	"testing"
)

// FuzzReader reads files that are damaged in any way. Whatever they say, entries
// lie within the file, one behind the other; so there are no more of them, nor
// of their fields, than fit into it. A value is the same however it is asked for.
func FuzzReader(f *testing.F) {
	f.Add(realFile(f))
	for _, compact := range []bool{false, true} {
		f.Add(sample(compact, 12).file)
		for _, compress := range compressions {
			b := newBuilder(compact)
			b.compress = compress
			b.add("MESSAGE=out of memory out of memory out of memory out of memory", "A=1")
			b.add("MESSAGE=x", "A=1")
			f.Add(b.bytes())
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		size := int64(len(file))
		r, err := Open(bytes.NewReader(file), size)
		if err != nil {
			return
		}
		end, fields := int64(0), int64(0)
		for e, err := r.Next(); err == nil; e, err = r.Next() {
			if e.Offset < end || e.end > size {
				t.Fatalf("an entry from %d to %d behind %d of %d", e.Offset, e.end, end, size)
			}
			if e.Seqnum == 0 || len(e.BootID) != 32 {
				t.Fatalf("entry %d of boot %q", e.Seqnum, e.BootID)
			}
			end = e.end
			message, first := bytes.Clone(e.Value("MESSAGE")), true
			for name, value := range e.Fields {
				fields++
				if name == "MESSAGE" && first && !bytes.Equal(message, value) {
					t.Fatalf("a message is %q at first, then %q", message, value)
				}
				first = first && name != "MESSAGE"
				if !validName([]byte(name)) || len(value) > maxPayload {
					t.Fatalf("field %q of %d bytes", name, len(value))
				}
			}
		}
		if fields > size/4 || len(r.Problems()) > 7 {
			t.Fatalf("%d fields, %d problems in %d bytes", fields, len(r.Problems()), size)
		}
	})
}

// FuzzExpand expands damaged payloads: to no more than fits into a field, and
// the same as before when the decoder has met another one in between.
func FuzzExpand(f *testing.F) {
	for _, compress := range compressions {
		flags, raw := compress([]byte("MESSAGE=out of memory out of memory out of memory out of memory"))
		f.Add(flags, raw)
	}
	f.Fuzz(func(t *testing.T, flags byte, raw []byte) {
		if len(raw) == 0 {
			return
		}
		var x expander
		plain, cost, err := x.expand(flags, raw)
		if len(plain) > maxPayload && err == nil || cost < int64(max(len(raw), len(plain))) {
			t.Fatalf("%d bytes at a cost of %d: %v", len(plain), cost, err)
		}
		first := bytes.Clone(plain)
		_, _, _ = x.expand(flags, raw[:len(raw)/2])
		if again, _, err2 := x.expand(flags, raw); err == nil && (err2 != nil || !bytes.Equal(first, again)) {
			t.Fatalf("first %q, then %q, %v", first, again, err2)
		}
	})
}
