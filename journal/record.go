package journal

import (
	"time"

	"srtm/duis"
	"srtm/traffic"
)

// Position is the place of a record: a journal's records are counted from 1, in
// the order in which they were made. It names a record for ever.
type Position uint64

// Entry is a record with its place and time.
type Entry struct {
	Position Position
	At       int64 // nanoseconds since 1970 UTC; within a journal it never goes back
	Record   Record
	// Raw is the record as it stands in the journal, Links included. It is what
	// chains and bundles of evidence are made of.
	Raw []byte
}

// Record is one of *Decision, *Outcome, *Terms, *Lost, *Notice, *Challenge,
// *Delivery, which are an account's own, and *Start, *Stop, *Policy, *Proposal,
// *Activation, *Release, *Act, *CommonDelivery, *Clock, *Gap, *Damage, *Head,
// *Removal, *Account and *Sender, which are not.
type Record interface{ kind() kind }

// Link is the beginning of the chain value of an account after one of its
// records.
type Link [8]byte

// Own is what every record of an account has in common. The records of one
// account form a chain of their own, so that it can be proved, without showing
// anybody else's, that none was left out or altered.
type Own struct {
	Account string // its name
	ID      uint32 // the journal's number for it
	Nth     uint64 // counts the account's own records from 1
	Link    Link   // as Extend gives it for this record
}

// Fingerprint is the beginning of the SHA-256 fingerprint of a sender's
// certificate; a Sender record has the whole. Zero over plain loopback, where
// nobody can tell.
type Fingerprint [8]byte

// Decision says what was decided about one Service Request, and why.
type Decision struct {
	Own
	// Numbers are those that it was made from; At in it is the time of the decision,
	// which the record's may be a little after. Slot and Account are not kept and
	// are zero: the slot is floor(At / the Terms' slot).
	Numbers            traffic.Decision
	ID                 duis.RequestID // whose Originator is the User ID
	CommandVariant     duis.CommandVariant
	Variant            string // Service Request Variant, as it stood in the request
	Sender             Fingerprint
	FirstInSequence    bool
	HasFirstInSequence bool
	HasPreceding       bool
	Preceding          duis.RequestID // PrecedingServiceRequestID
}

// End says how the way of a forwarded request ended.
type End uint8

// The ends. A request that was forwarded and of which no Outcome is found has
// the end Unknown.
const (
	Unknown     End = iota
	Answered        // the DSP answered, with Outcome.Status
	Busy            // it was not sent: all connections to the DSP were in use
	Unreachable     // it was not sent: there was no connection to the DSP
	Broken          // the DSP broke off before it had answered
	TimedOut        // the DSP did not answer in time
	ends
)

// Ends is the number of ends: they are 0 to Ends−1.
const Ends = int(ends)

// String returns the end as files and reports write it.
func (e End) String() string {
	if int(e) >= Ends {
		e = Unknown
	}
	return [...]string{"unknown", "answered", "dsp-busy", "dsp-unreachable", "dsp-broken", "dsp-timeout"}[e]
}

// Outcome says what became of a request that was forwarded. It may be missing:
// it is written after the answer has left.
type Outcome struct {
	Own
	Decision   Position // the record of the decision
	User       duis.EUI64
	Variant    string // as in the decision
	End        End
	Status     int           // of the DSP's answer, HTTP; 0 when there was none
	Latency    time.Duration // from writing the request to the end of the answer; 0 when there was none
	ClientLeft bool          // the client was gone before it had the answer
}

// Terms are what holds for one account from a time on: at a start, and when a
// policy changes them. They are repeated after every Head, so that what lies
// between two Heads can be understood without what came before.
type Terms struct {
	Own
	Policy      string // SHA-256 of the policy, as policy.Policy.Digest
	PolicyName  string
	New         bool // the account was not there before: its buckets begin empty
	Start       bool // the mechanism started: its buckets begin full
	Repeated    bool // nothing changed
	Allocation  traffic.Rate
	Depth       traffic.Amount // D(u)
	Threshold   traffic.Rate   // T
	Burst       time.Duration
	Slot        time.Duration
	LargestCost traffic.Amount
	RetryLeast  time.Duration
	RetryMost   time.Duration
	Weight      string       // of the account's portfolio, as a decimal number
	Weights     string       // of all portfolios together
	Minimum     traffic.Rate // nobody gets less

	// What follows is what a policy may add to that; see traffic.Rules.

	Standing       traffic.Rate // the allocation when nothing lowers it for a while
	Cause          string       // what lowers it; empty: nothing
	Mode           traffic.Mode
	Shadow         bool // this account is not enforced
	Exempt         bool // all that this account sends is exempt
	Held           bool // this account is held to the rate Hold
	Hold           traffic.Rate
	Withhold       bool
	Closed         bool  // nothing is taken
	Until          int64 // when that ends: nanoseconds since 1970 UTC
	From           int64 // from when all this holds: nanoseconds since 1970 UTC; 0: the record's time, which may be a little later. See Begin
	Margin         traffic.Rate
	Cost           traffic.Amount // of variants that Variants gives none
	FinishCritical time.Duration
	Keep           []traffic.Fraction
	Variants       []Variant // in the order of their names
}

// Variant says in what a Service Request Variant is not like the others.
type Variant struct {
	Variant string
	traffic.Treatment
}

// Notice tells a Service User ahead of time what its allocation will be.
type Notice struct {
	Own
	Policy            string // SHA-256 of the policy that gives it
	PolicyName        string
	Effective         int64 // from when: nanoseconds since 1970 UTC
	Old, New          traffic.Rate
	OldWeight, Weight string // of the account's portfolio
	Weights           string // of all portfolios together, the new ones
	Source            string // of the portfolio
	Shortened         bool   // it comes later than the policy says: two persons wanted it so
}

// Challenge is what a Service User says against a Notice, or what it was
// answered.
type Challenge struct {
	Own
	Notice Position // 0: against none in particular
	Answer bool
	Who    string
	Text   string
}

// Lost says that records of the account could not be kept.
type Lost struct {
	Own
	Decisions uint64
	Outcomes  uint64
	From, To  int64 // times of the first and the last of them
}

// Start says that a gateway began to decide.
type Start struct {
	Version     string
	Node        string
	Environment string
	Restart     bool  // something ran here before: the pool began empty
	Wall        int64 // the wall clock, which may differ from the record's time
}

// Stop says that it ended in order. A Start that follows no Stop follows a crash.
type Stop struct{ Reason string }

// File is a named text.
type File struct{ Name, Text string }

// Policy is a policy that came into force, whole.
type Policy struct {
	Number      uint32 // as in traffic.Decision.Policy
	Name        string
	Environment string
	Digest      string // SHA-256, as policy.Policy.Digest
	Effective   int64  // nanoseconds since 1970 UTC; 0: at once
	Who, Why    string
	Files       []File // the policy's own first, then portfolio and senders
}

// Step is a step on the way of a policy towards being in force.
type Step uint8

// The steps. A policy that comes into force is a Policy record.
const (
	Prepared  Step = iota // with all its files
	Approved              // by another person than who prepared it, where the policy asks for two
	Refused               // it was found unfit; Why says in what
	Withdrawn             // by a person
	Confirmed             // by a person: what was asked about it is meant so
	Planned               // nothing is awaited any more; it holds from Effective on
	steps
)

// String returns the step as files and reports write it.
func (s Step) String() string {
	return [...]string{"prepared", "approved", "refused", "withdrawn", "confirmed", "planned"}[s]
}

// Proposal is a step on the way of a policy.
type Proposal struct {
	Step      Step
	Name      string
	Digest    string // SHA-256, as policy.Policy.Digest
	Who, Why  string
	Effective int64  // from when it is to hold: nanoseconds since 1970 UTC; 0: at once
	Files     []File // with Prepared: the policy's own first, then those that it names
}

// Activation says that traffic management became active, by the Decision before
// it; 0: by the operator's hand.
type Activation struct{ Decision Position }

// Release says that it ended, and when it had begun.
type Release struct{ Since int64 }

// Act is something that a person did.
type Act struct {
	Who, What, Why string
	Account        string   // whom it concerns; empty: all, or nobody
	Until          int64    // when it ends by itself; 0: it does not last
	Reference      string   // of an incident or a change elsewhere, such as INC-1234; empty: none
	About          Position // the record that it is about, such as the first of an episode; 0: none
}

// Clock says by how much the wall clock differs from the journal's time: positive
// when it is ahead.
type Clock struct{ Offset time.Duration }

// Gap says that records could not be kept.
type Gap struct {
	Cause     string
	First     Position // of those that are missing
	Last      Position
	Decisions uint64
	Outcomes  uint64
	From, To  int64 // times of the first and the last of them
}

// Damage says what was found when the journal was opened: a torn tail that was
// cut, or a part that cannot be read and was left as it is.
type Damage struct {
	File   string
	Offset int64
	Bytes  int64
	Cut    bool
	What   string
}

// Removal says that a segment was deleted because it was older than the policy
// keeps them.
type Removal struct {
	First, Last Position // of its records
	Chain       [32]byte // the journal's chain after it
}

// Sender is a certificate that a Decision names by its Fingerprint.
type Sender struct{ Fingerprint, Subject string }

// Account gives an account's number in this journal.
type Account struct {
	ID   uint32
	Name string
}

// Chain is the state of one account's chain.
type Chain struct {
	Account
	Nth   uint64 // records so far
	Value [32]byte
}

// Checkpoint begins every segment: whose journal it is, how far each account's
// chain had come, what is in force. A segment can so be read without those before
// it. It has no position, and Reader.Checkpoint alone gives it.
type Checkpoint struct {
	Journal     string // 32 hexadecimal digits, drawn when the journal began
	Environment string
	Accounts    []Chain // in the order of their numbers
	Senders     []Sender
	Head        [32]byte // SHA-256 of the last Head's text; zero: there was none
	Policies    []Policy // the one in force; none before the first
}

// Head is a signed statement of all that the journal holds up to itself.
type Head struct {
	// Text is a signed note (golang.org/x/mod/sumdb/note) that ParseHead reads.
	Text string
}
