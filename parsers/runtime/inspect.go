package runtime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"oomtrace/parsers/event"
	"oomtrace/parsers/lines/jsonstream"
	"oomtrace/parsers/oci"
)

const podman = "podman"

// SniffInspect says whether a file that begins with head is what docker inspect or
// podman inspect writes of containers, crictl inspect or inspectp of a container or
// a sandbox, or crictl ps and pods as JSON. What the same commands write of images,
// networks or volumes is not.
func SniffInspect(head []byte) bool {
	s, ok := jsonstream.Object(head)
	if !ok {
		return false
	}
	key, err := s.Key()
	if err != nil {
		return false
	}
	has := func(words ...string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !bytes.Contains(head, []byte(`"`+w+`"`)) })
	}
	switch key {
	case "Id":
		return has("State", "OOMKilled") || has("Path", "Args")
	case "Status":
		return has("OOMKilled", "ExitCode", "FinishedAt")
	case "status":
		return has("metadata", "state", "createdAt")
	case "info":
		return has("sandboxID", "runtimeSpec") || has("sandboxId", "runtimeSpec") || has("status", "metadata", "createdAt")
	case "containers":
		return has("podSandboxId", "metadata")
	}
	return false
}

// A record is an object of docker inspect's or podman inspect's, or what of it
// --format '{{json .State}}' leaves.
//
// Sources: moby, api/types/container (ContainerJSONBase, State), daemon/inspect.go;
// podman, libpod/define/container_inspect.go.
type record struct {
	ID           string `json:"Id"`
	Name         string
	State        json.RawMessage
	RestartCount *int
	ImageName    string // podman's
	OCIRuntime   string // podman's
	HostConfig   struct {
		Memory         int64
		OomKillDisable bool
	}
	Config struct {
		Image  string
		Labels labels
	}
	state
}

type state struct {
	Status     string
	OciVersion string // podman's
	Running    bool
	Restarting bool
	OOMKilled  bool
	ExitCode   *int
	Error      string
	StartedAt  string
	FinishedAt string
}

// A criRecord is what crictl writes: of inspect and inspectp the status, of ps and
// pods an item of the list.
//
// Source: cri-api, runtime/v1/api.proto, ContainerStatus, Container; cri-tools,
// cmd/crictl/container.go.
type criRecord struct {
	ID           string      `json:"id"`
	Metadata     criMetadata `json:"metadata"`
	PodSandboxID string      `json:"podSandboxId"`
	State        string      `json:"state"` // CONTAINER_EXITED, SANDBOX_READY
	StartedAt    string      `json:"startedAt"`
	FinishedAt   string      `json:"finishedAt"`
	ExitCode     *int        `json:"exitCode"`
	Reason       string      `json:"reason"`
	Message      string      `json:"message"`
	Labels       labels      `json:"labels"`
	Image        struct {
		Image              string `json:"image"`
		UserSpecifiedImage string `json:"userSpecifiedImage"`
	} `json:"image"`
	Resources struct {
		Linux struct {
			Memory json.Number `json:"memoryLimitInBytes"`
		} `json:"linux"`
	} `json:"resources"`
}

// labels are those that Kubernetes sets, of all that a container has.
type labels struct {
	Name      string `json:"io.kubernetes.container.name"`
	Namespace string `json:"io.kubernetes.pod.namespace"`
	Pod       string `json:"io.kubernetes.pod.name"`
	PodUID    string `json:"io.kubernetes.pod.uid"`
}

type criMetadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	UID       string `json:"uid"`
	Attempt   int    `json:"attempt"`
}

// Inspect emits what one object tells that begins at pos. One whose fields are not
// of the types that they should have is read as far as they are.
func Inspect(raw []byte, pos event.Pos, emit func(event.Event)) error {
	var kind struct {
		Status     json.RawMessage `json:"status"`
		Containers json.RawMessage `json:"containers"`
		Info       struct {
			SandboxID string `json:"sandboxID"`
			PID       int    `json:"pid"`
		} `json:"info"`
	}
	if err := json.Unmarshal(raw, &kind); err != nil && !json.Valid(raw) {
		return fmt.Errorf("not JSON: %w", err)
	}
	say := func(by string, st event.Stamp, text string, b event.Body) {
		e := event.Event{Pos: pos, Speaker: by, Text: event.Cut([]byte(text)), Body: b}
		if st.Clock != event.None {
			e.Stamps.Add(st)
		}
		emit(e)
	}
	if len(kind.Containers) > 0 && kind.Containers[0] == '[' {
		items(kind.Containers[1:], func(raw []byte) {
			var c criRecord
			json.Unmarshal(raw, &c)
			c.say(say)
		})
		return nil
	}
	if len(kind.Status) > 0 && kind.Status[0] == '{' {
		var c criRecord
		json.Unmarshal(kind.Status, &c)
		if c.PodSandboxID == "" {
			c.PodSandboxID = kind.Info.SandboxID
		}
		c.say(say)
		return nil
	}
	var r record
	json.Unmarshal(raw, &r)
	if len(r.State) > 0 {
		r.state = state{}
		json.Unmarshal(r.State, &r.state)
	}
	r.say(say)
	return nil
}

// items takes the members of a list one by one, so that the small ones of a large
// list are not held together.
func items(list []byte, take func(raw []byte)) {
	src := jsonstream.New(bytes.NewReader(list), 1)
	var raw []byte
	for c, ok := src.Space(); ok; c, ok = src.Space() {
		if raw, _ = src.Value(raw[:0]); len(raw) == 0 {
			src.Take() // a comma, or the end
		} else if c == '{' {
			take(raw)
		}
	}
}

// lasting is how a state is told to be that of a container that has ended.
var lasting = []string{"exited", "dead", "restarting", "stopped", "removing", "stopping"}

// say emits what docker or podman holds of a container. Docker's OOMKilled is of
// the present run, or of the last one where none is: from 24 on it is set while the
// container runs. Podman looks when a container ends and never takes the word back,
// so that it is of that end or of an earlier one. With OomKillDisable (cgroup v1) a
// cgroup that runs full stops its processes and kills none, so that the word proves
// nothing.
func (r *record) say(say func(string, event.Stamp, string, event.Body)) {
	if r.Status == "" || r.ID != "" && !isID(r.ID) {
		return
	}
	by := docker
	if r.OciVersion != "" || r.OCIRuntime != "" {
		by = podman
	}
	b := event.ContainerStatus{By: by, Container: container(by, r.ID), Limit: event.NotPrinted, Request: event.NotPrinted,
		RestartCount: event.NotPrinted, PodLimit: event.NotPrinted, State: r.Status}
	c := named(&b.Container, r.Config.Labels)
	if c.Name == "" {
		c.Name = word(strings.TrimPrefix(r.Name, "/"))
	}
	for _, image := range []string{r.ImageName, r.Config.Image} {
		if image != "" {
			c.Image = word(image)
		}
	}
	if r.HostConfig.Memory > 0 {
		b.Limit = r.HostConfig.Memory
	}
	if r.RestartCount != nil && *r.RestartCount >= 0 {
		b.RestartCount = *r.RestartCount
	}
	killed := r.OOMKilled && !r.HostConfig.OomKillDisable
	end := event.Terminated{ExitCode: event.NotPrinted, StartedAt: timeOf(r.StartedAt), FinishAt: timeOf(r.FinishedAt), ContainerID: r.ID}
	if killed {
		end.Reason = "OOMKilled"
	}
	at := stampOf(end.FinishAt)
	switch {
	case slices.Contains(lasting, r.Status) && (!end.FinishAt.IsZero() || r.ExitCode != nil):
		if r.ExitCode != nil {
			end.ExitCode = *r.ExitCode
		}
		b.Ended = append(b.Ended, end)
	case killed && by == podman: // of an earlier run
		if at.Clock == event.None || end.FinishAt.After(end.StartedAt) {
			at, end.FinishAt = stampOf(end.StartedAt), end.StartedAt
		}
		b.StartedAt, end.StartedAt = end.StartedAt, time.Time{}
		b.Ended = append(b.Ended, end)
	default:
		b.StartedAt, b.OOMKilled = end.StartedAt, killed
		if at = stampOf(end.StartedAt); at.Clock != event.None {
			at.Lower = killed
		}
	}
	say(by, at, r.text(c), b)
	if f, ok := oci.Read([]byte(r.Error), *c); ok {
		say(by, stampOf(end.FinishAt), r.text(c), f)
	}
}

// text is the record in its own words:
//
//	container web: Status exited, OOMKilled true, ExitCode 137, FinishedAt 2026-11-23T09:01:41.9Z; RestartCount 0; Memory 67108864
func (r *record) text(c *event.Container) string {
	var w strings.Builder
	w.WriteString("container")
	if name := c.Name; name != "" {
		w.WriteString(" " + name)
	} else if r.ID != "" {
		w.WriteString(" " + r.ID[:12])
	}
	fmt.Fprintf(&w, ": Status %s, OOMKilled %t", word(r.Status), r.OOMKilled)
	if r.ExitCode != nil {
		fmt.Fprintf(&w, ", ExitCode %d", *r.ExitCode)
	}
	for _, f := range []struct{ name, value string }{{"Error", r.Error}, {"StartedAt", r.StartedAt}, {"FinishedAt", r.FinishedAt}} {
		if f.value != "" {
			fmt.Fprintf(&w, ", %s %s", f.name, cut(f.value, maxMessage))
		}
	}
	if r.RestartCount != nil {
		fmt.Fprintf(&w, "; RestartCount %d", *r.RestartCount)
	}
	if m := r.HostConfig.Memory; m > 0 {
		fmt.Fprintf(&w, "; Memory %d", m)
	}
	if r.HostConfig.OomKillDisable {
		w.WriteString("; OomKillDisable true")
	}
	return w.String()
}

// say emits what crictl writes of a container or a sandbox.
func (r *criRecord) say(say func(string, event.Stamp, string, event.Body)) {
	const by = "crictl"
	if !isID(r.ID) {
		return
	}
	c := container("", r.ID)
	named(&c, r.Labels)
	if strings.HasPrefix(r.State, "SANDBOX_") {
		c.ID, c.SandboxID, c.Name = "", r.ID, ""
		c.Pod, c.Namespace, c.PodUID = word(r.Metadata.Name), word(r.Metadata.Namespace), word(r.Metadata.UID)
		say(by, event.Stamp{}, "sandbox "+r.ID[:12]+": "+word(r.State), event.Identity{Container: c})
		return
	}
	if isID(r.PodSandboxID) {
		c.SandboxID = r.PodSandboxID
	}
	c.Name, c.Restart = word(r.Metadata.Name), max(r.Metadata.Attempt, 0)
	c.Image = word(r.Image.UserSpecifiedImage)
	if c.Image == "" {
		c.Image = word(r.Image.Image)
	}
	text := "container " + c.Name + ": " + word(r.State)
	if r.FinishedAt == "" && r.StartedAt == "" { // an item of a list
		say(by, event.Stamp{}, text, event.Identity{Container: c})
		return
	}
	b := event.ContainerStatus{By: by, Container: c, Limit: event.NotPrinted, Request: event.NotPrinted, RestartCount: c.Restart, PodLimit: event.NotPrinted}
	if n, err := strconv.ParseInt(string(r.Resources.Linux.Memory), 10, 64); err == nil && n > 0 {
		b.Limit = n
	}
	started := timeOf(r.StartedAt)
	at := stampOf(started)
	switch r.State {
	case "CONTAINER_RUNNING":
		b.State, b.StartedAt = "running", started
	case "CONTAINER_EXITED":
		t := event.Terminated{ExitCode: 0, Reason: word(r.Reason), Message: cut(r.Message, maxMessage), StartedAt: started, FinishAt: timeOf(r.FinishedAt), ContainerID: r.ID}
		if r.ExitCode != nil { // 0 can be left out
			t.ExitCode = *r.ExitCode
		}
		b.State, b.Ended, at = "terminated", []event.Terminated{t}, stampOf(t.FinishAt)
		text += fmt.Sprintf(", exitCode %d, reason %s, finishedAt %s", t.ExitCode, t.Reason, cut(r.FinishedAt, maxMessage))
	}
	say(by, at, text, b)
}

// named gives a container the names that Kubernetes' labels have.
func named(c *event.Container, l labels) *event.Container {
	c.Name, c.Namespace, c.Pod, c.PodUID = word(l.Name), word(l.Namespace), word(l.Pod), word(l.PodUID)
	if c.Name == "POD" { // dockershim's sandbox
		c.SandboxID, c.Name = c.ID, ""
	}
	return c
}

const maxMessage = 1024 // bytes, of what is kept of a text of no fixed form

// word keeps of a name what a name can be long.
func word(s string) string { return cut(s, 255) }

// cut returns a copy, so that the object is not kept with it.
func cut(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.Clone(s)
}

// timeOf reads a time of an object's; Go's zero time, and 1970 of crictl's, are none.
func timeOf(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Unix() <= 0 {
		return time.Time{}
	}
	return t.UTC()
}

func stampOf(t time.Time) event.Stamp {
	if t.IsZero() {
		return event.Stamp{}
	}
	return event.Stamp{Clock: event.Wall, Wall: t, Step: time.Nanosecond}
}
