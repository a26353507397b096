package breakdown_test

import (
	"strings"
	"testing"

	"oomtrace/correlate/breakdown"
	"oomtrace/parsers/event"
)

// machine is a machine of 1000 MiB, of which the figures given are taken.
func machine(figures ...string) string {
	lines := []string{"active_anon:0 inactive_anon:0 isolated_anon:0 active_file:0 inactive_file:0 isolated_file:0", "free:2560 free_pcp:0 free_cma:0",
		"256000 pages RAM", "0 pages reserved", "Node 0 DMA: 1*4kB (U) = 4kB", "Free swap  = 512000kB", "Total swap = 1024000kB",
		"Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB"}
	text := strings.Join(append(figures, lines...), "\n") // the first of a name counts
	for _, name := range []string{"unevictable", "dirty", "writeback", "mapped", "shmem", "pagetables", "slab_reclaimable", "slab_unreclaimable"} {
		if !strings.Contains(text, name+":") {
			text += "\n" + name + ":0"
		}
	}
	return text
}

// cgroup is a cgroup of 100 MiB on v2, of which the figures given are taken.
func cgroup(figures ...string) string {
	return "memory: usage 102400kB, limit 102400kB, failcnt 1\nswap: usage 0kB, limit 9007199254740988kB, failcnt 0\nMemory cgroup stats for /a:\n" +
		strings.Join(append(figures, "anon 0", "file 0", "kernel 0", "slab 0", "shmem 0", "file_mapped 0", "file_dirty 0", "file_writeback 0",
			"inactive_anon 0", "active_anon 0", "inactive_file 0", "active_file 0", "unevictable 0"), "\n")
}

// Each sentence, word for word. MiB are 256 pages, or 1048576 bytes.
func TestFindings(t *testing.T) {
	full := "active_anon:200000"
	for name, c := range map[string]struct{ text, code, want string }{
		"page cache that is mapped": {machine("active_file:204800 mapped:200000"), "page-cache",
			"800 MiB of 1000 MiB (80 %) is page cache of files, which the kernel gives back before it kills, if it can. Up to 781.2 MiB of it is mapped by programs: code and files that they work in, which are needed again at once."},
		"page cache that is locked, of a cgroup": {cgroup("file 83886080", "unevictable 83886080"), "page-cache",
			"80 MiB of 100 MiB (80 %) is page cache of files, which the kernel gives back before it kills, if it can. 80 MiB is locked in memory (unevictable), which can be it."},
		"page cache in high memory": {machine("active_file:204800", "Normal free:4kB min:1kB active_file:4kB inactive_file:0kB managed:4kB", "HighMem free:4kB min:1kB active_file:409600kB inactive_file:204800kB managed:4kB"), "page-cache",
			"800 MiB of 1000 MiB (80 %) is page cache of files, which the kernel gives back before it kills, if it can. 600 MiB of it is in zone HighMem, which not every request may use."},
		"page cache, little of it in high memory": {machine("active_file:204800", "HighMem free:4kB min:1kB active_file:4096kB inactive_file:0kB managed:4kB"), "page-cache",
			"800 MiB of 1000 MiB (80 %) is page cache of files, which the kernel gives back before it kills, if it can. The figures do not show why it could not: it is neither dirty nor locked nor mapped for the greater part."},
		"page cache, and HighMem without figures": {machine("active_file:204800", "HighMem free:4kB min:1kB managed:4kB"), "page-cache",
			"800 MiB of 1000 MiB (80 %) is page cache of files, which the kernel gives back before it kills, if it can. Some of it can be in zone HighMem, which not every request may use."},
		"page cache for no reason": {cgroup("file 83886080"), "page-cache",
			"80 MiB of 100 MiB (80 %) is page cache of files, which the kernel gives back before it kills, if it can. The figures do not show why it could not: it is neither dirty nor locked nor mapped for the greater part."},
		"shmem that is mapped": {cgroup("file 83886080", "shmem 83886080", "file_mapped 83886080"), "shmem",
			"80 MiB of 100 MiB (80 %) is shmem: shared memory, and files on tmpfs such as /dev/shm or an emptyDir of medium Memory."},
		"shmem, and what the processes map of it": {cgroup("file 83886080", "shmem 83886080", "file_mapped 83886080") +
			"\nNode 0 DMA: 1*4kB (U) = 4kB\n[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name\n[    7]  0  7  9  20000 17440 0 2560 0 0 0 a", "shmem",
			"80 MiB of 100 MiB (80 %) is shmem: shared memory, and files on tmpfs such as /dev/shm or an emptyDir of medium Memory. At least 70 MiB of it is mapped by no process: files, or what is only held open. Files on tmpfs stay when their writer is killed, until somebody deletes them."},
		"shmem that is not printed": {"memory: usage 102400kB, limit 102400kB, failcnt 1\nMemory cgroup stats for /a: cache:81920KB rss:20480KB mapped_file:0KB inactive_anon:81920KB active_anon:20480KB inactive_file:0KB active_file:0KB unevictable:0KB", "shmem",
			"80 MiB of 100 MiB (80 %) is shmem: shared memory, and files on tmpfs such as /dev/shm or an emptyDir of medium Memory. (This kernel does not print it: it is the page cache that is on no list of file pages.) At least 80 MiB of it is mapped by no process: files, or what is only held open. Files on tmpfs stay when their writer is killed, until somebody deletes them."},
		"huge pages in use by nobody": {machine("Node 0 hugepages_total=400 hugepages_free=300 hugepages_surp=0 hugepages_size=2048kB"), "hugetlb-idle",
			"600 MiB of 1000 MiB (60 %) is in the pools of huge pages (vm.nr_hugepages) and not in use, though some of it may be promised to somebody: ordinary programs cannot have it."},
		"slab with its caches": {machine("slab_unreclaimable:128000"), "slab",
			"500 MiB of 1000 MiB (50 %) is slab_unreclaimable: objects that the kernel or its modules keep, and that it cannot give back. The largest caches: kmalloc-512 300 MiB, \"bio 1\" 100 MiB, dentry 1 MiB."},
		"caches that slab_unreclaimable does not count": {machine("slab_unreclaimable:2560"), "slab-info",
			"The list of unreclaimable caches (Unreclaimable slab info) comes to 401 MiB of 1000 MiB (40 %). The largest caches: kmalloc-512 300 MiB, \"bio 1\" 100 MiB, dentry 1 MiB. That is far more than slab_unreclaimable, which is 10 MiB: the two figures do not agree, though they count the same."},
		"caches that it counts": {machine("slab_unreclaimable:102400"), "slab-info", ""},
		"caches that agree": {strings.Replace(machine("slab_unreclaimable:102400"), "256000 pages", "1024000 pages", 1), "slab-info",
			"The list of unreclaimable caches (Unreclaimable slab info) comes to 401 MiB of 3.9 GiB (10 %). The largest caches: kmalloc-512 300 MiB, \"bio 1\" 100 MiB, dentry 1 MiB."},
		"caches that are few, and agree": {strings.Replace(machine("slab_unreclaimable:102400"), "256000 pages", "2560000 pages", 1), "slab-info", ""},
		"kernel objects in low memory": {machine("slab_reclaimable:10240 slab_unreclaimable:61440", "156000 pages HighMem"), "slab-lowmem",
			"Kernel objects (slab) take 280 MiB, 71 % of the 390.6 MiB that this machine has below zone HighMem, and they can be nowhere else."},
		"slab that can be given back": {machine("slab_reclaimable:128000"), "slab-reclaimable",
			"500 MiB of 1000 MiB (50 %) is slab_reclaimable: mostly the cache of inodes and names, which can be given back where it is not in use."},
		"page tables": {machine("pagetables:25600"), "pagetables",
			"100 MiB of 1000 MiB (10 %) is page tables: they grow with the number of processes that map the same memory, and with mappings that are used sparsely."},
		"threads": {machine("Node 0 active_anon:0kB kernel_stack:102400kB all_unreclaimable? no"), "kernel-stack",
			"100 MiB of 1000 MiB (10 %) is kernel stacks, one for each thread: with 16 KiB each, as on x86-64, these are about 6400 threads."},
		"memory for each CPU": {cgroup("percpu 20971520"), "percpu",
			"20 MiB of 100 MiB (20 %) is memory that the kernel keeps once for each CPU: it grows with the number of cgroups, network devices and BPF maps."},
		"kernel memory without a name": {cgroup("kernel 52428800"), "kernel",
			"50 MiB of 100 MiB (50 %) is kernel memory that has no figure of its own, such as pipe buffers and BPF maps."},
		"kernel memory that is page tables, 5.4": {"memory: usage 102400kB, limit 102400kB, failcnt 457756\nmemory+swap: usage 295612kB, limit 9007199254740988kB, failcnt 0\nkmem: usage 101976kB, limit 9007199254740988kB, failcnt 0\nMemory cgroup stats for /myapp:\nanon 421888\nfile 0\nkernel_stack 36864\nslab 4198400\nslab_reclaimable 974848\nslab_unreclaimable 3223552\n[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n[ 173423]     0 173423     2906     1768    57344      123             0 zsh\n[ 174205]     0 174205 12396714      329 99405824    48209             0 test", "kernel",
			"95.5 MiB of 100 MiB (95 %) is kernel memory that has no figure of its own. The page tables of the processes of the task table explain 94.9 MiB of it."},
		"kernel memory that is page tables to a part": {strings.ReplaceAll(cgroup("kernel 52428800"), "pagetables 0\n", "") + "\n[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n[ 7] 0 7 9 1 10485760 0 0 a", "kernel",
			"50 MiB of 100 MiB (50 %) is kernel memory that has no figure of its own, such as pipe buffers and BPF maps. The page tables of the processes of the task table explain 10 MiB of it."},
		"kernel memory beside page tables that have a figure": {cgroup("kernel 62914560", "pagetables 10485760") + "\n[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n[ 7] 0 7 9 1 10485760 0 0 a", "kernel",
			"50 MiB of 100 MiB (50 %) is kernel memory that has no figure of its own, such as pipe buffers and BPF maps."},
		"kernel memory that is not split": {"memory: usage 102400kB, limit 102400kB, failcnt 1\nkmem: usage 51200kB, limit 102400kB, failcnt 1\nMemory cgroup stats for /a: cache:0KB rss:51200KB", "kernel",
			"50 MiB of 100 MiB (50 %) is kernel memory (kmem), which this kernel does not split further: stacks, page tables, kernel objects."},
		"zram": {machine("Node 0 DMA free:4kB min:1kB zspages:409600kB managed:1024000kB"), "zspages",
			"400 MiB of 1000 MiB (40 %) is compressed pages of zram or zswap: swap that is itself in memory."},
		"a balloon": {machine("Node 0 active_anon:0kB all_unreclaimable? no Balloon:204800kB"), "balloon",
			"200 MiB is in a balloon: the hypervisor has taken it back from this machine. (The machine's 1000 MiB are with or without it, which the report does not show.)"},
		"a cgroup whose kernel memory is not counted": {strings.ReplaceAll(cgroup("anon 52428800"), "kernel 0\n", ""), "unaccounted",
			"50 MiB of 100 MiB (50 %) is in none of the figures that the report prints: kernel memory for which this kernel has no figure: page tables up to 5.10, and up to 5.18 all that is neither stack nor slab."},
		"processes hold little": {machine("slab_unreclaimable:204800") + "\n[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name\n[ 7] 0 7 9 25600 0 0 0 a\n[ 8] 0 8 9 25600 0 0 0 b", "processes",
			"The 2 processes of the task table have together, pages that they share counted in each, 200 MiB resident, at most 21 % of the 990 MiB in use: the rest is not in processes."},
		"and page tables": {machine("slab_unreclaimable:204800") + "\n[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name\n[ 7] 0 7 9 256 12800 12800 9999999 0 a", "processes",
			"The process of the task table has 1 MiB resident and 100 MiB of page tables, at most 11 % of the 990 MiB in use: the rest is not in processes."},
		"at most is rounded up": {machine("slab_unreclaimable:204800") + "\n[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name\n[ 7] 0 7 9 1 0 0 0 a", "processes",
			"The process of the task table has 4 KiB resident, at most 1 % of the 990 MiB in use: the rest is not in processes."},
		"the table is a piece of one": {machine("active_anon:102400") + "\n[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name\n[ 7] 0 7 9 25600 0 0 0 a\n[ 8] 0 8 9 25600 0 0 0 b", "processes",
			"The 2 processes of the task table have together, pages that they share counted in each, 200 MiB resident, less than the 400 MiB that are memory of programs: the table, or the piece of it that is in the log, does not hold all processes."},
		"the same of a cgroup": {cgroup("anon 41943040") + "\nNode 0 DMA: 1*4kB (U) = 4kB\n[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n[ 7] 0 7 9 2560 4096 0 0 a", "processes",
			"The process of the task table has 10 MiB resident and 4 KiB of page tables, less than the 40 MiB that are memory of programs: the table, or the piece of it that is in the log, does not hold all processes, or some have left the cgroup."},
		"a machine's swap is full": {strings.ReplaceAll(machine(full), "Free swap  = 512000kB", "Free swap  = 120kB"), "swap-full",
			"The machine's swap is full: 999.9 MiB of 1000 MiB is used."},
		"a cgroup's swap is full": {strings.ReplaceAll(cgroup(), "swap: usage 0kB, limit 9007199254740988kB", "swap: usage 10240kB, limit 10240kB"), "swap-full",
			"The swap that the cgroup may use is full: 10 MiB of 10 MiB is used."},
	} {
		d := read(c.text)
		d.Node.Slabs = []event.Slab{{Name: "dentry", TotalKB: 1024}, {Name: "kmalloc-512", TotalKB: 307200}, {Name: "hostile", TotalKB: -1}, {Name: "bio 1", TotalKB: 102400}, {Name: "small", TotalKB: 1}}
		b := of(t, d)
		got := ""
		for _, f := range breakdown.Findings(d, b) {
			if f.Code == c.code {
				got = f.Text
			}
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s\n    %s", name, got, c.want, parts(b))
		}
	}
}

// An ordinary machine and an ordinary cgroup give none, nor does a share that is
// just too small.
func TestNoFindings(t *testing.T) {
	for name, d := range map[string]*event.OOMDump{
		"a machine full of programs":    read(machine("active_anon:230000 pagetables:12700 shmem:25500 slab_unreclaimable:5000")),
		"a cgroup full of programs":     read(cgroup("anon 99614720", "kernel 3145728")),
		"a cgroup with some page cache": read(cgroup("anon 73400320", "file 30408704")),
	} {
		for _, f := range breakdown.Findings(d, of(t, d)) {
			t.Errorf("%s: %s: %s", name, f.Code, f.Text)
		}
	}
}

// What needs the whole table says nothing of a part of it; what compares with the
// whole machine says nothing if some of its nodes were short.
func TestFindingsThatCannotBeMade(t *testing.T) {
	text := machine("active_file:204800") + "\n[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name\n[ 7] 0 7 9 256 0 0 0 a"
	for name, c := range map[string]struct {
		d    *event.OOMDump
		want string
	}{
		"all is known":           {read(text), "page-cache processes"},
		"rows were cut":          {cutRows(read(text)), "page-cache"},
		"some nodes were short":  {kind("cpuset", read(text)), ""},
		"a row has no rss":       {noRSS(read(text)), "page-cache"},
		"the table has no start": {noTable(read(text)), "page-cache"},
	} {
		var codes []string
		for _, f := range breakdown.Findings(c.d, of(t, c.d)) {
			codes = append(codes, f.Code)
		}
		if got := strings.Join(codes, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func cutRows(d *event.OOMDump) *event.OOMDump {
	d.TasksCut = 1
	return d
}

func noRSS(d *event.OOMDump) *event.OOMDump {
	d.Tasks[0].RSS = event.NotPrinted
	return d
}

func noTable(d *event.OOMDump) *event.OOMDump {
	d.HasTable = false
	return d
}
