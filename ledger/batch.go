package ledger

import (
	"math"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// batch is what a fold has added up since the last flush: rows that are merged
// into those of the database, so all sums in it begin at zero.
type batch struct {
	records   int
	minutes   map[minuteKey]*minuteRow
	counts    []countRow
	latency   map[latencyKey]*Histogram
	episodes  map[int64]*episodeRow
	accounts  map[*account]bool // whose state changed
	seconds   map[secondKey]*EpisodeSecond
	refusals  []refusalRow
	followed  map[followedKey]*followedRow
	opened    []int32            // places in the follower of what was opened, some of it closed again
	closed    []journal.Position // of what is open in the database
	broken    map[dayKey]*Broken
	lowered   map[loweredKey]*Lowered
	variants  []string // of no catalogue, met for the first time
	firstNew  int      // number of the first of them
	plain     []plainRow
	documents []journal.Policy  // whose files are to be kept
	treatment map[string]string // how terms treat variants: texts, by the names that rows give them
}

func newBatch() *batch {
	return &batch{
		minutes: map[minuteKey]*minuteRow{}, latency: map[latencyKey]*Histogram{}, episodes: map[int64]*episodeRow{},
		accounts: map[*account]bool{}, seconds: map[secondKey]*EpisodeSecond{}, followed: map[followedKey]*followedRow{},
		broken: map[dayKey]*Broken{}, lowered: map[loweredKey]*Lowered{}, treatment: map[string]string{},
	}
}

type minuteKey struct {
	minute  int64
	account uint32
}

type minuteRow struct {
	minuteKey
	Sums
	Peaks
	Range
	judged
	allocation traffic.Rate // when Peaks.Burst was reached
	depth      traffic.Amount
}

// judged counts decisions by what the reference bucket says.
type judged struct{ within, beyond Count }

type dayKey struct {
	day     int64
	account uint32
}

// loweredKey is what Lowered is counted by.
type loweredKey struct {
	dayKey
	cause      string
	verdict    traffic.Verdict
	reason     traffic.Reason
	allocation traffic.Rate
}

// countKey is what counts are kept by within a minute and an account.
type countKey struct {
	user    duis.EUI64
	variant variant
	verdict traffic.Verdict
	reason  traffic.Reason
}

type countRow struct {
	time    int64 // minute or day
	account uint32
	countKey
	Count
}

type latencyKey struct {
	day     int64
	account uint32
	service string
}

type episodeRow struct {
	Episode
	accounts map[uint32]*EpisodeAccount
	variants map[episodeVariantKey]*EpisodeVariant
}

type episodeVariantKey struct {
	account uint32
	variant variant
}

type secondKey struct {
	episode int64
	account uint32
	second  int64
}

type refusalRow struct {
	position journal.Position
	at       int64
	account  uint32
	variant  string
	decision journal.Decision
	within   bool
}

type followedKey struct {
	day     int64
	account uint32
	variant variant
}

type followedRow struct {
	refusals, requests, later, likely, never, notFollowed uint64
	laterDelay, likelyDelay                               Histogram
}

// plainRow is a row of one record in a table of its own.
type plainRow struct {
	table  *table
	values []any
}

func (b *batch) minute(account uint32, minute int64) *minuteRow {
	key := minuteKey{minute, account}
	row := b.minutes[key]
	if row == nil {
		row = &minuteRow{minuteKey: key}
		b.minutes[key] = row
	}
	return row
}

func (b *batch) episode(id int64) *episodeRow {
	row := b.episodes[id]
	if row == nil {
		row = &episodeRow{accounts: map[uint32]*EpisodeAccount{}, variants: map[episodeVariantKey]*EpisodeVariant{}}
		row.ID = id
		b.episodes[id] = row
	}
	return row
}

func (e *episodeRow) account(id uint32) *EpisodeAccount {
	row := e.accounts[id]
	if row == nil {
		row = &EpisodeAccount{Episode: e.ID, Account: id}
		e.accounts[id] = row
	}
	return row
}

func (e *episodeRow) variant(account uint32, v variant) *EpisodeVariant {
	key := episodeVariantKey{account, v}
	row := e.variants[key]
	if row == nil {
		row = &EpisodeVariant{Episode: e.ID, Account: account}
		e.variants[key] = row
	}
	return row
}

func (b *batch) second(k secondKey, seconds int) *EpisodeSecond {
	row := b.seconds[k]
	if row == nil {
		row = &EpisodeSecond{Account: k.account, Second: k.second, Seconds: seconds}
		b.seconds[k] = row
	}
	return row
}

func (b *batch) follow(k followedKey) *followedRow {
	row := b.followed[k]
	if row == nil {
		row = &followedRow{}
		b.followed[k] = row
	}
	return row
}

// add adds up two amounts, of which neither is negative, up to the most that one
// can be.
func add(a, b traffic.Amount) traffic.Amount {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func (c *Count) one(cost traffic.Amount) {
	c.Requests++
	c.Cost = add(c.Cost, cost)
}

func (c *Count) count(o Count) {
	c.Requests += o.Requests
	c.Cost = add(c.Cost, o.Cost)
}

// decided counts one decision.
func (p *Parts) decided(d *traffic.Decision, cost traffic.Amount) {
	p.Offered.one(cost)
	switch {
	case d.Verdict == traffic.Shadow && d.Reason == traffic.Closed:
		p.ShadowClosed.one(cost)
	case d.Verdict == traffic.Shadow:
		p.Shadow.one(cost)
	case d.Verdict == traffic.Forward:
		p.Forwarded.one(cost)
	case d.Reason == traffic.Closed:
		p.Closed.one(cost)
	default:
		p.Throttled.one(cost)
	}
}

// decided counts one decision.
func (s *Sums) decided(d *traffic.Decision, cost traffic.Amount) {
	s.Parts.decided(d, cost)
	if d.Verdict == traffic.Forward && d.Reason == traffic.Spare {
		s.Spare.one(cost)
	}
}

func (p *Parts) count(o Parts) {
	p.Offered.count(o.Offered)
	p.Forwarded.count(o.Forwarded)
	p.Throttled.count(o.Throttled)
	p.Closed.count(o.Closed)
	p.Shadow.count(o.Shadow)
	p.ShadowClosed.count(o.ShadowClosed)
}

// ended counts how the way of a request that went on ended.
func (s *Sums) ended(o *journal.Outcome) {
	switch o.End {
	case journal.Answered:
		s.Answered++
		if o.Status >= 500 {
			s.DSPErrors++
		}
	case journal.Busy:
		s.Busy++
	case journal.Unreachable, journal.Broken, journal.TimedOut:
		s.Failed++
	}
	if o.ClientLeft {
		s.ClientLeft++
	}
}

func (s *Sums) sum(o Sums) {
	s.Parts.count(o.Parts)
	s.Spare.count(o.Spare)
	s.Answered += o.Answered
	s.DSPErrors += o.DSPErrors
	s.Failed += o.Failed
	s.Busy += o.Busy
	s.ClientLeft += o.ClientLeft
}

// see takes the greater peak; the earlier of equal ones.
func (p *Peak) see(cost traffic.Amount, at int64) bool {
	if cost <= p.Cost {
		return false
	}
	*p = Peak{cost, at}
	return true
}

func (r *Range) see(p journal.Position) {
	if r.First == 0 {
		r.First = p
	}
	r.Last = p
}
