package traffic

// Reference is the bucket by which the guarantee is judged from outside: rate
// a(u), depth D(u), refilled at slot boundaries. A request that finds its cost
// there must be forwarded, without exception. It knows nothing of the mechanism
// but the account's own numbers, so that anyone can recompute it from the
// account's own requests alone. What was decided before the assured bucket was
// looked at (off, suspended, closed, held) is not to be taken from it. For one
// goroutine.
type Reference struct {
	bucket
	slotLength int64
	slotEnd    int64 // no boundary lies before it that is not made up; 0: not known
	usual      Amount
	largest    Amount
}

// NewReference returns the full bucket of an account with allocation a, from
// time at on.
func NewReference(r Rules, a Rate, at int64) *Reference {
	b := &Reference{slotLength: int64(r.Slot), usual: r.usualCost(), largest: r.largestCost()}
	b.slot = max(at, 0) / b.slotLength
	b.depth, b.topUp = r.Depth(a), a.Over(r.Slot)
	b.tokens = b.depth
	return b
}

// Take says whether a request of this cost, arriving at time at, is within the
// allocation; if so its cost is taken. Times never go back; one that does is
// taken as the latest seen. Costs are read as in Request.
func (b *Reference) Take(at int64, cost Amount) bool { return b.TakeAbove(at, cost, 0) }

// TakeAbove is Take for a request that must leave what is kept for others of
// the account: see Rules.Kept.
func (b *Reference) TakeAbove(at int64, cost, kept Amount) bool {
	if at >= b.slotEnd {
		slot := at / b.slotLength
		b.refill(slot)
		b.slotEnd = (slot + 1) * b.slotLength
	}
	if cost <= 0 {
		cost = b.usual
	}
	if cost = min(cost, b.largest); cost+kept > b.tokens {
		return false
	}
	b.tokens -= cost
	return true
}

// Empty empties the bucket: so begins that of an account which a change of
// policy added.
func (b *Reference) Empty() { b.tokens = 0 }

// Change has the bucket follow a change of policy that takes effect at time at:
// what it holds is clipped to the new depth, and depth that grew starts empty.
// The slot must be the same.
func (b *Reference) Change(r Rules, a Rate, at int64) {
	b.change(r.Depth(a), a.Over(r.Slot), at/b.slotLength)
	b.slotEnd = 0
	b.usual, b.largest = r.usualCost(), r.largestCost()
}

// Held returns what the bucket holds, as of the slot that is given too: all that
// is to be kept of it beside the rules.
func (b *Reference) Held() (tokens Amount, slot int64) { return b.tokens, b.slot }

// Resume has the bucket go on from what Held returned. What it cannot have held
// is cut to what it can.
func (b *Reference) Resume(tokens Amount, slot int64) {
	b.tokens, b.slot, b.slotEnd = min(max(tokens, 0), b.depth), max(slot, 0), 0
}
