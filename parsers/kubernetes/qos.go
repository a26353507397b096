package kubernetes

import (
	"slices"

	"oomtrace/parsers/event"
)

// qos returns the QoS class that the requests and limits of the pod's spec make,
// "" if the spec names no container or an amount is none. Of the pod as a whole
// they go before those of its containers, from 1.32. A request that is not stated
// is the limit, as the API server sets it; a manifest may get further defaults
// from a LimitRange.
// Source: pkg/apis/core/v1/helper/qos, ComputePodQOS; pkg/apis/core/v1/defaults.go.
func (p *pod) qos() string {
	if len(p.Spec.Containers) == 0 {
		return ""
	}
	all := []resources{p.Spec.Resources}
	if p.Spec.Resources == (resources{}) {
		all = all[:0]
		for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
			all = append(all, c.Resources)
		}
	}
	var sum demand
	for _, r := range all {
		if !sum.add(r) {
			return ""
		}
	}
	switch {
	case sum == demand{lacks: sum.lacks}:
		return "BestEffort"
	case !sum.lacks && sum.cpu[0] == sum.cpu[1] && sum.memory[0] == sum.memory[1]:
		return "Guaranteed"
	}
	return "Burstable"
}

func (p *pod) classOfSpec() string {
	if p.class == nil {
		class := p.qos()
		p.class = &class
	}
	return *p.class
}

// A demand is the sum of requests and of limits, in this order.
type demand struct {
	cpu, memory [2]int64
	lacks       bool // a container has not both limits
}

// add is false if an amount is none, or none that a machine has.
func (d *demand) add(r resources) bool {
	const most = 1 << 52
	if r.Requests.CPU == "" {
		r.Requests.CPU = r.Limits.CPU
	}
	if r.Requests.Memory == "" {
		r.Requests.Memory = r.Limits.Memory
	}
	for i, a := range [...]amounts{r.Requests, r.Limits} {
		cpu, memory := a.CPU.milli(), a.Memory.bytes()
		if a.CPU == "" {
			cpu = 0
		}
		if a.Memory == "" {
			memory = 0
		}
		if min(cpu, memory) == event.NotPrinted || max(cpu, memory) > most {
			return false
		}
		d.cpu[i], d.memory[i] = d.cpu[i]+cpu, d.memory[i]+memory
		d.lacks = d.lacks || i == 1 && min(cpu, memory) == 0
	}
	return true
}
