package parsers

import (
	"bytes"
	"io"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
	"oomtrace/parsers/input"
	"oomtrace/parsers/kubernetes"
	"oomtrace/parsers/lines"
)

// A dumped reads the containers' output in kubectl cluster-info dump, which stands
// between lines that say whose it is, without times:
//
//	==== START logs for container worker of pod imaging/imgproc-7d4b9c6f5-x2x9q ====
//	==== END logs for container worker of pod imaging/imgproc-7d4b9c6f5-x2x9q ====
//
// What a container wrote can look like such a line, and like an object behind it: it
// is then taken for another container's output, or for the API's, and never for the
// kernel's. Nothing in a dump tells that apart.
//
// Source: kubectl, pkg/cmd/clusterinfo/clusterinfo_dump.go.
type dumped struct {
	*reader
	end    []byte // the line that ends the open part; nil outside of one
	from   *event.Container
	opener envelope.Opener
}

const (
	dumpStart = "==== START logs for container "
	dumpEnd   = "==== END logs for container "
)

// isDumped reports whether a file begins as the output of one pod in such a dump.
func isDumped(head []byte) bool { return bytes.HasPrefix(head, []byte(dumpStart)) }

// dumped reads the objects and the containers' output of a whole dump.
func (r *reader) dumped(in io.Reader, file string, emit func(event.Event)) error {
	d := &dumped{reader: r}
	return kubernetes.ReadJSON(in, file, emit, d.line)
}

// dumpedLogs reads the output of one pod's containers.
func (r *reader) dumpedLogs(s *input.Stream) {
	r.log.Format, r.excerpt = "cluster-info-dump", true
	d := &dumped{reader: r}
	sc := lines.NewScanner(s)
	defer sc.Close()
	for line, ok := sc.Next(); ok && r.ctx.Err() == nil; line, ok = sc.Next() {
		d.line(line, sc.Line())
	}
	r.log.Lines = int64(sc.Line())
	r.ended(sc.Err(), sc.Line(), sc.Cut())
}

// line takes a line, and reports whether it is within a container's output.
func (d *dumped) line(line []byte, number int) bool {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if d.end == nil {
		d.begin(line)
		return d.end != nil
	}
	if bytes.Equal(line, d.end) {
		d.end = nil
		return false
	}
	rec := event.Record{Pos: event.Pos{File: d.log.Path, Line: number}, Msg: line, From: d.from}
	d.opener.Open(&rec)
	d.entry(&rec)
	return true
}

func (d *dumped) begin(line []byte) {
	rest, ok := bytes.CutPrefix(line, []byte(dumpStart))
	rest, ok2 := bytes.CutSuffix(rest, []byte(" ===="))
	name, pod, ok3 := bytes.Cut(rest, []byte(" of pod "))
	space, pod, ok4 := bytes.Cut(pod, []byte("/"))
	if !ok || !ok2 || !ok3 || !ok4 || len(rest) > 800 {
		return
	}
	d.from = &event.Container{Name: string(name), Namespace: string(space), Pod: string(pod), Restart: event.NotPrinted}
	d.end = append([]byte(dumpEnd), line[len(dumpStart):]...)
}
