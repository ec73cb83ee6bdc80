package ledger

import (
	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// System is the account number under which rows have what holds for all
// accounts together.
const System uint32 = 0

// Span is a time from From to just before To, in nanoseconds since 1970 UTC.
// What is kept by the day or the minute is in a Span when the beginning of that
// day or minute is.
type Span struct{ From, To int64 }

// Count is a number of requests and their cost; the cost stays at the most that
// it can hold.
type Count struct {
	Requests uint64
	Cost     traffic.Amount
}

// Parts are what was decided, and what became of it.
type Parts struct {
	Offered      Count // all that arrived: the sum of the next five, which have nothing in common
	Forwarded    Count
	Throttled    Count // refused for traffic
	Closed       Count // refused because nothing was taken, as in maintenance: neither throttled nor failed
	Shadow       Count // would have been refused for traffic, and went on to the DSP
	ShadowClosed Count // would have been refused because nothing was taken, and went on to the DSP
}

// Reached is what went on to the DSP, and uses its capacity: Forwarded, and what
// would have been refused.
func (p *Parts) Reached() Count {
	sum := p.Forwarded
	sum.count(p.Shadow)
	sum.count(p.ShadowClosed)
	return sum
}

// Sums are what was decided in some time, and how the way of what reached the DSP
// ended. All belongs to the time of the decision, also what happened later.
type Sums struct {
	Parts
	Spare Count // the part of Forwarded with the reason spare

	Answered   uint64 // the DSP answered, whatever it said
	DSPErrors  uint64 // the part of Answered with a status of 500 or more
	Failed     uint64 // the DSP was not reached, broke off, or was too slow
	Busy       uint64 // not sent: all connections to the DSP were in use
	ClientLeft uint64 // of the others, those whose client was gone before it had the answer
}

// Unknown returns how many requests went on of which no end is known: under way,
// or lost when a machine stopped.
func (s Sums) Unknown() uint64 {
	if ended, reached := s.Answered+s.Failed+s.Busy, s.Reached().Requests; ended < reached {
		return reached - ended
	}
	return 0
}

// Peak is the most cost that was offered in a window, and when that was first
// reached. Of equal ones it is the earliest.
type Peak struct {
	Cost traffic.Amount
	At   int64 // of a whole second, its beginning; of a sliding window, the request that made it so much; 0: there was none
}

// Peaks are the two that are measured. An allocation is to be compared with
// Burst and never with Second: see docs/mechanism.md.
type Peaks struct {
	Second Peak // in a whole second of UTC
	Burst  Peak // in any burst / 2, sliding by slots, of the policy then in force; none before the first Terms; after a change of burst it begins anew
}

// Range is where in the journal the decisions of a row are: all lie from First
// to Last, among others. Both are 0 where there are none.
type Range struct{ First, Last journal.Position }

// Minute is one account in one minute in which it sent something.
type Minute struct {
	Account uint32
	Minute  int64 // whole minutes since 1970 UTC
	Sums
	Peaks
	Range
}

// Day is one account on one day on which it sent something.
type Day struct {
	Account uint32
	Day     int64 // whole days since 1970 UTC
	Sums
	Peaks
	Range

	// Allocation and Depth are those in force when Peaks.Burst was reached, so
	// that they can stand beside it: a(u), and D(u), which is what the allocation
	// gives in burst / 2 or one largest cost. For System they are T, and what T
	// gives in burst / 2.
	Allocation traffic.Rate
	Depth      traffic.Amount
}

// Total is one account in a Span; Peaks, with Allocation and Depth, are the
// greatest of its days.
type Total struct {
	Account uint32
	Name    string // empty for System
	Sums
	Peaks
	Allocation traffic.Rate   // as in Day
	Depth      traffic.Amount // as in Day
	Days       int            // on which it sent something
}

// Service is what one User ID of an account sent of one variant with one verdict
// and reason.
type Service struct {
	Account uint32
	User    duis.EUI64
	Variant string // as in the request; "unknown" for what is in no catalogue, beyond the first 256 such
	Verdict traffic.Verdict
	Reason  traffic.Reason
	Count
}

// MinuteService is a Service in one minute.
type MinuteService struct {
	Minute int64 // whole minutes since 1970 UTC
	Service
}

// Episode is one time in which traffic management was active, for the whole
// system. What is said of seconds is of whole seconds of UTC: one belongs to an
// episode as soon as one request in it does, with all that was sent in it. The
// second under way at the end of what is folded is not in yet.
type Episode struct {
	ID      int64 // position of the first decision in it: a name for ever
	Started int64
	Ended   int64 // 0: still active at the end of what is folded
	How     Ending

	Activation journal.Position // the Activation record; 0: it was active when the records that are left begin
	Cause      Cause
	Account    uint32       // whose request made it active; 0: unknown, or nobody's
	Variant    string       // of that request
	Threshold  traffic.Rate // T at the start
	Range

	Sums                           // decided from start to end
	PeakOffered     Peak           // most cost offered in a second, System
	PeakReached     Peak           // most cost that went on to the DSP in a second, System
	Latency         Histogram      // of the DSP's answers to what was decided in it
	RefusedSeconds  uint64         // in which somebody was throttled for want of capacity, which who is held to a rate is not
	ShadowSeconds   uint64         // in which somebody would have been
	Unused          traffic.Amount // in RefusedSeconds: what T gave beyond what went on to the DSP, each second by itself
	PressedSeconds  uint64         // the part of RefusedSeconds in every tenth of which somebody was so throttled
	PressedUnused   traffic.Amount // in PressedSeconds, as Unused
	PressedCapacity traffic.Amount // what T gave in PressedSeconds: PressedUnused is to be seen as a part of it
}

// Cause says what made traffic management active.
type Cause uint8

// The causes.
const (
	CauseUnknown Cause = iota // the records of its beginning are missing
	ByRefusal                 // a request was refused
	ByShadow                  // a request would have been refused
	ByExempt                  // a request that is exempt, or the second message of a critical command, found the free pool short
	ByHand                    // the operator
)

// String returns the cause as reports write it.
func (c Cause) String() string {
	return [...]string{"unknown", "refusal", "shadow", "exempt", "by hand"}[min(c, ByHand)]
}

// Ending says how an episode ended.
type Ending uint8

// The endings.
const (
	Active      Ending = iota // it has not ended
	Released                  // traffic fell below the release level for long enough
	Stopped                   // the gateway was stopped, or began anew
	Unwitnessed               // records are missing in which it ended: Ended is the first decision after it
)

// String returns the ending as reports write it.
func (e Ending) String() string {
	return [...]string{"active", "released", "stopped", "unwitnessed"}[min(e, Unwitnessed)]
}

// EpisodeAccount is one account in one episode in which it sent something.
type EpisodeAccount struct {
	Episode int64
	Account uint32
	Parts
	Spare           Count          // as in Sums
	Peaks                          // of what was offered in the episode
	Allocation      traffic.Rate   // in force when Peaks.Burst was reached
	Depth           traffic.Amount // as Allocation
	ThrottledTopUps uint64         // Top Up Device (2.2), the part of Throttled
	ShadowTopUps    uint64         // the part of Shadow, likewise
	RefusedSeconds  uint64         // in which it was throttled
	ShadowSeconds   uint64         // in which it would have been
	Over            traffic.Amount // what was offered beyond the allocation, each whole second by itself: so much would have had to be sent at another time
	FirstRefusal    int64          // of Throttled; 0: none
	LastRefusal     int64
	FirstShadow     int64 // of Shadow; 0: none
	LastShadow      int64

	// HungrySeconds are the episode's PressedSeconds in which this account was
	// throttled. Got is what it was forwarded in them, and Due its share then: T
	// divided among all by weighted max-min, by allocation and no one beyond what
	// it offered, each second by itself. Got / Due is what fairness is judged by;
	// Due − Got, where positive, is the shortfall. The figures and the arithmetic
	// are this project's own.
	HungrySeconds uint64
	Due, Got      traffic.Amount
}

// EpisodeVariant is what one account sent of one variant in one episode.
type EpisodeVariant struct {
	Episode int64
	Account uint32
	Variant string
	Parts
}

// EpisodeSecond is one second of an episode, of System or of an account from its
// first refusal in the episode on, or what would have been one. After the first
// four hours of an episode they are whole minutes.
type EpisodeSecond struct {
	Account uint32
	Second  int64 // whole seconds since 1970 UTC: the beginning
	Seconds int   // how many it stands for: 1, or 60
	Parts
}

// ServiceLatency is how long the DSP took to answer one account's requests of
// one Service: from writing the request to the end of the answer.
type ServiceLatency struct {
	Account uint32
	Service string // the Service Reference, such as "4.8"; "unknown"
	Latency Histogram
}

// Followed is what became of an account's refused requests of one variant. Each
// is followed for 24 hours from its first refusal, by RequestID, the two
// messages of a critical command apart.
type Followed struct {
	Account  uint32
	Variant  string
	Refusals uint64 // times that a request was refused, with NotFollowed
	Requests uint64 // distinct ones that were refused; the sum of the next four
	Later    uint64 // forwarded later: the same RequestID
	Likely   uint64 // not so, but another request with the same User ID, target and variant was forwarded, which itself had not been refused before
	Never    uint64 // neither, within 24 hours
	Open     uint64 // neither yet, and the 24 hours are not over

	// NotFollowed are refusals, not requests: too many were open at once, or the
	// ledger has no key of pseudonyms, without which nothing is followed.
	NotFollowed uint64

	LaterDelay  Histogram // from the first refusal to being forwarded, of Later
	LikelyDelay Histogram // the same, of Likely
}

// Refusal is one refusal with every number that it was made from; or, as its
// verdict tells, what would have been one.
type Refusal struct {
	Position       journal.Position
	Account        uint32
	Numbers        traffic.Decision // without Number, Slot and Account; User is its User ID, At when
	Variant        string           // as it stood in the request
	CommandVariant duis.CommandVariant
	Counter        uint64
	Target         journal.Pseudonym // zero: the ledger has no key of pseudonyms
	Within         bool              // it was within the allocation in force: the guarantee was broken
}

// Broken counts refusals that were within the allocation in force, by an
// independent reference bucket, on one day. There should be none.
type Broken struct {
	Day     int64 // whole days since 1970 UTC
	Account uint32
	Count         // throttled, or refused as held or closed where the terms do not say so
	Shadow  Count // would have been
	First   journal.Position
}

// Lowered counts an account's refusals on one day while something held it below
// its standing allocation: what lowered allocations, a rate that the account is
// held to, or closing. By one cause, verdict, reason and allocation. None of them is Broken:
// it stands here so that a guarantee cannot be kept by lowering it unseen.
type Lowered struct {
	Day     int64 // whole days since 1970 UTC
	Account uint32
	Cause   string          // as in the Terms then in force, its first 500 octets
	Verdict traffic.Verdict // Throttle; Shadow: it would have been refused
	Reason  traffic.Reason

	// Allocation is the one in force then, to which the standing one was lowered.
	Allocation traffic.Rate
	Count
	Within Count // the part that its standing allocation would have paid for, by a reference bucket of that rate; where records are missing it is begun full, which makes this too great
	First  journal.Position
}

// Checked says how many decisions of an account were judged by its reference
// bucket. What is missing was decided before its Terms were known.
type Checked struct {
	Account uint32
	Within  Count // found their cost in the reference bucket
	Beyond  Count // did not
}

// Status is how far a ledger has come and what it has taken in.
type Status struct {
	Position   journal.Position // of the last record folded; 0: none
	At         int64            // its time
	First      journal.Position // of the first record folded
	FirstAt    int64            // its time
	Decisions  uint64           // records folded
	Outcomes   uint64
	Others     uint64
	Missing    uint64 // positions that were stepped over, because their records cannot be read or were never kept
	Open       uint64 // refused requests that are being followed
	Running    bool   // a gateway started that has not stopped in order, as far as is folded
	Version    int    // of the tables
	Pseudonyms bool   // whether targets are stored
}
