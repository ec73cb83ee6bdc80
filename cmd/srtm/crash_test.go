package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"srtm/dsp"
	"srtm/duis"
	"srtm/journal"
	"srtm/ledger"
	"srtm/outage"
	"srtm/traffic"
)

// crasher is a gateway in a process of its own, that is killed again and again,
// and the clients that send to it and remember what they were told.
type crasher struct {
	dir, addr, admin, dsp string
	next                  atomic.Uint64 // counters of RequestIDs
	mu                    sync.Mutex
	told                  map[uint64]int // status codes by counter
	flags                 []string       // beside those that all have
}

const crashUser = duis.EUI64(0x90B3D51F30010000)

func newCrasher(t *testing.T) *crasher {
	t.Helper()
	stand, err := dsp.New(dsp.Config{Model: outage.Config{Capacity: 10_000_000 * outage.SR, Latency: 2 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	target, stop, err := serveOn(stand)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	c := &crasher{dir: t.TempDir(), dsp: target, told: make(map[uint64]int)}
	for _, to := range []*string{&c.addr, &c.admin} {
		if *to, err = freeAddress(); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"policy.yaml":   "name: Crash\ncapacity: 1000/s\nportfolio: portfolio.csv\nhold: 1s\n",
		"portfolio.csv": fmt.Sprintf("account,name,user_id,role,portfolio\nALPHA,,%v,IS,100\n", crashUser),
	} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(c.dir, "srtm")); err != nil { // by that name it is the program
		t.Fatal(err)
	}
	return c
}

func (c *crasher) data() string { return filepath.Join(c.dir, "data") }

// start starts the gateway and waits until it takes requests. exited is closed
// when it has ended.
func (c *crasher) start(t *testing.T) (p *exec.Cmd, exited chan struct{}) {
	t.Helper()
	p = exec.Command(filepath.Join(c.dir, "srtm"), append([]string{"gateway", "--policy", filepath.Join(c.dir, "policy.yaml"), "--listen", c.addr,
		"--dsp", c.dsp, "--data", c.data(), "--admin", c.admin, "--admin-open"}, c.flags...)...)
	var log strings.Builder
	p.Stderr = &log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	exited = make(chan struct{})
	go func() {
		_ = p.Wait()
		close(exited)
	}()
	for {
		select {
		case <-exited:
			t.Fatalf("the gateway does not start: %s", log.String())
		default:
		}
		if resp, err := http.Get("http://" + c.admin + "/readyz"); err == nil {
			resp.Body.Close()
			return p, exited
		}
	}
}

// client sends one request after the other, until ctx ends or nobody answers.
func (c *crasher) client(ctx context.Context) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for ctx.Err() == nil {
		n := c.next.Add(1)
		body := fmt.Sprintf(`<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4"><sr:Header>`+
			`<sr:RequestID>%v:00-DB-12-34-56-78-90-A0:%d</sr:RequestID><sr:CommandVariant>1</sr:CommandVariant>`+
			`<sr:ServiceReference>4.8</sr:ServiceReference><sr:ServiceReferenceVariant>4.8.1</sr:ServiceReferenceVariant></sr:Header></sr:Request>`, crashUser, n)
		if _, err := fmt.Fprintf(conn, "POST /api/v1/serviceS HTTP/1.1\r\nHost: door\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			return
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return
		}
		c.mu.Lock()
		c.told[n] = resp.StatusCode
		c.mu.Unlock()
	}
}

// run lets clients send for a while and then ends the gateway, in order or not.
func (c *crasher) run(t *testing.T, last bool, length time.Duration) {
	t.Helper()
	p, exited := c.start(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() { c.client(ctx) })
	}
	<-time.After(length)
	end := os.Kill
	if last {
		cancel()
		clients.Wait()
		end = os.Interrupt
	}
	if err := p.Process.Signal(end); err != nil {
		t.Fatal(err)
	}
	clients.Wait()
	<-exited
}

// Killed twenty times under load, the gateway has every request in its journal
// that anybody got an answer to, and the ledger counts what the journal has.
func TestNothingThatWasAnsweredIsLost(t *testing.T) {
	c := newCrasher(t)
	random := rand.New(rand.NewPCG(3, 67))
	for i := range 21 {
		c.run(t, i == 20, time.Duration(50+random.IntN(350))*time.Millisecond)
	}
	found, err := journal.Verify(journalFolder(c.data()), journal.Checks{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found.Problems {
		t.Errorf("verify: %v", p)
	}
	if found.Crashes != 20 {
		t.Errorf("the journal tells of %d crashes", found.Crashes)
	}
	verdicts := c.verdicts(t)
	codes := make(map[int]int)
	for n, code := range c.told {
		codes[code]++
		want, known := map[int]traffic.Verdict{200: traffic.Forward, 503: traffic.Throttle}[code]
		if got, recorded := verdicts[n]; !recorded || !known || got != want {
			t.Fatalf("request %d was answered %d and is in the journal: %v, as %v", n, code, recorded, got)
		}
	}
	if codes[200] < 100 || codes[503] < 100 {
		t.Errorf("the answers were %v", codes)
	}
	c.compareLedger(t, verdicts)
	t.Logf("%d decisions in the journal, %d answered: %v; %d torn tails", len(verdicts), len(c.told), codes, len(found.Damages))
}

// verdicts returns the journal's verdicts by counter.
func (c *crasher) verdicts(t *testing.T) map[uint64]traffic.Verdict {
	t.Helper()
	r, err := journal.OpenReader(journalFolder(c.data()), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := make(map[uint64]traffic.Verdict)
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		if d, is := e.Record.(*journal.Decision); is {
			if _, twice := all[d.ID.Counter]; twice {
				t.Errorf("request %d is there twice", d.ID.Counter)
			}
			all[d.ID.Counter] = d.Numbers.Verdict
		}
	}
	return all
}

// compareLedger has the ledger that the gateway began to fold brought to the
// journal's end, and counts in both.
func (c *crasher) compareLedger(t *testing.T, verdicts map[uint64]traffic.Verdict) {
	t.Helper()
	l, _, err := ledgerFlags{}.open(c.data(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := fold(t.Context(), l, journalFolder(c.data()), ledger.FoldOptions{}); err != nil {
		t.Fatal(err)
	}
	rows, err := l.Services(t.Context(), ledger.Span{To: math.MaxInt64})
	if err != nil {
		t.Fatal(err)
	}
	var counted, recorded [2]uint64
	for _, row := range rows {
		if row.Account != ledger.System {
			counted[row.Verdict] += row.Requests
		}
	}
	for _, v := range verdicts {
		recorded[v]++
	}
	if counted != recorded {
		t.Errorf("the ledger counts %v forwarded and throttled, the journal %v", counted, recorded)
	}
}
