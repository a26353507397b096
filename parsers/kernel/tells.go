package kernel

import "bytes"

// begins are what the lines begin with that outcome, aside and isCut know, by
// their first byte.
var begins = func() (by [256][]string) {
	for _, words := range []string{
		"oom-kill:constraint=", "oom_reaper: ", "oom killer ", "oom_kill_process: ",
		memcgWords, globalWords, oldWords, policyWords, cpusetWords, "Killed process ", "Kill process ", "kill process ",
		"Tasks in ", "Kernel panic - ", "lowmemorykiller: ", "send sigkill to ",
		"sysrq: ", "SysRq : ", "Manual OOM execution", "Linux version ", string(cpuPrefix), string(pidPrefix),
	} {
		by[words[0]] = append(by[words[0]], words)
	}
	return by
}()

// tells reports whether msg can be a line that says more than a report's body
// does. Most lines of a report cannot, as they begin otherwise: a row of the task
// table, a frame, a number with its name. What can begin with anything is the
// header, a victim that exits and the word that lines were dropped.
func tells(msg []byte) bool {
	if len(msg) == 0 {
		return false
	}
	for _, words := range begins[msg[0]] {
		if len(msg) >= len(words) && string(msg[:len(words)]) == words {
			return true
		}
	}
	return mayInvoke(msg) || bytes.HasSuffix(msg, exitingWords) || len(msg) >= len(droppedWords) && msg[0] == '*' && bytes.Contains(msg, droppedWords)
}

var (
	droppedWords = []byte("printk messages dropped")
	victimWords  = []byte("OOM victim ")
	exitingWords = []byte(" is already exiting. Skip killing the task")
)

// mayInvoke reports whether msg can be the header of a report: the name before the
// words is short.
func mayInvoke(msg []byte) bool {
	words := invokedWords[len(" invoked "):]
	head := msg[:min(len(msg), maxComm+len(invokedWords))]
	return bytes.IndexByte(head, words[len(words)-1]) >= 0 && bytes.Contains(head, words)
}
