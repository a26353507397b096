package kubernetes

import (
	"strings"
	"testing"
)

func TestQuantity(t *testing.T) {
	for s, want := range map[string]int64{
		"760Mi": 760 << 20, "1G": 1e9, "128974848": 128974848, "129e6": 129e6, "129E6": 129e6, "1e+09": 1e9, "1.5Gi": 3 << 29,
		"500m": 1, "1500m": 2, "0": 0, "0Mi": 0, "128974848000m": 128974848, "123k": 123000, "1Ki": 1024, "+5": 5, ".5Ki": 512, "1.Ki": 1024,
		"1E": 1e18, "7Ei": 7 << 60, "1n": 1, "1e-3": 1, "9223372036854775807": 1<<63 - 1, "0.1Gi": 107374183,
	} {
		if got, ok := parseQuantity(s); !ok || got != want {
			t.Errorf("%q is %d, %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "Mi", ".", "1.2.3", "-1Mi", "8Ei", "9223372036854775808", "1Kb", "1KI", "1e", "1e1000", "1 Mi", "٣Mi", "1e6Ki", strings.Repeat("1", 65)} {
		if got, ok := parseQuantity(s); ok {
			t.Errorf("%q is %d, want no quantity", s, got)
		}
	}
}
