package event

import "time"

// NotPrinted stands for a number that the log does not state. It is never 0:
// a zero is a statement.
const NotPrinted = -1

// AdjNotPrinted stands for an oom_score_adj or an oom_adj that the log does not
// state. Both can be -1, and neither is ever as low as this.
const AdjNotPrinted = -1 << 15

// An OOMDump is one run of the kernel's OOM killer, as far as one log tells it:
// from "invoked oom-killer" to its last "Killed process" line, or whatever is
// left of that. Sizes are KiB where the name ends in KB, else pages.
// Source of the lines: mm/oom_kill.c, mm/memcontrol.c, mm/show_mem.c.
type OOMDump struct {
	Steps   []Step   // the lines that tell what happened, in the log's order; never empty
	Trigger *Trigger // who asked for memory; nil if the header is not in the log
	// Kind is memcg, global, cpuset or mempolicy, as the log states or proves
	// it; "" if it does not.
	Kind       string
	Constraint string // CONSTRAINT_MEMCG and so on, as printed; "" before Linux 5.0
	Nodemask   string // as printed, "(null)" too; "" if not printed
	Cpuset     string // the last component of the asking task's cpuset; "/" is the root
	// MemsAllowed are the memory nodes that the asking task may use: "0-1,3".
	MemsAllowed string
	OOMMemcg    string // the cgroup whose limit was hit
	TaskMemcg   string // the cgroup in which the chosen task lived
	Chosen      *Chosen
	Memory      MemcgMemory
	Node        NodeMemory
	Tasks       []Task // the table, in its order
	TasksCut    int    // rows of the table that were not kept
	HasTable    bool   // the table's header was seen
	TableWhole  bool   // and its end too: something that is printed after it
	Victims     []Victim
	GroupMemcg  string // memory.oom.group: the cgroup that was killed whole
	NoKillable  bool   // "Out of memory and no killable processes..."
	Panic       string // what the panic says, if panic_on_oom ended the machine
	SysRq       bool   // asked for by a person at the SysRq key
	Allocating  bool   // vm.oom_kill_allocating_task: no comparison took place
	Release     string // the kernel's release, from the CPU: line
	Taint       string // the taint flags, as printed: "G        W"; "" if not tainted, or not printed
	Hardware    string // "QEMU Standard PC, BIOS 1.16": the Hardware name: line
	// Frames are the functions of the asking task's stack, the innermost first.
	// FramesUnsure says that the kernel's unwinder was sure of none: some may be left
	// over from earlier calls.
	Frames       []string
	FramesUnsure bool
	Truncated    bool // the log does not hold it whole
	// Tangled says that its lines alternate with those of another report, and that
	// what could be of either is left out.
	Tangled bool
}

// A Step is one line of an OOMDump that is worth a place on a timeline.
type Step struct {
	Pos    Pos
	Stamps Stamps
	What   string // invoked, limit, memory, tasks, chosen, killed, group, reaped, unreaped, no-killable, panic, sysrq, exiting, pinned
	Text   string
	PID    int // killed, reaped, exiting, chosen: whom the line names; else 0
}

// A Trigger is the task, a thread, that asked for memory. It need not be the
// victim, nor of its process. PID is NotPrinted if the CPU: line is missing.
type Trigger struct {
	Comm        string
	PID         int
	GFPMask     string   // 0xcc0
	GFPFlags    []string // names as printed, 4.6 and later
	Order       int      // -1: asked for by SysRq-f, 4.3 and later
	OOMScoreAdj int      // AdjNotPrinted before 2.6.36
	OOMAdj      int      // -17 to 15; AdjNotPrinted from 3.7 on
}

// A Chosen is the task that the selection line names; up to 5.0 the one of the
// "Kill process" line, in whose place a child of it may die.
type Chosen struct {
	Comm  string
	PID   int
	UID   int // NotPrinted up to 4.20
	Score int // up to 5.0, in the unit of that kernel; NotPrinted from then on
}

// A Task is one row of the task table. Absent columns are NotPrinted.
type Task struct {
	PID, TGID, UID               int
	TotalVM, RSS                 int64 // pages
	RSSAnon, RSSFile, RSSShmem   int64 // pages
	PgtablesBytes, NrPtes, NrPmd int64 // one of the two ways; the latter in pages
	Swapents                     int64 // pages
	CPU                          int   // to 3.5: the last one it ran on
	OOMAdj                       int   // to 3.5; AdjNotPrinted
	OOMScoreAdj                  int   // AdjNotPrinted to 2.6.35
	Comm                         string
}

// A Victim is a process that a "Killed process" line names. Sizes are KiB;
// those that the kernel does not print are NotPrinted.
type Victim struct {
	PID                             int
	Comm                            string
	UID                             int
	TotalVMKB, AnonRSSKB, FileRSSKB int64
	ShmemRSSKB, PgtablesKB          int64
	OOMScoreAdj                     int
	AdjPrinted                      bool
	Step                            int // index into Steps
	Again                           int // how often the kernel named it again
	Reaped                          bool
	Unreaped                        bool // "oom_reaper: unable to reap pid"
	// Sharing says that it had to die because it shares the memory map of the
	// victim before it, 2.6.37 to 4.3. No sizes are printed of it.
	Sharing                                bool
	LeftAnonKB, LeftFileKB, LeftShmemRSSKB int64 // after the reaper, NotPrinted without its line
}

// Like reports whether two kill lines can be of one memory map.
func (v *Victim) Like(o *Victim) bool {
	return v.TotalVMKB == o.TotalVMKB && v.AnonRSSKB == o.AnonRSSKB && v.FileRSSKB == o.FileRSSKB &&
		v.ShmemRSSKB == o.ShmemRSSKB && v.PgtablesKB == o.PgtablesKB && v.UID == o.UID
}

// Role says that the kernel's own report is the strongest witness.
func (d *OOMDump) Role() Role { return Kill }

// Keys returns the pids of victims and trigger and the cgroups.
func (d *OOMDump) Keys() []Key {
	var ks keys
	for _, v := range d.Victims {
		ks.pid(HostPID, v.PID)
	}
	if d.Chosen != nil {
		ks.pid(HostPID, d.Chosen.PID)
	}
	ks.add(Memcg, d.TaskMemcg)
	ks.add(Memcg, d.OOMMemcg)
	return ks
}

// A Boot is the first line of a kernel: what was before it is of another boot.
type Boot struct{ Release string }

// Role says that a boot proves nothing of a kill.
func (Boot) Role() Role { return Context }

// Keys returns nothing.
func (Boot) Keys() []Key { return nil }

// A LowMemoryKill is a kill by a driver's or a daemon's policy before memory ran
// out: Android's lowmemorykiller. The OOM killer had no part in it.
type LowMemoryKill struct {
	By     string // lowmemorykiller
	PID    int
	Comm   string
	Adj    int    // as the driver counts it; AdjNotPrinted
	SizeKB int64  // what it expects to free; NotPrinted
	For    string // on whose behalf, "" if not told
	Why    string // the driver's own reason, "" if not told
}

// Role says that somebody else than the OOM killer killed.
func (LowMemoryKill) Role() Role { return Intent }

// Keys returns the pid of the killed process.
func (b LowMemoryKill) Keys() []Key {
	var ks keys
	ks.pid(HostPID, b.PID)
	return ks
}

// A LogGap is where a log lost entries: by its own word, or by the middle of a
// report whose ends it does not hold.
type LogGap struct{ What string }

// Role says that a gap proves nothing of a kill.
func (LogGap) Role() Role { return Context }

// Keys returns nothing.
func (LogGap) Keys() []Key { return nil }

// A TaskOOM is a runtime's OOM event for a container: containerd's TaskOOM,
// docker's "container oom", conmon's "OOM received".
type TaskOOM struct{ Container Container }

// Role says that the runtime counts what the kernel told its cgroup.
func (TaskOOM) Role() Role { return Counted }

// Keys returns the container's names.
func (b TaskOOM) Keys() []Key { return b.Container.Keys() }

// A StartOOM is the word of runc or crun, as somebody repeats it, that memory ran out
// while a process of a container was being started.
type StartOOM struct {
	Container Container
	By        string // runc, crun
	// Exec says that the process was to run in a container that ran already.
	Exec bool
	// Counted says that a kill in the container's cgroup was counted; else only that
	// its limit was hit.
	Counted bool
}

// Role says that a count of kills is one, and that a hit of the limit explains the
// end of a start as other things do.
func (b StartOOM) Role() Role {
	if b.Counted {
		return Counted
	}
	return Death
}

// Keys returns the container's names.
func (b StartOOM) Keys() []Key { return b.Container.Keys() }

// A TaskExit is a runtime's word that a container's process ended. ExecID is
// set where it was not the container's first process. ExitCode is NotPrinted
// if it is not told; PID is the host's, 0 if not told.
type TaskExit struct {
	Container Container
	ExecID    string
	PID       int
	ExitCode  int
	At        time.Time // exited_at, if told
}

// Role says that an end can have many reasons.
func (TaskExit) Role() Role { return Death }

// Keys returns the container's names and the host pid.
func (b TaskExit) Keys() []Key {
	ks := keys(b.Container.Keys())
	ks.pid(HostPID, b.PID)
	return ks
}

// A TaskStart is a runtime's or the kubelet's word that a container runs. PID
// is the host pid of its first process, 0 if not told.
type TaskStart struct {
	Container Container
	PID       int
}

// Role says that something began to live.
func (TaskStart) Role() Role { return Life }

// Keys returns the container's names and the host pid.
func (b TaskStart) Keys() []Key {
	ks := keys(b.Container.Keys())
	ks.pid(HostPID, b.PID)
	return ks
}

// An Identity ties names of one container or pod to each other.
type Identity struct{ Container Container }

// Role says that names prove nothing of a kill.
func (Identity) Role() Role { return Context }

// Keys returns the names.
func (b Identity) Keys() []Key { return b.Container.Keys() }

// A StopContainer is somebody's decision, other than the OOM killer's, to end a
// container or a pod: a failed probe, a deletion, a stop through the CRI.
// Grace is in seconds, NotPrinted if not told.
type StopContainer struct {
	Container Container
	Why       string // as a clause: "the liveness probe failed"
	Grace     int
	Kill      bool // SIGKILL was decided, not only asked for politely
}

// Role says that somebody else wanted the end.
func (StopContainer) Role() Role { return Intent }

// Keys returns the container's names.
func (b StopContainer) Keys() []Key { return b.Container.Keys() }

// A PodLifecycle is the kubelet's PLEG: it compares what runs every second.
// Type is ContainerDied or ContainerStarted; ExitCode is NotPrinted if not told.
type PodLifecycle struct {
	Container Container
	Type      string
	ExitCode  int
}

// Role says that a container died or started.
func (b PodLifecycle) Role() Role {
	if b.Type == "ContainerStarted" {
		return Life
	}
	return Death
}

// Keys returns the container's names.
func (b PodLifecycle) Keys() []Key { return b.Container.Keys() }

// A KubeletOOM is the kubelet's word about an OOM kill that it read in the
// kernel's log, through cAdvisor. At is the time inside the message, which
// alone is the kill's: a kubelet that starts repeats all old kills.
type KubeletOOM struct {
	Kind                string // SystemOOM (the node event), "sys oom" (its log line), cadvisor
	PID                 int    // the host's, 0 if not told
	Comm                string
	TaskMemcg, OOMMemcg string // "" if not told; "/" as printed
	At                  Stamp  // None if not told
}

// Role says that the kubelet only reads what the kernel printed.
func (KubeletOOM) Role() Role { return Noticed }

// Keys returns pid and cgroups, without the root.
func (b KubeletOOM) Keys() []Key {
	var ks keys
	ks.pid(HostPID, b.PID)
	for _, memcg := range []string{b.TaskMemcg, b.OOMMemcg} {
		if memcg != "/" {
			ks.add(Memcg, memcg)
		}
	}
	return ks
}

// A KubeletStart says that a kubelet began to run: it reads the ring buffer
// from its start and reports old kills again. Verbosity is NotPrinted if not
// told, Version is "".
type KubeletStart struct {
	Version   string
	Verbosity int
}

// Role says that a kubelet's start proves nothing of a kill.
func (KubeletStart) Role() Role { return Context }

// Keys returns nothing.
func (KubeletStart) Keys() []Key { return nil }

// A ProgramStart says that a program other than the kubelet began to run, and in
// which version.
type ProgramStart struct{ Program, Version string }

// Role says that a start proves nothing of a kill.
func (ProgramStart) Role() Role { return Context }

// Keys returns nothing.
func (ProgramStart) Keys() []Key { return nil }

// An Eviction is a step of the kubelet's eviction manager about memory. Pod
// names are in Container; Done says that the pod was evicted.
type Eviction struct {
	Container Container
	Step      string // attempting, ranked, evicting, evicted, refused
	Resource  string
	Message   string
	Done      bool
}

// Role says that the kubelet evicted, or thought of it.
func (b Eviction) Role() Role {
	if b.Done {
		return Evicted
	}
	return Context
}

// Keys returns the pod's names.
func (b Eviction) Keys() []Key { return b.Container.Keys() }

// A BackOff is the kubelet's wait before it starts a container again.
type BackOff struct {
	Container Container
	Delay     string
}

// Role says that a restart was put off.
func (BackOff) Role() Role { return Life }

// Keys returns the container's names.
func (b BackOff) Keys() []Key { return b.Container.Keys() }

// A Terminated is one end of a container as a pod's status tells it. Times are
// zero if not told, and have whole seconds.
type Terminated struct {
	ExitCode            int
	Reason, Message     string
	StartedAt, FinishAt time.Time
	ContainerID         string
}

// A ContainerStatus is what a pod object, or a runtime's own record, says of one
// container: what was asked for, and how its last end was. Sizes are bytes,
// NotPrinted if not stated. Where Container has no Name it is the word on the pod
// alone: of kubectl's tables, which do not say which of its containers a reason is
// of, or of a status without any.
type ContainerStatus struct {
	// By is whose record it is: docker, podman, crictl; "" for a pod object.
	By            string
	Container     Container
	Init          bool
	Limit         int64 // resources.limits.memory
	Request       int64 // resources.requests.memory
	State         string
	StartedAt     time.Time // of the running state
	Waiting       string    // the reason of a waiting state
	Ended         []Terminated
	OOMKilled     bool // a runtime's word of the present run, since StartedAt
	RestartCount  int
	PodLimit      int64  // spec.resources.limits.memory
	QoS           string // as the status states it, or where it does not, SpecQoS
	SpecQoS       string // as the spec's requests and limits make it; "" if they do not tell
	Phase, Reason string // of the pod
	Message       string
	RestartPolicy string
	Static        bool
}

// Role says what the status proves: OOMKilled is the runtime's count, any other
// end by 137 a death. ContainerStatusUnknown comes with 137 too and means that the
// record of the end is missing.
func (b ContainerStatus) Role() Role {
	role := Context
	if b.OOMKilled {
		return Counted
	}
	for _, t := range b.Ended {
		switch {
		case t.Reason == "OOMKilled":
			return Counted
		case t.ExitCode == 137 && t.Reason != "ContainerStatusUnknown":
			role = Death
		}
	}
	return role
}

// Keys returns the pod's names and the ids of all ends.
func (b ContainerStatus) Keys() []Key {
	ks := keys(b.Container.Keys())
	for _, t := range b.Ended {
		ks.add(ContainerID, t.ContainerID)
	}
	return ks
}

// A NodeStatus is what a node object says of the machine. Bytes, NotPrinted if
// not stated.
type NodeStatus struct {
	Name                  string
	Capacity, Allocatable int64
	KernelVersion         string
	KubeletVersion        string
	RuntimeVersion        string
	MemoryPressure        string    // the condition's status: True, False, Unknown; "" if not stated
	PressureSince         time.Time // when that last changed, zero if not stated
}

// Role says that a node's object proves nothing of a kill.
func (NodeStatus) Role() Role { return Context }

// Keys returns nothing: a node is not what an incident is about.
func (NodeStatus) Keys() []Key { return nil }

// A WorkerExit is a supervisor's word that a worker ended. PIDs are of the
// supervisor's own namespace, 0 if the line does not say.
type WorkerExit struct {
	Framework  string // the dialect: dramatiq, celery, bash
	Supervisor int
	PID        int
	Name       string // what the supervisor calls the worker: index-builder, ForkPoolWorker-2
	Signal     int    // 0 if the line names none
	ExitCode   int    // NotPrinted if the line names none
	// Weak says that the line names no cause: a broken pool, a worker that was
	// started again.
	Weak bool
	// PassesOn says that the line passes on an exit code which a shell can have
	// told of in its own words: a CI runner's.
	PassesOn bool
	Task     string // what it was doing, if the line says
}

// Role says that SIGKILL has many senders.
func (WorkerExit) Role() Role { return Death }

// Keys returns the worker's pid, of a namespace that the line does not tell.
func (b WorkerExit) Keys() []Key {
	var ks keys
	ks.pid(InnerPID, b.PID)
	return ks
}

// A WorkerStart is a supervisor's word that a worker began.
type WorkerStart struct {
	Framework  string
	Supervisor int
	PID        int
	Name       string
}

// Role says that something began to live.
func (WorkerStart) Role() Role { return Life }

// Keys returns the worker's pid.
func (b WorkerStart) Keys() []Key {
	var ks keys
	ks.pid(InnerPID, b.PID)
	return ks
}

// A WorkerStop is a supervisor's word that it ends a worker, or all of them,
// itself: a timeout, a reload, a shutdown. A death by SIGKILL that follows is
// not the OOM killer's.
type WorkerStop struct {
	Framework  string
	Supervisor int
	PID        int // 0: all of them
	Name       string
	Why        string // as a clause: "gunicorn's worker timeout struck"
	Kill       bool   // it sends SIGKILL itself, at once or in the end
}

// Role says that somebody else wanted the end.
func (WorkerStop) Role() Role { return Intent }

// Keys returns the worker's pid.
func (b WorkerStop) Keys() []Key {
	var ks keys
	ks.pid(InnerPID, b.PID)
	return ks
}

// A MemoryFailure is a program's own word that it ran out of memory inside:
// a Java heap, a Python MemoryError. It is no kill by the kernel.
type MemoryFailure struct {
	Framework string // java, python, node
	What      string // as a clause
}

// Role says that the program failed by itself.
func (MemoryFailure) Role() Role { return Intent }

// Keys returns nothing.
func (MemoryFailure) Keys() []Key { return nil }
