package kubernetes

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"oomtrace/parsers/event"
	"oomtrace/parsers/lines/jsonstream"
)

// SniffYAML says whether a file that begins with head, 4 KiB of it are enough,
// is YAML of Kubernetes objects, or of a list of them, as Sniff does.
func SniffYAML(head []byte) bool {
	first, versioned := true, false
	for line := range bytes.Lines(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))) {
		line = bytes.TrimRight(line, " \r\n")
		if len(line) == 0 || line[0] == '#' || bytes.HasPrefix(line, []byte("---")) {
			continue
		}
		if first && !slices.ContainsFunc([]string{"apiVersion: ", "kind: ", "items:", "metadata:"},
			func(key string) bool { return bytes.HasPrefix(line, []byte(key)) }) {
			return false
		}
		first = false
		text := bytes.TrimLeft(line, "- ")
		if version, ok := value(text, "apiVersion: "); ok {
			versioned = isVersion(version)
		}
		if kind, ok := value(text, "kind: "); ok && (isUsed(kind) || versioned && isKind(kind)) {
			return true
		}
	}
	return false
}

// value returns what stands behind a key in a line, without quotes.
func value(line []byte, key string) (string, bool) {
	v, ok := bytes.CutPrefix(line, []byte(key))
	return string(bytes.Trim(v, `"'`)), ok
}

// ReadYAML emits what the documents in r tell, as ReadJSON does. The items of a
// list are read one by one, as kubectl get -o yaml writes them: each is a
// document of its own. Documents that are large, deep or wide beyond what an API
// server takes and those that hold an alias are refused.
func ReadYAML(r io.Reader, file string, emit func(event.Event)) error {
	d := &reading{file: file, emit: emit}
	y := yamlReading{reading: d, itemAt: -1}
	br := bufio.NewReaderSize(r, 64<<10)
	var err error
	for err == nil {
		var line []byte
		line, err = readLine(br)
		if len(line) > 0 || err == nil {
			y.line(line)
		}
	}
	y.flush()
	if err == io.EOF {
		err = nil
	}
	return d.end(err)
}

// readLine returns the next line without its end. Of a line that is longer than
// a document may be, enough is returned to see that.
func readLine(br *bufio.Reader) (line []byte, err error) {
	for more := true; more && err == nil; {
		var part []byte
		part, more, err = br.ReadLine()
		if len(line) <= maxDocument {
			line = append(line, part...)
		}
	}
	return line, err
}

// A yamlReading gathers the lines of one document, or of one item.
type yamlReading struct {
	*reading
	n      int // of the line that was read last
	begin  int // line on which the document began
	doc    []byte
	weight weight
	bad    error  // why the document is refused
	kind   string // of the document, as far as it was read
	inList bool   // the lines after "items:"
	itemAt int    // column of the items' dashes, -1 until the first
}

func (y *yamlReading) line(line []byte) {
	y.n++
	line = bytes.TrimRight(line, " \r")
	if y.n == 1 {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	indent := len(line) - len(bytes.TrimLeft(line, " "))
	text := line[indent:]
	isItem := bytes.HasPrefix(text, []byte("- ")) || string(text) == "-"
	switch {
	case string(line) == "---", string(line) == "...", bytes.HasPrefix(line, []byte("--- ")):
		y.flush()
		y.inList = false
	case len(text) == 0 || text[0] == '#' && indent == 0:
		y.add(nil)
	case !y.inList && string(line) == "items:":
		y.doc, y.bad, y.weight, y.kind = nil, nil, weight{}, "" // apiVersion, at most
		y.inList, y.itemAt = true, -1
	case y.inList && isItem && (y.itemAt < 0 || indent == y.itemAt):
		y.flush()
		y.itemAt = indent
		y.add(bytes.TrimPrefix(text[1:], []byte(" ")))
	case y.inList && indent > max(y.itemAt, 0):
		y.add(line[min(indent, y.itemAt+2):])
	default:
		if y.inList {
			y.flush()
			y.inList = false
		}
		y.add(line)
	}
}

// add adds a line to the document.
func (y *yamlReading) add(line []byte) {
	if len(y.doc) == 0 {
		if len(line) == 0 {
			return
		}
		y.begin = y.n
	}
	if kind, ok := value(line, "kind: "); ok {
		y.kind = kind
	}
	if y.bad == nil {
		y.bad = y.weight.add(line)
	}
	if y.bad == nil && len(y.doc)+len(line) > maxDocument {
		y.bad = fmt.Errorf("larger than %d MiB", maxDocument>>20)
	}
	if y.bad == nil && y.weight.blank <= maxBlank {
		y.doc = append(append(y.doc, line...), '\n')
	}
}

// flush reads the document that has been gathered.
func (y *yamlReading) flush() {
	doc, begin, bad, kind := y.doc, y.begin, y.bad, y.kind
	y.doc, y.bad, y.weight, y.kind = nil, nil, weight{}, ""
	if len(doc) == 0 && bad == nil {
		return
	}
	if isKind(kind) && !isUsed(kind) {
		return // whatever it holds, and however much
	}
	var object []byte
	if bad == nil {
		object, bad = toJSON(doc)
	}
	if bad != nil {
		y.problem(begin, "broken-yaml", "the document or item that begins here is passed over: %v", bad)
		return
	}
	s := jsonstream.New(bytes.NewReader(object), begin)

	if c, _ := s.Space(); c == '{' {
		y.document(s)
	}
}

var errAlias = errors.New("it holds an alias, which no API server writes")

// toJSON converts one document.
func toJSON(doc []byte) (object []byte, err error) {
	defer func() { // the parser is not ours
		if r := recover(); r != nil {
			err = fmt.Errorf("it cannot be parsed: %v", r)
		}
	}()
	file, err := parser.ParseBytes(doc, 0)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, errors.New(first)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, nil
	}
	var found aliases
	ast.Walk(&found, file.Docs[0])
	if found {
		return nil, errAlias
	}
	var v any
	if err := yaml.NodeToValue(file.Docs[0].Body, &v); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, errors.New(first)
	}
	return json.Marshal(v)
}

// aliases becomes true when the tree that is walked holds one.
type aliases bool

// Visit looks at one node.
func (a *aliases) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AliasNode, *ast.MergeKeyNode:
		*a = true
	}
	return a
}

// A weight is what a document costs to parse. The parser's time grows with the
// square of some of what is counted here, so much less is let through than would
// fit into its bytes; what an API server writes stays far below.
type weight struct {
	blank   int         // blank lines in a row, until now
	marks   int         // bytes that mean something in YAML
	open    int         // brackets that are not closed
	entries map[int]int // by column: lines since the last one further left
	deepest int         // the largest column in entries
}

const (
	maxBlank   = 16
	maxMarks   = 20000
	maxEntries = 4000
	maxOpen    = 500
	maxIndent  = 1000
	maxDashes  = 32
)

// add counts one line; the error says that the document is refused.
func (w *weight) add(line []byte) error {
	if len(line) == 0 {
		w.blank++
		return nil
	}
	w.blank = 0
	w.mark(line)
	column := len(line) - len(bytes.TrimLeft(line, " "))
	begin := line[:len(line)-len(bytes.TrimLeft(line, " -?"))]
	dashes := len(begin) - bytes.Count(begin, []byte{' '})
	switch {
	case column > maxIndent || dashes > maxDashes && len(begin) < len(line) || w.open > maxOpen:
		return errors.New("it is nested too deep")
	case w.marks > maxMarks:
		return fmt.Errorf("it has more than %d indicators", maxMarks)
	case w.count(column) > maxEntries:
		return fmt.Errorf("it has more than %d entries in one place", maxEntries)
	}
	return nil
}

// mark counts the indicators of a line, a dash and a colon only where they stand
// alone.
func (w *weight) mark(line []byte) {
	for i, c := range line {
		switch c {
		case '[', '{':
			w.open++
			w.marks++
		case ']', '}':
			w.open = max(0, w.open-1)
			w.marks++
		case '-', ':', '?':
			if i+1 == len(line) || line[i+1] == ' ' || line[i+1] == c {
				w.marks++
			}
		case ',', '&', '*', '#', '!', '|', '<', '>', '\'', '"', '%', '@', '`', '\t':
			w.marks++
		}
	}
}

// count counts an entry in column, which ends all those further right.
func (w *weight) count(column int) int {
	if w.entries == nil {
		w.entries = map[int]int{}
	}
	for ; w.deepest > column; w.deepest-- {
		delete(w.entries, w.deepest)
	}
	w.deepest = column
	w.entries[column]++
	return w.entries[column]
}
