package evidence

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// topUp is a decision about a top-up of BRAVO's, which a row then changes.
func topUp(change func(*journal.Decision)) *journal.Decision {
	at := time.Date(2026, 10, 14, 2, 7, 24, 113_000_456, time.UTC).UnixNano()
	d := &journal.Decision{Own: journal.Own{Account: "BRAVO", ID: 2, Nth: 17}, Variant: "2.2", CommandVariant: 1,
		ID: duis.RequestID{Originator: 0x90B3D51F30020000, Target: 0x00DB1234567890A0, Counter: 1000}}
	d.Numbers = traffic.Decision{Number: 99, At: at, User: 0x90B3D51F30020000, Cost: traffic.SR, Depth: 270 * traffic.SR, Allocation: 540 * traffic.PerSecond, Policy: 1}
	change(d)
	return d
}

func TestADecisionIsASentence(t *testing.T) {
	const who = "2026-10-14 02:07:24.113 UTC  90-B3-D5-1F-30-02-00-00:…:1000  "
	for _, row := range []struct {
		rule, want string
		outcome    *journal.Outcome
		change     func(*journal.Decision)
	}{
		{"a refusal while active", who + "Top Up Device (2.2, CV 1) of BRAVO: throttled, over allocation. Cost 1 SR; assured 0.99 of 270.00 SR, spare 0.00, pool 0.00; allocation 540/s; " +
			"traffic management was active; refusal 3 in this second, Retry-After 2 s.", nil, func(d *journal.Decision) {
			n := &d.Numbers
			n.Verdict, n.Reason, n.Active, n.Refusals, n.RetryAfter, n.Assured = traffic.Throttle, traffic.OverAllocation, true, 3, 2, 999_999_999
		}},
		{"a refusal that activates", "was not active, and became so by this refusal; refusal 1 in this second, Retry-After 1 s.", nil, func(d *journal.Decision) {
			n := &d.Numbers
			n.Verdict, n.Reason, n.Activated, n.Refusals, n.RetryAfter = traffic.Throttle, traffic.OverAllocation, true, 1, 1
		}},
		{"a refusal just after a restart", "was not active; after a restart 12.34 SR were still to be dealt before a refusal could activate it; refusal 1", nil, func(d *journal.Decision) {
			n := &d.Numbers
			n.Verdict, n.Reason, n.Refusals, n.RetryAfter, n.Cold = traffic.Throttle, traffic.OverAllocation, 1, 1, 12_345_678_901
		}},
		{"within the allocation", "of BRAVO: forwarded, within allocation. Cost 1 SR; assured 12.50 of 270.00 SR, spare 0.00, pool 0.00; allocation 540/s; traffic management was not active.", nil,
			func(d *journal.Decision) { d.Numbers.Assured = 12_500_000_000 }},
		{"spare from its own spare bucket", "forwarded, on spare capacity it had been dealt. Cost 1 SR; assured 0.50 of 270.00 SR, spare 3.00, pool 9.00", nil, func(d *journal.Decision) {
			n := &d.Numbers
			n.Reason, n.Assured, n.Spare, n.Pool = traffic.Spare, traffic.SR/2, 3*traffic.SR, 9*traffic.SR
		}},
		{"spare from the free pool", "forwarded, on spare capacity from the free pool. Cost 2.5 SR", nil, func(d *journal.Decision) {
			n := &d.Numbers
			n.Reason, n.Cost, n.Pool = traffic.Spare, 5*traffic.SR/2, 9*traffic.SR
		}},
		{"a pool below zero", "pool -0.01;", nil, func(d *journal.Decision) { d.Numbers.Assured, d.Numbers.Pool = 2*traffic.SR, -1 }},
		{"no allocation", "assured 0.00 of 0.00 SR, spare 0.00, pool 5.00; allocation 0/s;", nil, func(d *journal.Decision) {
			n := &d.Numbers
			n.Reason, n.Depth, n.Allocation, n.Pool = traffic.Spare, 0, 0, 5*traffic.SR
		}},
		{"answered", "was not active. The DSP answered 200 in 212 ms.", &journal.Outcome{End: journal.Answered, Status: 200, Latency: 212 * time.Millisecond},
			func(d *journal.Decision) { d.Numbers.Assured = traffic.SR }},
		{"answered quickly, to nobody", "The DSP answered 200 in 1.3 ms. The sender had left before it had the answer.",
			&journal.Outcome{End: journal.Answered, Status: 200, Latency: 1299 * time.Microsecond, ClientLeft: true}, func(d *journal.Decision) { d.Numbers.Assured = traffic.SR }},
		{"not known", "What became of it at the DSP is not known.", &journal.Outcome{}, func(d *journal.Decision) { d.Numbers.Assured = traffic.SR }},
		{"busy", "It was not sent: all connections to the DSP were in use.", &journal.Outcome{End: journal.Busy}, func(d *journal.Decision) { d.Numbers.Assured = traffic.SR }},
		{"unreachable", "It was not sent: the DSP could not be reached.", &journal.Outcome{End: journal.Unreachable}, func(d *journal.Decision) { d.Numbers.Assured = traffic.SR }},
		{"broken", "The DSP broke off before it had answered.", &journal.Outcome{End: journal.Broken}, func(d *journal.Decision) { d.Numbers.Assured = traffic.SR }},
		{"too slow", "The DSP did not answer in time.", &journal.Outcome{End: journal.TimedOut}, func(d *journal.Decision) { d.Numbers.Assured = traffic.SR }},
		{"a variant that nobody knows", `unknown variant "\x1b[31m9" (CV 1) of BRAVO`, nil, func(d *journal.Decision) { d.Variant = "\x1b[31m9" }},
	} {
		if got := Sentence(topUp(row.change), Options{Outcome: row.outcome}); !strings.Contains(got, row.want) {
			t.Errorf("%s: it says\n%s\nwant\n%s", row.rule, got, row.want)
		}
	}
}

func TestATargetIsShownOnlyToWhomItMayBe(t *testing.T) {
	p, err := journal.LoadPseudonyms(filepath.Join(t.TempDir(), "pseudonym.key"))
	if err != nil {
		t.Fatal(err)
	}
	d := topUp(func(d *journal.Decision) { d.HasPreceding, d.Preceding = true, d.ID })
	e := &journal.Entry{Position: 5, At: d.Numbers.At, Record: d}
	for _, row := range []struct {
		rule   string
		target func(duis.EUI64) string
		want   string
	}{
		{"nobody", nil, ":…:1000"},
		{"a pseudonym", Pseudonymous(p), ":" + p.Of(d.ID.Target).String() + ":1000"},
		{"itself", AsItIs, ":00-DB-12-34-56-78-90-A0:1000"},
	} {
		o := Options{Target: row.target}
		all := Sentence(d, o)
		for _, f := range Fields(e, d, o) {
			all += "\n" + f.Name + " " + f.Value
		}
		if strings.Count(all, row.want) != 3 || row.rule != "itself" && strings.Contains(all, "00-DB-12") {
			t.Errorf("%s: it says\n%s", row.rule, all)
		}
	}
}

func TestFieldsAreExact(t *testing.T) {
	d := topUp(func(d *journal.Decision) {
		n := &d.Numbers
		n.Verdict, n.Reason, n.Refusals, n.RetryAfter, n.Assured = traffic.Throttle, traffic.OverAllocation, 3, 2, 999_999_999
		d.HasFirstInSequence = true
	})
	got := map[string]string{}
	for _, f := range Fields(&journal.Entry{Position: 5, At: d.Numbers.At, Record: d}, d, Options{}) {
		got[f.Name] = f.Value
	}
	for name, want := range map[string]string{"position": "5", "at": "2026-10-14T02:07:24.113000456Z", "assured": "0.999999999", "depth": "270", "allocation_per_s": "540",
		"verdict": "throttle", "reason": "over-allocation", "nth_of_account": "17", "first_in_sequence": "false", "sender": "not known: over loopback without TLS", "srv": "2.2"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestAmountsAreExactAndShortOnesNeverTooHigh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := traffic.Amount(rapid.Int64().Draw(t, "amount"))
		if got, want := string(appendExact(nil, int64(a)))+" SR", a.String(); got != want {
			t.Fatalf("%d is %s, want %s", int64(a), got, want)
		}
		var whole, part int64
		sign := int64(1)
		text, negative := strings.CutPrefix(short(a), "-")
		if negative {
			sign = -1
		}
		head, tail, _ := strings.Cut(text, ".")
		for _, d := range head {
			whole = whole*10 + int64(d-'0')
		}
		part = int64(tail[0]-'0')*10 + int64(tail[1]-'0')
		hundredths := sign * (whole*100 + part)
		const unit = int64(traffic.SR) / 100
		if exact := int64(a) / unit; hundredths > exact || hundredths < exact-1 || int64(a)%unit == 0 && hundredths != exact {
			t.Fatalf("%v is shortened to %s", a, short(a))
		}
	})
}
