package worker

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestFinder compares with a plain search, at each offset and near the ends.
func TestFinder(t *testing.T) {
	keys := []string{"abcde", "bcdef", "abcdefgh", "ccccc", "fghab", " exited with code "}
	f := newFinder(keys)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var b strings.Builder
		for range rnd.IntN(6) {
			if rnd.IntN(3) == 0 {
				b.WriteString(keys[rnd.IntN(len(keys))])
			}
			b.WriteString("abcdefghccc "[rnd.IntN(8):][:rnd.IntN(5)])
		}
		var got, want []int
		f.find([]byte(b.String()), func(key int) { got = append(got, key) })
		slices.Sort(got)
		got = slices.Compact(got)
		for n, k := range keys {
			if strings.Contains(b.String(), k) {
				want = append(want, n)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("in %q stand keys %v, found are %v", b.String(), want, got)
		}
	}
}
