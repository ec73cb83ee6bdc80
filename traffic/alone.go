package traffic

// Alone is a Controller in the hands of one goroutine, such as a simulation's
// or a replay's: it decides and counts the same, only cheaper, for it takes no
// lock. Until that goroutine is done with it no other may use the Controller.
type Alone struct{ controller *Controller }

// Place remembers which account an originator's is, so that it is looked up
// again only after a change of policy. The zero value is ready for use.
type Place struct {
	users   *directory // in which it was found
	user    uint64
	account int32
	known   bool
}

// Alone returns the Controller without its lock.
func (c *Controller) Alone() Alone { return Alone{c} }

// Admit is Controller.Admit with the request and its decision in memory of the
// caller's. Whoever keeps one Place for each originator has it looked up once.
func (a Alone) Admit(at int64, r *Request, from *Place, d *Decision) (ok bool) {
	c := a.controller
	if at >= c.engine.slotEnd {
		c.advance(at)
	}
	if from.users != c.engine.users || from.user != r.User {
		from.users, from.user = c.engine.users, r.User
		from.account, from.known = c.engine.users.find(r.User)
	}
	if from.known {
		c.engine.decide(at, from.account, r, d)
	}
	return from.known
}
