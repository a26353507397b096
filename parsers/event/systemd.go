package event

// A UnitOOM is systemd's word that processes of a unit were killed for want of
// memory. It reads the counters of the unit's cgroup, those of all cgroups below
// it among them, so that it tells of a slice too whatever was killed in it.
// On cgroup v1 it does not see such kills.
type UnitOOM struct {
	Unit string
	// By is systemd-oomd where that killed; "" for the kernel, or for either where
	// Result is set.
	By string
	// Result says that it is told as the unit's result, oom-kill: when the unit had
	// ended.
	Result bool
	Count  int // of processes; NotPrinted
}

// Role says that systemd counts the kills of the unit's cgroup.
func (UnitOOM) Role() Role { return Counted }

// Keys returns the unit.
func (b UnitOOM) Keys() []Key { return unitKeys(b.Unit) }

// A UnitExit is systemd's word that a process of a unit ended by SIGKILL, or with
// the exit code by which a shell says so of a child of its.
type UnitExit struct {
	Unit     string
	Process  string // main, control, as systemd calls it
	Signal   int    // 9, or 0
	ExitCode int    // 137, or NotPrinted
	OOMKill  bool   // the same record gives the unit's result as oom-kill
}

// Role says that SIGKILL has many senders.
func (UnitExit) Role() Role { return Death }

// Keys returns the unit.
func (b UnitExit) Keys() []Key { return unitKeys(b.Unit) }

// A UnitStop is a decision of systemd's, or of somebody who asked it, to end a
// unit or one of its processes: a timeout, a watchdog, systemctl kill.
type UnitStop struct {
	Unit string
	Why  string // as a clause: "it did not stop in time"
	PID  int    // whom it sends a signal; 0 if not told
	Kill bool   // SIGKILL is sent, not only asked for politely
}

// Role says that somebody else wanted the end.
func (UnitStop) Role() Role { return Intent }

// Keys returns the unit and the host pid.
func (b UnitStop) Keys() []Key {
	ks := keys(unitKeys(b.Unit))
	ks.pid(HostPID, b.PID)
	return ks
}

func unitKeys(unit string) []Key {
	var ks keys
	ks.add(Unit, unit)
	return ks
}

// A UserspaceKill is a kill by a daemon that watches memory and acts before the
// kernel has to. A daemon names a process or a cgroup: the other one is empty.
type UserspaceKill struct {
	By     string // systemd-oomd, earlyoom, nohang, oomd
	PID    int    // the host's; 0 if not told
	Comm   string
	UID    int    // NotPrinted if not told
	Memcg  string // the cgroup that was killed, or in which the process lived
	Unit   string // of the process, where its own records tell it
	Signal int    // 15 or 9; NotPrinted if not told
	Why    string // the daemon's reason, as a clause; "" if it gives none
	// RSSMiB is what the daemon says that the process held; NotPrinted if it does not.
	RSSMiB int64
	// Intended says that the daemon had decided and not yet acted.
	Intended bool
}

// Role says that the kernel's OOM killer had no part in it.
func (UserspaceKill) Role() Role { return Policy }

// Keys returns the pid, the cgroup and the unit.
func (b UserspaceKill) Keys() []Key {
	var ks keys
	ks.pid(HostPID, b.PID)
	ks.add(Memcg, b.Memcg)
	ks.add(Unit, b.Unit)
	return ks
}
