package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"oomtrace/parsers/input"
)

func (h *hints) add(flags *pflag.FlagSet) {
	flags.StringVar(&h.since, "since", "", "leave out incidents before this `TIME` (RFC 3339, or an age such as 2h)")
	flags.StringVar(&h.until, "until", "", "leave out incidents after this `TIME`")
	flags.StringVar(&h.node, "node", "", "only incidents of the node of this `NAME`")
	flags.StringVar(&h.zone, "timezone", "", "the `ZONE` of stamps that write none, where the logs do not tell it")
	flags.IntVar(&h.year, "year", 0, "the `YEAR` of stamps that write none, where the logs do not tell it")
	flags.StringVar(&h.boot, "boot-time", "", "the `TIME` that a kernel's seconds count from, where the logs do not tell it")
}

// progressAfter is how long the work must take before it is shown.
const progressAfter = time.Second

// showProgress shows how much of the units was read, on a terminal and for work
// that takes long, until the function that it returns is called.
func showProgress(w io.Writer, units []input.Unit, read *atomic.Int64) (done func()) {
	if !isTerminal(w) {
		return func() {}
	}
	var total int64
	for _, u := range units {
		total += max(u.Size, 0)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-stop:
			return
		case <-time.After(progressAfter):
		}
		bar := progressbar.NewOptions64(max(total, 1), progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true),
			progressbar.OptionSetDescription(fmt.Sprintf("reading %d files", len(units))), progressbar.OptionClearOnFinish())
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				bar.Clear()
				return
			case <-tick.C:
				bar.Set64(min(read.Load(), max(total, 1)))
			}
		}
	}()
	return func() { close(stop); <-stopped }
}

// terminalWidth returns the columns of the terminal that w is, between 60 and
// 160; 80 where it is none.
func terminalWidth(w any) int {
	f, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return 80
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80
	}
	return min(max(width, 60), 160)
}
