package parsers

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// readAll reads one file, and returns its log and the messages of its records.
func readAll(t *testing.T, r io.Reader) (log event.Log, msgs []string) {
	t.Helper()
	unit := input.Bytes("f", func() (io.ReadCloser, error) { return io.NopCloser(r), nil })
	logs, err := Read(t.Context(), []input.Unit{unit}, Options{Trace: func(rec *event.Record) {
		msgs = append(msgs, fmt.Sprintf("%d:%s:%.20s:%d", rec.Pos.Line, rec.Host, rec.Msg, len(rec.Msg)))
	}})
	if err != nil {
		t.Fatal(err)
	}
	return logs[0], msgs
}

func problemsOf(log event.Log) string {
	var out []string
	for _, p := range log.Problems {
		out = append(out, fmt.Sprintf("%d: %s", p.Pos.Line, p.Code))
	}
	return strings.Join(out, ", ")
}

const exportEntry = "__CURSOR=x\n__REALTIME_TIMESTAMP=1795424501000000\n_TRANSPORT=kernel\n"

// binaryField is a field of an export that claims to have size bytes.
func binaryField(name string, size int, value string) string {
	return name + "\n" + string(binary.LittleEndian.AppendUint64(nil, uint64(size))) + value + "\n"
}

func TestAnExportIsReadWithinBounds(t *testing.T) {
	dump := strings.Repeat("x\n", 5<<20)
	for name, c := range map[string]struct{ text, msgs, problems string }{
		"a field nobody asks for":     {exportEntry + binaryField("COREDUMP", len(dump), dump) + "MESSAGE=hi\n\n" + exportEntry + "MESSAGE=two\n", "1::hi:2 5242888::two:3", ""},
		"a large line of such a one":  {exportEntry + "A=" + strings.Repeat("x", 9<<20) + "\nMESSAGE=hi\n\n", "1::hi:2", ""},
		"more fields than any has":    {exportEntry + strings.Repeat("A=\n", 999) + "MESSAGE=hi\n\n", "1::hi:2", ""},
		"a message in bytes":          {exportEntry + "\n\n\n" + exportEntry + binaryField("MESSAGE", 5, "a\nb\nc") + "_HOSTNAME=h\n\n", "1:::0 7:h:a\nb\nc:5", ""},
		"a field again":               {exportEntry + "MESSAGE=hi\n" + binaryField("MESSAGE", 3, "two") + "MESSAGE=three\n\n", "1::hi:2", ""},
		"a message too large":         {exportEntry + binaryField("MESSAGE", 9<<20, strings.Repeat("x", 9<<20)) + "\n", "1::" + strings.Repeat("x", 20) + ":8388608", "1: long-line"},
		"a line too large":            {exportEntry + "MESSAGE=" + strings.Repeat("x", 9<<20) + "\n\n", "1::" + strings.Repeat("x", 20) + ":8388608", "1: long-line"},
		"a host too large":            {exportEntry + "MESSAGE=hi\n_HOSTNAME=" + strings.Repeat("h", 5000), "1::hi:2", "1: long-line"},
		"cut within a value":          {exportEntry + "_HOSTNAME=h\n" + binaryField("MESSAGE", 9, "abc")[:19], "1:h:abc:3", "6: broken-input"},
		"cut within a length":         {exportEntry + "MESSAGE=hi\nCOREDUMP\n\x01\x00", "1::hi:2", "5: broken-input"},
		"a length no field has":       {exportEntry + "MESSAGE=hi\n" + binaryField("COREDUMP", 1<<40, "abc"), "1::hi:2", "5: broken-input"},
		"a name without an end to it": {exportEntry + "MESSAGE=hi\n" + strings.Repeat("x", 100<<10) + "\n\n", "1::hi:2", "5: broken-input"},
	} {
		t.Run(name, func(t *testing.T) {
			log, msgs := readAll(t, strings.NewReader(c.text))
			if got := strings.Join(msgs, " "); got != c.msgs {
				t.Errorf("got records %.200q, want %.200q", got, c.msgs)
			}
			if got := problemsOf(log); got != c.problems {
				t.Errorf("got problems %q, want %q", got, c.problems)
			}
		})
	}
}

// TestTheClaimsOfAnExportTakeNoMemory reads an entry of 200 fields of 8 MB each,
// which are asked for or not, and many messages that claim far more than they have.
func TestTheClaimsOfAnExportTakeNoMemory(t *testing.T) {
	big := strings.Repeat("x", 8<<20)
	fields := []io.Reader{strings.NewReader(exportEntry)}
	for i := range 200 {
		name := fmt.Sprintf("F%d", i)
		if i < 20 {
			name = "CONTAINER_NAME"
		}
		fields = append(fields, strings.NewReader(binaryField(name, len(big), "")[:len(name)+9]), strings.NewReader(big), strings.NewReader("\n"))
	}
	fields = append(fields, strings.NewReader("MESSAGE=hi\n\n"))
	for name, r := range map[string]io.Reader{
		"fields": io.MultiReader(fields...),
		"claim":  strings.NewReader(exportEntry + binaryField("MESSAGE", 8<<20, "abc")),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, msgs := readAll(t, r)
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 4 || len(msgs) != 1 {
			t.Errorf("%s: %d MiB were allocated for records %q, want 4 at most and one record", name, got, msgs)
		}
	}
}

// TestAFileBrokenAtItsHeadIsNoEmptyOne cuts compressed files at every byte, and
// changes one in each of those of gzip.
func TestAFileBrokenAtItsHeadIsNoEmptyOne(t *testing.T) {
	const text = "Nov 23 08:50:41 host kernel: one\nNov 23 08:50:42 host kernel: two\n"
	var gz, zs bytes.Buffer
	w := gzip.NewWriter(&gz)
	io.WriteString(w, text)
	w.Close()
	z, _ := zstd.NewWriter(&zs)
	io.WriteString(z, text)
	z.Close()
	for name, data := range map[string][]byte{"gzip": gz.Bytes(), "zstd": zs.Bytes()} {
		for n := 4; n < len(data); n++ {
			if log, _ := readAll(t, bytes.NewReader(data[:n])); len(log.Problems) == 0 {
				t.Errorf("%s, cut after %d of %d bytes: got no problem", name, n, len(data))
			}
		}
		log, _ := readAll(t, bytes.NewReader(data))
		if len(log.Problems) != 0 {
			t.Errorf("%s: got problems %v of a whole file", name, log.Problems)
		}
	}
	flipped := bytes.Clone(gz.Bytes())
	flipped[10] ^= 0xff
	if log, _ := readAll(t, bytes.NewReader(flipped)); len(log.Problems) == 0 {
		t.Error("gzip, a byte flipped: got no problem")
	}
}

func TestAnEmptyFileIsNoProblem(t *testing.T) {
	var gz bytes.Buffer
	gzip.NewWriter(&gz).Close()
	for name, text := range map[string]string{"empty": "", "gzip": gz.String(), "a mark": "\xef\xbb\xbf", "UTF-16": "\xff\xfe"} {
		if log, _ := readAll(t, strings.NewReader(text)); len(log.Problems) != 0 || log.Format != "empty" {
			t.Errorf("%s: got format %s, problems %v", name, log.Format, log.Problems)
		}
	}
}

func TestACutDmesgJSONIsTold(t *testing.T) {
	const one = `{"pri": 4, "time": 7868.482562, "msg": "one"}`
	for text, want := range map[string]string{
		"{\"dmesg\": [\n" + one + "\n]}\n":        "",
		"{\"dmesg\": [\n" + one + ",\n":           "2: broken-json",
		"{\"dmesg\": [\n" + one + ",":             "2: broken-json",
		"{\"dmesg\": [\n" + one:                   "2: broken-json",
		"{\"dmesg\": [":                           "1: broken-json",
		"{\"dmesg\": [\n" + one + ",\n" + one[:9]: "3: broken-json",
	} {
		if log, _ := readAll(t, strings.NewReader(text)); problemsOf(log) != want {
			t.Errorf("%q: got problems %q, want %q", text, problemsOf(log), want)
		}
	}
}
