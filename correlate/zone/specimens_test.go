package zone

// Zone lines of real reports, one for each shape that matters here. Lines are
// as printed; what this package does not look at (traces, tasks) is left out.

// From a machine of our own: Debian's 5.10 in QEMU with two nodes, a task bound
// to node 1 by a memory policy.
const bound510 = `numabound invoked oom-killer: gfp_mask=0x100dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), order=0, oom_score_adj=100
CPU: 0 PID: 560 Comm: numabound Not tainted 5.10.0-46-cloud-amd64 #1 Debian 5.10.262-1
active_anon:1180 inactive_anon:45638 isolated_anon:0
 active_file:0 inactive_file:0 isolated_file:0
 unevictable:0 dirty:0 writeback:0
 slab_reclaimable:1803 slab_unreclaimable:1269
 mapped:626 shmem:1392 pagetables:121 bounce:0
 free:69616 free_pcp:106 free_cma:0
Node 1 active_anon:2368kB inactive_anon:181924kB active_file:0kB inactive_file:0kB unevictable:0kB isolated(anon):0kB isolated(file):0kB mapped:1252kB dirty:0kB writeback:0kB shmem:2724kB shmem_thp: 0kB shmem_pmdmapped: 0kB anon_thp: 0kB writeback_tmp:0kB kernel_stack:240kB all_unreclaimable? yes
Node 1 DMA32 free:1076kB min:1104kB low:1380kB high:1656kB reserved_highatomic:0KB active_anon:2368kB inactive_anon:181924kB active_file:0kB inactive_file:0kB unevictable:0kB writepending:0kB present:196480kB managed:193972kB mlocked:0kB pagetables:448kB bounce:0kB free_pcp:424kB local_pcp:72kB free_cma:0kB
lowmem_reserve[]: 0 0 0 0 0
Node 1 DMA32: 11*4kB (UM) 3*8kB (U) 1*16kB (M) 1*32kB (M) 1*64kB (M) 1*128kB (U) 1*256kB (U) 1*512kB (M) 0*1024kB 0*2048kB 0*4096kB = 1076kB
Free swap  = 0kB
Total swap = 0kB
130942 pages RAM
0 pages HighMem/MovableOnly
oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=1,cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/,task=numabound,pid=560,uid=1000
`

// Likewise, Debian's 7.3, one node: free is above min, below high.
const global73 = `stress invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP), order=0, oom_score_adj=0
CPU: 1 UID: 0 PID: 1302 Comm: stress Not tainted 7.3.4+deb13-cloud-amd64 #1 PREEMPT(lazy)
active_anon:109382 inactive_anon:0 isolated_anon:0
 active_file:0 inactive_file:0 isolated_file:0
 unevictable:0 dirty:0 writeback:0
 slab_reclaimable:272 slab_unreclaimable:2375
 mapped:626 shmem:1579 pagetables:412
 free:1327 free_pcp:560 free_cma:0
Node 0 active_anon:437528kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB isolated(anon):0kB isolated(file):0kB mapped:2504kB dirty:0kB writeback:0kB shmem:6316kB shmem_thp:0kB shmem_pmdmapped:0kB anon_thp:0kB kernel_stack:1104kB pagetables:1648kB sec_pagetables:0kB all_unreclaimable? yes Balloon:0kB gpu_active:0kB gpu_reclaim:0kB
Node 0 DMA free:1832kB boost:0kB min:88kB low:108kB high:128kB reserved_highatomic:0kB free_highatomic:0KB active_anon:12980kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB writepending:0kB zspages:0kB present:15992kB managed:15360kB mlocked:0kB bounce:0kB free_pcp:372kB local_pcp:112kB free_cma:0kB
lowmem_reserve[]: 0 442 442 442 442
Node 0 DMA32 free:3476kB boost:0kB min:2616kB low:3268kB high:3920kB reserved_highatomic:0kB free_highatomic:0KB active_anon:424504kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB writepending:0kB zspages:0kB present:507776kB managed:453424kB mlocked:0kB bounce:0kB free_pcp:1868kB local_pcp:1296kB free_cma:0kB
lowmem_reserve[]: 0 0 0 0 0
Node 0 DMA: 8*4kB (UM) 10*8kB (UM) 4*16kB (UM) 2*32kB (U) 1*64kB (U) 2*128kB (UM) 1*256kB (U) 0*512kB 1*1024kB (M) 0*2048kB 0*4096kB = 1840kB
Node 0 DMA32: 72*4kB (U) 30*8kB (UME) 28*16kB (UME) 12*32kB (UE) 7*64kB (UME) 3*128kB (E) 1*256kB (E) 2*512kB (M) 0*1024kB 0*2048kB 0*4096kB = 3472kB
Free swap  = 0kB
Total swap = 0kB
130942 pages RAM
0 pages HighMem/MovableOnly
oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=python3,pid=1300,uid=1000
`

// RHEL 7's 3.10, two nodes. OOMAnalyser (Carsten Grohmann), the example in
// OOMAnalyser.py.
const rhel7 = `sed invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0
sed cpuset=/ mems_allowed=0-1
CPU: 4 PID: 29481 Comm: sed Not tainted 3.10.0-514.6.1.el7.x86_64 #1
active_anon:7355653 inactive_anon:660960 isolated_anon:0
 active_file:1263 inactive_file:1167 isolated_file:32
 unevictable:0 dirty:4 writeback:0 unstable:0
 slab_reclaimable:27412 slab_unreclaimable:13708
 mapped:4818 shmem:87896 pagetables:25222 bounce:0
 free:39513 free_pcp:2958 free_cma:0
Node 0 DMA free:15872kB min:40kB low:48kB high:60kB active_anon:0kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB isolated(anon):0kB isolated(file):0kB present:15992kB managed:15908kB mlocked:0kB dirty:0kB writeback:0kB mapped:0kB shmem:0kB slab_reclaimable:0kB slab_unreclaimable:0kB kernel_stack:0kB pagetables:0kB unstable:0kB bounce:0kB free_pcp:0kB local_pcp:0kB free_cma:0kB writeback_tmp:0kB pages_scanned:0 all_unreclaimable? yes lowmem_reserve[]: 0 2780 15835 15835
Node 0 DMA32 free:59728kB min:7832kB low:9788kB high:11748kB active_anon:2154380kB inactive_anon:604748kB active_file:500kB inactive_file:112kB unevictable:0kB isolated(anon):0kB isolated(file):0kB present:3094644kB managed:2848912kB mlocked:0kB dirty:0kB writeback:0kB mapped:4016kB shmem:5140kB slab_reclaimable:6448kB slab_unreclaimable:2796kB kernel_stack:1040kB pagetables:6876kB unstable:0kB bounce:0kB free_pcp:3788kB local_pcp:228kB free_cma:0kB writeback_tmp:0kB pages_scanned:28 all_unreclaimable? no lowmem_reserve[]: 0 0 13055 13055
Node 0 Normal free:36692kB min:36784kB low:45980kB high:55176kB active_anon:12301636kB inactive_anon:793132kB active_file:604kB inactive_file:176kB unevictable:0kB isolated(anon):0kB isolated(file):128kB present:13631488kB managed:13368348kB mlocked:0kB dirty:0kB writeback:0kB mapped:4108kB shmem:207940kB slab_reclaimable:47900kB slab_unreclaimable:28884kB kernel_stack:6624kB pagetables:43340kB unstable:0kB bounce:0kB free_pcp:4204kB local_pcp:640kB free_cma:0kB writeback_tmp:0kB pages_scanned:128 all_unreclaimable? no lowmem_reserve[]: 0 0 0 0
Node 1 Normal free:49436kB min:45444kB low:56804kB high:68164kB active_anon:14967844kB inactive_anon:1244560kB active_file:1552kB inactive_file:1992kB unevictable:0kB isolated(anon):0kB isolated(file):0kB present:16777212kB managed:16514220kB mlocked:0kB dirty:16kB writeback:0kB mapped:10760kB shmem:138504kB slab_reclaimable:55300kB slab_unreclaimable:23152kB kernel_stack:6176kB pagetables:50672kB unstable:0kB bounce:0kB free_pcp:3360kB local_pcp:248kB free_cma:0kB writeback_tmp:0kB pages_scanned:125777 all_unreclaimable? yes lowmem_reserve[]: 0 0 0 0
Node 0 DMA: 0*4kB 0*8kB 0*16kB 0*32kB 2*64kB (U) 1*128kB (U) 1*256kB (U) 0*512kB 1*1024kB (U) 1*2048kB (M) 3*4096kB (M) = 15872kB
Node 0 DMA32: 203*4kB (UEM) 231*8kB (UEM) 259*16kB (UEM) 231*32kB (UEM) 157*64kB (UEM) 90*128kB (UEM) 49*256kB (UEM) 20*512kB (UE) 3*1024kB (UEM) 1*2048kB (M) 0*4096kB = 63668kB
Node 0 Normal: 1231*4kB (UEM) 391*8kB (UEM) 456*16kB (UEM) 342*32kB (UEM) 141*64kB (UEM) 23*128kB (UEM) 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 38260kB
Node 1 Normal: 2245*4kB (UEM) 732*8kB (UEM) 594*16kB (UEM) 396*32kB (UEM) 160*64kB (UEM) 16*128kB (UEM) 2*256kB (UM) 0*512kB 1*1024kB (M) 0*2048kB 0*4096kB = 50836kB
Free swap  = 0kB
Total swap = 8388604kB
8379834 pages RAM
0 pages HighMem/MovableOnly
`

// RHEL 6's 2.6.32: no types on the free lists, no managed size. From a public
// post about a Java process that was killed (18 May 2017, in a blog's repository).
const rhel6 = `java invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0, oom_score_adj=0
java cpuset=/ mems_allowed=0
Pid: 3794, comm: java Not tainted 2.6.32-642.11.1.el6.x86_64 #1
active_anon:1951791 inactive_anon:128 isolated_anon:0
 active_file:222 inactive_file:168 isolated_file:0
 unevictable:0 dirty:0 writeback:0 unstable:0
 free:25773 slab_reclaimable:5075 slab_unreclaimable:8282
 mapped:320 shmem:134 pagetables:5575 bounce:0
Node 0 DMA free:15752kB min:124kB low:152kB high:184kB active_anon:0kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB isolated(anon):0kB isolated(file):0kB present:15364kB mlocked:0kB dirty:0kB writeback:0kB mapped:0kB shmem:0kB slab_reclaimable:0kB slab_unreclaimable:0kB kernel_stack:0kB pagetables:0kB unstable:0kB bounce:0kB writeback_tmp:0kB pages_scanned:0 all_unreclaimable? yes
lowmem_reserve[]: 0 3000 8050 8050
Node 0 DMA32 free:45304kB min:25140kB low:31424kB high:37708kB active_anon:2738172kB inactive_anon:76kB active_file:576kB inactive_file:168kB unevictable:0kB isolated(anon):0kB isolated(file):0kB present:3072096kB mlocked:0kB dirty:0kB writeback:0kB mapped:768kB shmem:76kB slab_reclaimable:6140kB slab_unreclaimable:2964kB kernel_stack:1088kB pagetables:6480kB unstable:0kB bounce:0kB writeback_tmp:0kB pages_scanned:832 all_unreclaimable? no
lowmem_reserve[]: 0 0 5050 5050
Node 0 Normal free:42036kB min:42316kB low:52892kB high:63472kB active_anon:5068992kB inactive_anon:436kB active_file:312kB inactive_file:504kB unevictable:0kB isolated(anon):0kB isolated(file):0kB present:5171200kB mlocked:0kB dirty:92kB writeback:0kB mapped:512kB shmem:460kB slab_reclaimable:14160kB slab_unreclaimable:30164kB kernel_stack:7360kB pagetables:15820kB unstable:0kB bounce:0kB writeback_tmp:0kB pages_scanned:1504 all_unreclaimable? no
lowmem_reserve[]: 0 0 0 0
Node 0 DMA: 2*4kB 2*8kB 1*16kB 1*32kB 1*64kB 0*128kB 1*256kB 0*512kB 1*1024kB 1*2048kB 3*4096kB = 15752kB
Node 0 DMA32: 8571*4kB 1393*8kB 5*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 45508kB
Node 0 Normal: 756*4kB 728*8kB 552*16kB 336*32kB 134*64kB 37*128kB 2*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 42256kB
Free swap  = 0kB
Total swap = 0kB
2097151 pages RAM
`

// A 32-bit machine, 4.9: a request for DMA32, which such a kernel does not have,
// so for low memory, while HighMem has plenty. linux-mm, "Bug 4.9 and
// memorymanagement" (Klaus Ethgen, December 2016).
const highmem49 = `Xorg invoked oom-killer: gfp_mask=0x24200d4(GFP_USER|GFP_DMA32|__GFP_RECLAIMABLE), nodemask=0, order=0, oom_score_adj=0
 slab_reclaimable:48510 slab_unreclaimable:11849
 mapped:47698 shmem:8833 pagetables:766 bounce:0
 free:41859 free_pcp:451 free_cma:0
Node 0 active_anon:409988kB inactive_anon:233592kB active_file:1272348kB inactive_file:720884kB unevictable:27744kB isolated(anon):0kB isolated(file):0kB mapped:190792kB dirty:4656kB writeback:0kB shmem:0kB shmem_thp: 0kB shmem_pmdmapped: 0kB anon_thp: 35332kB writeback_tmp:0kB unstable:0kB pages_scanned:4062806 all_unreclaimable? yes
DMA free:4116kB min:788kB low:984kB high:1180kB active_anon:0kB inactive_anon:0kB active_file:1568kB inactive_file:0kB unevictable:0kB writepending:0kB present:15984kB managed:15908kB mlocked:0kB slab_reclaimable:9848kB slab_unreclaimable:376kB kernel_stack:0kB pagetables:0kB bounce:0kB free_pcp:0kB local_pcp:0kB free_cma:0kB
lowmem_reserve[]: 0 833 3008 3008
Normal free:42404kB min:42416kB low:53020kB high:63624kB active_anon:1316kB inactive_anon:20540kB active_file:548376kB inactive_file:60kB unevictable:0kB writepending:260kB present:892920kB managed:854328kB mlocked:0kB slab_reclaimable:184192kB slab_unreclaimable:47020kB kernel_stack:2728kB pagetables:0kB bounce:0kB free_pcp:936kB local_pcp:216kB free_cma:0kB
lowmem_reserve[]: 0 0 17397 17397
HighMem free:120916kB min:512kB low:28168kB high:55824kB active_anon:408672kB inactive_anon:213052kB active_file:722404kB inactive_file:720724kB unevictable:27744kB writepending:4396kB present:2226888kB managed:2226888kB mlocked:27744kB slab_reclaimable:0kB slab_unreclaimable:0kB kernel_stack:0kB pagetables:3064kB bounce:0kB free_pcp:868kB local_pcp:220kB free_cma:0kB
lowmem_reserve[]: 0 0 0 0
DMA: 1*4kB (U) 2*8kB (UE) 0*16kB 0*32kB 0*64kB 4*128kB (UE) 4*256kB (E) 3*512kB (UE) 1*1024kB (U) 0*2048kB 0*4096kB = 4116kB
`

// Fragmentation on 3.16: gigabytes free in blocks of one and two pages. Of the
// report the zone Normal alone; openzfs/zfs issue 4839.
const fragmented316 = `zfs-auto-snapsh invoked oom-killer: gfp_mask=0x2000d0, order=2, oom_score_adj=0
zfs-auto-snapsh cpuset=/ mems_allowed=0
CPU: 3 PID: 1957 Comm: zfs-auto-snapsh Tainted: P           O  3.16.0-0.bpo.4-amd64 #1 Debian 3.16.7-ckt25-2~bpo70+1
Node 0 Normal free:2149260kB min:56280kB low:70348kB high:84420kB active_anon:1688kB inactive_anon:816kB active_file:376kB inactive_file:156kB unevictable:2108kB isolated(anon):0kB isolated(file):0kB present:13893632kB managed:13659712kB mlocked:2108kB dirty:72kB writeback:88kB mapped:2432kB shmem:4kB slab_reclaimable:18288kB slab_unreclaimable:1049768kB kernel_stack:12528kB pagetables:6328kB unstable:0kB bounce:0kB free_cma:0kB writeback_tmp:0kB pages_scanned:4623 all_unreclaimable? yes
lowmem_reserve[]: 0 0 0 0
Node 0 Normal: 248417*4kB (UEM) 143397*8kB (UEM) 263*16kB (UEM) 6*32kB (UM) 3*64kB (U) 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB 1*4096kB (R) = 2149532kB
`

// A Raspberry Pi 4, 6.1, 32 bit, where HighMem is not printed since the request
// could not use it: nearly all that is free is CMA. raspberrypi/linux issue 3872;
// the header is not in the thread, GFP_KERNEL is assumed.
const cma61 = `active_anon:242 inactive_anon:8070 isolated_anon:0
Node 0 active_anon:968kB inactive_anon:32280kB active_file:101656kB inactive_file:27096kB unevictable:14276kB isolated(anon):0kB isolated(file):768kB mapped:34324kB dirty:68192kB writeback:10488kB shmem:10236kB writeback_tmp:0kB kernel_stack:1488kB pagetables:1768kB sec_pagetables:0kB all_unreclaimable? no
DMA free:519112kB boost:7216kB min:10428kB low:11228kB high:12028kB reserved_highatomic:0KB active_anon:0kB inactive_anon:0kB active_file:77632kB inactive_file:168kB unevictable:0kB writepending:78556kB present:786432kB managed:663836kB mlocked:0kB bounce:0kB free_pcp:236kB local_pcp:232kB free_cma:513592kB
lowmem_reserve[]: 0 0 3188 3188
DMA: 142*4kB (UEC) 161*8kB (UEC) 59*16kB (UEC) 51*32kB (UEC) 18*64kB (UEC) 2*128kB (UC) 1*256kB (C) 0*512kB 1*1024kB (C) 0*2048kB 125*4096kB (C) = 519120kB
Free swap  = 785668kB
Total swap = 785668kB
1012736 pages RAM
816128 pages HighMem/MovableOnly
`

// A page fault that found no memory, 5.7, 32 bit, with plenty free in all
// zones. Linux-next report of May 2020, as archived with linux-mm.
const pagefault57 = `Xorg invoked oom-killer: gfp_mask=0x0(), order=0, oom_score_adj=0
CPU: 0 PID: 2978 Comm: Xorg Not tainted 5.7.0-rc5-next-20200515+ #117
DMA free:3092kB min:68kB low:84kB high:100kB reserved_highatomic:0KB active_anon:12348kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB writepending:0kB present:15992kB managed:15916kB mlocked:0kB kernel_stack:0kB pagetables:88kB bounce:0kB free_pcp:0kB local_pcp:0kB free_cma:0kB
lowmem_reserve[]: 0 757 2934 757
Normal free:154644kB min:3484kB low:4352kB high:5220kB reserved_highatomic:0KB active_anon:480292kB inactive_anon:25580kB active_file:4968kB inactive_file:1600kB unevictable:0kB writepending:104kB present:890872kB managed:776536kB mlocked:0kB kernel_stack:4976kB pagetables:28648kB bounce:0kB free_pcp:2660kB local_pcp:1384kB free_cma:0kB
lowmem_reserve[]: 0 0 17414 0
HighMem free:689456kB min:512kB low:3012kB high:5512kB reserved_highatomic:0KB active_anon:1063068kB inactive_anon:341720kB active_file:70792kB inactive_file:57320kB unevictable:3148kB writepending:452kB present:2229064kB managed:2229064kB mlocked:52kB kernel_stack:0kB pagetables:0kB bounce:0kB free_pcp:1940kB local_pcp:1236kB free_cma:0kB
lowmem_reserve[]: 0 0 0 0
DMA: 4*4kB (UM) 19*8kB (U) 17*16kB (UM) 13*32kB (UM) 15*64kB (UM) 8*128kB (UM) 1*256kB (M) 0*512kB 0*1024kB 0*2048kB 0*4096kB = 3096kB
Free swap  = 1663268kB
Total swap = 2097148kB
783982 pages RAM
557266 pages HighMem/MovableOnly
`

// A reserve for atomic requests that swallows a gigabyte. The lines in the
// message of "mm/page_alloc: keep track of free highatomic" (Yu Zhao, October
// 2024, linux-mm); fields that are cut there are left out.
const highatomic61 = `Node 0 Normal free:1482936kB boost:0kB min:410416kB low:739404kB high:1068392kB reserved_highatomic:1073152KB
lowmem_reserve[]: 0 0 0 0
Node 0 Normal: 1292*4kB (ME) 1920*8kB (E) 383*16kB (UE) 220*32kB (ME) 340*64kB (E) 2155*128kB (UE) 3243*256kB (UE) 615*512kB (U) 1*1024kB (M) 0*2048kB 0*4096kB = 1477408kB
`

// Free between min and high on 4.14, the zone Normal alone. linux-mm, "[PATCH]
// mm,page_alloc: Use min watermark for last second allocation attempt" (Tetsuo
// Handa, November 2017).
const lastAttempt414 = `systemd-journal invoked oom-killer: gfp_mask=0x14200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null), order=0, oom_score_adj=0
Normal free:18448kB min:17500kB low:21872kB high:26244kB active_anon:650740kB inactive_anon:18976kB active_file:220kB inactive_file:436kB unevictable:0kB writepending:0kB present:1048576kB managed:966968kB mlocked:0kB kernel_stack:19568kB pagetables:36132kB bounce:0kB free_pcp:2736kB local_pcp:680kB free_cma:0kB
lowmem_reserve[]: 0 0 0 0
Normal: 557*4kB (UM) 476*8kB (UMH) 126*16kB (UMH) 84*32kB (UM) 16*64kB (UM) 9*128kB (UM) 4*256kB (UM) 4*512kB (UM) 3*1024kB (M) 0*2048kB 0*4096kB = 19060kB
`

// Most of the memory is locked, 4.x: axboe/fio issue 462. The header is not in
// the thread's part that was at hand; an ordinary user page is assumed.
const locked4x = `Node 0 DMA free:15892kB min:64kB low:80kB high:96kB active_anon:0kB inactive_anon:0kB active_file:0kB inactive_file:0kB unevictable:0kB isolated(anon):0kB isolated(file):0kB present:15992kB managed:15908kB mlocked:0kB dirty:0kB writeback:0kB mapped:0kB shmem:0kB slab_reclaimable:0kB slab_unreclaimable:16kB kernel_stack:0kB pagetables:0kB unstable:0kB bounce:0kB free_pcp:0kB local_pcp:0kB free_cma:0kB writeback_tmp:0kB pages_scanned:0 all_unreclaimable? yes
lowmem_reserve[]: 0 2830 15866 15866
Node 0 DMA32 free:64060kB min:12044kB low:15052kB high:18064kB active_anon:0kB inactive_anon:108kB active_file:4kB inactive_file:384kB unevictable:2805752kB isolated(anon):0kB isolated(file):0kB present:3129216kB managed:2898784kB mlocked:2805752kB dirty:0kB writeback:0kB mapped:0kB shmem:0kB slab_reclaimable:4456kB slab_unreclaimable:4400kB kernel_stack:576kB pagetables:7712kB unstable:0kB bounce:0kB free_pcp:0kB local_pcp:0kB free_cma:0kB writeback_tmp:0kB pages_scanned:6 all_unreclaimable? no
lowmem_reserve[]: 0 0 13035 13035
Node 0 Normal free:55120kB min:55468kB low:69332kB high:83200kB active_anon:160kB inactive_anon:0kB active_file:192kB inactive_file:4256kB unevictable:13084788kB isolated(anon):4kB isolated(file):0kB present:13631488kB managed:13351116kB mlocked:13084788kB dirty:0kB writeback:0kB mapped:192kB shmem:0kB slab_reclaimable:15924kB slab_unreclaimable:34832kB kernel_stack:3408kB pagetables:30296kB unstable:0kB bounce:0kB free_pcp:744kB local_pcp:0kB free_cma:0kB writeback_tmp:0kB pages_scanned:0 all_unreclaimable? no
lowmem_reserve[]: 0 0 0 0
Node 0 DMA: 1*4kB (U) 0*8kB 1*16kB (U) 0*32kB 2*64kB (U) 1*128kB (U) 1*256kB (U) 0*512kB 1*1024kB (U) 1*2048kB (M) 3*4096kB (M) = 15892kB
`
