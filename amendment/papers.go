package amendment

import (
	"time"

	"srtm/person"
	"srtm/policy"
	"srtm/traffic"
)

// Limits on what a Register keeps.
const (
	MaxVersions  = 1000    // versions with their files; of older ones the digests stay listed, 10,000 in all
	MaxPending   = 100     // proposals that wait
	MaxOpen      = 20      // challenges of an account that wait for an answer
	MaxAnswered  = 20      // challenges of an account that were answered; the oldest go when it says something new
	MaxHourly    = 5       // challenges of an account within an hour
	MaxNotices   = 200_000 // the oldest go first
	MaxName      = person.MaxName
	MaxWords     = person.MaxWords // characters of a reason, a challenge or an answer
	maxListed    = 10_000
	maxApprovals = 100
	maxWithdrawn = 1000
)

// Person is whoever takes a step, by name: 1 to MaxName letters of one script,
// digits, spaces and .'’-()&/@+_:, of which one at least is a letter. Names that
// differ only in spaces, signs, accents, capitals or how Unicode writes them are
// one person's.
type Person struct{ Name string }

// Assent is that somebody said something, and when.
type Assent struct {
	By  string    `json:"by"`
	Why string    `json:"why,omitempty"`
	At  time.Time `json:"at"`
}

// Papers say which policy it is and who stands behind it.
type Papers struct {
	Digest    string    `json:"digest"` // as policy.Policy.Digest
	Name      string    `json:"name"`
	Effective time.Time `json:"effective,omitzero"` // as the policy says; zero: at once
	Prepared  Assent    `json:"prepared"`
	ByFile    bool      `json:"by_file,omitempty"`   // it was given to the gateway at a start: nobody's name is known
	Nobody    bool      `json:"nobody,omitempty"`    // it was found in the policy file while the gateway ran: nobody's name is known
	Confirmed *Assent   `json:"confirmed,omitempty"` // who answered the questions
	Answered  string    `json:"answered,omitempty"`  // SHA-256 of the questions that were answered
	Shortened *Assent   `json:"shortened,omitempty"` // who wanted a shorter notice, and why
	Approvals []Assent  `json:"approvals,omitempty"`
}

// Version is a policy that was accepted.
type Version struct {
	Papers
	Number    uint64    `json:"number"` // from 1, in the order of acceptance
	From      time.Time `json:"from"`   // from when it holds
	Accepted  time.Time `json:"accepted"`
	Adopted   time.Time `json:"adopted,omitzero"` // when the gateway said that it came into force
	Withdrawn *Assent   `json:"withdrawn,omitempty"`
	Replaced  uint64    `json:"replaced,omitempty"` // Number of the version that took its place before it came: both have one From
	Dropped   bool      `json:"dropped,omitempty"`  // its files are no longer kept
	// Policy is set by InForce and Coming; nil where it can no longer be read.
	Policy *policy.Policy `json:"-"`
}

// stands tells whether a version holds from its time on.
func (v *Version) stands() bool { return v.Withdrawn == nil && v.Replaced == 0 }

// Proposal is a policy that was proposed, as it stands now.
type Proposal struct {
	Papers
	Policy     *policy.Policy `json:"-"`
	Accepted   bool           `json:"accepted"` // nothing is awaited any more: it is a Version
	From       time.Time      `json:"from"`     // from when it holds; while it waits, would hold if accepted now
	Awaits     []string       `json:"awaits,omitempty"`
	Questions  []Question     `json:"questions,omitempty"`  // not yet answered
	Notices    []Notice       `json:"notices,omitempty"`    // given; while it waits, that will be given
	Challenges []Challenge    `json:"challenges,omitempty"` // not answered, by accounts whose allocation it changes
}

// Question is something about a policy that may well be meant, and may be a
// mistake.
type Question struct {
	Account string `json:"account,omitempty"` // whom it concerns; empty: all
	Text    string `json:"text"`
}

// Notice tells a Service User ahead of time what its allocation will be.
type Notice struct {
	Number     uint64       `json:"number"` // of the event that gives it
	Reference  uint64       `json:"reference,omitempty"`
	Account    string       `json:"account"`
	At         time.Time    `json:"at"`        // given
	Policy     string       `json:"policy"`    // digest
	PolicyName string       `json:"name"`      // of the policy
	Effective  time.Time    `json:"effective"` // from when
	Old        traffic.Rate `json:"old"`       // before then; 0: it was not there
	New        traffic.Rate `json:"new"`       // from then on; 0 where the account is not there any more
	OldWeight  string       `json:"old_weight"`
	Weight     string       `json:"weight"`  // of the account's portfolio
	Weights    string       `json:"weights"` // of all portfolios together, the new ones
	Source     string       `json:"source,omitempty"`
	Shortened  bool         `json:"shortened,omitempty"` // it comes later than the policy says: two persons wanted it so
	TakenBack  bool         `json:"taken_back,omitempty"`
}

// Challenge is what a Service User says about its allocation, and the answer.
type Challenge struct {
	ID      uint64  `json:"id"`
	Account string  `json:"account"`
	Notice  uint64  `json:"notice,omitempty"` // Number of the account's last notice then; 0: against none in particular
	Policy  string  `json:"policy,omitempty"` // whose notice it is
	Said    Assent  `json:"said"`             // Why is the text
	Answer  *Assent `json:"answer,omitempty"`
	// Reference is the notice's: where the caller recorded it.
	Reference uint64 `json:"reference,omitempty"`
}

// Kind is what an Event tells.
type Kind string

// The kinds of events.
const (
	Prepared   Kind = "prepared"   // somebody proposed a policy; with its files
	Confirmed  Kind = "confirmed"  // somebody answered the questions about it, or wants a shorter notice
	Approved   Kind = "approved"   // somebody approved it
	Refused    Kind = "refused"    // it was found unfit; Why says in what
	Withdrawn  Kind = "withdrawn"  // somebody took it back
	Planned    Kind = "planned"    // it is accepted and holds from Effective on
	Adopted    Kind = "adopted"    // the gateway said that it came into force
	Noticed    Kind = "noticed"    // an account is told its coming allocation
	Challenged Kind = "challenged" // an account says something about it
	Answered   Kind = "answered"
)

// Event is one thing that happened, for a record.
type Event struct {
	Number    uint64        `json:"number"` // from 1 without a gap; the same if it is given again
	At        time.Time     `json:"at"`
	Kind      Kind          `json:"kind"`
	Digest    string        `json:"digest,omitempty"`
	Name      string        `json:"name,omitempty"` // of the policy
	By        string        `json:"by,omitempty"`   // empty: the register itself
	Why       string        `json:"why,omitempty"`
	Effective time.Time     `json:"effective,omitzero"` // from when it holds, or would if accepted now
	Files     []policy.File `json:"-"`                  // with Prepared
	Accepted  bool          `json:"accepted,omitempty"` // with Withdrawn: it was to come, and not only proposed
	Notice    *Notice       `json:"-"`                  // with Noticed
	Challenge *Challenge    `json:"challenge,omitempty"`
}

// ProposeOptions are what the one who proposes has to say beyond the policy.
type ProposeOptions struct {
	Confirm       bool   // whatever questions there are: it is meant so
	ShortenNotice bool   // accounts may be told later than the policy says
	Reason        string // why; required with ShortenNotice
}

// Refusal is the error for a policy that was found unfit. Nothing has changed.
type Refusal struct {
	Name    string   // of the policy
	Reasons []string // all of them
}

// Error says all reasons in one line.
func (r *Refusal) Error() string {
	text := "the policy " + r.Name + " is refused"
	for i, reason := range r.Reasons {
		if i == 0 {
			text += ": "
		} else {
			text += "; and "
		}
		text += reason
	}
	return text
}
