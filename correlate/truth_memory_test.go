package correlate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"oomtrace/correlate/breakdown"
	"oomtrace/parsers"
	"oomtrace/parsers/event"
)

// Of a whole report nearly everything must be found. What is left are pages that
// the kernel counts nowhere, and counters that are read one after the other.
const (
	restOfCgroup  = 2 // percent of its usage
	restOfMachine = 5 // percent of its memory
)

var memTotal = regexp.MustCompile(`(?m)^MemTotal: +(\d+) kB`)

// TestTruthMemory says of every capture where its memory was. A machine's parts
// are of as much memory as the guest said it had, and of a whole report little is
// unaccounted for.
func TestTruthMemory(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(captures, "*", "truth.txt"))
	if err != nil || len(dirs) == 0 {
		t.Skip("no captures beside the checkout")
	}
	var rest = map[string][]float64{}
	machines := 0
	for _, path := range dirs {
		dir := filepath.Dir(path)
		truth, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		logs, err := parsers.Read(t.Context(), truthUnits(t, dir), parsers.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range logs {
			for _, e := range logs[i].Events {
				d, ok := e.Body.(*event.OOMDump)
				if !ok || d.Truncated || d.Kind == "" {
					continue
				}
				b, ok := breakdown.Of(d, 0)
				if !ok || len(b.Missing) > 0 {
					continue
				}
				if b.Of == breakdown.Machine && checkTotal(t, dir, truth, b.TotalKB) {
					machines++
				}
				rest[b.Of] = append(rest[b.Of], checkRest(t, dir, &b))
			}
		}
	}
	for of, shares := range rest {
		slices.Sort(shares)
		n := len(shares)
		t.Logf("%d reports of a %s: unaccounted for is %.2f %%, %.2f %% and %.2f %% of the whole (least, median, most)", n, of, shares[0], shares[n/2], shares[n-1])
	}
	t.Logf("the total of %d reports of a machine is what the guest said", machines)
	if machines == 0 || len(rest[breakdown.Cgroup]) == 0 {
		t.Error("nothing was compared")
	}
}

// checkTotal compares a machine's memory with what the guest said of it.
func checkTotal(t *testing.T, dir string, truth []byte, kb int64) bool {
	t.Helper()
	m := memTotal.FindSubmatch(truth)
	if m == nil {
		return false
	}
	want, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil || kb != want {
		t.Errorf("%s: the machine has %d KiB, the guest said %d", filepath.Base(dir), kb, want)
	}
	return true
}

// checkRest returns how much is unaccounted for, in percent.
func checkRest(t *testing.T, dir string, b *breakdown.Breakdown) float64 {
	t.Helper()
	sum := b.UnaccountedKB
	for _, p := range b.Parts {
		sum += p.KB
	}
	if sum != b.TotalKB {
		t.Errorf("%s: the parts and the rest come to %d KiB of %d", filepath.Base(dir), sum, b.TotalKB)
	}
	share, most := float64(b.UnaccountedKB)*100/float64(b.TotalKB), float64(restOfCgroup)
	if b.Of == breakdown.Machine {
		most = restOfMachine
	}
	if share > most || share < -most {
		t.Errorf("%s: %.1f %% of the memory is in no part: %+v", filepath.Base(dir), share, b.Parts)
	}
	return share
}
