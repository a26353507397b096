package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema returns what the command prints, ready to check with.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run([]string{"schema"}, strings.NewReader(""), &out, &errs); status != statusOK {
		t.Fatalf("oomtrace schema: status %d: %s", status, &errs)
	}
	doc, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestReportsKeepTheSchema checks the reports of all incidents, and those that
// the renderers are tested with.
func TestReportsKeepTheSchema(t *testing.T) {
	s := schema(t)
	for _, pattern := range []string{"../../testdata/incidents/*/report.json", "render/testdata/*.json"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no reports: %v", pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// TestSchemaRefuses checks that the schema says anything: that a report of
// another shape does not keep it, and one with a key more does.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	data, err := os.ReadFile("../../testdata/incidents/gunicorn/report.json")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(report, incident map[string]any)
		keeps  bool
	}{
		{"as it is", func(_, _ map[string]any) {}, true},
		{"a key more", func(_, in map[string]any) { in["mood"] = "bad" }, true},
		{"no incidents", func(r, _ map[string]any) { delete(r, "incidents") }, false},
		{"incidents null", func(r, _ map[string]any) { r["incidents"] = nil }, false},
		{"an incident without a verdict", func(_, in map[string]any) { delete(in, "verdict") }, false},
		{"a confidence in words", func(_, in map[string]any) { in["confidence"] = "high" }, false},
		{"a timeline that is no list", func(_, in map[string]any) { in["timeline"] = map[string]any{} }, false},
		{"a time that is no string", func(_, in map[string]any) { in["time"].(map[string]any)["kill"] = 7.0 }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var doc map[string]any
			if err := json.Unmarshal(data, &doc); err != nil {
				t.Fatal(err)
			}
			test.change(doc, doc["incidents"].([]any)[0].(map[string]any))
			if err := s.Validate(doc); (err == nil) != test.keeps {
				t.Errorf("keeps the schema: %v, want %v: %v", err == nil, test.keeps, err)
			}
		})
	}
}
