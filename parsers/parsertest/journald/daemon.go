package journald

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A Daemon is a systemd-journald of its own, which sees a folder of the test's
// as /run.
type Daemon struct {
	run    string // its /run
	cmd    *exec.Cmd
	ended  chan error
	output bytes.Buffer
}

// patience is how long a daemon may take to answer: far longer than it does.
const patience = 30 * time.Second

// config leaves the machine as it is: journals in /run alone, and the kernel's
// auditing neither turned on nor off.
const config = "[Journal]\nStorage=volatile\nAudit=\nRateLimitIntervalSec=0\nForwardToWall=no\nRuntimeMaxFileSize=16M\n"

// Start starts a daemon, which ends with the test, with more lines of
// configuration. It skips the test where it may not: that needs root, and a mount
// namespace.
func Start(tb testing.TB, lines string) *Daemon {
	tb.Helper()
	journald := program("systemd-journald")
	if journald == "" || program("unshare") == "" {
		missing(tb, "systemd-journald or unshare is not installed: want the Debian packages systemd and util-linux")
	}
	if out, err := exec.Command("unshare", "--mount", "mount", "--bind", tb.TempDir(), "/run").CombinedOutput(); err != nil {
		tb.Skipf("no mount namespace of its own for systemd-journald: %v\n%s", err, out)
	}
	d := &Daemon{run: tb.TempDir(), ended: make(chan error, 1)}
	conf := filepath.Join(d.run, "systemd/journald.conf.d")
	if err := os.MkdirAll(conf, 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(conf, "test.conf"), []byte(config+lines), 0o644); err != nil {
		tb.Fatal(err)
	}
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(d.run, "notify"), Net: "unixgram"})
	if err != nil {
		tb.Fatal(err)
	}
	defer notify.Close()
	d.start(tb, journald, notify)
	d.ready(tb, notify)
	return d
}

func (d *Daemon) start(tb testing.TB, journald string, notify io.Closer) {
	tb.Helper()
	d.cmd = exec.Command("unshare", "--mount", "sh", "-c", `mount --bind "$1" /run && exec "$2"`, "sh", d.run, journald)
	d.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET=/run/notify")
	d.cmd.Stdout, d.cmd.Stderr = &d.output, &d.output
	if err := d.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		d.ended <- d.cmd.Wait()
		notify.Close() // nobody will say anything any more
	}()
	tb.Cleanup(func() { d.Stop(tb) })
}

// ready waits until the daemon says that it listens.
func (d *Daemon) ready(tb testing.TB, notify *net.UnixConn) {
	tb.Helper()
	notify.SetReadDeadline(time.Now().Add(patience))
	for b := make([]byte, 4096); ; {
		n, err := notify.Read(b)
		if err != nil {
			d.Stop(tb)
			tb.Fatalf("systemd-journald does not start: %v\n%s", err, d.output.Bytes())
		}
		if bytes.Contains(b[:n], []byte("READY=1")) {
			return
		}
	}
}

// Send sends an entry's fields in journald's own protocol.
func (d *Daemon) Send(tb testing.TB, fields ...string) {
	tb.Helper()
	d.datagram(tb, "socket", appendFields(nil, fields))
}

// Syslog sends a line as syslog(3) does: "<30>app[7]: text".
func (d *Daemon) Syslog(tb testing.TB, line string) {
	tb.Helper()
	d.datagram(tb, "dev-log", []byte(line))
}

func (d *Daemon) datagram(tb testing.TB, socket string, b []byte) {
	tb.Helper()
	conn := d.dial(tb, "unixgram", socket)
	defer conn.Close()
	if err := conn.SetWriteBuffer(len(b) + 4096); err != nil {
		tb.Fatal(err)
	}
	if _, err := conn.Write(b); err != nil {
		tb.Fatal(err)
	}
}

// Output sends lines as the output of a service of that name.
func (d *Daemon) Output(tb testing.TB, name, lines string) {
	tb.Helper()
	conn := d.dial(tb, "unix", "stdout")
	defer conn.Close()
	// Identifier, unit, priority, whether priorities are parsed, and where to forward to.
	if _, err := fmt.Fprintf(conn, "%s\n\n6\n0\n0\n0\n0\n%s", name, lines); err != nil {
		tb.Fatal(err)
	}
}

func (d *Daemon) dial(tb testing.TB, network, socket string) *net.UnixConn {
	tb.Helper()
	conn, err := net.DialUnix(network, nil, &net.UnixAddr{Name: filepath.Join(d.run, "systemd/journal", socket), Net: network})
	if err != nil {
		tb.Fatal(err)
	}
	return conn
}

// Sync returns when all that was sent is in the files.
func (d *Daemon) Sync(tb testing.TB) { d.call(tb, "io.systemd.Journal.Synchronize") }

// Rotate has the daemon close its file and begin another one.
func (d *Daemon) Rotate(tb testing.TB) { d.call(tb, "io.systemd.Journal.Rotate") }

// call calls a method by varlink, whose messages are JSON and end with a NUL.
func (d *Daemon) call(tb testing.TB, method string) {
	tb.Helper()
	conn := d.dial(tb, "unix", "io.systemd.journal")
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(conn, "{\"method\":%q}\x00", method); err != nil {
		tb.Fatal(err)
	}
	reply := make([]byte, 4096)
	n, err := conn.Read(reply)
	if err != nil || bytes.Contains(reply[:n], []byte(`"error"`)) {
		tb.Fatalf("%s: %v, %s", method, err, reply[:n])
	}
}

// Files returns the paths of the daemon's journals.
func (d *Daemon) Files(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(d.run, "log/journal/*/*.journal"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("systemd-journald wrote no files: %v\n%s", err, d.output.Bytes())
	}
	return files
}

// Stop has the daemon close its files, and end.
func (d *Daemon) Stop(tb testing.TB) {
	tb.Helper()
	if d.ended == nil {
		return
	}
	d.cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-d.ended:
		if err != nil {
			tb.Errorf("systemd-journald: %v\n%s", err, d.output.Bytes())
		}
	case <-time.After(patience):
		d.cmd.Process.Kill()
		tb.Error("systemd-journald does not end")
	}
	d.ended = nil
}
