package envelope_test

import (
	"fmt"

	"oomtrace/parsers/envelope"
	"oomtrace/parsers/event"
)

// A kernel's line in a syslog file carries two readings: when rsyslog received
// it, and when the kernel wrote it.
func ExampleOpen() {
	rec := event.Record{Msg: []byte("Nov 23 08:50:41 node-1 kernel: [ 7208.737313] Memory cgroup out of memory: Killed process 4413 (python3)")}
	fmt.Println(envelope.Open(&rec, ""))
	fmt.Println(rec.Stamps[0])
	fmt.Println(rec.Stamps[1])
	fmt.Println(rec.Host, rec.Speaker)
	fmt.Printf("%s\n", rec.Msg)
	// Output:
	// syslog
	// yearless 11-23T08:50:41
	// monotonic 7208.737313
	// node-1 kernel
	// Memory cgroup out of memory: Killed process 4413 (python3)
}

// A file whose lines no envelope knows teaches one, if its lines agree.
func ExampleLearn() {
	lines := [][]byte{
		[]byte("04.12.2026 09:01:41 worker 13 started"),
		[]byte("04.12.2026 09:01:52 worker 14 started"),
		[]byte("13.12.2026 17:30:00 worker 14 died"),
	}
	learned, ok := envelope.Learn(lines)
	fmt.Println(learned.Name, ok)
	o := envelope.Opener{Learned: &learned}
	rec := event.Record{Msg: lines[2]}
	o.Open(&rec)
	fmt.Printf("%v: %s\n", rec.Stamps[0], rec.Msg)
	// Output:
	// learned true
	// zoneless 2026-12-13T17:30:00: worker 14 died
}
