package correlate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What docker's record alone tells of is no pod's, and its report says nothing of
// Kubernetes.
func TestNoPodWhereThereIsNone(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "incidents", "docker-inspect", "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, sentence := range strings.Split(string(text), "\n") {
		for _, word := range []string{" pod ", "pod's", "Kubernetes", "the kubelet"} {
			if strings.Contains(sentence, word) {
				t.Errorf("speaks of %q: %s", word, strings.TrimSpace(sentence))
			}
		}
	}
}
