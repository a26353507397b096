package journal

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestManyFields reads the first 4096 fields of an entry with more.
func TestManyFields(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := newBuilder(compact)
		items := make([]uint64, maxItems+5)
		for i := range items {
			items[i] = b.field("A=1")
		}
		at := b.unlinked(items...)
		b.link(at)
		got, problems := readAll(t, openBytes(t, b.bytes()))
		if len(got) != 1 || len(got[0].fields) != maxItems {
			t.Errorf("got %d entries", len(got))
		}
		if want := fmt.Sprintf("journal-too-many-fields: byte %d: an entry has 4101 fields: only the first 4096 are read", at); problems != want {
			t.Errorf("got  %s\nwant %s", problems, want)
		}
	})
}

// TestFull stops at 16 MiB of fields that one entry alone has.
func TestFull(t *testing.T) {
	b := newBuilder(true)
	var items []uint64
	for i := range 5 {
		items = append(items, b.field(fmt.Sprintf("BIG=%d%s", i, strings.Repeat("x", 5<<20))))
	}
	at := b.unlinked(append(items, b.field("A=1"))...)
	b.link(at)
	got, problems := readAll(t, openBytes(t, b.bytes()))
	if len(got) != 1 || len(got[0].fields) != 4 || got[0].fields[3] != "A=1" {
		t.Errorf("got %d entries", len(got))
	}
	want := fmt.Sprintf("journal-bad-field: byte %d: a field of this entry cannot be read: the fields of its entry add up to more than 16 MiB (and 1 more)", at)
	if problems != want {
		t.Errorf("got  %s\nwant %s", problems, want)
	}
}

// TestCacheBound fills the cache with more than it may hold, and reads the same
// as without it.
func TestCacheBound(t *testing.T) {
	b := newBuilder(true)
	const n = 3 * cacheBytes / maxShared
	payload := func(i int) string { return fmt.Sprintf("A=%d%s", i, strings.Repeat("x", maxShared-100)) }
	for i := range 2 * n {
		b.add(payload(i%n), "_TRANSPORT=kernel")
	}
	r := openBytes(t, b.bytes())
	for i := 0; ; i++ {
		e, err := r.Next()
		if err != nil {
			break
		}
		for name, value := range e.Fields {
			if got := name + "=" + string(value); got != payload(i%n) && got != "_TRANSPORT=kernel" {
				t.Fatalf("entry %d: got %.40q", i, got)
			}
		}
		if r.fields.cache.bytes > cacheBytes {
			t.Fatalf("the cache holds %d bytes", r.fields.cache.bytes)
		}
	}
}

// TestMemory walks a file that is worth nothing but to fill the memory.
func TestMemory(t *testing.T) {
	b := newBuilder(true)
	b.compress = toZSTD
	var fields []string
	for i := range 6 {
		fields = append(fields, fmt.Sprintf("BIG=%d %s", i, strings.Repeat("x", 7<<20)))
	}
	for i := range 40 {
		b.add(fields[i%2], fields[2+i%2], fields[4+i%2])
	}
	file := bytes.Clone(b.bytes())
	b = nil
	r := openBytes(t, file)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := 0; ; i++ {
		e, err := r.Next()
		if err != nil {
			break
		}
		for range e.Fields {
			continue
		}
		if i%10 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			if held := int64(now.HeapAlloc) - int64(before.HeapAlloc); held > 64<<20 {
				t.Fatalf("entry %d: %d MiB", i, held>>20)
			}
		}
	}
}

// TestNames keeps a bounded number of names.
func TestNames(t *testing.T) {
	b := newBuilder(true)
	for i := range maxNames + 100 {
		b.add(fmt.Sprintf("NAME_%d=1", i))
	}
	r := openBytes(t, b.bytes())
	got, problems := readAll(t, r)
	if last := got[len(got)-1].fields[0]; last != fmt.Sprintf("NAME_%d=1", maxNames+99) || problems != "" || len(r.fields.names) != maxNames {
		t.Errorf("got %s, %d names, %s", last, len(r.fields.names), problems)
	}
}
