package worker

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A yamlLine is one text of a dialect as its file has it. ReadRules says what its
// keys mean.
type yamlLine struct {
	Event, Text, Find    ast.Node
	Why, What            ast.Node
	Kill, Weak           ast.Node
	PassesOn             ast.Node `yaml:"passes_on"`
	Signal, Replaces, By ast.Node
	Samples              []yamlSample
	NearMisses           []ast.Node `yaml:"near_misses"`
}

type yamlSample struct {
	Line  ast.Node
	Gives map[string]ast.Node
}

// rule reads one line of a dialect.
func (l *yamlLine) rule(body ast.Node) (r rule, err error) {
	text, ok := scalar(l.Text)
	if !ok {
		at := body
		if l.Event != nil {
			at = l.Event
		}
		return r, errAt(at, "a line without a text: want text: in quotes")
	}
	p, err := parseText(text)
	if err != nil {
		return r, errAt(l.Text, "%v", err)
	}
	r = rule{forms: forms(p), size: p.size(), line: lineOf(l.Text)}
	if err := l.readEvent(&r, &p); err != nil {
		return r, err
	}
	return r, l.readKey(&r, &p, text)
}

// readKey says what a line is searched for: the longest part of the text, or
// what the dialect says itself because that part is too common.
func (l *yamlLine) readKey(r *rule, p *pattern, text string) error {
	key, ok := p.key()
	if l.Find != nil {
		find, _ := scalar(l.Find)
		if len(find) < minKey || strings.ContainsFunc(find, func(c rune) bool { return c > '~' || !isKeyByte(byte(c)) }) {
			return errAt(l.Find, "cannot search for %q: want %d plain characters or more", cut(find), minKey)
		}
		if !slices.ContainsFunc(p.literals(), func(b []byte) bool { return strings.Contains(string(b), find) }) {
			return errAt(l.Find, "%q does not stand in the text: want a part of it", cut(find))
		}
		key, ok = find, true
	}
	if r.key = key; !ok {
		return errAt(l.Text, "%q has no %d plain characters in a row to search for: want more words", cut(text), minKey)
	}
	return nil
}

// readEvent reads what the line tells, and whether its text says enough for it.
func (l *yamlLine) readEvent(r *rule, p *pattern) error {
	event, _ := scalar(l.Event)
	if !slices.Contains(events, event) {
		at := l.Event
		if at == nil {
			at = l.Text
		}
		return errAt(at, "unknown event %q: want one of %s", cut(event), strings.Join(events, ", "))
	}
	r.event = event
	for _, read := range []func(*rule) error{l.readFlags, l.readClause, l.readSignal} {
		if err := read(r); err != nil {
			return err
		}
	}
	return l.checkEvent(r, p)
}

func (l *yamlLine) readFlags(r *rule) (err error) {
	if r.kill, err = word(l.Kill, "kill", "true"); err != nil {
		return err
	}
	if r.weak, err = word(l.Weak, "weak", "true"); err != nil {
		return err
	}
	if r.passesOn, err = word(l.PassesOn, "passes_on", "true"); err != nil {
		return err
	}
	if r.replaces, err = word(l.Replaces, "replaces", "name"); err != nil {
		return err
	}
	r.byWorker, err = word(l.By, "by", "worker")
	return err
}

// readClause reads the clause that a stop or a memory failure has.
func (l *yamlLine) readClause(r *rule) error {
	node, key := ast.Node(nil), ""
	switch r.event {
	case workerStopping:
		node, key = l.Why, "why"
	case memoryFailure:
		node, key = l.What, "what"
	}
	r.why, _ = scalar(node)
	if key != "" && r.why == "" {
		return errAt(l.Text, "event %s says nothing of its cause: want %s: and a clause", r.event, key)
	}
	return nil
}

func (l *yamlLine) readSignal(r *rule) (err error) {
	if l.Signal == nil {
		return nil
	}
	if r.signal, err = number(l.Signal); err != nil || r.signal < 1 || r.signal > maxSignal {
		return errAt(l.Signal, "signal is no number of a signal: want 1 to %d", maxSignal)
	}
	return nil
}

// checkEvent refuses a rule whose text does not say what its event needs.
func (l *yamlLine) checkEvent(r *rule, p *pattern) error {
	causes := 0
	for _, c := range []capture{captureSignal, captureNegSignal, capture128Signal, captureStatus} {
		if p.has(c) {
			causes++
		}
	}
	if r.signal > 0 {
		causes++
	}
	switch names := p.has(capturePID, captureName) || r.byWorker; {
	case causes > 1:
		return errAt(l.Text, "the text says a signal in two ways: want one")
	case r.event == workerGone && causes == 0 && !p.has(captureCode) && !r.weak:
		return errAt(l.Text, "the text says no cause: want {signal}, {-signal}, {128+signal}, {status} or {code} in it, or weak: true")
	case r.event == workerStarted && !names:
		return errAt(l.Text, "the text does not say who started: want {pid} or {name} in it, or by: worker")
	case r.replaces && !p.has(captureName):
		return errAt(l.Text, "replaces: name without a name: want {name} in the text")
	}
	return nil
}
