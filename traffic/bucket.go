package traffic

// bucket fills by topUp at every slot boundary, up to its depth. Boundaries are
// made up when it is looked at.
type bucket struct {
	tokens, depth, topUp Amount
	slot                 int64
}

func (b *bucket) refill(slot int64) {
	slots := slot - b.slot
	if slots <= 0 {
		return
	}
	b.slot = slot
	if b.topUp > 0 && slots > int64((b.depth-b.tokens)/b.topUp) {
		b.tokens = b.depth
		return
	}
	b.tokens += b.topUp * Amount(slots)
}

// change gives the bucket another depth and rate from the boundary on that
// begins slot: what it holds is clipped, and depth that grew starts empty.
func (b *bucket) change(depth, topUp Amount, slot int64) {
	b.refill(slot - 1) // that boundary tops up by the new rate
	b.depth, b.topUp = depth, topUp
	b.tokens = min(b.tokens, depth)
}

// HoldDepth returns the depth of the bucket by which an account is held to a
// rate: what that gives in one second, but at least the largest cost where it
// gives anything.
func (r Rules) HoldDepth(hold Rate) Amount {
	if hold <= 0 {
		return 0
	}
	return max(r.largestCost(), Amount(hold))
}
