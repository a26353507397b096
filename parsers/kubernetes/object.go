package kubernetes

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"oomtrace/parsers/event"
)

// A header is what tells the kinds apart; client-go leaves out the kind of a
// list's items.
type header struct {
	Kind       string   `json:"kind"`
	APIVersion string   `json:"apiVersion"`
	Metadata   metadata `json:"metadata"`
	Spec       struct {
		Containers json.RawMessage `json:"containers"`
	} `json:"spec"`
	Status struct {
		NodeInfo json.RawMessage `json:"nodeInfo"`
	} `json:"status"`
	InvolvedObject json.RawMessage `json:"involvedObject"`
	Regarding      json.RawMessage `json:"regarding"`
}

type metadata struct {
	Name              string            `json:"name"`
	Namespace         string            `json:"namespace"`
	UID               string            `json:"uid"`
	Annotations       map[string]string `json:"annotations"`
	CreationTimestamp string            `json:"creationTimestamp"`
}

// item reads one object, in good JSON or not, that begins in line.
func (d *reading) item(raw []byte, line int) {
	var h header
	if err := json.Unmarshal(raw, &h); err != nil && !isTypeError(err) {
		d.problem(line, "broken-object", "the object that begins here is not JSON: %v", err)
		return
	}
	d.objects++
	switch {
	case h.Kind == "Pod", h.Kind == "" && h.Spec.Containers != nil:
		d.pod(raw, line)
	case h.Kind == "Node", h.Kind == "" && h.Status.NodeInfo != nil:
		d.node(raw, line)
	case h.InvolvedObject != nil, h.Regarding != nil:
		d.event(raw, line)
	}
}

// decode reads what of raw has the right type into v; what has not is told.
func (d *reading) decode(raw []byte, line int, v any) {
	if err := json.Unmarshal(raw, v); err != nil {
		d.problem(line, "odd-object", "a field of the object that begins here is not what the API says, the rest is used: %v", err)
	}
}

func isTypeError(err error) bool {
	var te *json.UnmarshalTypeError
	return errors.As(err, &te)
}

// stampOf returns the stamp of an API time, which has whole seconds or, where
// it is a MicroTime, microseconds; None if it is no time.
func stampOf(s string) event.Stamp {
	t := timeOf(s)
	if t.IsZero() {
		return event.Stamp{}
	}
	step := time.Second
	if strings.Contains(s, ".") {
		step = time.Microsecond
	}
	return event.Stamp{Clock: event.Wall, Wall: t, Step: step}
}

// timeOf returns an API time, zero if it is none.
func timeOf(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}

// splitID splits scheme://id.
func splitID(s string) (runtime, id string) {
	if scheme, id, ok := strings.Cut(s, "://"); ok {
		return scheme, id
	}
	return "", s
}

// cut returns s, which a person wrote, without what nobody reads.
func cut(s string) string {
	const most = 4096 // of a termination message, as the API allows
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.Clone(s) // the object, which may be large, is not kept with it
}
