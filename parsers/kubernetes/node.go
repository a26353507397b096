package kubernetes

import (
	"strings"

	"oomtrace/parsers/event"
)

type node struct {
	Metadata metadata `json:"metadata"`
	Status   struct {
		Capacity    amounts         `json:"capacity"`
		Allocatable amounts         `json:"allocatable"`
		Conditions  []nodeCondition `json:"conditions"`
		NodeInfo    struct {
			KernelVersion           string `json:"kernelVersion"`
			KubeletVersion          string `json:"kubeletVersion"`
			ContainerRuntimeVersion string `json:"containerRuntimeVersion"`
		} `json:"nodeInfo"`
	} `json:"status"`
}

type nodeCondition struct {
	Type               string `json:"type"`
	Status             string `json:"status"`
	LastTransitionTime string `json:"lastTransitionTime"`
	Reason             string `json:"reason"`
}

func (d *reading) node(raw []byte, line int) {
	var n node
	d.decode(raw, line, &n)
	d.machine(&n, line)
}

// pressure returns the condition MemoryPressure: whether the kubelet saw less
// memory than an eviction threshold wants. It stays True for five minutes after
// that, and is Unknown where the kubelet stopped posting.
func (n *node) pressure() (c nodeCondition) {
	for _, c := range n.Status.Conditions {
		if c.Type == "MemoryPressure" {
			return c
		}
	}
	return c
}

// machine emits what a node's object says of the machine. It has no moment.
func (d *reading) machine(n *node, line int) {
	info, pressure := n.Status.NodeInfo, n.pressure()
	text := "node " + n.Metadata.Name + ":" +
		word(" capacity.memory ", string(n.Status.Capacity.Memory)) +
		word(" allocatable.memory ", string(n.Status.Allocatable.Memory)) +
		word(" kernelVersion ", info.KernelVersion) +
		word(" kubeletVersion ", info.KubeletVersion) +
		word(" containerRuntimeVersion ", info.ContainerRuntimeVersion)
	if pressure.Status != "" {
		text += "; condition MemoryPressure " + pressure.Status + word(" reason ", pressure.Reason) +
			word(" lastTransitionTime ", pressure.LastTransitionTime)
	}
	d.say(line, event.Stamp{}, strings.TrimSuffix(text, ":"), event.NodeStatus{
		Name:           n.Metadata.Name,
		Capacity:       n.Status.Capacity.Memory.bytes(),
		Allocatable:    n.Status.Allocatable.Memory.bytes(),
		KernelVersion:  info.KernelVersion,
		KubeletVersion: info.KubeletVersion,
		RuntimeVersion: info.ContainerRuntimeVersion,
		MemoryPressure: pressure.Status,
		PressureSince:  timeOf(pressure.LastTransitionTime),
	})
}
