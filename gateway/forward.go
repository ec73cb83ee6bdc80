package gateway

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httputil"
	"os"
	"strconv"
	"time"
)

// forward writes the request to the DSP, once, and its answer to the client.
// Once a byte may have been written nothing is tried again, whatever happens to
// the connection: a repeated top-up is worse than a failed one. Nor does it
// matter then whether the client still waits.
func (s *Server) forward(x *exchange) *refusal {
	deadline := time.Now().Add(s.cfg.Timeouts.DSP)
	l, err := s.pool.take(s.lifetime)
	if err != nil {
		return s.unreached(err)
	}
	defer func() {
		if l != nil {
			s.pool.drop(l)
		}
	}()
	began := s.cfg.Clock()
	_ = l.conn.SetDeadline(deadline)
	sent := l.send(x, s.host)
	if sent != nil { // it may have answered and stopped reading
		_ = l.conn.SetReadDeadline(time.Now().Add(time.Second))
	}
	a := &x.answer
	if err = a.read(l.in, s.cfg.Limits.Message); err != nil {
		return s.failed(firstOf(sent, err))
	}
	took := time.Duration(s.cfg.Clock() - began)
	s.tally.latency.observe(took)
	s.tally.answered[a.status].Add(1)
	if a.rest == nil && sent == nil && !a.closes && l.silent() {
		s.pool.give(l, a.keep)
		l = nil
	}
	left := peerLeft(x.session.raw)
	if a.rest != nil {
		x.until = deadline
	}
	if no := s.durable(x, true); no != nil {
		s.outcome(x, answered(a.status, took, left))
		return no
	}
	x.deliver()
	if a.rest != nil {
		s.deliverRest(x)
	}
	if left || x.lost {
		s.tally.clientLeft.Add(1)
	}
	s.outcome(x, answered(a.status, took, left || x.lost))
	return nil
}

// send writes the request. An error does not end the exchange: the DSP may have
// answered before it stopped reading.
func (l *link) send(x *exchange, host string) error {
	x.out = x.request.appendTo(x.out[:0], host, len(x.body), x.appendWay)
	if len(x.body) <= 16<<10 {
		x.out = append(x.out, x.body...)
		_, err := l.conn.Write(x.out)
		return err
	}
	both := net.Buffers{x.out, x.body}
	_, err := both.WriteTo(l.conn)
	return err
}

// appendWay appends, where the policy wants it, whose request this is and that it
// came through here. A line of its own continues the list in those that came
// (RFC 9110, 5.3).
func (x *exchange) appendWay(dst []byte) []byte {
	if x.manners.Via { // with the protocol that it came in (RFC 9110, 7.6.3)
		dst = append(dst, "Via: 1."...)
		dst = append(dst, '0'+x.request.minor)
		dst = append(dst, " srtm\r\n"...)
	}
	if x.manners.ForwardedFor {
		dst = append(dst, "X-Forwarded-For: "...)
		dst = append(dst, x.session.address()...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// deliver writes to the client what is held of the DSP's answer.
func (x *exchange) deliver() {
	a := &x.answer
	if a.rest != nil && x.request.minor == 0 {
		x.closes = true // HTTP/1.0 knows no chunks: the end of the connection ends the body
	}
	x.settle()
	x.out = a.appendTo(x.out[:0], x)
	if a.rest != nil && a.length < 0 && x.request.minor > 0 {
		x.out = strconv.AppendInt(x.out, int64(len(a.body)), 16)
		x.out = append(x.out, "\r\n"...)
		x.out = append(x.out, a.body...)
		x.out = append(x.out, "\r\n"...)
	} else {
		x.out = append(x.out, a.body...)
	}
	x.write(x.out)
}

// deliverRest passes on what follows as it comes. The DSP has answered; of a
// client that leaves meanwhile, or does not take the answer in the DSP's time,
// nothing is read on, so that it cannot keep a connection to the DSP.
func (s *Server) deliverRest(x *exchange) {
	if x.lost {
		return
	}
	a := &x.answer
	var to io.Writer = x
	var end io.Closer
	if a.length < 0 && x.request.minor > 0 {
		w := httputil.NewChunkedWriter(x)
		to, end = w, w
	}
	buffer := make([]byte, 32<<10)
	for {
		n, err := a.rest.Read(buffer)
		if n > 0 {
			_, _ = to.Write(buffer[:n]) // x knows if it fails
		}
		if x.lost {
			return
		}
		if err == io.EOF {
			break
		}
		if err != nil { // all that is left to say it with is to break off too
			x.aborted = true
			s.log.say(dspFailed, slog.LevelError, "the DSP broke off in the middle of an answer", slog.String("error", err.Error()))
			return
		}
	}
	if end != nil {
		_ = end.Close()
		x.write([]byte("\r\n")) // no trailer
	}
}

// unreached says why there is no connection to the DSP. Nothing was written.
func (s *Server) unreached(err error) *refusal {
	if errors.Is(err, errBusy) {
		s.log.say(dspExhausted, slog.LevelError, "all connections to the DSP are in use: requests are answered 502",
			slog.Int("connections", s.cfg.Limits.DSPConnections))
		return refuse(dspBusy, "all %d connections to the DSP are in use and the request was not sent; it may be sent again", s.cfg.Limits.DSPConnections)
	}
	s.log.say(dspFailed, slog.LevelError, "the DSP cannot be reached", slog.String("dsp", s.host), slog.String("error", err.Error()))
	return refuse(dspUnreachable, "the DSP cannot be reached and the request was not sent; it may be sent again")
}

// failed says why there is no answer to what was written, all or some of it.
func (s *Server) failed(err error) *refusal {
	s.log.say(dspFailed, slog.LevelError, "the DSP did not answer", slog.String("dsp", s.host), slog.String("error", err.Error()))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return refuse(dspTimeout, "the DSP did not answer within %v; whether it acts on the request is not known", s.cfg.Timeouts.DSP)
	}
	return refuse(dspBroken, "the DSP broke off before it had answered; whether it acts on the request is not known")
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
