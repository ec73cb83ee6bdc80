package evidence

import (
	"strings"
	"testing"

	"srtm/journal"
	"srtm/traffic"
)

func TestEveryReasonIsASentenceWithItsArithmetic(t *testing.T) {
	refuse := func(n *traffic.Decision, why traffic.Reason) {
		n.Verdict, n.Reason, n.Refusals, n.RetryAfter = traffic.Throttle, why, 3, 2
	}
	for _, row := range []struct {
		rule, want string
		terms      *journal.Terms
		since      int64
		change     func(*traffic.Decision)
	}{
		{"held", "throttled, held to 10/s by an operator's act. Cost 1 SR; assured 270.00 of 270.00 SR, spare 0.00, pool 50.00; held to 10/s: that bucket held 0.40 SR; allocation 540/s; " +
			"traffic management was not active; refusal 3 in this second, Retry-After 2 s. Since 2026-10-14 12:00:00.000 UTC: by hand: BRAVO held to 10/s: a loop.",
			&journal.Terms{Held: true, Hold: 10 * traffic.PerSecond, Cause: "by hand: BRAVO held to 10/s: a loop"}, noon, func(n *traffic.Decision) {
				refuse(n, traffic.Held)
				n.Assured, n.Pool, n.Held, n.Hold, n.HoldRate = n.Depth, 50*traffic.SR, true, traffic.SR*2/5, 10*traffic.PerSecond
			}},
		{"closed", "throttled, closed, nothing was taken. Cost 1 SR; assured 0.00 of 0.00 SR, spare 0.00, pool 0.00; allocation 0/s; traffic management was not active; refusal 3 in this second, Retry-After 2 s. " +
			"Closed until 2026-10-14 12:00:05.000 UTC. Its allocation was lowered from 540/s. The cause: maintenance: a release.",
			&journal.Terms{Closed: true, Until: noon + 5*second, Standing: 540 * traffic.PerSecond, Cause: "maintenance: a release"}, 0, func(n *traffic.Decision) {
				refuse(n, traffic.Closed)
				n.Depth, n.Allocation = 0, 0
			}},
		{"closed for a time that is not known", "When that ends was not known.", &journal.Terms{Closed: true}, 0, func(n *traffic.Decision) { refuse(n, traffic.Closed) }},
		{"kept parts", "throttled, over allocation. Cost 1 SR; assured 3.20 of 270.00 SR less 2.50 kept for variants that rank before it, so 0.70, spare 0.00, pool 0.00;", nil, 0, func(n *traffic.Decision) {
			refuse(n, traffic.OverAllocation)
			n.Assured, n.Kept = 3_200_000_000, 2_500_000_000
		}},
		{"exempt, beyond the threshold", "forwarded, exempt, beyond what the operating threshold leaves. Cost 1 SR; assured 0.00 of 270.00 SR, spare 0.00, pool 0.50 less its cost, so -0.50, where it may go to -60.00; " +
			"allocation 540/s; traffic management was not active, and became so by this request. The account was exempt.", &journal.Terms{Exempt: true}, 0, func(n *traffic.Decision) {
			n.Reason, n.Exempt, n.Pool, n.Limit, n.Activated = traffic.Exempt, true, traffic.SR/2, 60*traffic.SR, true
		}},
		{"beyond the capacity", "throttled, although exempt, because the pool was as far below zero as it may be. Cost 1 SR; assured 0.00 of 270.00 SR, spare 0.00, pool -59.50 less its cost would be -60.50, where it may go to -60.00;", nil, 0,
			func(n *traffic.Decision) {
				refuse(n, traffic.Capacity)
				n.Exempt, n.Pool, n.Limit = true, -119*traffic.SR/2, 60*traffic.SR
			}},
		{"a second message beyond the capacity", "throttled, although the first message of its critical command was forwarded, because", nil, 0, func(n *traffic.Decision) {
			refuse(n, traffic.Capacity)
			n.Vouched = true
		}},
		{"a second message", "forwarded, to finish a critical command whose first message was forwarded, beyond what the operating threshold leaves.", nil, 0, func(n *traffic.Decision) { n.Reason, n.Vouched = traffic.Critical, true }},
		{"off", "forwarded, the mechanism was switched off.", nil, 0, func(n *traffic.Decision) { n.Reason = traffic.Off }},
		{"suspended", "forwarded, the mechanism was suspended by an operator's act. Cost 1 SR;", nil, 0, func(n *traffic.Decision) { n.Reason = traffic.Suspended }},
		{"shadow for all", "forwarded in shadow; it would have been throttled, over allocation. Cost 1 SR; assured 0.00 of 270.00 SR, spare 0.00, pool 0.00; allocation 540/s; traffic management was active; refusal 3 in this second, Retry-After 2 s. " +
			"The mechanism was in shadow: it refused nobody. The DSP answered 200", &journal.Terms{Mode: traffic.ModeShadow}, 0, func(n *traffic.Decision) {
			refuse(n, traffic.OverAllocation)
			n.Verdict, n.Active = traffic.Shadow, true
		}},
		{"an account in shadow", "it would have been throttled, held to 0/s by an operator's act.", &journal.Terms{Shadow: true}, 0, func(n *traffic.Decision) {
			refuse(n, traffic.Held)
			n.Verdict = traffic.Shadow
		}},
		{"spare withheld", "Spare capacity was withheld while traffic management was active.", &journal.Terms{Withhold: true}, 0, func(n *traffic.Decision) {
			refuse(n, traffic.OverAllocation)
			n.Active = true
		}},
		{"a cause that is hostile", `The cause: "\x1b[31m".`, &journal.Terms{Cause: "\x1b[31m"}, 0, func(n *traffic.Decision) { refuse(n, traffic.Held) }},
	} {
		d := topUp(func(d *journal.Decision) { row.change(&d.Numbers) })
		o := Options{Terms: row.terms, Since: row.since}
		if d.Numbers.Verdict != traffic.Throttle {
			o.Outcome = &journal.Outcome{End: journal.Answered, Status: 200}
		}
		if got := Sentence(d, o); !strings.Contains(got, row.want) {
			t.Errorf("%s: it says\n%s\nwant\n%s", row.rule, got, row.want)
		}
	}
}

func TestFieldsHaveWhatThePolicyAdds(t *testing.T) {
	d := topUp(func(d *journal.Decision) {
		n := &d.Numbers
		n.Verdict, n.Reason, n.Kept, n.Limit, n.Hold, n.HoldRate, n.Exempt, n.Held = traffic.Shadow, traffic.Held, 1, 2, 3, 4, true, true
	})
	o := Options{Outcome: &journal.Outcome{}, Since: noon,
		Terms: &journal.Terms{Mode: traffic.ModeShadow, Closed: true, Until: noon + 1, Standing: traffic.PerSecond, Cause: "by hand: x"}}
	got := map[string]string{}
	for _, f := range Fields(&journal.Entry{Position: 5, Record: d}, d, o) {
		got[f.Name] = f.Value
	}
	for name, want := range map[string]string{"verdict": "shadow", "reason": "held", "kept": "0.000000001", "limit": "0.000000002", "hold": "0.000000003", "hold_rate": "0.000000004",
		"exempt": "true", "vouched": "false", "held": "true", "mode": "shadow", "shadow": "false", "closed": "true", "standing_per_s": "1", "cause": "by hand: x",
		"cause_since": "2026-10-14T12:00:00.000000000Z", "until": "2026-10-14T12:00:00.000000001Z", "end": "unknown"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

// What explains a decision beyond its numbers is found beside it: the terms in
// force then, and since when their cause has been so.
func TestTheTermsOfADecisionAreFound(t *testing.T) {
	w := newWorld(t, 4)
	w.run(300, 5, 10, 5)
	r := rulesOfWorld(60 * traffic.PerSecond)
	r.Accounts[1].Held, r.Accounts[1].Hold = true, traffic.PerSecond
	w.cause = "by hand: held"
	w.change(r)
	since := w.now.Load()
	w.run(300, 5, 60, 5)
	w.change(r) // and again: the cause is the same
	w.run(300, 5, 60, 5)
	w.close()
	held := 0
	reader, err := journal.OpenReader(w.dir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for e, err := range reader.All() {
		if err != nil {
			t.Fatal(err)
		}
		d, is := e.Record.(*journal.Decision)
		if !is {
			continue
		}
		plain, id := d.Numbers.Reason <= traffic.Spare, d.ID
		f, err := FindAt(w.dir(), e.Position)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case plain != (f.Terms == nil):
			t.Fatalf("%v has the terms %+v", d.Numbers.Reason, f.Terms)
		case plain:
			continue
		case f.Terms.Account != f.Decision.Account || !f.Terms.Held && f.Decision.Numbers.Held || f.Since != since:
			t.Fatalf("a decision held at %v has the terms %+v since %s", d.Numbers.HoldRate, f.Terms, moment(f.Since))
		}
		if held++; held > 5 {
			continue
		}
		for again, err := range Find(w.dir(), id, Search{}) {
			if err != nil || again.Terms == nil || again.Since != since {
				t.Fatalf("found anew it has the terms %+v (%v)", again.Terms, err)
			}
		}
	}
	if held == 0 {
		t.Error("nothing was held: this shows nothing")
	}
}
