package duis

// Fault says why a message was refused. It is one line of printable ASCII of at
// most a few hundred bytes, however hostile the message, so that it may be sent
// to the client and written into a log as it is.
type Fault struct {
	Wrong string // what is wrong, with the piece of the message that is
	Right string // what would be right
}

// Error writes the fault in one line that is safe to send and to log.
func (f Fault) Error() string { return f.Wrong + "; " + f.Right }

// shown quotes a piece of a message for an error.
func shown[T string | []byte](text T) string { return `"` + printable(text) + `"` }

// printable is text as printable ASCII without quotation marks, cut after 60
// bytes.
func printable[T string | []byte](text T) string {
	const most = 60
	// Not []byte(text): where text is a []byte, that is the message itself.
	out := append([]byte(nil), text[:min(len(text), most)]...)
	for i, c := range out {
		if c < ' ' || c > '~' || c == '"' {
			out[i] = '?'
		}
	}
	if len(text) > most {
		out = append(out, "..."...)
	}
	return string(out)
}
