package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/ledger"
	"srtm/policy"
	"srtm/report"
	"srtm/simulate"
	"srtm/traffic"
)

// recordedPast is what a gateway recorded half an hour before the world's present:
// twelve seconds in which ALPHA sends within its allocation and BRAVO, for a
// while, five times the capacity.
type recordedPast struct {
	entries  []journal.Entry
	next     int
	arrivals []simulate.Arrival
	own      map[string]*journal.Own
	at       int64
}

// Next implements ledger.Source.
func (r *recordedPast) Next() (*journal.Entry, error) {
	if r.next == len(r.entries) {
		return nil, io.EOF
	}
	r.next++
	return &r.entries[r.next-1], nil
}

func (r *recordedPast) write(what journal.Record) journal.Position {
	p := journal.Position(len(r.entries) + 1)
	r.entries = append(r.entries, journal.Entry{Position: p, At: r.at, Record: what})
	return p
}

func (r *recordedPast) ownOf(account string) journal.Own {
	o := r.own[account]
	if o == nil {
		o = &journal.Own{Account: account, ID: uint32(len(r.own) + 1)}
		r.own[account] = o
		r.write(&journal.Account{ID: o.ID, Name: account})
	}
	o.Nth++
	return *o
}

// begins records the start under a policy.
func (r *recordedPast) begins(p *policy.Policy) {
	r.write(&journal.Start{Version: "test", Node: "one", Environment: p.Environment, Wall: r.at})
	record := &journal.Policy{Number: 1, Name: p.Name, Environment: p.Environment, Digest: p.Digest, Who: "Planner", Why: "the first"}
	for _, f := range p.Files {
		record.Files = append(record.Files, journal.File{Name: f.Name, Text: string(f.Text)})
	}
	r.write(record)
	rules := p.Rules()
	for i, a := range p.Accounts {
		terms := journal.TermsOf(rules, i)
		terms.Own, terms.Policy, terms.PolicyName, terms.Start = r.ownOf(a.Name), p.Digest, p.Name, true
		terms.Weight, terms.Weights = a.Weight.String(), "1000000"
		r.write(&terms)
	}
}

// sends records one request of an account.
func (r *recordedPast) sends(c *traffic.Controller, account string, user, n uint64) {
	variant := []string{"2.2", "4.8.1", "1.5"}[n%3]
	d, _ := c.Admit(r.at, traffic.Request{User: user, Variant: variant, Target: 0xB0 + n%97, Counter: n, Command: 1})
	decision := &journal.Decision{Own: r.ownOf(account), Numbers: d, Variant: variant, CommandVariant: 1,
		ID: duis.RequestID{Originator: duis.EUI64(user), Target: duis.EUI64(0xB0 + n%97), Counter: n}}
	decision.Numbers.Slot, decision.Numbers.Account = 0, 0
	at := r.write(decision)
	if d.Activated {
		r.write(&journal.Activation{Decision: at})
	}
	r.arrivals = append(r.arrivals, simulate.Arrival{At: r.at, Account: account, Variant: variant, User: user, HasUser: true, Target: 0xB0 + n%97, Counter: n, Command: 1})
	if d.Verdict == traffic.Forward {
		r.write(&journal.Outcome{Own: r.ownOf(account), Decision: at, User: duis.EUI64(user), Variant: variant, End: journal.Answered, Status: 200, Latency: time.Duration(20+n%200) * time.Millisecond})
	}
}

// tellPast plays it.
func tellPast(t testing.TB, p *policy.Policy, begin time.Time) *recordedPast {
	t.Helper()
	r := &recordedPast{own: map[string]*journal.Own{}, at: begin.UnixNano()}
	c, err := traffic.New(p.Rules(), traffic.Start{At: r.at})
	if err != nil {
		t.Fatal(err)
	}
	r.begins(p)
	const step = int64(10 * time.Millisecond)
	n, was, since := uint64(0), false, int64(0)
	for i := range int64(1200) {
		r.at = begin.UnixNano() + i*step
		c.Advance(r.at)
		if active, from := c.Active(); active != was {
			if was {
				r.write(&journal.Release{Since: since})
			}
			was, since = active, from
		}
		second := i / 100
		each := []struct {
			account string
			user    uint64
			n       int64
		}{{"ALPHA", alpha, 1}, {"BRAVO", bravo, 1}, {"CHARLIE", charlie, 1}}
		if second >= 2 && second < 7 {
			each[0].n, each[1].n = 4, 30
		}
		for _, e := range each {
			for range e.n {
				n++
				r.sends(c, e.account, e.user, n)
			}
		}
		if active, from := c.Active(); active && !was {
			was, since = true, from
		}
	}
	for range 600 { // until it is released
		r.at += int64(time.Second)
		c.Advance(r.at)
		if active, from := c.Active(); !active {
			r.at = from
			r.write(&journal.Release{Since: since})
			break
		}
	}
	r.at += int64(time.Minute)
	r.sends(c, "ALPHA", alpha, n+1)
	return r
}

// withPast gives a world what was recorded, counted and reported.
func withPast(t testing.TB, w *world, p *policy.Policy) *recordedPast {
	t.Helper()
	past := tellPast(t, p, w.now.Add(-30*time.Minute))
	dir := t.TempDir()
	l, err := ledger.OpenSQLite(filepath.Join(dir, "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := l.Fold(t.Context(), past, nil); err != nil {
		t.Fatal(err)
	}
	w.source.Ledger = func(_ context.Context, use func(Ledger) error) error { return use(l) }
	w.source.Arrivals = func(from, to time.Time) iter.Seq2[simulate.Arrival, error] { return past.between(from, to) }
	w.source.Reports = &Reports{Folder: filepath.Join(dir, "reports"), Make: func(ctx context.Context, o ReportOrder, progress func(string, int, int)) (report.Result, error) {
		return report.Month(ctx, o.Month, report.Config{
			Ledger: l, Out: filepath.Join(dir, "reports"), Now: w.source.Now(), Reason: o.Reason, Progress: func(done, total int) { progress("writing", done, total) },
		})
	}}
	return past
}

func (r *recordedPast) between(from, to time.Time) iter.Seq2[simulate.Arrival, error] {
	return func(yield func(simulate.Arrival, error) bool) {
		some := false
		for _, a := range r.arrivals {
			if a.At < from.UnixNano() || a.At >= to.UnixNano() {
				continue
			}
			if some = true; !yield(a, nil) {
				return
			}
		}
		if !some {
			yield(simulate.Arrival{}, fmt.Errorf("no decisions between %v and %v", from, to))
		}
	}
}

// endless gives arrivals of nobody for ever.
func endless(from time.Time) iter.Seq2[simulate.Arrival, error] {
	return func(yield func(simulate.Arrival, error) bool) {
		for at := from.UnixNano(); yield(simulate.Arrival{At: at, Account: "NOBODY"}, nil); at++ {
		}
	}
}

// jsonAs reads an answer.
func jsonAs[T any](t testing.TB, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %.500s", err, text)
	}
	return v
}

// fetched gets what must be answered 200.
func fetched(t testing.TB, client *http.Client, address string) string {
	t.Helper()
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s is answered %s %.500s %v", address, resp.Status, text, err)
	}
	return string(text)
}
