package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/ulikunitz/xz"
	"golang.org/x/text/encoding/unicode"

	"oomtrace/correlate/report"
)

var update = flag.Bool("update", false, "rewrite what scripts and README expect")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"oomtrace": main})
}

// TestScripts uses the program as a person does. The scripts are in
// testdata/script, one for each thing that can be done or go wrong.
func TestScripts(t *testing.T) {
	incidents, err := filepath.Abs("../../testdata/incidents")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("INCIDENTS", incidents)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": exitStatus, "put": put, "lines": lines, "encode": encode, "fifo": fifo, "long": long, "told": told, "inert": inert, "pack": pack,
		},
	})
}

// usage ends a script that calls a command of ours wrongly.
func usage(ts *testscript.TestScript, neg bool, args []string, n int, text string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", text)
	}
}

// exitStatus runs a program and checks with which status it ends.
func exitStatus(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "status N PROGRAM [ARG...]")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// put writes bytes, given as in a Go string.
func put(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "put FILE 'text with \\x00, \\n, \\xff'")
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[1], `"`, `\"`) + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// lines appends some lines of a file, counted from 1, to another.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 4, "lines FROM TO IN OUT")
	from, err1 := strconv.Atoi(args[0])
	to, err2 := strconv.Atoi(args[1])
	ts.Check(errors.Join(err1, err2))
	all := slices.Collect(bytes.Lines([]byte(ts.ReadFile(args[2]))))
	out, err := os.OpenFile(ts.MkAbs(args[3]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	_, err = out.Write(bytes.Join(all[from-1:min(to, len(all))], nil))
	ts.Check(errors.Join(err, out.Close()))
}

// encodings are what a log may be kept in.
var encodings = map[string]func([]byte) ([]byte, error){
	"crlf":    func(b []byte) ([]byte, error) { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")), nil },
	"gzip":    gzipped,
	"zstd":    zstandard,
	"xz":      xzed,
	"utf16le": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes,
	"utf16be": unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().Bytes,
	"bom":     func(b []byte) ([]byte, error) { return append([]byte("\ufeff"), b...), nil },
	"half":    func(b []byte) ([]byte, error) { return b[:len(b)/2], nil },
	"unended": func(b []byte) ([]byte, error) { return bytes.TrimRight(b, "\n"), nil },
}

func gzipped(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	err = errors.Join(err, z.Close())
	return out.Bytes(), err
}

func zstandard(b []byte) ([]byte, error) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(b, nil), z.Close()
}

func xzed(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := xz.WriterConfig{DictCap: 1 << 20}.NewWriter(&out)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(b)
	err = errors.Join(err, z.Close())
	return out.Bytes(), err
}

// archivers return what writes a file into an archive, and what ends it.
var archivers = map[string]func(io.Writer) (add func(name string, data []byte) error, end func() error){
	"tar": func(w io.Writer) (func(string, []byte) error, func() error) {
		z := tar.NewWriter(w)
		return func(name string, data []byte) error {
			err := z.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644})
			_, werr := z.Write(data)
			return errors.Join(err, werr)
		}, z.Close
	},
	"zip": func(w io.Writer) (func(string, []byte) error, func() error) {
		z := zip.NewWriter(w)
		return func(name string, data []byte) error {
			m, err := z.Create(name)
			if err != nil {
				return err
			}
			_, err = m.Write(data)
			return err
		}, z.Close
	},
}

// pack writes what is in a folder into an archive. Names are as in a Go string.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, "pack tar|zip FOLDER FILE")
	archiver := archivers[args[0]]
	if archiver == nil {
		ts.Fatalf("no archive %q", args[0])
	}
	var b bytes.Buffer
	add, end := archiver(&b)
	dir := os.DirFS(ts.MkAbs(args[1]))
	ts.Check(fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, path)
		name, uerr := strconv.Unquote(`"` + path + `"`)
		return errors.Join(err, uerr, add(name, data))
	}))
	ts.Check(end())
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b.Bytes(), 0o644))
}

// encode writes a file in another encoding.
func encode(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, "encode ENCODING IN OUT")
	f := encodings[args[0]]
	if f == nil {
		ts.Fatalf("no encoding %q", args[0])
	}
	b, err := f([]byte(ts.ReadFile(args[1])))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o644))
}

// fifo makes a named pipe.
func fifo(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "fifo FILE")
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o644))
}

// long appends one line of so many MiB to a file; of 8 under -short.
func long(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "long MIB FILE")
	mib, err := strconv.Atoi(args[0])
	ts.Check(err)
	if testing.Short() {
		mib = min(mib, 8)
	}
	out, err := os.OpenFile(ts.MkAbs(args[1]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	chunk := bytes.Repeat([]byte("Killed process "), 1<<20/15)
	for range mib {
		_, werr := out.Write(chunk)
		err = errors.Join(err, werr)
	}
	_, werr := out.WriteString("\n")
	ts.Check(errors.Join(err, werr, out.Close()))
}

// told writes to the file told what the report on standard output comes to.
func told(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, "told")
	r := new(report.Report)
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), r))
	var b strings.Builder
	for _, in := range r.Incidents {
		fmt.Fprintf(&b, "%s %s", in.Verdict, in.Kind)
		for _, v := range in.Victims {
			fmt.Fprintf(&b, ", %d %q", v.PID, v.Comm)
		}
		fmt.Fprintf(&b, ", %d tasks\n", len(in.Tasks))
	}
	for _, d := range r.RuledOut {
		fmt.Fprintf(&b, "ruled out: %s\n", d.Why)
	}
	for _, in := range r.Inputs {
		fmt.Fprintf(&b, "%s: %s, %d lines\n", in.Path, in.Format, in.Lines)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "%s:%d: %s: %s\n", p.File, p.Line, p.Code, p.Message)
	}
	ts.Check(os.WriteFile(ts.MkAbs("told"), []byte(b.String()), 0o644))
}

// inert checks that standard output can do nothing to a terminal: it has no
// control characters but ends of lines, and nothing that is not UTF-8.
func inert(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, "inert")
	out := ts.ReadFile("stdout")
	for i, r := range out {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0) || r == '\ufffd' && !strings.HasPrefix(out[i:], "\ufffd") || isBidi(r) {
			ts.Fatalf("standard output has %U behind %q", r, out[max(0, i-40):i])
		}
	}
}

// isBidi reports whether r changes the direction of text.
func isBidi(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }
