package runtime

import (
	"bytes"
	"strings"

	"oomtrace/parsers/event"
	"oomtrace/parsers/oci"
)

// startFailed reads containerd's word that a container, or a process in one, could
// not be started, where memory was the reason:
//
//	msg="StartContainer for \"<id>\" failed" error="failed to create containerd task: ... container init was OOM-killed (memory limit too low?): unknown"
//	msg="ExecSync for \"<id>\" failed" error="... (possibly OOM-killed): unknown"
//
// Source: containerd, pkg/cri/instrument (internal/cri from 2.0).
func startFailed(m message) event.Body {
	id, rest := quoted(m.words())
	if !isID(id) || rest != " failed" {
		return nil
	}
	return failure([]byte(m.Str("error")), container(containerd, id))
}

// handlerFailed reads dockerd's word that a request failed:
//
//	msg="Handler for POST /v1.43/containers/<id>/start returned error: failed to create task for container: ... container init was OOM-killed (memory limit too low?): unknown"
//
// Source: moby, api/server/server.go, which writes so where the status is 500 or more.
func handlerFailed(m message) event.Body {
	words := m.words()
	_, rest, _ := strings.Cut(words, "/containers/")
	id, _, _ := strings.Cut(rest, "/")
	if !isID(id) { // a client may give a name
		return nil
	}
	return failure([]byte(words), container(docker, id))
}

// clientWords are how docker's and podman's command lines begin to tell of an error
// of a runtime's.
var clientWords = []string{"docker: Error response from daemon: ", "Error response from daemon: ", "Error: runc: ", "Error: crun: ", "Error: OCI runtime error: "}

// IsClient reports whether a line is of docker's or podman's command line, as they
// print it where a container could not be started.
func IsClient(line []byte) bool {
	for _, w := range clientWords {
		if bytes.HasPrefix(line, []byte(w)) {
			return true
		}
	}
	return false
}

// clientFailed reads what docker run prints, which names no container:
//
//	docker: Error response from daemon: failed to create task for container: ... container init was OOM-killed (memory limit too low?): unknown.
//	Error: crun: OOM: the memory limit could be too low: ...: OCI runtime error
func clientFailed(rec *event.Record, _ int) event.Body {
	if !IsClient(rec.Msg) {
		return nil
	}
	c := container(docker, "")
	if bytes.HasPrefix(rec.Msg, []byte("Error: ")) {
		c.Runtime = podman
	}
	return failure(rec.Msg, c)
}

// failure returns what runc or crun say in a text, nil if it is not of memory.
func failure(text []byte, c event.Container) event.Body {
	if b, ok := oci.Read(text, c); ok {
		return b
	}
	return nil
}
