package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const readme = "README.md"

// inRoot changes to the folder that README is read in, and returns README.
func inRoot(t *testing.T) string {
	t.Helper()
	t.Chdir("../..")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A fence is a block of README between two fences.
type fence struct {
	lang       string
	start, end int // of the body, in bytes
	body       string
}

var fenced = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

func fences(text string) (all []fence) {
	for _, at := range fenced.FindAllStringSubmatchIndex(text, -1) {
		all = append(all, fence{text[at[2]:at[3]], at[4], at[5], text[at[4]:at[5]]})
	}
	return all
}

// TestReadmeShowsWhatIsPrinted runs README's first command and compares what it
// prints with the block behind it.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	text := inRoot(t)
	all := fences(text)
	if len(all) < 2 || all[0].lang != "sh" || all[1].lang != "text" {
		t.Fatalf("%s begins with %d blocks: want a command and what it prints", readme, len(all))
	}
	args, ok := strings.CutPrefix(strings.TrimSpace(all[0].body), "go run ./cmd/oomtrace ")
	if !ok {
		t.Fatalf("%s begins with %q: want go run ./cmd/oomtrace", readme, all[0].body)
	}
	var out, errs bytes.Buffer
	if status := run(strings.Fields(args), strings.NewReader(""), &out, &errs); status != statusOK || errs.Len() > 0 {
		t.Fatalf("%s: status %d: %s", all[0].body, status, &errs)
	}
	if out.String() == all[1].body {
		return
	}
	if !*update {
		t.Fatalf("%s does not show what its first command prints; -update rewrites it", readme)
	}
	if err := os.WriteFile(readme, []byte(text[:all[1].start]+out.String()+text[all[1].end:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestReadmeCommandsExist looks up each command of ours that README names, and
// each flag that it has there.
func TestReadmeCommandsExist(t *testing.T) {
	met := 0
	for _, f := range fences(inRoot(t)) {
		if f.lang == "text" {
			continue
		}
		for line := range strings.Lines(f.body) {
			for part := range strings.SplitSeq(line, "|") {
				if args, ok := ours(part); ok {
					met++
					hasCommand(t, strings.TrimSpace(part), args)
				}
			}
		}
	}
	if met < 10 {
		t.Errorf("%s has %d commands of ours: want to have found more", readme, met)
	}
}

// ours returns the arguments of a call of this program.
func ours(command string) (args []string, ok bool) {
	words := strings.Fields(command)
	for _, prefix := range [][]string{{"go", "run", "./cmd/oomtrace"}, {"oomtrace"}} {
		if len(words) > len(prefix) && strings.Join(words[:len(prefix)], " ") == strings.Join(prefix, " ") {
			return words[len(prefix):], true
		}
	}
	return nil, false
}

func hasCommand(t *testing.T, line string, args []string) {
	t.Helper()
	cmd, rest, err := newRoot().Find(args)
	if err != nil || cmd.Parent() == nil || !cmd.Runnable() {
		t.Errorf("%s: no such command: %v", line, err)
		return
	}
	for _, word := range rest {
		if strings.HasPrefix(word, "-") && word != "-" && !hasFlag(cmd, word) {
			t.Errorf("%s: no such flag: %s", line, word)
		}
	}
}

func hasFlag(cmd *cobra.Command, word string) bool {
	name, long := strings.CutPrefix(word, "--")
	name, _, _ = strings.Cut(name, "=")
	if long {
		return cmd.Flags().Lookup(name) != nil
	}
	return cmd.Flags().ShorthandLookup(word[1:2]) != nil
}

// TestReadmePathsExist looks for the files of this module that README names.
func TestReadmePathsExist(t *testing.T) {
	text := inRoot(t)
	for _, path := range regexp.MustCompile(`\b(?:cmd|parsers|correlate|testdata)/[a-z0-9/-]+`).FindAllString(text, -1) {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s names %s: %v", readme, path, err)
		}
	}
}
