package worker

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// errOddYAML is what is left of a panic of the YAML package: version 1.19 has
// some, for tags on nothing and the like.
var errOddYAML = errors.New("no YAML that can be read: want plain keys, lists, and text in quotes")

// parse reads documents of YAML.
func parse(data []byte) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errOddYAML
		}
	}()
	return parser.ParseBytes(data, 0)
}

// decode reads a document as a dialect.
func decode(body ast.Node) (y yamlDialect, err error) {
	defer func() {
		if recover() != nil {
			err = errAt(body, "%v", errOddYAML)
		}
	}()
	err = yaml.NodeToValue(body, &y, yaml.DisallowUnknownField())
	return y, err
}

// A positioned is an error that knows the line it is about.
type positioned struct {
	line int
	text string
}

func (e *positioned) Error() string { return fmt.Sprintf("%d: %s", e.line, e.text) }

// errAt returns an error about a node.
func errAt(n ast.Node, format string, args ...any) error {
	return &positioned{lineOf(n), fmt.Sprintf(format, args...)}
}

// atLine puts the file's name, and the line where it is known, before an error.
func atLine(name string, err error) error {
	var p *positioned
	if errors.As(err, &p) {
		return fmt.Errorf("%s:%w", name, err)
	}
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		return fmt.Errorf("%s:%d: %s", name, y.GetToken().Position.Line, y.GetMessage())
	}
	return fmt.Errorf("%s: %w", name, err)
}

// lineOf returns where a node begins. The token of a block of text is the sign
// that opens it.
func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

// scalar returns a node's text, and whether it has any.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// word reports whether a node is there; it can hold only one word.
func word(n ast.Node, key, want string) (bool, error) {
	if n == nil {
		return false, nil
	}
	if got, _ := scalar(n); got != want {
		return false, errAt(n, "%s: %q: want %s, or leave it out", key, cut(got), want)
	}
	return true, nil
}

// number returns the number that a node is.
func number(n ast.Node) (int, error) {
	text, _ := scalar(n)
	v, used, ok := readInt([]byte(text), maxCode)
	if !ok || used != len(text) {
		return 0, errAt(n, "%q is no number: want decimal digits", cut(text))
	}
	return v, nil
}
