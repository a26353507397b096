package breakdown_test

import (
	"fmt"

	"oomtrace/correlate/breakdown"
	"oomtrace/parsers/event"
)

// A container of 200 MiB that is full of what it received and did not read.
func ExampleOf() {
	d := &event.OOMDump{Kind: "memcg", OOMMemcg: "/kubepods/pod1/c1", Memory: event.MemcgMemory{
		Memory: event.Counter{UsageKB: 208204, LimitKB: 204800, Printed: true},
		Swap:   event.Counter{Printed: true},
		Stat: event.Stats{{Name: "anon", Value: 28139520}, {Name: "file", Value: 8192}, {Name: "kernel", Value: 1343488},
			{Name: "pagetables", Value: 167936}, {Name: "sock", Value: 183623680}, {Name: "shmem", Value: 0},
			{Name: "slab_reclaimable", Value: 367104}, {Name: "slab_unreclaimable", Value: 562944}},
	}}
	b, _ := breakdown.Of(d, 4)
	for _, p := range b.Parts {
		fmt.Printf("%7d KiB  %-18s %s\n", p.KB, p.Name, p.From)
	}
	fmt.Printf("%7d KiB  unaccounted for\n%7d KiB  %s\n", b.UnaccountedKB, b.TotalKB, b.TotalBasis)
	fmt.Println(breakdown.Findings(d, b)[0].Text)
	// Output:
	//   27480 KiB  anon               anon
	//       8 KiB  file               file - shmem
	//       0 KiB  shmem              shmem
	//  179320 KiB  sock               sock
	//     164 KiB  pagetables         pagetables
	//     358 KiB  slab_reclaimable   slab_reclaimable
	//     549 KiB  slab_unreclaimable slab_unreclaimable
	//     241 KiB  kernel_rest        what kernel has beyond them
	//      84 KiB  unaccounted for
	//  208204 KiB  memory: usage
	// 175.1 MiB of 203.3 MiB (86 %) is buffers of network sockets: data that was received and is not yet read, or sent and not yet taken.
}
