package gfp

import (
	"slices"
	"strings"
	"testing"
)

func TestDecodeByNumber(t *testing.T) {
	tests := []struct {
		mask, release string
		names         string
		basis, era    string
	}{
		{"0x201da", "2.6.32-5-amd64", "GFP_HIGHUSER_MOVABLE|__GFP_COLD", "the bit table of Linux 2.6.32", "2.6.32 to 2.6.37"},
		{"0x3000d0", "3.10.0-1160.el7.x86_64", "GFP_KERNEL|__GFP_KMEMCG|__GFP_NOTRACK", "the bit table of Linux 3.10", "3.9 to 3.14"},
		{"0x6200ca", "4.18.0-147.el8.x86_64", "GFP_HIGHUSER_MOVABLE", "the bit table of Linux 4.18", "4.18 to 5.0"},
		{"0x1100cca", "5.15.0-91-generic", "GFP_HIGHUSER_MOVABLE", "the bit table of Linux 5.15", "5.14 to 5.17"},
		{"0x140dca", "6.12.48+deb13-amd64", "GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP", "the bit table of Linux 6.12", "6.9 and later"},
		{"0x2140cca", "6.12.0", "GFP_HIGHUSER_MOVABLE|__GFP_COMP|0x2000000", "the bit table of Linux 6.12", "6.9 and later"},
		{"0x100cca", "5.12.0", "GFP_HIGHUSER_MOVABLE", "the bit tables before and after Linux 5.12", "5.1 to 5.17"},
		{"0x900cca", "5.12.0", "GFP_HIGHUSER_MOVABLE|0x800000", "the bit tables before and after Linux 5.12", "5.1 to 5.17"},
		{"0x4352da", "2.6.32-754.el6.x86_64", "GFP_HIGHUSER_MOVABLE|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC|0x400000",
			"the bit tables of Linux 2.6.32 to 3.8", "2.6.32 to 3.6"},
		{"0x10000cc0", "6.1.0", "GFP_KERNEL|0x10000000", "the bit table of Linux 6.1", "5.19 to 6.2"},

		{"0xd0", "", "GFP_KERNEL", "every bit table that fits", "2.6.18 to 4.3"},
		{"0x50", "", "GFP_NOFS", "every bit table that fits", "2.6.18 to 4.3"},
		{"0x201da", "", "GFP_HIGHUSER_MOVABLE|__GFP_COLD", "every bit table that fits", "2.6.32 to 4.3"},
		{"0x280da", "", "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", "every bit table that fits", "2.6.32 to 4.3"},
		{"0x200da", "", "GFP_HIGHUSER_MOVABLE", "every bit table that fits", "2.6.32 to 4.3"},
		{"0x3000d0", "", "GFP_KERNEL|__GFP_NOTRACK|0x100000", "every bit table that fits", "3.9 to 4.3"},
		{"0x24200ca", "", "GFP_HIGHUSER_MOVABLE", "every bit table that fits", "4.4 to 4.9"},
		{"0x24000c0", "", "GFP_KERNEL", "every bit table that fits", "4.4 to 4.9"},
		{"0x14280ca", "", "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", "every bit table that fits", "4.11 to 4.16"},
		{"0x6200ca", "", "GFP_HIGHUSER_MOVABLE", "every bit table that fits", "4.18 to 5.0"},
		{"0xcc0", "", "GFP_KERNEL", "every bit table that fits", "5.1 and later"},
		{"0x100cca", "", "GFP_HIGHUSER_MOVABLE", "every bit table that fits", "5.1 and later"},
		{"0x100dca", "", "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", "every bit table that fits", "5.1 and later"},
		{"0x140dca", "", "GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP", "every bit table that fits", "5.1 and later"},
		{"0x440dc0", "", "GFP_KERNEL_ACCOUNT|__GFP_ZERO|__GFP_COMP", "every bit table that fits", "5.1 and later"},
		{"0x1100cca", "", "GFP_HIGHUSER_MOVABLE|0x1000000", "every bit table that fits", "5.14 and later"},
		{"0x4342ca", "", "GFP_TRANSHUGE", "every bit table that fits", "4.4 to 4.16"},
		// By the tables to 4.3 this waits and may fail soon, by those from 5.1 on
		// it waits too, for a slab: which is not certain.
		{"0xcd0", "", "__GFP_IO|__GFP_FS|0xc10", "every bit table that fits", "2.6.18 and later"},
		{"0xcc0", "2.4.37", "0xcc0", "no bit table, as none is known of that release", ""},
	}
	for _, tt := range tests {
		m := Decode(tt.mask, nil, tt.release)
		if got := strings.Join(m.Names, "|"); got != tt.names || m.Basis != tt.basis || m.Era != tt.era {
			t.Errorf("Decode(%s, %q):\n %q by %s, %q\nwant\n %q by %s, %q",
				tt.mask, tt.release, got, m.Basis, m.Era, tt.names, tt.basis, tt.era)
		}
	}
}

func TestDecodeByNames(t *testing.T) {
	tests := []struct {
		name, mask, printed, release string
		bits                         string
		checked                      bool
		basis                        string
	}{
		{"usual", "0xcc0", "GFP_KERNEL", "6.1.0", "IO FS DIRECT_RECLAIM KSWAPD_RECLAIM", true, byNames},
		{"no release", "0x24280ca", "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", "",
			"HIGHMEM MOVABLE IO FS ZERO HARDWALL DIRECT_RECLAIM KSWAPD_RECLAIM", true, byNames},
		{"a vendor's newer code", "0x140cca", "GFP_HIGHUSER_MOVABLE|__GFP_COMP", "5.14.0-427.el9.x86_64",
			"HIGHMEM MOVABLE IO FS DIRECT_RECLAIM KSWAPD_RECLAIM COMP HARDWALL", true, byNames},
		{"a newer table than the release's", "0xcc0", "GFP_KERNEL", "4.18.0", "IO FS DIRECT_RECLAIM KSWAPD_RECLAIM", true, byNames},
		{"arm64, where the number alone is not enough", "0x2140cca", "GFP_HIGHUSER_MOVABLE|__GFP_COMP", "6.12.0",
			"HIGHMEM MOVABLE IO FS DIRECT_RECLAIM KSWAPD_RECLAIM COMP HARDWALL SKIP_KASAN", true, byNames},
		{"a bit that the kernel had no name for", "0x800cc0", "GFP_KERNEL|0x800000", "5.4.0",
			"IO FS DIRECT_RECLAIM KSWAPD_RECLAIM NOLOCKDEP", true, byNames},
		{"both reclaim bits alone", "0xc00", "__GFP_RECLAIM", "5.4.0", "DIRECT_RECLAIM KSWAPD_RECLAIM", true, byNames},
		{"names that are cut", "0x140cca", "GFP_HIGHUSER_MOVABLE", "6.4.0",
			"HIGHMEM MOVABLE IO FS DIRECT_RECLAIM KSWAPD_RECLAIM HARDWALL", false, byOdd},
		{"a name of a vendor's own", "0x8000cc0", "GFP_KERNEL|__GFP_CMA", "6.1.0",
			"IO FS DIRECT_RECLAIM KSWAPD_RECLAIM CMA", false, byOdd},
		{"what is no name", "0xcc0", "GFP_KERNEL|a b|__GFP_|__GFP_a|__gfp_x", "6.1.0", "IO FS DIRECT_RECLAIM KSWAPD_RECLAIM", false, byOdd},
		{"no number", "", "GFP_NOFS|__GFP_ZERO", "6.1.0", "IO DIRECT_RECLAIM KSWAPD_RECLAIM ZERO", false, byNames},
		{"nothing", "0x", "", "6.1.0", "", false, ""},
		{"an empty mask's names", "0xcc0", "none|", "6.1.0", "IO FS DIRECT_RECLAIM KSWAPD_RECLAIM", false, "the bit table of Linux 6.1"},
	}
	for _, tt := range tests {
		m := Decode(tt.mask, strings.Split(tt.printed, "|"), tt.release)
		got := strings.ReplaceAll(strings.Join(m.Bits, " "), bitPrefix, "")
		if got != tt.bits || m.Checked != tt.checked || m.Basis != tt.basis {
			t.Errorf("%s: bits %q, checked %v, by %q\nwant %q, %v, %q", tt.name, got, m.Checked, m.Basis, tt.bits, tt.checked, tt.basis)
		}
	}
}

// The names are the kernel's own, where it printed them.
func TestNamesAsPrinted(t *testing.T) {
	printed := []string{"GFP_KERNEL_ACCOUNT", "__GFP_COMP", "__GFP_ZERO"}
	if m := Decode("0x440dc0", printed, "6.1.0"); !slices.Equal(m.Names, printed) {
		t.Errorf("names %q, want %q", m.Names, printed)
	}
}

func TestAmbiguous(t *testing.T) {
	m := Decode("0x3000d0", nil, "")
	if len(m.Ambiguous) != 1 || m.Ambiguous[0].Bit != 0x100000 ||
		!slices.Equal(m.Ambiguous[0].Names, []string{"__GFP_KMEMCG", "__GFP_NOACCOUNT"}) {
		t.Errorf("ambiguous %+v, want 0x100000 to be KMEMCG or NOACCOUNT", m.Ambiguous)
	}
	if m.Has("__GFP_KMEMCG") || !m.Has("__GFP_WAIT") {
		t.Errorf("bits %q, want __GFP_WAIT and not __GFP_KMEMCG", m.Bits)
	}
}

func TestUnnamed(t *testing.T) {
	if m := Decode("0x10000cc0", nil, "6.1.0"); m.Unnamed != 0x10000000 || m.Ambiguous != nil {
		t.Errorf("unnamed %#x, ambiguous %v, want 0x10000000 and none", m.Unnamed, m.Ambiguous)
	}
}

func TestZone(t *testing.T) {
	tests := []struct {
		name, mask, printed, release string
		zone                         string
	}{
		{"GFP_KERNEL of any era before 4.4", "0xd0", "", "", "Normal"},
		{"GFP_KERNEL", "0xcc0", "", "6.1.0", "Normal"},
		{"GFP_NOFS", "0xc40", "", "6.1.0", "Normal"},
		{"GFP_NOIO", "0xc00", "", "6.1.0", "Normal"},
		{"GFP_ATOMIC of any era before 4.4", "0x20", "", "", "Normal"},
		{"a huge page without leave to wait", "0x342ca", "", "4.9.0", "Movable"},
		{"GFP_NOFAIL", "0x8cc0", "", "6.1.0", "Normal"},
		{"RETRY_MAYFAIL", "0x4cc0", "", "6.1.0", "Normal"},
		{"not certain, but that it may wait", "0xcd0", "", "", "Normal"},
		{"user", "0x100cca", "", "6.1.0", "Movable"},
		{"high memory", "0x200d2", "", "3.2.0", "HighMem"},
		{"movable alone", "0x14104a", "", "5.10.0", "Movable"},
		{"movable without high memory", "0xcc8", "", "5.10.0", "Normal"},
		{"DMA", "0xd1", "", "", "DMA"},
		{"DMA32", "0xcc4", "", "6.1.0", "DMA32"},
		{"DMA32, movable", "0xccc", "", "6.1.0", "DMA32"},
		{"two zones, which the kernel refuses", "0xcc5", "", "6.1.0", ""},
		{"a page fault's", "0x0", "", "", ""},
		{"no flag", "0x0", "", "6.12.0", "Normal"},
		{"no mask", "", "", "", ""},
		{"a table of no such release", "0xcc0", "", "2.4.0", ""},
		{"names that are cut", "0x8cc0", "GFP_KERNEL", "6.1.0", ""},
	}
	for _, tt := range tests {
		m := Decode(tt.mask, strings.Split(tt.printed, "|"), tt.release)
		if got := m.Zone(); got != tt.zone {
			t.Errorf("%s: zone %q, want %q", tt.name, got, tt.zone)
		}
	}
}
