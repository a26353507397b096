package input

import (
	"bytes"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"oomtrace/parsers/event"
)

// A Walk goes through an archive. In comes a Stream whose Archive says which kind
// it is, out come its members, one by one and in the order in which they stand
// there, as units that are to be read while the walk is at them. A member may be
// compressed, or an archive itself, which is walked in its turn.
//
// Members that are no files are passed over; what the kubelet's links tell of the
// files they lead to is returned in the end. Nothing is written by a member's name.
// An archive that is cut or damaged is read as far as that goes; limits.go says
// what else ends a walk.
//
// Formats: tar as archive/tar reads it (POSIX 1003.1-2001 with pax, GNU, star, V7);
// zip by APPNOTE.TXT 6.3.10.
type Walk struct {
	Path   string            // of the archive
	At     *io.SectionReader // the whole archive; for zip alone, which has to be read at random
	Member func(Unit) bool   // reads a member; false ends the walk
	// Problem is told what kept the archive from being read whole.
	Problem func(code, format string, args ...any)

	in       nesting
	links    Links
	long     bool          // a name that is too long was told of
	inflater io.ReadCloser // of all members of a zip, one after the other
}

// Walk walks through the archive that s is.
func (s *Stream) Walk(w Walk) Links {
	w.in, w.links = s.in, Links{}
	if w.in.archives++; w.in.archives > maxArchives {
		w.Problem("too-deep", "an archive within %d others, and no more are opened; unpack it and give the folder", maxArchives)
		return nil
	}
	switch s.Archive {
	case "tar":
		w.tar(s)
	case "zip":
		w.zip()
	}
	return w.links
}

// sniffArchive returns what archive begins with head, "" if none does.
func sniffArchive(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip"
	case isTar(head):
		return "tar"
	}
	return ""
}

// next counts a member and reports whether it may be read.
func (w *Walk) next() bool {
	if w.in.members++; w.in.members > w.in.limits.members {
		w.Problem("too-many-members", "there are more than %d members, and the rest is not read; unpack it and give the folder in parts", w.in.limits.members)
		return false
	}
	return true
}

// member has one member read. from, if not nil, counts what is stored of it alone.
func (w *Walk) member(name string, size int64, r io.Reader, from *int64) bool {
	name = w.name(name)
	u := Unit{Path: w.Path + "!" + name, From: Place(name), Size: size, in: w.in}
	if from != nil {
		u.in.from = from
	}
	u.open = func() (io.ReadCloser, error) { return io.NopCloser(r), nil }
	return w.Member(u)
}

// name returns how a member is called in a report: "../" and "/" at its beginning
// are left out, since it lies nowhere but in the archive, and so is the beginning
// of a name that is too long. The bytes are a copy: the rest of what a header holds
// need not be kept for them.
func (w *Walk) name(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if len(name) <= maxName {
		return strings.Clone(name)
	}
	if !w.long {
		w.long = true
		w.Problem("long-name", "the name of a member has %d bytes, want %d at most; such a name is cut at its beginning, and the member is read", len(name), maxName)
	}
	cut := len(name) - maxName
	for !utf8.RuneStart(name[cut]) {
		cut++
	}
	return "…" + name[cut:]
}

// Links are what the links in an archive tell of the containers whose logs they
// lead to: the kubelet's /var/log/containers names the files in /var/log/pods so,
// with the container's id.
type Links map[attempt]*event.Container

// An attempt is what the place of a file in /var/log/pods tells. It is known
// wherever the archive has that folder, and wherever a link means it to be.
type attempt struct {
	pod, container string
	restart        int
}

// maxLinks is far more than a large cluster has containers. What more there are of
// tell nothing.
const maxLinks = 50_000

// link takes what a link's name tells of the file that it leads to.
func (w *Walk) link(name, target string) {
	if len(name) > maxName || len(target) > maxName {
		return
	}
	from, to := Place(strings.Clone(name)), Place(strings.Clone(target))
	if from != nil && to != nil && from.ID != "" && to.PodUID != "" && len(w.links) < maxLinks {
		w.links[attempt{to.PodUID, to.Name, to.Restart}] = from
	}
}

// Tell completes c, the place of a member, by what a link tells.
func (l Links) Tell(c *event.Container) {
	if c == nil {
		return
	}
	if from := l[attempt{c.PodUID, c.Name, c.Restart}]; from != nil {
		*c = *merge(c, from)
	}
}
