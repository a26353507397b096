package parsers

import (
	"context"
	"io"
	"strings"
	"testing"

	"oomtrace/parsers/input"
)

// What lies in a collector's folder of one machine is of that machine.
func TestMachines(t *testing.T) {
	const nothing, syslog = "text\n", "Nov 23 09:01:41 node-7 kernel: text\n"
	for name, files := range map[string]map[string][2]string{ // path to text and node
		"kind":        {"out/kind-version.txt": {nothing, ""}, "out/kind-worker/images.log": {nothing, "kind-worker"}, "out/kind-worker/kubernetes-version.txt": {nothing, "kind-worker"}, "out/kind-worker/pods/a/0.log": {nothing, "kind-worker"}, "out/kind-worker2/x.log": {nothing, ""}},
		"Talos":       {"s/10.5.0.2/service-logs/kubelet.log": {nothing, "10.5.0.2"}, "s/10.5.0.2/dmesg.log": {nothing, "10.5.0.2"}, "s/10.5.0.3/dmesg.log": {nothing, ""}},
		"must-gather": {"m/nodes/w-1.example/dmesg": {nothing, "w-1.example"}, "m/nodes/w-2/dmesg": {nothing, "w-2"}, "m/nodes/dmesg": {nothing, ""}},
		"sos report":  {"sosreport-a-2026-11-23-x/sos_commands/kernel/dmesg": {nothing, "node-7"}, "sosreport-a-2026-11-23-x/var/log/messages": {syslog, "node-7"}, "sosreport-b-2026-11-23-y/dmesg": {nothing, ""}},
		"two hosts":   {"sosreport-a/a": {syslog, "node-7"}, "sosreport-a/b": {strings.ReplaceAll(syslog, "node-7", "node-8"), "node-8"}, "sosreport-a/c": {nothing, ""}},
		"one, longer": {"eks_i-0123456789abcdef0_x/a": {syslog, "node-7"}, "eks_i-0123456789abcdef0_x/b": {strings.ReplaceAll(syslog, "node-7", "node-7.local"), "node-7.local"}},
		"Rancher":     {"n1-2026-11-23_09_01_41/systeminfo/dmesg": {nothing, "node-7"}, "n1-2026-11-23_09_01_41/systemlogs/syslog": {syslog, "node-7"}},
		"a folder":    {"logs/dmesg": {nothing, ""}, "logs/messages": {syslog, "node-7"}},
	} {
		t.Run(name, func(t *testing.T) {
			var units []input.Unit
			for path, f := range files {
				units = append(units, input.Bytes(path, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f[0])), nil }))
			}
			logs, err := Read(context.Background(), units, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range logs {
				if want := files[l.Path][1]; l.Node != want {
					t.Errorf("%s: node %q, want %q", l.Path, l.Node, want)
				}
			}
		})
	}
}
