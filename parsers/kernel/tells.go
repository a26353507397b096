package kernel

import "bytes"

// begins are the first bytes of the lines that outcome, aside and isCut know.
var begins = func() (set [256]bool) {
	for _, words := range []string{
		"oom-kill:", "oom-killer:", "oom_reaper:", "oom killer ", "oom_kill_process:",
		memcgWords, globalWords, policyWords, "Killed", "kill", "Kernel panic", "Tasks in ",
		"lowmemorykiller:", "send sigkill to ", "sysrq:", "SysRq :", "Manual OOM", "Linux version ", "CPU:", "Pid:",
	} {
		set[words[0]] = true
	}
	return set
}()

// tells reports whether msg can be a line that says more than a report's body
// does. Most lines of a report cannot, as they begin otherwise: a row of the task
// table, a frame, a number with its name. What can begin with any byte is the
// header, a victim that exits and the word that lines were dropped.
func tells(msg []byte) bool {
	if len(msg) == 0 || len(msg) >= len(droppedWords) && bytes.Contains(msg, droppedWords) {
		return len(msg) > 0
	}
	if begins[msg[0]] || mayInvoke(msg) {
		return true
	}
	head := msg[:min(len(msg), maxBefore)]
	return bytes.IndexByte(head, victimWords[0]) >= 0 && bytes.Contains(head, victimWords) || bytes.HasSuffix(msg, exitingWords)
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
	return len(msg) >= len(words) && bytes.Contains(msg[:min(len(msg), maxComm+len(invokedWords))], words)
}
