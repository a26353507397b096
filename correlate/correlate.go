// Package correlate makes one report of the logs of one or many machines.
//
// Logs go in, as parsers read them; a *report.Report comes out, with each kill
// told once, on one timeline, explained, and with how sure that is. The steps
// are packages of their own: clock says when, match what belongs together,
// explain what it means; this package puts what they find into the report's
// words. The same logs give the same report.
package correlate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"oomtrace/correlate/clock"
	"oomtrace/correlate/explain"
	"oomtrace/correlate/match"
	"oomtrace/correlate/report"
	"oomtrace/parsers/event"
)

// Options are what a person says that the logs do not, and which part of what
// is found is wanted.
type Options struct {
	Clock        clock.Options
	Since, Until time.Time // of incidents; zero: no bound
	Node         string    // "" for all nodes
	Version      string    // of the program, for the report
}

// Correlate returns the report on logs, in their order.
func Correlate(logs []event.Log, o Options) *report.Report {
	found := match.Find(logs, o.Clock)
	r := &report.Report{Schema: report.Schema, Generator: report.Generator{Name: "oomtrace", Version: o.Version},
		Inputs: []report.Input{}, Incidents: []report.Incident{}, RuledOut: []report.RuledOut{}, Problems: []report.Problem{}}
	for i := range logs {
		r.Inputs = append(r.Inputs, input(i, &logs[i], found))
		r.Problems = append(r.Problems, problems(logs[i].Problems)...)
	}
	r.Problems = append(r.Problems, problems(found.Who.Contradictions)...)
	ids := map[string]int{}
	for _, in := range wanted(r, found, &o) {
		inc := incident(in, found, logs)
		inc.ID = unique(ids, identity(in))
		r.Incidents = append(r.Incidents, inc)
	}
	for _, d := range found.RuledOut {
		if len(r.RuledOut) < maxTold && o.wants(d.At, d.Items[0].Event.Host) {
			r.RuledOut = append(r.RuledOut, ruledOut(d, logs))
		}
	}
	explain.Groups(r)
	explain.Trends(r)
	return r
}

// maxTold is how many incidents are told one by one, and deaths ruled out.
const maxTold = 2000

// wanted returns the incidents that are asked for, the last ones where there are
// more than a report can tell.
func wanted(r *report.Report, found *match.Result, o *Options) []*match.Incident {
	var all []*match.Incident
	for _, in := range found.Incidents {
		if o.wants(in.At, in.Node) {
			all = append(all, in)
		}
	}
	n := len(all) - maxTold
	if n <= 0 {
		return all
	}
	r.Problems = append(r.Problems, report.Problem{Code: "too-many-incidents",
		Message: fmt.Sprintf("%d incidents are left out of the report, the suspected and the earlier ones first; narrow it with --since, --until or --node", n)})
	for _, verdict := range []string{report.Suspected, report.NoKill, report.Confirmed} {
		all = slices.DeleteFunc(all, func(in *match.Incident) bool {
			drop := n > 0 && in.Verdict == verdict
			if drop {
				n--
			}
			return drop
		})
	}
	return all
}

// wants reports whether something at that moment and node is asked for. What
// has no time is not left out by a bound on time.
func (o *Options) wants(at clock.Moment, node string) bool {
	if o.Node != "" && node != o.Node && !strings.HasPrefix(node, o.Node+".") {
		return false
	}
	if !at.Known {
		return true
	}
	// What can have been within the bounds is.
	return (o.Since.IsZero() || !at.T.Add(at.Err).Before(o.Since)) && (o.Until.IsZero() || !at.T.Add(-at.Err).After(o.Until))
}

func problems(all []event.Problem) []report.Problem {
	out := make([]report.Problem, len(all))
	for i, p := range all {
		out[i] = report.Problem{File: p.File, Line: p.Line, Code: p.Code, Message: p.Text}
	}
	return out
}

// input says what became of one log.
func input(i int, l *event.Log, found *match.Result) report.Input {
	in := report.Input{Path: l.Path, Format: l.Format, Source: l.Source, Node: l.Node, Bytes: l.Bytes, Lines: l.Lines, Problems: len(l.Problems)}
	first := found.Clocks.At(clock.Ref{Log: i, Stamps: l.First})
	last := found.Clocks.At(clock.Ref{Log: i, Boot: lastBoot(found, i), Stamps: l.Last})
	in.First, in.Last = at(first), at(last)
	for _, c := range l.Covers {
		from, to := clock.Ref{Log: i, Stamps: c.From}, clock.Ref{Log: i, Boot: lastBoot(found, i), Stamps: c.To}
		in.KernelCovers = append(in.KernelCovers, report.Period{From: at(found.Clocks.At(from)), To: at(found.Clocks.At(to))})
	}
	tied := found.Clocks.Of(i, l.First)
	in.Clock = report.Clock{Kind: tied.Clock.String(), Basis: tied.Basis}
	if tied.Known {
		in.Clock.Offset, in.Clock.Uncertainty = seconds(tied.Offset), seconds(tied.Err)
	}
	return in
}

func lastBoot(found *match.Result, log int) int {
	if b := found.Boots[log]; len(b) > 0 {
		return b[len(b)-1]
	}
	return 0
}

// at returns a moment as the report writes it: with as many digits as its
// clock has and its error leaves sense, null if it is no time.
func at(m clock.Moment) *report.Time {
	if !m.Known {
		return nil
	}
	return report.At(m.Written())
}

func uncertainty(m clock.Moment) *float64 {
	if !m.Known {
		return nil
	}
	return seconds(m.Err)
}

// seconds returns d to a microsecond.
func seconds(d time.Duration) *float64 {
	s := float64(d.Round(time.Microsecond)/time.Microsecond) / 1e6
	return &s
}

// identity returns what an incident is known by, whatever files tell of it.
func identity(in *match.Incident) string {
	h := sha256.New()
	if d := in.Dump; d != nil {
		fmt.Fprint(h, in.Kind, "|", d.OOMMemcg, "|", d.TaskMemcg)
		for _, v := range d.Victims {
			fmt.Fprint(h, "|", v.PID, v.TotalVMKB, v.AnonRSSKB)
		}
		if len(d.Victims) == 0 && d.Trigger != nil {
			fmt.Fprint(h, "|", d.Trigger.PID, d.Memory.Memory.UsageKB, d.Memory.Memory.Failcnt)
		}
	} else {
		fmt.Fprint(h, in.Kind, "|", in.Who.ID, in.Who.PodUID, in.Who.Pod, in.Who.Name)
		if len(in.Items) > 0 {
			fmt.Fprint(h, "|", in.Items[0].Event.Text)
		}
	}
	return "oom-" + hex.EncodeToString(h.Sum(nil)[:4])
}

func unique(seen map[string]int, id string) string {
	if seen[id]++; seen[id] > 1 {
		return fmt.Sprintf("%s-%d", id, seen[id])
	}
	return id
}

// ruledOut tells of a death that is no OOM kill.
func ruledOut(d *match.Death, logs []event.Log) report.RuledOut {
	r := report.RuledOut{Time: when(d.At, d.Items[0].Event.Stamps), Kind: d.Kind, Unit: some(d.Unit), Why: d.Why, Timeline: []report.Entry{}}
	if d.Who.ID != "" || d.Who.Pod != "" {
		r.Container = names(d.Who)
	}
	if d.Exit != nil {
		r.Worker = worker(&match.Worker{Exit: *d.Exit, Basis: "the supervisor's own words"})
	}
	for _, it := range d.Items {
		r.Timeline = append(r.Timeline, itemEntry(it, logs))
	}
	slices.SortStableFunc(r.Timeline, func(a, b report.Entry) int {
		if a.Time == nil || b.Time == nil {
			return 0
		}
		return a.Time.Compare(b.Time.Time)
	})
	return r
}

func when(m clock.Moment, stamps event.Stamps) report.When {
	w := report.When{Kill: at(m), Uncertainty: uncertainty(m), Basis: m.Basis, Stamp: Reading(stamps)}
	switch {
	case !m.Ok():
		w.Basis = "no log states a time"
	case !m.Known: // whatever ties it to other clocks that have no time either
		w.Basis = "nothing in the logs ties this clock to a moment"
	}
	return w
}

// Reading returns the outermost stamp as a person would read it in the log.
func Reading(stamps event.Stamps) string {
	switch s := stamps.Outer(); s.Clock {
	case event.Monotonic:
		return fmt.Sprintf("%.6f s after boot", s.Since.Seconds())
	case event.Relative:
		return fmt.Sprintf("%.6f s after the log's first line", s.Since.Seconds())
	case event.Dayless:
		return s.Wall.Format("15:04:05")
	case event.Yearless:
		return s.Wall.Format("Jan _2 15:04:05.999999")
	case event.Zoneless:
		return s.Wall.Format("2006-01-02 15:04:05.999999") + " (zone not stated)"
	case event.Wall:
		return s.Wall.Format(time.RFC3339Nano)
	}
	return ""
}

// some returns a pointer to v, nil if v is its type's zero value.
func some[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// printed returns a pointer to n, nil if the kernel did not print it.
func printed(n int64) *int64 {
	if n == event.NotPrinted {
		return nil
	}
	return &n
}

func ptr[T any](v T) *T { return &v }

// round keeps a confidence to two digits.
func round(p float64) float64 { return float64(int(p*100+0.5)) / 100 }
