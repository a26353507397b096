package main

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
	"github.com/spf13/cobra"

	"oomtrace/correlate/report"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the report",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			return enc.Encode(reportSchema())
		},
	}
}

// reportSchema returns the schema of the report, made from the types that
// write it, so that the two cannot part. Other programs may meet keys that they
// do not know.
func reportSchema() *jsonschema.Schema {
	r := jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true, Mapper: asString}
	s := r.Reflect(&report.Report{})
	allowNull(s.Definitions, reflect.TypeFor[report.Report](), map[reflect.Type]bool{})
	s.ID = "https://oomtrace.invalid/schema/v1"
	s.Title = "oomtrace report, " + report.Schema
	return s
}

// asString says how a time is written; nil is for all that reflection finds out.
func asString(t reflect.Type) *jsonschema.Schema {
	if t == reflect.TypeFor[report.Time]() {
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	}
	return nil
}

// allowNull lets the fields of t, and of what it holds, be null where they are
// pointers that are never left out: reflection takes a pointer for what it
// points to.
func allowNull(defs jsonschema.Definitions, t reflect.Type, done map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	def := defs[t.Name()]
	if def == nil || done[t] {
		return
	}
	done[t] = true
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if p, ok := def.Properties.Get(name); ok && f.Type.Kind() == reflect.Pointer && options != "omitempty" {
			def.Properties.Set(name, &jsonschema.Schema{AnyOf: []*jsonschema.Schema{p, {Type: "null"}}})
		}
		allowNull(defs, f.Type, done)
	}
}
