package cgroup

import (
	"strings"
	"testing"
)

// Ids as they stand in real paths: two containers, a pod, a static pod.
const (
	idA    = "c16a1e1285c8ab5f168f949ea2c56ebb402b1349e3eb6015f6db5b25c45ebaa7"
	idB    = "0d5b37e7d8379750bafe03eb03c994d8eef9fc8dae8dc5d41567e83dff319aab"
	uid    = "b5ab4dff-059c-473a-b52b-a1294101bd27"
	uidSd  = "b5ab4dff_059c_473a_b52b_a1294101bd27"
	static = "0ebe3dcb4e998854f58721d7bf5eaa46"
)

// The slice of a burstable pod, and the slices above it.
const (
	burstable    = "/kubepods.slice/kubepods-burstable.slice"
	burstablePod = "kubepods-burstable-pod" + uidSd + ".slice"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, path string
		want       Place // without Path
	}{
		{"root", "/", Place{Level: AtRoot}},
		{"nothing", "", Place{Level: AtOther}},

		// The kubelet with the cgroupfs driver.
		{"cgroupfs, guaranteed", "/kubepods/pod" + uid + "/" + idA,
			Place{ContainerID: idA, PodUID: uid, QoS: Guaranteed, Kubernetes: true, Level: AtContainer}},
		{"cgroupfs, burstable", "/kubepods/burstable/pod" + uid + "/" + idA,
			Place{ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true, Level: AtContainer}},
		{"cgroupfs, best effort, static pod", "/kubepods/besteffort/pod" + static + "/" + idA,
			Place{ContainerID: idA, PodUID: static, QoS: BestEffort, Kubernetes: true, Level: AtContainer}},
		{"cgroupfs, cri-o", "/kubepods/burstable/pod" + uid + "/crio-" + idA,
			Place{Runtime: "cri-o", ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true, Level: AtContainer}},
		{"cgroupfs, conmon of cri-o", "/kubepods/burstable/pod" + uid + "/crio-conmon-" + idA,
			Place{PodUID: uid, QoS: Burstable, Kubernetes: true, Level: AtOther}},
		{"cgroupfs, pod", "/kubepods/pod" + uid,
			Place{PodUID: uid, QoS: Guaranteed, Kubernetes: true, Level: AtPod}},
		{"cgroupfs, class", "/kubepods/besteffort", Place{QoS: BestEffort, Kubernetes: true, Level: AtQoS}},
		{"cgroupfs, all pods", "/kubepods", Place{Kubernetes: true, Level: AtKubepods}},
		{"a directory that only sounds like a class", "/batch/burstable", Place{Level: AtOther}},
		{"a pod whose kubepods part is missing", "/pod" + uid + "/" + idA,
			Place{ContainerID: idA, PodUID: uid, Kubernetes: true, Level: AtContainer}},

		// The kubelet with the systemd driver.
		{"systemd, containerd", burstable + "/" + burstablePod + "/cri-containerd-" + idA + ".scope",
			Place{Runtime: "containerd", ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true,
				Slice: burstablePod, Level: AtContainer}},
		{"systemd, guaranteed, static pod", "/kubepods.slice/kubepods-pod" + static + ".slice/cri-containerd-" + idA + ".scope",
			Place{Runtime: "containerd", ContainerID: idA, PodUID: static, QoS: Guaranteed, Kubernetes: true,
				Slice: "kubepods-pod" + static + ".slice", Level: AtContainer}},
		{"systemd, cri-o", burstable + "/" + burstablePod + "/crio-" + idA + ".scope",
			Place{Runtime: "cri-o", ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true,
				Slice: burstablePod, Level: AtContainer}},
		{"systemd, crun's cgroup in cri-o's", burstable + "/" + burstablePod + "/crio-" + idA + ".scope/container",
			Place{Runtime: "cri-o", ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true,
				Slice: burstablePod, Level: AtContainer}},
		{"systemd, dockershim", burstable + "/" + burstablePod + "/docker-" + idA + ".scope",
			Place{Runtime: "docker", ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true,
				Slice: burstablePod, Level: AtContainer}},
		{"systemd, conmon of cri-o", burstable + "/" + burstablePod + "/crio-conmon-" + idA + ".scope",
			Place{PodUID: uid, QoS: Burstable, Kubernetes: true, Slice: burstablePod,
				Unit: "crio-conmon-" + idA + ".scope", Level: AtUnit}},
		{"systemd, pod", burstable + "/" + burstablePod,
			Place{PodUID: uid, QoS: Burstable, Kubernetes: true, Slice: burstablePod, Level: AtPod}},
		{"systemd, class", burstable,
			Place{QoS: Burstable, Kubernetes: true, Slice: "kubepods-burstable.slice", Level: AtQoS}},
		{"systemd, all pods", "/kubepods.slice",
			Place{Kubernetes: true, Slice: "kubepods.slice", Level: AtKubepods}},
		{"the pod's slice alone", burstablePod + "/cri-containerd-" + idA + ".scope",
			Place{Runtime: "containerd", ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true,
				Slice: burstablePod, Level: AtContainer}},
		{"containerd takes systemd's triple for a path", "/system.slice/containerd.service/" + burstablePod + ":cri-containerd:" + idA,
			Place{Runtime: "containerd", ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true,
				Slice: burstablePod, Unit: "containerd.service", Level: AtContainer}},

		// Roots in front of kubepods.
		{"kind, cgroupfs, on the host", "/docker/" + idB + "/kubelet/kubepods/burstable/pod" + uid + "/" + idA,
			Place{ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true, Level: AtContainer}},
		{"kind, systemd, on the host", "/system.slice/docker-" + idB + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod" + uidSd + ".slice/cri-containerd-" + idA + ".scope",
			Place{Runtime: "containerd", ContainerID: idA, PodUID: uid, QoS: BestEffort, Kubernetes: true,
				Slice: "kubelet-kubepods-besteffort-pod" + uidSd + ".slice", Level: AtContainer}},
		{"kind, the pod's limit", "/docker/" + idB + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + uidSd + ".slice",
			Place{PodUID: uid, QoS: Guaranteed, Kubernetes: true,
				Slice: "kubelet-kubepods-pod" + uidSd + ".slice", Level: AtPod}},
		{"kind, a service of the node", "/system.slice/docker-" + idB + ".scope/system.slice/containerd.service",
			Place{Runtime: "docker", ContainerID: idB, Slice: "system.slice", Unit: "containerd.service", Level: AtUnit}},
		{"a cluster within a pod", "/kubepods/burstable/pod" + static + "/" + idB + "/docker/" + idB + "/kubelet/kubepods/pod" + uid + "/" + idA,
			Place{ContainerID: idA, PodUID: uid, QoS: Guaranteed, Kubernetes: true, Level: AtContainer}},
		{"docker within a pod", "/kubepods/burstable/pod" + uid + "/" + idA + "/docker/" + idB,
			Place{ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true, Level: AtOther}},
		{"docker within docker", "/docker/" + idA + "/docker/" + idB,
			Place{Runtime: "docker", ContainerID: idB, Level: AtContainer}},

		// Runtimes without a kubelet.
		{"docker, cgroupfs", "/docker/" + idA, Place{Runtime: "docker", ContainerID: idA, Level: AtContainer}},
		{"docker, systemd", "/system.slice/docker-" + idA + ".scope",
			Place{Runtime: "docker", ContainerID: idA, Slice: "system.slice", Level: AtContainer}},
		{"a systemd within docker", "/docker/" + idA + "/init.scope",
			Place{Runtime: "docker", ContainerID: idA, Unit: "init.scope", Level: AtUnit}},
		{"a cgroup within docker", "/system.slice/docker-" + idA + ".scope/jobs/7",
			Place{Runtime: "docker", ContainerID: idA, Slice: "system.slice", Level: AtOther}},
		{"another cgroup parent of docker's", "/ci/" + idA, Place{ContainerID: idA, Level: AtContainer}},
		{"buildkit, whose ids are short", "/buildkit/c8bdce94b767877f1117c5c1", Place{Level: AtOther}},
		{"podman", "/machine.slice/libpod-" + idA + ".scope",
			Place{Runtime: "podman", ContainerID: idA, Slice: "machine.slice", Level: AtContainer}},
		{"podman with crun", "/machine.slice/libpod-" + idA + ".scope/container",
			Place{Runtime: "podman", ContainerID: idA, Slice: "machine.slice", Level: AtContainer}},
		{"podman, conmon", "/machine.slice/libpod-conmon-" + idA + ".scope",
			Place{Slice: "machine.slice", Unit: "libpod-conmon-" + idA + ".scope", Level: AtUnit}},
		{"podman, a pod's slice", "/machine.slice/machine-libpod_pod_" + idB + ".slice/libpod-" + idA + ".scope/container",
			Place{Runtime: "podman", ContainerID: idA, Slice: "machine-libpod_pod_" + idB + ".slice", Level: AtContainer}},
		{"podman, rootless", "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + idA + ".scope/container",
			Place{Runtime: "podman", ContainerID: idA, Slice: "user.slice", Level: AtContainer}},
		{"podman, split", "/system.slice/web.service/libpod-payload-" + idA,
			Place{Runtime: "podman", ContainerID: idA, Slice: "system.slice", Unit: "web.service", Level: AtContainer}},
		{"podman, cgroupfs", "/libpod_parent/libpod-" + idA,
			Place{Runtime: "podman", ContainerID: idA, Level: AtContainer}},
		{"podman, cgroupfs, a pod", "/libpod_parent/" + idB, Place{Level: AtOther}},
		{"podman, cgroupfs, in a pod", "/libpod_parent/" + idB + "/libpod-" + idA,
			Place{Runtime: "podman", ContainerID: idA, Level: AtContainer}},
		{"kata", "/kubepods/burstable/pod" + uid + "/kata_" + idA,
			Place{ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true, Level: AtContainer}},
		{"kata, the rest of its threads", "/kata_overhead/kubepods/burstable/pod" + uid + "/kata_" + idA,
			Place{ContainerID: idA, PodUID: uid, QoS: Burstable, Kubernetes: true, Level: AtContainer}},
		{"a scope of another runtime", "/system.slice/runc-" + idA + ".scope",
			Place{ContainerID: idA, Slice: "system.slice", Level: AtContainer}},

		// systemd.
		{"service", "/system.slice/thumbs.service",
			Place{Unit: "thumbs.service", Slice: "system.slice", Level: AtUnit}},
		{"service of an instance, in its slice", `/system.slice/system-sync.slice/sync@srv-data-in\x2dbox.service`,
			Place{Unit: `sync@srv-data-in\x2dbox.service`, Slice: "system-sync.slice", Level: AtUnit}},
		{"service with an escaped name", `/system.slice/feed\x2dreader.service`,
			Place{Unit: `feed\x2dreader.service`, Slice: "system.slice", Level: AtUnit}},
		{"service named as a file of the kernel's", "/system.slice/_memory.service",
			Place{Unit: "memory.service", Slice: "system.slice", Level: AtUnit}},
		{"a cgroup that a service made", "/system.slice/runner.service/job-1",
			Place{Unit: "runner.service", Slice: "system.slice", Level: AtOther}},
		{"system scope", "/system.slice/backup-job.scope",
			Place{Unit: "backup-job.scope", Slice: "system.slice", Level: AtUnit}},
		{"session", "/user.slice/user-1000.slice/session-2.scope",
			Place{Unit: "session-2.scope", Slice: "user-1000.slice", Level: AtUnit}},
		{"user service", "/user.slice/user-1000.slice/user@1000.service/app.slice/notebook.service",
			Place{Unit: "notebook.service", UserUnit: true, Slice: "app.slice", Level: AtUnit}},
		{"user scope", "/user.slice/user-1000.slice/user@1000.service/app.slice/run-r9f59a9c9816f4d90a3f5e7804ed92e9a.scope",
			Place{Unit: "run-r9f59a9c9816f4d90a3f5e7804ed92e9a.scope", UserUnit: true, Slice: "app.slice", Level: AtUnit}},
		{"user manager", "/user.slice/user-1000.slice/user@1000.service",
			Place{Unit: "user@1000.service", Slice: "user-1000.slice", Level: AtUnit}},
		{"mount", "/system.slice/mnt-data.mount",
			Place{Unit: "mnt-data.mount", Slice: "system.slice", Level: AtUnit}},
		{"slice", "/batch.slice", Place{Slice: "batch.slice", Level: AtSlice}},
		{"names that are only suffixes", "/.slice/.service", Place{Level: AtOther}},
		{"slashes too many", "//batch.slice//", Place{Slice: "batch.slice", Level: AtSlice}},

		// Near misses.
		{"an id cut short", burstable + "/" + burstablePod + "/cri-containerd-0d5b37e7",
			Place{PodUID: uid, QoS: Burstable, Kubernetes: true, Slice: burstablePod, Level: AtOther}},
		{"an id in upper case", "/docker/" + strings.ToUpper(idA), Place{Level: AtOther}},
		{"a pod's UID cut short", "/kubepods/burstable/podb5ab4dff-059c", Place{QoS: Burstable, Kubernetes: true, Level: AtOther}},
		{"a UID without its dashes in place", "/kubepods/podb5ab4dff0-59c-473a-b52b-a1294101bd27",
			Place{Kubernetes: true, Level: AtOther}},
		{"a slice that only ends in a class", "/x-burstable.slice", Place{Slice: "x-burstable.slice", Level: AtSlice}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Path = tt.path
			if got := Parse(tt.path); got != tt.want {
				t.Errorf("Parse(%q)\n got %+v\nwant %+v", tt.path, got, tt.want)
			}
		})
	}
}

func TestUnits(t *testing.T) {
	for path, want := range map[string]string{
		"/": "", "": "", "/kubepods/burstable": "", "/.slice/x.slice.d": "",
		"/system.slice/worker.service":                                            "system.slice worker.service",
		"/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope/sub": "user.slice user-1000.slice user@1000.service app.slice run-1.scope",
	} {
		if got := strings.Join(Units(path), " "); got != want {
			t.Errorf("Units(%q) = %q, want %q", path, got, want)
		}
	}
}

// A path can be as long as a line: a part of it, or its depth, must not cost
// more than its length.
func TestParseLong(t *testing.T) {
	tail := "/kubepods/burstable/pod" + uid + "/" + idA
	for name, head := range map[string]string{
		"one part":   "/" + strings.Repeat("-pod", 1<<20),
		"one slice":  "/" + strings.Repeat("kubepods-", 1<<19) + ".slice",
		"many parts": strings.Repeat("/a.slice", 1<<19),
		"slashes":    strings.Repeat("/", 1<<22),
		"colons":     "/" + strings.Repeat(".slice:", 1<<19) + idB,
	} {
		if got := Parse(head + tail); got.ContainerID != idA || got.PodUID != uid || got.Level != AtContainer {
			t.Errorf("%s: ContainerID %q, PodUID %q, Level %q", name, got.ContainerID, got.PodUID, got.Level)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, path := range []string{"/", "", "/docker/" + idA, "/system.slice/_memory.service",
		burstable + "/" + burstablePod + "/cri-containerd-" + idA + ".scope",
		"/system.slice/containerd.service/" + burstablePod + ":cri-containerd:" + idA,
		"/user.slice/user-1000.slice/user@1000.service/app.slice/notebook.service",
		"/kubepods/burstable/pod" + uid + "/" + idA + "/docker/" + idB, "/a\xff\n/kata_" + idB} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p := Parse(path)
		checkNames(t, p)
		checkLevel(t, p)
		if q := Parse(path + "/"); path != "" && (q.Level != p.Level || q.Unit != p.Unit || q.ContainerID != p.ContainerID) {
			t.Errorf("%q: a slash at the end changes %+v to %+v", path, p, q)
		}
	})
}

// checkNames checks that what a Place says stands in its path.
func checkNames(t *testing.T, p Place) {
	for _, name := range []string{p.ContainerID, p.Unit, p.Slice} {
		if !strings.Contains(p.Path, name) || strings.Contains(name, "/") {
			t.Errorf("%q: says %q", p.Path, name)
		}
	}
	if p.ContainerID != "" && (len(p.ContainerID) != 64 || !isHex(p.ContainerID)) {
		t.Errorf("%q: ContainerID %q", p.Path, p.ContainerID)
	}
	if p.PodUID != "" && !isPodUID(p.PodUID) || strings.Contains(p.PodUID, "_") {
		t.Errorf("%q: PodUID %q", p.Path, p.PodUID)
	}
	if !strings.Contains(strings.ReplaceAll(p.Path, "_", "-"), p.PodUID) {
		t.Errorf("%q: PodUID %q is not in it", p.Path, p.PodUID)
	}
	if p.Runtime != "" && p.ContainerID == "" || (p.PodUID != "" || p.QoS != "") && !p.Kubernetes || p.UserUnit && p.Unit == "" {
		t.Errorf("%+v contradicts itself", p)
	}
}

// checkLevel checks that what a path is said to be is told too.
func checkLevel(t *testing.T, p Place) {
	told := map[string]bool{
		AtRoot: strings.Trim(p.Path, "/") == "", AtSlice: p.Slice != "", AtUnit: p.Unit != "",
		AtKubepods: p.Kubernetes && p.PodUID == "", AtQoS: p.QoS != "" && p.PodUID == "",
		AtPod: p.PodUID != "" && p.ContainerID == "", AtContainer: p.ContainerID != "", AtOther: true,
	}
	if !told[p.Level] {
		t.Errorf("%q is %q, but %+v", p.Path, p.Level, p)
	}
}
