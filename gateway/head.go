package gateway

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// head is the start line and the header fields of an HTTP message, as they
// came. It is reused: everything in it points into raw.
type head struct {
	raw    []byte // every line with its CRLF, without the empty line at the end
	start  []byte // the start line, without its CRLF
	fields []field
}

// field is one header line.
type field struct {
	line  []byte // as it came, with its CRLF
	name  []byte
	value []byte // without the white space around it
}

func (f field) is(name string) bool { return equalFold(f.name, name) }

// lineEnds says which ends of line are taken.
type lineEnds bool

const (
	strict  lineEnds = false // CRLF and nothing else: from clients, so that nobody in between can read it otherwise
	lenient lineEnds = true  // a bare LF too, which becomes CRLF: from the DSP
)

// maxFields bounds the header lines of one head: what is kept of each is larger
// than the shortest line.
const maxFields = 256

var (
	errHeadTooLarge  = errors.New("request line and headers are too large")
	errTooManyFields = fmt.Errorf("there are more than %d headers; send fewer", maxFields)
	errBareLF        = errors.New("a line ends in LF alone; every line of the head ends in CRLF")
)

// read reads a head of at most most bytes. It returns io.EOF when the input
// ends before the first byte, io.ErrUnexpectedEOF when it ends later.
func (h *head) read(in *bufio.Reader, most int, ends lineEnds) error {
	h.raw, h.start, h.fields = h.raw[:0], nil, h.fields[:0]
	skipped, from := 0, 0 // empty lines before the start line; where the line at hand begins
	for {
		part, err := in.ReadSlice('\n')
		h.raw = append(h.raw, part...)
		switch {
		case len(h.raw) > most:
			return errHeadTooLarge
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(h.raw)+skipped > 0:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
		if !bytes.HasSuffix(h.raw[from:], []byte("\r\n")) {
			if ends == strict {
				return errBareLF
			}
			h.raw = append(h.raw[:len(h.raw)-1], '\r', '\n')
		}
		if len(h.raw)-from > 2 {
			from = len(h.raw)
			continue
		}
		h.raw = h.raw[:from] // the empty line
		if from > 0 {
			return h.split()
		}
		if skipped++; skipped > 2 || ends == strict { // a session has stepped over those
			return errors.New("there are empty lines before the start line; begin with the start line")
		}
	}
}

// split finds the start line and the fields in raw.
func (h *head) split() error {
	rest := h.raw
	line, rest := cutLine(rest)
	h.start = line[:len(line)-2]
	for len(rest) > 0 {
		if len(h.fields) == maxFields {
			return errTooManyFields
		}
		line, rest = cutLine(rest)
		f, err := parseField(line)
		if err != nil {
			return err
		}
		h.fields = append(h.fields, f)
	}
	return nil
}

func cutLine(raw []byte) (line, rest []byte) {
	end := bytes.IndexByte(raw, '\n') + 1
	return raw[:end], raw[end:]
}

// parseField takes a header line apart. It is as strict as RFC 9112 allows:
// what one reader takes for a header and another does not is how requests are
// smuggled.
func parseField(line []byte) (field, error) {
	text := line[:len(line)-2]
	if text[0] == ' ' || text[0] == '\t' {
		return field{}, fmt.Errorf("the header line %s is folded; write each header on one line", excerpt(text))
	}
	colon := bytes.IndexByte(text, ':')
	if colon < 0 {
		return field{}, fmt.Errorf("the header line %s has no colon; write name: value", excerpt(text))
	}
	f := field{line: line, name: text[:colon], value: bytes.Trim(text[colon+1:], " \t")}
	if !isToken(f.name) {
		return field{}, fmt.Errorf("the header name %s is not a token; a name has letters, digits and hyphens, and no space before its colon", excerpt(f.name))
	}
	for _, b := range f.value {
		if b < ' ' && b != '\t' || b == 0x7f {
			return field{}, fmt.Errorf("the value of header %s has the control character %#02x; leave it out", excerpt(f.name), b)
		}
	}
	return f, nil
}

// isToken says whether b is a token of RFC 9110, 5.6.2.
func isToken(b []byte) bool {
	for _, c := range b {
		if !tokenByte(c) {
			return false
		}
	}
	return len(b) > 0
}

func tokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0
}

// sameName says whether two header names are one, in whatever case of ASCII.
func sameName(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// equalFold compares b with the lower-case ASCII string s, ignoring case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != s[i] {
			return false
		}
	}
	return true
}

// excerpt quotes bytes that a stranger sent, so that they stay on one line and
// short.
func excerpt(b []byte) string {
	if len(b) > 40 {
		return fmt.Sprintf("%+q…", b[:40])
	}
	return fmt.Sprintf("%+q", b)
}

// hops tells the headers that concern one connection only and are not passed
// on (RFC 9110, 7.6.1): a fixed list, and those that Connection names.
type hops struct {
	named [][]byte
}

func (h *hops) reset() { h.named = h.named[:0] }

// maxOptions bounds what drops has to compare with.
const maxOptions = 32

// name takes note of the options in a Connection header. It returns false when
// there are too many.
func (h *hops) name(value []byte) bool {
	for option := range bytes.SplitSeq(value, []byte(",")) {
		if option = bytes.Trim(option, " \t"); len(option) > 0 {
			h.named = append(h.named, option)
		}
		if len(h.named) > maxOptions {
			return false
		}
	}
	return true
}

// has says whether Connection named an option, which is in lower case.
func (h *hops) has(option string) bool {
	for _, n := range h.named {
		if equalFold(n, option) {
			return true
		}
	}
	return false
}

// drops says whether a field stays behind.
func (h *hops) drops(f field) bool {
	switch len(f.name) {
	case 2, 7, 10, 17:
		if f.is("te") || f.is("trailer") || f.is("upgrade") || f.is("connection") || f.is("keep-alive") || f.is("transfer-encoding") {
			return true
		}
	}
	if len(f.name) > 6 && equalFold(f.name[:6], "proxy-") {
		return true
	}
	for _, n := range h.named {
		if sameName(n, f.name) {
			return true
		}
	}
	return false
}
