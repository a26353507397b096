package journal

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

func toZSTD(payload []byte) (byte, []byte) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return flagZSTD, w.EncodeAll(payload, nil)
}

func toLZ4(payload []byte) (byte, []byte) {
	out := make([]byte, 8+lz4.CompressBlockBound(len(payload)))
	binary.LittleEndian.PutUint64(out, uint64(len(payload)))
	n, err := lz4.CompressBlock(payload, out[8:], nil)
	if err != nil {
		panic(err)
	}
	if n == 0 {
		return 0, payload // as journald: what does not shrink is stored plain
	}
	return flagLZ4, out[:8+n]
}

func toXZ(payload []byte) (byte, []byte) {
	var out bytes.Buffer
	w, err := xz.WriterConfig{NoCheckSum: true, DictCap: 1 << 20}.NewWriter(&out)
	if err == nil {
		_, err = w.Write(payload)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return flagXZ, out.Bytes()
}

var compressions = map[string]func([]byte) (byte, []byte){"zstd": toZSTD, "lz4": toLZ4, "xz": toXZ}

func TestCompressed(t *testing.T) {
	for name, compress := range compressions {
		t.Run(name, func(t *testing.T) {
			layouts(t, func(t *testing.T, compact bool) {
				b := newBuilder(compact)
				b.compress = compress
				want := []string{"A=short", "MESSAGE=" + strings.Repeat("out of memory ", 100), "BIG=" + strings.Repeat("0123456789", 300_000)}
				b.add(want...)
				b.add(want[1], "A=other")
				got, problems := readAll(t, openBytes(t, b.bytes()))
				if problems != "" || len(got) != 2 {
					t.Fatalf("got %d entries\n%s", len(got), problems)
				}
				if fmt.Sprint(got[0].fields) != fmt.Sprint(want) || fmt.Sprint(got[1].fields) != fmt.Sprint([]string{want[1], "A=other"}) {
					t.Error("the fields are not what was written")
				}
			})
		})
	}
}

// TestLiblzma reads what liblzma 5.4 made of one payload: with the call that
// journald uses (lzma_stream_buffer_encode, sizes in the block's header, a
// dictionary of 1 MiB), and with xz's default (no sizes, 8 MiB).
func TestLiblzma(t *testing.T) {
	want := "MESSAGE=" + strings.Repeat("out of memory ", 60)
	for _, text := range []string{
		"/Td6WFoAAAD/EtlBA8Aq0AYhARAAAAAAR5WD5eADTwAiXQAmkUas0G90uKYlOjzXJd4vhtpv1wKmDqNuWUOMzZKGxjwAAAAAAAE60AYAAACT0CrKqAAK/AIAAAAAAFla",
		"/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4ANPACJdACaRRsDRlFfklKlvrXkXzUKS4Wq7euRjmzqzfoiC3Nzs4AAAAAAAATbQBgAAAOgQ6L2oAAr8AgAAAAAAWVo=",
	} {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		var x expander
		got, _, err := x.expand(flagXZ, raw)
		if err != nil || string(got) != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

// TestBombs refuses what would expand to more than 8 MiB, and says so.
func TestBombs(t *testing.T) {
	bomb := append([]byte("MESSAGE="), make([]byte, maxPayload)...)
	for name, compress := range compressions {
		t.Run(name, func(t *testing.T) {
			flags, raw := compress(bomb)
			var x expander
			if _, _, err := x.expand(flags, raw); err != errTooLong || cap(x.out) > maxPayload+1<<20 {
				t.Errorf("%d bytes expand into %d: %v", len(raw), cap(x.out), err)
			}
		})
	}
	t.Run("zstd in blocks", func(t *testing.T) {
		var frames bytes.Buffer
		w, err := zstd.NewWriter(&frames, zstd.WithWindowSize(1<<20)) // a stream: no size in its header
		for i := 0; i < 4 && err == nil; i++ {
			_, err = w.Write(bomb)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		var x expander
		if _, _, err := x.expand(flagZSTD, frames.Bytes()); err != errTooLong || cap(x.out) > 3*maxPayload {
			t.Errorf("expands into %d: %v", cap(x.out), err)
		}
	})
}

// TestNothing refuses payloads that expand to nothing.
func TestNothing(t *testing.T) {
	for name, raw := range map[string][]byte{
		"no bytes":   make([]byte, 9),
		"some bytes": append(make([]byte, 8), 0x10, 'x', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		"cut":        make([]byte, 8),
	} {
		var x expander
		if got, _, err := x.expand(flagLZ4, raw); err != errBroken {
			t.Errorf("lz4, %s: got %q, %v", name, got, err)
		}
	}
}

// TestBroken cuts and bends compressed payloads at every byte.
func TestBroken(t *testing.T) {
	payload := []byte("MESSAGE=" + strings.Repeat("out of memory ", 60))
	for name, compress := range compressions {
		t.Run(name, func(t *testing.T) {
			flags, raw := compress(payload)
			var x expander
			for i := 1; i < len(raw); i++ {
				if got, _, err := x.expand(flags, raw[:i:i]); err == nil && !bytes.Equal(got, payload) {
					t.Fatalf("cut at %d: %q", i, got)
				}
				bent := bytes.Clone(raw)
				bent[i] ^= 0xff
				if got, _, err := x.expand(flags, bent); err == nil && len(got) > maxPayload {
					t.Fatalf("bent at %d: %d bytes", i, len(got))
				}
			}
			if got, _, err := x.expand(flags, raw); err != nil || !bytes.Equal(got, payload) {
				t.Errorf("whole: %q, %v", got, err)
			}
		})
	}
}

// TestLZMA2 refuses chunks that no LZMA2 encoder writes.
func TestLZMA2(t *testing.T) {
	tables := []byte{0xe0, 0, 0, 0, 0, 8 + 9*4, 0, 0} // lc 8, lp 4: tables of 6 MiB
	many := append(bytes.Repeat([]byte{1, 0, 0, 'x'}, maxChunks+1), 0, 0, 0, 0, 0, 0)
	for name, data := range map[string][]byte{"large tables": tables, "many chunks": many, "no end": {1, 0, 0, 'x', 1, 0, 0}, "reserved": {3, 0, 0, 0, 0, 0, 0}} {
		if total, chunks, ok := lzma2Size(data); ok {
			t.Errorf("%s: %d bytes in %d chunks", name, total, chunks)
		}
	}
}

// TestSpent has entries refer to a bomb over and over: soon it is no longer
// expanded, and short fields still come.
func TestSpent(t *testing.T) {
	for name, compress := range compressions {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(true)
			flags, raw := compress(append([]byte("BIG="), make([]byte, maxPayload-8)...))
			big := b.stored(flags, raw)
			for range 20 {
				items := []uint64{b.field("A=1")}
				for range maxItems - 1 {
					items = append(items, big)
				}
				b.link(b.unlinked(items...))
			}
			r := openBytes(t, b.bytes())
			last := ""
			for e, err := r.Next(); err == nil; e, err = r.Next() {
				last = ""
				for name, value := range e.Fields {
					last = name + "=" + string(value)
				}
			}
			if last != "A=1" || r.fields.spent > 64*int64(len(b.file))+300<<20 {
				t.Errorf("spent %d, the last field is of %d bytes", r.fields.spent, len(last))
			}
		})
	}
}
