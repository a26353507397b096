// Package silence knows what it means that a program has no line about an OOM
// kill: which of a node's programs would have written one, in which version, at
// which level, for which kind of kill, and which never could.
//
// In comes a Setting, what is known of a kill and of the program that might have
// told of it; out comes what the rule says that applies. The rules are data, rules.yaml,
// each with its source and with settings that a test asks about. A rule applies
// only where everything that it asks for is known: what may be so or not is
// answered by a rule that asks for less. The package imports nothing of this
// program.
package silence

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// A Setting is a kill, as far as it decides who could tell of it. What is not
// known is the zero value.
type Setting struct {
	Speaker string `yaml:"speaker"`           // the program whose line is missing, as in rules.yaml
	Kind    string `yaml:"kind"`              // memcg or global
	Version string `yaml:"version,omitempty"` // of the program: 1.7.24~ds1, v1.31.13+k3s1
	Level   *int   `yaml:"level,omitempty"`   // of the program's log, klog's --v
	Kernel  string `yaml:"kernel,omitempty"`  // its release
	Cgroup  int    `yaml:"cgroup,omitempty"`  // 1 or 2
	Limit   string `yaml:"limit,omitempty"`   // whose limit was hit: container, pod, node
}

// A Worth is what a program's silence is worth.
type Worth string

// The worths of a silence.
const (
	Nothing Worth = "nothing" // it could not tell, so its silence proves nothing
	Missing Worth = "missing" // it would have told
	Unsure  Worth = "unsure"  // it depends on what is not known
)

// A rule says what silence means in the settings that it is of, as a sentence with
// {version} and {level} in it. Versions are of the first numbers alone:
// since that one, before that one.
type rule struct {
	Speaker      string    `yaml:"speaker"`
	Kind         []string  `yaml:"kind"`
	Since        string    `yaml:"since"`
	Before       string    `yaml:"before"`
	KernelSince  string    `yaml:"kernel_since"`
	KernelBefore string    `yaml:"kernel_before"`
	LevelFrom    *int      `yaml:"level_from"`
	LevelBelow   *int      `yaml:"level_below"`
	Cgroup       int       `yaml:"cgroup"`
	Limit        []string  `yaml:"limit"`
	Silence      Worth     `yaml:"silence"`
	Text         string    `yaml:"text"`
	Source       string    `yaml:"source"`
	Asked        []Setting `yaml:"asked"` // settings to which it is the answer
}

//go:embed rules.yaml
var file []byte

// rules are all, in the order in which they are tried. That they can be read is a
// test.
var rules = sync.OnceValue(func() []rule {
	all, err := read(file)
	if err != nil {
		panic("silence: " + err.Error())
	}
	return all
})

func read(file []byte) ([]rule, error) {
	var all []rule
	if err := yaml.UnmarshalWithOptions(file, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("rules.yaml: %w", err)
	}
	return all, nil
}

// Ask returns what the silence of a program means, as a sentence; not ok if there is
// no rule for it.
func Ask(s Setting) (text string, ok bool) {
	i := slices.IndexFunc(rules(), func(r rule) bool { return r.applies(s) })
	if i < 0 {
		return "", false
	}
	found := rules()[i]
	level := ""
	if s.Level != nil {
		level = strconv.Itoa(*s.Level)
	}
	return strings.NewReplacer("{version}", s.Version, "{level}", level).Replace(strings.TrimSpace(found.Text)), true
}

// applies reports whether everything that the rule asks for is known to be so.
func (r rule) applies(s Setting) bool {
	return r.Speaker == s.Speaker &&
		(r.Kind == nil || slices.Contains(r.Kind, s.Kind)) &&
		(r.Limit == nil || slices.Contains(r.Limit, s.Limit)) &&
		(r.Cgroup == 0 || r.Cgroup == s.Cgroup) &&
		between(s.Version, r.Since, r.Before) &&
		between(s.Kernel, r.KernelSince, r.KernelBefore) &&
		(r.LevelFrom == nil || s.Level != nil && *s.Level >= *r.LevelFrom) &&
		(r.LevelBelow == nil || s.Level != nil && *s.Level < *r.LevelBelow)
}

// between reports whether a version is not less than since and less than before,
// where these are asked for.
func between(version, since, before string) bool {
	if since == "" && before == "" {
		return true
	}
	v, ok := numbers(version)
	if !ok {
		return false
	}
	low, _ := numbers(since)
	high, bounded := numbers(before)
	return slices.Compare(v, low) >= 0 && (!bounded || slices.Compare(v, high) < 0)
}

// numbers returns the numbers that a version begins with, up to three.
func numbers(version string) ([]int, bool) {
	var all []int
	rest := strings.TrimPrefix(version, "v")
	for len(all) < 3 {
		end := 0
		for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
			end++
		}
		n, err := strconv.Atoi(rest[:end])
		if err != nil {
			break
		}
		all = append(all, n)
		if end == len(rest) || rest[end] != '.' {
			break
		}
		rest = rest[end+1:]
	}
	return all, len(all) > 0
}
