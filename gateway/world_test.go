package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// The Service Users of these tests.
const (
	alpha1 = duis.EUI64(0x90B3D51F30010000)
	alpha2 = duis.EUI64(0x90B3D51F30010001)
	beta1  = duis.EUI64(0x90B3D51F30020000)
	nobody = duis.EUI64(0x90B3D51F30990000)
)

const service = "/api/v1/serviceS"

// message is a DUIS request of the originator.
func message(originator duis.EUI64) string { return variantMessage(originator, 1, "4.8.1") }

func variantMessage(originator duis.EUI64, command int, srv string) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>`+
		`<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4"><sr:Header>`+
		`<sr:RequestID>%v:00-DB-12-34-56-78-90-A0:1000</sr:RequestID><sr:CommandVariant>%d</sr:CommandVariant>`+
		`<sr:ServiceReference>4.8</sr:ServiceReference><sr:ServiceReferenceVariant>%s</sr:ServiceReferenceVariant>`+
		"</sr:Header><sr:Body>&#13;\r\n\t<x/></sr:Body></sr:Request>", originator, command, srv)
}

// post is a whole request with the extra header lines.
func post(body string, headers ...string) string {
	return "POST " + service + " HTTP/1.1\r\nHost: door\r\nContent-Type: application/xml\r\nContent-Length: " + strconv.Itoa(len(body)) +
		"\r\n" + joinLines(headers) + "\r\n" + body
}

func joinLines(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	return b.String()
}

// dsp is a DSP that keeps every request as it arrived, byte for byte.
type dsp struct {
	ln     net.Listener
	answer func(conn net.Conn, n int, request string) bool // n counts from 1; false: close
	mu     sync.Mutex
	got    []string
}

const accepted = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 3\r\n\r\n<a>"

// says is a DSP's answer that is always the same.
func says(answer string) func(net.Conn, int, string) bool {
	return func(conn net.Conn, _ int, _ string) bool {
		_, err := io.WriteString(conn, answer)
		return err == nil
	}
}

func startDSP(t testing.TB, answer func(net.Conn, int, string) bool) *dsp {
	t.Helper()
	d := &dsp{ln: listen(t), answer: answer}
	go d.accept()
	return d
}

func (d *dsp) accept() {
	for {
		conn, err := d.ln.Accept()
		if err != nil {
			return
		}
		go d.serve(conn)
	}
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

func (d *dsp) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		request, err := readRaw(in)
		if err != nil {
			return
		}
		d.mu.Lock()
		d.got = append(d.got, request)
		n := len(d.got)
		d.mu.Unlock()
		if !d.answer(conn, n, request) {
			return
		}
	}
}

// readRaw reads one request with a Content-Length, as it is.
func readRaw(in *bufio.Reader) (string, error) {
	var raw strings.Builder
	length := 0
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		raw.WriteString(line)
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "content-length") {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
		if line == "\r\n" {
			break
		}
	}
	body := make([]byte, length)
	_, err := io.ReadFull(in, body)
	raw.Write(body)
	return raw.String(), err
}

func (d *dsp) requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.got...)
}

func (d *dsp) url() string { return "http://" + d.ln.Addr().String() }

// door is a gateway that serves.
type door struct {
	t      testing.TB
	server *Server
	addr   string
}

// plenty lets everything through.
func plenty() traffic.Rules {
	return traffic.Rules{
		Threshold: 1_000_000 * traffic.PerSecond, Release: 800_000 * traffic.PerSecond, Hold: 30 * time.Second,
		Burst: time.Second, Slot: 10 * time.Millisecond, RetryLeast: time.Second, RetryMost: time.Minute,
		Accounts: []traffic.Account{
			{Name: "ALPHA", Allocation: 400_000 * traffic.PerSecond, Users: []uint64{uint64(alpha1), uint64(alpha2)}},
			{Name: "BETA", Allocation: 400_000 * traffic.PerSecond, Users: []uint64{uint64(beta1)}},
		},
	}
}

// scarce lets two requests of ALPHA through while the clock stands still.
func scarce() traffic.Rules {
	r := plenty()
	r.Threshold, r.Release = 2*traffic.PerSecond, 1*traffic.PerSecond
	r.Accounts[0].Allocation, r.Accounts[1].Allocation = traffic.PerSecond, traffic.PerSecond
	return r
}

func accounts() []Account {
	return []Account{{"ALPHA", []duis.EUI64{alpha1, alpha2}}, {"BETA", []duis.EUI64{beta1}}}
}

func directoryOf(t testing.TB, of Senders) *Directory {
	t.Helper()
	d, err := NewDirectory(of)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// open starts a gateway before the DSP. change alters its Config or the rules.
func open(t testing.TB, url string, change func(*Config, *traffic.Rules)) *door {
	t.Helper()
	ln := listen(t)
	rules := plenty()
	clock := func() int64 { return 1_800_000_000_000_000_000 }
	cfg := Config{
		Listen: ln.Addr().String(), DSP: url, Clock: clock,
		Conduct: Conduct{Services: []string{service, "/api/v1/serviceT"}, Directory: directoryOf(t, Senders{Accounts: accounts()})},
	}
	if change != nil {
		change(&cfg, &rules)
	}
	controller, err := traffic.New(rules, traffic.Start{At: clock()})
	if err != nil {
		t.Fatal(err)
	}
	server, err := New(cfg, controller)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, server: server, addr: ln.Addr().String()}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = server.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return d
}

// become has the door change at the next boundary and waits for that. What does
// not change stays as it is.
func (d *door) become(change func(*Change)) {
	d.t.Helper()
	r := d.server.recorder
	c := Change{Rules: r.force.rules, Conduct: r.manners.Load().Conduct}
	change(&c)
	if d.server.cfg.Journal != nil {
		c.Terms = termsOf(c.Rules)
	}
	if err := d.server.Change(c); err != nil {
		d.t.Fatal(err)
	}
	for at := d.server.cfg.Clock(); d.server.Planned() > 0; at += int64(c.Rules.Slot) {
		d.server.Advance(at)
	}
}

// termsOf are the Terms of every account.
func termsOf(r traffic.Rules) []journal.Terms {
	terms := make([]journal.Terms, len(r.Accounts))
	for i := range terms {
		terms[i] = journal.TermsOf(r, i)
	}
	return terms
}

// visitor is a client on one connection.
type visitor struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func (d *door) visit() *visitor {
	d.t.Helper()
	conn, err := net.Dial("tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	return &visitor{d.t, conn, bufio.NewReader(conn)}
}

func (v *visitor) send(raw string) *visitor {
	v.t.Helper()
	if _, err := io.WriteString(v.conn, raw); err != nil {
		v.t.Fatal(err)
	}
	return v
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body string
}

func (v *visitor) reply() reply {
	v.t.Helper()
	r, err := http.ReadResponse(v.in, nil)
	if err != nil {
		v.t.Fatalf("reading the answer: %v", err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		v.t.Fatalf("reading the answer's body: %v", err)
	}
	return reply{r, string(body)}
}

// closed says whether the other side has closed the connection.
func (v *visitor) closed() bool {
	_, err := v.in.ReadByte()
	return err == io.EOF
}

// await waits until something is so; the test's own time-out ends the wait.
func await(is func() bool) {
	for !is() {
		runtime.Gosched()
	}
}

// count is how often an answer was given for a reason.
func (d *door) count(reason string) uint64 {
	var n uint64
	for _, a := range d.server.Stats().Answers {
		if a.Reason == reason {
			n += a.Count
		}
	}
	return n
}
