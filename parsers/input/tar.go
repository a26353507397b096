package input

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
)

const blockSize = 512

// isTar reports whether head begins a tar archive: a header whose sum is right, or
// with the magic at its place whose sum is not, or the empty blocks of an archive
// without members.
// Source: POSIX.1-2017, pax, ustar Interchange Format; GNU tar 1.35, src/tar.h.
func isTar(head []byte) bool {
	const magicAt = 257
	if len(head) >= blockSize && sumIsRight(head[:blockSize]) {
		return true
	}
	if len(head) >= magicAt+8 {
		if m := string(head[magicAt : magicAt+8]); m == "ustar\x0000" || m == "ustar  \x00" {
			return true
		}
	}
	return len(head) >= 2*blockSize && len(head) < HeadSize && len(head)%blockSize == 0 && len(bytes.TrimLeft(head, "\x00")) == 0
}

// sumIsRight reports whether a block is a header by its sum, of which old programs
// added up signed bytes.
func sumIsRight(block []byte) bool {
	const at, end = 148, 156
	digits := bytes.Trim(block[at:end], " \x00")
	want := 0
	for _, c := range digits {
		if c < '0' || c > '7' {
			return false
		}
		want = want*8 + int(c-'0')
	}
	unsigned := (end - at) * int(' ')
	signed := unsigned
	for i, c := range block {
		if i < at || i >= end {
			unsigned += int(c)
			signed += int(int8(c))
		}
	}
	return len(digits) > 0 && (want == unsigned || want == signed)
}

// tar walks through a tar archive, and through what follows it: one of another,
// where archives were put one behind the other, or what comes after damage.
func (w *Walk) tar(s *Stream) {
	b := &blocks{r: s}
	for {
		err := w.tarMembers(tar.NewReader(b))
		switch {
		case err == nil:
			return
		case err == io.EOF && b.err == io.EOF:
			w.Problem("truncated-archive", "it ends without the empty blocks that end an archive: it may have been cut; what it holds is read")
			return
		case b.err != nil && b.err != io.EOF:
			w.broken(b.err)
			return
		case b.err == io.EOF:
			w.Problem("truncated-archive", "it ends within a member, want whole ones and two empty blocks; what came before is read: get the whole archive")
			return
		}
		if !w.resume(b, err) {
			return
		}
	}
}

// resume goes to the next header and reports whether there is one.
func (w *Walk) resume(b *blocks, err error) bool {
	at := b.n
	found := b.find()
	switch {
	case b.err != nil && b.err != io.EOF:
		w.broken(b.err)
	case err == io.EOF: // between archives
	case found:
		w.Problem("broken-archive", "a header before byte %d is damaged (%v); it is passed over, up to the next one at byte %d", at, err, b.n-blockSize)
	default:
		w.Problem("broken-archive", "a header before byte %d is damaged (%v), and none follows; what came before is read", at, err)
	}
	return found
}

// broken tells of an error in reading the archive as it is stored.
func (w *Walk) broken(err error) {
	if l := (*Limit)(nil); errors.As(err, &l) {
		w.Problem(l.Code, "%s", l.Text)
		return
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		w.Problem("truncated-archive", "what it is compressed in ends too early; what came before is read: get the whole archive")
		return
	}
	w.Problem("broken-archive", "%v; what came before is read", err)
}

// tarMembers visits members up to an error, which is io.EOF behind the last one.
// It returns nil where the walk is over.
func (w *Walk) tarMembers(t *tar.Reader) error {
	for {
		h, err := t.Next()
		if err != nil {
			return err
		}
		if !w.next() {
			return nil
		}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
			var r io.Reader = t
			if isSparse(h) {
				r = &source{r: t, after: after{w.in.expand}}
			}
			if !w.member(h.Name, h.Size, r, nil) {
				return nil
			}
		case tar.TypeSymlink, tar.TypeLink:
			w.link(h.Name, h.Linkname)
		}
	}
}

// isSparse reports whether a member has holes, which are stored in nothing.
func isSparse(h *tar.Header) bool {
	for name := range h.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

// blocks reads the blocks of a tar archive. It has no Seek, so that what is passed
// over is counted.
type blocks struct {
	r    io.Reader
	n    int64  // read so far
	next []byte // what find found, to be read again
	err  error
}

func (b *blocks) Read(p []byte) (n int, err error) {
	if len(b.next) > 0 {
		n = copy(p, b.next)
		b.next = b.next[n:]
		return n, nil
	}
	n, err = b.r.Read(p)
	b.n += int64(n)
	if err != nil {
		b.err = err
	}
	return n, err
}

// find goes on to the next header and reports whether there is one.
func (b *blocks) find() bool {
	b.next = nil
	io.CopyN(io.Discard, b, -b.n&(blockSize-1))
	block := make([]byte, blockSize)
	for b.err == nil {
		if _, err := io.ReadFull(b, block); err == nil && sumIsRight(block) {
			b.next = block
			return true
		}
	}
	return false
}
