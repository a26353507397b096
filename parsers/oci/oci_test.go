package oci

import (
	"testing"

	"oomtrace/parsers/event"
)

func TestRead(t *testing.T) {
	c := event.Container{ID: "x", Restart: -1}
	for name, r := range map[string]struct {
		text string
		want event.StartOOM
		ok   bool
	}{
		"runc 1.1, containerd": {"failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown",
			event.StartOOM{Container: c, By: "runc", Counted: true}, true},
		"runc 1.0": {"container_linux.go:380: starting container process caused: process_linux.go:394: container init was OOM-killed (memory limit too low?): unknown", event.StartOOM{Container: c, By: "runc", Counted: true}, true},
		"runc 1.1, exec": {"OCI runtime exec failed: exec failed: unable to start container process: error executing setns process: exit status 1 (possibly OOM-killed): unknown",
			event.StartOOM{Container: c, By: "runc", Counted: true, Exec: true}, true},
		"runc 1.0, exec":    {"possibly OOM-killed caused: exit status 1", event.StartOOM{Container: c, By: "runc", Counted: true, Exec: true}, true},
		"crun, a counter":   {"crun: OOM: the memory limit could be too low: read from sync socket: OCI runtime error", event.StartOOM{Container: c, By: "crun"}, true},
		"crun, a guess":     {"crun: the memory limit could be too low: read from sync socket", event.StartOOM{}, false},
		"runc, another end": {"runc create failed: unable to start container process: exec: \"x\": executable file not found in $PATH: unknown", event.StartOOM{}, false},
	} {
		if got, ok := Read([]byte(r.text), c); got != r.want || ok != r.ok {
			t.Errorf("%s: got %+v, %t, want %+v", name, got, ok, r.want)
		}
	}
}

func TestRole(t *testing.T) {
	for by, want := range map[string]event.Role{"container init was OOM-killed": event.Counted, "OOM: the memory limit could be too low": event.Death} {
		if b, _ := Read([]byte(by), event.Container{}); b.Role() != want {
			t.Errorf("%q is %s, want %s", by, b.Role(), want)
		}
	}
}
