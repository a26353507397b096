// Package input finds what there is to read: files, folders, archives, standard
// input. It opens each as a stream of plain text, whatever it was compressed with,
// and says what its place in a folder tells about whose log it is.
//
// In come the paths of a call, out come units of work in a stable order. What a
// file holds is decided by its content, elsewhere; here only compression, UTF-16
// and archives are looked for. Nothing outside the paths given is opened: a link
// that leads out of a folder is not followed, and neither pipes nor devices in a
// folder are read. Nothing is written by a name that an archive holds.
package input

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"oomtrace/parsers/event"
)

// Stdin is how standard input is named on the command line and in a report.
const Stdin = "-"

// A Unit is one log to read, or an archive of logs.
type Unit struct {
	Path string // as given, or below the folder given; "logs.tar!node-1/dmesg.txt" in an archive
	From *event.Container
	Size int64 // in bytes as stored; -1 if not known
	open func() (io.ReadCloser, error)
	in   nesting // zero for a file that is given as it is
}

// Open returns the unit's bytes as they are stored. A member of an archive can be
// opened once, and read while the walk is at it.
func (u Unit) Open() (io.ReadCloser, error) { return u.open() }

// Bytes returns a unit that reads data, for tests.
func Bytes(path string, open func() (io.ReadCloser, error)) Unit {
	return Unit{Path: path, From: Place(path), Size: -1, open: open}
}

// Find returns the units of work that paths name: files as they stand, folders
// walked in lexical order, "-" as stdin. A path that is not there is an error;
// what a folder holds that cannot be read is a problem. A file that is named
// twice is read once.
func Find(paths []string, stdin io.Reader) ([]Unit, []event.Problem, error) {
	var f finder
	for _, p := range paths {
		if p == Stdin {
			f.add(Unit{Path: Stdin, Size: -1, open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }})
			continue
		}
		info, err := os.Stat(p)
		if err != nil {
			return nil, nil, err
		}
		if !info.IsDir() {
			f.add(Unit{Path: p, Size: info.Size(), From: Place(p), open: func() (io.ReadCloser, error) { return os.Open(p) }})
			continue
		}
		if err := f.folder(p); err != nil {
			return nil, nil, err
		}
	}
	f.name()
	return f.units, f.problems, nil
}

type finder struct {
	units    []Unit
	problems []event.Problem
	seen     map[string]bool
	links    []link
}

// A link is one inside a folder that leads to a file inside it: the kubelet's
// /var/log/containers names its files so, with the container's id.
type link struct {
	target string
	from   *event.Container
}

func (f *finder) add(u Unit) {
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	if !f.seen[u.Path] {
		f.seen[u.Path] = true
		f.units = append(f.units, u)
	}
}

func (f *finder) problem(path, code, format string, args ...any) {
	f.problems = append(f.problems, event.Problem{Pos: event.Pos{File: path}, Code: code, Text: fmt.Sprintf(format, args...)})
}

// folder walks one folder, without leaving it.
func (f *finder) folder(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	// The root stays open: its files are opened when their turn comes.
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		path := filepath.Join(dir, filepath.FromSlash(name))
		switch {
		case err != nil:
			f.problem(path, "unreadable", "%v; run as a user who may read it, or leave it out", reason(err))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case d.Type()&fs.ModeSymlink != 0:
			f.link(dir, path)
		case !d.Type().IsRegular():
			f.problem(path, "not-a-file", "%s, want a regular file; skipped", kindOf(d.Type()))
		default:
			f.file(root, path, name, d)
		}
		return nil
	})
}

func (f *finder) file(root *os.Root, path, name string, d fs.DirEntry) {
	size := int64(-1)
	if info, err := d.Info(); err == nil {
		size = info.Size()
	}
	f.add(Unit{Path: path, Size: size, From: Place(path), open: func() (io.ReadCloser, error) { return root.Open(filepath.FromSlash(name)) }})
}

// link takes what a link's name tells of the file it leads to, which is walked
// by its own name if it lies within the folder. Nothing is opened through it.
func (f *finder) link(dir, path string) {
	top, err := filepath.EvalSymlinks(dir)
	if err == nil {
		top, err = filepath.Abs(top)
	}
	target, err2 := filepath.EvalSymlinks(path)
	if err2 == nil {
		target, err2 = filepath.Abs(target)
	}
	if err != nil || err2 != nil || !strings.HasPrefix(target, top+string(filepath.Separator)) {
		f.problem(path, "link-not-followed", "a link that leads out of the folder, or nowhere; give what it leads to as a path of its own")
		return
	}
	if from := Place(path); from != nil {
		f.links = append(f.links, link{target, from})
	}
}

// name gives the units what links to them tell.
func (f *finder) name() {
	if len(f.links) == 0 {
		return
	}
	byReal := map[string]*Unit{}
	for i := range f.units {
		if real, err := filepath.EvalSymlinks(f.units[i].Path); err == nil {
			if real, err = filepath.Abs(real); err == nil {
				byReal[real] = &f.units[i]
			}
		}
	}
	for _, l := range f.links {
		if u := byReal[l.target]; u != nil {
			u.From = merge(u.From, l.from)
		}
	}
}

func merge(a, b *event.Container) *event.Container {
	if a == nil {
		return b
	}
	m := *a
	if m.ID == "" {
		m.ID = b.ID
	}
	if m.Name == "" {
		m.Name = b.Name
	}
	return &m
}

func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func kindOf(m fs.FileMode) string {
	for _, k := range []struct {
		bit  fs.FileMode
		name string
	}{{fs.ModeNamedPipe, "a named pipe"}, {fs.ModeSocket, "a socket"}, {fs.ModeCharDevice, "a device"}, {fs.ModeDevice, "a device"}} {
		if m&k.bit != 0 {
			return k.name
		}
	}
	return "not a regular file"
}
