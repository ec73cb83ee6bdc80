package gateway

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// untilClose stands for a body that the end of the connection ends.
const untilClose = -2

// answer is what the DSP said to one request. It is reused.
type answer struct {
	head   head
	status int
	reason []byte // the reason phrase
	length int64  // of the body: bytes, chunked or untilClose
	hops   hops
	closes bool          // the connection to the DSP cannot be used again
	keep   time.Duration // how long the DSP says it keeps the connection; 0: it does not say
	body   []byte        // as much of it as is held
	rest   io.Reader     // what follows body, not read yet; nil: there is nothing
}

// read reads an answer from the DSP, past any informational ones, and of its
// body at most hold bytes; what is more stays in rest.
func (a *answer) read(in *bufio.Reader, hold int) error {
	const most = 64 << 10 // of one head
	for range 16 {
		if err := a.head.read(in, most, lenient); err != nil {
			return err
		}
		if err := a.parse(); err != nil {
			return err
		}
		if a.status == 101 {
			return errors.New("it switched protocols, which nobody asked for")
		}
		if a.status >= 200 {
			return a.readBody(in, hold)
		}
	}
	return errors.New("it sent 16 informational answers and no final one")
}

func (a *answer) parse() error {
	a.hops.reset()
	a.length, a.closes, a.keep = untilClose, false, 0
	version, rest, _ := bytes.Cut(a.head.start, []byte(" "))
	code, reason, _ := bytes.Cut(rest, []byte(" "))
	if !bytes.HasPrefix(version, []byte("HTTP/1.")) || version[len(version)-1] != '0' && version[len(version)-1] != '1' || len(version) != len("HTTP/1.1") || len(code) != 3 || code[0] == '0' {
		return fmt.Errorf("it began with %s instead of a status line", excerpt(a.head.start))
	}
	for _, c := range reason {
		if c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("its reason phrase has the control character %#02x", c)
		}
	}
	status, ok := parseLength(code)
	if !ok {
		return fmt.Errorf("its status code is %s", excerpt(code))
	}
	a.status, a.reason = int(status), reason
	return a.parseFields(version[len(version)-1])
}

func (a *answer) parseFields(minor byte) error {
	lengths, codings := 0, 0
	for _, f := range a.head.fields {
		switch {
		case f.is("content-length"):
			n, ok := parseLength(f.value)
			if !ok || lengths > 0 && n != a.length {
				return fmt.Errorf("its Content-Length %s is not one length", excerpt(f.value))
			}
			lengths++
			a.length = n
		case f.is("transfer-encoding"):
			if codings++; codings > 1 || !equalFold(f.value, "chunked") {
				return fmt.Errorf("its Transfer-Encoding is %s, not chunked", excerpt(f.value))
			}
		case f.is("connection"):
			if !a.hops.name(f.value) {
				return fmt.Errorf("its Connection names more than %d options", maxOptions)
			}
		case f.is("keep-alive"):
			a.keep = keepAlive(f.value)
		}
	}
	if codings > 0 {
		a.length = chunked
	}
	a.closes = a.hops.has("close") || minor == '0' && !a.hops.has("keep-alive") || lengths > 0 && codings > 0
	if a.bodiless() {
		a.closes = a.closes || codings > 0 || a.length > 0 && a.status >= 200
		a.length = 0
	}
	a.closes = a.closes || a.length == untilClose
	return nil
}

// bodiless says that the status allows no body, whatever the headers say.
func (a *answer) bodiless() bool { return a.status < 200 || a.status == 204 || a.status == 304 }

// keepAlive reads how long the sender of "Keep-Alive: timeout=5" keeps the
// connection, less a second for the way; 0 if it does not say.
func keepAlive(value []byte) time.Duration {
	for part := range bytes.SplitSeq(value, []byte(",")) {
		name, n, ok := bytes.Cut(bytes.Trim(part, " \t"), []byte("="))
		if !ok || !equalFold(name, "timeout") {
			continue
		}
		if seconds, ok := parseLength(n); ok && seconds <= 3600 {
			return max(time.Duration(seconds)*time.Second-time.Second, time.Millisecond)
		}
	}
	return 0
}

func (a *answer) readBody(in *bufio.Reader, hold int) error {
	a.body, a.rest = a.body[:0], nil
	var err error
	switch {
	case a.length == chunked:
		return a.readChunked(in, hold)
	case a.length == untilClose:
		a.body, err = readUpTo(a.body, in, hold+1)
		if err == nil { // the end has not come yet
			a.rest = in
		}
	case a.length > int64(hold):
		a.rest = &exactBody{in, a.length}
		return nil
	default:
		a.body, err = readExactly(a.body, in, int(a.length))
		return err
	}
	if err == io.EOF {
		return nil
	}
	return err
}

func (a *answer) readChunked(in *bufio.Reader, hold int) error {
	body := newChunkedBody(in)
	var err error
	a.body, err = readUpTo(a.body, body, hold+1)
	switch err {
	case io.EOF:
		return nil
	case nil:
		a.rest = body
	}
	return err
}

// appendTo appends the head for the client: the status line and every field as
// they came, without those that concern only the connection to the DSP, and
// then what frames the body on the client's.
func (a *answer) appendTo(dst []byte, x *exchange) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(a.status), 10)
	dst = append(dst, ' ')
	dst = append(dst, a.reason...)
	dst = append(dst, "\r\n"...)
	said := false
	for _, f := range a.head.fields {
		if f.is("content-length") {
			if said || a.length == chunked || a.status == 204 {
				continue
			}
			said = true
		} else if a.hops.drops(f) {
			continue
		}
		dst = append(dst, f.line...)
	}
	switch {
	case said || a.bodiless():
	case a.rest == nil:
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, int64(len(a.body)), 10)
		dst = append(dst, "\r\n"...)
	case x.request.minor > 0:
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	}
	dst = x.appendLimit(dst)
	dst = x.appendConnection(dst)
	return append(dst, "\r\n"...)
}
