package ledger

import (
	"time"

	"srtm/traffic"
)

// window adds up what was offered in the latest slots, as many as fit into
// burst / 2.
type window struct {
	slot  int64 // ns; 0: no terms are known yet and nothing is measured
	slots int64
	queue []slotCost // those in which something was offered, the earliest first
	head  int        // of the queue
	sum   traffic.Amount
}

type slotCost struct {
	slot int64
	cost traffic.Amount
}

// change has the window follow a policy. One of another length begins empty.
func (w *window) change(slot, burst time.Duration) {
	if slot <= 0 {
		return
	}
	next := window{slot: int64(slot), slots: max(1, int64(burst/2/slot))}
	if w.slot != next.slot || w.slots != next.slots {
		*w = next
	}
}

// add counts a request and returns the sum of the window that ends with it.
func (w *window) add(at int64, cost traffic.Amount) traffic.Amount {
	if w.slot == 0 {
		return 0
	}
	now := at / w.slot
	w.drop(now)
	if n := len(w.queue); n > w.head && w.queue[n-1].slot == now {
		w.queue[n-1].cost += cost
	} else {
		w.queue = append(w.queue, slotCost{now, cost})
	}
	w.sum += cost
	return w.sum
}

// drop leaves out the slots that the window which ends with slot now does not
// reach.
func (w *window) drop(now int64) {
	for w.head < len(w.queue) && w.queue[w.head].slot <= now-w.slots {
		w.sum -= w.queue[w.head].cost
		w.head++
	}
	if w.head == len(w.queue) {
		w.queue, w.head = w.queue[:0], 0
	} else if w.head > 64 && w.head > len(w.queue)/2 {
		n := copy(w.queue, w.queue[w.head:])
		w.queue, w.head = w.queue[:n], 0
	}
}
