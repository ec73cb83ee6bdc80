package traffic

import (
	"math"
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
	largest    Amount
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
		largest:    r.largestCost(),
		retryLeast: uint32(r.RetryLeast / time.Second),
		retryMost:  uint32(r.RetryMost / time.Second),
	}
	t.most = math.MaxInt64/Amount(t.second()) - MaxCost
	t.bound, t.depths = r.Bound()
	return t
}

func (t *terms) newAccount(a Account) account {
	return account{
		depth:      t.rules.Depth(a.Allocation),
		topUp:      a.Allocation.Over(t.rules.Slot),
		allocation: a.Allocation,
		lastAsked:  never,
	}
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
