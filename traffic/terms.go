package traffic

import (
	"math"
	"slices"
	"time"
)

// terms are Rules made ready for use.
type terms struct {
	rules      Rules
	users      *directory
	slotLength int64
	deal       Amount // T × slot
	most       Amount // of what one slot is counted to have been offered, so that a second's sum fits
	bound      Amount // B
	depths     Amount // ΣD
	release    Amount // what a second below the release level offers less than
	holdSlots  int64
	usual      Amount // cost
	largest    Amount
	limit      Amount     // by how much what is exempt may take the pool below zero
	floors     []Fraction // by rank: what of an assured bucket is kept from it
	life       int64      // of vouchers; 0: there are none
	open       bool       // everything is forwarded, for openReason
	openReason Reason
	beyond     bool // something may take the pool below zero
	extended   bool // decisions are made from more than the four rules
	retryLeast uint32
	retryMost  uint32
}

// newTerms keeps a copy of r: what the caller does with its own later is its own.
func newTerms(r Rules) terms {
	r = r.clone()
	t := terms{
		rules:      r,
		users:      newDirectory(r),
		slotLength: int64(r.Slot),
		deal:       r.Threshold.Over(r.Slot),
		release:    r.Release.Over(time.Second),
		holdSlots:  int64((r.Hold + r.Slot - 1) / r.Slot),
		usual:      r.usualCost(),
		largest:    r.largestCost(),
		limit:      r.Limit(),
		floors:     floors(r.Keep),
		life:       int64(r.FinishCritical),
		open:       r.Mode == ModeOff || r.Mode == ModeSuspended,
		openReason: Off,
		retryLeast: uint32(r.RetryLeast / time.Second),
		retryMost:  uint32(r.RetryMost / time.Second),
	}
	if r.Mode == ModeSuspended {
		t.openReason = Suspended
	}
	t.beyond = t.life > 0 || slices.ContainsFunc(r.Accounts, func(a Account) bool { return a.Exempt })
	for _, how := range r.Variants {
		t.beyond = t.beyond || how.Exempt
	}
	t.extended = len(r.Variants) > 0 || len(r.Keep) > 0 || t.life > 0 ||
		slices.ContainsFunc(r.Accounts, func(a Account) bool { return a.Held || a.Exempt })
	t.most = math.MaxInt64/Amount(t.second()) - MaxCost
	t.bound, t.depths = r.Bound()
	return t
}

// newAccount returns an account's part of the state from the boundary on that
// begins slot: its assured bucket empty, the one by which it is held full, which
// only ever takes away.
func (t *terms) newAccount(a Account, slot int64) account {
	n := account{
		depth:      t.rules.depth(a.Allocation, t.largest),
		topUp:      a.Allocation.Over(t.rules.Slot),
		allocation: a.Allocation,
		lastAsked:  never,
		shadow:     a.Shadow || t.rules.Mode == ModeShadow,
		exempt:     a.Exempt,
	}
	if a.Held {
		depth := t.rules.HoldDepth(a.Hold)
		n.hold, n.holdRate = &bucket{tokens: depth, depth: depth, topUp: a.Hold.Over(t.rules.Slot), slot: slot}, a.Hold
	}
	return n
}

// treatment says how a request is treated: what it costs, whether it is exempt
// and how it ranks.
func (t *terms) treatment(r *Request) Treatment {
	var how Treatment
	if len(t.rules.Variants) > 0 {
		how = t.rules.Variants[r.Variant]
	}
	if r.Cost > 0 {
		how.Cost = r.Cost
	} else if how.Cost == 0 {
		how.Cost = t.usual
	}
	how.Cost = min(how.Cost, t.largest)
	return how
}

// half is what T gives in half of Burst: the part of B beyond the buckets.
func (t *terms) half() Amount { return t.rules.Threshold.Over(t.rules.Burst) / 2 }

// second is the number of slots in one second, the length of all windows.
func (t *terms) second() int64 { return int64(time.Second) / t.slotLength }

// directory finds the account of a User ID. It belongs to one set of Rules and
// never changes, so that looking up needs no lock.
type directory struct {
	accounts map[uint64]int32
	unlisted int32 // -1: there is none
}

func newDirectory(r Rules) *directory {
	d := &directory{accounts: make(map[uint64]int32), unlisted: -1}
	for i, a := range r.Accounts {
		if r.Unlisted != "" && a.Name == r.Unlisted {
			d.unlisted = int32(i)
		}
		for _, u := range a.Users {
			d.accounts[u] = int32(i)
		}
	}
	return d
}

func (d *directory) find(user uint64) (int32, bool) {
	if i, ok := d.accounts[user]; ok {
		return i, true
	}
	return d.unlisted, d.unlisted >= 0
}
