package parsers

import (
	"io"

	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/lines/jsonstream"
	runtimelog "oomtrace/parsers/runtime"
)

// inspect reads what docker, podman or crictl write of containers: an array of
// objects, or objects one behind the other. One is in memory at a time.
func (r *reader) inspect(s *input.Stream) {
	r.log.Format, r.heard["runtime"] = "inspect", true
	src := jsonstream.New(s, 1)
	take := func(raw []byte, line int) error {
		if raw[0] != '{' {
			return nil
		}
		return runtimelog.Inspect(raw, event.Pos{File: r.log.Path, Line: line}, r.emit)
	}
	for c, ok := src.Space(); ok && r.ctx.Err() == nil; c, ok = src.Space() {
		list := c == '['
		if list || c == ']' {
			src.Take()
		}
		if c == ']' {
			continue
		}
		if closed := r.values(src, take); list && !closed {
			r.problem(src.Lines(), "broken-json", "the file ends before its list of objects does; what came before is read")
		}
	}
	io.Copy(io.Discard, s)
	r.log.Lines = int64(src.Lines())
	if err := src.Err(); err != nil && r.ctx.Err() == nil {
		r.problem(src.Line(), "broken-input", "%v; what came before is read", cause(err))
	}
}
