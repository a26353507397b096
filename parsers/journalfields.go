package parsers

// entryFields are those of one journal entry that somebody asks for, as they are
// read from a text. An entry keeps little more than its message, whatever its
// text holds.
type entryFields struct {
	values map[string][]byte // the first one of a repeated field
	long   string            // a field that was not kept whole, if any
}

func newEntryFields() entryFields { return entryFields{values: map[string][]byte{}} }

func (f *entryFields) clear() {
	clear(f.values)
	f.long = ""
}

func (f *entryFields) of(name string) []byte { return f.values[name] }

// room says how many bytes are kept of a field that comes now; none where nobody
// asks for it or the entry has it already.
func (f *entryFields) room(name string) int {
	if _, again := f.values[name]; again {
		return 0
	}
	return journalFields[name]
}

// keep adds to a value as much of part as there is room for.
func (f *entryFields) keep(value, part []byte, name string, room int) []byte {
	n := min(len(part), room-len(value))
	if n < len(part) && room > 0 {
		f.long = name
	}
	return append(value, part[:n]...)
}

func (f *entryFields) set(name string, value []byte, room int) {
	if room > 0 {
		f.values[name] = value
	}
}

// longField tells of a field that was not kept whole, if there is one.
func (r *reader) longField(at int, name string) {
	if name != "" {
		r.problem(at, "long-line", "the field %s is longer than %d bytes; only that much of it was read", name, journalFields[name])
	}
}

// journalFields are the fields that envelope.Journal asks for, with how many bytes
// of each are kept. All others are passed over: an entry may hold a core dump,
// and a file can claim any number of fields. Names are kept with each event, so
// that they have to be short.
var journalFields = map[string]int{
	"MESSAGE":                     8 << 20,
	"PRIORITY":                    maxFieldName,
	"CONTAINER_ID_FULL":           maxFieldName,
	"CONTAINER_NAME":              maxFieldName,
	"SYSLOG_FACILITY":             maxFieldName,
	"SYSLOG_IDENTIFIER":           maxFieldName,
	"SYSLOG_PID":                  maxFieldName,
	"_BOOT_ID":                    maxFieldName,
	"_COMM":                       maxFieldName,
	"_HOSTNAME":                   maxFieldName,
	"_PID":                        maxFieldName,
	"_SOURCE_MONOTONIC_TIMESTAMP": maxFieldName,
	"_SOURCE_REALTIME_TIMESTAMP":  maxFieldName,
	"_SYSTEMD_UNIT":               maxFieldName,
	"_TRANSPORT":                  maxFieldName,
	"_UID":                        maxFieldName,
	"__REALTIME_TIMESTAMP":        maxFieldName,
}

const maxFieldName = 4 << 10
