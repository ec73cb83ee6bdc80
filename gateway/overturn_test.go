package gateway

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// overturn is a gateway whose policy is changed again and again while Service
// Users send as fast as they can.
type overturn struct {
	*door
	random *rand.Rand // of whoever changes
	rules  map[string]traffic.Rules
	count  atomic.Uint64 // of requests: the RequestIDs' counters
	mu     sync.Mutex
	got    map[uint64]string // what each was answered, by its counter
}

const userIDs = 12

func originator(n int) duis.EUI64 { return alpha1 + duis.EUI64(n) }

// rulesBy makes rules: up to eight accounts that share T, each with some of the User
// IDs; a User ID may be nobody's.
func rulesBy(random *rand.Rand) traffic.Rules {
	r := scarce()
	r.Hold = 200 * time.Millisecond
	r.Threshold = traffic.Rate(200+random.IntN(1800)) * traffic.PerSecond
	r.Release = r.Threshold * 8 / 10
	r.Burst = time.Duration(200+random.IntN(1000)) * time.Millisecond
	if random.IntN(5) == 0 {
		r.Mode = traffic.ModeShadow
	}
	r.Accounts = nil
	for i := range 1 + random.IntN(8) {
		r.Accounts = append(r.Accounts, traffic.Account{Name: fmt.Sprintf("ACCOUNT-%d", (i+random.IntN(2)*4)%8)})
	}
	seen := map[string]bool{}
	accounts := r.Accounts[:0]
	for _, a := range r.Accounts {
		if !seen[a.Name] {
			accounts = append(accounts, a)
		}
		seen[a.Name] = true
	}
	for i := range accounts {
		accounts[i].Allocation = r.Threshold / traffic.Rate(len(accounts)+random.IntN(3))
	}
	for n := range userIDs {
		if i := random.IntN(len(accounts) + 1); i < len(accounts) {
			accounts[i].Users = append(accounts[i].Users, uint64(originator(n)))
		}
	}
	r.Accounts = accounts
	return r
}

func directoryFor(t testing.TB, r traffic.Rules) *Directory {
	var of Senders
	for _, a := range r.Accounts {
		account := Account{Name: a.Name}
		for _, u := range a.Users {
			account.Users = append(account.Users, duis.EUI64(u))
		}
		of.Accounts = append(of.Accounts, account)
	}
	return directoryOf(t, of)
}

// change is the nth change, of which two in three are a new policy.
func (o *overturn) change(n int, from int64) Change {
	label := fmt.Sprintf("P%d", n)
	c := Change{From: from, Rules: rulesBy(o.random)}
	o.rules[label] = c.Rules
	c.Conduct = Conduct{
		Services: []string{service}, Directory: directoryFor(o.t, c.Rules), LimitHeaders: o.random.IntN(2) == 0, Via: o.random.IntN(2) == 0,
		Refusal: []Refusal{{}, {Status: 429}, {Status: 200, Code: "E100"}}[o.random.IntN(3)],
	}
	if o.random.IntN(3) == 0 {
		c.Conduct.Services = append(c.Conduct.Services, "/api/v1/serviceT")
	}
	if n%3 > 0 {
		c.Policy = &journal.Policy{Name: label, Digest: label}
	}
	c.Terms = termsOf(c.Rules)
	for i := range c.Terms {
		c.Terms[i].PolicyName = label
	}
	return c
}

// send sends requests on one connection until told to stop, and keeps the answers.
func (o *overturn) send(stop <-chan struct{}, lane int) error {
	conn, err := net.Dial("tcp", o.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for n := lane; ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		counter := o.count.Add(1)
		body := strings.Replace(message(originator(n%userIDs)), ":1000<", fmt.Sprintf(":%d<", counter), 1)
		request := post(body)
		if n%7 == 0 {
			request = strings.Replace(request, service, "/api/v1/serviceT", 1)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			return err
		}
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			return fmt.Errorf("request %d: %w", counter, err)
		}
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return fmt.Errorf("request %d: %w", counter, err)
		}
		o.mu.Lock()
		o.got[counter] = outcomeOf(r, string(text))
		o.mu.Unlock()
	}
}

// outcomeOf says what an answer means; an answer that is none of those that there
// are is told whole.
func outcomeOf(r *http.Response, body string) string {
	retry := r.Header.Get("Retry-After") != ""
	switch {
	case r.StatusCode == 200 && body == "<a>" && !retry:
		return "forwarded"
	case (r.StatusCode == 503 || r.StatusCode == 429) && body == "" && retry:
		return "throttled"
	case r.StatusCode == 200 && retry:
		if code, err := duis.ReadResponseCode([]byte(body)); err == nil && code.String() == "E100" {
			return "throttled"
		}
	case r.StatusCode == 403 || r.StatusCode == 404:
		return "undecided"
	}
	return fmt.Sprintf("%s %v %q", r.Status, r.Header, body)
}

// overturned has the policy changed so often, a tenth of a second apart, some of
// the changes ahead of time, and returns when all is answered.
func (o *overturn) overturned(changes int) {
	stop := make(chan struct{})
	var senders sync.WaitGroup
	for lane := range 8 {
		senders.Go(func() {
			if err := o.send(stop, lane); err != nil {
				o.t.Error(err)
			}
		})
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	slots := time.NewTicker(slot)
	defer slots.Stop()
	for n := 1; n <= changes; n++ {
		<-tick.C
		now := o.server.cfg.Clock()
		plan := []Change{o.change(n, now-int64(o.random.IntN(2)))}
		if o.random.IntN(2) == 0 {
			n++
			plan = append(plan, o.change(n, now+int64(30*time.Millisecond)))
		}
		if err := o.server.Change(plan...); err != nil {
			o.t.Fatal(err)
		}
		for o.server.Planned() > 0 {
			<-slots.C
			o.server.Advance(o.server.cfg.Clock())
		}
	}
	close(stop)
	senders.Wait()
}

// However often the policy changes, every request gets one answer that fits the
// one decision that was made about it, by the rules of the policy that it names;
// nobody's guarantee is broken, and the DSP gets no more than it may.
func TestTenChangesOfPolicyASecondUnderLoad(t *testing.T) {
	for name, kept := range map[string]bool{"with a journal": true, "without": false} {
		t.Run(name, func(t *testing.T) { overturnFor(t, kept, 30) })
	}
}

func overturnFor(t *testing.T, withJournal bool, changes int) {
	dir := t.TempDir()
	j, err := journal.Open(dir, journal.Options{Environment: "test", Patience: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	d := startDSP(t, says(accepted))
	o := &overturn{random: rand.New(rand.NewPCG(1, 2)), rules: map[string]traffic.Rules{}, got: map[uint64]string{}}
	var begin int64
	o.door = open(t, d.url(), func(c *Config, r *traffic.Rules) {
		o.rules[""] = rulesBy(o.random)
		begin = c.Clock()
		*r, c.Clock, c.Directory = o.rules[""], NewClock(begin), directoryFor(t, o.rules[""])
		if withJournal {
			c.Journal = j
		}
	})
	o.overturned(changes)
	sent := map[string]bool{} // RequestIDs that the DSP got
	for _, request := range d.requests() {
		_, id, _ := strings.Cut(request, "<sr:RequestID>")
		id, _, _ = strings.Cut(id, "</sr:RequestID>")
		if sent[id] {
			t.Errorf("the DSP got %s twice", id)
		}
		sent[id] = true
	}
	o.compare(sent)
	if !withJournal {
		return
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if v, err := journal.Verify(dir, journal.Checks{}); err != nil || len(v.Problems) > 0 {
		t.Errorf("the journal: %v, %v", v.Problems, err)
	}
	a := newAuditor(t, o.rules, begin)
	a.audit(recordsIn(t, dir))
	o.agree(a, changes)
}

// compare holds the answers against what the DSP got.
func (o *overturn) compare(sent map[string]bool) {
	if uint64(len(o.got)) != o.count.Load() {
		o.t.Errorf("%d requests were sent, and %d answered", o.count.Load(), len(o.got))
	}
	of := map[string]int{}
	for counter, outcome := range o.got {
		of[outcome]++
		if outcome != "forwarded" && outcome != "throttled" && outcome != "undecided" {
			o.t.Fatalf("request %d was answered %s", counter, outcome)
		}
	}
	if of["forwarded"] != len(sent) || of["forwarded"] == 0 || of["throttled"] == 0 || of["undecided"] == 0 {
		o.t.Errorf("the answers are %v, and the DSP got %d", of, len(sent))
	}
	o.t.Logf("%v", of)
}

// agree holds the answers against the decisions.
func (o *overturn) agree(a *auditor, changes int) {
	decided := 0
	for counter, outcome := range o.got {
		d := a.decisions[counter]
		if (d == nil) != (outcome == "undecided") {
			o.t.Fatalf("request %d is %s, and there is a decision: %v", counter, outcome, d != nil)
		}
		if d == nil {
			continue
		}
		decided++
		if went := d.Numbers.Verdict != traffic.Throttle; went != (outcome == "forwarded") {
			o.t.Fatalf("request %d was decided %v and %s", counter, d.Numbers.Verdict, outcome)
		}
	}
	if decided != len(a.decisions) || a.adopted < changes || a.within == 0 || a.broken > 0 {
		o.t.Errorf("%d decisions of %d requests; %d changes adopted; of %d within the allocation %d were refused", len(a.decisions), decided, a.adopted, a.within, a.broken)
	}
}
