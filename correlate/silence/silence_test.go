package silence

import (
	"slices"
	"strings"
	"testing"
)

// Every rule is the answer to what it says it is asked, and says where it is from.
func TestRules(t *testing.T) {
	for i, r := range rules() {
		if len(r.Asked) == 0 || r.Source == "" || r.Text == "" {
			t.Errorf("rule %d of %s has no setting, no source or no text", i, r.Speaker)
		}
		if !slices.Contains([]Worth{Nothing, Missing, Unsure}, r.Silence) {
			t.Errorf("rule %d of %s: silence is %q", i, r.Speaker, r.Silence)
		}
		for _, s := range r.Asked {
			if s.Speaker != r.Speaker {
				t.Errorf("rule %d of %s is asked about %s", i, r.Speaker, s.Speaker)
			}
			if at := slices.IndexFunc(rules(), func(r rule) bool { return r.applies(s) }); at != i {
				t.Errorf("rule %d of %s: for %+v rule %d answers", i, r.Speaker, s, at)
			}
			if got, _ := Ask(s); strings.ContainsAny(got, "{}") || strings.Contains(got, "  ") {
				t.Errorf("rule %d of %s: %q", i, r.Speaker, got)
			}
		}
	}
}

// What is not known never makes a rule apply that asks for it: whatever is
// forgotten of a setting, a rule that answers is one of the full setting's too, or
// asks for less than the one that answers that.
func TestForgotten(t *testing.T) {
	for _, r := range rules() {
		for _, s := range r.Asked {
			for name, forget := range map[string]func(*Setting){
				"version": func(s *Setting) { s.Version = "" },
				"level":   func(s *Setting) { s.Level = nil },
				"kernel":  func(s *Setting) { s.Kernel = "" },
				"cgroup":  func(s *Setting) { s.Cgroup = 0 },
				"limit":   func(s *Setting) { s.Limit = "" },
			} {
				less := s
				forget(&less)
				for i, o := range rules() {
					if o.applies(less) && !o.applies(s) {
						t.Errorf("%+v without %s: rule %d applies, and does not with it", s, name, i)
					}
				}
			}
		}
	}
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		version, since, before string
		want                   bool
	}{
		{"v1.31.13", "1.21", "", true},
		{"1.7.24~ds1", "1.7", "1.8", true},
		{"1.5.11", "", "1.5.12", true},
		{"1.5.12", "", "1.5.12", false},
		{"239-78.el8", "", "243", true},
		{"257.13-1~deb13u1", "243", "", true},
		{"6.1.0-21-amd64", "5.0", "", true},
		{"1.21", "1.21.0", "", false}, // a version that says less than what is asked for
		{"", "1", "", false},
		{"master", "", "9", false},
		{"99999999999999999999999.1", "1", "", false},
		{"", "", "", true},
	} {
		if got := between(c.version, c.since, c.before); got != c.want {
			t.Errorf("between(%q, %q, %q) = %v", c.version, c.since, c.before, got)
		}
	}
}
