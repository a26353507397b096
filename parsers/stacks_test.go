package parsers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"oomtrace/parsers"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
)

// stacks are ways in which a line of the kernel's lies in a log: the whole line,
// made of the seconds since boot, padded as the kernel pads them, and of the
// message.
var stacks = map[string]func(stamp, msg string) string{
	"level":                    func(stamp, msg string) string { return "<4>[" + stamp + "] " + msg },
	"caller":                   func(stamp, msg string) string { return "[" + stamp + "][ T26734] " + msg },
	"CPU, recent dmesg":        func(stamp, msg string) string { return "[" + stamp + "] [    C0] " + msg },
	"netconsole":               func(stamp, msg string) string { return "4,1234," + micros(stamp) + ",-;" + msg },
	"netconsole, release":      func(stamp, msg string) string { return "6.18.44,4,1234," + micros(stamp) + ",-;" + msg },
	"netconsole, received":     func(stamp, msg string) string { return "2026-11-23 09:01:41 4,1234," + micros(stamp) + ",-;" + msg },
	"tag and stamp":            func(stamp, msg string) string { return "kernel: [" + stamp + "] " + msg },
	"tag alone":                func(stamp, msg string) string { return "kernel: " + msg },
	"tag without a blank":      func(stamp, msg string) string { return "kernel:[" + stamp + "] " + msg },
	"host and tag":             func(stamp, msg string) string { return "node-1 kernel: " + msg },
	"host, tag and stamp":      func(stamp, msg string) string { return "node-1 kernel: [" + stamp + "] " + msg },
	"wall":                     func(stamp, msg string) string { return " kernel:[" + stamp + "] " + msg },
	"no host":                  func(stamp, msg string) string { return "Nov 23 09:01:41 kernel: [" + stamp + "] " + msg },
	"pid 0":                    func(stamp, msg string) string { return "Nov 23 09:01:41 mac kernel[0]: " + msg },
	"template without a blank": func(stamp, msg string) string { return "Nov 23 09:01:41 node-1 kernel:[" + stamp + "] " + msg },
	"old klogd":                func(stamp, msg string) string { return "Nov 23 09:01:41 node-1 kernel: <4>[" + stamp + "] " + msg },
	"logread": func(stamp, msg string) string {
		return "Mon Nov 23 09:01:41 2026 kern.warn kernel: [" + stamp + "] " + msg
	},
	"logread -t": func(stamp, msg string) string {
		return "Mon Nov 23 09:01:41 2026 [1795424501.482] kern.warn kernel: [" + stamp + "] " + msg
	},
	"busybox syslogd": func(stamp, msg string) string {
		return "Nov 23 09:01:41 router kern.warn kernel: [" + stamp + "] " + msg
	},
	"logcat":                  logcat,
	"Motorola":                func(stamp, msg string) string { return "<6>[" + stamp + ",0] " + msg },
	"Amlogic":                 func(stamp, msg string) string { return "[" + stamp + "@0] " + msg },
	"Sony":                    func(stamp, msg string) string { return "[" + stamp + " / 11-23 09:01:41.482] " + msg },
	"Samsung":                 func(stamp, msg string) string { return "<6>[" + stamp + "] I[0:        python3:26734] " + msg },
	"MediaTek":                func(stamp, msg string) string { return "<4>[" + stamp + "] <0>.(0)[26734:python3]" + msg },
	"MediaTek, interrupts on": func(stamp, msg string) string { return "[" + stamp + "]  (1)[26734:python3]" + msg },
	"Huawei":                  func(stamp, msg string) string { return "[" + stamp + "s][pid:26734,cpu0,python3]" + msg },
	"Qualcomm":                func(stamp, msg string) string { return "<4>[" + stamp + "] c0  26734 " + msg },
	"HTC":                     func(stamp, msg string) string { return "<4>[" + stamp + "] (CPU:0-pid:26734:python3) " + msg },
	"serial, in brackets":     func(stamp, msg string) string { return "[2026-11-23 09:01:41] [" + stamp + "] " + msg },
	"serial, milliseconds":    func(stamp, msg string) string { return "[2026-11-23 09:01:41.482] [" + stamp + "] " + msg },
	"serial, RFC 3339":        func(stamp, msg string) string { return "2026-11-23T09:01:41.123Z [" + stamp + "] " + msg },
	"serial, a mark":          func(stamp, msg string) string { return "09:01:41.123 > [" + stamp + "] " + msg },
	"serial, Tera Term":       func(stamp, msg string) string { return "[Mon Nov 23 09:01:41.123 2026] [" + stamp + "] " + msg },
	"serial, conserver":       func(stamp, msg string) string { return "[Mon Nov 23 09:01:41 2026][" + stamp + "] " + msg },
	"serial, RealTerm":        func(stamp, msg string) string { return "[09:01:41:123] [" + stamp + "] " + msg },
	"serial, grabserial":      func(stamp, msg string) string { return "[7870.123456 0.000012] [" + stamp + "] " + msg },
	"ts":                      func(stamp, msg string) string { return "Nov 23 09:01:41 [" + stamp + "] " + msg },
	"journalctl short":        func(stamp, msg string) string { return "Nov 23 09:01:41 node-1 kernel: " + msg },
	"journalctl short-full":   func(stamp, msg string) string { return "Mon 2026-11-23 09:01:41 UTC node-1 kernel: " + msg },
	"journalctl short-unix":   func(stamp, msg string) string { return "1795424501.482562 node-1 kernel: " + msg },
	"journalctl short-mono":   func(stamp, msg string) string { return "[" + stamp + "] node-1 kernel: " + msg },
	"Fluent Bit, kmsg": func(stamp, msg string) string {
		sec, usec, _ := strings.Cut(strings.TrimSpace(stamp), ".")
		return fmt.Sprintf(`{"priority":4,"sequence":1,"sec":%s,"usec":%s,"msg":%s}`, sec, number(usec), quoted(msg))
	},
	"filebeat": func(stamp, msg string) string {
		return `{"@timestamp":"2026-11-23T09:01:41.482Z","message":` + quoted(msg) + `,"syslog":{"identifier":"kernel","facility":0},"systemd":{"transport":"kernel"},"host":{"hostname":"node-1"}}`
	},
	"Vector": func(stamp, msg string) string {
		return `{"SYSLOG_IDENTIFIER":"kernel","_TRANSPORT":"kernel","_SOURCE_MONOTONIC_TIMESTAMP":"` + micros(stamp) + `","host":"node-1","message":` + quoted(msg) + `,"timestamp":"2026-11-23T09:01:41.482562Z"}`
	},
	"rsyslog's template": func(stamp, msg string) string {
		return `{"@timestamp":"2026-11-23T09:01:41.482562+00:00","host":"node-1","severity":"warning","facility":"kern","programname":"kernel","procid":"-","message":` + quoted(" ["+stamp+"] "+msg) + `}`
	},
}

func micros(stamp string) string {
	return number(strings.ReplaceAll(strings.TrimSpace(stamp), ".", ""))
}

// number takes off the zeros that JSON does not allow.
func number(digits string) string {
	if n := strings.TrimLeft(digits, "0"); n != "" {
		return n
	}
	return "0"
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// logcat does what Android's logd does with a line: a tag of the one or two words
// before a colon, of more than two bytes, and no blanks around the message.
func logcat(_, msg string) string {
	msg = strings.TrimSpace(msg)
	tag, text, ok := strings.Cut(msg, ":")
	if !ok || len(tag) < 3 || len(strings.Fields(tag)) > 2 || tag == "CPU" || strings.HasPrefix(tag, "[") || strings.TrimSpace(text) == "" {
		tag, text = "", msg
	}
	return fmt.Sprintf("11-23 09:01:41.482     0     0 W %-8s: %s", tag, strings.TrimSpace(text))
}

// pastes are what happens to a log that somebody copies.
var pastes = map[string]func(string) string{
	"nothing": func(s string) string { return s },
	"mail": func(s string) string {
		return "On Monday, Bob wrote:\n\n" + eachLine(s, func(l string) string { return "> " + l }) + "\nThank you!\n"
	},
	"chat":            func(s string) string { return eachLine(s, func(l string) string { return ">> " + l }) },
	"no blank":        func(s string) string { return eachLine(s, func(l string) string { return ">" + l }) },
	"a reply's reply": func(s string) string { return "> Bob:\n" + eachLine(s, func(l string) string { return "> > " + l }) },
	"Markdown, quote": func(s string) string { return eachLine(s, func(l string) string { return "| " + l }) },
	"Markdown, indented": func(s string) string {
		return "It was killed:\n\n" + eachLine(s, func(l string) string { return "    " + l })
	},
	"tab":              func(s string) string { return eachLine(s, func(l string) string { return "\t" + l }) },
	"fence":            func(s string) string { return "It was killed:\n\n```\n" + s + "```\n" },
	"non-breaking":     func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
	"carriage returns": func(s string) string { return strings.ReplaceAll(s, "\n", "\r") },
	"screen":           func(s string) string { return strings.ReplaceAll(s, "\n", "\r\r\n") },
	"script":           func(s string) string { return strings.ReplaceAll(s, "\n", "\x1b[0m\x1b[K\r\n") },
	"terminal, 80":     func(s string) string { return hardWrapped(s, 80) },
	"terminal, 132":    func(s string) string { return hardWrapped(s, 132) },
	"mail client, 76":  func(s string) string { return softWrapped(s, 76) },
	"wrapped, quoted":  func(s string) string { return eachLine(hardWrapped(s, 100), func(l string) string { return "> " + l }) },
	"quoted, wrapped":  func(s string) string { return hardWrapped(eachLine(s, func(l string) string { return "> " + l }), 100) },
	"a broken reply":   func(s string) string { return softWrapped(eachLine(s, func(l string) string { return "> " + l }), 78) },
	"HTML, quoted":     func(s string) string { return htmlOf(eachLine(s, func(l string) string { return "> " + l })) },
	"quoted-printable": quotedPrintable,
}

func htmlOf(s string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;").Replace(s)
}

func eachLine(text string, change func(string) string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(change(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

// hardWrapped cuts lines at a width, as a terminal does.
func hardWrapped(text string, width int) string {
	return eachLine(text, func(line string) string {
		var b strings.Builder
		r := []rune(line)
		for ; len(r) > width; r = r[width:] {
			b.WriteString(string(r[:width]) + "\n")
		}
		return b.String() + string(r)
	})
}

// softWrapped cuts lines at the last blank within a width, as a mail client does,
// and leaves a word that has no room anywhere.
func softWrapped(text string, width int) string {
	return eachLine(text, func(line string) string {
		var b strings.Builder
		for len(line) > width {
			i := strings.LastIndexByte(line[:width+1], ' ')
			if i < 0 || strings.Trim(line[:i], " >") == "" {
				if i = strings.IndexByte(line[width:], ' '); i < 0 {
					break
				}
				i += width
			}
			b.WriteString(line[:i] + "\n")
			line = line[i+1:]
		}
		return b.String() + line
	})
}

// quotedPrintable encodes as RFC 2045 says.
func quotedPrintable(text string) string {
	return eachLine(text, func(line string) string {
		var b strings.Builder
		width := 0
		for _, c := range []byte(line) {
			s := string(rune(c))
			if c == '=' || c >= 0x7f || c < 0x20 {
				s = fmt.Sprintf("=%02X", c)
			}
			if width+len(s) > 75 {
				b.WriteString("=\n")
				width = 0
			}
			b.WriteString(s)
			width += len(s)
		}
		return b.String()
	})
}

var stampedLine = regexp.MustCompile(`^\[( *\d+\.\d{6})\] (.*)`)

// capture is a report as dmesg printed it.
func capture(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("../testdata/incidents/twelve-renderings/logs/dmesg.txt")
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// stackedAs writes a report of dmesg's in another way.
func stackedAs(tb testing.TB, dmesg string, stack func(stamp, msg string) string) string {
	tb.Helper()
	stamp := ""
	return eachLine(dmesg, func(line string) string {
		if m := stampedLine.FindStringSubmatch(line); m != nil {
			stamp, line = m[1], m[2]
		} else {
			line = strings.TrimLeft(line, " ")
		}
		return stack(stamp, line)
	})
}

var where = regexp.MustCompile(`"(Line|Stamps|Host|Speaker|Steps)":(\d+|\[[^\]]*\]|"[^"]*"),?`)

var blanks = regexp.MustCompile(` +`)

// happened writes what a log's events are, but not where they stand and when
// they were.
func happened(tb testing.TB, l event.Log) string {
	tb.Helper()
	var b strings.Builder
	for _, e := range l.Events {
		body, err := json.Marshal(e.Body)
		if err != nil {
			tb.Fatal(err)
		}
		// How many blanks stand between the columns' names, a wrap can have lost.
		fmt.Fprintf(&b, "%T %s\n", e.Body, blanks.ReplaceAll(where.ReplaceAll(body, nil), []byte(" ")))
	}
	return b.String()
}

// TestStacks reads one report in every way that it can lie in a log, and in each
// of these through every way of copying it: the sum of both is read, without
// knowing a single one of their products.
func TestStacks(t *testing.T) {
	dmesg := capture(t)
	want := happened(t, readText(t, dmesg, false))
	if !strings.Contains(want, "OOMDump") {
		t.Fatalf("the capture gives %.200q, want a report", want)
	}
	for stack, as := range stacks {
		t.Run(stack, func(t *testing.T) {
			text := stackedAs(t, dmesg, as)
			for paste, change := range pastes {
				if unreadable(stack, paste) != "" {
					continue
				}
				log := sameEitherWay(t, change(text))
				if got := happened(t, log); got != want {
					t.Errorf("%s: the events are %.600s\nwant %.600s", paste, got, want)
				}
			}
		})
	}
}

// unreadable says why one product cannot be read, "" if it can.
func unreadable(stack, paste string) string {
	switch {
	case slices.Contains(cuts, paste) && strings.Contains(stacks[stack]("    1.000000", ""), `{"`):
		return "the first piece of an object does not tell what it is of"
	case slices.Contains(cutsAtBlanks, paste) && slices.Contains([]string{"netconsole, received", "Huawei", "logcat"}, stack):
		return "a mail client cuts the first words off a line whose text has no blank, and what they are of is not known"
	}
	return ""
}

var (
	cutsAtBlanks = []string{"mail client, 76", "a broken reply"}
	cuts         = append([]string{"terminal, 80", "terminal, 132", "wrapped, quoted", "quoted, wrapped"}, cutsAtBlanks...)
)

// TestWraps cuts the kernel's logs of whole cases at any width, and reads the same
// of them. What a client cut between words has lost how many blanks were there.
func TestWraps(t *testing.T) {
	for name, text := range kernelLogs(t) {
		t.Run(name, func(t *testing.T) {
			want := happened(t, readText(t, text, false))
			for width := 60; width <= 160; width += 10 {
				if got := happened(t, readText(t, hardWrapped(text, width), false)); got != want {
					t.Errorf("cut at %d: the events are %.600s\nwant %.600s", width, got, want)
				}
				if got := happened(t, readText(t, softWrapped(text, width), false)); got != want && !strings.HasPrefix(filepath.Base(name), "journal") {
					t.Errorf("cut between words within %d: the events are %.600s\nwant %.600s", width, got, want)
				}
			}
		})
	}
}

func kernelLogs(tb testing.TB) map[string]string {
	tb.Helper()
	logs := map[string]string{}
	for _, pattern := range []string{"dmesg*.txt", "kmsg.txt", "messages", "journal-short*.txt"} {
		names, err := filepath.Glob("../testdata/incidents/*/logs/" + pattern)
		if err != nil || len(names) == 0 {
			tb.Fatal(pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				tb.Fatal(err)
			}
			logs[name] = string(text)
		}
	}
	return logs
}

// TestLinesOfAPastedLog checks that an event says where it stands in the file that
// was given, not in what was made of it.
func TestLinesOfAPastedLog(t *testing.T) {
	text := "Hello,\n\n" + eachLine(hardWrapped(capture(t), 80), func(l string) string { return "> " + l }) + "\nBye\n"
	for line := range strings.SplitSeq(text, "\n") {
		if len([]rune(line)) > 82 {
			t.Fatalf("%q is longer than 82", line)
		}
	}
	log := sameEitherWay(t, text)
	lines := strings.Split(text, "\n")
	if int(log.Lines) != len(lines)-1 || len(log.Events) == 0 {
		t.Fatalf("%d lines, %d events, want %d lines and some events", log.Lines, len(log.Events), len(lines)-1)
	}
	dump := log.Events[0].Body.(*event.OOMDump)
	for _, step := range dump.Steps {
		if line := lines[step.Pos.Line-1]; !strings.HasPrefix(line, "> [ ") || !strings.Contains(line, step.Text[:20]) {
			t.Errorf("%q is said to be at line %d, which is %q", step.Text, step.Pos.Line, line)
		}
	}
}

// TestIndentationIsNoLead checks what a forger can do with the further lines of a
// message, which journalctl indents so that nobody takes them for entries.
func TestIndentationIsNoLead(t *testing.T) {
	forged := eachLine(capture(t), func(l string) string { return strings.Repeat(" ", 38) + l })
	text := "Nov 23 09:01:40 node-1 app[12]: hello\n" + forged + "Nov 23 09:01:42 node-1 app[12]: bye\n"
	if log := sameEitherWay(t, text); len(log.Events) > 0 || log.Kernel {
		t.Errorf("kernel %v, %d events, want none", log.Kernel, len(log.Events))
	}
}

// TestAContainersFileIsNotMended checks that what a container quotes is its own.
func TestAContainersFileIsNotMended(t *testing.T) {
	const path = "logs/pods/ns_pod-a_0b1498fe-3389-4b5c-b2f5-fe572a71bd10/c/0.log"
	texts := map[string]string{}
	for stack, as := range stacks {
		texts[stack] = pastes["mail"](stackedAs(t, capture(t), as))
	}
	for paste, change := range pastes {
		texts[paste] = change(capture(t))
	}
	for name, text := range texts {
		unit := input.Bytes(path, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
		logs, err := parsers.Read(t.Context(), []input.Unit{unit}, parsers.Options{})
		if err != nil || logs[0].Kernel || len(logs[0].Events) > 0 {
			t.Errorf("%s: kernel %v, %d events, error %v; want none", name, logs[0].Kernel, len(logs[0].Events), err)
		}
	}
}
