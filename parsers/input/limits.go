package input

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

// limits bound what is unpacked. Archives of tens of gigabytes of logs are normal,
// so that size alone tells no bomb from them; how little it is stored in does, once
// there is much of it. Logs shrink to a 20th, by xz those whose lines differ in a
// number alone to a 700th. Zeros go to a 30 000th by zstd, and what comes of that
// shrinks again as well; by gzip, to no more than a 1032nd, so that nothing in gzip is
// cut short for a file of zeros in it.
type limits struct {
	ratio    int64 // of what comes out to what is stored, from where on that is judged:
	inMember int64 // bytes of one log
	inFile   int64 // bytes of all that lies in one file
	members  int   // of all archives in one file
}

var ofFile = limits{ratio: 1100, inMember: 256 << 20, inFile: 4 << 30, members: 1_000_000}

const (
	maxArchives = 3 // that lie in each other
	maxLayers   = 3 // of compressions around one log or archive

	// A decompression keeps what it may refer back to, as much as the file asks
	// for: 8 MiB by default and 64 MiB by xz -9. Those of archives and logs that
	// lie in each other share maxWindows. Where a file begins with less than
	// usualWindow, so much may be asked for later on.
	maxWindow   = 64 << 20
	maxWindows  = 96 << 20
	usualWindow = 8 << 20

	// readAhead is how much of what is stored readers have taken in without having
	// given out what it is unpacked to.
	readAhead = 2 * HeadSize

	maxName = 1024 // bytes of a member's name
)

// A Limit is why a file, or a member of an archive, was not unpacked further. It
// ends what it is about, and the rest is read.
type Limit struct {
	Code string // kebab-case, for programs
	Text string // for people
}

// Error returns the text.
func (l *Limit) Error() string { return l.Text }

func limitf(code, format string, args ...any) *Limit {
	return &Limit{code, fmt.Sprintf(format, args...)}
}

// asLimit says in our words that a decompression wants more memory than it was
// granted.
func asLimit(err error) error {
	if errors.Is(err, xz.ErrMemlimit) || errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return limitf("too-large", "a later part of it asks for more memory to be unpacked than its beginning does; unpack it and give the unpacked file")
	}
	return err
}

// An unpacked is what one file was unpacked to so far, with all that lies in it.
type unpacked struct {
	limits
	stored  int64  // bytes of the file that were read
	plain   int64  // bytes that came out of a compression, at whatever depth, or are holes
	members int    // of archives
	over    *Limit // set once there is no going on
}

// counted adds up what is read.
func counted(sum *int64) func(int) error {
	return func(n int) error {
		*sum += int64(n)
		return nil
	}
}

// expand counts bytes that came out of a compression.
func (u *unpacked) expand(n int) error {
	if u.plain += int64(n); u.over == nil && u.plain > max(u.inFile, u.ratio*u.stored) {
		u.over = limitf("too-large", "%d MiB were unpacked from less than %d MiB, more than %d times as much; what is left is not read: if these are logs, unpack them and give the folder",
			u.plain>>20, u.stored>>20+1, u.ratio)
	}
	if u.over != nil {
		return u.over
	}
	return nil
}

// ofMember judges one log of n bytes so far, that come from so many stored.
func (u *unpacked) ofMember(n, stored int64) error {
	if n > max(u.inMember, u.ratio*(stored+readAhead)) {
		return limitf("too-large", "%d MiB were unpacked from less than %d MiB, more than %d times as much; what is left of it is not read: if this is a log, unpack it and give the unpacked file",
			n>>20, (stored+readAhead)>>20+1, u.ratio)
	}
	return nil
}

// A nesting is where a unit lies within the file that was given.
type nesting struct {
	*unpacked
	from     *int64 // counts the bytes, as stored, that the unit's are unpacked from
	archives int    // around the unit
	windows  int64  // bytes that the compressions around it keep
}

// window grants a decompression the memory that it asks for.
func (n *nesting) window(asked uint64) (uint64, error) {
	most := uint64(min(maxWindow, maxWindows-n.windows))
	if asked > most || most == 0 {
		return 0, limitf("too-large", "%d MiB of it would have to be kept in memory to unpack it, and %d may be; unpack it and give the unpacked file", (max(asked, 1)-1)>>20+1, most>>20)
	}
	granted := min(max(asked, usualWindow), most)
	n.windows += int64(granted)
	return granted, nil
}
