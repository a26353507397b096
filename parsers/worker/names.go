package worker

import "oomtrace/parsers/event"

// A place is where a supervisor speaks: a log can hold what several print, and
// worker 0 of one is not worker 0 of another.
type place struct {
	framework                string
	host, speaker, container string
	supervisor               int
}

func placeOf(rec *event.Record, framework string, supervisor int) place {
	p := place{framework: framework, host: rec.Host, speaker: rec.Speaker, supervisor: supervisor}
	if p.speaker == "stdout" || p.speaker == "stderr" { // two streams of one program
		p.speaker = ""
	}
	if c := rec.From; c != nil {
		p.container = c.ID + " " + c.PodUID + " " + c.Name
	}
	return p
}

// A worker is a name at a place.
type worker struct {
	place
	name string
}

// names knows which pid a name has, from the lines that say that a worker
// started. It is bounded: what was said longest ago is forgotten.
type names struct {
	lives recent[worker, life]
	byPID recent[process, string] // the name that a pid has
	rests recent[place, int]      // how often all workers of a place were stopped
}

// A process is a pid at a place.
type process struct {
	place
	pid int
}

// A life is that of the worker who has a name.
type life struct {
	pid     int
	stopped bool // its supervisor ends it
	rest    int  // names.rests when it began
}

// start notes that a worker began. It returns the pid of the one that had its
// name, if nobody said that this one ended or would be ended, else 0.
func (n *names) start(w worker, pid int) (lost int) {
	if w.name == "" || pid == 0 {
		return 0
	}
	rest, _ := n.rests.get(w.place)
	if old, ok := n.lives.get(w); ok && old.pid != pid {
		n.byPID.remove(process{w.place, old.pid})
		if !old.stopped && old.rest == rest {
			lost = old.pid
		}
	}
	n.lives.put(w, life{pid: pid, rest: rest})
	n.byPID.put(process{w.place, pid}, w.name)
	return lost
}

// end notes that a worker ended and returns its pid: that of the line, or else
// the one that its name had.
func (n *names) end(w worker, pid int) int {
	w = n.known(w, pid)
	old, ok := n.lives.get(w)
	if !ok || pid != 0 && old.pid != pid {
		return pid
	}
	n.lives.remove(w)
	n.byPID.remove(process{w.place, old.pid})
	return old.pid
}

// stop notes that a supervisor ends a worker, or all of them if the line names
// none, and returns the pid as end does.
func (n *names) stop(w worker, pid int) int {
	if w.name == "" && pid == 0 {
		n.restart(w.place)
		return 0
	}
	w = n.known(w, pid)
	old, ok := n.lives.get(w)
	if !ok || pid != 0 && old.pid != pid {
		return pid
	}
	old.stopped = true
	n.lives.put(w, old)
	return old.pid
}

// restart notes that none of the workers of a place is to be missed.
func (n *names) restart(p place) {
	rest, _ := n.rests.get(p)
	n.rests.put(p, rest+1)
}

// known completes a worker by the name that its pid had.
func (n *names) known(w worker, pid int) worker {
	if w.name == "" {
		w.name, _ = n.byPID.get(process{w.place, pid})
	}
	return w
}

// maxRecent is how many keys half a recent holds.
const maxRecent = 1 << 10

// A recent is a map of bounded size: of its keys, those that were put longest
// ago are forgotten, at least the last maxRecent ones are kept.
type recent[K comparable, V any] struct {
	young, old map[K]V
}

func (r *recent[K, V]) put(k K, v V) {
	if r.young == nil || len(r.young) >= maxRecent {
		r.young, r.old = map[K]V{}, r.young
	}
	r.young[k] = v
}

func (r *recent[K, V]) get(k K) (V, bool) {
	if v, ok := r.young[k]; ok {
		return v, true
	}
	v, ok := r.old[k]
	return v, ok
}

func (r *recent[K, V]) remove(k K) {
	delete(r.young, k)
	delete(r.old, k)
}
