package worker

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"oomtrace/parsers/event"
)

// A proof is what one line of a dialect says that its text reads, and does not.
type proof struct {
	rule       int // line of the text
	samples    []sample
	nearMisses []sample
}

// A sample is a whole line as it is printed, and what it gives.
type sample struct {
	node ast.Node
	text string
	want reading
}

func (l *yamlLine) proof(line int) (p proof, err error) {
	p.rule = line
	if len(l.Samples) == 0 {
		return p, errAt(l.Text, "a text without a sample: want samples: and a line as it is printed")
	}
	for _, y := range l.Samples {
		s, err := y.sample(l.Text)
		if err != nil {
			return p, err
		}
		p.samples = append(p.samples, s)
	}
	for _, n := range l.NearMisses {
		text, ok := scalar(n)
		if !ok {
			return p, errAt(n, "a near miss is not text: want it in quotes")
		}
		p.nearMisses = append(p.nearMisses, sample{node: n, text: text})
	}
	return p, nil
}

func (y *yamlSample) sample(text ast.Node) (s sample, err error) {
	line, ok := scalar(y.Line)
	if !ok {
		return s, errAt(text, "a sample without a line: want line: in quotes and gives:")
	}
	s = sample{node: y.Line, text: line, want: reading{code: event.NotPrinted}}
	for name, n := range y.Gives {
		if err := s.want.give(name, n); err != nil {
			return s, err
		}
	}
	return s, nil
}

// give sets what a sample says of one capture.
func (g *reading) give(name string, n ast.Node) (err error) {
	text, ok := scalar(n)
	if !ok {
		return errAt(n, "%s is not a word: want a number or text", cut(name))
	}
	switch captureNamed(name) {
	case captureName:
		g.name = []byte(text)
	case captureTask:
		g.task = []byte(text)
	case capturePID:
		g.pid, err = number(n)
	case captureSupervisor:
		g.supervisor, err = number(n)
	case captureSignal:
		g.signal, err = number(n)
	case captureCode:
		g.code, err = number(n)
	default:
		return errAt(n, "unknown key %q of gives: want one of supervisor, pid, name, signal, code, task", cut(name))
	}
	return err
}

// check reads each sample and near miss with the dialect's own rules.
func (d *dialect) check() error {
	for _, p := range d.proofs {
		for _, s := range p.samples {
			if err := d.checkSample(p.rule, s); err != nil {
				return err
			}
		}
		for _, s := range p.nearMisses {
			if got, r := d.read(s.text); r != nil {
				return errAt(s.node, "dialect %s reads this near miss as %s, want nothing", cut(d.name), got)
			}
		}
	}
	return nil
}

func (d *dialect) checkSample(line int, s sample) error {
	got, r := d.read(s.text)
	switch {
	case r == nil && s.want.String() == "{}":
		return errAt(s.node, "dialect %s does not read this sample", cut(d.name))
	case got.String() != s.want.String():
		return errAt(s.node, "dialect %s reads this sample as %s, want %s", cut(d.name), got, s.want)
	case r.line != line:
		return errAt(s.node, "dialect %s reads this sample by the text of line %d, want that of line %d", cut(d.name), r.line, line)
	}
	return nil
}

// read reads a line with the dialect's rules, without what earlier lines said.
func (d *dialect) read(line string) (got reading, by *rule) {
	i := slices.IndexFunc(d.rules, func(r rule) bool {
		m, ok := r.read([]byte(line))
		got = m.got
		return ok
	})
	if i < 0 {
		return reading{code: event.NotPrinted}, nil
	}
	return got, &d.rules[i]
}
