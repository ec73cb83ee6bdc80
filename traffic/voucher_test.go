package traffic

import (
	"math"
	"testing"
	"time"
)

// pairRules are rules for accounts with the User IDs 1, 2, …, that finish critical
// commands for so long.
func pairRules(life time.Duration, accounts ...Account) Rules {
	for i := range accounts {
		accounts[i].Name, accounts[i].Users = string(rune('A'+i)), []uint64{uint64(i + 1)}
	}
	return Rules{
		Threshold: 100 * PerSecond, Release: 75 * PerSecond, Hold: 30 * time.Second, Burst: time.Second, Slot: 10 * time.Millisecond,
		RetryLeast: time.Second, RetryMost: time.Minute, Accounts: accounts, Margin: 11 * PerSecond, FinishCritical: life,
	}
}

const second = int64(time.Second)

// Only the second message of that very RequestID is vouched for, for as long as
// the policy said when the first was forwarded, and once.
func TestWhatAVoucherIsGoodFor(t *testing.T) {
	first := Request{User: 1, Target: 7, Counter: 3, Command: 4}
	for _, row := range []struct {
		sentence string
		at       int64
		request  Request
		vouched  bool
	}{
		{"its second message", second, Request{User: 1, Target: 7, Counter: 3, Command: 5}, true},
		{"as Command Variant 7", second, Request{User: 1, Target: 7, Counter: 3, Command: 7}, true},
		{"to the last nanosecond", 60 * second, Request{User: 1, Target: 7, Counter: 3, Command: 6}, true},
		{"not one later", 60*second + 1, Request{User: 1, Target: 7, Counter: 3, Command: 6}, false},
		{"not Command Variant 8", second, Request{User: 1, Target: 7, Counter: 3, Command: 8}, false},
		{"not the first again", second, first, false},
		{"not another counter", second, Request{User: 1, Target: 7, Counter: 4, Command: 5}, false},
		{"not another target", second, Request{User: 1, Target: 8, Counter: 3, Command: 5}, false},
		{"not another User ID", second, Request{User: 2, Target: 7, Counter: 3, Command: 5}, false},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			c := mustNew(t, pairRules(time.Minute, Account{Allocation: 50 * PerSecond}, Account{Allocation: 50 * PerSecond}))
			c.Admit(0, first)
			if d, _ := c.Admit(row.at, row.request); d.Vouched != row.vouched {
				t.Errorf("vouched for: %v", d.Vouched)
			}
			if d, _ := c.Admit(row.at, row.request); row.vouched && d.Vouched {
				t.Error("and once more")
			}
		})
	}
}

// A first message that is sent again renews its voucher and takes no other's
// place, however often.
func TestRenewedVouchersTakeNoPlace(t *testing.T) {
	var v vouchers
	other, same := voucher{1, 1, 1}, voucher{2, 2, 2}
	v.issue(0, other, 1000)
	for range MaxVouchers + 10 {
		v.issue(0, same, 1000)
	}
	if !v.has(0, other) || len(v.out(0)) != 2 || len(v.issued) > 10_000 {
		t.Errorf("the other is out: %v; %d are, of %d kept", v.has(0, other), len(v.out(0)), len(v.issued))
	}
	v.use(same)
	v.issue(0, same, 1000)
	if got := v.out(0); len(got) != 2 || got[0].voucher != other {
		t.Errorf("used up and issued anew in one instant: %v", got)
	}
	for i := range uint64(MaxVouchers) {
		v.issue(0, voucher{3, 3, i}, 1000)
	}
	if v.has(0, other) || v.has(0, same) || len(v.live) != MaxVouchers {
		t.Errorf("the oldest are out: %v %v; %d are", v.has(0, other), v.has(0, same), len(v.live))
	}
}

// What has expired is forgotten, also behind what lives longer.
func TestExpiredVouchersAreForgotten(t *testing.T) {
	r := pairRules(24*time.Hour, Account{Allocation: 100 * PerSecond})
	c := mustNew(t, r)
	c.Admit(0, Request{User: 1, Counter: 1, Command: 4})
	r.FinishCritical = time.Minute
	if _, err := c.Change(Planned{From: second, Rules: r}); err != nil {
		t.Fatal(err)
	}
	at := 2 * second
	for i := range uint64(100_000) {
		at += second / 50
		c.Admit(at, Request{User: 1, Counter: i + 2, Command: 4})
	}
	if n := len(c.engine.vouchers.issued); n > 10_000 {
		t.Errorf("%d vouchers are kept of %d that are out", n, len(c.Export().Issued))
	}
	if d, _ := c.Admit(at, Request{User: 1, Counter: 1, Command: 5}); !d.Vouched {
		t.Error("the first, given for a day, was forgotten")
	}
}

// In shadow a first message that would have been refused vouches for nothing: a
// shadowed account cannot take by pairs what it would not be given.
func TestShadowGivesNoVouchers(t *testing.T) {
	c := mustNew(t, pairRules(time.Minute, Account{Shadow: true}, Account{Allocation: 100 * PerSecond}))
	for range 200 {
		c.Admit(0, Request{User: 2})
	}
	if d, _ := c.Admit(0, Request{User: 1, Counter: 1, Command: 4}); d.Verdict != Shadow {
		t.Fatalf("the first message: %+v", d)
	}
	if d, _ := c.Admit(0, Request{User: 1, Counter: 1, Command: 5}); d.Vouched || d.Verdict != Shadow {
		t.Errorf("the second: %+v", d)
	}
}

// Times at the end of time and states that nobody exported break nothing.
func TestVouchersAtTheEdge(t *testing.T) {
	r := pairRules(time.Minute, Account{Allocation: 100 * PerSecond})
	c := mustNew(t, r)
	c.Remember(math.MaxInt64, Request{User: 1, Counter: 1, Command: 4})
	c.Admit(math.MaxInt64, Request{User: 1, Counter: 2, Command: 4})
	s := mustNew(t, r).Export()
	s.At, s.Slot = 5*second, 500
	s.Issued = []Issued{{voucher{1, 1, 1}, 0}, {voucher{1, 1, 2}, 6 * second}}
	again, err := Import(r, s)
	if err != nil {
		t.Fatal(err)
	}
	if out := again.Export().Issued; len(out) != 1 || out[0].Counter != 2 {
		t.Errorf("of one expired and one live voucher came %v", out)
	}
	s.Issued = nil
	if s.Since = s.At + 1; importError(r, s) == nil {
		t.Error("activity that changed in the future was imported")
	}
	r.FinishCritical = 0
	s = mustNew(t, r).Export()
	s.Issued = []Issued{{voucher{1, 1, 2}, 6 * second}}
	if again, err = Import(r, s); err != nil || len(again.Export().Issued) != 0 {
		t.Errorf("vouchers were imported though there are none: %v", err)
	}
}

func importError(r Rules, s State) error { _, err := Import(r, s); return err }

// After a restart what is exempt cannot take the pool below zero a second time:
// across it, T × t + B + ΣD + the limit + one deal is forwarded at most.
func TestRestartWithSomethingExempt(t *testing.T) {
	r := pairRules(0, Account{Allocation: 50 * PerSecond, Exempt: true}, Account{Allocation: 50 * PerSecond})
	bound, depths := r.Bound()
	var forwarded Amount
	rush := func(c *Controller) {
		for range 400 {
			for user := range uint64(2) {
				if d, _ := c.Admit(second, Request{User: user + 1}); d.Verdict == Forward {
					forwarded += d.Cost
				}
			}
		}
	}
	rush(mustNew(t, r))
	c, err := New(r, Start{At: second, Restart: true})
	if err != nil {
		t.Fatal(err)
	}
	rush(c)
	if most := bound + depths + r.Limit() + r.Threshold.Over(r.Slot) + r.Threshold.Over(time.Second)/100; forwarded > most {
		t.Errorf("%v went on in one instant across a restart, of at most %v", forwarded, most)
	}
}

// Of changes that meet at one boundary the last is obeyed: an account that an
// earlier one lacks has been there at every boundary, and keeps its bucket.
func TestChangesThatMeetAtOneBoundary(t *testing.T) {
	r := pairRules(0, Account{Allocation: 50 * PerSecond}, Account{Allocation: 50 * PerSecond})
	without := r.clone()
	without.Accounts = without.Accounts[:1]
	c := mustNew(t, r)
	at, err := c.Change(Planned{second - 5*ms, without}, Planned{second - ms, r})
	if err != nil || at[0] != second || at[1] != second {
		t.Fatalf("to be obeyed from %v (%v)", at, err)
	}
	d, ok := c.Admit(second, Request{User: 2})
	if !ok || d.Assured != d.Depth || d.Policy != 3 {
		t.Errorf("it was found: %v; its bucket has %v of %v under policy %d", ok, d.Assured, d.Depth, d.Policy)
	}
}

// A change just after a restart keeps how much is still to be dealt within what
// half a burst can be, and counts of accounts that went are kept.
func TestWhatAChangeKeeps(t *testing.T) {
	r := pairRules(0, Account{Allocation: 50 * PerSecond}, Account{Allocation: 50 * PerSecond})
	c, err := New(r, Start{Restart: true})
	if err != nil {
		t.Fatal(err)
	}
	c.Admit(0, Request{User: 2})
	smaller := r.clone()
	smaller.Accounts = smaller.Accounts[:1]
	smaller.Threshold, smaller.Release = 50*PerSecond, 40*PerSecond
	if _, err := c.Change(Planned{From: 5 * ms, Rules: smaller}); err != nil {
		t.Fatal(err)
	}
	d, _ := c.Admit(10*ms, Request{User: 1})
	if most := smaller.Threshold.Over(smaller.Burst)/2 - smaller.Threshold.Over(smaller.Slot); d.Cold != most {
		t.Errorf("still to be dealt: %v, want %v", d.Cold, most)
	}
	if removed := c.Snapshot(nil).Removed; removed.Offered().Requests != 1 {
		t.Errorf("of the account that went %d requests are counted", removed.Offered().Requests)
	}
	c.Advance(3 * second)
	smaller.Activate = true
	for at := 4 * second; at < 6*second; at += second {
		if _, err := c.Change(Planned{From: at, Rules: smaller}); err != nil {
			t.Fatal(err)
		}
		c.Advance(at)
	}
	if active, since := c.Active(); !active || since != 4*second {
		t.Errorf("active: %v, since %v", active, time.Duration(since))
	}
}

// What is exempt goes on to the last unit of what lies above the threshold.
func TestExemptToTheLimit(t *testing.T) {
	r := pairRules(0, Account{Exempt: true}, Account{Allocation: 100 * PerSecond})
	for pool, reason := range map[Amount]Reason{SR - r.Limit(): Exempt, SR - r.Limit() - 1: Capacity} {
		s := mustNew(t, r).Export()
		s.Pool = pool
		c, err := Import(r, s)
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := c.Admit(0, Request{User: 1}); d.Reason != reason {
			t.Errorf("with %v in the pool and a limit of %v: %v, want %v", pool, r.Limit(), d.Reason, reason)
		}
	}
}

// A part of an amount that is too much for integers saturates.
func TestFractionOfMuch(t *testing.T) {
	if got := (Whole / 2).Of(math.MaxInt64); got != math.MaxInt64/2 {
		t.Errorf("half of the most is %d", got)
	}
	if got := (4 * Whole).Of(math.MaxInt64); got != math.MaxInt64 {
		t.Errorf("four times the most is %d", got)
	}
}
