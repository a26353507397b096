package worker

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// maxRules is the largest file of dialects that is read, in bytes.
const maxRules = 128 << 10

// A dialect is what one program prints, and the proof that its texts read it.
type dialect struct {
	name   string
	source string
	rules  []rule
	proofs []proof
}

// A rule is one text of a dialect and what it tells.
type rule struct {
	framework string
	event     string
	forms     []pattern // in plain text; within JSON, if that is another one
	prefix    []pattern // where the supervisor's pid stands before the text
	key       string    // the part of the text that a line is searched for
	size      int       // literal bytes of the text
	line      int       // in the file that it is from
	signal    int       // that the text names without a capture
	why       string    // as a clause: why of a stop, what of a memory failure
	weak      bool
	passesOn  bool
	kill      bool
	replaces  bool
	byWorker  bool // the worker prints it, so the prefix names its own pid
}

// What an event can be called in a dialect.
const (
	workerGone        = "worker-gone"
	workerStarted     = "worker-started"
	workerStopping    = "worker-stopping"
	memoryFailure     = "memory-failure"
	supervisorStarted = "supervisor-started" // tells nothing, but that earlier names are of other processes
)

var events = []string{workerGone, workerStarted, workerStopping, memoryFailure, supervisorStarted}

// A yamlDialect is a dialect as its file has it. Values are nodes, for their
// positions.
type yamlDialect struct {
	Dialect, Source, Prefix ast.Node
	Lines                   []yamlLine
}

// readDialects reads a file of dialects and checks what it says of itself.
func readDialects(name string, data []byte) (read []dialect, err error) {
	if len(data) > maxRules {
		return nil, fmt.Errorf("%s: %d bytes: want %d at most", name, len(data), maxRules)
	}
	file, err := parse(data)
	if err != nil {
		return nil, atLine(name, err)
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType {
			continue
		}
		d, err := readDialect(doc.Body)
		if err != nil {
			return nil, atLine(name, err)
		}
		read = append(read, d)
	}
	if len(read) == 0 {
		return nil, fmt.Errorf("%s: no dialect in it: want keys dialect and lines", name)
	}
	return read, nil
}

func readDialect(body ast.Node) (d dialect, err error) {
	y, err := decode(body)
	if err != nil {
		return d, err
	}
	if d.name, err = y.name(body); err != nil {
		return d, err
	}
	d.source, _ = scalar(y.Source)
	prefix, err := y.prefix()
	if err != nil {
		return d, err
	}
	for i := range y.Lines {
		l := &y.Lines[i]
		r, err := l.rule(body)
		if err != nil {
			return d, err
		}
		r.framework, r.prefix = d.name, prefix
		d.rules = append(d.rules, r)
		p, err := l.proof(r.line)
		if err != nil {
			return d, err
		}
		d.proofs = append(d.proofs, p)
	}
	sortRules(d.rules)
	return d, d.check()
}

func (y *yamlDialect) name(body ast.Node) (string, error) {
	name, ok := scalar(y.Dialect)
	switch {
	case !ok || name == "":
		return "", errAt(body, "no dialect named: want dialect: and the program's name")
	case len(y.Lines) == 0:
		return "", errAt(y.Dialect, "dialect %s has no lines: want lines: and a list of texts", cut(name))
	}
	return name, nil
}

// prefix reads where the supervisor's pid stands before the texts, as plain text
// and as it reads within JSON.
func (y *yamlDialect) prefix() ([]pattern, error) {
	if y.Prefix == nil {
		return nil, nil
	}
	text, ok := scalar(y.Prefix)
	if !ok {
		return nil, errAt(y.Prefix, "prefix is not text: want it in quotes")
	}
	p, err := parseText(text)
	if err != nil {
		return nil, errAt(y.Prefix, "%v", err)
	}
	if !p.has(captureSupervisor) {
		return nil, errAt(y.Prefix, "a prefix says the pid of the supervisor: want {supervisor} in it")
	}
	return forms(p), nil
}

func forms(p pattern) []pattern {
	if quoted, other := p.inJSON(); other {
		return []pattern{p, quoted}
	}
	return []pattern{p}
}
