package envelope

import (
	"bytes"
	"slices"
	"time"

	"oomtrace/parsers/event"
)

// openTalos takes off what talosctl dmesg, and the dmesg.log of its support bundle,
// put before a record of the kernel's buffer: facility, level, and the kernel's stamp
// made a date.
//
//	kern: warning: [2026-11-23T09:01:41.482562Z]: text
//	user: warning: [2026-11-23T09:01:41.482562Z]: [talos] text
//
// The boot time that it adds is made of the uptime in whole seconds, which the kernel
// rounds up (sysinfo(2)): a stamp is early by up to a second, as dmesg -T's.
//
// Source: siderolabs/go-kmsg, message.go and reader.go; talos, internal/app/machined.
func openTalos(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	facility, rest, ok1 := cutWithin(rec.Msg, 10, ": ")
	level, rest, ok2 := cutWithin(rest, 12, ": [")
	date, rest, ok3 := cutWithin(rest, 40, "]: ")
	n := slices.Index(facilities, string(facility))
	level = bytes.TrimLeft(level, " ")
	if !ok1 || !ok2 || !ok3 || n < 0 || !known(levels, level) && string(level) != "warning" {
		return false
	}
	t, loc, step, left, ok := isoTime(date)
	if !ok || loc == nil || len(left) > 0 {
		return false
	}
	rec.Stamps.Add(event.Stamp{Clock: event.Wall, Wall: in(t, loc), Step: step, Early: true})
	rec.Msg = rest
	byFacility(rec, n)
	return true
}

// openNodeLogs takes off a line of several nodes' journals, before which oc adm
// node-logs puts the node's name, of which the host is the beginning:
//
//	ip-10-0-3-117.ec2.internal Nov 23 09:01:41 ip-10-0-3-117 kernel: text
//
// Source: openshift/oc, pkg/cli/admin/node/logs.go.
func openNodeLogs(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" {
		return false
	}
	node, rest, ok := cutWithin(rec.Msg, 255, " ")
	if !ok || len(node) == 0 || bytes.IndexByte(node, ':') >= 0 {
		return false
	}
	inner := *rec
	if inner.Msg = rest; !openSyslog(&inner) || inner.Host == "" {
		return false
	}
	if more, ok := cut(node, inner.Host); !ok || len(more) > 0 && more[0] != '.' {
		return false
	}
	*rec = inner
	return true
}

// openGitLab takes off what GitLab's runner puts before each line of a job's log:
// the stream's number, whether it is output or error, and whether it goes on with
// the line before.
//
//	2026-11-23T09:01:41.482562Z 00O text
//	2026-11-23T09:01:41.482562Z 01E+text
//
// Source: gitlab-runner, common/buildlogger/internal/timestamper.go, from 17.0 on.
func openGitLab(rec *event.Record) bool {
	if rec.Speaker != "" || rec.Shape != "" || len(rec.Msg) < 32 || rec.Msg[10] != 'T' || rec.Msg[26] != 'Z' {
		return false
	}
	t, loc, step, rest, ok := isoTime(rec.Msg)
	if !ok || loc == nil || step != time.Microsecond || len(rest) < 5 || rest[0] != ' ' || !isHexDigit(rest[1]) || !isHexDigit(rest[2]) ||
		rest[4] != ' ' && rest[4] != '+' {
		return false
	}
	switch rest[3] {
	case 'O':
		rec.Speaker = "stdout"
	case 'E':
		rec.Speaker = "stderr"
	default:
		return false
	}
	rec.Stamps.Add(event.Stamp{Clock: event.Wall, Wall: in(t, loc), Step: step})
	rec.Msg = rest[5:]
	return true
}

func isHexDigit(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }
