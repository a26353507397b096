package envelope

import "testing"

var bundleRows = []row{
	{"Talos", `kern: warning: [2026-11-23T09:01:41.482562Z]: python3 invoked oom-killer: x`, `talos wall=2026-11-23T09:01:41.482562Z/µs early <kernel> "python3 invoked oom-killer: x"`},
	{"Talos, a padded level", `kern:    info: [2026-11-23T09:01:41.482562123Z]: text`, `talos wall=2026-11-23T09:01:41.482562123Z/ns early <kernel> "text"`},
	{"Talos, a process", `user: warning: [2026-11-23T09:01:41.482562Z]: [talos] Memory cgroup out of memory: x`, `talos wall=2026-11-23T09:01:41.482562Z/µs early <> "[talos] Memory cgroup out of memory: x"`},
	{"oc adm node-logs", `ip-10-0-3-117.ec2.internal Nov 23 09:01:41 ip-10-0-3-117 kernel: text`, `node-logs yearless=11-23T09:01:41/s late <kernel@ip-10-0-3-117> "text"`},
	{"oc adm node-logs, the kubelet", `ip-10-0-3-117.ec2.internal Nov 23 09:01:41.123456 ip-10-0-3-117.ec2.internal kubelet[12]: text`, `node-logs yearless=11-23T09:01:41.123456/µs <kubelet[12]@ip-10-0-3-117.ec2.internal> "text"`},
	{"GitLab", `2026-11-23T09:01:41.482562Z 00O Killed`, `gitlab wall=2026-11-23T09:01:41.482562Z/µs <stdout> "Killed"`},
	{"GitLab, it goes on", `2026-11-23T09:01:41.482562Z 01E+ERROR: Job failed: exit code 137`, `gitlab wall=2026-11-23T09:01:41.482562Z/µs <stderr> "ERROR: Job failed: exit code 137"`},
}

var bundleMisses = []row{
	{name: "Talos, no zone", line: `kern: warning: [2026-11-23T09:01:41.482562]: text`},
	{name: "Talos, no facility", line: `kernel: warning: [2026-11-23T09:01:41.482562Z]: text`},
	{name: "a node that is not the host", line: `mine Nov 23 09:01:41 ip-10-0-3-117 kernel: text`},
	{name: "a host that only begins so", line: `ip-10-0-3-1170 Nov 23 09:01:41 ip-10-0-3-117 kernel: text`},
}

func TestBundles(t *testing.T) {
	testRows(t, bundleRows)
	testMisses(t, bundleMisses)
}
