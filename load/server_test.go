package load

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"srtm/duis"
	"srtm/scenario"
)

// received is one HTTP request as a server under test saw it.
type received struct {
	at      time.Time
	conn    uint64
	path    string
	headers map[string]string
	header  duis.Header
	peer    string // common name of the client's certificate
}

// server is a real HTTP server on loopback that remembers what it gets.
type server struct {
	url     string
	mu      sync.Mutex
	got     []received
	release chan struct{} // closed at the end, so that hanging answers go on
}

func (s *server) all() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// answer is how a server answers its nth request, counted from 1.
type answer func(ctx *fasthttp.RequestCtx, n int)

// serve starts a server that ends with the test.
func serve(t *testing.T, how answer) *server {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := serveOn(t, listener, how)
	s.url = "http://" + listener.Addr().String()
	return s
}

func serveOn(t *testing.T, listener net.Listener, how answer) *server {
	s := &server{release: make(chan struct{})}
	web := &fasthttp.Server{NoDefaultServerHeader: true, Handler: func(ctx *fasthttp.RequestCtx) {
		r := received{at: time.Now(), conn: ctx.ConnID(), path: string(ctx.Path()), headers: map[string]string{}}
		for key, value := range ctx.Request.Header.All() {
			r.headers[string(key)] = string(value)
		}
		r.header, _ = duis.ReadHeader(ctx.PostBody()) // a test sees what is missing
		if state := ctx.TLSConnectionState(); state != nil && len(state.PeerCertificates) > 0 {
			r.peer = state.PeerCertificates[0].Subject.CommonName
		}
		s.mu.Lock()
		s.got = append(s.got, r)
		n := len(s.got)
		s.mu.Unlock()
		how(ctx, n)
	}}
	done := make(chan error, 1)
	go func() { done <- web.Serve(listener) }()
	t.Cleanup(func() {
		close(s.release)
		if err := web.Shutdown(); err != nil {
			t.Errorf("shut the server down: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("the server: %v", err)
		}
	})
	return s
}

// accept answers as a DSP that is well.
func accept(ctx *fasthttp.RequestCtx, _ int) { respond(ctx, duis.Acknowledged) }

func respond(ctx *fasthttp.RequestCtx, code duis.ResponseCode) {
	h, err := duis.ReadHeader(ctx.PostBody())
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusBadRequest)
		return
	}
	r := duis.Response{Request: h.ID, Variant: h.Variant, Code: code, At: time.Unix(0, 0)}
	body, err := r.AppendTo(nil)
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
		return
	}
	ctx.SetContentType("application/xml")
	ctx.SetBody(body)
}

// throttle answers as srtm refuses.
func throttle(ctx *fasthttp.RequestCtx, _ int) {
	ctx.SetStatusCode(fasthttp.StatusServiceUnavailable)
	ctx.Response.Header.Set("Retry-After", "1")
}

func status(code int) answer {
	return func(ctx *fasthttp.RequestCtx, _ int) { ctx.Error("a line of text", code) }
}

// scenarioOf parses a scenario: what comes before its users, and the users.
func scenarioOf(t testing.TB, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse([]byte("name: test\n" + text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const alpha duis.EUI64 = 0x90B3D51F30010001

// configFor makes the config of a scenario's Service Users, the first of whom has
// the User ID alpha and the next ones those that follow.
func configFor(target string, s *scenario.Scenario) Config {
	c := Config{Target: target, Services: Services{"/send", "/direct", "/transform"}, Counter: 1000}
	for i, u := range s.Users {
		c.Users = append(c.Users, User{Account: u.Account, UserID: alpha + duis.EUI64(i)})
	}
	return c
}

// play plays a scenario to its end and checks that its counts add up.
func play(t *testing.T, c Config, s *scenario.Scenario) Result {
	t.Helper()
	p, err := New(c, s)
	if err != nil {
		t.Fatal(err)
	}
	r := p.Play(context.Background())
	if r.Stopped {
		t.Error("the player says that it was stopped")
	}
	for _, u := range r.Users {
		checkCounts(t, u)
		if ended := u.Finished + u.GaveUp + u.Left + u.Crowded; u.Arrivals != ended {
			t.Errorf("%s: %d arrivals, of which %d have an end", u.Account, u.Arrivals, ended)
		}
	}
	if r.Lateness.Count != r.Total.Sends {
		t.Errorf("the lateness of %d sends is measured, there were %d", r.Lateness.Count, r.Total.Sends)
	}
	return r
}

// checkCounts checks what holds when nothing is on the way, stopped or not.
func checkCounts(t *testing.T, u UserResult) {
	t.Helper()
	if u.Sends != u.Answers.Sum() {
		t.Errorf("%s: %d sends, and %d of them ended", u.Account, u.Sends, u.Answers.Sum())
	}
	var sends uint64
	var answers Answers
	for _, s := range u.Seconds {
		sends += s.Sends
		for c, n := range []uint64{s.Forwarded, s.Throttled, s.Rejected, s.Failed, s.TimedOut, s.Broken, s.Abandoned} {
			for range n {
				answers.add(ending(c))
			}
		}
	}
	if sends != u.Sends || answers != u.Answers {
		t.Errorf("%s: the seconds have %d sends and %+v; there were %d and %+v", u.Account, sends, answers, u.Sends, u.Answers)
	}
	if u.Latency.Count != u.Forwarded || u.Refusal.Count != u.Throttled {
		t.Errorf("%s: %d and %d latencies of %+v", u.Account, u.Latency.Count, u.Refusal.Count, u.Answers)
	}
}
