package zone

import (
	"slices"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// maxRanges is how many ranges of a node list are read. Linux has at most 1024
// nodes (NODES_SHIFT), so a longer list is not one.
const maxRanges = 1024

// inList says whether node is in a list as the kernel prints one: "0-1,3". A
// list that is not printed, or is "(null)", holds every node; one that cannot
// be read answers Unknown.
func inList(list string, node int) Verdict {
	if list == "" || list == "(null)" || node < 0 {
		return Yes
	}
	for range maxRanges {
		one, rest, more := strings.Cut(list, ",")
		from, to, ranged := strings.Cut(one, "-")
		if !ranged {
			to = from
		}
		x, err1 := strconv.Atoi(from)
		y, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil {
			return Unknown
		}
		if x <= node && node <= y {
			return Yes
		}
		if !more {
			return No
		}
		list = rest
	}
	return Unknown
}

// useByNode says whether the zone's node is allowed, and if not why. The
// nodemask binds every request (a memory policy's). The cpuset binds those with
// __GFP_HARDWALL; others, the kernel's own, may go to the nodes of a cpuset
// further up (kernel/cpuset.c, cpuset_node_allowed).
func (a *analysis) useByNode(z *Zone) (Verdict, string) {
	use, why := Yes, ""
	switch inList(a.d.Nodemask, z.Node) {
	case No:
		return No, "its node is not in the nodemask of the request (" + short(a.d.Nodemask) + ")"
	case Unknown:
		use, why = Unknown, "the nodemask of the request cannot be read"
	}
	switch inList(a.d.MemsAllowed, z.Node) {
	case No:
		why = "its node is not among those that the task's cpuset allows (" + short(a.d.MemsAllowed) + ")"
		if a.has("__GFP_HARDWALL") == Yes {
			return No, why
		}
		if a.has("__GFP_HARDWALL") == No {
			why += ", which does not bind every request of the kernel's own"
		}
		return Unknown, why
	case Unknown:
		return Unknown, "the nodes that the task's cpuset allows cannot be read"
	}
	return use, why
}

// short cuts a list that goes into a text.
func short(list string) string {
	const longest = 40
	if len(list) > longest {
		return strings.ToValidUTF8(list[:longest], "") + "..."
	}
	return strings.ToValidUTF8(list, "")
}

// use says whether the request may take from the zone.
func (a *analysis) use(z *Zone) {
	byNode, why := a.useByNode(z)
	byType := a.useByType(z)
	z.Use = both(byNode, byType)
	switch {
	case z.Use == Yes:
	case byType == No:
		z.Why = a.whyType(z)
	case byNode != Yes:
		z.Why = why
	case rankOf(z.Name) < 0:
		z.Why = "zones of that name are not known here"
	case a.req.Zone == "":
		z.Why = "which zones the request may use is not known"
	default:
		z.Why = "the report does not show which types of zones the machine has"
	}
}

func (a *analysis) whyType(z *Zone) string {
	if z.Name == "Device" {
		return "it is device memory, which no ordinary request gets"
	}
	high := rankNormal
	for _, l := range a.layouts {
		high = l.highest(a.prefers()[0])
	}
	if high == rankHighMem && !a.isHighMem() {
		high = rankNormal
	}
	return "the request may not go above zone " + ranks[high]
}

// isHighMem says whether the report shows that the machine has a zone HighMem,
// which 32-bit kernels alone have.
func (a *analysis) isHighMem() bool {
	n := &a.d.Node
	return known(n.PagesHighMem) > 0 || slices.ContainsFunc(n.Zones, func(z event.Zone) bool { return z.Name == "HighMem" })
}

// where names a zone in a text.
func (a *analysis) where(z *Zone) string {
	s := "Zone " + short(z.Name)
	if z.Node != event.NotPrinted {
		s += " of node " + strconv.Itoa(z.Node)
	}
	return s
}
