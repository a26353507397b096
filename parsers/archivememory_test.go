package parsers_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// TestMemoryOfArchivesIsBounded reads archives that are long in different ways. Most
// of what many members take is garbage: it is collected as in the program, which sets
// a limit from which on that is done eagerly.
func TestMemoryOfArchivesIsBounded(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(150 << 20))
	const head = "Nov 23 08:50:41 ip-10-0-3-117 kernel: [ 7208.7%05d] "
	kills := numbered(head + "Memory cgroup out of memory: Killed process %[1]d (dramatiq) total-vm:89556kB, anon-rss:88404kB, file-rss:0kB, shmem-rss:708kB, UID:1000 pgtables:212kB oom_score_adj:969\n")
	kill, kernel := firstLine(kills), strings.Repeat(fmt.Sprintf(head+"eth0: link up\n", 1), 7)
	cri := "2026-11-23T08:50:41.000000001Z stderr F hello\n"
	container := strings.Repeat("d", 36) + "/pods/ns_pod_b1498fe3389220b5c12f5fe572a71bd1/c/%d.log"
	longName := tarMember("././@LongLink", 'L', strings.Repeat("long/", 200_000)) + tarMember("x", '0', "")
	zeros := strings.Repeat("\x00", 8<<20)
	for name, parts := range map[string]func() []part{
		"a member of a tar":         func() []part { return []part{{tarHeader("messages", '0', 1<<40), 1}, {kills, 100 << 20}} },
		"empty members":             func() []part { return []part{{tarMembers("d/%d.log", ""), 50 << 20}} },
		"members with kills":        func() []part { return []part{{tarMembers("d/%d.log", kill), 20 << 20}} },
		"members of the kernel":     func() []part { return []part{{tarMembers("d/%d.log", kernel), 50 << 20}} },
		"members of containers":     func() []part { return []part{{tarMembers(container, cri), 40 << 20}} },
		"members that are archives": func() []part { return []part{{tarMembers("d/%d.tar", tarHeader("x", '0', 0)), 40 << 20}} },
		"broken members":            func() []part { return []part{{tarMembers("d/%d.gz", "\x1f\x8bbroken"), 40 << 20}} },
		"links":                     func() []part { return []part{{tarLinks(), 1}} },
		"long names":                func() []part { return []part{{longName, 50 << 20}} },
		"damaged headers":           func() []part { return []part{{tarMember("x", '0', "") + strings.Repeat("x", 512), 50 << 20}} },
		"members of a zip":          func() []part { return []part{{zipMembers(t), 1}} },
		"a zip in zstd":             func() []part { return []part{{zstded(t, "PK\x03\x04"), 1}, {zstded(t, zeros), 10 << 20}} },
		"bombs of zstd": func() []part {
			return []part{{zstded(t, zstded(t, tarHeader("zeros", '0', 1<<50))), 1}, {zstded(t, strings.Repeat(zstded(t, zeros), 1<<13)), 10 << 20}}
		},
		"dictionaries of xz": func() []part { return []part{{xzed(t, tarMember("xz", '0', xzed(t, kills, 32<<20))+kills, 64<<20), 1}} },
	} {
		t.Run(name, func(t *testing.T) {
			s := &stream{parts: parts()}
			if testing.Short() {
				s.scale = 10
				if strings.Contains(name, "bomb") {
					t.Skip("it unpacks 4 GiB")
				}
			}
			s.read(t)
			if s.heap > maxHeap {
				t.Errorf("reading took %d MiB of memory, want %d at most", s.heap>>20, maxHeap>>20)
			}
		})
	}
}

// tarHeader returns the header of a member of a tar.
func tarHeader(name string, kind byte, size int) string {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[124:], fmt.Sprintf("%011o", size))
	if size >= 1<<33 { // in binary
		h[124] = 0x80
		binary.BigEndian.PutUint64(h[128:], uint64(size))
	}
	h[156] = kind
	return tarSum(h)
}

// tarSum returns a header with its sum.
func tarSum(h []byte) string {
	copy(h[148:], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00", sum))
	return string(h)
}

func tarMember(name string, kind byte, text string) string {
	return tarHeader(name, kind, len(text)) + text + strings.Repeat("\x00", -len(text)&511)
}

// tarMembers returns ten thousand members of a tar, each with its number and text.
func tarMembers(format, text string) string {
	var b strings.Builder
	for n := range 10_000 {
		b.WriteString(tarMember(fmt.Sprintf(format, n), '0', text))
	}
	return b.String()
}

// tarLinks returns more links of the kubelet's than are kept.
func tarLinks() string {
	var b strings.Builder
	for n := range 60_000 {
		h := []byte(tarHeader(fmt.Sprintf("containers/p_n_c-%064x.log", n), '2', 0))
		copy(h[157:], fmt.Sprintf("../pods/n_p_%032x/c/0.log", n))
		b.WriteString(tarSum(h))
	}
	return b.String()
}

// zipMembers returns a zip of many members.
func zipMembers(t *testing.T) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for n := range 200_000 {
		if _, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("d/%d.log", n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstded(t *testing.T, text string) string {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return string(w.EncodeAll([]byte(text), nil))
}

// xzed returns text in xz, which asks for so large a dictionary.
func xzed(t *testing.T, text string, dictionary int64) string {
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 20}.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	block := b.Bytes()[12:]
	block = block[:4*(int(block[0])+1)]
	block[4] = lzma.EncodeDictCap(dictionary)
	binary.LittleEndian.PutUint32(block[len(block)-4:], crc32.ChecksumIEEE(block[:len(block)-4]))
	return b.String()
}
