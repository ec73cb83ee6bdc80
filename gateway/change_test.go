package gateway

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

const slot = 10 * time.Millisecond

// clocked opens a gateway with a journal, whose clock is what the test makes it.
func clocked(t testing.TB, change func(*Config, *traffic.Rules)) (*door, *atomic.Int64, func() []journal.Record) {
	now := &atomic.Int64{}
	now.Store(1_800_000_000_000_000_000)
	g, records := kept(t, startDSP(t, says(accepted)).url(), &faulty{}, func(c *Config, r *traffic.Rules) {
		c.Clock = now.Load
		if change != nil {
			change(c, r)
		}
	})
	return g, now, records
}

// named is a Change to rules under a policy's name, which is its digest too.
func (d *door) named(name string, from int64, r traffic.Rules) Change {
	c := Change{From: from, Rules: r, Conduct: d.server.recorder.manners.Load().Conduct, Terms: termsOf(r)}
	if name != "" {
		c.Policy = &journal.Policy{Name: name, Digest: name}
	}
	return c
}

// story tells what a journal says of policies: their names and numbers, and whose
// Terms came with them; '+' marks who is new.
func story(records []journal.Record) string {
	var words []string
	for _, r := range records {
		switch r := r.(type) {
		case *journal.Policy:
			words = append(words, fmt.Sprintf("%s=%d", r.Name, r.Number))
		case *journal.Terms:
			words = append(words, strings.Repeat("+", map[bool]int{true: 1}[r.New])+r.Account)
		case *journal.Decision:
			words = append(words, fmt.Sprintf("decision(%s,%d)", r.Account, r.Numbers.Policy))
		case *journal.Activation:
			words = append(words, fmt.Sprintf("active(%v)", r.Decision > 0))
		case *journal.Release:
			words = append(words, "released")
		}
	}
	return strings.Join(words, " ")
}

// only leaves nobody but one account, with these User IDs.
func only(name string, users ...duis.EUI64) traffic.Rules {
	r := plenty()
	r.Accounts = []traffic.Account{{Name: name, Allocation: 100 * traffic.PerSecond}}
	for _, u := range users {
		r.Accounts[0].Users = append(r.Accounts[0].Users, uint64(u))
	}
	return r
}

func TestAPlanComesIntoForceAtItsBoundaries(t *testing.T) {
	g, now, records := clocked(t, nil)
	at := now.Load()
	gamma := plenty()
	gamma.Accounts[0].Users = gamma.Accounts[0].Users[:1]
	gamma.Accounts = append(gamma.Accounts, traffic.Account{Name: "GAMMA", Users: []uint64{uint64(alpha2)}})
	if err := g.server.Change(g.named("two", at+25*int64(time.Millisecond), gamma), g.named("", at+int64(time.Second), plenty())); err != nil {
		t.Fatal(err)
	}
	ask := func(after time.Duration) {
		now.Store(at + int64(after))
		if r := g.visit().send(post(message(alpha2))).reply(); r.StatusCode != 200 {
			t.Errorf("after %v: %d", after, r.StatusCode)
		}
	}
	ask(29_999_999)
	ask(30 * time.Millisecond)
	if n := g.server.Planned(); n != 1 {
		t.Errorf("%d are still to come, want 1", n)
	}
	ask(999 * time.Millisecond)
	g.server.Advance(at + int64(time.Second))
	ask(time.Second)
	want := "decision(ALPHA,1) two=2 ALPHA BETA +GAMMA decision(GAMMA,2) decision(GAMMA,2) ALPHA BETA decision(ALPHA,3)"
	if got := story(records()); got != want {
		t.Errorf("the journal says\n%s, not\n%s", got, want)
	}
	for _, r := range records() {
		if terms, is := r.(*journal.Terms); is && (terms.From-at != int64(30*time.Millisecond) && terms.From-at != int64(time.Second)) {
			t.Errorf("the terms of %s hold from %v", terms.Account, time.Duration(terms.From-at))
		}
	}
}

func TestWhatHoldsOfAPlanThatBeginsInThePast(t *testing.T) {
	const begin = int64(1_800_000_000_000_000_000)
	other := plenty()
	other.Hold = time.Minute
	for _, row := range []struct {
		rule  string
		plan  func(*door) []Change
		still int
		want  string
	}{
		{"what holds now is not adopted again", func(g *door) []Change { return []Change{g.named("one", 5, plenty())} }, 0, ""},
		{"nor when its policy is not named", func(g *door) []Change { return []Change{g.named("", 5, plenty())} }, 0, ""},
		{"other rules are", func(g *door) []Change { return []Change{g.named("one", 5, other)} }, 0, "ALPHA BETA"},
		{"another policy is, though its rules are the same", func(g *door) []Change { return []Change{g.named("two", 5, plenty())} }, 0, "two=2 ALPHA BETA"},
		{"of several only the latest is, under the latest policy", func(g *door) []Change {
			return []Change{g.named("two", 5, plenty()), g.named("three", 6, other), g.named("", 7, plenty())}
		}, 0, "three=2 ALPHA BETA"},
		{"what is to come is left to come", func(g *door) []Change {
			return []Change{g.named("one", 5, plenty()), g.named("", begin+int64(time.Hour), other)}
		}, 1, ""},
		{"of two at one boundary the last is, and both are counted", func(g *door) []Change {
			return []Change{g.named("two", begin+1, other), g.named("three", begin+2, plenty())}
		}, 0, "three=3 ALPHA BETA"},
		{"a plan may be empty", func(*door) []Change { return nil }, 0, ""},
	} {
		g, now, records := clocked(t, func(c *Config, _ *traffic.Rules) { c.Digest = "one" })
		if err := g.server.Change(g.named("never", begin+int64(time.Minute), other)); err != nil {
			t.Fatal(err)
		}
		if err := g.server.Change(row.plan(g)...); err != nil {
			t.Fatal(err)
		}
		now.Store(begin + int64(2*time.Minute))
		g.server.Advance(now.Load())
		g.visit().send(post(message(alpha1))).reply()
		got, decision, _ := strings.Cut(story(records()), "decision")
		if strings.TrimSpace(got) != row.want || g.server.Planned() != row.still {
			t.Errorf("%s: the journal says %q, not %q; %d to come", row.rule, got, row.want, g.server.Planned())
		}
		if number := g.server.recorder.force.number; !strings.Contains(decision, fmt.Sprintf("(ALPHA,%d)", number)) {
			t.Errorf("%s: the decision is %s, and the policy in force %d", row.rule, decision, number)
		}
	}
}

func TestAPlanThatIsNotRightChangesNothing(t *testing.T) {
	for _, row := range []struct {
		change func(*Change)
		want   string
	}{
		{func(c *Change) { c.Conduct.Services = nil }, "name at least one path"},
		{func(c *Change) { c.Conduct.Directory = nil }, "directory: there is none"},
		{func(c *Change) { c.Conduct.Refusal.Status = 404 }, "choose 503, 429 or 200"},
		{func(c *Change) { c.Conduct.Refusal.Code = "E100" }, "code E100 goes with status 200 only"},
		{func(c *Change) { c.Conduct.Refusal.Status = 200 }, "refusal: "},
		{func(c *Change) { c.Conduct.Refusal = Refusal{200, "I0"} }, "choose an E code"},
		{func(c *Change) { c.Rules.Release = c.Rules.Threshold }, "release"},
		{func(c *Change) { c.Rules.Slot = 20 * time.Millisecond }, "needs a restart"},
		{func(c *Change) { c.Terms = nil }, "there are 0 for 2 accounts"},
		{func(c *Change) { c.Terms[0], c.Terms[1] = c.Terms[1], c.Terms[0] }, `the 1th are those of "BETA"`},
		{func(c *Change) { c.From = 0 }, "in order of time"},
	} {
		g, now, records := clocked(t, nil)
		at := now.Load()
		if err := g.server.Change(g.named("two", at+int64(time.Second), only("GAMMA", alpha1))); err != nil {
			t.Fatal(err)
		}
		wrong := g.named("wrong", at+2, plenty())
		row.change(&wrong)
		err := g.server.Change(g.named("right", at+1, plenty()), wrong)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want %s", err, row.want)
		}
		now.Add(int64(2 * time.Second))
		g.visit().send(post(message(alpha1))).reply()
		if got := story(records()); g.server.Planned() != 0 || got != "two=2 +GAMMA decision(GAMMA,2)" {
			t.Errorf("%s: the plan from before does not stand: %s", row.want, got)
		}
	}
}

// What a request meets at its beginning holds for it to the end, though the door
// has changed while the DSP worked.
func TestARequestMeetsOneConduct(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	d := startDSP(t, func(conn net.Conn, n int, _ string) bool {
		if n == 1 {
			close(arrived)
			<-release
		}
		_, err := io.WriteString(conn, accepted)
		return err == nil
	})
	g := open(t, d.url(), nil)
	v := g.visit().send(post(message(alpha1)))
	<-arrived
	g.become(func(c *Change) {
		c.Rules = only("BETA", beta1)
		c.Conduct.LimitHeaders, c.Conduct.Services = true, []string{"/elsewhere"}
		c.Conduct.Directory = directoryOf(t, Senders{Accounts: []Account{{"BETA", []duis.EUI64{beta1}}}})
	})
	close(release)
	if r := v.reply(); r.StatusCode != 200 || r.Header.Get("RateLimit") != "" {
		t.Errorf("the request that was under way: %d, RateLimit %q", r.StatusCode, r.Header.Get("RateLimit"))
	}
	if r := v.send(post(message(alpha1))).reply(); r.StatusCode != 404 || !strings.Contains(r.body, "send to one of /elsewhere") {
		t.Errorf("the next on its connection: %d %s", r.StatusCode, r.body)
	}
	elsewhere := func(originator duis.EUI64) reply {
		return v.send(strings.Replace(post(message(originator)), service, "/elsewhere", 1)).reply()
	}
	if r := elsewhere(alpha1); r.StatusCode != 403 {
		t.Errorf("under a User ID that is gone: %d %s", r.StatusCode, r.body)
	}
	if r := elsewhere(beta1); r.StatusCode != 200 || r.Header.Get("RateLimit") == "" {
		t.Errorf("under one that stayed: %d, RateLimit %q", r.StatusCode, r.Header.Get("RateLimit"))
	}
}

func TestAnActivationByHandIsRecordedAndItsRelease(t *testing.T) {
	g, now, records := clocked(t, nil)
	at := now.Load()
	by := plenty()
	by.Activate, by.Hold = true, time.Second
	after := plenty()
	after.Hold = time.Second
	if err := g.server.Change(g.named("", at+int64(slot), by), g.named("", at+int64(time.Second), after)); err != nil {
		t.Fatal(err)
	}
	for range 300 {
		g.server.Advance(now.Add(int64(slot)))
	}
	if got := story(records()); got != "ALPHA BETA active(false) ALPHA BETA released" {
		t.Errorf("the journal says %s", got)
	}
	released := records()[slices.IndexFunc(records(), func(r journal.Record) bool { _, is := r.(*journal.Release); return is })]
	if since := released.(*journal.Release).Since; since != at+int64(slot) {
		t.Errorf("it was active since %v", time.Duration(since-at))
	}
}

// Nobody came for ten seconds, in which what traffic had begun ended, and then a
// hand began it anew.
func TestAReleaseBeforeAnActivationByHandIsNotLost(t *testing.T) {
	g, now, records := clocked(t, func(_ *Config, r *traffic.Rules) {
		*r = scarce()
		r.Hold = time.Second
	})
	at := now.Load()
	by := scarce()
	by.Activate = true
	if err := g.server.Change(g.named("", at+int64(5*time.Second), by)); err != nil {
		t.Fatal(err)
	}
	v := g.visit()
	for range 3 {
		v.send(post(message(alpha1))).reply()
	}
	now.Add(int64(10 * time.Second))
	v.send(post(message(alpha1))).reply()
	one := "decision(ALPHA,1)"
	if got, want := story(records()), one+" "+one+" "+one+" active(true) released ALPHA BETA active(false) decision(ALPHA,2)"; got != want {
		t.Errorf("the journal says\n%s, not\n%s", got, want)
	}
}

// Whatever is recorded of a time after a boundary stands after what changed there.
func TestAnOutcomeStandsAfterTheChangeThatCameBeforeIt(t *testing.T) {
	now := &atomic.Int64{}
	now.Store(1_800_000_000_000_000_000)
	d := startDSP(t, func(conn net.Conn, _ int, _ string) bool {
		now.Add(int64(time.Second))
		_, err := io.WriteString(conn, accepted)
		return err == nil
	})
	g, records := kept(t, d.url(), &faulty{}, func(c *Config, _ *traffic.Rules) { c.Clock = now.Load })
	if err := g.server.Change(g.named("two", now.Load()+int64(slot), plenty())); err != nil {
		t.Fatal(err)
	}
	g.visit().send(post(message(alpha1))).reply()
	await(func() bool { return len(outcomes(records())) == 1 })
	all := records()
	if got := story(all); got != "decision(ALPHA,1) two=2 ALPHA BETA" || !isOutcome(all[len(all)-1]) {
		t.Errorf("the journal says %s, and last %T", got, all[len(all)-1])
	}
}
