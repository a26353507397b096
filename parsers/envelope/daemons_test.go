package envelope

import "testing"

var klogRows = []row{
	{"kubelet 1.31", `I1123 09:01:52.645701   14102 memory_manager.go:354] "RemoveStaleState removing state" podUID="b149"`,
		`klog yearless=11-23T09:01:52.645701/µs <kubelet[14102]> "\"RemoveStaleState removing state\" podUID=\"b149\""`},
	{"kubelet 1.18", `E1123 09:15:09.329370    6987 file.go:201] Reading config file [x] y`, `klog yearless=11-23T09:15:09.32937/µs <kubelet[6987]> "Reading config file [x] y"`},
	{"MicroShift from 4.12", `kubelet I1123 13:05:08.123456    1234 file.go:1] text`, `klog yearless=11-23T13:05:08.123456/µs <kubelet[1234]> "text"`},
	{"MicroShift's patch, no name known", `??? W1123 13:05:08.123456    1234 file.go:1] text`, `klog yearless=11-23T13:05:08.123456/µs <kubelet[1234]> "text"`},
	{"an empty message", `I1123 13:05:08.123456    1234 file.go:1]`, `klog yearless=11-23T13:05:08.123456/µs <kubelet[1234]> ""`},
	{"kubelet 1.31 --logging-format=json", `{"ts":1795424956216.0422,"caller":"devicemanager/manager.go:839","msg":"Looking for needed resources","v":3,"needed":0}`,
		`klog-json wall=2026-11-23T09:09:16.216042Z/µs <kubelet> "{\"ts\":1795424956216.0422,\"caller\":\"devicemanager/manager.go:839\",\"msg\":\"Looking for needed resources\",\"v\":3,\"needed\":0}"`},
}

var logrusRows = []row{
	{"containerd 1.6", `time="2026-11-23T09:01:41.645457050Z" level=info msg="TaskOOM event &TaskOOM{ContainerID:43bd,XXX_unrecognized:[],}"`,
		`logrus wall=2026-11-23T09:01:41.64545705Z/ns <containerd> "time=\"2026-11-23T09:01:41.645457050Z\" level=info msg=\"TaskOOM event &TaskOOM{ContainerID:43bd,XXX_unrecognized:[],}\""`},
	{"containerd 1.7, format = json", `{"level":"info","msg":"TaskOOM event","time":"2026-11-23T14:36:07.217376508+01:00"}`,
		`logrus wall=2026-11-23T13:36:07.217376508Z/ns <containerd> "{\"level\":\"info\",\"msg\":\"TaskOOM event\",\"time\":\"2026-11-23T14:36:07.217376508+01:00\"}"`},
	{"CRI-O --log-format json, a field before", `{"id":"7d0c","level":"info","msg":"Started container","name":"/runtime.v1.RuntimeService/StartContainer","time":"2026-11-23T09:01:41Z"}`,
		`logrus wall=2026-11-23T09:01:41Z/s <containerd> "{\"id\":\"7d0c\",\"level\":\"info\",\"msg\":\"Started container\",\"name\":\"/runtime.v1.RuntimeService/StartContainer\",\"time\":\"2026-11-23T09:01:41Z\"}"`},
}

var eventRows = []row{
	{"ctr events 1.6", `2026-11-23 09:01:30.573354554 +0000 UTC k8s.io /tasks/oom {"container_id":"b154"}`,
		`ctr-events wall=2026-11-23T09:01:30.573354554Z/ns <containerd> "k8s.io /tasks/oom {\"container_id\":\"b154\"}"`},
	{"ctr events, a zone's offset for a name", `2026-11-23 14:31:30.5 +0530 +0530 moby /tasks/exit {}`, `ctr-events wall=2026-11-23T09:01:30.5Z/ns <containerd> "moby /tasks/exit {}"`},
	{"docker events", `2026-11-23T09:01:41.645457050Z container oom 43bd (image=x, name=web)`, `engine-events wall=2026-11-23T09:01:41.64545705Z/ns <docker> "container oom 43bd (image=x, name=web)"`},
	{"docker events, a digit less", `2026-11-23T09:01:41.64545705+01:00 container die 43bd (exitCode=137, image=x, name=web)`, `engine-events wall=2026-11-23T08:01:41.64545705Z/0ns <docker> "container die 43bd (exitCode=137, image=x, name=web)"`},
	{"podman events 4.3", `2026-11-24 06:13:57.985229197 +0000 UTC container start feb7 (image=registry.example/encoder:1.4, name=encoder)`,
		`engine-events wall=2026-11-24T06:13:57.985229197Z/ns <podman> "container start feb7 (image=registry.example/encoder:1.4, name=encoder)"`},
	{"docker events, JSON", `{"status":"oom","Type":"container","Action":"oom","Actor":{},"time":1795424501,"timeNano":1795424501645457050}`,
		`engine-events-json wall=2026-11-23T09:01:41.64545705Z/ns <docker> "{\"status\":\"oom\",\"Type\":\"container\",\"Action\":\"oom\",\"Actor\":{},\"time\":1795424501,\"timeNano\":1795424501645457050}"`},
	{"podman events 4.0, JSON", `{"ID":"43bd","Status":"died","Time":"2026-11-23T09:01:41.645457050+01:00","Type":"container","Attributes":null}`,
		`engine-events-json wall=2026-11-23T08:01:41.64545705Z/ns <podman> "{\"ID\":\"43bd\",\"Status\":\"died\",\"Time\":\"2026-11-23T09:01:41.645457050+01:00\",\"Type\":\"container\",\"Attributes\":null}"`},
	{"not of docker: another type, JSON", `{"Type":"order","Action":"die","time":1795424501,"timeNano":1795424501645457050}`,
		`app-json wall=2026-11-23T09:01:41Z/s <> "{\"Type\":\"order\",\"Action\":\"die\",\"time\":1795424501,\"timeNano\":1795424501645457050}"`},
	{"not of docker: no attributes", `2026-11-23T09:01:41.645457Z container started (id=3)`, `app wall=2026-11-23T09:01:41.645457Z/µs <> "container started (id=3)"`},
	{"not of podman: another word", `2026-11-24 06:13:50.747539025 +0000 UTC hello world`, `app wall=2026-11-24T06:13:50.747539025Z/ns <> "hello world"`},
	{"podman events 4.3, without attributes", `2026-11-24 06:13:50.747539025 +0000 UTC system refresh`, `engine-events wall=2026-11-24T06:13:50.747539025Z/ns <podman> "system refresh"`},
}

var daemonMisses = []row{
	{"klog, a month that is none", `I1323 09:01:52.645701   14102 memory_manager.go:354] text`, ""},
	{"klog, a day that the calendar does not have", `I0231 09:01:52.645701   14102 memory_manager.go:354] text`, ""},
	{"klog, no source", `I1123 09:01:52.645701   14102 text with ] and : signs`, ""},
	{"klog, no pid", `I1123 09:01:52.645701 memory_manager.go:354] text`, ""},
	{"klog, another letter", `X1123 09:01:52.645701   14102 memory_manager.go:354] text`, ""},
	{"klog, two words before", `a b I1123 09:01:52.645701   14102 memory_manager.go:354] text`, ""},
	{"logrus, cut", `time="2026-11-23T09:01:`, ""},
	{"a sentence that begins with a time's name", `time="soon" level=info msg="x"`, ""},
}

func TestKlog(t *testing.T)         { testRows(t, klogRows) }
func TestLogrus(t *testing.T)       { testRows(t, logrusRows) }
func TestEvents(t *testing.T)       { testRows(t, eventRows) }
func TestDaemonMisses(t *testing.T) { testMisses(t, daemonMisses) }
