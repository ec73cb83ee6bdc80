package traffic

// Vouchers' limit; beyond it the oldest is dropped.
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
	until  map[voucher]int64
	issued []issue // in the order of issue; some may have been used up or renewed
}

type issue struct {
	voucher
	until int64
}

// issue lets the second message pass until a time. What has expired is forgotten.
func (v *vouchers) issue(at int64, i issue) {
	if v.until == nil {
		v.until = map[voucher]int64{}
	}
	v.until[i.voucher] = i.until
	v.issued = append(v.issued, i)
	for len(v.issued) > MaxVouchers || v.issued[0].until < at {
		v.drop()
	}
}

// drop forgets the oldest, unless it was used up or renewed since.
func (v *vouchers) drop() {
	oldest := v.issued[0]
	v.issued = v.issued[1:]
	if v.until[oldest.voucher] == oldest.until {
		delete(v.until, oldest.voucher)
	}
}

func (v *vouchers) has(at int64, key voucher) bool {
	until, ok := v.until[key]
	return ok && until >= at
}

// out returns those that have not expired, been used up or been renewed.
func (v *vouchers) out(at int64) []Issued {
	var list []Issued
	for _, i := range v.issued {
		if until, ok := v.until[i.voucher]; ok && until == i.until && until >= at {
			list = append(list, Issued{i.voucher, i.until})
		}
	}
	return list
}

func (v *vouchers) use(key voucher) { delete(v.until, key) }

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
func (e *engine) remember(at int64, r *Request) {
	switch {
	case e.life == 0:
	case r.first():
		e.vouchers.issue(at, issue{r.voucher(), at + e.life})
	case r.second():
		e.vouchers.use(r.voucher())
	}
}
