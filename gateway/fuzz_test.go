package gateway

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"srtm/duis"
	"srtm/traffic"
)

// tape is a connection that plays what is on it and records what is written.
type tape struct {
	net.Conn
	in  *bytes.Reader
	out bytes.Buffer
}

func (c *tape) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *tape) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *tape) Close() error                     { return nil }
func (c *tape) SetDeadline(time.Time) error      { return nil }
func (c *tape) SetReadDeadline(time.Time) error  { return nil }
func (c *tape) SetWriteDeadline(time.Time) error { return nil }
func (c *tape) RemoteAddr() net.Addr             { return &net.TCPAddr{} }

// play has a whole gateway, but for its sockets, serve what a client sends while
// the DSP answers everything alike. It returns what the DSP and the client got.
func play(t testing.TB, fromClient, fromDSP []byte) (toDSP []string, toClient []byte) {
	cfg := Config{
		Listen: "127.0.0.1:0", DSP: "http://dsp:80", Clock: func() int64 { return 0 },
		Conduct: Conduct{Services: []string{service}, Directory: directoryOf(t, Senders{Accounts: accounts()})}, Limits: Limits{Message: 4 << 10},
	}
	controller, err := traffic.New(plenty(), traffic.Start{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(cfg, controller)
	if err != nil {
		t.Fatal(err)
	}
	var dialled []*tape
	s.pool.dial = func(context.Context) (net.Conn, error) {
		c := &tape{in: bytes.NewReader(fromDSP)}
		dialled = append(dialled, c)
		return c, nil
	}
	client := &tape{in: bytes.NewReader(fromClient)}
	newSession(s, client).serve()
	s.pool.close()
	for _, c := range dialled {
		toDSP = append(toDSP, c.out.String())
	}
	return toDSP, client.out.Bytes()
}

// FuzzRequest holds the gateway's reading of requests against net/http's:
// whatever goes on to the DSP is one request, the same to both, and was one
// request on the way in.
func FuzzRequest(f *testing.F) {
	good := post(message(alpha1))
	inChunks := "POST " + service + " HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n<\r\n1;x\r\n?\r\n0\r\nT: 1\r\n\r\n"
	for _, seed := range []string{
		good, good + good, "\r\n" + good, inChunks + good, post("<no>") + good, strings.Replace(good, "1.1", "1.0", 1),
		post(message(alpha1), awkward...), post(message(alpha1), "Connection: content-length, host, x", "X: 1"),
		post(message(alpha1), "Expect: 100-continue") + good, post(message(alpha1), "Transfer-Encoding: chunked") + good,
		strings.Replace(good, service, "http://x"+service, 1), strings.Replace(good, service, "/nowhere", 1) + good,
		strings.Replace(good, "Content-Length", "Content-Length ", 1) + good, strings.Replace(good, "\r\n", "\n", 3) + good,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		toDSP, toClient := play(t, raw, []byte(accepted))
		sent := bodies(raw)
		for _, forwarded := range toDSP {
			body := theOneRequest(t, forwarded)
			if _, err := duis.ReadHeader([]byte(body)); err != nil {
				t.Errorf("forwarded what is no DUIS request: %v", err)
			}
			at := slices.Index(sent, body)
			if at < 0 && !bytes.Contains(raw, []byte("://")) { // net/http may refuse what stands before the path, which stays behind
				t.Fatalf("forwarded %q, which net/http does not see in %q", forwarded, raw)
			}
			sent = sent[at+1:]
		}
		checkAnswers(t, toClient)
	})
}

// bodies returns the bodies of the requests that net/http sees.
func bodies(raw []byte) []string {
	var out []string
	in := bufio.NewReader(bytes.NewReader(raw))
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return out
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return out
		}
		out = append(out, string(body))
	}
}

// theOneRequest returns the body of the request that raw is, and nothing else.
func theOneRequest(t *testing.T, raw string) string {
	in := bufio.NewReader(strings.NewReader(raw))
	r, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("forwarded %q: %v", raw, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || in.Buffered() > 0 || int64(len(body)) != r.ContentLength || r.TransferEncoding != nil {
		t.Fatalf("forwarded %q: not one request: %v, %d bytes left over", raw, err, in.Buffered())
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if r.Method != "POST" || r.Host != "dsp:80" || path != service || r.Proto != "HTTP/1.1" {
		t.Errorf("forwarded %q", raw)
	}
	for name := range r.Header {
		if name == "Connection" || name == "Keep-Alive" || name == "Te" || name == "Upgrade" || name == "Trailer" || strings.HasPrefix(name, "Proxy-") {
			t.Errorf("forwarded %s in %q", name, raw)
		}
	}
	return string(body)
}

// checkAnswers checks that raw is answers and nothing else, the last of which may
// be cut short.
func checkAnswers(t *testing.T, raw []byte) {
	in := bufio.NewReader(bytes.NewReader(raw))
	for n := 0; ; n++ {
		r, err := http.ReadResponse(in, nil)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return
		}
		if err != nil {
			t.Fatalf("answered %q: %d answers, %v", raw, n, err)
		}
		if _, err := io.ReadAll(r.Body); err != nil && in.Buffered() > 0 {
			t.Fatalf("answered %q: %v", raw, err)
		}
	}
}

// FuzzAnswer has the DSP say anything at all to two requests: the client sees two
// answers, or one that is cut short, and never anything in between.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		accepted, accepted + accepted, "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", "HTTP/1.1 304 x\r\nContent-Length: 3\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n0\r\nT: 1\r\n\r\n", "HTTP/1.0 200 OK\n\n<a>", "HTTP/1.1 200\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n" + accepted, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + strings.Repeat("x", 9999),
		"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nx", "HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 3\r\n\r\n<a>",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1388\r\n" + strings.Repeat("x", 5000) + "\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\n" + joinLines(awkward) + "\r\n", "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=2\r\nContent-Length: 0\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		request := post(message(alpha1))
		toDSP, toClient := play(t, []byte(request+request), raw)
		if len(toDSP) > 2 {
			t.Fatalf("two requests were written %d times", len(toDSP))
		}
		in := bufio.NewReader(bytes.NewReader(toClient))
		for n := range 2 {
			r, err := http.ReadResponse(in, nil)
			if err == nil {
				_, err = io.ReadAll(r.Body)
			}
			if err != nil {
				if n < len(toDSP)-1 || in.Buffered() > 0 {
					t.Fatalf("the DSP's %q became %q: answer %d: %v", raw, toClient, n+1, err)
				}
				return
			}
		}
		if in.Buffered() > 0 {
			t.Fatalf("the DSP's %q became %q: %d bytes beyond two answers", raw, toClient, in.Buffered())
		}
	})
}
