package gateway

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"srtm/duis"
	"srtm/journal"
)

// exchange is one request and its answer. It is reused for another one
// afterwards, on any connection.
type exchange struct {
	session  *session
	manners  *manners // from the beginning to the end
	request  request
	body     []byte
	header   duis.Header
	decision journal.Decision
	ticket   journal.Ticket // of the decision; empty: there is none
	decided  bool           // there is a decision
	answer   answer
	out      []byte
	unread   bool // some of the request's body has not been read
	unframed bool // where the next request would begin is not known
	closes   bool // no further request is taken on this connection
	lost     bool // the answer could not be written
	aborted  bool // the answer had begun and cannot be finished
	// until is when a client must have taken an answer for which a connection to
	// the DSP waits; zero: there is none.
	until time.Time
}

func (x *exchange) reset(c *session) {
	x.session, x.manners = c, c.server.recorder.manners.Load()
	x.header, x.until = duis.Header{}, time.Time{}
	x.ticket = journal.Ticket{}
	x.decided, x.unread, x.unframed, x.closes, x.lost, x.aborted = false, false, false, false, false, false
	// A rare large message is not kept: there may be very many exchanges.
	const most = 64 << 10
	for _, b := range []*[]byte{&x.body, &x.out, &x.answer.body} {
		if cap(*b) > most {
			*b = nil
		}
		*b = (*b)[:0]
	}
	x.answer.rest = nil
}

// readHead reads and understands the head of the next request. It returns false
// when there is none, and nobody to answer.
func (x *exchange) readHead(most int, patience time.Duration) (no *refusal, ok bool) {
	c := x.session
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	err := x.request.head.read(c.in, most, strict)
	x.request.minor, x.request.method = 1, nil
	switch {
	case err == nil:
		no = x.request.parse()
		x.unread = no == nil && x.request.length != 0
		return no, true
	case err == io.EOF || errors.Is(err, net.ErrClosed):
		return nil, false
	case err == errHeadTooLarge:
		return refuse(headTooLarge, "the request line and headers are larger than %d bytes; send fewer or shorter ones", most), true
	case err == errTooManyFields:
		return refuse(headTooLarge, "%v", err), true
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(slow, "the headers did not arrive within %v of the request's first byte; send them at once", patience), true
	case err == io.ErrUnexpectedEOF:
		return refuse(cutShort, "the headers end before the empty line; send them whole"), true
	}
	var op *net.OpError
	if errors.As(err, &op) { // the connection broke
		return nil, false
	}
	return refuse(malformed, "not an HTTP request: %v", err), true
}

// readBody reads the whole body.
func (x *exchange) readBody(most int, patience time.Duration) *refusal {
	c, r := x.session, &x.request
	if r.length > int64(most) {
		return refuse(tooLarge, "the body has %d bytes; send at most %d", r.length, most)
	}
	if r.length == 0 {
		return nil
	}
	if r.expects && c.in.Buffered() == 0 && !x.write([]byte("HTTP/1.1 100 Continue\r\n\r\n")) {
		return refuse(cutShort, "the connection broke before the body came; send the request again")
	}
	r.expects = false
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	var err error
	if r.length == chunked {
		x.body, err = readUpTo(x.body, newChunkedBody(c.in), most+1)
		if err == nil {
			return refuse(tooLarge, "the body has more than %d bytes; send at most as many", most)
		}
		if err == io.EOF {
			err = nil
		}
	} else {
		x.body, err = readExactly(x.body, c.in, int(r.length))
	}
	if err == nil {
		x.unread = false
		return nil
	}
	return x.bodyFault(err, patience)
}

func (x *exchange) bodyFault(err error, patience time.Duration) *refusal {
	var op *net.OpError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(slow, "the body did not arrive within %v of the headers; send it at once", patience)
	case err == io.ErrUnexpectedEOF && x.request.length >= 0:
		return refuse(cutShort, "the body ends after %d of %d bytes; send as many as Content-Length says", len(x.body), x.request.length)
	case err == io.ErrUnexpectedEOF || errors.As(err, &op) || x.request.length >= 0:
		return refuse(cutShort, "the body ends before its time; send it whole")
	}
	return refuse(malformed, "the chunked body is malformed: %v", err)
}

// settle decides whether the connection is kept after this answer. What is
// unread of a small body is read later and thrown away, so that the connection
// lives on; of a large one, or one that the client holds back until it is told
// to send it, it is not.
func (x *exchange) settle() {
	const little = 64 << 10
	r := &x.request
	if x.unread && (x.unframed || r.length == chunked || r.length > little || r.expects) {
		x.closes = true
	}
	x.closes = x.closes || r.closes || x.session.server.draining.Load()
}

// appendConnection says to the client what becomes of the connection.
func (x *exchange) appendConnection(dst []byte) []byte {
	switch {
	case x.closes:
		return append(dst, "Connection: close\r\n"...)
	case x.request.minor == 0:
		return append(dst, "Connection: keep-alive\r\n"...)
	}
	return dst
}

// bodiless says that the client awaits no body, whatever the headers say.
func (x *exchange) bodiless() bool { return string(x.request.method) == "HEAD" }

// write writes to the client and reports whether that worked.
func (x *exchange) write(b []byte) bool {
	_, err := x.Write(b)
	return err == nil
}

// Write writes to the client, which has Timeouts.Write to take it, or what is
// left of the DSP's time where a connection to the DSP waits for it.
func (x *exchange) Write(b []byte) (int, error) {
	c := x.session
	deadline := time.Now().Add(c.server.cfg.Timeouts.Write)
	if !x.until.IsZero() && x.until.Before(deadline) {
		deadline = x.until
	}
	_ = c.conn.SetWriteDeadline(deadline)
	n, err := c.conn.Write(b)
	if err != nil {
		x.lost = true
	}
	return n, err
}
