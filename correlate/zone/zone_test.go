package zone

// What masks mean, by hand.
var (
	userPage = Request{Zone: "Movable", Bits: []string{"__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM", "__GFP_IO", "__GFP_FS", "__GFP_HIGHMEM", "__GFP_MOVABLE", "__GFP_HARDWALL"}}
	kernel   = Request{Zone: "Normal", Bits: []string{"__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM", "__GFP_IO", "__GFP_FS"}}
	dma32    = Request{Zone: "DMA32", Bits: []string{"__GFP_DIRECT_RECLAIM", "__GFP_IO", "__GFP_FS", "__GFP_HARDWALL", "__GFP_RECLAIMABLE"}}
)

func (r Request) order(n int) Request {
	r.Order = n
	return r
}

// specimens are reports with what was asked for.
var specimens = []struct {
	name string
	text string
	req  Request
}{
	{"2.6.32, RHEL 6", rhel6, userPage},
	{"3.10, RHEL 7, two nodes", rhel7, userPage},
	{"3.16, fragmented", fragmented316, kernel.order(2)},
	{"4.x, locked", locked4x, userPage},
	{"4.9, 32 bit, HighMem", highmem49, dma32},
	{"4.14, last attempt", lastAttempt414, userPage},
	{"5.7, page fault", pagefault57, Request{}},
	{"5.10, bound to a node", bound510, userPage},
	{"6.1, CMA", cma61, kernel},
	{"6.1, highatomic", highatomic61, userPage},
	{"7.3, global", global73, userPage},
}
