package gateway

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"srtm/duis"
)

// peer is a reverse proxy as one would write it with fasthttp, with every
// setting that lets it keep more of what passes: what the gateway would be
// without HTTP of its own.
type peer struct {
	dsp    string
	client *fasthttp.HostClient
	addr   string
	mu     sync.Mutex
	dialed net.Conn // the connection to the DSP that was made last
}

const (
	peerMessage  = 1 << 20 // bytes of a body
	peerPatience = time.Minute
)

// quietLog is what the library logs to.
type quietLog struct{}

func (quietLog) Printf(string, ...any) {}

func openPeer(t testing.TB, dsp string) *peer {
	t.Helper()
	p := &peer{dsp: dsp}
	p.client = &fasthttp.HostClient{
		Addr: dsp, Dial: p.dial, MaxConns: 4096, ReadTimeout: peerPatience, WriteTimeout: peerPatience,
		RetryIfErr:                    func(*fasthttp.Request, int, error) (bool, bool) { return false, false },
		NoDefaultUserAgentHeader:      true,
		DisableHeaderNamesNormalizing: true, DisablePathNormalizing: true, SecureErrorLogMessage: true,
	}
	server := &fasthttp.Server{
		Handler: p.carry, ReadTimeout: peerPatience, WriteTimeout: peerPatience, ReadBufferSize: 16 << 10, MaxRequestBodySize: peerMessage,
		StreamRequestBody: true, DisablePreParseMultipartForm: true, DisableHeaderNamesNormalizing: true, CloseOnShutdown: true,
		NoDefaultServerHeader: true, NoDefaultDate: true, NoDefaultContentType: true, SecureErrorLogMessage: true, Logger: quietLog{},
	}
	ln := listen(t)
	p.addr = ln.Addr().String()
	done := make(chan error, 1)
	go func() { done <- server.Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		if err := <-done; err != nil {
			t.Errorf("serving with fasthttp: %v", err)
		}
		p.client.CloseIdleConnections()
	})
	return p
}

func (p *peer) dial(address string) (net.Conn, error) {
	conn, err := net.Dial("tcp", address)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialed = conn
	return conn, err
}

// carry refuses strangers and what is too large, and passes on the rest if it is
// a DUIS request.
func (p *peer) carry(ctx *fasthttp.RequestCtx) {
	if len(ctx.Request.Header.Peek("X-Stranger")) > 0 {
		ctx.SetStatusCode(fasthttp.StatusForbidden)
		return
	}
	body, err := io.ReadAll(io.LimitReader(ctx.RequestBodyStream(), peerMessage+1))
	if err != nil || len(body) > peerMessage {
		ctx.SetStatusCode(fasthttp.StatusRequestEntityTooLarge)
		ctx.SetConnectionClose()
		return
	}
	if _, err := duis.ReadHeader(body); err != nil {
		ctx.SetStatusCode(fasthttp.StatusBadRequest)
		return
	}
	out, in := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(out)
	defer fasthttp.ReleaseResponse(in)
	in.Header.SetNoDefaultContentType(true)
	p.copyHead(&out.Header, &ctx.Request.Header)
	out.SetBodyRaw(body)
	if err := p.client.Do(out, in); err != nil {
		ctx.SetStatusCode(fasthttp.StatusBadGateway)
		return
	}
	to := &ctx.Response
	to.SetStatusCode(in.StatusCode())
	to.Header.SetStatusMessage(in.Header.StatusMessage())
	for name, value := range in.Header.All() {
		if !equalFold(name, "connection") && !equalFold(name, "transfer-encoding") {
			to.Header.AddBytesKV(name, value)
		}
	}
	to.SetBody(in.Body())
}

// copyHead passes the header lines on as they came, but for those of the
// connection: the one way in which fasthttp keeps the case of all names.
func (p *peer) copyHead(to, from *fasthttp.RequestHeader) {
	to.DisableSpecialHeader()
	to.DisableNormalizing()
	to.SetMethodBytes(from.Method())
	to.SetRequestURIBytes(from.RequestURI())
	to.Add("Host", p.dsp)
	for line := range bytes.Lines(from.RawHeaders()) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		switch {
		case !ok || equalFold(name, "host") || equalFold(name, "connection") || equalFold(name, "transfer-encoding"):
		default:
			to.AddBytesKV(name, bytes.TrimSpace(value))
		}
	}
}

// BenchmarkPeerFasthttp is BenchmarkDoor through fasthttp, which reads the DUIS
// header as the gateway does but does not decide.
func BenchmarkPeerFasthttp(b *testing.B) {
	knock(b, openPeer(b, trivialDSP(b)).addr)
}

// TestWhatFasthttpKeeps says which of the behaviours demanded at the door a proxy
// on fasthttp keeps and which it does not. When this fails because it keeps one
// more, that row changes; when it keeps them all, the gateway's own HTTP is no
// longer needed.
func TestWhatFasthttpKeeps(t *testing.T) {
	const kept, notKept = true, false
	for _, row := range []struct {
		demand string
		kept   bool
		try    func(*testing.T) bool
	}{
		{"a request's header names keep case, value and repetition", kept, keepsRequest},
		{"an answer's header names keep their case", notKept, keepsAnswer("content-TYPE: a/b\r\n")},
		{"an answer's Content-Type may come twice", notKept, keepsAnswer("Content-Type: a/b\r\nContent-Type: c/d\r\n")},
		{"an answer's Server may come twice", notKept, keepsAnswer("Server: a\r\nServer: b\r\n")},
		{"an answer's other headers may come twice in any case", kept, keepsAnswer("X-a: 1\r\nx-A: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: a=2\r\n")},
		{"an answer's empty Content-Type is passed on", notKept, keepsAnswer("Content-Type:\r\n")},
		{"an answer's reason phrase is passed on", kept, keepsStart("HTTP/1.1 200 I99 acknowledged")},
		{"an answer without a reason phrase gets none", notKept, keepsStart("HTTP/1.1 200 ")},
		{"a folded header is refused", notKept, refuses("X: a\r\n b\r\n", "")},
		{"a header line that ends in LF alone is refused", notKept, refuses("X: a\nY: b\r\n", "")},
		{"a space in a header name is refused", notKept, refuses("X Y: a\r\n", "")},
		{"a space before a colon is refused", kept, refuses("X : a\r\n", "")},
		{"Transfer-Encoding: identity is refused", notKept, refuses("Transfer-Encoding: identity\r\n", "")},
		{"two lengths are refused", kept, refuses("Content-Length: 0\r\nContent-Length: 0\r\n", "")},
		{"both framings are refused", notKept, refuses("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", inOneChunk("\r\n"))},
		{"a trailer that ends in LF alone is refused", notKept, refuses("Transfer-Encoding: chunked\r\n", inOneChunk("X: a\n\r\n"))},
		{"a stranger is refused before the body has come", notKept, refusesStrangerFirst},
		{"413 can be read by who sends a huge body first", notKept, tellsWhoSendsTooMuch},
		{"a request on which the DSP breaks off is written once", kept, writesOnce},
		{"a connection that the DSP has closed is not written to", notKept, seesClosed},
		{"what the DSP says unasked is no answer", notKept, seesUnasked},
	} {
		if got := row.try(t); got != row.kept {
			t.Errorf("%s: fasthttp keeps this: %v, want %v; if it has learnt to, change the row, and if it keeps all, "+
				"take the decision for HTTP of the gateway's own anew", row.demand, got, row.kept)
		}
	}
}

// through opens a peer before a DSP and a connection to it.
func through(t *testing.T, answer func(net.Conn, int, string) bool) (*dsp, *peer, *visitor) {
	d := startDSP(t, answer)
	p := openPeer(t, d.ln.Addr().String())
	return d, p, (&door{t: t, addr: p.addr}).visit()
}

func keepsRequest(t *testing.T) bool {
	d, _, v := through(t, says(accepted))
	raw := post(message(alpha1), awkward...)
	v.send(raw).reply()
	_, got, body := lines(d.requests()[0])
	_, want, wantBody := lines(strings.Replace(raw, "Host: door", "Host: "+d.ln.Addr().String(), 1))
	return body == wantBody && strings.Join(trimmed(got), "\n") == strings.Join(trimmed(want), "\n")
}

// trimmed leaves out white space before values, which means nothing.
func trimmed(fields []string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		name, value, _ := strings.Cut(f, ":")
		out[i] = name + ": " + strings.Trim(value, " \t")
	}
	return out
}

func keepsAnswer(headers string) func(*testing.T) bool {
	return func(t *testing.T) bool {
		answer := "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: 3\r\n\r\n<a>"
		_, _, v := through(t, says(answer))
		_, got, body := lines(rawReply(t, v.send(post(message(alpha1))).conn))
		_, want, wantBody := lines(answer)
		return body == wantBody && strings.Join(trimmed(got), "\n") == strings.Join(trimmed(want), "\n")
	}
}

func keepsStart(line string) func(*testing.T) bool {
	return func(t *testing.T) bool {
		_, _, v := through(t, says(line+"\r\nContent-Length: 0\r\n\r\n"))
		start, _, _ := lines(rawReply(t, v.send(post(message(alpha1))).conn))
		return start == line
	}
}

func inOneChunk(trailer string) string {
	body := message(alpha1)
	return fmt.Sprintf("%x\r\n%s\r\n0\r\n%s", len(body), body, trailer)
}

// refuses says whether neither a request with those headers nor the one behind
// it reaches the DSP.
func refuses(headers, body string) func(*testing.T) bool {
	return func(t *testing.T) bool {
		raw := post(message(alpha1), strings.TrimSuffix(headers, "\r\n"))
		if body != "" {
			raw = "POST " + service + " HTTP/1.1\r\nHost: door\r\n" + headers + "\r\n" + body
		}
		d, _, v := through(t, says(accepted))
		v.send(raw + post(message(alpha1), "Connection: close"))
		_, _ = io.Copy(io.Discard, v.conn)
		return len(d.requests()) == 0
	}
}

// refusesStrangerFirst ends the connection where the body would begin, so that
// whoever waits for the body does not get it.
func refusesStrangerFirst(t *testing.T) bool {
	_, _, v := through(t, says(accepted))
	v.send("POST " + service + " HTTP/1.1\r\nHost: door\r\nX-Stranger: 1\r\nContent-Length: 1000\r\n\r\n")
	_ = v.conn.(*net.TCPConn).CloseWrite()
	return v.reply().StatusCode == fasthttp.StatusForbidden
}

func tellsWhoSendsTooMuch(t *testing.T) bool {
	_, _, v := through(t, says(accepted))
	v.send("POST " + service + " HTTP/1.1\r\nHost: door\r\nContent-Length: 104857600\r\n\r\n")
	_, err := io.Copy(v.conn, &zeros{hundredMB})
	return err == nil && v.reply().StatusCode == fasthttp.StatusRequestEntityTooLarge
}

func writesOnce(t *testing.T) bool {
	d, _, v := through(t, func(net.Conn, int, string) bool { return false })
	return v.send(post(message(alpha1))).reply().StatusCode == fasthttp.StatusBadGateway && len(d.requests()) == 1
}

// seesClosed and seesUnasked wait until something has happened on the idle
// connection to the DSP before they use it again.
func seesClosed(t *testing.T) bool {
	_, p, v := through(t, func(c net.Conn, n int, r string) bool { return says(accepted)(c, n, r) && n > 1 })
	v.send(post(message(alpha1))).reply()
	await(p.disturbed)
	return v.send(post(message(alpha1))).reply().StatusCode == fasthttp.StatusOK
}

func seesUnasked(t *testing.T) bool {
	answered := make(chan net.Conn, 2)
	_, p, v := through(t, func(c net.Conn, n int, r string) bool { answered <- c; return says(accepted)(c, n, r) })
	v.send(post(message(alpha1))).reply()
	_, _ = io.WriteString(<-answered, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
	await(p.disturbed)
	return v.send(post(message(alpha1))).reply().body == "<a>"
}

func (p *peer) disturbed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !quietOpen(p.dialed)
}
