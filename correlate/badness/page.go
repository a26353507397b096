package badness

import "oomtrace/parsers/event"

// sane bounds the numbers of pages and of KiB that are believed, so that no
// sum or product of them overflows. It is far above any machine's.
const sane = 1 << 50

// PageKB returns the size of a page in KiB, and what in the report shows it:
// "the free lists", or the victim's row of the task table, which is in pages,
// against its kill line, which is in kB: "the victim's rss" or "the victim's
// total-vm". If nothing does it returns 0 and "".
func PageKB(d *event.OOMDump) (int64, string) {
	if isPageKB(d.Node.PageKB) {
		return d.Node.PageKB, "the free lists"
	}
	rows := rowsByPID(d)
	for _, basis := range [...]struct {
		text      string
		kb, pages func(*event.Victim, *event.Task) int64
	}{
		{"the victim's rss", func(v *event.Victim, _ *event.Task) int64 { return rssKB(v) },
			func(_ *event.Victim, t *event.Task) int64 { return t.RSS }},
		{"the victim's total-vm", func(v *event.Victim, _ *event.Task) int64 { return v.TotalVMKB },
			func(_ *event.Victim, t *event.Task) int64 { return t.TotalVM }},
	} {
		for i := range d.Victims {
			v := &d.Victims[i]
			row, ok := rows[v.PID]
			if !ok {
				continue
			}
			if page := pageOf(basis.kb(v, &d.Tasks[row]), basis.pages(v, &d.Tasks[row])); page != 0 {
				return page, basis.text
			}
		}
	}
	return 0, ""
}

// rssKB adds the parts of a victim's resident memory. Kernels that do not print
// shmem-rss count it in file-rss.
func rssKB(v *event.Victim) int64 {
	if !isSane(v.AnonRSSKB) || !isSane(v.FileRSSKB) || v.ShmemRSSKB > sane {
		return Unknown
	}
	return v.AnonRSSKB + v.FileRSSKB + max(v.ShmemRSSKB, 0)
}

// pageOf returns the page size with which pages come to about kb, or 0. The two
// are read at different moments, so that they need not match to the page.
func pageOf(kb, pages int64) int64 {
	if kb <= 0 || pages <= 0 || !isSane(kb) || !isSane(pages) {
		return 0
	}
	for page := int64(4); page <= 256; page *= 2 {
		if off := kb - pages*page; max(off, -off) <= kb/16 {
			return page
		}
	}
	return 0
}

// isPageKB says whether some Linux has pages of that many KiB.
func isPageKB(kb int64) bool {
	return kb >= 4 && kb <= 256 && kb&(kb-1) == 0
}

func isSane(n int64) bool { return n >= 0 && n <= sane }

// rowsByPID returns the rows of the table by process and, where that is not
// taken, by thread: a row's pid is a thread's if the leader has exited.
func rowsByPID(d *event.OOMDump) map[int]int {
	rows := make(map[int]int, len(d.Tasks))
	for i := range d.Tasks {
		if pid := d.Tasks[i].TGID; pid > 0 {
			rows[pid] = i
		}
	}
	for i := range d.Tasks {
		if _, ok := rows[d.Tasks[i].PID]; !ok {
			rows[d.Tasks[i].PID] = i
		}
	}
	return rows
}
