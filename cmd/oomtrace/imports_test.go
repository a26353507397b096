package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport says which packages of this module each one may import. Parsers know
// the vocabulary alone; what correlates knows the vocabulary and the report, and
// no parser; what renders knows the report alone; the commands know them all.
var mayImport = map[string]string{
	"cmd/oomtrace":              "cmd/oomtrace/render correlate correlate/glossary correlate/report parsers parsers/envelope parsers/event parsers/input parsers/worker",
	"cmd/oomtrace/render":       "correlate/prose correlate/report",
	"correlate":                 "correlate/badness correlate/breakdown correlate/cgroup correlate/clock correlate/explain correlate/match correlate/report correlate/zone parsers/event",
	"correlate/badness":         "parsers/event",
	"correlate/breakdown":       "correlate/prose parsers/event",
	"correlate/cgroup":          "",
	"correlate/clock":           "parsers/event",
	"correlate/explain":         "correlate/badness correlate/breakdown correlate/cgroup correlate/clock correlate/gfp correlate/match correlate/prose correlate/report correlate/silence correlate/zone parsers/event",
	"correlate/gfp":             "",
	"correlate/glossary":        "",
	"correlate/match":           "correlate/cgroup correlate/clock correlate/report parsers/event",
	"correlate/prose":           "", // figures and words in, text out: what is shared by all who write sentences
	"correlate/report":          "",
	"correlate/silence":         "",
	"correlate/zone":            "correlate/prose parsers/event",
	"parsers":                   "parsers/envelope parsers/event parsers/input parsers/kernel parsers/kubelet parsers/kubernetes parsers/lines parsers/lines/journal parsers/lines/jsonstream parsers/logdaemon parsers/paste parsers/runtime parsers/systemd parsers/userspace parsers/worker",
	"parsers/envelope":          "parsers/event",
	"parsers/event":             "",
	"parsers/input":             "parsers/event",
	"parsers/kernel":            "parsers/event",
	"parsers/kubelet":           "parsers/event parsers/oci parsers/pairs",
	"parsers/kubernetes":        "parsers/event parsers/kubelet parsers/lines/jsonstream parsers/oci", // events repeat what the kubelet says
	"parsers/logdaemon":         "parsers/event",
	"parsers/lines":             "",
	"parsers/lines/journal":     "",
	"parsers/lines/jsonstream":  "",
	"parsers/oci":               "parsers/event", // what runc and crun say is repeated by all who call them
	"parsers/pairs":             "",
	"parsers/parsertest":        "parsers/event",
	"parsers/paste":             "parsers/lines",
	"parsers/parsertest/loggen": "",
	"parsers/runtime":           "parsers/event parsers/lines/jsonstream parsers/oci parsers/pairs",
	"parsers/systemd":           "parsers/event",
	"parsers/userspace":         "parsers/event",
	"parsers/worker":            "parsers/event",

	"parsers/parsertest/journald": "", // for tests: it runs other programs
}

// mayUse says which packages may import another module, by the beginning of
// its path. Where there are none it is for tests.
var mayUse = map[string]string{
	"github.com/araddon/dateparse":          "parsers/envelope",
	"github.com/goccy/go-yaml":              "correlate/gfp correlate/glossary correlate/silence parsers/kubernetes parsers/worker",
	"github.com/invopop/jsonschema":         "cmd/oomtrace",
	"github.com/klauspost/compress":         "parsers/input parsers/lines/journal",
	"github.com/mattn/go-isatty":            "cmd/oomtrace",
	"github.com/mattn/go-runewidth":         "cmd/oomtrace/render",
	"github.com/olekukonko/tablewriter":     "cmd/oomtrace/render",
	"github.com/pierrec/lz4":                "parsers/input parsers/lines/journal",
	"github.com/rogpeppe/go-internal":       "",
	"github.com/santhosh-tekuri/jsonschema": "",
	"github.com/schollz/progressbar":        "cmd/oomtrace",
	"github.com/spf13/cobra":                "cmd/oomtrace",
	"github.com/spf13/pflag":                "cmd/oomtrace",
	"github.com/therootcompany/xz":          "parsers/input",
	"github.com/ulikunitz/xz":               "parsers/lines/journal",
	"golang.org/x/term":                     "cmd/oomtrace",
	"golang.org/x/text":                     "parsers/input",
}

// module is the path that this module's packages begin with.
const module = "oomtrace"

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		own, known := mayImport[name]
		if !known {
			t.Errorf("%s: say in mayImport what it may import", name)
			continue
		}
		for _, path := range p.Imports {
			to, inside := strings.CutPrefix(path, module+"/")
			switch {
			case inside && !slices.Contains(strings.Fields(own), to):
				t.Errorf("%s imports %s: want one of %q", name, to, own)
			case !inside && strings.Contains(path, ".") && !slices.Contains(strings.Fields(users(path)), name):
				t.Errorf("%s imports %s: that is for %q", name, path, users(path))
			}
		}
	}
}

// users returns which packages may import a package of another module.
func users(path string) string {
	for m, who := range mayUse {
		if path == m || strings.HasPrefix(path, m+"/") {
			return who
		}
	}
	return ""
}

// A listed package is one as go list tells of it, without its tests.
type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) (all []listed) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list tells of %d packages", len(all))
	}
	return all
}
