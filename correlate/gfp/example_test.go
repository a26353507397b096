package gfp_test

import (
	"fmt"
	"strings"

	"oomtrace/correlate/gfp"
)

func ExampleDecode() {
	m := gfp.Decode("0x280da", nil, "3.10.0-1160.el7.x86_64")
	fmt.Println(strings.Join(m.Names, "|"), "by", m.Basis)
	fmt.Println(m.Meaning())
	fmt.Println(m.Zone())
	// Output:
	// GFP_HIGHUSER_MOVABLE|__GFP_ZERO by the bit table of Linux 3.10
	// for a page of a process or of a file that may be moved and lie in high memory, zeroed
	// Movable
}
