package input

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"oomtrace/parsers/event"
)

// A found is what a walk through a file and all that lies in it came upon.
type found struct {
	members  []string // "path: text", or the error in place of the text
	problems []string // "path: code: text"
	from     map[string]*event.Container
	names    []string // of all members, in their own archives
	bytes    int      // of all members
	whole    bool     // keep all of a text
}

// walked reads a file of the name f, within the limits.
func walked(t *testing.T, data []byte, l limits) *found {
	t.Helper()
	w := &found{from: map[string]*event.Container{}}
	w.walk(Unit{Path: "f", in: nesting{unpacked: &unpacked{limits: l}}, open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}})
	return w
}

func (w *found) walk(u Unit) {
	f, err := u.Open()
	if err != nil {
		w.members = append(w.members, fmt.Sprintf("%s: %v", u.Path, err))
		return
	}
	problem := func(code, format string, args ...any) {
		w.problems = append(w.problems, fmt.Sprintf("%s: %s: %s", u.Path, code, fmt.Sprintf(format, args...)))
	}
	s, err := u.Plain(f)
	if err != nil {
		problem("unopened", "%v", err)
		return
	}
	defer s.Close()
	if s.Archive != "" {
		walk := Walk{Path: u.Path, Problem: problem, Member: func(m Unit) bool {
			w.names = append(w.names, strings.TrimPrefix(m.Path, u.Path+"!"))
			w.walk(m)
			return true
		}}
		if s.Archive == "zip" {
			all, _ := io.ReadAll(s)
			walk.At = io.NewSectionReader(bytes.NewReader(all), 0, int64(len(all)))
		}
		links := s.Walk(walk)
		for _, c := range w.from {
			links.Tell(c)
		}
	} else {
		text, err := io.ReadAll(s)
		w.bytes += len(text)
		if len(text) > 60 && !w.whole {
			text = fmt.Appendf(nil, "%.20s and %d bytes", text, len(text)-20)
		}
		w.members = append(w.members, fmt.Sprintf("%s: %s", u.Path, text))
		if err != nil {
			problem("broken", "%v", err)
		}
		if u.From != nil && w.from != nil {
			w.from[u.Path] = u.From
		}
	}
	if l := s.Limit(); l != nil {
		problem(l.Code, "%s", l.Text)
	}
}

func (w *found) String() string {
	return strings.Join(w.members, "\n") + "\n--\n" + strings.Join(w.problems, "\n")
}

func (w *found) check(t *testing.T, members, problems []string) {
	t.Helper()
	if got, want := strings.Join(w.members, "\n"), strings.Join(members, "\n"); got != want {
		t.Errorf("got members\n%s\nwant\n%s", got, want)
	}
	if got, want := strings.Join(w.problems, "\n"), strings.Join(problems, "\n"); got != want {
		t.Errorf("got problems\n%s\nwant\n%s", got, want)
	}
}

// A file is one to pack.
type file struct{ name, text string }

var two = []file{{"a.log", "one\n"}, {"node-1/b.log", "two\n"}}

func tarOf(t testing.TB, format tar.Format, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o644, Typeflag: tar.TypeReg, Format: format}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f.text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tarred packs headers without content.
func tarred(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	return b.Bytes()
}

// zipOf packs with sizes in front of the data, as those do that can go back.
func zipOf(t testing.TB, method uint16, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		data := []byte(f.text)
		switch method {
		case zip.Deflate:
			data = deflated(t, data)
		case 93:
			data = zstded(t, data)
		case 95:
			data = xzed(t, data)
		}
		h := &zip.FileHeader{Name: f.name, Method: method, CRC32: crc32.ChecksumIEEE([]byte(f.text)),
			CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(f.text))}
		raw, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		raw.Write(data)
	}
	w.Close()
	return b.Bytes()
}

// zipStream packs with sizes behind the data, as those do that cannot go back.
func zipStream(t testing.TB, method uint16, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		m, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(m, f.text)
	}
	w.Close()
	return b.Bytes()
}

func deflated(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zstded(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(data, nil)
}

func xzed(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 20}.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bzip2Of is "one\n" as bzip2 1.0.8 packs it.
const bzip2Of = "BZh91AY&SYx\x13\xc0\x82\x00\x00\x01\xc1\x00\x00\x10\x02\x01\xa0\x00!\x9ah3M\x0c\xbc]\xc9\x14\xe1BA\xe0O\x02\x08"

func TestAnArchiveIsWalkedByItsContent(t *testing.T) {
	members := func(archives ...string) (want []string) {
		if archives == nil {
			archives = []string{""}
		}
		for _, a := range archives {
			want = append(want, "f!"+a+"a.log: one\n", "f!"+a+"node-1/b.log: two\n")
		}
		return want
	}
	plain, zipped := tarOf(t, tar.FormatUSTAR, two...), zipOf(t, zip.Deflate, two...)
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"tar, ustar":              {plain, members()},
		"tar, pax":                {tarOf(t, tar.FormatPAX, two...), members()},
		"tar, GNU":                {tarOf(t, tar.FormatGNU, two...), members()},
		"tar in gzip":             {gzipped(t, plain), members()},
		"tar in zstd":             {zstded(t, plain), members()},
		"tar in xz":               {xzed(t, plain), members()},
		"tar in xz in gzip":       {gzipped(t, xzed(t, plain)), members()},
		"zip":                     {zipped, members()},
		"zip, stored":             {zipOf(t, zip.Store, two...), members()},
		"zip, zstd":               {zipOf(t, 93, two...), members()},
		"zip, xz":                 {zipOf(t, 95, two...), members()},
		"zip, sizes behind":       {zipStream(t, zip.Deflate, two...), members()},
		"zip, stored, behind":     {zipStream(t, zip.Store, two...), members()},
		"zip in gzip":             {gzipped(t, zipped), members()},
		"archives in a tar":       {tarOf(t, tar.FormatPAX, file{"x/1.tgz", string(gzipped(t, plain))}, file{"2", string(zipped)}), members("x/1.tgz!", "2!")},
		"archives in a zip":       {zipOf(t, zip.Deflate, file{"x/1.tgz", string(gzipped(t, plain))}, file{"2", string(zipped)}), members("x/1.tgz!", "2!")},
		"a tar in a tar in a tar": {tarOf(t, tar.FormatPAX, file{"x", string(tarOf(t, tar.FormatPAX, file{"y", string(plain)}))}), members("x!y!")},
		"tars one behind another": {append(bytes.Clone(plain), plain...), append(members(), members()...)},
		"zips one behind another": {append(bytes.Clone(zipped), zipped...), append(members(), members()...)},
		"a member in bzip2":       {tarOf(t, tar.FormatPAX, file{"a.log", bzip2Of}), []string{"f!a.log: one\n"}},
		"a member in gzip":        {tarOf(t, tar.FormatPAX, file{"a.log.1", string(gzipped(t, []byte("one\n")))}), []string{"f!a.log.1: one\n"}},
		"tar without members":     {tarOf(t, tar.FormatPAX), nil},
		"tar of GNU, without any": {make([]byte, 20*blockSize), nil},
		"zip without members":     {zipOf(t, zip.Store), nil},
		"an empty member":         {tarOf(t, tar.FormatPAX, file{"a", ""}), []string{"f!a: "}},
		"an empty member of zip":  {zipOf(t, zip.Store, file{"a", ""}), []string{"f!a: "}},
	} {
		t.Run(name, func(t *testing.T) {
			got := walked(t, c.data, ofFile)
			if strings.HasPrefix(name, "zips one behind") {
				if len(got.problems) != 1 {
					t.Errorf("got problems %q, want one of the directory", got.problems)
				}
				got.problems = nil
			}
			got.check(t, c.want, nil)
		})
	}
}

func TestAMemberKeepsItsName(t *testing.T) {
	long := strings.Repeat("folder/", 40) + "a.log" // beyond what a header has room for
	huge := strings.Repeat("é/", 2000) + "a.log"
	for name, c := range map[string]struct{ name, want string }{
		"a folder":          {"node-1/dmesg.txt", "node-1/dmesg.txt"},
		"a dot before":      {"./dmesg.txt", "dmesg.txt"},
		"out of it":         {"../../etc/passwd", "etc/passwd"},
		"out of it, within": {"a/../../b", "b"},
		"from the root":     {"/etc/passwd", "etc/passwd"},
		"long":              {long, long},
		"too long":          {huge, "…" + huge[len(huge)-maxName+1:]}, // which begins with a whole letter
		"a terminal's":      {"a\x1b]0;x\x07\n.log", "a\x1b]0;x\x07\n.log"},
		"no UTF-8":          {"caf\xe9.log", "caf\uFFFD.log"},
		"no name":           {".", ""},
		"a mark of ours":    {"a!b", "a!b"},
	} {
		t.Run(name, func(t *testing.T) {
			want := "f!" + c.want + ": one\n"
			archives := map[string][]byte{"zip": zipOf(t, zip.Deflate, file{c.name, "one\n"}), "GNU": tarOf(t, tar.FormatGNU, file{c.name, "one\n"})}
			if utf8.ValidString(c.name) {
				archives["pax"] = tarOf(t, tar.FormatPAX, file{c.name, "one\n"})
			}
			for kind, data := range archives {
				got := walked(t, data, ofFile)
				if len(got.members) != 1 || got.members[0] != want {
					t.Errorf("%s: got %.200q, want %.200q", kind, got.members, want)
				}
				if told := len(got.problems) == 1; told != (name == "too long") {
					t.Errorf("%s: got problems %q", kind, got.problems)
				}
			}
		})
	}
}

func TestANameThatIsThereTwiceIsReadTwice(t *testing.T) {
	files := []file{{"a", "one\n"}, {"a", "two\n"}, {"./a", "three\n"}}
	for _, data := range [][]byte{tarOf(t, tar.FormatPAX, files...), zipOf(t, zip.Store, files...)} {
		walked(t, data, ofFile).check(t, []string{"f!a: one\n", "f!a: two\n", "f!a: three\n"}, nil)
	}
}

func TestWhatIsNoFileIsPassedOver(t *testing.T) {
	data := tarred(t,
		tar.Header{Name: "a/", Typeflag: tar.TypeDir}, tar.Header{Name: "b", Typeflag: tar.TypeFifo}, tar.Header{Name: "c", Typeflag: tar.TypeChar},
		tar.Header{Name: "d", Typeflag: tar.TypeBlock}, tar.Header{Name: "e", Typeflag: tar.TypeSymlink, Linkname: "../out"},
		tar.Header{Name: "f", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}, tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}})
	walked(t, data, ofFile).check(t, nil, nil)

	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, mode := range map[string]fs.FileMode{"a/": fs.ModeDir, "b": fs.ModeNamedPipe, "c": fs.ModeSymlink, "d": fs.ModeDevice} {
		h := &zip.FileHeader{Name: name}
		h.SetMode(mode | 0o644)
		if _, err := w.CreateHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	walked(t, b.Bytes(), ofFile).check(t, nil, nil)
}

func TestALinkInAnArchiveNamesTheFileItLeadsTo(t *testing.T) {
	const uid = "b1498fe3389220b5c12f5fe572a71bd1"
	pod, link := "pods/ns_pod_"+uid+"/c/0.log", "containers/pod_ns_c-"+id+".log"
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	h := &zip.FileHeader{Name: link}
	h.SetMode(fs.ModeSymlink | 0o777)
	l, _ := w.CreateHeader(h)
	io.WriteString(l, "/var/log/"+pod)
	m, _ := w.Create("node-1/" + pod)
	io.WriteString(m, "one\n")
	w.Close()
	both := func(link tar.Header) []byte {
		before := tarred(t, link)
		return append(before[:len(before)-2*blockSize], tarOf(t, tar.FormatPAX, file{"node-1/" + pod, "one\n"})...)
	}
	for name, data := range map[string][]byte{
		"relative": both(tar.Header{Name: link, Linkname: "../" + pod, Typeflag: tar.TypeSymlink}),
		"absolute": both(tar.Header{Name: "node-1/" + link, Linkname: "/var/log/" + pod, Typeflag: tar.TypeSymlink}),
		"hard":     both(tar.Header{Name: "node-1/" + link, Linkname: "node-1/" + pod, Typeflag: tar.TypeLink}),
		"zip":      z.Bytes(),
	} {
		got := walked(t, data, ofFile)
		c := got.from["f!node-1/"+pod]
		want := event.Container{Namespace: "ns", Pod: "pod", PodUID: uid, Name: "c", ID: id}
		if c == nil || *c != want || len(got.problems) > 0 {
			t.Errorf("%s: got %+v and problems %q, want %+v", name, c, got.problems, want)
		}
	}
	other := both(tar.Header{Name: link, Linkname: "../pods/ns_pod_" + uid + "/c/1.log", Typeflag: tar.TypeSymlink})
	if c := walked(t, other, ofFile).from["f!node-1/"+pod]; c == nil || c.ID != "" {
		t.Errorf("a link to another file: got %+v, want no id", c)
	}
}

// FuzzWalk walks through whatever there is, twice: how it is read in pieces does not
// matter, no member lies outside, and what comes out is bounded. Headers of tar get
// their sums right first, so that what those guard is reached.
func FuzzWalk(f *testing.F) {
	plain, zipped := tarOf(f, tar.FormatPAX, two...), zipOf(f, zip.Deflate, two...)
	for _, data := range [][]byte{
		plain, zipped, tarOf(f, tar.FormatGNU, file{strings.Repeat("long/", 60) + "a", "x"}), gzipped(f, plain), zstded(f, plain), xzed(f, plain), []byte(bzip2Of),
		zipStream(f, zip.Deflate, two...), zipOf(f, 93, two...), zip64Of(f, two[0]), overlapping(f, 3, "x"), sparse(f, two...), zipped[:len(zipped)-30],
		tarOf(f, tar.FormatUSTAR, file{"../x", string(zipped)}, file{"/y", string(gzipped(f, zipped))}), zipOf(f, zip.Store, file{"x", string(plain)}),
		tarred(f, tar.Header{Name: "containers/p_n_c-" + id + ".log", Linkname: "../pods/n_p_" + id + "/c/0.log", Typeflag: tar.TypeSymlink}),
	} {
		f.Add(data)
	}
	tight := limits{ratio: 20, inMember: 1 << 20, inFile: 4 << 20, members: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data)
		for at := 0; at+blockSize <= len(data); at += blockSize {
			if h := data[at : at+blockSize]; bytes.HasPrefix(h[257:], []byte("ustar")) {
				sum(h)
			}
		}
		got := walked(t, data, tight)
		if most := 5<<20 + 21*len(data); got.bytes > most {
			t.Errorf("got %d bytes of %d, want %d at most", got.bytes, len(data), most)
		}
		for _, n := range got.names {
			if path.Clean("/"+n) != "/"+n || !utf8.ValidString(n) || len(n) > maxName+len("…") {
				t.Errorf("the member %q lies outside, is no UTF-8 or too long", n)
			}
		}
		if strings.Contains(got.String(), "too-large") {
			return // how far that goes is a matter of how much is read at once
		}
		again := &found{from: map[string]*event.Container{}}
		again.walk(Unit{Path: "f", in: nesting{unpacked: &unpacked{limits: tight}}, open: func() (io.ReadCloser, error) {
			return io.NopCloser(iotest.HalfReader(bytes.NewReader(data))), nil
		}})
		if got, again := got.String(), again.String(); got != again {
			t.Errorf("got %s, read in halves %s", got, again)
		}
	})
}
