package load

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"srtm/duis"
	"srtm/scenario"
)

// ending is how one send ended, as a Service User's engineer would sort it.
type ending uint8

// Every send has exactly one ending. What they are is said with Answers.
const (
	endForwarded ending = iota
	endThrottled
	endRejected
	endFailed
	endTimedOut
	endBroken
	endAbandoned
	endings int = iota
)

// outcome is what the ending means to a client.
func (e ending) outcome() scenario.Outcome {
	return [endings]scenario.Outcome{
		endForwarded: scenario.Done, endThrottled: scenario.Throttled, endRejected: scenario.Rejected, endFailed: scenario.Failed,
		endTimedOut: scenario.TimedOut, endBroken: scenario.Failed, endAbandoned: scenario.Rejected,
	}[e]
}

const (
	maxResponse = 1 << 20          // bytes; the answers of these services are a few kilobytes
	idle        = 30 * time.Second // after which a connection that nobody uses is closed
)

// caller sends one Service User's requests, on connections of its own.
type caller struct {
	id       duis.EUI64
	urls     map[duis.Service]string
	host     *fasthttp.HostClient
	refusal  duis.ResponseCode
	wires    *wires
	onTheWay atomic.Int64
}

func newCaller(config *Config, user User, w *wires) (*caller, error) {
	address, err := config.address()
	if err != nil {
		return nil, err
	}
	base := strings.TrimRight(config.Target, "/")
	secure := strings.HasPrefix(base, "https:")
	dial := w.dial
	if secure {
		dial = func(address string, timeout time.Duration) (net.Conn, error) {
			return w.dialTLS(address, timeout, user.TLS)
		}
	}
	return &caller{
		id: user.UserID,
		urls: map[duis.Service]string{
			duis.SendCommand: base + config.Services.SendCommand,
			duis.NonDevice:   base + config.Services.NonDevice,
			duis.Transform:   base + config.Services.Transform,
		},
		refusal: config.RefusalCode,
		wires:   w,
		host: &fasthttp.HostClient{
			Addr:                      address,
			Name:                      "srtm-load",
			IsTLS:                     secure,
			DialTimeout:               dial,
			MaxConns:                  config.Connections,
			MaxIdleConnDuration:       idle,
			MaxResponseBodySize:       maxResponse,
			MaxIdemponentCallAttempts: 1, // one send is one HTTP request, even where the server closed the connection
			ConnPoolStrategy:          fasthttp.LIFO,
			DisablePathNormalizing:    true,
		},
	}, nil
}

// post sends a message once and says how that ended. It returns within the
// time-out.
func (c *caller) post(service duis.Service, message []byte, timeout time.Duration) (ending, scenario.Answer) {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.Header.SetMethod(fasthttp.MethodPost)
	req.SetRequestURI(c.urls[service])
	req.Header.SetContentType("application/xml")
	req.SetBodyRaw(message)
	req.SetTimeout(timeout)

	end, answer := endBroken, scenario.Answer{}
	var late interface{ Timeout() bool }
	switch err := c.host.Do(req, resp); {
	case err == nil:
		end = c.ending(resp)
		answer.RetryAfter = retryAfter(resp.Header.Peek(fasthttp.HeaderRetryAfter))
	case c.wires.stopped():
		end = endAbandoned
	case errors.As(err, &late) && late.Timeout(), errors.Is(err, fasthttp.ErrTimeout):
		end = endTimedOut
	}
	answer.Outcome = end.outcome()
	return end, answer
}

func (c *caller) ending(resp *fasthttp.Response) ending {
	status, body := resp.StatusCode(), resp.Body()
	switch {
	case status >= 200 && status < 300:
		code, err := duis.ReadResponseCode(body)
		switch {
		case err != nil:
			return endFailed
		case code == c.refusal:
			return endThrottled
		case code.IsError():
			return endRejected
		}
		return endForwarded
	case status == fasthttp.StatusTooManyRequests,
		status == fasthttp.StatusServiceUnavailable && len(body) == 0 && len(resp.Header.Peek(fasthttp.HeaderRetryAfter)) > 0:
		return endThrottled
	case status >= 500:
		return endFailed
	}
	return endRejected
}

// retryAfter reads the header's value: whole seconds, or a date. 0 is none.
func retryAfter(value []byte) time.Duration {
	const most = 366 * 24 * time.Hour
	if len(value) == 0 {
		return 0
	}
	if seconds, err := strconv.ParseUint(string(value), 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, most)
	}
	if date, err := fasthttp.ParseHTTPDate(value); err == nil {
		return min(max(time.Until(date), 0), most)
	}
	return 0
}

// wires are the connections of all callers, so that stopping can end what is on
// the way. The zero value is ready.
type wires struct {
	mu     sync.Mutex
	open   map[*wire]struct{}
	closed bool
}

type wire struct {
	net.Conn
	of *wires
}

var errStopped = errors.New("the player has been stopped")

func (w *wires) dial(address string, timeout time.Duration) (net.Conn, error) {
	if w.stopped() {
		return nil, errStopped
	}
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return w.keep(conn)
}

// dialTLS connects and shakes hands within the time-out.
func (w *wires) dialTLS(address string, timeout time.Duration, config *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	raw, err := w.dial(address, timeout)
	if err != nil {
		return nil, err
	}
	own := &tls.Config{}
	if config != nil {
		own = config.Clone()
	}
	if own.ServerName == "" {
		own.ServerName, _, _ = net.SplitHostPort(address)
	}
	conn := tls.Client(raw, own)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return conn, nil
}

func (w *wires) keep(conn net.Conn) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, errors.Join(errStopped, conn.Close())
	}
	if w.open == nil {
		w.open = make(map[*wire]struct{})
	}
	kept := &wire{conn, w}
	w.open[kept] = struct{}{}
	return kept, nil
}

func (c *wire) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

func (w *wires) stopped() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// close ends every connection, and there will be no more.
func (w *wires) close() {
	w.mu.Lock()
	w.closed = true
	open := w.open
	w.open = nil
	w.mu.Unlock()
	for c := range open {
		c.Conn.Close() // whoever reads from it gets the error
	}
}
