package main

import (
	"context"
	"sync"
	"time"

	"srtm/alarm"
	"srtm/console"
	"srtm/notice"
	"srtm/policy"
	"srtm/traffic"
)

// lookout looks at the gateway's numbers once a second. What Service Users are to
// be told goes into notices; what an operator should look at stands as an alarm,
// and is told to operators when it begins, gets worse and ends.
type lookout struct {
	door    *door
	limit   int // of connections to the DSP
	started time.Time
	board   *alarm.Board
	watch   *notice.Watch
	past    []instant // of the last minute, the oldest first
	offers  offers
	period  kept

	mu     sync.Mutex // of what follows
	slow   slowly
	stands []alarm.Alarm
}

func newLookout(d *door, limit int) *lookout {
	first := instantOf(d)
	return &lookout{door: d, limit: limit, started: first.at, board: alarm.New(), watch: notice.NewWatch(d.books.notices.told()),
		past: []instant{first}, offers: offers{last: first}}
}

// keep looks until ctx ends.
func (l *lookout) keep(ctx context.Context) {
	l.lookSlowly(ctx)
	stopSlow := every(ctx, time.Minute, func() { l.lookSlowly(ctx) })
	stop := every(ctx, time.Second, l.look)
	<-ctx.Done()
	stop()
	stopSlow()
}

// look takes one sample.
func (l *lookout) look() {
	d := l.door
	now := instantOf(d)
	l.offers.take(now)
	past := now
	past.snapshot = traffic.Snapshot{} // of a thousand accounts it would be much
	l.past = append(l.past, past)
	const minute = 60
	if n := len(l.past); n > minute+1 {
		l.past = append(l.past[:0], l.past[n-minute-1:]...)
	}
	period := l.period.of(d, now.at)
	if l.offers.known {
		d.books.notices.offer(l.watch.See(l.offers.sample(now, period))...)
	}
	d.books.notices.offer(l.turn(l.board.See(l.sample(now, period)))...)
	l.offers.last = now
}

// sample is what the alarms are judged by.
func (l *lookout) sample(now instant, period *policy.Period) alarm.Sample {
	d, before := l.door, l.past[0]
	s := alarm.Sample{
		At: now.at, Answers: now.answers - before.answers, Errors: now.errors - before.errors, Timeouts: now.timeouts - before.timeouts,
		P99: p99(now.latency, before.latency), Threshold: rateOf(now.snapshot.Rules.Threshold), Capacity: rateOf(period.Capacity.PerSecond()), Active: now.snapshot.Active,
		ConnectionsInUse: now.inUse, ConnectionsLimit: l.limit, Exceptional: d.policy().Exceptional,
		JournalFailing: d.books.journal.Failing() != nil, Unrecorded: now.unrecorded, ClockOffset: -d.books.offsetNow(),
		LedgerLag: l.ledgerLag(now.at), Unlisted: now.unlisted - before.unlisted, NoticesWait: d.books.notices.wait(),
	}
	if seconds := now.at.Sub(before.at).Seconds(); seconds > 0 {
		s.Forwarded = costBetween(before.forwarded, now.forwarded) / seconds
	}
	if n := d.books.notices; n != nil {
		s.NoticesFailing, s.NoticesLost = n.failing.Load(), n.lost.Load()
	}
	for _, c := range d.certificates {
		if shown := shownCertificates()[c.Name]; shown != "" {
			s.Certificates = append(s.Certificates, alarm.CertificateSample{Name: shown, NotAfter: c.NotAfter})
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.DiskFree, s.DiskKnown, s.DayNeeds, s.ActiveThisMonth = l.slow.free, l.slow.freeKnown, l.slow.dayNeeds, l.slow.active
	return s
}

// shownCertificates are those that somebody is shown, by the flag of their file. Of
// authorities there may be old ones beside those in use.
func shownCertificates() map[string]string {
	return map[string]string{"tls-cert": "door", "admin-cert": "admin", "dsp-cert": "DSP client"}
}

// ledgerLag is for how long the ledger has not been known to have everything.
func (l *lookout) ledgerLag(now time.Time) time.Duration {
	c := l.door.books.counts
	if c == nil {
		return 0
	}
	folded := l.started
	if at := time.Unix(0, c.folded.Load()); at.After(folded) {
		folded = at
	}
	return max(0, now.Sub(folded))
}

// turn takes over what stands now, and logs and returns what operators are to be
// told of the change.
func (l *lookout) turn(stands []alarm.Alarm) (told []notice.Event) {
	type key struct {
		kind    alarm.Kind
		subject string
	}
	l.mu.Lock()
	before := make(map[key]alarm.Alarm, len(l.stands))
	for _, a := range l.stands {
		before[key{a.Kind, a.Subject}] = a
	}
	l.stands = stands
	l.mu.Unlock()
	at := time.Unix(0, l.door.clock()).UTC()
	for _, a := range stands {
		k := key{a.Kind, a.Subject}
		was, stood := before[k]
		delete(before, k)
		if stood && (was.Severity == a.Severity || a.Severity == alarm.Look) {
			continue
		}
		l.door.log.Warn("an alarm", "alarm", string(a.Kind), "severity", string(a.Severity), "says", a.Sentence, "proposes", a.Proposal)
		told = append(told, notice.Event{Kind: notice.Alarm, At: at, Sentence: "Alarm " + string(a.Kind) + " (" + string(a.Severity) + "): " + a.Sentence, Advice: a.Proposal,
			Numbers: object(map[string]any{"alarm": a.Kind, "subject": a.Subject, "severity": a.Severity, "since": a.Since.UTC().Format(time.RFC3339), "stands": true})})
	}
	for _, a := range before {
		l.door.log.Info("an alarm is over", "alarm", string(a.Kind), "since", a.Since)
		told = append(told, notice.Event{Kind: notice.Alarm, At: at, Sentence: "Alarm " + string(a.Kind) + " is over. It stood since " + a.Since.UTC().Format(inUTC) + "; last: " + a.Sentence,
			Advice: "Nothing is to be done.", Numbers: object(map[string]any{"alarm": a.Kind, "subject": a.Subject, "since": a.Since.UTC().Format(time.RFC3339), "stands": false})})
	}
	return told
}

// alarms are those that stand.
func (l *lookout) alarms() []console.Alarm {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]console.Alarm, 0, len(l.stands))
	for _, a := range l.stands {
		all = append(all, console.Alarm{Name: string(a.Kind), Text: a.Sentence + " " + a.Proposal, Since: a.Since.UTC(), Grave: a.Severity == alarm.Act})
	}
	return all
}

// kept is the period that holds, asked for only when it may have changed.
type kept struct {
	turn   uint64
	policy *policy.Policy
	period policy.Period
}

func (k *kept) of(d *door, now time.Time) *policy.Period {
	p, turn := d.policy(), d.amendments.turns.Load()
	if k.policy != p || k.turn != turn || !k.period.Until.IsZero() && !now.Before(k.period.Until) {
		k.policy, k.turn, k.period = p, turn, d.period()
	}
	return &k.period
}

// offers turns counters into what was offered in the last second.
type offers struct {
	last  instant
	known bool
	rates []notice.AccountSample
	total float64
}

func (o *offers) take(now instant) {
	seconds := now.at.Sub(o.last.at).Seconds()
	o.known = seconds > 0
	if !o.known {
		return
	}
	before := make(map[string]traffic.Total, len(o.last.snapshot.Accounts))
	for i := range o.last.snapshot.Accounts {
		a := &o.last.snapshot.Accounts[i]
		before[a.Name] = a.Counts.Offered().Cost
	}
	o.total, o.rates = costBetween(o.last.offered, now.offered)/seconds, o.rates[:0]
	for i := range now.snapshot.Accounts {
		a := &now.snapshot.Accounts[i]
		o.rates = append(o.rates, notice.AccountSample{Account: a.Name, Offered: costBetween(before[a.Name], a.Counts.Offered().Cost) / seconds, Allocation: rateOf(a.Allocation)})
	}
}

// sample is what is told of is found in.
func (o *offers) sample(now instant, period *policy.Period) notice.Sample {
	rules := now.snapshot.Rules
	return notice.Sample{At: now.at, Offered: o.total, Threshold: rateOf(rules.Threshold), Capacity: rateOf(period.Capacity.PerSecond()),
		Active: now.snapshot.Active, Closed: rules.Closed, Accounts: o.rates}
}
