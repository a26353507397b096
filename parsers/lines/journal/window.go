package journal

import (
	"errors"
	"io"
)

// A journal is read forward, with jumps back to data objects that many entries
// share: a few blocks of it are kept, each in the place that its number gives.
const (
	blockSize  = 8 << 10
	blockCount = 128
)

// A window gives stretches of a file.
type window struct {
	src     io.ReaderAt
	size    int64
	read    int64 // bytes read from src so far
	err     error // what src failed with; a file that is shorter than size is no failure
	blocks  [blockCount]block
	scratch []byte
}

type block struct {
	number int64 // from 1, 0 if nothing is in it
	bytes  []byte
}

// at returns the n bytes from off on, nil if the file does not hold them all.
// They are good until at is called again.
func (w *window) at(off, n int64) []byte {
	if w.err != nil || off < 0 || n < 0 || n > w.size || off > w.size-n {
		return nil
	}
	in := off % blockSize
	if in+n > blockSize {
		return w.across(off, n)
	}
	b := w.block(off / blockSize)
	if in+n > int64(len(b)) {
		return nil
	}
	return b[in : in+n]
}

// block returns block number i, shorter than blockSize where the file ends.
func (w *window) block(i int64) []byte {
	b := &w.blocks[i%blockCount]
	if b.number == i+1 {
		return b.bytes
	}
	b.number = i + 1
	b.bytes = w.fill(b.bytes, i*blockSize, min(blockSize, w.size-i*blockSize))
	return b.bytes
}

// across returns a stretch that is not within one block.
func (w *window) across(off, n int64) []byte {
	w.scratch = w.fill(w.scratch, off, n)
	if int64(len(w.scratch)) < n {
		return nil
	}
	return w.scratch
}

// fill reads n bytes into buf, which it returns, cut to what the file holds.
func (w *window) fill(buf []byte, off, n int64) []byte {
	if int64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	m, err := w.src.ReadAt(buf[:n], off)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	w.read += int64(m)
	return buf[:m]
}
