package envelope

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"oomtrace/parsers/event"
)

// openAppJSON takes the time of an application's JSON line from the keys that
// loggers use, and leaves the object as the message:
//
//	{"level":30,"time":1795441407009,"pid":12950,"hostname":"vm","msg":"hi"}     pino
//	{"level":"info","ts":1795442434.33,"caller":"lg/main.go:3","msg":"hi"}       zap
//	{"@timestamp":"2026-11-23T14:00:34.338Z","message":"hi"}                     logstash
func openAppJSON(rec *event.Record) bool {
	if rec.Speaker == "kernel" || len(rec.Msg) < 16 || rec.Msg[0] != '{' {
		return false
	}
	var v struct {
		Time, TS, Timestamp, Datetime, Asctime, At json.RawMessage
		Logstash                                   json.RawMessage `json:"@timestamp"`
	}
	if json.Unmarshal(rec.Msg, &v) != nil {
		return false
	}
	for _, raw := range []json.RawMessage{v.Time, v.Timestamp, v.Logstash, v.TS, v.Datetime, v.Asctime, v.At} {
		if st, ok := jsonTime(raw); ok {
			rec.Stamps.Add(st)
			return true
		}
	}
	return false
}

// jsonTime reads a string as RFC 3339 or alike, a number as the time since 1970.
func jsonTime(raw json.RawMessage) (st event.Stamp, ok bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		st, rest, ok := appTime([]byte(s))
		return st, ok && len(rest) == 0 && st.Clock != event.Dayless
	}
	return epoch(raw)
}

// epoch reads a decimal number of seconds since 1970, or of milli-, micro- or
// nanoseconds, which its size tells, from 1973 on.
func epoch(b []byte) (st event.Stamp, ok bool) {
	whole, decimals, _ := bytes.Cut(b, []byte("."))
	n, err := strconv.ParseInt(string(whole), 10, 64)
	part, step, rest := fraction(decimals)
	if err != nil || len(rest) > 0 {
		return st, false
	}
	unit := time.Second
	for limit := int64(1e10); n >= limit && unit > 1; limit *= 1000 {
		unit /= 1000
	}
	per := time.Second / unit
	t := time.Unix(n/int64(per), n%int64(per)*int64(unit)).Add(part / per)
	return event.Stamp{Clock: event.Wall, Wall: t.UTC(), Step: max(step/per, 1)}, t.Unix() >= 1e8
}
