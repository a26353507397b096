package kubelet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"oomtrace/parsers/event"
)

func TestNothing(t *testing.T) {
	lines := []string{
		``, `{`, `{"msg":`, `"`, `"\`, `"Killing container" =`, `&{`, `"Got sys oom event" event=&{`, `"SyncLoop REMOVE" pods=[`,
		`"Label not found" label="io.kubernetes.pod.deletionGracePeriod"`,
		`{"ts":1795424958181.0974,"msg":"DeleteContainer returned error","v":0,"containerID":{"Type":"containerd","ID":"x"},"err":"\"not found\""}`,
		`error while reading "/proc/1/fd/2" link: readlink /proc/1/fd/2: permission denied`,
		`"Ignoring same status for pod" pod="ns/p" status={"phase":"Running","message":"System OOM encountered"}`,
	}
	p := New()
	for _, line := range lines {
		rec := &event.Record{Msg: []byte(line)}
		emit := func(e event.Event) { t.Errorf("%q gives %+v", line, e.Body) }
		allocs := testing.AllocsPerRun(10, func() { p.Read(rec, emit) })
		if allocs > 0 && !holdsLiteral(line) {
			t.Errorf("%q: %v allocations", line, allocs)
		}
	}
}

func TestLiterals(t *testing.T) {
	for _, l := range Literals() {
		if len(l) < 6 || strings.ContainsFunc(l, func(r rune) bool { return r > '~' || strings.ContainsRune(`"\<>&'`, r) }) {
			t.Errorf("%q can be escaped, or is too short to be searched for", l)
		}
	}
}

func TestLongLines(t *testing.T) {
	for _, unit := range []string{`ack-off 1s restarting failed container=`, `{"`, `\"`, ` a=`, `[[`, ` &{`, `2026-11-23 `, `ID:`, `_(),`, ` container "`} {
		for _, begin := range []string{`"Error syncing pod, skipping" err="CrashLoopBackOff b`, `Got sys oom event: &{1 `, `"SyncLoop REMOVE" pods=[`, `{"msg":"Evicting pod",`, `SyncLoop (PLEG): ContainerDied `, `Created an OOM event in container `} {
			n := 0
			rec := event.Record{Msg: []byte(begin + strings.Repeat(unit, (1<<20)/len(unit)))}
			New().Read(&rec, func(event.Event) { n++ })
			if n > maxPods {
				t.Errorf("%d events of one line that begins %s", n, begin)
			}
		}
	}
}

func FuzzValues(f *testing.F) {
	f.Add("ns/p", "the node was low\n\"on\" {memory", -1)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		text := fmt.Sprintf("%s a=%s list=[\"x\",%s] n=%d b=%s", strconv.Quote("words "+b), strconv.Quote(a), strconv.Quote(b), n, strconv.Quote(b))
		object, err := json.Marshal(struct {
			TS   float64 `json:"ts"`
			Msg  string  `json:"msg"`
			A    string  `json:"a"`
			List []string
			N    int    `json:"n"`
			B    string `json:"b"`
		}{1.5, "words " + b, a, []string{b}, n, b})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{text, string(object)} {
			m := parse([]byte(line))
			got, ok := m.Num("n")
			if m.words() != "words "+b || m.Str("a") != a || m.Str("b") != b || !ok || got != n || m.Raw("none") != nil {
				t.Errorf("%s\nis read as words %q, a %q, b %q, n %d", line, m.words(), m.Str("a"), m.Str("b"), got)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, l := range lines {
		f.Add([]byte(l.begins + strings.Join(l.literals, " ")))
		f.Add([]byte(`"` + l.begins + `" pod="ns/p" event={"ID":"u","Type":"ContainerDied","Data":"d"} containerID="x://y"` + strings.Join(l.literals, " ")))
		f.Add([]byte(`{"msg":"` + l.begins + `","reason":"Evicted","message":"` + strings.Join(l.literals, " ") + `"}`))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		rec := event.Record{Msg: bytes.Clone(msg)}
		New().Read(&rec, func(e event.Event) {
			if !holdsLiteral(string(msg)) {
				t.Errorf("%q gives %T and holds no literal", msg, e.Body)
			}
			for _, k := range e.Body.Keys() {
				if k.Value == "" {
					t.Errorf("%q gives an empty key %s", msg, k.Kind)
				}
			}
		})
		if !bytes.Equal(rec.Msg, msg) {
			t.Errorf("Msg was changed to %q", rec.Msg)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for name, line := range map[string]string{
		"other":      `"Ignoring same status for pod" pod="ns/p" status={"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}`,
		"other json": `{"ts":1795424956216.3154,"caller":"state/state_mem.go:107","msg":"Deleted CPUSet assignment","v":2,"podUID":"` + uid + `","containerName":"dramatiq"}`,
		"died":       `"SyncLoop (PLEG): event for pod" pod="ns/p" event={"ID":"` + uid + `","Type":"ContainerDied","Data":"` + id2 + `"}`,
	} {
		b.Run("line="+name, func(b *testing.B) {
			p, rec := New(), &event.Record{Msg: []byte(line)}
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				p.Read(rec, func(event.Event) {})
			}
		})
	}
}
