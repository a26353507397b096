package input

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"oomtrace/parsers/event"
)

const id = "81f8b1712f204523f0c1cb08e200bfc6524c0b8fbe2e13109cddf974a5d4fc7f"

func TestPlace(t *testing.T) {
	for path, want := range map[string]*event.Container{
		"logs/pods/imaging_worker-5d9f-x2x_b1498fe3389220b5c12f5fe572a71bd1/worker/0.log":                 {Namespace: "imaging", Pod: "worker-5d9f-x2x", PodUID: "b1498fe3389220b5c12f5fe572a71bd1", Name: "worker"},
		"/var/log/pods/kube-system_dns_5c0c3307-b592-439f-b48c-7a81d96e13e7/dns/3.log.20261120-231245.gz": {Namespace: "kube-system", Pod: "dns", PodUID: "5c0c3307-b592-439f-b48c-7a81d96e13e7", Name: "dns", Restart: 3},
		"containers/thumbs-ip-10-0-3-117.lab.internal_media_dramatiq-" + id + ".log":                      {Namespace: "media", Pod: "thumbs-ip-10-0-3-117.lab.internal", Name: "dramatiq", ID: id, Restart: -1},
		"must-gather.local.1/quay-io-x/namespaces/shop/pods/web-0/app/app/logs/previous.log":              {Namespace: "shop", Pod: "web-0", Name: "app", Restart: -1},
		"namespaces/shop/pods/web-0/app/web/logs/current.log":                                             nil,
		"support-bundle-2026-11-23T09_00_00/cluster-resources/pods/logs/shop/web-0/app.log":               {Namespace: "shop", Pod: "web-0", Name: "app", Restart: -1},
		"cluster-resources/pods/logs/shop/web-0/app-previous.log":                                         {Namespace: "shop", Pod: "web-0", Name: "app", Restart: -1},
		"cluster-resources/pods/logs/shop/web-0/App.log":                                                  nil,
		"/var/lib/docker/containers/" + id + "/" + id + "-json.log.1":                                     {ID: id, Runtime: "docker", Restart: -1},
		"/var/lib/docker/containers/" + id + "/" + id[1:] + "-json.log":                                   nil,
		"containers/a_b_c-" + strings.ToUpper(id) + ".log":                                                nil,
		"pods/short_pod_uid/c/0.log":                                                                      nil,
		"pods/a_b_b1498fe3389220b5c12f5fe572a71bd1/c/x.log":                                               nil,
		"worker.log": nil, "": nil, "/": nil, "pods": nil,
	} {
		got := Place(path)
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("Place(%q) = %+v, want %+v", path, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	const text = "one\ntwo\n"
	var gz, zs, both bytes.Buffer
	w := gzip.NewWriter(&gz)
	io.WriteString(w, text)
	w.Close()
	z, _ := zstd.NewWriter(&zs)
	io.WriteString(z, text)
	z.Close()
	w = gzip.NewWriter(&both)
	w.Write(zs.Bytes())
	w.Close()
	for name, c := range map[string]struct{ in, want string }{
		"plain":                {text, text},
		"empty":                {"", ""},
		"gzip":                 {gz.String(), text},
		"zstd":                 {zs.String(), text},
		"zstd in gzip":         {both.String(), text},
		"xz":                   {string(xzed(t, []byte(text))), text},
		"xz, twice":            {strings.Repeat(string(xzed(t, []byte(text))), 2), text + text},
		"bzip2":                {bzip2Of, "one\n"},
		"bzip2, twice":         {bzip2Of + bzip2Of, "one\none\n"},
		"bzip2 of nothing":     {"BZh9\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00", ""},
		"looks like bzip2":     {"BZh9 is what it begins with", "BZh9 is what it begins with"},
		"looks like xz":        {"\xfd7zXZ", "\xfd7zXZ"},
		"UTF-8 with BOM":       {"\xef\xbb\xbf" + text, text},
		"UTF-16LE":             {"\xff\xfeo\x00n\x00e\x00\n\x00", "one\n"},
		"UTF-16LE, no mark":    {utf16("a line of a log\n", 1), "a line of a log\n"},
		"UTF-16BE, no mark":    {utf16("a line of a log\n", 0), "a line of a log\n"},
		"NUL between, not all": {utf16("a line of a log\n", 1) + "text", utf16("a line of a log\n", 1) + "text"},
		"UTF-16BE":             {"\xfe\xff\x00o\x00n\x00e\x00\n", "one\n"},
		"one byte":             {"x", "x"},
		"looks like gzip":      {"\x1f", "\x1f"},
	} {
		s, err := Plain(strings.NewReader(c.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := io.ReadAll(s)
		if string(got) != c.want || err != nil || !strings.HasPrefix(c.want, string(s.Head)) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, c.want)
		}
		s.Close()
	}
}

func TestATruncatedGzipGivesWhatItHolds(t *testing.T) {
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	for range 5000 {
		io.WriteString(w, "a line of a log that is long enough to be cut\n")
	}
	w.Close()
	s, err := Plain(bytes.NewReader(gz.Bytes()[:gz.Len()/2]))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(s)
	if err == nil || len(got) == 0 {
		t.Errorf("got %d bytes and error %v, want some and an error", len(got), err)
	}
}

// tree makes a folder of what a hostile one can hold.
func tree(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "logs")
	outside := filepath.Join(filepath.Dir(dir), "secret")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pods := filepath.Join(dir, "pods", "ns_pod_b1498fe3389220b5c12f5fe572a71bd1", "c")
	must(os.MkdirAll(pods, 0o755))
	must(os.MkdirAll(filepath.Join(dir, "containers"), 0o755))
	must(os.WriteFile(outside, []byte("x"), 0o644))
	must(os.WriteFile(filepath.Join(dir, "b.log"), []byte("x"), 0o644))
	must(os.WriteFile(filepath.Join(dir, "a.log"), []byte("x"), 0o644))
	must(os.WriteFile(filepath.Join(pods, "0.log"), []byte("x"), 0o644))
	must(os.Symlink(filepath.Join(pods, "0.log"), filepath.Join(dir, "containers", "pod_ns_c-"+id+".log")))
	must(os.Symlink("../pods/ns_pod_b1498fe3389220b5c12f5fe572a71bd1/c/0.log", filepath.Join(dir, "containers", "relative.log")))
	must(os.Symlink(outside, filepath.Join(dir, "out.log")))
	must(os.Symlink("nowhere", filepath.Join(dir, "dangling.log")))
	must(syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	return dir
}

func TestFindStaysInTheFolder(t *testing.T) {
	dir := tree(t)
	units, problems, err := Find([]string{dir, filepath.Join(dir, "a.log")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range units {
		rel, _ := filepath.Rel(dir, u.Path)
		got = append(got, rel)
	}
	want := "a.log b.log pods/ns_pod_b1498fe3389220b5c12f5fe572a71bd1/c/0.log"
	if strings.Join(got, " ") != want {
		t.Errorf("got units %q, want %q", got, want)
	}
	codes := map[string]int{}
	for _, p := range problems {
		codes[p.Code]++
	}
	if codes["not-a-file"] != 1 || codes["link-not-followed"] < 2 {
		t.Errorf("got problems %v, want the pipe and both links that lead out", problems)
	}
}

func TestALinkInsideTheFolderNamesTheFileItLeadsTo(t *testing.T) {
	dir := tree(t)
	units, _, err := Find([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		if strings.HasSuffix(u.Path, "0.log") && (u.From == nil || u.From.ID != id || u.From.PodUID == "") {
			t.Errorf("got %+v, want the pod's uid from the path and the id from the link", u.From)
		}
	}
}

func TestAPathThatIsNotThereIsAnError(t *testing.T) {
	if _, _, err := Find([]string{"logs/node-9.txt"}, nil); err == nil || err.Error() != "stat logs/node-9.txt: no such file or directory" {
		t.Errorf("got %v", err)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("\x28\xb5\x2f\xfd\x04\x00"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte(bzip2Of))
	f.Add(xzed(f, []byte("one\n")))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Plain(bytes.NewReader(data))
		if err != nil {
			return
		}
		defer s.Close()
		head := bytes.Clone(s.Head)
		got, _ := io.ReadAll(io.LimitReader(s, 1<<20))
		if !bytes.HasPrefix(got, head[:min(len(head), len(got))]) {
			t.Errorf("the head %q is not what was read, %q", head, got)
		}
	})
}

func FuzzPlace(f *testing.F) {
	f.Add("pods/a_b_b1498fe3389220b5c12f5fe572a71bd1/c/0.log")
	f.Fuzz(func(t *testing.T, path string) {
		if c := Place(path); c != nil && (c.Pod == "" && c.Namespace == "" && c.Name == "" && c.ID == "") {
			t.Errorf("Place(%q) names nothing", path)
		}
	})
}

// utf16 writes ASCII as UTF-16, with the zero before each byte or behind it.
func utf16(text string, at int) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		pair := [2]byte{}
		pair[1-at] = c
		b.Write(pair[:])
	}
	return b.String()
}
