package ledger

import (
	"srtm/journal"
)

// Terms are what held for an account from a time on. Nth and Link of the record
// are not kept.
type Terms struct {
	Position journal.Position
	At       int64
	journal.Terms
}

// Loss says that records of an account could not be kept: what a Gap means for
// it. Nth and Link of the record are not kept.
type Loss struct {
	Position journal.Position
	At       int64
	journal.Lost
}

// Policy is a policy that came into force, with the texts of its files.
type Policy struct {
	Position journal.Position
	At       int64
	journal.Policy
}

// Start is a gateway's start.
type Start struct {
	Position journal.Position
	At       int64
	Crashed  bool  // no Stop came before it
	Before   int64 // time of the last record before it: nothing was decided from then to At; 0: it is the first
	journal.Start
}

// Gap is a place where records could not be kept.
type Gap struct {
	Position journal.Position
	At       int64
	journal.Gap
}

// Damage is a part of the journal that cannot be read: found by a gateway when
// it opened the journal, or by this ledger in folding it.
type Damage struct {
	At    int64            // when it was found; by this ledger: time of the last record before it
	After journal.Position // the last record before it
	Found bool             // by this ledger
	journal.Damage
}

// Act is something that a person did.
type Act struct {
	Position journal.Position
	At       int64
	journal.Act
}

// Clock is what the wall clock differed by.
type Clock struct {
	Position journal.Position
	At       int64
	journal.Clock
}

// Head is a signed statement of all that the journal holds up to it.
type Head struct {
	Position journal.Position
	At       int64
	Text     string // for journal.ParseHead
}

// Proposal is a step on the way of a policy. Files are not kept, only how many
// there were: what comes into force is a Policy.
type Proposal struct {
	Position journal.Position
	At       int64
	Texts    int // files
	journal.Proposal
}

// Notice tells an account ahead of time what its allocation will be. Nth and Link
// of the record are not kept.
type Notice struct {
	Position journal.Position
	At       int64
	journal.Notice
}

// Challenge is what an account says against a Notice, or what it was answered.
// Nth and Link of the record are not kept.
type Challenge struct {
	Position journal.Position
	At       int64
	journal.Challenge
}

// Delivery is what came of telling somebody a notice. Of one that is no account's
// own the Own is empty; Nth and Link of the record are not kept.
type Delivery struct {
	Position journal.Position
	At       int64
	journal.Delivery
}
