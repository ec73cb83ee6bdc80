package evidence

import (
	"fmt"

	"srtm/journal"
	"srtm/traffic"
)

// hold is the bucket that an account passes first while it is held to a rate.
type hold struct {
	tokens, depth, topUp traffic.Amount
	slot, length         int64
	known                bool // tokens are what they should be
	lost                 bool // decisions are missing since: there may be less
}

// holding says how terms follow those before.
type holding struct {
	ruled bool           // those before are known
	depth traffic.Amount // of the bucket, now
	from  int64          // when the terms begin
}

// obey follows terms. A bucket by which the account was not held before begins
// full, for it only ever takes away; one that was there is clipped.
func (h *hold) obey(before, t *journal.Terms, how holding) {
	if !t.Held {
		*h = hold{}
		return
	}
	slot, topUp := how.from/int64(t.Slot), t.Hold.Over(t.Slot)
	switch {
	case t.Start, t.New, how.ruled && !before.Held:
		*h = hold{tokens: how.depth, slot: slot, known: true}
	case how.ruled && before.Slot == t.Slot:
		h.refill(slot - 1) // that boundary tops up by the new rate
		h.tokens = min(h.tokens, how.depth)
	default:
		*h = hold{}
	}
	h.depth, h.topUp, h.length = how.depth, topUp, int64(t.Slot)
}

func (h *hold) refill(slot int64) {
	if slot <= h.slot {
		return
	}
	missing := uint64(h.depth - h.tokens)
	slots := uint64(slot - h.slot)
	h.slot = slot
	if h.topUp > 0 && slots > missing/uint64(h.topUp) {
		h.tokens = h.depth
		return
	}
	h.tokens += h.topUp * traffic.Amount(slots)
}

// judge says what is wrong with what is recorded of the bucket, and goes on with
// that where it is not known.
func (h *hold) judge(n *traffic.Decision) (wrong []string) {
	if h.length == 0 {
		if n.Hold != 0 {
			wrong = append(wrong, fmt.Sprintf("the bucket of its hold is recorded with %v; the account is not held to a rate", n.Hold))
		}
		return wrong
	}
	if h.known {
		h.refill(n.At / h.length)
	}
	switch {
	case n.Hold < 0 || n.Hold > h.depth:
		wrong = append(wrong, fmt.Sprintf("the bucket of its hold is recorded with %v; it lies between 0 and %v", n.Hold, h.depth))
	case h.known && h.lost && n.Hold > h.tokens:
		wrong = append(wrong, fmt.Sprintf("the bucket of its hold is recorded with %v; even without what is missing before it was at most %v", n.Hold, h.tokens))
	case h.known && !h.lost && n.Hold != h.tokens:
		wrong = append(wrong, fmt.Sprintf("the bucket of its hold is recorded with %v; recomputed from the account's own requests it was %v", n.Hold, h.tokens))
	}
	if !h.known || h.lost {
		h.tokens, h.slot = min(max(n.Hold, 0), h.depth), n.At/h.length
		h.known, h.lost = true, false
	}
	return wrong
}

// take has a request that was forwarded take its cost.
func (h *hold) take(n *traffic.Decision) {
	if h.length != 0 {
		h.tokens -= min(max(n.Cost, 0), h.tokens)
	}
}
