package paste

import (
	"bytes"
	"slices"
	"strings"
)

// A lead is what stands before each line of a quotation, with the blanks behind
// its marks: "> ", ">>", "> > ", "| ", "    ", "\t", ">     ".

func isBlank(lead string) bool { return strings.Trim(lead, " \t") == "" }

func isLead(c byte) bool { return c == '>' || c == '|' || c == ' ' || c == '\t' }

// trimLead takes off whatever can be a lead.
func trimLead(line []byte) []byte { return bytes.TrimLeft(line, ">| \t") }

// findLead returns what most lines of a log in a sample stand behind, or "".
//
// What an application logs can hold a quotation, or several lines of which it
// indents the further ones: nothing is a lead where a line stands without that
// begins as another's than the kernel's, however loosely. Blanks alone are one only
// where no line of a log at all stands without, and where they are fewer than
// journalctl and dmesg put before the further lines of a message, so that nobody
// takes them for entries: a file can begin within one.
func (m *Mending) findLead(sample []sampled) string {
	isLogs := func(core []byte) bool {
		kind, _ := m.looks.Begin(core)
		return kind >= Known
	}
	led := leads(sample, func(core []byte) bool { return mayBegin(core) && isLogs(core) })
	lead, n, all := mostOf(led)
	if n == 0 {
		return m.leadOfWords(sample, isLogs)
	}
	plain := unled(sample, isLogs)
	if all <= plain || unled(sample, m.isOthers) > 0 {
		return ""
	}
	if isBlank(lead) && (n*2 <= all || plain > 0 || len(lead) >= minIndent) {
		return ""
	}
	return lead
}

// mayBegin says cheaply that a line begins as no log's does.
func mayBegin(line []byte) bool {
	c := line[0]
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '[' || c == '<' || c == '{' || c == 'k' ||
		bytes.Contains(line[:min(len(line), 256)], []byte("kernel:"))
}

// leadOfWords returns what most lines stand behind in a sample whose lines have
// nothing before their message, if most of them are the kernel's.
func (m *Mending) leadOfWords(sample []sampled, isLogs func([]byte) bool) string {
	if !slices.ContainsFunc(sample, func(s sampled) bool { return hasSign(s.text) }) {
		return ""
	}
	all := 0
	for i := range sample {
		if len(trimLead(sample[i].text)) > 0 {
			all++
		}
		if all == maxTries {
			sample = sample[:i]
			break
		}
	}
	led := leads(sample, m.looks.Words)
	_, _, n := mostOf(led)
	if n*10 <= all*6 || unled(sample, m.looks.Words) > 0 || unled(sample, isLogs) > 0 || unled(sample, m.isOthers) > 0 {
		return ""
	}
	if lead := shortestOf(led); !isBlank(lead) || len(lead) < minIndent {
		return lead
	}
	return ""
}

// leads counts the lines that are a log's by what stands before them, up to
// maxTries of them.
func leads(sample []sampled, isLogs func(core []byte) bool) map[string]int {
	led, found := map[string]int{}, 0
	for i := range sample {
		line := sample[i].text
		core := trimLead(line)
		if len(core) == 0 || len(core) == len(line) || !isLogs(core) {
			continue
		}
		led[string(line[:len(line)-len(core)])]++
		if found++; found == maxTries {
			break
		}
	}
	return led
}

// unled counts the lines that are a log's with nothing before them, of the first.
func unled(sample []sampled, isLogs func(line []byte) bool) (n int) {
	tries := 0
	for i := range sample {
		if line := sample[i].text; len(line) > 0 && !isLead(line[0]) {
			if tries++; tries > maxTries {
				break
			}
			if isLogs(line) {
				n++
			}
		}
	}
	return n
}

func mostOf(led map[string]int) (lead string, n, all int) {
	for l, count := range led {
		all += count
		if count > n || count == n && l < lead {
			lead, n = l, count
		}
	}
	return lead, n, all
}

// shortestOf returns the shortest lead that one line in ten has, of lines with
// blanks of their own.
func shortestOf(led map[string]int) (lead string) {
	_, _, all := mostOf(led)
	found := false
	for l, n := range led {
		if n*10 > all && (!found || len(l) < len(lead) || len(l) == len(lead) && l < lead) {
			lead, found = l, true
		}
	}
	return lead
}

// withoutLead takes the lead off a line, and what stands before a line that is
// quoted more deeply, or less so. Other lines stay as they are.
func (m *Mending) withoutLead(line []byte) []byte {
	rest, ok := bytes.CutPrefix(line, []byte(m.lead))
	if !ok {
		if bare := strings.TrimRight(m.lead, " \t"); string(bytes.TrimRight(line, " \t")) == bare {
			return nil
		}
	}
	if strings.ContainsAny(m.lead, ">|") {
		for len(rest) > 0 && (rest[0] == '>' || !ok && rest[0] == '|') {
			rest = bytes.TrimPrefix(rest[1:], []byte(" "))
		}
	}
	return rest
}
