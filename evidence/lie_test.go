package evidence

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// A lie is recorded, chained and signed as the truth would be: no proof finds
// it, only what follows from the account's own numbers.
func TestALieThatIsSignedIsFound(t *testing.T) {
	refused := func(n *traffic.Decision) bool { return n.Verdict == traffic.Throttle }
	within := func(n *traffic.Decision) bool {
		return n.Reason == traffic.WithinAllocation && n.Cost+traffic.SR < n.Assured
	}
	spare := func(n *traffic.Decision) bool { return n.Reason == traffic.Spare }
	for _, row := range []struct {
		rule, part, what string
		which            func(*traffic.Decision) bool
		lie              func(*traffic.Decision)
	}{
		{"it is refused although the reference bucket holds the cost", "guarantee", "refused within the allocation", within, func(n *traffic.Decision) {
			n.Verdict, n.Reason, n.Assured, n.Spare, n.Pool, n.Active, n.Refusals = traffic.Throttle, traffic.OverAllocation, 0, 0, 0, true, 1
			n.RetryAfter = 1
		}},
		{"assured is understated", "guarantee", "assured is recorded as", within, func(n *traffic.Decision) { n.Assured-- }},
		{"assured is overstated", "guarantee", "assured is recorded as", spare, func(n *traffic.Decision) { n.Assured++ }},
		{"it is refused although its numbers forward it", "rules", "recorded as throttle, over-allocation", within, func(n *traffic.Decision) {
			n.Verdict, n.Reason = traffic.Throttle, traffic.OverAllocation
		}},
		{"it is forwarded although its numbers refuse it", "rules", "recorded as forward, spare", refused, func(n *traffic.Decision) {
			*n = traffic.Decision{Number: n.Number, At: n.At, User: n.User, Cost: n.Cost, Assured: n.Assured, Spare: n.Spare, Pool: n.Pool, Depth: n.Depth,
				Allocation: n.Allocation, Policy: n.Policy, Active: n.Active, Reason: traffic.Spare}
		}},
		{"spare is called within its allocation", "rules", "recorded as forward, within-allocation", spare, func(n *traffic.Decision) { n.Reason = traffic.WithinAllocation }},
		{"Retry-After is too long", "rules", "its Retry-After is recorded as", refused, func(n *traffic.Decision) { n.RetryAfter++ }},
		{"refusals are miscounted", "rules", "it is recorded as refusal", refused, func(n *traffic.Decision) { n.Refusals++ }},
		{"it did not activate", "rules", "activated is recorded as", refused, func(n *traffic.Decision) { n.Activated = !n.Activated }},
		{"its cost is too high", "rules", "its cost is recorded as", refused, func(n *traffic.Decision) { n.Cost = 3 * traffic.SR }},
		{"its cost is nothing", "rules", "its cost is recorded as", within, func(n *traffic.Decision) { n.Cost = 0 }},
		{"its allocation is another", "rules", "its allocation is recorded as", within, func(n *traffic.Decision) { n.Allocation -= traffic.PerSecond }},
		{"its depth is another", "rules", "the depth is recorded as", within, func(n *traffic.Decision) { n.Depth -= traffic.SR / 2 }},
		{"spare is below nothing", "rules", "cannot be below 0", refused, func(n *traffic.Decision) { n.Spare = -1 }},
		{"it was made before the one before it", "rules", "before the one before it", within, func(n *traffic.Decision) { n.At = noon }},
		{"it has a number that was there", "rules", "it is recorded as decision", within, func(n *traffic.Decision) { n.Number = 1 }},
		{"it belongs to a policy that was", "rules", "its policy is recorded as number", within, func(n *traffic.Decision) { n.Policy = 0 }},
		{"a forwarded one has a refusal's numbers", "rules", "these belong to refusals", within, func(n *traffic.Decision) { n.RetryAfter = 1 }},
	} {
		t.Run(row.rule, func(t *testing.T) {
			w := newWorld(t, 7)
			var liar journal.Decision
			count := 0
			w.lie = func(d *journal.Decision) {
				if d.Account != "BRAVO" || !row.which(&d.Numbers) || d.Numbers.At < noon+second {
					return
				}
				if count++; count == 10 {
					row.lie(&d.Numbers)
					liar = *d
				}
			}
			w.run(2000, 5, 20, 5)
			w.run(2000, 80, 90, 60)
			w.close()
			if count < 10 {
				t.Fatalf("only %d decisions could be lied about", count)
			}
			bundle, _ := w.pack("BRAVO", 0, 4)
			r := check(bundle, Trust{Keys: []string{w.key()}})
			wantFailure(t, r, row.part, row.what)
			if got := r.Failures[0].RequestID; got != liar.ID.String() && !strings.Contains(row.rule, "number that was there") {
				t.Errorf("it fails at %s, and the lie is at %s", got, liar.ID)
			}
		})
	}
}

func TestRequestsThatAreNeverRecordedLeaveATrace(t *testing.T) {
	w := newWorld(t, 7)
	dropped := 0
	w.drop = func(d *journal.Decision) bool {
		if d.Account == "BRAVO" && d.Numbers.Reason == traffic.WithinAllocation && d.Numbers.At > noon+2*second {
			dropped++
		}
		return dropped == 30 && d.Account == "BRAVO"
	}
	w.run(4000, 80, 30, 60)
	w.close()
	bundle, _ := w.pack("BRAVO", 0, 4)
	wantFailure(t, check(bundle, Trust{}), "guarantee", "assured is recorded as")
}

func TestWhoeverMakesAWholeBundleOfHisOwnIsFoundByKeyOrHead(t *testing.T) {
	w, forged := busy(t, 1), busy(t, 3)
	bundle, _ := forged.pack("BRAVO", 2.5, 6)
	honest, _ := w.pack("BRAVO", 2.5, 6)
	head := dissect(t, honest).heads[1].Note
	r := check(bundle, Trust{})
	wantSound(t, r)
	if len(r.Reservations) != 1 || !strings.Contains(r.Reservations[0], "known only from this bundle") {
		t.Errorf("without a key the reservations are %q", r.Reservations)
	}
	wantFailure(t, check(bundle, Trust{Keys: []string{w.key()}}), "heads", "is not the key given")
	wantFailure(t, check(bundle, Trust{Heads: []string{head}}), "heads", "is not the key given")
	r = check(honest, Trust{Heads: []string{head}})
	wantSound(t, r)
	if len(r.Reservations) != 0 || !r.Known {
		t.Errorf("with a head the reservations are %q", r.Reservations)
	}
	wantSound(t, check(honest, Trust{Heads: []string{head}, Keys: []string{forged.key(), w.key()}}))
	wantFailure(t, check(honest, Trust{Heads: []string{head[:40]}}), "heads", "the head given")
	wantFailure(t, check(honest, Trust{Keys: []string{"nonsense"}}), "heads", "is not a verifier key")
}

func TestAJournalWrittenAnewIsFoundByAHeadThatWasKept(t *testing.T) {
	w := busy(t, 1)
	bundle, _ := w.pack("BRAVO", 2.5, 6)
	kept := dissect(t, bundle).heads[1].Note
	// The operator, who has the key, writes everything anew, in the same data folder.
	anew := newWorld(t, 1)
	anew.close()
	anew = &world{t: t, data: t.TempDir(), now: anew.now, random: anew.random, rules: rulesOfWorld(60 * traffic.PerSecond)}
	anew.now.Store(noon)
	copyFolder(t, w.data+"/keys", anew.data+"/keys")
	anew.open()
	anew.start(false)
	anew.run(8000, 5, 60, 40)
	anew.close()
	other, _ := anew.pack("BRAVO", 2.5, 6)
	wantSound(t, check(other, Trust{Keys: []string{w.key()}}))
	wantFailure(t, check(other, Trust{Keys: []string{w.key()}, Heads: []string{kept}}), "heads", "the journal was written anew")
}

func TestWhatIsLostIsNamed(t *testing.T) {
	w := newWorld(t, 7)
	lost := uint64(0)
	w.drop = func(d *journal.Decision) bool {
		n := &d.Numbers
		drop := d.Account == "BRAVO" && n.At > noon+2*second && n.At < noon+3*second
		if drop {
			lost++
		} else if d.Account == "BRAVO" && lost > 0 && n.At > noon+3*second {
			w.journal.Append(n.At, &journal.Lost{Own: journal.Own{Account: "BRAVO"}, Decisions: lost, From: noon + 2*second, To: noon + 3*second})
			lost = 0
		}
		return drop
	}
	w.run(5000, 80, 70, 60)
	w.close()
	bundle, _ := w.pack("BRAVO", 0, 4)
	r := check(bundle, Trust{Keys: []string{w.key()}})
	wantSound(t, r)
	if len(r.Reservations) != 2 || !strings.Contains(r.Reservations[0], "journal failed") || !strings.Contains(r.Reservations[1], "1 time") {
		t.Errorf("the reservations are %q", r.Reservations)
	}
}

func TestOutcomesBelongToTheirDecisions(t *testing.T) {
	for _, row := range []struct {
		rule, what string
		outcome    func(d *journal.Decision, at journal.Position) *journal.Outcome
	}{
		{"of a request of its own", "", func(d *journal.Decision, at journal.Position) *journal.Outcome {
			return &journal.Outcome{Decision: at, User: d.ID.Originator, Variant: d.Variant, End: journal.Busy}
		}},
		{"of another User ID", "is the outcome of a request of", func(d *journal.Decision, at journal.Position) *journal.Outcome {
			return &journal.Outcome{Decision: at, User: d.ID.Originator + 1, Variant: d.Variant}
		}},
		{"of another variant", "is the outcome of a request of", func(d *journal.Decision, at journal.Position) *journal.Outcome {
			return &journal.Outcome{Decision: at, User: d.ID.Originator, Variant: "7.4"}
		}},
		{"of what comes later", "stands after it", func(d *journal.Decision, at journal.Position) *journal.Outcome {
			return &journal.Outcome{Decision: at + 1000, User: d.ID.Originator, Variant: d.Variant}
		}},
		{"of what is no request", "where the account has no forwarded request", func(d *journal.Decision, at journal.Position) *journal.Outcome {
			return &journal.Outcome{Decision: at + 1, User: d.ID.Originator, Variant: d.Variant}
		}},
	} {
		w := newWorld(t, 1)
		w.run(500, 5, 5, 5)
		d := &journal.Decision{Own: journal.Own{Account: "ALPHA"}, Variant: "4.8.1", ID: duis.RequestID{Originator: w.user(0), Counter: 1 << 40}}
		at := w.now.Load() + second/2
		d.Numbers, _ = w.controller.Admit(at, traffic.Request{User: uint64(w.user(0)), Variant: d.Variant})
		ticket := w.journal.Append(at, d)
		w.journal.Append(at, &journal.Lost{Own: journal.Own{Account: "CHARLIE"}}) // something between
		o := row.outcome(d, ticket.Position())
		o.Own.Account = "ALPHA"
		w.journal.Append(at, o)
		w.now.Store(at + second)
		w.close()
		bundle, _ := w.pack("ALPHA", 0, 1)
		if r := check(bundle, Trust{}); row.what == "" {
			wantSound(t, r)
		} else {
			wantFailure(t, r, "rules", row.what)
		}
	}
}

func TestAnyBundleOfAnyTimeHolds(t *testing.T) {
	worlds := []*world{busy(t, 1), busy(t, 2), busy(t, 3)}
	rapid.Check(t, func(rt *rapid.T) {
		w := rapid.SampledFrom(worlds).Draw(rt, "world")
		from := rapid.Int64Range(-second, 13*second).Draw(rt, "from")
		long := rapid.Int64Range(second/1000, 13*second).Draw(rt, "long")
		account := rapid.SampledFrom(names).Draw(rt, "account")
		bundle, packed := w.pack(account, time.Duration(from).Seconds(), time.Duration(from+long).Seconds())
		r := check(bundle, Trust{Keys: []string{w.key()}})
		wantSound(rt, r)
		if r.Records != packed.Records || packed.Damage != nil || packed.Tail != 0 || !packed.Before {
			rt.Fatalf("%+v was packed, %d records checked", packed, r.Records)
		}
		f := dissect(t, bundle)
		if len(f.records) == 0 {
			return
		}
		f.leaveOut(rapid.IntRange(0, len(f.records)-1).Draw(rt, "left out"))
		if check(f.build(), Trust{}).Sound() {
			rt.Fatal("with a record left out the bundle holds")
		}
	})
}

func TestAnUnknownAccountIsAnError(t *testing.T) {
	w := busy(t, 1)
	_, err := Pack(discard{}, Query{Journal: w.dir(), Account: "ZULU", From: noon, To: noon + second})
	if err == nil || !strings.Contains(err.Error(), "3 others") {
		t.Errorf("it says %v", err)
	}
	_, err = Pack(discard{errors.New("disk full")}, Query{Journal: w.dir(), Account: "ALPHA", From: noon, To: noon + second})
	if err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("it says %v", err)
	}
}

// discard is a writer that fails with an error, if it has one.
type discard struct{ err error }

func (d discard) Write(b []byte) (int, error) { return len(b), d.err }
