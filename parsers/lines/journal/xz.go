package journal

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"

	"github.com/ulikunitz/xz/lzma"
)

const (
	xzMagic       = "\xfd7zXZ\x00"
	xzHeader      = 12
	xzFilterLZMA2 = 0x21
	// maxChunks is far more than what liblzma makes of maxPayload.
	maxChunks = 1024
	// A chunk can make the decoder set up its tables anew, and a byte takes
	// many times as long as to copy it.
	chunkCost  = 32 << 10
	xzByteCost = 8
)

// expandXZ expands the one block of an .xz stream, which is all that journald
// writes (src/basic/compress.c, compress_blob_xz: no check sum, LZMA2 alone).
// The dictionary is as large as what comes out, whatever the stream asks for.
func (x *expander) expandXZ(raw []byte) (plain []byte, cost int64, err error) {
	cost = int64(len(raw))
	data, ok := xzBlock(raw)
	if !ok {
		return nil, cost, errBroken
	}
	total, chunks, ok := lzma2Size(data)
	if !ok {
		return nil, cost, errBroken
	}
	if total > maxPayload {
		return nil, cost, errTooLong
	}
	cost += int64(chunks)*chunkCost + int64(total)*xzByteCost
	d, err := lzma.Reader2Config{DictCap: max(total, lzma.MinDictCap)}.NewReader2(bytes.NewReader(data))
	if err != nil {
		return nil, cost, errBroken
	}
	out := x.buffer(total)
	if _, err := io.ReadFull(d, out); err != nil {
		return nil, cost, errBroken
	}
	return out, cost, nil
}

// xzBlock returns what follows the header of the first block: LZMA2 chunks.
// Source: The .xz File Format 1.0.4, 2.1.1 and 3.1.
func xzBlock(raw []byte) ([]byte, bool) {
	if len(raw) <= xzHeader || string(raw[:len(xzMagic)]) != xzMagic {
		return nil, false
	}
	block := raw[xzHeader:]
	size := 4 * (int(block[0]) + 1)
	if block[0] == 0 || size > len(block) {
		return nil, false
	}
	flags, header := block[1], block[2:size]
	if flags&0x3f != 0 {
		return nil, false // more filters than one, or what is reserved
	}
	for range bits.OnesCount8(flags) { // the two sizes, each present or not
		_, n := binary.Uvarint(header)
		if n <= 0 {
			return nil, false
		}
		header = header[n:]
	}
	if len(header) < 3 || header[0] != xzFilterLZMA2 || header[1] != 1 {
		return nil, false
	}
	return block[size:], true
}

// lzma2Size adds up what the chunks in data say they expand to. It is false
// where they are cut, too many, or ask for larger tables than LZMA2 allows.
func lzma2Size(data []byte) (total, chunks int, ok bool) {
	for ; chunks <= maxChunks && len(data) > 0; chunks++ {
		if data[0] == 0 {
			return total, chunks, true
		}
		plain, stored, ok := lzma2Chunk(data)
		if !ok || stored > len(data) {
			return 0, 0, false
		}
		total += plain
		data = data[stored:]
	}
	return 0, 0, false
}

// lzma2Chunk returns how many bytes the chunk at the start of data expands to,
// and how many it has.
func lzma2Chunk(data []byte) (plain, stored int, ok bool) {
	control := data[0]
	if len(data) < 6 {
		return 0, 0, false
	}
	plain = int(binary.BigEndian.Uint16(data[1:])) + 1
	switch {
	case control == 1 || control == 2:
		return plain, 3 + plain, true
	case control < 0x80:
		return 0, 0, false
	}
	plain += int(control&0x1f) << 16
	stored = 5 + int(binary.BigEndian.Uint16(data[3:])) + 1
	if control < 0xc0 {
		return plain, stored, true
	}
	lc, lp := data[5]%9, data[5]/9%5
	return plain, stored + 1, lc+lp <= 4
}
