package match

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/parsers/event"
)

func told(w *Who, line int, after time.Duration, c event.Container) {
	w.event(&event.Event{Pos: event.Pos{File: "kubelet.log", Line: line}, Body: event.Identity{Container: c}}, clock.Exactly(noon.Add(after)))
}

// A StatefulSet's pod is replaced by one of the same name: what names the pod alone
// is of the one that lived then, and of none in between or where no time says.
func TestNameGivenAgain(t *testing.T) {
	w := newWho()
	db0 := event.Container{Namespace: "shop", Pod: "db-0", Restart: -1}
	first, second := db0, db0
	first.PodUID, second.PodUID = "11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"
	if got := w.resolve(db0, clock.Exactly(noon)); got.PodUID != "" {
		t.Errorf("before anything is known: %q", got.PodUID)
	}
	told(w, 1, 0, first)
	if got := w.resolve(db0, clock.Exactly(noon.Add(time.Hour))); got.PodUID != "" {
		t.Errorf("an hour after the only one that is known: %q", got.PodUID)
	}
	if got := w.resolve(db0, clock.Moment{}); got.PodUID != first.PodUID {
		t.Errorf("the only one of its name: %q", got.PodUID)
	}
	web := event.Container{Namespace: "shop", Pod: "web-7d4b9c6f5-x2x9q", PodUID: "33333333-0000-4000-8000-000000000000", Restart: -1}
	told(w, 1, 0, web)
	if got := w.resolve(event.Container{Namespace: "shop", Pod: web.Pod}, clock.Exactly(noon.Add(time.Hour))); got.PodUID != web.PodUID {
		t.Errorf("a name that is given once: %q", got.PodUID)
	}
	told(w, 2, 40*time.Minute, second)
	told(w, 3, 60*time.Minute, second)
	told(w, 4, 20*time.Minute, first)
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{-time.Minute, ""}, {0, first.PodUID}, {10 * time.Minute, first.PodUID}, {30 * time.Minute, ""},
		{50 * time.Minute, second.PodUID}, {61 * time.Minute, ""},
	} {
		if got := w.resolve(db0, clock.Exactly(noon.Add(c.after))); got.PodUID != c.want {
			t.Errorf("after %v: pod UID %q, want %q", c.after, got.PodUID, c.want)
		}
	}
	if got := w.resolve(db0, clock.Moment{}); got.PodUID != "" {
		t.Errorf("without a time: %q", got.PodUID)
	}
	if len(w.Contradictions) > 0 {
		t.Errorf("contradictions: %v", w.Contradictions)
	}
}

// A name of which hostile logs tell thousands of pods is nobody's.
func TestNameOfThousands(t *testing.T) {
	w := newWho()
	for i := range 3000 {
		told(w, i, time.Duration(i)*time.Second, event.Container{Namespace: "n", Pod: "p", PodUID: fmt.Sprintf("%08d-0000", i), Restart: -1})
	}
	if n := len(w.byName["n/p"]); n > maxLives {
		t.Errorf("%d lives are kept", n)
	}
	if got := w.resolve(event.Container{Namespace: "n", Pod: "p"}, clock.Exactly(noon.Add(10*time.Second))); got.PodUID != "" {
		t.Errorf("pod UID %q", got.PodUID)
	}
}

// Two logs that tie different names to one id are both not believed, and the report
// says so.
func TestContradiction(t *testing.T) {
	w := newWho()
	told(w, 7, 0, event.Container{ID: idA, Namespace: "shop", Pod: "web-1", Name: "app", SandboxID: idB, Restart: -1})
	told(w, 9, time.Second, event.Container{ID: idA, Namespace: "shop", Pod: "web-2", Name: "app", Restart: -1})
	told(w, 11, time.Minute, event.Container{ID: idA, Namespace: "shop", Pod: "web-1", Name: "app", Restart: -1})
	got := w.Container(idA, "", clock.Moment{})
	if got.Pod != "" || got.Name != "app" || got.Namespace != "shop" || got.SandboxID != idB {
		t.Errorf("%+v", got)
	}
	if len(w.Contradictions) != 1 {
		t.Fatalf("contradictions: %v", w.Contradictions)
	}
	p := w.Contradictions[0]
	if p.Line != 9 || p.Code != "contradiction" || !strings.Contains(p.Text, `"web-2" here`) || !strings.Contains(p.Text, `"web-1" in kubelet.log:7`) {
		t.Errorf("%v: %s", p.Pos, p.Text)
	}
}

// A static pod has two UIDs, the hash of its manifest and its mirror's.
func TestStaticPodIsNoContradiction(t *testing.T) {
	w := newWho()
	told(w, 1, 0, event.Container{ID: idA, PodUID: "f5cdd57831b916ee49ccf0d1277c679f", Namespace: "kube-system", Pod: "etcd-n1", Restart: -1})
	told(w, 2, 0, event.Container{ID: idA, PodUID: pod, Namespace: "kube-system", Pod: "etcd-n1", Restart: -1})
	if len(w.Contradictions) > 0 {
		t.Errorf("contradictions: %v", w.Contradictions)
	}
}
