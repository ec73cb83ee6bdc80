package traffic

// advance passes every slot boundary up to at, which is then the latest time
// seen: no decision's time lies before its slot.
func (e *engine) advance(at int64) {
	at = min(at, lastTime)
	e.at = max(e.at, at)
	for at >= e.slotEnd {
		if rest := e.restsUntil(at); rest >= e.slotEnd {
			e.slot = rest / e.slotLength
			e.slotEnd = (e.slot + 1) * e.slotLength
			continue
		}
		e.boundary()
	}
}

// restsUntil returns the latest time up to at of whose slots nothing is to be
// done but to count them.
func (e *engine) restsUntil(at int64) int64 {
	switch {
	case !e.atRest():
		return 0
	case len(e.plan) > 0:
		return min(at, e.plan[0].from-1)
	}
	return at
}

// atRest says that a boundary would change nothing, so that any number of them
// may be passed at once.
func (e *engine) atRest() bool {
	return !e.active && len(e.awake) == 0 && e.current == 0 && e.window == 0 &&
		e.pool == e.bound-e.depths && e.cold == 0
}

// boundary ends a slot and begins the next. The order of its steps is part of
// the specification.
func (e *engine) boundary() {
	e.slide()
	e.slot++
	e.slotEnd += e.slotLength
	e.obeyPlan(e.slot * e.slotLength)
	e.overflow(e.topUp())
	e.measureWants()
	e.releaseIfDue()
	e.returnSpare()
	if e.active && !e.rules.Withhold && e.pool > 0 {
		e.share()
	}
}

// slide moves the window of offered cost on by the slot that ends.
func (e *engine) slide() {
	oldest := &e.offered[e.slot%int64(len(e.offered))]
	e.window += e.current - *oldest
	*oldest = e.current
	e.current = 0
}

// topUp is step 1: each assured bucket receives a × slot, up to its depth. It
// returns what all buckets hold. Accounts at rest are full, and take nothing.
func (e *engine) topUp() (assured, spare Amount) {
	var added Amount
	assured = e.depths
	for _, i := range e.awake {
		a := &e.accounts[i]
		add := min(a.topUp, a.depth-a.assured)
		a.assured += add
		added += add
		assured -= a.depth - a.assured
		spare += a.spare
	}
	// What full buckets could not hold, and what T has beyond the sum of the
	// allocations, is all of the deal that no bucket took.
	e.pool += e.deal - added
	e.cold = max(0, e.cold-e.deal)
	return assured, spare
}

// overflow is step 2: the pool is cut so that everything together stays within
// B. Should the buckets alone exceed it, the spare buckets are emptied first.
func (e *engine) overflow(assured, spare Amount) {
	if assured+spare > e.bound {
		for _, i := range e.awake {
			e.accounts[i].spare = 0
		}
		e.pool += spare
		spare = 0
	}
	e.pool = min(e.pool, e.bound-assured-spare)
}

// measureWants is step 3. w remembers for about a third of a second how much an
// account asked in a slot beyond its assured bucket, so that its spare bucket
// holds enough for a lumpy sender and no one gains by asking louder than T.
func (e *engine) measureWants() {
	for _, i := range e.awake {
		a := &e.accounts[i]
		a.wants = max(min(a.asked, e.deal), a.wants-a.wants/32)
		a.asked = 0
	}
}

// hungry says whether the account asked beyond assured in the last second.
func (e *engine) hungry(a *account) bool {
	return a.lastAsked >= e.slot-int64(len(e.offered))
}

// room is the depth of an account's spare bucket.
func (e *engine) room(a *account) Amount { return e.largest + 2*a.wants }

// releaseIfDue is step 4: traffic management ends when the offered cost of the
// last second lay below the release level at Hold / Slot boundaries in a row.
// Offered and not forwarded: large lumps with pauses between them are refused
// for the most part, so that little is forwarded while the danger goes on.
func (e *engine) releaseIfDue() {
	if !e.active {
		return
	}
	if e.window >= e.release || e.rules.Activate {
		e.calm = 0
		return
	}
	e.calm++
	if e.calm >= e.holdSlots {
		e.active, e.since, e.calm = false, e.slot*e.slotLength, 0
	}
}

// returnSpare is step 5: spare that lies above its depth, or is no longer
// wanted, goes back to the pool; at release all of it. It also lets accounts
// that have nothing left to change go to rest.
func (e *engine) returnSpare() {
	awake := e.awake[:0]
	for _, i := range e.awake {
		a := &e.accounts[i]
		keep := Amount(0)
		hungry := e.hungry(a)
		if e.active && hungry && !e.rules.Withhold {
			keep = min(a.spare, e.room(a))
		}
		e.pool += a.spare - keep
		a.spare = keep
		a.awake = hungry || a.assured < a.depth || keep > 0 || a.wants >= 32 // below 32, w stays as it is
		if a.awake {
			awake = append(awake, i)
		}
	}
	e.awake = awake
}

// share is step 6: the pool is dealt to the hungry in proportion to their
// allocation, none beyond the room in its spare bucket, the rest to the others.
func (e *engine) share() {
	e.claims = e.claims[:0]
	for _, i := range e.awake {
		a := &e.accounts[i]
		if room := e.room(a) - a.spare; a.allocation > 0 && room > 0 && e.hungry(a) {
			e.claims = append(e.claims, claim{weight: a.allocation, room: room, account: i})
		}
	}
	e.pool = maxMin(e.pool, e.claims)
	for _, c := range e.claims {
		e.accounts[c.account].spare += c.grant
	}
}
