package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

func newDebug() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "debug",
		Short: "Show what is read from a log, before it is correlated",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q: want one of records, events", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return needArguments(cmd) },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "records [PATH...]",
			Short: "Show every record: the line without its envelopes, and what they said",
			RunE: func(cmd *cobra.Command, args []string) error {
				w := bufio.NewWriter(cmd.OutOrStdout())
				err := readOneByOne(cmd, args, parsers.Options{Trace: func(rec *event.Record) { writeRecord(w, rec) }}, func(event.Log) {})
				return errors.Join(err, w.Flush())
			},
		},
		&cobra.Command{
			Use:   "events [PATH...]",
			Short: "Show every event that the parsers made of the records",
			RunE: func(cmd *cobra.Command, args []string) error {
				w := bufio.NewWriter(cmd.OutOrStdout())
				err := readOneByOne(cmd, args, parsers.Options{}, func(l event.Log) { writeEvents(w, &l) })
				return errors.Join(err, w.Flush())
			},
		},
	)
	return cmd
}

// readOneByOne reads one unit after the other, so that what is shown of them does not
// mix.
func readOneByOne(cmd *cobra.Command, args []string, o parsers.Options, show func(event.Log)) error {
	paths, err := pathsOrPipe(cmd, args)
	if err != nil {
		return err
	}
	units, _, err := input.Find(paths, cmd.InOrStdin())
	if err != nil {
		return usageError{err}
	}
	for _, u := range units {
		logs, err := parsers.Read(cmd.Context(), []input.Unit{u}, o)
		if err != nil {
			return err
		}
		for _, l := range logs {
			show(l)
		}
	}
	return nil
}

func writeRecord(w io.Writer, rec *event.Record) {
	fmt.Fprintf(w, "%s %s", printable(rec.Pos.String()), stamps(rec.Stamps))
	for _, f := range []struct{ name, value string }{{"host", rec.Host}, {"speaker", rec.Speaker}, {"caller", rec.Caller}, {"unit", rec.Unit}, {"boot", rec.BootID}} {
		if f.value != "" {
			fmt.Fprintf(w, " %s=%s", f.name, printable(f.value))
		}
	}
	if rec.PID > 0 {
		fmt.Fprintf(w, " pid=%d", rec.PID)
	}
	fmt.Fprintf(w, " %q\n", rec.Msg)
}

func writeEvents(w io.Writer, l *event.Log) {
	fmt.Fprintf(w, "%s: format %s, %d lines, %d events\n", printable(l.Path), l.Format, l.Lines, len(l.Events))
	for i := range l.Events {
		e := &l.Events[i]
		var keys []string
		for _, k := range e.Body.Keys() {
			keys = append(keys, printable(k.String()))
		}
		body, err := json.Marshal(e.Body)
		if err != nil {
			body = fmt.Appendf(nil, "%q", err)
		}
		kind := strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", e.Body), "*"), "event.")
		fmt.Fprintf(w, "%s %s %s %s [%s] %s\n", printable(e.Pos.String()), stamps(e.Stamps), e.Body.Role(), kind, strings.Join(keys, " "), body)
	}
	for _, p := range l.Problems {
		fmt.Fprintf(w, "%s: %s: %s\n", printable(p.Pos.String()), p.Code, printable(p.Text))
	}
}

func stamps(st event.Stamps) string {
	var out []string
	for _, s := range st {
		if s.Clock != event.None {
			out = append(out, s.String())
		}
	}
	if len(out) == 0 {
		return "[no stamp]"
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// printable quotes what could play tricks on a terminal.
func printable(s string) string {
	q := fmt.Sprintf("%q", s)
	if q[1:len(q)-1] == s && !strings.ContainsAny(s, " ") {
		return s
	}
	return q
}
