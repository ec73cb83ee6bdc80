package main

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// record DIR makes a data folder as a gateway leaves it: from 02:00 UTC on 14
// October 2026, ten minutes in which ALPHA and BRAVO each send 45 requests in a
// second once a minute, with an allocation of 10/s each; a head every minute.
// Request n of an account has the counter n and the target of its number; every
// tenth refused one is sent again a second later.
//
// With record DIR extended, an operator holds BRAVO to 2/s from the sixth minute on,
// and ALPHA is in shadow from then; a policy was proposed, and BRAVO had a notice.
func record(ts *testscript.TestScript, _ bool, args []string) {
	r := recording{data: ts.MkAbs(args[0])}
	ts.Check(r.open())
	for minute := range 10 {
		if minute == 5 && len(args) > 1 {
			ts.Check(r.extend())
		}
		ts.Check(r.minute(int64(minute)))
	}
	r.now.Store(r.begin + 10*int64(time.Minute))
	r.journal.Append(r.now.Load(), &journal.Stop{Reason: "test"})
	ts.Check(r.journal.Close())
}

// recording is a data folder in the making.
type recording struct {
	data       string
	begin      int64
	now        atomic.Int64
	journal    *journal.Journal
	controller *traffic.Controller
	rules      traffic.Rules
	digest     string
	counter    [2]uint64
}

var recordedAccounts = [2]string{"ALPHA", "BRAVO"}

func (r *recording) open() (err error) {
	r.begin = time.Date(2026, 10, 14, 2, 0, 0, 0, time.UTC).UnixNano()
	r.now.Store(r.begin)
	if _, err := journal.LoadPseudonyms(filepath.Join(keysFolder(r.data), "pseudonym.key")); err != nil {
		return err
	}
	r.journal, err = journal.Open(journalFolder(r.data), journal.Options{Environment: "test", Keys: keysFolder(r.data), Heads: time.Minute, Segment: 64 << 10, Now: r.now.Load})
	if err != nil {
		return err
	}
	rules := traffic.Rules{Threshold: 30 * traffic.PerSecond, Release: 20 * traffic.PerSecond, Hold: time.Second, Burst: time.Second, Slot: 10 * time.Millisecond,
		RetryLeast: time.Second, RetryMost: time.Minute}
	for i, name := range recordedAccounts {
		rules.Accounts = append(rules.Accounts, traffic.Account{Name: name, Allocation: 10 * traffic.PerSecond, Users: []uint64{uint64(r.user(i))}})
	}
	if r.controller, err = traffic.New(rules, traffic.Start{At: r.begin}); err != nil {
		return err
	}
	r.rules = rules
	r.announce()
	return nil
}

func (r *recording) announce() {
	files := []journal.File{{Name: "policy.yaml", Text: "name: Recorded\ncapacity: 40/s\nportfolio: portfolio.csv\n"}, {Name: "portfolio.csv", Text: "confidential\n"}}
	list := fmt.Sprintf("policy %x\nportfolio %x\n", sha256.Sum256([]byte(files[0].Text)), sha256.Sum256([]byte(files[1].Text)))
	r.digest = fmt.Sprintf("%x", sha256.Sum256([]byte(list)))
	r.journal.Append(r.begin, &journal.Start{Version: version, Node: "test", Environment: "test", Wall: r.begin})
	r.journal.Append(r.begin, &journal.Policy{Number: 1, Name: "Recorded", Environment: "test", Digest: r.digest, Files: files})
	r.terms(r.begin, true, "")
}

// terms records what the rules give to each account, and why.
func (r *recording) terms(at int64, start bool, cause string) {
	for i := range r.rules.Accounts {
		t := journal.TermsOf(r.rules, i)
		t.Policy, t.PolicyName, t.Start, t.Weight, t.Weights, t.Cause, t.From = r.digest, "Recorded", start, "1", "2", cause, at
		r.journal.Append(at, &t)
	}
}

// extend has an operator's act take effect, and what persons said recorded.
func (r *recording) extend() error {
	at := r.begin + 5*int64(time.Minute)
	alpha, bravo := &r.rules.Accounts[0], &r.rules.Accounts[1]
	alpha.Shadow, bravo.Held, bravo.Hold = true, true, 2*traffic.PerSecond
	r.rules.Threshold, r.rules.Release = 20*traffic.PerSecond, 15*traffic.PerSecond
	if _, err := r.controller.Change(traffic.Planned{From: at, Rules: r.rules}); err != nil {
		return err
	}
	r.now.Store(at)
	r.controller.Advance(at)
	r.journal.Append(at, &journal.Act{Who: "J. Smith", What: "hold BRAVO to 2/s", Why: "a loop", Account: "BRAVO", Until: at + int64(time.Hour)})
	r.terms(at, false, "by hand: BRAVO held to 2/s: a loop")
	r.journal.Append(at, &journal.Proposal{Step: journal.Prepared, Name: "November", Digest: r.digest, Who: "A. Jones", Why: "new portfolio", Effective: at + int64(time.Hour)})
	own := journal.Own{Account: "BRAVO"}
	notice := r.journal.Append(at, &journal.Notice{Own: own, Policy: r.digest, PolicyName: "November", Effective: at + int64(time.Hour),
		Old: 10 * traffic.PerSecond, New: 12 * traffic.PerSecond, OldWeight: "1", Weight: "2", Weights: "4", Source: "portfolio.csv"})
	r.journal.Append(at, &journal.Challenge{Own: own, Notice: notice.Position(), Who: "B. Ravo", Text: "=3 it is"})
	return nil
}

func (r *recording) user(account int) duis.EUI64 {
	return 0x90B3D51F30000000 + duis.EUI64(account+1)<<16
}

// minute lets both send for a second, after the head is signed.
func (r *recording) minute(n int64) error {
	at := r.begin + n*int64(time.Minute)
	r.now.Store(at)
	r.journal.Append(at, &journal.Clock{})
	if err := r.journal.Sync(); err != nil {
		return err
	}
	var again []duis.RequestID
	for range 45 {
		at += 22 * int64(time.Millisecond)
		r.now.Store(at)
		for account := range recordedAccounts {
			r.counter[account]++
			c := r.counter[account]
			id := duis.RequestID{Originator: r.user(account), Target: 0x00DB000000000000 + duis.EUI64(c), Counter: c}
			if r.decide(at, account, id) == traffic.Throttle && c%10 == 0 {
				again = append(again, id)
			}
		}
	}
	at += int64(10 * time.Second)
	r.now.Store(at)
	for _, id := range again {
		r.decide(at, int(id.Originator>>16&0xF)-1, id)
	}
	return r.journal.Sync()
}

func (r *recording) decide(at int64, account int, id duis.RequestID) traffic.Verdict {
	n, _ := r.controller.Admit(at, traffic.Request{User: uint64(id.Originator)})
	d := &journal.Decision{Own: journal.Own{Account: recordedAccounts[account]}, Numbers: n, ID: id, CommandVariant: 1, Variant: "2.2"}
	ticket := r.journal.Append(at, d)
	if n.Verdict != traffic.Throttle {
		r.journal.Append(at+int64(time.Millisecond), &journal.Outcome{Own: journal.Own{Account: d.Account}, Decision: ticket.Position(), User: id.Originator, Variant: d.Variant,
			End: journal.Answered, Status: 200, Latency: 212 * time.Millisecond})
	}
	return n.Verdict
}
