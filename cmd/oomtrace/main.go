// Oomtrace reads the logs a machine left behind and explains an out-of-memory
// kill: offline, from files and pipes alone.
//
// The commands are one file each. What a command prints on standard output is
// its result and nothing else; the exit status is 0 when it did its work, 1 when
// that failed, 2 when it was called wrongly, and what --exit-code says when an
// incident was found.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func main() {
	// What is kept of logs is bounded; the garbage of reading them should be too.
	debug.SetMemoryLimit(memoryLimit)
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// memoryLimit is from when on memory is collected eagerly, in bytes.
const memoryLimit = 150 << 20

// Exit statuses.
const (
	statusOK     = 0
	statusFailed = 1
	statusUsage  = 2
)

// A status ends the program with a number that is neither success nor failure
// of it: what a CI gate asked for.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// A usageError is a fault of the call.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run is main without its surroundings, so that tests can call it.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends what does not listen
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var st status
	var usage usageError
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &st):
		return int(st)
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "oomtrace: %v\n", err)
		return statusUsage
	}
	fmt.Fprintf(stderr, "oomtrace: %v\n", err)
	return statusFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "oomtrace",
		Short: "Explain an out-of-memory kill from the logs it left behind",
		Long: `Explain an out-of-memory kill from the logs it left behind.

oomtrace reads the kernel's log, the node's (kubelet, containerd, the journal)
and the application's, brings them onto one timeline, stitches what they say of
one kill into one incident, and says how sure it is. It reads files and pipes
alone and sends nothing anywhere.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q: want one of analyze, debug, explain, schema, version, completion, help", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return needArguments(cmd) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newAnalyze(), newDebug(), newExplain(), newSchema(), newVersion())
	return root
}

// noArgs refuses arguments to a command that takes none.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, got %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// needArguments prints a command's help where errors go, and ends with the
// status of wrong use.
func needArguments(cmd *cobra.Command) error {
	cmd.SetOut(cmd.ErrOrStderr())
	if err := cmd.Help(); err != nil {
		return err
	}
	return status(statusUsage)
}
