package evidence

import (
	"srtm/journal"
)

// chains follows the chains of all accounts through a journal. It learns them
// from a segment's Checkpoint, and loses them where something cannot be read.
type chains struct {
	known                bool
	doubtful             bool // something was lost before: a chain may lack records
	journal, environment string
	all                  []journal.Chain // account n+1 at n
	byName               map[string]uint32
	last                 [2]uint64 // tells the Checkpoint that was used last from others
}

// begin learns the chains at the beginning of a segment, whose first record is
// still to be followed. It says whether it could: a segment serves once.
func (c *chains) begin(p journal.Checkpoint) bool {
	this := [2]uint64{uint64(len(p.Accounts)) + 1}
	for _, a := range p.Accounts {
		this[1] += a.Nth
	}
	if this == c.last {
		return false
	}
	c.last, c.known, c.journal, c.environment = this, true, p.Journal, p.Environment
	c.all = append(c.all[:0], p.Accounts...)
	c.byName = make(map[string]uint32, len(c.all))
	for i, a := range c.all {
		c.known = c.known && a.ID == uint32(i+1)
		c.byName[a.Name] = a.ID
	}
	return c.known
}

// follow goes on by one record; p is how the segment that it stands in begins.
func (c *chains) follow(e *journal.Entry, p func() journal.Checkpoint) {
	if !c.known {
		return
	}
	if a, is := e.Record.(*journal.Account); is {
		c.add(*a)
		return
	}
	o := own(e.Record)
	if o == nil {
		return
	}
	if int(o.ID) > len(c.all) {
		c.learn(p())
	}
	if o.ID == 0 || int(o.ID) > len(c.all) || c.all[o.ID-1].Nth+1 != o.Nth {
		c.lose()
		return
	}
	chain := &c.all[o.ID-1]
	chain.Nth++
	chain.Value = journal.Extend(chain.Value, e.Raw)
}

// learn takes over accounts that the Checkpoint has and no Account record told
// of yet: it may be on its way, or lost.
func (c *chains) learn(p journal.Checkpoint) {
	for i := len(c.all); i < len(p.Accounts); i++ {
		c.add(p.Accounts[i].Account)
	}
}

func (c *chains) add(a journal.Account) {
	switch {
	case a.ID == 0 || int(a.ID) > len(c.all)+1:
		c.lose()
	case int(a.ID) == len(c.all)+1:
		c.all = append(c.all, journal.Chain{Account: a, Value: journal.Genesis(c.journal, a.Name)})
		c.byName[a.Name] = a.ID
	}
}

// of returns an account's chain, and before its first record where it begins.
func (c *chains) of(account string) journal.Chain {
	if id := c.byName[account]; id != 0 {
		return c.all[id-1]
	}
	return journal.Chain{Account: journal.Account{Name: account}, Value: journal.Genesis(c.journal, account)}
}

// lose forgets the chains: something could not be read.
func (c *chains) lose() { c.known, c.doubtful = false, true }
