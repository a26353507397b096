package worker

// maxSignal is the largest signal number of Linux.
const maxSignal = 64

// signals are the names without SIG and the texts of strsignal(3), by number.
// Source: glibc, sysdeps/generic/siglist.h; musl and Go's os differ in the case
// of the first letter at most.
var signals = [...]struct{ name, text string }{
	1: {"HUP", "hangup"}, 2: {"INT", "interrupt"}, 3: {"QUIT", "quit"},
	4: {"ILL", "illegal instruction"}, 5: {"TRAP", "trace/breakpoint trap"},
	6: {"ABRT", "aborted"}, 7: {"BUS", "bus error"},
	8: {"FPE", "floating point exception"}, 9: {"KILL", "killed"},
	10: {"USR1", "user defined signal 1"}, 11: {"SEGV", "segmentation fault"},
	12: {"USR2", "user defined signal 2"}, 13: {"PIPE", "broken pipe"},
	14: {"ALRM", "alarm clock"}, 15: {"TERM", "terminated"},
	16: {"STKFLT", "stack fault"}, 24: {"XCPU", "cpu time limit exceeded"},
	25: {"XFSZ", "file size limit exceeded"}, 31: {"SYS", "bad system call"},
}

// readSignal reads a signal at the start of b as programs write it: 9, SIGKILL,
// KILL, Killed, killed. It returns how many bytes that took.
func readSignal(b []byte) (sig, n int, ok bool) {
	if v, n, ok := readInt(b, maxSignal); ok {
		return v, n, endsWord(b[n:])
	}
	begin := 0
	if len(b) > 3 && string(b[:3]) == "SIG" {
		begin = 3
	}
	for sig, s := range signals {
		if s.name == "" {
			continue
		}
		if rest := b[begin:]; hasWord(rest, s.name) {
			return sig, begin + len(s.name), true
		}
		if hasWordFold(b, s.text) {
			return sig, len(s.text), true
		}
	}
	return 0, 0, false
}

// readInt reads decimal digits at the start of b, up to the value limit.
func readInt(b []byte, limit int) (v, n int, ok bool) {
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		v = v*10 + int(b[n]-'0')
		if n++; v > limit {
			return 0, 0, false
		}
	}
	return v, n, n > 0
}

// hasWord reports whether b begins with word, and the word ends there.
func hasWord(b []byte, word string) bool {
	return len(b) >= len(word) && string(b[:len(word)]) == word && endsWord(b[len(word):])
}

// hasWordFold is hasWord for a word in lower case; the case of letters in b does
// not count.
func hasWordFold(b []byte, word string) bool {
	if len(b) < len(word) || !endsWord(b[len(word):]) {
		return false
	}
	for i := range len(word) {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

func endsWord(b []byte) bool {
	return len(b) == 0 || !isAlnum(b[0])
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
}
