package kubelet

import (
	"strings"

	"oomtrace/parsers/event"
)

// version reads the second line or so of a kubelet that starts, from 1.21:
//
//	"Kubelet version" kubeletVersion="v1.34.9"
//
// Source: cmd/kubelet/app/server.go.
func version(_ *parser, m message, say func(event.Body)) {
	if v := m.Str("kubeletVersion"); v != "" {
		say(event.KubeletStart{Version: v, Verbosity: event.NotPrinted})
	}
}

// versionText reads the same to 1.20:
//
//	Version: v1.18.20
func versionText(_ *parser, m message, say func(event.Body)) {
	v, _, _ := strings.Cut(strings.TrimPrefix(m.words(), "Version: "), " ")
	if len(v) > 1 && v[1] >= '0' && v[1] <= '9' {
		say(event.KubeletStart{Version: v, Verbosity: event.NotPrinted})
	}
}

// verbosity reads the flag without which nothing proves that a line was not
// printed, at --v=1:
//
//	FLAG: --v="2"
//
// Source: component-base, cli/flag/flags.go, PrintFlags.
func verbosity(_ *parser, m message, say func(event.Body)) {
	v, _, _ := quoted(m.words())
	if n, ok := positive(v); ok || v == "0" {
		say(event.KubeletStart{Verbosity: n})
	}
}

// watching reads that cAdvisor's OOM watcher began, at --v=2: the old kills of
// the ring buffer come next.
//
//	Started watching for new ooms in manager
//
// Source: cAdvisor, manager/manager.go, watchForNewOoms.
func watching(_ *parser, _ message, say func(event.Body)) {
	say(event.KubeletStart{Verbosity: event.NotPrinted})
}
