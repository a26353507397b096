package pairs_test

import (
	"fmt"
	"testing"

	"oomtrace/parsers/pairs"
)

func ExampleFields() {
	text := pairs.Fields{Line: []byte(`pod="ns/p" event={"ID":"u","n":[1]} exitCode=137`)}
	object := pairs.Fields{JSON: true, Line: []byte(`"pod":"ns/p","event":{"ID":"u","n":[1]},"exitCode":137}`)}
	for _, f := range []pairs.Fields{text, object} {
		code, ok := f.Num("exitCode")
		fmt.Printf("%s %s %d %v\n", f.Str("pod"), f.Raw("event"), code, ok)
	}
	// Output:
	// ns/p {"ID":"u","n":[1]} 137 true
	// ns/p {"ID":"u","n":[1]} 137 true
}

func TestWhatIsCutShort(t *testing.T) {
	for line, want := range map[string]string{
		`a="b`: `"b`, `a={"x":[1`: `{"x":[1`, `a=&{x y`: `&{x y`, `b a=1`: "", `=1 a=2`: "", `a=`: "", ``: "", `a=1 2`: "1", `b=" a=1" a=2`: "2",
	} {
		if got := string(pairs.Fields{Line: []byte(line)}.Raw("a")); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
	for line, want := range map[string]string{
		`"a":"b`: `"b`, `"a":{"x":[1`: `{"x":[1`, `"a" 1`: "", `"a`: "", `a:1`: "", `"b":"\"a\":3","a":2}`: "2",
	} {
		if got := string(pairs.Fields{JSON: true, Line: []byte(line)}.Raw("a")); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func FuzzFields(f *testing.F) {
	f.Add([]byte(`a="\" b={[&{ c=1`), "a")
	f.Add([]byte(`"a":"\\","b":[{"c":1}],`), "b")
	f.Fuzz(func(t *testing.T, line []byte, key string) {
		for _, json := range []bool{false, true} {
			f := pairs.Fields{JSON: json, Line: line}
			if v := f.Raw(key); len(v) > len(line) {
				t.Errorf("%q: %q is longer than the line", line, v)
			}
			f.Str(key)
		}
	})
}
