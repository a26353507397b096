package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"oomtrace/cmd/oomtrace/render"
	"oomtrace/correlate"
	"oomtrace/correlate/report"
	"oomtrace/parsers"
	"oomtrace/parsers/input"
)

// analyzeFlags are the flags of `oomtrace analyze`, as given.
type analyzeFlags struct {
	format   string
	output   []string
	color    string
	exitCode int
	hints    hints
}

func newAnalyze() *cobra.Command {
	var f analyzeFlags
	cmd := &cobra.Command{
		Use:   "analyze [PATH...]",
		Short: "Find and explain the OOM kills that logs tell of",
		Long: `Find and explain the OOM kills that logs tell of.

A PATH is a file, a folder (walked; links do not lead out of it) or "-" for
standard input. Without any, what is piped in is read. What a file is, is decided
by its content; gzip, zstd, xz and bzip2 are opened on sight, and so are tar and
zip archives.`,
		Example: `  oomtrace analyze logs/
  journalctl -k -o short-precise | oomtrace analyze
  oomtrace analyze logs/ -o report.md -o report.json --exit-code 3`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.format, "format", "f", "table", "what to print: "+strings.Join(formatNames(), ", "))
	flags.StringArrayVarP(&f.output, "output", "o", nil, "write the report to a `FILE` instead, in the format of its extension (repeatable)")
	flags.StringVar(&f.color, "color", "auto", "colour the table: auto, always, never (NO_COLOR is heeded)")
	flags.IntVar(&f.exitCode, "exit-code", 0, "exit with `N` when an incident was found")
	f.hints.add(flags)
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func formatNames() []string {
	var names []string
	for _, f := range render.Formats {
		names = append(names, f.Name)
	}
	return names
}

// A sink is where one rendering of the report goes.
type sink struct {
	path   string // "" is standard output
	format render.Format
	o      render.Options
}

func (f *analyzeFlags) run(cmd *cobra.Command, args []string) error {
	sinks, err := f.sinks(cmd.OutOrStdout())
	if err != nil {
		return err
	}
	o, err := f.hints.options()
	if err != nil {
		return err
	}
	if f.exitCode < 0 || f.exitCode > 255 {
		return usagef("--exit-code %d: want a number from 0 to 255", f.exitCode)
	}
	paths, err := pathsOrPipe(cmd, args)
	if err != nil {
		return err
	}
	units, problems, err := input.Find(paths, cmd.InOrStdin())
	if err != nil {
		return usageError{err}
	}
	if err := spare(units, sinks); err != nil {
		return err
	}
	rep, err := analyze(cmd, units, o)
	if err != nil {
		return err
	}
	for _, p := range problems {
		rep.Problems = append(rep.Problems, report.Problem{File: p.File, Line: p.Line, Code: p.Code, Message: p.Text})
	}
	for _, s := range sinks {
		if err := s.write(cmd.OutOrStdout(), rep); err != nil {
			return err
		}
	}
	if f.exitCode != 0 && len(rep.Incidents) > 0 {
		return status(f.exitCode)
	}
	return nil
}

// pathsOrPipe returns what to read: the paths given, or what is piped in. With
// neither, help is printed.
func pathsOrPipe(cmd *cobra.Command, args []string) ([]string, error) {
	if len(args) > 0 {
		return args, nil
	}
	if in, ok := cmd.InOrStdin().(*os.File); ok {
		info, err := in.Stat()
		if err != nil || info.Mode()&os.ModeCharDevice != 0 {
			return nil, needArguments(cmd)
		}
	}
	return []string{input.Stdin}, nil
}

// spare refuses to write a report over a log that it is made of.
func spare(units []input.Unit, sinks []sink) error {
	for _, s := range sinks {
		to, err := os.Stat(s.path)
		if err != nil {
			continue
		}
		for _, u := range units {
			if from, err := os.Stat(u.Path); err == nil && os.SameFile(from, to) {
				return usagef("--output %q is one of the inputs: write the report somewhere else", s.path)
			}
		}
	}
	return nil
}

// analyze reads the units and correlates what they hold.
func analyze(cmd *cobra.Command, units []input.Unit, o correlate.Options) (*report.Report, error) {
	var read atomic.Int64
	done := showProgress(cmd.ErrOrStderr(), units, &read)
	logs, err := parsers.Read(cmd.Context(), units, parsers.Options{Read: &read})
	done()
	if err != nil {
		return nil, fmt.Errorf("reading was broken off: %w", err)
	}
	o.Version = version()
	return correlate.Correlate(logs, o), nil
}

// sinks returns where the report goes, and how.
func (f *analyzeFlags) sinks(stdout io.Writer) ([]sink, error) {
	format, ok := render.ByName(f.format)
	if !ok {
		return nil, usagef("--format %q: want one of %s", f.format, strings.Join(formatNames(), ", "))
	}
	color, err := f.wantsColor(stdout)
	if err != nil {
		return nil, err
	}
	if len(f.output) == 0 {
		return []sink{{format: format, o: render.Options{Color: color, Width: terminalWidth(stdout)}}}, nil
	}
	var sinks []sink
	for _, path := range f.output {
		format, ok := render.ByExtension(path)
		if !ok {
			return nil, usagef("--output %q: the extension %q names no format: want one of %s", path, filepath.Ext(path), extensions())
		}
		sinks = append(sinks, sink{path: path, format: format})
	}
	return sinks, nil
}

func extensions() string {
	var all []string
	for _, f := range render.Formats {
		all = append(all, f.Extensions...)
	}
	return strings.Join(all, ", ")
}

func (f *analyzeFlags) wantsColor(stdout io.Writer) (bool, error) {
	switch f.color {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return os.Getenv("NO_COLOR") == "" && isTerminal(stdout), nil
	}
	return false, usagef("--color %q: want one of auto, always, never", f.color)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// write renders the report. A file is written beside its place and moved there,
// so that a reader never sees half of one.
func (s sink) write(stdout io.Writer, rep *report.Report) error {
	var b bytes.Buffer
	if err := s.format.Write(&b, rep, s.o); err != nil {
		return fmt.Errorf("writing the report as %s: %w", s.format.Name, err)
	}
	if s.path == "" {
		_, err := stdout.Write(b.Bytes())
		return err
	}
	if err := replace(s.path, b.Bytes()); err != nil {
		return fmt.Errorf("writing %s: %w", s.path, err)
	}
	return nil
}

// replace writes a file beside its place and moves it there. Errors do not say
// which file it was: the one beside is nobody's business.
func replace(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".oomtrace-*")
	if err != nil {
		return bare(err)
	}
	_, werr := tmp.Write(data)
	err = errors.Join(werr, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return bare(err)
}

// bare takes the names of files off an error.
func bare(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// hints are what a person says that the logs do not, as given.
type hints struct {
	since, until, node, zone, boot string
	year                           int
}

// options reads the hints. Ages count from the present: that is the one thing
// here that asks what time it is.
func (h *hints) options() (o correlate.Options, err error) {
	o.Node = h.node
	if o.Since, err = moment("--since", h.since); err != nil {
		return o, err
	}
	if o.Until, err = moment("--until", h.until); err != nil {
		return o, err
	}
	if o.Clock.Boot, err = moment("--boot-time", h.boot); err != nil {
		return o, err
	}
	if h.zone != "" {
		if o.Clock.Zone, err = location(h.zone); err != nil {
			return o, err
		}
	}
	if h.year != 0 && (h.year < 1970 || h.year > 9999) {
		return o, usagef("--year %d: want a year such as 2026", h.year)
	}
	o.Clock.Year = h.year
	return o, nil
}

func moment(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 && flag != "--boot-time" {
		return time.Now().Add(-d), nil
	}
	want := `RFC 3339 ("2026-11-20T23:00:00Z") or an age ("2h")`
	if flag == "--boot-time" {
		want = `RFC 3339 ("2026-11-20T23:00:00Z")`
	}
	return time.Time{}, usagef("%s %q: not a time: want %s", flag, s, want)
}

func location(s string) (*time.Location, error) {
	if t, err := time.Parse("-07:00", s); err == nil {
		return t.Location(), nil
	}
	loc, err := time.LoadLocation(s)
	if err != nil || s == "Local" {
		return nil, usagef(`--timezone %q: not a time zone: want a name such as "Europe/Berlin", "UTC", or an offset such as "+01:00"`, s)
	}
	return loc, nil
}
