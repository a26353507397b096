package parsers

import (
	"path"
	"regexp"
	"strings"

	"oomtrace/parsers/event"
)

// settle says of logs that do not name their machine which one they are of, where a
// collector's folders do: kind export logs, talosctl support and oc adm must-gather
// call a folder after the node, and what sos report and others packed is of one
// machine, whose name stands in its other logs. Without that, a kernel's log would
// speak for every machine of the bundle.
//
// Source: kind, pkg/cluster/internal/providers; siderolabs/go-talos-support; oc,
// pkg/cli/admin/mustgather; sos 4.12; awslabs/amazon-eks-ami, log-collector-script;
// rancherlabs/support-tools; canonical/microk8s, scripts/inspect.sh; bottlerocket, logdog.
func settle(logs []event.Log) {
	marks := map[string]mark{}
	for i := range logs {
		marksOf(logs[i].Path, marks)
	}
	nodes := map[string]string{} // by the machine's folder; "" where several are named
	of := make([]string, len(logs))
	for i := range logs {
		folder, node := machineOf(logs[i].Path, marks)
		if of[i] = folder; folder == "" {
			continue
		}
		if node == "" {
			node = logs[i].Node
		}
		if is, known := nodes[folder]; !known && node != "" {
			nodes[folder] = node
		} else if node != "" && !event.SameHost(is, node) {
			nodes[folder] = ""
		}
	}
	for i := range logs {
		if node := nodes[of[i]]; node != "" && logs[i].Node == "" {
			name(&logs[i], node)
		}
	}
}

// name says of which machine a log is.
func name(l *event.Log, node string) {
	l.Node, l.Placed = node, true
	if l.From != nil && l.From.Node == "" {
		from := *l.From
		from.Node = node
		for i := range l.Events {
			if l.Events[i].From == l.From {
				l.Events[i].From = &from
			}
		}
		l.From = &from
	}
	for i := range l.Events {
		if e := &l.Events[i]; e.Host == "" {
			e.Host = node
		}
	}
}

// A mark is what lies in a folder, by which a collector's is known.
type mark uint8

const (
	talosServices mark = 1 << iota
	kindVersion
	kindImages
)

func marksOf(p string, marks map[string]mark) {
	switch dir, file := path.Split(p); file {
	case "kubernetes-version.txt":
		marks[strings.TrimSuffix(dir, "/")] |= kindVersion
	case "images.log":
		marks[strings.TrimSuffix(dir, "/")] |= kindImages
	}
	if before, _, ok := strings.Cut(p, "/service-logs/"); ok {
		marks[before] |= talosServices
	}
}

// ofOne knows a folder, or an archive, of one machine's by its name.
var ofOne = regexp.MustCompile(`^(sosreport-|eks_i-[0-9a-f]{8,}_|inspection-report-\d|bottlerocket-logs)|-\d{4}-\d\d-\d\d_\d\d_\d\d_\d\d(\.|$)`)

// machineOf returns the folder of a path that is one machine's, and the machine's name
// if that is the folder's; "" if there is none.
func machineOf(p string, marks map[string]mark) (folder, node string) {
	last := ""
	for start := 0; ; {
		n := strings.IndexAny(p[start:], "/!")
		if n < 0 {
			return "", ""
		}
		part, end := p[start:start+n], start+n
		m := marks[p[:end]]
		switch {
		case ofOne.MatchString(part):
			return p[:end], ""
		case m&talosServices != 0, m&kindVersion != 0 && m&kindImages != 0, last == "nodes" && p[end+1:] == "dmesg":
			return p[:end], part
		}
		last, start = part, end+1
	}
}
