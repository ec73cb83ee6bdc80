package traffic

import "math"

// MaxVouchers is how many vouchers may be out; beyond it the oldest is dropped.
const MaxVouchers = 1 << 20

// voucher says that the first message of a critical command was forwarded: the
// one that Command Variant 4 marks. The second, of the same RequestID and Command
// Variant 5, 6 or 7, is then let through as if it were exempt, since half a
// command is worse than none.
type voucher struct {
	User    uint64 `json:"user"`
	Target  uint64 `json:"target"`
	Counter uint64 `json:"counter"`
}

// vouchers are those that are out, each until a time.
type vouchers struct {
	live   map[voucher]mark
	issued []issue // in the order of issue; those that live no longer has have been used up or renewed
	number uint64
	room   int // of issued, until it is cleared of those
}

// mark tells one issue of a voucher from others of the same.
type mark struct {
	until  int64
	number uint64
}

type issue struct {
	voucher
	mark
}

// issue lets the second message pass until a time. Of what has expired, and of
// what was used up or renewed, about as much is kept as of what is out.
func (v *vouchers) issue(at int64, key voucher, until int64) {
	if v.live == nil {
		v.live = map[voucher]mark{}
	}
	v.number++
	m := mark{until, v.number}
	v.live[key] = m
	v.issued = append(v.issued, issue{key, m})
	if len(v.issued) > v.room {
		v.clear(at)
	}
	for len(v.live) > MaxVouchers {
		v.drop()
	}
}

// clear forgets what is not out any more.
func (v *vouchers) clear(at int64) {
	const least = 1024
	kept := make([]issue, 0, len(v.live)+least)
	for _, i := range v.issued {
		switch {
		case v.live[i.voucher] != i.mark:
		case i.until < at:
			delete(v.live, i.voucher)
		default:
			kept = append(kept, i)
		}
	}
	v.issued, v.room = kept, 2*len(kept)+least
}

// drop forgets the oldest.
func (v *vouchers) drop() {
	oldest := v.issued[0]
	v.issued = v.issued[1:]
	if v.live[oldest.voucher] == oldest.mark {
		delete(v.live, oldest.voucher)
	}
}

func (v *vouchers) has(at int64, key voucher) bool {
	m, ok := v.live[key]
	return ok && m.until >= at
}

// out returns those that have not expired, been used up or been renewed, the
// oldest first.
func (v *vouchers) out(at int64) []Issued {
	var list []Issued
	for _, i := range v.issued {
		if v.live[i.voucher] == i.mark && i.until >= at {
			list = append(list, Issued{i.voucher, i.until})
		}
	}
	return list
}

func (v *vouchers) use(key voucher) { delete(v.live, key) }

// first and second tell the two messages of a critical command.
func (r *Request) first() bool  { return r.Command == 4 }
func (r *Request) second() bool { return r.Command >= 5 && r.Command <= 7 }

func (r *Request) voucher() voucher { return voucher{r.User, r.Target, r.Counter} }

// vouched says whether the request is a second message whose first was
// forwarded.
func (e *engine) vouched(r *Request) bool {
	return e.life > 0 && r.second() && e.vouchers.has(e.at, r.voucher())
}

// remember notes what a request that was forwarded at a time means for vouchers.
// One that went on in shadow only, and would have been refused, means nothing:
// what is decided after it is what would be decided if shadow were enforced.
func (e *engine) remember(at int64, r *Request) {
	switch {
	case e.life == 0:
	case r.first():
		until := int64(math.MaxInt64)
		if at <= until-e.life {
			until = at + e.life
		}
		e.vouchers.issue(at, r.voucher(), until)
	case r.second():
		e.vouchers.use(r.voucher())
	}
}
