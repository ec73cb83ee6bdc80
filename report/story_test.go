package report

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/ledger"
	"srtm/policy"
	"srtm/traffic"
)

// teller writes a journal's entries as a gateway would: every decision comes from
// a real Controller.
type teller struct {
	t        testing.TB
	entries  []journal.Entry
	now      int64
	position journal.Position
	control  *traffic.Controller
	policy   *policy.Policy
	users    map[string][]uint64 // by account
	accounts map[string]*journal.Own
	active   bool
	since    int64
	counter  uint64
	sent     map[string]*sums // by account: what the story itself counted
	path     string           // of the ledger that it was folded into
}

// sums are what a story counted by itself, to be found again in reports.
type sums struct{ offered, forwarded, throttled, closed, shadow, shadowClosed uint64 }

func (s *sums) add(o sums) {
	s.offered += o.offered
	s.forwarded += o.forwarded
	s.throttled += o.throttled
	s.closed += o.closed
	s.shadow += o.shadow
	s.shadowClosed += o.shadowClosed
}

// part is where a decision is counted.
func (s *sums) part(d traffic.Decision) *uint64 {
	switch {
	case d.Verdict == traffic.Shadow && d.Reason == traffic.Closed:
		return &s.shadowClosed
	case d.Verdict == traffic.Shadow:
		return &s.shadow
	case d.Verdict == traffic.Forward:
		return &s.forwarded
	case d.Reason == traffic.Closed:
		return &s.closed
	}
	return &s.throttled
}

func tell(t testing.TB, start time.Time) *teller {
	return &teller{t: t, now: start.UnixNano(), users: map[string][]uint64{}, accounts: map[string]*journal.Own{}, sent: map[string]*sums{}}
}

func (s *teller) write(r journal.Record) journal.Position {
	s.position++
	s.entries = append(s.entries, journal.Entry{Position: s.position, At: s.now, Record: r})
	return s.position
}

// own is the next record's Own of an account.
func (s *teller) own(name string) journal.Own {
	o := s.accounts[name]
	if o == nil {
		o = &journal.Own{Account: name, ID: uint32(len(s.accounts) + 1)}
		s.accounts[name] = o
		s.write(&journal.Account{ID: o.ID, Name: name})
	}
	o.Nth++
	return *o
}

// obey starts a gateway with a policy, or changes it.
func (s *teller) obey(text, portfolio string) {
	s.t.Helper()
	p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": &fstest.MapFile{Data: []byte(portfolio)}})
	if err != nil {
		s.t.Fatal(err)
	}
	start := s.control == nil
	if start {
		if s.control, err = traffic.New(p.Rules(), traffic.Start{At: s.now}); err != nil {
			s.t.Fatal(err)
		}
		s.write(&journal.Start{Version: "test", Node: "one", Environment: p.Environment, Wall: s.now})
	} else {
		s.control.Advance(s.now)
		if _, err := s.control.Change(traffic.Planned{Rules: p.Rules()}); err != nil {
			s.t.Fatal(err)
		}
		s.wait(20 * time.Millisecond)
	}
	s.policy = p
	s.write(&journal.Policy{Number: 1, Name: p.Name, Environment: p.Environment, Digest: p.Digest, Who: "olga", Why: "a new portfolio",
		Files: []journal.File{{Name: "policy.yaml", Text: text}, {Name: "portfolio.csv", Text: portfolio}}})
	rules := p.Rules()
	for i, a := range p.Accounts {
		known := s.accounts[a.Name] != nil
		s.users[a.Name] = a.Users()
		terms := journal.TermsOf(rules, i)
		terms.Own, terms.Policy, terms.PolicyName, terms.Start, terms.New = s.own(a.Name), p.Digest, p.Name, start, !start && !known
		terms.Weight, terms.Weights, terms.Minimum = a.Weight.String(), weights(p), traffic.Rate(p.Minimum)*traffic.PerSecond/1000
		s.write(&terms)
	}
}

// weights is the sum of the accounts' weights; the portfolios of stories are
// small.
func weights(p *policy.Policy) string {
	sum := int64(0)
	for _, a := range p.Accounts {
		sum += a.Weight.Thousandths().Int64()
	}
	return fmt.Sprintf("%d.%03d", sum/1000, sum%1000)
}

// wait lets time pass; while traffic management is active slot by slot, so that
// its end is seen where it is.
func (s *teller) wait(d time.Duration) {
	end := s.now + int64(d)
	for s.active && s.now < end {
		s.now = min(end, (s.now/1e7+1)*1e7)
		s.control.Advance(s.now)
		if active, since := s.control.Active(); !active {
			s.write(&journal.Release{Since: s.since})
			s.active, s.since = false, since
		}
	}
	s.now = end
	s.control.Advance(s.now)
}

// send has one request decided, and answered by the DSP with a status after a
// latency.
func (s *teller) send(account, variant string, status int) traffic.Decision {
	s.counter++
	return s.repeat(account, variant, status, s.counter)
}

func (s *teller) repeat(account, variant string, status int, counter uint64) traffic.Decision {
	s.t.Helper()
	user := s.users[account][int(counter)%len(s.users[account])]
	d, ok := s.control.Admit(s.now, traffic.Request{User: user, Variant: variant})
	if !ok {
		s.t.Fatalf("nobody holds %X", user)
	}
	if s.sent[account] == nil {
		s.sent[account] = &sums{}
	}
	s.sent[account].offered++
	r := &journal.Decision{Own: s.own(account), Numbers: d, ID: duis.RequestID{Originator: duis.EUI64(user), Target: duis.EUI64(0xB0 + counter%97), Counter: counter},
		Variant: variant, CommandVariant: 1}
	r.Numbers.Slot, r.Numbers.Account = 0, 0
	at := s.write(r)
	if d.Activated {
		s.write(&journal.Activation{Decision: at})
		s.active, s.since = true, s.now
	}
	*s.sent[account].part(d)++
	if d.Verdict == traffic.Throttle {
		return d
	}
	o := &journal.Outcome{Own: s.own(account), Decision: at, User: duis.EUI64(user), Variant: variant, End: journal.Answered, Status: status,
		Latency: time.Duration(20+counter%200) * time.Millisecond}
	if status == 0 {
		o.End, o.Latency = journal.TimedOut, 0
	}
	s.write(o)
	return d
}

// burst sends n requests of an account, evenly over a time.
func (s *teller) burst(account, variant string, n int, over time.Duration) (refused []uint64) {
	s.t.Helper()
	for range n {
		if d := s.send(account, variant, 200); d.Verdict == traffic.Throttle {
			refused = append(refused, s.counter)
		}
		s.wait(over / time.Duration(n))
	}
	return refused
}

// Next implements ledger.Source.
func (s *source) Next() (*journal.Entry, error) {
	if s.next == len(s.entries) {
		return nil, io.EOF
	}
	s.next++
	return &s.entries[s.next-1], nil
}

type source struct {
	entries []journal.Entry
	next    int
}

// fold folds the story into a new ledger.
func (s *teller) fold() *ledger.Ledger {
	s.t.Helper()
	key, err := journal.LoadPseudonyms(filepath.Join(s.t.TempDir(), "pseudonym.key"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.path = filepath.Join(s.t.TempDir(), "ledger.db")
	l, err := ledger.OpenSQLite(s.path, ledger.Options{Pseudonyms: key})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := l.Close(); err != nil {
			s.t.Error(err)
		}
	})
	if err := l.Fold(context.Background(), &source{entries: s.entries}, nil); err != nil {
		s.t.Fatal(err)
	}
	return l
}

const storyPolicy = `name: TMMD 2026-10
environment: trial
capacity: 100/s
threshold: 90%
hold: 2s
portfolio: portfolio.csv
`

// storyPortfolio has names that would do harm if they were taken for markup or
// formulas.
const storyPortfolio = `account,name,user_id,role,portfolio
ALPHA,Alpha <script>alert(1)</script> Energy,90-B3-D5-1F-30-01-00-00,IS,400
BRAVO,"=HYPERLINK(""x"",""Bravo & Co"")",90-B3-D5-1F-30-02-00-00,IS,200
BRAVO,"=HYPERLINK(""x"",""Bravo & Co"")",90-B3-D5-1F-30-02-00-01,GS,100
CHARLIE,Charlie Supply,90-B3-D5-1F-30-03-00-00,GS,100
DELTA,Delta Networks,90-B3-D5-1F-30-04-00-00,ED,100
public,Public Power,90-B3-D5-1F-30-05-00-00,IS,100
ECHO,A Service User whose name is as long as anybody could reasonably wish a name to be in a narrow table,90-B3-D5-1F-30-06-00-00,OU,0
FOXTROT,Foxtrot Research,90-B3-D5-1F-30-07-00-00,OU,0
`

var october = time.Date(2026, time.October, 1, 0, 0, 0, 0, time.UTC)

// tellOctober tells a month: quiet days, an overload on the 3rd that BRAVO begins,
// DSP errors on the 5th, larger overloads on the 20th, and retries.
func tellOctober(t testing.TB) *teller { return tellMonth(t, func(*teller, int) {}) }

// tellMonth tells the same month, with more on some days.
func tellMonth(t testing.TB, more func(s *teller, day int)) *teller {
	s := tell(t, october.Add(-time.Hour))
	s.obey(storyPolicy, storyPortfolio)
	s.wait(time.Hour)
	for day := range 31 {
		s.wait(time.Duration(october.AddDate(0, 0, day).Add(8*time.Hour).UnixNano() - s.now))
		for _, a := range []string{"ALPHA", "BRAVO", "CHARLIE", "DELTA"} {
			s.burst(a, "4.8.1", 20+day, 5*time.Second)
			s.burst(a, "2.2", 3, time.Second)
		}
		s.burst("public", "11.2", 4, time.Second)
		s.burst("FOXTROT", "4.17", 2, time.Second)
		switch day + 1 {
		case 3:
			s.overload("BRAVO", 250)
		case 5:
			s.send("ALPHA", "4.8.1", 503)
			s.send("CHARLIE", "4.10", 0)
		case 20:
			s.overload("BRAVO", 400)
			s.overload("CHARLIE", 300)
		}
		more(s, day+1)
	}
	s.write(&journal.Act{Who: "olga", What: "looked at the panel", Why: "BRAVO called"})
	s.wait(time.Duration(october.AddDate(0, 1, 1).Add(2*time.Hour).UnixNano() - s.now))
	s.write(&journal.Clock{Offset: 3 * time.Millisecond})
	return s
}

// lively is what a month can have beside traffic: a change of policy, acts, lost
// records, damage, a crash, and a signed head.
func lively(s *teller, day int) {
	switch day {
	case 10:
		s.obey(strings.Replace(strings.Replace(storyPolicy, "TMMD 2026-10", "TMMD 2026-10, second issue", 1), "capacity: 100/s", "capacity: 80/s", 1), storyPortfolio)
	case 11:
		s.overload("ALPHA", 300)
		s.write(&journal.Act{Who: "olga", What: "suspended nothing, for the report's sake", Why: "a test", Account: "ALPHA", Until: s.now + 1e12})
	case 12:
		s.obey(storyPolicy, storyPortfolio)
	case 25:
		first := s.position + 1
		s.position += 12
		s.write(&journal.Gap{Cause: "no space left on device", First: first, Last: first + 11, Decisions: 9, Outcomes: 3, From: s.now - 1e9, To: s.now})
		s.write(&journal.Lost{Own: s.own("DELTA"), Decisions: 9, Outcomes: 3, From: s.now - 1e9, To: s.now})
		s.write(&journal.Damage{File: "0000000000000001.log", Offset: 4096, Bytes: 17, Cut: true, What: "a torn tail"})
		s.write(&journal.Clock{Offset: -40 * time.Millisecond})
		s.wait(time.Minute)
		s.write(&journal.Start{Version: "test", Node: "one", Environment: "trial", Restart: true, Wall: s.now})
	}
}

// monthOnDisk writes all reports of a month in which everything happens.
func monthOnDisk(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	c := Config{Ledger: tellMonth(t, lively).fold(), Out: dir, Now: inNovember, Head: func() (string, error) { return "srtm/trial\nposition 4711\n\n— srtm/trial AbCd\n", nil }}
	if _, err := Month(t.Context(), "2026-10", c); err != nil {
		t.Fatal(err)
	}
	return dir
}

// overload has one account send so much that it is refused, and send what was
// refused again a minute later.
func (s *teller) overload(account string, n int) {
	s.t.Helper()
	refused := s.burst(account, "4.6.1", n, 1500*time.Millisecond)
	for range 5 {
		s.send(account, "2.2", 200)
	}
	if len(refused) < 10 {
		s.t.Fatalf("only %d of %d requests of %s were refused", len(refused), n, account)
	}
	s.wait(time.Minute)
	for _, counter := range refused[:len(refused)/2] {
		s.repeat(account, "4.6.1", 200, counter)
		s.wait(50 * time.Millisecond)
	}
	s.wait(time.Minute)
}
