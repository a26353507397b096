package journal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// The flags of a data object. Source: journal-def.h.
const (
	flagXZ   = 1 << 0
	flagLZ4  = 1 << 1
	flagZSTD = 1 << 2
)

// An expander undoes the compression of payloads. Each one expands to
// maxPayload at most, in as much memory, or not at all.
type expander struct {
	zstd *zstd.Decoder
	out  []byte // good until the next payload
}

// expand returns the payload that raw is stored for, and what that cost: about
// the bytes that could have been copied in the same time.
func (x *expander) expand(flags uint8, raw []byte) (plain []byte, cost int64, err error) {
	cost = int64(len(raw))
	switch flags {
	case 0:
		return raw, cost, nil
	case flagZSTD:
		plain, err = x.expandZSTD(raw)
	case flagLZ4:
		plain, err = x.expandLZ4(raw)
	case flagXZ:
		plain, cost, err = x.expandXZ(raw)
	default:
		err = errFlags
	}
	return plain, cost + int64(len(plain)), err
}

// expandZSTD expands one frame.
func (x *expander) expandZSTD(raw []byte) ([]byte, error) {
	if x.zstd == nil {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxMemory(maxPayload), zstd.WithDecoderMaxWindow(maxPayload))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		x.zstd = d
	}
	out, err := x.zstd.DecodeAll(raw, x.out[:0])
	if cap(out) > cap(x.out) {
		x.out = out
	}
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return out, errTooLong
	}
	return out, errBroken
}

// expandLZ4 expands one block, which stands behind its expanded length. That
// is never 0, and must not be: UncompressBlock of lz4 4.1.33 writes to a nil
// destination.
// Source: src/basic/compress.c, decompress_blob_lz4.
func (x *expander) expandLZ4(raw []byte) ([]byte, error) {
	if len(raw) <= 8 {
		return nil, errBroken
	}
	n := binary.LittleEndian.Uint64(raw)
	if n == 0 {
		return nil, errBroken
	}
	if n > maxPayload {
		return nil, errTooLong
	}
	out := x.buffer(int(n))
	if m, err := lz4.UncompressBlock(raw[8:], out); err != nil || m != len(out) {
		return nil, errBroken
	}
	return out, nil
}

// buffer returns n bytes to expand into.
func (x *expander) buffer(n int) []byte {
	if cap(x.out) < n {
		x.out = make([]byte, n)
	}
	return x.out[:n]
}
