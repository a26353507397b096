// Package report is the contract: the types behind `oomtrace analyze --format
// json`, which other programs read. Adding a key is fine; renaming or re-typing
// one breaks them and changes Schema.
//
// A report comes from correlate, which alone fills it, and goes to the
// renderers, which know nothing else. Units are in the names: _kb is KiB,
// _seconds a float, times are RFC 3339 in UTC with the precision that the
// evidence has. What the logs do not state is null or left out, never a guess;
// what is inferred says so in a basis beside it. The package imports nothing of
// this program.
package report

import (
	"encoding/json"
	"io"
)

// Schema names the contract that this version of the types keeps.
const Schema = "oomtrace/v1"

// A Report is everything that one analysis found.
type Report struct {
	Schema    string     `json:"schema"`
	Generator Generator  `json:"generator"`
	Inputs    []Input    `json:"inputs"`
	Incidents []Incident `json:"incidents"`
	RuledOut  []RuledOut `json:"ruled_out"`
	Problems  []Problem  `json:"problems"`
}

// A Generator is the program that wrote the report.
type Generator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// An Input is one file that was read, or looked at and left alone.
type Input struct {
	Path     string `json:"path"`
	Format   string `json:"format"`
	Source   string `json:"source,omitempty"` // kernel, node, runtime, worker, kubernetes, systemd, mixed
	Node     string `json:"node,omitempty"`
	Bytes    int64  `json:"bytes"`
	Lines    int64  `json:"lines"`
	First    *Time  `json:"first,omitempty"`
	Last     *Time  `json:"last,omitempty"`
	Clock    Clock  `json:"clock"`
	Problems int    `json:"problems"`
	// KernelCovers are the stretches for which the input holds the kernel's
	// messages without a known gap, so that its silence about a kill is evidence.
	KernelCovers []Period `json:"kernel_covers,omitempty"`
}

// A Period is a stretch of time. A bound is null where the logs do not tie it to
// a date.
type Period struct {
	From *Time `json:"from"`
	To   *Time `json:"to"`
}

// A Clock says how a file's stamps were brought to UTC.
type Clock struct {
	Kind        string   `json:"kind"` // wall, monotonic, relative, yearless, zoneless, none
	Offset      *float64 `json:"offset_seconds"`
	Uncertainty *float64 `json:"uncertainty_seconds"`
	Basis       string   `json:"basis"`
}

// Verdicts. A report without a kill, because nobody could be killed or the
// kernel panicked instead, is certain and still no kill: NoKill.
const (
	Confirmed = "confirmed"
	Suspected = "suspected"
	NoKill    = "no_kill"
)

// An Incident is one run of the OOM killer, or what is left of it, with all
// that the logs tell about it.
type Incident struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"` // memcg, global, cpuset, mempolicy, eviction, userspace, unknown
	Verdict    string   `json:"verdict"`
	Confidence float64  `json:"confidence"`
	Summary    string   `json:"summary"`
	Node       string   `json:"node,omitempty"`
	BootID     *string  `json:"boot_id"`
	Kernel     *Kernel  `json:"kernel,omitempty"`
	Time       When     `json:"time"`
	Trigger    *Trigger `json:"trigger"`
	Constraint string   `json:"constraint,omitempty"`
	// ConstraintBasis says what the constraint is inferred from, where the kernel
	// did not print it.
	ConstraintBasis string      `json:"constraint_basis,omitempty"`
	OOMMemcg        string      `json:"oom_memcg,omitempty"`
	TaskMemcg       string      `json:"task_memcg,omitempty"`
	Memory          *Memory     `json:"memory"`
	Tasks           []Task      `json:"tasks"`
	TasksCut        int         `json:"tasks_omitted,omitempty"`
	TasksByName     []NameSum   `json:"tasks_by_name,omitempty"` // the largest first
	Allocation      *Allocation `json:"allocation,omitempty"`    // why it failed, where no cgroup's limit is the reason
	Selection       *Selection  `json:"selection"`
	Victims         []Victim    `json:"victims"`
	GroupMemcg      string      `json:"group_memcg,omitempty"` // memory.oom.group: killed whole
	Container       *Container  `json:"container"`
	Unit            *string     `json:"unit"`
	Worker          *Worker     `json:"worker"`
	Noticed         Noticed     `json:"noticed"`
	Timeline        []Entry     `json:"timeline"`
	Explanation     []Answer    `json:"explanation"`
	Advice          []Advice    `json:"advice"`
	Group           string      `json:"group,omitempty"`
}

// A Kernel is what the kernel's report says of itself and of the machine.
type Kernel struct {
	Release  string `json:"release,omitempty"`
	Taint    string `json:"taint,omitempty"` // flags, as printed
	Hardware string `json:"hardware,omitempty"`
}

// When is the time of an incident. Kill is null where the logs allow no
// alignment; Stamp is then what the log itself wrote.
type When struct {
	Kill        *Time    `json:"kill"`
	Start       *Time    `json:"start,omitempty"`
	End         *Time    `json:"end,omitempty"`
	Uncertainty *float64 `json:"uncertainty_seconds"`
	Basis       string   `json:"basis"`
	Stamp       string   `json:"stamp,omitempty"`
}

// A Trigger is the thread that asked for memory.
type Trigger struct {
	PID         *int     `json:"pid"`
	Comm        string   `json:"comm"`
	GFPMask     string   `json:"gfp_mask,omitempty"`
	GFPFlags    []string `json:"gfp_flags"`
	GFPBasis    string   `json:"gfp_basis,omitempty"`   // what the flags were read by
	GFPMeaning  string   `json:"gfp_meaning,omitempty"` // a clause
	Order       int      `json:"order"`
	OOMScoreAdj *int     `json:"oom_score_adj"`
	OOMAdj      *int     `json:"oom_adj,omitempty"` // kernels to 3.8
}

// Memory is what the kernel printed of the cgroup that ran full, or of the machine.
type Memory struct {
	UsageKB     *int64 `json:"usage_kb"`
	LimitKB     *int64 `json:"limit_kb"`
	Failcnt     *int64 `json:"failcnt"`
	SwapUsageKB *int64 `json:"swap_usage_kb"`
	SwapLimitKB *int64 `json:"swap_limit_kb"`
	// Of memory and swap together, and of the kernel's own memory: cgroup v1.
	MemswUsageKB *int64           `json:"memsw_usage_kb,omitempty"`
	MemswLimitKB *int64           `json:"memsw_limit_kb,omitempty"`
	MemswFailcnt *int64           `json:"memsw_failcnt,omitempty"`
	KmemUsageKB  *int64           `json:"kmem_usage_kb,omitempty"`
	TotalKB      *int64           `json:"total_kb"`
	SwapTotalKB  *int64           `json:"swap_total_kb,omitempty"`
	PageKB       *int64           `json:"page_kb,omitempty"`
	PageBasis    string           `json:"page_basis,omitempty"`
	Stat         map[string]int64 `json:"stat,omitempty"`
	Breakdown    *Breakdown       `json:"breakdown,omitempty"`
}

// A Breakdown says where the memory was. The parts and UnaccountedKB add up to
// TotalKB.
type Breakdown struct {
	Of             string   `json:"of"` // cgroup, machine
	TotalKB        int64    `json:"total_kb"`
	Basis          string   `json:"basis"`
	Parts          []Part   `json:"parts"`
	UnaccountedKB  int64    `json:"unaccounted_kb"`
	UnaccountedWhy string   `json:"unaccounted_why,omitempty"`
	SwapKB         *int64   `json:"swap_kb,omitempty"` // swapped out, not in the total
	Notes          []string `json:"notes,omitempty"`
}

// A Part is one use of memory.
type Part struct {
	Name        string `json:"name"` // the kernel's word: anon, slab_unreclaimable
	From        string `json:"from"` // how it comes from the kernel's report
	KB          int64  `json:"kb"`
	Label       string `json:"label"`
	Reclaimable string `json:"reclaimable"` // yes, no, partly
}

// A NameSum is what all processes of one name use together, by the task table.
type NameSum struct {
	Comm   string `json:"comm"`
	Count  int    `json:"count"`
	RSSKB  *int64 `json:"rss_kb"`
	AnonKB *int64 `json:"anon_kb,omitempty"`
	// Partial says that not all rows of the table are there.
	Partial bool `json:"partial,omitempty"`
}

// An Allocation is why the request for memory failed, zone by zone.
type Allocation struct {
	Zone     string    `json:"zone,omitempty"` // the highest that the mask allows
	Zones    []Zone    `json:"zones"`          // in the order in which the kernel tries them
	Findings []Finding `json:"findings"`
	Unknown  []string  `json:"unknown,omitempty"`
}

// A Zone is one memory zone as the request met it. Verdicts are yes, no, unknown.
type Zone struct {
	Node      *int   `json:"node"`
	Name      string `json:"name"`
	Usable    string `json:"usable"`
	FreeKB    *int64 `json:"free_kb"`
	MinKB     *int64 `json:"min_kb"`
	LowKB     *int64 `json:"low_kb"`
	HighKB    *int64 `json:"high_kb"`
	ReserveKB *int64 `json:"reserve_kb"` // lowmem_reserve for this request
	NeedKB    *int64 `json:"need_kb"`    // an ordinary attempt needs more than this
	LackKB    *int64 `json:"lack_kb"`    // at least; 0 if there is enough
	Passes    string `json:"passes"`
	Text      string `json:"text"`
}

// A Finding is something that the kernel's figures show.
type Finding struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// A Task is a row of the kernel's task table. The _kb values are null where the
// page size is not known.
type Task struct {
	PID         int    `json:"pid"`
	TGID        int    `json:"tgid"`
	UID         int    `json:"uid"`
	Comm        string `json:"comm"`
	TotalVMKB   *int64 `json:"total_vm_kb"`
	RSSKB       *int64 `json:"rss_kb"`
	PgtablesKB  *int64 `json:"pgtables_kb"`
	SwapKB      *int64 `json:"swap_kb"`
	OOMScoreAdj *int   `json:"oom_score_adj"`
	OOMAdj      *int   `json:"oom_adj,omitempty"` // kernels to 3.5
	// Badness is recomputed, in pages, to 3.4 in thousandths; null: it cannot be
	// chosen, or computed.
	Badness *int64 `json:"badness"`
}

// A Selection is the recomputed choice of the victim.
type Selection struct {
	Rule       string `json:"rule"`
	TotalPages *int64 `json:"total_pages"`
	VictimRank *int   `json:"victim_rank"` // from 1
	Agrees     *bool  `json:"agrees"`
	Note       string `json:"note"`
	// Candidate is whom the kernel chose, where another process died in its place.
	Candidate *Process `json:"candidate,omitempty"`
	// PrintedScore is the candidate's score as kernels to 5.0 print it, and Score
	// what it comes to when recomputed: both in thousandths.
	PrintedScore *int64   `json:"printed_score,omitempty"`
	Score        *int64   `json:"recomputed_score,omitempty"`
	Next         *Process `json:"next,omitempty"` // who would have been killed next
	WhatIf       []WhatIf `json:"what_if,omitempty"`
	// LackedKB is by how much at least the limit was too low.
	LackedKB *int64 `json:"lacked_kb,omitempty"`
}

// A Process is one of the task table.
type Process struct {
	PID  int    `json:"pid"`
	Comm string `json:"comm"`
}

// A WhatIf is the smallest change of one number with which the kernel would have
// chosen another process.
type WhatIf struct {
	What        string   `json:"what"` // "victim's oom_score_adj", "runner-up's oom_score_adj", "victim's memory"
	Process     Process  `json:"process"`
	Possible    bool     `json:"possible"`
	OOMScoreAdj *int     `json:"oom_score_adj,omitempty"`
	LessKB      *int64   `json:"less_kb,omitempty"`
	Chosen      *Process `json:"chosen,omitempty"`
	Certain     bool     `json:"certain"`
}

// A Victim is a process that was killed, or that is said to have been.
type Victim struct {
	PID          int    `json:"pid"`
	Comm         string `json:"comm"`
	UID          *int   `json:"uid"`
	TotalVMKB    *int64 `json:"total_vm_kb"`
	AnonRSSKB    *int64 `json:"anon_rss_kb"`
	FileRSSKB    *int64 `json:"file_rss_kb"`
	ShmemRSSKB   *int64 `json:"shmem_rss_kb"`
	PgtablesKB   *int64 `json:"pgtables_kb"`
	OOMScoreAdj  *int   `json:"oom_score_adj"`
	NamespacePID *int   `json:"namespace_pid"`
	Basis        string `json:"namespace_pid_basis,omitempty"`
}

// A Range is a quantity known between two bounds.
type Range struct {
	MinKB int64  `json:"min_kb"`
	MaxKB int64  `json:"max_kb"`
	Basis string `json:"basis"`
}

// A Container is where the victim lived, where that was one.
type Container struct {
	Runtime       *string `json:"runtime"`
	ID            *string `json:"id"`
	Name          *string `json:"name"`
	Namespace     *string `json:"namespace"`
	Pod           *string `json:"pod"`
	PodUID        *string `json:"pod_uid"`
	QoS           *string `json:"qos"`
	Image         *string `json:"image"`
	NamesBasis    string  `json:"names_basis,omitempty"` // of name, namespace and pod, where they were inferred
	ExitCode      *int    `json:"exit_code"`
	Reason        *string `json:"reason"`
	Restarted     *bool   `json:"restarted"`
	MemoryLimitKB *int64  `json:"memory_limit_kb"`
	MemoryRequest *Range  `json:"memory_request"`
}

// A Worker is what the supervisor said of the dead process.
type Worker struct {
	Framework     string `json:"framework"`
	SupervisorPID *int   `json:"supervisor_pid"`
	WorkerPID     *int   `json:"worker_pid"`
	Name          string `json:"name,omitempty"`
	Signal        *int   `json:"signal"`
	Basis         string `json:"basis,omitempty"` // what ties it to the kernel's victim
}

// Noticed says who left a line that tells of the OOM kill itself, and not only
// of an end: Kubernetes by the reason OOMKilled, the worker's supervisor by the
// death of its worker.
type Noticed struct {
	Kernel     bool `json:"kernel"`
	Systemd    bool `json:"systemd"`
	Runtime    bool `json:"runtime"`
	Kubelet    bool `json:"kubelet"`
	Kubernetes bool `json:"kubernetes"`
	Worker     bool `json:"worker"`
}

// An Entry is one line on an incident's timeline.
type Entry struct {
	Time        *Time    `json:"time"`
	Uncertainty *float64 `json:"uncertainty_seconds"`
	Delta       *float64 `json:"delta_seconds,omitempty"` // to the kill
	Stamp       string   `json:"stamp,omitempty"`         // the log's own reading
	Source      string   `json:"source"`                  // kernel, node, runtime, worker, kubernetes, systemd
	Actor       string   `json:"actor"`
	Event       string   `json:"event"`
	Text        string   `json:"text"`
	File        string   `json:"file"`
	Line        int      `json:"line"`
	Repeats     int      `json:"repeats"`
	Also        []Place  `json:"also,omitempty"`
}

// A Place is where the same line was met again.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// An Answer is the answer to one of the questions that every report answers.
// Evidence are indexes into the timeline.
type Answer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
	Evidence []int  `json:"evidence"`
	// Sentences are the parts of Answer, each with the evidence for it alone.
	Sentences []Sentence `json:"sentences,omitempty"`
}

// A Sentence is one claim and what it rests on.
type Sentence struct {
	Text     string `json:"text"`
	Evidence []int  `json:"evidence"`
}

// Advice is one thing to do.
type Advice struct {
	Text     string `json:"text"`
	Evidence []int  `json:"evidence"`
}

// A RuledOut is a death that looks like an OOM kill and was shown not to be one.
type RuledOut struct {
	Time      When       `json:"time"`
	Container *Container `json:"container"`
	Unit      *string    `json:"unit,omitempty"`
	Worker    *Worker    `json:"worker"`
	Kind      string     `json:"kind,omitempty"` // lowmemorykiller: a policy other than the OOM killer's
	Why       string     `json:"why"`
	Timeline  []Entry    `json:"timeline"`
}

// A Problem is something in the input that kept the program from reading it whole.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Write prints r as indented JSON. Text of logs is left as it is but for what
// JSON must escape; control characters are escaped by that.
func (r *Report) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// Read returns the report that rd holds as JSON.
func Read(rd io.Reader) (*Report, error) {
	r := new(Report)
	if err := json.NewDecoder(rd).Decode(r); err != nil {
		return nil, err
	}
	return r, nil
}
