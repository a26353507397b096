package input

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// lines returns a text of n numbered lines.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d of a log\n", i)
	}
	return b.String()
}

// TestACutArchiveGivesWhatItHolds cuts archives at every byte behind their first
// header: the members before the cut are whole, the one in which it is begins
// right, and a problem tells of it.
func TestACutArchiveGivesWhatItHolds(t *testing.T) {
	files := []file{{"a", lines(60)}, {"b", lines(80)}, {"c", lines(30)}}
	for name, data := range map[string][]byte{
		"tar": tarOf(t, tar.FormatPAX, files...), "tar in gzip": gzipped(t, tarOf(t, tar.FormatPAX, files...)),
		"tar in xz": xzed(t, tarOf(t, tar.FormatPAX, files...)), "tar in zstd": zstded(t, tarOf(t, tar.FormatPAX, files...)),
		"zip": zipOf(t, zip.Deflate, files...), "zip, stored": zipOf(t, zip.Store, files...), "zip, sizes behind": zipStream(t, zip.Deflate, files...),
	} {
		t.Run(name, func(t *testing.T) {
			whole := len(reading(data).members)
			for n := blockSize; n < len(data); n++ {
				got := reading(data[:n])
				if len(got.problems) == 0 {
					t.Errorf("cut after %d of %d bytes: got no problem", n, len(data))
				}
				for i, m := range got.members {
					text := m[strings.Index(m, ": ")+2:]
					if want := files[i%3].text; !strings.HasPrefix(want, text) || i < len(got.members)-1 && text != want {
						t.Errorf("cut after %d of %d bytes: member %d is %.50q and so on", n, len(data), i, text)
					}
				}
				if len(got.members) > whole {
					t.Errorf("cut after %d of %d bytes: got %d members, of %d", n, len(data), len(got.members), whole)
				}
			}
		})
	}
}

// reading walks through a file and keeps the texts whole.
func reading(data []byte) *found {
	w := &found{whole: true}
	w.walk(Unit{Path: "f", open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	return w
}

func TestADamagedArchiveGivesTheRest(t *testing.T) {
	files := []file{{"a", "one\n"}, {"b", "two\n"}, {"c", "three\n"}}
	all := []string{"f!a: one\n", "f!b: two\n", "f!c: three\n"}
	tarred, zipped, stored := tarOf(t, tar.FormatUSTAR, files...), zipOf(t, zip.Deflate, files...), zipOf(t, zip.Store, files...)
	damaged := func(data []byte, at int, with string) []byte {
		data = bytes.Clone(data)
		copy(data[at:], with)
		return data
	}
	// What the directory of zipped says of b.
	b := bytes.LastIndex(zipped, []byte("PK\x01\x02")) - directorySize - 1
	for name, c := range map[string]struct {
		data              []byte
		members, problems []string
	}{
		"a header of tar":      {damaged(tarred, 2*blockSize, "x"), []string{all[0], all[2]}, []string{"f: broken-archive: a header before byte 1536 is damaged (archive/tar: invalid tar header); it is passed over, up to the next one at byte 2048"}},
		"the first header":     {damaged(tarred, 0, "x"), all[1:], []string{"f: broken-archive: a header before byte 512 is damaged (archive/tar: invalid tar header); it is passed over, up to the next one at byte 1024"}},
		"the last header":      {damaged(tarred, 4*blockSize, "x"), all[:2], []string{"f: broken-archive: a header before byte 2560 is damaged (archive/tar: invalid tar header), and none follows; what came before is read"}},
		"no end of tar":        {tarred[:len(tarred)-2*blockSize], all, []string{"f: truncated-archive: it ends without the empty blocks that end an archive: it may have been cut; what it holds is read"}},
		"behind the end":       {append(bytes.Clone(tarred), strings.Repeat("garbage ", 500)...), all, nil},
		"behind a zip":         {append(bytes.Clone(zipped), "garbage"...), all, nil},
		"a tar without sums":   {damaged(damaged(damaged(tarred, 0, "x"), 2*blockSize, "x"), 4*blockSize, "x"), nil, []string{"f: broken-archive: a header before byte 512 is damaged (archive/tar: invalid tar header), and none follows; what came before is read"}},
		"a header of zip":      {damaged(zipped, bytes.Index(zipped[1:], []byte("PK\x03\x04"))+1, "XX"), []string{all[0], all[2]}, []string{`f: broken-archive: "b" is not at byte 41, where the directory says it is; the others are read`}},
		"an offset":            {damaged(zipped, b+42, "\xff\xff\xff\x0f"), []string{all[0], all[2]}, []string{`f: broken-archive: "b" is not at byte 268435455, where the directory says it is; the others are read`}},
		"the directory":        {damaged(zipped, b, "XX"), all[:1], []string{`f: broken-archive: the directory cannot be read from member 2 of 3 on: it begins with "XX\x01\x02", want "PK\x01\x02"; those before it are read`}},
		"the directory's size": {damaged(zipped, len(zipped)-endSize+12, "\x01\x00\x00\x00"), all, []string{"f: broken-archive: its directory is at byte 265, where it says 125: it may have been cut; its members are read one behind the other, as far as they go"}},
		"an encrypted member":  {damaged(zipped, b+8, "\x01"), []string{all[0], all[2]}, []string{`f: encrypted-member: "b" is encrypted; the others are read: unpack it with its password and give the folder`}},
		"an unknown method":    {damaged(zipped, b+10, "\x63"), []string{all[0], all[2]}, []string{`f: unknown-method: "b" is compressed by method 99, want one of 0, 8, 12, 93, 95; the others are read: unpack it and give the folder`}},
		"a byte, stored":       {damaged(stored, localSize+1, "O"), append([]string{"f!a: One\n"}, all[1:]...), []string{"f!a: broken: the sum of what was unpacked is not the one that is stored"}},
	} {
		t.Run(name, func(t *testing.T) {
			walked(t, c.data, ofFile).check(t, c.members, c.problems)
		})
	}
}

// bomb is a log that shrinks to a thousandth.
var bomb = strings.Repeat("\x00", 1<<20)

// small are limits that tests come upon soon.
var small = limits{ratio: 20, inMember: 1 << 20, inFile: 20 << 20, members: 5}

func TestABombEndsAndTheRestIsRead(t *testing.T) {
	zeros := strings.Repeat(bomb, 8) // more than readers have taken in ahead, 20 times over
	between := func(f ...file) []file { return append(append([]file{{"a", "one\n"}}, f...), file{"z", "two\n"}) }
	told := func(path string) string {
		return path + ": too-large: 2 MiB were unpacked from less than 1 MiB, more than 20 times as much; what is left of it is not read: if this is a log, unpack it and give the unpacked file"
	}
	for name, data := range map[string][]byte{
		"in a tar in gzip":  gzipped(t, tarOf(t, tar.FormatPAX, between(file{"bomb", zeros})...)),
		"in a tar in zstd":  zstded(t, tarOf(t, tar.FormatPAX, between(file{"bomb", zeros})...)),
		"in gzip in a tar":  tarOf(t, tar.FormatPAX, between(file{"bomb", string(gzipped(t, []byte(zeros)))})...),
		"in a zip":          zipOf(t, zip.Deflate, between(file{"bomb", zeros})...),
		"in a zip of zstd":  zipOf(t, 93, between(file{"bomb", zeros})...),
		"in a zip in a tar": tarOf(t, tar.FormatPAX, between(file{"bomb", string(zipOf(t, zip.Deflate, file{"c", zeros}))})...),
		"a sparse file":     sparse(t, between()...),
	} {
		t.Run(name, func(t *testing.T) {
			path := "f!bomb"
			if name == "in a zip in a tar" {
				path += "!c"
			}
			got := walked(t, data, small)
			for i, p := range got.problems { // by how much is read at once
				got.problems[i] = strings.Replace(p, "3 MiB were", "2 MiB were", 1)
			}
			got.check(t, []string{"f!a: one\n", got.members[1], "f!z: two\n"}, []string{told(path)})
			if !strings.HasPrefix(got.members[1], path+": \x00") || got.bytes > 4<<20 {
				t.Errorf("got %.100q, and %d bytes in all", got.members[1], got.bytes)
			}
		})
	}
}

// sparse packs a file of 1 GiB without any data behind the first of files, as GNU
// tar does with --sparse --format=posix --sparse-version=0.1.
func sparse(t testing.TB, files ...file) []byte {
	var pax strings.Builder
	for _, r := range []string{"GNU.sparse.size=1073741824", "GNU.sparse.numblocks=1", "GNU.sparse.map=1073741824,0", "GNU.sparse.name=bomb"} {
		fmt.Fprintf(&pax, "%d %s\n", len(r)+4, r)
	}
	data := tarOf(t, tar.FormatPAX, files[:1]...)
	data = append(data[:len(data)-2*blockSize], header("pax", tar.TypeXHeader, pax.Len())...)
	data = append(data, pax.String()+strings.Repeat("\x00", blockSize-pax.Len())...)
	data = append(data, header("x", tar.TypeReg, 0)...)
	return append(data, tarOf(t, tar.FormatPAX, files[1:]...)...)
}

// header returns a header of a tar of V7, with a sum of signed bytes.
func header(name string, kind byte, size int) []byte {
	h := make([]byte, blockSize)
	copy(h, name)
	copy(h[124:], fmt.Sprintf("%011o", size))
	h[156] = kind
	sum(h)
	return h
}

// sum writes the sum of signed bytes into a header.
func sum(h []byte) {
	n := 0
	copy(h[148:], "        ")
	for _, c := range h {
		n += int(int8(c))
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", n))
}

func TestAFileOfBombsEnds(t *testing.T) {
	var files []file
	for i := range 4 {
		files = append(files, file{fmt.Sprint(i), strings.Repeat(bomb, 16)})
	}
	const told = "f: too-large: 20 MiB were unpacked from less than 1 MiB, more than 20 times as much; what is left is not read: if these are logs, unpack them and give the folder"
	for name, data := range map[string][]byte{
		"a tar":     zstded(t, tarOf(t, tar.FormatPAX, files...)),
		"a zip":     overlapping(t, 64, bomb),
		"both":      gzipped(t, zstded(t, tarOf(t, tar.FormatPAX, files...))),
		"a tar, xz": xzed(t, tarOf(t, tar.FormatPAX, files...)),
	} {
		l := small
		l.members = 100
		got := walked(t, data, l)
		if len(got.members) < 2 && name != "both" || len(got.problems) == 0 || got.problems[len(got.problems)-1] != told {
			t.Errorf("%s: got %s, want the last problem to be %s", name, got, told)
		}
	}
}

// overlapping returns a zip whose n members are one and the same.
// Source: David Fifield, A better zip bomb, 2019.
func overlapping(t testing.TB, n int, text string) []byte {
	data := zipOf(t, zip.Deflate, file{"a", text})
	at := bytes.LastIndex(data, []byte(directoryMark))
	entry := data[at : len(data)-endSize]
	end := bytes.Clone(data[len(data)-endSize:])
	binary.LittleEndian.PutUint16(end[10:], uint16(n))
	binary.LittleEndian.PutUint32(end[12:], uint32(n*len(entry)))
	return append(append(bytes.Clone(data[:at]), bytes.Repeat(entry, n)...), end...)
}

func TestMembersAreCounted(t *testing.T) {
	const told = ": too-many-members: there are more than 5 members, and the rest is not read; unpack it and give the folder in parts"
	six := []file{{"1", "x"}, {"2", "x"}, {"3", "x"}, {"4", "x"}, {"5", "x"}, {"6", "x"}}
	inner := tarOf(t, tar.FormatPAX, six[2:]...)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"tar":    {tarOf(t, tar.FormatPAX, six...), "f" + told},
		"zip":    {zipOf(t, zip.Store, six...), "f" + told},
		"nested": {tarOf(t, tar.FormatPAX, six[0], file{"in", string(inner)}), "f!in" + told},
	} {
		if got := walked(t, c.data, small); len(got.problems) == 0 || got.problems[0] != c.want {
			t.Errorf("%s: got problems %q, want %q", name, got.problems, c.want)
		}
	}
}

func TestWhatLiesTooDeepIsNotOpened(t *testing.T) {
	data := tarOf(t, tar.FormatPAX, file{"c", "one\n"})
	for _, name := range []string{"c", "b", "a"} {
		data = tarOf(t, tar.FormatPAX, file{name, string(data)}, file{"z", "two\n"})
	}
	walked(t, data, ofFile).check(t, []string{"f!a!b!z: two\n", "f!a!z: two\n", "f!z: two\n"},
		[]string{"f!a!b!c: too-deep: an archive within 3 others, and no more are opened; unpack it and give the folder"})

	zs := []byte("one\n")
	for range 3 {
		zs = gzipped(t, zs)
	}
	walked(t, zs, ofFile).check(t, []string{"f: one\n"}, nil)
	walked(t, gzipped(t, zs), ofFile).check(t, nil, []string{"f: unopened: it is compressed more than 3 times over; unpack it and give the unpacked file"})
}

// TestAFileHasNoSayInTheMemoryItTakes asks for windows of 4 GiB.
func TestAFileHasNoSayInTheMemoryItTakes(t *testing.T) {
	large := xzed(t, []byte("one\n"))
	large[12+2+2] = 40 // 4 GiB less a byte
	block := large[12 : 12+4*(int(large[12])+1)]
	binary.LittleEndian.PutUint32(block[len(block)-4:], crc32.ChecksumIEEE(block[:len(block)-4]))
	zs := []byte("\x28\xb5\x2f\xfd\x00\xb0\x01\x00\x00") // a frame with a window of 4 GiB, and an empty block
	for name, data := range map[string][]byte{"xz": large, "zstd": zs} {
		got := walked(t, data, ofFile)
		const want = "MiB of it would have to be kept in memory to unpack it, and 64 may be; unpack it and give the unpacked file"
		if len(got.members) > 0 || len(got.problems) != 1 || !strings.HasPrefix(got.problems[0], "f: unopened: 4096 "+want) {
			t.Errorf("%s: got %s, want 4096 %s", name, got, want)
		}
	}

	// What is within each other shares the memory.
	within := nesting{unpacked: &unpacked{limits: ofFile}}
	var granted []uint64
	for _, asked := range []uint64{64 << 20, 0, 16 << 20, 0} {
		n, err := within.window(asked)
		if err != nil {
			t.Fatal(err)
		}
		granted = append(granted, n>>20)
	}
	if _, err := within.window(1 << 10); fmt.Sprint(granted) != "[64 8 16 8]" || err == nil {
		t.Errorf("granted %v MiB and then %v, want [64 8 16 8] and an error", granted, err)
	}

	// A frame behind the first asks for more.
	var b bytes.Buffer
	for _, window := range []int{1 << 20, 32 << 20} {
		w, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithSingleSegment(false))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, strings.Repeat(lines(1000), 200))
		w.Close()
	}
	got := walked(t, b.Bytes(), ofFile)
	want := "f: too-large: a later part of it asks for more memory to be unpacked than its beginning does; unpack it and give the unpacked file"
	if len(got.members) != 1 || len(got.problems) != 1 || got.problems[0] != want {
		t.Errorf("got %s, want what came before and %s", got, want)
	}
}

// zip64Of packs one file, with all sizes, offsets and counts in the fields that
// zip64 has for them.
func zip64Of(t testing.TB, f file) []byte {
	t.Helper()
	le := binary.LittleEndian
	extra := []byte{0x55, 0x54, 5, 0, 3, 0, 0, 0, 0, 1, 0, 24, 0} // a time goes before
	size := uint64(len(f.text))
	extra = le.AppendUint64(le.AppendUint64(le.AppendUint64(extra, size), size), 0)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: f.name, CRC32: crc32.ChecksumIEEE([]byte(f.text)), CompressedSize64: size, UncompressedSize64: size, Extra: extra}
	raw, err := w.CreateRaw(h)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(raw, f.text)
	w.Close()
	data := b.Bytes()
	dir, end := bytes.Index(data, []byte(directoryMark)), len(data)-endSize
	full := []byte("\xff\xff\xff\xff\xff\xff\xff\xff")
	copy(data[18:], full)
	copy(data[dir+20:], full)
	copy(data[dir+42:], full[:4])
	end64 := append([]byte(end64Mark), make([]byte, end64Size-4)...)
	le.PutUint64(end64[32:], 1)
	le.PutUint64(end64[40:], uint64(end-dir))
	le.PutUint64(end64[48:], uint64(dir))
	locator := le.AppendUint64([]byte(locator64Mark+"\x00\x00\x00\x00"), uint64(end))
	last := bytes.Clone(data[end:])
	copy(last[8:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
	return append(append(append(data[:end:end], end64...), append(locator, 1, 0, 0, 0)...), last...)
}

func TestZip64IsRead(t *testing.T) {
	data := zip64Of(t, file{"a", "one\n"})
	if z, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err != nil || len(z.File) != 1 || z.File[0].CompressedSize64 != 4 {
		t.Fatalf("archive/zip does not read it: %v", err)
	}
	walked(t, data, ofFile).check(t, []string{"f!a: one\n"}, nil)
	cut := walked(t, data[:len(data)-1], ofFile)
	if len(cut.problems) != 1 {
		t.Errorf("cut: got problems %q, want one", cut.problems)
	}
	cut.check(t, []string{"f!a: one\n"}, cut.problems)
}

func TestTheDictionaryOfXZIsSeenBehindSizes(t *testing.T) {
	const stream = "\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46"
	for name, c := range map[string]struct {
		block string
		want  uint64
	}{
		"xz -6":              {"\x02\x00\x21\x01\x16\x00\x00\x00", 8 << 20},
		"xz -9":              {"\x02\x00\x21\x01\x1c\x00\x00\x00", 64 << 20},
		"xz -T2":             {"\x04\xc0\x80\x80\x01\x80\x80\x80\x01\x21\x01\x16\x00\x00\x00", 8 << 20},
		"another filter":     {"\x02\x01\x04\x00\x21\x01\x16\x00", 0},
		"the index":          {"\x00\x00\x00\x00", 0},
		"a size without end": {"\x04\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 0},
		"cut":                {"\x02\x00\x21", 0},
		"more than there is": {"\x02\x00\x21\x01\x29\x00\x00\x00", 0},
	} {
		if got := xzDictionary([]byte(stream + c.block)); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestATarIsToldFromText(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want bool
	}{
		"text":                {lines(100), false},
		"NUL":                 {"\x00", false},
		"NULs":                {strings.Repeat("\x00", 1000), false},
		"many NULs":           {strings.Repeat("\x00", HeadSize), false},
		"V7 with signed sums": {string(header("\xe9\xe9.log", tar.TypeReg, 4)), true},
		"half a header":       {string(tarOf(t, tar.FormatPAX, two...)[:300]), true},
		"nothing":             {"", false},
	} {
		if got := isTar([]byte(c.head)); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
