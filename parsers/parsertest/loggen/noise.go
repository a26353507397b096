package loggen

import (
	"fmt"
	"strings"
)

// pids of the node's own programs
const (
	kubeletPID    = 1234
	containerdPID = 812
)

// node writes what some program of a node says when nothing is wrong. One in
// some hundred of the entries is one that a reader of OOM kills has to look at.
func (w *writer) node() {
	switch n := w.rnd.IntN(1000); {
	case n < 400:
		w.kubelet()
	case n < 500:
		w.containerd()
	case n < 620:
		w.systemd()
	case n < 720:
		w.kernel()
	case n < 999:
		w.app()
	default:
		w.podLife()
	}
}

// klog writes a line of the kubelet's.
func (w *writer) klog(source, format string, args ...any) {
	head := fmt.Sprintf("I%s %7d %s] ", w.now.Format("0102 15:04:05.000000"), kubeletPID, source)
	w.say("kubelet", kubeletPID, head+format, args...)
}

func (w *writer) kubelet() {
	p := w.pod()
	switch n := w.rnd.IntN(100); {
	case n < 40:
		w.klog("pod_workers.go:1256", `"Processing pod event" pod="%s/%s" podUID="%s" updateType="sync"`, p.namespace, p.name, p.uid)
	case n < 60:
		w.klog("prober.go:120", `"Probe succeeded" probeType="Readiness" pod="%s/%s" podUID="%s" containerName="%[1]s"`, p.namespace, p.name, p.uid)
	case n < 75:
		w.klog("httplog.go:134", `"HTTP" verb="GET" URI="/metrics/cadvisor" latency="%d.%03dms" userAgent="Prometheus/3.1.0" audit-ID="" srcIP="10.0.3.%d:%d" resp=200`,
			w.rnd.IntN(90), w.rnd.IntN(1000), w.rnd.IntN(256), 30000+w.rnd.IntN(30000))
	case n < 85:
		w.klog("helpers.go:972", `"Eviction manager:" log="observations" signal="memory.available" resourceName="memory" available="%dKi" capacity="16074136Ki" time="%s +0000 UTC m=+%d.309309781"`,
			4000000+w.rnd.IntN(4000000), w.now.Format("2006-01-02 15:04:05.000000000"), w.truth.Lines)
	case n < 91:
		w.klog("kubelet_pods.go:1889", `"Got phase for pod" pod="%s/%s" oldPhase="Running" phase="Running"`, p.namespace, p.name)
	case n < 94:
		w.klog("kubelet_volumes.go:163", `"Cleaned up orphaned pod volumes dir" podUID="%s" path="/var/lib/kubelet/pods/%[1]s/volumes"`, p.uid)
	case n < 97:
		w.klog("kubelet.go:2632", `"SyncLoop (housekeeping)"`)
	case n < 99:
		w.klog("kubelet_node_status.go:695", `"Recording event message for node" node=%q event="NodeHasSufficientMemory"`, host)
	default:
		w.klog("factory.go:274", `Factory "raw" can handle container "/system.slice/system-serial\\x2dgetty.slice", but ignoring.`)
	}
}

func (w *writer) containerd() {
	p, stamp := w.pod(), w.now.Format("2006-01-02T15:04:05.000000000Z")
	switch w.rnd.IntN(4) {
	case 0:
		w.say("containerd", containerdPID, `time="%s" level=info msg="PullImage \"registry.shop.example/%s/worker:1.%d\""`, stamp, p.namespace, w.rnd.IntN(50))
	case 1:
		w.say("containerd", containerdPID, `time="%s" level=info msg="loading plugin \"io.containerd.ttrpc.v1.task\"..." runtime=io.containerd.runc.v2 type=io.containerd.ttrpc.v1`, stamp)
	case 2:
		w.say("containerd", containerdPID, `time="%s" level=info msg="cleaning up dead shim" namespace=k8s.io`, stamp)
	case 3:
		w.say("containerd", containerdPID, `time="%s" level=info msg="RemovePodSandbox \"%s\" was requested, current state \"CONTAINER_EXITED\""`, stamp, w.hex(64))
	}
}

func (w *writer) systemd() {
	switch w.rnd.IntN(4) {
	case 0:
		w.say("systemd", 1, "run-containerd-runc-k8s.io-%s-runc.%s.mount: Deactivated successfully.", w.pod().container, w.hex(6))
	case 1:
		w.say("systemd", 1, "cri-containerd-%s.scope: Consumed %d.%03ds CPU time, %d.3M memory peak.", w.pod().container, w.rnd.IntN(60), w.rnd.IntN(1000), w.rnd.IntN(400))
	case 2:
		w.say("systemd", 1, "Started session-%d.scope - Session %[1]d of User core.", w.rnd.IntN(9000))
	case 3:
		w.say("systemd-networkd", 322, "veth%s: Gained carrier", w.hex(8))
	}
}

func (w *writer) kernel() {
	switch w.rnd.IntN(4) {
	case 0:
		w.say("kernel", 0, "[UFW BLOCK] IN=eth0 OUT= MAC=0a:58:0a:f4:00:01:0a:58:0a:f4:00:2f:08:00 SRC=10.0.3.%d DST=10.0.3.117 LEN=40 TOS=0x00 PREC=0x00 TTL=%d ID=%d PROTO=TCP SPT=%d DPT=8443 WINDOW=65535 RES=0x00 SYN URGP=0",
			w.rnd.IntN(256), w.rnd.IntN(256), w.rnd.IntN(65536), w.rnd.IntN(65536))
	case 1:
		w.say("kernel", 0, "cni0: port %d(veth%s) entered blocking state", w.rnd.IntN(40), w.hex(8))
	case 2:
		w.say("kernel", 0, "veth%s: entered promiscuous mode", w.hex(8))
	case 3:
		w.say("kernel", 0, `audit: type=1400 audit(%d.%03d:%d): apparmor="ALLOWED" operation="open" class="file" profile="snap.agent" name="/proc/%d/stat" pid=%d comm="agent" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`,
			w.now.Unix(), w.rnd.IntN(1000), w.truth.Lines, w.rnd.IntN(65536), w.rnd.IntN(65536))
	}
}

// app writes a line of one of the applications, as loggers of several languages
// write them.
func (w *writer) app() {
	p := w.pod()
	switch n := w.rnd.IntN(1000); {
	case n < 300:
		w.say(p.namespace, p.pid, `{"level":"info","ts":"%s","caller":"api/handler.go:%d","msg":"request served","method":"GET","path":"/v1/items/%d","status":200,"duration_ms":%d.%d,"trace_id":"%016x%016x"}`,
			w.now.Format("2006-01-02T15:04:05.000Z"), w.rnd.IntN(400), w.rnd.IntN(100000), w.rnd.IntN(90), w.rnd.IntN(10), w.rnd.Uint64(), w.rnd.Uint64())
	case n < 500:
		w.say(p.namespace, p.pid, `10.0.3.%d - - [%s] "GET /v1/items/%d?page=%d HTTP/1.1" 200 %d "-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"`,
			w.rnd.IntN(256), w.now.Format("02/Jan/2006:15:04:05 +0000"), w.rnd.IntN(100000), w.rnd.IntN(30), w.rnd.IntN(50000))
	case n < 700:
		w.say(p.namespace, p.pid, "[%s,%03d] [PID %d] [Thread-%d] [imgtasks] [INFO] rendering image %d of the catalogue, size 4000x3000",
			w.now.Format("2006-01-02 15:04:05"), w.rnd.IntN(1000), w.rnd.IntN(30), w.rnd.IntN(8), w.rnd.IntN(100000))
	case n < 850:
		w.say(p.namespace, p.pid, "[%s,%03d: INFO/ForkPoolWorker-%d] Task imgtasks.thumbnail[%s] succeeded in 0.%ds: None",
			w.now.Format("2006-01-02 15:04:05"), w.rnd.IntN(1000), w.rnd.IntN(8), p.uid, w.rnd.IntN(100000))
	case n < 950:
		w.say(p.namespace, p.pid, "%s UTC [%d] LOG:  checkpoint complete: wrote %d buffers (0.3%%); 0 WAL file(s) added, 0 removed, 1 recycled; write=%d.058 s, sync=0.012 s, total=%[4]d.091 s",
			w.now.Format("2006-01-02 15:04:05.000"), p.pid, w.rnd.IntN(5000), w.rnd.IntN(60))
	case n < 999:
		w.say(p.namespace, p.pid, "%s  INFO 1 --- [nio-8080-exec-%d] c.e.shop.OrderController : order %d accepted, %d positions",
			w.now.Format("2006-01-02 15:04:05.000"), w.rnd.IntN(20), w.rnd.IntN(1000000), w.rnd.IntN(40))
	default:
		w.say(p.namespace, p.pid, `{"level":"debug","ts":"%s","msg":"catalogue read","items":[%s0]}`,
			w.now.Format("2006-01-02T15:04:05.000Z"), strings.Repeat(w.hex(12)+",", 1+w.rnd.IntN(3000)))
	}
}

// podLife writes how the node's programs speak of a pod that comes and goes.
func (w *writer) podLife() {
	p, sandbox, id, stamp := w.pod(), w.hex(64), w.hex(64), w.now.Format("2006-01-02T15:04:05.000000000Z")
	runtime := func(format string, args ...any) {
		w.say("containerd", containerdPID, `time="`+stamp+`" level=info msg="`+format, args...)
	}
	w.klog("kubelet.go:2391", `"SyncLoop ADD" source="api" pods=["%s/%s"]`, p.namespace, p.name)
	runtime(`RunPodSandbox for &PodSandboxMetadata{Name:%s,Uid:%s,Namespace:%s,Attempt:0,} returns sandbox id \"%s\""`, p.name, p.uid, p.namespace, sandbox)
	runtime(`CreateContainer within sandbox \"%s\" for &ContainerMetadata{Name:%s,Attempt:0,} returns container id \"%s\""`, sandbox, p.namespace, id)
	runtime(`StartContainer for \"%s\" returns successfully"`, id)
	w.klog("kubelet.go:2423", `"SyncLoop (PLEG): event for pod" pod="%s/%s" event={"ID":"%s","Type":"ContainerStarted","Data":"%s"}`, p.namespace, p.name, p.uid, id)
	w.klog("prober.go:107", `"Probe failed" probeType="Readiness" pod="%s/%s" podUID="%s" containerName="%[1]s" probeResult="failure" output="Get \"http://10.244.0.7:8080/ready\": dial tcp: connection refused"`, p.namespace, p.name, p.uid)
	runtime(`TaskExit event in podsandbox handler container_id:\"%s\" id:\"%[1]s\" pid:%d exited_at:{seconds:%d nanos:304101000}"`, id, p.pid, w.now.Unix())
	runtime(`shim disconnected" id=%s namespace=k8s.io`, id)
	w.klog("kubelet.go:2423", `"SyncLoop (PLEG): event for pod" pod="%s/%s" event={"ID":"%s","Type":"ContainerDied","Data":"%s"}`, p.namespace, p.name, p.uid, id)
}
