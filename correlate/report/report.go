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
	ID          string     `json:"id"`
	Kind        string     `json:"kind"` // memcg, global, cpuset, mempolicy, eviction, userspace, unknown
	Verdict     string     `json:"verdict"`
	Confidence  float64    `json:"confidence"`
	Summary     string     `json:"summary"`
	Node        string     `json:"node,omitempty"`
	BootID      *string    `json:"boot_id"`
	Time        When       `json:"time"`
	Trigger     *Trigger   `json:"trigger"`
	Constraint  string     `json:"constraint,omitempty"`
	OOMMemcg    string     `json:"oom_memcg,omitempty"`
	TaskMemcg   string     `json:"task_memcg,omitempty"`
	Memory      *Memory    `json:"memory"`
	Tasks       []Task     `json:"tasks"`
	TasksCut    int        `json:"tasks_omitted,omitempty"`
	Selection   *Selection `json:"selection"`
	Victims     []Victim   `json:"victims"`
	GroupMemcg  string     `json:"group_memcg,omitempty"` // memory.oom.group: killed whole
	Container   *Container `json:"container"`
	Unit        *string    `json:"unit"`
	Worker      *Worker    `json:"worker"`
	Noticed     Noticed    `json:"noticed"`
	Timeline    []Entry    `json:"timeline"`
	Explanation []Answer   `json:"explanation"`
	Advice      []Advice   `json:"advice"`
	Group       string     `json:"group,omitempty"`
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
	Order       int      `json:"order"`
	OOMScoreAdj int      `json:"oom_score_adj"`
}

// Memory is what the kernel printed of the cgroup that ran full, or of the machine.
type Memory struct {
	UsageKB     *int64           `json:"usage_kb"`
	LimitKB     *int64           `json:"limit_kb"`
	Failcnt     *int64           `json:"failcnt"`
	SwapUsageKB *int64           `json:"swap_usage_kb"`
	SwapLimitKB *int64           `json:"swap_limit_kb"`
	TotalKB     *int64           `json:"total_kb"`
	SwapTotalKB *int64           `json:"swap_total_kb,omitempty"`
	Stat        map[string]int64 `json:"stat,omitempty"`
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
	OOMScoreAdj int    `json:"oom_score_adj"`
	Badness     *int64 `json:"badness"` // recomputed, in pages; null: cannot be chosen, or not computable
}

// A Selection is the recomputed choice of the victim.
type Selection struct {
	Rule       string `json:"rule"`
	TotalPages *int64 `json:"total_pages"`
	VictimRank *int   `json:"victim_rank"` // from 1
	Agrees     *bool  `json:"agrees"`
	Note       string `json:"note"`
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
	Worker    *Worker    `json:"worker"`
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
