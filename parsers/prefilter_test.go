package parsers_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/lines"
	"oomtrace/parsers/parsertest/loggen"
)

// TestEveryLine holds the reading that searches for literals against the one
// that makes a record of every line.
func TestEveryLine(t *testing.T) {
	for name, text := range oddLogs(400) {
		t.Run(name, func(t *testing.T) { sameEitherWay(t, text) })
	}
	for _, form := range []loggen.Form{loggen.Syslog, loggen.JournalJSON, loggen.CRI} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s %d", form, seed), func(t *testing.T) {
				var b bytes.Buffer
				truth, err := loggen.Log{Form: form, Seed: seed, Bytes: 1 << 20, Every: 300}.Write(&b)
				if err != nil {
					t.Fatal(err)
				}
				checkTruth(t, []event.Log{sameEitherWay(t, b.String())}, truth)
			})
		}
	}
}

func FuzzEveryLine(f *testing.F) {
	for _, text := range oddLogs(2) {
		if len(text) < 1<<14 {
			f.Add(text)
		}
	}
	dmesg := strings.Join(strings.SplitAfter(capture(f), "\n")[:40], "")
	for _, as := range stacks {
		f.Add(stackedAs(f, dmesg, as))
	}
	for _, change := range pastes {
		f.Add(change(dmesg))
	}
	f.Fuzz(func(t *testing.T, text string) { sameEitherWay(t, text) })
}

// oddLogs returns logs in which a report stands where it is hard to find, some
// behind and before as many lines of noise.
func oddLogs(quiet int) map[string]string {
	dump := report()
	syslog := stamped("Nov 23 08:50:41 host kernel: [ 7208.736999] ", dump)
	dmesg := stamped("[ 7208.736999] ", dump)
	noise := stamped("Nov 23 08:50:40 host kubelet[12]: ", strings.Repeat("I1123 08:50:40.000000      12 kubelet.go:2632] \"SyncLoop (housekeeping)\"\n", quiet))
	later := strings.ReplaceAll(noise, "08:50:40", "08:50:59")
	return map[string]string{
		"dump alone":               syslog,
		"dump at the start":        syslog + later,
		"dump at the end":          noise + syslog,
		"dump between":             noise + syslog + later,
		"two dumps":                noise + syslog + later + syslog + later,
		"dump without its start":   syslog[len(syslog)/2:] + later,
		"dump without its end":     noise + syslog[:len(syslog)/2],
		"half a line at the end":   noise + syslog + later + "Nov 23 08:51:00 host ker",
		"no final newline":         strings.TrimSuffix(noise+syslog+later, "\n"),
		"kill line alone":          noise + lastLine(syslog) + later,
		"kill line at the end":     strings.TrimSuffix(noise+lastLine(syslog), "\n"),
		"CRLF":                     strings.ReplaceAll(noise+syslog+later, "\n", "\r\n"),
		"empty lines":              strings.ReplaceAll(noise+syslog+later, "\n", "\n\n"),
		"lines without a time":     noise + dump + later + "Killed process 7 (a) total-vm:1kB\n",
		"dmesg":                    dmesg,
		"dmesg, indented":          indented(dump),
		"dmesg, twice":             indented(dump) + dmesg + indented(dump),
		"dmesg without times":      dump,
		"indented in syslog":       noise + indentedAs("Nov 23 08:50:41 host kernel: ", dump) + later,
		"literal in what is cut":   noise + "Nov 23 08:50:41 host kernel: x " + strings.Repeat("x", lines.MaxLine) + "Killed process 7\n" + later,
		"literal before the cut":   noise + "Nov 23 08:50:41 host kernel: Killed process 7 (a) total-vm:1kB" + strings.Repeat("x", 2*lines.MaxLine) + "\n" + later,
		"long lines":               strings.Repeat(noise+"Nov 23 08:50:41 host a: "+strings.Repeat("x", lines.MaxLine)+"\n", 3) + syslog,
		"CRI":                      cri("F", death) + cri("F", "x") + cri("F", death),
		"CRI, parts":               cri("F", "x") + cri("P", death[:60]) + cri("F", death[60:]) + cri("F", "y"),
		"CRI, two streams":         cri("P", death[:60]) + strings.Replace(cri("F", "z"), "stderr", "stdout", 1) + cri("F", death[60:]) + cri("F", "y"),
		"CRI, last part missing":   cri("F", "x") + cri("P", death),
		"CRI, dump":                stamped("2026-11-23T08:50:41.000000001Z stdout F ", dmesg),
		"CRI, indented dump":       stamped("2026-11-23T08:50:41.000000001Z stdout F ", indented(dump)),
		"newline in a comm":        noise + strings.ReplaceAll(syslog, "(dramatiq)", "(dram\natiq)") + later,
		"newline in a comm, dmesg": strings.ReplaceAll(dmesg, "dramatiq", "dram\natiq") + dmesg,
		"nothing":                  "",
		"one newline":              "\n",
		"short":                    "Killed",
	}
}

// sameEitherWay reads text in both ways and returns the log.
func sameEitherWay(t *testing.T, text string) event.Log {
	t.Helper()
	searched, all := readText(t, text, false), readText(t, text, true)
	if len(searched.Events) != len(all.Events) {
		t.Fatalf("%d events, with every line %d", len(searched.Events), len(all.Events))
	}
	for i := range all.Events {
		if got, want := searched.Events[i], all.Events[i]; !reflect.DeepEqual(got, want) {
			t.Errorf("event %d is %+v %+v, with every line %+v %+v", i, got, got.Body, want, want.Body)
		}
	}
	if got, want := told(searched), told(all); got != want {
		t.Errorf("the log is %s, with every line %s", got, want)
	}
	if got, want := searched.Problems, all.Problems; !reflect.DeepEqual(got, want) {
		t.Errorf("problems are %#v, with every line %#v", got, want)
	}
	return searched
}

// told is what a log says beside events and problems, but for what depends on
// how many records were looked at: who spoke, and a sample of their stamps.
func told(l event.Log) string {
	return fmt.Sprintf("%s, kernel %v, %d bytes, %d lines, from %v to %v", l.Format, l.Kernel, l.Bytes, l.Lines, l.First, l.Last)
}

func readText(t *testing.T, text string, everyLine bool) event.Log {
	t.Helper()
	unit := input.Bytes("log", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	logs, err := parsers.Read(context.Background(), []input.Unit{unit}, parsers.Options{EveryLine: everyLine})
	if err != nil {
		t.Fatal(err)
	}
	return logs[0]
}

const death = "[2026-11-23 08:47:20,786] [PID 1] [MainThread] [dramatiq.MainProcess] [CRITICAL] Worker with PID 4 exited unexpectedly (code -9). Shutting down..."

func cri(tag, text string) string {
	return "2026-11-23T08:50:41.000000001Z stderr " + tag + " " + text + "\n"
}

// report returns the kernel's lines of one kill, without envelopes.
func report() string {
	return strings.Join(loggen.Report("/kubepods.slice/a.scope", 100, 5), "\n") + "\n"
}

// stamped puts head before each line.
func stamped(head, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(head + line)
	}
	return b.String()
}

// indented returns a report as dmesg prints it where the statistics are one
// record.
func indented(dump string) string { return indentedAs("[ 7208.736999] ", dump) }

func indentedAs(head, dump string) string {
	var b strings.Builder
	stats := false
	for line := range strings.Lines(dump) {
		switch {
		case strings.HasPrefix(line, "anon "):
			stats = true
			b.WriteString(head + line)
			continue
		case strings.HasPrefix(line, "Tasks state"):
			stats = false
		}
		if stats {
			b.WriteString(strings.Repeat(" ", len(head)) + line)
		} else {
			b.WriteString(head + line)
		}
	}
	return b.String()
}

func lastLine(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:] + "\n"
}
