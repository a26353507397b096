package explain

import (
	"strings"

	"oomtrace/correlate/cgroup"
	"oomtrace/correlate/match"
	"oomtrace/correlate/silence"
	"oomtrace/parsers/event"
)

// silent says what it is worth that a program, whose lines at evidence show that
// it was there, has none about the kill. version and level are as in a Setting.
func (c *Case) silent(s *sentences, evidence []int, speaker, version string, level *int) {
	if text, ok := silence.Ask(c.setting(speaker, version, level)); ok {
		s.say(evidence, "%s", text)
	}
}

// setting is the kill as far as it decides who could tell of it.
func (c *Case) setting(speaker, version string, level *int) silence.Setting {
	s := silence.Setting{Speaker: speaker, Kind: c.R.Kind, Version: version, Level: level}
	if c.R.Kernel != nil {
		s.Kernel = c.R.Kernel.Release
	}
	d := c.In.Dump
	if d == nil {
		return s
	}
	s.Cgroup = d.Memory.CgroupVersion()
	switch outer := cgroup.Parse(d.OOMMemcg); {
	case outer.ContainerID != "":
		s.Limit = "container"
	case outer.PodUID != "":
		s.Limit = "pod"
	case d.OOMMemcg != "":
		s.Limit = "node"
	}
	return s
}

// programVersion returns the version in which a program ran at the kill: by its
// last start before it in the log of one of its lines, or else, of the runtime, by
// what the node's object says. It is "" if no log says.
func (c *Case) programVersion(program string, line *match.Item) string {
	version := ""
	for _, it := range c.Facts.Programs {
		b := it.Event.Body.(event.ProgramStart)
		if d, ok := c.fromKill(it.At); b.Program == program && it.Log == line.Log && !(ok && d > 0) {
			version = b.Version
		}
	}
	if version == "" {
		runtime, of, _ := strings.Cut(c.node(func(n *event.NodeStatus) bool { return n.RuntimeVersion != "" }).RuntimeVersion, "://")
		if runtime == program {
			return of
		}
	}
	return version
}

// node returns the last that a node object says of the incident's node, of those
// that state what is asked for; nothing if none does. Where the logs do not name the
// node, it is the only one that is told of.
func (c *Case) node(states func(*event.NodeStatus) bool) (found event.NodeStatus) {
	var only event.NodeStatus
	names := 0
	for i := range c.Facts.Nodes {
		n := &c.Facts.Nodes[i]
		if !states(n) {
			continue
		}
		if n.Name == c.In.Node || n.Name == c.In.Who.Node {
			found = *n
		}
		if names == 0 || n.Name != only.Name {
			names++
		}
		only = *n
	}
	if found.Name == "" && c.In.Node == "" && names == 1 {
		return only
	}
	return found
}
