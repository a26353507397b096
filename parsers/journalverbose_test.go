package parsers

import (
	"strings"
	"testing"
)

const (
	verboseHead  = "Tue 2026-11-24 06:11:31.375075 UTC [s=f7c2;i=376;b=248e9709bc8648e9830806594df201a8;m=564a506;t=660ff94e7979a;x=d5cf118a57b79ebc]\n"
	prettyEntry  = "{\n\t\"__REALTIME_TIMESTAMP\" : \"1795424501000000\",\n\t\"MESSAGE\" : \"hi\"\n}\n"
	prettyEntry2 = "{\n\t\"_HOSTNAME\" : \"h\",\n\t\"__REALTIME_TIMESTAMP\" : \"1795424501000000\",\n\t\"MESSAGE\" : [ 98, 255 ]\n}\n"
)

func TestJournalOfManyLines(t *testing.T) {
	for name, c := range map[string]struct{ text, msgs, format, problems string }{
		"verbose":                       {verboseHead + "    _HOSTNAME=h\n    MESSAGE=hi\n    PRIORITY=4\n" + verboseHead + "    MESSAGE=two\n", "1:h:hi:2 5::two:3", "journal-verbose", ""},
		"a value of many lines":         {verboseHead + "    MESSAGE=a\n            b\n            \n              c=d\n    _HOSTNAME=h\n", "1:h:a\nb\n\n  c=d:10", "journal-verbose", ""},
		"boots, and a catalogue's text": {"-- Boot 248e9709bc8648e9830806594df201a8 --\n" + verboseHead + "    MESSAGE=hi\n-- Boot x --\n            no value\n" + verboseHead + "    MESSAGE=two", "2::hi:2 6::two:3", "journal-verbose", ""},
		"a field again":                 {verboseHead + "    MESSAGE=hi\n    MESSAGE=two\n            three\n", "1::hi:2", "journal-verbose", ""},
		"no field":                      {verboseHead + "    MESSAGE\n   MESSAGE=x\n     MESSAGE=y\n    MESSAGE=hi\n", "1::hi:2", "journal-verbose", ""},
		"a long value":                  {verboseHead + "    MESSAGE=" + strings.Repeat("            y\n", 5<<20)[12:], "1::y\ny\ny\ny\ny\ny\ny\ny\ny\ny\n:8388608", "journal-verbose", "1: long-line"},
		"a long value nobody asks for":  {verboseHead + "    MESSAGE=hi\n    COREDUMP=" + strings.Repeat("             y\n", 5<<20)[13:], "1::hi:2", "journal-verbose", ""},
		"a cursor that is none":         {"Tue 2026-11-24 06:11:31.375075 UTC [s=f7c2;i=376;b=2;t=x;x=d]\n    MESSAGE=hi\n", "1::Tue 2026-11-24 06:11:61 2::    MESSAGE=hi:14", "plain", ""},

		"pretty":                  {prettyEntry + prettyEntry2, "1::hi:2 5:h:b\xff:2", "journal-json", ""},
		"a list":                  {"[\n" + prettyEntry + "," + prettyEntry2 + "]\n", "2::hi:2 6:h:b\xff:2", "journal-json", ""},
		"lists":                   {"[\n" + prettyEntry + "]\n[" + prettyEntry2 + "]\n", "2::hi:2 7:h:b\xff:2", "journal-json", ""},
		"as jq writes it":         {strings.ReplaceAll(strings.ReplaceAll(prettyEntry, "\t", "  "), " :", ":"), "1::hi:2", "journal-json", ""},
		"cut within an entry":     {prettyEntry + prettyEntry2[:40], "1::hi:2", "journal-json", "5: broken-json"},
		"an entry that is broken": {prettyEntry + "{ \"a\" }\n" + prettyEntry, "1::hi:2 6::hi:2", "journal-json", "5: broken-json"},
		"something stray":         {prettyEntry + "}}x\n" + prettyEntry, "1::hi:2 6::hi:2", "journal-json", "5: broken-json"},
	} {
		t.Run(name, func(t *testing.T) {
			log, msgs := readAll(t, strings.NewReader(c.text))
			if got := strings.Join(msgs, " "); got != c.msgs {
				t.Errorf("got records %.200q, want %.200q", got, c.msgs)
			}
			if got := problemsOf(log); got != c.problems || log.Format != c.format {
				t.Errorf("got format %s, problems %q, want %s, %q", log.Format, got, c.format, c.problems)
			}
		})
	}
}
