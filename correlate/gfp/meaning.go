package gfp

import "strings"

// The form of data/meanings.yaml.
type (
	meanings struct {
		Page, Charge, Wait, Also []rule
		Fault                    struct{ From, To, Text string }
		Zero                     string
		Samples                  []struct {
			Mask, Release, Page, Charge string
		}
	}
	// A rule gives words to a mask that has all of some bits and none of others.
	rule struct{ Name, All, None, Text string }
)

// Meaning says as a clause what a page was asked for: "for a page of a process
// or of a file that may be moved and lie in high memory, zeroed". It says what
// the mask does, and is "" where the mask says nothing for certain. For a kill
// at a cgroup's limit it would be wrong: see MeaningOfCharge.
func (m Mask) Meaning() string { return m.words(builtin().meanings.Page) }

// MeaningOfCharge is Meaning for a report about a memory cgroup, where the mask
// is that of the charge and chooses no zone: "a charge for memory; may wait and
// write out".
func (m Mask) MeaningOfCharge() string { return m.words(builtin().meanings.Charge) }

func (m Mask) words(purposes []rule) string {
	all := builtin().meanings
	switch {
	case m.fault:
		return all.Fault.Text
	case !m.Known && len(m.Bits) == 0:
		return ""
	case m.Known && m.Number == 0 && !m.partial:
		return all.Zero
	}
	var clause []string
	if purpose := m.first(purposes); purpose != "" {
		clause = append(clause, purpose)
	}
	for _, r := range all.Also {
		if m.holds(r) {
			clause = append(clause, r.Text)
		}
	}
	words := strings.Join(clause, ", ")
	if wait := m.first(all.Wait); wait != "" {
		words = strings.TrimPrefix(words+"; "+wait, "; ")
	}
	return words
}

// first returns the text of the first rule that holds.
func (m Mask) first(rules []rule) string {
	for _, r := range rules {
		if m.holds(r) {
			return r.Text
		}
	}
	return ""
}

func (m Mask) holds(r rule) bool {
	if r.Name != "" && (len(m.Names) == 0 || m.Names[0] != r.Name) {
		return false
	}
	return m.each(r.All, true) && m.each(r.None, false)
}

// each says whether all bits of a list are known to be set, or unset.
func (m Mask) each(list string, want bool) bool {
	for bit := range strings.FieldsSeq(list) {
		if yes, known := m.state(bit); yes != want || !known {
			return false
		}
	}
	return true
}

// fault says whether a kernel prints the mask 0 for a page fault. Where the
// release is not known it is so: no other kernel prints a 0.
func (c *catalog) fault(release string) bool {
	v, err := parseVersion(release)
	from, err1 := parseVersion(c.meanings.Fault.From)
	to, err2 := parseVersion(c.meanings.Fault.To)
	return err1 == nil && err2 == nil && (err != nil || !v.before(from) && !to.before(v))
}
