package explain

import (
	"oomtrace/correlate/badness"
	"oomtrace/correlate/breakdown"
	"oomtrace/correlate/gfp"
	"oomtrace/correlate/zone"
)

// Figure computes what the figures of the kernel's report show: the choice of
// the victim and what would have changed it, the meaning of the mask, where the
// memory was, and why the allocation failed.
func (c *Case) Figure() {
	d := c.In.Dump
	c.Badness = badness.Compute(d, 0)
	c.WhatIf = badness.WhatIf(d, c.Badness)
	if l, ok := badness.Lack(d, c.Badness); ok {
		c.Lack = &l
	}
	if t := d.Trigger; t != nil {
		c.Mask = gfp.Decode(t.GFPMask, t.GFPFlags, d.Release)
	}
	page := c.Badness.PageKB
	if b, ok := breakdown.Of(d, page); ok && b.UnaccountedKB >= -b.TotalKB/5 { // else the figures do not fit each other
		c.Breakdown = &b
		c.Found = breakdown.Findings(d, b)
	}
	c.Names = breakdown.ByName(d, page)
	if len(d.Node.Zones) > 0 && d.Kind != "memcg" {
		z := zone.Explain(d, c.request(), page)
		c.Zones = &z
	}
}

// request is what is known of the allocation that failed.
func (c *Case) request() zone.Request {
	req := zone.Request{Zone: c.Mask.Zone()}
	if c.Mask.Known && c.Mask.Number != 0 && len(c.Mask.Ambiguous) == 0 {
		req.Bits = append([]string{}, c.Mask.Bits...)
	}
	if t := c.In.Dump.Trigger; t != nil {
		req.Order = t.Order
	}
	return req
}

// MaskMeaning says as a clause what was asked for; "" if that is not known.
func (c *Case) MaskMeaning() string {
	switch d := c.In.Dump; {
	case d == nil || d.Trigger == nil || d.SysRq, d.Kind == "":
		return ""
	case d.Kind == "memcg":
		return c.Mask.MeaningOfCharge()
	}
	return c.Mask.Meaning()
}
