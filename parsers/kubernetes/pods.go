package kubernetes

import (
	"strings"

	"oomtrace/parsers/event"
)

// A podRow is a row of kubectl get pods. STATUS is the pod's reason or phase, or
// of the first container that has one the reason for which it waits or has ended:
// OOMKilled stands there from the death to the back-off. RESTARTS has the time of
// the last one from 1.22.
//
//	NAMESPACE   NAME                     READY   STATUS      RESTARTS     AGE   IP           NODE            NOMINATED NODE   READINESS GATES
//	imaging     thumbs-6f7c9d5b8-x2q9k   0/1     OOMKilled   4 (3m ago)   21h   10.85.0.31   ip-10-20-4-31   <none>           <none>
//
// Source: pkg/printers/internalversion/printers.go, printPod.
type podRow struct {
	namespace, name, status, node string
}

// row takes a row of a table of pods apart. Where its columns were lost, as they
// are in a mail, the words alone are gone by.
func (t *table) row(line string) (r podRow, ok bool) {
	cells, whole := t.cells(line)
	if !whole || !isReady(cells["READY"]) || !isRestarts(cells["RESTARTS"]) {
		if cells, ok = t.words(line); !ok {
			return r, false
		}
	}
	r = podRow{cells["NAMESPACE"], strings.TrimPrefix(cells["NAME"], "pod/"), cells["STATUS"], orNone(cells["NODE"])}
	if !isName(r.name) || r.status == "" || r.namespace != "" && !isName(r.namespace) {
		return r, false
	}
	if !isName(r.node) {
		r.node = ""
	}
	return r, true
}

// words takes a row apart at its blanks: no cell has one but RESTARTS, in "4 (3m
// ago)". Columns of one's own, which can be empty, stand behind those that are read.
func (t *table) words(line string) (map[string]string, bool) {
	row := map[string]string{}
	f := strings.Fields(line)
	for _, name := range t.names {
		if len(f) == 0 {
			break
		}
		if row[name], f = f[0], f[1:]; name == "RESTARTS" && len(f) > 1 && f[0][0] == '(' && f[1] == "ago)" {
			f = f[2:]
		}
	}
	return row, isReady(row["READY"]) && isRestarts(row["RESTARTS"])
}

// isReady knows 0/1, isRestarts 4 and what may follow it.
func isReady(s string) bool {
	ready, all, ok := strings.Cut(s, "/")
	return ok && isDigits(ready) && isDigits(all)
}

func isRestarts(s string) bool {
	n, ago, ok := strings.Cut(s, " ")
	return isDigits(n) && (!ok || strings.HasPrefix(ago, "(") && strings.HasSuffix(ago, " ago)"))
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isName reports whether s can be the name of a pod, a namespace or a node.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if edge := i == 0 || i == len(s)-1; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || !edge && (c == '-' || c == '.')) {
			return false
		}
	}
	return s != "" && len(s) <= 253
}

// body returns what the row says: that the runtime counted an OOM kill in one of
// the pod's containers, which it does not name, or no more than who the pod is.
// What Error, CrashLoopBackOff and Evicted come of it does not say. It is nil if
// the row ties the name to nothing.
func (r podRow) body() event.Body {
	c := event.Container{Namespace: r.namespace, Pod: r.name, Node: r.node, Restart: event.NotPrinted}
	status, init := strings.CutPrefix(r.status, "Init:")
	switch {
	case status == "OOMKilled":
		return event.ContainerStatus{Container: c, Init: init, Limit: event.NotPrinted, Request: event.NotPrinted,
			PodLimit: event.NotPrinted, RestartCount: event.NotPrinted,
			Ended: []event.Terminated{{ExitCode: event.NotPrinted, Reason: status}}}
	case r.namespace != "" || r.node != "":
		return event.Identity{Container: c}
	}
	return nil
}
