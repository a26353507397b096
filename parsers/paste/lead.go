package paste

import (
	"bytes"
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
// Blanks alone are a lead only where no line of a log stands without: journalctl
// indents the further lines of a message so that nobody takes them for entries.
func (m *Mending) findLead(sample []sampled) string {
	led, plain := m.leads(sample, func(core []byte) bool {
		kind, _ := m.looks.Begin(core)
		return kind >= Known
	})
	lead, n, all := mostOf(led)
	if n == 0 && plain == 0 {
		return m.leadOfWords(sample)
	}
	if all <= plain || isBlank(lead) && (n*2 <= all || plain > 0) {
		return ""
	}
	return lead
}

// leadOfWords returns what most lines stand behind in a sample whose lines have
// nothing before their message, if most of them are the kernel's.
func (m *Mending) leadOfWords(sample []sampled) string {
	led, plain := m.leads(sample, m.looks.Words)
	_, _, n := mostOf(led)
	all, sign := 0, false
	for i := range sample {
		if all == maxTries {
			break
		}
		if len(trimLead(sample[i].text)) > 0 {
			all++
		}
		sign = sign || hasSign(sample[i].text)
	}
	if plain > 0 || !sign || n*10 <= all*6 {
		return ""
	}
	return shortestOf(led)
}

// leads counts the lines that are a log's by what stands before them, and those
// before which nothing does.
func (m *Mending) leads(sample []sampled, isLogs func(core []byte) bool) (led map[string]int, plain int) {
	led = map[string]int{}
	tries, plainTries := 0, 0
	for i := range sample {
		line := sample[i].text
		core := trimLead(line)
		switch {
		case len(core) == 0:
		case len(core) == len(line):
			if plainTries++; plainTries <= maxTries && isLogs(core) {
				plain++
			}
		default:
			if tries++; tries <= maxTries && isLogs(core) {
				led[string(line[:len(line)-len(core)])]++
			}
		}
	}
	return led, plain
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
