package kubernetes

import (
	"strings"

	"oomtrace/parsers/event"
)

type node struct {
	Metadata metadata `json:"metadata"`
	Status   struct {
		Capacity struct {
			Memory quantity `json:"memory"`
		} `json:"capacity"`
		Allocatable struct {
			Memory quantity `json:"memory"`
		} `json:"allocatable"`
		NodeInfo struct {
			KernelVersion           string `json:"kernelVersion"`
			KubeletVersion          string `json:"kubeletVersion"`
			ContainerRuntimeVersion string `json:"containerRuntimeVersion"`
		} `json:"nodeInfo"`
	} `json:"status"`
}

func (d *reading) node(raw []byte, line int) {
	var n node
	d.decode(raw, line, &n)
	d.machine(&n, line)
}

// machine emits what a node's object says of the machine. It has no moment.
func (d *reading) machine(n *node, line int) {
	info := n.Status.NodeInfo
	text := "node " + n.Metadata.Name + ":" +
		word(" capacity.memory ", string(n.Status.Capacity.Memory)) +
		word(" allocatable.memory ", string(n.Status.Allocatable.Memory)) +
		word(" kernelVersion ", info.KernelVersion) +
		word(" kubeletVersion ", info.KubeletVersion) +
		word(" containerRuntimeVersion ", info.ContainerRuntimeVersion)
	d.say(line, event.Stamp{}, strings.TrimSuffix(text, ":"), event.NodeStatus{
		Name:           n.Metadata.Name,
		Capacity:       n.Status.Capacity.Memory.bytes(),
		Allocatable:    n.Status.Allocatable.Memory.bytes(),
		KernelVersion:  info.KernelVersion,
		KubeletVersion: info.KubeletVersion,
		RuntimeVersion: info.ContainerRuntimeVersion,
	})
}
