package load

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"srtm/duis"
)

// Ten requests at one instant, none of them critical, by a client of this kind.
func tenBy(client string) string {
	return "for: 60s\ndefaults: {mix: \"2.2\", timeout: 60s, " + client + "}\nusers:\n  ALPHA: {traffic: [{burst: 10}]}\n"
}

func TestHowSendsEnd(t *testing.T) {
	const never, thrice = "retry: never", "retry: {how: blind, wait: 0s, attempts: 3}"
	e100, err := duis.ParseResponseCode("E100")
	if err != nil {
		t.Fatal(err)
	}
	code := func(c duis.ResponseCode) answer {
		return func(ctx *fasthttp.RequestCtx, _ int) { respond(ctx, c) }
	}
	garbage := func(ctx *fasthttp.RequestCtx, _ int) { ctx.SetBodyString("<html>hello</html>") }
	full := func(ctx *fasthttp.RequestCtx, _ int) {
		ctx.Error("maintenance until six", fasthttp.StatusServiceUnavailable)
		ctx.Response.Header.Set("Retry-After", "0")
	}
	everySecond := func(ctx *fasthttp.RequestCtx, n int) {
		if n%2 == 0 {
			throttle(ctx, n)
		} else {
			accept(ctx, n)
		}
	}
	all := func(n uint64, a Answers, gaveUp uint64) Counts {
		return Counts{Arrivals: 10, Requests: 10, Sends: n, Retries: n - 10, Answers: a, GaveUp: gaveUp, Finished: 10 - gaveUp}
	}
	for _, row := range []struct {
		sentence string
		how      answer
		client   string
		want     Counts
	}{
		{"an acknowledgement is forwarded", code(duis.Acknowledged), never, all(10, Answers{Forwarded: 10}, 0)},
		{"a success is forwarded", code(duis.Success), never, all(10, Answers{Forwarded: 10}, 0)},
		{"a client that never retries sends once when throttled", throttle, never, all(10, Answers{Throttled: 10}, 10)},
		{"429 is throttled", status(429), never, all(10, Answers{Throttled: 10}, 10)},
		{"every other one throttled is half", everySecond, never, all(10, Answers{Forwarded: 5, Throttled: 5}, 5)},
		{"a DUIS error is rejected, and never sent again", code(e100), thrice, all(10, Answers{Rejected: 10}, 10)},
		{"400 is rejected, and never sent again", status(400), thrice, all(10, Answers{Rejected: 10}, 10)},
		{"500 is a failure", status(500), never, all(10, Answers{Failed: 10}, 10)},
		{"503 with a body is a failure", full, never, all(10, Answers{Failed: 10}, 10)},
		{"503 without Retry-After is a failure", func(ctx *fasthttp.RequestCtx, _ int) { ctx.SetStatusCode(503) }, never, all(10, Answers{Failed: 10}, 10)},
		{"a good status without a DUIS response is a failure", garbage, never, all(10, Answers{Failed: 10}, 10)},
		{"a blind client sends as often as it may", throttle, thrice, all(30, Answers{Throttled: 30}, 10)},
		{"a blind client does so after failures", status(502), thrice, all(30, Answers{Failed: 30}, 10)},
		{"a blind client stops when it is accepted", code(duis.Success), thrice, all(10, Answers{Forwarded: 10}, 0)},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			server, s := serve(t, row.how), scenarioOf(t, tenBy(row.client))
			if got := play(t, configFor(server.url, s), s).Users[0].Counts; got != row.want {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
			if n := len(server.all()); n != int(row.want.Sends) {
				t.Errorf("the server got %d requests, and %d sends were counted", n, row.want.Sends)
			}
		})
	}
}

func TestACodeThatThePolicyRefusesWithIsThrottled(t *testing.T) {
	e100, _ := duis.ParseResponseCode("E100")
	server := serve(t, func(ctx *fasthttp.RequestCtx, _ int) { respond(ctx, e100) })
	s := scenarioOf(t, tenBy("retry: never"))
	c := configFor(server.url, s)
	c.RefusalCode = e100
	if got := play(t, c, s).Total; got.Throttled != 10 {
		t.Errorf("got %+v, want 10 throttled", got)
	}
}

func TestASilentServerIsATimeOut(t *testing.T) {
	var server *server
	server = serve(t, func(*fasthttp.RequestCtx, int) { <-server.release })
	s := scenarioOf(t, "for: 500ms\nusers:\n  ALPHA: {mix: \"2.2\", timeout: 100ms, traffic: [{burst: 10}]}\n")
	want := Counts{Arrivals: 10, Requests: 10, Sends: 10, Answers: Answers{TimedOut: 10}, GaveUp: 10}
	if got := play(t, configFor(server.url, s), s).Total; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A server that reads a request and breaks off, or closes in good order: the HTTP
// client must not send it a second time by itself.
func TestABrokenConnectionIsOneSend(t *testing.T) {
	for _, row := range []struct {
		sentence string
		linger   int
	}{{"a connection is reset", 0}, {"a connection is closed without an answer", -1}} {
		t.Run(row.sentence, func(t *testing.T) {
			listener, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			counted := make(chan int)
			go func() { counted <- breakOff(listener, row.linger) }()
			s := scenarioOf(t, tenBy("retry: never"))
			got := play(t, configFor("http://"+listener.Addr().String(), s), s).Total
			listener.Close()
			want := Counts{Arrivals: 10, Requests: 10, Sends: 10, Answers: Answers{Broken: 10}, GaveUp: 10}
			if n := <-counted; got != want || n != 10 {
				t.Errorf("got %+v in %d connections, want %+v in 10", got, n, want)
			}
		})
	}
}

// breakOff reads something of each connection and ends it; it returns how many
// there were.
func breakOff(listener net.Listener, linger int) int {
	for n := 0; ; n++ {
		conn, err := listener.Accept()
		if err != nil {
			return n
		}
		_, _ = io.ReadFull(conn, make([]byte, 200))
		_ = conn.(*net.TCPConn).SetLinger(linger)
		conn.Close()
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	s := scenarioOf(t, tenBy("retry: {how: blind, wait: 0s, attempts: 2}"))
	want := Counts{Arrivals: 10, Requests: 10, Sends: 20, Retries: 10, Answers: Answers{Broken: 20}, GaveUp: 10}
	if got := play(t, configFor("http://"+address, s), s).Total; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAnObeyingClientComesBackWhenItIsTold(t *testing.T) {
	seen := map[uint64]int{}
	var server *server
	server = serve(t, func(ctx *fasthttp.RequestCtx, n int) {
		server.mu.Lock()
		id := server.got[n-1].header.ID.Counter
		seen[id]++
		first := seen[id] == 1
		server.mu.Unlock()
		if first {
			throttle(ctx, n)
		} else {
			accept(ctx, n)
		}
	})
	s := scenarioOf(t, "for: 30s\ndefaults: {timeout: 60s, mix: \"2.2\", retry: obey}\nusers:\n  ALPHA: {traffic: [{burst: 10}]}\n")
	want := Counts{Arrivals: 10, Requests: 10, Sends: 20, Retries: 10, Answers: Answers{Forwarded: 10, Throttled: 10}, Finished: 10}
	if got := play(t, configFor(server.url, s), s).Total; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	first := map[duis.RequestID]time.Time{}
	for _, r := range server.all() {
		at, again := first[r.header.ID]
		if !again {
			first[r.header.ID] = r.at
		} else if wait := r.at.Sub(at); wait < time.Second {
			t.Errorf("%v came back after %v, told to wait 1 s", r.header.ID, wait)
		}
	}
	if len(first) != 10 {
		t.Errorf("%d different requests, want 10", len(first))
	}
}

func TestNothingIsSentWhenTheScenarioIsOver(t *testing.T) {
	server := serve(t, throttle)
	s := scenarioOf(t, tenBy("retry: obey"))
	s.Length = 500 * time.Millisecond // and it is told to wait 1 s
	s.Users[0].Traffic[0].To = s.Length
	want := Counts{Arrivals: 10, Requests: 10, Sends: 10, Answers: Answers{Throttled: 10}, Left: 10}
	if got := play(t, configFor(server.url, s), s).Total; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCriticalCommandsAreTwoMessages(t *testing.T) {
	server := serve(t, accept)
	s := scenarioOf(t, "for: 20s\ndefaults: {timeout: 60s, mix: {\"1.1.1\": 1}, critical: {after: 0s}}\nusers:\n  ALPHA: {traffic: [{burst: 10}]}\n")
	want := Counts{Arrivals: 10, Requests: 10, Sends: 20, Answers: Answers{Forwarded: 20}, Finished: 10}
	if got := play(t, configFor(server.url, s), s).Total; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	commands := map[duis.RequestID]string{}
	for _, r := range server.all() {
		commands[r.header.ID] += fmt.Sprint(r.header.CommandVariant, r.path, " ")
	}
	for id, got := range commands {
		if got != "4/transform 5/send " {
			t.Errorf("%v: %s; want Command Variant 4 to Transform, then 5 to Send Command", id, got)
		}
	}
	if len(commands) != 10 {
		t.Errorf("%d different RequestIDs, want 10", len(commands))
	}
}

func TestWhatIsTooMuchIsCounted(t *testing.T) {
	const users = "for: 60s\ndefaults: {mix: \"2.2\", timeout: 2s}\nusers:\n  ALPHA, BRAVO: {traffic: [{burst: 10}]}\n"
	for _, row := range []struct {
		sentence               string
		connections, onTheWay  int
		sends, crowded, bravos uint64
	}{
		{"a Service User sends on its connections only", 3, 100, 6, 14, 3},
		{"all together send no more than the player may", 100, 12, 12, 8, 2},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			var server *server
			server = serve(t, func(*fasthttp.RequestCtx, int) { <-server.release })
			s := scenarioOf(t, users)
			c := configFor(server.url, s)
			c.Connections, c.OnTheWay = row.connections, row.onTheWay
			r := play(t, c, s)
			if r.Total.Sends != row.sends || r.Total.Crowded != row.crowded || r.Users[1].Sends != row.bravos || r.Total.TimedOut != row.sends {
				t.Errorf("got %+v, BRAVO %+v; want %+v", r.Total, r.Users[1].Counts, row)
			}
		})
	}
	t.Run("what waits to be sent again is bounded too", func(t *testing.T) {
		server := serve(t, throttle)
		s := scenarioOf(t, "for: 3s\nusers:\n  ALPHA: {mix: \"2.2\", timeout: 60s, retry: {how: obey, attempts: 2}, traffic: [{burst: 10}]}\n")
		c := configFor(server.url, s)
		c.Waiting = 4
		if got := play(t, c, s).Total; got.Crowded != 6 || got.Retries != 4 {
			t.Errorf("got %+v, want 4 retries and 6 crowded", got)
		}
	})
}

func TestThePlayerStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var server *server
	server = serve(t, func(_ *fasthttp.RequestCtx, n int) {
		if n == 10 {
			cancel()
		}
		<-server.release
	})
	s := scenarioOf(t, "for: 1h\nusers:\n  ALPHA: {mix: \"2.2\", timeout: 10m, traffic: [{burst: 10}, {burst: 5, at: 59m}]}\n")
	p, err := New(configFor(server.url, s), s)
	if err != nil {
		t.Fatal(err)
	}
	r := p.Play(ctx)
	want := Counts{Arrivals: 10, Requests: 10, Sends: 10, Answers: Answers{Abandoned: 10}}
	if !r.Stopped || r.Total != want {
		t.Errorf("stopped %t with %+v; want %+v", r.Stopped, r.Total, want)
	}
	checkCounts(t, r.Users[0])
}

func TestSnapshotsSeeWhatIsOnTheWay(t *testing.T) {
	var p *Player
	seen, hold := make(chan Snapshot, 1), make(chan struct{})
	server := serve(t, func(ctx *fasthttp.RequestCtx, n int) {
		if n == 10 {
			seen <- p.Snapshot()
			close(hold)
		}
		<-hold
		accept(ctx, n)
	})
	s := scenarioOf(t, tenBy("retry: never"))
	p, err := New(configFor(server.url, s), s)
	if err != nil {
		t.Fatal(err)
	}
	if before := p.Snapshot(); before.At != 0 || before.Users[0].Arrivals != 0 {
		t.Errorf("before the start: %+v", before)
	}
	p.Play(context.Background())
	during := <-seen
	if during.OnTheWay != 10 || during.Users[0].Sends != 10 || during.Users[0].Answers.Sum() != 0 || during.Users[0].Account != "ALPHA" {
		t.Errorf("while ten are on the way: %+v", during)
	}
	if after := p.Snapshot(); after.OnTheWay != 0 || after.Users[0].Answers.Sum() != 10 {
		t.Errorf("afterwards: %+v", after)
	}
}
