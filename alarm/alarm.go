package alarm

import (
	"cmp"
	"slices"
	"time"
)

// Severity says how soon.
type Severity string

// The severities.
const (
	Look Severity = "look" // in working hours
	Act  Severity = "act"  // now
)

// Kind is which rule an alarm comes from.
type Kind string

// The kinds, in the order of documents.
const (
	DSPErrors   Kind = "dsp-errors"
	DSPSlow     Kind = "dsp-slow"
	Connections Kind = "dsp-connections"
	Exceptional Kind = "exceptional"
	Journal     Kind = "journal"
	Disk        Kind = "disk"
	Clock       Kind = "clock"
	Certificate Kind = "certificate"
	Ledger      Kind = "ledger"
	Unlisted    Kind = "unlisted"
	Notices     Kind = "notices"
)

// Kinds returns all, in the order of documents.
func Kinds() []Kind {
	return []Kind{DSPErrors, DSPSlow, Connections, Exceptional, Journal, Disk, Clock, Certificate, Ledger, Unlisted, Notices}
}

// Alarm is what an operator should look at.
type Alarm struct {
	Kind     Kind
	Subject  string    // which certificate; empty for kinds that are there once
	Since    time.Time // since when it stands, at whatever severity
	Severity Severity
	Sentence string // what is the matter, with its numbers of now
	Proposal string // what a person might do
}

// Sample is what a Board is told, about once a second. Rates are Service Requests
// per second. What is not known stays zero; the rules say what that means.
type Sample struct {
	At time.Time

	// The DSP, over the last minute.
	Answers  uint64        // requests that were forwarded and have an outcome
	Errors   uint64        // of these: answered 5xx, not reached, or broken off
	Timeouts uint64        // of these: too slow, not counted in Errors
	P99      time.Duration // of the latency; 0: there were too few

	Forwarded float64 // in the last minute
	Threshold float64 // the operating threshold now; 0: closed
	Capacity  float64 // the maximum capacity now
	Active    bool    // traffic management

	ConnectionsInUse, ConnectionsLimit int // 0 limit: not known

	ActiveThisMonth time.Duration // of UTC
	Exceptional     time.Duration // the policy's; 0: not watched

	JournalFailing bool
	Unrecorded     uint64 // decisions that could not be recorded, since the start
	DiskFree       uint64 // bytes where the journal lies
	DiskKnown      bool   // DiskFree was found out
	DayNeeds       uint64 // bytes a day that the journal grows by; 0: not known yet

	ClockOffset time.Duration // of this machine's, against a better one
	LedgerLag   time.Duration // how old the last record is that the ledger has

	Certificates []CertificateSample
	Unlisted     uint64 // requests of originators that the portfolio does not list, in the last minute

	NoticesFailing bool          // none can be kept at present
	NoticesLost    uint64        // that could not be kept, since the start
	NoticesWait    time.Duration // for how long the oldest waits that is not delivered
}

// CertificateSample is one certificate that srtm shows or relies on.
type CertificateSample struct {
	Name     string // such as "door" or "DSP client"
	NotAfter time.Time
}

// Board keeps what stands. It is not for several goroutines at once.
type Board struct {
	usual   usual
	journal gap
	notices gap
	last    time.Time
	stands  map[subject]*standing
	list    []Alarm // the last answer
}

// subject is one thing that may be alarming.
type subject struct {
	kind Kind
	name string
}

// New returns a Board on which nothing stands.
func New() *Board { return &Board{stands: make(map[subject]*standing)} }

// See takes a sample and returns all alarms that stand, those to act on first, then
// in the order of Kinds. A sample that is not later than the last one changes
// nothing, and is answered as that was.
func (b *Board) See(s Sample) []Alarm {
	if !s.At.After(b.last) {
		return slices.Clone(b.list)
	}
	b.last = s.At
	b.learn(s)
	found := b.judge(s)
	for at := range b.stands {
		if _, ok := found[at]; !ok { // a certificate that is gone
			found[at] = finding{}
		}
	}
	b.list = nil
	for at, f := range found {
		if a, stands := b.stand(at, f); stands {
			b.list = append(b.list, a)
		}
	}
	slices.SortFunc(b.list, func(x, y Alarm) int {
		return cmp.Or(cmp.Compare(y.weight(), x.weight()), cmp.Compare(slices.Index(Kinds(), x.Kind), slices.Index(Kinds(), y.Kind)), cmp.Compare(x.Subject, y.Subject))
	})
	return slices.Clone(b.list)
}

// stand has one alarm follow what was found.
func (b *Board) stand(at subject, f finding) (Alarm, bool) {
	st := b.stands[at]
	if st == nil {
		st = &standing{}
		b.stands[at] = st
	}
	f = f.kept(st)
	if f.sentence != "" {
		st.sentence, st.proposal = f.sentence, f.proposal
	}
	st.see(b.last, f.level, ruleOf(at.kind))
	if st.level == 0 {
		if f.level == 0 {
			delete(b.stands, at)
		}
		return Alarm{}, false
	}
	sentence := st.sentence
	if well := st.under[1]; !well.IsZero() {
		sentence += " Well since " + well.UTC().Format("15:04:05 UTC") + "; this alarm ends at " + well.Add(ruleOf(at.kind).hold).UTC().Format("15:04:05 UTC") + " if it stays so."
	}
	return Alarm{at.kind, at.name, st.since, st.severity(), sentence, st.proposal}, true
}

func (a Alarm) weight() int {
	if a.Severity == Act {
		return 1
	}
	return 0
}
