package traffic

import (
	"errors"
	"sync"
	"sync/atomic"
)

// Start says when and out of what a Controller begins.
type Start struct {
	At      int64 // nanoseconds since 1970 UTC
	Restart bool  // something ran here before: what it forwarded last may still burden the DSP
}

// Controller decides and counts. All its methods may be called from many
// goroutines at once; decisions are then made in some order, and Decision.Number
// tells which. Times are nanoseconds since 1970 UTC; one that lies before the
// latest seen is taken as that one, so that no slot comes twice.
type Controller struct {
	users  atomic.Pointer[directory] // the one of engine's terms, to be read without the lock
	mu     sync.Mutex
	engine engine
}

// New returns a Controller that obeys the rules from start on. The error joins
// every Fault of the rules.
func New(r Rules, start Start) (*Controller, error) {
	if err := check(r); err != nil {
		return nil, err
	}
	return control(newEngine(newTerms(r), start)), nil
}

func control(e engine) *Controller {
	c := &Controller{engine: e}
	c.users.Store(e.users)
	return c
}

// Admit decides about one request that arrived at time at. It returns false,
// and counts nothing, if no account holds the User ID. Rules that name an
// account for unlisted originators have one for every User ID.
func (c *Controller) Admit(at int64, r Request) (d Decision, ok bool) {
	users := c.users.Load()
	i, ok := users.find(r.User)
	c.mu.Lock()
	if at >= c.engine.slotEnd {
		c.advance(at)
	}
	if now := c.users.Load(); now != users { // a change of policy came between
		i, ok = now.find(r.User)
	}
	if ok {
		c.engine.decide(at, i, &r, &d)
	}
	c.mu.Unlock()
	return d, ok
}

// AdmitAll decides about requests that arrived together at time at, in their
// order, as Admit would one after the other; only cheaper. It appends one
// Decision for each to ds and returns that; one whose User ID no account holds
// has the Account -1 and means nothing else.
func (c *Controller) AdmitAll(at int64, rs []Request, ds []Decision) []Decision {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance(at)
	users := c.users.Load()
	for _, r := range rs {
		d := Decision{User: r.User, Account: -1}
		if i, ok := users.find(r.User); ok {
			c.engine.decide(at, i, &r, &d)
		}
		ds = append(ds, d)
	}
	return ds
}

// Advance passes the slot boundaries up to at. Decisions do so by themselves;
// whoever wants releases on time, or boundaries off the path of requests, calls
// it once a slot.
func (c *Controller) Advance(at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance(at)
}

// Remember has the Controller know of a request that was forwarded before it
// began, and of its time: after a restart a first message of a critical command
// then still vouches for its second. Nothing else is decided or counted by it.
// Requests are to be given in the order in which they were forwarded.
func (c *Controller) Remember(at int64, r Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.engine.remember(at, &r)
}

// advance passes boundaries and lets those who look up see the directory that
// came in with a change of policy.
func (c *Controller) advance(at int64) {
	before := c.engine.policy
	c.engine.advance(at)
	if c.engine.policy != before {
		c.users.Store(c.engine.users)
	}
}

func check(r Rules) error {
	var errs []error
	for _, f := range r.Check() {
		errs = append(errs, f)
	}
	return errors.Join(errs...)
}
