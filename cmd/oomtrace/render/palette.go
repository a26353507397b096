package render

// A tone is how a line is meant to be read.
type tone uint8

const (
	calm   tone = iota
	strong      // a head, a victim
	grave       // a verdict that stands
	wary        // a verdict that does not
)

// escapes sets each tone in the 16 colours that every terminal has, as its
// owner chose them.
var escapes = [...]string{strong: "\x1b[1m", grave: "\x1b[1;31m", wary: "\x1b[33m"}

// A palette paints lines, or leaves them as they are where colour is off.
type palette bool

// paint sets each of lines in a tone.
func (p palette) paint(lines []string, t tone) []string {
	if !p || t == calm {
		return lines
	}
	painted := make([]string, len(lines))
	for i, l := range lines {
		painted[i] = escapes[t] + l + "\x1b[0m"
	}
	return painted
}
