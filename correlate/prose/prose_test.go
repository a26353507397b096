package prose

import "testing"

func TestSize(t *testing.T) {
	for kb, want := range map[int64]string{
		0: "0 KiB", 1023: "1023 KiB", 1024: "1 MiB", 778240: "760 MiB", 754984: "737.3 MiB",
		1<<20 - 1: "1 GiB", 1 << 20: "1 GiB", 1048524: "1023.9 MiB", 1048525: "1 GiB", 24683620: "23.5 GiB", -2048: "-2 MiB",
		1<<30 - 1: "1 TiB", 3 << 29: "1.5 TiB", 1 << 50: "1048576 TiB",
	} {
		if got := Size(kb); got != want {
			t.Errorf("Size(%d) = %q, want %q", kb, got, want)
		}
	}
}

func TestNameIsFitForASentence(t *testing.T) {
	for comm, want := range map[string]string{
		"python3": "python3", "puma: cluster w": `"puma: cluster w"`, "a) b(c": `"a) b(c"`,
		"esc\x1b[31m": `"esc\x1b[31m"`, "wk\nKilled 7": `"wk\nKilled 7"`, "": `""`, "caf\xc3": `"caf\xc3"`,
	} {
		if got := Name(comm); got != want {
			t.Errorf("Name(%q) = %s, want %s", comm, got, want)
		}
	}
}

func TestList(t *testing.T) {
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}} {
		if got := List(words); got != want {
			t.Errorf("List(%q) = %q, want %q", words, got, want)
		}
	}
}
