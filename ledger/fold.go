package ledger

import (
	"fmt"
	"slices"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// fold is all that folding keeps between records. It is a function of the records
// folded so far and of nothing else: not of batches, not of a clock.
type fold struct {
	pseudonyms *journal.Pseudonyms

	position, first journal.Position
	at, firstAt     int64
	before          int64  // time of the record before the last
	clock           int64  // of decisions: the time of the last, or a little before the last record
	raw             []byte // of the last record
	tallies         tallies

	accounts map[uint32]*account
	system   *account
	names    *vocabulary
	minutes  []mark     // where the latest minutes begin
	episodes []stretch  // the latest episodes
	holes    []hole     // the latest
	active   bool       // the last of episodes has not ended
	unsure   bool       // whether traffic management is active is to be seen from the next decision
	running  bool       // a gateway started and did not stop
	touching int64      // episode that touches the second under way; 0: none
	asked    []*account // that offered something in the second under way
	follower *follower
	batch    *batch

	written     journal.Position // as the database has it
	writtenMark []byte
}

type tallies struct{ decisions, outcomes, others, missing uint64 }

// mark says which decision is the first of a minute.
type mark struct {
	minute int64
	first  journal.Position
}

// stretch is what of the journal an episode takes up.
type stretch struct {
	id      int64
	started int64
	last    journal.Position // 0: it has not ended
}

// hole is where records are missing.
type hole struct{ first, last journal.Position }

const (
	keptHoles    = 64
	keptMinutes  = 120 // an outcome that comes later counts in the earliest of them
	keptEpisodes = 16
)

func newFold(p *journal.Pseudonyms) *fold {
	f := &fold{pseudonyms: p, accounts: map[uint32]*account{}, names: newVocabulary(), unsure: true, batch: newBatch()}
	f.system = newAccount(System, "")
	f.follower = newFollower(p != nil)
	return f
}

// event is a decision on its way through the fold.
type event struct {
	position journal.Position
	at       int64
	cost     traffic.Amount
	decision *journal.Decision
	numbers  *traffic.Decision
	variant  variant
}

// take folds one record. An error leaves the fold useless.
func (f *fold) take(e *journal.Entry) error {
	if e.Position <= f.position {
		return nil
	}
	f.pass(e)
	f.batch.records++
	var err error
	switch r := e.Record.(type) {
	case *journal.Decision:
		f.tallies.decisions++
		err = f.decision(e.Position, r)
	case *journal.Outcome:
		f.tallies.outcomes++
		err = f.outcome(r)
	default:
		f.tallies.others++
		err = f.other(e)
	}
	if err != nil {
		return fmt.Errorf("record %d: %w", e.Position, err)
	}
	return nil
}

// pass moves time and position on to those of e.
func (f *fold) pass(e *journal.Entry) {
	f.before = f.at
	f.at = max(f.at, e.At, 0)
	switch jump := e.Position - f.position - 1; {
	case f.position == 0:
		f.first, f.firstAt = e.Position, f.at
	case jump > 0:
		f.tallies.missing += uint64(jump)
		f.holes = append(f.holes, hole{f.position + 1, e.Position - 1})
		f.holes = f.holes[max(0, len(f.holes)-keptHoles):]
		f.doubt()
	}
	f.position = e.Position
	f.raw = append(f.raw[:0], e.Raw...)
	at := f.at - late
	if d, ok := e.Record.(*journal.Decision); ok {
		at = min(d.Numbers.At, f.at)
	}
	f.tick(at)
}

// late is by how much a decision may be older than the records before it: it is
// recorded after it was made, and has its own time.
const late = int64(2 * time.Second)

// tick moves the time of decisions on; it never goes back.
func (f *fold) tick(at int64) {
	before := f.clock
	f.clock = max(before, at)
	if f.clock/int64(time.Second) != before/int64(time.Second) {
		f.endSecond()
	}
	f.follower.expire(f.clock, f.batch)
}

// doubt says that records are missing.
func (f *fold) doubt() {
	f.unsure = true
	for _, a := range f.accounts {
		a.court.doubt()
		f.batch.accounts[a] = true
	}
}

func (f *fold) account(own *journal.Own) (*account, error) {
	if a := f.accounts[own.ID]; a != nil {
		return a, nil
	}
	if own.ID == System {
		return nil, fmt.Errorf("it has no account; the journal is not sound: check it with srtm journal verify")
	}
	a := newAccount(own.ID, own.Account)
	f.accounts[own.ID] = a
	f.batch.accounts[a] = true
	return a, nil
}

func (f *fold) decision(p journal.Position, d *journal.Decision) error {
	a, err := f.account(&d.Own)
	if err != nil {
		return err
	}
	n := &d.Numbers
	e := &event{p, f.clock, min(max(n.Cost, 0), traffic.MaxCost), d, n, f.variantOf(d.Variant)}
	f.watch(e, a)
	minute := e.at / int64(time.Minute)
	a.use(f.batch, minute)
	f.system.use(f.batch, minute)
	f.system.row.Range.see(p)
	if n := len(f.minutes); n == 0 || f.minutes[n-1].minute != minute {
		f.minutes = append(f.minutes, mark{minute, p})
		f.minutes = f.minutes[max(0, len(f.minutes)-keptMinutes):]
	}
	f.enterSecond(a)
	f.enterEpisode(a, e)
	a.row.Range.see(p)
	a.tally(e)
	f.system.tally(e)
	a.count(countKey{d.ID.Originator, e.variant, n.Verdict, n.Reason}, e.cost)
	if found := f.judge(a, e); n.Verdict != traffic.Forward {
		f.list(a, e, found.broken)
	}
	f.follow(a, e)
	return nil
}

// judge counts what was within the allocation, and what of that was refused.
func (f *fold) judge(a *account, e *event) finding {
	found := a.court.judge(e)
	switch {
	case found.within:
		a.row.within.one(e.cost)
		f.system.row.within.one(e.cost)
	case found.judged:
		a.row.beyond.one(e.cost)
		f.system.row.beyond.one(e.cost)
	}
	if found.broken {
		f.countBroken(a, e)
	}
	if found.lowered {
		f.countLowered(a, e, found.standing)
	}
	return found
}

func (f *fold) countBroken(a *account, e *event) {
	key := dayKey{day(e.at), a.id}
	row := f.batch.broken[key]
	if row == nil {
		row = &Broken{Day: key.day, Account: a.id, First: e.position}
		f.batch.broken[key] = row
	}
	if e.numbers.Verdict == traffic.Shadow {
		row.Shadow.one(e.cost)
	} else {
		row.one(e.cost)
	}
}

func (f *fold) countLowered(a *account, e *event, within bool) {
	key := loweredKey{dayKey{day(e.at), a.id}, a.court.cause, e.numbers.Verdict, e.numbers.Reason, a.court.rate}
	row := f.batch.lowered[key]
	if row == nil {
		row = &Lowered{Day: key.day, Account: a.id, Cause: key.cause, Verdict: key.verdict, Reason: key.reason, Allocation: key.allocation, First: e.position}
		f.batch.lowered[key] = row
	}
	row.one(e.cost)
	if within {
		row.Within.one(e.cost)
	}
}

// shortCause is so much of a cause that it can be a part of a key.
func shortCause(cause string) string {
	const longest = 500
	return text(cause[:min(len(cause), longest)])
}

const (
	listedRefusals = 100  // kept as rows, of a minute and an account
	listedBroken   = 1000 // of those within the allocation, of a day and an account
)

// list keeps a refusal as a row, if there are not too many.
func (f *fold) list(a *account, e *event, broken bool) {
	if minute := e.at / int64(time.Minute); a.listedMinute != minute {
		a.listedMinute, a.listed = minute, 0
	}
	if broken && a.brokenDay != day(e.at) {
		a.brokenDay, a.brokenListed = day(e.at), 0
	}
	switch {
	case a.listed < listedRefusals:
		a.listed++
	case broken && a.brokenListed < listedBroken:
		a.brokenListed++
	default:
		return
	}
	f.batch.refusals = append(f.batch.refusals, refusalRow{e.position, e.at, a.id, e.decision.Variant, *e.decision, broken})
}

func (f *fold) outcome(o *journal.Outcome) error {
	a, err := f.account(&o.Own)
	if err != nil {
		return err
	}
	if len(f.minutes) == 0 || o.Decision < f.first || o.Decision >= f.position {
		return nil // of what the ledger does not have
	}
	for _, h := range f.holes {
		if h.first <= o.Decision && o.Decision <= h.last {
			return nil // likewise
		}
	}
	minute := f.minuteOf(o.Decision)
	f.batch.minute(a.id, minute).ended(o)
	f.batch.minute(System, minute).ended(o)
	episode := f.episodeOf(o.Decision)
	if episode != 0 {
		f.batch.episode(episode).Sums.ended(o)
	}
	if o.End == journal.Answered {
		key := latencyKey{minute / minutesOfDay, a.id, f.names.service(f.variantOf(o.Variant))}
		h := f.batch.latency[key]
		if h == nil {
			h = &Histogram{}
			f.batch.latency[key] = h
		}
		h.Add(o.Latency)
		if episode != 0 {
			f.batch.episode(episode).Latency.Add(o.Latency)
		}
	}
	return nil
}

// minuteOf returns the minute of a decision.
func (f *fold) minuteOf(p journal.Position) int64 {
	i := len(f.minutes) - 1
	for i > 0 && f.minutes[i].first > p {
		i--
	}
	return f.minutes[i].minute
}

// episodeOf returns the episode that a decision belongs to, or 0.
func (f *fold) episodeOf(p journal.Position) int64 {
	for _, s := range slices.Backward(f.episodes) {
		if int64(p) >= s.id {
			if s.last == 0 || p <= s.last {
				return s.id
			}
			return 0
		}
	}
	return 0
}

const minutesOfDay = 24 * 60

func day(at int64) int64 { return at / int64(24*time.Hour) }

func (f *fold) variantOf(text string) variant {
	v, isNew := f.names.variant(text)
	if isNew {
		if len(f.batch.variants) == 0 {
			f.batch.firstNew = f.names.others() - 1
		}
		f.batch.variants = append(f.batch.variants, f.names.name(v))
	}
	return v
}

// follow has the follower see a decision.
func (f *fold) follow(a *account, e *event) {
	id := e.decision.ID
	second := e.decision.CommandVariant >= 5 && e.decision.CommandVariant <= 7
	likely := e.decision.CommandVariant != 8 // a request to the DCC alone names no device
	r := open{position: e.position, at: e.at, account: a.id, id: id, variant: e.variant, second: second, likely: likely}
	if e.numbers.Verdict == traffic.Throttle {
		f.follower.refused(r, f.batch)
	} else if f.follower.any() {
		f.follower.forwarded(r, f.batch)
	}
}
