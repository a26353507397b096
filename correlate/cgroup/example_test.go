package cgroup_test

import (
	"fmt"

	"oomtrace/correlate/cgroup"
)

func ExampleParse() {
	p := cgroup.Parse("/kubepods.slice/kubepods-burstable.slice" +
		"/kubepods-burstable-podb5ab4dff_059c_473a_b52b_a1294101bd27.slice" +
		"/cri-containerd-0d5b37e7d8379750bafe03eb03c994d8eef9fc8dae8dc5d41567e83dff319aab.scope")
	fmt.Println(p.Level, "of", p.Runtime, p.ContainerID[:12])
	fmt.Println(p.QoS, "pod", p.PodUID)

	p = cgroup.Parse(`/system.slice/system-sync.slice/sync@srv-data-in\x2dbox.service`)
	fmt.Println(p.Level, p.Unit, "in", p.Slice)
	// Output:
	// container of containerd 0d5b37e7d837
	// Burstable pod b5ab4dff-059c-473a-b52b-a1294101bd27
	// unit sync@srv-data-in\x2dbox.service in system-sync.slice
}

func ExampleFromAdj() {
	a := cgroup.FromAdj(969, 24683620)
	fmt.Printf("%s: requests %d to %d MiB\n", a.QoS, a.MinRequest>>20, a.MaxRequest>>20)
	// Output: Burstable: requests 747 to 771 MiB
}
