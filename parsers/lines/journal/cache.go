package journal

const (
	cacheBits  = 13
	cacheBytes = 8 << 20
)

// A cache remembers fields by the offset of their data object: _TRANSPORT,
// _HOSTNAME, _SYSTEMD_UNIT and their like come with every entry. Each offset
// has one slot, which the last one to come keeps.
type cache struct {
	slots []slot
	bytes int
}

type slot struct {
	offset uint64
	field  field
}

// get returns the field at offset u, if it is remembered.
func (c *cache) get(u uint64) (field, bool) {
	if c.slots == nil || u == 0 {
		return field{}, false
	}
	s := c.slot(u)
	return s.field, s.offset == u
}

// put remembers a field. What was given out before stays good: a slot that is
// used again does not touch the bytes.
func (c *cache) put(u uint64, f field) {
	if c.bytes+len(f.value) > cacheBytes || c.slots == nil {
		c.slots, c.bytes = make([]slot, 1<<cacheBits), 0
	}
	s := c.slot(u)
	c.bytes += len(f.value) - len(s.field.value)
	*s = slot{u, f}
}

// slot spreads offsets, multiples of 8, over the slots.
func (c *cache) slot(u uint64) *slot {
	return &c.slots[u*0x9e3779b97f4a7c15>>(64-cacheBits)]
}
