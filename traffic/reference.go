package traffic

// Reference is the bucket by which the guarantee is judged from outside: rate
// a(u), depth D(u), refilled at slot boundaries. A request that finds its cost
// there must be forwarded, without exception. It knows nothing of the mechanism
// but the account's own numbers, so that anyone can recompute it from the
// account's own requests alone. For one goroutine.
type Reference struct {
	tokens, depth, topUp Amount
	slotLength, slot     int64
	largest              Amount
}

// NewReference returns the full bucket of an account with allocation a, from
// time at on.
func NewReference(r Rules, a Rate, at int64) *Reference {
	b := &Reference{slotLength: int64(r.Slot), slot: max(at, 0) / int64(r.Slot), largest: r.largestCost()}
	b.depth, b.topUp = r.Depth(a), a.Over(r.Slot)
	b.tokens = b.depth
	return b
}

// Take says whether a request of this cost, arriving at time at, is within the
// allocation; if so its cost is taken. Times never go back; one that does is
// taken as the latest seen. Costs are read as in Request.
func (b *Reference) Take(at int64, cost Amount) bool {
	b.refill(at)
	if cost <= 0 {
		cost = SR
	}
	if cost = min(cost, b.largest); cost > b.tokens {
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
	b.refill(at - int64(r.Slot)) // the boundary at at tops up by the new rate
	b.depth, b.topUp, b.largest = r.Depth(a), a.Over(r.Slot), r.largestCost()
	b.tokens = min(b.tokens, b.depth)
}

// Held returns what the bucket holds, as of the slot that is given too: all that
// is to be kept of it beside the rules.
func (b *Reference) Held() (tokens Amount, slot int64) { return b.tokens, b.slot }

// Resume has the bucket go on from what Held returned. What it cannot have held
// is cut to what it can.
func (b *Reference) Resume(tokens Amount, slot int64) {
	b.tokens, b.slot = min(max(tokens, 0), b.depth), max(slot, 0)
}

func (b *Reference) refill(at int64) {
	slots := at/b.slotLength - b.slot
	if slots <= 0 {
		return
	}
	b.slot += slots
	if b.topUp > 0 && slots > int64((b.depth-b.tokens)/b.topUp) {
		b.tokens = b.depth
		return
	}
	b.tokens += b.topUp * Amount(slots)
}
