package kernel

import (
	"fmt"
	"testing"
)

// TestNames asks for more names than there is room for, each of them twice in a
// row and again after all others.
func TestNames(t *testing.T) {
	var known nameTable
	for range 2 {
		for i := range 3 * len(known) {
			want := fmt.Sprint("kworker/", i)
			for range 2 {
				if got := known.of([]byte(want)); got != want {
					t.Fatalf("got %q, want %q", got, want)
				}
			}
		}
	}
	python := []byte("python3")
	if n := testing.AllocsPerRun(100, func() { known.of(python) }); n > 0 {
		t.Errorf("%v allocations for a name that is known, want none", n)
	}
}
