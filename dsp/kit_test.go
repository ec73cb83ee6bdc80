package dsp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"srtm/outage"
)

// quick is a stand-in that answers after a millisecond and is hard to overload.
func quick() Config {
	return Config{Model: outage.Config{Capacity: 100_000 * outage.SR, Latency: time.Millisecond}}
}

// overLoopback serves real TCP until the test ends, and returns the address.
func overLoopback(t testing.TB, c Config) (*Server, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, c, ln), "http://" + ln.Addr().String()
}

// inMemory serves an in-memory listener, for bubbles of synctest, until the
// function that it returns is called.
func inMemory(t *testing.T, c Config) (*Server, *http.Client, func()) {
	t.Helper()
	ln := fasthttputil.NewInmemoryListener()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	transport := &http.Transport{
		DialContext:         func(context.Context, string, string) (net.Conn, error) { return ln.Dial() },
		MaxIdleConnsPerHost: 10_000,
	}
	return s, &http.Client{Transport: transport}, func() {
		t.Helper()
		transport.CloseIdleConnections()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		<-time.After(2 * time.Second) // fasthttp's own goroutine wakes once a second
	}
}

func serve(t testing.TB, c Config, ln net.Listener) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s
}

// document is a DUIS request as far as a header goes.
func document(id string, command int, variant string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.1">
<sr:Header><sr:RequestID>%s</sr:RequestID><sr:CommandVariant>%d</sr:CommandVariant>
<sr:ServiceReference>%.3s</sr:ServiceReference><sr:ServiceReferenceVariant>%s</sr:ServiceReferenceVariant></sr:Header>
<sr:Body><sr:Something/></sr:Body></sr:Request>
`, id, command, variant, variant)
}

// requestID is an identifier of a request; clients write it in either case.
func requestID(originator, counter int) string {
	return fmt.Sprintf("90-B3-D5-1F-30-01-%02x-%02x:00-DB-12-34-56-78-90-A0:%d", originator>>8, originator&255, counter)
}

// reply is an HTTP response, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) code() string { return between(r.body, "<sr:ResponseCode>", "</sr:ResponseCode>") }

func between(text []byte, from, to string) string {
	_, after, _ := bytes.Cut(text, []byte(from))
	inside, _, found := bytes.Cut(after, []byte(to))
	if !found {
		return ""
	}
	return string(inside)
}

// send makes one HTTP request and reads the whole answer.
func send(client *http.Client, request *http.Request) (reply, error) {
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	content, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, content}, errors.Join(err, response.Body.Close())
}

// posting is a POST of a DUIS request, or of anything else.
func posting(url string, body []byte) *http.Request {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		panic(err) // the test has written a wrong address
	}
	request.Header.Set("Content-Type", "application/xml")
	return request
}

func mustSend(t testing.TB, client *http.Client, request *http.Request) reply {
	t.Helper()
	r, err := send(client, request)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func post(t testing.TB, client *http.Client, url string, body []byte) reply {
	t.Helper()
	return mustSend(t, client, posting(url, body))
}
