package breakdown_test

import (
	"regexp"
	"strconv"
	"strings"

	"oomtrace/parsers/event"
)

// empty is a report in which nothing is printed.
func empty() *event.OOMDump {
	const n = event.NotPrinted
	return &event.OOMDump{Node: event.NodeMemory{PagesRAM: n, PagesReserved: n, TotalSwapKB: n, FreeSwapKB: n, PageKB: n,
		FreePages: n, SlabUnreclaim: n, PagecachePages: n, SwapCachePages: n, PagesHighMem: n, PagesCMA: n, PagesHWPoisoned: n}}
}

var (
	counterLine = regexp.MustCompile(`^(memory|memory\+swap|kmem|swap): usage (\d+)kB, limit (\d+)kB, failcnt (\d+)$`)
	statsLine   = regexp.MustCompile(`^Memory cgroup stats for ([^ ]+?):( .*)?$`)
	statLine    = regexp.MustCompile(`^([a-z_0-9]+) (\d+)$`)
	pairKB      = regexp.MustCompile(`([a-zA-Z_()]+): ?(\d+)[kK]B`)
	pairPages   = regexp.MustCompile(`([A-Za-z_-]+):(\d+)( |$)`)
	nodeLine    = regexp.MustCompile(`^Node (\d+) active_anon:`)
	zoneLine    = regexp.MustCompile(`^(?:Node (\d+) )?([A-Z][A-Za-z0-9]+) free:(\d+)kB `)
	listLine    = regexp.MustCompile(`^(?:Node \d+ )?[A-Z][A-Za-z0-9]+: \d+\*(\d+)kB `)
	hugeLine    = regexp.MustCompile(`^Node (\d+) hugepages_total=(\d+) hugepages_free=(\d+) hugepages_surp=(\d+) hugepages_size=(\d+)kB`)
	amountLine  = regexp.MustCompile(`^(\d+) (pages RAM|pages reserved|pages HighMem|total pagecache pages|pages in swap cache)$`)
	swapLine    = regexp.MustCompile(`^(Free|Total) swap +(?:= )?(\d+)kB$`)
	rowLine     = regexp.MustCompile(`^\[ *(\d+)\] (.*)$`)
	killedLine  = regexp.MustCompile(`Killed process (\d+) \((.*)\) total-vm:`)
)

// read builds a report from lines as the kernel prints them, without a prefix.
// It knows only the lines that this package looks at.
func read(text string) *event.OOMDump {
	d := empty()
	d.Kind = "global"
	var columns []string
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, " name"):
			columns, d.HasTable, d.TableWhole = strings.Fields(strings.Trim(strings.Split(line, "]")[1], " ")), true, true
		case columns != nil && rowLine.MatchString(line):
			d.Tasks = append(d.Tasks, row(columns, line))
		case killedLine.MatchString(line):
			m := killedLine.FindStringSubmatch(line)
			d.Victims = append(d.Victims, event.Victim{PID: int(num(m[1])), Comm: m[2]})
		case cgroupLine(d, line), machineLine(d, line):
		}
	}
	return d
}

func cgroupLine(d *event.OOMDump, line string) bool {
	m := &d.Memory
	if c := counterLine.FindStringSubmatch(line); c != nil {
		to := map[string]*event.Counter{"memory": &m.Memory, "memory+swap": &m.Memsw, "kmem": &m.Kmem, "swap": &m.Swap}[c[1]]
		*to = event.Counter{UsageKB: num(c[2]), LimitKB: num(c[3]), Failcnt: num(c[4]), Printed: true}
		d.Kind = "memcg"
		return true
	}
	if c := statsLine.FindStringSubmatch(line); c != nil {
		d.Kind = "memcg"
		stat := kbStats(c[2], 1024)
		if m.StatMemcg == "" {
			m.StatMemcg, d.OOMMemcg, m.Stat = c[1], c[1], stat
		} else {
			m.Below = append(m.Below, event.MemcgStat{Memcg: c[1], Stat: stat})
		}
		return true
	}
	if c := statLine.FindStringSubmatch(line); c != nil && m.StatMemcg != "" {
		m.Stat = append(m.Stat, event.Stat{Name: c[1], Value: num(c[2])})
		return true
	}
	return false
}

func machineLine(d *event.OOMDump, line string) bool {
	n := &d.Node
	if m := nodeLine.FindStringSubmatch(line); m != nil {
		n.Nodes = append(n.Nodes, event.NodeState{Node: int(num(m[1])), KB: kbStats(line, 1)})
	} else if m := zoneLine.FindStringSubmatch(line); m != nil {
		n.Zones = append(n.Zones, event.Zone{Name: m[2], FreeKB: num(m[3]), KB: kbStats(line, 1)})
	} else if m := listLine.FindStringSubmatch(line); m != nil {
		n.PageKB = num(m[1])
	} else if m := hugeLine.FindStringSubmatch(line); m != nil {
		n.Hugepages = append(n.Hugepages, event.Hugepages{Node: int(num(m[1])), Total: num(m[2]), Free: num(m[3]), Surp: num(m[4]), SizeKB: num(m[5])})
	} else if m := amountLine.FindStringSubmatch(line); m != nil {
		*map[string]*int64{"pages RAM": &n.PagesRAM, "pages reserved": &n.PagesReserved, "pages HighMem": &n.PagesHighMem,
			"total pagecache pages": &n.PagecachePages, "pages in swap cache": &n.SwapCachePages}[m[2]] = num(m[1])
	} else if m := swapLine.FindStringSubmatch(line); m != nil {
		*map[string]*int64{"Free": &n.FreeSwapKB, "Total": &n.TotalSwapKB}[m[1]] = num(m[2])
	} else if strings.Contains(line, "lowmem_reserve") || strings.Contains(line, "CPU") || strings.Contains(line, "kB") {
		return false
	} else if all := pairPages.FindAllStringSubmatch(line, -1); all != nil {
		for _, m := range all {
			n.Totals = append(n.Totals, event.Stat{Name: m[1], Value: num(m[2])})
		}
	}
	return true
}

func kbStats(line string, unit int64) (s event.Stats) {
	for _, m := range pairKB.FindAllStringSubmatch(line, -1) {
		if m[1] != "free" {
			s = append(s, event.Stat{Name: m[1], Value: num(m[2]) * unit})
		}
	}
	return s
}

func row(columns []string, line string) event.Task {
	const n = event.NotPrinted
	t := event.Task{RSS: n, RSSAnon: n, RSSFile: n, RSSShmem: n, PgtablesBytes: n, NrPtes: n, NrPmd: n, Swapents: n, TotalVM: n}
	m := rowLine.FindStringSubmatch(line)
	t.PID = int(num(m[1]))
	values := strings.Fields(m[2])
	to := map[string]*int64{"total_vm": &t.TotalVM, "rss": &t.RSS, "rss_anon": &t.RSSAnon, "rss_file": &t.RSSFile, "rss_shmem": &t.RSSShmem,
		"pgtables_bytes": &t.PgtablesBytes, "nr_ptes": &t.NrPtes, "nr_pmds": &t.NrPmd, "swapents": &t.Swapents}
	for i, column := range columns[:len(columns)-1] {
		if p := to[column]; p != nil {
			*p = num(values[i])
		}
	}
	t.Comm = strings.Join(values[len(columns)-1:], " ")
	return t
}

func num(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return event.NotPrinted
	}
	return n
}
