package kubernetes

import (
	"fmt"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

func readYAML(s string) *events {
	var e events
	e.err = ReadYAML(strings.NewReader(s), "f", e.emit)
	return &e
}

func TestYAML(t *testing.T) {
	want := "3 2026-11-23T14:05:47Z counted: pod imaging/thumbs-6f7c9d5b8-x2q9k container worker: lastState terminated exitCode 137 reason OOMKilled " +
		"finishedAt 2026-11-23T14:05:47Z; state running startedAt 2026-11-23T14:05:52Z; restartCount 1; limits.memory 160Mi"
	list := file(t, "pods-1.34.9.yaml")
	for name, text := range map[string]string{
		"kubectl":   list,
		"CRLF":      strings.ReplaceAll(list, "\n", "\r\n"),
		"indented":  strings.ReplaceAll(strings.ReplaceAll(list, "\n  ", "\n    "), "\n- apiV", "\n  - apiV"),
		"cut after": list[:strings.Index(list, "kind: List")],
	} {
		t.Run(name, func(t *testing.T) {
			e := readYAML(text)
			e.want(t, want)
			if e.err != nil {
				t.Error(e.err)
			}
		})
	}
}

func TestYAMLDocuments(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: ns\nspec:\n  containers:\n  - name: c\n    command: [\"/bin/sh\", -c]\n    args:\n    - |\n      echo a # b\n\n      exec c\n    resources: {limits: {memory: 128974848}}\n"
	const text = "pod ns/p container c: no status; limits.memory 128974848"
	e := readYAML("# two\n---\n" + pod + "---\n\n" + pod + "...\n")
	e.want(t, "3 - context: "+text, "20 - context: "+text)
	if b := e.list[1].Body.(event.ContainerStatus); b.Limit != 128974848 {
		t.Errorf("limit %d", b.Limit)
	}
	if e.err != nil {
		t.Error(e.err)
	}
	readYAML("items: [{kind: Pod, metadata: {name: p, namespace: ns}, spec: {containers: [{name: c}]}}]\n").want(t, "1 - context: pod ns/p container c: no status")
}

func TestYAMLProblems(t *testing.T) {
	const good = "kind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n"
	var wide strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&wide, "k%d: v\n", i)
	}
	for _, c := range []struct{ name, text, want string }{
		{"alias", "a: &x [1, 2]\nb: *x\n", "f:1: broken-yaml: the document or item that begins here is passed over: it holds an alias, which no API server writes"},
		{"not YAML", "a: [1\n", "f:1: broken-yaml: the document or item that begins here is passed over: [1:4] sequence end token ']' not found"},
		{"large", "a: " + strings.Repeat("x", maxDocument) + "\n", "f:1: broken-yaml: the document or item that begins here is passed over: larger than 1 MiB"},
		{"deep", "a: " + strings.Repeat("[", 600) + "\n", "f:1: broken-yaml: the document or item that begins here is passed over: it is nested too deep"},
		{"dashes", strings.Repeat("- ", 600) + "a\n", "f:1: broken-yaml: the document or item that begins here is passed over: it is nested too deep"},
		{"indented", strings.Repeat(" ", 2000) + "a: b\n", "f:1: broken-yaml: the document or item that begins here is passed over: it is nested too deep"},
		{"wide", wide.String(), "f:1: broken-yaml: the document or item that begins here is passed over: it has more than 4000 entries in one place"},
		{"flow", "a: {" + strings.Repeat("b: c, ", 30000) + "}\n", "f:1: broken-yaml: the document or item that begins here is passed over: it has more than 20000 indicators"},
		{"blank lines", "a: |\n" + strings.Repeat("\n", 1<<20) + "b: c\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := readYAML(c.text + "---\n" + good)
			if len(e.list) != 1 {
				t.Errorf("%d events, want the one of the document after it", len(e.list))
			}
			got := ""
			if e.err != nil {
				got = e.err.Error()
			}
			if got != c.want {
				t.Errorf("error\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
