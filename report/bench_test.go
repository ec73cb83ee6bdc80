package report

import (
	"context"
	"database/sql"
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

// stream is a month of many Service Users as a gateway would record it, made as
// it is read: one request of each in each minute, two in every eighth, so that
// there are ten million rows of counts, and on each day an overload.
type stream struct {
	control  *traffic.Controller
	accounts []policy.Account
	nth      []uint64
	now      int64
	position journal.Position
	minute   int
	account  int
	again    int // requests still to be sent by this account in this minute
	queue    []journal.Entry
	active   bool
	since    int64
	minutes  int
}

var benchVariants = []string{"4.8.1", "4.6.1", "2.2", "4.17", "6.2.1", "11.2", "8.1.1", "1.5", "4.1.1"}

func newStream(b testing.TB, accounts, minutes int) *stream {
	var portfolio strings.Builder
	portfolio.WriteString("account,name,user_id,role,portfolio\n")
	for i := range accounts {
		fmt.Fprintf(&portfolio, "A%03d,Service User %d,90-B3-D5-1F-30-%02X-00-00,IS,%d\n", i, i, i, 1000+i)
	}
	text := "name: Bench\nenvironment: trial\ncapacity: 2000/s\nportfolio: portfolio.csv\n"
	p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": &fstest.MapFile{Data: []byte(portfolio.String())}})
	if err != nil {
		b.Fatal(err)
	}
	s := &stream{accounts: p.Accounts, now: october.UnixNano(), nth: make([]uint64, accounts), minutes: minutes, again: 1}
	if s.control, err = traffic.New(p.Rules(), traffic.Start{At: s.now}); err != nil {
		b.Fatal(err)
	}
	s.put(&journal.Start{Version: "bench", Node: "one", Environment: "trial", Wall: s.now})
	s.put(&journal.Policy{Number: 1, Name: p.Name, Environment: p.Environment, Digest: p.Digest,
		Files: []journal.File{{Name: "policy.yaml", Text: text}, {Name: "portfolio.csv", Text: portfolio.String()}}})
	for i, a := range p.Accounts {
		allocation := traffic.Rate(a.Allocation) * traffic.PerSecond / 1000
		s.put(&journal.Account{ID: uint32(i + 1), Name: a.Name})
		s.put(&journal.Terms{Own: s.own(i), Policy: p.Digest, PolicyName: p.Name, Start: true, Allocation: allocation, Depth: p.Rules().Depth(allocation),
			Threshold: p.Rules().Threshold, Burst: p.Burst, Slot: p.Slot, LargestCost: traffic.SR, Weight: a.Weight.String(), Weights: weights(p)})
	}
	return s
}

func (s *stream) put(r journal.Record) journal.Position {
	s.position++
	s.queue = append(s.queue, journal.Entry{Position: s.position, At: s.now, Record: r})
	return s.position
}

func (s *stream) own(i int) journal.Own {
	s.nth[i]++
	return journal.Own{Account: s.accounts[i].Name, ID: uint32(i + 1), Nth: s.nth[i]}
}

// Next implements ledger.Source.
func (s *stream) Next() (*journal.Entry, error) {
	for len(s.queue) == 0 {
		if s.minute == s.minutes {
			return nil, io.EOF
		}
		s.step()
	}
	e := &s.queue[0]
	s.queue = s.queue[1:]
	return e, nil
}

func (s *stream) step() {
	s.queue = make([]journal.Entry, 0, 4)
	s.send(s.account)
	if s.again--; s.again > 0 {
		return
	}
	if s.account++; s.account == len(s.accounts) {
		s.account = 0
		s.minute++
		s.now = max(s.now, october.UnixNano()+int64(s.minute)*int64(time.Minute))
		s.control.Advance(s.now)
		if active, since := s.control.Active(); s.active && !active {
			s.put(&journal.Release{Since: s.since})
			s.active, s.since = false, since
		}
	}
	s.again = 1
	switch noon := s.minute%1440 == 720; {
	case noon && s.account < 20:
		s.again = 300
	case (s.minute+s.account)%8 == 0:
		s.again = 2
	}
}

func (s *stream) send(i int) {
	user := s.accounts[i].Users()[0]
	s.now += 10_000
	d, _ := s.control.Admit(s.now, traffic.Request{User: user, Cost: traffic.SR})
	variant := benchVariants[(s.minute+s.again+i)%len(benchVariants)]
	at := s.put(&journal.Decision{Own: s.own(i), Numbers: d, Variant: variant, CommandVariant: 1,
		ID: duis.RequestID{Originator: duis.EUI64(user), Target: duis.EUI64(s.position % 100_003), Counter: uint64(s.position)}})
	if d.Activated {
		s.put(&journal.Activation{Decision: at})
		s.active, s.since = true, s.now
	}
	if d.Verdict == traffic.Forward && s.position%10 == 0 {
		s.put(&journal.Outcome{Own: s.own(i), Decision: at, User: duis.EUI64(user), Variant: variant, End: journal.Answered, Status: 200, Latency: time.Duration(5+s.position%700) * time.Millisecond})
	}
}

// BenchmarkMonth writes all reports of 200 Service Users from a ledger with ten
// million rows of counts. Folding them takes a minute or more, and is not
// measured.
func BenchmarkMonth(b *testing.B) {
	key, err := journal.LoadPseudonyms(filepath.Join(b.TempDir(), "pseudonym.key"))
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "ledger.db")
	l, err := ledger.OpenSQLite(path, ledger.Options{Pseudonyms: key})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	began := time.Now()
	if err := l.Fold(context.Background(), newStream(b, 200, 31*1440), nil); err != nil {
		b.Fatal(err)
	}
	b.Logf("folded %d rows of counts in %v", countsRows(b, path), time.Since(began).Round(time.Second))
	for b.Loop() {
		if _, err := Month(context.Background(), "2026-10", Config{Ledger: l, Out: b.TempDir(), Now: inNovember}); err != nil {
			b.Fatal(err)
		}
	}
}

func countsRows(b *testing.B, path string) (n int64) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("select count(*) from counts").Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkRender writes one Service User's three files.
func BenchmarkRender(b *testing.B) {
	m, _ := theMonth(b, tellOctober(b))
	_, e := pageOf(b, m, "BRAVO")
	for b.Loop() {
		render(b, m, e)
	}
}
