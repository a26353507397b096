package kubernetes

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"oomtrace/parsers/event"
	"oomtrace/parsers/lines/jsonstream"
)

func readJSON(s string) *events {
	var e events
	e.err = ReadJSON(strings.NewReader(s), "f", e.emit, none)
	return &e
}

func TestProblems(t *testing.T) {
	const good = `{"kind":"Pod","metadata":{"name":"p","namespace":"ns"},"spec":{"containers":[{"name":"c"}]}}`
	deep := strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300)
	for _, c := range []struct {
		name, text string
		events     int
		want       string
	}{
		{"cut between items", "{\"items\":[\n" + good + ",\n", 1, "f:1: cut-json: the file ends inside what begins here; 1 whole objects were read before"},
		{"cut in an item", "{\"items\":[\n" + good + ",\n" + good[:40], 1, "f:3: cut-json: the file ends inside what begins here; 1 whole objects were read before"},
		{"cut in an array", "[" + good + ",\n" + good[:40], 1, "f:2: cut-json: the file ends inside what begins here; 1 whole objects were read before"},
		{"cut object", good[:60], 0, "f:1: cut-json: the file ends inside what begins here; 0 whole objects were read before"},
		{"broken item", "{\"items\":[{\"kind\":Pod},\n" + good + "]}", 1, "f:1: broken-object: the object that begins here is not JSON: invalid character 'P' looking for beginning of value"},
		{"deep item", "[" + deep + ",\n" + good + "]", 1, "f:1: deep-object: the object that begins here is nested deeper than 200 and is passed over"},
		{"no object", "{'kind': 'Pod'}\n" + good, 1, "f:1: broken-json: what begins here like an object is none; its line is passed over"},
		{"wrong type", `{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c"}]},"status":{"phase":7}}`, 1,
			"f:1: odd-object: a field of the object that begins here is not what the API says, the rest is used: json: cannot unmarshal number into Go struct field .status.phase of type string"},
		{"large item", `[{"kind":"Pod","x":"` + strings.Repeat("x", jsonstream.MaxItem) + "\"},\n" + good + "]", 1, "f:1: large-object: the object that begins here is larger than 8 MiB and is passed over"},
		{"two", "{'a'}\n{'b'}\n", 0, "f:1: broken-json: what begins here like an object is none; its line is passed over (and 1 more)"},
		{"logs between documents", good + "\n==== START logs ====\n[ERROR] x\n\n" + good, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := readJSON(c.text)
			if len(e.list) != c.events {
				t.Errorf("%d events, want %d: %q", len(e.list), c.events, e.lines())
			}
			got := ""
			if e.err != nil {
				got = e.err.Error()
			}
			if got != c.want {
				t.Errorf("error\n%s\nwant\n%s", got, c.want)
			}
			var ps Problems
			if e.err != nil && !errors.As(e.err, &ps) {
				t.Errorf("a %T, want Problems", e.err)
			}
		})
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	var e events
	failing := func(text string) io.Reader { return io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)) }
	err := ReadJSON(failing("{\"items\":["), "f", e.emit, none)
	var ps Problems
	if !errors.Is(err, broken) || !errors.As(err, &ps) || len(ps) != 1 {
		t.Errorf("%v", err)
	}
	if err := ReadYAML(failing("kind: Pod\n"), "f", e.emit); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestSniff(t *testing.T) {
	for _, c := range []struct {
		name             string
		head             string
		json, yaml, text bool
	}{
		{"kubelet", file(t, "pods-1.31.13.json"), true, false, false},
		{"kubectl", file(t, "evicted-1.34.9.json")[:100], true, false, false},
		{"events", file(t, "events-1.34.9.json"), true, false, false},
		{"no kind", `{"metadata":{},"items":[{"metadata":{"name":"p"},"spec":{"containers":[`, true, false, false},
		{"array", `[{"kind":"Pod","apiVersion":"v1"}]`, true, false, false},
		{"mark", "\xef\xbb\xbf" + `{"kind":"NodeList","apiVersion":"v1"`, true, false, false},
		{"deployment", `{"apiVersion":"apps/v1","kind":"Deployment"}`, true, false, false},
		{"kind first", `{"kind":"LimitRange","apiVersion":"v1"}`, true, false, false},
		{"a kind of somebody's own", `{"apiVersion":"metrics.k8s.io/v1beta1","items":[],"kind":"NodeMetricsList"}`, true, false, false},
		{"no version of an API", `{"apiVersion":"2.0","kind":"Pod"}`, false, false, false},
		{"a kind without a version", `{"kind":"Deployment","metadata":{}}`, false, false, false},
		{"no kind's name", `{"kind":"request","apiVersion":"v1"}`, false, false, false},
		{"audit", `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata"}`, false, false, false},
		{"klog", `{"ts":1795424956220.268,"caller":"record/event.go:389","msg":"Event occurred","v":3,"object":{"name":"n"},"kind":"Pod","apiVersion":"v1"}`, false, false, false},
		{"journal", `{"__CURSOR":"s=1","MESSAGE":"{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}"}`, false, false, false},
		{"other JSON", `{"metadata":{"version":1},"items":[1,2]}`, false, false, false},
		{"yaml", file(t, "pods-1.34.9.yaml"), false, true, false},
		{"yaml manifest", "# a worker\n---\napiVersion: v1\nkind: Pod\n", false, true, false},
		{"yaml deployment", "apiVersion: apps/v1\nkind: Deployment\n", false, true, false},
		{"yaml list", "apiVersion: v1\nitems:\n- apiVersion: batch/v1\n  kind: CronJob\n", false, true, false},
		{"yaml chart", "apiVersion: v2\nname: thumbs\nversion: 1.4.2\n", false, false, false},
		{"yaml in a log", "2026-11-23 kind: Pod\napiVersion: v1\nkind: Pod\n", false, false, false},
		{"describe", file(t, "describe-1.34.9.txt"), false, false, true},
		{"describe node", "Name:               n\nRoles:              <none>\n", false, false, true},
		{"table", file(t, "events-1.34.9.txt"), false, false, true},
		{"other table", "NAME   TYPE   REASON   MESSAGE\n", false, false, false},
		{"pods", "NAME    READY   STATUS      RESTARTS     AGE\ndb-0    0/1     OOMKilled   4 (3m ago)   21h\n", false, false, true},
		{"a prompt", "\nops@bastion:~$ kubectl -n imaging get pods -o wide\nNAME    READY     STATUS    RESTARTS   AGE       IP        NODE\n", false, false, true},
		{"blank lines between", "Name:         db-0\n\nNamespace:    imaging\n", false, false, true},
		{"a fence", "```\n$ kubectl describe pod db-0\nName:         db-0\nNamespace:    imaging\n", false, false, true},
		{"a command of something else", "$ systemctl status kubelet\nName:         db-0\nNamespace:    imaging\n", false, false, false},
		{"top", "NAME   CPU(cores)   MEMORY(bytes)   \n", false, false, true},
		{"top of containers", "NAMESPACE   POD    NAME     CPU(cores)   MEMORY(bytes)   \n", false, false, true},
		{"top of nodes", "NAME   CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%   \n", false, false, true},
		{"nodes", "NAME   STATUS   ROLES    AGE   VERSION\n", false, false, true},
		{"lsblk", "NAME   MAJ:MIN RM   SIZE RO TYPE MOUNTPOINTS\n", false, false, false},
		{"helm", "NAME  \tNAMESPACE\tREVISION\tUPDATED\tSTATUS\n", false, false, false},
		{"empty", "", false, false, false},
	} {
		head := []byte(c.head[:min(len(c.head), 4096)])
		if got := Sniff(head); got != c.json {
			t.Errorf("%s: Sniff %v", c.name, got)
		}
		if got := SniffYAML(head); got != c.yaml {
			t.Errorf("%s: SniffYAML %v", c.name, got)
		}
		if got := SniffText(head); got != c.text {
			t.Errorf("%s: SniffText %v", c.name, got)
		}
	}
}

func TestCut(t *testing.T) {
	for _, name := range []string{"evicted-1.34.9.json", "events-1.34.9.json", "pods-1.31.13.json"} {
		text := file(t, name)
		whole := readJSON(text).lines()
		for n := 0; n < len(text); n += 11 {
			isPrefix(t, text[:n], readJSON(text[:n]).lines(), whole)
		}
	}
}

func isPrefix(t *testing.T, text string, part, whole []string) {
	t.Helper()
	if len(part) > len(whole) {
		t.Errorf("%q gives %d events, the whole file %d", text, len(part), len(whole))
		return
	}
	for i := range part {
		if part[i] != whole[i] {
			t.Errorf("%q gives %s\nthe whole file %s", text, part[i], whole[i])
		}
	}
}

func TestOneByte(t *testing.T) {
	text := file(t, "evicted-1.34.9.json")
	var e events
	if err := ReadJSON(iotest.OneByteReader(strings.NewReader(text)), "f", e.emit, none); err != nil {
		t.Error(err)
	}
	e.want(t, readJSON(text).lines()...)
}

func BenchmarkReadJSON(b *testing.B) {
	item := `{"kind":"Pod","metadata":{"name":"p","namespace":"ns"},"spec":{"containers":[{"name":"c","args":["` + strings.Repeat("x", 4000) + `"]}]}},`
	text := []byte(`{"kind":"List","items":[` + strings.Repeat(item, 1000) + `{}]}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := ReadJSON(bytes.NewReader(text), "f", func(event.Event) {}, none); err != nil {
			b.Fatal(err)
		}
	}
}

// none takes a line that is of no object, and no more of them.
func none([]byte, int) bool { return false }
