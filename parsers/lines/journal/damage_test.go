package journal

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCut cuts a file at every byte: all entries that end before come, and no
// other one, and their fields are whole.
func TestCut(t *testing.T) {
	const n = 14
	layouts(t, func(t *testing.T, compact bool) {
		b := sample(compact, n)
		for size := range b.file {
			file := b.file[:size:size]
			r, err := Open(bytes.NewReader(file), int64(size))
			if err != nil {
				if size >= testHeader {
					t.Fatalf("%d bytes: %v", size, err)
				}
				continue
			}
			got, problems := readAll(t, r)
			whole := wholeEntries(b, uint64(size))
			if !slices.Equal(seqnums(got), upTo(whole)) {
				t.Fatalf("%d bytes: got %v, want %d\n%s", size, seqnums(got), whole, problems)
			}
			for i, e := range got {
				if len(e.fields) != 4 || e.fields[3] != fmt.Sprintf("MESSAGE=line %d", i+1) {
					t.Fatalf("%d bytes: %v", size, e)
				}
			}
			if whole < n && !strings.Contains(problems, fmt.Sprintf("the header counts %d entries, %d are found", n, whole)) {
				t.Fatalf("%d bytes: %s", size, problems)
			}
		}
	})
}

// wholeEntries counts the entries that end within size.
func wholeEntries(b *builder, size uint64) uint64 {
	n := uint64(0)
	for _, at := range b.entries {
		if at+le64(b.file, at+8) <= size {
			n++
		}
	}
	return n
}

// TestCutReal cuts the real file at many places: entries come in order.
func TestCutReal(t *testing.T) {
	file := realFile(t)
	whole, _ := readAll(t, openBytes(t, file))
	last := 0
	for size := testHeader; size < len(file); size += 97 {
		got, _ := readAll(t, openBytes(t, file[:size:size]))
		if len(got) < last || fmt.Sprint(got) != fmt.Sprint(whole[:len(got)]) {
			t.Fatalf("%d bytes: got %d entries, %d before", size, len(got), last)
		}
		last = len(got)
	}
	if last < 50 {
		t.Errorf("got %d entries of all but the last bytes", last)
	}
}

// TestDamage reads what is left when a part of the file is overwritten.
func TestDamage(t *testing.T) {
	const n = 30
	firstArray := func(b *builder) uint64 { return le64(b.file, 176) }
	secondArray := func(b *builder) uint64 { return le64(b.file, firstArray(b)+objectHeader) }
	for _, test := range []struct {
		name     string
		damage   func(b *builder)
		want     []uint64
		problems string // each line begins one
	}{
		{"first array", func(b *builder) { clear(b.file[firstArray(b):][:24]) },
			upTo(n), "journal-broken-chain: byte ARRAY: the list of entries breaks off here: the others are searched for, object by object\n" +
				"journal-no-object: byte ARRAY: the file is damaged here: what can be read is searched for further on"},
		{"no first array", func(b *builder) { b.put64(176, 0) }, upTo(n), ""},
		{"first array elsewhere", func(b *builder) { b.put64(176, 276) }, upTo(n), "journal-bad-entry: byte 276: the list of entries leads here, but here no object can begin"},
		{"first array is an entry", func(b *builder) { b.put64(176, b.entries[0]) }, upTo(n), "journal-broken-chain"},
		{"next array", func(b *builder) { b.put64(int(firstArray(b))+16, 1<<40) }, upTo(n), "journal-truncated"},
		{"no next array", func(b *builder) { b.put64(int(firstArray(b))+16, 0) }, upTo(n), ""},
		{"array leads to itself", func(b *builder) { b.put64(int(firstArray(b))+16, firstArray(b)) }, upTo(n), "journal-broken-chain"},
		{"array leads back", func(b *builder) { b.put64(int(secondArray(b))+16, firstArray(b)) }, upTo(n), "journal-broken-chain"},
		{"array of no items", func(b *builder) { b.put64(int(firstArray(b))+8, 24) }, upTo(n), "journal-broken-chain\njournal-no-object"},
		{"hole in the array", func(b *builder) { clear(b.file[firstArray(b)+24:][:b.width()*2]) }, upTo(n), ""},
		{"hole at the array's end", func(b *builder) { clear(b.file[firstArray(b)+24+uint64(b.width())*2:][:b.width()*2]) }, upTo(n), ""},
		{"item leads into an object", func(b *builder) { b.file[firstArray(b)+24] += 8 }, upTo(n), "journal-bad-entry"},
		{"items twice", func(b *builder) {
			a := b.file[firstArray(b)+24:]
			copy(a[b.width():], a[:b.width()])
		}, upTo(n), "journal-bad-entry: byte FIRST: the list of entries leads here, but here is no entry behind the last one"},
		{"entry of another type", func(b *builder) { b.file[b.entries[4]] = typeData }, upTo(n, 5), "journal-bad-entry\njournal-entries-missing"},
		{"entry without a size", func(b *builder) { b.put64(int(b.entries[4])+8, 0) }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"entry longer than the file", func(b *builder) { b.put64(int(b.entries[4])+8, 1<<20) }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"entry without fields", func(b *builder) { b.put64(int(b.entries[4])+8, 64) }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"entry with half a field", func(b *builder) { b.file[b.entries[4]+8]-- }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"entry without seqnum", func(b *builder) { b.put64(int(b.entries[4])+16, 0) }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"entry without time", func(b *builder) { b.put64(int(b.entries[4])+24, 0) }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"entry far in the future", func(b *builder) { b.put64(int(b.entries[4])+24, 1<<55) }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"entry long after boot", func(b *builder) { b.put64(int(b.entries[4])+32, 1<<55) }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"entry without boot id", func(b *builder) { clear(b.file[b.entries[4]+40:][:16]) }, upTo(n, 5), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"hole over entries", func(b *builder) { clear(b.file[b.entries[9]+16 : b.entries[12]+16]) }, upTo(n, 10, 11, 12, 13), "journal-bad-entry\njournal-no-object\njournal-entries-missing"},
		{"all but the header and the last entry", func(b *builder) { clear(b.file[testHeader:b.entries[29]]) }, upTo(n, upTo(29)...), "journal-broken-chain\njournal-no-object\njournal-bad-field\njournal-entries-missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			layouts(t, func(t *testing.T, compact bool) {
				b := sample(compact, n)
				names := strings.NewReplacer("ARRAY", fmt.Sprint(firstArray(b)), "FIRST", fmt.Sprint(b.entries[0]))
				test.damage(b)
				got, problems := readAll(t, openBytes(t, b.file))
				if !slices.Equal(seqnums(got), test.want) {
					t.Errorf("got %v, want %v", seqnums(got), test.want)
				}
				if !begin(problems, names.Replace(test.problems)) {
					t.Errorf("got problems\n%s\nwant\n%s", problems, test.problems)
				}
			})
		})
	}
}

// begin reports whether each line of got begins as that of want.
func begin(got, want string) bool {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	return slices.EqualFunc(g, w, strings.HasPrefix) && (got == "") == (want == "")
}

// TestUnlinked finds an entry that was written and not yet linked.
func TestUnlinked(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := sample(compact, 4)
		b.unlinked(b.field("MESSAGE=the last words"))
		got, problems := readAll(t, openBytes(t, b.bytes()))
		if !slices.Equal(seqnums(got), upTo(5)) || problems != "" || got[4].fields[0] != "MESSAGE=the last words" {
			t.Errorf("got %v\n%s", got, problems)
		}
	})
}

// TestImplausible leaves out what nothing leads to and what refers to fields
// behind itself.
func TestImplausible(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := sample(compact, 4)
		b.unlinked(b.field("A=1"), uint64(len(b.file))+400)
		b.unlinked(b.field("MESSAGE=the last words"))
		b.file = append(b.file, make([]byte, 800)...)
		got, problems := readAll(t, openBytes(t, b.bytes()))
		if !slices.Equal(seqnums(got), upTo(6, 5)) || !begin(problems, "journal-no-object\njournal-entries-missing") {
			t.Errorf("got %v\n%s", got, problems)
		}
	})
}

// TestForged has a sender write a whole file of entries into a message, which a
// cut lays bare: what it holds is not taken for entries.
func TestForged(t *testing.T) {
	layouts(t, func(t *testing.T, compact bool) {
		b := sample(compact, 10)
		payload := make([]byte, 0, 8<<10)
		payload = append(payload, "MESSAGE="...)
		payload = append(payload, b.file[testHeader:]...)
		at := b.field(string(payload))
		b.link(b.unlinked(at))
		file := b.bytes()[:at+uint64(len(payload))-100]
		got, problems := readAll(t, openBytes(t, file))
		if !slices.Equal(seqnums(got), upTo(10)) {
			t.Errorf("got %v\n%s", seqnums(got), problems)
		}
		if !strings.Contains(problems, fmt.Sprintf("journal-truncated: byte %d: the file is cut within what begins here: what followed is lost", at)) &&
			!strings.Contains(problems, "journal-truncated: byte "+fmt.Sprint(len(file))+": the file ends here") {
			t.Errorf("got %s", problems)
		}
	})
}

// TestStray gives up a chain of items that all lead nowhere, and finds the
// entries without it.
func TestStray(t *testing.T) {
	b := newBuilder(true)
	b.add("MESSAGE=one")
	for range maxStray + 100 {
		b.link(b.entries[0])
	}
	b.unlinked(b.field("MESSAGE=two"))
	got, problems := readAll(t, openBytes(t, b.bytes()))
	if !slices.Equal(seqnums(got), upTo(2)) || !strings.Contains(problems, "(and 9999 more)") {
		t.Errorf("got %v\n%s", got, problems)
	}
}

// TestBadFields gives an entry with what can be read of it.
func TestBadFields(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(b *builder) uint64
		why  string
	}{
		{"no offset", func(*builder) uint64 { return 0 }, "its offset leads to no data object"},
		{"offset in the header", func(*builder) uint64 { return 64 }, "its offset leads to no data object"},
		{"odd offset", func(b *builder) uint64 { return b.field("A=1") + 4 }, "its offset leads to no data object"},
		{"offset behind the end", func(*builder) uint64 { return 1 << 31 }, "its offset leads to no data object"},
		{"another type", func(b *builder) uint64 { return b.array }, "its offset leads to no data object"},
		{"empty", func(b *builder) uint64 { return b.stored(0, nil) }, "its offset leads to no data object"},
		{"no name", func(b *builder) uint64 { return b.stored(0, []byte("=value")) }, "it is not NAME=value"},
		{"no value", func(b *builder) uint64 { return b.stored(0, []byte("NAME")) }, "it is not NAME=value"},
		{"lower case", func(b *builder) uint64 { return b.stored(0, []byte("name=value")) }, "it is not NAME=value"},
		{"a digit first", func(b *builder) uint64 { return b.stored(0, []byte("1NAME=value")) }, "it is not NAME=value"},
		{"a long name", func(b *builder) uint64 { return b.stored(0, []byte(strings.Repeat("N", 65)+"=value")) }, "it is not NAME=value"},
		{"an unknown compression", func(b *builder) uint64 { return b.stored(8, []byte("A=1")) }, "it is compressed in a way that no systemd up to 257 knows"},
		{"two compressions", func(b *builder) uint64 { return b.stored(6, []byte("A=1")) }, "it is compressed in a way that no systemd up to 257 knows"},
		{"too long", func(b *builder) uint64 { return b.stored(0, append([]byte("A="), make([]byte, maxPayload-1)...)) }, "it is longer than 8 MiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			layouts(t, func(t *testing.T, compact bool) {
				b := sample(compact, 1)
				at := b.unlinked(b.field("B=before"), test.make(b), b.field("C=behind"))
				b.link(at)
				got, problems := readAll(t, openBytes(t, b.bytes()))
				if fmt.Sprint(got[1:]) != "[{2 [B=before C=behind]}]" {
					t.Errorf("got %v", got)
				}
				if want := fmt.Sprintf("journal-bad-field: byte %d: a field of this entry cannot be read: %s", at, test.why); problems != want {
					t.Errorf("got  %s\nwant %s", problems, want)
				}
			})
		})
	}
}
